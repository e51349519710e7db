"""The chain map as SVG text: self-contained, inert, styled by attributes that a strict CSP leaves alone.

No script, no event handler, no style attribute or element, no reference to anything outside: a name, however
hostile, is text. What tells kinds apart is also in shape, dash or words, never in colour only.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from qualitychain.plot import palette
from qualitychain.plot.drawing import Box, Direction, LegendEntry, draw
from qualitychain.plot.labels import Label
from qualitychain.plot.marks import FONT, MapEdge, MapNode, clean
from qualitychain.plot.sizing import LEADING, NAME
from qualitychain.plot.wires import Wire

# Fonts of known, ordinary width: the boxes are sized for them.
_FONTS = "'Segoe UI', Roboto, Helvetica, Arial, 'Liberation Sans', sans-serif"
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
    wide, high = _number(drawing.width), _number(drawing.height)
    # Ids must differ between two maps of one page, and be the same in every run.
    content = repr((title, description, tuple(nodes), tuple(edges), wide)).encode(errors="replace")
    key = f"map-{zlib.crc32(content):08x}"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {wide} {high}" width="{wide}" '
            f'height="{high}" aria-labelledby="{key}-title {key}-desc" font-family={quoteattr(_FONTS)} '
            f'font-size="{_number(FONT)}" text-anchor="middle" fill="{palette.INK}">'
        ),
        f'<title id="{key}-title">{_text(title)}</title>',
        f'<desc id="{key}-desc">{_text(description)}</desc>',
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


def _text(words: str) -> str:
    return escape(clean(words), {'"': "&quot;", "'": "&#39;"})


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _path(wire: Wire) -> str:
    def at(p: tuple[float, float]) -> str:
        return f"{_number(p[0])} {_number(p[1])}"

    return f"M{at(wire.start)}" + "".join(f"C{at(a)} {at(b)} {at(c)}" for a, b, c in wire.curves)


def _wire(wire: Wire, edge: MapEdge) -> str:
    colour = palette.line_of(edge.emphasis)
    dash = ' stroke-dasharray="6 4"' if edge.pulled else ""
    head = " ".join(f"{_number(x)},{_number(y)}" for x, y in wire.head)
    words = ", ".join([f"{edge.giver} → {edge.receiver}", *edge.lines])
    return (
        f'<g><title>{_text(words)}</title><path d="{_path(wire)}" fill="none" stroke="{colour}" '
        f'stroke-width="{_number(wire.thickness)}"{dash}/><polygon points="{head}" fill="{colour}"/></g>'
    )


def _box(box: Box) -> str:
    node, rect = box.node, box.rect
    corner = {"supplier": 0.0, "customer": min(18.0, rect.height / 2)}.get(node.kind, 6.0)
    line, stroke = (palette.ALERT, "3") if node.bottleneck else (palette.QUIET, "1.4")
    dash = ' stroke-dasharray="5 3"' if node.kind == "service" else ""
    middle = rect.left + rect.width / 2
    top = rect.top + (rect.height - LEADING * len(box.face)) / 2
    rows = [
        f'<text x="{_number(middle)}" y="{_number(top + LEADING * i + 12)}" fill="{_TONES[words.tone]}"'
        + (f' font-size="{_number(NAME)}"' if words.size != FONT else "")
        + (' font-weight="600"' if words.bold else "")
        + f">{_text(words.text)}</text>"
        for i, words in enumerate(box.face)
    ]
    words = ", ".join([node.name, *node.lines])
    return (
        f'<g><title>{_text(words)}</title><rect x="{_number(rect.left)}" y="{_number(rect.top)}" '
        f'width="{_number(rect.width)}" height="{_number(rect.height)}" rx="{_number(corner)}" '
        f'fill="{palette.fill_of(node)}" stroke="{line}" stroke-width="{stroke}"{dash}/>{"".join(rows)}</g>'
    )


def _label(label: Label, edge: MapEdge) -> str:
    rect = label.rect
    middle = _number(rect.left + rect.width / 2)
    tone = palette.mix(palette.INK, palette.ALERT, 1.0 if edge.emphasis >= 0.5 else 0.0)
    rows = "".join(
        f'<text x="{middle}" y="{_number(rect.top + 13 + LEADING * i)}" fill="{tone}">{_text(line)}</text>'
        for i, line in enumerate(label.lines)
    )
    words = ", ".join([f"{edge.giver} → {edge.receiver}", *edge.lines])
    return (
        f'<g><title>{_text(words)}</title><rect x="{_number(rect.left)}" y="{_number(rect.top)}" '
        f'width="{_number(rect.width)}" height="{_number(rect.height)}" rx="3" fill="{palette.PAPER}"/>'
        f"{rows}</g>"
    )


def _legend(entry: LegendEntry) -> str:
    x, y = _number(entry.x), _number(entry.y)
    end = _number(entry.x + 28)
    if entry.sample == "bottleneck":
        mark = (
            f'<rect x="{x}" y="{_number(entry.y - 6)}" width="28" height="12" rx="3" fill="{palette.PAPER}" '
            f'stroke="{palette.ALERT}" stroke-width="3"/>'
        )
    elif entry.sample == "back":
        mark = (
            f'<path d="M{end} {_number(entry.y - 5)}C{end} {_number(entry.y + 7)} {x} {_number(entry.y + 7)} '
            f'{x} {_number(entry.y - 2)}" fill="none" stroke="{palette.LINE}" stroke-width="1.5"/>'
            f'<polygon points="{x},{_number(entry.y - 8)} {_number(entry.x - 4)},{_number(entry.y)} '
            f'{_number(entry.x + 4)},{_number(entry.y)}" fill="{palette.LINE}"/>'
        )
    else:
        dash = ' stroke-dasharray="6 4"' if entry.sample == "pulled" else ""
        mark = (
            f'<path d="M{x} {y}H{_number(entry.x + 20)}" stroke="{palette.LINE}" stroke-width="1.5"{dash}/>'
            f'<polygon points="{end},{y} {_number(entry.x + 19)},{_number(entry.y - 4.5)} '
            f'{_number(entry.x + 19)},{_number(entry.y + 4.5)}" fill="{palette.LINE}"/>'
        )
    return (
        f'<g>{mark}<text x="{_number(entry.x + 36)}" y="{_number(entry.y + 4)}" text-anchor="start" '
        f'fill="{palette.QUIET}">{_text(entry.words)}</text></g>'
    )
