from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import metrics

levels = st.floats(0.01, 37)
shifts = st.sampled_from([0.0, 1.5])

SMALL = ["1e-311", "1e-300", "1e-200", "1e-100", "1e-17", "3.4e-6", "1e-3", "0.0668072", "0.4"]
LARGE = ["0.5", "0.6", "0.9", "0.99", "0.999999", "0.9999999999", "0.99999999999999", "0.9999999999999999"]
SHARES = SMALL + LARGE


@pytest.mark.parametrize("shift", [0, 0.3, 1.5])
@pytest.mark.parametrize("tails", [1, 2])
@pytest.mark.parametrize("share", SHARES)
def test_the_level_agrees_with_fifty_digits(share, tails, shift):
    dpmo = float(share) * 1e6 if float(share) > 0 else 0
    level = metrics.sigma_level(dpmo, shift=shift, tails=tails)
    with mpmath.workdps(50):
        log_outside = mpmath.log(mpmath.mpf(dpmo) / 10**6)

        def tail(distance):
            return mpmath.erfc(distance / mpmath.sqrt(2)) / 2

        def gap(at):
            other = tail(at + shift) if tails == 2 else 0
            return mpmath.log(tail(at - shift) + other) - log_outside

        start = mpmath.mpf(level)
        exact = mpmath.findroot(gap, (start * (1 - mpmath.mpf(10) ** -9) - mpmath.mpf(10) ** -12, start))
        distance = exact if tails == 2 else exact - shift
        assert abs(level - exact) <= 1e-12 * abs(distance) + mpmath.mpf(10) ** -40


@pytest.mark.parametrize("shift", [0, 1.5])
@pytest.mark.parametrize("tails", [1, 2])
@pytest.mark.parametrize("level", [0, 1e-9, 0.4, 1, 1.5, 3, 4.5, 6, 8.5, 20, 36.9, 37.5, 38.4])
def test_the_dpmo_agrees_with_fifty_digits(level, tails, shift):
    with mpmath.workdps(50):
        sides = [mpmath.mpf(level) - shift, mpmath.mpf(level) + shift][:tails]
        exact = 10**6 * sum(mpmath.erfc(side / mpmath.sqrt(2)) / 2 for side in sides)
        smallest_steps = 4 * mpmath.mpf(5e-324)  # beyond 38 the answer has fewer digits than a float usually has
        error = abs(metrics.dpmo_from_sigma(level, shift=shift, tails=tails) - exact)
        assert error <= 1e-12 * exact + smallest_steps


@given(st.floats(-8, 37), shifts)
def test_one_tailed_level_and_dpmo_undo_each_other(distance, shift):
    dpmo = metrics.dpmo_from_sigma(distance + shift, shift=shift)
    back = metrics.dpmo_from_sigma(metrics.sigma_level(dpmo, shift=shift), shift=shift)
    assert back == pytest.approx(dpmo, rel=1e-11)


@given(levels, shifts)
def test_two_tailed_level_and_dpmo_undo_each_other(level, shift):
    dpmo = metrics.dpmo_from_sigma(level, shift=shift, tails=2)
    assert metrics.sigma_level(dpmo, shift=shift, tails=2) == pytest.approx(level, rel=1e-9)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 20), st.sampled_from([1, 2]))
def test_fewer_defects_are_never_a_lower_level(first, second, shift, tails):
    fewer, more = sorted([first, second])
    level_of_fewer = metrics.sigma_level(fewer, shift=shift, tails=tails)
    level_of_more = metrics.sigma_level(more, shift=shift, tails=tails)
    assert level_of_fewer >= level_of_more or level_of_fewer == pytest.approx(level_of_more, rel=1e-12, abs=1e-12)


@given(st.floats(1e-300, 1e6), shifts)
def test_counting_both_tails_never_gives_a_lower_level_than_counting_one(dpmo, shift):
    both = metrics.sigma_level(dpmo, shift=shift, tails=2)
    one = metrics.sigma_level(dpmo, shift=shift)
    assert both >= one - 1e-12 * (1 + abs(both))


def test_no_defects_are_infinitely_good_and_only_defects_infinitely_bad():
    assert metrics.sigma_level([0, 1e6], shift=1.5).tolist() == [math.inf, -math.inf]
    assert metrics.dpmo_from_sigma([math.inf, -math.inf], shift=1.5).tolist() == [0, 1e6]


def test_with_two_tails_a_million_defects_are_level_zero():
    assert metrics.sigma_level([0, 1e6], shift=1.5, tails=2).tolist() == [math.inf, 0]
    assert metrics.dpmo_from_sigma([math.inf, 0], shift=0, tails=2).tolist() == [0, 1e6]


def test_the_shift_lifts_the_one_tailed_level_by_itself():
    np.testing.assert_allclose(
        metrics.sigma_level(np.array([3.4, 6210]), shift=1.5) - metrics.sigma_level([3.4, 6210], shift=0), 1.5
    )


def test_arrays_of_levels_and_shifts_broadcast():
    table = metrics.sigma_level(np.array([[3.4], [233.0]]), shift=[0, 1.5], tails=2)
    assert table.shape == (2, 2)
    assert table[1, 1] == metrics.sigma_level(233.0, shift=1.5, tails=2)
    assert type(metrics.sigma_level(3.4, shift=1.5)) is float
    assert metrics.sigma_level([], shift=0, tails=2).shape == (0,)


