"""Travelling units in time: the transforms of delivery to each customer.

Formulas: The transform method.

The moves are those of :mod:`qualitychain.engine.quality.flow`, each with the transform of the time that it takes: the
classes of the giver's visit by what its inputs did, times inspection and transport.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.linear.eliminate import Elimination
from qualitychain.engine.network.network import Flags, Floats, Integers
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import CLASSES, REJECTED, by_class
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.requests_in_time import Services
from qualitychain.engine.transforms.spectra import Spectrum

LARGEST_BLOCK = 1_000_000
"""Transform values of the moves held at a time."""


@dataclass(frozen=True)
class _Moves:
    """The moves of every state: where from, where to, how often by class of visit, and after which delay."""

    source: Integers
    target: Integers
    chance: Floats
    """Shape (moves, CLASSES)."""
    delayed: Integers
    """2 e for handoff e's way to the receiver's door and past it, 2 e + 1 for a reject's way back."""


class Routes:
    """Who moves where in one scenario, prepared once for all time grids."""

    size: int

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.size = len(flow.reached)

    @cached_property
    def moves(self) -> _Moves:
        """The moves out of reached states, customers' columns after the reached states."""
        flow = self.flow
        place = np.full(2 * flow.rows + flow.columns, -1, dtype=np.int64)
        place[flow.reached] = np.arange(self.size)
        place[2 * flow.rows :] = self.size + np.arange(flow.columns)
        used = (place[flow.source] >= 0) & (flow.chances > 0)
        move, handoff = np.nonzero(used)
        chance = (flow.network.flow.share * by_class(flow.terms)).transpose(1, 2, 0)[used]
        delayed = 2 * handoff + REJECTED[move, 0]
        return _Moves(place[flow.source[used]], place[flow.target[used]], chance, delayed)

    def _giver(self, source: Integers) -> Integers:
        return np.flatnonzero(self.flow.network.transient >= 0)[source // 2]

    @cached_property
    def pairs(self) -> tuple[Integers, Integers, Any]:
        """Distinct (source, target) of the moves, and the matrix that adds up the moves of each."""
        width = self.size + self.flow.columns
        code, merged = np.unique(self.moves.source * width + self.moves.target, return_inverse=True)
        adds = csr_array((np.ones(len(merged)), (merged, np.arange(len(merged)))), shape=(len(code), len(merged)))
        return code // width, code % width, adds

    @cached_property
    def inner(self) -> Flags:
        """Pairs among the reached states."""
        return np.asarray(self.pairs[1] < self.size)

    @cached_property
    def givers(self) -> Integers:
        """Node of each reached state."""
        return self._giver(self.flow.reached)

    @cached_property
    def elimination(self) -> Elimination:
        """How the equations of the visits are solved, planned once."""
        source, target, adds = self.pairs
        chance = adds @ (self.moves.chance * self.flow.classes[self.givers[self.moves.source]]).sum(axis=1)
        return Elimination(source[self.inner], target[self.inner], self.size, chance[self.inner])

    @cached_property
    def exits(self) -> Any:
        """Which column each pair into an absorbing state adds to, shape (columns, pairs)."""
        target = self.pairs[1][~self.inner] - self.size
        shape = (self.flow.columns, len(target))
        return csr_array((np.ones(len(target)), (target, np.arange(len(target)))), shape=shape)

    def with_atoms(self, timing: Timing) -> bool:
        """Whether a unit can come to a customer with all its times exact points of the time grid: then jumps matter."""

        def point(distribution: Any) -> bool:
            return len(distribution.atoms[0]) > 0

        node = np.array(
            [point(a) and point(b) for a, b in zip(timing.wait_distribution, timing.work_distribution, strict=True)]
        )
        checked = np.array([point(distribution) for distribution in timing.flow_inspection])
        way = checked & np.array([point(distribution) for distribution in timing.flow_transport])
        delay = np.where(self._no_way, np.repeat(checked, 2), np.repeat(way, 2))
        moves = self.moves
        open_move = delay[moves.delayed] & node[self.givers[moves.source]]
        seen = np.zeros(self.size + self.flow.columns, dtype=bool)
        seen[np.flatnonzero(self.flow.start[self.flow.reached])] = True
        while True:
            new = seen.copy()
            new[moves.target[open_move & seen[moves.source]]] = True
            if np.array_equal(new, seen):
                return bool(seen[self.size : -2].any())
            seen = new

    @cached_property
    def _no_way(self) -> Flags:
        """Whether each delay leaves the transport out: a giver's reject does not travel."""
        carried, rejected = self.flow.terms.carried, REJECTED[:, 0]
        return np.asarray(~np.stack((carried[~rejected].all(axis=0), carried[rejected].all(axis=0)), axis=1).ravel())

    def delivered(self, services: Services, parts: int) -> Spectrum:
        """Transforms of the units absorbed in each column, shape (parts, columns, frequencies)."""
        spectra, moves = services.spectra, self.moves
        row, kernel_of, kernels = self._kernels(services)
        move, visit_class = np.nonzero(moves.chance)
        chance = csr_array(
            (moves.chance[move, visit_class], (move, kernel_of[row[moves.source[move]], visit_class])),
            shape=(len(moves.source), len(kernels)),
        )
        delays, delay_of = self._delays(services)
        start = self.flow.start[self.flow.reached]
        source, _, adds = self.pairs
        count = spectra.frequencies
        absorbed = np.zeros((parts, self.flow.columns, count), dtype=complex)
        block = max(16, LARGEST_BLOCK // max(1, len(moves.source)))
        for part in range(parts):
            for begin in range(0, count, block):
                cut = slice(begin, begin + block)
                kernel = np.array([k[part, cut] for k in kernels])
                delay = np.array([d[part, cut] for d in delays])
                values = adds @ ((chance @ kernel) * delay[delay_of])
                visits = self.elimination.visits(values[self.inner], start)
                absorbed[part][:, cut] = self.exits @ (values[~self.inner] * visits[source[~self.inner]])
        return absorbed

    def passes(self, handoff: int) -> Floats:
        """Passes through a flow handoff that come to the receiver's door, by class of visit, per started unit."""
        moves = self.moves
        through = np.flatnonzero((moves.delayed // 2 == handoff) & ~self._no_way[moves.delayed])
        return np.asarray(self.flow.visits[self.flow.reached][moves.source[through]] @ moves.chance[through])

    def come_in(self, handoff: int) -> float:
        """Expected passes through a flow handoff that come to the receiver's door, per started unit."""
        return float(self.passes(handoff) @ self.flow.classes[self.flow.network.flow.giver[handoff]])

    def turnaround(self, services: Services, handoff: int) -> Spectrum:
        """Transform of the time from receipt by the giver to the receiver's door, over the passes that come there.

        Shape (parts, frequencies); its mass is their number per started unit.
        """
        f, timing, spectra = self.flow.network.flow, services.timing, services.spectra
        total = 0.0 * spectra.nothing
        for count, kernel in zip(self.passes(handoff), services.visit(int(f.giver[handoff])), strict=True):
            if kernel is not None:
                total = total + float(count) * kernel
        way = spectra.of(timing.flow_transport[handoff])
        return total * way * spectra.of(timing.flow_inspection[handoff]) if f.by_giver[handoff] else total * way

    def _kernels(self, services: Services) -> tuple[Integers, Integers, list[Spectrum]]:
        """Row of each state's node in the table of kernels, the table (rows, CLASSES), and the transforms."""
        rows, row = np.unique(self.givers, return_inverse=True)
        table = np.zeros((len(rows), CLASSES), dtype=np.int64)
        kernels: list[Spectrum] = [np.zeros((services.spectra.parts, services.spectra.frequencies), dtype=complex)]
        known: dict[int, int] = {}
        for i, node in enumerate(rows.tolist()):
            for c, kernel in enumerate(services.visit(node)):
                if kernel is None:
                    continue
                if id(kernel) not in known:
                    known[id(kernel)] = len(kernels)
                    kernels.append(kernel)
                table[i, c] = known[id(kernel)]
        return row, table, kernels

    def _delays(self, services: Services) -> tuple[list[Spectrum], Integers]:
        """Distinct transforms of inspection and transport, and which of them each move takes."""
        spectra, timing = services.spectra, services.timing
        known: dict[tuple[Any, Any], int] = {}
        delays: list[Spectrum] = []
        number = np.zeros(2 * len(timing.flow_transport), dtype=np.int64)
        for delayed in np.unique(self.moves.delayed).tolist():
            transport = None if self._no_way[delayed] else timing.flow_transport[delayed // 2]
            pair = (timing.flow_inspection[delayed // 2], transport)
            if pair not in known:
                known[pair] = len(delays)
                check = spectra.of(pair[0])
                delays.append(check if transport is None else check * spectra.of(transport))
            number[delayed] = known[pair]
        return delays, number[self.moves.delayed]
