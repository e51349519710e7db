"""What each project does on its own, and what would be lost without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from qualitychain.improvement.choose.options.projects import Programme
from qualitychain.improvement.choose.search.solver import Solver

LATE = "time was up; more time_limit gives it"
FREE = "it costs nothing"


@dataclass(frozen=True)
class EachProject:
    """A table by project, and why figures of it do not exist."""

    table: pd.DataFrame
    missing: dict[str, str] = field(default_factory=dict)


def each_project(
    solver: Solver, alone: Sequence[float], chosen: frozenset[int], loss: float, deadline: float
) -> EachProject:
    """The table: ``alone`` is what each project costs with those it requires, ``loss`` that of the ``chosen``."""
    plan, goal = solver.combination.plan, solver.goal
    before = solver.last.worth(frozenset())
    missing: dict[str, str] = {}

    def loss_of(these: frozenset[int], place: str) -> float:
        """Loss of a set whatever it costs; NaN where it has none, or time is up."""
        problem = solver.last
        if not problem.seen(these) and problem.late(deadline):
            missing[place] = LATE
            return math.nan
        found = problem.worth(these)
        if these in problem.known.broken:
            missing[place] = problem.known.broken[these]
            return math.nan
        return found

    rows = []
    for p, project in enumerate(plan.projects):
        place = f"table/{project.name}"
        with_it = loss_of(plan.with_needed(p), f"{place}/value_alone")
        gain = _less(with_it, before)
        without = math.nan
        if p in chosen:
            without = _less(loss, loss_of(_without(plan, chosen, p), f"{place}/marginal_value"))
        if not math.isnan(gain) and alone[p] == 0:
            missing[f"{place}/gain_per_cost"] = FREE
        rows.append(
            {
                "cost": project.cost if solver.last.spend is None else alone[p],
                "chosen": p in chosen,
                "value_alone": goal.loss(with_it),
                "gain_alone": gain,
                "gain_per_cost": gain / alone[p] if alone[p] > 0 else math.nan,
                "marginal_value": without,
            }
        )
    return EachProject(pd.DataFrame(rows, index=pd.Index([p.name for p in plan.projects], name="project")), missing)


def sets_of_each(plan: Programme, chosen: frozenset[int]) -> list[frozenset[int]]:
    """The sets of projects that the table looks at."""
    alone = [plan.with_needed(p) for p in range(len(plan))]
    return alone + [_without(plan, chosen, p) for p in sorted(chosen)]


def _without(plan: Programme, chosen: frozenset[int], project: int) -> frozenset[int]:
    return frozenset(q for q in chosen if q != project and project not in plan.requires[q])


def _less(now: float, then: float) -> float:
    """How much less ``now`` is; two that are alike have no difference, also where both are infinite."""
    return 0.0 if now == then else then - now


__all__ = ["EachProject", "each_project", "sets_of_each"]
