"""Cost against outcome: what the best choice reaches at each budget."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, in_figures, put_title, put_xlabel
from qualitychain.plot.base.marks import clean


def frontier(
    budgets: ArrayLike,
    values: ArrayLike,
    bounds: ArrayLike,
    *,
    chosen: tuple[float, float] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = "budget",
    ylabel: str | None = None,
    rate: bool = False,
) -> Axes:
    """Draw the best outcome by budget, and how far it may be from the best there is.

    Parameters
    ----------
    budgets, values, bounds : array_like, shape (n,)
        Budgets, ascending; the outcome reached, and a bound of it. Where they differ the band between is shaded.
    chosen : (cost, outcome), optional
        The choice in question, marked; from its cost on it can be had, so the line goes through it.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, xlabel, ylabel : str, optional
        Words over, under and beside the plot, taken literally.
    rate : bool
        Whether the outcome is a rate, written in per cent.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        Not one value and one bound for each budget.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = frontier([0, 5, 10], [0.3, 0.2, 0.1], [0.3, 0.2, 0.08], ax=Figure().add_subplot())
    >>> len(ax.lines)
    1
    """
    x, y, best = (np.asarray(a, dtype=float) for a in (budgets, values, bounds))
    if not x.shape == y.shape == best.shape or x.ndim != 1:
        raise ValueError(f"need one value and one bound per budget, got shapes {x.shape}, {y.shape}, {best.shape}")
    ax = axes_or_new(ax, 6.4, 4.0)
    if chosen is not None and len(x) and chosen[0] not in x and x[0] < chosen[0] < x[-1]:
        place = int(np.searchsorted(x, chosen[0]))
        # what bounds a larger budget bounds a smaller one
        x, y, best = (np.insert(v, place, new) for v, new in ((x, chosen[0]), (y, chosen[1]), (best, best[place])))
    apart = np.isfinite(best) & np.isfinite(y) & (best != y)
    if apart.any():
        floor = np.where(np.isfinite(best), best, y)
        ax.fill_between(x, y, floor, step="post", color=palette.PALE, linewidth=0, label="not ruled out")
    # between two budgets at least the choice of the smaller one can be had
    ax.plot(x, y, drawstyle="steps-post", marker="o", color=palette.BAR, markersize=4, label="best found")
    if chosen is not None:
        ax.scatter(*chosen, marker="D", s=60, color=palette.ALERT, zorder=3, label="chosen")
    in_figures(ax, "x", rate=False)
    in_figures(ax, "y", rate=rate)
    put_title(ax, title)
    put_xlabel(ax, xlabel)
    if ylabel:
        ax.set_ylabel(clean(ylabel), parse_math=False)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(color="#d5dbe1", linewidth=0.6)
    if apart.any() or chosen is not None:
        ax.legend(frameon=False)
    return ax
