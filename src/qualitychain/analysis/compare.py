"""Chains side by side: before, after and change for every customer and department, in quality, time and money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.cost_lines import CATEGORIES
from qualitychain.analysis.cost_of_quality import CostOfQuality, cost_of_quality
from qualitychain.analysis.customer_effects import customers_now
from qualitychain.analysis.lead_times import LeadTimes, lead_times
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.result import Result, number
from qualitychain.errors import AnalysisError
from qualitychain.model.chain import Chain
from qualitychain.model.near import did_you_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUALITY_MEASURES = ("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level")
TIME_MEASURES = ("lead_time", "p95", "on_time", "satisfied")
MONEY_MEASURES = ("dissatisfied_per_period", "revenue_at_risk", "cost_of_late", "cost_of_bad")
CUSTOMER_MEASURES = (*QUALITY_MEASURES, *TIME_MEASURES, *MONEY_MEASURES)
DEPARTMENT_MEASURES = ("work", "utilization", "max_starts", "hidden_factory")
YIELDS = ("rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate", "max_starts")
COSTS = ("cost_of_quality", *CATEGORIES)
CHAIN_MEASURES = (*YIELDS, "lead_time", "revenue_at_risk", *COSTS)
MOST_TIMED = 400
"""Handoffs of a chain up to which lead times are compared without being asked for: some seconds each."""


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
        Whether lead times were compared.
    """

    customers: pd.DataFrame
    departments: pd.DataFrame
    chain: pd.DataFrame
    names: tuple[str, ...]
    per: str
    timed: bool
    shift: float = field(default=1.5)

    def summary(self) -> str:
        """Defects, satisfaction and lead time of each customer, and the money, variant by variant."""
        lines: list[str] = []
        for name in self.customers.index.get_level_values("customer").unique():
            mine = self.customers.loc[name]
            told = ["defect_rate", *(m for m in ("satisfied", "lead_time") if self.timed and self._known(mine, m))]
            lines.extend(f"{name}: {measure.replace('_', ' ')} {self._figures(mine, measure)}" for measure in told)
        for measure, per in (("cost_of_quality", f" per {self.per}"), ("revenue_at_risk", "")):
            if self._known(self.chain, measure):
                lines.append(f"{measure.replace('_', ' ')}{per}: {self._figures(self.chain, measure)}")
        return "\n".join(lines)

    def _known(self, table: pd.DataFrame, measure: str) -> bool:
        return bool(table.loc[[measure], list(self.names)].notna().to_numpy().any())

    def _figures(self, table: pd.DataFrame, measure: str) -> str:
        return ", ".join(f"{v} {number(table[v][measure])}" for v in self.names)

    def plot(self, ax: Axes | None = None, *, measure: str = "defect_rate") -> Axes:
        """One measure, variant beside variant: of every customer, or of the whole chain.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        measure : str
            A measure of the customers table; ``cost_of_quality`` draws its categories, and another measure of the chain
            table one row.
        """
        from qualitychain.plot.bars import side_by_side

        if measure in CUSTOMER_MEASURES:
            table = self.customers[self.customers.index.get_level_values("measure") == measure].droplevel("measure")
        elif measure in CHAIN_MEASURES:
            table = self.chain.loc[[*COSTS[1:], COSTS[0]] if measure == COSTS[0] else [measure]]
        else:
            known = dict.fromkeys([*CUSTOMER_MEASURES, *CHAIN_MEASURES])
            near = did_you_mean(measure, known)
            raise ValueError(f"measure must be one of {', '.join(known)}, got {measure!r}{near}")
        per = f" per {self.per}" if measure in COSTS else ""
        return side_by_side(
            [str(row).replace("_", " ") if measure in COSTS else str(row) for row in table.index],
            {v: table[v].to_numpy() for v in self.names},
            ax=ax,
            xlabel=measure.replace("_", " ") + per,
            title="Comparison",
        )


