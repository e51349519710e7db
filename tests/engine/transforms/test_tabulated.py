"""Tables: distributions known at points of a time grid of their own, placed on any other."""

from __future__ import annotations

import numpy as np
import pytest

from qualitychain.engine.distributions.named import Gamma
from qualitychain.engine.distributions.time_grid import Grid, place
from qualitychain.engine.transforms.tabulated import Tabulated


def table_of(distribution: Gamma, step: float, points: int) -> Tabulated:
    """A distribution without atoms, as a table."""
    smooth = distribution.cdf(step * np.arange(points))
    return Tabulated(step, np.zeros(points), smooth)


def test_a_table_has_the_moments_of_the_distribution_that_it_holds() -> None:
    distribution = Gamma(2.0, 0.5)
    table = table_of(distribution, 0.01, 4001)
    assert table.mass == pytest.approx(1.0, abs=1e-12)
    assert table.mean == pytest.approx(2.0, rel=1e-6)
    assert table.variance == pytest.approx(2.0, rel=1e-5)


def test_a_table_between_its_points_is_close_to_the_distribution() -> None:
    distribution = Gamma(2.0, 0.5)
    table = table_of(distribution, 0.02, 2001)
    times = np.linspace(0.0, 30.0, 997)
    # the monotone cubic bends a little in the first steps
    assert np.abs(table.cdf(times) - distribution.cdf(times)).max() < 1e-5
    assert np.abs(table.limited(times) - distribution.limited(times)).max() < 1e-6


def test_jumps_of_a_table_stay_jumps_on_a_time_grid_that_has_their_times() -> None:
    jumps = np.zeros(5)
    jumps[2], jumps[4] = 0.25, 0.5
    table = Tabulated(0.5, jumps, np.array([0.0, 0.05, 0.1, 0.2, 0.25]))
    assert table.below(1.0) == pytest.approx(0.1)
    assert table.cdf(1.0) == pytest.approx(0.35)
    placed = place(table, Grid(0.25, 16))
    assert placed.atoms[[4, 8]].tolist() == [0.25, 0.5]
    assert placed.masses.sum() == pytest.approx(1.0)
    assert placed.masses @ Grid(0.25, 16).times == pytest.approx(table.mean)


def test_a_table_that_is_stretched_has_its_times_stretched() -> None:
    table = table_of(Gamma(2.0, 0.5), 0.01, 4001)
    longer = table.scaled(3.0)
    assert longer.mean == pytest.approx(3 * table.mean)
    assert longer.cdf(4.5) == pytest.approx(table.cdf(1.5))


def test_nothing_happens_before_time_0_and_everything_has_by_the_end() -> None:
    table = table_of(Gamma(2.0, 0.5), 0.01, 4001)
    assert table.cdf(-1.0) == 0.0
    assert table.smooth_shortfall(-1.0) == 0.0
    assert table.smooth_excess(-1.0) == pytest.approx(table.mean + 1.0)
    assert table.smooth_excess(100.0) == 0.0
    assert table.cdf(100.0) == pytest.approx(1.0)
