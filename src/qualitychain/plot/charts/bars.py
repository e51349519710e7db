"""Bars in the order given, with a line to compare them with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import ROW, as_numbers, axes_or_new, put_frame, put_row_words
from qualitychain.plot.base.marks import clean


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
    numbers = as_numbers(labels, values)
    if reference is not None and not np.isfinite(reference):
        raise ValueError(f"reference must be a finite number, got {reference}")
    ax = axes_or_new(ax, 7.0, 1.2 + ROW * max(1, len(labels)))
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
    put_frame(ax, labels, title, xlabel)
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
                put_row_words(ax, title, None, pad=18)
    return ax


__all__ = ["bars"]
