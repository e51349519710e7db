"""Where lengths of time stand in a chain.

Contract for the next author: a field that holds a time is entered in ``_FIELDS``, and is then within reach, in order
and told of in the assumptions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from qualitychain.model.records.requirement import is_time

_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "departments": (("cycle_time",), ("mttr",)),
    "customers": (("promise",), ("tolerance",)),
    "handoffs": (("lead_time",), ("sla", "lead_time"), ("inspection", "time")),
    "requirements": (("at_least",), ("at_most",)),
}


class Place(NamedTuple):
    """A length of time with its place: the record (by list and number), the field of it, and what is written there."""

    key: str
    number: int
    item: Any
    field: tuple[str, ...]
    value: Any

    @property
    def path(self) -> tuple[str | int, ...]:
        """The way to it in the chain's data."""
        return (self.key, self.number, *self.field)

    @property
    def named(self) -> str:
        """How a message names it: ``customer 'Retail': promise``."""
        return f"{_record(self.key, self.item)}: {'.'.join(self.field)}"


def places(records: Mapping[str, Any]) -> Iterator[Place]:
    """Every length of time above zero that a chain states, in the order of its records."""
    for key, fields in _FIELDS.items():
        for index, item in records[key]:
            if key == "requirements" and not is_time(item.measure):
                continue
            for field in fields:
                value = getattr(item, field[0])
                if value is not None and len(field) > 1:
                    value = getattr(value, field[1])
                if value is not None and value != 0:
                    yield Place(key, index, item, field, value)


def _record(key: str, item: Any) -> str:
    if key == "requirements":
        kind, subject = item.subject
        return f"requirement on the {item.measure.replace('_', ' ')} of {kind} '{subject}'"
    return f"{key[:-1]} '{item.full_name if key == 'handoffs' else item.name}'"
