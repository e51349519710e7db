"""Cost against outcome as SVG text: what the best choice reaches at each budget, and what is not ruled out beyond it.

As inert as the chain map; the words stand under the picture, so that none can lie on a line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import shorten, text_width, wrap
from qualitychain.plot.svg.words import svg_head, svg_words
from qualitychain.plot.svg.words import svg_number as _n

GRID = "#d5dbe1"
TOP, RIGHT, LINE, SHAPE = 30.0, 20.0, 18.0, 0.42
"""Room above and at the right, height of a line of words in px; height of the picture to its width."""
Point = tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    left: float
    right: float
    foot: float
    until: float
    low: float
    high: float

    def x(self, cost: float) -> float:
        return self.left + (self.right - self.left) * cost / self.until

    def y(self, value: float) -> float:
        return self.foot - (self.foot - TOP) * (value - self.low) / (self.high - self.low)


def frontier_svg(
    budgets: Sequence[float],
    values: Sequence[float],
    bounds: Sequence[float],
    *,
    chosen: Point | None = None,
    title: str,
    description: str,
    xlabel: str = "budget",
    ylabel: str,
    width: float = 560.0,
) -> str:
    """Best outcome by budget as one ``<svg>`` element.

    Parameters
    ----------
    budgets, values, bounds : sequences of float, length n
        Budgets, ascending from 0 or more; the outcome reached, and a bound of it. What is not finite is left out.
        Where value and bound differ the band between them is shaded.
    chosen : (cost, outcome), optional
        The choice in question, marked.
    title, description : str
        Read out by screen readers in place of the picture.
    xlabel, ylabel : str
        Words under and over the picture.
    width : px
        Width at which no text is under 12 px, at least 240.

    Returns
    -------
    str
        The element, without an XML declaration.

    Raises
    ------
    ValueError
        Sequences of different lengths, nothing finite to draw, or a width under 240.

    Examples
    --------
    >>> picture = frontier_svg([0, 5, 10], [0.3, 0.2, 0.1], [0.3, 0.2, 0.08], chosen=(5, 0.2), title="T <b>",
    ...                        description="", ylabel="defect rate")
    >>> "<b>" in picture, "not ruled out" in picture, "chosen" in picture
    (False, True, True)
    """
    if not len(budgets) == len(values) == len(bounds):
        raise ValueError(f"there are {len(budgets)} budgets; give one value and one bound for each")
    if width < 240:
        raise ValueError(f"width must be at least 240, got {width:g}")
    rows = [
        (float(b), float(v), float(m) if math.isfinite(m) else float(v))
        for b, v, m in zip(budgets, values, bounds, strict=True)
        if math.isfinite(b) and math.isfinite(v)
    ]
    if not rows:
        raise ValueError("no budget has a finite outcome, so there is nothing to draw")
    marked = None if chosen is None or not all(map(math.isfinite, chosen)) else chosen
    band = any(v != m for _, v, m in rows)
    frame, ticks = _frame(rows, marked, width)
    key = _key(marked is not None, band=band)
    under = frame.foot + 20 + LINE + 10
    lines = [(sample, line, i == 0) for sample, text in key for i, line in enumerate(wrap(text, width - 60, most=2))]
    high = under + LINE * len(lines)
    parts = svg_head("frontier", (rows, marked), width=width, height=high, title=title, description=description)
    parts += _axes(frame, ticks, xlabel, ylabel)
    if band:
        there, back = _steps(frame, [(b, v) for b, v, _ in rows]), _steps(frame, [(b, m) for b, _, m in rows])
        ring = "L".join(f"{_n(x)} {_n(y)}" for x, y in [*there, *reversed(back)])
        parts.append(f'<path d="M{ring}Z" fill="{palette.PALE}"/>')
    path = "L".join(f"{_n(x)} {_n(y)}" for x, y in _steps(frame, [(b, v) for b, v, _ in rows]))
    parts.append(f'<path d="M{path}" fill="none" stroke="{palette.BAR}" stroke-width="2"/>')
    parts += [_dot(frame.x(b), frame.y(v)) for b, v, _ in rows]
    if marked is not None:
        parts.append(_diamond(frame.x(marked[0]), frame.y(marked[1])))
    for i, (sample, line, first) in enumerate(lines):
        y = under + LINE * i
        parts.append((_sample(sample, y) if first else "") + svg_words(50.0, y + 4, line))
    return "\n".join([*parts, "</svg>"])


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` of them and at least one.

    Examples
    --------
    >>> round_ticks(0.0, 10.0, 6), round_ticks(0.013, 0.027, 4)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.015, 0.02, 0.025])
    """
    if not high > low:
        return [low]
    scale = 10.0 ** math.floor(math.log10((high - low) / max(1, most)))
    for factor in (1, 2, 5, 10, 20, 50, 100):
        step = factor * scale
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [float(f"{i * step:.12g}") for i in range(first, last + 1)] or [low]
    return [low]


