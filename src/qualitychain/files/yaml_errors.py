"""A YAML parser's complaint as one clear sentence."""

# ruff: noqa: E501
# A table reads better with one entry on a line.

from __future__ import annotations

import re
from typing import Any

import yaml

from qualitychain.errors import Fault
from qualitychain.files.scalars import cut

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
PARSER_DEPTH = 1_000  # at which libyaml from 0.2.6 gives up; older ones follow any depth
_TOO_DEEP = "maximum nesting depth"
TABS = "YAML does not allow tabs for indentation; use spaces"

# what the parser's problem contains -> code, sentence, whether the beginning of the element is the better place
_SENTENCES: tuple[tuple[str, str, str, bool], ...] = (
    (_TOO_DEEP, "QC005", "more mappings and lists within each other than the YAML parser can follow", False),
    ("found unexpected end of stream", "QC004", "the quotation mark opened here is never closed", True),
    ("unexpected document indicator", "QC004", "the quotation mark opened here is never closed", True),
    ("could not find expected ':'", "QC004", "a key without ': ' after it; write 'key: value'", True),
    ("mapping values are not allowed", "QC004", "a ':' where no key can be; put text that holds ': ' in quotes, and check the indentation", False),
    ("mapping keys are not allowed", "QC004", "a '?' where no key can be; put text that begins with '?' in quotes", False),
    ("sequence entries are not allowed", "QC004", "a list item '- ' must begin on a line of its own; put text that begins with '-' in quotes", False),
    ("expected ',' or ']'", "QC004", "the list opened with '[' is not closed here; a ',' or a ']' is missing before this place", False),
    ("expected ',' or '}'", "QC004", "the mapping opened with '{' is not closed here; a ',' or a '}' is missing before this place", False),
    ("expected '-' indicator", "QC004", "a list item '- ' is expected here; check the indentation", False),
    ("expected key", "QC004", "a key is expected here; check the indentation, and the quotes before this place", False),
    ("expected <block end>", "QC004", "a key or list item is expected here; check the indentation, and the quotes before this place", False),
    ("document start>", "QC004", "nothing is expected here; check the indentation of this line and of the first one", False),
    ("node content", "QC004", "a value is expected here; put text that begins with a special character in quotes", False),
    ("cannot start any token", "QC004", "text cannot begin with this character; put it in quotes", False),
    ("unknown escape character", "QC004", "an unknown escape in double quotes; write '\\\\' for a backslash, or use single quotes", False),
    ("invalid Unicode character escape", "QC004", "an escape that is not a character", False),
    ("alphabetic or numeric character", "QC004", "text cannot begin with '*' or '&'; put it in quotes", True),
    ("undefined tag handle", "QC008", "tags are not allowed; put text that begins with '!' in quotes", True),
    ("duplicate %YAML", "QC004", "a second %YAML line; keep one", False),
    ("%TAG", "QC008", "%TAG lines are not allowed; remove it", False),
    ("incompatible YAML document", "QC004", "an unknown version of YAML; write %YAML 1.2, or leave the line out", False),
    ("block scalar", "QC004", "a block of text after '|' or '>' that is not well indented", False),
    ("leading empty line", "QC004", "a block of text after '|' or '>' that is not well indented", False),
)  # fmt: skip


def above_the_depth(error: yaml.YAMLError, data: bytes) -> bytes | None:
    """The text before the place at which the parser found too many levels; None for any other complaint."""
    mark = getattr(error, "problem_mark", None)
    if mark is None or _TOO_DEEP not in str(getattr(error, "problem", "")):
        return None
    return data.decode("utf-8")[: mark.index].encode("utf-8")


def explain(error: yaml.YAMLError, data: bytes) -> Fault:
    """The fault behind a parser's error, within the file."""
    problem = str(getattr(error, "problem", "") or "")
    context = str(getattr(error, "context", "") or "")
    mark, begin = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    tab = _tab_before(data, mark)
    if tab is not None:
        return Fault("QC004", (), TABS, *tab)
    for part, code, sentence, at_beginning in _SENTENCES:
        if part in problem:
            return Fault(code, (), sentence, *_inside(data, (begin if at_beginning else mark) or mark))
    if "tag" in context:
        return Fault(
            "QC008",
            (),
            "tags are not allowed; put text that begins with '!' in quotes",
            *_inside(data, begin or mark),
        )
    told = f" ({cut(problem)})" if problem else ""
    return Fault("QC004", (), f"not well-formed YAML here{told}", *_inside(data, mark))


def _tab_before(data: bytes, mark: Any) -> tuple[int, int] | None:
    """The first tab in the indentation of the line where parsing stopped."""
    if mark is None:
        return None
    row, column = _inside(data, mark)
    start = 0
    for _ in range(row - 1):
        start = data.find(b"\n", start) + 1
    end = data.find(b"\n", start)
    line = data[start : end if end >= 0 else len(data)]
    indent = line[: len(line) - len(line.lstrip(b" \t"))]
    at = indent.find(b"\t")
    return (row, at + 1) if 0 <= at < column and line.strip() else None


def _end(data: bytes) -> tuple[int, int]:
    """Where the text ends, in lines as YAML counts them."""
    text, line, start = data.rstrip(b"\r\n").decode("utf-8", "replace"), 1, 0
    for found in _BREAK.finditer(text):
        line, start = line + 1, found.end()
    return line, len(text) - start + 1


def _inside(data: bytes, mark: Any) -> tuple[int, int]:
    """A parser's mark as line and column; the end of the file instead of a place beyond it."""
    last = _end(data)
    if mark is None:
        return last
    found = (mark.line + 1, mark.column + 1)
    return min(found, last)
