"""The value stream map: steps in flow order, and under them the ladder of waiting (high) and working (low) time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, put_title
from qualitychain.plot.base.marks import FONT, Kind, MapNode, clean, text_width, wrap

Tone = Literal["ink", "quiet", "alert"]
_TONES: dict[Tone, str] = {"ink": palette.INK, "quiet": palette.QUIET, "alert": palette.ALERT}

BOX = 158.0
GAP = 112.0
"""Width of a box, and of the room between two boxes, in px."""
MOST_IN_A_ROW = 5
LINE = 17.0
MARGIN = 14.0
STEP = 34.0
"""How far the ladder goes up and down."""
NOT_KNOWN = "not known"
CAPTION = "high: the unit waits, is moved or checked; low: somebody works on it"


@dataclass(frozen=True)
class Stop:
    """One box of the map and the times before and in it."""

    label: str
    name: tuple[str, ...]
    """The label in lines."""
    kind: Kind
    notes: tuple[str, ...]
    before: tuple[tuple[str, float], ...]
    """What the unit spends its time with before the work starts: word and time, those above 0."""
    working: float
    givers: tuple[str, ...]
    late: bool


def value_stream_map(
    names: Sequence[str],
    working: ArrayLike,
    before: dict[str, ArrayLike],
    *,
    kinds: Sequence[Kind] | None = None,
    notes: Sequence[Sequence[str]] | None = None,
    givers: Sequence[Sequence[str]] | None = None,
    highlight: Sequence[str] = (),
    unit: str = "",
    ax: Axes | None = None,
    title: str | None = None,
    most: int = 40,
) -> Axes:
    """Draw a value stream map.

    Parameters
    ----------
    names : sequence of str, length n
        The steps in flow order.
    working : array_like, shape (n,)
        Working time of each step per delivered unit. What is not finite is shown as not known.
    before : dict of str to array_like, shape (n,)
        Times between the step before and the work of this one, by what they are ("queue", "inputs", "transport"), in
        the unit of ``working``.
    kinds : sequence of {"supplier", "department", "customer", "service"}, length n, optional
        Departments by default.
    notes : sequence of sequences of str, length n, optional
        Short facts under each name.
    givers : sequences of str, length n, optional
        From which steps each gets its units; by default from the one before it. Where the step before is not among
        them, the map says from where.
    highlight : sequence of str
        Names of the steps that cannot keep up: they have the heavy border.
    unit : str
        What the times are in, for the caption.
    ax : Axes, optional
        Where to draw; without it a new figure of fitting size. On given Axes the text is scaled with the map.
    title : str, optional
        Title of the Axes.
    most : int
        Steps at most; of more, those that take least time are left out, and the map says so. They count in the total.

    Returns
    -------
    Axes
        Without ticks, in pixels of the map, y downwards.

    Raises
    ------
    ValueError
        Not one time, kind, list of notes or of givers for each name, or ``most`` below 1.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = value_stream_map(["Saw", "Weld"], [2, 3], {"queue": [0, 4], "transport": [0, 1]}, unit="minutes")
    >>> [text.get_text() for text in ax.texts if "efficiency" in text.get_text()]
    ['lead time 10, working 5: flow efficiency 50 %']
    >>> ax.figure.clear()
    """
    stops = _stops(names, working, before, kinds=kinds, notes=notes, givers=givers, late=set(highlight))
    shown = _longest(stops, most)
    rows = _in_rows(shown)
    columns = max((len(row) for row in rows), default=1)
    width = 2 * MARGIN + columns * (BOX + GAP)
    heights = [_height(row) for row in rows]
    foot = 2 * LINE + MARGIN
    height = MARGIN + sum(heights) + foot
    own = ax is None
    ax = axes_or_new(ax, width / 100, height / 100 + (0.4 if title else 0.0), whole=title is None)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    put_title(ax, title)
    if own:
        # the layout gives the Axes their final size, and with it the text its scale
        ax.figure.draw_without_rendering()  # type: ignore[union-attr]  # our own figure has it
    pen = _Pen(ax, width, height)
    top, before_it = MARGIN, ""
    for row, deep in zip(rows, heights, strict=True):
        _row(pen, row, top, before_it)
        top, before_it = top + deep, row[-1].label
    pen.write(MARGIN, top + LINE / 2, _total(stops), "ink", bold=True, left=True)
    words = f"times in {unit} per delivered unit; {CAPTION}" if unit else CAPTION
    if len(shown) < len(stops):
        words = f"{len(stops) - len(shown)} steps that take least time are left out; {words}"
    for line, text in enumerate(wrap(words, width - 2 * MARGIN, most=2)):
        pen.write(MARGIN, top + LINE * (line + 1.5), text, "quiet", left=True)
    return ax


class _Pen:
    """Writes and draws at the scale of the map on its Axes as they are now."""

    def __init__(self, ax: Axes, width: float, height: float) -> None:
        space = ax.get_window_extent()
        self.ax = ax
        # points per px of the map
        self.scale = min(space.width / width, space.height / height) * 72 / float(ax.figure.dpi)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        tone: Tone,
        *,
        bold: bool = False,
        left: bool = False,
    ) -> None:
        self.ax.text(
            x,
            y,
            clean(words),
            color=_TONES[tone],
            # the default font of matplotlib is wider than those the boxes are sized for
            fontsize=max(1.0, FONT * (0.88 if bold else 0.95) * self.scale),
            fontweight="bold" if bold else "normal",
            parse_math=False,
            ha="left" if left else "center",
            va="center",
            zorder=5,
        )

    def line(self, x: Sequence[float], y: Sequence[float], colour: str, width: float) -> None:
        self.ax.plot(x, y, color=colour, linewidth=width * self.scale, solid_capstyle="projecting", zorder=2)

    def arrow(self, start: float, end: float, y: float) -> None:
        self.line([start, end - 7], [y, y], palette.LINE, 1.8)
        head = [(end, y), (end - 9, y - 5), (end - 9, y + 5)]
        self.ax.add_patch(Polygon(head, closed=True, facecolor=palette.LINE, edgecolor="none", zorder=3))

    def box(self, x: float, y: float, height: float, stop: Stop) -> None:
        corner = {"supplier": 0.0, "customer": 16.0}.get(stop.kind, 6.0)
        self.ax.add_patch(
            FancyBboxPatch(
                (x, y),
                BOX,
                height,
                boxstyle=f"round,pad=0,rounding_size={corner:g}",
                facecolor=palette.fill_of(MapNode("", stop.kind)),
                edgecolor=palette.ALERT if stop.late else palette.QUIET,
                linewidth=(3.0 if stop.late else 1.4) * self.scale,
                linestyle="--" if stop.kind == "service" else "-",
                zorder=3,
            )
        )


def _stops(
    names: Sequence[str],
    working: ArrayLike,
    before: dict[str, ArrayLike],
    *,
    kinds: Sequence[Kind] | None,
    notes: Sequence[Sequence[str]] | None,
    givers: Sequence[Sequence[str]] | None,
    late: set[str],
) -> list[Stop]:
    count = len(names)
    low = _numbers("working", working, count)
    parts = {word: _numbers(word, times, count) for word, times in before.items()}
    for what, given in (("kinds", kinds), ("notes", notes), ("givers", givers)):
        if given is not None and len(given) != count:
            raise ValueError(f"there are {count} names but {len(given)} {what}; give one for each name")
    return [
        Stop(
            label=name,
            name=wrap(name, BOX - 14, most=4, size=FONT) or ("",),
            kind=kinds[i] if kinds is not None else "department",
            notes=tuple(wrap(note, BOX - 10, most=1)[0] for note in (notes[i] if notes is not None else ()) if note),
            before=tuple((word, float(times[i])) for word, times in parts.items() if times[i] != 0),
            working=float(low[i]),
            givers=tuple(givers[i]) if givers is not None else tuple(names[max(0, i - 1) : i]),
            late=name in late,
        )
        for i, name in enumerate(names)
    ]


def _numbers(what: str, values: ArrayLike, count: int) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (count,):
        raise ValueError(f"there are {count} names but {what} has shape {numbers.shape}; give one time for each name")
    return numbers


def _longest(stops: list[Stop], most: int) -> list[Stop]:
    """The ``most`` stops that take longest, those without a known time first, in their order."""
    if most < 1:
        raise ValueError(f"most must be at least 1, got {most}")

    def taken(i: int) -> float:
        total = stops[i].working + sum(time for _, time in stops[i].before)
        return -np.inf if np.isnan(total) else -total

    kept = set(sorted(range(len(stops)), key=taken)[:most])
    return [stop for i, stop in enumerate(stops) if i in kept]


def _in_rows(stops: list[Stop]) -> list[list[Stop]]:
    """Rows of about equal length."""
    if not stops:
        return []
    rows = -(-len(stops) // MOST_IN_A_ROW)
    each = -(-len(stops) // rows)
    return [stops[i : i + each] for i in range(0, len(stops), each)]


def _box_height(row: list[Stop]) -> float:
    # three lines may stand over the arrow in its middle
    return max(6.5 * LINE, *(LINE * (len(stop.name) + len(stop.notes)) + 16 for stop in row))


def _parts(stop: Stop) -> tuple[tuple[str, float], ...]:
    """The parts of the time before a step that stand under its sum: those that the sum itself does not name."""
    return stop.before if len(stop.before) > 1 or not _fits(_named(stop)) else ()


def _named(stop: Stop) -> str:
    return f"{stop.before[0][0]} {_time(stop.before[0][1])}" if len(stop.before) == 1 else ""


def _fits(text: str) -> bool:
    return text_width(text) <= GAP + 4


def _height(row: list[Stop]) -> float:
    under = max(STEP + LINE * 1.4, *(LINE * (len(_parts(stop)) + 0.4) for stop in row))
    return _box_height(row) + 2 * LINE + under + MARGIN


def _row(pen: _Pen, row: list[Stop], top: float, before_it: str) -> None:
    tall = _box_height(row)
    high = top + tall + 2 * LINE
    low = high + STEP
    for place, stop in enumerate(row):
        gap = MARGIN + place * (BOX + GAP)
        left = gap + GAP
        _arrival(pen, stop, gap, top + tall / 2, row[place - 1].label if place else before_it)
        pen.box(left, top, tall, stop)
        _words(pen, stop, left + BOX / 2, top + (tall - LINE * (len(stop.name) + len(stop.notes))) / 2)
        if stop.givers or stop.before:
            pen.line([gap, gap, left, left], [low, high, high, low], palette.ALERT, 2.2)
            pen.write(gap + GAP / 2, high - LINE * 0.7, _sum_of(stop), "alert", bold=True)
            for i, (word, time) in enumerate(_parts(stop)):
                pen.write(gap + GAP / 2, high + LINE * (i + 0.8), f"{word} {_time(time)}", "quiet")
        pen.line([left, left + BOX], [low, low], palette.BAR, 2.6)
        pen.write(left + BOX / 2, low + LINE * 0.8, _time(stop.working), "ink", bold=True)


def _arrival(pen: _Pen, stop: Stop, gap: float, middle: float, before_it: str) -> None:
    """The arrow into a box; from where it comes, if not from the box before."""
    if not stop.givers:
        return
    pen.arrow(gap + 6, gap + GAP - 3, middle)
    if before_it in stop.givers:
        return
    rest = len(stop.givers) - 1
    said = wrap(f"from {stop.givers[0]}", GAP - 12, most=2) + ((f"and {rest} more",) if rest else ())
    for i, line in enumerate(said):
        pen.write(gap + GAP / 2 - 4, middle + LINE * (i - len(said) - 0.1), line, "quiet")


def _words(pen: _Pen, stop: Stop, middle: float, top: float) -> None:
    for i, text in enumerate((*stop.name, *stop.notes)):
        named = i < len(stop.name)
        pen.write(middle, top + LINE * (i + 0.5), text, "ink" if named else "quiet", bold=named)


def _sum_of(stop: Stop) -> str:
    named = _named(stop)
    return named if named and _fits(named) else _time(sum(time for _, time in stop.before))


def _total(stops: list[Stop]) -> str:
    work = sum(stop.working for stop in stops)
    lead = work + sum(time for stop in stops for _, time in stop.before)
    if not np.isfinite(lead):
        return f"lead time {NOT_KNOWN}: the times of some steps are not known"
    if lead == 0:
        return "no step takes any time"
    return f"lead time {_time(lead)}, working {_time(work)}: flow efficiency {100 * work / lead:.3g} %"


def _time(value: float) -> str:
    if not np.isfinite(value):
        return NOT_KNOWN
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.01 else f"{value:.1g}"