def compare(
    *chains: Chain,
    names: tuple[str, ...] | list[str] | None = None,
    shift: float = 1.5,
    times: bool | None = None,
) -> Comparison:
    """Quality, capacity, lead times and money of two or more chains side by side.

    Parameters
    ----------
    *chains : Chain
        Two or more; changes are against the first.
    names : sequence of str, optional
        A column name for each chain; by default ``before`` and ``after`` for two, else the chains' names (numbered
        where equal).
    shift : float
        The sigma shift, as in ``quality``.
    times : bool, optional
        Whether to compare lead times, which cost most, and what follows from them (late, satisfied). By default where
        every chain gives working times and has at most 400 handoffs.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        With fewer than two chains, names that do not fit, or chains of different time units or calendars.
    AnalysisError
        When one of the chains cannot be solved.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.1)])
    >>> better = qc.what_if(chain, {"S -> K": {"defect_rate": 0.04}})
    >>> compare(chain, better).customers.loc[("K", "defect_rate")].round(6).to_dict()
    {'before': 0.1, 'after': 0.04, 'change': -0.06}
    """
    if len(chains) < 2:
        raise ValueError(f"compare needs at least two chains, got {len(chains)}")
    units = {c.time_unit for c in chains}
    if len(units) > 1:
        raise ValueError(
            f"the chains count time by {' and by '.join(sorted(units))}; give them one time_unit to compare work"
        )
    clocks = {c.clock: None for c in chains}
    if len(clocks) > 1:
        raise ValueError(
            f"the chains work {', and '.join(c.described for c in clocks)}; give them one calendar to compare work"
        )
    columns = _columns(chains, names)
    timed = _timed(chains) if times is None else bool(times)
    solved = [_solved(chain, shift, timed=timed) for chain in chains]
    departments = [
        s.quality.departments[["work", "hidden_factory"]].join(s.capacity.capacity[["utilization", "max_starts"]])
        for s in solved
    ]
    # money is put side by side per period only where every chain knows its period
    periodic = all(s.cost.in_periods for s in solved)
    chain_table = pd.DataFrame({name: _whole(s, periodic=periodic) for name, s in zip(columns, solved, strict=True)})
    chain_table.index.name = "measure"
    return Comparison(
        customers=_side_by_side([s.customers for s in solved], CUSTOMER_MEASURES, columns),
        departments=_side_by_side(departments, DEPARTMENT_MEASURES, columns),
        chain=_with_changes(chain_table, columns),
        names=columns,
        per=(chains[0].period or "period") if periodic else chains[0].clock.unit,
        timed=timed,
        shift=shift,
        exact=not timed and all(s.quality.exact for s in solved),
        method="each chain solved on its own",
        assumptions=tuple(dict.fromkeys(a for s in solved for r in (s.quality, s.cost) for a in r.assumptions)),
        missing=_missing(solved, columns),
    )


@dataclass(frozen=True)
class _Solved:
    quality: Quality
    capacity: Bottlenecks
    cost: CostOfQuality
    customers: pd.DataFrame
    missing: dict[str, str]


def _solved(chain: Chain, shift: float, *, timed: bool) -> _Solved:
    q, b = quality(chain, shift=shift), bottlenecks(chain)
    times: LeadTimes | Literal[False] = False
    missing: dict[str, str] = {}
    if timed:
        try:
            times = lead_times(chain, overloaded="report")
        except AnalysisError as error:
            missing["customers/lead_time"] = str(error)
    cost = cost_of_quality(chain, times=times)
    outcomes, _, reasons = customers_now(q.compiled, q.solution, times)
    customers = q.customers.join(outcomes[["on_time", "satisfied", *MONEY_MEASURES]])
    for column in ("lead_time", "p95"):
        customers[column] = np.nan if times is False else times.customers[column]
    wanted = tuple(f"/{m}" for m in (*TIME_MEASURES, *MONEY_MEASURES))
    missing |= {k: why for k, why in reasons.items() if k.startswith("customers/") and k.endswith(wanted)}
    return _Solved(q, b, cost, customers, dict(q.missing) | missing | {f"cost/{k}": w for k, w in cost.missing.items()})


def _timed(chains: tuple[Chain, ...]) -> bool:
    return all(any(d.cycle_time is not None for d in c.departments) and len(c.handoffs) <= MOST_TIMED for c in chains)


def _whole(s: _Solved, *, periodic: bool) -> pd.Series[float]:
    """The measures of the whole chain."""
    figures = {m: s.capacity.max_starts if m == "max_starts" else getattr(s.quality, m) for m in YIELDS}
    reached = s.customers[s.customers["delivered"] > 0]
    figures["lead_time"] = np.nan
    if len(reached):
        whole = (reached["lead_time"] * reached["delivered"]).sum(skipna=False)
        figures["lead_time"] = float(whole / reached["delivered"].sum())
    # one customer's revenue at risk that is not known leaves the sum unknown
    figures["revenue_at_risk"] = float(s.customers["revenue_at_risk"].sum(skipna=False))
    cost = s.cost.categories["per_period" if periodic else "per_time"]
    figures |= {COSTS[0]: float(cost["total"])} | {c: float(cost[c]) for c in CATEGORIES}
    return pd.Series(figures)


def _missing(solved: list[_Solved], columns: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{place} ({column})": why
        for s, column in zip(solved, columns, strict=True)
        for place, why in s.missing.items()
    }


def _columns(chains: tuple[Chain, ...], names: tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if names is not None:
        if len(names) != len(chains) or len(set(names)) != len(names) or "change" in names:
            raise ValueError(f"names must be {len(chains)} different names, none of them 'change', got {list(names)}")
        return tuple(names)
    if len(chains) == 2:
        return ("before", "after")
    own = [c.name for c in chains]
    return tuple(n if own.count(n) == 1 else f"{n} ({i})" for i, n in enumerate(own, start=1))


def _side_by_side(tables: list[pd.DataFrame], measures: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    names = list(dict.fromkeys(n for t in tables for n in t.index))
    index = pd.MultiIndex.from_product([names, measures], names=[tables[0].index.name, "measure"])
    side = {
        column: table.reindex(index=names, columns=list(measures)).to_numpy(dtype=float).ravel()
        for column, table in zip(columns, tables, strict=True)
    }
    return _with_changes(pd.DataFrame(side, index=index), columns)


def _with_changes(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    first = columns[0]
    for column in columns[1:]:
        with np.errstate(invalid="ignore"):
            change = table[column] - table[first]
        # infinite before and after (no defects, no limit) is no change
        change = change.where(table[column] != table[first], 0.0)
        table["change" if len(columns) == 2 else f"change: {column}"] = change
    return table
