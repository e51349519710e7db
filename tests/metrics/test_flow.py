from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import metrics

amounts = st.floats(1e-6, 1e6)


def test_a_shift_of_450_minutes_for_90_orders_leaves_five_minutes_each():
    assert metrics.takt_time(450, 90) == 5


def test_two_hours_of_work_in_a_week_of_forty_are_five_per_cent():
    assert metrics.flow_efficiency(2, lead_time=40) == 0.05
    np.testing.assert_allclose(metrics.flow_efficiency([0, 40], 40), [0, 1])


@given(amounts, amounts)
def test_littles_law_gives_back_each_of_its_three_figures(rate, time):
    inside = metrics.wip(rate, time)
    assert metrics.throughput(inside, time) == pytest.approx(rate, rel=1e-12)
    assert metrics.lead_time(inside, rate) == pytest.approx(time, rel=1e-12)


@given(amounts, amounts)
def test_figures_that_keep_littles_law_leave_no_gap(rate, time):
    assert metrics.little_gap(metrics.wip(rate, time), rate, time) == pytest.approx(0, abs=1e-12)


def test_a_quarter_too_much_inside_is_a_gap_of_a_quarter():
    np.testing.assert_allclose(metrics.little_gap([30, 24, 12], 6, 4), [0.25, 0, -0.5])


def test_a_step_that_needs_twelve_minutes_of_two_people_misses_a_takt_of_five():
    assert metrics.takt_ratio(12, servers=2, takt=5) == 1.2
    np.testing.assert_allclose(metrics.takt_ratio([0, 10], 2, 5), [0, 1])


def test_an_idle_process_holds_nothing():
    assert metrics.wip(0, 5) == 0
    assert metrics.throughput(0, 5) == 0
    assert metrics.lead_time(0, 5) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.takt_time(450, 0), r"^demand must be above 0, got 0\.0"),
        (lambda: metrics.takt_time(-1, 1), r"^available_time must be at least 0, got -1\.0"),
        (
            lambda: metrics.flow_efficiency(41, 40),
            r"^work_time must not exceed lead_time, got 41\.0; the work happens",
        ),
        (lambda: metrics.flow_efficiency(0, 0), r"^lead_time must be above 0, got 0\.0"),
        (lambda: metrics.wip(-1, 1), r"^throughput must be at least 0, got -1\.0"),
        (lambda: metrics.wip(1, float("nan")), r"^lead_time must be at least 0, got nan"),
        (lambda: metrics.throughput(1, 0), r"^lead_time must be above 0, got 0\.0"),
        (lambda: metrics.little_gap(1, 0, 1), r"^throughput must be above 0, got 0\.0"),
        (lambda: metrics.little_gap(1, 1, 0), r"^lead_time must be above 0, got 0\.0"),
        (lambda: metrics.takt_ratio(1, 0, 1), r"^servers must be above 0, got 0\.0"),
        (lambda: metrics.takt_ratio(1, 1, 0), r"^takt must be above 0, got 0\.0"),
        (lambda: metrics.takt_ratio(-1, 1, 1), r"^work_time must be at least 0, got -1\.0"),
        (lambda: metrics.lead_time(1, 0), r"^throughput must be above 0, got 0\.0"),
    ],
)
def test_a_value_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
