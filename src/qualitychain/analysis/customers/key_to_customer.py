"""Which internal promise is key to which external customer? A point of defects, and a day, in units and in money."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.study import Progress, Study
from qualitychain.analysis.customers.customer_outcomes import customer_outcomes_of
from qualitychain.analysis.customers.key_costs import COLUMNS, by_defects, by_time, ranked
from qualitychain.analysis.customers.key_slopes import defect_slopes, delayed_shares, traffic_of
from qualitychain.analysis.customers.key_to_customer_result import KeyToCustomer
from qualitychain.analysis.time.kept_promises import needs_times, promised_times
from qualitychain.analysis.time.which_customers import which_customers
from qualitychain.engine.network.network import Floats
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.nodes import Customer
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.fields import echo
from qualitychain.vocabulary.reason import Place, Reason, Why, joined

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.analysis.time.deliveries import Deliveries

EVALUATIONS, FEWEST, MOST = 800, 3, 60
"""Handoffs of the chain times handoffs delayed, at most; and the bounds of the latter."""
ALL_BAD = Why(Reason.ALL_DEFECTS, "nothing that it gets conforms, so how often that would be on time is not known")
NO_DERIVATIVE = Why(
    Reason.NO_DERIVATIVE, "a small change of its defect rate would let units or requests circulate for ever"
)
LEFT_OUT = (
    "left out: each takes an evaluation of all lead times, done for the {} that hand over most; "
    "ask with a greater most="
)
RESTS_ON = {
    "share_by_defects": ("satisfied",),
    "nonconforming": ("defects_per_period",),
    "dissatisfied_by_defects": ("dissatisfied_per_period",),
    "revenue_by_defects": ("revenue_at_risk",),
    "failure_by_defects": ("cost_of_bad",),
    "cost_of_defects": ("revenue_at_risk", "cost_of_bad"),
    "share_by_time": ("on_time",),
    "late": ("late_per_period",),
    "dissatisfied_by_time": ("on_time", "dissatisfied_per_period"),
    "revenue_by_time": ("on_time", "revenue_at_risk"),
    "late_cost_by_time": ("cost_of_late",),
    "cost_of_time": ("on_time", "revenue_at_risk", "cost_of_late"),
}
"""Which of the customer's outcomes a column rests on."""
BY_DEFECTS, BY_TIME = tuple(RESTS_ON)[:6], tuple(RESTS_ON)[6:]
"""Columns of a step of defects, and of a delay."""


def key_to_customer(
    chain: Chain,
    *,
    customer: str | Sequence[str] | None = None,
    point: float = 0.01,
    delay: float | str | None = None,
    most: int | None = None,
    lead_times: bool = True,
    progress: Progress | None = None,
) -> KeyToCustomer:
    """What a point of each handoff's defect rate, and a day of its lead time, costs each external customer.

    Parameters
    ----------
    chain : Chain
    customer : str or sequence of str, optional
        Which external customers; all by default. The ranking of handoffs then is theirs.
    point : float
        Step of the defect rates, as a probability; 0.01 is one point of per cent.
    delay : number or duration text, optional
        Step of the lead times; by default one day of the chain's calendar, one time unit where that is shorter.
    most : int, optional
        For how many handoffs, at most, the time part is worked out (those that hand over most first); each takes an
        evaluation of the distribution of lead times. By default all of a small chain, fewer of a large one; 0 for none.
    lead_times : bool
        Whether to work out lead times, where a customer has a promise and working times are given; without them
        nothing is known to be late.
    progress : callable, optional
        Called with (done, all) as handoffs are delayed.

    Returns
    -------
    KeyToCustomer

    Raises
    ------
    UnknownCustomerError
        A KeyError and an AnalysisError, when the chain has no such customer; near misses are named.
    AnalysisError
        When the quality of the chain cannot be solved.
    ValueError
        When an argument is out of its range.

    Notes
    -----
    Defects: the exact gradient (formulas: Attribution, two transposed solves for each customer) times the step,
    lateness held as it is: a unit that turns nonconforming was on time as often as conforming units are. Money is the
    slope of the revenue at risk, and of the cost of nonconforming units presented. Time: the chain's joint distribution
    of lead time and conformity worked out again with the handoff slower by the step, exact given the queues, which
    transport does not change.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K", volume=1000, external_failure_cost=20)],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2)])
    >>> k = key_to_customer(chain)
    >>> k.table[["handoff", "nonconforming", "cost_of_defects"]].round(6).values.tolist()
    [['D -> K', 9.0, 180.0], ['S -> D', 8.0, 160.0]]
    """
    _check(point, most)
    study = Study(chain, progress=progress)
    return study.ask(
        key_to_customer_of,
        wanted=None if customer is None else tuple(which_customers(chain, customer)),
        point=float(point),
        delay=_step(chain, delay),
        most=most,
        lead_times=lead_times,
    )


