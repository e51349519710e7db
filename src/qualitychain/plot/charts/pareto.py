"""A Pareto chart: bars from the largest down, and what they make up together, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import ROW, as_numbers, axes_or_new, in_figures, put_frame, put_row_words

Floats = NDArray[np.float64]


def pareto(
    labels: Sequence[str],
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
    cumulative: bool = True,
    most: int = 20,
    share: bool = False,
    marks: ArrayLike | None = None,
    marks_label: str = "",
) -> Axes:
    """Draw a Pareto chart: bars from the largest down, and the share they make up together.

    Parameters
    ----------
    labels : sequence of str, length n
        One for each value; long ones are cut, mathematics is not interpreted.
    values : array_like, shape (n,)
        Any unit. What is not finite is left out; a negative value has a bar and adds nothing to the total.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, xlabel : str, optional
        Words over and under the chart.
    cumulative : bool
        Whether to draw the cumulative share of the total: its axis at the top is that of the bars, in per cent of
        their total.
    most : int
        Bars at most; the smallest of more are one bar, "n others".
    share : bool
        Whether values are shares of 1, written in per cent; one axis then serves bars and line.
    marks : array_like, shape (n,), optional
        A second value for each label in the same unit, an open mark; what is not finite, or in "n others", has none.
    marks_label : str
        What the marks are.

    Returns
    -------
    Axes
        Those of the bars.

    Raises
    ------
    ValueError
        Not one label for each value, or ``most`` below 2.

    Notes
    -----
    Equal values keep the order of the input.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = pareto(["late", "wrong", "broken"], [1, 6, 3])
    >>> [text.get_text() for text in ax.get_yticklabels()], [float(bar.get_width()) for bar in ax.patches]
    (['wrong', 'broken', 'late'], [6.0, 3.0, 1.0])
    >>> ax.figure.clear()
    """
    if most < 2:
        raise ValueError(f"most must be at least 2 (one bar and the others), got {most}")
    numbers = as_numbers(labels, values)
    kept = [i for i in np.argsort(-numbers, kind="stable") if np.isfinite(numbers[i])]
    names = [str(labels[i]) for i in kept]
    heights = numbers[kept]
    open_marks = None if marks is None else as_numbers(labels, marks)[kept]
    if len(names) > most:
        rest = heights[most - 1 :]
        names = [*names[: most - 1], f"{len(rest)} others"]
        heights = np.append(heights[: most - 1], rest.sum())
        open_marks = None if open_marks is None else np.append(open_marks[: most - 1], np.nan)
    ax = axes_or_new(ax, 7.0, 1.5 + ROW * max(1, len(names)))
    rows = np.arange(len(names))
    ax.barh(rows, heights, height=0.7, color=palette.BAR)
    put_frame(ax, names, title, xlabel)
    total = float(np.clip(heights, 0, None).sum())
    if share:
        in_figures(ax, "x", rate=True)
    if open_marks is not None and np.isfinite(open_marks).any():
        ax.scatter(open_marks, rows, marker="D", s=34, facecolor=palette.PAPER, edgecolor=palette.INK, zorder=3)
        if marks_label:
            # under the chart: over it they would hide bars
            put_row_words(ax, None, "; ".join(w for w in (xlabel, f"\u25c7 {marks_label}") if w))
    if cumulative and total > 0:
        _cumulative(ax, heights, rows, total, share=share)
    return ax


def _cumulative(ax: Axes, heights: Floats, rows: NDArray[np.int_], total: float, *, share: bool) -> None:
    """The line of what bars make up together, on the scale of the bars."""
    low = 1.04 * min(0.0, float(heights.min()))
    ax.set_xlim(low, 1.04 * max(total, float(heights.max())))
    twin = ax.twiny()
    # A light rim keeps the line readable where it runs over a bar.
    rim = [Stroke(linewidth=4, foreground=palette.PAPER), Normal()]
    together = np.cumsum(np.clip(heights, 0, None)) / total
    twin.plot(together, rows, color=palette.ALERT, marker="o", markersize=4, linewidth=1.6, path_effects=rim)
    twin.set_xlim(low / total, ax.get_xlim()[1] / total)
    twin.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    twin.set_xlabel("cumulative share")
    if share and abs(total - 1) < 1e-9:
        twin.tick_params(axis="x", top=False, labeltop=False)
        twin.set_xlabel("line: cumulative share", fontsize="small")
    for side in ("right", "bottom"):
        twin.spines[side].set_visible(False)
