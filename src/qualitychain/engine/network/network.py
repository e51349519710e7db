"""A chain as arrays: what the engine sees of it. Nodes are numbers, handoffs are rows."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np

Floats = np.typing.NDArray[np.float64]
Integers = np.typing.NDArray[np.int64]
Flags = np.typing.NDArray[np.bool_]

ON_UNIT, ON_INSPECTION, ON_TIME = 0, 1, 2
"""What a bad pulled input does."""


@dataclass(frozen=True)
class Handoffs:
    """Handoffs of one kind (flow or pulled), one entry each in arrays of equal length E."""

    giver: Integers
    receiver: Integers
    share: Floats
    defect: Floats
    """Made by the giver's work."""
    transit: Floats
    """Made on the way: before an inspection by the receiver, after one by the giver."""
    detect: Floats
    alarm: Floats
    fix: Floats
    by_giver: Flags
    reworked: Flags
    """What happens to a rejected unit: it re-enters the node ``back``."""
    repaired: Flags
    """It is mended, and handed on."""
    scrapped: Flags
    """It leaves; a pulled one is drawn again. Where none of the three holds it is handed on as it is."""
    back: Integers

    def __len__(self) -> int:
        return len(self.giver)

    @property
    def returned(self) -> Flags:
        """Where a reject does not go on to the receiver but is reworked or scrapped, shape (E,)."""
        return self.reworked | self.scrapped

    @property
    def mended(self) -> Flags:
        """Where ``fix`` says how often a defect is cleared, shape (E,)."""
        return self.reworked | self.repaired

    @property
    def treated(self) -> Flags:
        """Where a reject is not handed on as it is, shape (E,)."""
        return self.returned | self.repaired

    def copies(self, count: int, nodes: int) -> Handoffs:
        """The same handoffs in ``count`` networks side by side, of ``nodes`` nodes each."""
        shift = np.repeat(np.arange(count, dtype=np.int64) * nodes, len(self))
        tiled = {f.name: np.tile(getattr(self, f.name), count) for f in fields(self)}
        for name in ("giver", "receiver", "back"):
            tiled[name] = tiled[name] + shift
        return Handoffs(**tiled)

    def perfect(self) -> Handoffs:
        """The same handoffs if nothing ever failed and nothing were ever rejected."""
        zero = np.zeros(len(self))
        return replace(self, defect=zero, transit=zero, detect=zero, alarm=zero)


@dataclass(frozen=True)
class Network:
    """The whole chain: V nodes (suppliers, departments, customers), F flow and H pulled handoffs, G pulled groups.

    Pulled handoffs are sorted by group and groups by receiver, so that everything a node pulls is one slice.
    """

    nodes: int
    customers: Integers
    """Node numbers of the K external customers."""
    start: Floats
    """Share of the started units that start at each node, shape (V,); sums to 1."""
    flow: Handoffs
    pulled: Handoffs
    group: Integers
    """Group of each pulled handoff, shape (H,), ascending."""
    key: Integers
    """Common cause of each pulled handoff, -1 for none, shape (H,)."""
    group_receiver: Integers
    whole: Floats
    """Whole uses of each group per unit of work, floor(per_unit), shape (G,)."""
    part: Floats
    """Probability of one use more, shape (G,)."""
    affects: Integers
    keys: int = 0
    """Number of common causes."""

    @cached_property
    def group_slices(self) -> Integers:
        """Where each group's handoffs begin, shape (G + 1,)."""
        return np.searchsorted(self.group, np.arange(len(self.whole) + 1)).astype(np.int64)

    @cached_property
    def node_slices(self) -> Integers:
        """Where each node's groups begin, shape (V + 1,)."""
        return np.searchsorted(self.group_receiver, np.arange(self.nodes + 1)).astype(np.int64)

    @cached_property
    def uses(self) -> Floats:
        """Expected uses of each pulled handoff per unit of its receiver's work, before redone draws, shape (H,)."""
        return np.asarray((self.whole + self.part)[self.group] * self.pulled.share)

    @cached_property
    def content(self) -> bytes:
        """What tells it from other networks: a digest of all that it holds."""
        digest = blake2b(repr((self.nodes, self.keys)).encode())
        for part in (self, self.flow, self.pulled):
            for one in fields(part):
                value = getattr(part, one.name)
                if isinstance(value, np.ndarray):
                    # lengths keep the ends of neighbours apart
                    digest.update(len(value).to_bytes(8, "little") + value.tobytes())
        return digest.digest()

    @cached_property
    def transient(self) -> Integers:
        """Row of each node in the flow equations, -1 for a node without outgoing flow, shape (V,)."""
        rows = np.full(self.nodes, -1, dtype=np.int64)
        giving = np.unique(self.flow.giver)
        rows[giving] = np.arange(len(giving))
        return rows

    @cached_property
    def absorbing(self) -> Integers:
        """Column of each customer among the absorbing states, -1 for other nodes, shape (V,)."""
        columns = np.full(self.nodes, -1, dtype=np.int64)
        columns[self.customers] = np.arange(len(self.customers))
        return columns

    def copies(self, count: int) -> Network:
        """The same network ``count`` times side by side, unconnected: one for each scenario of common causes.

        Nodes, handoffs and groups of copy c follow those of copy c - 1; a key has the same number in every copy.
        """
        if count == 1:
            return self

        def shifted(values: Integers, by: int) -> Integers:
            return np.tile(values, count) + np.repeat(np.arange(count, dtype=np.int64) * by, len(values))

        return Network(
            nodes=count * self.nodes,
            customers=shifted(self.customers, self.nodes),
            start=np.tile(self.start, count),
            flow=self.flow.copies(count, self.nodes),
            pulled=self.pulled.copies(count, self.nodes),
            group=shifted(self.group, len(self.whole)),
            key=np.tile(self.key, count),
            group_receiver=shifted(self.group_receiver, self.nodes),
            whole=np.tile(self.whole, count),
            part=np.tile(self.part, count),
            affects=np.tile(self.affects, count),
            keys=self.keys,
        )

    def perfect(self) -> Network:
        """The same chain if nothing ever failed and nothing were ever rejected: the base of the hidden factory."""
        return replace(self, flow=self.flow.perfect(), pulled=self.pulled.perfect())

    def independent(self) -> Network:
        """The same chain with an independent draw for every use of every input."""
        return replace(self, key=np.full(len(self.pulled), -1, dtype=np.int64), keys=0)


def sums(place: Integers, weights: Floats, size: int) -> Floats:
    """Sum of the weights that fall on each of ``size`` places.

    Examples
    --------
    >>> sums(np.array([2, 0, 2]), np.array([1.0, 2.0, 3.0]), 4).tolist()
    [2.0, 0.0, 4.0, 0.0]
    """
    # without any weight bincount counts in whole numbers
    return np.bincount(place, weights=weights, minlength=size).astype(np.float64)


def spans(begin: Integers, end: Integers) -> Any:
    """The numbers of all the half-open ranges ``begin[i]`` to ``end[i]``, one after the other.

    Examples
    --------
    >>> spans(np.array([0, 5]), np.array([2, 8])).tolist()
    [0, 1, 5, 6, 7]
    """
    counts = end - begin
    total = int(counts.sum())
    shift = np.repeat(begin - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    return np.arange(total, dtype=np.int64) + shift
