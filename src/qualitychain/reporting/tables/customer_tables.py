"""Tables of external customers in full: units and money per period, by customer and by segment."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qualitychain.analysis.time.reasons import NOT_ASKED
from qualitychain.reporting.cards.headline import SEGMENTS
from qualitychain.reporting.page.table import Cell, Column, Table, make_table, records
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables.quality_tables import NONE
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Missing, Place

Say = Callable[[float], str]
LEFT_OUT = "left out here; `qualitychain show --table defects` works it out"


@dataclass(frozen=True)
class Figure:
    """A column of the tables: its field, its head, and how it is said."""

    field: str
    head: str
    say: Say = number


UNITS = (
    Figure("volume", "Deliveries"),
    Figure("defects_per_period", "Kept nonconforming"),
    Figure("refused_per_period", "Refused by the customer"),
    Figure("late_per_period", "Late"),
    Figure("satisfied", "Satisfied", percent),
    Figure("dissatisfied_per_period", "Dissatisfied deliveries"),
)
MONEY = (
    Figure("churn", "Churn", percent),
    Figure("customers_lost", "Customers lost"),
    Figure("revenue", "Revenue"),
    Figure("revenue_at_risk", "Revenue at risk"),
    Figure("cost_of_late", "Cost of late units"),
    Figure("cost_of_bad", "Cost of nonconforming units"),
    Figure("nps", "NPS"),
)
SEGMENT = (
    Figure("customers", "Customers"),
    Figure("volume", "Deliveries"),
    Figure("defect_share", "Outgoing defect rate", percent),
    Figure("satisfied_share", "Satisfied", percent),
    Figure("dissatisfied_per_period", "Dissatisfied deliveries"),
    Figure("revenue_at_risk", "Revenue at risk"),
    Figure("revenue_at_risk_share", "Of its revenue", percent),
)


@dataclass(frozen=True)
class InFull:
    """Customers in full: the tables, and in words what they lack."""

    tables: tuple[Table, ...]
    sentences: tuple[str, ...]


def in_full(customers: pd.DataFrame, segments: pd.DataFrame, missing: Missing, period: str) -> InFull:
    """What customers get per period, what may be lost of it, and the same by segment.

    Parameters
    ----------
    customers, segments : DataFrame
        Those of ``CustomerEffects``.
    missing : mapping
        Why figures of them do not exist.
    period : str
    """
    tables = [
        _table(f"What external customers get per {period}", UNITS, customers, missing, judged=True),
        _table(f"What may be lost per {period}", MONEY, customers, missing),
    ]
    if len(segments) < len(customers):
        tables.append(_segments(segments, missing, period))
    lacking = _lacking(customers, missing)
    said = [f"Not available, as figures are not given: {lacking}."] if lacking else []
    if (customers["judged_on"] == "conforming").any():
        names = [str(name) for name in customers.index[customers["judged_on"] == "conforming"]]
        said.append(f"Satisfied means conforming for {listed(names)}, as nothing is known of lateness there.")
    if (customers["judged_on"] == "conforming and on time").any():
        said.append("Satisfied is a delivery that conforms and is on time: the same delivery, not the product of two.")
    return InFull(tuple(t for t in tables if t is not None), tuple(said))


def _table(
    caption: str, figures: Sequence[Figure], rows: pd.DataFrame, missing: Missing, *, judged: bool = False
) -> Table | None:
    """A table of what at least one customer has; ``judged`` puts its segment in."""
    shown = [f for f in figures if rows[f.field].notna().any()]
    if not shown:
        return None
    segmented = judged and bool(rows["segment"].notna().any())

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        # nothing known of one customer leaves a row of reasons
        segment = [SEGMENTS.get(str(r["segment"]), NONE)] if segmented else []
        return [name, *segment, *(_cell(r[f.field], f, missing.get(Place("customers", name, f.field))) for f in shown)]

    return make_table(
        caption,
        [
            Column("Customer", figures=False),
            *([Column("Segment", figures=False)] if segmented else []),
            *(Column(f.head) for f in shown),
        ],
        (row(name, r) for name, r in records(rows)),
        total=len(rows),
        where="defects",
    )


def _segments(segments: pd.DataFrame, missing: Missing, period: str) -> Table | None:
    shown = [f for f in SEGMENT if segments[f.field].notna().any()]
    return make_table(
        f"By segment, per {period}",
        [Column("Segment", figures=False), *(Column(f.head) for f in shown)],
        (
            [
                SEGMENTS.get(name, name),
                *(_cell(r[f.field], f, missing.get(Place("segments", name, f.field))) for f in shown),
            ]
            for name, r in records(segments)
        ),
        total=len(segments),
        where="segments",
    )


def _cell(value: Any, figure: Figure, reason: str | None) -> Cell:
    if not math.isnan(value):
        return Cell(figure.say(float(value)))
    return Cell((LEFT_OUT if reason == NOT_ASKED else reason) or NONE, tone="quiet")


def _lacking(customers: pd.DataFrame, missing: Missing) -> str:
    """The columns that nobody has, with the figures that would give them."""
    said = []
    for figure in (*UNITS, *MONEY):
        if customers[figure.field].isna().all():
            why = dict.fromkeys(missing.get(Place("customers", name, figure.field), "") for name in customers.index)
            reasons = [LEFT_OUT if w == NOT_ASKED else w for w in why if w]
            head = figure.head if figure.head.isupper() else figure.head[:1].lower() + figure.head[1:]
            said.append(f"{head} ({listed(reasons, 2)})" if reasons else head)
    return "; ".join(said)
