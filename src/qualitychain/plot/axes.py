"""Small things every plot does to its Axes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from qualitychain.plot.marks import clean

LONGEST = 44
"""Characters of a label on an axis; the rest is an ellipsis."""


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
    """A label as one clean line of at most ``LONGEST`` characters."""
    text = clean(label)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


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
