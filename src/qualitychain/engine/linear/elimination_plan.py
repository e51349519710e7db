"""In which order to eliminate the states of a sparse chain, found once and used for every frequency."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

Integers = np.typing.NDArray[np.int64]

__all__ = ["Core", "Pattern", "Pivot", "Plan", "plan_of"]

CHEAP = 32
"""Updates of one elimination up to which it is never worth iterating instead."""


@dataclass(frozen=True)
class Pivot:
    """One state to eliminate: every way through it becomes a way past it. Entries are numbers of matrix entries."""

    state: int
    own: int
    """Entry of its way back to itself, -1 for none."""
    givers: Integers
    """States not yet eliminated that lead to it, shape (p,)."""
    incoming: Integers
    """Entries of these ways, shape (p,)."""
    receivers: Integers
    """States not yet eliminated that it leads to, shape (s,)."""
    outgoing: Integers
    """Entries of these ways, shape (s,)."""
    past: Integers
    """Entries from every giver to every receiver, shape (p, s), all different."""


@dataclass(frozen=True)
class Core:
    """What is left after some eliminations: edges among the states that remain."""

    states: Integers
    givers: Integers
    receivers: Integers
    entries: Integers


@dataclass(frozen=True)
class Plan:
    """Pivots in order, what they leave, and how many matrix entries they work on."""

    pivots: tuple[Pivot, ...]
    core: Core | None
    entries: int
    updates: int
    """Products of two entries that the pivots form."""


class Pattern:
    """The matrix entries of a component as elimination fills them in.

    Parameters
    ----------
    states : iterable of int
        The states of the component.
    givers, receivers : iterable of int
        Its edges, all different; edge number e is matrix entry e.
    """

    entries: int
    updates: int

    def __init__(self, states: Iterable[int], givers: Iterable[int], receivers: Iterable[int]) -> None:
        self.onward: dict[int, dict[int, int]] = {s: {} for s in states}
        self.inward: dict[int, dict[int, int]] = {s: {} for s in self.onward}
        self.own: dict[int, int] = {}
        self.entries = 0
        self.updates = 0
        self.pivots: list[Pivot] = []
        for giver, receiver in zip(givers, receivers, strict=True):
            self._entry(giver, receiver)
        self._queue = [(self._cost(s), s) for s in self.onward]
        heapq.heapify(self._queue)

    def _entry(self, giver: int, receiver: int) -> int:
        line = self.own if giver == receiver else self.onward[giver]
        if receiver not in line:
            line[receiver] = self.entries
            if giver != receiver:
                self.inward[receiver][giver] = self.entries
            self.entries += 1
        return line[receiver]

    def _cost(self, state: int) -> int:
        return len(self.inward[state]) * len(self.onward[state])

    def next_cost(self) -> int:
        """Updates of the cheapest elimination that is left (Markowitz count); -1 when none is left."""
        while self._queue:
            cost, state = self._queue[0]
            if state in self.onward and cost == self._cost(state):
                return cost
            heapq.heappop(self._queue)
        return -1

    def eliminate_next(self) -> None:
        """Eliminate the state of the smallest Markowitz count."""
        cost = self.next_cost()
        _, state = heapq.heappop(self._queue)
        inward, onward = self.inward.pop(state), self.onward.pop(state)
        for giver in inward:
            del self.onward[giver][state]
        for receiver in onward:
            del self.inward[receiver][state]
        past = [[self._entry(giver, receiver) for receiver in onward] for giver in inward]
        self.pivots.append(
            Pivot(
                state=state,
                own=self.own.pop(state, -1),
                givers=np.array(list(inward), dtype=np.int64),
                incoming=np.array(list(inward.values()), dtype=np.int64),
                receivers=np.array(list(onward), dtype=np.int64),
                outgoing=np.array(list(onward.values()), dtype=np.int64),
                past=np.array(past, dtype=np.int64).reshape(len(inward), len(onward)),
            )
        )
        self.updates += cost + len(inward) + len(onward) + 1
        for neighbour in inward.keys() | onward.keys():
            heapq.heappush(self._queue, (self._cost(neighbour), neighbour))

    def so_far(self) -> Plan:
        """The eliminations done until now, and the core they leave."""
        edges = [(g, r, e) for g, line in self.onward.items() for r, e in line.items()]
        edges += [(s, s, e) for s, e in self.own.items()]
        states = np.array(sorted(self.onward), dtype=np.int64)
        givers, receivers, entries = np.array(edges, dtype=np.int64).reshape(-1, 3).T
        core = Core(states, givers, receivers, entries) if states.size else None
        return Plan(tuple(self.pivots), core, self.entries, self.updates)


def plan_of(states: Integers, givers: Integers, receivers: Integers) -> tuple[Plan, Pattern]:
    """Eliminate while it is cheap, and give what is left to the caller to decide on.

    Parameters
    ----------
    states : array of int, shape (m,)
        States of one strongly connected component.
    givers, receivers : arrays of int, shape (e,)
        Its edges, all different.

    Returns
    -------
    plan : Plan
        With a core where eliminating on is not plainly cheap.
    pattern : Pattern
        To eliminate on with.

    References
    ----------
    H. M. Markowitz, The elimination form of the inverse and its application to linear programming,
    Management Science 3 (1957).

    Examples
    --------
    >>> plan, _ = plan_of(np.arange(3), np.array([0, 1, 2]), np.array([1, 2, 0]))
    >>> [pivot.state for pivot in plan.pivots], plan.core is None
    ([0, 1, 2], True)
    """
    pattern = Pattern(states.tolist(), givers.tolist(), receivers.tolist())
    while 0 <= pattern.next_cost() <= CHEAP:
        pattern.eliminate_next()
    return pattern.so_far(), pattern
