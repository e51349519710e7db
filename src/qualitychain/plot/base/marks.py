"""What a chain map shows, as plain records, and how its words are cleaned, measured and wrapped."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["supplier", "department", "customer", "service"]

FONT = 12.0
"""Size of all small text in px; names are one px larger. Nothing on the map is smaller."""

_UNSEEN = frozenset(
    "\u200b\u200e\u200f\u061c\u2028\u2029\u2060\ufeff\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


@dataclass(frozen=True)
class MapNode:
    """A node of the map.

    ``lines`` are short facts under the name ("utilization 85 %"); ``emphasis`` from 0 to 1 shades the box;
    ``bottleneck`` gives it the heavy border. ``kind`` "service" is an internal service that others pull from.
    """

    name: str
    kind: Kind = "department"
    lines: tuple[str, ...] = ()
    emphasis: float = 0.0
    bottleneck: bool = False


@dataclass(frozen=True)
class MapEdge:
    """A handoff of the map, from ``giver`` to ``receiver`` (names of nodes).

    ``lines`` are its label; ``pulled`` draws it dashed, ``back`` (rework, return) curved below the boxes;
    ``weight`` from 0 to 1 is its share of the flow (line width), ``emphasis`` from 0 to 1 how much it matters
    (colour).
    """

    giver: str
    receiver: str
    lines: tuple[str, ...] = ()
    pulled: bool = False
    back: bool = False
    weight: float = 0.0
    emphasis: float = 0.0


def clean(text: str) -> str:
    r"""One printable line of ``text``: white space is one space, control characters are U+FFFD.

    Examples
    --------
    >>> clean("Quality\n control\x1b[31m")
    'Quality control�[31m'
    """
    spaced = " ".join(text.split())
    return "".join("\ufffd" if _is_control(c) else c for c in spaced)


def _is_control(c: str) -> bool:
    # Cc control, Cs half a surrogate pair, and the marks that reorder or hide the text around them.
    return c in _UNSEEN or unicodedata.category(c) in {"Cc", "Cs"}


def text_width(text: str, size: float = FONT) -> float:
    """Width of ``text`` in px at ``size`` px, on the generous side for any sans-serif font."""
    return size * sum(_em(c) for c in text)


def _em(c: str) -> float:
    if c < "\u007f":
        return 0.95 if c in "MW@%mw" else 0.75 if "A" <= c <= "Z" or c in "&#+=<>~" else 0.62
    if unicodedata.east_asian_width(c) in "WF":
        return 1.05
    # A mark that combines takes no room of its own, but many stacked on one letter do; letters of other
    # scripts vary, so all count as a wide capital.
    return 0.2 if unicodedata.combining(c) else 0.8


def shorten(text: str, width: float, size: float = FONT) -> str:
    """The text itself if it fits ``width`` px, otherwise its beginning and an ellipsis.

    Examples
    --------
    >>> shorten("Goods inwards inspection", 90)
    'Goods inwa…'
    """
    if text_width(text, size) <= width:
        return text
    room = width - text_width("…", size)
    kept = 0
    while kept < len(text) and room >= (needed := size * _em(text[kept])):
        room -= needed
        kept += 1
    return text[:kept].rstrip() + "…"


def wrap(text: str, width: float, *, most: int, size: float = FONT) -> tuple[str, ...]:
    """The text in at most ``most`` lines of ``width`` px, broken at spaces where it can be.

    Examples
    --------
    >>> wrap("Goods inwards inspection", 100, most=2)
    ('Goods', 'inwards ins…')
    """
    lines: list[str] = []
    # A number and its per cent sign stay together.
    rest = clean(text).replace(" %", "\u00a0%")
    while rest and len(lines) < most - 1 and text_width(rest, size) > width:
        words = rest.split(" ")
        taken = 0
        while taken < len(words) and text_width(" ".join(words[: taken + 1]), size) <= width:
            taken += 1
        head = " ".join(words[:taken]) if taken else _fitting(rest, width, size)
        lines.append(head)
        rest = rest[len(head) :].lstrip()
    if rest:
        lines.append(shorten(rest, width, size))
    return tuple(lines)


def _fitting(text: str, width: float, size: float) -> str:
    kept = 1
    while kept < len(text) and text_width(text[: kept + 1], size) <= width:
        kept += 1
    return text[:kept]