def _frame(rows: list[tuple[float, float, float]], chosen: Point | None, width: float) -> tuple[_Frame, list[float]]:
    shown = [v for _, v, _ in rows] + [m for _, _, m in rows] + ([] if chosen is None else [chosen[1]])
    low, high = min(shown), max(shown)
    spare = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    # what cannot be negative is not drawn as if it could
    low, high = (max(0.0, low - spare) if low >= 0 else low - spare), high + spare
    ticks = round_ticks(low, high, 5)
    left = max(text_width(f"{t:,.10g}") for t in ticks) + 12
    until = max([b for b, _, _ in rows] + ([] if chosen is None else [chosen[0]])) or 1.0
    return _Frame(left, width - RIGHT, TOP + round(max(140.0, SHAPE * width)), until, low, high), ticks


def _steps(frame: _Frame, points: list[Point]) -> list[Point]:
    """Between two budgets at least the choice of the smaller one can be had."""
    path: list[Point] = []
    for cost, value in points:
        if path:
            path.append((frame.x(cost), path[-1][1]))
        path.append((frame.x(cost), frame.y(value)))
    return path


def _axes(frame: _Frame, ticks: list[float], xlabel: str, ylabel: str) -> list[str]:
    parts = [svg_words(0.0, 14.0, shorten(ylabel, frame.right), colour=palette.QUIET)]
    for value in ticks:
        y = frame.y(value)
        parts.append(f'<path d="M{_n(frame.left)} {_n(y)}H{_n(frame.right)}" stroke="{GRID}"/>')
        parts.append(svg_words(frame.left - 6, y + 4, f"{value:,.10g}", anchor="end", colour=palette.QUIET))
    parts.append(f'<path d="M{_n(frame.left)} {_n(frame.foot)}H{_n(frame.right)}" stroke="{palette.LINE}"/>')
    for cost in _costs(frame):
        x = frame.x(cost)
        parts.append(f'<path d="M{_n(x)} {_n(frame.foot)}v5" stroke="{palette.LINE}"/>')
        parts.append(svg_words(x, frame.foot + 18, f"{cost:,.10g}", anchor="middle", colour=palette.QUIET))
    middle = (frame.left + frame.right) / 2
    words = shorten(xlabel, frame.right - frame.left)
    parts.append(svg_words(middle, frame.foot + 18 + LINE, words, anchor="middle", colour=palette.QUIET))
    return parts


def _costs(frame: _Frame) -> list[float]:
    room = frame.right - frame.left
    for most in range(8, 1, -1):
        ticks = round_ticks(0.0, frame.until, most)
        widest = max(text_width(f"{t:,.10g}") for t in ticks)
        if len(ticks) < 2 or (widest + 14) <= room * (ticks[1] - ticks[0]) / frame.until:
            return [t for t in ticks if frame.x(t) + text_width(f"{t:,.10g}") / 2 <= frame.right + RIGHT]
    return [0.0]


def _key(chosen: bool, *, band: bool) -> list[tuple[str, str]]:
    entries = [("best", "the best choice found at each budget")]
    if band:
        entries.append(("band", "not ruled out: no choice goes beyond this band"))
    if chosen:
        entries.append(("chosen", "chosen: what it costs, and its outcome"))
    return entries


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5" fill="{palette.BAR}" stroke="{palette.PAPER}"/>'


def _diamond(x: float, y: float) -> str:
    return (
        f'<path d="M{_n(x)} {_n(y - 7)}l7 7l-7 7l-7 -7Z" fill="{palette.ALERT}" stroke="{palette.PAPER}" '
        'stroke-width="1.5"/>'
    )


def _sample(sample: str, y: float) -> str:
    if sample == "band":
        return f'<rect x="14" y="{_n(y - 5)}" width="22" height="11" fill="{palette.PALE}"/>'
    if sample == "chosen":
        return _diamond(25.0, y)
    return f'<path d="M14 {_n(y)}h22" stroke="{palette.BAR}" stroke-width="2"/>' + _dot(25.0, y)


__all__ = ["frontier_svg", "round_ticks"]
