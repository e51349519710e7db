"""Variants side by side."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from qualitychain.plot.charts.dots import Chart, charts, side_by_side


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_equal_points_do_not_hide_each_other_and_distant_ones_keep_their_row() -> None:
    ax = side_by_side(["same", "far"], {"a": [1.0, 0.0], "b": [1.0, 2.0], "c": [1.0, 1.0]})
    heights = np.array([np.asarray(points.get_offsets())[:, 1] for points in ax.collections[-3:]])
    assert len(set(heights[:, 0])) == 3
    assert set(heights[:, 1]) == {1.0}


def test_rates_are_in_per_cent() -> None:
    ax = side_by_side(["a"], {"now": [0.01], "then": [0.05]}, rate=True)
    ax.figure.canvas.draw()
    assert all(text.get_text().endswith(" %") for text in ax.get_xticklabels())


def test_charts_stand_two_in_a_row_and_are_named_once() -> None:
    one = Chart(["K", "$x^2$"], {"now": [1.0, 2.0], "then_": [2.0, float("nan")]}, "lead time", False)
    ax = charts([one, one, one], title="T")
    assert [a.get_xlabel() for a in ax.figure.axes] == ["lead time"] * 3
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["now", "then_"]
    assert all(a.get_legend() is None for a in ax.figure.axes)
    ax.figure.canvas.draw()


def test_series_without_any_number_are_drawn_without_points() -> None:
    ax = side_by_side(["a"], {"now": [float("nan")], "then": [float("nan")]})
    ax.figure.canvas.draw()
    assert not np.isfinite(np.asarray(ax.collections[-1].get_offsets(), dtype=float)).all()
