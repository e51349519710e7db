"""What every result has in common: it explains itself, and becomes plain data.

Contract for the next author: a result is a frozen dataclass that inherits ``Result``, with tables as pandas frames. A
figure that does not exist is NaN in its table (an infinite one is infinite there), and ``missing`` says why;
``to_dict`` turns both into null and keeps the reason. Nothing here prints.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

RESULT_VERSION = 1
NO_DEFECTS = ">= 6.0+ (no defects in the model)"
ALL_DEFECTS = "no sigma level (every unit is nonconforming in the model)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """Base of all results."""

    exact: bool
    """Whether the figures are exact under the stated semantics (formulas: What happens to a unit), up to rounding."""
    method: str
    """How they were computed, in words."""
    assumptions: tuple[str, ...]
    """What was assumed, in words; part of the result."""
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Why a figure does not exist, by its place ``table/row/column``."""

    @abstractmethod
    def summary(self) -> str:
        """The result in a few lines of text."""

    def __str__(self) -> str:
        """What ``print`` shows: the summary, and where the tables are."""
        tables = ", ".join(f".{name}" for name, _ in self._tables())
        return f"{self.summary()}\n({type(self).__name__}; tables: {tables})" if tables else self.summary()

    def _tables(self) -> list[tuple[str, pd.DataFrame]]:
        """The tables that hold anything, by name."""
        fields = [(f.name, getattr(self, f.name)) for f in dataclasses.fields(self) if f.repr]
        return [(name, value) for name, value in fields if isinstance(value, pd.DataFrame) and len(value)]

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data.

        Tables as lists of records, numbers that do not exist as None, reasons in ``missing``.
        """
        data: dict[str, Any] = {"result": type(self).__name__, "version": RESULT_VERSION}
        data.update((f.name, plain(getattr(self, f.name))) for f in dataclasses.fields(self) if f.repr)
        return data

    def _repr_html_(self) -> str:
        parts = [f"<h4>{escape(type(self).__name__)}</h4><pre>{escape(self.summary())}</pre>"]
        for name, table in self._tables():
            parts.append(f"<h5>{escape(name)}</h5>{table.to_html(escape=True, max_rows=60, float_format=number)}")
        return "".join(parts)


def plain(value: Any) -> Any:
    """Any value of a result as JSON-safe data."""
    if isinstance(value, pd.DataFrame):
        keyed = value if value.index.name is None and value.index.nlevels == 1 else value.reset_index()
        return [{str(k): plain(v) for k, v in row.items()} for row in keyed.to_dict("records")]
    if isinstance(value, pd.Series):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    return value


def number(value: float) -> str:
    """A number as a person reads it: four digits, small ones in powers of ten.

    Examples
    --------
    >>> number(0.19973053), number(199730.53), number(0.0), number(1e-9)
    ('0.1997', '199,731', '0', '1e-09')
    """
    if math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    if math.isinf(value):
        return "none" if value < 0 else "no limit"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(value: float) -> str:
    """A share as a percentage with the digits that matter.

    Examples
    --------
    >>> percent(0.19973053), percent(1.0), percent(3.4e-6)
    ('19.97 %', '100 %', '0.00034 %')
    """
    if math.isnan(value):
        return "-"
    return f"{100 * value:.4g} %" if abs(value) < 1e9 else f"{value:.4g}"


def sigma_text(level: float) -> str:
    """A sigma level as a person reads it, also where there is none.

    Examples
    --------
    >>> sigma_text(2.3426)
    '2.34'
    """
    if math.isnan(level):
        return "-"
    if math.isinf(level):
        return NO_DEFECTS if level > 0 else ALL_DEFECTS
    return f"{level:.2f}"
