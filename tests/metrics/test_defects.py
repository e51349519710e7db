from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import metrics

rates = st.floats(0, 1)
places = st.integers(1, 1000)


def test_five_opportunities_in_each_of_200_units_share_34_defects():
    assert metrics.dpu(34, 200) == pytest.approx(0.17, rel=1e-15)
    assert metrics.dpo(34, 200, 5) == pytest.approx(0.034, rel=1e-15)
    assert metrics.dpmo(34, 200, 5) == pytest.approx(34000, rel=1e-15)


def test_a_unit_may_have_several_defects():
    assert metrics.dpu(30, 10) == 3


def test_numbers_give_a_float_and_arrays_broadcast():
    assert type(metrics.dpmo(1, 10, 1)) is float
    assert type(metrics.dpu(np.float64(1), np.array(10))) is float
    table = metrics.dpo(np.array([[1], [2]]), units=10, opportunities=[1, 2, 4])
    assert table.shape == (2, 3)
    np.testing.assert_allclose(table, [[0.1, 0.05, 0.025], [0.2, 0.1, 0.05]], rtol=1e-15)
    assert metrics.dpu([], 3).shape == (0,)


def test_the_input_array_is_left_alone():
    yields = np.array([0.0, 0.5, 1.0])
    kept = yields.copy()
    metrics.defect_rate_from_dpu(yields)[0] = 7
    np.testing.assert_array_equal(yields, kept)


def test_a_tiny_rate_keeps_all_its_digits():
    assert metrics.defect_rate_from_dpu(1e-300) == pytest.approx(1e-300, rel=1e-15)
    assert metrics.defect_rate_from_dpo(1e-18, 1000) == pytest.approx(1e-15, rel=1e-14)
    assert metrics.dpmo_from_defect_rate(1e-300) == pytest.approx(1e-294, rel=1e-15)
    assert metrics.dpmo_from_defect_rate(1e-15, 1000) == pytest.approx(1e-12, rel=1e-14)


def test_a_thousand_steps_of_1e18_spoil_1e15_of_the_units():
    assert metrics.rolled_defect_rate(np.full(1000, 1e-18)) == pytest.approx(1e-15, rel=1e-13)


def test_the_ends_of_the_range_are_exact():
    assert metrics.defect_rate_from_dpu([0.0, np.inf]).tolist() == [0, 1]
    assert metrics.defect_rate_from_dpo([0, 1], 7).tolist() == [0, 1]
    assert metrics.dpmo_from_defect_rate([0, 1], 7).tolist() == [0, 1e6]
    assert metrics.rolled_defect_rate([0.2, 1.0]) == 1
    assert metrics.rolled_defect_rate([]) == 0
    assert str(metrics.dpmo_from_defect_rate(0)) == "0.0"


def test_all_opportunities_defective_is_a_million_not_more():
    assert metrics.dpmo(3, 1, 3) == 1e6
    assert metrics.dpo(0.1 * 3, 0.3, 1) == 1


@given(st.lists(st.fractions(0, 1, max_denominator=64), min_size=1, max_size=8))
def test_the_rolled_defect_rate_is_that_of_exact_fractions(steps):
    good = Fraction(1)
    for step in steps:
        good *= 1 - step
    assert metrics.rolled_defect_rate([float(s) for s in steps]) == pytest.approx(float(1 - good), rel=1e-13)


@given(st.floats(0, 0.99), places)
def test_dpmo_and_defect_rate_undo_each_other(rate, opportunities):
    dpo = metrics.dpmo_from_defect_rate(rate, opportunities) / 1e6
    assert metrics.defect_rate_from_dpo(dpo, opportunities) == pytest.approx(rate, rel=1e-12)


@given(st.floats(0, 30))
def test_throughput_yield_and_defect_rate_add_up_to_one(dpu):
    total = metrics.throughput_yield(dpu) + metrics.defect_rate_from_dpu(dpu)
    assert total == pytest.approx(1, abs=1e-15)


@given(rates, places)
def test_more_opportunities_never_raise_the_dpmo_of_a_defect_rate(rate, opportunities):
    assert metrics.dpmo_from_defect_rate(rate, opportunities) <= 1e6 * rate * (1 + 1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: metrics.dpu(-1, 10),
            "defects must be at least 0, got -1.0; give a count that is not negative",
        ),
        (lambda: metrics.dpu(1, 0), "units must be above 0, got 0.0; give a number above 0"),
        (lambda: metrics.dpu(1, float("nan")), "units must be above 0, got nan; give a number above 0"),
        (
            lambda: metrics.dpu(float("inf"), 1),
            "defects must be finite, got inf; give a count that is not negative",
        ),
        (lambda: metrics.dpo(1, 1, -2), "opportunities must be above 0, got -2.0; give a number above 0"),
        (
            lambda: metrics.dpmo([1, 11], 2, 5),
            (
                "defects must not exceed units * opportunities, got 11.0 at index 1; "
                "raise opportunities to the number of places in a unit where a defect can occur, or use dpu"
            ),
        ),
        (
            lambda: metrics.dpmo_from_defect_rate(1.2),
            "defect_rate must be between 0 and 1, got 1.2; give a fraction of 1 (2 % is 0.02)",
        ),
        (
            lambda: metrics.throughput_yield([[0.1, 0.2], [0.3, -1]]),
            "dpu must be at least 0, got -1.0 at index (1, 1); give a count that is not negative",
        ),
        (
            lambda: metrics.dpu("3", 1),
            "defects must be a number or an array of numbers, got '3'; give a count that is not negative",
        ),
    ],
)
def test_a_value_out_of_range_is_refused_with_fact_value_and_remedy(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize(
    "wrong", [True, [True, False], [1, None], {"a": 1}, 1j, np.array([1, True], dtype=object), 10**400]
)
def test_what_is_not_a_number_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^dpu must be a number or an array of numbers, got "):
        metrics.defect_rate_from_dpu(wrong)


def test_fractions_are_numbers_too():
    assert metrics.dpu(Fraction(1, 2), 4) == 0.125
