"""What moves a figure most."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from qualitychain.plot.base import palette
from qualitychain.plot.charts.tornado import tornado


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def colours(rise_is_worse: bool) -> list[str]:
    ax = tornado(["up", "down"], [2.0, -1.0], rise_is_worse=rise_is_worse)
    return [mpl.colors.to_hex(bar.get_facecolor()) for bar in ax.patches]


def test_what_is_worse_has_one_colour_and_what_is_better_another() -> None:
    assert colours(True) == [palette.ALERT, palette.BAR]
    assert colours(False) == [palette.BAR, palette.ALERT]


def test_what_could_not_be_seen_is_counted_in_words() -> None:
    ax = tornado(["a", "b", "c", "d", "e"], [1.0, -200.0, 0.5, 0.0, float("nan")], xlabel="points")
    assert [bar.get_width() for bar in ax.patches] == [-200.0, 1.0]
    assert ax.get_xlabel() == "points; 1 smaller than 0.5 % of the largest is left out"


def test_more_bars_than_asked_for_are_counted() -> None:
    ax = tornado(list("abcd"), [4.0, 3.0, 2.0, 1.0], most=3)
    assert len(ax.patches) == 3
    assert ax.get_xlabel() == "1 further are smaller"


@pytest.mark.parametrize("changes", [[], [0.0, float("nan")]])
def test_nothing_that_moves_is_an_empty_chart(changes: list[float]) -> None:
    ax = tornado(["a", "b"][: len(changes)], changes, title="T", xlabel="points")
    assert [text.get_text() for text in ax.texts] == ["nothing to show"]
    ax.figure.canvas.draw()


def test_a_change_for_each_label_is_needed() -> None:
    with pytest.raises(ValueError, match="one for each label"):
        tornado(["a"], [1.0, 2.0])
