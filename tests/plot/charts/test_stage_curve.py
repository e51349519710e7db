"""The cost of one defect by stage, drawn."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from qualitychain.plot.charts.stage_curve import stage_curve


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_stages_inside_and_at_customers_are_told_apart_in_print() -> None:
    ax = stage_curve(["incoming", "shop"], [1, 2], [2.0, 9.0], [5, 3], late=[False, True])
    assert len(ax.collections) == 2
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["found inside", "at a customer"]


def test_names_point_to_the_middle_where_there_is_room() -> None:
    ax = stage_curve(["early", "late"], [1, 9], [2.0, 9.0], [5, 3])
    assert {t.get_text(): t.get_ha() for t in ax.texts} == {"late": "right", "early": "left"}


def test_a_cost_that_is_not_known_has_no_point() -> None:
    ax = stage_curve(["a", "b"], [1, 2], [float("nan"), 9.0], [5, 3])
    assert [t.get_text() for t in ax.texts] == ["b"]


def test_nothing_to_show_is_said_and_wrong_lengths_are_refused() -> None:
    assert stage_curve([], [], [], []).texts[0].get_text() == "nothing to show"
    with pytest.raises(ValueError, match="2 labels"):
        stage_curve(["a", "b"], [1], [1.0], [1])


def test_names_of_stages_do_not_lie_on_each_other() -> None:
    count = 12
    ax = stage_curve(
        [f"A stage of a long name {i}" for i in range(count)], np.ones(count), np.ones(count), np.ones(count)
    )
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert boxes
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])
