"""Shares along the path from no defects to those of today (Aumann and Shapley 1974; formulas: Attribution).

All defect rates grow together, t d for t from 0 to 1. Each handoff gets what its own growth adds on the way,

    AS_e = d_e * Int_0^1 dD/dd_e(t d) dt,

for every customer's accepted defect rate D. They add up to D(d) - D(0), and can be negative where more defects look
better, because inspection removes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.engine.gradients.reward import delivered, quotient
from qualitychain.engine.network.network import Floats, Handoffs, Network

POINTS = (6, 10, 20, 40, 80)
"""Points of quadrature, ever more until they change little: rates that saturate early on the path need many."""
_MADE = ("defect", "transit")
"""What grows: defects of the work, and of the way."""
CLOSE = 1e-6
"""Change of a share, as a part of the customer's rate, that is close enough."""


@dataclass(frozen=True)
class PathShares:
    """Shares in the accepted defect rate of each of K customers; NaN for a customer to whom nothing is delivered.

    The share of a common cause stands at the first of its handoffs.
    """

    flow: Floats
    """Of the giver's work, shape (F, K)."""
    pulled: Floats
    """The same, shape (H, K)."""
    flow_transit: Floats
    """Of the way, shape (F, K)."""
    pulled_transit: Floats
    """The same, shape (H, K)."""
    error: Floats
    """By how much the last step to more points changed a share, the largest of each customer, shape (K,)."""
    points: int
    """Points of quadrature in the end."""


def path_shares(network: Network) -> PathShares:
    """Aumann-Shapley shares by Gauss-Legendre quadrature with 10 points, or more where that differs much from 6.

    Raises
    ------
    AnalysisError
        Where a point on the path has no solution.

    Notes
    -----
    Each point takes one solution and one transposed solve per customer: 16 where 10 points are enough.
    """
    before = _quadrature(network, POINTS[0])
    for points in POINTS[1:]:
        now = _quadrature(network, points)
        change = np.abs(np.concatenate([a - b for a, b in zip(before, now, strict=True)])).max(axis=0, initial=0.0)
        rate = np.abs(sum(shares.sum(axis=0) for shares in now))
        if np.all(np.isnan(change) | (change <= CLOSE * rate)):
            break
        before = now
    return PathShares(now[0], now[1], now[2], now[3], change, points)


def _quadrature(network: Network, points: int) -> list[Floats]:
    """Shares of the work of flow and of pulled handoffs, and of their ways."""
    found = [weight * slopes for point, weight in path(points) for slopes in _slopes(scaled(network, point))]
    rates = [getattr(kind, name) for name in _MADE for kind in (network.flow, network.pulled)]
    return [_weighed(rate, np.sum(found[i :: len(rates)], axis=0)) for i, rate in enumerate(rates)]


def path(points: int) -> list[tuple[float, float]]:
    """Gauss-Legendre points on 0 to 1 and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return list(zip(((nodes + 1.0) / 2.0).tolist(), (weights / 2.0).tolist(), strict=True))


def scaled(network: Network, factor: float) -> Network:
    """The same network with all defect rates multiplied."""

    def with_fewer(handoffs: Handoffs) -> Handoffs:
        return replace(handoffs, defect=factor * handoffs.defect, transit=factor * handoffs.transit)

    return replace(network, flow=with_fewer(network.flow), pulled=with_fewer(network.pulled))


def _weighed(rate: Floats, slopes: Floats) -> Floats:
    # a handoff without defects has no share, even if its slope does not exist
    none = (rate == 0)[:, None] & ~np.isnan(slopes).all(axis=0)
    return np.where(none, 0.0, rate[:, None] * slopes)


def _slopes(network: Network) -> list[Floats]:
    """dD/d(rate) of the work of flow (F, K) and pulled handoffs (H, K) for every customer, and of their ways."""
    solved = Gradients(network)
    good, bad = solved.absorbed[:-2].reshape(-1, 2).T
    got = np.flatnonzero(good + bad > 0).tolist()
    rewards = [
        quotient(
            delivered(network, k, bad_only=True),
            delivered(network, k),
            float(bad[k]),
            float(good[k] + bad[k]),
        )
        for k in got
    ]
    found = [np.full((len(kind), len(bad)), np.nan) for _ in _MADE for kind in (network.flow, network.pulled)]
    for k, gradient in zip(got, solved.gradients(rewards), strict=True):
        slopes = [getattr(kind, name) for name in _MADE for kind in (gradient.flow, gradient.pulled)]
        for of, slope in zip(found, slopes, strict=True):
            of[:, k] = slope
    return found
