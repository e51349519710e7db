"""Every query on events: grouping, lag and lead, counts, quantiles. Nothing here knows a chain.

Contract for the next author: ``events`` is sorted by case, stamp and place in the file (``ordered``) and has
the columns that :class:`qualitychain.discovery.log.EventLog` lists; times are whole microseconds, results are
in seconds (a difference divided by 1e6). A query is linear in the events, but for the sorting. No Python loop
over events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SECOND = 1e6
QUANTILES = {"p50": 0.5, "p90": 0.9}


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by case, stamp, then place in the file, which stays in the column ``place``."""
    events = rows.assign(place=np.arange(len(rows)))
    order = np.lexsort((events["stamp"], events["case"]))  # stable: ties stay in file order
    return events.iloc[order].reset_index(drop=True)


def _same(table: pd.DataFrame, *columns: str) -> NDArray[np.bool_]:
    """Whether each row but the first equals the row before it in these columns."""
    result = np.ones(max(len(table) - 1, 0), dtype=bool)
    for column in columns:
        values = table[column].to_numpy()
        result &= values[1:] == values[:-1]
    return result


def ties_and_backwards(events: pd.DataFrame) -> tuple[int, int]:
    """Events at the time of the one before in their case, and those earlier than the one before in file."""
    filed = events.sort_values("place", kind="stable")
    before = filed.groupby("case", sort=False)["stamp"].shift()
    return int(_same(events, "case", "stamp").sum()), int((filed["stamp"] < before).sum())


def events_per_case(events: pd.DataFrame) -> pd.Series[int]:
    """Number of events of each case."""
    return events.groupby("case").size()


def totals(rows: pd.DataFrame) -> pd.Series[Any]:
    """Cases, events, departments, activities and quantities of some rows."""
    rejects = rows["rejected"] > 0
    return pd.Series(
        {
            "events": len(rows),
            "cases": _distinct(rows["case"]),
            "departments": _distinct(rows["department"]),
            "activities": _distinct(rows["activity"]),
            "completed": rows["completed"].sum(),
            "rejected": rows["rejected"].sum(),
            "rows_with_reject": rejects.sum(),
            "cases_with_reject": _distinct(rows.loc[rejects, "case"]),
            "rework_rows": rows["rework"].sum(),
        },
        dtype=float,
    )


def _distinct(codes: pd.Series[Any]) -> int:
    return int(codes[codes >= 0].nunique())


def quantities(rows: pd.DataFrame, key: str) -> pd.DataFrame:
    """Rows, completed and rejected amounts of each department or activity (``key``), over all rows given."""
    groups = rows[rows[key] >= 0].groupby(key)
    return groups.agg(rows=("case", "size"), completed=("completed", "sum"), rejected=("rejected", "sum"))


def directly_follows(events: pd.DataFrame, keys: Sequence[str] = ("department",)) -> pd.DataFrame:
    """How often one event directly follows another in a case: from, to, count and seconds waited.

    A wait runs from the stamp of the first to the begin of the second; a negative one counts as 0.
    """
    same = _same(events, "case")
    columns: dict[str, Any] = {}
    for side, part in (("from", slice(None, -1)), ("to", slice(1, None))):
        for key in keys:
            columns[side if len(keys) == 1 else f"{side}_{key}"] = events[key].to_numpy()[part][same]
    wait = (events["begin"].to_numpy()[1:] - events["stamp"].to_numpy()[:-1])[same] / SECOND
    pairs = pd.DataFrame(columns)
    by = list(pairs.columns)
    pairs["wait"] = np.maximum(wait, 0.0)
    return pairs.groupby(by, as_index=False).agg(count=("wait", "size"), waiting_total=("wait", "sum"))


def ping_pong(events: pd.DataFrame, key: str = "department") -> int:
    """How often three events on end in a case go from A to another B and back to A."""
    code, same = events[key].to_numpy(), _same(events, "case")
    if len(code) < 3:
        return 0
    return int((same[1:] & same[:-1] & (code[2:] == code[:-2]) & (code[1:-1] != code[2:])).sum())


