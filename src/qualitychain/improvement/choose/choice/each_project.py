"""What each project does on its own, and what would be lost without it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualitychain.improvement.choose.options.projects import Programme
from qualitychain.improvement.choose.search.solver import Solver
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

LATE = Why(Reason.LEFT_OUT, "time was up; more time_limit gives it")
FREE = Why(Reason.NOT_APPLICABLE, "it costs nothing")


@dataclass(frozen=True)
class EachProject:
    """A table by project, and why figures of it do not exist."""

    table: pd.DataFrame
    missing: dict[Place, Why] = field(default_factory=dict)


def each_project(
    solver: Solver, alone: Sequence[float], chosen: frozenset[int], loss: float, deadline: float
) -> EachProject:
    """The table: ``alone`` is what each project costs with those it requires, ``loss`` that of the ``chosen``."""
    import pandas as pd

    plan, goal = solver.combination.plan, solver.goal
    before = solver.last.worth(frozenset())
    missing: dict[Place, Why] = {}

    def loss_of(these: frozenset[int], place: Place) -> float:
        """Loss of a set whatever it costs; NaN where it has none, or time is up."""
        problem = solver.last
        if not problem.seen(these) and problem.late(deadline):
            missing[place] = LATE
            return math.nan
        found = problem.worth(these)
        if these in problem.known.broken:
            missing[place] = Why(Reason.NO_SOLUTION, problem.known.broken[these])
            return math.nan
        return found

    rows = []
    for p, project in enumerate(plan.projects):
        name = project.name
        with_it = loss_of(plan.with_needed(p), Place("table", name, "value_alone"))
        gain = _less(with_it, before)
        without = math.nan
        if p in chosen:
            without = _less(loss, loss_of(_without(plan, chosen, p), Place("table", name, "marginal_value")))
        if not math.isnan(gain) and alone[p] == 0:
            missing[Place("table", name, "gain_per_cost")] = FREE
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


def _without(plan: Programme, chosen: frozenset[int], project: int) -> frozenset[int]:
    return frozenset(q for q in chosen if q != project and project not in plan.requires[q])


def _less(now: float, then: float) -> float:
    """How much less ``now`` is; two that are alike have no difference, also where both are infinite."""
    return 0.0 if now == then else then - now


__all__ = ["EachProject", "each_project"]
