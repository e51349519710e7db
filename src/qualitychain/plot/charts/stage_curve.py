"""The cost of one defect by the stage at which it is found, from arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, in_figures, put_title, put_xlabel, short
from qualitychain.plot.base.marks import clean

MOST_NAMED = 12
Floats = NDArray[np.float64]


def stage_curve(
    labels: Sequence[str],
    steps: ArrayLike,
    costs: ArrayLike,
    found: ArrayLike,
    *,
    late: ArrayLike | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    ylabel: str = "cost of one defect",
) -> Axes:
    """Draw a point for each stage: further right is later, higher is more costly, larger is more defects found there.

    Parameters
    ----------
    labels : sequence of str, length n
        Stages; the dozen most costly are named where there is room, mathematics is not interpreted.
    steps : array_like, shape (n,)
        Handoffs passed until the stage.
    costs : array_like, shape (n,)
        Cost of one defect found there; what is not finite is left out.
    found : array_like, shape (n,)
        How many are found there, in any unit.
    late : array_like of bool, shape (n,), optional
        Stages beyond the chain, found by a customer or never: drawn dark, as diamonds.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, ylabel : str
        Words over and beside the chart.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the arrays do not have one entry for each label.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = stage_curve(["door", "test", "customer"], [1, 2, 3], [2.0, 9.0, 70.0], [5, 3, 1], late=[0, 0, 1])
    >>> len(ax.collections), [text.get_text() for text in ax.texts]
    (2, ['customer', 'test', 'door'])
    >>> ax.figure.clear()
    """
    x, y, n = (np.asarray(values, dtype=float) for values in (steps, costs, found))
    beyond = np.zeros(len(labels), dtype=bool) if late is None else np.asarray(late, dtype=bool)
    if not x.shape == y.shape == n.shape == beyond.shape == (len(labels),):
        raise ValueError(f"there are {len(labels)} labels but arrays of shapes {x.shape}, {y.shape}, {n.shape}")
    ax = axes_or_new(ax, 7.5, 4.5)
    shown = np.isfinite(x) & np.isfinite(y) & np.isfinite(n)
    largest = float(n[shown].max(initial=0.0)) or 1.0
    size = 36.0 + 260.0 * n / largest
    for flags, marker, colour, word in (
        (shown & ~beyond, "o", palette.BAR, "found inside"),
        (shown & beyond, "D", palette.ALERT, "at a customer"),
    ):
        if flags.any():
            ax.scatter(x[flags], y[flags], s=size[flags], marker=marker, color=colour, alpha=0.85, label=word)
    _put_curve(ax, x[shown], y[shown], n[shown])
    named = np.flatnonzero(shown)[np.argsort(-y[shown], kind="stable")][:MOST_NAMED]
    names = [short(str(labels[i])) for i in named]
    places = _places(x, y, shown, named, names)
    for name, i, (left, above) in zip(names, named, places, strict=True):
        ax.annotate(
            name,
            (x[i], y[i]),
            xytext=(-9 if left else 9, 6 if above else -6),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom" if above else "top",
            fontsize="small",
            color=palette.INK,
            parse_math=False,
        )
    put_title(ax, title)
    put_xlabel(ax, "handoffs passed when it is found (larger points: more are found there; line: mean)")
    in_figures(ax, "y", rate=False)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.set_ylabel(clean(ylabel), parse_math=False)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#d5dbe1", linewidth=0.6)
    ax.margins(x=0.18, y=0.15)
    if (shown & beyond).any() and (shown & ~beyond).any():
        legend = ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1)
        if title:
            ax.set_title(clean(title), parse_math=False, pad=24)
        for handle in legend.legend_handles:
            if isinstance(handle, PathCollection):
                handle.set_sizes([48.0])
    if not shown.any():
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=palette.QUIET)
    return ax


def _put_curve(ax: Axes, x: Floats, y: Floats, n: Floats) -> None:
    """A pale line through the mean cost, weighted by how many are found, after each whole number of handoffs."""
    whole = np.round(x)
    steps = [s for s in np.unique(whole) if n[whole == s].sum() > 0]
    if len(steps) > 1:
        means = [float(np.average(y[whole == s], weights=n[whole == s])) for s in steps]
        ax.plot(steps, means, color=palette.PALE, linewidth=2, zorder=0)


def _places(
    x: Floats, y: Floats, shown: NDArray[np.bool_], named: NDArray[np.intp], names: list[str]
) -> list[tuple[bool, bool]]:
    """For each name whether it stands to the left of its point, and whether above: where it meets no other, if it can.

    Names without such a place become empty. Sizes are shares of a plot of the default size.
    """
    if not shown.any():
        return []
    wide, high = 0.0117, 0.042
    across, up = (
        low + room * (v - v[shown].min()) / (float(np.ptp(v[shown])) or 1.0)
        for v, low, room in ((x, 0.13, 0.74), (y, 0.11, 0.78))
    )
    taken = [(across[i] - 0.015, up[i] - 0.019, across[i] + 0.015, up[i] + 0.019) for i in np.flatnonzero(shown)]
    chosen = []
    for n, i in enumerate(named):
        a, b = float(across[i]), float(up[i])
        # towards the middle, where there is room
        inward = a > 0.5
        for left, above in ((inward, True), (inward, False), (not inward, True), (not inward, False)):
            length = wide * len(names[n])
            start = a - length - 0.02 if left else a + 0.02
            foot = b + 0.02 if above else b - 0.02 - high
            box = (start, foot, start + length, foot + high)
            if start >= 0 and box[2] <= 1 and not any(_meet(box, other) for other in taken):
                taken.append(box)
                chosen.append((left, above))
                break
        else:
            names[n] = ""
            chosen.append((inward, True))
    return chosen


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
