"""An event log to a clean table of events, with everything that was dropped, mended or merely odd counted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qualitychain.discovery import queries
from qualitychain.discovery.names import look_alikes, node_names, text_of
from qualitychain.discovery.records import LogColumns, LogFormat
from qualitychain.discovery.source import read_raw
from qualitychain.discovery.stamps import NO_STAMP, Stamps, flags, quantities, stamps
from qualitychain.errors import ChainWarning, LogError


@dataclass(frozen=True)
class EventLog:
    """Clean events of a log.

    ``rows`` holds every row that was read, ``events`` those that could be placed, in order of case, stamp and
    file. Columns of both: ``case``, ``department``, ``activity`` (numbers into ``cases``, ``departments``,
    ``activities``; -1 where missing), ``stamp`` and ``begin`` (microseconds UTC; ``begin`` is the start, or
    the stamp without one), ``timed`` (start and end are true), ``completed``, ``rejected``, ``defect``,
    ``rework``.
    """

    columns: LogColumns
    origin: str
    rows: pd.DataFrame
    events: pd.DataFrame
    cases: pd.Index[Any]
    departments: list[str]
    activities: list[str]
    quality: pd.DataFrame


def read_log(log: object, columns: LogColumns, form: LogFormat | None = None) -> EventLog:
    """Read a log and clean it: the rules are those of :func:`qualitychain.discovery.discover.discover`.

    Raises
    ------
    LogError
        When the log cannot be read, a column is missing, or no event is left.
    """
    form = form or LogFormat()
    raw = read_raw(log, columns.wanted, sep=form.sep, encoding=form.encoding, max_bytes=form.max_bytes)
    table = raw.table.reset_index(drop=True)
    if not len(table):
        raise LogError(f"{raw.origin}: the log is empty")
    found = _Found()
    found.add("rows read", len(table), f"from {raw.origin} ({raw.dialect})")
    found.add("header repeated", raw.repeated_headers, "dropped")
    found.add(
        "duplicate rows",
        _duplicates(table),
        "kept: a log without event ids cannot tell a copy from a second event",
    )

    case_codes, case_labels = _codes(table[columns.case])
    department_codes, labels = _codes(table[columns.department])
    departments, merged, changed = node_names(labels)
    activity_codes, activities = _codes(table[columns.activity]) if columns.activity else (None, [])
    ends = stamps(table[columns.timestamp], form=form.timestamp_format, zone=form.zone)
    starts = stamps(table[columns.start], form=form.timestamp_format, zone=form.zone) if columns.start else None

    rows = pd.DataFrame(
        {
            "case": case_codes,
            "department": _taken(merged, department_codes),
            "activity": activity_codes if activity_codes is not None else np.full(len(table), -1),
            "stamp": ends.micros,
        }
    )
    _times(rows, table, columns, ends=ends, starts=starts, found=found)
    _amounts(rows, table, columns, form, found)
    _alike(case_labels, columns.case, "case ids", found)
    _alike(departments, columns.department, "department names", found)
    found.add(
        "department names changed",
        changed,
        "control characters, normal form C and length made fit for a model",
    )
    events = _kept(rows, ends, found)
    if not len(events):
        raise LogError(
            f"{raw.origin}: no event is left of {len(table):,} rows: each lacks a case, a department or a stamp"
        )
    _order(rows, events, found)
    return EventLog(
        columns,
        raw.origin,
        rows,
        events,
        pd.Index(case_labels, dtype=object),
        departments,
        activities,
        found.table(),
    )


class _Found:
    """Lines of the log quality table, in the order in which they were found."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int, str]] = []

    def add(self, check: str, count: int, done: str) -> None:
        self.lines.append((check, int(count), done))

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(self.lines, columns=["check", "count", "done"]).set_index("check")


def _duplicates(table: pd.DataFrame) -> int:
    try:
        return int(table.duplicated().sum())
    except TypeError:  # values that cannot be compared, such as lists
        return int(table.astype(str).duplicated().sum())


