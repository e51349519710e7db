"""An improvement project: what it costs and what it changes; and the rules that a list of projects must keep."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import combinations
from typing import Annotated, Any, ClassVar, cast

from pydantic import BeforeValidator

from qualitychain.errors import ChainError, Fault
from qualitychain.model.change import Scale
from qualitychain.model.near import did_you_mean
from qualitychain.model.nodes import Note
from qualitychain.model.record import build, record
from qualitychain.model.values import Name, NonNegative, echo, name, refuse

_TEXT_FIELDS = frozenset({"name", "note", "source", "item", "supplier", "customer", "kind", "rework_to"})
"""Fields whose value is any text, so that ``x0.55`` in them is that text."""


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, Iterable) or isinstance(given, Mapping | bytes):
        raise refuse("QC010", f"must be a name or a list of names, got {echo(value)}")
    return tuple(dict.fromkeys(name(one) for one in given))


def _changes(value: object) -> dict[str, dict[str, Any]]:
    """The changes, copied so that nothing done to the caller's mappings reaches the project."""
    if not isinstance(value, Mapping) or not value:
        what = "nothing" if isinstance(value, Mapping) else echo(value)
        raise refuse("QC010", f"must map handoffs, departments, suppliers or customers to changed fields, got {what}")
    copy: dict[str, dict[str, Any]] = {}
    for target, fields_ in value.items():
        if not isinstance(fields_, Mapping) or not fields_:
            what = "none" if isinstance(fields_, Mapping) else echo(fields_)
            raise refuse("QC010", f"of {echo(target)} must map fields to values, got {what}", (str(target),))
        copy[target] = {f: dict(v) if isinstance(v, Mapping) else v for f, v in fields_.items()}
    return copy


@record
class Project:
    """An improvement that may be chosen: its cost, and what it changes in the chain.

    Raises
    ------
    ChainError
        When a field is not what it must be: a negative cost, no changes.

    Examples
    --------
    >>> from qualitychain import Scale
    >>> Project("Train buyers", cost=8, changes={"Purchasing -> Production": {"defect_rate": Scale(0.55)}}).cost
    8.0
    """

    _title: ClassVar[str] = "project"
    name: Name
    """Name, unique among the projects."""
    _: KW_ONLY
    cost: NonNegative
    """What it costs, in the unit of the budget."""
    changes: Annotated[Mapping[str, Mapping[str, Any]], BeforeValidator(_changes)]
    """For each handoff or node by name: fields to set, or to multiply (``Scale``; in files ``x0.55``)."""
    group: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """Name (or names) of a group of projects of which at most one is chosen."""
    requires: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """Names of the projects without which it cannot be chosen."""
    note: Note = None
    """A remark."""


def project_from_dict(data: Mapping[str, Any]) -> Project:
    """A project from plain data, as in a file: a text such as ``x0.55`` multiplies the present value.

    Raises
    ------
    ChainError
        With what is wrong, each ``path`` leading to the value in ``data``.

    Examples
    --------
    >>> project_from_dict({"name": "P", "cost": 1, "changes": {"A -> B": {"defect_rate": "x0.55"}}}).changes
    {'A -> B': {'defect_rate': Scale(factor=0.55)}}
    """
    if isinstance(data, Project):
        return data
    if not isinstance(data, Mapping):
        raise ChainError([Fault("QC010", (), f"project: must be a mapping with its fields, got {echo(data)}")])
    made = dict(data)
    changes = data.get("changes")
    if isinstance(changes, Mapping):
        made["changes"] = {
            target: {f: _read_scale(f, v, (target, f)) for f, v in of.items()} if isinstance(of, Mapping) else of
            for target, of in changes.items()
        }
    project: Project = build(Project, made)
    return project


