"""Rows of bars as SVG text: one label for each row, and beside it one or several bars in panels of their own scale.

A Pareto chart is a panel with a cumulative line, a tornado one with bars on both sides of zero. Figures stand in a
column at the right of their panel, so that none can lie on a bar or on a line. As inert as the chain map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import text_width, wrap
from qualitychain.plot.svg.words import svg_head, svg_words
from qualitychain.plot.svg.words import svg_number as _n

GRID = "#d5dbe1"
LEADING, ROW_GAP, BAR_HIGH = 16.0, 8.0, 12.0
"""Height of a line of words, room between rows, and height of a bar, in px."""
BESIDE = 480.0
"""From this width labels stand at the left of the bars; on less, above them."""
LABELS = 0.36
"""Share of the width that labels beside the bars take."""
GAP = 20.0
"""Between two panels, in px."""


@dataclass(frozen=True)
class Panel:
    """One column of bars.

    ``values`` are the bars (one that is not finite has none), ``words`` the figures beside them, and ``line`` shares
    from 0 to 1, drawn over the bars on the same scale, which then goes to 1 at least; dots where labels stand above.
    Bars on the worse side, below 0 unless ``rise_is_worse``, have a colour of their own.
    """

    title: str
    values: tuple[float, ...]
    words: tuple[str, ...]
    line: tuple[float, ...] = ()
    rise_is_worse: bool = False


@dataclass(frozen=True)
class _Column:
    """Where a panel stands: its bars from ``left`` to ``right`` for values from ``low`` to ``high``."""

    panel: Panel
    left: float
    right: float
    end: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * (value - self.low) / (self.high - self.low)


def bars_svg(
    labels: Sequence[str],
    panels: Sequence[Panel],
    *,
    title: str,
    description: str,
    width: float = 860.0,
) -> str:
    """Draw rows of bars as one ``<svg>`` element.

    Parameters
    ----------
    labels : sequence of str, length n
        Names of the rows, on at most two lines each.
    panels : sequence of Panel
        One or several, with n values and n words each.
    title, description : str
        Read out by screen readers in place of the picture.
    width : px
        Width at which no text is under 12 px, at least 240.

    Returns
    -------
    str
        The element, without an XML declaration.

    Raises
    ------
    ValueError
        Panels without one value and one figure for each label, no panel, or a width under 240.

    Examples
    --------
    >>> picture = bars_svg(["<A>", "B"], [Panel("share", (0.75, 0.25), ("75 %", "25 %"), line=(0.75, 1.0))],
    ...                    title="Causes", description="A 75 %, B 25 %.")
    >>> picture.startswith("<svg"), "<A>" in picture, picture.count("<circle")
    (True, False, 2)
    """
    _check(labels, panels, width)
    beside = width >= BESIDE
    start = LABELS * width if beside else 0.0
    columns = _columns(panels, start, width)
    names = [wrap(label, start - 12 if beside else width - 8, most=2) for label in labels]
    heads = [wrap(c.panel.title, c.end - c.left, most=4) for c in columns]
    top = LEADING * max(map(len, heads)) + 10
    rows = [max(LEADING * len(n), BAR_HIGH) if beside else LEADING * len(n) + BAR_HIGH + 6 for n in names]
    places = [top + ROW_GAP / 2 + sum(rows[:i]) + ROW_GAP * i for i in range(len(rows))]
    high = top + sum(rows) + ROW_GAP * max(1, len(rows)) + 4
    parts = svg_head("bars", (names, panels), width=width, height=high, title=title, description=description)
    for column, head in zip(columns, heads, strict=True):
        parts += [svg_words(column.left, LEADING * (i + 1) - 3, w, colour=palette.QUIET) for i, w in enumerate(head)]
    middles = []
    for name, place, row in zip(names, places, rows, strict=True):
        shift = (row - LEADING * len(name)) / 2 if beside else 0.0
        parts += [svg_words(0.0, place + shift + LEADING * (i + 1) - 4, line) for i, line in enumerate(name)]
        middles.append(place + row / 2 if beside else place + row - BAR_HIGH / 2)
    # lines run through all rows where no label stands in their way
    spans = [(top - 4, high)] if beside else [(y - BAR_HIGH / 2 - 2, y + BAR_HIGH / 2 + 2) for y in middles]
    for column in columns:
        parts += [_grid(column, *span) for span in spans]
        parts += _bars(column, middles, joined=beside)
    return "\n".join([*parts, "</svg>"])


def _check(labels: Sequence[str], panels: Sequence[Panel], width: float) -> None:
    if not panels:
        raise ValueError("there is no panel to draw; give at least one")
    for panel in panels:
        if not len(panel.values) == len(panel.words) == len(labels) or len(panel.line) not in (0, len(labels)):
            raise ValueError(f"there are {len(labels)} labels; give each panel one value and one figure for each")
    if width < 240:
        raise ValueError(f"width must be at least 240, got {width:g}")


def _columns(panels: Sequence[Panel], start: float, width: float) -> list[_Column]:
    each = (width - start - GAP * (len(panels) - 1)) / len(panels)
    columns = []
    for i, panel in enumerate(panels):
        left = start + i * (each + GAP)
        figures = max((text_width(w) for w in panel.words), default=0.0)
        finite = [v for v in panel.values if math.isfinite(v)]
        low, high = min([0.0, *finite]), max([0.0, *finite])
        if panel.line:
            high = max(1.0, high)
        if not high > low:
            high = low + 1.0
        right = max(left + each - figures - 8, left + each * 0.25)
        columns.append(_Column(panel, left, right, left + each, low, high))
    return columns


def _grid(column: _Column, top: float, foot: float) -> str:
    """The line of zero, and those of a half and of all where there is a cumulative line."""
    lines = "".join(
        f'<path d="M{_n(column.x(v))} {_n(top)}V{_n(foot)}" stroke="{GRID}"/>' for v in (0.5, 1.0) if column.panel.line
    )
    return f'{lines}<path d="M{_n(column.x(0.0))} {_n(top)}V{_n(foot)}" stroke="{palette.LINE}"/>'


def _bars(column: _Column, middles: Sequence[float], *, joined: bool) -> list[str]:
    panel, zero, parts = column.panel, column.x(0.0), []
    for value, words, y in zip(panel.values, panel.words, middles, strict=True):
        if math.isfinite(value) and value != 0:
            left, right = sorted((zero, column.x(value)))
            colour = palette.ALERT if (value > 0) == panel.rise_is_worse else palette.BAR
            # a bar of almost nothing is still seen
            parts.append(
                f'<rect x="{_n(left)}" y="{_n(y - BAR_HIGH / 2)}" width="{_n(max(right - left, 0.6))}" '
                f'height="{_n(BAR_HIGH)}" fill="{colour}"/>'
            )
        parts.append(svg_words(column.end, y + 4, words, anchor="end"))
    if panel.line:
        points = [(column.x(min(max(s, 0.0), 1.0)), y) for s, y in zip(panel.line, middles, strict=True)]
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        # a light rim keeps the line readable where it runs over a bar
        for colour, thick in ((palette.PAPER, 4.0), (palette.ALERT, 1.6)):
            if joined and len(points) > 1:
                parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{_n(thick)}"/>')
        parts += [
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5" fill="{palette.ALERT}" stroke="{palette.PAPER}"/>'
            for x, y in points
        ]
    return parts


__all__ = ["Panel", "bars_svg"]