def cases(events: pd.DataFrame, key: str) -> pd.DataFrame:
    """Of each case: events, first begin and last stamp (microseconds), seconds, and its variant by ``key``.

    Variants are sequences of the key; they are numbered from 1 by how many cases have them, then by first
    appearance.
    """
    first = np.flatnonzero(np.append(True, ~_same(events, "case")))
    last = np.append(first[1:], len(events))
    begin = np.minimum.reduceat(events["begin"].to_numpy(), first)
    end = events["stamp"].to_numpy()[last - 1]
    # the bytes of a case's codes are its sequence, exactly; a slice per case is cheaper than a group per case
    codes = events[key].to_numpy().astype("<i4").tobytes()
    variant, _ = pd.factorize(np.array([codes[4 * a : 4 * b] for a, b in zip(first, last, strict=True)], dtype=object))
    frequency = np.bincount(variant)
    rank = np.empty_like(frequency)
    rank[np.argsort(-frequency, kind="stable")] = np.arange(1, len(frequency) + 1)
    return pd.DataFrame(
        {
            "case": events["case"].to_numpy()[first],
            "events": last - first,
            "begin": begin,
            "end": end,
            "duration": (end - begin) / SECOND,
            "variant": rank[variant],
        }
    )


def visits(events: pd.DataFrame) -> pd.DataFrame:
    """Consecutive events of a case in one department are one visit.

    Columns: case, department, ``previous`` and ``next`` department (-1 at the ends of the case), ``begin``,
    ``end`` (microseconds), ``wait`` (seconds since the end of the visit before; NaN for the first), events,
    ``timed`` (events with a true duration), ``work`` (their seconds), completed, rejected, defect, rework,
    ``returning`` (the case was in this department before) and ``reworking`` (returning, and either the visit
    before has a reject or defect, or this one has the rework flag).
    """
    first = np.flatnonzero(np.append(True, ~_same(events, "case", "department")))
    last = np.append(first[1:], len(events)) - 1
    seconds = np.where(events["timed"], events["stamp"] - events["begin"], 0) / SECOND
    table = pd.DataFrame(
        {
            "case": events["case"].to_numpy()[first],
            "department": events["department"].to_numpy()[first],
            "begin": events["begin"].to_numpy()[first],
            "end": events["stamp"].to_numpy()[last],
            "events": last - first + 1,
            "timed": np.add.reduceat(events["timed"].to_numpy().astype(np.int64), first),
            "work": np.add.reduceat(seconds, first),
            "completed": np.add.reduceat(events["completed"].to_numpy(), first),
            "rejected": np.add.reduceat(events["rejected"].to_numpy(), first),
            "defect": np.logical_or.reduceat(events["defect"].to_numpy(), first),
            "rework": np.logical_or.reduceat(events["rework"].to_numpy(), first),
        }
    )
    same = _same(table, "case")
    department = table["department"].to_numpy()
    table["previous"] = np.append(-1, np.where(same, department[:-1], -1))
    table["next"] = np.append(np.where(same, department[1:], -1), -1)
    gap = (table["begin"].to_numpy()[1:] - table["end"].to_numpy()[:-1]) / SECOND
    table["wait"] = np.append(np.nan, np.where(same, gap, np.nan))
    table["returning"] = table.duplicated(["case", "department"])
    found = ((table["rejected"] > 0) | table["defect"]).to_numpy()
    marked = np.append(False, found[:-1]) | table["rework"].to_numpy()
    table["reworking"] = table["returning"].to_numpy() & marked
    return table


def handoffs(visited: pd.DataFrame) -> pd.DataFrame:
    """Steps between departments (and from -1, the start of a case), ``reworking`` steps apart from others.

    Columns: previous, department, reworking, count, returns, n, defects (as ``count_quality`` set them),
    ``wait_mean``, ``wait_scv``, quantiles, and ``negative`` (waits below 0, taken as 0).
    """
    by = ["previous", "department", "reworking"]
    table = visited.assign(clipped=visited["wait"].clip(lower=0.0), negative=visited["wait"] < 0)
    groups = table.groupby(by)
    counts = groups.agg(
        count=("case", "size"), returns=("returning", "sum"), n=("n", "sum"), defects=("defects", "sum"),
        negative=("negative", "sum"), wait_mean=("clipped", "mean"), wait_variance=("clipped", "var"),
    )  # fmt: skip
    counts["wait_scv"] = _scv(counts.pop("wait_variance"), counts["wait_mean"])
    return counts.reset_index()


