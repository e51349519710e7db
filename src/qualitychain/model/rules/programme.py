"""The rules between projects: names that differ, what requires what, and which exclude each other by their groups.

Contract for the next author: projects are called by their number in the list that is judged; the place of a fault is
the number that comes with each of them, which differs where some could not be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qualitychain.errors import Fault
from qualitychain.model.records.project import Project
from qualitychain.model.values.fields import echo
from qualitychain.near import NearMisses

MOST_PROJECTS = 1000
"""Beyond this many, what they require of each other would take too long to follow."""
_SHOWN = 8


@dataclass(frozen=True)
class Ties:
    """What a list of projects requires, and what is wrong with it."""

    projects: tuple[Project, ...]
    order: tuple[int, ...]
    """Project numbers, each after what it requires; without those that require what is not there, or each other."""
    requires: Mapping[int, frozenset[int]]
    """What each project of the order requires, through any number of steps, itself left out."""
    faults: tuple[Fault, ...]

    def apart(self, one: int, two: int) -> bool:
        """Whether two projects cannot both be chosen, because they or what they require share a group."""
        if not set(self.projects[one].group).isdisjoint(self.projects[two].group):
            return True
        mine, theirs = self.requires[one] | {one}, self.requires[two] | {two}
        members: dict[str, set[int]] = defaultdict(set)
        for p in mine:
            for group in self.projects[p].group:
                members[group].add(p)
        return any(members.get(group, {p}) != {p} for p in theirs for group in self.projects[p].group)


def ties(listed: Sequence[tuple[int, Project]], *, lost: frozenset[str] | None = frozenset()) -> Ties:
    """What projects require of each other, with every fault of it.

    Parameters
    ----------
    listed : sequence of (int, Project)
        Each project with its place in the data.
    lost : frozenset of str, optional
        Names of projects that are there but could not be read; None where some name could not be read either. What
        requires such a one is left out of the order without a fault.

    Examples
    --------
    >>> first = Project("First", cost=1, changes={"A": {"servers": 2}})
    >>> then = Project("Then", cost=1, changes={"A": {"servers": 3}}, requires="First")
    >>> ties([(0, then), (1, first)]).order
    (1, 0)
    """
    projects = tuple(project for _, project in listed)
    places = [place for place, _ in listed]
    if len(projects) > MOST_PROJECTS:
        message = f"projects: there are {len(projects):,}, more than {MOST_PROJECTS:,}; leave out what is not a choice"
        return Ties(projects, (), {}, (Fault("QC035", ("projects",), message),))
    number: dict[str, int] = {}
    faults: list[Fault] = []
    for p, project in enumerate(projects):
        if number.setdefault(project.name, p) != p:
            message = f"two projects have the name '{project.name}'; names must differ"
            faults.append(Fault("QC035", ("projects", places[p], "name"), message))
    near = NearMisses(number)
    direct: dict[int, list[int]] = {}
    for p, project in enumerate(projects):
        wrong = list(_wrong(project, places[p], number, lost, near))
        faults += wrong
        if not wrong and all(needed in number for needed in project.requires):
            direct[p] = [number[needed] for needed in project.requires]
    order, circling = _in_order(direct)
    for circle in _circles(circling, direct):
        shown = [*circle[:_SHOWN], circle[0]] if len(circle) <= _SHOWN else circle[:_SHOWN]
        named = " -> ".join(f"'{projects[p].name}'" for p in shown) + (" -> ..." if len(circle) > _SHOWN else "")
        message = f"projects require each other in a circle: {named}; make them one project, or break the circle"
        faults.append(Fault("QC035", ("projects", places[circle[0]], "requires"), message))
    closed: dict[int, frozenset[int]] = {}
    for p in order:
        closed[p] = frozenset(direct[p]).union(*(closed[r] for r in direct[p]))
    faults += _never_possible(projects, places, order, closed)
    return Ties(projects, tuple(order), closed, tuple(faults))


def _wrong(
    project: Project, place: int, number: Mapping[str, int], lost: frozenset[str] | None, near: NearMisses
) -> Iterator[Fault]:
    for at, needed in enumerate(project.requires):
        path = ("projects", place, "requires", at)
        if needed == project.name:
            yield Fault("QC035", path, f"project '{project.name}' requires itself; remove that")
        elif needed not in number and lost is not None and needed not in lost:
            message = f"project '{project.name}' requires {echo(needed)}, which is not among the projects"
            yield Fault("QC035", path, message + near(needed))


def _in_order(direct: Mapping[int, Sequence[int]]) -> tuple[list[int], list[int]]:
    """Numbers so that each comes after what it requires; and those that lie on a circle or behind one."""
    missing = {p: set(needed) for p, needed in direct.items()}
    followers: dict[int, list[int]] = defaultdict(list)
    for p, needed in missing.items():
        for r in needed:
            followers[r].append(p)
    ready = [p for p, needed in missing.items() if not needed]
    order: list[int] = []
    while ready:
        order += ready
        freed: list[int] = []
        for p in ready:
            for f in followers[p]:
                missing[f].discard(p)
                freed += [] if missing[f] else [f]
        ready = sorted(freed)
    done = set(order)
    lost = {p for p, needed in direct.items() if any(r not in direct for r in needed)}
    while lost:
        done |= lost
        lost = {f for p in lost for f in followers[p]} - done
    return order, [p for p in direct if p not in done]


def _circles(waiting: Sequence[int], direct: Mapping[int, Sequence[int]]) -> Iterator[list[int]]:
    """Circles among projects each of which requires another of them."""
    among, seen = set(waiting), set[int]()
    for start in waiting:
        path: dict[int, None] = {}
        p = start
        while p not in seen:
            seen.add(p)
            path[p] = None
            p = next(r for r in direct[p] if r in among)
        if p in path:
            steps = list(path)
            yield steps[steps.index(p) :]


def _never_possible(
    projects: Sequence[Project], places: Sequence[int], order: Sequence[int], closed: Mapping[int, frozenset[int]]
) -> Iterator[Fault]:
    """Faults of projects that need two of one group; not of those that only require such a one."""
    never: set[int] = set()
    for p in order:
        if never & closed[p]:
            never.add(p)
            continue
        first: dict[str, int] = {}
        for needed in sorted(closed[p] | {p}):
            shared = [g for g in projects[needed].group if g in first]
            if shared:
                never.add(p)
                one, two = projects[first[min(shared)]].name, projects[needed].name
                message = (
                    f"project '{projects[p].name}' can never be chosen: it needs '{one}' and '{two}' together, "
                    f"which share the group '{min(shared)}'"
                )
                yield Fault("QC035", ("projects", places[p], "requires"), message)
                break
            first.update(dict.fromkeys(projects[needed].group, needed))


__all__ = ["MOST_PROJECTS", "Ties", "ties"]
