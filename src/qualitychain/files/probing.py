"""What a field of the model accepts, found out by asking its own check.

The range of a number is written down once, in the check of its field; here it is searched by bisection, so that the
published schema cannot say something else.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from pydantic import BeforeValidator

from qualitychain.errors import ChainError
from qualitychain.model.values.record import build

_FAR = 1e300
_USUAL = (0.0, 1.0, 1e15, -1.0)
_INSIDE = (0.5, 1.0, 0.0, 2, 1, 0, 10.0)


def accepts(kind: Any, field: str, value: object) -> bool:
    """Whether the check of a record's field lets a value pass."""
    for item in kind.__pydantic_fields__[field].metadata:
        if isinstance(item, BeforeValidator):
            try:
                item.func(value)  # type: ignore[call-arg]  # ours take the value alone
            except ChainError:
                return False
    return True


def bounds(kind: Any, field: str) -> dict[str, float]:
    """The range of a numeric field in the words of JSON Schema."""
    inside = next((x for x in _INSIDE if accepts(kind, field, x)), None)
    if inside is None:
        return {}
    if not accepts(kind, field, 0.5) and isinstance(inside, int):
        return {"minimum": next(x for x in range(-1, 1000) if accepts(kind, field, x))}
    found: dict[str, float] = {}
    for far, inclusive, exclusive in (
        (-_FAR, "minimum", "exclusiveMinimum"),
        (_FAR, "maximum", "exclusiveMaximum"),
    ):
        if accepts(kind, field, far):
            continue
        last, beyond = _round_edge(kind, field, far) or _edge(kind, field, float(inside), far)
        simple = len(repr(last)) <= len(repr(beyond))
        edge = last if simple else beyond
        found[inclusive if simple else exclusive] = int(edge) if edge == int(edge) else edge
    return found


def _round_edge(kind: Any, field: str, far: float) -> tuple[float, float] | None:
    """The same as ``_edge``, where the range ends at a usual number."""
    for end in _USUAL:
        outside, within = math.nextafter(end, far), math.nextafter(end, -far)
        if accepts(kind, field, end):
            if not accepts(kind, field, outside):
                return end, outside
        elif accepts(kind, field, within):
            return within, end
    return None


def _edge(kind: Any, field: str, good: float, bad: float) -> tuple[float, float]:
    """The last accepted and the first refused number between two, which are neighbours."""
    while True:
        middle = good / 2 + bad / 2
        if middle in (good, bad):
            return good, bad
        if accepts(kind, field, middle):
            good = middle
        else:
            bad = middle


def ways(kind: Any, value: object = 0.1) -> list[tuple[str, ...]]:
    """The sets of fields by which a record of optional fields can be stated, each with the same value."""
    names = list(kind.__pydantic_fields__)
    found: list[tuple[str, ...]] = []
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            try:
                build(kind, dict.fromkeys(chosen, value))
            except ChainError:
                continue
            found.append(chosen)
    return found
