"""The joint distribution of lead time and conformity for each customer, by damped transforms on a time grid.

Exact for the semi-Markov model, that is given the distributions of the parts and their independence, up to the time
grid, which is refined until the distribution stands still (:mod:`qualitychain.engine.transforms.refine`). On request,
rigorous bounds: with every time rounded down to the time grid the lead time is stochastically smaller, with every time
rounded up greater.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.fft import next_fast_len

from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.distributions.time_grid import Grid, TimeGrid
from qualitychain.engine.network.network import Flags, Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import CLASSES
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn, solve_pulls
from qualitychain.engine.quality.scenarios import chance_of, outcome_of, refuse_endless, scenarios_of
from qualitychain.engine.quality.work import solve_work
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import InputWaits, distributions_of, input_waits_of, needed_by
from qualitychain.engine.transforms.refine import (
    FARTHEST,
    POINTS,
    Curves,
    OnTimeGrid,
    Refined,
    Start,
    reach_of,
    refine,
    step_for,
)
from qualitychain.engine.transforms.requests_in_time import Services
from qualitychain.engine.transforms.spectra import Rounding, Spectra, distribution_function
from qualitychain.engine.transforms.travel import Routes
from qualitychain.errors import AnalysisError

MOST_POINTS = 1 << 18
LARGEST_WORK = 1 << 27
"""Moves times points that a grid may have."""
LARGEST_FIXED = 1 << 24
"""Moves times points of a grid on which all times are exact."""
LAX = 5e-4
"""From this tolerance on the first grids are half as fine."""
PATIENCE = 1 << 22
"""Moves times points of a grid up to which curves must agree at every time, not only but for one step of time."""
RIGOROUS_POINTS = 1 << 16
INVERSION = 1e-8
"""Error of the inverse transform, added to rigorous bounds: rounding 1e-16 / damping and what is folded back."""


@dataclass(frozen=True)
class OwnTime:
    """The distribution of one handoff's own time, on a time grid of its own."""

    step: float
    curves: Curves
    """Shape (1, N)."""
    accuracy: float
    beyond: float


@dataclass(frozen=True)
class Starts:
    """Where the refinement of a chain's distributions ended, for a chain that differs little."""

    whole: Start
    inputs: Mapping[int, Start]
    """By node, where several inputs are awaited at once."""


@dataclass(frozen=True)
class JointDistributions:
    """Lead time jointly with conformity, per started unit, for K customers at N grid points."""

    step: float
    conforming: Curves
    """Shape (K, N)."""
    nonconforming: Curves
    delivered: Floats
    """Conforming and nonconforming units delivered per started unit, shape (K, 2): where the curves tend to."""
    accuracy: Floats
    """Greatest difference of the last two extrapolated curves in probability, per delivered unit, shape (K,)."""
    beyond: Floats
    """Share of the delivered units beyond the horizon, shape (K,)."""
    last: Floats
    """Probability that a group of inputs is the last to arrive, where any takes time, shape (G,)."""
    moments: dict[int, Floats]
    """Moments of the time until kitting is complete, per node with parallel uses, shape (CLASSES, 3) each."""
    settled: float
    """Change of the last sweep around circles of needs."""
    exact_points: bool
    """Whether every time lies on the time grid exactly, so that nothing is approximated."""
    starts: Starts
    """To be given to the next solution of a chain that differs little."""
    bracket_step: float = 0.0
    lower: Floats | None = field(default=None, repr=False)
    """Rigorous bounds of the joint distribution functions at multiples of ``bracket_step``, shape (K, 2, points)."""
    upper: Floats | None = field(default=None, repr=False)

    @property
    def horizon(self) -> float:
        """The last grid point."""
        return float(self.step * (self.conforming.atoms.shape[1] - 1))


@dataclass(frozen=True)
class _Scenario:
    """One scenario of common causes."""

    outcome: Floats
    pulls: Pulls
    chance: float
    routes: Routes
    waits: InputWaits


