"""Backwards through the travelling units: what every move is worth (formulas: Attribution).

What a unit is worth after a move, the solved equations say. The derivative to anything that changes the chances of the
moves is the sum of visits times change times value; the table of moves gives the changes (``moves.slope``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.gradients.reward import Stacked
from qualitychain.engine.network.network import Floats, Integers
from qualitychain.engine.quality.extended_flow import ExtendedFlow
from qualitychain.engine.quality.moves import BEGINS, counts

ROUNDING = 1e-14
"""A difference smaller than this part of what it is formed from is rounding."""


def times(weight: Floats, value: Floats) -> Floats:
    """Weight (n,) or (n, m) times value (n, m), 0 where one of them is 0 even if the other is not known."""
    wide = weight[:, None] if weight.ndim < value.ndim else weight
    with np.errstate(invalid="ignore", over="ignore"):
        product = wide * value
        return np.where((wide == 0) | (value == 0), 0.0, product) if np.isnan(product).any() else np.asarray(product)


def difference(one: Floats, other: Floats) -> Floats:
    """One less the other, 0 where only rounding is left.

    Examples
    --------
    >>> difference(np.array([1.0, 1.0]), np.array([1.0 - 2e-16, 0.5])).tolist()
    [0.0, 0.5]
    """
    apart = one - other
    return np.where(np.abs(apart) <= ROUNDING * np.maximum(np.abs(one), np.abs(other)), 0.0, apart)


def _sum(parts: Floats) -> Floats:
    """The sum, 0 where only rounding is left."""
    total, largest = np.sum(parts, axis=0), np.max(np.abs(parts), axis=0)
    return np.where(np.abs(total) <= ROUNDING * largest, 0.0, total)


def gathering(place: Integers, size: int) -> Any:
    """The sparse matrix that sums rows by their place, shape (size, n)."""
    return csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(size, len(place)))


def values_of_moves(flow: ExtendedFlow, reward: Stacked, inside: Floats) -> Floats:
    """What every move is worth, rewards of the step included, given the value of every state, shape (12, F, m)."""
    value = np.concatenate((inside, reward.absorbed))[flow.target]
    for name, flags in counts(flow.terms).items():
        each = getattr(reward, name)
        if each.any():
            value += flags[..., None] * each
    return np.asarray(value)


def step_rewards(flow: ExtendedFlow, reward: Stacked) -> Floats:
    """Expected reward of the step that a visit of each transient state begins, exits included, shape (2 * rows, m)."""
    network = flow.network
    value = values_of_moves(flow, reward, np.zeros((2 * flow.rows, reward.absorbed.shape[1])))
    visit = reward.visit[network.transient >= 0]
    step = np.empty((2 * flow.rows, visit.shape[1]))
    for begins in (0, 1):
        mine = np.flatnonzero(begins == BEGINS)
        step[begins::2] = flow.at_giver @ np.einsum("mf,mfk->fk", flow.chances[mine], value[mine]) + visit
    return step


@dataclass(frozen=True)
class FlowAdjoint:
    """Derivatives to the parameters of the flow handoffs, shape (F, m)."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    transit: Floats
    share: Floats
    inputs: list[Floats]
    """To the chances that the classes of a visit are formed from, shape (V, m) each."""


def adjoint_of_flow(flow: ExtendedFlow, class_slopes: list[Floats], value: Floats, weight: Floats) -> FlowAdjoint:
    """Derivatives of a reward.

    Parameters
    ----------
    flow : ExtendedFlow
    class_slopes : list of arrays, shape (V, CLASSES) each
        Derivatives of the classes of visits to the chances that they are formed from.
    value : array, shape (12, F, m)
        Of every move.
    weight : array, shape (V,) or (V, m)
        The visits of each node's copy count so much.
    """
    network, f = flow.network, flow.network.flow
    w = weight[f.giver] if weight.ndim == 2 else weight[f.giver][:, None]
    visits = flow.visits[flow.source]

    def to(slopes: Floats) -> Floats:
        """Derivative to what changes the chances of the moves so much, shape (12, F)."""
        change = visits * slopes
        some = np.flatnonzero(change.any(axis=1))
        if not len(some):
            return np.zeros(np.broadcast_shapes(w.shape, value.shape[1:]))
        return _sum(times(w * change[some][..., None], value[some]))

    onto = gathering(f.giver, network.nodes)
    return FlowAdjoint(
        **{name: to(slopes) for name, slopes in flow.slopes.items()},
        share=to(flow.moves(flow.classes, share=False)),
        inputs=[onto @ to(flow.moves(slopes)) for slopes in class_slopes],
    )
