"""The lead-time distribution of one customer as SVG text, the promise marked; as inert as the chain map.

The words stand under the picture, not in it, so that none can lie on a line or on another; only the promise is named at
its place. What tells things apart is also in shape: an area, a line, hatching, a dot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qualitychain.plot.base import palette
from qualitychain.plot.base.contents import LeadTimePicture
from qualitychain.plot.base.marks import clean, shorten, text_width, wrap
from qualitychain.plot.svg.words import svg_head
from qualitychain.plot.svg.words import svg_number as _n
from qualitychain.plot.svg.words import svg_text as _text

GRID = "#d5dbe1"
BAD = "#d98a5e"
"""Ground of what is delivered but does not conform."""
LEFT, RIGHT, TOP, LINE = 50.0, 18.0, 26.0, 18.0
"""Room for the shares on the left and for the promise's name above, and the height of a line of words, in px."""
SHAPE = 0.42
"""Height of the picture to its width."""
HATCH = 6.0
FINE = 0.3
"""A point that lies closer to the line through its neighbours than this many px is left out."""
Point = tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    """From times and shares to px."""

    width: float
    height: float
    until: float

    def x(self, time: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * min(max(time / self.until, 0.0), 1.0)

    def y(self, share: float) -> float:
        return TOP + self.height * (1.0 - min(max(share, 0.0), 1.0))


def lead_time_svg(shown: LeadTimePicture, *, width: float = 560.0) -> str:
    """Share of the units delivered within each time, and what the promise makes of it, as one ``<svg>`` element.

    What is later than the promise is hatched; a promise beyond the picture is only named.

    Parameters
    ----------
    shown : LeadTimePicture
    width : px
        Width at which no text is under 12 px, at least 240.

    Returns
    -------
    str
        The element, without an XML declaration; title and description are read out by screen readers.

    Raises
    ------
    ValueError
        A width under 240.

    Examples
    --------
    >>> picture = lead_time_svg(LeadTimePicture((0, 1, 2, 4), (0, 0.3, 0.8, 1), promise=3, title="Shop <b>",
    ...                                         promise_words="promise 3 hours", words=("on time: 90 %",)))
    >>> picture.startswith("<svg"), "<b>" in picture, "promise 3 hours" in picture
    (True, False, True)
    """
    if width < 240:
        raise ValueError(f"width must be at least 240, got {width:g}")
    times, delivered, conforming = shown.times, shown.delivered, shown.conforming or None
    promise = shown.promise if shown.promised else None
    frame = _Frame(width, round(max(150.0, SHAPE * width)), float(times[-1]))
    late = promise is not None and float(delivered[-1]) - _share_at(times, delivered, promise) > 0
    key = _key(conforming is not None, promise, shown.mark, shown.words, late=late)
    rows = [line for sample, text in key for line in _lines(sample, text, width)]
    under = TOP + frame.height + 20 + LINE + 8
    high = under + LINE * len(rows) + 4
    parts = [
        *svg_head(
            "time",
            (list(times), list(delivered)),
            width=width,
            height=high,
            title=clean(shown.title),
            description=shown.description,
        ),
        *_curves(frame, times, delivered, conforming, promise=promise),
        *_axes(frame, shown.xlabel),
        *_promise(frame, promise, shown.promise_words),
        *_dot(frame, shown.mark),
    ]
    parts.extend(_entry(sample, line, under + LINE * i) for i, (sample, line) in enumerate(rows))
    parts.append("</svg>")
    return "\n".join(parts)


def _share_at(times: Sequence[float], shares: Sequence[float], time: float) -> float:
    return max((float(s) for t, s in zip(times, shares, strict=True) if t <= time), default=0.0)


def _curves(
    frame: _Frame,
    times: Sequence[float],
    delivered: Sequence[float],
    conforming: Sequence[float] | None,
    *,
    promise: float | None,
) -> list[str]:
    whole = [(frame.x(t), frame.y(s)) for t, s in zip(times, delivered, strict=True)]
    parts = [_area(frame, whole, palette.PALE if conforming is None else BAD)]
    if conforming is not None:
        parts.append(_area(frame, [(frame.x(t), frame.y(s)) for t, s in zip(times, conforming, strict=True)]))
    if promise is not None and promise < frame.until:
        parts.append(_hatching(frame, whole, frame.x(promise)))
    line = "L".join(f"{_n(x)} {_n(y)}" for x, y in _thinned(whole))
    parts.append(f'<path d="M{line}" fill="none" stroke="{palette.BAR}" stroke-width="2" stroke-linejoin="round"/>')
    return parts


def _area(frame: _Frame, points: list[Point], colour: str = palette.PALE) -> str:
    foot = frame.y(0.0)
    line = "L".join(f"{_n(x)} {_n(y)}" for x, y in _thinned(points))
    return f'<path d="M{_n(points[0][0])} {_n(foot)}L{line}L{_n(points[-1][0])} {_n(foot)}Z" fill="{colour}"/>'


def _hatching(frame: _Frame, points: list[Point], start: float) -> str:
    """Upright lines from the curve to the top, where units are late."""
    strokes, place, top = [], 0, frame.y(1.0)
    x, end = start + HATCH / 2, points[-1][0]
    while x < end:
        while place + 1 < len(points) and points[place + 1][0] <= x:
            place += 1
        (a, y), (b, next_y) = points[place], points[min(place + 1, len(points) - 1)]
        low = y + (next_y - y) * (x - a) / (b - a) if b > a else y
        if low - top > 0.5:
            strokes.append(f"M{_n(x)} {_n(low)}V{_n(top)}")
        x += HATCH
    return f'<path d="{"".join(strokes)}" stroke="{palette.ALERT}" stroke-width="1.5"/>' if strokes else ""


def _thinned(points: list[Point]) -> list[Point]:
    """The points without those that lie on the line from the last one kept to the next."""
    kept = points[:1]
    for i in range(1, len(points) - 1):
        (a, b), (x, y), (c, d) = kept[-1], points[i], points[i + 1]
        length = math.hypot(c - a, d - b)
        off = abs((c - a) * (y - b) - (d - b) * (x - a)) / length if length > 0 else 0.0
        if off > FINE / 4 or math.hypot(x - a, y - b) > 40:
            kept.append((x, y))
    return [*kept, points[-1]]


def _axes(frame: _Frame, xlabel: str) -> list[str]:
    left, right, foot = LEFT, frame.width - RIGHT, frame.y(0.0)
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = frame.y(share)
        parts.append(
            f'<path d="M{_n(left)} {_n(y)}H{_n(right)}" stroke="{palette.LINE if share == 0 else GRID}"/>'
            f'<text x="{_n(left - 6)}" y="{_n(y + 4)}" text-anchor="end" fill="{palette.QUIET}">'
            f"{100 * share:g}\u00a0%</text>"
        )
    for time, words in _ticks(frame):
        x = frame.x(time)
        parts.append(
            f'<path d="M{_n(x)} {_n(foot)}v5" stroke="{palette.LINE}"/>'
            f'<text x="{_n(x)}" y="{_n(foot + 18)}" text-anchor="middle" fill="{palette.QUIET}">{_text(words)}</text>'
        )
    middle = (left + right) / 2
    label = shorten(clean(xlabel), right - left)
    parts.append(
        f'<text x="{_n(middle)}" y="{_n(foot + 18 + LINE)}" text-anchor="middle" fill="{palette.QUIET}">'
        f"{_text(label)}</text>"
    )
    return parts


def _ticks(frame: _Frame) -> list[tuple[float, str]]:
    """Round times that fit beside each other."""
    room = frame.width - LEFT - RIGHT
    for most in range(8, 0, -1):
        step = 10.0 ** math.floor(math.log10(frame.until / most))
        step *= next(f for f in (1, 2, 5, 10) if f * step >= frame.until / most * (1 - 1e-9))
        marks = [i * step for i in range(int(frame.until / step * (1 + 1e-9)) + 1)]
        named = [(t, f"{t:,.10g}") for t in marks]
        if all(text_width(words) + 14 <= room * step / frame.until for _, words in named):
            # a name at the end must not stick out
            return [(t, w) for t, w in named if frame.x(t) + text_width(w) / 2 <= frame.width]
    return [(0.0, "0")]


def _promise(frame: _Frame, promise: float | None, named: str) -> list[str]:
    if promise is None:
        return []
    beyond = promise > frame.until
    words = shorten(clean(named), frame.width - 24) + (" \u2192" if beyond else "")
    half = text_width(words) / 2
    x = frame.x(promise)
    middle = min(max(x, half + 2), frame.width - half - 2)
    name = (
        f'<text x="{_n(middle)}" y="{_n(TOP - 10)}" text-anchor="middle" fill="{palette.ALERT}" font-weight="600">'
        f"{_text(words)}</text>"
    )
    if beyond:
        return [name]
    line = (
        f'<path d="M{_n(x)} {_n(TOP - 5)}V{_n(frame.y(0.0))}" stroke="{palette.ALERT}" stroke-width="2" '
        'stroke-dasharray="5 3"/>'
    )
    return [line, name]


def _dot(frame: _Frame, mark: tuple[float, float] | None) -> list[str]:
    if mark is None or mark[0] > frame.until:
        return []
    x, y = frame.x(mark[0]), frame.y(mark[1])
    return [f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4.5" fill="{palette.INK}" stroke="{palette.PAPER}"/>']


def _key(
    split: bool, promise: float | None, mark: tuple[float, float] | None, words: Sequence[str], *, late: bool
) -> list[tuple[str, str]]:
    """What each thing in the picture is, with the words of the promise and of the mark in turn."""
    said = list(words)
    entries = [("good", "delivered within this time" + (" and conforming" if split else ""))]
    if split:
        entries.append(("bad", "delivered within this time, not conforming"))
    if promise is not None and said:
        entries.append(("late" if late else "promise", said.pop(0)))
    if mark is not None and said:
        entries.append(("dot", said.pop(0)))
    return entries


def _lines(sample: str, text: str, width: float) -> list[tuple[str, str]]:
    return [(sample if i == 0 else "", line) for i, line in enumerate(wrap(text, width - LEFT - 4, most=3))]


def _entry(sample: str, line: str, y: float) -> str:
    mark = {
        "good": f'<rect x="14" y="{_n(y - 3)}" width="22" height="11" fill="{palette.PALE}"/>'
        f'<path d="M14 {_n(y - 3)}h22" stroke="{palette.BAR}" stroke-width="2"/>',
        "bad": f'<rect x="14" y="{_n(y - 3)}" width="22" height="11" fill="{BAD}"/>',
        "late": f'<path d="{"".join(f"M{x} {_n(y - 3)}v11" for x in (16, 22, 28, 34))}" stroke="{palette.ALERT}" '
        'stroke-width="1.5"/>',
        "promise": f'<path d="M25 {_n(y - 4)}v13" stroke="{palette.ALERT}" stroke-width="2" stroke-dasharray="5 3"/>',
        "dot": f'<circle cx="25" cy="{_n(y + 2.5)}" r="4.5" fill="{palette.INK}"/>',
    }.get(sample, "")
    return f'<g>{mark}<text x="{_n(LEFT)}" y="{_n(y + 7)}" fill="{palette.INK}">{_text(line)}</text></g>'


__all__ = ["lead_time_svg"]
