"""JSON as plain data: the content by the standard reader, the places by a scan over its tokens.

The depth is looked at before anything recurses. Places are only looked for when something is wrong.
"""

# ruff: noqa: S105
# A token is a word of JSON here.

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from qualitychain.errors import Fault
from qualitychain.files import scalars
from qualitychain.files.content import Content, Path, Place, Positions, Step, UnreadableError, locate, walk
from qualitychain.files.limits import Limits

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_BRACKETS = re.compile(_STRING + r"|([\[{])|([\]}])", re.DOTALL)
_TOKENS = re.compile(_STRING + r"|[{}\[\]]|[^\s,:{}\[\]\"]+", re.DOTALL)
_HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
_CONSTANTS = ("NaN", "Infinity", "-Infinity")
_SENTENCES = (
    ("Expecting property name", "a key in double quotes is expected here; remove a comma before it"),
    ("Illegal trailing comma", "a comma after the last element; remove it"),
    ("Expecting ':'", "a ':' is expected here, between a key and its value"),
    ("Expecting ','", "a ',' is missing before this place"),
    (
        "Expecting value",
        "a value is expected here; text needs double quotes, and the last element no comma after it",
    ),
    ("Unterminated string", "the quotation mark opened here is never closed"),
    ("Invalid control character", "a line break or tab within text; write \\n or \\t"),
    ("Invalid \\escape", "an unknown escape; write \\\\ for a backslash"),
    ("Invalid \\uXXXX", "an escape \\u needs four hexadecimal digits"),
    ("Extra data", "nothing is expected after the end of the chain"),
)


