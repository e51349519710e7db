"""The queue at every department of a chain: loads, waits, and how sure they are (formulas: Queues)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.engine.queues.heavy_traffic import lines
from qualitychain.engine.queues.traffic import Streams, Traffic, streams_of
from qualitychain.queues import (
    conditional_wait_scv,
    effective_time,
    ggc_wait,
    immediate_feedback,
    wait_probability,
)

FULL = 1.0 - 1e-11
"""A utilization from here on is 1 but for rounding: there is no steady state."""
LONG_LINE = 3
"""So many less loaded stations before a station make its wait uncertain ..."""
FAR_FROM_POISSON = 0.5
"""... where the scv of what enters the line differs from 1 by more than this."""


@dataclass(frozen=True)
class StationTimes:
    """How long work takes at each node, shape (V,) each, in the chain's time unit.

    Suppliers and customers take no time.
    """

    mean: Floats
    """Mean working time on one unit."""
    scv: Floats
    """Squared coefficient of variation of the working time, breakdowns not included."""
    servers: Integers
    availability: Floats
    mttr: Floats
    mttr_scv: Floats
    exponential: Flags
    """Whether the working time is exponential, and not only of scv 1."""
    known: Flags
    """False for a department whose working time is missing; it is treated as taking no time."""
    start_scv: Floats
    """Squared coefficient of variation of the times between starts at each node."""


@dataclass(frozen=True)
class Stations:
    """The queue at each node in the steady state, shape (V,) each.

    Nodes that take no time have no queue. At an overloaded station ``waiting_time`` and ``queue_length`` are infinite.
    """

    arrival_rate: Floats
    """Units of work per time unit: visits and requests, repeated ones included; deliveries for a customer."""
    utilization: Floats
    service_time: Floats
    """Mean time a unit occupies its server, breakdowns included."""
    service_scv: Floats
    arrival_scv: Floats
    """Squared coefficient of variation of the times between arrivals, those that come back at once not counted; NaN
    where nothing arrives."""
    waiting_time: Floats
    """Mean wait of one visit or request."""
    wait_probability: Floats
    first_wait: Floats
    """Mean wait of a visit, or of the first of several requests that are asked for together: what an arrival finds."""
    first_probability: Floats
    """That an arrival finds any wait."""
    conditional_scv: Floats
    """Squared coefficient of variation of the wait of those who wait."""
    waiting_low: Floats
    waiting_high: Floats
    """Between these the mean wait is believed where a long line makes it uncertain; NaN elsewhere."""
    queue_length: Floats
    """Mean number waiting."""
    exact: bool
    """Whether all means are exact (a Jackson network)."""
    overloaded: Flags


def solve_stations(network: Network, solution: Solution, release_rate: float, times: StationTimes) -> Stations:
    """Loads and waits of all nodes.

    Parameters
    ----------
    network : Network
    solution : Solution
        The quality solution of the network, with its work.
    release_rate : float
        Units started per time unit, all suppliers together, above 0.
    times : StationTimes

    Returns
    -------
    Stations

    Notes
    -----
    Overloaded stations do not raise: whatever does not depend on them stays meaningful. Their departures are taken to
    be those of servers that are always busy.

    References
    ----------
    W. Whitt, "The Queueing Network Analyzer", Bell System Technical Journal 62 (1983); "Approximations for the GI/G/m
    queue", Production and Operations Management 2 (1993). S. Suresh and W. Whitt, "The heavy-traffic bottleneck
    phenomenon in open queueing networks", Operations Research Letters 9 (1990).
    """
    if not release_rate > 0:
        raise ValueError(f"release_rate must be above 0, got {release_rate!r}; give units started per time unit")
    streams = streams_of(network, solution, release_rate)
    arriving = release_rate * solution.work
    time, varies = effective_time(
        np.where(times.known, times.mean, 0.0), times.scv, times.availability, times.mttr, times.mttr_scv
    )
    utilization = arriving * time / times.servers
    streams, back = _without_immediate_feedback(network, streams, arriving, utilization)
    _, total_varies = immediate_feedback(back, time, varies)
    traffic = Traffic(
        streams=streams,
        utilization=np.minimum(utilization, 1.0),
        servers=times.servers.astype(np.float64),
        service_scv=np.where(time > 0, total_varies, 0.0),
        back_at_once=back,
        external_scv=times.start_scv,
    )
    exact = _is_jackson(network, solution, times, utilization)
    waits = _waits(traffic, time, exact=exact)
    overloaded = utilization >= FULL
    deliveries = np.zeros(network.nodes)
    deliveries[network.customers] = traffic.inflow[network.customers]
    return Stations(
        arrival_rate=arriving + deliveries,
        utilization=utilization,
        service_time=time,
        service_scv=varies,
        arrival_scv=waits.arrival_scv,
        waiting_time=waits.mean,
        wait_probability=waits.probability,
        first_wait=waits.first,
        first_probability=waits.first_probability,
        conditional_scv=np.where(overloaded, 1.0, conditional_wait_scv(np.where(overloaded, 0.0, utilization), varies)),
        waiting_low=waits.low,
        waiting_high=waits.high,
        queue_length=np.where(overloaded, np.inf, arriving * np.where(overloaded, 0.0, waits.mean)),
        exact=exact,
        overloaded=overloaded,
    )


def _without_immediate_feedback(
    network: Network, streams: Streams, arriving: Floats, utilization: Floats
) -> tuple[Streams, Floats]:
    """The streams without those that come back at once, and the chance of each node that its work comes back so."""
    loop = (streams.source == streams.target) & ~streams.asked
    # where work must first get inputs that queue elsewhere, it does not come back at once
    gone = loop & ~_asks_stations(network, utilization)[streams.source]
    returning = sums(streams.target[gone], streams.rate[gone], network.nodes)
    kept = {n: getattr(streams, n)[~gone] for n in ("source", "target", "rate", "uses", "uses_variance")}
    return replace(streams, **kept), returning / np.where(arriving > 0, arriving, 1.0)


def _asks_stations(network: Network, utilization: Floats) -> Flags:
    """Nodes some of whose inputs have to queue, at whatever depth, shape (V,)."""
    used = network.uses > 0
    giver, receiver, size = network.pulled.giver[used], network.pulled.receiver[used], network.nodes
    direct = np.unique(receiver[utilization[giver] > 0])
    source = np.concatenate((giver, np.full(len(direct), size)))
    target = np.concatenate((receiver, direct))
    graph = csr_array((np.ones(len(source)), (source, target)), shape=(size + 1, size + 1))
    found = breadth_first_order(graph, size, directed=True, return_predecessors=False)
    asking = np.zeros(size, dtype=bool)
    asking[found[found < size]] = True
    return asking


def _is_jackson(network: Network, solution: Solution, times: StationTimes, utilization: Floats) -> bool:
    """Whether the chain is a Jackson network: then all means are exact.

    A request is a detour of its unit if it is the only one at a time; requests that never queue do not matter.
    """
    stations, idle = utilization > 0, solution.work <= 0
    unbroken = (times.availability == 1) | (times.mttr == 0)
    poisson = np.all(times.start_scv[network.start > 0] == 1)
    exponential = np.all((times.exponential & unbroken)[stations])
    most = sums(network.group_receiver, network.whole + np.ceil(network.part), network.nodes)
    asks_at_once = _asks_stations(network, utilization) & (solution.work > 0) & (most > 1)
    # what a common cause draws once a case is awaited at every use, so loads and waits do not fit one network
    return bool(not network.keys and poisson and exponential and np.all(times.known | idle) and not asks_at_once.any())


@dataclass(frozen=True)
class _Waits:
    arrival_scv: Floats
    mean: Floats
    probability: Floats
    first: Floats
    first_probability: Floats
    low: Floats
    high: Floats


def _waits(traffic: Traffic, time: Floats, *, exact: bool) -> _Waits:
    """Mean wait of one pass and chance of it at each node."""
    back, load = traffic.back_at_once, traffic.utilization
    overloaded = load >= FULL
    queueing = (load > 0) & ~overloaded
    servers, once = traffic.servers[queueing], (1.0 - back)[queueing]
    all_time, varies = time[queueing] / once, traffic.service_scv[queueing]
    rate = load[queueing] * servers / all_time
    arrival_scv = np.where(exact & (load > 0), 1.0, traffic.arrival_scv)
    mean, chance = np.where(overloaded, np.inf, 0.0), np.where(overloaded, 1.0, 0.0)
    in_batch = all_time * traffic.wait_in_batch[queueing]
    found_wait = np.where(overloaded, np.inf, 0.0)
    found_wait[queueing] = once * ggc_wait(rate, all_time, servers, arrival_scv[queueing], varies)
    mean[queueing] = found_wait[queueing] + once * in_batch
    first = wait_probability(load[queueing], servers, (arrival_scv / traffic.batch)[queueing], varies)
    of_batches = 1.0 - (1.0 - first) * (1.0 - traffic.full_of_batch[queueing])
    likely = np.maximum(of_batches, wait_probability(load[queueing], servers, arrival_scv[queueing], varies))
    chance[queueing] = np.where(mean[queueing] > 0, likely, 0.0)
    found_chance = chance.copy()
    found_chance[queueing] = np.where(found_wait[queueing] > 0, np.where(in_batch > 0, first, likely), 0.0)
    low, high = np.full(len(load), np.nan), np.full(len(load), np.nan)
    if not exact:
        found = lines(traffic)
        doubtful = (found.stations >= LONG_LINE) & (np.abs(found.arrival_scv - 1.0) > FAR_FROM_POISSON)
        here = np.flatnonzero(queueing & doubtful)
        place = np.cumsum(queueing)[here] - 1
        markovian = ggc_wait(rate[place], all_time[place], servers[place], 1.0, 1.0)
        other = once[place] * ((found.arrival_scv[here] + varies[place]) / 2.0 * markovian + in_batch[place])
        low[here], high[here] = np.minimum(mean[here], other), np.maximum(mean[here], other)
    return _Waits(arrival_scv, mean, chance, found_wait, found_chance, low, high)
