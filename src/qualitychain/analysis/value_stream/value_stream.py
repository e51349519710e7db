"""The value stream: where the time of a delivered unit goes, step by step, and whether the pace is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.lead_time_words import shortfalls
from qualitychain.analysis.time.timing import timing_in
from qualitychain.analysis.time.which_customers import which_customers
from qualitychain.analysis.value_stream.little import checked_tolerance, little_check, read_measured
from qualitychain.analysis.value_stream.parts import (
    kinds_of,
    method_of,
    model_figures,
    pace_of,
    path_of,
    places_of,
    said_of,
    stream_of,
)
from qualitychain.analysis.value_stream.stream_result import ValueStream
from qualitychain.analysis.value_stream.tables import (
    NO_TIME_AT_ALL,
    SCRAP,
    TIMES,
    customer_table,
    input_table,
    step_table,
    takt_table,
)
from qualitychain.errors import AnalysisError, OverloadedError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Place, Why

TOLERANCE = 0.1
"""Measured figures that differ by less, relatively, agree."""


def value_stream(
    chain: Chain,
    *,
    customer: str | Sequence[str] | None = None,
    demand: float | None = None,
    available_time: float | str | None = None,
    measured: Mapping[str, Any] | None = None,
    tolerance: float = TOLERANCE,
    overloaded: Literal["raise", "report"] = "raise",
) -> ValueStream:
    """Where the time of a delivered unit goes: takt, cycle, waiting, inputs, transport, WIP, the critical path.

    Parameters
    ----------
    chain : Chain
    customer : str or sequence of str, optional
        Look at the units that are delivered to these customers; by default at all deliveries.
    demand : float, optional
        Deliveries asked for, per time unit of the chain, or in the period that ``available_time`` is the working time
        of. By default what the chain delivers: its start rate times the delivered share.
    available_time : number or duration text, optional
        Working time of the period that ``demand`` counts, such as "7.5 h".
    measured : mapping, optional
        Figures to check against Little's law and the model: ``{"wip": 30, "throughput": 6, "lead_time": "5 d"}`` for
        the whole chain, or such figures by name of a department, a customer or the chain. Two of the three give the
        third. At a department they count units of work, requests included; in the whole chain throughput counts all
        that leaves, what is scrapped too. Throughput is per time unit of the chain.
    tolerance : float
        Greatest relative difference that counts as agreement of measured figures.
    overloaded : {"raise", "report"}
        What to do when a department has more work than it can do: raise, or give the figures that stay meaningful.

    Returns
    -------
    ValueStream

    Raises
    ------
    OverloadedError
        When a department is overloaded, naming it, its demand, its capacity and the shortfall. The ``result`` of the
        error holds what stays meaningful.
    UnknownCustomerError
        When the chain has no such customer; near misses are named.
    AnalysisError
        When the quality of the chain cannot be solved, or nothing is delivered.
    ValueError
        When an argument is out of its range, or names something that the chain has not.

    Notes
    -----
    Of the units that end at a customer, the time at a step is its mean time per visit times the visits of these units,
    exactly (formulas page, "Value stream"); queues are approximate unless the chain is a Jackson network. Flow
    efficiency is the working time on the unit itself over its lead time: work that others do for it in pulled services
    counts as waiting where the unit waits for it, and not at all where it does not. WIP is start rate x time per
    started unit (Little): steps add up to the whole, and so do the units for each customer and those to be scrapped.

    References
    ----------
    J. D. C. Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961). M. Rother and
    J. Shook, Learning to See (1998). J. E. Kelley and M. R. Walker, "Critical-path planning and scheduling", Proc.
    Eastern Joint Computer Conference (1959).

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Make and test",
    ...     suppliers=[qc.Supplier("Stock", rate=0.5)],
    ...     departments=[qc.Department("Make", cycle_time=1)],
    ...     customers=[qc.Customer("Shop")],
    ...     handoffs=[
    ...         qc.Handoff("Stock", "Make", defect_rate=0, lead_time=2),
    ...         qc.Handoff("Make", "Shop", defect_rate=0),
    ...     ],
    ... )
    >>> v = qc.value_stream(chain, measured={"wip": 2, "lead_time": 4})
    >>> v.steps.loc["Make", ["cycle_time", "waiting_time", "wip"]].tolist(), v.lead_time, v.flow_efficiency
    ([1.0, 1.0, 1.0], 4.0, 0.25)
    >>> v.verdicts["Make and test"]
    'throughput is not measured; the other two make it 0.5, as the model has it'
    """
    if overloaded not in ("raise", "report"):
        raise ValueError(f"overloaded must be 'raise' or 'report', got {overloaded!r}")
    study = Study(chain)
    result = study.worked_out(
        lambda of: _value_stream(of, customer, demand, available_time, measured=measured, tolerance=tolerance)
    )
    timing = study.ask(timing_in)
    if overloaded == "raise" and timing.stations.overloaded.any():
        raise OverloadedError("\n".join(shortfalls(study.compiled, timing)), result)
    return result


def value_stream_of(
    study: Study,
    *,
    customer: str | tuple[str, ...] | None = None,
    demand: float | None = None,
    available_time: float | str | None = None,
) -> ValueStream:
    """The value stream of a study's chain; a department with too much work is reported, not refused."""
    return _value_stream(study, customer, demand, available_time)


