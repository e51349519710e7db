"""Small things every plot does to its Axes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import clean

ROW = 0.32
"""Height of one row in inches."""
LONGEST, TAIL = 44, 18
"""Characters of a label on an axis, and how many of them are its end; what lies between is an ellipsis."""
TITLE, WORDS = (36, 68), (40, 84)
"""Characters of a title, and of the words under the plot, that fit over the bars alone, and over the whole figure."""


def axes_or_new(ax: Axes | None, width: float, height: float, *, whole: bool = False) -> Axes:
    """The Axes given, or new ones of ``width`` by ``height`` inches (``whole``: they fill the figure)."""
    if ax is not None:
        return ax
    # Only here: importing pyplot chooses a backend, which is not ours to do when Axes are given.
    import matplotlib.pyplot as plt

    figure, made = plt.subplots(figsize=(min(60.0, max(2.0, width)), min(60.0, max(1.2, height))))
    if whole:
        figure.subplots_adjust(left=0, right=1, bottom=0, top=1)
    else:
        figure.set_layout_engine("constrained")
    return made


def short(label: str) -> str:
    """A label as one clean line of at most ``LONGEST`` characters, its end kept: there long names often differ.

    Examples
    --------
    >>> short("Component supplier -> Procurement: component set: detect")
    'Component supplier -> Pro…ponent set: detect'
    """
    text = clean(label)
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - TAIL - 1].rstrip() + "…" + text[-TAIL:].lstrip()


def put_title(ax: Axes, title: str | None) -> None:
    """Give the Axes a title, its words taken literally."""
    if title:
        ax.set_title(clean(title), parse_math=False)


def put_xlabel(ax: Axes, words: str | None) -> None:
    """Name the x axis, its words taken literally."""
    if words:
        ax.set_xlabel(clean(words), parse_math=False)


def put_rows(ax: Axes, labels: Sequence[str]) -> None:
    """One row for each label, the first at the top; mathematics in a label is not interpreted."""
    ax.set_yticks(range(len(labels)), [short(label) for label in labels], parse_math=False)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    ax.grid(axis="x", color="#d5dbe1", linewidth=0.6)


def put_row_words(ax: Axes, title: str | None, xlabel: str | None, pad: float | None = None) -> None:
    """Title and words under a chart of rows; long ones reach to the left, over the labels, where there is room."""
    if title:
        text, aside = _fitted(title, *TITLE)
        ax.set_title(text, parse_math=False, pad=pad, **aside)
    if xlabel:
        text, aside = _fitted(xlabel, *WORDS)
        ax.set_xlabel(text, parse_math=False, **aside)


def _fitted(words: str, narrow: int, wide: int) -> tuple[str, dict[str, Any]]:
    text = clean(words)
    if len(text) <= narrow:
        return text, {}
    lines = wrap(text, wide, max_lines=2, placeholder="…")
    return "\n".join(lines), {"x": 1.0, "ha": "right"}


def as_numbers(labels: Sequence[str], values: ArrayLike) -> NDArray[np.float64]:
    """Values as an array with one entry for each label."""
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(labels),):
        raise ValueError(f"there are {len(labels)} labels but values of shape {numbers.shape}; give one for each label")
    return numbers


def put_frame(ax: Axes, labels: Sequence[str], title: str | None, xlabel: str | None) -> None:
    """What every chart of rows has: labels, words, a few marks on the axis."""
    put_rows(ax, [str(label) for label in labels])
    put_row_words(ax, title, xlabel)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    if not len(labels):
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color=palette.QUIET)


def in_figures(ax: Axes, which: str, *, rate: bool) -> None:
    """The numbers of the x or y axis in per cent (``rate``), or with their thousands apart."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: figure(value, rate=rate)))


def figure(value: float, *, rate: bool) -> str:
    """A number on an axis.

    Examples
    --------
    >>> figure(0.0125, rate=True), figure(17500, rate=False), figure(0.25, rate=False)
    ('1.25 %', '17,500', '0.25')
    """
    if rate:
        return f"{float(f'{100 * value:.4g}'):g} %"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{float(f'{value:.6g}'):g}"
