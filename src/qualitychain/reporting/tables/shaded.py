"""Tables whose cells are shaded by their size: a heat map that is read out as a table."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from qualitychain.reporting.page.table import Cell, Column, Table, make_table
from qualitychain.reporting.tables.quality_tables import NONE

MOST_ACROSS, MOST_DOWN = 6, 25
"""Columns and rows at most."""
SHADES = 9
"""Steps of shade; the style sheet has a ground for each."""


def shaded_table(caption: str, head: str, table: pd.DataFrame, say: Callable[[float], str], *, where: str) -> Table:
    """The first rows and columns of a table of numbers, larger ones darker; negative ones in words of alarm.

    Parameters
    ----------
    caption, head : str
        Of the table, and of its first column.
    table : DataFrame
        Names as index and columns, numbers of one unit.
    say : callable
        How a number is said.
    where : str
        Name of the table for ``show --table``.
    """
    across = table.iloc[:, :MOST_ACROSS]
    values = across.to_numpy(dtype=float)
    shown = values[:MOST_DOWN]
    top = float(np.max(np.abs(shown), where=np.isfinite(shown), initial=0.0))

    def cell(value: float) -> Cell:
        if math.isnan(value):
            return Cell(NONE, tone="quiet")
        return Cell(say(value), tone="bad" if value < 0 else "", shade=shade_of(value, top))

    made = make_table(
        caption,
        [Column(head, figures=False), *(Column(str(name)) for name in across.columns)],
        ([str(name), *(cell(v) for v in row)] for name, row in zip(table.index, values, strict=True)),
        total=len(table),
        most=MOST_DOWN,
        where=where,
    )
    if len(table.columns) <= MOST_ACROSS:
        return made
    more = f"{len(table.columns) - MOST_ACROSS:,} further customers: `qualitychain show --table {where}`."
    return Table(made.caption, made.columns, made.rows, " ".join(filter(None, (made.left_out, more))))


def shade_of(value: float, top: float) -> int:
    """The step of shade of a value, 0 for none to ``SHADES``.

    Examples
    --------
    >>> shade_of(0.0, 10.0), shade_of(0.1, 10.0), shade_of(10.0, 10.0), shade_of(-3.0, 10.0)
    (0, 1, 9, 0)
    """
    return max(1, round(SHADES * value / top)) if value > 0 and top > 0 else 0
