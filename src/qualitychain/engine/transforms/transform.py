"""The joint law of lead time and conformity for each customer, by damped transforms on a lattice (theory section 6.2).

Exact for the semi-Markov model, that is given the laws of the parts and their independence, up to the lattice, which is
refined until the law stands still (:mod:`qualitychain.engine.transforms.refine`). On request, rigorous bounds: with
every time rounded down to the lattice the lead time is stochastically smaller, with every time rounded up greater.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.fft import next_fast_len

from qualitychain.engine.distributions.named import Law
from qualitychain.engine.distributions.time_grid import Grid, Lattice
from qualitychain.engine.network.network import Flags, Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn, solve_pulls
from qualitychain.engine.quality.scenarios import chance_of, outcome_of, refuse_endless, worlds_of
from qualitychain.engine.quality.work import solve_work
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import Needs, laws_of, needed_by, needs_of
from qualitychain.engine.transforms.parallel_inputs import CLASSES
from qualitychain.engine.transforms.refine import (
    FARTHEST,
    POINTS,
    Curves,
    OnLattice,
    Refined,
    reach_of,
    refine,
    step_for,
)
from qualitychain.engine.transforms.requests_in_time import Services
from qualitychain.engine.transforms.spectra import Rounding, Spectra, distribution
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
    """The law of one handoff's own time, on a lattice of its own."""

    step: float
    curves: Curves
    """Shape (1, N)."""
    accuracy: float
    beyond: float


@dataclass(frozen=True)
class JointLaws:
    """Lead time jointly with conformity, per started unit, for K customers at N lattice points."""

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
    turnaround: tuple[OwnTime, ...]
    """Receipt by the giver to the receiver's door, for the flow handoffs asked for."""
    request: tuple[OwnTime, ...]
    """Asking to having, redone draws included, for the pulled handoffs asked for."""
    last: Floats
    """Probability that a group of inputs is the last to arrive, where any takes time, shape (G,)."""
    moments: dict[int, Floats]
    """Moments of the time until all inputs are in hand, per node with parallel uses, shape (CLASSES, 3) each."""
    settled: float
    """Change of the last sweep around circles of needs."""
    exact_points: bool
    """Whether every time lies on the lattice exactly, so that nothing is approximated."""
    bracket_step: float = 0.0
    lower: Floats | None = field(default=None, repr=False)
    """Rigorous bounds of the joint distribution functions at multiples of ``bracket_step``, shape (K, 2, points)."""
    upper: Floats | None = field(default=None, repr=False)

    @property
    def horizon(self) -> float:
        """The last lattice point."""
        return float(self.step * (self.conforming.atoms.shape[1] - 1))


@dataclass(frozen=True)
class _World:
    """One world of common causes."""

    outcome: Floats
    pulls: Pulls
    chance: float
    routes: Routes
    needs: Needs


