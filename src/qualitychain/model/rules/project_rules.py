"""The rules for projects of a chain: what they change is there and can be changed so, and they go together.

A value is judged by the record that it makes, after what the project requires; what a project does to the chain as a
whole (shares, ways to the customers) is judged where projects are chosen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.changeable import changed_record
from qualitychain.model.records.handoff import RATE_FIELDS, Handoff
from qualitychain.model.records.project import Project
from qualitychain.model.rules.parts import Parts
from qualitychain.model.rules.programme import MOST_PROJECTS, Ties, ties
from qualitychain.model.rules.project_steps import Step, clashes, ends_in, steps_of
from qualitychain.model.values.scale import Scale
from qualitychain.near import NearMisses


def projects_fit(parts: Parts) -> Iterator[Fault]:
    """Projects go together, and what they change is there and can be changed so."""
    if not parts.projects:
        return
    tied = ties(parts.projects, lost=parts.lost_projects)
    yield from tied.faults
    if len(tied.projects) <= MOST_PROJECTS:
        yield from _Judge(parts, tied).faults()


class _Judge:
    """Every change of every project, tried on the record that it changes."""

    def __init__(self, parts: Parts, tied: Ties) -> None:
        self.parts, self.tied = parts, tied
        nodes = {node.name: node for _, _, node in parts.nodes()}
        self.records: dict[str, Any] = nodes | {h.full_name: h for _, h in parts.handoffs}
        self.near = NearMisses(self.records)
        new = (fields["name"] for _, p in parts.projects for fields in p.changes.values() if "name" in fields)
        self.nodes = {*nodes, *parts.lost, *(name for name in new if isinstance(name, str))}
        self.near_node = NearMisses(nodes)
        self.rank = {p: i for i, p in enumerate(tied.order)}
        self.changing: dict[str, set[int]] = {}
        for number, project in enumerate(tied.projects):
            for target in project.changes:
                self.changing.setdefault(target, set()).add(number)
        self.made: dict[tuple[frozenset[int], str], Any] = {}
        self.steps: dict[int, list[Step]] = {}

    def faults(self) -> Iterator[Fault]:
        # after what they require, so that what that makes of a record is known
        numbers = dict.fromkeys([*self.tied.order, *range(len(self.tied.projects))])
        found = {number: list(self._of_project(number)) for number in numbers}
        for number in sorted(found):
            yield from found[number]
        places = [place for place, _ in self.parts.projects]
        yield from clashes(self.steps, self.tied.apart, self.tied.requires.__getitem__, self.tied.projects, places)

    def _of_project(self, number: int) -> Iterator[Fault]:
        place, project = self.parts.projects[number]
        for target, fields in project.changes.items():
            path = ("projects", place, "changes", target)
            if target not in self.records:
                yield from self._unknown(project, target, path)
                continue
            yield from self._ends(project, target, fields, path)
            yield from self._values(number, target, fields, path)

    def _unknown(self, project: Project, target: str, path: tuple[Any, ...]) -> Iterator[Fault]:
        # what could not be read may be what is meant
        parts = self.parts
        if parts.all_handoffs and not parts.nameless and target not in parts.lost:
            message = f"project '{project.name}': change: '{target}' is not a node or handoff of the chain"
            yield Fault("QC021", path, message + self.near(target))

    def _ends(self, project: Project, target: str, fields: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[Fault]:
        """A handoff is led to a node that is there."""
        if self.parts.nameless:
            return
        for where, value in ends_in(fields):
            if value not in self.nodes:
                message = f"project '{project.name}': change of '{target}': {'.'.join(where)} '{value}' is not a node"
                yield Fault("QC021", (*path, *where), f"{message} of the chain{self.near_node(value)}")

    def _values(self, number: int, target: str, fields: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[Fault]:
        project, known = self.tied.projects[number], number in self.tied.requires
        old = self._before(number, target) if known else self.records[target]
        if old is None:
            return  # it is told of a project that this one requires
        if not known:
            fields = {f: v for f, v in fields.items() if not _depends(old, f, v)}
        try:
            new = changed_record(old, fields)
        except ChainError as error:
            for fault in error.faults:
                message = f"project '{project.name}': {fault.message}"
                yield dataclasses.replace(fault, path=(*path, *fault.path), message=message)
            return
        if isinstance(new, Handoff) and new.rate_unknown and not old.rate_unknown:
            message = f"project '{project.name}': leaves its defect rate unknown; state one of {', '.join(RATE_FIELDS)}"
            yield Fault("QC025", path, message)
        if known:
            self.steps.setdefault(number, []).extend(steps_of(number, target, fields, old, new))

    def _before(self, number: int, target: str) -> Any:
        """A record after all that a project requires; None where that makes none."""
        needed = self.tied.requires[number] & self.changing[target]
        if (needed, target) not in self.made:
            last = max(needed, key=self.rank.__getitem__, default=number)
            rest = needed - {last}
            # of projects in a row, each goes on from what the one before it made
            later = [last] if (rest, target) in self.made else sorted(needed, key=self.rank.__getitem__)
            record = self.made.get((rest, target), self.records[target])
            self.made[needed, target] = self._carried_out(record, target, later if needed else [])
        return self.made[needed, target]

    def _carried_out(self, record: Any, target: str, projects: Sequence[int]) -> Any:
        try:
            for p in projects if record is not None else ():
                record = changed_record(record, self.tied.projects[p].changes[target])
        except ChainError:
            return None
        return record


def _depends(old: Any, field: str, value: Any) -> bool:
    """Whether a change makes sense or not by what an earlier project brings."""
    if isinstance(value, Mapping):
        return getattr(old, field, value) is None or any(isinstance(v, Scale) for v in value.values())
    return isinstance(value, Scale) and hasattr(old, field)


__all__ = ["projects_fit"]