def _value_stream(
    study: Study,
    customer: str | Sequence[str] | None,
    demand: float | None,
    available_time: float | str | None,
    *,
    measured: Mapping[str, Any] | None = None,
    tolerance: float = TOLERANCE,
) -> ValueStream:
    tolerance = checked_tolerance(tolerance)
    chain, targets = study.chain, which_customers(study.chain, customer)
    only = () if customer is None else tuple(chain.customers[k].name for k in targets)
    stream, approximate = study.ask(stream_of)
    if not stream.times.ends[targets].sum() > 0:
        raise AnalysisError(f"no unit is delivered to '{', '.join(only)}'" if only else "no unit is delivered")
    given = read_measured(measured, places_of(study.compiled), chain.name, chain.clock)
    pace = pace_of(stream, targets, demand, available_time)
    compiled, missing = study.compiled, dict[Place, Why]()
    takt = takt_table(stream, pace.takt, pace.growth, missing)
    steps = step_table(stream, targets, takt, missing)
    exits = customer_table(stream, missing)
    whole = stream.release_rate * stream.mean_time(range(len(stream.times.ends)))
    places = places_of(compiled)
    shown = dict.fromkeys((chain.name, *given))
    reasons = {} if not stream.unknown.any() else dict.fromkeys(shown, stream.lacking)
    little = little_check(
        given, {name: model_figures(stream, places[name], whole) for name in shown}, reasons, tolerance
    )
    time = float(steps["time"].sum(skipna=False))
    working = stream.working_time(targets)
    if math.isnan(time):
        missing[Place(column="lead_time")] = missing[Place(column="flow_efficiency")] = stream.lacking
    elif time == 0:
        missing[Place(column="flow_efficiency")] = NO_TIME_AT_ALL
    wip = float(steps["wip"].sum(skipna=False))
    if math.isnan(wip):
        missing[Place(column="wip")] = stream.lacking
    path, share = path_of(stream, targets, missing)
    queues = bool(np.nansum(stream.means.wait) > 0)
    return ValueStream(
        steps=steps,
        customers=exits.iloc[:-1],
        scrap=exits.iloc[-1].rename("scrap"),
        takt_table=takt,
        critical_path=path,
        inputs=input_table(stream, missing),
        little=little.table,
        verdicts=little.verdicts,
        only=only,
        takt=pace.takt,
        demand_rate=1.0 / pace.takt,
        lead_time=time,
        flow_efficiency=working / time if time > 0 else math.nan,
        wip=wip,
        unit=chain.clock.said,
        name=chain.name,
        kinds=kinds_of(chain),
        ends={h.full_name: (h.supplier, h.customer) for h in chain.handoffs},
        route_share=share,
        exact=not approximate and (stream.timing.stations.exact or not queues),
        method=method_of(stream, approximate=approximate, queues=queues),
        assumptions=tuple(said_of(stream, only, queues=queues)),
        missing={**missing, **little.missing},
        units=study.units,
    )


__all__ = ["SCRAP", "TIMES", "ValueStream", "value_stream", "value_stream_of"]
