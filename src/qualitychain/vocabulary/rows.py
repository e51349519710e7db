"""Which rows of a long table people are shown unasked: the largest of each customer, the first, the weak."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from qualitychain.vocabulary.table import Rows

MOST = 5
"""Rows shown of each customer."""
MOST_IN_ALL = 8
"""Rows shown of a table about all customers."""


def largest(column: str, most: int = MOST) -> Rows:
    """The first rows of each customer above 0; the table has the largest first."""

    def rows(frame: Any) -> Any:
        return frame[frame[column] > 0].groupby("customer", sort=False).head(most)

    return rows


def some(column: str) -> Rows:
    """The rows that are not 0."""
    return lambda frame: frame[~(frame[column] == 0)]


def first(frame: Any) -> Any:
    """The first rows of a table that is ranked already."""
    return frame.head(MOST_IN_ALL)


def steepest(parameters: Collection[str]) -> Rows:
    """The parameters, among these, that move each customer most, the steepest first."""

    def rows(frame: Any) -> Any:
        kept = frame[frame["parameter"].isin(parameters) & frame["gradient"].notna() & (frame["gradient"] != 0)]
        order = {name: i for i, name in enumerate(frame["customer"].unique())}
        kept = kept.assign(place=kept["customer"].map(order), size=kept["gradient"].abs())
        kept = kept.sort_values(["place", "size"], ascending=[True, False], kind="stable")
        return kept.groupby("customer", sort=False).head(MOST).drop(columns=["place", "size"])

    return rows


def most_costly(frame: Any) -> Any:
    """The rows of a customer impact matrix that cost most; that dissatisfy most where no money is known."""
    for columns in (["cost_of_defects", "cost_of_time"], ["share_by_defects", "share_by_time"]):
        size = frame[columns].sum(axis=1)
        if (size > 0).any():
            return frame.loc[size[size > 0].sort_values(ascending=False, kind="stable").index[:MOST_IN_ALL]]
    return frame.iloc[:0]


def weak(frame: Any) -> Any:
    """The promises that are too weak."""
    return frame[frame["verdict"] == "promises less"]


def where_waited(frame: Any) -> Any:
    """The departments where something is waited for."""
    return frame[(frame["waiting_time"] > 0) | (frame["inputs_time"] > 0)]


def best_gains(frame: Any) -> Any:
    """The handoffs whose halved defects raise the sigma level of each customer most."""
    return frame[(frame["rank"] <= MOST) & (frame["sigma_gain_halved"] > 0)]


def feasible(frame: Any) -> Any:
    """The remedies that reach the target."""
    return frame[frame["feasible"]]


def worth_choosing(frame: Any) -> Any:
    """The projects chosen under each objective, and the most useful of the others."""
    kept = frame.assign(order=range(len(frame))).sort_values(
        ["chosen", "gain_per_cost"], ascending=[False, False], kind="stable"
    )
    return kept.groupby("objective", sort=False).head(MOST_IN_ALL).sort_values("order").drop(columns="order")
