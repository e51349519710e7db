"""One list of projects, one goal, and the best choice for each budget asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from qualitychain.analysis.base.study import Study
from qualitychain.improvement.choose.options.objectives import Goal
from qualitychain.improvement.choose.options.projects import Programme
from qualitychain.improvement.choose.search.branch_and_bound import CLOSE, Found, Search
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.problem import Known, Problem, Spend
from qualitychain.improvement.choose.search.series import adds_up, choose_in_series

Progress = Callable[[int, int], None]
_LEAST_SECONDS = 0.2
"""What an integer programme gets in any case: it rarely takes longer."""


@dataclass(frozen=True)
class Choice:
    """The answer for one budget, in the words of the problem."""

    found: Found
    method: str


@dataclass(frozen=True)
class Judged:
    """A choice as a user sees it, in the unit of the objective."""

    value: float
    bound: float
    gap: float
    optimal: bool


class Solver:
    """Answers for one list of projects and one goal, budget by budget; what was found for one helps the next."""

    combination: Combination
    goal: Goal
    now: Study
    begin: float

    def __init__(
        self,
        combination: Combination,
        goal: Goal,
        begin: float,
        time_limit: float,
        progress: Progress | None,
        *,
        now: Study,
        spend: Spend | None = None,
    ) -> None:
        """``now``: the chain without any project; ``spend``: what a set costs where that is no sum of costs."""
        self.combination, self.goal, self.now, self._spend = combination, goal, now, spend
        self.costs: list[float] | None = None
        self.begin, self._limit, self._progress = begin, time_limit, progress
        self._best: list[frozenset[int]] = []
        self._known = Known()
        self._known.worth[frozenset()] = goal.loss(goal.value(now))
        self.last: Problem

    def solve(self, budget: float, deadline: float, *, tidy: float | None = None) -> Choice:
        """The best choice for a budget, by a deadline (monotonic seconds), what brings nothing left out by ``tidy``."""
        self.last = Problem(
            self.combination,
            self.now,
            self.goal,
            budget,
            deadline=deadline,
            costs=self.costs,
            spend=self._spend,
            progress=self._tell,
            known=self._known,
        )
        search = Search(self.last, (*self._best, *self.last.best_seen()))
        model = adds_up(search)
        left = max(_LEAST_SECONDS, deadline - time.monotonic())
        if model is not None and choose_in_series(search, model, left):
            found = Found(search.best, search.loss, search.loss, 0, complete=True)
            method = "integer programme: ln(1 - defect rate) is a sum over the departments of one path"
        else:
            found = search.run()
            method = f"branch and bound with exact evaluations, {found.nodes + 1} nodes"
        self.last.deadline = deadline if tidy is None else tidy
        found = _tidied(self.last, found)
        self._best.append(found.chosen)
        return Choice(found, method)

    def cost(self, chosen: frozenset[int]) -> float:
        """What a set costs."""
        if self._spend is None:
            return self.combination.plan.cost(chosen)
        return self._spend(chosen, self.now.of(self.combination.chain_with(chosen)))

    def judged(self, found: Found) -> Judged:
        """What was found, in the unit of the objective."""
        optimal = found.complete or found.bound >= found.loss - CLOSE * abs(found.loss)
        bound = found.loss if optimal else found.bound
        gap = 0.0 if bound == found.loss else found.loss - bound
        return Judged(self.goal.loss(found.loss), self.goal.loss(bound), gap, optimal)

    def _tell(self, _nodes: int, _loss: float, _bound: float) -> None:
        if self._progress is not None:
            share = (time.monotonic() - self.begin) / max(self._limit, 1e-9)
            self._progress(min(99, int(100 * share)), 100)


def names_of(plan: Programme, chosen: frozenset[int]) -> tuple[str, ...]:
    """Names of projects, in the order of the list."""
    return tuple(plan.projects[p].name for p in sorted(chosen))


def _tidied(problem: Problem, found: Found) -> Found:
    """Without projects that bring nothing."""
    chosen, loss = found.chosen, found.loss
    for p in sorted(found.chosen, key=lambda p: (-problem.costs[p], p)):
        rest = chosen - {p}
        if problem.costs[p] == 0 or not problem.plan.allows(rest):
            continue
        if (problem.seen(rest) or not problem.out_of_time()) and problem.loss(rest) <= loss:
            chosen, loss = rest, problem.loss(rest)
    return Found(chosen, loss, min(found.bound, loss), found.nodes, found.complete)


__all__ = ["Choice", "Judged", "Progress", "Solver", "names_of"]
