"""What a set of projects makes of a chain: fields that are set first, then the scales of all projects multiplied.

So the order in which projects are named never matters. A field is a *figure*; two projects that set one figure cannot
both be chosen, and are refused unless a group keeps them apart.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any, cast

from qualitychain.analysis.evaluation import changed
from qualitychain.errors import ChainError, Fault
from qualitychain.improvement.projects import Programme
from qualitychain.model.chain import Chain
from qualitychain.model.change import TIME_FIELDS, Scale
from qualitychain.model.handoff import RATE_FIELDS, Handoff, defect_rate_of
from qualitychain.model.times import scaled_time

_LISTS = ("suppliers", "departments", "customers", "handoffs")
_NESTED = ("inspection", "sample", "sla", "nps")
_RATE = frozenset({*RATE_FIELDS, "opportunities"})


@dataclasses.dataclass(frozen=True)
class Step:
    """One field that one project changes: set to ``value``, or multiplied by ``factor``."""

    project: int
    target: str
    path: tuple[str, ...]
    value: Any = None
    factor: float | None = None

    @property
    def sets(self) -> bool:
        """Whether it sets, rather than scales."""
        return self.factor is None

    @property
    def figure(self) -> tuple[str, ...]:
        """What it changes: the ways to state a defect rate are one figure."""
        return ("defect_rate",) if self.path[0] in _RATE and self.target_is_handoff else self.path

    target_is_handoff: bool = False


class Combination:
    """A chain, and what every set of projects makes of it."""

    def __init__(self, chain: Chain, plan: Programme) -> None:
        """Check every project on its own (after what it requires), and every two against each other.

        Raises
        ------
        ChainError
            When a project breaks the chain (naming the project), or two set one field without sharing a group.
        """
        self.chain, self.plan = chain, plan
        self.steps: list[tuple[Step, ...]] = [()] * len(plan)
        faults: list[Fault] = []
        for p in plan.order:
            try:
                self.steps[p] = self._steps_of(p)
            except ChainError as error:
                faults.extend(_named(f, (p,), plan) for f in error.faults)
        if faults:
            raise ChainError(faults)
        clashes = self._clashes()
        if clashes:
            raise ChainError(clashes)

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
        return _records(self.chain)

    def _steps_of(self, p: int) -> tuple[Step, ...]:
        """The steps of a project, with values as the chain keeps them, once it is known to be valid."""
        before = self.chain_with(self.plan.requires[p])
        changes = self.plan.projects[p].changes
        after = changed(before, changes)
        places = {name: (key, i) for key in _LISTS for i, name in enumerate(map(_name, getattr(before, key)))}
        found: list[Step] = []
        for target, fields in changes.items():
            key, place = places[target]
            old, new = getattr(before, key)[place], getattr(after, key)[place]
            for field, given in fields.items():
                inside = field in _NESTED and isinstance(given, Mapping) and getattr(old, field) is not None
                parts = [((field, k), v) for k, v in given.items()] if inside else [((field,), given)]
                for path, value in parts:
                    if isinstance(value, Scale):
                        step = Step(p, target, path, factor=value.factor, target_is_handoff=key == "handoffs")
                    else:
                        kept = _get(new, path)
                        step = Step(p, target, path, value=kept, target_is_handoff=key == "handoffs")
                    found.append(step)
        return tuple(found)

    def _clashes(self) -> list[Fault]:
        faults = []
        by_target: dict[str, set[int]] = {}
        for p, steps in enumerate(self.steps):
            for step in steps:
                by_target.setdefault(step.target, set()).add(p)
        pairs = {pair for sharing in by_target.values() for pair in combinations(sorted(sharing), 2)}
        for a, b in sorted(pairs):
            if b in self.plan.rivals[a]:
                continue
            clash = next((c for one in self.steps[a] for two in self.steps[b] if (c := _clash(one, two))), None)
            if clash is not None:
                names = f"projects '{self.plan.projects[a].name}' and '{self.plan.projects[b].name}'"
                message = f"{names} both {clash}; give them one group, so that at most one is chosen"
                faults.append(Fault("QC035", ("projects", b, "changes"), message))
        return faults


def _clash(one: Step, two: Step) -> str | None:
    """Why two steps cannot both be taken, in words that follow 'both'; None when they can."""
    if one.target != two.target:
        return None
    a, b = one.figure, two.figure
    if a[: len(b)] != b and b[: len(a)] != a:
        return None
    where = f"{'.'.join(one.path if len(one.path) > len(two.path) else two.path)} of '{one.target}'"
    if one.sets and two.sets:
        return f"set {where}"
    if one.sets == two.sets:
        return None
    setter, scaler = (one, two) if one.sets else (two, one)
    if a == ("defect_rate",) and setter.path[0] != scaler.path[0] and scaler.path != ("defect_rate",):
        return f"change the defect rate of '{one.target}', one setting {setter.path[0]}, one scaling {scaler.path[0]}"
    if len(setter.path) < len(scaler.path) and setter.value is None:
        return f"change {where}, which one of them removes"
    if len(setter.path) > len(scaler.path):
        return f"change {where}"
    return None


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
    for path in sorted(factors, key=lambda path: path == ("defect_rate",)):
        # in order of size, so that the product does not depend on the order of the projects
        factor = math.prod(sorted(factors[path]))
        field = path[0]
        if len(path) == 2:
            whole = fields.get(field, getattr(record, field))
            present = nested.get(field, {}).get(path[1], getattr(whole, path[1]))
            nested.setdefault(field, {})[path[1]] = _scaled(path[1], present, factor)
        elif field == "defect_rate" and isinstance(record, Handoff):
            rate = _rate(record, fields, nested)
            for other in _RATE:
                fields.pop(other, None)
            nested.pop("sample", None)
            fields[field] = rate * factor
        else:
            fields[field] = _scaled(field, fields.get(field, getattr(record, field)), factor)
    for field, inside in nested.items():
        whole = fields.get(field)
        # without a whole to put them in, they go into the present one
        fields[field] = inside if whole is None else dataclasses.replace(whole, **inside)
    return fields


def _rate(handoff: Handoff, fields: Mapping[str, Any], nested: Mapping[str, Mapping[str, Any]]) -> float:
    stated = {f: v for f, v in fields.items() if f in _RATE}
    if "sample" in nested:
        sample = stated.get("sample", handoff.sample)
        stated["sample"] = dataclasses.replace(cast("Any", sample), **nested["sample"])
    if any(stated.get(f) is not None for f in RATE_FIELDS):
        kept = dict.fromkeys(_RATE) if "dpo" not in stated else dict.fromkeys(RATE_FIELDS)
        stated = kept | stated
    return defect_rate_of(dataclasses.replace(handoff, **stated))


def _scaled(field: str, present: Any, factor: float) -> Any:
    if field in TIME_FIELDS and present is not None:
        return scaled_time(present, factor)
    return round(present * factor) if isinstance(present, int) else present * factor


def _get(record: Any, path: tuple[str, ...]) -> Any:
    for field in path:
        record = getattr(record, field)
    return record


def _name(record: Any) -> str:
    return str(record.full_name if isinstance(record, Handoff) else record.name)


def _records(chain: Chain) -> dict[str, Any]:
    return {_name(record): record for key in _LISTS for record in getattr(chain, key)}


def _named(fault: Fault, projects: Sequence[int], plan: Programme) -> Fault:
    """A structural fault, said of the projects that bring it about."""
    names = " and ".join(f"'{plan.projects[p].name}'" for p in projects[:6])
    label = f"project {names}" if len(projects) == 1 else f"projects {names} together"
    return Fault(fault.code, ("projects", projects[0], "changes", *fault.path), f"{label}: {fault.message}")


__all__ = ["Combination", "Step"]