def key_to_customer_of(
    study: Study,
    *,
    wanted: tuple[int, ...] | None = None,
    point: float = 0.01,
    delay: float | None = None,
    most: int | None = None,
    lead_times: bool = True,
) -> KeyToCustomer:
    """The customer impact matrix of a study's chain; ``wanted`` are places of customers, by default all."""
    import pandas as pd

    chain, compiled = study.chain, study.compiled
    step = _step(chain, None) if delay is None else delay
    some = tuple(range(len(chain.customers))) if wanted is None else wanted
    timed = lead_times and needs_times(chain) and any(chain.customers[k].promise is not None for k in some)
    found = study.ask(promised_times) if timed else None
    times = None if isinstance(found, Why) else found
    outcomes = study.ask(customer_outcomes_of, wanted=wanted, lead_times=lead_times)
    slopes, later = defect_slopes(study, some), _delayed(study, times, step=step, most=most, wanted=some)
    missing = dict(later.missing)
    parts = []
    for k in some:
        who = chain.customers[k]
        now = outcomes.customers.loc[who.name].to_dict()
        on_time, satisfied = later.on_time[:, k], later.satisfied[:, k]
        if times is not None and who.name not in times.found and now["on_time"] == 0:
            # where nothing is on time at all, nothing can be late that is not so already
            on_time = satisfied = np.zeros(len(compiled.names))
        columns = by_defects(who, now, point * slopes.kept[:, k], point * slopes.failure[:, k])
        columns |= by_time(who, now, on_time, satisfied)
        parts.append(pd.DataFrame({"customer": who.name, "handoff": list(compiled.names), **columns}))
        missing |= _lacking(who.name, columns, outcomes.missing)
        lost = np.isnan(slopes.kept[:, k]) & (not math.isnan(now["accepted_defect_rate"]))
        for i in np.flatnonzero(lost).tolist():
            missing |= {Place("table", (who.name, compiled.names[i]), column): NO_DERIVATIVE for column in BY_DEFECTS}
        if np.isnan(columns["share_by_defects"][~lost]).any() and now["accepted_defect_rate"] == 1:
            missing[Place("table", who.name, "share_by_defects")] = ALL_BAD
    table = pd.concat(parts, ignore_index=True)
    handoffs = ranked(compiled, table, study.solution.absorbed[:-2].reshape(-1, 2).sum(axis=1))
    order = {name: i for i, name in enumerate(handoffs.index)}
    table = table.assign(order=table["handoff"].map(order))
    apart = [mine.sort_values("order") for _, mine in table.groupby("customer", sort=False)]
    return KeyToCustomer(
        table=pd.concat(apart, ignore_index=True).drop(columns="order"),
        handoffs=handoffs,
        point=point,
        delay=step,
        evaluated=later.evaluated,
        unit=chain.clock.said,
        outgrown=_outgrown(chain, some, step) if later.evaluated else (),
        name=chain.name,
        exact=later.evaluated == 0,
        method=f"gradients of each customer's outcomes; lead times worked out again for {later.evaluated} delayed "
        "handoffs",
        assumptions=(
            "Defects: the slope at the present rates; lateness stays as it is.",
            "Time: the handoff takes a fixed while longer; queues stay as they are.",
            "Shares on time are known to within the tolerance of the lead times.",
            *outcomes.remarks,
        ),
        missing=missing | _lacking_of_handoffs(handoffs, missing),
        units=study.units,
    )


