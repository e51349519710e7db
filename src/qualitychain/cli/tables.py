"""Frames as tables for people and as CSV for machines."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from qualitychain.reporting.page.escaping import one_line
from qualitychain.vocabulary.figures import number, percent, sigma_text

MOST_ROWS = 200
"""Rows that the text shows of a table."""
WIDEST = 120
"""Width of text that is not shown on a terminal."""
NAME = 18
"""Least width of the names at the beginning of a row."""
MOST_KEYS, WIDEST_KEY, GAP = 3, 44, 3
"""Columns that name the rows of a table without an index, the room of one, and the room between two."""
_FIGURE = re.compile(r"-|-?[\d.,]+(e-?\d+)?( %)?|no limit|none")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
_SHARES = frozenset(
    {
        "defect_rate", "accepted_defect_rate", "presented_defect_rate", "sla_defect_rate", "removal_effect",
        "lower", "upper", "throughput_yield", "first_pass_yield", "rolled", "utilization", "hidden_factory",
        "conforming", "on_time", "satisfied", "share", "inputs_share", "wait_probability", "sla_attainment",
        "satisfied_gain", "conforming_gain_halved", "contribution", "variance_share", "churn", "retention",
        "defect_share", "satisfied_share", "revenue_at_risk_share", "share_by_defects",
        "share_by_time",
    }
)  # fmt: skip
_SIGMAS = frozenset({"z_lt", "sigma_level"})


def as_csv(frames: Mapping[str, pd.DataFrame], *, named: bool, escape: bool) -> str:
    """Tables as one CSV text.

    Parameters
    ----------
    frames : mapping of name to DataFrame
    named : bool
        Whether a first column ``table`` names the table of each row; columns are then those of all tables.
    escape : bool
        Whether text that a spreadsheet would take for a formula gets a ``'`` in front. Numbers stay numbers.
    """
    flat = {name: _flat(frame) for name, frame in frames.items()}
    columns = list(dict.fromkeys(str(c) for frame in flat.values() for c in frame.columns))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([*(["table"] if named else []), *columns])
    for name, frame in flat.items():
        for record in frame.to_dict("records"):
            row = [_csv_cell(record.get(c), escape) for c in columns]
            writer.writerow([*([name] if named else []), *row])
    return out.getvalue()


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its index says as columns; a plain row number says nothing."""
    return frame.reset_index() if any(n is not None for n in frame.index.names) else frame


def _csv_cell(value: Any, escape: bool) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value.item() if hasattr(value, "item") else value
    return f"'{value}" if escape and value.startswith(_FORMULA) else value


def text_table(title: str, frame: pd.DataFrame, columns: Sequence[str] | None, *, source: str = "") -> str:
    """A frame as an aligned table under its title.

    Parameters
    ----------
    title : str
    frame : DataFrame
    columns : sequence of str or None
        Which columns beside the index; None for all, and then also all rows.
    source : str
        Name of the table for ``--table``.
    """
    flat = _flat(frame)
    keys = [str(n) for n in frame.index.names if n is not None]
    shown = flat if columns is None else flat[[*keys, *(c for c in columns if c not in keys)]]
    rows = shown if columns is None else shown.head(MOST_ROWS)
    width = max(60, shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST)
    parts = [list(rows.columns)] if columns is not None else _parts(rows, keys, width)
    lines = [title]
    for place, part in enumerate(parts):
        lines += ([""] if place else []) + _lines(rows[part], keys, width)
    if len(rows) < len(shown):
        lines.append(f"(first {len(rows):,} of {len(shown):,}; `show --format csv --table {source}` gives all)")
    return "\n".join(lines)


def _parts(rows: pd.DataFrame, named: Sequence[str], width: int) -> list[list[str]]:
    """Columns in as many parts as the width takes; each begins with what names the rows."""
    columns = [str(c) for c in rows.columns]
    keys = list(named)
    for column in () if keys else columns:
        if len(keys) == MOST_KEYS or not _wordy(rows[column]):
            break
        keys.append(column)
    taken = sum(min(_wide(rows, key), WIDEST_KEY) + GAP for key in keys)
    parts: list[list[str]] = []
    room = 0
    for column in (c for c in columns if c not in keys):
        wide = min(_wide(rows, column), WIDEST_KEY) if _wordy(rows[column]) else _wide(rows, column)
        if not parts or wide + GAP > room:
            parts.append([*keys])
            room = width - taken
        parts[-1].append(column)
        room -= wide + GAP
    return parts or [columns]


def _wordy(column: pd.Series[Any]) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def _wide(rows: pd.DataFrame, column: str) -> int:
    return max(len(column), *(len(_words(column, v)) for v in rows[column]), 0)


def _lines(rows: pd.DataFrame, keys: Sequence[str], width: int) -> list[str]:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    table = Table(box=box.SIMPLE_HEAD if unicode else box.ASCII, padding=(0, 1), pad_edge=False)
    for column in rows.columns:
        words = _wordy(rows[column])
        figures = words and len(rows) > 0 and all(_is_figure(v) for v in rows[column])
        table.add_column(
            Text(str(column).replace("_", " ")),
            justify="right" if figures or not words else "left",
            overflow="fold",
            no_wrap=figures or not words,
            min_width=NAME if words and column in keys else None,
        )
    for record in rows.to_dict("records"):
        table.add_row(*(Text(_words(str(c), v)) for c, v in record.items()))
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False, highlight=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def _is_figure(value: Any) -> bool:
    """Whether a cell is a number that was written for people already."""
    return isinstance(value, str) and _FIGURE.fullmatch(value) is not None


def _words(column: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, str | bool):
        return one_line(str(value))
    if column in _SIGMAS:
        return sigma_text(float(value))
    return percent(float(value)) if column in _SHARES else number(float(value))
