"""How large everything on a chain map is: boxes from words, gaps from labels, all within a width."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qualitychain.plot.base.marks import FONT, MapEdge, MapNode, clean, text_width, wrap
from qualitychain.plot.chain_map.alignment import align
from qualitychain.plot.chain_map.arrangement import Arrangement
from qualitychain.plot.chain_map.layout import arrange

MARGIN = 8.0
LEADING = 16.0
NAME = 13.0
LANE = 9.0
"""Room of a long edge where it passes a layer."""

_PADDING = 6.0
_CAPTION = {"supplier": "supplier", "customer": "customer", "service": "internal service", "department": ""}
_RIGHT_STEPS = ((164.0, 120.0), (148.0, 108.0), (132.0, 96.0), (120.0, 84.0), (108.0, 72.0))
"""Widths of box and label, tried from roomy to tight."""


@dataclass(frozen=True)
class Words:
    """One line of text in a box."""

    text: str
    size: float
    bold: bool
    tone: Literal["ink", "quiet", "alert"]


Face = tuple[Words, ...]


@dataclass(frozen=True)
class LabelSize:
    """The wrapped lines of an edge's label and the room they take."""

    lines: tuple[str, ...]
    width: float
    height: float


@dataclass(frozen=True)
class Measure:
    """Sizes and places along ``u`` (flow) and ``v`` (across) of everything that is not a wire.

    ``place[v]`` is the middle of vertex ``v`` across; ``across[i]`` the extent of box ``i``; layer ``k``
    occupies ``starts[k]`` to ``starts[k] + depths[k]``.
    """

    direction: Literal["right", "down"]
    width: float
    bounded: bool
    faces: tuple[Face, ...]
    box_width: float
    heights: tuple[float, ...]
    across: tuple[float, ...]
    place: tuple[float, ...]
    starts: tuple[float, ...]
    depths: tuple[float, ...]
    labels: dict[int, LabelSize]

    def deep(self, node: int) -> float:
        """Extent of a box along the flow."""
        return self.box_width if self.direction == "right" else self.heights[node]


def fit_right(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    made: Arrangement,
    shown: Sequence[int],
    *,
    width: float | None,
    grow: float,
) -> Measure | None:
    """Sizes of a map from left to right, or None if even the tightest is wider than ``width``."""
    depth = len(made.ranks)
    for box_width, label_width in _RIGHT_STEPS:
        labels = {i: _label_size(edges[i], label_width) for i in shown}
        gaps = [52.0] * max(0, depth - 1)
        for i, label in labels.items():
            for k in _gaps_of(made, i):
                gaps[k] = max(gaps[k], label.width + 26)
        total = depth * box_width + sum(gaps) + 2 * MARGIN
        if width is None or total <= width:
            break
    else:
        return None
    if width is not None:
        # What the page has left over makes the boxes roomier, up to the next step.
        box_width += min(16.0, (width - total) / max(1, depth))
        total = depth * box_width + sum(gaps) + 2 * MARGIN
    faces = tuple(_face(node, box_width) for node in nodes)
    heights = tuple(_height(face) for face in faces)
    room = _room(made, heights, [LANE] * len(made.up))
    place = _align(made, edges, room, gap=(28.0 if shown else 20.0) * grow)
    lowest = min((p - need for p, need in zip(place, room.before, strict=True)), default=0.0)
    place = [p - lowest + MARGIN for p in place]
    starts = [MARGIN]
    for gap in gaps:
        starts.append(starts[-1] + box_width + gap)
    return Measure(
        "right",
        total,
        width is not None,
        faces,
        box_width,
        heights,
        heights,
        tuple(place),
        tuple(starts),
        (box_width,) * depth,
        labels,
    )


