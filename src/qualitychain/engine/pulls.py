"""Pulled services (theory section 3.1): how often a node's inputs spoil its work or blind its inspection.

Everything is carried as the probability of *bad* (1 - A, 1 - B of the theory). Nodes are taken in the order in which
they
depend on each other, all that are ready at once; circles of needs go to :mod:`qualitychain.engine.cycles`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.network import ON_INSPECTION, ON_UNIT, Floats, Integers, Network, spans, sums
from qualitychain.engine.order import components
from qualitychain.engine.request import Terms, bad_and_draws


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


def log_ok(whole: Floats, part: Floats, bad: Floats) -> Floats:
    """Logarithm of the probability that all uses of a group are good, bad being the chance that one use is bad."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # 0 uses of a surely bad input are good: 0 * log(0) is 0 here
        every = np.where(whole > 0, whole * np.log1p(-np.minimum(bad, 1.0)), 0.0)
        return np.asarray(every + np.log1p(-np.minimum(part * bad, 1.0)))


class Sweep:
    """One evaluation of some nodes' inputs from the current state of their givers."""

    def __init__(self, network: Network, nodes: Integers, outcome: Floats) -> None:
        """``outcome`` holds, for each pulled handoff, the fixed result of its common cause (0 good, 1 bad) or NaN."""
        begin, end = network.node_slices[nodes], network.node_slices[nodes + 1]
        self.groups = spans(begin, end)
        self.handoffs = spans(network.group_slices[self.groups], network.group_slices[self.groups + 1])
        self.nodes = nodes
        self.place = np.repeat(np.arange(len(nodes)), end - begin)
        counts = network.group_slices[self.groups + 1] - network.group_slices[self.groups]
        self.group_place = np.repeat(np.arange(len(self.groups)), counts)
        self.terms = Terms.of(network.pulled, self.handoffs)
        self.giver = network.pulled.giver[self.handoffs]
        self.share = network.pulled.share[self.handoffs]
        self.whole, self.part = network.whole[self.groups], network.part[self.groups]
        self.affects = network.affects[self.groups]
        self.fixed = outcome[self.handoffs]

    def __call__(self, spoilt: Floats, blind: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """(spoilt, blind) of the nodes, and (bad, draws) of their pulled handoffs."""
        bad, draws = bad_and_draws(self.terms, spoilt[self.giver], blind[self.giver])
        logs = log_ok(self.whole, self.part, self.group_bad(bad))
        size = len(self.nodes)
        new_spoilt = -np.expm1(self._total(logs, self.affects == ON_UNIT, size))
        new_blind = -np.expm1(self._total(logs, self.affects == ON_INSPECTION, size))
        return new_spoilt, new_blind, bad, draws

    def group_bad(self, bad: Floats) -> Floats:
        """Chance that one use of each group is bad."""
        used = np.where(np.isnan(self.fixed), bad, self.fixed)
        return sums(self.group_place, self.share * used, len(self.groups))

    def _total(self, logs: Floats, mine: np.typing.NDArray[np.bool_], size: int) -> Floats:
        return sums(self.place[mine], logs[mine], size) + 0.0


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
    from qualitychain.engine.cycles import solve_cycle

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
