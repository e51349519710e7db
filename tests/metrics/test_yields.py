from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import metrics

step_yields = st.lists(st.floats(0.01, 1), min_size=1, max_size=20)


def test_a_single_step_rolls_to_its_own_yield():
    assert metrics.rolled_throughput_yield([0.93]) == 0.93
    assert metrics.normalized_yield([0.93]) == pytest.approx(0.93, rel=1e-15)


def test_perfect_steps_leave_no_defect():
    assert metrics.rolled_throughput_yield([1, 1, 1]) == 1
    assert metrics.normalized_yield([1, 1, 1]) == 1
    assert math.copysign(1, metrics.total_dpu([1, 1, 1])) == 1
    assert metrics.total_dpu([1, 1, 1]) == 0


def test_one_hopeless_step_spoils_the_line():
    assert metrics.rolled_throughput_yield([0.9, 0]) == 0
    assert metrics.normalized_yield([0.9, 0]) == 0
    assert metrics.total_dpu([0.9, 0]) == math.inf


def test_the_normalized_yield_survives_a_product_that_underflows():
    steps = np.full(5000, 0.5)
    assert metrics.rolled_throughput_yield(steps) == 0
    assert metrics.normalized_yield(steps) == pytest.approx(0.5, rel=1e-14)


def test_lines_in_rows_are_rolled_row_by_row():
    lines = [[0.9, 0.8], [0.5, 0.5]]
    np.testing.assert_allclose(metrics.rolled_throughput_yield(lines), [0.72, 0.25], rtol=1e-15)
    assert metrics.normalized_yield(lines)[1] == pytest.approx(0.5, rel=1e-15)


def test_a_reworked_unit_counts_in_the_final_yield_but_not_the_first_time():
    assert metrics.final_yield(500, scrap=12) == pytest.approx(0.976, rel=1e-15)
    assert metrics.first_time_yield(500, scrap=12, rework=38) == pytest.approx(0.9, rel=1e-15)


def test_when_everything_is_scrapped_nothing_is_left():
    assert metrics.final_yield(7, 7) == 0
    assert metrics.first_time_yield(7, 3, 4) == 0


@given(step_yields)
def test_equal_steps_with_the_normalized_yield_roll_to_the_same_yield(yields):
    equal = [metrics.normalized_yield(yields)] * len(yields)
    assert metrics.rolled_throughput_yield(equal) == pytest.approx(metrics.rolled_throughput_yield(yields), rel=1e-12)


@given(step_yields)
def test_the_total_dpu_gives_back_the_rolled_yield(yields):
    rolled = metrics.throughput_yield(metrics.total_dpu(yields))
    assert rolled == pytest.approx(metrics.rolled_throughput_yield(yields), rel=1e-12)


@given(step_yields)
def test_a_line_yields_no_more_than_its_worst_step(yields):
    assert metrics.rolled_throughput_yield(yields) <= min(yields)


@pytest.mark.parametrize("formula", [metrics.rolled_throughput_yield, metrics.normalized_yield, metrics.total_dpu])
def test_a_line_needs_at_least_one_step(formula):
    with pytest.raises(ValueError, match=r"^yields must hold at least one step, got \[\]; give a list"):
        formula([])
    with pytest.raises(ValueError, match=r"^yields must hold at least one step, got 0\.9; give a list"):
        formula(0.9)


@pytest.mark.parametrize("formula", [metrics.rolled_throughput_yield, metrics.normalized_yield, metrics.total_dpu])
@pytest.mark.parametrize("wrong", [math.nan, -0.1, 1.0001, math.inf])
def test_a_yield_out_of_range_is_refused_with_its_place(formula, wrong):
    with pytest.raises(ValueError, match=r"^yields must be between 0 and 1, got .* at index 1; give a fraction"):
        formula([0.5, wrong])


def test_more_scrap_and_rework_than_units_is_refused():
    with pytest.raises(
        ValueError, match=r"^scrap and rework together must not exceed units, got 11\.0; count each unit"
    ):
        metrics.first_time_yield(10, scrap=6, rework=5)
    with pytest.raises(ValueError, match=r"^scrap must not exceed units, got 11\.0; count each unit"):
        metrics.final_yield(10, 11)
