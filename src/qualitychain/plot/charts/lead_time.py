"""A lead-time distribution with the promise marked, from its content."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, put_title, put_xlabel
from qualitychain.plot.base.contents import LeadTimePicture
from qualitychain.plot.base.marks import clean


def lead_time(shown: LeadTimePicture, *, ax: Axes | None = None) -> Axes:
    """Draw the share of units delivered within each time, and what the promise makes of it.

    Parameters
    ----------
    shown : LeadTimePicture
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> shown = LeadTimePicture((0, 1, 2, 3), (0, 0.4, 0.9, 1.0), promise=2, promise_words="promise 2 hours",
    ...                         words=("on time: 90 %",))
    >>> ax = lead_time(shown)
    >>> [text.get_text() for text in ax.texts]
    ['promise 2 hours: on time: 90 %']
    >>> ax.figure.clear()
    """
    x, share = np.array(shown.times), np.array(shown.delivered)
    ax = axes_or_new(ax, 7.0, 3.6)
    ax.plot(x, share, color=palette.BAR, linewidth=2.0, label="delivered")
    if shown.conforming:
        ax.plot(x, shown.conforming, color=palette.INK, linewidth=1.4, linestyle="--", label="delivered and conforming")
        # on paper, so that the line of the promise does not run through the words
        ax.legend(loc="lower right", frameon=True, facecolor=palette.PAPER, edgecolor="none", framealpha=0.95)
    words = list(shown.words)
    if shown.promised:
        _mark(ax, x, share, shown.promise, ": ".join(map(clean, (shown.promise_words, *words[:1]))))
        words = words[1:]
    if shown.mark is not None and words:
        ax.plot(*shown.mark, marker="o", color=palette.INK, markersize=5, zorder=3)
        ax.annotate(
            clean(words[0]), shown.mark, xytext=(8, -4), textcoords="offset points", ha="left", va="top",
            fontsize="small", parse_math=False,
        )  # fmt: skip
    ax.set_ylim(0, 1.02)
    ax.set_xlim(float(x[0]), float(x[-1]))
    ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_ylabel("share of units within this time")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(color="#d5dbe1", linewidth=0.6)
    put_title(ax, shown.title)
    put_xlabel(ax, shown.xlabel)
    if shown.title and shown.promised:
        ax.title.set_position((0.5, 1.0))
        ax.set_title(ax.get_title(), parse_math=False, pad=20)
    return ax


def _mark(ax: Axes, x: NDArray[np.float64], share: NDArray[np.float64], promise: float, words: str) -> None:
    if promise <= x[-1]:
        ax.axvline(promise, color=palette.ALERT, linestyle="--", linewidth=1.4)
    left, right = float(x[0]), float(x[-1])
    if promise < right:
        after = np.concatenate(([promise], x[x > promise]))
        ax.fill_between(
            after,
            np.interp(after, x, share),
            1.0,
            color=palette.SHADE,
            hatch="//",
            edgecolor=palette.PAPER,
            linewidth=0,
        )
    middle = (promise - left) / (right - left)
    side = "left" if middle < 0.25 else "right" if middle > 0.75 else "center"
    ax.annotate(
        words,
        (min(promise, right), 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize="small",
        color=palette.ALERT,
        parse_math=False,
    )
