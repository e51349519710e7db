"""Which improvement projects to choose under a budget: the best set, with proof, or with a bound of what is missed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from qualitychain.analysis.base.compile import expect_chain
from qualitychain.errors import AnalysisError
from qualitychain.improvement.choose.choice.each_project import each_project, sets_of_each
from qualitychain.improvement.choose.choice.frontier import amount, budgets_of, frontier_of, usual_budgets
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.improvement.choose.options.objectives import Look, Objective, Part, goal_of, timed
from qualitychain.improvement.choose.options.payback import payback_of
from qualitychain.improvement.choose.options.projects import Project, programme
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.solver import Progress, Solver, names_of
from qualitychain.model.chain.chain import Chain


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
        Budgets of the frontier; by default round ones from 0 to twice the budget (or to what all projects cost), and
        the budget itself. An empty list leaves it out.
    time_limit : float
        Seconds for all of it; when they are up, the best choice so far is given with its gap.
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
    makes things worse (formulas page, "Improvement choice under budget"). Costs are counted on the same way. Lead times
    are bounded by 0 only, and what is late as if all were on time: there the gap may stay wide.

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
    expect_chain(chain)
    begin = time.monotonic()
    amount("budget", budget)
    amount("time_limit", time_limit)
    asked = None if budgets is None else budgets_of(budgets)
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
    solver = Solver(combination, goal, begin, time_limit, progress, now=look)
    wanted = usual_budgets(float(budget), plan.cost(range(len(plan)))) if asked is None else asked
    alone = [plan.cost(plan.with_needed(p)) for p in range(len(plan))]
    fields = result_fields(solver, float(budget), wanted, alone, begin + time_limit)
    if progress is not None:
        progress(100, 100)
    payback, missing = payback_of(goal, look, fields)
    return Improvement(**fields | {"missing": fields["missing"] | missing}, payback_periods=payback)


def result_fields(
    solver: Solver, budget: float, wanted: list[float], alone: Sequence[float], end: float
) -> dict[str, Any]:
    """Search, and give the fields of an ``Improvement``.

    ``wanted`` are the budgets of the frontier, ``alone`` is what each project costs with those it requires, and ``end``
    is when all must be done.
    """
    combination, goal, plan = solver.combination, solver.goal, solver.combination.plan
    # what comes after the search may take what that leaves, and a part of the time in any case
    left = max(0.0, end - time.monotonic())
    main = solver.solve(budget, end - left / (3 if wanted else 8), tidy=end - left / (6 if wanted else 16))
    later = solver.seconds_for(sets_of_each(plan, main.found.chosen))
    left = max(0.0, end - time.monotonic())
    frontier, main = frontier_of(solver, wanted, main, budget, end - min(later, left / 2))
    found = main.found
    judged = solver.judged(found)
    each = each_project(solver, alone, found.chosen, found.loss, end)
    missing = dict(each.missing)
    if not judged.optimal and math.isinf(judged.bound):
        missing["bound"] = "this objective has no bound but infinity; more time_limit may settle it"
    by_times = any(_by_times(combination.chain, p) for p in goal.parts)
    return {
        "chosen": names_of(plan, found.chosen),
        "value": judged.value,
        "before": goal.loss(solver.last.worth(frozenset())),
        "bound": judged.bound,
        "gap": judged.gap,
        "optimal": judged.optimal,
        "cost": solver.cost(found.chosen),
        "budget": budget,
        "objective": goal.name,
        "better": goal.better,
        "table": each.table,
        "frontier": frontier,
        "chain": combination.chain_with(found.chosen),
        "exact": not by_times,
        "method": main.method,
        "assumptions": tuple(_assumptions(solver, found.chosen, by_times=by_times)),
        "missing": missing,
    }


def _by_times(chain: Chain, part: Part) -> bool:
    """Whether a part of the goal rests on lead times."""
    them = [c for c in chain.customers if part.customer in (None, c.name)]
    match part.measure.name:
        case "satisfied" | "revenue_at_risk":
            return any(timed(chain, c) for c in them)
        case "cost_of_quality":
            return any(c.late_cost is not None and timed(chain, c) for c in them)
    return part.measure.name == "lead_time"


def _all_timed(chain: Chain, part: Part) -> bool:
    return all(timed(chain, c) for c in chain.customers if part.customer in (None, c.name))


def _assumptions(solver: Solver, chosen: frozenset[int], *, by_times: bool) -> list[str]:
    said = ["Fields that projects set are set first; then the scales of all chosen projects multiply."]
    chain, parts = solver.combination.chain, solver.goal.parts
    if by_times:
        said.append("Lead times rest on approximate queues, so the best choice is the best by that reckoning.")
        said += Look(solver.combination.chain_with(chosen)).promises.remarks
    if any(p.measure.name in ("satisfied", "revenue_at_risk") and not _all_timed(chain, p) for p in parts):
        said.append("Where no promise can be judged, conforming deliveries satisfy.")
    if any(p.measure.name == "cost_of_quality" for p in solver.goal.parts):
        lacking = solver.now.unpriced
        said += (
            [f"The cost of quality is without figures that are not given: {'; '.join(lacking[:3])}."] if lacking else []
        )
    broken = {s: why for s, why in solver.last.known.broken.items() if s}
    if broken:
        first = min(broken, key=len)
        said.append(
            f"{len(broken)} combinations that were looked at make no chain and are not chosen, for instance "
            f"{' with '.join(names_of(solver.combination.plan, first))}: {broken[first]}"
        )
    return said
