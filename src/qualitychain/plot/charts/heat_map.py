"""A table of numbers as a heat map, from labels and an array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from qualitychain.plot.base import palette
from qualitychain.plot.base.axes import axes_or_new, short
from qualitychain.plot.base.marks import clean

_DARK = 0.55
"""Share of the scale from which text is light, and below which it is dark."""


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: ArrayLike,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    words: str | None = None,
    most: int = 25,
) -> Axes:
    """Draw a table: the larger a value, the darker its cell; each cell also says its number.

    Parameters
    ----------
    rows, columns : sequences of str, lengths n and m
        Long labels are cut, mathematics is not interpreted.
    values : array_like, shape (n, m)
        Any unit; colours deepen with the root of the size, on one scale for all; those of negative values are of
        another hue. What is not finite is a dash.
    ax : Axes, optional
        Where to draw; a new figure without it.
    title : str, optional
        Words over the chart.
    words : str, optional
        What the numbers are, under the chart.
    most : int
        Rows at most, from the first.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the values do not have one row and one column for each label.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> ax = heat_map(["A -> B", "B -> C"], ["Retail", "Trade"], [[12.0, 3.0], [0.0, float("nan")]])
    >>> [text.get_text() for text in ax.texts]
    ['12', '3', '0', '-']
    >>> ax.figure.clear()
    """
    table = np.asarray(values, dtype=float).reshape(len(rows), -1) if len(rows) else np.zeros((0, len(columns)))
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"there are {len(rows)} rows and {len(columns)} columns but values of shape {np.shape(values)}"
        )
    table, names = table[:most], [short(str(r)) for r in rows[:most]]
    ax = axes_or_new(ax, 3.6 + 1.3 * max(1, len(columns)), 1.8 + 0.36 * max(1, len(names)))
    if title:
        # over the labels too: the columns may be few
        ax.set_title(clean(title), loc="right", parse_math=False)
    if not table.size:
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=palette.QUIET)
        return ax
    known = np.isfinite(table)
    size = np.where(known, np.abs(table), 0.0)
    top = float(size.max()) or 1.0
    ground = LinearSegmentedColormap.from_list("ground", [palette.PAPER, palette.BAR])
    # the root keeps small values from vanishing beside a few large ones
    depth = np.sqrt(size / top)
    falls = np.where(known, table, 0.0) < 0
    against = LinearSegmentedColormap.from_list("against", [palette.PAPER, palette.ALERT])
    ax.imshow(np.where(falls[..., None], against(depth), ground(depth)), aspect="auto")
    for i, j in np.ndindex(table.shape):
        text = _figure(float(table[i, j])) if known[i, j] else "-"
        colour = palette.PAPER if depth[i, j] > _DARK else palette.INK
        ax.text(j, i, text, ha="center", va="center", color=colour, fontsize="small")
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), names, parse_math=False)
    turned = max(map(len, columns)) > 14
    ax.set_xticks(
        range(len(columns)),
        [short(str(c)) for c in columns],
        parse_math=False,
        rotation=30 if turned else 0,
        ha="right" if turned else "center",
    )
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    left_out = len(rows) - len(names)
    said = [w for w in (words, f"{left_out} further rows have smaller values" if left_out > 0 else "") if w]
    if said:
        ax.set_xlabel(clean("; ".join(said)), parse_math=False)
    return ax


def _figure(value: float) -> str:
    """A number short enough for a cell.

    Examples
    --------
    >>> _figure(12345.6), _figure(0.01234), _figure(-3.0), _figure(1e-7)
    ('12,346', '0.0123', '-3', '1e-07')
    """
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
