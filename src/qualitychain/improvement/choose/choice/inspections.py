"""Where to inspect, and how strictly, under a budget: the choice of projects that each put one inspection in place."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from qualitychain.analysis.base.compile import expect_chain
from qualitychain.analysis.base.study import Study
from qualitychain.errors import AnalysisError, ChainError, Fault
from qualitychain.improvement.choose.choice.frontier import amount, budgets_of
from qualitychain.improvement.choose.choice.improve import result_fields
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.improvement.choose.options.objectives import Goal, Objective, goal_of
from qualitychain.improvement.choose.options.payback import PLACE
from qualitychain.improvement.choose.options.projects import Project, programme
from qualitychain.improvement.choose.search.branch_and_bound import Search
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.problem import Problem
from qualitychain.improvement.choose.search.solver import Progress, Solver
from qualitychain.improvement.choose.specs import INSPECTIONS
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.unknown import refusal, with_unknown_as
from qualitychain.model.records.handoff import Inspection
from qualitychain.model.values.fields import echo
from qualitychain.model.values.record import build
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.reason import Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Option = Inspection | Mapping[str, Any] | tuple[Inspection | Mapping[str, Any], float]


@dataclass(frozen=True, kw_only=True)
class Placement(Improvement):
    """The best inspections under a budget: an ``Improvement`` whose projects are inspections.

    Attributes
    ----------
    inspections : DataFrame, index ``handoff``
        The chosen ones: ``project``, ``detect``, ``false_alarm``, ``on_reject``, ``by``, ``fixed_cost``, ``inspected``
        (units inspected in the time that the budget is for), ``cost`` (fixed, and per unit inspected).
    """

    inspections: pd.DataFrame

    def described(self) -> tuple[TableSpec, ...]:
        """Its tables: those of a choice, and the inspections."""
        return (*super().described(), INSPECTIONS)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The frontier where budgets were asked for; else what each inspection would bring alone.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        if self.budgets:
            return super().plot(ax)
        from qualitychain.plot.charts.alternatives import alternatives

        return alternatives(
            [str(name) for name in self.table.index],
            self.table["gain_alone"].to_numpy(),
            self.table["chosen"].tolist(),
            rate=self.is_share,
            ax=ax,
            xlabel=f"gain alone: {self.objective}",
            title=f"Where to inspect: {self.chain.name}",
        )


@dataclass(frozen=True)
class Candidate:
    """An inspection that may be put in place."""

    handoff: str
    inspection: Inspection
    fixed: float
    """Cost that does not depend on what is inspected."""


def where_to_inspect(
    chain: Chain,
    candidates: Mapping[str, Option | Sequence[Option]],
    *,
    budget: float,
    objective: Objective = "accepted_defect_rate",
    customer: str | None = None,
    units: float | None = None,
    budgets: Sequence[float] | None = (),
    time_limit: float = 60.0,
    progress: Progress | None = None,
    unknown_as: float | None = None,
) -> Placement:
    """Where to inspect, and how strictly, under a budget: the best set, with proof or with its gap.

    Parameters
    ----------
    chain : Chain
    candidates : mapping of handoff names to options
        For each handoff one inspection, or several of which at most one is chosen. An option is an ``Inspection`` (or
        a mapping of its fields), or a pair of it and a fixed cost. Its own ``cost`` is the cost per unit inspected. It
        replaces the inspection that the handoff has, if any.
    budget : float
        What fixed costs and costs per unit inspected may come to, all candidates together. What inspections that stay
        as they are cost is not counted.
    objective, customer, budgets, time_limit, progress
        As in ``improve``; there is no frontier unless ``budgets`` asks for one.
    units : float, optional
        Units started in the time that the budget is for; by default those of one time unit of the chain.
    unknown_as : float, optional
        Rate to take for every handoff that states none; without it such a chain is refused.

    Returns
    -------
    Placement

    Raises
    ------
    ChainError
        When a handoff is unknown (near misses are named), or an inspection does not fit the chain.
    AnalysisError
        When no inspection can be afforded, or the chain cannot be solved.
    ValueError
        When an argument is out of its range or unknown.

    Notes
    -----
    What is inspected depends on what else is inspected (rework comes back, scrap does not), so costs per unit are
    computed with each choice.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S", rate=10)], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.05)])
    >>> best = where_to_inspect(chain, {
    ...     "S -> D": qc.Inspection(0.9, on_reject="scrap", cost=0.5),
    ...     "D -> K": [qc.Inspection(0.7, on_reject="repair", cost=1), qc.Inspection(0.95, on_reject="repair", cost=2)],
    ... }, budget=12)
    >>> best.inspections[["detect", "inspected", "cost"]].round(3).to_dict("index")
    {'D -> K': {'detect': 0.7, 'inspected': 10.0, 'cost': 10.0}}
    """
    expect_chain(chain)
    chain = with_unknown_as(chain, unknown_as)
    amount("budget", budget)
    amount("time_limit", time_limit)
    if units is not None:
        amount("units", units)
    wanted = () if budgets is None else tuple(budgets_of(budgets))
    goal = goal_of(chain, objective, customer)
    return Study(chain).ask(
        placement_of,
        candidates=tuple(_listed(chain, candidates)),
        budget=float(budget),
        goal=goal,
        units=units,
        budgets=wanted,
        time_limit=time_limit,
        progress=progress,
    )


def placement_of(
    study: Study,
    *,
    candidates: tuple[Candidate, ...],
    budget: float,
    goal: Goal,
    units: float | None = None,
    budgets: tuple[float, ...] = (),
    time_limit: float = 60.0,
    progress: Progress | None = None,
) -> Placement:
    """The question: where to inspect in a study's chain, among candidates that fit it."""
    if study.lacking:
        raise AnalysisError(refusal(study.lacking))
    begin, chain, listed = time.monotonic(), study.chain, candidates
    plan = programme([_project(c, listed) for c in listed])
    combination = Combination(chain, plan)
    now = study.of(combination.chain)
    goal.needs(now)
    started = now.compiled.release_rate if units is None else float(units)

    def spend(chosen: frozenset[int], seen: Study) -> float:
        return math.fsum(_cost(listed[p], _inspected(seen, listed[p].handoff, started)) for p in chosen)

    alone = [_alone(now, combination, listed[p], p, started) for p in range(len(listed))]
    cheapest = min(range(len(listed)), key=lambda p: alone[p])
    if 0 < budget < alone[cheapest]:  # a budget of 0 asks for the empty choice
        raise AnalysisError(
            f"the budget of {budget:g} is below the cheapest inspection, that of '{listed[cheapest].handoff}', "
            f"which costs {alone[cheapest]:g}; raise the budget"
        )
    solver = Solver(combination, goal, begin, time_limit, progress, now=now, spend=spend)
    solver.costs = _least_costs(solver, listed, started, budget)
    fields = result_fields(solver, budget, list(budgets), alone, time_limit)
    fields["missing"][PLACE] = Why(Reason.NOT_APPLICABLE, "what inspections cost is spent again and again")
    if progress is not None:
        progress(100, 100)
    return Placement(**fields, inspections=_chosen(solver, fields["chosen"], listed, started))


