"""YAML as plain data, built directly from the parser's events.

Nothing is ever constructed by tag, nothing is resolved by YAML 1.1 rules, aliases are refused, and the caps are looked
at with every event: a million brackets are refused after thirty-three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from qualitychain.errors import Fault
from qualitychain.files import scalars
from qualitychain.files.content import Content, Path, Place, Positions, Step, UnreadableError, locate
from qualitychain.files.limits import Limits
from qualitychain.files.yaml_errors import PARSER_DEPTH, above_the_depth, explain

CORE = "tag:yaml.org,2002:"
_NOT_A_LIST = "expected a mapping with the fields of a chain, got a list"
_ENDS = (MappingEndEvent, SequenceEndEvent)
_KINDS: dict[type, str] = {
    ScalarEvent: ".",
    MappingStartEvent: "{",
    SequenceStartEvent: "[",
    MappingEndEvent: "}",
    SequenceEndEvent: "]",
}
_HALF = re.compile("[\ud800-\udfff]")
_EXPECTED: Any = object()
_DROPPED: Any = object()


def read_yaml(data: bytes, limits: Limits) -> Content:
    """The content of one YAML document.

    Parameters
    ----------
    data : bytes
        UTF-8 text without byte order mark and control characters.
    limits : Limits
        Caps on depth, elements and digits.

    Raises
    ------
    UnreadableError
        At the first fault after which nothing sure can be said about the rest.
    """
    if estimate(data) > limits.events:
        raise UnreadableError(Fault("QC005", (), _too_many(limits), 1, 1))
    builder, fault = _read(data, limits)
    if fault is not None:
        builder.content.faults.append(fault)
        builder.stopped = True
    content = builder.finish()
    content.find = lambda paths: _find(data, paths)
    return content


def _read(data: bytes, limits: Limits) -> tuple[_Builder, Fault | None]:
    """What could be built, and the fault that ended it."""
    builder = _Builder(limits)
    try:
        for event in _events(data):
            builder.take(event)
    except UnreadableError as stop:
        return builder, stop.fault
    except yaml.YAMLError as error:
        above = above_the_depth(error, data)
        if above is None:
            return builder, explain(error, data)
        # The parser looked ahead and gave up at a depth of its own before it handed out what stands above it.
        builder, fault = _read(above, limits)
        ours = fault is not None and (fault.code == "QC005" or limits.depth < PARSER_DEPTH)
        return builder, fault if ours else explain(error, data)
    return builder, None


def estimate(data: bytes) -> int:
    """How many events this text has about, by counting the signs that go with them.

    Every ``": "`` parts a key from its value, every comma and dash an item from the next, and no file needs more lines
    than elements. Text and comments that hold these signs count too: a file is refused by them only when it has
    millions, and is then refused at once instead of after parsing millions of events.
    """
    return max(2 * data.count(b": "), data.count(b","), data.count(b"- "), data.count(b"\n"))


def _too_many(limits: Limits) -> str:
    return f"the file has more than {limits.events:,} elements; pass larger Limits if that is meant"


def _events(data: bytes) -> Iterator[Any]:
    fast = getattr(yaml, "CSafeLoader", None)
    # without the C parser the text must be decoded first: the slow one guesses encodings
    loader: Any = fast(data) if fast is not None else yaml.SafeLoader(data.decode("utf-8"))
    try:
        while True:
            event = loader.get_event()
            yield event
            if type(event) is StreamEndEvent:
                return
    finally:
        loader.dispose()


def _steps(data: bytes) -> Iterator[Step]:
    for event in _events(data):
        kind = _KINDS.get(type(event))
        if kind is not None:
            yield kind, event.value if kind == "." else "", event.start_mark


def _find(data: bytes, paths: set[Path]) -> Positions:
    return {key: _place(mark) for key, mark in locate(_steps(data), paths).items()}


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


class _Builder:
    """The data under construction: the innermost container, its pending key, and those around it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.content = Content()
        self.stopped = False
        self.documents = 0
        self.count = 0
        self.anchor: Place | None = None
        self.wrong_root: Fault | None = None  # raised when the first item is read, unless that nests too deep
        self.outer: list[tuple[Any, Any]] = []
        self.container: Any = None
        self.key: Any = _EXPECTED
        self.keys: dict[str, str] = {}

    def finish(self) -> Content:
        content = self.content
        if not self.stopped:
            if self.documents == 0:
                content.faults.append(Fault("QC001", (), "the file is empty", 1, 1))
            if self.anchor is not None:
                content.faults.append(Fault("QC007", (), "anchors (&) are not allowed; remove it", *self.anchor))
        if self.stopped:
            content.data = None
        return content

    def take(self, event: Any) -> None:
        self.count += 1
        if self.count > self.limits.events:
            raise UnreadableError(Fault("QC005", (), _too_many(self.limits), *_place(event.start_mark)))
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor is not None:
                self.anchored(event)
            if self.container is None:
                raise UnreadableError(self.not_a_mapping(event))
            if self.key is _EXPECTED and type(self.container) is dict:
                self.take_key(event)
            else:
                self.place(self.value(event))
        elif kind in _ENDS:
            self.close()
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            self.open(event, {} if kind is MappingStartEvent else [])
        elif kind is AliasEvent:
            raise UnreadableError(
                Fault("QC007", (), "aliases (*) are not allowed; write the value out", *_place(event.start_mark))
            )
        elif kind is DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise UnreadableError(
                    Fault(
                        "QC006",
                        (),
                        "a second document begins here; a file holds one chain",
                        *_place(event.start_mark),
                    )
                )
            if event.tags:
                raise UnreadableError(
                    Fault("QC008", (), "%TAG lines are not allowed; remove it", *_place(event.start_mark))
                )

    def anchored(self, event: Any) -> None:
        # an alias, when there is one, is the better place to point at
        self.anchor = self.anchor or _place(event.start_mark)

    def not_a_mapping(self, event: Any) -> Fault:
        where = _place(event.start_mark)
        if event.value == "" and not event.style and event.tag is None:
            return Fault("QC001", (), "the file is empty", 1, 1)
        return Fault(
            "QC010",
            (),
            f"expected a mapping with the fields of a chain, got {scalars.cut(repr(event.value[:50]))}",
            *where,
        )

    def open(self, event: Any, made: Any) -> None:
        if event.anchor is not None:
            self.anchored(event)
        if len(self.outer) >= self.limits.depth:
            message = f"more than {self.limits.depth} mappings and lists within each other"
            raise UnreadableError(Fault("QC005", (), message, *_place(event.start_mark)))
        if event.tag is not None and event.tag != CORE + ("map" if type(made) is dict else "seq"):
            raise UnreadableError(_bad_tag(event))
        if self.container is None:
            self.content.data = made
            self.wrong_root = Fault("QC010", (), _NOT_A_LIST, *_place(event.start_mark)) if type(made) is list else None
        elif type(self.container) is list:
            self.container.append(made)
        elif self.key is _EXPECTED:
            if not self.within_key():
                message = "a key must be text, not a mapping or list; remove the '?' or the brackets"
                self.content.faults.append(Fault("QC010", self.path(), message, *_place(event.start_mark)))
        elif self.key is not _DROPPED:
            self.container[self.key] = made
        self.outer.append((self.container, self.key))
        self.container, self.key = made, _EXPECTED

    def within_key(self) -> bool:
        return any(key is _EXPECTED and type(container) is dict for container, key in self.outer)

    def close(self) -> None:
        self.container, self.key = self.outer.pop()
        if self.wrong_root is not None:
            raise UnreadableError(self.wrong_root)
        # what was closed stood in the place of a key, or was the value of one
        self.key = _DROPPED if self.key is _EXPECTED and type(self.container) is dict else _EXPECTED

    def take_key(self, event: Any) -> None:
        text = event.value
        if event.tag is not None or text not in self.keys:
            value = self.value(event)
            if type(value) is not str:
                message = f"a key must be text, got {scalars.cut(text) or 'nothing'}"
                self.content.faults.append(Fault("QC010", self.path(), message, *_place(event.start_mark)))
                self.key = _DROPPED
                return
            if not event.style:
                self.keys[text] = text
        text = self.keys.get(text, text)
        if text in self.container:
            message = f"the key '{scalars.cut(text)}' is given a second time; keep one"
            self.content.faults.append(Fault("QC009", (*self.path(), text), message, *_place(event.start_mark)))
            self.key = _DROPPED
            return
        if text == "<<":
            path = (*self.path(), text)
            message = "'<<' is unknown: keys are not merged; write the fields out"
            self.content.faults.append(Fault("QC015", path, message, *_place(event.start_mark)))
            self.content.settled.add(path)
        self.key = text

    def place(self, value: Any) -> None:
        if type(self.container) is list:
            self.container.append(value)
            if self.wrong_root is not None:
                raise UnreadableError(self.wrong_root)
            return
        if self.key is not _DROPPED:
            self.container[self.key] = value
        self.key = _EXPECTED

    def path(self) -> Path:
        """Where the next value goes; above a value that is dropped, the mapping that it was dropped from."""
        found: list[str | int] = []
        for depth, (container, key) in enumerate([*self.outer[1:], (self.container, self.key)]):
            if type(container) is list:
                found.append(len(container) - (depth < len(self.outer) - 1))
            elif key is _DROPPED or key is _EXPECTED:
                break
            else:
                found.append(key)
        return tuple(found)

    def value(self, event: Any) -> Any:
        text, tag = event.value, event.tag
        if tag is not None:
            return _tagged(event, self.limits)
        if event.style:
            if event.style == '"' and not text.isascii() and _HALF.search(text):
                message = "an escape that is not a character"
                raise UnreadableError(Fault("QC004", self.path(), message, *_place(event.start_mark)))
            return text
        try:
            value = scalars.meaning(text, self.limits.digits)
        except scalars.TooLongError as error:
            path = self.path()
            self.content.faults.append(Fault("QC012", path, str(error), *_place(event.start_mark)))
            self.content.settled.add(path)
            return scalars.cut(text)
        if value == 0 and scalars.vanishes(text, value):
            message = f"{scalars.cut(text)} is read as 0: it is too small for a number"
            self.content.cautions.append(Fault("QC040", self.path(), message, *_place(event.start_mark)))
        elif type(value) is str and scalars.number_elsewhere(text):
            self.content.ambiguous.append((self.path(), text, _place(event.start_mark)))
        return value


def _tagged(event: Any, limits: Limits) -> Any:
    """The value of a scalar with an explicit core tag, which must say what the text says by itself."""
    text, tag = event.value, event.tag
    if tag == CORE + "str":
        return text
    expected = {
        CORE + "null": (type(None),),
        CORE + "bool": (bool,),
        CORE + "int": (int,),
        CORE + "float": (float, int),
    }
    try:
        value = scalars.meaning(text, limits.digits)
    except scalars.TooLongError:
        value = text
    if type(value) not in expected.get(tag, ()):
        raise UnreadableError(_bad_tag(event))
    return float(value) if tag == CORE + "float" and value is not None else value


def _bad_tag(event: Any) -> Fault:
    shown = event.tag.replace(CORE, "!!")
    message = f"the tag {scalars.cut(shown)} is not allowed here; remove it (quote text that begins with '!')"
    return Fault("QC008", (), message, *_place(event.start_mark))
