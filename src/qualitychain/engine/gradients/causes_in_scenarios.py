"""Which worlds of common causes a derivative needs: those that can be, and those that a small change makes possible.

The chance of a world is a product of one factor for each common cause. Where exactly one factor is 0, the world is
impossible now and its chance has a derivative, so its value counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from qualitychain.engine.gradients.adjoint_pulls import products_of_others
from qualitychain.engine.network.network import Flags, Floats, Network
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.scenarios import outcome_of, worlds_of
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.errors import AnalysisError


@dataclass(frozen=True)
class Worlds:
    """Some worlds side by side, with their pulled services solved."""

    worlds: Floats
    """Outcomes of the causes, 0 good and 1 bad, shape (W, keys)."""
    outcome: Floats
    pulls: Pulls
    factors: Floats
    """Chance of each cause's outcome given those of the causes below it, shape (W, keys)."""

    def __len__(self) -> int:
        return len(self.worlds)

    @property
    def chance(self) -> Floats:
        """Probability of each world, shape (W,)."""
        return np.asarray(self.factors.prod(axis=1))

    @property
    def others(self) -> Floats:
        """Derivative of the probability of each world to each factor, shape (W, keys)."""
        count, keys = self.factors.shape
        return products_of_others(np.repeat(np.arange(count), keys), self.factors.ravel()).reshape(count, keys)

    def only(self, network: Network, which: Flags) -> Worlds:
        """Some of the worlds."""
        kept = np.flatnonzero(which)
        if len(kept) == len(self):
            return self
        pulls = self.pulls.of_copies(kept, nodes=network.nodes, handoffs=len(network.pulled))
        worlds = self.worlds[kept]
        return Worlds(worlds, outcome_of(network, worlds), pulls, self.factors[kept])


def solved(network: Network, worlds: Floats) -> Worlds:
    """The pulled services of some worlds, shape (W, keys)."""
    outcome = outcome_of(network, worlds)
    pulls = solve_pulls(network.copies(len(worlds)), outcome)
    bad = pulls.bad.reshape(len(worlds), -1)[:, first_rows(network)]
    return Worlds(worlds, outcome, pulls, np.where(worlds > 0, bad, 1.0 - bad))


def possible_worlds(network: Network, *, at_once: int) -> list[Worlds]:
    """All worlds that can be, so many at a time."""
    everything = worlds_of(network)
    parts = [solved(network, everything[i : i + at_once]) for i in range(0, len(everything), at_once)]
    return [part.only(network, part.chance > 0) for part in parts if np.any(part.chance > 0)]


def worlds_next_door(network: Network, possible: list[Worlds], *, at_once: int) -> tuple[list[Worlds], set[int]]:
    """Worlds that a small change of one cause makes possible, and causes whose worlds cannot be told.

    Each world comes alone, since one without a solution must not take others with it.
    """
    known = {tuple(w) for part in possible for w in part.worlds}
    if len(known) == 2**network.keys:
        return [], set()
    further = np.array([w for w in product((0.0, 1.0), repeat=network.keys) if w not in known])
    found: list[Worlds] = []
    untold: set[int] = set()
    for first in range(0, len(further), at_once):
        parts, unsolved = _solved_or_not(network, further[first : first + at_once])
        for part in parts:
            one_off = np.count_nonzero(part.factors == 0, axis=1) == 1
            found += [part.only(network, np.arange(len(part)) == i) for i in np.flatnonzero(one_off)]
        untold |= set(np.flatnonzero(unsolved.any(axis=0)).tolist())
    return found, untold


def _solved_or_not(network: Network, worlds: Floats) -> tuple[list[Worlds], Floats]:
    """The worlds together if possible, else one by one, and those that have no solution."""
    try:
        return [solved(network, worlds)], worlds[:0]
    except AnalysisError:
        if len(worlds) == 1:
            return [], worlds
    parts = [_solved_or_not(network, worlds[i : i + 1]) for i in range(len(worlds))]
    return [part for some, _ in parts for part in some], np.concatenate([failed for _, failed in parts])
