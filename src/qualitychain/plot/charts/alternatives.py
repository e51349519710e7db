"""What each alternative would bring on its own, with those that are chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import ROW, as_numbers, axes_or_new, in_figures, put_frame, put_row_words, short


def alternatives(
    labels: Sequence[str],
    gains: ArrayLike,
    chosen: Sequence[bool],
    *,
    rate: bool = False,
    most: int = 20,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
) -> Axes:
    """Draw the gain of each alternative alone, the largest first; those chosen are dark and hatched.

    Parameters
    ----------
    labels : sequence of str, length n
        One for each alternative; long ones are cut, mathematics is not interpreted.
    gains : array_like, shape (n,)
        Any unit; below 0 where an alternative makes things worse. What is not finite has a row that says "not known".
    chosen : sequence of bool, length n
        Those that are chosen; they come first where not all can be shown.
    rate : bool
        Whether gains are of a rate, written in per cent.
    most : int
        Rows at most; how many are left out is said below.
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
        Not one gain, or not one choice, for each label.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = alternatives(["Door", "Bench"], [1.0, 3.0], [False, True])
    >>> [text.get_text() for text in ax.get_yticklabels()], [bool(bar.get_hatch()) for bar in ax.patches]
    (['Bench', 'Door'], [True, False])
    >>> ax.figure.clear()
    """
    numbers, taken = as_numbers(labels, gains), as_numbers(labels, np.asarray(chosen, dtype=float)) > 0
    size = np.where(np.isfinite(numbers), numbers, -np.inf)
    kept = np.lexsort((-size, ~taken))[:most]
    kept = kept[np.argsort(-size[kept], kind="stable")]
    ax = axes_or_new(ax, 7.0, 1.6 + ROW * max(1, len(kept)))
    for row, i in enumerate(kept):
        if not np.isfinite(numbers[i]):
            ax.text(0, row, " not known", va="center", ha="left", color=palette.QUIET, fontsize="small")
            continue
        ax.barh(
            row, numbers[i], height=0.7, linewidth=0,
            color=palette.ALERT if taken[i] else palette.BAR,
            edgecolor=palette.PAPER if taken[i] else palette.BAR,
            hatch="//" if taken[i] else None,
        )  # fmt: skip
    left_out = len(labels) - len(kept)
    said = [w for w in (xlabel, f"{left_out} further are left out" if left_out else "") if w]
    put_frame(ax, [short(str(labels[i])) for i in kept], title, "; ".join(said))
    in_figures(ax, "x", rate=rate)
    if len(kept):
        ax.axvline(0.0, color=palette.INK, linewidth=0.8)
        ax.legend(
            handles=[
                Patch(facecolor=palette.ALERT, edgecolor=palette.PAPER, hatch="//", label="chosen"),
                Patch(color=palette.BAR, label="not chosen"),
            ],
            loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1,
        )  # fmt: skip
        if title:
            put_row_words(ax, title, None, pad=26)
    return ax
