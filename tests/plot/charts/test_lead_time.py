from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes

mpl.use("Agg")

import matplotlib.pyplot as plt

from qualitychain.plot.base.contents import LeadTimePicture
from qualitychain.plot.charts import lead_time as chart


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


TIMES = np.linspace(0, 10, 101)
SHARE = 1 - np.exp(-TIMES)


def lead_time(times: Any, share: Any, *, ax: Axes | None = None, **options: Any) -> Axes:
    return chart.lead_time(LeadTimePicture(tuple(times), tuple(share), **options), ax=ax)


def test_the_curve_is_the_share_delivered_within_each_time() -> None:
    ax = lead_time(TIMES, SHARE, title="Lead time: Retail", xlabel="lead time (hours)")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), TIMES)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), SHARE)
    assert (ax.get_title(), ax.get_xlabel()) == ("Lead time: Retail", "lead time (hours)")
    assert ax.get_xlim() == (0, 10)
    assert not ax.texts


def test_the_promise_is_a_line_that_says_who_keeps_it() -> None:
    ax = lead_time(TIMES, SHARE, promise=2.0, promise_words="promise 2 hours", words=("on time: 86.47 %",), title="T")
    assert ax.texts[0].get_text() == "promise 2 hours: on time: 86.47 %"
    assert list(ax.lines[1].get_xdata()) == [2.0, 2.0]
    # the late units are shaded, from the promise on
    (late,) = ax.collections
    assert late.get_datalim(ax.transData).x0 == pytest.approx(2.0)


def test_a_promise_at_the_edge_keeps_its_words_inside() -> None:
    assert lead_time(TIMES, SHARE, promise=0.1).texts[0].get_ha() == "left"
    assert lead_time(TIMES, SHARE, promise=9.9).texts[0].get_ha() == "right"
    late = lead_time(TIMES, SHARE, promise=5, promise_words="promise 4 + tolerance 1 hours")
    assert late.texts[0].get_text() == "promise 4 + tolerance 1 hours"


def test_conforming_deliveries_have_a_line_and_a_name_of_their_own() -> None:
    ax = lead_time(TIMES, SHARE, conforming=tuple(0.9 * SHARE))
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["delivered", "delivered and conforming"]


def test_words_are_taken_literally() -> None:
    ax = lead_time(TIMES, SHARE, title="$x^2$ \x1b[31m", xlabel="$\\frac", promise=3)
    assert "\x1b" not in ax.get_title()
    ax.figure.canvas.draw()


def test_axes_that_are_given_are_used() -> None:
    _, ax = plt.subplots()
    assert lead_time([0.0, 1.0], [1.0, 1.0], ax=ax, promise=0.0) is ax


@pytest.mark.parametrize(
    ("times", "share", "promise", "words"),
    [
        ([0, 1], [0.1], np.nan, "give one share for each"),
        ([1, 0], [0.1, 0.2], np.nan, "times must ascend"),
        ([0, 1], [0.1, 0.2], np.inf, "promise must be a finite time"),
        ([0, np.nan], [0.1, 0.2], np.nan, "times must ascend"),
    ],
)
def test_what_cannot_be_drawn_is_refused(times: object, share: object, promise: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lead_time(times, share, promise=promise)
