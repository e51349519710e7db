"""Variants of a chain side by side: the result, its words and its charts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualitychain.analysis.base.frames import heading
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.money.cost_lines import CATEGORIES
from qualitychain.analysis.verdicts.specs import of_comparison
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.measure import Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Reason, Why, because
from qualitychain.vocabulary.table import Column, TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from qualitychain.plot.charts.dots import Chart

QUALITY_MEASURES = ("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level")
TIME_MEASURES = ("lead_time", "p95", "on_time", "satisfied")
MONEY_MEASURES = ("dissatisfied_per_period", "revenue_at_risk", "cost_of_late", "cost_of_bad")
CUSTOMER_MEASURES = (*QUALITY_MEASURES, *TIME_MEASURES, *MONEY_MEASURES)
DEPARTMENT_MEASURES = ("work", "utilization", "max_release_rate", "hidden_factory")
YIELDS = ("rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate", "max_release_rate")
COSTS = ("cost_of_quality", *CATEGORIES)
CHAIN_MEASURES = (*YIELDS, "lead_time", "revenue_at_risk", *COSTS)


@dataclass(frozen=True, kw_only=True)
class Comparison(Result):
    """Variants of a chain side by side.

    Attributes
    ----------
    customers, departments : DataFrame, index (``customer`` or ``department``, ``measure``)
        One column for each chain; then, for two chains, ``change`` (after less before), for more, one ``change: NAME``
        for each after the first. NaN where a chain lacks the node or the figure. Measures of a customer: quality
        (``delivered``, ``defect_rate``, ``accepted_defect_rate``, ``dpmo``, ``z_lt``, ``sigma_level``), time
        (``lead_time``, the mean, ``p95``, ``on_time``, ``satisfied``) and what may be lost per period
        (``dissatisfied_per_period``, ``revenue_at_risk``, ``cost_of_late``, ``cost_of_bad``).
    chain : DataFrame, index ``measure``
        Of the whole chain, in the same columns: yields, scrap, greatest starts, mean ``lead_time`` of all deliveries,
        ``revenue_at_risk`` of all customers, and ``cost_of_quality`` with its categories, money ``per``.
    names : tuple of str
        The column of each chain.
    per : str
        What the cost of quality is per: the period where it is known of every chain, else the time unit.
    timed : bool
        Whether lead times of any chain are there.
    """

    customers: pd.DataFrame
    departments: pd.DataFrame
    chain: pd.DataFrame
    names: tuple[str, ...]
    per: str
    timed: bool
    shift: float = field(default=1.5)
    title: str = field(default="", repr=False)
    lacking: Mapping[str, tuple[Why, ...]] = field(default_factory=dict, repr=False)
    """What the cost of quality of each variant lacks."""

    def described(self) -> tuple[TableSpec, ...]:
        """Its tables, with a column for each chain."""
        return of_comparison(self.names)

    def summary(self) -> str:
        """Defects, satisfaction and lead time of each customer, and the money; a table where variants are many."""
        tables: list[tuple[str, pd.DataFrame, tuple[str, ...]]] = [
            (str(name), self.customers.loc[name], ("defect_rate", "on_time", "satisfied", "lead_time"))
            for name in self.customers.index.get_level_values("customer").unique()
        ]
        tables.append(("", self.chain, (COSTS[0], "revenue_at_risk")))
        few = len(self.names) == 2
        lines = [line for told in tables for line in (self._in_a_row(*told) if few else self._as_table(*told))]
        lines.extend(f"  the cost of {name} lacks: {'; '.join(whys)}" for name, whys in self._unlike().items())
        return "\n".join(lines)

    def _in_a_row(self, of: str, table: pd.DataFrame, measures: tuple[str, ...]) -> list[str]:
        return [
            f"{of + ': ' if of else ''}{self._named(m)}: "
            + ", ".join(f"{v} {self._figure(of, table, m, v)}" for v in self.names)
            for m in self._told(of, table, measures)
        ]

    def _as_table(self, of: str, table: pd.DataFrame, measures: tuple[str, ...]) -> list[str]:
        """Variants as rows, figures aligned."""
        told = self._told(of, table, measures)
        rows = [[of, *(self._named(m) for m in told)]]
        rows += [[f"  {v}", *(self._figure(of, table, m, v) for m in told)] for v in self.names]
        wide = [max(len(row[i]) for row in rows) for i in range(len(told) + 1)]
        return [
            "  ".join([row[0].ljust(wide[0]), *(cell.rjust(w) for cell, w in zip(row[1:], wide[1:], strict=True))])
            for row in rows
            if told
        ]

    def _told(self, of: str, table: pd.DataFrame, measures: tuple[str, ...]) -> list[str]:
        timed = ("on_time", "satisfied", "lead_time")
        return [
            m
            for m in measures
            if (m == "defect_rate" and of) or ((self.timed or m not in timed) and self._known(table, m))
        ]

    def _named(self, measure: str) -> str:
        return heading(Column(measure), self.units)

    def _figure(self, of: str, table: pd.DataFrame, measure: str, variant: str) -> str:
        value = float(table[variant][measure])
        why = self.reason_for("customers", (of, measure), variant)
        if measure == "lead_time" and because(why, Reason.OVERLOADED):
            value = math.inf
        return measure_of(measure).text(value)

    def _unlike(self) -> dict[str, list[Why]]:
        """Figures that the cost of some variant lacks and that of another has: three of each, in words."""
        shared = set.intersection(*(set(whys) for whys in self.lacking.values()))
        own = {name: [why for why in whys if why not in shared][:3] for name, whys in self.lacking.items()}
        return {name: whys for name, whys in own.items() if whys}

    def _known(self, table: pd.DataFrame, measure: str) -> bool:
        return bool(table.loc[[measure], list(self.names)].notna().to_numpy().any())

    def plot(self, ax: Axes | None = None, *, measure: str | None = None) -> Axes:
        """Variant beside variant: defects, time and money in small charts, or one measure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw one measure (``defect_rate`` unless another is asked for); a new figure by default.
        measure : str, optional
            A measure of the customers table; ``cost_of_quality`` draws its categories, and another measure of the chain
            table one row. Without it, and without ``ax``, a chart each for defect rates, what is kept of promises, lead
            times and the cost of quality, as far as they are known.

        Returns
        -------
        Axes
            The (first) chart.
        """
        from qualitychain.plot.charts.dots import charts, side_by_side

        if measure is None and ax is None:
            return charts([self._chart(m) for m in self._drawn()], title=f"Comparison: {self.title}")
        chart = self._chart(measure or "defect_rate")
        return side_by_side(
            chart.labels, chart.series, ax=ax, xlabel=chart.xlabel, title=f"Comparison: {self.title}", rate=chart.rate
        )

    def _drawn(self) -> list[str]:
        """Measures with a chart each: one of quality, two of time, one of money."""
        kept = next((m for m in ("on_time", "satisfied") if self.timed and self._any_customer(m)), None)
        times = ["lead_time"] if self.timed and self._any_customer("lead_time") else []
        money = next((m for m in (COSTS[0], "revenue_at_risk") if self._known(self.chain, m)), None)
        return [m for m in ("defect_rate", kept, *times, money) if m is not None]

    def _any_customer(self, measure: str) -> bool:
        mine = self.customers.xs(measure, level="measure")[list(self.names)]
        return bool(mine.notna().to_numpy().any())

    def _chart(self, measure: str) -> Chart:
        from qualitychain.plot.charts.dots import Chart

        if measure in CUSTOMER_MEASURES:
            table = self.customers.xs(measure, level="measure")
        elif measure in CHAIN_MEASURES:
            table = self.chain.loc[[*COSTS[1:], COSTS[0]] if measure == COSTS[0] else [measure]]
            table = table[table[list(self.names)].notna().any(axis=1)] if measure == COSTS[0] else table
        else:
            known = dict.fromkeys([*CUSTOMER_MEASURES, *CHAIN_MEASURES])
            near = did_you_mean(measure, known)
            raise ValueError(f"measure must be one of {', '.join(known)}, got {measure!r}{near}")
        return Chart(
            [str(row).replace("_", " ") if measure in COSTS else str(row) for row in table.index],
            {v: table[v].to_numpy(dtype=float) for v in self.names},
            self._named(measure),
            measure_of(measure).unit is Unit.SHARE,
        )


__all__ = ["Comparison"]
