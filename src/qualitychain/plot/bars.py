"""Ranked bars, a Pareto chart, and before against after, from labels and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot import palette
from qualitychain.plot.axes import axes_or_new, put_rows, put_title, put_xlabel
from qualitychain.plot.marks import clean

_MARKERS = "oosD^v"
_ROW = 0.32
"""Height of one row in inches."""


def pareto(
    labels: Sequence[str],
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
    cumulative: bool = True,
    most: int = 20,
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
        Whether to draw the cumulative share of the total, in per cent, on an axis of its own at the top.
    most : int
        Bars at most; the smallest of more are one bar, "n others".

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
    numbers = _numbers(labels, values)
    kept = [i for i in np.argsort(-numbers, kind="stable") if np.isfinite(numbers[i])]
    names = [str(labels[i]) for i in kept]
    heights = numbers[kept]
    if len(names) > most:
        rest = heights[most - 1 :]
        names = [*names[: most - 1], f"{len(rest)} others"]
        heights = np.append(heights[: most - 1], rest.sum())
    ax = axes_or_new(ax, 7.0, 1.5 + _ROW * max(1, len(names)))
    rows = np.arange(len(names))
    ax.barh(rows, heights, height=0.7, color=palette.BAR)
    _frame(ax, names, title, xlabel)
    total = float(np.clip(heights, 0, None).sum())
    if cumulative and total > 0:
        twin = ax.twiny()
        share = np.cumsum(np.clip(heights, 0, None)) / total
        # A light rim keeps the line readable where it runs over a bar.
        rim = [Stroke(linewidth=4, foreground=palette.PAPER), Normal()]
        twin.plot(share, rows, color=palette.ALERT, marker="o", markersize=4, linewidth=1.6, path_effects=rim)
        twin.set_xlim(0, 1.04)
        twin.xaxis.set_major_formatter(PercentFormatter(xmax=1))
        twin.set_xlabel("cumulative share")
        for side in ("right", "bottom"):
            twin.spines[side].set_visible(False)
    return ax


def bars(
    labels: Sequence[str],
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
    reference: float | None = None,
    reference_label: str | None = None,
    highlight: Sequence[str] = (),
) -> Axes:
    """Draw horizontal bars in the order given, with a line to compare them with.

    Parameters
    ----------
    labels : sequence of str, length n
        One for each value; long ones are cut, mathematics is not interpreted.
    values : array_like, shape (n,)
        Any unit; what is not finite has a row that says "not defined".
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, xlabel : str, optional
        Words over and under the chart.
    reference : float, optional
        Where to draw the line, for instance 1 for utilization; bars that reach it are dark and hatched.
    reference_label : str, optional
        What the line means.
    highlight : sequence of str
        Labels whose bars are dark and hatched whatever their length.

    Returns
    -------
    Axes
        Those of the bars.

    Raises
    ------
    ValueError
        Not one label for each value, or a reference that is not finite.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = bars(["Intake", "Payment"], [0.7, 1.1], reference=1, reference_label="capacity")
    >>> [bar.get_hatch() is not None for bar in ax.patches]
    [False, True]
    >>> ax.figure.clear()
    """
    numbers = _numbers(labels, values)
    if reference is not None and not np.isfinite(reference):
        raise ValueError(f"reference must be a finite number, got {reference}")
    ax = axes_or_new(ax, 7.0, 1.2 + _ROW * max(1, len(labels)))
    chosen = set(highlight)
    for row, (label, value) in enumerate(zip(labels, numbers, strict=True)):
        if not np.isfinite(value):
            ax.text(0, row, " not defined", va="center", ha="left", color=palette.QUIET, fontsize="small")
            continue
        dark = label in chosen or (reference is not None and value >= reference)
        ax.barh(
            row,
            value,
            height=0.7,
            color=palette.ALERT if dark else palette.BAR,
            hatch="//" if dark else None,
            edgecolor=palette.PAPER if dark else palette.BAR,
            linewidth=0,
        )
    _frame(ax, labels, title, xlabel)
    if reference is not None:
        ax.axvline(reference, color=palette.INK, linestyle="--", linewidth=1.2)
        if reference_label:
            # Over the plot, where no bar is: bars fill the height.
            ax.annotate(
                clean(reference_label),
                (reference, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize="small",
                color=palette.INK,
                parse_math=False,
            )
            if title:
                ax.set_title(clean(title), parse_math=False, pad=18)
    return ax


def side_by_side(
    labels: Sequence[str],
    series: Mapping[str, ArrayLike],
    *,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
) -> Axes:
    """Draw a point for each label and series, those of one label joined by a line.

    Parameters
    ----------
    labels : sequence of str, length n
        One for each row; long ones are cut, mathematics is not interpreted.
    series : mapping of str to array_like, shape (n,)
        Values in one unit by the name of their series; the first is drawn open. What is not finite has no point.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, xlabel : str, optional
        Words over and under the chart.

    Returns
    -------
    Axes
        Those of the points.

    Raises
    ------
    ValueError
        Not one label for each value.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = side_by_side(["Retail", "Reseller"], {"before": [0.04, 0.03], "after": [0.02, 0.03]}, xlabel="defect rate")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['before', 'after']
    >>> ax.figure.clear()
    """
    values = {name: _numbers(labels, given) for name, given in series.items()}
    ax = axes_or_new(ax, 7.0, 1.6 + _ROW * max(1, len(labels)))
    rows = np.arange(len(labels))
    table = np.array([np.where(np.isfinite(v), v, np.nan) for v in values.values()])
    joined = np.isfinite(table).sum(axis=0) > 1
    ax.hlines(
        rows[joined],
        np.nanmin(table[:, joined], axis=0),
        np.nanmax(table[:, joined], axis=0),
        color=palette.LINE,
        linewidth=2,
        zorder=1,
    )
    for place, (name, row) in enumerate(zip(values, table, strict=True)):
        face = palette.PAPER if place == 0 else palette.BAR
        edge = palette.INK if place == 0 else palette.BAR
        # shapes as well as shades: the series must be told apart in print
        ax.scatter(
            row,
            rows,
            s=46,
            marker=_MARKERS[place % len(_MARKERS)],
            facecolor=face,
            edgecolor=edge,
            label=name,
            zorder=2 + place,
        )
    _frame(ax, labels, title, xlabel)
    legend = ax.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=min(len(values), 4), frameon=False, borderaxespad=0.1
    )
    for text, name in zip(legend.get_texts(), values, strict=True):
        text.set_parse_math(False)
        text.set_text(clean(name))
    if title:
        ax.set_title(clean(title), parse_math=False, loc="center", pad=26)
    return ax


def _numbers(labels: Sequence[str], values: ArrayLike) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(labels),):
        raise ValueError(f"there are {len(labels)} labels but values of shape {numbers.shape}; give one for each label")
    return numbers


def _frame(ax: Axes, labels: Sequence[str], title: str | None, xlabel: str | None) -> None:
    put_rows(ax, [str(label) for label in labels])
    put_title(ax, title)
    put_xlabel(ax, xlabel)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    if not len(labels):
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=palette.QUIET)
