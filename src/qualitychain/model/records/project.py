"""An improvement project: what it costs, and what it changes in the chain."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, SkipValidation, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.changeable import NESTED
from qualitychain.model.records.nodes import Note
from qualitychain.model.values.distributions import KINDS
from qualitychain.model.values.fields import Name, NonNegative, echo, name, refuse
from qualitychain.model.values.frozen import FrozenMapping
from qualitychain.model.values.record import field_names, plain, record
from qualitychain.model.values.scale import Scale, read_scale

TEXT_FIELDS = frozenset({"name", "note", "source", "item", "supplier", "customer", "kind", "rework_to"})
"""Fields whose value is any text, so that ``x0.55`` in them is that text."""
_DEEPEST = 8
Fields = FrozenMapping[str, Any]


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, Iterable) or isinstance(given, Mapping | bytes):
        raise refuse("QC010", f"must be a name or a list of names, got {echo(value)}")
    found: dict[str, None] = {}
    faults: list[Fault] = []
    for place, one in enumerate(given):
        try:
            found[name(one)] = None
        except ChainError as error:
            faults.extend(Fault(f.code, (place,), f"[{place}] {f.message}") for f in error.faults)
    if faults:
        raise ChainError(faults)
    return tuple(found)


def _changes(value: object) -> FrozenMapping[str, Fields]:
    """The changes in one form however they were given, so that they can be compared, written and read."""
    if not isinstance(value, Mapping) or not value:
        what = "nothing" if isinstance(value, Mapping) else echo(value)
        raise refuse("QC010", f"must map handoffs, departments, suppliers or customers to changed fields, got {what}")
    kept: dict[str, Fields] = {}
    faults: list[Fault] = []
    for target, fields in value.items():
        try:
            kept[_target(target)] = _fields(target, fields)
        except ChainError as error:
            faults.extend(error.faults)
    if faults:
        raise ChainError(faults)
    return FrozenMapping(kept)


def _target(target: object) -> str:
    try:
        return name(target)
    except ChainError as error:
        path = (target,) if isinstance(target, str) else ()
        message = f"of {echo(target)}: a handoff or node {error.faults[0].message}"
        raise refuse(error.faults[0].code, message, path) from None


def _fields(target: str, fields: object) -> Fields:
    if not isinstance(fields, Mapping) or not fields:
        what = "none" if isinstance(fields, Mapping) else echo(fields)
        raise refuse("QC010", f"of {echo(target)} must map fields to values, got {what}", (target,))
    kept: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, value in fields.items():
        path = (target, field) if isinstance(field, str) else (target,)
        try:
            if not isinstance(field, str):
                raise refuse("QC015", f"the key {echo(field)} is not a text; field names are")
            kept[field] = _kept(field, value, 0)
        except ChainError as error:
            for fault in error.faults:
                where = ".".join(_shown(part) for part in (*path[1:], *fault.path))
                message = f"of {echo(target)}: {where} {fault.message}"
                faults.append(dataclasses.replace(fault, path=path + fault.path, message=message))
    if faults:
        raise ChainError(faults)
    return FrozenMapping(kept)


def _shown(part: object) -> str:
    return echo(part).strip("'\"")


def _kept(field: str, value: Any, depth: int) -> Any:
    """A value in the one form in which it is kept: plain, or a Scale."""
    if value is None or isinstance(value, bool | Scale):
        return value
    if isinstance(value, str):
        scale = None if field in TEXT_FIELDS else read_scale(value)
        return str.__str__(value) if scale is None else scale
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real | Decimal):
        return _number(value)
    if depth >= _DEEPEST:
        raise refuse("QC010", "is nested too deep")
    if isinstance(value, NESTED):
        # all of its fields, so that nothing of the present one shows through
        value = {f: getattr(value, f) for f in field_names(type(value))}
    elif isinstance(value, tuple(KINDS.values())):
        value = plain(value)
    if isinstance(value, Mapping):
        return _kept_mapping(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return tuple(_kept(field, one, depth + 1) for one in value)
    raise refuse("QC010", f"must be a number, a text, a Scale, a mapping of fields or nothing, got {echo(value)}")


def _number(value: Any) -> float:
    try:
        result = float(value)
    except (OverflowError, ValueError):
        result = math.nan
    if not math.isfinite(result):
        raise refuse("QC011", f"must be a finite number, got {echo(value)}")
    return result + 0.0


def _kept_mapping(value: Mapping[Any, Any], depth: int) -> Fields:
    kept: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, inner in value.items():
        if not isinstance(field, str):
            faults.append(Fault("QC015", (), f"the key {echo(field)} is not a text; field names are"))
            continue
        try:
            kept[field] = _kept(field, inner, depth + 1)
        except ChainError as error:
            faults.extend(dataclasses.replace(f, path=(field, *f.path)) for f in error.faults)
    if faults:
        raise ChainError(faults)
    return FrozenMapping(kept)


_NAME = {"type": "string", "minLength": 1, "maxLength": 200}
_NAMES = {"anyOf": [_NAME, {"type": "array", "items": _NAME}]}
_CHANGES = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": _NAME,
    "additionalProperties": {"type": "object", "minProperties": 1},
}
Names = Annotated[tuple[str, ...], BeforeValidator(_names), WithJsonSchema(_NAMES)]


@record
class Project:
    """An improvement that may be chosen: its cost, and what it changes in the chain.

    Examples
    --------
    >>> training = Project("Train buyers", cost=8, changes={"Purchasing -> Production": {"defect_rate": "x0.55"}})
    >>> training.changes["Purchasing -> Production"]["defect_rate"]
    Scale(factor=0.55)
    >>> Project("Wish", cost=-1, changes={"A -> B": {"share": 1}})
    Traceback (most recent call last):
    ...
    qualitychain.errors.ChainError: QC012 project 'Wish': cost must be 0 or more and at most 1e15, got -1
    """

    _title: ClassVar[str] = "project"
    name: Name
    """Name, unique among the projects."""
    _: KW_ONLY
    cost: NonNegative
    """What it costs, in the unit of the budget."""
    changes: Annotated[
        Mapping[str, Mapping[str, Any]], SkipValidation(), BeforeValidator(_changes), WithJsonSchema(_CHANGES)
    ]
    """For each handoff or node by name: fields to set (`0.02`) or to multiply (`x0.55`; in Python also a Scale)."""
    group: Names = ()
    """Name (or names) of a group of projects of which at most one is chosen."""
    requires: Names = ()
    """Names of the projects without which it cannot be chosen."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where cost and effect come from."""


__all__ = ["TEXT_FIELDS", "Project"]
