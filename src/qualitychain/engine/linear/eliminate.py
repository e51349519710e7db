"""Expected visits of a sparse transient chain at many frequencies at once, by elimination without pivoting.

Every entry of the matrix is a vector over frequencies. Which entries there are is the same for all of them, so the
order of elimination is found once, and each step of it is a few operations on whole vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

from qualitychain.engine.linear.elimination_core import iterate, sweeps_needed
from qualitychain.engine.linear.elimination_plan import Pattern, Plan, plan_of
from qualitychain.engine.linear.elimination_steps import Room, eliminate, recover
from qualitychain.engine.linear.order import components
from qualitychain.engine.linear.solve import TransientSystem
from qualitychain.errors import AnalysisError

Floats = np.typing.NDArray[np.float64]
Complexes = np.typing.NDArray[np.complex128]
Integers = np.typing.NDArray[np.int64]

__all__ = ["Elimination", "VisitsInTransform", "visits_in_transform"]

ITERATED_SPEED = 2.0
"""How many products an iteration forms in the time in which an elimination forms one."""
PLANNED = 1e7
"""Updates up to which an elimination is planned in full where the alternative is dearer still."""
BEARABLE = 3e8
"""Products per frequency above which a chain is refused: it would take hours."""
WORKSPACE = 1.5e8
"""Bytes that the entries of a component may take for one block of frequencies."""
TOGETHER = 64
"""Vectors in a batch, as many as a state has receivers if those are more."""
NARROW, WIDE = 16, 1024
"""Fewest and most frequencies in a block: longer vectors fall out of the cache, shorter ones are mostly overhead."""


@dataclass(frozen=True)
class VisitsInTransform:
    """Answer of ``Elimination.solve``."""

    visits: Complexes
    """Transforms of the expected visits, shape (n, M)."""
    neglected: float
    """Upper bound of the visits left out by iterating, summed over the states, at any frequency."""
    method: str
    """How it was found, in words."""


@dataclass(frozen=True)
class _Part:
    """One strongly connected component: what flows in from earlier ones, and how to solve it."""

    inflow: tuple[tuple[int, int, int], ...]
    """Giver, receiver and edge of every way in from earlier components."""
    own: tuple[tuple[int, int], ...]
    """Matrix entry and edge of every way inside."""
    plan: Plan


class Elimination:
    """``x = start + Q^T x`` for one pattern of a sparse ``Q`` and many values of it.

    Parameters
    ----------
    rows, columns : array of int, shape (e,)
        Edges, from state ``rows[i]`` to state ``columns[i]``; several may join the same states.
    size : int
        Number of states n.
    bound : array, shape (e,), optional
        Probabilities that no entry of ``Q`` exceeds in magnitude, those of the chain without times. With them a
        component that elimination would fill in can be iterated; without, everything is eliminated.

    Raises
    ------
    AnalysisError
        If a component is too entangled for either.

    Notes
    -----
    States are taken by strongly connected component, and within one in the order of least Markowitz count. As
    ``|Q| <= P`` for a chain ``P`` that is left for sure, no pivot is smaller in magnitude than that of ``I - P``,
    which is above 0, so no rows need to be exchanged. If the visits ``v`` of the iterated states leave a residual
    ``r``, then what is missing in all visits together is at most ``|r| w`` with ``w = (I - P)^{-1} 1``.

    Examples
    --------
    A station passes 90 % on, the rest comes back to it; at frequency 0 and where each pass is damped by half.

    >>> loop = Elimination(np.array([0, 0]), np.array([0, 1]), 2)
    >>> loop.visits(np.array([[0.1, 0.05], [0.9, 0.45]]), np.array([1.0, 0.0])).real.round(6).tolist()
    [[1.111111, 1.052632], [1.0, 0.473684]]
    """

    rows: Integers
    columns: Integers
    bound: Floats | None

    def __init__(self, rows: Integers, columns: Integers, size: int, bound: Floats | None = None) -> None:
        self.rows = np.asarray(rows, dtype=np.int64)
        self.columns = np.asarray(columns, dtype=np.int64)
        self.size = size
        self.bound = None if bound is None else np.asarray(bound, dtype=np.float64)
        self._parts = self._planned()

    @property
    def method(self) -> str:
        """How the systems are solved, in words for a result."""
        cores = [part.plan.core.states.size for part in self._parts if part.plan.core is not None]
        if not cores:
            return "sparse elimination"
        return f"sparse elimination, and certified iteration of {sum(cores)} of {self.size} states"

    @property
    def updates(self) -> int:
        """Products that eliminating forms at each frequency."""
        return sum(part.plan.updates for part in self._parts)

    def visits(self, values: Complexes, start: Complexes | Floats) -> Complexes:
        """Give the transforms of the expected visits, shape (n, M); parameters as for ``solve``."""
        return self.solve(values, start).visits

    def solve(self, values: Complexes, start: Complexes | Floats) -> VisitsInTransform:
        """Solve at all frequencies, in blocks of them.

        Parameters
        ----------
        values : array of complex, shape (e, M)
            Value of every edge at every frequency.
        start : array, shape (n,) or (n, M)
            How much starts in each state.

        Returns
        -------
        VisitsInTransform

        Raises
        ------
        ValueError
            If the shapes do not fit.

        Notes
        -----
        Beside its answer, and what it is given, it takes some 200 MB at most.

        Examples
        --------
        >>> once = Elimination(np.array([0]), np.array([1]), 2)
        >>> solved = once.solve(np.array([[0.5j]]), np.array([1.0, 0.0]))
        >>> solved.visits.tolist(), solved.neglected, solved.method
        ([[(1+0j)], [0.5j]], 0.0, 'sparse elimination')
        """
        if values.ndim != 2 or len(values) != len(self.rows):
            raise ValueError(f"values have shape {values.shape}; there must be {len(self.rows)} rows, one an edge")
        if start.shape not in ((self.size,), (self.size, values.shape[1])):
            raise ValueError(f"start has shape {start.shape}; it must be {(self.size,)} or with all frequencies")
        count = values.shape[1]
        x = np.empty((self.size, count), dtype=np.complex128)
        x[:] = start if start.ndim == 2 else start[:, None]
        most = max((part.plan.entries for part in self._parts), default=0)
        widest = max((p.receivers.size for part in self._parts for p in part.plan.pivots), default=0)
        blocks = math.ceil(count / float(np.clip(WORKSPACE / (16.0 * max(most, 1)), NARROW, WIDE)))
        bounds = np.linspace(0, count, blocks + 1).astype(np.int64).tolist()
        room = Room(most, max(widest, TOGETHER), max(np.diff(bounds), default=0), self.size)
        neglected = np.zeros(count)
        for begin, end in pairwise(bounds):
            here = room.of(end - begin)
            here.x[:] = x[:, begin:end]
            for part in self._parts:
                neglected[begin:end] += self._solve_part(part, values[:, begin:end], here)
            x[:, begin:end] = here.x
        return VisitsInTransform(x, float(neglected.max(initial=0.0)), self.method)

    def _solve_part(self, part: _Part, values: Complexes, room: Room) -> Floats | float:
        x, entries = room.x, room.entries
        for giver, receiver, edge in part.inflow:
            np.multiply(x[giver], values[edge], out=room.product[0])
            x[receiver] += room.product[0]
        entries[: part.plan.entries] = 0.0
        for entry, edge in part.own:
            entries[entry] += values[edge]
        for pivot in part.plan.pivots:
            eliminate(pivot, room)
        core = part.plan.core
        left = 0.0 if core is None else iterate(core, entries, x, self._worth[core.states])
        for pivot in reversed(part.plan.pivots):
            recover(pivot, room)
        return left

    @cached_property
    def _worth(self) -> Floats:
        """Expected visits of any state, from each state on, a little too large rather than too small."""
        if self.bound is None:
            raise AnalysisError("without bounds of the probabilities nothing can be iterated")
        system = TransientSystem(csr_matrix((self.bound, (self.rows, self.columns)), shape=(self.size, self.size)))
        steps_left = system.values(np.ones(self.size))
        return steps_left * (1.0 + system.error_bound)

    def _planned(self) -> tuple[_Part, ...]:
        pattern = csr_matrix((np.ones(len(self.rows)), (self.rows, self.columns)), shape=(self.size, self.size))
        labels = components(pattern)
        members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
        inside = labels[self.rows] == labels[self.columns]
        by_label = np.argsort(labels[self.columns], kind="stable")
        edges = np.split(by_label, np.cumsum(np.bincount(labels[self.columns], minlength=len(members)))[:-1])
        return tuple(
            self._part(states, mine[inside[mine]], mine[~inside[mine]])
            for states, mine in zip(members, edges, strict=True)
            if states.size
        )

    def _part(self, states: Integers, inside: Integers, inflow: Integers) -> _Part:
        ways = (self.rows[inflow].tolist(), self.columns[inflow].tolist(), inflow.tolist())
        coming = tuple(zip(*ways, strict=True))
        if not inside.size:
            return _Part(coming, (), Plan((), None, 0, 0))
        keys, entry = np.unique(self.rows[inside] * self.size + self.columns[inside], return_inverse=True)
        own = tuple(zip(entry.tolist(), inside.tolist(), strict=True))
        plan, pattern = plan_of(states, keys // self.size, keys % self.size)
        if plan.core is not None:
            plan = self._decided(plan, pattern, own)
        return _Part(coming, own, plan)

    def _decided(self, plan: Plan, pattern: Pattern, own: tuple[tuple[int, int], ...]) -> Plan:
        """Iterate the core if that is cheaper than eliminating on; whichever it is, do not spend long on asking."""
        iterating = self._cost_of_iterating(plan, own)
        while pattern.next_cost() >= 0:
            if pattern.updates + pattern.next_cost() > min(iterating, PLANNED):
                if iterating <= BEARABLE:
                    return plan
                core = pattern.so_far().core or plan.core
                raise AnalysisError(
                    f"{0 if core is None else core.states.size} states that reach each other are too entangled for the "
                    "transforms of their times: eliminating them fills in, and iterating does not end soon; split the "
                    "component, or make leaving it likelier"
                )
            pattern.eliminate_next()
        return pattern.so_far()

    def _cost_of_iterating(self, plan: Plan, own: tuple[tuple[int, int], ...]) -> float:
        """Updates of an elimination in the time of which the core could be iterated, those of the plan included."""
        if self.bound is None or plan.core is None:
            return math.inf
        room = Room(plan.entries, TOGETHER, 1, self.size)
        room.x[:], room.entries[:] = 0.0, 0.0
        for entry, edge in own:
            room.entries[entry] += self.bound[edge]
        for pivot in plan.pivots:
            eliminate(pivot, room)
        try:
            sweeps = sweeps_needed(plan.core, room.entries[:, 0].real, self._worth[plan.core.states])
        except AnalysisError:  # what leaves so seldom cannot be iterated, but it may still be eliminated
            return math.inf
        return plan.updates + sweeps * plan.core.entries.size / ITERATED_SPEED


def visits_in_transform(
    rows: Integers,
    columns: Integers,
    values: Complexes,
    start: Complexes | Floats,
    bound: Floats | None = None,
) -> Complexes:
    """Transforms of the expected visits of each state: ``x[j] = start[j] + sum of x[i] Q[i, j]``.

    Parameters
    ----------
    rows, columns : array of int, shape (e,)
        Edges of ``Q``; several may join the same states.
    values : array of complex, shape (e, M)
        Their values at M frequencies.
    start : array, shape (n,) or (n, M)
        How much starts in each state.
    bound : array, shape (e,), optional
        Probabilities that no value exceeds in magnitude; the largest magnitude of each edge if not given.

    Returns
    -------
    array of complex, shape (n, M)

    Examples
    --------
    >>> visits_in_transform(np.array([0]), np.array([0]), np.array([[0.5 + 0j, 0.25]]), np.ones(1)).real.tolist()
    [[2.0, 1.3333333333333333]]
    """
    if bound is None:
        bound = np.abs(values).max(axis=1, initial=0.0)
    return Elimination(rows, columns, len(start), bound).visits(values, start)
