"""Tables of results as people read them: the figures of a frame by their measures, under headings with units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

from qualitychain.vocabulary.measure import Units
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.table import Column, TableSpec

if TYPE_CHECKING:
    import pandas as pd

NONE = "-"
"""What stands for a figure that does not exist."""


def frame_of(result: Any, spec: TableSpec) -> pd.DataFrame:
    """A table of a result by its description; a series becomes a frame of one column."""
    found: Any = reduce(getattr, spec.attribute.split("."), result)
    if hasattr(found, "to_frame"):
        found = found.rename(spec.columns[0].name).rename_axis(spec.index[0]).to_frame()
    return cast("pd.DataFrame", found)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its index says as columns; a plain row number says nothing."""
    return frame.reset_index() if any(n is not None for n in frame.index.names) else frame


def undescribed(name: str, frame: pd.DataFrame) -> TableSpec:
    """A description of a table of which nobody said what it holds: numbers are numbers."""
    index = tuple(str(n) for n in frame.index.names if n is not None)
    return TableSpec(name, name, name, "", index, tuple(Column(str(c), "number") for c in frame.columns))


def figure_text(column: Column, value: Any, row: dict[str, Any]) -> str:
    """One figure as a person reads it, by the measure of its column, or by the one that its row names."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        return "; ".join(map(str, value))
    named = str(row[column.measure_in]) if column.measure_in else column.measure or column.name
    return measure_of(named).text(float(value))


def texts(frame: pd.DataFrame, spec: TableSpec, names: Sequence[str] | None = None) -> list[list[str]]:
    """The rows of a table as people read them: the columns ``names``, by default the index and all columns."""
    wanted = [*spec.index, *(c.name for c in spec.columns)] if names is None else names
    columns = [spec.column(name) for name in wanted]
    records = [{str(k): v for k, v in record.items()} for record in flat(frame).to_dict("records")]
    return [[figure_text(column, record[column.name], record) for column in columns] for record in records]


def heading(column: Column, units: Units) -> str:
    """How a column is headed: with unit and per-what, where its figures do not say them."""
    name = column.heading or column.name.replace("_", " ")
    if column.measure_in:
        return name
    measure = measure_of(column.measure or column.name)
    unit = measure.unit_in(units)
    label = measure.label if measure.label and not (column.heading or column.measure) else name
    # what the unit says need not stand in the name too: "late per period (per month)"
    said = label.removesuffix(f" per {measure.per.value}") if measure.per.value else label
    return f"{said} ({unit})" if unit else label
