"""What every result has in common: it explains itself, and becomes plain data.

Contract for the next author: a result is a frozen dataclass that inherits ``Result``, with tables as pandas frames that
its ``tables`` describe. A figure that does not exist is NaN in its table (an infinite one is infinite there), and
``missing`` says why, by its ``Place``; ``to_dict`` turns both into null and keeps the reason. Nothing here prints.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from qualitychain.analysis.base.frames import frame_of, heading, texts, undescribed
from qualitychain.vocabulary.measure import Units
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Place, Why, why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

RESULT_VERSION = 2
MOST_ROWS = 60
"""Rows that a notebook shows of a table."""


if TYPE_CHECKING:
    answered = cached_property
else:

    class answered(cached_property):  # noqa: N801  used as cached_property is
        """A part worked out when first asked for; what rests on unknown rates does not exist in it."""

        def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
            """The part, from the results with 0 and with other rates where rates are unknown."""
            held = {} if instance is None else vars(instance)
            if "apart" in held and self.attrname not in held:
                from qualitychain.analysis.base.unknown import rested

                known, tried, of = held["apart"]
                held[self.attrname] = rested(getattr(known, self.attrname), getattr(tried, self.attrname), of)
            return super().__get__(instance, owner)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """Base of all results."""

    tables: ClassVar[tuple[TableSpec, ...]] = ()
    """What its tables are."""

    exact: bool
    """Whether the figures are exact under the stated semantics (formulas: What happens to a unit), up to rounding."""
    method: str
    """How they were computed, in words."""
    assumptions: tuple[str, ...]
    """What was assumed, in words; part of the result."""
    missing: Mapping[Place, Why] = dataclasses.field(default_factory=dict)
    """Why a figure does not exist, by its place: table, row and column."""
    units: Units = dataclasses.field(default=Units(), repr=False, compare=False)
    """What the figures are counted in."""

    @abstractmethod
    def summary(self) -> str:
        """The result in a few lines of text."""

    def reason_for(self, table: str, row: Hashable = None, column: str = "") -> Why | None:
        """Why a figure, a row or a whole table does not exist; None where nothing is said of it."""
        return why(self.missing, table, row, column)

    def __str__(self) -> str:
        """What ``print`` shows: the summary, and where the tables are."""
        tables = ", ".join(f".{spec.attribute}" for spec, _ in self._at_hand())
        return f"{self.summary()}\n({type(self).__name__}; tables: {tables})" if tables else self.summary()

    def resting(self) -> Self:
        """The result without what rests on unknown rates and stands in no table or figure of its own."""
        return self

    def described(self) -> tuple[TableSpec, ...]:
        """What its tables are; a result whose measures depend on what was asked says so here."""
        return self.tables

    def _at_hand(self) -> list[tuple[TableSpec, pd.DataFrame]]:
        """The tables that are there already and hold anything."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.repr}
        specs = self.described() or [undescribed(n, v) for n, v in fields.items() if hasattr(v, "columns")]
        some = [(spec, frame_of(self, spec)) for spec in specs if spec.attribute in fields]
        return [(spec, frame) for spec, frame in some if len(frame)]

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data.

        Tables as lists of records, with what each column is counted in under ``units``; numbers that do not exist as
        None, with the reason and its words in ``missing``.
        """
        data: dict[str, Any] = {"result": type(self).__name__, "version": RESULT_VERSION}
        data.update((f.name, plain(getattr(self, f.name))) for f in dataclasses.fields(self) if f.repr)
        data["units"] = {spec.attribute: units_of(spec, self.units) for spec, _ in self._at_hand()}
        data["missing"] = [
            {**place._asdict(), "row": plain(place.row), "reason": reason.reason.name, "words": str(reason)}
            for place, reason in self.missing.items()
        ]
        return data

    def _repr_html_(self) -> str:
        parts = [f"<h4>{escape(type(self).__name__)}</h4><pre>{escape(self.summary())}</pre>"]
        for spec, frame in self._at_hand():
            names = [*spec.index, *(c.name for c in spec.columns)]
            heads = "".join(f"<th>{escape(heading(spec.column(name), self.units))}</th>" for name in names)
            rows = "".join(
                f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
                for row in texts(frame.head(MOST_ROWS), spec)
            )
            more = f"<p>{len(frame) - MOST_ROWS:,} more rows</p>" if len(frame) > MOST_ROWS else ""
            parts.append(f"<h5>{escape(spec.title)}</h5><table><tr>{heads}</tr>{rows}</table>{more}")
        return "".join(parts)


def units_of(spec: TableSpec, units: Units) -> dict[str, str]:
    """What each column of a table is counted in, and per what; columns whose rows name their measures are left out."""
    found = {}
    for column in spec.columns:
        if not column.measure_in:
            measure = measure_of(column.measure or column.name)
            per = units.per(measure.per)
            found[column.name] = f"{measure.unit.value} per {per}" if per else measure.unit.value
    return found


def plain(value: Any) -> Any:
    """Any value of a result as JSON-safe data."""
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        keyed = value if value.index.name is None and value.index.nlevels == 1 else value.reset_index()
        return [{str(k): plain(v) for k, v in row.items()} for row in keyed.to_dict("records")]
    if hasattr(value, "items"):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Why):
        return str(value)
    differs = value != value  # noqa: PLR0124  NaN and NaT do from themselves, and nothing else
    infinite = isinstance(value, float) and math.isinf(value)
    return None if differs or infinite else value


__all__ = ["Place", "Result", "Why", "plain", "units_of"]
