"""The single fields that projects change, and which two of them cannot be changed together."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qualitychain.errors import Fault
from qualitychain.model.records.handoff import FIGURES, Handoff
from qualitychain.model.records.project import Project
from qualitychain.model.values.scale import Scale

NESTED_FIELDS = ("inspection", "sample", "transit_sample", "sla", "nps")
FIGURE_OF = {field: name for name, figure in FIGURES.items() for field in figure.stated_by}
"""The rate that each field helps to state."""
_FREE = "give them one group, so that at most one is chosen"
_TIED = "one requires the other, so let one of them scale it, or make them one project"


@dataclass(frozen=True)
class Step:
    """One field that one project changes: set to ``value``, or multiplied by ``factor``."""

    project: int
    target: str
    path: tuple[str, ...]
    value: Any = None
    factor: float | None = None
    target_is_handoff: bool = False

    @property
    def sets(self) -> bool:
        """Whether it sets, rather than scales."""
        return self.factor is None

    @property
    def figure(self) -> tuple[str, ...]:
        """What it changes: the ways to state a defect rate are one figure."""
        return (FIGURE_OF[self.path[0]],) if self.path[0] in FIGURE_OF and self.target_is_handoff else self.path


def steps_of(project: int, target: str, fields: Mapping[str, Any], old: Any, new: Any) -> Iterator[Step]:
    """The steps of a project on one target, ``old`` without and ``new`` with it; values as ``new`` has them."""
    handoff = isinstance(old, Handoff)
    for field, given in fields.items():
        inside = field in NESTED_FIELDS and isinstance(given, Mapping) and getattr(old, field) is not None
        parts = [((field, k), v) for k, v in given.items()] if inside else [((field,), given)]
        for path, value in parts:
            if isinstance(value, Scale):
                yield Step(project, target, path, factor=value.factor, target_is_handoff=handoff)
            else:
                kept = new
                for part in path:
                    kept = getattr(kept, part)
                yield Step(project, target, path, value=kept, target_is_handoff=handoff)


def clashes(
    steps: Mapping[int, Sequence[Step]],
    apart: Callable[[int, int], bool],
    requires: Callable[[int], Container[int]],
    projects: Sequence[Project],
    places: Sequence[int],
) -> Iterator[Fault]:
    """Faults of projects that change one figure in ways that do not go together, unless they are kept ``apart``.

    Of each project the first other one is told, so that a thousand that set one field are a thousand faults.
    """
    before: dict[str, dict[int, bool]] = {}
    for b in sorted(steps):
        mine: dict[str, bool] = {}
        for step in steps[b]:
            mine[step.target] = mine.get(step.target, False) or step.sets
        # two that only scale go together
        others = {a for t, sets in mine.items() for a, theirs in before.get(t, {}).items() if sets or theirs}
        for a in sorted(others):
            clash = None if apart(a, b) else _first_clash(steps[a], steps[b])
            if clash is not None:
                names = f"projects '{projects[a].name}' and '{projects[b].name}'"
                tied = a in requires(b) or b in requires(a)
                message = f"{names} both {clash}; {_TIED if tied else _FREE}"
                yield Fault("QC035", ("projects", places[b], "changes"), message)
                break
        for target, sets in mine.items():
            before.setdefault(target, {})[b] = sets


def _first_clash(some: Sequence[Step], others: Sequence[Step]) -> str | None:
    return next((c for one in some for two in others if (c := _clash(one, two))), None)


def _clash(one: Step, two: Step) -> str | None:
    """Why two steps cannot both be taken, in words that follow 'both'; None when they can."""
    if one.target != two.target:
        return None
    a, b = one.figure, two.figure
    if a[: len(b)] != b and b[: len(a)] != a:
        return None
    where = f"{'.'.join(one.path if len(one.path) > len(two.path) else two.path)} of '{one.target}'"
    if one.sets and two.sets:
        several = a == ("defect_rate",) and one.path[0] != two.path[0]
        return f"set the defect rate of '{one.target}'" if several else f"set {where}"
    if one.sets == two.sets:
        return None
    setter, scaler = (one, two) if one.sets else (two, one)
    if a == ("defect_rate",):
        # the rate is scaled after whatever states it
        if scaler.path == ("defect_rate",) or setter.path[0] == scaler.path[0]:
            return None
        return f"change the defect rate of '{one.target}', one setting {setter.path[0]}, one scaling {scaler.path[0]}"
    if len(setter.path) < len(scaler.path) and setter.value is None:
        return f"change {where}, which one of them removes"
    return None


__all__ = ["FIGURE_OF", "NESTED_FIELDS", "Step", "clashes", "steps_of"]


_ENDS = ("supplier", "customer", "rework_to")


def ends_in(fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a change names a node that a handoff leads to, with the name."""
    for field, value in fields.items():
        if field in _ENDS and isinstance(value, str):
            yield (field,), value
    inspection = fields.get("inspection")
    if isinstance(inspection, Mapping) and isinstance(inspection.get("rework_to"), str):
        yield ("inspection", "rework_to"), inspection["rework_to"]
