"""What a set of projects makes of a chain: fields that are set first, then the scales of all projects multiplied.

So the order in which projects are named never matters. A field is a *figure*; two projects that set one figure cannot
both be chosen, and are refused unless a group keeps them apart.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from qualitychain.analysis.base.changed import changed
from qualitychain.errors import ChainError, ChainWarning, Fault
from qualitychain.improvement.choose.options.projects import Programme
from qualitychain.model.chain.chain import LISTS, Chain
from qualitychain.model.chain.project_following import followed_changes
from qualitychain.model.records.changeable import TIME_FIELDS, name_of
from qualitychain.model.records.handoff import FIGURES, Figure, Handoff
from qualitychain.model.rules.project_steps import Step, clashes, steps_of
from qualitychain.model.values.fields import echo
from qualitychain.model.values.times import scaled_time
from qualitychain.near import NearMisses

_LISTS = ("suppliers", "departments", "customers", "handoffs")


class Combination:
    """A chain, and what every set of projects makes of it."""

    chain: Chain
    plan: Programme

    def __init__(self, chain: Chain, plan: Programme) -> None:
        """Check every project on its own (after what it requires), and every two against each other.

        Raises
        ------
        ChainError
            When a project breaks the chain (naming the project), or two set one field without sharing a group.
        """
        self.chain, self.plan = without_projects(chain), plan
        self.steps: list[tuple[Step, ...]] = [()] * len(plan)
        faults: list[Fault] = []
        for p in plan.order:
            try:
                self.steps[p] = self._steps_of(p)
            except ChainError as error:
                faults.extend(_named(f, (p,), plan) for f in error.faults)
        if faults:
            raise ChainError(faults)
        steps, rivals, places = dict(enumerate(self.steps)), plan.rivals, range(len(plan))
        wrong = list(clashes(steps, lambda a, b: b in rivals[a], plan.requires.__getitem__, plan.projects, places))
        if wrong:
            raise ChainError(wrong)

    def targets(self, project: int) -> frozenset[str]:
        """Names of the handoffs and nodes that a project changes."""
        return frozenset(s.target for s in self.steps[project])

    def chain_with(self, chosen: Iterable[int]) -> Chain:
        """The chain with a set of projects carried out.

        Raises
        ------
        ChainError
            When together they break the chain, naming them.
        """
        these = sorted(chosen)
        if not these:
            return self.chain
        try:
            return changed(self.chain, self.changes(these))
        except ChainError as error:
            raise ChainError([_named(f, these, self.plan) for f in error.faults]) from None

    def changes(self, chosen: Iterable[int]) -> dict[str, dict[str, Any]]:
        """The changes of several projects as one: final values only."""
        by_target: dict[str, list[Step]] = {}
        for p in chosen:
            for step in self.steps[p]:
                by_target.setdefault(step.target, []).append(step)
        return {target: _final(self._records[target], steps) for target, steps in by_target.items()}

    @cached_property
    def _records(self) -> dict[str, Any]:
        return records(self.chain)

    def _steps_of(self, p: int) -> tuple[Step, ...]:
        """The steps of a project, with values as the chain keeps them, once it is known to be valid."""
        changes = self.plan.projects[p].changes
        lacking = [target for target in changes if target not in self._records]
        if lacking:
            near = NearMisses(self._records)
            said = (f"change: {echo(target)} is not a node or handoff of the chain{near(target)}" for target in lacking)
            raise ChainError([Fault("QC021", (t,), message) for t, message in zip(lacking, said, strict=True)])
        before = self.chain_with(self.plan.requires[p])
        # a project calls things by their names in the chain as it is, also after one that renames them
        now = dict(zip(self._records, records(before), strict=True))
        try:
            after = changed(before, followed_changes(changes, {old: new for old, new in now.items() if old != new}))
        except ChainError as error:
            first = {new: old for old, new in now.items()}
            raise ChainError([_in_first_names(f, first) for f in error.faults]) from None
        olds, news = list(records(before).values()), list(records(after).values())
        place = {target: i for i, target in enumerate(self._records)}
        return tuple(
            step
            for target, fields in changes.items()
            for step in steps_of(p, target, fields, olds[place[target]], news[place[target]])
        )


def _final(record: Any, steps: Sequence[Step]) -> dict[str, Any]:
    """The fields of a record after all steps: what is set first, then the scales, their factors multiplied."""
    fields: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for step in (s for s in steps if s.sets):
        if len(step.path) == 1:
            fields[step.path[0]] = step.value
        else:
            nested.setdefault(step.path[0], {})[step.path[1]] = step.value
    factors: dict[tuple[str, ...], list[float]] = {}
    for step in steps:
        if step.factor is not None:
            factors.setdefault(step.path, []).append(step.factor)
    # the rate itself comes after whatever states it
    for path in sorted(factors, key=lambda path: path[0] in FIGURES and len(path) == 1):
        # in order of size, so that the product does not depend on the order of the projects
        factor = math.prod(sorted(factors[path]))
        field = path[0]
        if len(path) == 2:
            whole = fields.get(field, getattr(record, field))
            present = nested.get(field, {}).get(path[1], getattr(whole, path[1]))
            nested.setdefault(field, {})[path[1]] = _scaled(path[1], present, factor)
        elif field in FIGURES and isinstance(record, Handoff):
            figure = FIGURES[field]
            rate = _rate(record, figure, fields, nested)
            for other in figure.stated_by:
                fields.pop(other, None)
            nested.pop(figure.sample, None)
            fields[field] = rate * factor
        else:
            fields[field] = _scaled(field, fields.get(field, getattr(record, field)), factor)
    for field, inside in nested.items():
        whole = fields.get(field)
        # without a whole to put them in, they go into the present one
        fields[field] = inside if whole is None else dataclasses.replace(whole, **inside)
    return fields


def _rate(
    handoff: Handoff, figure: Figure, fields: Mapping[str, Any], nested: Mapping[str, Mapping[str, Any]]
) -> float:
    stated = {f: v for f, v in fields.items() if f in figure.stated_by}
    if figure.sample in nested:
        sample = stated.get(figure.sample, getattr(handoff, figure.sample))
        stated[figure.sample] = dataclasses.replace(cast("Any", sample), **nested[figure.sample])
    if any(stated.get(f) is not None for f in figure.ways):
        kept = dict.fromkeys(figure.stated_by if "dpo" not in stated else figure.ways)
        stated = kept | stated
    return figure.of(dataclasses.replace(handoff, **stated))


def _scaled(field: str, present: Any, factor: float) -> Any:
    if field in TIME_FIELDS and present is not None:
        return scaled_time(present, factor)
    return round(present * factor) if isinstance(present, int) else present * factor


def records(chain: Chain) -> dict[str, Any]:
    """Every node and handoff by name, in an order that changes keep."""
    return {name_of(record): record for key in _LISTS for record in getattr(chain, key)}


def without_projects(chain: Chain) -> Chain:
    """The chain without its own projects and budget, so that no trial of it judges them again."""
    if not chain.projects and chain.budget is None:
        return chain
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChainWarning)
        return dataclasses.replace(chain, projects=(), budget=None)


def _in_first_names(fault: Fault, first: Mapping[str, str]) -> Fault:
    if not fault.path or fault.path[0] not in first:
        return fault
    return dataclasses.replace(fault, path=(first[str(fault.path[0])], *fault.path[1:]))


def _named(fault: Fault, projects: Sequence[int], plan: Programme) -> Fault:
    """A fault of a changed chain, said of the projects that bring it about."""
    names = " and ".join(f"'{plan.projects[p].name}'" for p in projects[:6])
    label = f"project {names}" if len(projects) == 1 else f"projects {names} together"
    path: tuple[str | int, ...] = ("projects", projects[0], "changes")
    # a place in the changed chain is none in the changes
    if fault.path and (fault.path[0] not in LISTS or fault.path[0] in plan.projects[projects[0]].changes):
        path += fault.path
    return Fault(fault.code, path, f"{label}: {fault.message}")


__all__ = ["Combination", "Step", "records", "without_projects"]
