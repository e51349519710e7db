from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import metrics


@pytest.mark.parametrize(
    ("defects", "n", "lower", "upper"),
    [(81, 263, 0.2527367456, 0.3676219226), (0, 20, 0.0, 0.168433471), (3, 50, 0.0125485878, 0.1654819466)],
)
def test_intervals_printed_by_statistics_packages(defects, n, lower, upper):
    # R 4.2 binom.test and statsmodels proportion_confint(method="beta") print these.
    assert metrics.clopper_pearson(defects, n) == (
        pytest.approx(lower, abs=1e-8),
        pytest.approx(upper, abs=1e-8),
    )


def test_nothing_found_in_fifty_is_never_read_as_perfection():
    lower, upper = metrics.clopper_pearson(0, 50)
    assert lower == 0
    assert upper == pytest.approx(1 - 0.025 ** (1 / 50), rel=1e-12)


def test_everything_defective_leaves_room_below():
    lower, upper = metrics.clopper_pearson(50, 50)
    assert lower == pytest.approx(0.025 ** (1 / 50), rel=1e-12)
    assert upper == 1


def test_arrays_give_arrays_of_ends():
    lower, upper = metrics.clopper_pearson([0, 1, 5], 5, confidence=0.9)
    np.testing.assert_allclose(lower, [0, 1 - 0.95 ** (1 / 5), 0.05 ** (1 / 5)], rtol=1e-12)
    np.testing.assert_allclose(upper[[0, 2]], [1 - 0.05 ** (1 / 5), 1], rtol=1e-12)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_end_leaves_half_of_the_doubt_outside(sample):
    from scipy.stats import binom

    defects, n = sample
    lower, upper = metrics.clopper_pearson(defects, n)
    assert lower <= defects / n <= upper
    if defects > 0:
        assert binom.sf(defects - 1, n, lower) == pytest.approx(0.025, rel=1e-8)
    if defects < n:
        assert binom.cdf(defects, n, upper) == pytest.approx(0.025, rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((6, 5), r"^defects must not exceed n, got 6\.0; count nonconforming units"),
        ((0, 0), r"^n must be above 0, got 0\.0"),
        ((-1, 5), r"^defects must be at least 0, got -1\.0"),
        ((1, 5, 1.0), r"^confidence must be between 0 and 1, both excluded, got 1\.0"),
        ((1, 5, 0), r"^confidence must be between 0 and 1, both excluded, got 0\.0"),
        ((1, 5, 95), r"^confidence must be between 0 and 1, both excluded, got 95\.0"),
        ((1, float("nan")), r"^n must be above 0, got nan"),
    ],
)
def test_an_impossible_sample_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.clopper_pearson(*arguments)
