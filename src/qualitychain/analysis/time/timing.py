"""A chain's times as distributions, and its queues: the way from the model to the time parts of the engine."""

from __future__ import annotations

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.engine.distributions.named import (
    NO_TIME,
    Atoms,
    Distribution,
    Gamma,
    Lognormal,
    Triangular,
    Uniform,
    Waiting,
    Weibull,
)
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.engine.queues.stations import Stations, StationTimes, solve_stations
from qualitychain.engine.queues.timing import Timing
from qualitychain.model.values import distributions as given
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.durations import Clock
from qualitychain.model.values.times import moments

CYCLE_SCV = 1.0
"""A cycle time given as a bare number varies like an exponential one; every other bare time is fixed."""


def distribution_of(
    value: float | str | given.Distribution, clock: Clock | str, *, default_scv: float = 0.0
) -> Distribution:
    """The distribution of a time as the model holds it, in the chain's time unit.

    Parameters
    ----------
    value : number, duration text or distribution
    clock : Clock or str
        The chain's clock, or a time unit around the clock.
    default_scv : float
        Squared coefficient of variation of a bare number or text: a gamma time, fixed where it is 0.

    Examples
    --------
    >>> distribution_of("90 min", "hour")
    Atoms(values=(1.5,), masses=(1.0,))
    >>> distribution_of(2.0, "hour", default_scv=1.0)
    Gamma(mean=2.0, scv=1.0)
    """
    mean, scv = moments(value, clock, default_scv=default_scv)
    if mean == 0:
        return NO_TIME
    if scv == 0:
        return Atoms((mean,), (1.0,))
    match value:
        case given.Lognormal(mu=float(mu), sigma=float(sigma)):
            return Lognormal(mu, sigma)
        case given.Lognormal():
            return Lognormal.of(mean, scv)
        case given.Weibull(shape=float(shape), scale=scale) if scale is not None:
            return Weibull(shape, in_units(scale, clock))
        case given.Weibull():
            return Weibull.of(mean, scv)
        case given.Uniform(low=low, high=high) if low is not None and high is not None:
            return Uniform(in_units(low, clock), in_units(high, clock))
        case given.Uniform():
            return Uniform.of(mean, scv)
        case given.Triangular(low=low, mode=mode, high=high) if None not in (low, mode, high):
            return Triangular(*(in_units(t, clock) for t in (low, mode, high) if t is not None))
        case given.Triangular():
            return Triangular.of(mean, scv)
        case given.Empirical():
            times = tuple(in_units(t, clock) for t in value.values)
            return Atoms(times, tuple(value.weights or [1.0] * len(times)))
        case _:
            return Gamma(mean, scv)


def timing_of(compiled: Compiled, solution: Solution) -> Timing:
    """The distributions of all times of a chain, and its queues.

    Parameters
    ----------
    compiled : Compiled
    solution : Solution
        Of its quality, with work: the traffic of the queues.

    Notes
    -----
    Breakdowns lengthen and vary the service (Hopp and Spearman): without them (availability 1, or repairs that take no
    time) the cycle time keeps its own kind, with them it is a gamma time of the effective mean and variation.
    """
    chain, clock = compiled.chain, compiled.chain.clock
    first, nodes = len(chain.suppliers), compiled.network.nodes
    cycle: list[Distribution] = [NO_TIME] * nodes
    known = np.ones(nodes, dtype=bool)
    for i, department in enumerate(chain.departments, first):
        known[i] = department.cycle_time is not None
        if department.cycle_time is not None:
            cycle[i] = distribution_of(department.cycle_time, clock, default_scv=CYCLE_SCV)
    times = _station_times(compiled, cycle, known)
    stations = solve_stations(compiled.network, solution, compiled.release_rate, times)
    handoffs = chain.handoffs
    transport = [distribution_of(h.lead_time, clock) for h in handoffs]
    inspection = [NO_TIME if h.inspection is None else distribution_of(h.inspection.time, clock) for h in handoffs]
    return Timing(
        work_distribution=tuple(_work_distribution(cycle[i], times, stations, i) for i in range(nodes)),
        wait_distribution=tuple(_wait_distribution(stations, i) for i in range(nodes)),
        flow_transport=tuple(transport[i] for i in compiled.flow_rows),
        flow_inspection=tuple(inspection[i] for i in compiled.flow_rows),
        pulled_transport=tuple(transport[i] for i in compiled.pulled_rows),
        pulled_inspection=tuple(inspection[i] for i in compiled.pulled_rows),
        stations=stations,
        missing_nodes=np.flatnonzero(~known).astype(np.int64),
    )


def timing_in(study: Study) -> Timing:
    """The distributions of all times of a study's chain, and its queues."""
    return timing_of(study.compiled, study.solution)


def _station_times(compiled: Compiled, cycle: list[Distribution], known: np.typing.NDArray[np.bool_]) -> StationTimes:
    chain, clock, nodes = compiled.chain, compiled.chain.clock, compiled.network.nodes
    first = len(chain.suppliers)
    servers, availability = np.ones(nodes, dtype=np.int64), np.ones(nodes)
    mttr, mttr_scv, start_scv = np.zeros(nodes), np.ones(nodes), np.ones(nodes)
    for i, department in enumerate(chain.departments, first):
        servers[i], availability[i] = department.servers, department.availability
        mttr[i], mttr_scv[i] = in_units(department.mttr, clock), department.mttr_scv
    for i, supplier in enumerate(chain.suppliers):
        start_scv[i] = supplier.arrival_scv
    mean = _array(cycle, "mean")
    with np.errstate(divide="ignore", invalid="ignore"):
        scv = np.where(mean > 0, _array(cycle, "variance") / mean**2, 0.0)
    return StationTimes(
        mean=mean,
        scv=scv,
        servers=servers,
        availability=availability,
        mttr=mttr,
        mttr_scv=mttr_scv,
        exponential=np.array(
            [isinstance(distribution, Gamma) and distribution.scv == 1.0 for distribution in cycle], dtype=bool
        ),
        known=known,
        start_scv=start_scv,
    )


def _array(distributions: list[Distribution], field: str) -> Floats:
    return np.array([getattr(distribution, field) for distribution in distributions], dtype=np.float64)


def _work_distribution(cycle: Distribution, times: StationTimes, stations: Stations, node: int) -> Distribution:
    if cycle.mean == 0:
        return NO_TIME
    if times.availability[node] == 1 or times.mttr[node] == 0:
        return cycle.scaled(1.0 / float(times.availability[node]))
    return Gamma(float(stations.service_time[node]), float(stations.service_scv[node]))


def _wait_distribution(stations: Stations, node: int) -> Distribution:
    """No wait, or a gamma one where there is one; an overloaded queue has none, its customers are left out."""
    wait, chance = float(stations.first_wait[node]), float(stations.first_probability[node])
    if stations.overloaded[node] or not wait > 0 or not chance > 0:
        return NO_TIME
    return Waiting(chance, wait / chance, float(stations.conditional_scv[node]))


__all__ = ["CYCLE_SCV", "distribution_of", "timing_in", "timing_of"]
