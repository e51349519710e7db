"""Which rows of a long table the text shows: the largest of each customer; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST = 5
"""Rows shown of each customer."""
MOST_IN_ALL = 8
"""Rows shown of a table about all customers."""
Rows = Callable[[Any], Any]


def largest(column: str, most: int = MOST) -> Rows:
    """The first rows of each customer above 0; the table has the largest first."""

    def rows(frame: Any) -> Any:
        return frame[frame[column] > 0].groupby("customer", sort=False).head(most)

    return rows


def steepest(frame: Any) -> Any:
    """The probabilities that move each customer most, the steepest first."""
    from qualitychain.analysis.sensitivity.specs import RATES

    some = frame[frame["parameter"].isin(RATES) & frame["gradient"].notna() & (frame["gradient"] != 0)]
    order = {name: i for i, name in enumerate(frame["customer"].unique())}
    some = some.assign(place=some["customer"].map(order), size=some["gradient"].abs())
    some = some.sort_values(["place", "size"], ascending=[True, False], kind="stable")
    return some.groupby("customer", sort=False).head(MOST).drop(columns=["place", "size"])


def most_costly(frame: Any) -> Any:
    """The rows of a key-to-customer table that cost most; that dissatisfy most where no money is known."""
    for columns in (["cost_of_defects", "cost_of_time"], ["share_by_defects", "share_by_time"]):
        size = frame[columns].sum(axis=1)
        if (size > 0).any():
            return frame.loc[size[size > 0].sort_values(ascending=False, kind="stable").index[:MOST_IN_ALL]]
    return frame.iloc[:0]


def worth_choosing(frame: Any) -> Any:
    """The projects chosen under each objective, and the most useful of the others."""
    kept = frame.assign(order=range(len(frame))).sort_values(
        ["chosen", "gain_per_cost"], ascending=[False, False], kind="stable"
    )
    return kept.groupby("objective", sort=False).head(MOST_IN_ALL).sort_values("order").drop(columns="order")


def first(frame: Any) -> Any:
    """The first rows of a table that is ranked already."""
    return frame.head(MOST_IN_ALL)


def weak(frame: Any) -> Any:
    """The promises that are too weak."""
    return frame[frame["verdict"] == "promises less"]