def waits(visited: pd.DataFrame) -> pd.DataFrame:
    """Mean, scv and quantiles of the wait of each pair of departments, all steps together."""
    inner = visited[visited["previous"] >= 0]
    groups = inner["wait"].clip(lower=0.0).groupby([inner["previous"], inner["department"]])
    table = pd.DataFrame({"wait_mean": groups.mean(), "wait_scv": _scv(groups.var(), groups.mean())})
    found = groups.quantile(list(QUANTILES.values()))  # type: ignore[arg-type]  # the stubs know one level only
    for name, level in QUANTILES.items():
        table[f"wait_{name}"] = found.xs(level, level=-1) if len(found) else np.array([], dtype=float)
    return table.reset_index()


def _scv(variance: pd.Series[float], mean: pd.Series[float]) -> pd.Series[float]:
    return (variance / (mean * mean).replace(0.0, np.nan)).where(mean > 0, 0.0)


def count_quality(visited: pd.DataFrame, evidence: str) -> pd.DataFrame:
    """The visits with ``n`` and ``defects`` of what was looked at, by the kind of evidence that the log has.

    ``quantities``: completed + rejected and rejected amounts; ``rejects``: visits and those with rejects;
    ``defect``: visits and those flagged; ``rework``: visits and those followed by a reworking step; ``none``:
    nothing was looked at.
    """
    one = np.ones(len(visited))
    after = np.append(visited["reworking"].to_numpy()[1:] & _same(visited, "case"), False)
    n, defects = {
        "quantities": (visited["completed"] + visited["rejected"], visited["rejected"]),
        "rejects": (one, visited["rejected"] > 0),
        "defect": (one, visited["defect"]),
        "rework": (one, after),
        "none": (0 * one, 0 * one),
    }[evidence]
    return visited.assign(n=np.asarray(n, dtype=float), defects=np.asarray(defects, dtype=float), sent_back=after)


def departments(visited: pd.DataFrame) -> pd.DataFrame:
    """Of each department: visits, cases, starts, ends, returns, events, quality counts and seconds of work.

    ``sent_back`` are visits followed by rework, ``found`` those with a reject or defect, ``found_back`` those
    with both.
    """
    found = (visited["rejected"] > 0) | visited["defect"]
    table = visited.assign(
        start=visited["previous"] < 0, stop=visited["next"] < 0, whole=visited["timed"] == visited["events"],
        found=found, found_back=found & visited["sent_back"],
    )  # fmt: skip
    groups = table.groupby("department")
    result = groups.agg(
        visits=("case", "size"), cases=("case", "nunique"), starts=("start", "sum"), ends=("stop", "sum"),
        returns=("returning", "sum"), events=("events", "sum"), timed=("timed", "sum"), work=("work", "sum"),
        n=("n", "sum"), defects=("defects", "sum"), sent_back=("sent_back", "sum"),
        found=("found", "sum"), found_back=("found_back", "sum"),
    )  # fmt: skip
    complete = table[table["whole"]].groupby("department")["work"].agg(["size", "mean", "var"])
    result["complete_visits"] = complete["size"].reindex(result.index).fillna(0).astype(int)
    result["cycle_time_scv"] = _scv(complete["var"], complete["mean"]).reindex(result.index)
    return result


def concurrency(events: pd.DataFrame) -> pd.Series[int]:
    """Greatest number of events in work at once in each department, of events with a true duration."""
    timed = events[events["timed"] & (events["stamp"] > events["begin"])]
    most: dict[int, int] = {}
    for department, group in timed.groupby("department")[["begin", "stamp"]]:
        begins, stops = np.sort(group["begin"].to_numpy()), np.sort(group["stamp"].to_numpy())
        # at each begin: those begun so far, itself included, less those that have ended by then
        busy = np.arange(1, len(begins) + 1) - np.searchsorted(stops, begins, side="right")
        most[int(str(department))] = int(busy.max())
    return pd.Series(most, dtype=np.int64)


def flagged_cases(events: pd.DataFrame) -> NDArray[np.int64]:
    """Cases with at least one event that has the defect flag."""
    return np.unique(events.loc[events["defect"], "case"].to_numpy())


def ends(visited: pd.DataFrame, flagged: NDArray[np.int64] | None) -> pd.DataFrame:
    """How many cases end in each department; with the cases found defective at the end, n and defects too."""
    last = visited[visited["next"] < 0]
    table = pd.DataFrame({"department": last["department"], "n": 0.0, "defects": 0.0})
    if flagged is not None:
        table["n"], table["defects"] = 1.0, last["case"].isin(flagged).astype(float)
    groups = table.groupby("department")
    return groups.agg(count=("n", "size"), n=("n", "sum"), defects=("defects", "sum")).reset_index()
