"""Derivatives of any linear outcome to every parameter of a chain, from one transposed solve (formulas: Attribution).

The forward solution is kept with its factorisation; a reward costs one solve with the transpose of what gave the visits
of units, then local formulas: backwards through the steps of units, through the work that units and requests cause,
through the chances of common causes, and through the pulled services to their parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from qualitychain.engine.gradients.adjoint_scenarios import Gradient, Part, Slopes, added
from qualitychain.engine.gradients.causes_in_scenarios import neighbouring_scenarios, possible_scenarios
from qualitychain.engine.gradients.reward import Reward, Stacked, stacked
from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.scenarios import LARGEST_SYSTEM, MOST_KEYS
from qualitychain.errors import AnalysisError

__all__ = ["Gradient", "Gradients", "Reward", "Slopes", "gradient", "value"]

AT_ONCE = 8
"""Rewards taken together: more would only cost memory."""


class Gradients:
    """A solved network, ready to be asked for any outcome and its derivatives.

    Parameters
    ----------
    network : Network

    Raises
    ------
    AnalysisError
        When there are more than 12 common causes, or the chain has no solution.
    """

    def __init__(self, network: Network) -> None:
        if network.keys > MOST_KEYS:
            raise AnalysisError(
                f"{network.keys} common causes make too many scenarios; at most {MOST_KEYS} are computed exactly"
            )
        self.network = network
        self._scenarios_at_once = max(1, LARGEST_SYSTEM // (network.nodes + len(network.flow) + len(network.pulled)))
        possible = possible_scenarios(network, at_once=self._scenarios_at_once)
        self._parts = [Part(network, scenarios) for scenarios in possible]

    @cached_property
    def _neighbours(self) -> tuple[list[Part], set[int]]:
        found, untold = neighbouring_scenarios(
            self.network, [part.scenarios for part in self._parts], at_once=self._scenarios_at_once
        )
        parts = []
        for scenarios in found:
            try:
                parts.append(Part(self.network, scenarios))
            except AnalysisError:
                # the change would make a scenario possible that has no solution
                untold |= set(np.flatnonzero(scenarios.factors[0] == 0).tolist())
        return parts, untold

    @cached_property
    def absorbed(self) -> Floats:
        """Delivered conforming and nonconforming units of each customer in turn, then scrapped ones, (2K + 2,)."""
        size = 2 * len(self.network.customers) + 2
        if not self.network.keys:
            return np.asarray(self._parts[0].flow.absorbed)
        return self.values([Reward(absorbed=row) for row in np.eye(size)])

    def value(self, reward: Reward) -> float:
        """The outcome itself, per started unit."""
        return float(self.values([reward])[0])

    def values(self, rewards: Sequence[Reward]) -> Floats:
        """Several outcomes, shape (m,)."""
        total = np.zeros(len(rewards))
        for first, reward in self._batches(rewards):
            total[first : first + AT_ONCE] = self._mean(reward)
        return total

    def _mean(self, reward: Stacked) -> Floats:
        return np.asarray(np.sum([part.scenarios.chance @ part.values(reward) for part in self._parts], axis=0))

    def gradient(self, reward: Reward) -> Gradient:
        """All derivatives of one outcome."""
        return self.gradients([reward])[0]

    def gradients(self, rewards: Sequence[Reward]) -> list[Gradient]:
        """All derivatives of several outcomes; together they share what does not depend on the reward."""
        found = []
        for _, reward in self._batches(rewards):
            further, untold = self._neighbours
            # chances of scenarios add up to 1, so values count from any level; from their mean nothing cancels
            mean = self._mean(reward) if self.network.keys else None
            total = added([part.back(reward, mean, untold) for part in [*self._parts, *further]])
            found += [total.column(i) for i in range(reward.visit.shape[1])]
        return found

    def _batches(self, rewards: Sequence[Reward]) -> Iterator[tuple[int, Stacked]]:
        for first in range(0, len(rewards), AT_ONCE):
            yield first, stacked(self.network, rewards[first : first + AT_ONCE])


def value(network: Network, reward: Reward) -> float:
    """Expected reward per started unit.

    Parameters
    ----------
    network : Network
    reward : Reward

    Returns
    -------
    float
    """
    return Gradients(network).value(reward)


def gradient(network: Network, reward: Reward) -> Gradient:
    """Derivatives of the expected reward per started unit to every parameter.

    Parameters
    ----------
    network : Network
    reward : Reward

    Returns
    -------
    Gradient
    """
    return Gradients(network).gradient(reward)
