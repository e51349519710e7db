"""A small streaming reader of XES event logs (IEEE 1849), plain or gzip, to a data frame.

The file is untrusted: a DTD is refused before anything in it is read (so there are no entities and nothing is
ever fetched), and depth, token length, number of attributes and bytes are capped. Only one event is held as a
tree.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pandas as pd

from qualitychain.discovery.opening import LARGEST_LOG, opened
from qualitychain.errors import LogError

DEEPEST = 64
LONGEST_TOKEN = 8 * 2**20
MOST_COLUMNS = 2_000
CHUNK = 2**16
_ATTRIBUTES = frozenset({"string", "date", "int", "float", "boolean", "id"})


def read_xes(path: str | os.PathLike[str], *, max_bytes: int = LARGEST_LOG) -> pd.DataFrame:
    """The events of an XES log as a data frame of texts, one row each, in file order.

    Parameters
    ----------
    path : path
        An ``.xes`` or ``.xes.gz`` file.
    max_bytes : int
        Most bytes to read, after unpacking.

    Returns
    -------
    pandas.DataFrame
        Columns: ``case`` (the trace's ``concept:name``, or ``trace n`` without one), ``case:<key>`` for each
        attribute of the trace, and the event attributes by their keys. Attributes inside attributes, lists
        and log-level attributes are not read.

    Raises
    ------
    LogError
        When the file is not well-formed XML, has a DTD, goes over a cap, or is no XES log.
    """
    reader = _Reader(Path(path).name)
    with opened(path, max_bytes) as file:
        fed = 0
        while chunk := file.read(CHUNK):
            reader.feed(chunk)
            fed += len(chunk)
            if fed - max(reader.parser.CurrentByteIndex, 0) > LONGEST_TOKEN:
                raise reader.refuse(f"one tag or attribute is longer than {LONGEST_TOKEN:,} bytes")
        reader.finish()
    return reader.table()


class _Reader:
    """Handlers of the parser, and the columns gathered so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.level = 0  # depth of the open trace or event whose direct children are attributes
        self.traces = 0
        self.rows = 0
        self.event: dict[str, str] | None = None
        self.trace: dict[str, str] = {}
        self.trace_first = 0
        self.in_trace = False
        self.columns: dict[str, tuple[list[int], list[str]]] = {}
        self.names: set[str] = set()
        self.spans: list[tuple[int, int, dict[str, str]]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def refuse(self, what: str) -> LogError:
        return LogError(f"{self.name}:{self.parser.CurrentLineNumber}:{self.parser.CurrentColumnNumber + 1}: {what}")

    def feed(self, chunk: bytes, final: bool = False) -> None:
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, "error")
            raise LogError(f"{self.name}:{error.lineno}:{error.offset + 1}: not well-formed XML ({what})") from None
        except (ValueError, LookupError) as error:  # an encoding that the parser does not know
            raise self.refuse(f"cannot be decoded ({str(error)[:80]})") from None

    def finish(self) -> None:
        self.feed(b"", True)

    def _doctype(self, *_: object) -> None:
        raise self.refuse("DTD not allowed: a log needs no document type or entity declaration; remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if ":" in tag:  # a prefix of the name space, seldom written
            tag = tag.rpartition(":")[2]
        if self.depth > DEEPEST:
            raise self.refuse(f"nested deeper than {DEEPEST} elements")
        if self.depth == 1 and tag != "log":
            raise self.refuse(f"not an XES log: the outermost element is '{tag[:40]}', not 'log'")
        if self.depth == 2 and tag == "trace":
            self.in_trace, self.trace, self.trace_first, self.level = True, {}, self.rows, 2
            self.traces += 1
        elif self.depth == 3 and tag == "event" and self.in_trace:
            self.event, self.level = {}, 3
        elif self.in_trace and self.depth == self.level + 1 and tag in _ATTRIBUTES:
            self._attribute(attributes)

    def _attribute(self, attributes: dict[str, str]) -> None:
        key, value = attributes.get("key"), attributes.get("value")
        if key is None or value is None:
            return
        held = self.trace if self.event is None else self.event
        held[key] = value
        column = f"case:{key}" if self.event is None else key
        if column not in self.names:
            if len(self.names) >= MOST_COLUMNS:
                raise self.refuse(f"more than {MOST_COLUMNS:,} different attributes")
            self.names.add(column)

    def _end(self, _: str) -> None:
        if self.event is not None and self.depth == 3:
            for key, value in self.event.items():
                places, values = self.columns.setdefault(key, ([], []))
                places.append(self.rows)
                values.append(value)
            self.rows += 1
            self.event, self.level = None, 2
        elif self.in_trace and self.depth == 2:
            self.in_trace = False
            self.trace.setdefault("concept:name", f"trace {self.traces}")
            self.spans.append((self.trace_first, self.rows, self.trace))
        self.depth -= 1

    def table(self) -> pd.DataFrame:
        found: dict[str, Any] = {}
        lengths = [last - first for first, last, _ in self.spans]
        trace_keys = dict.fromkeys(k for _, _, trace in self.spans for k in trace)
        for key in trace_keys:
            values = np.empty(len(self.spans), object)
            values[:] = [trace.get(key) for _, _, trace in self.spans]
            found[f"case:{key}"] = np.repeat(values, lengths)
        for key, (places, texts) in self.columns.items():
            column = np.empty(self.rows, object)
            column[places] = texts
            # an event attribute may bear the name of a trace column; the trace's keeps it
            found.setdefault(key, column)
        table = pd.DataFrame(found, index=pd.RangeIndex(self.rows))
        names = found.get("case:concept:name", np.empty(0, object))
        if "case" in table:
            table = table.rename(columns={"case": "event:case"})
        table.insert(0, "case", names)
        return table
