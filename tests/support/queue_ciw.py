"""Networks of queues simulated by Ciw, a third and foreign opinion; no code is shared with the other simulators."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import ciw
from support.queue_measures import Estimate, estimate


def gamma(mean: float, scv: float) -> Any:
    """A time of Ciw by mean and scv."""
    return ciw.dists.Gamma(1 / scv, mean * scv) if scv else ciw.dists.Deterministic(mean)


def simulate(
    arrivals: Sequence[Any],
    services: Sequence[Any],
    servers: Sequence[int],
    routing: Sequence[Sequence[float]],
    *,
    seed: int,
    warm_up: float,
    length: float,
    replications: int,
) -> tuple[list[Estimate], list[Estimate], Estimate]:
    """Mean wait and probability of waiting at each node, and the mean time that a unit spends in the network."""
    network = ciw.create_network(
        arrival_distributions=list(arrivals),
        service_distributions=list(services),
        number_of_servers=list(servers),
        routing=[list(row) for row in routing],
    )
    waits: list[list[float]] = [[] for _ in services]
    shares: list[list[float]] = [[] for _ in services]
    times = []
    for number in range(replications):
        ciw.seed(seed * 1000 + number)
        run = ciw.Simulation(network)
        run.simulate_until_max_time(warm_up + length)
        units = defaultdict(list)
        for record in run.get_all_records():
            if record.record_type == "service":
                units[record.id_number].append(record)
        for node in range(len(services)):
            visits = [r for unit in units.values() for r in unit if r.node == node + 1]
            late = [visit.waiting_time for visit in visits if visit.service_start_date >= warm_up]
            waits[node].append(math.fsum(late) / len(late))
            shares[node].append(sum(wait > 1e-9 for wait in late) / len(late))
        stays = [
            unit[-1].exit_date - unit[0].arrival_date
            for unit in (sorted(u, key=lambda r: r.arrival_date) for u in units.values())
            if unit[-1].destination == -1 and unit[-1].exit_date >= warm_up
        ]
        times.append(math.fsum(stays) / len(stays))
    return [estimate(w) for w in waits], [estimate(s) for s in shares], estimate(times)
