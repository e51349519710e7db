"""The queue layer of a chain: its times read off the departments, its stations by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.engine.queues.stations import Stations, StationTimes, solve_stations
from qualitychain.model.values.times import moments


@dataclass(frozen=True)
class Queues:
    """The stations of a chain; ``queues.waiting_time["Make"]`` is that of one node."""

    compiled: Compiled
    solution: Solution
    stations: Stations

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.stations, name)
        return dict(zip(self.compiled.nodes, value.tolist(), strict=True)) if isinstance(value, np.ndarray) else value


def times_of(compiled: Compiled) -> StationTimes:
    """Times of all nodes; a working time given as a number, a mean or an exponential is exponential."""
    chain = compiled.chain
    departments = {d.name: d for d in chain.departments}
    starts = {s.name: s.arrival_scv for s in chain.suppliers}
    made = [departments.get(name) for name in compiled.nodes]
    timed = [d if d is not None and d.cycle_time is not None else None for d in made]
    work = [moments(d.cycle_time, chain.time_unit, default_scv=1.0) if d else (0.0, 0.0) for d in timed]
    return StationTimes(
        mean=np.array([mean for mean, _ in work]),
        scv=np.array([scv for _, scv in work]),
        servers=np.array([d.servers if d else 1 for d in made], dtype=np.int64),
        availability=np.array([d.availability if d else 1.0 for d in made]),
        mttr=np.array([moments(d.mttr, chain.time_unit)[0] if d else 0.0 for d in made]),
        mttr_scv=np.array([d.mttr_scv if d else 1.0 for d in made]),
        exponential=np.array([scv == 1 for _, scv in work]),
        known=np.array([d is None or d.cycle_time is not None for d in made]),
        start_scv=np.array([starts.get(name, 1.0) for name in compiled.nodes]),
    )


def queues_of(chain: qc.Chain) -> Queues:
    """The queues of a chain."""
    compiled = compile_chain(chain)
    solution = compiled.solve()
    return Queues(
        compiled,
        solution,
        solve_stations(compiled.network, solution, compiled.release_rate, times_of(compiled)),
    )


def tandem(*departments: qc.Department, rate: float = 1.0, arrival_scv: float = 1.0) -> qc.Chain:
    """Stock -> the departments one after the other -> Shop, without defects."""
    names = ["Stock", *(d.name for d in departments), "Shop"]
    return qc.Chain(
        "Tandem",
        suppliers=[qc.Supplier("Stock", rate=rate, arrival_scv=arrival_scv)],
        departments=departments,
        customers=[qc.Customer("Shop")],
        handoffs=[qc.Handoff(a, b, defect_rate=0) for a, b in pairwise(names)],
    )


def routed(
    external: Sequence[float], routing: Sequence[Sequence[float]], rates: Sequence[float], servers: Sequence[int]
) -> qc.Chain:
    """An open network of stations N0, N1, ...: what a row of the routing lacks to 1 goes to the customer."""
    stations = range(len(external))
    handoffs = [qc.Handoff(f"S{i}", f"N{i}", defect_rate=0) for i in stations if external[i] > 0]
    for i in stations:
        left = 1.0 - sum(routing[i])
        targets = [(f"N{j}", routing[i][j]) for j in stations] + [("Shop", left if left > 1e-12 else 0.0)]
        handoffs += [qc.Handoff(f"N{i}", name, defect_rate=0, share=share) for name, share in targets if share > 0]
    return qc.Chain(
        "Network",
        suppliers=[qc.Supplier(f"S{i}", rate=external[i]) for i in stations if external[i] > 0],
        departments=[qc.Department(f"N{i}", servers=servers[i], cycle_time=1.0 / rates[i]) for i in stations],
        customers=[qc.Customer("Shop")],
        handoffs=handoffs,
    )
