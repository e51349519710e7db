"""When each external customer gets its units: a card with the distribution of the lead time and its promise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qualitychain.analysis.time.lead_time_picture import SOFT, lead_time_picture
from qualitychain.analysis.time.lead_times import CustomerLeadTime, LeadTimes
from qualitychain.model.records.nodes import Customer
from qualitychain.plot.svg.lead_time import lead_time_svg
from qualitychain.reporting.cards.headline import MOST_CARDS
from qualitychain.reporting.page.words import one_in, rounded
from qualitychain.vocabulary.figures import number, percent

WIDE, NARROW = 560.0, 300.0
"""Widths of the picture in px: beside or above the figures, and on a phone."""


@dataclass(frozen=True)
class Picture:
    """A picture at a width: ``media`` is the class that shows it there."""

    media: str
    svg: str


@dataclass(frozen=True)
class TimeCard:
    """When one customer gets its units: a figure, a picture, and sentences."""

    name: str
    figure: str
    meaning: str
    pictures: tuple[Picture, ...]
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


def time_cards(customers: tuple[Customer, ...], t: LeadTimes, period: str) -> list[TimeCard]:
    """A card for each of the first customers that have a lead time."""
    shown = customers[:MOST_CARDS]
    return [_card(c, t[c.name], t, period) for c in shown if c.name in t.found]


def without_lead_time(customers: tuple[Customer, ...], t: LeadTimes) -> list[str]:
    """A sentence for each of the first customers that have none."""
    return [f"{c.name}: no lead time is available, {t.reasons[c.name]}." for c in customers if c.name in t.reasons]


def _card(customer: Customer, distribution: CustomerLeadTime, t: LeadTimes, period: str) -> TimeCard:
    row = {str(k): float(v) for k, v in t.customers.loc[customer.name].to_dict().items()}
    why = {column: (t.reason_for("customers", customer.name, column) or "") for column in row}
    promised = not math.isnan(distribution.promise)
    facts = [("mean", f"{number(row['lead_time'])} {t.unit}")]
    facts += [
        (label, f"{number(row[column])} {t.unit}" if not why[column] else why[column])
        for label, column in (("half within", "median"), ("90 % within", "p90"), ("95 % within", "p95"))
    ]
    if promised:
        facts.append(("promise", f"{number(distribution.promise)} {t.unit}"))
        if distribution.promise_with_tolerance > distribution.promise:
            facts.append(("counts as on time until", f"{number(distribution.promise_with_tolerance)} {t.unit}"))
        facts.append(("on time", why["on_time"] or percent(row["on_time"])))
        facts.append(("on time and conforming", why["satisfied"] or percent(row["satisfied"])))
    if row["rework_passes"] > 0:
        facts.append(("passes of rework, mean", number(row["rework_passes"])))
    if not promised or math.isnan(row["on_time"]):
        figure, meaning = (
            number(row["lead_time"]),
            f"{t.unit} on average" + ("" if promised else "; no promise is given"),
        )
    else:
        late = 1.0 - row["on_time"]
        figure = percent(row["on_time"])
        meaning = f"on time; late: {one_in(late) if late > SOFT else 'fewer than 1 in 100,000'}"
    return TimeCard(
        name=customer.name,
        figure=figure,
        meaning=meaning,
        pictures=_pictures(distribution, t.unit),
        facts=tuple(facts),
        sentences=tuple(_sentences(customer, distribution, t, row, period)),
    )


def _sentences(
    customer: Customer, distribution: CustomerLeadTime, t: LeadTimes, row: dict[str, float], period: str
) -> list[str]:
    said = []
    if customer.volume is not None and row["satisfied"] == row["satisfied"]:
        bad = customer.volume * (1.0 - row["satisfied"])
        late = customer.volume * (1.0 - row["on_time"])
        said.append(
            f"Of {number(customer.volume)} deliveries per {period}, {rounded(late)} are late, and {rounded(bad)} are "
            "late, nonconforming or both."
        )
    said.extend(
        r.split(": ", 1)[1][:1].upper() + r.split(": ", 1)[1][1:] + "." for r in t.remarks if _about(r, distribution)
    )
    return said


def _about(remark: str, distribution: CustomerLeadTime) -> bool:
    return remark.startswith(f"{distribution.customer}: ")


def _pictures(distribution: CustomerLeadTime, unit: str) -> tuple[Picture, ...]:
    """The distribution at two widths; none where nothing takes time or too little of it is known."""
    shown = lead_time_picture(distribution, unit)
    if shown is None:
        return ()
    return tuple(
        Picture(media, lead_time_svg(shown, width=width))
        for media, width in (("narrow", NARROW), ("from-medium", WIDE))
    )
