"""Chains side by side: before, after and change for every customer and department, in quality, time and money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from qualitychain.analysis.base.compile import expect_chain
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks, bottlenecks_of
from qualitychain.analysis.customers.customer_outcomes import customer_outcomes_of
from qualitychain.analysis.load.overload import NO_TIME
from qualitychain.analysis.money.cost_lines import CATEGORIES
from qualitychain.analysis.money.cost_of_quality import CostOfQuality, cost_of_quality_of
from qualitychain.analysis.quality.quality import Quality, quality_of
from qualitychain.analysis.time.lead_times import LeadTimes, lead_times_of
from qualitychain.analysis.time.reasons import NO_TIMES, NOT_ASKED
from qualitychain.analysis.verdicts.comparison import (
    COSTS,
    CUSTOMER_MEASURES,
    DEPARTMENT_MEASURES,
    MONEY_MEASURES,
    TIME_MEASURES,
    YIELDS,
    Comparison,
)
from qualitychain.analysis.verdicts.specs import change_of
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Place, Reason, Why, because

if TYPE_CHECKING:
    import pandas as pd

MOST_TIMED = 400
"""Handoffs of a chain up to which lead times are compared without being asked for: some seconds each."""


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
        Whether to compare lead times, which cost most, and what follows from them (late, satisfied). By default those
        of every chain that gives working times, where all have at most 400 handoffs.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        With fewer than two chains, what is no chain, names that do not fit, or chains of different time units or
        calendars.
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
    import pandas as pd

    _check(chains)
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
    untimed = _untimed(chains, times)
    # changed chains have networks in common
    first = Study(chains[0], shift=shift)
    solved = [_solved(first.of(chain), why) for chain, why in zip(chains, untimed, strict=True)]
    timed = any(why is None for why in untimed)
    departments = [
        s.quality.departments[["work", "hidden_factory"]].join(s.capacity.capacity[["utilization", "max_release_rate"]])
        for s in solved
    ]
    # money is put side by side per period only where every chain knows its period
    periodic = all(s.cost.in_periods for s in solved)
    per = (chains[0].period or "period") if periodic else chains[0].clock.unit
    chain_table = pd.DataFrame({name: _whole(s, periodic=periodic) for name, s in zip(columns, solved, strict=True)})
    chain_table.index.name = "measure"
    return Comparison(
        customers=_side_by_side([s.customers for s in solved], CUSTOMER_MEASURES, columns),
        departments=_side_by_side(departments, DEPARTMENT_MEASURES, columns),
        chain=_with_changes(chain_table, columns),
        names=columns,
        per=per,
        timed=timed,
        title=" and ".join(dict.fromkeys(c.name for c in chains)),
        shift=shift,
        exact=not timed and all(s.quality.exact for s in solved),
        method="each chain solved on its own",
        assumptions=_assumptions(solved, columns),
        missing={
            Place(place.table, place.row, column): why
            for s, column in zip(solved, columns, strict=True)
            for place, why in s.missing.items()
        },
        lacking={
            column: tuple(dict.fromkeys(s.cost.lacking.values())) for s, column in zip(solved, columns, strict=True)
        },
        units=replace(solved[0].study.units, cost=per),
    )


@dataclass(frozen=True)
class _Solved:
    """One chain with its answers; ``missing`` says by table and row what it lacks."""

    study: Study
    quality: Quality
    capacity: Bottlenecks
    cost: CostOfQuality
    customers: pd.DataFrame
    missing: dict[Place, Why]
    remarks: tuple[str, ...]


def _solved(study: Study, untimed: Why | None) -> _Solved:
    q, b = study.ask(quality_of), study.ask(bottlenecks_of)
    times: LeadTimes | None = None
    if untimed is None:
        try:
            times = study.ask(lead_times_of)
        except AnalysisError as error:
            untimed = Why(Reason.NO_SOLUTION, str(error))
    cost = study.ask(cost_of_quality_of, lead_times=times is not None)
    outcomes = study.ask(customer_outcomes_of, lead_times=times is not None)
    remarks = outcomes.remarks
    customers = q.customers.join(outcomes.customers[["on_time", "satisfied", *MONEY_MEASURES]])
    for column in ("lead_time", "p95"):
        customers[column] = np.nan if times is None else times.customers[column]
    missing = {
        Place("customers", (place.row, place.column)): why
        for place, why in q.missing.items()
        if place.table == "customers"
    }
    for name in customers.index:
        for measure in (*TIME_MEASURES, *MONEY_MEASURES):
            if measure in ("lead_time", "p95"):
                why = untimed if times is None else times.reason_for("customers", name, measure)
            else:
                why = outcomes.reason_for("customers", name, measure)
                if untimed is not None and because(why, Reason.NOT_ASKED):
                    why = untimed
            if why is not None:
                missing[Place("customers", (name, measure))] = why
    missing |= _of_departments(b) | _of_chain(study.chain, customers, missing)
    if untimed is not None and any(c.promise is not None for c in study.chain.customers):
        remarks = (*remarks, f"Without lead times nothing is known to be late ({untimed}).")
    return _Solved(study, q, b, cost, customers, missing, remarks)


def _of_departments(b: Bottlenecks) -> dict[Place, Why]:
    """Why departments have no utilization or limit."""
    found: dict[Place, Why] = {}
    for name, row in b.capacity.iterrows():
        for measure in ("utilization", "max_release_rate"):
            if np.isnan(row[measure]):
                why = b.reason_for("capacity", name, measure)
                found[Place("departments", (name, measure))] = why or NO_TIME
    return found


def _of_chain(chain: Chain, customers: pd.DataFrame, missing: dict[Place, Why]) -> dict[Place, Why]:
    """Why sums and means over all customers do not exist: the first customer that lacks the figure."""
    found: dict[Place, Why] = {}
    reached = customers["delivered"].to_numpy() > 0
    for measure in ("lead_time", "revenue_at_risk"):
        # no mean is taken over customers that get nothing
        lacking = customers[measure].isna().to_numpy() & (reached | (measure != "lead_time"))
        for c, lacks in zip(chain.customers, lacking, strict=True):
            why = missing.get(Place("customers", (c.name, measure)))
            if lacks and why is not None:
                found.setdefault(Place("chain", measure), Why(why.reason, f"customer '{c.name}': {why}"))
    return found


def _check(chains: tuple[object, ...]) -> None:
    for chain in chains:
        if isinstance(chain, list | tuple | dict):
            expect_chain(chain, "give chains one by one: compare(a, b)")
        expect_chain(chain)
    if len(chains) < 2:
        raise ValueError(f"compare needs at least two chains, got {len(chains)}")


def _untimed(chains: tuple[Chain, ...], asked: bool | None) -> list[Why | None]:
    """For each chain why its lead times are left out; nothing where they are compared."""
    if asked is not None:
        return [None if asked else NOT_ASKED] * len(chains)
    large = [c for c in chains if len(c.handoffs) > MOST_TIMED]
    if large:
        name, count = large[0].name, len(large[0].handoffs)
        words = f"left out: '{name}' has {count:,} handoffs, so they take long; ask with times=True"
        return [Why(Reason.LEFT_OUT, words)] * len(chains)
    return [None if any(d.cycle_time is not None for d in c.departments) else NO_TIMES for c in chains]


def _whole(s: _Solved, *, periodic: bool) -> pd.Series[float]:
    """The measures of the whole chain."""
    import pandas as pd

    figures = {m: s.capacity.max_release_rate if m == "max_release_rate" else getattr(s.quality, m) for m in YIELDS}
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


def _assumptions(solved: list[_Solved], columns: tuple[str, ...]) -> tuple[str, ...]:
    """What all assume, each once; what is said of one variant only, with its name."""
    own = [(f"{column}: {a}", a) for s, column in zip(solved, columns, strict=True) for a in s.remarks]
    told = {a for _, a in own}
    said = dict.fromkeys(a for s in solved for r in (s.quality, s.cost) for a in r.assumptions if a not in told)
    return (*said, *(words for words, _ in own))


def _columns(chains: tuple[Chain, ...], names: tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if names is not None:
        given = [cast("object", n) for n in names]
        good = not isinstance(cast("object", names), str) and len(given) == len(set(given)) == len(chains)
        if not good or not all(isinstance(n, str) and n.strip() and not n.startswith("change") for n in given):
            raise ValueError(
                f"names must be {len(chains)} different texts, none of them beginning with 'change', got {names!r}"
            )
        return tuple(names)
    if len(chains) == 2:
        return ("before", "after")
    own = [c.name for c in chains]
    return tuple(n if own.count(n) == 1 else f"{n} ({i})" for i, n in enumerate(own, start=1))


def _side_by_side(tables: list[pd.DataFrame], measures: tuple[str, ...], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

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
        table[change_of(column, len(columns))] = change
    return table


__all__ = ["Comparison", "compare"]
