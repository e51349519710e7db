"""Tables of load and of effects: capacity, sequence of bottlenecks, what customers suffer from what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks
from qualitychain.analysis.customer_effects import CustomerEffects
from qualitychain.analysis.result import number, percent
from qualitychain.model.chain import Chain
from qualitychain.model.durations import Clock
from qualitychain.reporting.headline import SEGMENTS
from qualitychain.reporting.quality_tables import NONE, figure
from qualitychain.reporting.tables import Cell, Column, Table, bar, make_table, records

MOST_PARETOS = 12
MOST_BARS = 15


@dataclass(frozen=True)
class Pareto:
    """Ranked removal effects on one customer."""

    customer: str
    table: Table | None
    words: str


def capacity_table(b: Bottlenecks, clock: Clock) -> Table:
    """Load of every department, the most loaded first."""
    shown = b.capacity.sort_values("utilization", ascending=False, kind="stable", na_position="last")
    top = max([1.0, *shown["utilization"].dropna()])

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        used = float(r["utilization"])
        why = {c: b.missing.get(f"capacity/{name}/{c}") for c in ("time_per_unit", "utilization", "max_starts")}
        used_cell = figure(used, percent(used), why["utilization"])
        if not math.isnan(used):
            used_cell = Cell(percent(used), bar(used, 0.0, top, limit=1.0), "bad" if used >= 1 else "")
        limit = Cell(why["max_starts"], tone="quiet") if why["max_starts"] else Cell(number(r["max_starts"]))
        return [
            name,
            used_cell,
            number(r["work"]),
            number(r["servers"]),
            figure(r["time_per_unit"], number(r["time_per_unit"]), why["time_per_unit"]),
            limit,
            figure(r["shadow_price"], number(r["shadow_price"]), why["max_starts"] and NONE),
        ]

    return make_table(
        "Capacity of departments",
        [
            Column("Department", figures=False),
            Column("Utilization"),
            Column(f"Work units per {clock.unit}"),
            Column("Servers"),
            Column(f"Effective time per unit ({clock.said})"),
            Column(f"Most starts per {clock.unit}"),
            Column("Starts gained per server added"),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="capacity",
    )


def sequence_table(b: Bottlenecks, clock: Clock) -> Table:
    """Which departments bind one after the other."""
    return make_table(
        "What limits the chain after what",
        [
            Column("Step"),
            Column("Departments to elevate together", figures=False),
            Column(f"Most starts per {clock.unit} before"),
            Column("Gain until the next limit"),
            Column("Servers added by then"),
        ],
        (
            [
                step,
                str(row["departments"]),
                number(row["max_starts"]),
                "no further limit" if math.isinf(row["factor"]) else percent(row["factor"] - 1),
                number(row["servers_added"]) if math.isfinite(row["servers_added"]) else NONE,
            ]
            for step, row in records(b.sequence)
        ),
        total=len(b.sequence),
        where="sequence",
    )


def effect_table(chain: Chain, e: CustomerEffects) -> Table:
    """What each external customer suffers per period."""
    period = chain.period or "period"
    kept = e.customers

    def row(name: str, segment: str | None, value: float | None) -> list[Cell | str]:
        r = kept.loc[name].to_dict()
        defects = float(r["defects_per_period"])
        return [
            name,
            SEGMENTS.get(segment or "", NONE),
            figure(r["volume"], number(r["volume"]), "no volume is given"),
            percent(r["accepted_defect_rate"]),
            figure(defects, number(defects), "no volume is given"),
            NONE if value is None or math.isnan(defects) else number(defects * value),
        ]

    return make_table(
        "What external customers keep with a defect",
        [
            Column("Customer", figures=False),
            Column("Segment", figures=False),
            Column(f"Deliveries per {period}"),
            Column("Nonconforming among kept"),
            Column(f"Nonconforming per {period}"),
            Column("Revenue of those deliveries"),
        ],
        (row(c.name, c.segment, c.value) for c in chain.customers),
        total=len(chain.customers),
        where="effects",
    )


def paretos(chain: Chain, e: CustomerEffects) -> list[Pareto]:
    """Ranked removal effects on each of the first customers."""
    groups = {str(name): group for name, group in e.handoffs.groupby("customer", sort=False)}
    return [_pareto(c.name, groups[c.name], chain.period or "period") for c in chain.customers[:MOST_PARETOS]]


def _pareto(customer: str, effects: pd.DataFrame, period: str) -> Pareto:
    felt = effects[effects["removal_effect"] != 0].dropna(subset=["removal_effect"])
    if felt.empty:
        return Pareto(customer, None, "No handoff's own defects reach this customer.")
    high, low = max(0.0, float(felt["removal_effect"].max())), min(0.0, float(felt["removal_effect"].min()))
    # the largest helps and, if any, the most harmful: what lies between matters least
    shown = felt if len(felt) <= MOST_BARS else felt.head(MOST_BARS)
    counted = bool(felt["defects_avoided_per_period"].notna().any())
    columns = [Column("Handoff", figures=False), Column("Fall if it made no defects")]
    if counted:
        columns.append(Column(f"Fewer per {period}"))
    table = make_table(
        f"If one handoff were perfect: {customer}",
        columns,
        (
            [
                str(handoff),
                Cell(percent(effect), bar(effect, low, high), "bad" if effect < 0 else ""),
                *([number(avoided)] if counted else []),
            ]
            for handoff, effect, avoided in zip(
                shown["handoff"], shown["removal_effect"], shown["defects_avoided_per_period"], strict=True
            )
        ),
        where="effects",
    )
    words = []
    if len(felt) > len(shown):
        words.append(
            f"{len(felt) - len(shown):,} further handoffs have smaller effects; "
            "`qualitychain show --table effects` lists them."
        )
    if low < 0:
        harmful = int((felt["removal_effect"] < 0).sum())
        words.append(
            f"{harmful:,} with a negative effect: there, defects make an inspection scrap or reroute units, "
            "and that hides others "
            "from this customer."
        )
    return Pareto(customer, table, " ".join(words))