def test_the_smallest_float_still_has_a_level():
    assert metrics.sigma_level(5e-324, shift=0) == pytest.approx(38.8257, abs=0.01)
    assert metrics.sigma_level(5e-324, shift=0, tails=2) > metrics.sigma_level(5e-324, shift=0)


@pytest.mark.parametrize("wrong", [-1e-9, 1000001, math.nan, math.inf, -math.inf, True])
@pytest.mark.parametrize("tails", [1, 2])
def test_a_dpmo_out_of_range_is_refused(wrong, tails):
    with pytest.raises(ValueError, match=r"^dpmo must be .*, got .*; give defects per million opportunities$"):
        metrics.sigma_level(wrong, shift=1.5, tails=tails)


@pytest.mark.parametrize("wrong", [-1.5, math.nan, math.inf, False, "1.5", None])
def test_a_shift_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^shift must be .*; give 1.5 for the usual convention or 0 for no shift$"):
        metrics.sigma_level(3.4, shift=wrong)
    with pytest.raises(ValueError, match=r"^shift must be "):
        metrics.dpmo_from_sigma(6, shift=wrong)


@pytest.mark.parametrize("wrong", [0, 3, True, "both", None])
def test_there_are_one_or_two_tails(wrong):
    with pytest.raises(ValueError, match=r"^tails must be 1 or 2, got .*; give 1 for the usual"):
        metrics.sigma_level(3.4, shift=1.5, tails=wrong)
    with pytest.raises(ValueError, match=r"^tails must be 1 or 2"):
        metrics.dpmo_from_sigma(3.4, shift=1.5, tails=wrong)


def test_a_level_below_zero_has_no_two_tailed_meaning():
    assert metrics.dpmo_from_sigma(-1, shift=0) == pytest.approx(841344.746, abs=1e-3)
    with pytest.raises(ValueError, match=r"^level must be at least 0, got -1\.0; with two tails"):
        metrics.dpmo_from_sigma(-1, shift=0, tails=2)
    with pytest.raises(ValueError, match=r"^level must be a number, got nan"):
        metrics.dpmo_from_sigma(math.nan, shift=0)


def test_the_shift_must_be_said():
    with pytest.raises(TypeError, match="shift"):
        metrics.sigma_level(3.4)
    with pytest.raises(TypeError, match="shift"):
        metrics.dpmo_from_sigma(6)


def test_z_bench_is_the_distance_with_both_tails_on_one_side():
    assert metrics.z_bench(0.00135, 0.00135) == pytest.approx(2.7821504537846, rel=1e-12)
    assert metrics.z_bench(0.5) == 0
    assert metrics.z_bench(1e-300) == pytest.approx(37.0470962993612, rel=1e-13)
    assert metrics.z_bench([0, 1, 0.25], [0, 0, 0.75]).tolist() == [math.inf, -math.inf, -math.inf]


def test_z_bench_keeps_a_small_conforming_share():
    below = 1 - 2.0**-53
    assert metrics.z_bench(below) == pytest.approx(-8.2095361516, rel=1e-10)
    assert metrics.z_bench(0.5 - 2.0**-50, 0.5) == pytest.approx(-metrics.z_bench(2.0**-50), rel=1e-14)


def test_z_bench_refuses_more_than_everything():
    with pytest.raises(ValueError, match=r"^below \+ above must not exceed 1, got 1\.1; a unit is either"):
        metrics.z_bench(0.5, 0.6)
    with pytest.raises(ValueError, match=r"^above must be between 0 and 1, got -0\.1"):
        metrics.z_bench(0.5, -0.1)


# beyond, the rounding of 1e6 times the rate moves the level; test_z_lt_agrees_with_fifty_digits goes there
@given(st.floats(1e-300, 1 - 1e-6))
def test_z_lt_with_one_opportunity_is_the_sigma_level_without_shift(rate):
    assert metrics.z_lt(rate) == pytest.approx(metrics.sigma_level(1e6 * rate, shift=0), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("opportunities", [1, 10, 1000])
@pytest.mark.parametrize("share", ["1e-300", "1e-18", "0.001", "0.3", "0.5", "0.9", "0.99999999"])
def test_z_lt_agrees_with_fifty_digits_from_either_share(share, opportunities):

    def exact(log_good):
        outside = -mpmath.expm1(log_good / opportunities)
        distance = mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * outside) if outside < 0.9 else None
        if distance is None or mpmath.isinf(distance):
            distance = -mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * mpmath.exp(log_good / opportunities))
        return distance

    with mpmath.workdps(400):
        bad_case = exact(mpmath.log1p(-mpmath.mpf(float(share))))
        assert abs(metrics.z_lt(float(share), opportunities) - bad_case) <= 1e-12 * abs(bad_case)
        good_case = exact(mpmath.log(mpmath.mpf(float(share))))
        z = metrics.z_lt(1 - float(share), opportunities, conforming_rate=float(share))
        assert abs(z - good_case) <= 1e-12 * abs(good_case)


def test_z_lt_at_the_ends():
    assert metrics.z_lt([0, 1], 5).tolist() == [math.inf, -math.inf]
    assert metrics.z_lt(1, conforming_rate=0) == -math.inf


def test_z_lt_refuses_two_shares_that_are_not_of_one_whole():
    with pytest.raises(ValueError, match=r"^defect_rate \+ conforming_rate must be 1, got 0\.75; give the two shares"):
        metrics.z_lt(0.5, conforming_rate=0.25)
    with pytest.raises(ValueError, match=r"^opportunities must be above 0"):
        metrics.z_lt(0.5, 0)