def _codes(column: pd.Series[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Number of each value among the distinct ones, in order of appearance; -1 where blank or missing."""
    try:
        codes, values = pd.factorize(column)
    except TypeError:
        codes, values = pd.factorize(column.astype(str))
    labels = [text_of(v) for v in values]
    places: dict[str, int] = {}
    target = np.full(len(labels) + 1, -1, dtype=np.int64)
    for i, label in enumerate(labels):
        if label.strip():
            target[i] = places.setdefault(label, len(places))
    return target[codes], list(places)


def _taken(target: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.append(target, -1)[codes]


def _times(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    columns: LogColumns,
    *,
    ends: Stamps,
    starts: Stamps | None,
    found: _Found,
) -> None:
    rows["begin"], rows["timed"] = rows["stamp"], False
    found.add(
        "stamps without a zone",
        ends.unzoned + (starts.unzoned if starts else 0),
        "read in the given zone, else UTC",
    )
    found.add("stamps in another zone", ends.other_zones + (starts.other_zones if starts else 0), "brought to UTC")
    found.add(
        "ambiguous local times", ends.ambiguous + (starts.ambiguous if starts else 0),
        "the first of two at a clock change; times skipped are moved forward",
    )  # fmt: skip
    if starts is None:
        return
    found.add("start stamp missing", starts.missing, "no duration; the wait before ends at the completion stamp")
    found.add("start stamp unreadable", starts.unreadable, f"as missing{_such_as(starts)}")
    both = starts.present & ends.present
    late = both & (starts.micros > ends.micros)
    found.add(
        "end before start",
        int(late.sum()),
        "kept, start ignored: the order of work is known, its duration is not",
    )
    good = both & ~late
    rows["begin"] = np.where(good, starts.micros, ends.micros)
    rows["timed"] = good & _selected(table, columns.durations_where or {})
    if columns.durations_where:
        where = ", ".join(f"{k} = {v!r}" for k, v in columns.durations_where.items())
        found.add(
            "durations set aside",
            int((good & ~rows["timed"]).sum()),
            f"not {where}: start and end are not true",
        )


def _such_as(found: Stamps) -> str:
    return f", for instance {found.example!r}" if found.example else ""


def _selected(table: pd.DataFrame, where: Mapping[str, object]) -> NDArray[np.bool_]:
    chosen = np.ones(len(table), dtype=bool)
    for column, value in where.items():
        wanted = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        matches = table[column].isin(wanted) | table[column].astype(str).isin([str(v) for v in wanted])
        if not matches.any():
            raise LogError(
                f"durations_where: no row has {column!r} = {value!r}; leave it out or give a value that occurs"
            )
        chosen &= matches.to_numpy()
    return chosen


def _amounts(rows: pd.DataFrame, table: pd.DataFrame, columns: LogColumns, form: LogFormat, found: _Found) -> None:
    bad, marks = 0, set()
    for part in ("completed", "rejected"):
        column = getattr(columns, part)
        values = np.zeros(len(table))
        if column is not None:
            values, wrong, mark = quantities(table[column], form.decimal)
            bad += wrong
            marks.add(mark)
        rows[part] = values
    if marks:
        found.add("quantities unreadable or negative", bad, "as 0")
    if "," in marks:
        found.add("decimal comma", len(table), "quantities read with a decimal comma")
    for part in ("defect", "rework"):
        column = getattr(columns, part)
        rows[part] = flags(table[column]) if column is not None else False


def _alike(labels: list[str], column: str, what: str, found: _Found) -> None:
    pairs = look_alikes(labels)
    found.add(f"{what} differing by space or case only", len(pairs), "kept apart; mend the log if they are one")
    if pairs:
        first, second = pairs[0]
        warnings.warn(
            ChainWarning(
                f"column {column!r}: {len(pairs)} {what} differ from others by space or case only, "
                f"for instance {first[:40]!r} and {second[:40]!r}; they are kept apart"
            ),
            stacklevel=4,
        )


def _kept(rows: pd.DataFrame, ends: Stamps, found: _Found) -> pd.DataFrame:
    no_case = (rows["case"] < 0).to_numpy()
    no_department = (rows["department"] < 0).to_numpy()
    found.add("case missing", int(no_case.sum()), "dropped")
    found.add("department missing", int(no_department.sum()), "dropped")
    found.add("stamp missing", ends.missing, "dropped: the event cannot be placed in its case")
    found.add("stamp unreadable", ends.unreadable, f"dropped{_such_as(ends)}")
    keep = ~no_case & ~no_department & (rows["stamp"].to_numpy() != NO_STAMP)
    found.add("rows dropped", int((~keep).sum()), "sum of the rows dropped; a row may lack several things")
    return queries.ordered(rows[keep])


def _order(rows: pd.DataFrame, events: pd.DataFrame, found: _Found) -> None:
    ties, backwards = queries.ties_and_backwards(events)
    found.add("events kept", len(events), "in order of case, stamp, then file order")
    found.add("ties", ties, "same case and stamp as the event before; broken by file order")
    found.add("out of order", backwards, "earlier than the event before it in the file; put in order of stamps")
    sizes = queries.events_per_case(events)
    found.add("cases", len(sizes), "")
    found.add("one-event cases", int((sizes == 1).sum()), "kept: a start, one visit and an end")
    lost = rows.loc[rows["case"] >= 0, "case"].nunique() - len(sizes)
    found.add("cases lost", lost, "every row of theirs was dropped")


__all__ = ["EventLog", "read_log"]
