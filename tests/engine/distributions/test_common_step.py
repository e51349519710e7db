from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain.engine.distributions.common_step import common_step


@pytest.mark.parametrize(
    ("values", "at_most", "step"),
    [
        ([3.0], 10.0, 3.0),
        ([1.5, 2.0], 10.0, 0.5),
        ([1.5, 2.0], 0.4, 0.25),
        ([0.1 * 3, 0.1, 0.7], 1.0, 0.1),
        ([1 / 3, 0.5, 2.0], 1.0, 1 / 6),
        ([0.0, 4.0], 2.5, 2.0),
        ([24.0, 8.0, 90 / 60], 0.05, 0.05),
        ([0.33333333333, 1.0], 1.0, 0.33333333333),
        ([1e6, 1.0], 2.0, 1.0),
    ],
)
def test_the_greatest_step_that_fits_is_found(values, at_most, step):
    assert common_step(values, at_most) == pytest.approx(step, rel=1e-8)


def test_without_any_time_the_step_asked_for_will_do():
    assert common_step([], 0.3) == 0.3
    assert common_step([0.0], 0.3) == 0.3


@pytest.mark.parametrize("values", [[1.0, math.sqrt(2.0)], [1.0, 1e-6], [math.pi, math.e, 1.0], [1.0, 1.0 + 1e-6]])
def test_times_without_a_useful_common_step_have_none(values):
    assert common_step(values, 1.0) is None


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(1, 60), st.floats(0.01, 50.0))
def test_every_time_is_a_multiple_of_the_step_and_no_greater_step_would_do(counts, parts, at_most):
    unit = Fraction(1, parts)
    times = [float(unit * c) for c in counts]
    greatest = float(unit * math.gcd(*counts))
    true = greatest / max(math.ceil(greatest / at_most * (1 - 1e-9)), 1)
    step = common_step(times, at_most)
    if step is None:
        assert true < at_most / 1000
        return
    assert step == pytest.approx(true, rel=1e-8)
    steps = np.array(times) / step
    assert np.all(np.abs(steps - np.rint(steps)) <= 1e-8 * steps)