def _read_scale(field: str, value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {f: _read_scale(f, v, (*path, f)) for f, v in value.items()}
    if field in _TEXT_FIELDS or not isinstance(value, str) or not re.match(r"\s*x\s*[-+.0-9]", value):
        return value
    text = value.strip()[1:].strip()
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor >= 0):
        raise ChainError(
            [
                Fault(
                    "QC012",
                    ("changes", *path),
                    f"{'.'.join(path)}: a scale is x and a number of 0 or more, such as x0.55, got {echo(value)}",
                )
            ]
        )
    return Scale(factor)


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
    number: dict[str, int] = {}
    faults: list[Fault] = []
    for i, project in enumerate(listed):
        if number.setdefault(project.name, i) != i:
            faults.append(_fault((i, "name"), f"two projects have the name '{project.name}'; names must differ"))
    direct = [_required(i, project, number, faults) for i, project in enumerate(listed)]
    if faults:
        raise ChainError(faults)
    order = _in_order(listed, direct)
    closed: list[frozenset[int]] = [frozenset()] * len(listed)
    for p in order:
        closed[p] = frozenset(direct[p]).union(*(closed[r] for r in direct[p]))
    groups = [frozenset(p.group) for p in listed]
    never = _never_possible(listed, order, closed, groups)
    if never:
        raise ChainError(never)
    whole = [closed[p] | {p} for p in range(len(listed))]
    apart = [
        frozenset(q for q, theirs in enumerate(groups) if q != p and theirs & mine) for p, mine in enumerate(groups)
    ]
    against = [frozenset[int]().union(*(apart[one] for one in mine)) for mine in whole]
    rivals = tuple(
        frozenset(q for q, theirs in enumerate(whole) if q != p and theirs & against[p]) for p in range(len(listed))
    )
    return Programme(listed, tuple(closed), rivals, tuple(order))


def _never_possible(
    listed: Sequence[Project],
    order: Sequence[int],
    closed: Sequence[frozenset[int]],
    groups: Sequence[frozenset[str]],
) -> list[Fault]:
    """Faults of projects that need two of one group."""
    faults = []
    for p in order:
        for a, b in combinations(sorted(closed[p] | {p}), 2):
            if groups[a] & groups[b]:
                message = (
                    f"project '{listed[p].name}' can never be chosen: it needs '{listed[a].name}' and "
                    f"'{listed[b].name}' together, which share the group '{min(groups[a] & groups[b])}'"
                )
                faults.append(_fault((p, "requires"), message))
    return faults


def _required(place: int, project: Project, number: Mapping[str, int], faults: list[Fault]) -> list[int]:
    found = []
    for needed in project.requires:
        if needed == project.name:
            faults.append(_fault((place, "requires"), f"project '{project.name}' requires itself; remove that"))
        elif needed not in number:
            message = f"project '{project.name}' requires {echo(needed)}, which is not among the projects"
            faults.append(_fault((place, "requires"), message + did_you_mean(needed, number)))
        else:
            found.append(number[needed])
    return found


def _in_order(projects: Sequence[Project], direct: Sequence[Sequence[int]]) -> list[int]:
    """Numbers so that each comes after what it requires, or the error that names a circle."""
    done: list[int] = []
    waiting = list(range(len(projects)))
    while waiting:
        ready = [p for p in waiting if all(r in done for r in direct[p])]
        if not ready:
            circle = _circle(waiting, direct)
            named = " -> ".join(f"'{projects[p].name}'" for p in [*circle, circle[0]])
            message = f"projects require each other in a circle: {named}; make them one project, or break the circle"
            raise ChainError([_fault((circle[0], "requires"), message)])
        done += ready
        waiting = [p for p in waiting if p not in ready]
    return done


def _circle(waiting: Sequence[int], direct: Sequence[Sequence[int]]) -> list[int]:
    path = [waiting[0]]
    while True:
        following = next(r for r in direct[path[-1]] if r in waiting)
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _fault(path: tuple[str | int, ...], message: str) -> Fault:
    return Fault("QC035", ("projects", *path), message)


__all__ = ["Programme", "Project", "programme", "project_from_dict"]
