"""A table of a result laid out as its description says; what most tables of the report need."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.frames import NONE, flat, frame_of, heading, texts
from qualitychain.analysis.base.result import Result
from qualitychain.reporting.page.table import MOST_ROWS, Cell, Column, Table, Tone, bar, make_table
from qualitychain.vocabulary.measure import Unit, Units
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Reason
from qualitychain.vocabulary.table import Column as SpecColumn
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 40
"""Letters of a reason that fits into a cell."""
SHARED, MANY = {Unit.TIME: "times", Unit.MONEY: "money"}, 2
"""Kinds of units that the caption says where so many columns share one."""
LIMITS = {"utilization": 1.0}
"""Where a line crosses the bars of a measure."""
ALARMING: Mapping[str, Callable[[float], bool]] = {
    "utilization": lambda used: used >= 1,
    "takt_ratio": lambda ratio: ratio > 1,
    "waiting_time": math.isinf,
    "gain_alone": lambda gain: gain < 0,
    "removal_effect": lambda fall: fall < 0,
}
"""Figures that are bad news, by column."""
TONES: Mapping[str, Tone] = {
    "kept": "good",
    "enough": "good",
    "chosen": "good",
    "not kept": "bad",
    "broken": "bad",
    "too weak": "bad",
    "not chosen": "quiet",
    "cannot be judged": "quiet",
    "stated": "quiet",
}
"""Verdicts in words that are good or bad news, up to a colon."""
VERDICTS = frozenset({"verdict", "promise", "choice", "counted"})
"""Columns that hold verdicts; names that users give are never judged."""


def described_table(
    result: Result,
    spec: TableSpec,
    *,
    rows: pd.DataFrame | None = None,
    show: Sequence[str] = (),
    bars: Sequence[str] = (),
    optional: Sequence[str] = (),
    title: str = "",
    most: int = MOST_ROWS,
) -> Table | None:
    """The rows and columns that people are shown of a table; nothing where there is no row.

    Parameters
    ----------
    result : Result
    spec : TableSpec
    rows : DataFrame, optional
        The rows to show; by default those that the description says. Columns that it does not know are words.
    show : sequence of str
        Names of columns, the index among them; by default the index and the columns that the description shows.
    bars : sequence of str
        Columns whose figures have bars beside them, the largest the longest.
    optional : sequence of str
        Columns that are left out where they hold no figure, whatever the reason.
    title : str
        By default that of the description.
    most : int
        Rows shown.
    """
    if rows is None:
        frame: Any = frame_of(result, spec)
        rows = frame if spec.rows is None else spec.rows(frame)
    if not len(rows):
        return None
    some = rows.head(most)
    values = flat(some)
    # a column that has nothing to say in any row is left out
    columns = [
        spec.column(name)
        for name in dict.fromkeys(show or [*spec.index, *(spec.shown or (c.name for c in spec.columns))])
        if (values[name].notna() & (values[name] != "")).any()
        or (name not in optional and _reasons(result, spec, name))
    ]
    scales = {name: _scale(name, rows[name]) for name in bars}

    def cell(row: Any, column: SpecColumn, text: str, value: Any) -> Cell:
        if isinstance(value, str):
            return Cell(text, tone=TONES.get(text.partition(":")[0], "") if column.name in VERDICTS else "")
        endless = isinstance(value, float) and math.isinf(value) and _unit(column) is not Unit.SIGMA
        why = result.reason_for(spec.attribute, row, column.name) if text == NONE or endless else None
        if text == NONE or why:
            # the whole of a long reason is in ``show`` and in a sentence
            words = why if why and len(why) <= LONGEST else "not known" if why else NONE
            if why and why.reason is Reason.NOT_APPLICABLE and not endless:
                words = NONE
            return Cell(words, tone="bad" if endless and column.name in ALARMING else "quiet")
        bad = column.name in ALARMING and ALARMING[column.name](value)
        drawn = None
        if column.name in scales and math.isfinite(value):
            drawn = bar(value, *scales[column.name], limit=LIMITS.get(column.name))
        nothing = not value and _unit(column) in (Unit.TIME, Unit.MONEY)
        return Cell(text, drawn, "bad" if bad else "quiet" if nothing else "")

    names = [column.name for column in columns]
    told = texts(some, spec, names)
    # reasons in a table of rows by customer are kept by customer, or by customer and handoff
    by_customer = not spec.index and spec.columns[0].name == "customer"
    keys = values[[c.name for c in spec.columns[:2]]].itertuples(index=False, name=None) if by_customer else some.index
    caption, heads = _heads(title or spec.title, columns, result.units)
    return make_table(
        caption,
        [
            Column(head, bool(column.measure_in) or _unit(column) is not Unit.WORDS)
            for column, head in zip(columns, heads, strict=True)
        ],
        (
            [cell(key, *figure) for figure in zip(columns, row, held, strict=True)]
            for key, row, held in zip(keys, told, values[names].itertuples(index=False), strict=True)
        ),
        total=len(rows),
        most=most,
        where=spec.name,
    )


def _heads(caption: str, columns: Sequence[SpecColumn], units: Units) -> tuple[str, list[str]]:
    """The caption and the headings; a unit that many columns have is said in the caption, once."""
    heads = [_capital(heading(column, units)) for column in columns]
    for unit, words in SHARED.items():
        counted = Counter(
            measure_of(c.measure or c.name).unit_in(units) for c in columns if not c.measure_in and _unit(c) is unit
        )
        if counted and (most := counted.most_common(1)[0])[1] >= MANY:
            caption += f" ({words} in {most[0]})"
            heads = [
                head.removesuffix(f" ({most[0]})") if _unit(column) is unit else head
                for column, head in zip(columns, heads, strict=True)
            ]
    return caption, heads


def _unit(column: SpecColumn) -> Unit:
    return measure_of(column.measure or column.name).unit


def _scale(name: str, values: pd.Series[Any]) -> tuple[float, float]:
    """From where to where bars go; zero is always on it, and so is the limit."""
    known = [0.0, *(v for v in values if math.isfinite(v))]
    return min(known), max(*known, LIMITS.get(name, 0.0))


def _reasons(result: Result, spec: TableSpec, column: str) -> bool:
    """Whether anything says why a figure of a column does not exist."""
    return any(place.table == spec.attribute and place.column in ("", column) for place in result.missing)


def _capital(words: str) -> str:
    """With a capital first letter; abbreviations keep theirs."""
    return words[:1].upper() + words[1:]
