"""The value stream map: boxes in flow order, a ladder of waiting and working, no words over each other."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from qualitychain.plot.base import palette
from qualitychain.plot.charts.value_stream_map import value_stream_map

LONG = [
    "Regional steel wholesaler and importer",
    "Goods inwards inspection and registration",
    "Production planning and scheduling office",
    "Sawing",
    "Mechanical manufacturing, hall 3 (night shift)",
    "Welding",
    "Surface treatment subcontractor coordination",
    "Assembly of the hydraulic subsystem",
    "Final quality control",
    "Packing and export documentation department",
    "Dispatch",
    "Retail customers in the northern region",
]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def boxes(ax: Axes) -> list[FancyBboxPatch]:
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of texts of a map whose rectangles, as drawn, cover each other."""
    ax.figure.canvas.draw()
    found = []
    extents = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    for i, (one, a) in enumerate(extents):
        for other, b in extents[i + 1 :]:
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            if wide > 1 and high > 1:
                found.append((one, other))
    return found


def test_the_steps_stand_in_the_order_given_with_their_times_and_the_total() -> None:
    ax = value_stream_map(
        ["Saw", "Weld"], [2, 3], {"queue": [0, 4], "transport": [0, 1]}, unit="minutes", title="Works"
    )
    said = words(ax)
    assert said.index("Saw") < said.index("Weld")
    assert [w for w in said if w in {"2", "3", "5"}] == ["2", "5", "3"]
    assert {"queue 4", "transport 1"} <= set(said)
    assert "lead time 10, working 5: flow efficiency 50 %" in said
    assert any("minutes" in text for text in said)
    assert ax.get_title() == "Works"


def test_one_kind_of_waiting_is_named_on_the_ladder_itself() -> None:
    said = words(value_stream_map(["Saw", "Weld"], [2, 3], {"queue": [0, 4], "transport": [0, 0]}))
    assert "queue 4" in said
    assert "4" not in said


def test_twelve_steps_with_long_names_and_notes_have_no_words_over_each_other() -> None:
    generator = np.random.default_rng(1)
    count = len(LONG)
    notes = [[f"servers {i}", "takt ratio 1.02", "WIP 13.2"] for i in range(count)]
    before = {word: generator.gamma(1, 400, count) for word in ("queue", "inputs", "transport", "inspection")}
    ax = value_stream_map(
        LONG, generator.gamma(2, 1, count), before, notes=notes, unit="working hours", title="Value stream"
    )
    assert overlaps(ax) == []
    assert len(boxes(ax)) == count


def test_the_words_of_a_box_stay_inside_it() -> None:
    ax = value_stream_map(LONG, np.ones(12), {"queue": np.ones(12)}, notes=[["a note that is rather long"]] * 12)
    ax.figure.canvas.draw()
    frames = [box.get_window_extent() for box in boxes(ax)]
    inside = [
        any(f.x0 <= t.x0 and t.x1 <= f.x1 and f.y0 <= t.y0 and t.y1 <= f.y1 for f in frames)
        for t in (text.get_window_extent() for text in ax.texts if "note" in text.get_text())
    ]
    assert len(inside) == 12
    assert all(inside)


def test_where_units_do_not_come_from_the_box_before_the_map_says_from_where() -> None:
    ax = value_stream_map(
        ["Stock", "Ship", "Retail", "Resellers of the north"],
        [0, 1, 0, 0],
        {"transport": [0, 1, 1, 1]},
        givers=[[], ["Stock"], ["Ship"], ["Ship", "Stock"]],
    )
    said = words(ax)
    assert [w for w in said if w.startswith(("from", "and"))] == ["from Ship", "and 1 more"]
    assert overlaps(ax) == []


def test_a_step_that_cannot_keep_up_has_the_heavy_border() -> None:
    ax = value_stream_map(["Saw", "Weld"], [2, 3], {}, highlight=["Weld"])
    edges = [mpl.colors.to_hex(box.get_edgecolor()) for box in boxes(ax)]
    assert edges == [palette.QUIET, palette.ALERT]


def test_a_time_that_is_not_known_is_said_and_not_drawn_as_nothing() -> None:
    said = words(value_stream_map(["Saw", "Weld"], [2, np.nan], {"queue": [0, np.nan]}))
    assert said.count("not known") == 1
    assert "queue not known" in said
    assert "lead time not known: the times of some steps are not known" in said


def test_of_very_many_steps_the_shortest_are_left_out_but_counted() -> None:
    count = 60
    ax = value_stream_map([f"S{i}" for i in range(count)], np.arange(count) + 1.0, {}, most=10)
    said = words(ax)
    assert len(boxes(ax)) == 10
    assert "S59" in said
    assert "S49" not in said
    assert "lead time 1,830, working 1,830: flow efficiency 100 %" in said
    assert any(text.startswith("50 steps that take least time are left out") for text in said)


def test_hostile_names_are_drawn_as_they_are_and_cleaned() -> None:
    ax = value_stream_map(["$x^2$ and $\\frac", "a\nb\x1b[31m", "y" * 200, ""], [1, 1, 1, 1], {})
    assert "$x^2$ and $\\frac" in words(ax)
    assert not any("\x1b" in text or "\n" in text for text in words(ax))
    ax.figure.canvas.draw()


def test_no_steps_and_no_time_make_a_map_that_says_so() -> None:
    assert "no step takes any time" in words(value_stream_map([], [], {}))


def test_a_map_on_given_axes_uses_them() -> None:
    figure, given = plt.subplots(figsize=(6, 4))
    assert value_stream_map(["Saw"], [1], {}, ax=given) is given
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: value_stream_map(["a"], [1, 2], {}), "working has shape"),
        (lambda: value_stream_map(["a"], [1], {"queue": [1, 2]}), "queue has shape"),
        (lambda: value_stream_map(["a"], [1], {}, kinds=[]), "0 kinds"),
        (lambda: value_stream_map(["a"], [1], {}, notes=[[], []]), "2 notes"),
        (lambda: value_stream_map(["a"], [1], {}, givers=[]), "0 givers"),
        (lambda: value_stream_map(["a"], [1], {}, most=0), "most must be at least 1"),
    ],
)
def test_what_does_not_fit_the_names_is_refused(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
