"""A list of projects to choose from, with the rules between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.project import Project
from qualitychain.model.rules.programme import ties
from qualitychain.model.values.fields import echo


@dataclass(frozen=True)
class Programme:
    """Projects by number, with the rules between them."""

    projects: tuple[Project, ...]
    requires: tuple[frozenset[int], ...]
    """What each project requires, through any number of steps, itself left out."""
    rivals: tuple[frozenset[int], ...]
    """What cannot be chosen beside each project: it shares a group with it, or with what it requires."""
    order: tuple[int, ...]
    """Project numbers, each after what it requires."""

    def __len__(self) -> int:
        return len(self.projects)

    def allows(self, chosen: Iterable[int]) -> bool:
        """Whether groups and requirements allow a set of projects."""
        them = frozenset(chosen)
        return all(self.requires[p] <= them and not self.rivals[p] & them for p in them)

    def cost(self, chosen: Iterable[int]) -> float:
        """What they cost together."""
        return math.fsum(self.projects[p].cost for p in chosen)

    def with_needed(self, project: int) -> frozenset[int]:
        """A project and all that it requires."""
        return self.requires[project] | {project}


def programme(projects: Sequence[Project]) -> Programme:
    """The projects with the rules between them.

    Raises
    ------
    ChainError
        With every fault: a name used twice, an unknown or circular requirement, a project that can never be chosen.
    """
    if isinstance(projects, Project | Mapping | str) or not isinstance(projects, Iterable):
        raise ChainError([_fault((), f"projects must be a list of Project, got {echo(projects)}")])
    listed = tuple(projects)
    if not listed:
        raise ChainError([_fault((), "there are no projects to choose from; give at least one")])
    strange = [i for i, p in enumerate(listed) if not isinstance(cast("object", p), Project)]
    if strange:
        raise ChainError([_fault((i,), f"projects[{i}] must be a Project, got {echo(listed[i])}") for i in strange])
    tied = ties(list(enumerate(listed)))
    if tied.faults:
        raise ChainError(tied.faults)
    whole = [tied.requires[p] | {p} for p in range(len(listed))]
    groups = [frozenset(p.group) for p in listed]
    apart = [
        frozenset(q for q, theirs in enumerate(groups) if q != p and theirs & mine) for p, mine in enumerate(groups)
    ]
    against = [frozenset[int]().union(*(apart[one] for one in mine)) for mine in whole]
    rivals = tuple(
        frozenset(q for q, theirs in enumerate(whole) if q != p and theirs & against[p]) for p in range(len(listed))
    )
    return Programme(listed, tuple(tied.requires[p] for p in range(len(listed))), rivals, tied.order)


def _fault(path: tuple[str | int, ...], message: str) -> Fault:
    return Fault("QC035", ("projects", *path), message)


__all__ = ["Programme", "Project", "programme"]
