"""Which improvement projects to choose under a budget: the best set, with proof, or with a bound of what is missed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from qualitychain.errors import AnalysisError
from qualitychain.improvement.branch_and_bound import CLOSE, Found, Search
from qualitychain.improvement.combine import Combination
from qualitychain.improvement.improvement import Improvement
from qualitychain.improvement.objectives import Goal, Look, Objective, goal_of, timed
from qualitychain.improvement.problem import Problem, Spend
from qualitychain.improvement.projects import Programme, Project, programme
from qualitychain.improvement.series import adds_up, choose_in_series
from qualitychain.model.chain import Chain
from qualitychain.model.values import echo

Progress = Callable[[int, int], None]
_BUDGETS = 8


def improve(
    chain: Chain,
    projects: Sequence[Project],
    *,
    budget: float,
    objective: Objective,
    customer: str | None = None,
    budgets: Sequence[float] | None = None,
    time_limit: float = 60.0,
    progress: Progress | None = None,
) -> Improvement:
    """The projects to choose under a budget: the best set, with proof or with a bound of what might be missed.

    Parameters
    ----------
    chain : Chain
    projects : sequence of Project
        What may be done. Fields that projects set are set first; then the scales of all chosen projects multiply.
    budget : float
        What may be spent, in the unit of the costs.
    objective : str or mapping of str to float
        ``defect_rate``, ``accepted_defect_rate``, ``sigma_level``, ``conforming_deliveries`` (per time unit),
        ``revenue_at_risk`` (per period), ``satisfied`` (units per period where customers give volumes, else per time
        unit), ``cost_of_quality``; or weights of several. In a sum what should grow is subtracted. A key may be a pair
        (name, customer).
    customer : str, optional
        Whose; all customers together by default: rates over all deliveries, amounts added up.
    budgets : sequence of float, optional
        Budgets of the frontier; by default 8 from 0 to twice the budget. An empty list leaves it out.
    time_limit : float
        Seconds of search; when they are up, the best choice so far is given with its gap.
    progress : callable, optional
        Called with (done, all) while it searches, in hundredths of the time limit.

    Returns
    -------
    Improvement

    Raises
    ------
    ChainError
        When projects do not fit: unknown names (near misses are named), a change that breaks the chain, two projects
        that set one field without sharing a group, requirements that are unknown or circular.
    AnalysisError
        When the budget is below the cheapest project, the chain cannot be solved, or lacks a figure that the objective
        needs.
    ValueError
        When an argument is out of its range or unknown.

    Notes
    -----
    Where one path leads to the customer and nothing on it is rejected, ln(1 - defect rate) is a sum and the choice an
    integer programme. Otherwise branch and bound: choices are evaluated exactly, and bounded by visits that hold for
    all choices still open times what each department's own projects can change; this is valid also where a project
    makes things worse (formulas page, "Improvement choice under budget").

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2)])
    >>> better = improve(chain, [
    ...     qc.Project("Supplier audit", cost=3, changes={"S -> D": {"defect_rate": 0.02}}),
    ...     qc.Project("Training", cost=4, changes={"D -> K": {"defect_rate": qc.Scale(0.5)}}),
    ... ], budget=5, objective="defect_rate")
    >>> better.chosen, round(better.value, 6), better.optimal
    (('Training',), 0.19, True)
    """
    if not isinstance(chain, Chain):
        raise TypeError(f"expected a Chain, got {type(chain).__name__}; make one with qualitychain.Chain.from_dict")
    amount("budget", budget)
    amount("time_limit", time_limit)
    goal = goal_of(chain, objective, customer)
    plan = programme(projects)
    combination = Combination(chain, plan)
    look = Look(chain)
    goal.needs(look)
    cheapest = min(range(len(plan)), key=lambda p: plan.cost(plan.with_needed(p)))
    least = plan.cost(plan.with_needed(cheapest))
    if least > budget:
        needed = " with what it requires" if plan.requires[cheapest] else ""
        raise AnalysisError(
            f"the budget of {budget:g} is below the cheapest project, '{plan.projects[cheapest].name}'{needed}, "
            f"which costs {least:g}; raise the budget"
        )
    begin = time.monotonic()
    solver = Solver(combination, goal, begin, time_limit, progress)
    # the frontier may take what the choice itself leaves, and a third of the time in any case
    wanted = _wanted(budgets, budget, plan)
    main = solver.solve(budget, begin + time_limit * (2 / 3 if wanted else 1.0))
    table, missing = table_of(solver, [plan.cost(plan.with_needed(p)) for p in range(len(plan))])
    frontier = frontier_of(solver, wanted, main, budget, begin + time_limit)
    if progress is not None:
        progress(100, 100)
    return Improvement(**result_fields(solver, main, table, frontier, missing), budget=float(budget))


def amount(name: str, value: object) -> None:
    """Refuse what is not a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of 0 or more, got {echo(value)}")


