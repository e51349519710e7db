from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from qualitychain.plot.charts.bars import bars
from qualitychain.plot.charts.dots import side_by_side
from qualitychain.plot.charts.pareto import pareto

HOSTILE = [
    "<script>alert(1)</script>",
    "$x^2$ and $\\frac",
    "a\nb\x1b[31m",
    "y" * 200,
    "\u05e9\u05dc\u05d5\u05dd",
]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def row_names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_yticklabels()]


def widths(ax: Axes) -> list[float]:
    return [float(bar.get_width()) for bar in ax.patches]


def twin_of(ax: Axes) -> Axes:
    (other,) = (a for a in ax.figure.axes if a is not ax)
    return other


def test_a_pareto_chart_is_sorted_and_its_line_ends_at_the_whole() -> None:
    ax = pareto(["late", "wrong", "broken"], [1, 6, 3], xlabel="defects", title="Causes")
    assert row_names(ax) == ["wrong", "broken", "late"]
    assert widths(ax) == [6, 3, 1]
    line = twin_of(ax).lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.6, 0.9, 1.0])
    assert (ax.get_xlabel(), ax.get_title()) == ("defects", "Causes")
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_bars_and_line_of_a_pareto_chart_have_one_scale() -> None:
    ax = pareto(["late", "wrong", "broken"], [1, 6, 3])
    whole = np.array(twin_of(ax).get_xlim()) * 10
    np.testing.assert_allclose(ax.get_xlim(), whole)


def test_a_second_value_is_an_open_mark_said_under_the_chart() -> None:
    ax = pareto(["a", "b"], [0.25, 0.75], share=True, marks=[0.3, np.nan], xlabel="share", marks_label="effect")
    assert ax.get_xlabel() == "share; \u25c7 effect"
    points = np.asarray(ax.collections[0].get_offsets(), dtype=float)
    assert points[1].tolist() == [0.3, 1.0]
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()][:2] == ["0 %", "20 %"]


def test_the_smallest_of_many_are_one_bar() -> None:
    ax = pareto([f"c{i}" for i in range(30)], range(30, 0, -1), most=5)
    assert row_names(ax)[-1] == "26 others"
    assert sum(widths(ax)) == sum(range(31))


def test_a_pareto_chart_leaves_out_what_is_not_a_number_and_adds_no_negative() -> None:
    ax = pareto(["a", "b", "c", "d"], [1, np.nan, -2, 3])
    assert row_names(ax) == ["d", "a", "c"]
    np.testing.assert_allclose(twin_of(ax).lines[0].get_xdata(), [0.75, 1.0, 1.0])


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_and_zeros_have_no_line(values: list[float]) -> None:
    ax = pareto(["a", "b"][: len(values)], values)
    assert ax.figure.axes == [ax]
    ax.figure.canvas.draw()


def test_a_bar_that_reaches_the_reference_is_hatched() -> None:
    ax = bars(["Intake", "Payment", "Help"], [0.7, 1.0, np.nan], reference=1, reference_label="capacity", title="U")
    assert [bar.get_hatch() for bar in ax.patches] == [None, "//"]
    assert row_names(ax) == ["Intake", "Payment", "Help"]
    assert [text.get_text() for text in ax.texts] == [" not defined", "capacity"]
    assert ax.lines[0].get_xdata()[0] == 1


def test_a_highlighted_bar_is_hatched_without_a_reference() -> None:
    ax = bars(["a", "b"], [1, 2], highlight=["a"])
    assert [bar.get_hatch() for bar in ax.patches] == ["//", None]


def test_before_and_after_are_an_open_and_a_filled_point() -> None:
    ax = side_by_side(["Retail", "Reseller"], {"now": [0.04, np.nan], "then $": [0.02, 0.03]})
    old, new = ax.collections[1], ax.collections[2]
    np.testing.assert_allclose(np.asarray(new.get_offsets()), [[0.02, 0], [0.03, 1]])
    assert not np.array_equal(old.get_facecolor(), new.get_facecolor())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["now", "then $"]
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    "plot", [pareto, bars, lambda labels, v, **k: side_by_side(labels, {"now": v, "then": v}, **k)]
)
def test_hostile_labels_are_drawn_literally(plot) -> None:  # type: ignore[no-untyped-def]
    ax = plot(HOSTILE, [5, 4, 3, 2, 1], title="$\\bad{", xlabel="$_$")
    ax.figure.canvas.draw()
    names = row_names(ax)
    assert names[:3] == ["<script>alert(1)</script>", "$x^2$ and $\\frac", "a b\ufffd[31m"]
    assert len(names[3]) <= 44
    assert "…" in names[3]
    texts = [*ax.get_yticklabels(), ax.title, ax.xaxis.label]
    assert not any(text.get_parse_math() for text in texts)


@pytest.mark.parametrize(
    "plot", [pareto, bars, lambda labels, v, **k: side_by_side(labels, {"now": v, "then": v}, **k)]
)
def test_given_axes_are_used_and_no_figure_is_made(plot) -> None:  # type: ignore[no-untyped-def]
    ax = mpl.figure.Figure().subplots()
    assert plot(["a"], [1.0], ax=ax) is ax
    assert plt.get_fignums() == []


def test_faults_of_the_input_are_named() -> None:
    with pytest.raises(ValueError, match="2 labels but values of shape"):
        pareto(["a", "b"], [1])
    with pytest.raises(ValueError, match="most must be at least 2"):
        pareto(["a"], [1], most=1)
    with pytest.raises(ValueError, match="reference must be a finite number"):
        bars(["a"], [1], reference=float("nan"))


def test_long_names_that_differ_at_their_end_stay_apart() -> None:
    names = [f"Component supplier -> Procurement: component set: {p}" for p in ("detect", "fix")]
    ax = bars(names, [1.0, 2.0])
    assert len({text.get_text() for text in ax.get_yticklabels()}) == 2


def test_long_words_over_and_under_the_bars_stay_inside_the_figure() -> None:
    ax = bars(["A rather long name of a handoff: its item"], [1.0], title="What moves " * 9, xlabel="per unit " * 9)
    figure = ax.figure
    figure.canvas.draw()
    for text in (ax.title, ax.xaxis.label):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width + 1
