"""From an event log to a chain: ``discover``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import pandas as pd

from qualitychain.discovery import queries
from qualitychain.discovery.assumptions import assumed
from qualitychain.discovery.chain import Labels, build_chain
from qualitychain.discovery.log import Columns, EventLog, Reading, read_log
from qualitychain.discovery.names import LONGEST, clean, free
from qualitychain.discovery.opening import LARGEST_LOG
from qualitychain.discovery.plan import plan
from qualitychain.discovery.result import Discovery
from qualitychain.discovery.tables import Counted, result
from qualitychain.errors import LogError
from qualitychain.model.values.durations import SECONDS
from qualitychain.near import did_you_mean

if TYPE_CHECKING:
    import os


def discover(
    log: str | os.PathLike[str] | pd.DataFrame,
    *,
    case: str,
    department: str,
    timestamp: str,
    start: str | None = None,
    completed: str | None = None,
    rejected: str | None = None,
    defect: str | None = None,
    defect_of: Literal["visit", "case"] = "visit",
    rework: str | None = None,
    activity: str | None = None,
    durations_where: Mapping[str, object] | None = None,
    name: str | None = None,
    supplier: str = "Start",
    customer: str = "Customer",
    time_unit: str = "hour",
    source: str | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
    timestamp_format: str | None = None,
    zone: str | None = None,
    max_bytes: int = LARGEST_LOG,
    progress: Callable[[str], object] | None = None,
) -> Discovery:
    """The chain that an event log shows: who hands cases to whom, how often they return, how long it takes.

    The unit is the case. Events are put in order of case, stamp and place in the file; consecutive events of
    a case in one department are one visit. Every step from visit to visit becomes a handoff with its share,
    so the chain's expected visits are the observed ones. A step back to a department that the case has
    already visited is a return: where the visit it leaves has a reject or defect, or the visit it reaches has
    the rework flag, it becomes an inspection by the department that sends back, with rework; otherwise it is
    a handoff like any other.

    Parameters
    ----------
    log : path or data frame
        ``.csv`` (separator found out), ``.xes`` (both also ``.gz``), ``.parquet`` (needs pyarrow), or a data
        frame with a row for each event.
    case, department, timestamp : str
        Columns of the case id, of the department, and of the completion stamp. In XES, ``case`` is the
        trace's name.
    start : str, optional
        Column of the start stamp; without it there are no cycle times and waits run from stamp to stamp.
    completed, rejected : str, optional
        Columns of good and of rejected amounts. Those of a visit count against the handoff that brought the
        case.
    defect : str, optional
        Column that flags a defect (yes/no, or a count), where there are no amounts.
    defect_of : {"visit", "case"}
        Whether ``defect`` tells of the visit (counted against the handoff that brought the case) or of the
        whole case (counted against its last handoff, to the customer).
    rework : str, optional
        Column that flags work done again.
    activity : str, optional
        Column of the activity, for counts and variants by activity; the chain does not use it.
    durations_where : mapping, optional
        Only rows with these values have a true start and end, for instance ``{"ts_status": "exact"}``; the
        others keep their place in the case.
    name, supplier, customer : str
        Names of the chain (default: of the file), of where cases come from and of where they go.
    time_unit : str
        second, minute, hour, day or week.
    source : str, optional
        Where the log comes from, kept with every record; default the file's name.
    sep, decimal, encoding : str, optional
        Dialect of a CSV file; separator and decimal mark are found out and named in ``log_quality``.
    timestamp_format : str, optional
        strptime format, where stamps are not ISO 8601.
    zone : str, optional
        Time zone of stamps that name none; default UTC.
    max_bytes : int
        Largest log read, after unpacking.
    progress : callable, optional
        Called with the name of each stage as it begins.

    Returns
    -------
    Discovery
        The chain, the tables it was made of, what was dropped and why, and what was assumed.

    Raises
    ------
    LogError
        When the log cannot be read, a column is missing, or no event is left; the message names near misses.

    Warns
    -----
    ChainWarning
        When case ids or departments differ by case or spaces only.

    Notes
    -----
    Detection and false alarm of a department that sends back are set so that it sends back what the log shows
    at the defect rates that the log shows (see ``docs/decisions``).

    Examples
    --------
    >>> import pandas as pd
    >>> log = pd.DataFrame({
    ...     "order": [1, 1, 1, 1, 1, 2, 2],
    ...     "team": ["Build", "Test", "Build", "Test", "Ship", "Build", "Test"],
    ...     "done": pd.date_range("2026-01-05 08:00", periods=7, freq="h"),
    ...     "bad": ["", "yes", "", "", "", "", ""],
    ... })
    >>> found = discover(log, case="order", department="team", timestamp="done", defect="bad", name="Orders")
    >>> [int(x) for x in found.handoffs.loc[("Build", "Test"), ["count", "returns", "n", "defects"]]]
    [3, 1, 3, 1]
    >>> [h.full_name for h in found.chain.handoffs if h.inspection]
    ['Test -> Customer', 'Test -> Ship']
    """
    _check(time_unit, supplier, customer, defect_of)
    say = progress or (lambda _: None)
    columns = Columns(
        case, department, timestamp, start, completed, rejected, defect, rework, activity, durations_where
    )
    evidence = _evidence(columns, defect_of)
    say("read")
    clean_log = read_log(log, columns, Reading(sep, decimal, encoding, timestamp_format, zone, max_bytes))
    say("count")
    events = clean_log.events
    flagged = None
    if defect is not None and defect_of == "case":
        flagged = queries.flagged_cases(events)
        events = events.assign(defect=False)
    visits = queries.count_quality(queries.visits(events), evidence)
    cases = queries.cases(events, "activity" if activity else "department")
    steps = queries.handoffs(visits)
    departments = _departments(clean_log, events, visits)
    say("build")
    made = plan(steps, queries.ends(visits, flagged), _ability(departments, evidence), len(cases))
    taken = set(clean_log.departments)
    supplier_name = free(clean(supplier), taken, "supplier")
    customer_name = free(clean(customer), taken | {supplier_name}, "customer")
    if source is None and not isinstance(log, pd.DataFrame):
        source = clean_log.origin
    title = clean(name or clean_log.origin.split(".")[0])[:LONGEST]
    labels = Labels(title, supplier_name, customer_name, clean_log.departments, time_unit, source)
    window = float(cases["begin"].max() - cases["begin"].min()) / queries.SECOND
    in_chain = departments[departments["visits"] > 0]
    chain = build_chain(made, in_chain, len(cases), window, labels)
    say("tables")
    assumptions = assumed(
        clean_log,
        made,
        visits,
        cases,
        evidence="case" if flagged is not None else evidence,
        window=window,
        labels=labels,
        renamed=[(a, b) for a, b in ((supplier, supplier_name), (customer, customer_name)) if a != b],
    )
    return result(chain, clean_log, Counted(events, visits, cases, steps, departments), labels, assumptions)


def _check(time_unit: str, supplier: str, customer: str, defect_of: str) -> None:
    if time_unit not in SECONDS:
        raise LogError(
            f"time_unit must be one of {', '.join(SECONDS)}, got {time_unit!r}{did_you_mean(time_unit, SECONDS)}"
        )
    if defect_of not in ("visit", "case"):
        raise LogError(f"defect_of must be 'visit' or 'case', got {defect_of!r}")
    if clean(supplier) == clean(customer):
        raise LogError(f"supplier and customer need different names, got {supplier!r} twice")


def _evidence(columns: Columns, defect_of: str) -> str:
    if columns.defect and columns.rejected:
        raise LogError("give either rejected or defect: both would count the same defects twice")
    if columns.rejected:
        return "quantities" if columns.completed else "rejects"
    if columns.defect:
        return "defect" if defect_of == "visit" else "none"
    return "rework" if columns.rework else "none"


def _departments(log: EventLog, events: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    table = queries.quantities(log.rows, "department").reindex(range(len(log.departments)))
    table = table.join(queries.departments(visits))
    table["servers"] = queries.concurrency(events).reindex(table.index)
    timed = table["timed"].where(table["timed"] > 0)
    table["cycle_time_mean"] = table["work"] / timed * table["events"] / table["visits"]
    counts = ["rows", "visits", "cases", "starts", "ends", "returns", "sent_back", "found", "found_back",
              "events", "timed", "complete_visits", "servers"]  # fmt: skip
    table[counts] = table[counts].fillna(0).astype(int)
    table["servers"] = table["servers"].clip(lower=1)
    return table


def _ability(departments: pd.DataFrame, evidence: str) -> dict[int, float]:
    """By department, the share of visits in which something was found that were followed by rework."""
    if evidence == "rework":
        return {int(k): 1.0 for k in departments.index}  # rework itself is the finding
    found = departments[departments["found"] > 0]
    shares = (found["found_back"] / found["found"]).to_numpy()
    return dict(zip(found.index.tolist(), shares.tolist(), strict=True))
