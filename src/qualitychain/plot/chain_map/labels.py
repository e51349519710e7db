"""Where the labels of edges go: at the middle of their wire, moved until nothing overlaps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from qualitychain.plot.chain_map.layout import Point
    from qualitychain.plot.chain_map.sizing import LabelSize
    from qualitychain.plot.chain_map.wires import Wire

_CELL = 64.0
_INK_CELL = 24.0
_CLEARANCE = 2.0
_FARTHEST = 4
"""Gaps between layers, to either side of the middle one, in which a label may sit."""


Ink = dict[tuple[int, int], list[tuple["Point", int]]]
"""Points of wires, with the number of the edge, by cell."""


@dataclass(frozen=True)
class Rect:
    """A rectangle in px: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height

    def meets(self, other: Rect, clearance: float = 0.0) -> bool:
        """Whether the two overlap, or come nearer than ``clearance``."""
        return (
            self.left < other.right + clearance
            and other.left < self.right + clearance
            and self.top < other.bottom + clearance
            and other.top < self.bottom + clearance
        )

    def moved(self, x: float, y: float) -> Rect:
        """The same rectangle elsewhere."""
        return Rect(self.left + x, self.top + y, self.width, self.height)


@dataclass(frozen=True)
class Label:
    """The label of edge number ``edge``: its rectangle and lines."""

    edge: int
    rect: Rect
    lines: tuple[str, ...]


def place_labels(
    sizes: Mapping[int, LabelSize],
    wires: Mapping[int, Wire],
    boxes: Sequence[Rect],
    *,
    across: Literal["x", "y"],
    limits: tuple[float, float],
) -> list[Label]:
    """Place each label near the middle of its wire, clear of boxes and of other labels.

    Labels that hide no other wire come before those that hide one, near places before far ones; what finds
    no place within reach is left out. ``limits`` bound the x coordinate.
    """
    taken: dict[tuple[int, int], list[Rect]] = {}
    for box in boxes:
        _mark(taken, box)
    ink: Ink = {}
    for number in wires:
        _mark(taken, _bounds(wires[number].head))
        for point in _trace(wires[number]):
            cell = int(point[0] // _INK_CELL), int(point[1] // _INK_CELL)
            ink.setdefault(cell, []).append((point, number))
    labels = []
    # Long edges have more places to choose from than short ones, and wide labels fewer than narrow ones.
    for edge in sorted(sizes, key=lambda i: (len(wires[i].gaps), -sizes[i].width, i)):
        size = sizes[edge]
        best: tuple[float, Rect] | None = None
        for distance, (x, y) in sorted(_places(wires[edge], size, across)):
            cost = distance
            if best and cost >= best[0]:
                break
            rect = Rect(x - size.width / 2, y - size.height / 2, size.width, size.height)
            if across == "x":
                slide = max(0.0, limits[0] - rect.left) + min(0.0, limits[1] - rect.right)
                rect = rect.moved(slide, 0)
                cost += abs(slide)
            if rect.left < limits[0] or rect.right > limits[1] or _is_taken(taken, rect):
                continue
            enough = (best[0] - cost) / 5 if best else math.inf
            cost += 5.0 * _hidden(ink, rect, edge, enough)
            if best is None or cost < best[0]:
                best = (cost, rect)
        if best:
            _mark(taken, best[1])
            labels.append(Label(edge, best[1], size.lines))
    return sorted(labels, key=lambda label: label.edge)


def _places(wire: Wire, size: LabelSize, across: Literal["x", "y"]) -> Iterator[tuple[float, Point]]:
    """Candidate middles of a label with what is against each: distance from the middle and from the wire."""
    middle = len(wire.gaps) // 2
    step = (size.height if across == "y" else size.width) / 2 + 4
    lifts: tuple[float, ...] = (0.0, 10.0, -10.0, 20.0, -20.0)
    if wire.loop:
        lifts += (32.0, -32.0, 44.0, -44.0, 58.0, -58.0)
    for place, curve in enumerate(wire.gaps):
        if abs(place - middle) > _FARTHEST:
            continue
        remote = 25.0 * abs(place - middle)
        for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
            x, y = wire.at(curve, share)
            for times in (0, 1, -1, 2, -2, 3, -3, 4, -4, 6, -6):
                shift = step * times
                off = remote + 40.0 * abs(share - 0.5) + 1.2 * abs(shift)
                for lift in lifts if across == "x" or wire.loop else (0.0,):
                    turned = (x + lift, y + shift) if across == "y" else (x + shift, y + lift)
                    yield off + abs(lift), turned


def _trace(wire: Wire) -> Iterator[Point]:
    previous = wire.start
    for number, curve in enumerate(wire.curves):
        length = abs(curve[2][0] - previous[0]) + abs(curve[2][1] - previous[1])
        pieces = max(2, int(length // 8))
        for i in range(1, pieces + 1):
            yield wire.at(number, i / pieces)
        previous = curve[2]
    yield wire.head[0]


def _cells(rect: Rect) -> Iterator[tuple[int, int]]:
    for i in range(int((rect.left - _CLEARANCE) // _CELL), int((rect.right + _CLEARANCE) // _CELL) + 1):
        for j in range(int((rect.top - _CLEARANCE) // _CELL), int((rect.bottom + _CLEARANCE) // _CELL) + 1):
            yield i, j


def _bounds(points: Sequence[Point]) -> Rect:
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return Rect(left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top)


def _mark(taken: dict[tuple[int, int], list[Rect]], rect: Rect) -> None:
    for cell in _cells(rect):
        taken.setdefault(cell, []).append(rect)


def _is_taken(taken: dict[tuple[int, int], list[Rect]], rect: Rect) -> bool:
    return any(rect.meets(other, _CLEARANCE) for cell in _cells(rect) for other in taken.get(cell, ()))


def _hidden(ink: Ink, rect: Rect, own: int, enough: float) -> int:
    """Points of other wires under a label; not counted further than ``enough``."""
    count = 0
    right, bottom = rect.right, rect.bottom
    for i in range(int(rect.left // _INK_CELL), int(right // _INK_CELL) + 1):
        for j in range(int(rect.top // _INK_CELL), int(bottom // _INK_CELL) + 1):
            for (x, y), wire in ink.get((i, j), ()):
                if wire != own and rect.left <= x <= right and rect.top <= y <= bottom:
                    count += 1
            if count >= enough:
                return count
    return count
