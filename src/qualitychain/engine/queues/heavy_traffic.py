"""What a station would see if the less loaded stations before it did nothing to the variability of what passes them.

Long lines of lightly loaded stations smooth a bursty stream over short times, but not over the long times in which a
busy station's queue builds up (Suresh and Whitt 1990). The truth lies between the two views.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from qualitychain.engine.network.network import Floats, Integers, sums
from qualitychain.engine.queues.traffic import Traffic


@dataclass(frozen=True)
class Lines:
    """For every node the line of less loaded nodes that leads to it.

    The line of a node goes from it to the node that more than half of its arrivals come from (or are asked by), from
    there on in the same way, and ends where no node sends more than half, or at a node that is as heavily loaded, or
    before a circle.
    """

    stations: Integers
    """Stations on the line, shape (V,)."""
    arrival_scv: Floats
    """What would arrive if the nodes on the line only split and merged, shape (V,)."""


def lines(traffic: Traffic) -> Lines:
    """The line of every node; the time grows with nodes and streams."""
    before, slope, constant = _links(traffic)
    load = traffic.utilization
    arriving, leaving = traffic.arrival_scv.tolist(), traffic.departure_scv.tolist()
    size = len(load)
    # of each node: the first node of its line that is as heavily loaded as it, and what lies between, as one link
    stop, stations = [-1] * size, [0] * size
    steep, fixed, loads, busy = slope.tolist(), constant.tolist(), load.tolist(), (load > 0).tolist()
    seen = np.array(arriving)
    for node in _from_the_top(before):
        now = int(before[node])
        if now < 0:
            steep[node], fixed[node] = 0.0, arriving[node]
            continue
        a, b, count = steep[node], fixed[node], 0
        while now >= 0 and loads[now] < loads[node]:
            count += busy[now] + stations[now]
            a, b, now = a * steep[now], b + a * fixed[now], stop[now]
        steep[node], fixed[node], stations[node], stop[node] = a, b, count, now
        seen[node] = b + (a * leaving[now] if now >= 0 else 0.0)
    return Lines(np.array(stations, dtype=np.int64), seen)


def _links(traffic: Traffic) -> tuple[Integers, Floats, Floats]:
    """Node before each node on its line, -1 for none; and how the scv of its arrivals depends on what leaves that."""
    s, size = traffic.streams, len(traffic.utilization)
    main = np.flatnonzero(traffic.shares > 0.5)
    before = np.full(size, -1, dtype=np.int64)
    before[s.target[main]] = s.source[main]
    links = np.flatnonzero(before >= 0)
    graph = csr_array((np.ones(len(links)), (before[links], links)), shape=(size, size))
    _, label = connected_components(graph, directed=True, connection="strong")
    circling = (np.bincount(label)[label] > 1) | (before == np.arange(size))
    before[circling] = -1
    slope, constant = traffic.scv_of_streams
    mine, rest = np.zeros(size), np.zeros(size)
    mine[s.target[main]] = (traffic.shares * slope)[main]
    rest[s.target[main]] = (traffic.shares * (constant - traffic.stream_scv))[main]
    everything = sums(s.target, traffic.shares * traffic.stream_scv, size)
    return before, mine, rest + everything + traffic.external_share * traffic.external_scv


def _from_the_top(before: Integers) -> list[int]:
    """Every node after the one before it."""
    order: list[int] = []
    done = np.zeros(len(before), dtype=bool)
    for node in range(len(before)):
        path, now = [], node
        while now >= 0 and not done[now]:
            done[now] = True
            path.append(now)
            now = int(before[now])
        order.extend(reversed(path))
    return order
