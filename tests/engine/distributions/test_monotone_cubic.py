"""The monotone cubic on equal steps, against SciPy's on any."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from qualitychain.engine.distributions.monotone_cubic import MonotoneCubic


@pytest.mark.parametrize("points", [2, 3, 4, 50])
@pytest.mark.parametrize("rising", [True, False])
def test_curve_and_area_are_those_of_the_general_monotone_cubic(points: int, rising: bool) -> None:
    values = np.random.default_rng(points).normal(size=points)
    values = np.cumsum(np.abs(values)) if rising else values
    ours, theirs = MonotoneCubic(0.25, values), PchipInterpolator(0.25 * np.arange(points), values)
    t = np.linspace(0.0, 0.25 * (points - 1), 997)
    assert ours(t) == pytest.approx(theirs(t), abs=1e-13)
    assert ours.area(t) == pytest.approx(theirs.antiderivative()(t), abs=1e-13)


def test_a_curve_stands_still_where_its_values_do() -> None:
    curve = MonotoneCubic(1.0, np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))
    assert curve(np.array([0.3, 1.7, 2.0, 3.0, 3.5, 4.9])).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


def test_before_and_after_its_points_a_curve_stays_as_it_is() -> None:
    curve = MonotoneCubic(1.0, np.array([0.25, 0.5, 0.75]))
    assert curve([-1.0, 7.0]).tolist() == [0.25, 0.75]
