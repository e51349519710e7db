"""The possible scenarios of common causes one after the other, for what is computed scenario by scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.scenarios import LARGEST_SYSTEM, chance_of, outcome_of, refuse_endless, scenarios_of


@dataclass(frozen=True)
class Scenario:
    """One scenario: what is fixed in it, and how its inputs and units fare."""

    outcome: Floats
    """Results of common causes held fixed, NaN for a handoff that is drawn at each use, shape (H,)."""
    pulls: Pulls
    chance: float
    flow: Flow


class Scenarios:
    """The scenarios of a network that can happen, solved when first gone through, and kept unless they are too large.

    Raises
    ------
    AnalysisError
        While going through them, when requests never end in one of them.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._rows = scenarios_of(network)
        size = network.nodes + len(network.flow) + len(network.pulled)
        self._kept: list[Scenario] | None = [] if size * len(self._rows) <= LARGEST_SYSTEM else None

    def __iter__(self) -> Iterator[Scenario]:
        if self._kept:
            yield from self._kept
            return
        found = []
        for scenario in self._solved():
            if self._kept is not None:
                found.append(scenario)
            yield scenario
        if self._kept is not None:
            self._kept = found

    def _solved(self) -> Iterator[Scenario]:
        network = self.network
        for row in self._rows:
            outcome = outcome_of(network, row[None])
            pulls = solve_pulls(network, outcome)
            chance = float(chance_of(network, row[None], pulls)[0])
            if chance > 0:
                refuse_endless(network, pulls, 1)
                yield Scenario(outcome, pulls, chance, Flow(network, pulls))