def read_json(data: bytes, limits: Limits, reason: str) -> Content:
    """The content of a JSON text.

    Parameters
    ----------
    data : bytes
        UTF-8 text without byte order mark and control characters.
    limits : Limits
        Caps on depth, elements and digits.
    reason : str
        Why it is read as JSON, for the message when it is something else.

    Raises
    ------
    UnreadableError
        When it is not well-formed, or over a cap.
    """
    text = data.decode("utf-8")
    if not text.strip():
        raise UnreadableError(Fault("QC001", (), "the file is empty", 1, 1))
    _within_size(text, limits)
    _within_depth(text, limits)
    reader = _Reader(limits)
    try:
        value = reader.read(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(_explain(error, text, reason)) from None
    content = Content(value, find=lambda paths: _find(text, paths))
    if type(value) is not dict:
        kind = "a list" if type(value) is list else "a single value"
        where = len(text) - len(text.lstrip())
        message = f"expected a mapping with the fields of a chain, got {kind}"
        raise UnreadableError(Fault("QC010", (), message, *_places(text, [where])[where]))
    if reader.doubtful or _HALF_ESCAPE.search(text):
        _examine(text, content, limits)
    return content


class _Reader:
    """The standard reader, which here notes what has to be looked at again with its place."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.doubtful = False

    def read(self, text: str) -> Any:
        return json.loads(
            text,
            object_pairs_hook=self.mapping,
            parse_int=self.integer,
            parse_float=self.floating,
            parse_constant=self.constant,
        )

    def mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.doubtful = True
            result = dict(reversed(pairs))  # the first of each key counts, as in YAML
        if "<<" in result:
            self.doubtful = True
        return result

    def integer(self, text: str) -> int | str:
        return int(text) if len(text) <= self.limits.digits else self.instead(text)

    def floating(self, text: str) -> float | str:
        if len(text) > scalars.LONGEST_FLOAT:
            return self.instead(text)
        value = float(text)
        if value == 0 and scalars.vanishes(text, value):
            self.doubtful = True
        return value

    def constant(self, text: str) -> str:
        return self.instead(text)

    def instead(self, text: str) -> str:
        """A text in the place of a number that is refused."""
        self.doubtful = True
        return scalars.cut(text)


def _within_depth(text: str, limits: Limits) -> None:
    if text.count("[") + text.count("{") <= limits.depth:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match.lastindex == 1:
            depth += 1
            if depth > limits.depth:
                message = f"more than {limits.depth} mappings and lists within each other"
                raise UnreadableError(Fault("QC005", (), message, *_places(text, [match.start()])[match.start()]))
        elif match.lastindex == 2:
            depth -= 1


def _within_size(text: str, limits: Limits) -> None:
    # as in YAML, commas and colons within text count too: at once is worth more than exact
    if max(text.count(","), 2 * text.count(":")) > limits.events:
        message = f"the file has more than {limits.events:,} elements; pass larger Limits if that is meant"
        raise UnreadableError(Fault("QC005", (), message, 1, 1))


def _explain(error: json.JSONDecodeError, text: str, reason: str) -> Fault:
    sentence = next((s for part, s in _SENTENCES if error.msg.startswith(part)), "not well-formed JSON here")
    where = min(error.pos, max(len(text.rstrip()) - 1, 0))
    return Fault("QC004", (), f"{sentence} (read as JSON {reason})", *_places(text, [where])[where])


def _places(text: str, offsets: Iterable[int]) -> dict[int, Place]:
    """Line and column of each offset, in one pass over the text."""
    found: dict[int, Place] = {}
    line, start, seen = 1, 0, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", seen, offset) + text.count("\r", seen, offset) - text.count("\r\n", seen, offset)
        start = max(start, text.rfind("\n", seen, offset) + 1, text.rfind("\r", seen, offset) + 1)
        found[offset] = (line, offset - start + 1)
        seen = offset
    return found


def _steps(text: str) -> Iterator[Step]:
    for match in _TOKENS.finditer(text):
        token = match.group()
        if token[0] == '"':
            text_of = token[1:-1] if "\\" not in token else json.loads(token)
            yield ".", text_of, (match.start(), True)
        elif token in "{}[]":
            yield token, "", (match.start(), False)
        else:
            yield ".", token, (match.start(), False)


def _find(text: str, paths: set[Path]) -> Positions:
    found = {key: where[0] for key, where in locate(_steps(text), paths).items()}
    places = _places(text, found.values())
    return {key: places[offset] for key, offset in found.items()}


def _examine(text: str, content: Content, limits: Limits) -> None:
    """Everything that the standard reader lets pass, with its place."""
    faults: list[tuple[str, Path, str, int]] = []
    cautions: list[tuple[str, Path, str, int]] = []
    seen: dict[int, tuple[Path, set[str]]] = {}
    for path, is_key, kind, token, (offset, quoted) in walk(_steps(text)):
        if kind != ".":
            seen.pop(len(path), None)
            continue
        if quoted and _HALF.search(token):
            message = "half a surrogate pair, which is not a character; write the whole pair"
            faults.append(("QC004", path, message, offset))
            if is_key:
                content.settled.add(path[:-1])
        if is_key:
            keys = seen.setdefault(len(path) - 1, (path[:-1], set()))[1]
            if token in keys:
                faults.append(
                    (
                        "QC009",
                        path,
                        f"the key '{scalars.cut(token)}' is given a second time; keep one",
                        offset,
                    )
                )
            elif token == "<<":
                faults.append(("QC015", path, "'<<' is unknown: keys are not merged; write the fields out", offset))
                content.settled.add(path)
            keys.add(token)
        elif not quoted:
            told = _odd_number(token, limits)
            if told is not None:
                (cautions if told[0] == "QC040" else faults).append((told[0], path, told[1], offset))
    places = _places(text, (entry[3] for entry in faults + cautions))
    content.faults.extend(Fault(code, path, message, *places[offset]) for code, path, message, offset in faults)
    content.cautions.extend(Fault(code, path, message, *places[offset]) for code, path, message, offset in cautions)
    content.settled.update(path for code, path, _, _ in faults if code in ("QC004", "QC011", "QC012"))


def _odd_number(token: str, limits: Limits) -> tuple[str, str] | None:
    if token in _CONSTANTS:
        return "QC011", f"{token} is not a finite number"
    if token in ("true", "false", "null"):
        return None
    try:
        value = scalars.meaning(token, limits.digits)
    except scalars.TooLongError as error:
        return "QC012", str(error)
    if isinstance(value, float) and math.isfinite(value) and scalars.vanishes(token, value):
        return "QC040", f"{scalars.cut(token)} is read as 0: it is too small for a number"
    return None
