"""Variants side by side: points for each label, none hidden by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import ROW, as_numbers, axes_or_new, in_figures, put_frame, put_row_words
from qualitychain.plot.base.marks import clean

_MARKERS = "oosD^v"
_BESIDE = 0.16
"""How far the points of two series in one row stand apart, in rows, where they would hide each other."""
_NEAR = 0.02
"""Share of the width within which they would."""


def side_by_side(
    labels: Sequence[str],
    series: Mapping[str, ArrayLike],
    *,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
    rate: bool = False,
    legend: bool = True,
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
    rate : bool
        Whether the values are rates, written in per cent.
    legend : bool
        Whether to name the series over the chart.

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
    values = {name: as_numbers(labels, given) for name, given in series.items()}
    ax = axes_or_new(ax, 7.0, 1.6 + ROW * max(1, len(labels)))
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
    apart = np.where(_close(table), _BESIDE, 0.0)
    for place, (name, row) in enumerate(zip(values, table, strict=True)):
        face = palette.PAPER if place == 0 else palette.BAR
        edge = palette.INK if place == 0 else palette.BAR
        # shapes as well as shades: the series must be told apart in print
        ax.scatter(
            row,
            rows + apart * (place - (len(values) - 1) / 2),
            s=46,
            marker=_MARKERS[place % len(_MARKERS)],
            facecolor=face,
            edgecolor=edge,
            label=name,
            zorder=2 + place,
        )
    put_frame(ax, labels, title, xlabel)
    in_figures(ax, "x", rate=rate)
    if not legend:
        return ax
    shown = ax.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=min(len(values), 4), frameon=False, borderaxespad=0.1
    )
    for text, name in zip(shown.get_texts(), values, strict=True):
        text.set_parse_math(False)
        text.set_text(clean(name))
    if title:
        put_row_words(ax, title, None, pad=26)
    return ax


@dataclass(frozen=True)
class Chart:
    """What one of several charts shows: its rows, its series, what they are, and whether they are rates."""

    labels: Sequence[str]
    series: Mapping[str, ArrayLike]
    xlabel: str
    rate: bool


def charts(wanted: Sequence[Chart], *, title: str) -> Axes:
    """Draw charts of the same series in one figure, two in a row, named once over all.

    Parameters
    ----------
    wanted : sequence of Chart
        One or more.
    title : str
        Words over all, taken literally.

    Returns
    -------
    Axes
        The first chart; the others are in its figure.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = charts([Chart(["K"], {"now": [0.1], "then": [0.2]}, "defect rate", True)], title="Now and then")
    >>> len(ax.figure.axes), [text.get_text() for text in ax.figure.legends[0].get_texts()]
    (1, ['now', 'then'])
    >>> ax.figure.clear()
    """
    # Only here: importing pyplot chooses a backend.
    import matplotlib.pyplot as plt

    across = min(2, len(wanted))
    down = -(-len(wanted) // across)
    most = [max(len(c.labels) for c in wanted[across * i : across * (i + 1)]) for i in range(down)]
    heights = [1.1 + ROW * max(1, rows) for rows in most]
    figure, made = plt.subplots(
        down, across, figsize=(6.0 * across, min(60.0, sum(heights) + 0.8)), squeeze=False,
        height_ratios=heights, layout="constrained",
    )  # fmt: skip
    places = list(made.ravel())
    for ax, chart in zip(places, wanted, strict=False):
        side_by_side(chart.labels, chart.series, ax=ax, xlabel=chart.xlabel, rate=chart.rate, legend=False)
    for ax in places[len(wanted) :]:
        ax.remove()
    handles, _ = places[0].get_legend_handles_labels()
    names = list(wanted[0].series)
    shown = figure.legend(handles, names, loc="outside upper right", ncols=min(len(names), 5), frameon=False)
    for text, name in zip(shown.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(clean(name))
    figure.suptitle(clean(title), x=0.01, ha="left", parse_math=False)
    first: Axes = places[0]
    return first


def _close(table: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows in which two points would lie on each other; ``table`` has a line for each series."""
    width = np.nanmax(table, initial=-np.inf) - np.nanmin(table, initial=np.inf) if np.isfinite(table).any() else 0.0
    gaps = np.diff(np.sort(table, axis=0), axis=0)
    return np.asarray((gaps <= _NEAR * width).any(axis=0))
