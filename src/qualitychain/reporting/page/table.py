"""Tables of the report as plain data: the template only lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import pandas as pd

MOST_ROWS = 200
"""Rows shown of a table; the rest are counted."""

Tone = Literal["", "good", "bad", "quiet"]


@dataclass(frozen=True)
class Bar:
    """A bar as places from 0 to 100; ``kind`` says that it is over its limit or below zero."""

    start: float
    width: float
    kind: Literal["", "over", "below"]
    limit: float | None


@dataclass(frozen=True)
class Cell:
    """One cell: its words, a bar beside them, whether the words are good or bad news, and how dark its ground is."""

    text: str
    bar: Bar | None = None
    tone: Tone = ""
    shade: int = 0


@dataclass(frozen=True)
class Column:
    """One column: its head, which also labels each value on narrow screens, and whether it holds figures."""

    label: str
    figures: bool = True


@dataclass(frozen=True)
class Table:
    """A table with its caption; ``left_out`` says in words what is not shown."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: str = ""


def make_table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | str]],
    *,
    total: int | None = None,
    most: int = MOST_ROWS,
    where: str = "",
) -> Table:
    """A table of at most ``most`` rows, which says how many there are.

    Parameters
    ----------
    caption : str
    columns : sequence of Column
    rows : iterable of rows
        Each with one cell or text per column; with ``total`` no more are made than shown.
    total : int, optional
        How many rows there are, if known.
    most : int
        Rows shown.
    where : str
        Name of the table for ``show --table``, where all rows are.
    """
    given = list(rows if total is None else islice(rows, most))
    count = len(given) if total is None else total
    made = [tuple(c if isinstance(c, Cell) else Cell(c) for c in row) for row in given[:most]]
    left_out = ""
    if count > most:
        left_out = f"The first {most:,} of {count:,}; `qualitychain show --format csv --table {where}` gives all."
    return Table(caption, tuple(columns), tuple(made), left_out)


def records(frame: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and values of each row that a table can show."""
    shown = frame.head(MOST_ROWS)
    for name, record in zip(shown.index, shown.to_dict("records"), strict=True):
        yield str(name), {str(k): v for k, v in record.items()}


def bar(value: float, low: float, high: float, *, limit: float | None = None) -> Bar:
    """A bar from zero to ``value`` on a scale from ``low`` to ``high``.

    Parameters
    ----------
    value, low, high : float
        Zero lies within ``low`` to ``high``; a value beyond the scale is cut.
    limit : float, optional
        Where a line marks a limit.

    Examples
    --------
    >>> bar(3, 0, 4)
    Bar(start=0.0, width=75.0, kind='', limit=None)
    """
    span = high - low or 1.0

    def place(v: float) -> float:
        return round(100 * (min(max(v, low), high) - low) / span, 2)

    start, end = sorted((place(0.0), place(value)))
    kind: Literal["", "over", "below"] = ""
    if limit is not None and value >= limit:
        kind = "over"
    elif value < 0:
        kind = "below"
    return Bar(start, round(end - start, 2), kind, None if limit is None else place(limit))
