"""Linear outcomes of a chain: what one unit of everything that happens is worth.

Every count that the equations give (deliveries, visits, rejects, work, requests) is linear in a reward, so any weighted
sum of them is one more outcome, and a ratio of two is one as far as its gradient goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from qualitychain.engine.network.network import Floats, Network


@dataclass(frozen=True)
class Reward:
    """What one unit of everything is worth, in any unit; what is left out is worth nothing.

    A chain has V nodes, K customers, F flow and H pulled handoffs. The outcome is the sum, per started unit, of all
    counts times their value.
    """

    absorbed: Floats | None = None
    """Units delivered conforming and nonconforming to each customer in turn, then scrapped so, shape (2K + 2,)."""
    visit: Floats | None = None
    """Unit visits of each node, shape (V,)."""
    tried: Floats | None = None
    """Units handed over by each flow handoff, shape (F,); the fields below are those of ``Tally``, shape (F,)."""
    made: Floats | None = None
    cleared: Floats | None = None
    rejected_true: Floats | None = None
    rejected_false: Floats | None = None
    presented: Floats | None = None
    presented_bad: Floats | None = None
    accepted: Floats | None = None
    accepted_bad: Floats | None = None
    work: Floats | None = None
    """Work units of each node, requests and what is redone included, shape (V,)."""
    uses: Floats | None = None
    """Uses of each pulled handoff, shape (H,)."""
    draws: Floats | None = None
    """Draws of each pulled handoff, each a piece of work of its giver and an inspection, shape (H,).

    A common cause is drawn once a case: its draws, and the rejects among them, count at the first of its handoffs.
    """
    rejected: Floats | None = None
    """Draws rejected, shape (H,)."""
    bad: Floats | None = None
    """Uses that are bad, shape (H,)."""


ON_WORK = ("work", "uses", "draws", "rejected", "bad")
"""Fields of a reward that need the work of the nodes."""


@dataclass(frozen=True)
class Stacked:
    """Several rewards side by side: the fields of ``Reward`` with a last axis of m, for copies of a network."""

    absorbed: Floats
    visit: Floats
    tried: Floats
    made: Floats
    cleared: Floats
    rejected_true: Floats
    rejected_false: Floats
    presented: Floats
    presented_bad: Floats
    accepted: Floats
    accepted_bad: Floats
    work: Floats
    uses: Floats
    draws: Floats
    rejected: Floats
    bad: Floats

    @property
    def on_work(self) -> bool:
        """Whether any of the rewards needs the work of the nodes."""
        return any(np.any(getattr(self, name)) for name in ON_WORK)

    def copies(self, count: int) -> Stacked:
        """The same rewards in ``count`` copies of the network side by side; scrap is counted together."""
        tiled = {f.name: np.tile(getattr(self, f.name), (count, 1)) for f in fields(self)}
        tiled["absorbed"] = np.concatenate((np.tile(self.absorbed[:-2], (count, 1)), self.absorbed[-2:]))
        return Stacked(**tiled)


def stacked(network: Network, rewards: Sequence[Reward]) -> Stacked:
    """The rewards side by side, with zeros where nothing is given.

    Raises
    ------
    ValueError
        When a field has another shape than the network asks for, or an entry that is not finite.
    """
    sizes = {"absorbed": 2 * len(network.customers) + 2, "visit": network.nodes, "work": network.nodes}
    sizes |= dict.fromkeys(("uses", "draws", "rejected", "bad"), len(network.pulled))
    columns = {}
    for f in fields(Stacked):
        size = sizes.get(f.name, len(network.flow))
        column = np.zeros((size, len(rewards)))
        for i, reward in enumerate(rewards):
            given = getattr(reward, f.name)
            if given is None:
                continue
            if np.shape(given) != (size,) or not np.all(np.isfinite(given)):
                raise ValueError(f"reward field {f.name} must be {size} finite numbers, got shape {np.shape(given)}")
            column[:, i] = given
        columns[f.name] = column
    return Stacked(**columns)


def combined(rewards: Sequence[Reward], weights: Sequence[float]) -> Reward:
    """The weighted sum of some rewards.

    Examples
    --------
    >>> both = combined([Reward(work=np.array([1.0, 0.0])), Reward(work=np.array([0.0, 2.0]))], [3.0, 0.5])
    >>> both.work.tolist(), both.visit is None
    ([3.0, 1.0], True)
    """
    total: dict[str, Floats] = {}
    for reward, weight in zip(rewards, weights, strict=True):
        for f in fields(Reward):
            given = getattr(reward, f.name)
            if given is not None:
                total[f.name] = total.get(f.name, 0.0) + weight * np.asarray(given, dtype=np.float64)
    return Reward(**total)


def quotient(part: Reward, whole: Reward, of_part: float, of_whole: float) -> Reward:
    """The reward whose gradient is that of part / whole, at their values ``of_part`` and ``of_whole``.

    Examples
    --------
    >>> quotient(Reward(work=np.ones(1)), Reward(visit=np.ones(1)), 1.0, 4.0).visit.tolist()
    [-0.0625]
    """
    return combined((part, whole), (1.0 / of_whole, -of_part / of_whole / of_whole))


def delivered(network: Network, customer: int, *, bad_only: bool = False) -> Reward:
    """Units that a customer accepts, or the nonconforming among them."""
    absorbed = np.zeros(2 * len(network.customers) + 2)
    absorbed[2 * customer + 1] = 1.0
    absorbed[2 * customer] = 0.0 if bad_only else 1.0
    return Reward(absorbed=absorbed)


def presented(network: Network, customer: int, *, bad_only: bool = False) -> Reward:
    """Units presented at a customer's door, or the nonconforming among them."""
    mine = (network.flow.receiver == network.customers[customer]).astype(np.float64)
    return Reward(presented_bad=mine) if bad_only else Reward(presented=mine)


def scrapped(network: Network) -> Reward:
    """Units scrapped, conforming or not."""
    absorbed = np.zeros(2 * len(network.customers) + 2)
    absorbed[-2:] = 1.0
    return Reward(absorbed=absorbed)
