"""What a change makes of one record: fields set, scaled, or changed inside a nested record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.handoff import FIGURES, Handoff, Inspection, Sample, Sla
from qualitychain.model.records.nodes import Nps
from qualitychain.model.values.fields import echo
from qualitychain.model.values.record import field_names
from qualitychain.model.values.scale import Scale
from qualitychain.model.values.times import scaled_time
from qualitychain.near import did_you_mean

NESTED = (Inspection, Sample, Sla, Nps)
"""Records inside records, whose fields a change may name one by one."""
TIME_FIELDS = frozenset({"cycle_time", "lead_time", "promise", "tolerance", "mttr", "time"})
"""Fields that hold a length of time, which scales whatever way it is written."""


def name_of(record: Any) -> str:
    """The name by which a change calls a node or handoff."""
    return str(record.full_name if isinstance(record, Handoff) else record.name)


def changed_record(old: Any, fields: Any) -> Any:
    """A node or handoff with some fields changed.

    Raises
    ------
    ChainError
        With every fault, each ``path`` leading to the value in ``fields``.

    Examples
    --------
    >>> changed_record(Handoff("A", "B", sample=Sample(n=100, defects=4)), {"defect_rate": Scale(0.5)}).defect_rate
    0.02
    """
    where = f"change of '{name_of(old)}'"
    if not isinstance(fields, Mapping):
        raise ChainError([Fault("QC010", (), f"{where}: must be a mapping of fields to values, got {echo(fields)}")])
    new: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, value in fields.items():
        try:
            new[field] = _value(old, field, value, where, (field,))
        except ChainError as error:
            faults.extend(error.faults)
    if faults:
        raise ChainError(faults)
    for figure in FIGURES.values() if isinstance(old, Handoff) else ():
        stated = [f for f in figure.ways if new.get(f) is not None]
        if stated:
            for other in figure.stated_by:
                new.setdefault(other, None)
        if "dpo" in stated and new["opportunities"] is None:
            new["opportunities"] = old.opportunities
    return dataclasses.replace(old, **new)


def _value(old: Any, field: Any, value: Any, where: str, path: tuple[Any, ...]) -> Any:
    known = field_names(type(old))
    if field not in known:
        message = f"{where}: {echo(field)} is not a field of it{did_you_mean(field, known)}"
        raise ChainError([Fault("QC015", path, message)])
    present = getattr(old, field)
    if isinstance(value, Scale) and field in TIME_FIELDS and present is not None:
        return scaled_time(present, value.factor)
    if isinstance(value, Scale) and field == "defect_rate" and isinstance(old, Handoff) and old.rate_unknown:
        return None  # a part of what is not known is not known
    if isinstance(value, Scale):
        rate = FIGURES[field].of(old) if field in FIGURES and isinstance(old, Handoff) else present
        return _scaled(rate, value, f"{where}: {field}", path)
    if isinstance(value, Mapping) and dataclasses.is_dataclass(present) and type(present) in NESTED:
        return _inside(present, value, f"{where}: {field}", path)
    return value


def _inside(present: Any, fields: Mapping[Any, Any], where: str, path: tuple[Any, ...]) -> dict[str, Any]:
    """The fields of a nested record; left as a mapping, so that its faults are told with the record's name."""
    faults: list[Fault] = []
    new = {f: getattr(present, f) for f in field_names(type(present))}
    for field, value in fields.items():
        try:
            new[field] = _value(present, field, value, where, (*path, field))
        except ChainError as error:
            faults.extend(error.faults)
    if faults:
        raise ChainError(faults)
    return new


def _scaled(present: Any, scale: Scale, where: str, path: tuple[Any, ...]) -> Any:
    if isinstance(present, bool) or not isinstance(present, int | float):
        message = f"{where} is {echo(present)}, not a number that can be scaled; set it instead"
        raise ChainError([Fault("QC010", path, message)])
    return round(present * scale.factor) if isinstance(present, int) else present * scale.factor


__all__ = ["NESTED", "TIME_FIELDS", "changed_record", "name_of"]
