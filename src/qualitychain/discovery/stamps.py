"""Stamps, quantities and flags as logs write them, to numbers; the unreadable is counted, not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qualitychain.errors import LogError

MISSING = frozenset({"", "null", "nan", "nat", "none", "na", "n/a", "<na>", "-"})
TRUE = frozenset({"y", "yes", "true", "t", "x", "1"})
FALSE = frozenset({"n", "no", "false", "f", "0"}) | MISSING
_ZONE = r"[T ].*?(Z|z|[+-]\d{2}(?::?\d{2})?)$"
NO_STAMP = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Stamps:
    """Stamps in microseconds UTC (``NO_STAMP`` where there is none), and what was found on the way."""

    micros: NDArray[np.int64]
    missing: int
    unreadable: int
    unzoned: int
    other_zones: int
    ambiguous: int
    example: str = ""

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have a stamp."""
        present: NDArray[np.bool_] = self.micros != NO_STAMP
        return present


def stamps(column: pd.Series[Any], *, form: str | None = None, zone: str | None = None) -> Stamps:
    """Read a column of time stamps: ISO 8601 row by row, or ``form`` (strptime); without a zone, in ``zone``.

    The default zone is UTC. A clock time that a change to winter time makes happen twice is the first of
    the two.

    Raises
    ------
    LogError
        When the column holds bare numbers, the zone is unknown, or no stamp at all can be read.
    """
    name = str(column.name)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        utc = column.dt.tz_convert("UTC")
        return _result(column, utc, column.isna().to_numpy())
    if pd.api.types.is_datetime64_dtype(column.dtype):
        utc, ambiguous = _localized(column, zone)
        missing = column.isna().to_numpy()
        return _result(column, utc, missing, unzoned=int((~missing).sum()), ambiguous=ambiguous)
    if pd.api.types.is_numeric_dtype(column.dtype) and form is None and column.notna().any():
        raise LogError(
            f"column {name!r} holds numbers, not time stamps; "
            "convert it with pandas.to_datetime(..., unit=...) "
            "or give timestamp_format="
        )
    text = _text(column)
    missing = text.str.lower().isin(MISSING).to_numpy()
    suffix = text.str.extract(_ZONE, expand=False)
    zoned = suffix.notna().to_numpy() & ~missing
    utc = pd.to_datetime(text.mask(missing), format=form or "ISO8601", utc=True, errors="coerce")
    ambiguous = 0
    bare = ~missing & ~zoned & utc.notna().to_numpy()
    if zone is not None and bare.any():
        local, ambiguous = _localized(utc[bare].dt.tz_localize(None), zone)
        utc = utc.copy()
        utc[bare] = local
    kinds = suffix[zoned].value_counts()
    other = int(kinds.iloc[1:].sum()) if len(kinds) else 0
    return _result(text, utc, missing, unzoned=int(bare.sum()), other=other, ambiguous=ambiguous)


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").str.strip()
    return column.map(lambda v: "" if v is None or v is pd.NaT or str(v) == "nan" else str(v).strip()).astype(object)


def _localized(naive: pd.Series[Any], zone: str | None) -> tuple[pd.Series[Any], int]:
    if zone is None:
        return naive.dt.tz_localize("UTC"), 0
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LogError(f"the zone {zone!r} is unknown; write for instance zone='Europe/Berlin'") from None
    strict = naive.dt.tz_localize(place, ambiguous="NaT", nonexistent="NaT")
    first = naive.dt.tz_localize(place, ambiguous=np.ones(len(naive), bool), nonexistent="shift_forward")
    return first.dt.tz_convert("UTC"), int((strict.isna() & naive.notna()).sum())


def _result(
    raw: pd.Series[Any],
    utc: pd.Series[Any],
    missing: NDArray[np.bool_],
    *,
    unzoned: int = 0,
    other: int = 0,
    ambiguous: int = 0,
) -> Stamps:
    found = utc.notna().to_numpy()
    bad = ~found & ~missing
    example = str(raw[bad].iloc[0])[:40] if bad.any() else ""
    if bad.any() and not found.any():
        raise LogError(
            f"column {raw.name!r}: no time stamp can be read, for instance {example!r}; "
            "write ISO 8601 (2026-11-21T14:05:00) or give timestamp_format='%d.%m.%Y %H:%M'"
        )
    micros = np.full(len(raw), NO_STAMP, dtype=np.int64)
    micros[found] = utc[found].dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    return Stamps(micros, int(missing.sum()), int(bad.sum()), unzoned, other, ambiguous, example)


def quantities(column: pd.Series[Any], decimal: str | None) -> tuple[NDArray[np.float64], int, str]:
    """Amounts of at least 0 (0 where missing), how many were not readable, and the decimal mark used."""
    mark = "."
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.astype(float).to_numpy(dtype=float, na_value=np.nan)
        blank = np.isnan(values)
    else:
        text = _text(column)
        blank = text.str.lower().isin(MISSING).to_numpy()
        commas = text.str.fullmatch(r"[+-]?\d+,\d+").fillna(False)
        points = text.str.fullmatch(r"[+-]?\d+\.\d+").fillna(False)
        if decimal == "," or (decimal is None and commas.any() and not points.any()):
            mark, text = ",", text.str.replace(",", ".", regex=False)
        values = pd.to_numeric(text.mask(blank), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~blank & ~(np.isfinite(values) & (values >= 0) & (values <= 1e12))
    return np.where(bad | blank, 0.0, values), int(bad.sum()), mark


def flags(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """Truth values of a column: yes/no words, truth values, or counts (true above 0).

    Raises
    ------
    LogError
        When a value is none of these; the first is named.
    """
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.fillna(False).to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype(float).to_numpy(dtype=float, na_value=0.0) > 0
    codes, words = pd.factorize(_text(column))
    table = np.zeros(len(words) + 1, dtype=bool)
    for i, word in enumerate(words):
        low = str(word).lower()
        if low in TRUE:
            table[i] = True
        elif low not in FALSE:
            try:
                table[i] = float(low) > 0
            except ValueError:
                raise LogError(
                    f"column {column.name!r}: {str(word)[:40]!r} is neither yes nor no nor a count; "
                    "write Y or leave it empty"
                ) from None
    return table[codes]