def rows_down(nodes: Sequence[MapNode], made: Arrangement, width: float) -> tuple[Arrangement, float]:
    """How a map from top to bottom is cut into rows, and how wide its boxes are."""
    wide = max(3, int((width - 2 * MARGIN + 12) // 152)) if width > 400 else 3
    # Fewer boxes a row before a word is broken, as long as the boxes are not wider than they ever get.
    longest = max((text_width(w, NAME) for n in nodes for w in clean(n.name).split(" ")), default=0.0) + 4
    needed = min(140.0, max(94.0, longest))
    order, box_width = made, 0.0
    for per_row in range(wide, 0, -1):
        order = _split_rows(made, per_row)
        box_width = _box_width_down(order, width)
        if box_width >= needed:
            break
    return order, max(94.0, min(160.0, box_width))


def fit_down(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    order: Arrangement,
    shown: Sequence[int],
    *,
    box_width: float,
    width: float,
    grow: float,
) -> Measure:
    """Sizes of a map from top to bottom, at most ``width`` wide, of the rows of ``rows_down``."""
    count = len(nodes)
    faces = tuple(_face(node, box_width) for node in nodes)
    heights = tuple(_height(face) for face in faces)
    across = (box_width,) * count
    room = _room(order, across, _lanes_down(order, box_width, width))
    place = _align(order, edges, room, gap=12.0, extent=(MARGIN - 6, width - MARGIN + 6))
    width, place = _centred(place, room, width)

    labels = {i: _label_size(edges[i], min(128.0, width / 2.5)) for i in shown}
    wanted = [0.0] * max(0, len(order.ranks) - 1)
    tallest = [0.0] * len(wanted)
    for i, label in labels.items():
        crossed = list(_gaps_of(order, i))
        if crossed:
            k = crossed[len(crossed) // 2]
            wanted[k] += label.width + 14
            tallest[k] = max(tallest[k], label.height)
    starts, depths = [MARGIN], []
    for k, rank in enumerate(order.ranks):
        depths.append(max((heights[v] for v in rank if v < count), default=0.0))
        if k < len(wanted):
            rows = math.ceil(wanted[k] * 1.6 / width)
            starts.append(starts[-1] + depths[k] + (34 + rows * (tallest[k] + 6)) * (grow if rows else 1.0))
    return Measure(
        "down",
        width,
        True,
        faces,
        box_width,
        heights,
        across,
        tuple(place),
        tuple(starts),
        tuple(depths),
        labels,
    )


def back_depth(rank: int) -> float:
    """How far below the box the ``rank``-th edge that leads back runs."""
    return 10.0 + 7.0 * rank


def _face(node: MapNode, width: float) -> Face:
    inner = width - 2 * _PADDING
    face: list[Words] = []
    if node.bottleneck:
        face.append(Words("bottleneck", FONT, True, "alert"))
    if _CAPTION[node.kind]:
        caption = _CAPTION[node.kind]
        face.append(Words(caption if text_width(caption) <= inner else caption.split()[-1], FONT, False, "quiet"))
    face.extend(Words(t, NAME, True, "ink") for t in wrap(node.name, width - 4, most=3, size=NAME))
    for line in node.lines:
        face.extend(Words(t, FONT, False, "quiet") for t in wrap(line, inner, most=2))
    return tuple(face)


def _height(face: Face) -> float:
    return LEADING * max(1, len(face)) + 2 * _PADDING


def _label_size(edge: MapEdge, width: float) -> LabelSize:
    lines = tuple(piece for line in edge.lines for piece in wrap(line, width, most=2))
    return LabelSize(lines, max((text_width(t) for t in lines), default=0.0) + 6, LEADING * len(lines) + 2)


def _gaps_of(made: Arrangement, edge: int) -> range:
    chain = made.chains[edge]
    return range(made.layer[chain[0]], made.layer[chain[-1]])


def is_around(made: Arrangement, edge: int) -> bool:
    """Whether an edge runs back around the boxes (and not from front to rear)."""
    return made.backward[edge] and made.chains[edge][0] != made.chains[edge][-1]


@dataclass(frozen=True)
class _Room:
    """What each vertex needs across, from its middle: on the low and on the high side, without gaps."""

    before: tuple[float, ...]
    after: tuple[float, ...]


def _reserves(made: Arrangement) -> list[tuple[float, float]]:
    """Room over each box for loops to itself, and under it for edges that lead back."""
    count = len(made.layer)
    backs, loops = [0] * count, [0] * count
    for e, chain in enumerate(made.chains):
        if chain[0] == chain[-1]:
            loops[chain[0]] += 1
        elif is_around(made, e):
            backs[chain[0]] += 1
            backs[chain[-1]] += 1
    return [
        (18.0 + 8.0 * own if own else 0.0, back_depth(back) if back else 0.0)
        for own, back in zip(loops, backs, strict=True)
    ]


def _room(made: Arrangement, across: Sequence[float], lanes: Sequence[float]) -> _Room:
    reserves = _reserves(made)
    bends = [lane / 2 for lane in lanes[len(across) :]]
    return _Room(
        (*(size / 2 + over for size, (over, _) in zip(across, reserves, strict=True)), *bends),
        (*(size / 2 + under for size, (_, under) in zip(across, reserves, strict=True)), *bends),
    )


def _align(
    made: Arrangement,
    edges: Sequence[MapEdge],
    room: _Room,
    *,
    gap: float,
    extent: tuple[float, float] = (-math.inf, math.inf),
) -> list[float]:
    count = len(made.layer)
    before = [need + gap / 2 * (v < count) for v, need in enumerate(room.before)]
    after = [need + gap / 2 * (v < count) for v, need in enumerate(room.after)]
    # The main flow is drawn straight before what is asked for on the side, and returns follow.
    pulls = [0.3 if e.back else 1.0 if e.pulled else 3.0 + 6.0 * min(1.0, max(0.0, e.weight)) for e in edges]
    return align(made, before, after, pulls=pulls, extent=extent)


def _centred(place: list[float], room: _Room, width: float) -> tuple[float, list[float]]:
    """Middle the map; where it fills little of a wide page, make it narrower, with room for labels."""
    low = min((p - need for p, need in zip(place, room.before, strict=True)), default=0.0)
    high = max((p + need for p, need in zip(place, room.after, strict=True)), default=0.0)
    width = min(width, max(343.0, high - low + 2 * MARGIN + 140.0))
    return width, [p + width / 2 - (low + high) / 2 for p in place]


def _split_rows(made: Arrangement, most: int) -> Arrangement:
    """Deal layers of more than ``most`` boxes into several layers."""
    count = len(made.layer)
    layer = [0] * count
    row = 0
    for rank in made.ranks:
        held = [v for v in rank if v < count]
        rows = max(1, math.ceil(len(held) / most))
        for at, v in enumerate(held):
            layer[v] = row + at * rows // len(held)
        row += rows
    if row == len(made.ranks):
        return made
    pairs = [
        (chain[-1], chain[0]) if back else (chain[0], chain[-1])
        for chain, back in zip(made.chains, made.backward, strict=True)
    ]
    return arrange(count, pairs, layers=layer)


def _rows(made: Arrangement) -> Iterator[tuple[list[int], int, int, float]]:
    """Of each layer: its vertices, how many are boxes, how many bends, what boxes need beside width."""
    reserves = _reserves(made)
    for rank in made.ranks:
        boxes = [v for v in rank if v < len(reserves)]
        yield rank, len(boxes), len(rank) - len(boxes), sum(sum(reserves[v]) + 12 for v in boxes)


def _box_width_down(made: Arrangement, width: float) -> float:
    room = width - 2 * MARGIN + 12
    fits = [(room - extra - LANE * bends) / boxes for _, boxes, bends, extra in _rows(made) if boxes]
    return min(fits, default=160.0)


def _lanes_down(made: Arrangement, box_width: float, width: float) -> list[float]:
    """Room of each bend: LANE, or what is left of a row that has too many of them."""
    lanes = [LANE] * len(made.up)
    for rank, boxes, bends, extra in _rows(made):
        if bends:
            left = (width - 2 * MARGIN + 12 - extra - boxes * box_width) / bends
            for v in rank:
                lanes[v] = max(0.5, min(LANE, left))
    return lanes
