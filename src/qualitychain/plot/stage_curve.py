"""The cost of one defect by the stage at which it is found, from arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from numpy.typing import ArrayLike

from qualitychain.plot import palette
from qualitychain.plot.axes import axes_or_new, put_title, put_xlabel, short
from qualitychain.plot.marks import clean

MOST_NAMED = 12


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
    """Draw a point for each stage: further right is later, higher is dearer, larger is more defects found there.

    Parameters
    ----------
    labels : sequence of str, length n
        Stages; the dearest dozen are named, mathematics is not interpreted.
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
    named = np.flatnonzero(shown)[np.argsort(-y[shown], kind="stable")][:MOST_NAMED]
    middle = (x[shown].min() + x[shown].max()) / 2 if shown.any() else 0.0
    for i in named:
        # towards the middle, where there is room
        left = x[i] > middle
        ax.annotate(
            short(str(labels[i])),
            (x[i], y[i]),
            xytext=(-9 if left else 9, 6),
            textcoords="offset points",
            ha="right" if left else "left",
            fontsize="small",
            color=palette.INK,
            parse_math=False,
        )
    put_title(ax, title)
    put_xlabel(ax, "handoffs passed when it is found")
    ax.set_ylabel(clean(ylabel), parse_math=False)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#d5dbe1", linewidth=0.6)
    ax.margins(x=0.18, y=0.15)
    if (shown & beyond).any() and (shown & ~beyond).any():
        for handle in ax.legend(frameon=False).legend_handles:
            if isinstance(handle, PathCollection):
                handle.set_sizes([48.0])
    if not shown.any():
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=palette.QUIET)
    return ax
