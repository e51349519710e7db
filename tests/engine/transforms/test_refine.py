"""Grids that are refined until the distribution stands still."""

from __future__ import annotations

import numpy as np
import pytest

from qualitychain.engine.distributions.named import Atoms, Distribution, Gamma
from qualitychain.engine.distributions.time_grid import Grid, place
from qualitychain.engine.transforms.refine import Curves, OnTimeGrid, reach_of, refine, step_for
from qualitychain.engine.transforms.spectra import distribution_function


def seen(distribution: Distribution):
    """What a distribution looks like on any grid."""
    return lambda grid: OnTimeGrid(Curves(*(part[None] for part in distribution_function(place(distribution, grid)))))


def refined(distribution: Distribution, **options):
    """A distribution refined from a grid of 64 points."""
    one = np.ones(1)
    asked = {"reach": 40.0, "step": 40.0 / 64, "most": 1 << 14, "tolerance": 1e-5} | options
    return refine(seen(distribution), one, one, **asked)


def test_a_smooth_distribution_stands_still_at_its_own_distribution_function() -> None:
    distribution = Gamma(2.0, 0.3)
    found = refined(distribution)
    times = found.grid.times
    assert found.accuracy[0] <= 1e-5
    assert np.abs(found.curves.total[0] - distribution.cdf(times)).max() < 1e-6
    assert found.beyond[0] < 1e-6


def test_jumps_on_the_time_grid_are_exact_at_once() -> None:
    distribution = Atoms((1.25, 5.0), (0.25, 0.75))
    found = refined(distribution)
    assert found.accuracy[0] == 0.0
    assert found.curves.smooth.max() == 0.0
    assert found.curves.atoms[0, round(1.25 / found.grid.step)] == 0.25


def test_jumps_off_the_time_grid_end_the_search_when_patience_does_and_say_so() -> None:
    distribution = Atoms((np.sqrt(2.0), np.pi), (0.5, 0.5))
    patient, hasty = refined(distribution), refined(distribution, patient=1024)
    assert hasty.grid.points < patient.grid.points
    assert hasty.accuracy[0] > 0.01
    # away from the jumps, nothing of the overshoot is left
    place_of_5 = round(5.0 / hasty.grid.step)
    assert hasty.curves.total[0, place_of_5] == pytest.approx(1.0, abs=1e-9)
    place_of_2 = round(2.0 / hasty.grid.step)
    assert hasty.curves.total[0, place_of_2] == pytest.approx(0.5, abs=1e-9)


def test_a_corner_between_two_points_costs_nothing_where_it_is_blurred() -> None:
    distribution = Atoms((np.sqrt(2.0), np.pi), (0.5, 0.5))
    blurred = refined(distribution, tolerance=1e-2, blur=1.0)
    assert blurred.accuracy[0] <= 1e-2
    assert blurred.grid.points < refined(distribution, tolerance=1e-2).grid.points


@pytest.mark.parametrize("start", [0.01, 3.0, 1e4])
def test_the_horizon_is_found_from_any_start(start: float) -> None:
    distribution = Gamma(2.0, 1.0)
    reach = reach_of(seen(distribution), np.ones(1), start)
    # P(X > t) = exp(-t / 2)
    assert 2.0 * np.log(1e6) * 0.95 <= reach <= 2.0 * np.log(1e6) * 4


def test_a_distribution_without_an_end_in_reach_is_cut_at_a_multiple_of_what_is_usual() -> None:
    heavy = Gamma(1.0, 500.0)
    reach = reach_of(seen(heavy), np.ones(1), 1.0)
    assert heavy.cdf(reach) > 0.99


def test_a_step_has_the_fixed_times_as_multiples_where_one_is_in_reach() -> None:
    step = step_for([Atoms((0.3,), (1.0,)), Atoms((0.75,), (1.0,)), Gamma(1.0, 1.0)], 0.2, 0.001, jumps=True)
    assert step == pytest.approx(0.15)
    assert step_for([Atoms((np.pi,), (1.0,)), Atoms((1.0,), (1.0,))], 0.2, 0.001, jumps=True) == 0.2
    assert step_for([Gamma(1.0, 1.0)], 0.2, 0.001, jumps=True) == 0.2


def test_the_grid_ends_beyond_the_horizon_that_was_asked_for() -> None:
    found = refined(Gamma(2.0, 0.3), reach=11.0, step=0.1)
    assert found.grid.horizon >= 11.0
    assert isinstance(found.grid, Grid)
