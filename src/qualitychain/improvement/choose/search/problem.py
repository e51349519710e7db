"""What is searched: the sets of projects that rules and budget allow, and what each of them is worth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from qualitychain.analysis.base.study import Study
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.choose.options.objectives import Goal
from qualitychain.improvement.choose.options.projects import Programme
from qualitychain.improvement.choose.search.combine import Combination

if TYPE_CHECKING:
    from qualitychain.engine.quality.pulls import Pulls
    from qualitychain.improvement.choose.search.bounds import Bounds

Spend = Callable[[frozenset[int], Study], float]


class Known:
    """What is known of sets of projects whatever the budget: shared by the searches for several budgets."""

    evaluations: int
    seconds: float

    def __init__(self) -> None:
        self.worth: dict[frozenset[int], float] = {}
        self.spent: dict[frozenset[int], float] = {}
        self.broken: dict[frozenset[int], str] = {}
        """Sets that make no chain, or one without an answer, with the reason."""
        self.models: dict[frozenset[int], Bounds | None] = {}
        """Bounds for each choice of the wide projects."""
        self.pulled: dict[bytes, Pulls] = {}
        """Pulled services that were solved for the bounds."""
        self.wide: frozenset[int] | None = None
        """Projects that change more than rows, once that is known."""
        self.evaluations, self.seconds = 0, 0.0
        """How many sets were evaluated, and how long that took."""

    @property
    def usual(self) -> float:
        """Seconds that an evaluation takes."""
        return self.seconds / self.evaluations if self.evaluations else 0.0


class Problem:
    """Projects, budget and goal, with what is known so far."""

    combination: Combination
    study: Study
    goal: Goal
    budget: float
    deadline: float
    plan: Programme
    costs: list[float]
    known: Known

    def __init__(
        self,
        combination: Combination,
        study: Study,
        goal: Goal,
        budget: float,
        *,
        deadline: float,
        costs: list[float] | None = None,
        spend: Spend | None = None,
        progress: Callable[[int, float, float], None] | None = None,
        known: Known | None = None,
    ) -> None:
        """Begin with nothing known unless something is.

        ``study``: the chain without any project; ``costs``: the least that each project costs; ``spend``: what a set
        really costs, where that is more.
        """
        self.combination, self.study, self.goal = combination, study, goal
        self.budget, self.deadline = budget, deadline
        self.plan = combination.plan
        self.costs = [p.cost for p in self.plan.projects] if costs is None else costs
        self.spend = spend
        self.progress = progress
        self.known = Known() if known is None else known

    @property
    def room(self) -> float:
        """The budget, with room for the rounding of a sum of costs."""
        return self.budget + 1e-9 * abs(self.budget)

    def affords(self, chosen: Iterable[int]) -> bool:
        """Whether the least costs of a set are within the budget."""
        return math.fsum(self.costs[p] for p in chosen) <= self.room

    def out_of_time(self) -> bool:
        """Whether the search should end."""
        return self.late(self.deadline)

    def late(self, deadline: float) -> bool:
        """Whether one evaluation more would end after a deadline (monotonic seconds)."""
        return time.monotonic() + self.known.usual > deadline

    def best_seen(self) -> list[frozenset[int]]:
        """The best of the sets seen that rules and budget allow, if any."""
        known = self.known
        for chosen in sorted(known.worth, key=lambda s: (known.worth[s], len(s), sorted(s))):
            spent = math.fsum(self.costs[p] for p in chosen) if self.spend is None else known.spent.get(chosen)
            if spent is not None and spent <= self.room and self.plan.allows(chosen):
                return [chosen]
        return []

    def loss(self, chosen: frozenset[int]) -> float:
        """Loss of a set, by the whole chain; infinite where it makes no chain, has no answer or costs too much."""
        known = self.known
        if self.spend is None or known.spent.get(chosen, -math.inf) > self.room:
            return self.worth(chosen) if self.spend is None else math.inf
        if chosen not in known.spent:
            self._evaluate(chosen, dear=True)
        return math.inf if known.spent.get(chosen, math.inf) > self.room else self.worth(chosen)

    def worth(self, chosen: frozenset[int]) -> float:
        """Loss of a set, whatever it costs."""
        if chosen not in self.known.worth:
            self._evaluate(chosen, dear=False)
        return self.known.worth[chosen]

    def seen(self, chosen: frozenset[int]) -> bool:
        """Whether the loss of a set is there already."""
        return chosen in self.known.worth

    def _evaluate(self, chosen: frozenset[int], *, dear: bool) -> None:
        """Evaluate a set; one that is too dear is not judged where that is asked first."""
        begin = time.monotonic()
        try:
            self._judge(chosen, dear=dear)
        finally:
            self.known.evaluations += 1
            self.known.seconds += time.monotonic() - begin

    def _judge(self, chosen: frozenset[int], *, dear: bool) -> None:
        known = self.known
        try:
            changed = self.study.of(self.combination.chain_with(chosen))
            if self.spend is not None:
                known.spent[chosen] = self.spend(chosen, changed)
                if dear and known.spent[chosen] > self.room:
                    return
            loss = self.goal.loss(self.goal.value(changed))
        except (ChainError, AnalysisError) as error:
            known.broken[chosen] = str(error).splitlines()[0]
            known.worth[chosen] = known.spent[chosen] = math.inf
        else:
            known.worth[chosen] = math.inf if math.isnan(loss) else loss

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
