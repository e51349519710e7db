"""Counts by number to tables by name: the parts of a ``Discovery``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from qualitychain.discovery import queries
from qualitychain.discovery.chain import Labels
from qualitychain.discovery.log import EventLog
from qualitychain.discovery.result import Discovery
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.durations import SECONDS


@dataclass(frozen=True)
class Counted:
    """What the queries found, departments and cases by number, times in seconds."""

    events: pd.DataFrame
    visits: pd.DataFrame
    cases: pd.DataFrame
    steps: pd.DataFrame
    departments: pd.DataFrame


def result(
    chain: Chain,
    log: EventLog,
    counted: Counted,
    labels: Labels,
    assumptions: tuple[str, ...],
) -> Discovery:
    """The discovery of a chain, with the tables behind it."""
    events, visits, cases = counted.events, counted.visits, counted.cases
    unit = SECONDS[labels.time_unit]
    names = np.array(log.departments, dtype=object)
    follows = _pairs(queries.directly_follows(events), names, unit)
    activities = activity_follows = None
    if log.columns.activity:
        words = np.array(log.activities, dtype=object)
        activities = queries.quantities(log.rows, "activity")
        activities.index = pd.Index(words[activities.index], name="activity")
        placed = events[events["activity"] >= 0]
        activity_follows = _pairs(queries.directly_follows(placed, ("activity",)), words, unit)
    totals = pd.DataFrame({"read": queries.totals(log.rows), "kept": queries.totals(events)})
    kept = {
        "variants": cases["variant"].nunique(),
        "same_department": follows.loc[follows["from"] == follows["to"], "count"].sum(),
        "different_department": follows.loc[follows["from"] != follows["to"], "count"].sum(),
        "handoff_pairs": (follows["from"] != follows["to"]).sum(),
        "ping_pong": queries.ping_pong(events),
        "visits": len(visits),
        "returns": visits["returning"].sum(),
        "reworked": visits["reworking"].sum(),
    }
    totals = pd.concat([totals, pd.DataFrame({"read": np.nan, "kept": pd.Series(kept, dtype=float)})])
    totals.index.name = "total"
    return Discovery(
        chain=chain,
        handoffs=_handoffs(counted.steps, queries.waits(visits), names, unit),
        directly_follows=follows,
        departments=_named(counted.departments, names, unit),
        cases=_cases(cases, visits, log, unit),
        log_quality=log.quality,
        totals=totals,
        activities=activities,
        activity_follows=activity_follows,
        time_unit=labels.time_unit,
        assumptions=assumptions,
    )


def _pairs(table: pd.DataFrame, names: np.ndarray[Any, Any], unit: float) -> pd.DataFrame:
    named = table.assign(**{side: names[table[side]] for side in ("from", "to")})
    named["waiting_total"] /= unit
    return named.sort_values(["count", "from", "to"], ascending=[False, True, True], ignore_index=True)


def _handoffs(steps: pd.DataFrame, waits: pd.DataFrame, names: np.ndarray[Any, Any], unit: float) -> pd.DataFrame:
    inner = steps[steps["previous"] >= 0].assign(reworked=lambda t: t["count"].where(t["reworking"], 0))
    by = ["previous", "department"]
    table = inner.groupby(by)[["count", "returns", "reworked", "n", "defects", "negative"]].sum()
    table = table.join(waits.set_index(by)).reset_index()
    table["defect_rate"] = (table["defects"] / table["n"]).where(table["n"] > 0)
    for column in ("mean", "p50", "p90"):
        table[f"lead_time_{column}"] = table[f"wait_{column}"] / unit
    table["lead_time_scv"] = table["wait_scv"]
    table["supplier"], table["customer"] = names[table["previous"]], names[table["department"]]
    order = ["count", "returns", "reworked", "n", "defects", "defect_rate", "lead_time_mean", "lead_time_scv",
             "lead_time_p50", "lead_time_p90", "negative"]  # fmt: skip
    table = table.sort_values(["count", "supplier", "customer"], ascending=[False, True, True])
    return table.set_index(["supplier", "customer"])[order].rename(columns={"negative": "negative_waits"})


def _named(departments: pd.DataFrame, names: np.ndarray[Any, Any], unit: float) -> pd.DataFrame:
    table = departments.assign(cycle_time_mean=departments["cycle_time_mean"] / unit)
    table.index = pd.Index(names[table.index], name="department")
    return table[
        ["visits", "cases", "starts", "ends", "returns", "sent_back", "events", "n", "defects", "timed",
         "complete_visits", "cycle_time_mean", "cycle_time_scv", "servers", "rows", "completed", "rejected"]
    ]  # fmt: skip


def _cases(cases: pd.DataFrame, visits: pd.DataFrame, log: EventLog, unit: float) -> pd.DataFrame:
    counted = visits.groupby("case").agg(
        visits=("department", "size"), returns=("returning", "sum"), reworked=("reworking", "sum"),
        first_department=("department", "first"), last_department=("department", "last"),
    )  # fmt: skip
    table = cases.join(counted, on="case")
    names = np.array(log.departments, dtype=object)
    for column in ("first_department", "last_department"):
        table[column] = names[table[column]]
    for column in ("begin", "end"):
        table[column] = pd.to_datetime(table[column], unit="us", utc=True)
    table["duration"] /= unit
    table.index = pd.Index(log.cases[table.pop("case")], name="case")
    return table
