"""Which scenarios of common causes a derivative needs: those that can be, and those that a small change makes possible.

The chance of a scenario is a product of one factor for each common cause. Where exactly one factor is 0, the scenario
is impossible now and its chance has a derivative, so its value counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from qualitychain.engine.gradients.adjoint_pulls import products_of_others
from qualitychain.engine.network.network import Flags, Floats, Network
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.scenarios import outcome_of, scenarios_of
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.errors import AnalysisError


@dataclass(frozen=True)
class Scenarios:
    """Some scenarios side by side, with their pulled services solved."""

    scenarios: Floats
    """Outcomes of the causes, 0 good and 1 bad, shape (W, keys)."""
    outcome: Floats
    pulls: Pulls
    factors: Floats
    """Chance of each cause's outcome given those of the causes below it, shape (W, keys)."""

    def __len__(self) -> int:
        return len(self.scenarios)

    @property
    def chance(self) -> Floats:
        """Probability of each scenario, shape (W,)."""
        return np.asarray(self.factors.prod(axis=1))

    @property
    def others(self) -> Floats:
        """Derivative of the probability of each scenario to each factor, shape (W, keys)."""
        count, keys = self.factors.shape
        return products_of_others(np.repeat(np.arange(count), keys), self.factors.ravel()).reshape(count, keys)

    def only(self, network: Network, which: Flags) -> Scenarios:
        """Some of the scenarios."""
        kept = np.flatnonzero(which)
        if len(kept) == len(self):
            return self
        pulls = self.pulls.of_copies(kept, nodes=network.nodes, handoffs=len(network.pulled))
        scenarios = self.scenarios[kept]
        return Scenarios(scenarios, outcome_of(network, scenarios), pulls, self.factors[kept])


def solved(network: Network, scenarios: Floats) -> Scenarios:
    """The pulled services of some scenarios, shape (W, keys)."""
    outcome = outcome_of(network, scenarios)
    pulls = solve_pulls(network.copies(len(scenarios)), outcome)
    bad = pulls.bad.reshape(len(scenarios), -1)[:, first_rows(network)]
    return Scenarios(scenarios, outcome, pulls, np.where(scenarios > 0, bad, 1.0 - bad))


def possible_scenarios(network: Network, *, at_once: int) -> list[Scenarios]:
    """All scenarios that can be, so many at a time."""
    everything = scenarios_of(network)
    parts = [solved(network, everything[i : i + at_once]) for i in range(0, len(everything), at_once)]
    return [part.only(network, part.chance > 0) for part in parts if np.any(part.chance > 0)]


def neighbouring_scenarios(
    network: Network, possible: list[Scenarios], *, at_once: int
) -> tuple[list[Scenarios], set[int]]:
    """Scenarios that a small change of one cause makes possible, and causes whose scenarios cannot be told.

    Each scenario comes alone, since one without a solution must not take others with it.
    """
    known = {tuple(w) for part in possible for w in part.scenarios}
    if len(known) == 2**network.keys:
        return [], set()
    further = np.array([w for w in product((0.0, 1.0), repeat=network.keys) if w not in known])
    found: list[Scenarios] = []
    untold: set[int] = set()
    for first in range(0, len(further), at_once):
        parts, unsolved = _solved_or_not(network, further[first : first + at_once])
        for part in parts:
            one_off = np.count_nonzero(part.factors == 0, axis=1) == 1
            found += [part.only(network, np.arange(len(part)) == i) for i in np.flatnonzero(one_off)]
        untold |= set(np.flatnonzero(unsolved.any(axis=0)).tolist())
    return found, untold


def _solved_or_not(network: Network, scenarios: Floats) -> tuple[list[Scenarios], Floats]:
    """The scenarios together if possible, else one by one, and those that have no solution."""
    try:
        return [solved(network, scenarios)], scenarios[:0]
    except AnalysisError:
        if len(scenarios) == 1:
            return [], scenarios
    parts = [_solved_or_not(network, scenarios[i : i + 1]) for i in range(len(scenarios))]
    return [part for some, _ in parts for part in some], np.concatenate([failed for _, failed in parts])