def lead_time_distributions(
    network: Network,
    timing: Timing,
    *,
    tolerance: float = 1e-4,
    rigorous: bool = False,
    horizon: float | None = None,
    start: Starts | None = None,
) -> JointDistributions:
    """The joint distribution of lead time and conformity of every customer.

    Parameters
    ----------
    network : Network
    timing : Timing
    tolerance : float
        Greatest difference, in probability per delivered unit, that two extrapolated curves in turn may have.
    rigorous : bool
        Also rigorous bounds; not to be had where departments need each other in a circle.
    horizon : float, optional
        Time that the time grid must reach; found when not given.
    start : Starts, optional
        ``starts`` of a similar chain with the same nodes: the search for the horizon begins there, and coarser grids
        are left out. When to stop is judged as ever.

    Raises
    ------
    AnalysisError
        When rigorous bounds are asked for and cannot be had.
    """
    if rigorous and any(circular for _, circular in ready_in_turn(network)):
        raise AnalysisError(
            "rigorous bounds of lead times are not to be had where departments need each other in a circle; "
            "leave rigorous=False"
        )
    chain = _Transform(network, timing, tolerance, start=start)
    refined = chain.distributions(horizon)
    curves = refined.curves
    bounds = chain.bounds(refined.grid.step * refined.grid.points) if rigorous else (0.0, None, None)
    return JointDistributions(
        step=refined.grid.step,
        conforming=Curves(curves.atoms[::2], curves.smooth[::2]),
        nonconforming=Curves(curves.atoms[1::2], curves.smooth[1::2]),
        delivered=chain.delivered,
        accuracy=refined.accuracy,
        beyond=refined.beyond,
        last=chain.last(),
        moments=chain.moments(),
        settled=max(scenario.waits.settled for scenario in chain.scenarios),
        exact_points=bool(np.abs(refined.finer.curves.smooth).max(initial=0.0) < INVERSION),
        starts=Starts(refined.start, {n: s for scenario in chain.scenarios for n, s in scenario.waits.starts.items()}),
        bracket_step=bounds[0],
        lower=bounds[1],
        upper=bounds[2],
    )


def own_times(
    network: Network,
    timing: Timing,
    *,
    flow: Sequence[tuple[int, float]] = (),
    pulled: Sequence[tuple[int, float]] = (),
    tolerance: float = 1e-4,
) -> list[OwnTime]:
    """The distributions of some handoffs' own times, without the rest of the chain.

    Parameters
    ----------
    network : Network
    timing : Timing
    flow, pulled : sequences of (int, float)
        Flow handoffs (receipt by the giver to the receiver's door) and pulled ones (asking to having, redone draws
        included), each with a time above 0 up to which its distribution is asked for.
    tolerance : float
        In probability.

    Returns
    -------
    list of OwnTime
        Of the flow handoffs, then of the pulled ones.
    """
    if not flow and not pulled:
        return []
    givers = [*(network.flow.giver[e] for e, _ in flow), *(network.pulled.giver[h] for h, _ in pulled)]
    chain = _Transform(network, timing, tolerance, needed_by(network, np.array(givers)))
    return [
        *(chain.own_time(int(network.flow.giver[e]), time, flow=e) for e, time in flow),
        *(chain.own_time(int(network.pulled.giver[h]), time, pulled=h) for h, time in pulled),
    ]


