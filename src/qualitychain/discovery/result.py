"""What ``discover`` returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from qualitychain.model.chain.chain import Chain

SCHEMA_VERSION = 1


@dataclass(frozen=True, eq=False)
class Discovery:
    """A chain found in an event log, and the counts behind it. Times are in ``time_unit``.

    Attributes
    ----------
    chain : Chain
        The discovered chain: aggregates only.
    handoffs : DataFrame
        Steps between different departments, by ``supplier`` and ``customer``: count, returns (to a department
        the case had visited), reworked (those that became an inspection), n and defects of what was looked
        at, defect_rate, lead time (mean, scv, p50, p90) and negative_waits.
    directly_follows : DataFrame
        How often an event of department ``to`` directly follows one of ``from``, the same department
        included, and the total wait between them.
    departments : DataFrame
        By department: visits, cases, starts and ends of cases, returns to it, sent_back (visits followed by
        rework), events, n and defects, timed events, cycle time, servers; and over all rows read, the dropped
        ones included: rows, completed, rejected.
    cases : DataFrame
        By case: events, visits, begin, end, duration, variant (1 is the most frequent), returns, reworked,
        first and last department.
    log_quality : DataFrame
        By check: how many rows or cases, and what was done about them.
    totals : DataFrame
        Counts over all rows ``read`` and over the events ``kept``.
    activities, activity_follows : DataFrame or None
        Rows and amounts by activity, and directly-follows counts by activity, where the log names one.
    time_unit : str
        Unit of all times.
    assumptions : tuple of str
        What was taken for granted, in sentences.
    """

    chain: Chain
    handoffs: pd.DataFrame
    directly_follows: pd.DataFrame
    departments: pd.DataFrame
    cases: pd.DataFrame
    log_quality: pd.DataFrame
    totals: pd.DataFrame
    activities: pd.DataFrame | None
    activity_follows: pd.DataFrame | None
    time_unit: str
    assumptions: tuple[str, ...]
    exact: bool = False
    method: str = "observed frequencies of steps between visits; gamma times by mean and variation"

    def __repr__(self) -> str:
        kept = self.totals["kept"]
        return (
            f"Discovery('{self.chain.name}': {kept['events']:,.0f} events, {kept['cases']:,.0f} cases, "
            f"{len(self.chain.departments):,} departments, {len(self.handoffs):,} handoffs)"
        )

    def summary(self, most: int = 10) -> str:
        """The discovery in words and short tables, at most ``most`` lines each."""
        kept = self.totals["kept"]
        found = self.log_quality[self.log_quality["count"] > 0]
        columns = ["count", "returns", "reworked", "n", "defects", "lead_time_mean"]
        headline = (
            f"{self.chain.name}: {kept['events']:,.0f} events of {kept['cases']:,.0f} cases in "
            f"{len(self.chain.departments):,} departments; {kept['visits']:,.0f} visits, "
            f"{kept['returns']:,.0f} returns, {kept['reworked']:,.0f} of them rework"
        )
        parts = [
            headline,
            f"Handoffs (lead times in {self.time_unit}s)\n{self.handoffs[columns].head(most).to_string()}",
            f"Log quality\n{found.to_string()}",
            "Assumptions\n" + "\n".join(f"- {sentence}" for sentence in self.assumptions),
        ]
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The discovery as JSON-safe data, without the single cases; a figure that does not exist is None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": "discovery",
            "time_unit": self.time_unit,
            "exact": self.exact,
            "method": self.method,
            "assumptions": list(self.assumptions),
            "chain": self.chain.to_dict(),
            "handoffs": _records(self.handoffs),
            "directly_follows": _records(self.directly_follows, index=False),
            "departments": _records(self.departments),
            "log_quality": _records(self.log_quality),
            "totals": _records(self.totals),
        }

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.handoffs.head(20).to_html()}{self.log_quality.to_html()}"


def _records(table: pd.DataFrame, index: bool = True) -> list[dict[str, Any]]:
    rows = (table.reset_index() if index else table).to_dict("records")
    return [{str(k): _plain(v) for k, v in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value