@dataclass(frozen=True)
class Choice:
    """The answer for one budget, in the words of the problem."""

    found: Found
    method: str


class Solver:
    """Answers for one list of projects and one goal, budget by budget; what was found for one helps the next."""

    def __init__(
        self,
        combination: Combination,
        goal: Goal,
        begin: float,
        time_limit: float,
        progress: Progress | None,
        *,
        spend: Spend | None = None,
    ) -> None:
        """``spend`` says what a set costs where that is not the sum of the projects' costs."""
        self.combination, self.goal, self._spend = combination, goal, spend
        self.costs: list[float] | None = None
        self._begin, self._limit, self._progress = begin, time_limit, progress
        self._known: list[frozenset[int]] = []
        self.last: Problem

    def solve(self, budget: float, deadline: float) -> Choice:
        """The best choice for a budget, by a deadline (monotonic seconds)."""
        self.last = Problem(
            self.combination,
            self.goal,
            budget,
            deadline=deadline,
            costs=self.costs,
            spend=self._spend,
            progress=self._tell,
        )
        search = Search(self.last, tuple(self._known))
        model = adds_up(search)
        if model is not None and choose_in_series(search, model, max(1.0, deadline - time.monotonic())):
            found = Found(search.best, search.loss, search.loss, 0, complete=True)
            method = "integer programme: ln(1 - defect rate) is a sum over the departments of one path"
        else:
            found = search.run()
            method = f"branch and bound with exact evaluations, {found.nodes + 1} nodes"
        found = _tidied(self.last, found)
        self._known.append(found.chosen)
        return Choice(found, method)

    def cost(self, chosen: frozenset[int]) -> float:
        """What a set costs."""
        if self._spend is None:
            return self.combination.plan.cost(chosen)
        return self._spend(chosen, Look(self.combination.chain_with(chosen)))

    def _tell(self, _nodes: int, _loss: float, _bound: float) -> None:
        if self._progress is not None:
            share = (time.monotonic() - self._begin) / max(self._limit, 1e-9)
            self._progress(min(99, int(100 * share)), 100)


def _tidied(problem: Problem, found: Found) -> Found:
    """Without projects that bring nothing."""
    chosen, loss = found.chosen, found.loss
    for p in sorted(found.chosen, key=lambda p: (-problem.costs[p], p)):
        rest = chosen - {p}
        if problem.costs[p] > 0 and problem.plan.allows(rest) and problem.loss(rest) <= loss:
            chosen, loss = rest, problem.loss(rest)
    return Found(chosen, loss, min(found.bound, loss), found.nodes, found.complete)


