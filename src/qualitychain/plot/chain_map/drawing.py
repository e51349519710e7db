"""A chain map in pixels: boxes, wires, labels and a legend, before any format is written.

Inside, ``u`` runs with the flow and ``v`` across it; only at the end does the direction turn them into x
and y. Wires cross from layer to layer in the gaps and pass a layer in a lane of their own, so none runs
through a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qualitychain.plot.base.marks import MapEdge, MapNode, text_width, wrap
from qualitychain.plot.chain_map.arrangement import Arrangement
from qualitychain.plot.chain_map.labels import Label, Rect, place_labels
from qualitychain.plot.chain_map.layout import arrange
from qualitychain.plot.chain_map.sizing import LEADING, MARGIN, Face, Measure, fit_down, fit_right, rows_down
from qualitychain.plot.chain_map.wires import Wire, wire_all

Direction = Literal["right", "down"]
Sample = Literal["flow", "pulled", "back", "bottleneck"]

LABELLED = 400
"""With more labelled edges than this a map shows labels on demand only: they would hide everything else."""

_LEGEND: tuple[tuple[Sample, str], ...] = (
    ("flow", "passes on; wider: more flow"),
    ("pulled", "pulled on request"),
    ("back", "goes back: rework, return"),
    ("bottleneck", "bottleneck"),
)


@dataclass(frozen=True)
class Box:
    """A node as drawn: its rectangle and its lines of text."""

    node: MapNode
    rect: Rect
    face: Face


@dataclass(frozen=True)
class LegendEntry:
    """A sample line of 28 px from (x, y), and its words."""

    x: float
    y: float
    sample: Sample
    words: str


@dataclass(frozen=True)
class Drawing:
    """Everything a chain map shows, in pixels from the upper left corner.

    ``unplaced`` are the numbers of labelled edges for whose label there was no room.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    labels: tuple[Label, ...]
    unplaced: tuple[int, ...]
    legend: tuple[LegendEntry, ...]


def draw(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    *,
    direction: Direction = "right",
    width: float | None = None,
) -> Drawing:
    """Place boxes, wires and labels of a chain map.

    Parameters
    ----------
    nodes, edges
        What to show; an edge's ends are names of nodes.
    direction
        Flow from left to right, or from top to bottom.
    width : px, optional
        The drawing is never wider. A map to the right that does not fit is drawn downwards instead; a map
        downwards is 343 px wide if nothing is said.

    Raises
    ------
    ValueError
        Two nodes of one name, an unknown end, an unknown direction, or a width under 160.
    """
    if direction not in ("right", "down"):
        raise ValueError(f"direction must be 'right' or 'down', got {direction!r}")
    if width is not None and not width >= 160:
        raise ValueError(f"width must be at least 160 px, got {width!r}")
    number = _numbers(nodes, edges)
    pairs = [(number[e.giver], number[e.receiver]) for e in edges]
    made = arrange(len(nodes), pairs, returns=[e.back for e in edges])

    labelled = [i for i, e in enumerate(edges) if any(line.strip() for line in e.lines)]
    shown = labelled if len(labelled) <= LABELLED else []
    grow, drawing = 1.0, None
    rows: tuple[Arrangement, float] | None = None
    # A label without room gets more of it twice; after that its words stay in the tooltip.
    while drawing is None or (shown and drawing.unplaced and grow < 3):
        measure, order = None, made
        if direction == "right":
            measure = fit_right(nodes, edges, made, shown, width=width, grow=grow)
        if measure is None:
            rows = rows or rows_down(nodes, made, width or 343.0)
            order, box = rows
            measure = fit_down(nodes, edges, order, shown, box_width=box, width=width or 343.0, grow=grow)
        drawing = _compose(nodes, edges, order, measure, labelled=labelled, shown=shown)
        grow *= 1.6
    return drawing


def _numbers(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> dict[str, int]:
    number: dict[str, int] = {}
    for i, node in enumerate(nodes):
        if number.setdefault(node.name, i) != i:
            raise ValueError(f"two nodes are named {node.name!r}; names of nodes must differ")
    for edge in edges:
        for end in (edge.giver, edge.receiver):
            if end not in number:
                raise ValueError(f"edge {edge.giver!r} -> {edge.receiver!r}: no node is named {end!r}")
    return number


def _compose(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    made: Arrangement,
    measure: Measure,
    *,
    labelled: list[int],
    shown: list[int],
) -> Drawing:
    wires = wire_all(edges, made, measure)
    right = measure.direction == "right"
    boxes = []
    for i, node in enumerate(nodes):
        layer = made.layer[i]
        deep, across = measure.deep(i), measure.across[i]
        u = measure.starts[layer] + (measure.depths[layer] - deep) / 2
        v = measure.place[i] - across / 2
        rect = Rect(u, v, deep, across) if right else Rect(v, u, across, deep)
        boxes.append(Box(node, rect, measure.faces[i]))
    reach = [b.rect.right for b in boxes] + [p[0] for w in wires for p in w.points()]
    width = max([measure.width, *reach]) if measure.bounded else max(reach, default=0.0) + MARGIN
    labels = place_labels(
        {i: measure.labels[i] for i in shown},
        {w.edge: w for w in wires},
        [b.rect for b in boxes],
        across="y" if right else "x",
        limits=(MARGIN / 2, width - MARGIN / 2),
    )
    bottom = max(
        [b.rect.bottom for b in boxes]
        + [p[1] for w in wires for p in w.points()]
        + [label.rect.bottom for label in labels],
        default=0.0,
    )
    top = min([0.0, *(label.rect.top - MARGIN / 2 for label in labels)])
    placed = {label.edge for label in labels}
    legend, height = _legend(nodes, edges, made, width, bottom + 14)
    return _shifted(
        Drawing(
            width=round(width, 1),
            height=height + MARGIN,
            boxes=tuple(boxes),
            wires=tuple(wires),
            labels=tuple(labels),
            unplaced=tuple(i for i in labelled if i not in placed),
            legend=legend,
        ),
        -top,
    )


def _legend(
    nodes: Sequence[MapNode], edges: Sequence[MapEdge], made: Arrangement, width: float, top: float
) -> tuple[tuple[LegendEntry, ...], float]:
    present = {
        "flow": any(e.weight > 0 for e in edges),
        "pulled": any(e.pulled for e in edges),
        "back": any(e.back for e in edges) or any(made.backward),
        "bottleneck": any(n.bottleneck for n in nodes),
    }
    entries: list[LegendEntry] = []
    x, y = MARGIN, top
    for sample, words in _LEGEND:
        if not present[sample]:
            continue
        line = wrap(words, width - 2 * MARGIN - 36, most=1)[0]
        needed = 36 + text_width(line)
        if x > MARGIN and x + needed > width - MARGIN:
            x, y = MARGIN, y + LEADING + 4
        entries.append(LegendEntry(x, y + LEADING / 2, sample, line))
        x += needed + 20
    return tuple(entries), y + LEADING if entries else top - 14


def _shifted(drawing: Drawing, down: float) -> Drawing:
    if not down:
        return drawing
    return replace(
        drawing,
        height=drawing.height + down,
        boxes=tuple(replace(b, rect=b.rect.moved(0, down)) for b in drawing.boxes),
        wires=tuple(w.moved(0, down) for w in drawing.wires),
        labels=tuple(replace(b, rect=b.rect.moved(0, down)) for b in drawing.labels),
        legend=tuple(replace(e, y=e.y + down) for e in drawing.legend),
    )