def lead_time_laws(
    network: Network,
    timing: Timing,
    *,
    tolerance: float = 1e-4,
    rigorous: bool = False,
    horizon: float | None = None,
    watched_flow: Sequence[tuple[int, float]] = (),
    watched_pulled: Sequence[tuple[int, float]] = (),
) -> JointLaws:
    """The joint law of lead time and conformity of every customer.

    Parameters
    ----------
    network : Network
    timing : Timing
    tolerance : float
        Greatest difference, in probability per delivered unit, that two extrapolated curves in turn may have.
    rigorous : bool
        Also rigorous bounds; not to be had where departments need each other in a circle.
    horizon : float, optional
        Time that the lattice must reach; found when not given.
    watched_flow, watched_pulled : sequences of (int, float)
        Handoffs whose own times are asked for, and up to which time.

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
    chain = _Transform(network, timing, tolerance)
    refined = chain.laws(horizon)
    curves = refined.curves
    bounds = chain.bounds(refined.grid.step * refined.grid.points) if rigorous else (0.0, None, None)
    return JointLaws(
        step=refined.grid.step,
        conforming=Curves(curves.atoms[::2], curves.smooth[::2]),
        nonconforming=Curves(curves.atoms[1::2], curves.smooth[1::2]),
        delivered=chain.delivered,
        accuracy=refined.accuracy,
        beyond=refined.beyond,
        turnaround=tuple(chain.own_time(int(network.flow.giver[e]), t, flow=e) for e, t in watched_flow),
        request=tuple(chain.own_time(int(network.pulled.giver[h]), t, pulled=h) for h, t in watched_pulled),
        last=chain.last(),
        moments=chain.moments(),
        settled=max(world.needs.settled for world in chain.worlds),
        exact_points=bool(np.abs(refined.finer.curves.smooth).max(initial=0.0) < INVERSION),
        bracket_step=bounds[0],
        lower=bounds[1],
        upper=bounds[2],
    )


def own_time(
    network: Network,
    timing: Timing,
    until: float,
    *,
    flow: int | None = None,
    pulled: int | None = None,
    tolerance: float = 1e-4,
) -> OwnTime:
    """The law of one handoff's own time up to some time, without the rest of the chain.

    Parameters
    ----------
    network : Network
    timing : Timing
    until : float
        Above 0.
    flow, pulled : int
        One of them: a flow handoff (receipt by the giver to the receiver's door) or a pulled one (asking to having).
    tolerance : float
        In probability.
    """
    giver = int(network.flow.giver[flow] if flow is not None else network.pulled.giver[pulled or 0])
    wanted = needed_by(network, np.array([giver]))
    return _Transform(network, timing, tolerance, wanted).own_time(giver, until, flow=flow, pulled=pulled)


class _Transform:
    """The worlds of a chain with its times, to be evaluated on any grid."""

    def __init__(self, network: Network, timing: Timing, tolerance: float, wanted: Flags | None = None) -> None:
        self.network, self.timing, self.tolerance = network, timing, tolerance
        self.turns = ready_in_turn(network)
        self.worlds = self._worlds(wanted)
        count = 2 * len(network.customers)
        masses = sum(world.chance * world.routes.flow.absorbed[:count] for world in self.worlds)
        self.delivered = np.asarray(masses).reshape(-1, 2)
        self.moves = max(len(world.routes.moves.source) for world in self.worlds)
        self.most = max(POINTS, min(MOST_POINTS, LARGEST_WORK // self.moves))

    def _worlds(self, wanted: Flags | None) -> list[_World]:
        network, found = self.network, []
        for row in worlds_of(network):
            outcome = outcome_of(network, row[None])
            pulls = solve_pulls(network, outcome)
            chance = float(chance_of(network, row[None], pulls)[0]) if network.keys else 1.0
            if chance > 0:
                refuse_endless(network, pulls, 1)
                needs = needs_of(
                    network, pulls, outcome, self.timing, tolerance=self.tolerance, turns=self.turns, wanted=wanted
                )
                found.append(_World(outcome, pulls, chance, Routes(Flow(network, pulls)), needs))
        return found

    def _services(self, world: _World, spectra: Spectra, needed: Flags | None = None) -> Services:
        # bounds are rigorous only if everything is rounded the same way on one lattice
        tables = world.needs.tables if spectra.rounding is None else None
        pulls, outcome = world.pulls, world.outcome
        return Services(
            self.network, pulls, outcome, self.timing, spectra, needed=needed, turns=self.turns, tables=tables
        )

    def evaluate(self, grid: Grid, rounding: Rounding = None, *, jumps: bool = True) -> OnLattice:
        """Joint distribution functions of all customers on one grid, shape (2 K, N), mixed over the worlds."""
        spectra, count = Spectra(grid, rounding, jumps=jumps), 2 * len(self.network.customers)
        masses = np.zeros((2, count, grid.points))
        for world in self.worlds:
            absorbed = world.routes.delivered(self._services(world, spectra), spectra.parts)
            lattice = spectra.lattice(absorbed[:, :count])
            masses += world.chance * np.stack((lattice.atoms, lattice.smooth))
        return OnLattice(Curves(*distribution(Lattice(*masses))))

    def last(self) -> Floats:
        """Probability that each group of inputs is the last to arrive, where any takes time, shape (G,)."""
        alone = np.minimum(self.network.whole + self.network.part, 1.0)
        found = np.zeros(len(alone))
        for world in self.worlds:
            mine = alone.copy()
            for group, chance in world.needs.last.items():
                mine[group] = chance
            found += world.chance * mine
        return found

    def moments(self) -> dict[int, Floats]:
        """Moments of the classes of a visit, mixed over the worlds."""
        found: dict[int, Floats] = {}
        for world in self.worlds:
            for node, moments in world.needs.moments.items():
                found[node] = found.get(node, np.zeros((CLASSES, 3))) + world.chance * moments
        return found

    def laws(self, horizon: float | None) -> Refined[OnLattice]:
        """The joint laws of all customers, refined until they stand still."""
        whole = self.delivered.sum(axis=1)
        reach = horizon
        if reach is None:
            reach = reach_of(lambda grid: self.evaluate(grid, jumps=False), whole, 8.0 * self._crude_mean())
        jumps = self._with_atoms()
        points = POINTS if self.tolerance < LAX else POINTS // 2
        step = step_for(self._all_laws(), 8.0 * reach / points, 2.0 * reach / self.most, jumps=jumps)
        if all(not law.smooth_excess(0.0) > 0 for law in self._all_laws()):
            # with fixed and measured times only, one grid that has them all is enough, be it a large one
            step = step_for(self._all_laws(), reach / POINTS, self.moves * reach / LARGEST_FIXED, jumps=True)
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
        """The law of one handoff's own time up to some time, from the giver's receipt (flow) or the asking (pulled)."""
        needed = needed_by(self.network, np.array([giver]))
        total = 1.0
        if flow is not None:
            total = sum(world.chance * world.routes.come_to_the_door(flow) for world in self.worlds)

        def evaluate(grid: Grid) -> OnLattice:
            spectra, masses = Spectra(grid), np.zeros((2, 1, grid.points))
            for world in self.worlds:
                services = self._services(world, spectra, needed)
                if flow is not None:
                    spectrum = world.routes.turnaround(services, flow)
                else:
                    request = services.request(pulled or 0)
                    spectrum = request.good + request.bad
                lattice = spectra.lattice(spectrum)
                masses[:, 0] += world.chance / total * np.stack((lattice.atoms, lattice.smooth))
            return OnLattice(Curves(*distribution(Lattice(*masses))))

        if not total > 0:
            return OwnTime(1.0, Curves(np.zeros((1, 2)), np.zeros((1, 2))), 0.0, 0.0)
        one = np.ones(1)
        laws = self._laws_of(needed, flow, pulled)
        # what lies beyond the horizon disturbs nothing before it
        reach = min(2.0 * until, FARTHEST * sum(law.mean for law in laws)) or 1.0
        step = step_for(laws, 8.0 * reach / POINTS, 2.0 * reach / MOST_POINTS, jumps=True)
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
        own = _means(timing.wait_law) + _means(timing.work_law)
        way = _means(timing.flow_transport) + _means(timing.flow_inspection)
        request = _means(timing.pulled_transport) + _means(timing.pulled_inspection)
        for world in self.worlds:
            flow = world.routes.flow
            units = np.zeros(network.nodes)
            giving = network.transient >= 0
            units[giving] = flow.visits.reshape(-1, 2).sum(axis=1)[network.transient[giving]]
            work = solve_work(network, world.pulls.draws, units)
            drawn = work[network.pulled.receiver] * network.uses * np.where(network.uses > 0, world.pulls.draws, 0.0)
            handed = units[network.flow.giver] * network.flow.share
            total += world.chance * float(work @ own + handed @ way + drawn @ request)
        return total

    def _laws_of(self, needed: Flags, flow: int | None, pulled: int | None) -> list[Law]:
        """Laws that have a part in a handoff's own time."""
        timing = self.timing
        nodes = np.flatnonzero(needed).tolist()
        found = laws_of(self.network, timing, needed) + [
            law for n in nodes for law in (timing.wait_law[n], timing.work_law[n])
        ]
        if pulled is not None:
            found += [timing.pulled_transport[pulled], timing.pulled_inspection[pulled]]
        if flow is not None:
            found += [timing.flow_transport[flow], timing.flow_inspection[flow]]
        return found

    def _all_laws(self) -> Iterable[Law]:
        t = self.timing
        ways = (*t.flow_transport, *t.flow_inspection, *t.pulled_transport, *t.pulled_inspection)
        return {*t.work_law, *t.wait_law, *ways}

    def _with_atoms(self) -> bool:
        return any(world.routes.with_atoms(self.timing) for world in self.worlds)


def _means(laws: Sequence[Law]) -> Floats:
    return np.array([law.mean for law in laws], dtype=np.float64)


__all__ = ["Curves", "JointLaws", "OwnTime", "lead_time_laws", "own_time"]
