"""What each alternative would bring on its own."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from qualitychain.plot.charts.alternatives import alternatives


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_the_largest_gain_is_first_and_what_is_chosen_is_hatched() -> None:
    ax = alternatives(["a", "b", "c"], [1.0, 3.0, -2.0], [True, False, False], title="T", xlabel="gain")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["b", "a", "c"]
    assert [bar.get_hatch() for bar in ax.patches] == [None, "//", None]
    assert ax.get_xlabel() == "gain"


def test_what_is_chosen_is_shown_even_where_others_gain_more_alone() -> None:
    ax = alternatives(list("abcd"), [4.0, 3.0, 2.0, 1.0], [False, False, False, True], most=2)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "d"]
    assert ax.get_xlabel() == "2 further are left out"


def test_a_gain_that_is_not_known_is_said() -> None:
    ax = alternatives(["a", "b"], [float("nan"), 1.0], [False, True], rate=True)
    assert [text.get_text() for text in ax.texts] == [" not known"]
    ax.figure.canvas.draw()
    assert ax.get_xticklabels()[-1].get_text().endswith(" %")


def test_no_alternatives_are_an_empty_chart() -> None:
    ax = alternatives([], [], [])
    assert [text.get_text() for text in ax.texts] == ["nothing to show"]
