"""Random improvement projects, and the best choice of them found the long way: every set tried, nothing shared."""

from __future__ import annotations

import math
import random
import warnings
from itertools import combinations
from typing import Any

from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.improvement.choose.options.objectives import goal_of
from qualitychain.improvement.choose.options.projects import programme
from qualitychain.improvement.choose.search.combine import Combination


def some_chain(rng: random.Random, **options: Any) -> qc.Chain:
    """A random chain, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        return qc.Chain.from_dict({"name": "C", **as_floats(random_chain(rng, **options))})


def random_projects(rng: random.Random, chain: qc.Chain, count: int) -> list[qc.Project]:
    """Projects that set and scale rates and inspections, with groups and requirements."""
    projects: list[qc.Project] = []
    taken: set[tuple[str, str]] = set()
    keyed = {(h.supplier, h.item) for h in chain.handoffs if h.common_cause}
    usable = [h for h in chain.handoffs if (h.supplier, h.item) not in keyed]
    for i in range(count):
        changes: dict[str, dict[str, Any]] = {}
        for handoff in rng.sample(usable, min(len(usable), rng.choice([1, 1, 1, 2]))):
            changes[handoff.full_name] = _change(rng, handoff, taken)
        group = rng.choice([None, None, None, "g1", "g2"])
        earlier = [p.name for p in projects if group is None or group not in p.group]
        requires = (rng.choice(earlier),) if earlier and rng.random() < 0.15 else ()
        cost = rng.choice([0, 1, 2, 3, 5, 8])
        project = qc.Project(f"P{i}", cost=cost, changes=changes, group=group, requires=requires)
        try:
            Combination(chain, programme([*projects, project]))
        except qc.ChainError:
            project = qc.Project(f"P{i}", cost=project.cost, changes=project.changes, group=group)
        projects.append(project)
    return projects


def _change(rng: random.Random, handoff: qc.Handoff, taken: set[tuple[str, str]]) -> dict[str, Any]:
    name = handoff.full_name
    kinds = ["scale", "scale"]
    if (name, "rate") not in taken:
        kinds.append("set")
    if handoff.inspection is not None:
        kinds += ["detect", "fix"]
    elif (name, "inspection") not in taken and handoff.per_unit is None:
        kinds.append("inspect")
    match rng.choice(kinds):
        case "set":
            taken.add((name, "rate"))
            return {"defect_rate": rng.choice([0.0, 0.01, 0.05])}
        case "detect":
            return {"inspection": {"detect": qc.Scale(rng.choice([0.8, 0.9]))}}
        case "fix":
            return {"inspection": {"fix": qc.Scale(rng.choice([0.5, 0.9])), "false_alarm": qc.Scale(0.5)}}
        case "inspect":
            taken.add((name, "inspection"))
            how = rng.choice(["rework", "scrap", "repair"])
            return {"inspection": qc.Inspection(0.8, false_alarm=0.02, on_reject=how, fix=0.9)}
    return {"defect_rate": qc.Scale(rng.choice([0.3, 0.5, 0.7, 0.9, 1.2]))}


def carried_out(chain: qc.Chain, projects: list[qc.Project]) -> qc.Chain:
    """The chain with projects carried out one after the other: first all that they set, then all that they scale."""
    for scales in (False, True):
        for project in projects:
            changes = {t: _kept(fields, scales) for t, fields in project.changes.items() if _kept(fields, scales)}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", qc.ChainWarning)
                chain = qc.what_if(chain, changes) if changes else chain
    return chain


def _kept(fields: Any, scales: bool) -> dict[str, Any]:
    """The fields that scale, or those that do not, also inside of records."""
    kept = {}
    for field, value in fields.items():
        if isinstance(value, dict):
            inside = {k: v for k, v in value.items() if isinstance(v, qc.Scale) == scales}
            kept |= {field: inside} if inside else {}
        elif isinstance(value, qc.Scale) == scales:
            kept[field] = value
    return kept


def allowed(projects: list[qc.Project], chosen: tuple[int, ...]) -> bool:
    """Whether groups and requirements allow a set, straight from the words of the rules."""
    names = {projects[i].name for i in chosen}
    groups = [g for i in chosen for g in projects[i].group]
    return len(groups) == len(set(groups)) and all(set(projects[i].requires) <= names for i in chosen)


def best_by_trying_all(
    chain: qc.Chain, projects: list[qc.Project], budget: float, objective: Any, customer: str | None = None
) -> float:
    """The best value of the objective over all sets of projects."""
    goal = goal_of(chain, objective, customer)
    best = math.inf
    for size in range(len(projects) + 1):
        for chosen in combinations(range(len(projects)), size):
            if sum(projects[i].cost for i in chosen) > budget or not allowed(projects, chosen):
                continue
            try:
                value = goal.value(Study(carried_out(chain, [projects[i] for i in chosen])))
            except (qc.ChainError, qc.AnalysisError):
                continue
            if not math.isnan(value):
                best = min(best, goal.loss(value))
    return goal.loss(best)
