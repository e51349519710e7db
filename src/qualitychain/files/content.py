"""What a reader hands on: plain data, what was wrong with the file, and the way back to lines and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from qualitychain.errors import Fault

Path = tuple[str | int, ...]
Place = tuple[int, int]
"""Line and column, from 1."""
Step = tuple[str, str, Any]
"""One element of a file in reading order: what it is (one of ``{ } [ ] .``), its text, and where it is."""
Positions = dict[tuple[Path, bool], Place]
"""Where a path's value (False) and its key (True) stand."""


class UnreadableError(Exception):
    """Reading cannot go on after this fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


@dataclass
class Content:
    """A file as plain data.

    ``faults`` did not stop the reading, so that the model's own faults can be reported with them; ``settled`` holds the
    paths whose value was replaced because of one, about which the model need not be heard. ``ambiguous`` holds the
    places of unquoted texts that other programs read as a number.
    """

    data: object = None
    faults: list[Fault] = field(default_factory=list)
    cautions: list[Fault] = field(default_factory=list)
    settled: set[Path] = field(default_factory=set)
    ambiguous: list[tuple[Path, str, Place]] = field(default_factory=list)
    find: Callable[[set[Path]], Positions] = lambda _: {}


def walk(steps: Iterable[Step]) -> Iterator[tuple[Path, bool, str, str, Any]]:
    """Each value and key with its path: ``(path, is it a key, kind, text, where)``.

    Values inside a key that is itself a mapping or list have no path and are left out.
    """
    frames: list[tuple[bool, Path | None]] = []  # is it a mapping; its path
    turns: list[Any] = []  # of a mapping: the pending key, or _EXPECTED; of a list: the next index
    for kind, text, where in steps:
        if kind in "}]":
            frames.pop()
            turns.pop()
            continue
        path: Path | None = ()
        if frames:
            mapping, parent = frames[-1]
            turn = turns[-1]
            if mapping and turn is _EXPECTED:
                known = parent is not None and kind == "."
                turns[-1] = text if known else _NAMELESS
                if kind == ".":
                    if parent is not None:
                        yield (*parent, text), True, kind, text, where
                    continue
                path = None
            else:
                path = None if parent is None or turn is _NAMELESS else (*parent, turn)
                turns[-1] = _EXPECTED if mapping else turn + 1
        if path is not None:
            yield path, False, kind, text, where
        if kind in "{[":
            frames.append((kind == "{", path))
            turns.append(_EXPECTED if kind == "{" else 0)


_EXPECTED = object()
_NAMELESS = object()


def locate(steps: Iterable[Step], paths: set[Path]) -> dict[tuple[Path, bool], Any]:
    """Where the given paths, and all that lead to them, stand; of a repeated key the first."""
    wanted: dict[str | int, Any] = {}
    for path in paths:
        branch = wanted
        for part in path:
            branch = branch.setdefault(part, {})
    found: dict[tuple[Path, bool], Any] = {}
    stack: list[tuple[bool, Any, Path]] = []  # those around: is it a mapping; what is wanted in it; its path
    mapping, inside, here = False, None, ()  # type: bool, Any, Path
    turns: list[Any] = [_EXPECTED]
    for kind, text, where in steps:
        if kind in "}]":
            mapping, inside, here = stack.pop()
            turns.pop()
            continue
        turn = turns[-1]
        if not stack:
            below: Any = wanted
            path = ()
        elif mapping and turn is _EXPECTED:
            turns[-1] = text if kind == "." else _NAMELESS
            if kind == ".":
                if inside and text in inside:
                    found.setdefault(((*here, text), True), where)
                continue
            below = None
        else:
            turns[-1] = _EXPECTED if mapping else turn + 1
            below = inside.get(turn) if inside else None
            path = (*here, turn) if below is not None else ()
        if below is not None:
            found.setdefault((path, False), where)
        if kind in "{[":
            stack.append((mapping, inside, here))
            mapping, inside, here = kind == "{", below, path if below is not None else ()
            turns.append(_EXPECTED if mapping else 0)
    return found