def _listed(chain: Chain, candidates: Mapping[str, Option | Sequence[Option]]) -> list[Candidate]:
    if not isinstance(cast("object", candidates), Mapping) or not candidates:
        raise ValueError(f"candidates must map handoffs to inspections, got {echo(candidates)}")
    names = [h.full_name for h in chain.handoffs]
    listed: list[Candidate] = []
    faults: list[Fault] = []
    for handoff, given in candidates.items():
        if handoff not in names:
            message = f"candidates: {echo(handoff)} is not a handoff of the chain{did_you_mean(handoff, names)}"
            faults.append(Fault("QC021", ("candidates",), message))
            continue
        for option in _options(given):
            one, fixed = option if isinstance(option, tuple) else (option, 0.0)
            try:
                made = build(Inspection, one)
                amount("the fixed cost", fixed)
            except ChainError as error:
                faults += [
                    dataclasses.replace(
                        f, path=("candidates", handoff, *f.path), message=f"candidate '{handoff}': {f.message}"
                    )
                    for f in error.faults
                ]
            except ValueError as error:
                faults.append(Fault("QC012", ("candidates", handoff), f"candidate '{handoff}': {error}"))
            else:
                listed.append(Candidate(handoff, made, float(fixed)))
    if faults:
        raise ChainError(faults)
    if not listed:
        raise ValueError("there is no inspection to choose from; give at least one")
    return listed


