"""What is searched: the sets of projects that rules and budget allow, and what each of them is worth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.combine import Combination
from qualitychain.improvement.objectives import Goal, Look

Spend = Callable[[frozenset[int], Look], float]


class Problem:
    """Projects, budget and goal, with the losses found so far."""

    def __init__(
        self,
        combination: Combination,
        goal: Goal,
        budget: float,
        *,
        deadline: float,
        costs: list[float] | None = None,
        spend: Spend | None = None,
        progress: Callable[[int, float, float], None] | None = None,
    ) -> None:
        """``costs``: the least that each project costs; ``spend``: what a set really costs, where that is more."""
        self.combination, self.goal, self.budget, self.deadline = combination, goal, budget, deadline
        self.plan = combination.plan
        self.costs = [p.cost for p in self.plan.projects] if costs is None else costs
        self.spend = spend
        self.progress = progress
        self.broken: dict[frozenset[int], str] = {}
        """Sets that make no chain, or one without an answer, with the reason."""
        self._losses: dict[frozenset[int], float] = {}

    @property
    def room(self) -> float:
        """The budget, with room for the rounding of a sum of costs."""
        return self.budget + 1e-9 * abs(self.budget)

    def affords(self, chosen: Iterable[int]) -> bool:
        """Whether the least costs of a set are within the budget."""
        return math.fsum(self.costs[p] for p in chosen) <= self.room

    def out_of_time(self) -> bool:
        """Whether the search should end."""
        return time.monotonic() > self.deadline

    def loss(self, chosen: frozenset[int]) -> float:
        """Loss of a set, by the whole chain; infinite where it makes no chain, has no answer or costs too much."""
        if chosen not in self._losses:
            self._losses[chosen] = self._computed(chosen)
        return self._losses[chosen]

    def _computed(self, chosen: frozenset[int]) -> float:
        try:
            look = Look(self.combination.chain_with(chosen))
            if self.spend is not None and self.spend(chosen, look) > self.room:
                return math.inf
            loss = self.goal.loss(self.goal.value(look))
        except (ChainError, AnalysisError) as error:
            self.broken[chosen] = str(error).splitlines()[0]
            return math.inf
        return math.inf if math.isnan(loss) else loss

    def open(self, inside: frozenset[int], out: frozenset[int]) -> frozenset[int]:
        """Projects that can still be added to ``inside`` when those of ``out`` are given up."""
        free = set(range(len(self.plan))) - inside - out
        free = {p for p in free if not self.plan.rivals[p] & inside}
        spent = math.fsum(self.costs[p] for p in inside)
        possible = frozenset(free) | inside
        return frozenset(
            p
            for p in free
            if self.plan.requires[p] <= possible
            and spent + math.fsum(self.costs[q] for q in (self.plan.requires[p] | {p}) - inside) <= self.room
        )