def table_of(solver: Solver, alone: Sequence[float]) -> tuple[pd.DataFrame, dict[str, str]]:
    """What each project brings on its own, with what it requires; ``alone`` is what that costs."""
    plan, problem, goal = solver.combination.plan, solver.last, solver.goal
    free = Problem(solver.combination, goal, math.inf, deadline=math.inf)
    missing: dict[str, str] = {}
    before = free.loss(frozenset())
    rows = []
    for p, project in enumerate(plan.projects):
        these = plan.with_needed(p)
        loss = problem.loss(these) if problem.spend is None else free.loss(these)
        reason = problem.broken.get(these) or free.broken.get(these)
        value, gain = (math.nan, math.nan) if reason else (goal.loss(loss), 0.0 if loss == before else before - loss)
        if reason:
            missing[f"table/{project.name}/value_alone"] = reason
        elif alone[p] == 0:
            missing[f"table/{project.name}/gain_per_cost"] = "it costs nothing"
        rows.append(
            {
                "cost": project.cost if problem.spend is None else alone[p],
                "chosen": False,
                "value_alone": value,
                "gain_alone": gain,
                "gain_per_cost": gain / alone[p] if alone[p] > 0 else math.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.Index([p.name for p in plan.projects], name="project")), missing


def _wanted(budgets: Sequence[float] | None, budget: float, plan: Programme) -> list[float]:
    if budgets is None:
        most = min(2 * budget, plan.cost(range(len(plan))))
        return sorted({*np.linspace(0.0, max(most, budget), _BUDGETS).tolist(), float(budget)})
    for one in budgets:
        amount("each of budgets", one)
    return sorted({float(one) for one in budgets})


def frontier_of(solver: Solver, wanted: list[float], main: Choice, budget: float, deadline: float) -> pd.DataFrame:
    """The best choice for each wanted budget."""
    plan, goal = solver.combination.plan, solver.goal
    rows = []
    for place, one in enumerate(wanted):
        if one == budget:
            choice = main
        else:
            left = deadline - time.monotonic()
            choice = solver.solve(one, time.monotonic() + max(0.0, left) / (len(wanted) - place))
        found = choice.found
        value, bound, gap, optimal = _judged(goal, found)
        rows.append(
            {
                "budget": one,
                "cost": solver.cost(found.chosen),
                "value": value,
                "bound": bound,
                "gap": gap,
                "optimal": optimal,
                "chosen": _names(plan, found.chosen),
            }
        )
    return pd.DataFrame(rows, columns=["budget", "cost", "value", "bound", "gap", "optimal", "chosen"])


def _judged(goal: Goal, found: Found) -> tuple[float, float, float, bool]:
    optimal = found.complete or found.bound >= found.loss - CLOSE * abs(found.loss)
    bound = found.loss if optimal else found.bound
    gap = 0.0 if bound == found.loss else found.loss - bound
    return goal.loss(found.loss), goal.loss(bound), gap, optimal


def _names(plan: Programme, chosen: frozenset[int]) -> tuple[str, ...]:
    return tuple(plan.projects[p].name for p in sorted(chosen))


def result_fields(
    solver: Solver,
    main: Choice,
    table: pd.DataFrame,
    frontier: pd.DataFrame,
    missing: dict[str, str],
) -> dict[str, Any]:
    """The fields of an ``Improvement`` but for its budget."""
    combination, goal, plan = solver.combination, solver.goal, solver.combination.plan
    found = main.found
    value, bound, gap, optimal = _judged(goal, found)
    table["chosen"] = [p in found.chosen for p in range(len(plan))]
    if not optimal and math.isinf(bound):
        missing["bound"] = "this objective has no bound but infinity; more time_limit may settle it"
    by_times = any(
        p.measure.name in ("satisfied", "lead_time")
        or (p.measure.name == "revenue_at_risk" and _timed(combination.chain, p.customer))
        for p in goal.parts
    )
    return {
        "chosen": _names(plan, found.chosen),
        "value": value,
        "before": goal.loss(solver.last.loss(frozenset())),
        "bound": bound,
        "gap": gap,
        "optimal": optimal,
        "cost": solver.cost(found.chosen),
        "objective": goal.name,
        "better": goal.better,
        "table": table,
        "frontier": frontier,
        "chain": combination.chain_with(found.chosen),
        "exact": not by_times,
        "method": main.method,
        "assumptions": tuple(_assumptions(solver, by_times=by_times)),
        "missing": missing,
    }


def _timed(chain: Chain, customer: str | None) -> bool:
    return any(timed(chain, c) for c in chain.customers if customer in (None, c.name))


def _assumptions(solver: Solver, *, by_times: bool) -> list[str]:
    said = ["Fields that projects set are set first; then the scales of all chosen projects multiply."]
    if by_times:
        said.append("Lead times rest on approximate queues, so the best choice is the best by that reckoning.")
    if any(p.measure.name == "cost_of_quality" for p in solver.goal.parts):
        lacking = Look(solver.combination.chain).unpriced
        said += (
            [f"The cost of quality is without figures that are not given: {'; '.join(lacking[:3])}."] if lacking else []
        )
    broken = solver.last.broken
    if broken:
        first = min(broken, key=len)
        said.append(
            f"{len(broken)} combinations that were looked at make no chain and are not chosen, for instance "
            f"{' with '.join(_names(solver.combination.plan, first))}: {broken[first]}"
        )
    return said
