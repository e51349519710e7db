"""The chain map on matplotlib Axes: the same drawing as the SVG."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, put_title
from qualitychain.plot.base.marks import FONT, MapEdge, MapNode, clean
from qualitychain.plot.chain_map.drawing import Box, Direction, LegendEntry, draw
from qualitychain.plot.chain_map.sizing import LEADING
from qualitychain.plot.chain_map.wires import Wire

_TONES = {"ink": palette.INK, "quiet": palette.QUIET, "alert": palette.ALERT}


def draw_map(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    ax: Axes | None = None,
    *,
    direction: Direction = "right",
    width: float | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the map of a chain on Axes.

    Parameters
    ----------
    nodes, edges : sequences of MapNode and MapEdge
        What to show; an edge's ends are names of nodes.
    ax : Axes, optional
        Where to draw; without it a new figure of fitting size is made. On given Axes the text is scaled with
        the map, so small Axes have small text.
    direction : {"right", "down"}
        Flow from left to right, or from top to bottom.
    width : px, optional
        Bound on the width of the map at its natural size, as in ``chain_svg``.
    title : str, optional
        Title of the Axes.

    Returns
    -------
    Axes
        Without ticks, in pixels of the map, y downwards.

    Raises
    ------
    ValueError
        Two nodes of one name, an edge with an unknown end, an unknown direction, a width under 160.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = draw_map([MapNode("Works", "supplier"), MapNode("Shop", "customer")], [MapEdge("Works", "Shop")])
    >>> [text.get_text() for text in ax.texts]
    ['supplier', 'Works', 'customer', 'Shop']
    >>> ax.figure.clear()
    """
    drawing = draw(nodes, edges, direction=direction, width=width)
    ax = axes_or_new(ax, drawing.width / 100, drawing.height / 100 + (0.4 if title else 0.0), whole=title is None)
    ax.set_xlim(0, drawing.width)
    ax.set_ylim(drawing.height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    put_title(ax, title)
    space = ax.get_window_extent()
    # Points per px of the map, on these Axes as they are now.
    scale = min(space.width / drawing.width, space.height / drawing.height) * 72 / float(ax.figure.dpi)

    def write(
        x: float, y: float, words: str, colour: str, size: float, *, bold: bool = False, left: bool = False
    ) -> None:
        ax.text(
            x,
            y,
            clean(words),
            color=colour,
            fontsize=max(1.0, size * scale),
            parse_math=False,
            zorder=5,
            ha="left" if left else "center",
            va="center",
            fontweight="bold" if bold else "normal",
        )

    for wire in sorted(drawing.wires, key=lambda w: (edges[w.edge].emphasis, w.edge)):
        _wire(ax, wire, edges[wire.edge], scale)
    for box in drawing.boxes:
        _box(ax, box, scale)
        middle = box.rect.left + box.rect.width / 2
        top = box.rect.top + (box.rect.height - LEADING * len(box.face)) / 2
        for i, words in enumerate(box.face):
            # The default font of matplotlib is wider than those the boxes are sized for.
            size = words.size * (0.88 if words.bold else 0.95)
            write(middle, top + LEADING * (i + 0.5), words.text, _TONES[words.tone], size, bold=words.bold)
    for label in drawing.labels:
        rect = label.rect
        ax.add_patch(
            Rectangle(
                (rect.left, rect.top),
                rect.width,
                rect.height,
                facecolor=palette.PAPER,
                edgecolor="none",
                zorder=4,
            )
        )
        tone = palette.ALERT if edges[label.edge].emphasis >= 0.5 else palette.INK
        for i, line in enumerate(label.lines):
            write(rect.left + rect.width / 2, rect.top + 1 + LEADING * (i + 0.5), line, tone, FONT * 0.95)
    for entry in drawing.legend:
        _sample(ax, entry, scale)
        write(entry.x + 36, entry.y, entry.words, palette.QUIET, FONT * 0.95, left=True)
    return ax


def _wire(ax: Axes, wire: Wire, edge: MapEdge, scale: float) -> None:
    colour = palette.line_of(edge.emphasis)
    corners = [wire.start, *(point for curve in wire.curves for point in curve)]
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(corners) - 1)]
    ax.add_patch(
        PathPatch(
            Path(corners, codes),
            facecolor="none",
            edgecolor=colour,
            linewidth=wire.thickness * scale,
            linestyle="--" if edge.pulled else "-",
            capstyle="butt",
            zorder=1,
        )
    )
    ax.add_patch(Polygon(wire.head, closed=True, facecolor=colour, edgecolor="none", zorder=2))


def _box(ax: Axes, box: Box, scale: float) -> None:
    node, rect = box.node, box.rect
    corner = {"supplier": 0.0, "customer": min(18.0, rect.height / 2)}.get(node.kind, 6.0)
    ax.add_patch(
        FancyBboxPatch(
            (rect.left, rect.top),
            rect.width,
            rect.height,
            boxstyle=f"round,pad=0,rounding_size={corner:g}",
            facecolor=palette.fill_of(node),
            edgecolor=palette.ALERT if node.bottleneck else palette.QUIET,
            linewidth=(3.0 if node.bottleneck else 1.4) * scale,
            zorder=3,
            linestyle="--" if node.kind == "service" else "-",
        )
    )


def _sample(ax: Axes, entry: LegendEntry, scale: float) -> None:
    x, y = entry.x, entry.y
    if entry.sample == "bottleneck":
        ax.add_patch(
            Rectangle((x, y - 6), 28, 12, facecolor=palette.PAPER, edgecolor=palette.ALERT, linewidth=3 * scale)
        )
        return
    if entry.sample == "back":
        corners = [(x + 28, y - 5), (x + 28, y + 7), (x, y + 7), (x, y)]
        path = Path(corners, [Path.MOVETO, *[Path.CURVE4] * 3])
        head = [(x, y - 8), (x - 4, y), (x + 4, y)]
    else:
        path = Path([(x, y), (x + 20, y)])
        head = [(x + 28, y), (x + 19, y - 4.5), (x + 19, y + 4.5)]
    ax.add_patch(
        PathPatch(
            path,
            facecolor="none",
            edgecolor=palette.LINE,
            linewidth=1.5 * scale,
            linestyle="--" if entry.sample == "pulled" else "-",
        )
    )
    ax.add_patch(Polygon(head, closed=True, facecolor=palette.LINE, edgecolor="none"))
