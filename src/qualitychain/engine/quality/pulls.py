"""Pulled services (formulas: Pulled services): how often a node's inputs spoil its work or blind its inspection.

Everything is carried as the probability of *bad* (1 - A, 1 - B of the formulas). Nodes are taken in the order in which
they depend on each other, all that are ready at once; circles of needs go to :mod:`qualitychain.engine.quality.cycles`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.linear.order import components
from qualitychain.engine.network.network import Floats, Integers, Network, spans
from qualitychain.engine.quality.cycles import solve_cycle
from qualitychain.engine.quality.moves import classes_of
from qualitychain.engine.quality.sweep import Sweep


@dataclass(frozen=True)
class Pulls:
    """The solution: V nodes, H pulled handoffs."""

    spoilt: Floats
    """Probability that a unit-affecting input is bad, 1 - A, shape (V,)."""
    blind: Floats
    """Probability that an inspection-affecting input is bad, 1 - B, shape (V,)."""
    bad: Floats
    """Probability that a use is bad, 1 - a, shape (H,)."""
    draws: Floats
    """Expected draws for one use, shape (H,)."""
    gap: float
    """Width of the rigorous bracket around circles of needs, relative; 0 where there is none."""

    @property
    def classes(self) -> Floats:
        """Chances of the classes of a visit at each node, shape (V, CLASSES)."""
        return classes_of(1.0 - self.spoilt, self.spoilt, 1.0 - self.blind, self.blind)

    @property
    def class_slopes(self) -> list[Floats]:
        """Derivatives of these to ``spoilt`` and to ``blind``."""
        return [
            classes_of(-1.0, 1.0, 1.0 - self.blind, self.blind),
            classes_of(1.0 - self.spoilt, self.spoilt, -1.0, 1.0),
        ]

    def of_copies(self, which: Integers, *, nodes: int, handoffs: int) -> Pulls:
        """The solution of some of the copies of a network of so many nodes and pulled handoffs."""

        def kept(values: Floats, size: int) -> Floats:
            return values.reshape(-1, size)[which].ravel()

        return Pulls(
            kept(self.spoilt, nodes),
            kept(self.blind, nodes),
            kept(self.bad, handoffs),
            kept(self.draws, handoffs),
            self.gap,
        )


def solve_pulls(network: Network, outcome: Floats | None = None) -> Pulls:
    """Solve the pulled services of a network.

    Parameters
    ----------
    network : Network
    outcome : array, shape (H,), optional
        Results of common causes held fixed: 0 good, 1 bad, NaN for a handoff that is drawn at each use.

    Raises
    ------
    AnalysisError
        When departments in a circle of needs need each other more than once per request, redone draws included.
    """
    size, many = network.nodes, len(network.pulled)
    spoilt, blind = np.zeros(size), np.zeros(size)
    bad, draws = np.zeros(many), np.ones(many)
    gap = 0.0
    if outcome is None:
        outcome = np.full(many, np.nan)
    for nodes, circular in ready_in_turn(network):
        sweep = Sweep(network, nodes, outcome)
        if circular:
            spoilt[nodes], blind[nodes], width = solve_cycle(sweep, spoilt, blind, network.uses)
            gap = max(gap, width)
        new_spoilt, new_blind, bad[sweep.handoffs], draws[sweep.handoffs] = sweep(spoilt, blind)
        if not circular:
            spoilt[nodes], blind[nodes] = new_spoilt, new_blind
    return Pulls(spoilt, blind, bad, draws, gap)


def ready_in_turn(network: Network) -> list[tuple[Integers, bool]]:
    """Nodes that pull, in batches each of which depends only on earlier ones.

    Circles of needs are batches of their own kind.
    """
    pulling = np.unique(network.group_receiver)
    if not len(pulling):
        return []
    giver, receiver = network.pulled.giver, network.pulled.receiver
    graph = csr_array((np.ones(len(giver)), (receiver, giver)), shape=(network.nodes, network.nodes))
    label = components(graph)
    count = int(label.max()) + 1
    size = np.bincount(label, minlength=count)
    circular = size > 1
    circular[label[giver[giver == receiver]]] = True
    depth = _depth(label[receiver], label[giver], count)
    order = pulling[np.argsort(depth[label[pulling]], kind="stable")]
    ends = np.flatnonzero(np.diff(depth[label[order]], append=-1)) + 1
    batches: list[tuple[Integers, bool]] = []
    begin = 0
    for end in ends:
        batch = order[begin:end]
        turning = circular[label[batch]]
        batches.extend((part, flag) for part, flag in ((batch[~turning], False), (batch[turning], True)) if len(part))
        begin = int(end)
    return batches


def _depth(needing: Integers, needed: Integers, count: int) -> Integers:
    """Longest way down from each component to one that needs nothing, by taking away what is ready, layer by layer."""
    apart = needing != needed
    pairs = csr_array((np.ones(int(apart.sum())), (needed[apart], needing[apart])), shape=(count, count))
    missing = np.bincount(pairs.indices, minlength=count)
    depth = np.zeros(count, dtype=np.int64)
    ready, layer = np.flatnonzero(missing == 0), 0
    while len(ready):
        depth[ready] = layer
        following = pairs.indices[spans(pairs.indptr[ready].astype(np.int64), pairs.indptr[ready + 1].astype(np.int64))]
        touched, times = np.unique(following, return_counts=True)
        missing[touched] -= times
        ready, layer = touched[missing[touched] == 0], layer + 1
    return depth