def _options(given: Any) -> Iterable[Any]:
    if isinstance(given, Inspection | Mapping):
        return [given]
    if isinstance(given, tuple) and len(given) == 2 and not isinstance(given[1], Inspection | Mapping | tuple):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, str):
        return list(given)
    return [given]


def _project(candidate: Candidate, listed: Sequence[Candidate]) -> Project:
    same = [c for c in listed if c.handoff == candidate.handoff]
    check = candidate.inspection
    # a name may be as long as a handoff's, so the label goes where there is room
    label = f"{candidate.handoff[:150]}: detect {check.detect:g}"
    alike = [c for c in same if f"{c.inspection.detect:g}" == f"{check.detect:g}"]
    if len(alike) > 1 and len({c.inspection.on_reject for c in alike}) > 1:
        label += f" with {check.on_reject}"
        alike = [c for c in alike if c.inspection.on_reject == check.on_reject]
    if len(alike) > 1:
        label += f" ({next(i for i, c in enumerate(same, 1) if c is candidate)})"
    return Project(
        label,
        cost=candidate.fixed,
        changes={candidate.handoff: {"inspection": candidate.inspection}},
        group=(candidate.handoff,),
    )


def _inspected(study: Study, handoff: str, started: float) -> float:
    """Units inspected at a handoff when so many are started."""
    compiled, solution = study.compiled, study.solution
    place = compiled.names.index(handoff)
    flow = compiled.flow_rows.tolist()
    if place in flow:
        return started * float(solution.tally.tried[flow.index(place)])
    row = compiled.pulled_rows.tolist().index(place)
    return started * float(solution.requests.uses[row] * solution.draws[row])


def _cost(candidate: Candidate, inspected: float) -> float:
    return candidate.fixed + (candidate.inspection.cost or 0.0) * inspected


def _alone(now: Study, combination: Combination, candidate: Candidate, place: int, started: float) -> float:
    try:
        return _cost(candidate, _inspected(now.of(combination.chain_with([place])), candidate.handoff, started))
    except AnalysisError:
        return math.inf


def _least_costs(solver: Solver, listed: Sequence[Candidate], started: float, budget: float) -> list[float]:
    """What each inspection costs at least, whatever else is chosen."""
    least = [c.fixed for c in listed]
    probe = Problem(solver.combination, solver.now, solver.goal, budget, deadline=math.inf, costs=least)
    search = Search(probe)
    model = None if search.wide else search.model(frozenset())
    if model is None:
        return least
    visits = model.least_visits(frozenset(range(len(listed))))
    compiled = solver.now.compiled
    rows = {compiled.names[i]: row for row, i in enumerate(compiled.flow_rows)}
    for p, candidate in enumerate(listed):
        row = rows.get(candidate.handoff)
        if row is not None:
            flow = compiled.network.flow
            tried = visits.get(int(flow.giver[row]), 0.0) * float(flow.share[row])
            least[p] = _cost(candidate, started * tried * (1 - 1e-9))
    return least


def _chosen(solver: Solver, names: Sequence[str], listed: Sequence[Candidate], started: float) -> pd.DataFrame:
    import pandas as pd

    chosen = [p for p, project in enumerate(solver.combination.plan.projects) if project.name in names]
    study = solver.now.of(solver.combination.chain_with(chosen))
    rows = []
    for p in chosen:
        check, inspected = listed[p].inspection, _inspected(study, listed[p].handoff, started)
        rows.append(
            {
                "project": solver.combination.plan.projects[p].name,
                "detect": check.detect,
                "false_alarm": check.false_alarm,
                "on_reject": check.on_reject,
                "by": check.by,
                "fixed_cost": listed[p].fixed,
                "inspected": inspected,
                "cost": _cost(listed[p], inspected),
            }
        )
    columns = [column.name for column in INSPECTIONS.columns]
    return pd.DataFrame(rows, columns=columns, index=pd.Index([listed[p].handoff for p in chosen], name="handoff"))


__all__ = ["Candidate", "Placement", "placement_of", "where_to_inspect"]
