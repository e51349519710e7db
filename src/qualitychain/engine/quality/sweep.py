"""One evaluation of the inputs of some nodes: what each pulled use brings, and what all uses of a node do to it."""

from __future__ import annotations

import numpy as np

from qualitychain.engine.network.network import ON_INSPECTION, ON_UNIT, Floats, Integers, Network, spans, sums
from qualitychain.engine.quality.moves import Terms
from qualitychain.engine.quality.request import rounds_at


def log_ok(whole: Floats, part: Floats, bad: Floats) -> Floats:
    """Logarithm of the probability that all uses of a group are good, bad being the chance that one use is bad."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # 0 uses of a surely bad input are good: 0 * log(0) is 0 here
        every = np.where(whole > 0, whole * np.log1p(-np.minimum(bad, 1.0)), 0.0)
        return np.asarray(every + np.log1p(-np.minimum(part * bad, 1.0)))


class Sweep:
    """One evaluation of some nodes' inputs from the current state of their givers."""

    groups: Integers
    handoffs: Integers
    place: Integers
    group_place: Integers
    terms: Terms
    giver: Integers
    share: Floats
    whole: Floats
    part: Floats
    affects: Integers
    fixed: Floats

    def __init__(self, network: Network, nodes: Integers, outcome: Floats) -> None:
        """``outcome`` holds, for each pulled handoff, the fixed result of its common cause (0 good, 1 bad) or NaN."""
        begin, end = network.node_slices[nodes], network.node_slices[nodes + 1]
        self.groups = spans(begin, end)
        self.handoffs = spans(network.group_slices[self.groups], network.group_slices[self.groups + 1])
        self.nodes = nodes
        self.place = np.repeat(np.arange(len(nodes)), end - begin)
        counts = network.group_slices[self.groups + 1] - network.group_slices[self.groups]
        self.group_place = np.repeat(np.arange(len(self.groups)), counts)
        self.terms = Terms.of(network.pulled, self.handoffs, replaced=True)
        self.giver = network.pulled.giver[self.handoffs]
        self.share = network.pulled.share[self.handoffs]
        self.whole, self.part = network.whole[self.groups], network.part[self.groups]
        self.affects = network.affects[self.groups]
        self.fixed = outcome[self.handoffs]

    def __call__(self, spoilt: Floats, blind: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """(spoilt, blind) of the nodes, and (bad, draws) of their pulled handoffs."""
        rounds = rounds_at(self.terms, spoilt[self.giver], blind[self.giver])
        bad = rounds.bad
        logs = log_ok(self.whole, self.part, self.group_bad(bad))
        size = len(self.nodes)
        new_spoilt = -np.expm1(self._total(logs, self.affects == ON_UNIT, size))
        new_blind = -np.expm1(self._total(logs, self.affects == ON_INSPECTION, size))
        return new_spoilt, new_blind, bad, rounds.draws

    def group_bad(self, bad: Floats) -> Floats:
        """Chance that one use of each group is bad."""
        used = np.where(np.isnan(self.fixed), bad, self.fixed)
        return sums(self.group_place, self.share * used, len(self.groups))

    def _total(self, logs: Floats, mine: np.typing.NDArray[np.bool_], size: int) -> Floats:
        return sums(self.place[mine], logs[mine], size) + 0.0
