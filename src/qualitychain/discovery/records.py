"""What ``discover`` is told about a log: which column plays which part, and how its text is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from qualitychain.discovery.opening import LARGEST_LOG
from qualitychain.errors import LogError


@dataclass(frozen=True)
class LogColumns:
    """Which column of an event log plays which part.

    Parameters
    ----------
    case, department, timestamp : str
        Columns of the case id, of the department, and of the completion stamp. In XES, ``case`` is the trace's name.
    start : str, optional
        Column of the start stamp; without it there are no cycle times and waits run from stamp to stamp.
    completed, rejected : str, optional
        Columns of good and of rejected amounts. Those of a visit count against the handoff that brought the case.
    defect : str, optional
        Column that flags a defect (yes/no, or a count), where there are no amounts.
    defect_of : {"visit", "case"}
        Whether ``defect`` tells of the visit (counted against the handoff that brought the case) or of the whole case
        (counted against its last handoff, to the customer).
    rework : str, optional
        Column that flags work done again.
    activity : str, optional
        Column of the activity, for counts and variants by activity; the chain does not use it.
    durations_where : mapping, optional
        Only rows with these values have a true start and end, for instance ``{"ts_status": "exact"}``; the others keep
        their place in the case.

    Raises
    ------
    LogError
        When ``rejected`` and ``defect`` would count the same defects twice, or ``defect_of`` is unknown.

    Examples
    --------
    >>> LogColumns(case="order", department="team", timestamp="done", rework="again").rework
    'again'
    """

    case: str
    department: str
    timestamp: str
    start: str | None = None
    completed: str | None = None
    rejected: str | None = None
    defect: str | None = None
    rework: str | None = None
    activity: str | None = None
    defect_of: Literal["visit", "case"] = "visit"
    durations_where: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if self.defect_of not in ("visit", "case"):
            raise LogError(f"defect_of must be 'visit' or 'case', got {self.defect_of!r}")
        if self.defect and self.rejected:
            raise LogError("give either rejected or defect: both would count the same defects twice")

    @property
    def wanted(self) -> list[str]:
        """The columns that must be there."""
        columns = [getattr(self, f.name) for f in fields(self) if f.name not in ("defect_of", "durations_where")]
        return [c for c in (*columns, *(self.durations_where or {})) if c is not None]

    @property
    def evidence(self) -> str:
        """What counts as a defect of a visit: quantities, rejects, defect, rework, or none."""
        if self.rejected:
            return "quantities" if self.completed else "rejects"
        if self.defect:
            return "defect" if self.defect_of == "visit" else "none"
        return "rework" if self.rework else "none"


def columns_of(
    columns: LogColumns | None,
    *,
    case: str | None,
    department: str | None,
    timestamp: str | None,
    start: str | None,
    defect: str | None,
) -> LogColumns:
    """The columns given as a record, or the usual ones given one by one.

    Raises
    ------
    LogError
        When both are given, or one that is needed is not.
    """
    usual = {"case": case, "department": department, "timestamp": timestamp, "start": start, "defect": defect}
    if columns is not None:
        given = ", ".join(part for part, column in usual.items() if column is not None)
        if given:
            raise LogError(f"give columns or {given}, not both; LogColumns takes {given} too")
        return columns
    if case is None or department is None or timestamp is None:
        needed = [part for part in ("case", "department", "timestamp") if usual[part] is None]
        raise LogError(f"say which columns hold {', '.join(needed)}: {needed[0]}=..., or columns=LogColumns(...)")
    return LogColumns(case, department, timestamp, start, defect=defect)


@dataclass(frozen=True)
class LogFormat:
    """How the text of an event log is written, where that is not to be found out.

    Parameters
    ----------
    sep, decimal : str, optional
        Separator and decimal mark of a CSV file; by default found out and named in ``log_quality``.
    encoding : str
        Encoding of a CSV file.
    timestamp_format : str, optional
        strptime format, where stamps are not ISO 8601.
    zone : str, optional
        Time zone of stamps that name none; by default UTC.
    max_bytes : int
        Largest log read, after unpacking.

    Examples
    --------
    >>> LogFormat(zone="Europe/Berlin").encoding
    'utf-8'
    """

    sep: str | None = None
    decimal: str | None = None
    encoding: str = "utf-8"
    timestamp_format: str | None = None
    zone: str | None = None
    max_bytes: int = LARGEST_LOG
