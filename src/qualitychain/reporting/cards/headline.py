"""The first page of the report: what each external customer gets, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.analysis.customers.customer_effects import CustomerEffects
from qualitychain.analysis.quality.quality import Quality
from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.model.records.nodes import Customer
from qualitychain.reporting.page.words import listed, one_in, rounded, short_percent
from qualitychain.vocabulary.figures import number, percent, sigma_text
from qualitychain.vocabulary.reason import Reason, because

MOST_CARDS = 12
"""Customers with a card of their own; all are in the table."""

SEGMENTS = {
    "b2c": "consumers (b2c)",
    "b2b": "business (b2b)",
    "reseller": "reseller",
    "government": "government",
    "nonprofit": "nonprofit",
}


@dataclass(frozen=True)
class Card:
    """What one customer gets: a figure, and sentences."""

    name: str
    segment: str
    figure: str
    meaning: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


def cards(
    chain_customers: tuple[Customer, ...], q: Quality, e: CustomerEffects | None, t: LeadTimes | None, period: str
) -> list[Card]:
    """A card for each of the first customers."""
    return [_card(c, q, e, t, period) for c in chain_customers[:MOST_CARDS]]


def _card(customer: Customer, q: Quality, e: CustomerEffects | None, t: LeadTimes | None, period: str) -> Card:
    row = q.customers.loc[customer.name].to_dict()
    rate, kept = float(row["defect_rate"]), float(row["accepted_defect_rate"])
    segment = SEGMENTS.get(customer.segment or "", "")
    if math.isnan(rate):
        why = q.reason_for("customers", customer.name, "defect_rate")
        facts = _time_facts(customer.name, t) if because(why, Reason.UNKNOWN_RATE) else []
        return Card(customer.name, segment, "-", why or "no unit is delivered to this customer", tuple(facts), ())
    facts = [
        ("DPMO", number(row["dpmo"])),
        (f"sigma level (with a shift of {q.shift:g})", sigma_text(row["sigma_level"])),
    ]
    if customer.opportunities > 1:
        facts.append(("opportunities per unit", number(customer.opportunities)))
    facts.extend(_time_facts(customer.name, t))
    sentences = []
    if not math.isclose(rate, kept, rel_tol=1e-9, abs_tol=1e-300):
        sentences.append(f"It checks what arrives: among what it keeps, {short_percent(kept)} is nonconforming.")
    if customer.volume is not None and not math.isnan(kept):
        sentences.append(
            f"Of {number(customer.volume)} deliveries per {period}, "
            f"{rounded(customer.volume * kept)} are kept with a defect."
        )
    if e is not None:
        sentences.extend(_lever(customer.name, kept, e))
    return Card(
        customer.name,
        segment,
        short_percent(rate),
        f"nonconforming, {one_in(rate)}",
        tuple(facts),
        tuple(sentences),
    )


def _time_facts(name: str, t: LeadTimes | None) -> list[tuple[str, str]]:
    """Lead time and promise, where they are known."""
    if t is None or name not in t.found:
        return []
    row = t.customers.loc[name].to_dict()
    texts = {"lead_time": f"{number(row['lead_time'])} {t.unit}", "p95": f"{number(row['p95'])} {t.unit}"}
    named = (("lead_time", "mean lead time"), ("p95", "95 % within"), ("on_time", "on time"),
             ("satisfied", "on time and conforming"))  # fmt: skip
    return [(label, texts.get(c) or percent(row[c])) for c, label in named if not math.isnan(row[c])]


def _lever(name: str, kept: float, e: CustomerEffects) -> list[str]:
    """Which handoff, made perfect, would help this customer most."""
    mine = e.handoffs[(e.handoffs["customer"] == name) & (e.handoffs["rank"] == 1)]
    if mine.empty or not float(mine["removal_effect"].iloc[0]) > 0:
        return []
    best, effect = mine["handoff"].iloc[0], float(mine["removal_effect"].iloc[0])
    less = short_percent(max(0.0, kept - effect))
    return [
        (
            f"The handoff that matters most is {best}: without its own defects, {short_percent(kept)} among "
            f"what is kept would be {less}."
        )
    ]


def yields_sentence(q: Quality) -> str:
    """The yields of the chain in words."""
    unknown = q.reason_for("", None, "rolled_throughput_yield")
    if because(unknown, Reason.UNKNOWN_RATE):
        return f"How many units are delivered without ever having been nonconforming is not known: {unknown}."
    return (
        f"Of 100 units started, {rounded(100 * q.final_yield)} are delivered (final yield); "
        f"{rounded(100 * q.rolled_throughput_yield)} are delivered without ever having been nonconforming "
        f"(rolled throughput yield), and {rounded(100 * q.first_pass_yield)} without ever having been "
        "rejected either (first pass yield). "
        f"{rounded(100 * q.scrap_rate)} are scrapped."
    )


def bottleneck_sentence(b: Bottlenecks, time_unit: str) -> str:
    """What limits the chain, in words."""
    if not b.tied:
        return "No department limits the chain: none has both work and a cycle time."
    verb = "limits" if len(b.tied) == 1 else "limit"
    together = "" if len(b.tied) == 1 else " Only elevating all of them together lets the chain start more."
    return (
        f"{listed(list(b.tied))} {verb} the chain to {number(b.max_release_rate)} units released per {time_unit}; "
        f"the release rate now is {number(b.release_rate)}.{together}"
    )
