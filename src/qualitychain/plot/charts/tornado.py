"""What moves a figure most: bars to the left and right, one colour for worse, another for better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import ROW, as_numbers, axes_or_new, in_figures, put_frame, put_row_words, short

LEAST = 0.005
"""Share of the largest bar below which a bar could not be seen; it is counted in words."""


def tornado(
    labels: Sequence[str],
    changes: ArrayLike,
    *,
    rise_is_worse: bool = True,
    most: int = 20,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
) -> Axes:
    """Draw changes as bars, the largest first: falls to the left, rises to the right.

    Parameters
    ----------
    labels : sequence of str, length n
        One for each change; long ones are cut, mathematics is not interpreted.
    changes : array_like, shape (n,)
        Any unit. What is not finite, 0, or below 0.5 % of the largest has no bar; how many these are is said below.
    rise_is_worse : bool
        Whether bars to the right are drawn in the colour of what is worse, or those to the left.
    most : int
        Bars at most.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title, xlabel : str, optional
        Words over and under the chart.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        Not one label for each change.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = tornado(["detect", "defects", "share"], [-0.5, 2.0, 0.001], xlabel="points")
    >>> [text.get_text() for text in ax.get_yticklabels()], ax.get_xlabel()
    (['defects', 'detect'], 'points; 1 smaller than 0.5 % of the largest is left out')
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['worse', 'better']
    >>> ax.figure.clear()
    """
    numbers = as_numbers(labels, changes)
    size = np.where(np.isfinite(numbers), np.abs(numbers), 0.0)
    order = np.argsort(-size, kind="stable")
    large = order[size[order] >= max(LEAST * size.max(initial=0.0), np.finfo(float).tiny)]
    kept = large[:most]
    ax = axes_or_new(ax, 7.0, 1.6 + ROW * max(1, len(kept)))
    worse = (numbers[kept] > 0) == rise_is_worse
    colours = [palette.ALERT if w else palette.BAR for w in worse]
    ax.barh(np.arange(len(kept)), numbers[kept], height=0.7, color=colours)
    small, further = int((size > 0).sum()) - len(large), len(large) - len(kept)
    said = [xlabel] if xlabel else []
    if further:
        said.append(f"{further} further are smaller")
    elif small:
        said.append(f"{small} smaller than {100 * LEAST:g} % of the largest {'is' if small == 1 else 'are'} left out")
    put_frame(ax, [short(str(labels[i])) for i in kept], title, "; ".join(said))
    in_figures(ax, "x", rate=False)
    ax.axvline(0.0, color=palette.INK, linewidth=0.8)
    if len(kept):
        ax.legend(
            handles=[Patch(color=palette.ALERT, label="worse"), Patch(color=palette.BAR, label="better")],
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1,
        )  # fmt: skip
        if title:
            put_row_words(ax, title, None, pad=26)
    return ax
