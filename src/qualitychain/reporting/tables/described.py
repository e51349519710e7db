"""A table of a result laid out as its description says; what most tables of the report need."""

from __future__ import annotations

from typing import Any

from qualitychain.analysis.base.frames import frame_of, heading, texts
from qualitychain.analysis.base.result import Result
from qualitychain.reporting.page.table import MOST_ROWS, Cell, Column, Table, make_table
from qualitychain.vocabulary.measure import Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.table import TableSpec


def described_table(result: Result, spec: TableSpec) -> Table | None:
    """The rows and columns that people are shown of a table; nothing where there is no row."""
    frame: Any = frame_of(result, spec)
    shown = frame if spec.rows is None else spec.rows(frame)
    if not len(shown):
        return None
    names = [*spec.index, *(spec.shown or (c.name for c in spec.columns))]
    columns = [spec.column(name) for name in dict.fromkeys(names)]
    rows = texts(shown.head(MOST_ROWS), spec, [column.name for column in columns])
    return make_table(
        spec.title,
        [
            Column(
                heading(column, result.units).capitalize(),
                figures=bool(column.measure_in) or measure_of(column.measure or column.name).unit is not Unit.WORDS,
            )
            for column in columns
        ],
        ([Cell(text, tone="quiet" if text == "-" else "") for text in row] for row in rows),
        total=len(shown),
        where=spec.name,
    )
