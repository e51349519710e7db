"""A lead-time distribution with the promise marked, from arrays of numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, put_title, put_xlabel
from qualitychain.plot.base.marks import clean


def lead_time(
    times: ArrayLike,
    delivered: ArrayLike,
    *,
    conforming: ArrayLike | None = None,
    promise: float | None = None,
    promise_words: str = "",
    on_time: float | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    xlabel: str | None = None,
) -> Axes:
    """Draw the share of units delivered within each time, and what the promise makes of it.

    Parameters
    ----------
    times : array_like, shape (n,)
        Ascending, in one unit.
    delivered : array_like, shape (n,)
        Share of the units delivered within each time, 0 to 1.
    conforming : array_like, shape (n,), optional
        Share delivered within each time *and* conforming; a dashed line.
    promise : float, optional
        Promised time; a vertical line, and the late units shaded.
    promise_words : str, optional
        What is promised, in words; "promise" and its time by default.
    on_time : float, optional
        Share of the units that keep the promise, written beside the line.
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
        Arrays of different lengths, times that do not ascend, or a promise that is not finite.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = lead_time([0, 1, 2, 3], [0, 0.4, 0.9, 1.0], promise=2, on_time=0.9)
    >>> [text.get_text() for text in ax.texts]
    ['promise 2: 90 % on time']
    >>> ax.figure.clear()
    """
    x = _numbers("times", times, None)
    if len(x) > 1 and not np.all(np.diff(x) >= 0):
        raise ValueError("times must ascend")
    if promise is not None and not np.isfinite(promise):
        raise ValueError(f"promise must be a finite time, got {promise}")
    share = _numbers("delivered", delivered, x)
    ax = axes_or_new(ax, 7.0, 3.6)
    # a jump of the distribution function is a step, not a slope
    ax.plot(x, share, color=palette.BAR, linewidth=2.0, drawstyle="steps-post", label="delivered")
    if conforming is not None:
        good = _numbers("conforming", conforming, x)
        ax.plot(
            x, good, color=palette.INK, linewidth=1.4, linestyle="--", drawstyle="steps-post",
            label="delivered and conforming",
        )  # fmt: skip
        # on paper, so that the line of the promise does not run through the words
        ax.legend(loc="lower right", frameon=True, facecolor=palette.PAPER, edgecolor="none", framealpha=0.95)
    if promise is not None:
        words = clean(promise_words) or f"promise {promise:.4g}"
        if on_time is not None and np.isfinite(on_time):
            words += f": {100 * on_time:.4g} % on time"
        _mark(ax, x, share, promise, words)
    ax.set_ylim(0, 1.02)
    if len(x):
        ax.set_xlim(float(x[0]), float(x[-1]) if x[-1] > x[0] else float(x[0]) + 1.0)
    ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_ylabel("share of units within this time")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(color="#d5dbe1", linewidth=0.6)
    put_title(ax, title)
    put_xlabel(ax, xlabel)
    if title and promise is not None:
        ax.title.set_position((0.5, 1.0))
        ax.set_title(ax.get_title(), parse_math=False, pad=20)
    return ax


def _mark(ax: Axes, x: NDArray[np.float64], share: NDArray[np.float64], promise: float, words: str) -> None:
    ax.axvline(promise, color=palette.ALERT, linestyle="--", linewidth=1.4)
    late = x >= promise
    ax.fill_between(
        x, share, 1.0, where=late, step="post", color=palette.SHADE, hatch="//", edgecolor=palette.PAPER, linewidth=0
    )
    left, right = (float(x[0]), float(x[-1])) if len(x) else (0.0, 1.0)
    middle = (promise - left) / (right - left) if right > left else 0.5
    side = "left" if middle < 0.25 else "right" if middle > 0.75 else "center"
    ax.annotate(
        words,
        (promise, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha=side,
        va="bottom",
        fontsize="small",
        color=palette.ALERT,
        parse_math=False,
    )


def _numbers(name: str, values: ArrayLike, like: NDArray[np.float64] | None) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim != 1 or (like is not None and len(numbers) != len(like)) or not np.all(np.isfinite(numbers)):
        wanted = "a row of finite numbers" if like is None else f"{len(like)} finite numbers, one for each time"
        raise ValueError(f"{name} must be {wanted}, got an array of shape {numbers.shape}")
    return numbers