class _Transform:
    """The scenarios of a chain with its times, to be evaluated on any grid."""

    def __init__(
        self,
        network: Network,
        timing: Timing,
        tolerance: float,
        wanted: Flags | None = None,
        start: Starts | None = None,
    ) -> None:
        self.network, self.timing, self.tolerance, self.start = network, timing, tolerance, start
        self.turns = ready_in_turn(network)
        self.scenarios = self._scenarios(wanted)
        count = 2 * len(network.customers)
        masses = sum(scenario.chance * scenario.routes.flow.absorbed[:count] for scenario in self.scenarios)
        self.delivered = np.asarray(masses).reshape(-1, 2)
        self.moves = max(len(scenario.routes.moves.source) for scenario in self.scenarios)
        self.most = max(POINTS, min(MOST_POINTS, LARGEST_WORK // self.moves))

    def _scenarios(self, wanted: Flags | None) -> list[_Scenario]:
        network, found = self.network, []
        for row in scenarios_of(network):
            outcome = outcome_of(network, row[None])
            pulls = solve_pulls(network, outcome)
            chance = float(chance_of(network, row[None], pulls)[0]) if network.keys else 1.0
            if chance > 0:
                refuse_endless(network, pulls, 1)
                waits = input_waits_of(
                    network,
                    pulls,
                    outcome,
                    self.timing,
                    tolerance=self.tolerance,
                    turns=self.turns,
                    wanted=wanted,
                    starts=self.start.inputs if self.start else None,
                )
                found.append(_Scenario(outcome, pulls, chance, Routes(Flow(network, pulls)), waits))
        return found

    def _services(self, scenario: _Scenario, spectra: Spectra, needed: Flags | None = None) -> Services:
        # bounds are rigorous only if everything is rounded the same way on one time grid
        tables = scenario.waits.tables if spectra.rounding is None else None
        pulls, outcome = scenario.pulls, scenario.outcome
        return Services(
            self.network, pulls, outcome, self.timing, spectra, needed=needed, turns=self.turns, tables=tables
        )

    def evaluate(self, grid: Grid, rounding: Rounding = None, *, jumps: bool = True) -> OnTimeGrid:
        """Joint distribution functions of all customers on one grid, shape (2 K, N), mixed over the scenarios."""
        spectra, count = Spectra(grid, rounding, jumps=jumps), 2 * len(self.network.customers)
        masses = np.zeros((2, count, grid.points))
        for scenario in self.scenarios:
            absorbed = scenario.routes.delivered(self._services(scenario, spectra), spectra.parts)
            time_grid = spectra.time_grid(absorbed[:, :count])
            masses += scenario.chance * np.stack((time_grid.atoms, time_grid.smooth))
        return OnTimeGrid(Curves(*distribution_function(TimeGrid(*masses))))

    def last(self) -> Floats:
        """Probability that each group of inputs is the last to arrive, where any takes time, shape (G,)."""
        alone = np.minimum(self.network.whole + self.network.part, 1.0)
        found = np.zeros(len(alone))
        for scenario in self.scenarios:
            mine = alone.copy()
            for group, chance in scenario.waits.last.items():
                mine[group] = chance
            found += scenario.chance * mine
        return found

    def moments(self) -> dict[int, Floats]:
        """Moments of the classes of a visit, mixed over the scenarios."""
        found: dict[int, Floats] = {}
        for scenario in self.scenarios:
            for node, moments in scenario.waits.moments.items():
                found[node] = found.get(node, np.zeros((CLASSES, 3))) + scenario.chance * moments
        return found

    def distributions(self, horizon: float | None) -> Refined[OnTimeGrid]:
        """The joint distributions of all customers, refined until they stand still."""
        whole, start = self.delivered.sum(axis=1), self.start.whole if self.start else None
        reach = horizon
        if reach is None:
            crude = 8.0 * self._crude_mean()
            reach = reach_of(lambda grid: self.evaluate(grid, jumps=False), whole, crude, start=start)
        jumps = self._with_atoms()
        points = POINTS if self.tolerance < LAX else POINTS // 2
        first = 8.0 * reach / points if start is None else min(8.0 * reach / points, start.step)
        step = step_for(self._all_distributions(), first, 2.0 * reach / self.most, jumps=jumps)
        if all(not distribution.smooth_excess(0.0) > 0 for distribution in self._all_distributions()):
            # with fixed and measured times only, one grid that has them all is enough, be it a large one
            step = step_for(self._all_distributions(), reach / POINTS, self.moves * reach / LARGEST_FIXED, jumps=True)
        return refine(
            lambda grid: self.evaluate(grid, jumps=jumps),
            whole,
            self.delivered.ravel(),
            reach=reach,
            step=step,
            most=self.most,
            tolerance=self.tolerance,
            patient=max(4 * POINTS, PATIENCE // self.moves),
        )

    def own_time(self, giver: int, until: float, *, flow: int | None = None, pulled: int | None = None) -> OwnTime:
        """The distribution of one handoff's own time from the giver's receipt (flow) or the asking (pulled)."""
        needed = needed_by(self.network, np.array([giver]))
        total = 1.0
        if flow is not None:
            total = sum(scenario.chance * scenario.routes.come_in(flow) for scenario in self.scenarios)

        def evaluate(grid: Grid) -> OnTimeGrid:
            spectra, masses = Spectra(grid), np.zeros((2, 1, grid.points))
            for scenario in self.scenarios:
                services = self._services(scenario, spectra, needed)
                if flow is not None:
                    spectrum = scenario.routes.turnaround(services, flow)
                else:
                    request = services.request(pulled or 0)
                    spectrum = request.good + request.bad
                time_grid = spectra.time_grid(spectrum)
                masses[:, 0] += scenario.chance / total * np.stack((time_grid.atoms, time_grid.smooth))
            return OnTimeGrid(Curves(*distribution_function(TimeGrid(*masses))))

        if not total > 0:
            return OwnTime(1.0, Curves(np.zeros((1, 2)), np.zeros((1, 2))), 0.0, 0.0)
        one = np.ones(1)
        distributions = self._distributions_of(needed, flow, pulled)
        # what lies beyond the horizon disturbs nothing before it
        reach = min(2.0 * until, FARTHEST * sum(distribution.mean for distribution in distributions)) or 1.0
        step = step_for(distributions, 8.0 * reach / POINTS, 2.0 * reach / MOST_POINTS, jumps=True)
        refined = refine(evaluate, one, one, reach=reach, step=step, most=MOST_POINTS, tolerance=self.tolerance)
        return OwnTime(refined.grid.step, refined.curves, float(refined.accuracy[0]), float(refined.beyond[0]))

    def bounds(self, reach: float) -> tuple[float, Floats, Floats]:
        """Rigorous bounds of the joint distribution functions."""
        points = next_fast_len(min(RIGOROUS_POINTS, self.most), real=True)
        grid, shape = Grid(reach / points, points), (-1, 2, points)
        # everything is an atom here
        smaller, greater = (self.evaluate(grid, way).curves.atoms.reshape(shape) for way in ("down", "up"))
        most = self.delivered[:, :, None]
        return grid.step, np.maximum(greater - INVERSION, 0.0), np.minimum(smaller + INVERSION, most)

    def _crude_mean(self) -> float:
        """Mean lead time if everything happened one after the other: an upper bound, for a start."""
        network, timing, total = self.network, self.timing, 0.0
        own = _means(timing.wait_distribution) + _means(timing.work_distribution)
        way = _means(timing.flow_transport) + _means(timing.flow_inspection)
        request = _means(timing.pulled_transport) + _means(timing.pulled_inspection)
        for scenario in self.scenarios:
            flow = scenario.routes.flow
            units = np.zeros(network.nodes)
            giving = network.transient >= 0
            units[giving] = flow.visits.reshape(-1, 2).sum(axis=1)[network.transient[giving]]
            work = solve_work(network, scenario.pulls.draws, units)
            drawn = work[network.pulled.receiver] * network.uses * np.where(network.uses > 0, scenario.pulls.draws, 0.0)
            handed = units[network.flow.giver] * network.flow.share
            total += scenario.chance * float(work @ own + handed @ way + drawn @ request)
        return total

    def _distributions_of(self, needed: Flags, flow: int | None, pulled: int | None) -> list[Distribution]:
        """Distributions that have a part in a handoff's own time."""
        timing = self.timing
        nodes = np.flatnonzero(needed).tolist()
        found = distributions_of(self.network, timing, needed) + [
            distribution for n in nodes for distribution in (timing.wait_distribution[n], timing.work_distribution[n])
        ]
        if pulled is not None:
            found += [timing.pulled_transport[pulled], timing.pulled_inspection[pulled]]
        if flow is not None:
            found += [timing.flow_transport[flow], timing.flow_inspection[flow]]
        return found

    def _all_distributions(self) -> Iterable[Distribution]:
        t = self.timing
        ways = (*t.flow_transport, *t.flow_inspection, *t.pulled_transport, *t.pulled_inspection)
        return {*t.work_distribution, *t.wait_distribution, *ways}

    def _with_atoms(self) -> bool:
        return any(scenario.routes.with_atoms(self.timing) for scenario in self.scenarios)


def _means(distributions: Sequence[Distribution]) -> Floats:
    return np.array([distribution.mean for distribution in distributions], dtype=np.float64)


__all__ = ["Curves", "JointDistributions", "OwnTime", "Starts", "lead_time_distributions", "own_times"]
