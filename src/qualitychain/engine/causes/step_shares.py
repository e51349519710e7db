"""Who spoilt it, where several causes strike in the same step: they share equally (formulas: Attribution).

The causes of a step are every use of an input and the step's own work. Cause i strikes with chance p_i, and of a
spoilt unit it bears

    p_i * Int_0^1 prod_{j != i} (1 - t p_j) dt,

its Shapley value in 1 - prod (1 - p_j). The integrand is a polynomial, so Gauss-Legendre nodes, half as many as there
are causes, give it exactly. Many causes need no more than 64 nodes: the product falls below exp(-60) within 60 expected
strikes, and up to there 64 nodes leave an error below 1e-60.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.network.network import ON_UNIT, Floats, Integers, Network, spans, sums

MOST_POINTS = 64
MOST_STRIKES = 60.0
"""Expected strikes beyond which nothing is left to integrate."""
AT_ONCE = 1_000_000
"""Values of the integrand held at once."""


@dataclass(frozen=True)
class StepShares:
    """Shares of the blame for a step that spoils a unit; V nodes, H pulled handoffs.

    Of a unit spoilt while the own work was fine the inputs bear ``without``, which adds up to ``spoilt``; of one that
    the own work spoilt as well it bears ``own`` and the inputs bear ``beside``, which add up to 1.
    """

    own: Floats
    """Shape (V,)."""
    without: Floats
    """Shape (H,), by the receiver's inputs."""
    beside: Floats


def step_shares(network: Network, bad: Floats) -> StepShares:
    """Shares within a step at every node.

    Parameters
    ----------
    network : Network
    bad : array, shape (H,)
        Chance that one use of each pulled handoff is bad.

    Notes
    -----
    The cost grows linearly with the groups of inputs: the uses of one group are alike, so they are one term each.
    """
    parts = np.where(network.affects[network.group] == ON_UNIT, network.pulled.share * bad, 0.0)
    fails = np.minimum(sums(network.group, parts, len(network.whole)), 1.0)
    integrals = np.zeros((2, len(network.whole)))
    own = np.ones(network.nodes)
    causes = np.where(fails > 0, network.whole + (network.part > 0), 0.0)
    per_node = sums(network.group_receiver, causes, network.nodes) + 1.0
    points = np.minimum(np.ceil(per_node / 2), MOST_POINTS)
    concerned = np.unique(network.group_receiver[causes > 0])
    size = 1
    while len(concerned):
        mine = concerned[points[concerned] <= size]
        concerned = concerned[points[concerned] > size]
        for nodes in _blocks(network, mine, size):
            groups = spans(network.node_slices[nodes], network.node_slices[nodes + 1])
            place = np.searchsorted(nodes, network.group_receiver[groups])
            terms = fails[groups], network.whole[groups], network.part[groups]
            own[nodes], integrals[:, groups] = _integrals(place, terms, len(nodes), size)
        size *= 2
    # a group's blame is that of its sources in proportion to their bad uses
    without, beside = parts * integrals[:, network.group]
    return StepShares(own, without, beside)


def _blocks(network: Network, nodes: Integers, points: int) -> list[Integers]:
    """The nodes in blocks of so many groups that their integrands fit into memory."""
    if not len(nodes):
        return []
    groups = np.cumsum(network.node_slices[nodes + 1] - network.node_slices[nodes])
    block = groups * points // AT_ONCE
    return np.split(nodes, np.flatnonzero(np.diff(block)) + 1)


@lru_cache(maxsize=8)
def _rule(points: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return (nodes + 1.0) / 2.0, weights / 2.0


def _integrals(place: Integers, terms: tuple[Floats, Floats, Floats], count: int, points: int) -> tuple[Floats, Floats]:
    """Share of the own work at ``count`` nodes, and per bad use of each group the shares without and beside it."""
    fails, whole, part = terms
    rule, weight = _rule(points)
    strikes = sums(place, (whole + part) * fails, count)
    until = np.minimum(1.0, MOST_STRIKES / np.maximum(strikes, MOST_STRIKES))
    t, w = until[:, None] * rule, until[:, None] * weight
    strike, strike_last = t[place] * fails[:, None], t[place] * (part * fails)[:, None]
    logs = whole[:, None] * np.log1p(-strike) + np.log1p(-strike_last)
    at = csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(count, len(place)))
    none = np.exp(np.asarray(at @ logs))
    each = w[place] * none[place] * (whole[:, None] / (1.0 - strike) + part[:, None] / (1.0 - strike_last))
    return (w * none).sum(axis=1), np.stack((each.sum(axis=1), (each * (1.0 - t[place])).sum(axis=1)))
