"""What becomes of a chain's own projects when the chain is changed: they follow renames, or go with what is removed."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Mapping, Sequence
from typing import Any

from qualitychain.errors import Fault
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.project import Project
from qualitychain.model.rules.parts import Parts
from qualitychain.model.rules.project_rules import projects_fit
from qualitychain.model.rules.project_steps import ends_in
from qualitychain.model.values.frozen import FrozenMapping


def followed_changes(
    changes: Mapping[str, Mapping[str, Any]], follows: Mapping[str, str]
) -> dict[str, Mapping[str, Any]]:
    """Changes with everything called by its new name."""
    return {follows.get(target, target): _followed_fields(fields, follows) for target, fields in changes.items()}


def _followed_fields(fields: Mapping[str, Any], follows: Mapping[str, str]) -> Mapping[str, Any]:
    new = dict(fields)
    for path, end in ends_in(fields):
        if end in follows:
            field = path[0]
            new[field] = follows[end] if len(path) == 1 else FrozenMapping(new[field] | {path[1]: follows[end]})
    return new


def projects_after(
    chain: Chain, data: Mapping[str, Sequence[Any]], follows: Mapping[str, str], gone: Container[str]
) -> tuple[list[Project], list[Fault]]:
    """The projects of a chain after a change of it, and why some were left out that no longer fit.

    ``data``: the nodes and handoffs as they are now; ``follows``: the new names of those that have one; ``gone``: the
    old names of those removed.
    """
    follows = {old: new for old, new in follows.items() if old != new}
    on_removed = {p.name for p in chain.projects if _about(p, gone)}
    out = _needs(chain.projects, on_removed)
    kept = [p for p in chain.projects if p.name not in out]
    if follows:
        kept = [dataclasses.replace(p, changes=followed_changes(p.changes, follows)) for p in kept]
    reasons: list[Fault] = []
    while misfits := _misfits(chain, data, kept):
        reasons += misfits.values()
        out = _needs(kept, set(misfits))
        kept = [p for p in kept if p.name not in out]
    return kept, reasons


def _about(project: Project, gone: Container[str]) -> bool:
    return any(
        target in gone or any(end in gone for _, end in ends_in(fields)) for target, fields in project.changes.items()
    )


def _needs(projects: Sequence[Project], names: set[str]) -> set[str]:
    """These projects, and those that require them through any number of steps."""
    found = set(names)
    while more := {p.name for p in projects if p.name not in found and not found.isdisjoint(p.requires)}:
        found |= more
    return found


def _misfits(chain: Chain, data: Mapping[str, Sequence[Any]], projects: Sequence[Project]) -> dict[str, Fault]:
    parts = Parts(
        suppliers=list(enumerate(data["suppliers"])),
        departments=list(enumerate(data["departments"])),
        customers=list(enumerate(data["customers"])),
        handoffs=list(enumerate(data["handoffs"])),
        requirements=[],
        projects=list(enumerate(projects)),
        clock=chain.clock,
    )
    found: dict[str, Fault] = {}
    for fault in projects_fit(parts):
        place = fault.path[1]
        if isinstance(place, int):
            message = f"{fault.message}; it no longer fits the changed chain and is left out"
            found.setdefault(projects[place].name, Fault("QC044", (), message))
    return found


__all__ = ["followed_changes", "projects_after"]