def _lacking(customer: str, columns: Mapping[str, Floats], outcomes: Mapping[Place, Why]) -> dict[Place, Why]:
    """Why columns of a customer do not exist at all: because the outcomes that they rest on do not."""
    found = {}
    for column, rests_on in RESTS_ON.items():
        why = joined(*(outcomes.get(Place("customers", customer, of)) for of in rests_on))
        if why is not None and np.isnan(columns[column]).all():
            found[Place("table", customer, column)] = why
    return found


def _lacking_of_handoffs(handoffs: pd.DataFrame, missing: Mapping[Place, Why]) -> dict[Place, Why]:
    """Why sums over customers do not exist at all: the first customer's reason."""
    found = {}
    for column in COLUMNS.values():
        why = next((why for place, why in missing.items() if place.column == column), None)
        if why is not None and handoffs[column].isna().all():
            found[Place("handoffs", None, column)] = why
    return found


def _check(point: object, most: object) -> None:
    if isinstance(point, bool) or not isinstance(point, int | float) or not 0 < point <= 1:
        raise ValueError(f"point must be a step of a probability, above 0 and at most 1, got {point!r}")
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise ValueError(f"most must be a number of handoffs, 0 or more, got {most!r}")


def _step(chain: Chain, delay: float | str | None) -> float:
    if delay is None:
        return in_units("1 d", chain.clock) if chain.time_unit in ("hour", "day", "week") else 1.0
    try:
        step = in_units(delay, chain.clock)
        good = not isinstance(delay, bool) and 0 < step < math.inf
    except (TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(
            f"delay must be a time above 0, a number of {chain.clock.said} or a text like '1 d', got {echo(delay)}"
        )
    return float(step)


@dataclass(frozen=True)
class _Later:
    """On-time and satisfied shares with each handoff slower, shape (handoffs, K); NaN where it is left out."""

    on_time: Floats
    satisfied: Floats
    evaluated: int
    missing: Mapping[Place, Why]


def _delayed(study: Study, times: Deliveries | None, *, step: float, most: int | None, wanted: Sequence[int]) -> _Later:
    names, customers = study.compiled.names, study.chain.customers
    on_time, satisfied = (np.full((len(names), len(customers)), np.nan) for _ in range(2))
    judged = [] if times is None else [k for k in wanted if _judged(customers[k], times)]
    if times is None or not judged or most == 0:
        return _Later(on_time, satisfied, 0, {})
    traffic = traffic_of(study)
    order = np.argsort(-traffic, kind="stable")
    some = order[traffic[order] > 0]
    limit = min(MOST, max(FEWEST, EVALUATIONS // len(names))) if most is None else most
    chosen = some[:limit]
    for k in judged:
        # what nothing passes may be as slow as it likes
        distribution = times.found[customers[k].name]
        on_time[traffic == 0, k], satisfied[traffic == 0, k] = distribution.on_time, distribution.satisfied
    on_time[chosen], satisfied[chosen] = delayed_shares(study, times, step, chosen)
    why = Why(Reason.LEFT_OUT, LEFT_OUT.format(limit))
    left = {Place("table", (None, names[i]), column): why for i in some[limit:].tolist() for column in BY_TIME}
    return _Later(on_time, satisfied, len(chosen), left)


def _outgrown(chain: Chain, wanted: Sequence[int], step: float) -> tuple[str, ...]:
    """Customers to whom nothing that is later by ``step`` can be on time."""
    clock, some = chain.clock, [chain.customers[k] for k in wanted]
    return tuple(
        c.name
        for c in some
        if c.promise is not None and step >= in_units(c.promise, clock) + in_units(c.tolerance, clock)
    )


def _judged(customer: Customer, times: Deliveries) -> bool:
    return customer.name in times.found and not math.isnan(times.found[customer.name].promise)


__all__ = ["KeyToCustomer", "key_to_customer", "key_to_customer_of"]
