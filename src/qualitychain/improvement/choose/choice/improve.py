"""Which improvement projects to choose under a budget: the best set, with proof, or with a bound of what is missed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.compile import expect_chain
from qualitychain.analysis.base.study import Study
from qualitychain.errors import AnalysisError
from qualitychain.improvement.choose.choice.each_project import each_project
from qualitychain.improvement.choose.choice.frontier import amount, budgets_of, frontier_of, usual_budgets
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.improvement.choose.options.evaluate import promises_of, timed, unpriced_of
from qualitychain.improvement.choose.options.objectives import Objective, Part, goal_of
from qualitychain.improvement.choose.options.payback import payback_of
from qualitychain.improvement.choose.options.projects import Programme, Project, programme
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.solver import Progress, Solver, names_of
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.unknown import refusal, with_unknown_as
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd


def improve(
    chain: Chain,
    projects: Sequence[Project] | None = None,
    *,
    budget: float | None = None,
    objective: Objective = "accepted_defect_rate",
    customer: str | None = None,
    budgets: Sequence[float] | None = None,
    time_limit: float = 60.0,
    progress: Progress | None = None,
    unknown_as: float | None = None,
) -> Improvement:
    """The projects to choose under a budget: the best set, with proof or with a bound of what might be missed.

    Parameters
    ----------
    chain : Chain
    projects : sequence of Project, optional
        What may be done; by default the projects of the chain. Fields that projects set are set first; then the scales
        of all chosen projects multiply.
    budget : float, optional
        What may be spent, in the unit of the costs; by default the budget of the chain, or where it gives none what all
        projects cost together.
    objective : str or mapping of str to float
        ``defect_rate``, ``accepted_defect_rate``, ``sigma_level``, ``conforming_deliveries`` (per time unit),
        ``revenue_at_risk`` (per period), ``satisfied`` (units per period where customers give volumes, else per time
        unit), ``cost_of_quality``; or weights of several. In a sum what should grow is subtracted. A key may be a pair
        (name, customer).
    customer : str, optional
        Whose; all customers together by default: rates over all deliveries, amounts added up.
    budgets : sequence of float, optional
        Budgets of the frontier; by default round ones from 0 to twice the budget (or to what all projects cost), and
        the budget itself. An empty list leaves it out. The frontier is searched for when it is first asked for.
    time_limit : float
        Seconds for the choice, and for the frontier; when they are up, the best choice so far is given with its gap.
    progress : callable, optional
        Called with (done, all) while it searches, in hundredths of the time limit.
    unknown_as : float, optional
        Rate to take for every handoff that states none; without it such a chain is refused.

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
    UnknownCustomerError
        When the chain has no such customer; near misses are named.
    ValueError
        When another argument is out of its range or unknown.

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
    return improved(
        Study(with_unknown_as(chain, unknown_as)),
        projects,
        budget=budget,
        objective=objective,
        customer=customer,
        budgets=budgets,
        time_limit=time_limit,
        progress=progress,
    )


def improved(
    study: Study,
    projects: Sequence[Project] | None = None,
    *,
    budget: float | None = None,
    objective: Objective = "accepted_defect_rate",
    customer: str | None = None,
    budgets: Sequence[float] | None = None,
    time_limit: float = 60.0,
    progress: Progress | None = None,
) -> Improvement:
    """The projects to choose in a study's chain; several objectives share what they evaluate."""
    begin, chain = time.monotonic(), study.chain
    if study.lacking:
        raise AnalysisError(refusal(study.lacking))
    if budget is not None:
        amount("budget", budget)
    amount("time_limit", time_limit)
    asked = None if budgets is None else budgets_of(budgets)
    goal = goal_of(chain, objective, customer)
    plan = programme(chain.projects if projects is None else projects)
    spendable = budget_of(chain, plan) if budget is None else float(budget)
    combination = Combination(chain, plan)
    now = study.of(combination.chain)
    goal.needs(now)
    cheapest = min(range(len(plan)), key=lambda p: plan.cost(plan.with_needed(p)))
    least = plan.cost(plan.with_needed(cheapest))
    if 0 < spendable < least:  # a budget of 0 asks for the empty choice
        needed = " with what it requires" if plan.requires[cheapest] else ""
        raise AnalysisError(
            f"the budget of {spendable:g} is below the cheapest project, '{plan.projects[cheapest].name}'{needed}, "
            f"which costs {least:g}; raise the budget"
        )
    solver = Solver(combination, goal, begin, time_limit, progress, now=now)
    wanted = usual_budgets(spendable, plan.cost(range(len(plan)))) if asked is None else asked
    alone = [plan.cost(plan.with_needed(p)) for p in range(len(plan))]
    fields = result_fields(solver, spendable, wanted, alone, time_limit)
    if progress is not None:
        progress(100, 100)
    payback, missing = payback_of(goal, now, fields)
    return Improvement(**fields | {"missing": fields["missing"] | missing}, payback_periods=payback)


