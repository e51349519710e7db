"""What a value stream is worked out from: the times of a chain, the pace asked for, the model's own figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.lead_time_words import assumptions_of
from qualitychain.analysis.time.timing import timing_in
from qualitychain.analysis.value_stream.critical_path import Names, critical_path, likely_route
from qualitychain.analysis.value_stream.little import Figures
from qualitychain.analysis.value_stream.stream import Stream, mean_times, unknown_inputs
from qualitychain.engine.moments.input_races import races
from qualitychain.engine.moments.step_times import step_times, timed_scenarios
from qualitychain.metrics import takt_time
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.plot.base.marks import Kind


NO_UNIT_AT_ALL = Why(Reason.NOTHING_DELIVERED, "no unit is delivered")


def stream_of(study: Study) -> tuple[Stream, bool]:
    """The times of a study's chain, and whether the greatest of parallel inputs was taken from a time grid."""
    compiled, timing = study.compiled, study.ask(timing_in)
    network = compiled.network
    scenarios = timed_scenarios(network, timing)
    tables = [t for scenario in scenarios for tables in scenario.waits.tables.values() for t in tables if t is not None]
    approximate = any(table.smooth[-1] > 0 for table in tables)
    unknown = np.array(timing.stations.overloaded, dtype=bool)
    unknown[timing.missing_nodes] = True
    means = mean_times(timing)
    chain, first = compiled.chain, len(compiled.chain.suppliers)
    own = means.work.copy()
    own[first : first + len(chain.departments)] *= [d.availability for d in chain.departments]
    stream = Stream(
        compiled=compiled,
        timing=timing,
        times=step_times(network, scenarios),
        of=races(network, timing, scenarios),
        means=means,
        own=own,
        unknown=unknown,
        waiting_unknown=unknown_inputs(compiled, np.flatnonzero(unknown)),
    )
    return stream, approximate


@dataclass(frozen=True)
class Pace:
    """Takt, and how much more than now must start for it."""

    takt: float
    growth: float


def pace_of(stream: Stream, targets: list[int], demand: float | None, available_time: float | str | None) -> Pace:
    """Takt, and how much more (or less) than now must start so that the demand is met."""
    now = stream.release_rate * float(stream.times.ends[targets].sum())
    if demand is None:
        if available_time is not None:
            raise ValueError("available_time is the working time of the period that demand counts; give demand as well")
        return Pace(1.0 / now, 1.0)
    if isinstance(demand, bool) or not isinstance(cast("object", demand), int | float) or not 0 < demand < math.inf:
        raise ValueError(f"demand must be a number of deliveries above 0, got {demand!r}")
    clock, available = stream.compiled.chain.clock, 1.0
    if isinstance(available_time, str):
        try:
            available = clock.in_unit(available_time)
        except ValueError as error:
            raise ValueError(f"available_time {available_time!r} {error}") from None
    elif available_time is not None:
        told = cast("object", available_time)
        available = float(available_time) if isinstance(told, int | float) and not isinstance(told, bool) else math.nan
    if not 0 < available < math.inf:
        raise ValueError(
            f"available_time must be a time above 0, a number or text such as '7.5 h', got {available_time!r}"
        )
    takt = float(takt_time(available, demand))
    return Pace(takt, 1.0 / (takt * now))


def places_of(compiled: Compiled) -> dict[str, int]:
    """What can be measured: the whole chain, departments and customers, by name."""
    first = len(compiled.chain.suppliers)
    return {compiled.chain.name: -1, **{name: i for i, name in enumerate(compiled.nodes) if i >= first}}


def model_figures(stream: Stream, place: int, whole: float) -> Figures:
    """The model's own WIP, throughput and lead time of a place."""
    if place < 0:
        rate = stream.release_rate
        return {"wip": whole, "throughput": rate, "lead_time": whole / rate}
    customer = int(stream.compiled.network.absorbing[place])
    if customer >= 0:
        rate, inside = stream.release_rate * float(stream.times.ends[customer]), stream.mean_time([customer])
        time = inside * stream.release_rate / rate if rate > 0 else math.nan
    else:
        rate = float(stream.timing.stations.arrival_rate[place])
        inputs = math.nan if stream.waiting_unknown[place] else float(stream.of.inputs[place])
        time = float(stream.means.wait[place] + stream.means.work[place]) + inputs if rate > 0 else math.nan
    return {"wip": rate * time, "throughput": rate, "lead_time": time}


def kinds_of(chain: Chain) -> dict[str, Kind]:
    """What each node is: supplier, department or customer."""
    kinds: dict[str, Kind] = {node.name: "supplier" for node in chain.suppliers}
    kinds |= {node.name: "department" for node in chain.departments}
    kinds |= {node.name: "customer" for node in chain.customers}
    return kinds


def method_of(stream: Stream, *, approximate: bool, queues: bool) -> str:
    """How a value stream was computed, in words."""
    words = ["times by step from the linear equations of visits, by where units end"]
    if queues:
        words.append(
            "queues of a Jackson network" if stream.timing.stations.exact else "queues by two-moment approximations"
        )
    if approximate:
        words.append("the greatest of parallel inputs from the time grid of the lead times")
    return "; ".join(words)


def said_of(stream: Stream, only: tuple[str, ...], *, queues: bool) -> list[str]:
    """What is assumed, in words."""
    who = f"units delivered to {', '.join(only)}" if only else "delivered units"
    counted = "these units only" if only else "all units, also those that will be scrapped"
    working = "work on the unit itself, stops of the server left out"
    said = [
        f"Steps are times of {who}, repeats included; WIP counts {counted}.",
        f"Working time is {working}; work in pulled services counts as waiting where the unit waits for it.",
    ]
    if only:
        said.append("For takt, starts grow in their present proportions until the demand of these customers is met.")
    return [*said, *assumptions_of(stream.compiled, stream.timing, queues=queues)]


def path_of(stream: Stream, targets: list[int], missing: dict[Place, Why]) -> tuple[pd.DataFrame, float]:
    """The critical path, and the share of the units that take its route."""
    import pandas as pd

    compiled, network = stream.compiled, stream.compiled.network
    route = likely_route(network, stream.times, targets)
    columns = {"step": str, "kind": str, "time": float, "cumulative": float, "why": str}
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()}).rename_axis("order")
    if route is None:
        missing[Place("critical_path")] = missing[Place(column="route_share")] = NO_UNIT_AT_ALL
        return none, math.nan
    if any(stream.unknown[n] or stream.waiting_unknown[n] for n in route.nodes):
        missing[Place("critical_path")] = stream.lacking
        return none, route.chance
    names = Names(
        compiled.nodes,
        [compiled.names[i] for i in compiled.flow_rows],
        [compiled.names[i] for i in compiled.pulled_rows],
    )
    return critical_path(network, route, stream.of, stream.means, names), route.chance
