"""Tables of quality: customers, handoffs, departments, the yield worksheet and the ledger of defects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qualitychain.analysis.quality.quality import Quality
from qualitychain.analysis.verdicts.requirements import SAID_BY_SIGMA, Verdict
from qualitychain.reporting.page.table import Cell, Column, Table, make_table, records
from qualitychain.vocabulary.figures import number, percent

NONE = "\u2013"


def figure(value: float, text: str, reason: str | None = None) -> Cell:
    """A figure's words, or the reason why there is none."""
    return Cell(text) if not math.isnan(value) else Cell(reason or NONE, tone="quiet")


def handoff_table(q: Quality) -> Table:
    """The scorecard of every handoff: the internal customer's view."""
    return make_table(
        "Handoffs",
        [
            Column("Handoff", figures=False),
            Column("Kind", figures=False),
            Column("Own defect rate"),
            Column("Counted"),
            Column("95 % interval"),
            Column("Presented"),
            Column("Promised at most"),
            Column("Promise", figures=False),
            Column("Accepted"),
            Column("Rejected per 100 started"),
        ],
        ([str(name), *_scores(row)] for name, row in records(q.handoffs)),
        total=len(q.handoffs),
        where="handoffs",
    )


def _scores(row: Mapping[str, Any]) -> list[Cell | str]:
    counted = not math.isnan(row["n"])
    promised, presented = row["sla_defect_rate"], row["presented_defect_rate"]
    promise = Cell(NONE, tone="quiet")
    if not math.isnan(promised) and not math.isnan(presented):
        kept = presented <= promised * (1 + 1e-9)
        promise = Cell("kept", tone="good") if kept else Cell("not kept", tone="bad")
    interval = f"{percent(row['lower'])} to {percent(row['upper'])}" if counted else NONE
    return [
        str(row["kind"]),
        percent(row["defect_rate"]),
        f"{row['defects']:,.0f} of {row['n']:,.0f}" if counted else Cell("stated", tone="quiet"),
        interval if counted else Cell(NONE, tone="quiet"),
        figure(presented, percent(presented), "no units"),
        figure(promised, percent(promised)),
        promise,
        figure(row["accepted_defect_rate"], percent(row["accepted_defect_rate"]), "no units"),
        number(100 * row["rejected"]),
    ]


DEFECT_BALANCE = {
    "made": "good units turned bad, once or more often",
    "cleared": "put right by rework or repair",
    "escaped": "delivered nonconforming",
    "scrapped": "scrapped nonconforming",
}


def defect_balance_table(q: Quality) -> Table:
    """Where the defects went: made = cleared + escaped + scrapped."""
    made = float(q.defect_balance["made"])
    return make_table(
        "Defect balance",
        [
            Column("Entry", figures=False),
            Column("Per 100 units started"),
            Column("Of those made"),
            Column("Meaning", figures=False),
        ],
        (
            [name, number(100 * entry), percent(entry / made) if made else NONE, words]
            for name, words in DEFECT_BALANCE.items()
            for entry in (float(q.defect_balance[name]),)
        ),
        where="defect_balance",
    )


def reading_table(q: Quality) -> Table | None:
    """Outgoing defect rate, under each reading of inputs that a case uses more than once."""
    rates = q.dependence.table["accepted_defect_rate"]
    readings = list(dict.fromkeys(str(r) for r in rates.index.get_level_values(0)))
    if len(readings) < 2:
        return None
    return make_table(
        "Outgoing defect rate, by reading",
        [Column("Customer", figures=False), *(Column(READINGS[r]) for r in readings)],
        ([str(c), *(percent(float(rates.loc[(r, c)])) for r in readings)] for c in q.customers.index),
        total=len(q.customers),
        where="dependence",
    )


READINGS = {
    "declared": "As the chain declares",
    "independent": "If every use were an independent draw",
    "shared": "If one draw per case served every use",
}


def requirement_table(verdicts: tuple[Verdict, ...]) -> Table:
    """The verdict on each requirement."""
    words: dict[bool | None, Cell] = {
        True: Cell("met", tone="good"),
        False: Cell("not met", tone="bad"),
        None: Cell("cannot be judged", tone="quiet"),
    }
    return make_table(
        "Requirements",
        [
            Column("Requirement", figures=False),
            Column("Verdict", figures=False),
            Column("Figure"),
            Column("Remark", figures=False),
        ],
        (
            [
                v.asked,
                words[v.met],
                Cell(NONE, tone="quiet") if v.met is None else v.said(v.actual),
                " ".join(filter(None, (_remark(v), v.requirement.note))),
            ]
            for v in verdicts
        ),
        total=len(verdicts),
        where="requirements",
    )


def _remark(verdict: Verdict) -> str:
    """Why it cannot be judged, or what is special about the figure, unless the figure says so itself."""
    return "" if verdict.reason is None or verdict.reason.reason in SAID_BY_SIGMA else verdict.reason