def budget_of(chain: Chain, plan: Programme) -> float:
    """What may be spent: the budget of the chain, or what all projects cost."""
    return plan.cost(range(len(plan))) if chain.budget is None else chain.budget


def result_fields(
    solver: Solver, budget: float, wanted: list[float], alone: Sequence[float], time_limit: float
) -> dict[str, Any]:
    """Search, and give the fields of an ``Improvement``.

    ``wanted`` are the budgets of the frontier, and ``alone`` is what each project costs with those it requires.
    """
    combination, goal, plan = solver.combination, solver.goal, solver.combination.plan
    end = solver.begin + time_limit
    # what comes after the search may take what that leaves, and a part of the time in any case
    left = max(0.0, end - time.monotonic())
    main = solver.solve(budget, end - left / 8, tidy=end - left / 16)
    found = main.found
    judged = solver.judged(found)
    each = each_project(solver, alone, found.chosen, found.loss, end)
    missing = dict(each.missing)
    if not judged.optimal and math.isinf(judged.bound):
        words = "this objective has no bound but infinity; more time_limit may settle it"
        missing[Place(column="bound")] = Why(Reason.NOT_APPLICABLE, words)
    by_times = any(_by_times(combination.chain, p) for p in goal.parts)

    def search(budgets: tuple[float, ...]) -> pd.DataFrame:
        return frontier_of(solver, list(budgets), main, budget, time.monotonic() + time_limit)

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
        "measure": goal.measure,
        "budgets": tuple(wanted),
        "search": search,
        "chain": combination.chain_with(found.chosen),
        "exact": not by_times,
        "method": main.method,
        "assumptions": tuple(_assumptions(solver, found.chosen, by_times=by_times)),
        "missing": missing,
        "units": solver.now.units,
    }


def _by_times(chain: Chain, part: Part) -> bool:
    """Whether a part of the goal rests on lead times."""
    them = [c for c in chain.customers if part.customer in (None, c.name)]
    match part.reading.name:
        case "satisfied" | "revenue_at_risk":
            return any(timed(chain, c) for c in them)
        case "cost_of_quality":
            return any(c.late_cost is not None and timed(chain, c) for c in them)
    return part.reading.name == "lead_time"


def _all_timed(chain: Chain, part: Part) -> bool:
    return all(timed(chain, c) for c in chain.customers if part.customer in (None, c.name))


def _assumptions(solver: Solver, chosen: frozenset[int], *, by_times: bool) -> list[str]:
    said = ["Fields that projects set are set first; then the scales of all chosen projects multiply."]
    chain, parts = solver.combination.chain, solver.goal.parts
    if by_times:
        said.append("Lead times rest on approximate queues, so the best choice is the best by that reckoning.")
        said += solver.now.of(solver.combination.chain_with(chosen)).ask(promises_of).remarks
    if any(p.reading.name in ("satisfied", "revenue_at_risk") and not _all_timed(chain, p) for p in parts):
        said.append("Where no promise can be judged, conforming deliveries satisfy.")
    if any(p.reading.name == "cost_of_quality" for p in solver.goal.parts):
        lacking = solver.now.ask(unpriced_of)
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
