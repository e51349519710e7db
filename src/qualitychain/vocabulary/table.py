"""What a table of a result is: its columns, order, title and rows for people; ``show``, CSV, JSON and pages read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = Callable[[Any], Any]
"""From a data frame to those of its rows that people are shown unasked."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        Name of the column in the frame.
    measure : str
        The measure that it holds; by default the one of its own name.
    measure_in : str
        A column, or level of the index, of which each row says which measure this column holds there.
    heading : str
        How it is headed, where the measure's own heading says too little.
    """

    name: str
    measure: str = ""
    measure_in: str = ""
    heading: str = ""


@dataclass(frozen=True)
class TableSpec:
    """A table of a result.

    Attributes
    ----------
    name : str
        What ``show --table`` calls it; unique among all tables.
    attribute : str
        Where the result holds it, for instance ``customers``.
    title : str
        How people read it is called.
    words : str
        What it holds, in one line.
    index : tuple of str
        Names of the index; empty for a frame with plain row numbers.
    columns : tuple of Column
        All columns, in order.
    shown : tuple of str
        Columns that people are shown in a summary of all tables; all of them by default.
    rows : callable, optional
        Which rows people are shown there; all by default.
    empty : str
        Why it has no rows in a chain where it has none.
    """

    name: str
    attribute: str
    title: str
    words: str
    index: tuple[str, ...]
    columns: tuple[Column, ...]
    shown: tuple[str, ...] = ()
    rows: Rows | None = None
    empty: str = "there is nothing of it in this chain"

    def column(self, name: str) -> Column:
        """A column by name; a name of the index is words."""
        for column in self.columns:
            if column.name == name:
                return column
        return Column(name, "name")


def columns(*given: str | Column) -> tuple[Column, ...]:
    """Columns from names, each holding the measure of its name, and from columns that say more."""
    return tuple(Column(one) if isinstance(one, str) else one for one in given)


@dataclass(frozen=True)
class Analysis:
    """A question that the library answers about a chain.

    Attributes
    ----------
    name : str
        What ``to_dict`` of all results calls it; the name of the public function where there is one.
    title : str
        How a page heads it.
    question : str
        Where the function from a Study to the result is: ``package.module:function`` below ``qualitychain``.
    tables : tuple of TableSpec
    left_out : str
        Where the function is that says of a Study, and one of the tables, why it is done without unless it is asked
        for by name: a sentence, counted from the chain and never tried; "" where it is made.
    brief : bool
        Whether its summary is read first: ``show`` without a table works it out.
    """

    name: str
    title: str
    question: str
    tables: tuple[TableSpec, ...]
    left_out: str = ""
    brief: bool = False
