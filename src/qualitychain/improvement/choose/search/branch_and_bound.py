"""The best set of projects, with proof: branch and bound, from a good choice found by greed and exchange.

Every node has projects taken and projects given up. It is left when even its bound is no better than the best choice
known; the bounds of the nodes still open say how far the best choice can be from the best there is.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass
from functools import cached_property

from qualitychain.analysis.base.compile import compile_chain
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.choose.search.bounds import Bounds
from qualitychain.improvement.choose.search.knapsack import relaxed, units_of
from qualitychain.improvement.choose.search.problem import Problem
from qualitychain.improvement.choose.search.reach import reach_of
from qualitychain.improvement.choose.search.rows import MOST_LOCAL, NoModelError, Rows
from qualitychain.improvement.choose.search.terms import loss_of

CLOSE = 1e-9
"""Relative difference of losses that counts as none."""


@dataclass(frozen=True)
class Found:
    """The best set found, its loss, and a bound that no set can be below."""

    chosen: frozenset[int]
    loss: float
    bound: float
    nodes: int
    complete: bool


class Search:
    """One search; ``start`` sets are tried first."""

    loss: float
    wide: frozenset[int]

    def __init__(self, problem: Problem, start: tuple[frozenset[int], ...] = ()) -> None:
        self.problem = problem
        self.best: frozenset[int] = frozenset()
        self.loss = problem.loss(self.best)
        self._models = problem.known.models
        self._costs = any(p.reading.name == "cost_of_quality" for p in problem.goal.parts)
        if problem.known.wide is None:
            compiled = compile_chain(problem.combination.chain)
            problem.known.wide = reach_of(problem.combination, compiled, costs=self._costs).wide
        self.wide = problem.known.wide
        for chosen in start:
            self.offer(chosen)

    def offer(self, chosen: frozenset[int], quick: float = -math.inf) -> bool:
        """Take a set as the best one if it is allowed, better and makes a chain."""
        if quick >= self.loss or not self.problem.plan.allows(chosen) or not self.problem.affords(chosen):
            return False
        loss = self.problem.loss(chosen)
        if loss < self.loss:
            self.best, self.loss = chosen, loss
            return True
        return False

    def model(self, done: frozenset[int]) -> Bounds | None:
        """Bounds for one choice of the wide projects; None where there are none."""
        if done not in self._models:
            problem = self.problem
            try:
                known = problem.known
                rows = Rows(problem.combination, done, self.wide, costs=self._costs, solved=known.pulled)
                self._models[done] = Bounds(rows, loss_of(problem.goal, rows), problem.combination)
            except (NoModelError, ChainError, AnalysisError):
                self._models[done] = None
        return self._models[done]

    def quick(self, chosen: frozenset[int]) -> float:
        """Loss of a set by the shortest way there is, or something it is not below that rules the set out already.

        It may miss that the set breaks the chain.
        """
        problem = self.problem
        if problem.spend is not None or problem.seen(chosen):
            return problem.loss(chosen)
        model = self.model(chosen & self.wide)
        least = math.nan if model is None else model.value(chosen)
        if math.isnan(least) or (not self.exact and least < self.loss):
            return problem.loss(chosen)
        return least

    @cached_property
    def exact(self) -> bool:
        """Whether the bounds are those of the whole goal, so that losses are cheap."""
        model = self.model(frozenset())
        return model is not None and model.exact and self.problem.spend is None

    def close(self, bound: float) -> bool:
        """Whether nothing better than the best choice can lie above a bound."""
        return bound >= self.loss - self._margin

    @property
    def _margin(self) -> float:
        return CLOSE * abs(self.loss) if math.isfinite(self.loss) else 0.0

    def run(self) -> Found:
        """Search until all is settled or time is up."""
        problem = self.problem
        heap: list[tuple[float, int, int, frozenset[int], frozenset[int]]] = []
        count, settled = 0, math.inf
        free = problem.open(frozenset(), frozenset())
        # a bound there is in any case, whatever the time
        first = self._bounded(frozenset(), free, problem.goal.floor)[0] if free else problem.goal.floor
        heapq.heappush(heap, (first, 0, 0, frozenset(), frozenset()))
        if not self.close(first):
            climb(self)
        while heap and not problem.out_of_time():
            bound, _, _, inside, out = heapq.heappop(heap)
            if self.close(bound):
                settled = min(settled, bound)
                continue
            free = problem.open(inside, out)
            if not free:
                self._leaf(inside)
                continue
            bound, branch = self._bounded(inside, free, bound)
            if self.close(bound):
                settled = min(settled, bound)
                continue
            plan = problem.plan
            with_it = inside | plan.with_needed(branch)
            without = out | {p for p in range(len(plan)) if branch == p or branch in plan.requires[p]}
            for one, other in ((with_it, out), (inside, without)):
                count += 1
                heapq.heappush(heap, (bound, -len(one) - len(other), count, one, other))
            if problem.progress is not None:
                problem.progress(count, self.loss, heap[0][0])
        left = min((entry[0] for entry in heap), default=math.inf)
        complete = not heap or self.close(left)
        bound = self.loss if complete else min(self.loss, left, settled)
        return Found(self.best, self.loss, bound, count, complete)

    def _leaf(self, inside: frozenset[int]) -> None:
        quick = self.quick(inside)
        if quick < self.loss + self._margin:
            self.offer(inside)

    def _bounded(self, inside: frozenset[int], free: frozenset[int], before: float) -> tuple[float, int]:
        """A bound for a node, and the project to decide next."""
        problem = self.problem
        undecided = free & self.wide
        if undecided:
            return before, max(undecided, key=lambda p: (len(problem.plan.rivals[p]), problem.costs[p]))
        model = self.model(inside & self.wide)
        if model is None:
            return before, max(free, key=lambda p: problem.costs[p])
        crowded = max(model.rows.local.values(), key=lambda mine: len(mine & free), default=frozenset())
        if len(crowded & free) > MOST_LOCAL:
            return before, max(crowded & free, key=lambda p: problem.costs[p])
        units = units_of(problem.plan, free, problem.costs)
        left = problem.room - math.fsum(problem.costs[p] for p in inside)
        found = model.relax(inside, free, self._reference(inside, free), lambda gains: relaxed(units, gains, left))
        if found is None:
            return before, max(free, key=lambda p: problem.costs[p])
        self._round(inside, free, found.gains)
        return max(before, found.bound), _branch(found.gains, problem.costs)

    def _reference(self, inside: frozenset[int], free: frozenset[int]) -> frozenset[int]:
        """The best choice known, as far as the node allows it."""
        chosen = set(inside)
        for p in self.problem.plan.order:
            if p in self.best and p in free and self.problem.plan.requires[p] <= chosen:
                chosen.add(p)
        return frozenset(chosen)

    def _round(self, inside: frozenset[int], free: frozenset[int], gains: dict[int, float]) -> None:
        """A choice made of what seems worth most at a node, offered as the best."""
        problem = self.problem
        chosen, spent = set(inside), math.fsum(problem.costs[p] for p in inside)
        for p in sorted(free, key=lambda p: gains[p] / max(problem.costs[p], 1e-12)):
            if gains[p] >= 0 or problem.plan.rivals[p] & chosen:
                continue
            more = problem.plan.with_needed(p) - chosen
            cost = math.fsum(problem.costs[q] for q in more)
            if more <= free | inside and spent + cost <= problem.room:
                chosen |= more
                spent += cost
        whole = frozenset(chosen)
        dear = not self.exact and not problem.seen(whole)
        if whole != self.best and not (dear and problem.out_of_time()):
            self.offer(whole, self.quick(whole))


def _branch(gains: dict[int, float], costs: list[float]) -> int:
    return max(gains, key=lambda p: (abs(gains[p]), costs[p]))


def climb(search: Search) -> None:
    """A good choice: by greed (gain per cost, and gain), then exchanges of one project for another while they help.

    Where every evaluation is dear, half of the time is left for the search itself.
    """
    problem = search.problem
    until = problem.deadline
    if not search.exact:
        until -= max(0.0, until - time.monotonic()) / 2
    for per_cost in (True, False):
        _greedy(search, until, per_cost=per_cost)
    improved = True
    while improved and not problem.late(until):
        improved = False
        for chosen in _neighbours(search):
            if problem.late(until):
                break
            if search.offer(chosen, search.quick(chosen)):
                improved = True
                break


def _greedy(search: Search, until: float, *, per_cost: bool) -> None:
    """Project after project, each time the one that promises most, by its gain when it was last looked at.

    What a project gains mostly becomes less as others are chosen, so only the most promising ones are looked at again.
    """
    problem, chosen = search.problem, frozenset[int]()
    now = search.quick(chosen)
    hope = dict.fromkeys(range(len(problem.plan)), math.inf)
    while True:
        open_now = problem.open(chosen, frozenset())
        looked: set[int] = set()
        if search.exact:
            hope = dict.fromkeys(hope, math.inf)
        while candidates := [p for p in open_now if hope[p] > 0]:
            p = max(candidates, key=lambda p: (hope[p], p not in looked, -p))
            if p in looked:
                break
            if problem.late(until):
                candidates = []
                break
            more = chosen | problem.plan.with_needed(p)
            looked.add(p)
            hope[p] = 0.0
            if problem.plan.allows(more) and problem.affords(more):
                gain = now - search.quick(more)
                cost = math.fsum(problem.costs[q] for q in more - chosen)
                hope[p] = gain / max(cost, 1e-12) if per_cost else gain
                hope[p] = 0.0 if math.isnan(hope[p]) else hope[p]
        if not candidates:
            break
        chosen |= problem.plan.with_needed(p)
        now = search.quick(chosen)
    search.offer(chosen)


def _neighbours(search: Search) -> list[frozenset[int]]:
    """Sets that differ from the best one by a project more, one less, or one in place of another."""
    problem, best = search.problem, search.best
    plan = problem.plan
    found: dict[frozenset[int], None] = {}
    drops = [best] + [frozenset(q for q in best if q != p and p not in plan.requires[q]) for p in sorted(best)]
    for rest in drops:
        found[rest] = None
        for p in sorted(problem.open(rest, frozenset())):
            found[rest | plan.with_needed(p)] = None
    return [s for s in found if s != best and plan.allows(s) and problem.affords(s)]


__all__ = ["CLOSE", "Found", "Search", "climb"]
