"""From an event log to a chain: ``discover``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from qualitychain.discovery import queries
from qualitychain.discovery.assumptions import assumed
from qualitychain.discovery.chain import Labels, build_chain
from qualitychain.discovery.log import EventLog, read_log
from qualitychain.discovery.names import LONGEST, clean, free
from qualitychain.discovery.plan import plan
from qualitychain.discovery.records import LogColumns, LogFormat, columns_of
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
    columns: LogColumns | None = None,
    case: str | None = None,
    department: str | None = None,
    timestamp: str | None = None,
    start: str | None = None,
    defect: str | None = None,
    log_format: LogFormat | None = None,
    name: str | None = None,
    supplier: str = "Start",
    customer: str = "Customer",
    time_unit: str = "hour",
    source: str | None = None,
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
    columns : LogColumns, optional
        Which column plays which part: case, department and completion stamp, and whichever there are of start stamp,
        amounts, flags of defects and rework, activity.
    case, department, timestamp, start, defect : str, optional
        The most usual columns, in place of ``columns``; the first three are needed.
    log_format : LogFormat, optional
        How the text of the log is written: what is not given is found out.
    name, supplier, customer : str
        Names of the chain (default: of the file), of where cases come from and of where they go.
    time_unit : str
        second, minute, hour, day or week.
    source : str, optional
        Where the log comes from, kept with every record; default the file's name.
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
    _check(time_unit, supplier, customer)
    say = progress or (lambda _: None)
    columns = columns_of(columns, case=case, department=department, timestamp=timestamp, start=start, defect=defect)
    say("read")
    clean_log = read_log(log, columns, log_format)
    say("count")
    events = clean_log.events
    flagged = None
    if columns.defect is not None and columns.defect_of == "case":
        flagged = queries.flagged_cases(events)
        events = events.assign(defect=False)
    visits = queries.count_quality(queries.visits(events), columns.evidence)
    cases = queries.cases(events, "activity" if columns.activity else "department")
    steps = queries.handoffs(visits)
    departments = _departments(clean_log, events, visits)
    say("build")
    made = plan(steps, queries.ends(visits, flagged), _ability(departments, columns.evidence), len(cases))
    taken = set(clean_log.departments)
    supplier_name = free(clean(supplier), taken, "supplier")
    customer_name = free(clean(customer), taken | {supplier_name}, "customer")
    if source is None and not isinstance(log, pd.DataFrame):
        source = clean_log.origin
    title = clean(name or clean_log.origin.split(".")[0])[:LONGEST]
    labels = Labels(title, supplier_name, customer_name, clean_log.departments, time_unit, source)
    window = float(cases["begin"].max() - cases["begin"].min()) / queries.SECOND
    in_chain = departments[departments["visits"] > 0]
    evidence = "case" if flagged is not None else columns.evidence
    chain = build_chain(made, in_chain, len(cases), window, labels, evidence=evidence)
    say("tables")
    assumptions = assumed(
        clean_log,
        made,
        visits,
        cases,
        evidence=evidence,
        window=window,
        labels=labels,
        renamed=[(a, b) for a, b in ((supplier, supplier_name), (customer, customer_name)) if a != b],
    )
    return result(chain, clean_log, Counted(events, visits, cases, steps, departments), labels, assumptions)


def _check(time_unit: str, supplier: str, customer: str) -> None:
    if time_unit not in SECONDS:
        raise LogError(
            f"time_unit must be one of {', '.join(SECONDS)}, got {time_unit!r}{did_you_mean(time_unit, SECONDS)}"
        )
    if clean(supplier) == clean(customer):
        raise LogError(f"supplier and customer need different names, got {supplier!r} twice")


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
