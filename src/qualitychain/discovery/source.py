"""A log as it lies on disk, or in memory, to a table of raw values: CSV, XES, Parquet or a data frame."""

from __future__ import annotations

import csv
import io
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from qualitychain.discovery.opening import opened
from qualitychain.discovery.xes import read_xes
from qualitychain.errors import LogError
from qualitychain.near import did_you_mean

MOST_COLUMNS = 10_000
LONGEST_HEADER = 2**20
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Raw:
    """A table of raw values, and what was found about the file it came from."""

    table: pd.DataFrame
    origin: str
    dialect: str
    repeated_headers: int = 0


def read_raw(log: object, wanted: Iterable[str], *, sep: str | None, encoding: str, max_bytes: int) -> Raw:
    """The raw table of a log given as a path or a data frame, with every wanted column present.

    Raises
    ------
    LogError
        When the log cannot be read, or a wanted column is missing or stands twice (all are named, with near
        misses).
    """
    wanted = list(dict.fromkeys(wanted))
    if isinstance(log, pd.DataFrame):
        _require(wanted, list(log.columns), "the data frame")
        return Raw(log, "data frame", "data frame")
    if not isinstance(log, str | os.PathLike):
        raise LogError(f"a log is a path or a data frame, got {type(log).__name__}")
    name = Path(log).name
    kind = name.lower().removesuffix(".gz").rpartition(".")[2]
    try:
        if kind == "xes":
            table = read_xes(log, max_bytes=max_bytes)
            _require(wanted, list(table.columns), name)
            return Raw(table, name, "XES")
        if kind in ("parquet", "pq"):
            return _parquet(log, wanted, name)
        return _csv(log, wanted, sep=sep, encoding=encoding, max_bytes=max_bytes)
    except (OSError, EOFError) as error:
        raise LogError(f"{name}: cannot be read ({error}); the file may be damaged") from None


def _parquet(path: str | os.PathLike[str], wanted: list[str], name: str) -> Raw:
    try:
        table = pd.read_parquet(path)
    except ImportError:
        raise LogError(f"{name}: reading Parquet needs pyarrow; pip install pyarrow") from None
    except (ValueError, OSError) as error:
        raise LogError(f"{name}: not readable as Parquet ({str(error)[:80]})") from None
    _require(wanted, list(table.columns), name)
    return Raw(table, name, "Parquet")


def _csv(path: str | os.PathLike[str], wanted: list[str], *, sep: str | None, encoding: str, max_bytes: int) -> Raw:
    name = Path(path).name
    with opened(path, max_bytes) as file:
        head = file.read(LONGEST_HEADER)
    sep, header = _dialect(head, wanted, name, sep, encoding)
    _require(wanted, header, name)
    with opened(path, max_bytes) as file, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            table = pd.read_csv(
                file,
                sep=sep,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
                encoding=encoding,
            )
        except UnicodeDecodeError as error:
            raise LogError(f"{name}: not {error.encoding} (byte {error.start}); give encoding=") from None
        except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
            raise LogError(
                f"{name}: not a table separated by {SEPARATORS.get(sep, repr(sep))}: {str(error).strip()[:120]}"
            ) from None
    repeated = pd.Series(True, index=table.index)
    for column in wanted:
        repeated &= table[column] == column
    count = int(repeated.sum()) if wanted else 0
    if count:
        table = table.loc[~repeated]
    return Raw(table, name, f"CSV separated by {SEPARATORS.get(sep, repr(sep))}", count)


def _dialect(head: bytes, wanted: list[str], name: str, sep: str | None, encoding: str) -> tuple[str, list[str]]:
    try:
        text = head.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding, errors="strict")
    except UnicodeDecodeError as error:
        # the head may end within a character
        if error.start < len(head) - 4:
            raise LogError(f"{name}: not {encoding} (byte {error.start}); give encoding=") from None
        text = head[: error.start].decode(encoding)
    except LookupError:
        raise LogError(f"the encoding {encoding!r} is unknown; try 'utf-8' or 'latin-1'") from None
    if not text.strip():
        raise LogError(f"{name}: the log is empty")
    if len(head) == LONGEST_HEADER and "\n" not in text:
        raise LogError(
            f"{name}: the header is longer than {LONGEST_HEADER:,} bytes; is this a table with a line per event?"
        )
    best: tuple[int, int] = (-1, 0)
    chosen, header = ",", [""]
    for candidate in (sep,) if sep else SEPARATORS:
        try:
            fields = next(csv.reader(io.StringIO(text), delimiter=candidate))
        except (csv.Error, StopIteration, TypeError):
            continue
        score = (len(set(wanted) & set(fields)), len(fields))
        if score > best:
            best, chosen, header = score, candidate, fields
    if len(header) > MOST_COLUMNS:
        raise LogError(
            f"{name}: {len(header):,} columns, at most {MOST_COLUMNS:,} are read; select the ones of use first"
        )
    return chosen, header


def _require(wanted: list[str], columns: list[Any], where: str) -> None:
    names = [str(c) for c in columns]
    faults = []
    for column in wanted:
        found = columns.count(column)
        if found == 0:
            faults.append(f"no column {column!r}{did_you_mean(column, names)}")
        elif found > 1:
            faults.append(f"the column {column!r} stands {found} times in the header; give each its own name")
    if faults:
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise LogError(f"{where}: {'; '.join(faults)} (columns: {shown[:1000]})")
