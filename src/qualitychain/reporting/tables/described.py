"""A table of a result laid out as its description says; what most tables of the report need."""

from __future__ import annotations

from typing import Any

from qualitychain.analysis.base.frames import NONE, frame_of, heading, texts
from qualitychain.analysis.base.result import Result
from qualitychain.reporting.page.table import MOST_ROWS, Cell, Column, Table, make_table
from qualitychain.vocabulary.measure import Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.table import Column as SpecColumn
from qualitychain.vocabulary.table import TableSpec

LONGEST = 40
"""Letters of a reason that fits into a cell."""


def described_table(result: Result, spec: TableSpec) -> Table | None:
    """The rows and columns that people are shown of a table; nothing where there is no row."""
    frame: Any = frame_of(result, spec)
    shown = frame if spec.rows is None else spec.rows(frame)
    if not len(shown):
        return None
    names = [*spec.index, *(spec.shown or (c.name for c in spec.columns))]
    some = shown.head(MOST_ROWS)
    # a column that has nothing to say in any row is left out
    said = {
        name for name in names if name not in some.columns or some[name].notna().any() or _reasons(result, spec, name)
    }
    columns = [spec.column(name) for name in dict.fromkeys(names) if name in said]
    rows = texts(some, spec, [column.name for column in columns])

    def cell(row: Any, column: SpecColumn, text: str) -> Cell:
        if text != NONE:
            return Cell(text)
        why = result.reason_for(spec.attribute, row, column.name)
        # the whole of a long reason is in ``show`` and in a sentence
        return Cell(why if why and len(why) <= LONGEST else "not known" if why else NONE, tone="quiet")

    return make_table(
        spec.title,
        [
            Column(
                _capital(heading(column, result.units)),
                figures=bool(column.measure_in) or measure_of(column.measure or column.name).unit is not Unit.WORDS,
            )
            for column in columns
        ],
        (
            [cell(name, column, text) for column, text in zip(columns, row, strict=True)]
            for name, row in zip(some.index, rows, strict=True)
        ),
        total=len(shown),
        where=spec.name,
    )


def _reasons(result: Result, spec: TableSpec, column: str) -> bool:
    """Whether anything says why a figure of a column does not exist."""
    return any(place.table == spec.attribute and place.column in ("", column) for place in result.missing)


def _capital(words: str) -> str:
    """With a capital first letter; abbreviations keep theirs."""
    return words[:1].upper() + words[1:]
