"""Tables as CSV for machines: plain numbers under the names of their columns, and what each column is counted in."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.frames import flat
from qualitychain.vocabulary.measure import Unit, Units
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
COLUMNS = "columns"
"""The file that says what the columns of all others are counted in."""


def as_csv(frame: pd.DataFrame, *, escape: bool) -> str:
    """A table as CSV.

    Parameters
    ----------
    frame : DataFrame
    escape : bool
        Whether text that a spreadsheet would take for a formula gets a ``'`` in front. Numbers stay numbers.
    """
    whole = flat(frame)
    rows = ([_cell(value, escape) for value in record.values()] for record in whole.to_dict("records"))
    return _written([str(c) for c in whole.columns], rows)


def columns_csv(specs: Iterable[TableSpec], units: Units) -> str:
    """What each column of each table is counted in, and per what, with a line of words."""
    rows = []
    for spec in specs:
        for name in (*spec.index, *(column.name for column in spec.columns)):
            column = spec.column(name)
            if column.measure_in:
                rows.append([spec.name, name, "", "", f"the measure that its row names under {column.measure_in}"])
                continue
            measure = measure_of(column.measure or column.name)
            unit = units.time if measure.unit is Unit.TIME else measure.unit.value
            rows.append([spec.name, name, unit, units.per(measure.per), measure.words])
    return _written(["table", "column", "unit", "per", "words"], rows)


def _written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _cell(value: Any, escape: bool) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        value = "; ".join(map(str, value))
    if not isinstance(value, str):
        return value.item() if hasattr(value, "item") else value
    return f"'{value}" if escape and value.startswith(_FORMULA) else value
