"""The travelling units with every state that a small change might let them reach.

A derivative asks what a unit would be worth in a state that none reaches now: the nonconforming state of a node before
which nothing is ever spoilt. Such states have their place in the same equations and are visited 0 times. Left out are
those from which a unit could run into a trap, that is circulate for ever: no number is its value.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import PARAMETERS, slope
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.errors import AnalysisError

CLEARLY_LESS = 1e-9
"""A row of probabilities that misses so much to 1 leaves the chain (steps that are thinned out)."""


class ExtendedFlow(Flow):
    """A state chain on all states that are reached, or from which units surely leave."""

    def __init__(self, network: Network, pulls: Pulls, thin: Floats | None = None) -> None:
        super().__init__(network, pulls, thin)
        self._pulls = pulls

    @cached_property
    def reached(self) -> Integers:
        """States that units reach, and further ones from which they would surely leave, ascending."""
        n = 2 * self.rows
        reached = super().reached
        if len(reached) == n:
            return reached
        inner, outer = self._moves
        total = sums(inner.source, inner.chance, n) + sums(outer.source, outer.chance, n)
        ends = np.zeros(n, dtype=bool)
        ends[outer.source] = True
        ends |= total < 1.0 - CLEARLY_LESS
        trapped = ~_leading_to(ends, inner.source, inner.target)
        kept = ~_leading_to(trapped, inner.source, inner.target)
        kept[reached] = True
        return np.flatnonzero(kept).astype(np.int64)

    def value(self, reward: Floats) -> Floats:
        """Expected reward from every state on, shape (2 * rows, m); NaN in the states left out.

        Raises
        ------
        AnalysisError
            When the value of states that are reached has no answer of the required accuracy.
        """
        found = np.full((2 * self.rows, reward.shape[1]), np.nan)
        try:
            found[self.reached] = self.system.values(reward[self.reached])
        except AnalysisError:
            # next to a trap, so nearly without an end that six digits are lost: leave out all that is not reached
            sure = self._reached_now
            found[sure.reached] = sure.system.values(reward[sure.reached])
        return found

    @cached_property
    def slopes(self) -> dict[str, Floats]:
        """Derivatives of the chances of the moves to each parameter of their handoff, shape (12, F) each."""
        flow = self.network.flow
        visit = list((flow.share[:, None] * self.classes[flow.giver]).T)
        return {name: slope(self.terms, name, visit) for name in PARAMETERS}

    @cached_property
    def _reached_now(self) -> Flow:
        return Flow(self.network, self._pulls, None if self.whole else self.classes)

    @cached_property
    def at_giver(self) -> Any:
        """Sums over the flow handoffs of each giver's row, sparse, shape (rows, F)."""
        giver = self.network.transient[self.network.flow.giver]
        count = len(giver)
        return csr_array((np.ones(count), (giver, np.arange(count))), shape=(self.rows, count))


def _leading_to(goal: Flags, source: Integers, target: Integers) -> Flags:
    """States from which some state of the goal can be reached, itself included."""
    n = len(goal)
    begin = np.flatnonzero(goal)
    rows, columns = np.concatenate((target, np.full(len(begin), n))), np.concatenate((source, begin))
    backwards = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n + 1, n + 1))
    seen = breadth_first_order(backwards, n, directed=True, return_predecessors=False)
    found = np.zeros(n, dtype=bool)
    found[seen[seen < n]] = True
    return found
