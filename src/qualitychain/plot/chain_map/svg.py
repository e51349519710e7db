"""The chain map as SVG text: self-contained, inert, styled by attributes that a strict CSP leaves alone.

No script, no event handler, no style attribute or element, no reference to anything outside: a name, however
hostile, is text. What tells kinds apart is also in shape, dash or words, never in colour only.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import FONT, MapEdge, MapNode
from qualitychain.plot.chain_map.drawing import Box, Direction, LegendEntry, draw
from qualitychain.plot.chain_map.labels import Label
from qualitychain.plot.chain_map.sizing import LEADING, NAME
from qualitychain.plot.chain_map.wires import Wire
from qualitychain.plot.svg.words import FONTS, svg_number, svg_text

_TONES = {"ink": palette.INK, "quiet": palette.QUIET, "alert": palette.ALERT}


def chain_svg(
    nodes: Sequence[MapNode],
    edges: Sequence[MapEdge],
    *,
    title: str,
    description: str,
    direction: Direction = "right",
    width: float | None = None,
) -> str:
    """The map of a chain as one ``<svg>`` element, to stand in an HTML page or in a file of its own.

    Parameters
    ----------
    nodes : sequence of MapNode
        In the order in which the story is told.
    edges : sequence of MapEdge
        Their ends are names of nodes.
    title, description : str
        Read out by screen readers in place of the picture.
    direction : {"right", "down"}
        Wide, or narrow for phones.
    width : px, optional
        The picture is never wider; no text is ever under 12 px when it is shown at its natural size. A map to
        the right that does not fit is drawn downwards in the same width; downwards without a width is 343 px.

    Returns
    -------
    str
        The element, without an XML declaration.

    Raises
    ------
    ValueError
        Two nodes of one name, an edge with an unknown end, an unknown direction, a width under 160.

    Examples
    --------
    >>> picture = chain_svg(
    ...     [MapNode("Works", "supplier"), MapNode("Shop <b>", "customer")],
    ...     [MapEdge("Works", "Shop <b>", lines=("2 %",))],
    ...     title="From works to shop", description="One supplier, one customer.",
    ... )
    >>> picture.startswith("<svg"), "<b>" in picture, "Shop &lt;b&gt;" in picture
    (True, False, True)
    """
    drawing = draw(nodes, edges, direction=direction, width=width)
    wide, high = svg_number(drawing.width), svg_number(drawing.height)
    # Ids must differ between two maps of one page, and be the same in every run.
    content = repr((title, description, tuple(nodes), tuple(edges), wide)).encode(errors="replace")
    key = f"map-{zlib.crc32(content):08x}"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {wide} {high}" width="{wide}" '
            f'height="{high}" aria-labelledby="{key}-title {key}-desc" font-family={quoteattr(FONTS)} '
            f'font-size="{svg_number(FONT)}" text-anchor="middle" fill="{palette.INK}">'
        ),
        f'<title id="{key}-title">{svg_text(title)}</title>',
        f'<desc id="{key}-desc">{svg_text(description)}</desc>',
        f'<rect width="{wide}" height="{high}" fill="{palette.PAPER}"/>',
    ]
    # The urgent wires are drawn last, over the others.
    ordered = sorted(drawing.wires, key=lambda w: (edges[w.edge].emphasis, w.edge))
    parts.extend(_wire(wire, edges[wire.edge]) for wire in ordered)
    parts.extend(_box(box) for box in drawing.boxes)
    parts.extend(_label(label, edges[label.edge]) for label in drawing.labels)
    parts.extend(_legend(entry) for entry in drawing.legend)
    parts.append("</svg>")
    return "\n".join(parts)


def _path(wire: Wire) -> str:
    def at(p: tuple[float, float]) -> str:
        return f"{svg_number(p[0])} {svg_number(p[1])}"

    return f"M{at(wire.start)}" + "".join(f"C{at(a)} {at(b)} {at(c)}" for a, b, c in wire.curves)


def _wire(wire: Wire, edge: MapEdge) -> str:
    colour = palette.line_of(edge.emphasis)
    dash = ' stroke-dasharray="6 4"' if edge.pulled else ""
    head = " ".join(f"{svg_number(x)},{svg_number(y)}" for x, y in wire.head)
    words = ", ".join([f"{edge.giver} → {edge.receiver}", *edge.lines])
    return (
        f'<g><title>{svg_text(words)}</title><path d="{_path(wire)}" fill="none" stroke="{colour}" '
        f'stroke-width="{svg_number(wire.thickness)}"{dash}/><polygon points="{head}" fill="{colour}"/></g>'
    )


def _box(box: Box) -> str:
    node, rect = box.node, box.rect
    corner = {"supplier": 0.0, "customer": min(18.0, rect.height / 2)}.get(node.kind, 6.0)
    line, stroke = (palette.ALERT, "3") if node.bottleneck else (palette.QUIET, "1.4")
    dash = ' stroke-dasharray="5 3"' if node.kind == "service" else ""
    middle = rect.left + rect.width / 2
    top = rect.top + (rect.height - LEADING * len(box.face)) / 2
    rows = [
        f'<text x="{svg_number(middle)}" y="{svg_number(top + LEADING * i + 12)}" fill="{_TONES[words.tone]}"'
        + (f' font-size="{svg_number(NAME)}"' if words.size != FONT else "")
        + (' font-weight="600"' if words.bold else "")
        + f">{svg_text(words.text)}</text>"
        for i, words in enumerate(box.face)
    ]
    words = ", ".join([node.name, *node.lines])
    return (
        f'<g><title>{svg_text(words)}</title><rect x="{svg_number(rect.left)}" y="{svg_number(rect.top)}" '
        f'width="{svg_number(rect.width)}" height="{svg_number(rect.height)}" rx="{svg_number(corner)}" '
        f'fill="{palette.fill_of(node)}" stroke="{line}" stroke-width="{stroke}"{dash}/>{"".join(rows)}</g>'
    )


def _label(label: Label, edge: MapEdge) -> str:
    rect = label.rect
    middle = svg_number(rect.left + rect.width / 2)
    tone = palette.mix(palette.INK, palette.ALERT, 1.0 if edge.emphasis >= 0.5 else 0.0)
    rows = "".join(
        f'<text x="{middle}" y="{svg_number(rect.top + 13 + LEADING * i)}" fill="{tone}">{svg_text(line)}</text>'
        for i, line in enumerate(label.lines)
    )
    words = ", ".join([f"{edge.giver} → {edge.receiver}", *edge.lines])
    return (
        f'<g><title>{svg_text(words)}</title><rect x="{svg_number(rect.left)}" y="{svg_number(rect.top)}" '
        f'width="{svg_number(rect.width)}" height="{svg_number(rect.height)}" rx="3" fill="{palette.PAPER}"/>'
        f"{rows}</g>"
    )


def _legend(entry: LegendEntry) -> str:
    x, y = svg_number(entry.x), svg_number(entry.y)
    end = svg_number(entry.x + 28)
    if entry.sample == "bottleneck":
        mark = (
            f'<rect x="{x}" y="{svg_number(entry.y - 6)}" width="28" height="12" rx="3" fill="{palette.PAPER}" '
            f'stroke="{palette.ALERT}" stroke-width="3"/>'
        )
    elif entry.sample == "back":
        mark = (
            f'<path d="M{end} {svg_number(entry.y - 5)}C{end} {svg_number(entry.y + 7)} {x} {svg_number(entry.y + 7)} '
            f'{x} {svg_number(entry.y - 2)}" fill="none" stroke="{palette.LINE}" stroke-width="1.5"/>'
            f'<polygon points="{x},{svg_number(entry.y - 8)} {svg_number(entry.x - 4)},{svg_number(entry.y)} '
            f'{svg_number(entry.x + 4)},{svg_number(entry.y)}" fill="{palette.LINE}"/>'
        )
    else:
        dash = ' stroke-dasharray="6 4"' if entry.sample == "pulled" else ""
        mark = (
            f'<path d="M{x} {y}H{svg_number(entry.x + 20)}" stroke="{palette.LINE}" stroke-width="1.5"{dash}/>'
            f'<polygon points="{end},{y} {svg_number(entry.x + 19)},{svg_number(entry.y - 4.5)} '
            f'{svg_number(entry.x + 19)},{svg_number(entry.y + 4.5)}" fill="{palette.LINE}"/>'
        )
    return (
        f'<g>{mark}<text x="{svg_number(entry.x + 36)}" y="{svg_number(entry.y + 4)}" text-anchor="start" '
        f'fill="{palette.QUIET}">{svg_text(entry.words)}</text></g>'
    )
