"""Tables as heat maps."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from qualitychain.plot.charts.heat_map import heat_map


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_every_cell_says_its_number_and_the_largest_is_darkest() -> None:
    ax = heat_map(["a", "b"], ["x", "y"], [[1.0, 4.0], [0.0, 12345.0]], title="T", words="units")
    assert [t.get_text() for t in ax.texts] == ["1", "4", "0", "12,345"]
    light = np.asarray(ax.images[0].get_array())[..., :3].sum(axis=2)
    assert light.argmin() == 3
    assert light.argmax() == 2


def test_what_is_not_known_is_a_dash_and_a_negative_value_stands_out() -> None:
    ax = heat_map(["a"], ["x", "y"], [[float("nan"), -2.0]])
    assert [t.get_text() for t in ax.texts] == ["-", "-2"]
    red, _, blue = np.asarray(ax.images[0].get_array())[0, 1, :3]
    assert red > blue


def test_a_tiny_negative_value_is_paler_than_a_large_one_above_zero() -> None:
    ax = heat_map(["a"], ["x", "y"], [[-0.1, 400.0]])
    ((tiny, large),) = np.asarray(ax.images[0].get_array())[..., :3].sum(axis=2)
    assert tiny > 2.8 > large


def test_the_rows_left_out_are_counted() -> None:
    ax = heat_map([f"row {i}" for i in range(30)], ["x"], np.arange(30.0)[::-1, None], most=10)
    assert len(ax.texts) == 10
    assert "20 further rows" in ax.get_xlabel()


def test_mathematics_in_a_label_is_not_interpreted() -> None:
    ax = heat_map(["$x^2$"], ["a customer with a very long name"], [[1.0]])
    ax.figure.canvas.draw()
    assert not ax.get_yticklabels()[0].get_parse_math()


def test_an_empty_table_says_so_and_a_wrong_shape_is_refused() -> None:
    assert heat_map([], ["x"], np.zeros((0, 1))).texts[0].get_text() == "nothing to show"
    with pytest.raises(ValueError, match="2 rows and 1 columns"):
        heat_map(["a", "b"], ["x"], [[1.0, 2.0], [3.0, 4.0]])
