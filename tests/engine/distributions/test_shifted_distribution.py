"""A time and a fixed while: against the distribution itself."""

from __future__ import annotations

import numpy as np
import pytest

from qualitychain.engine.distributions.named import Atoms, Distribution, Gamma, Lognormal, Uniform, Waiting
from qualitychain.engine.distributions.shifted_distribution import ShiftedDistribution
from qualitychain.engine.distributions.time_grid import Grid, place


@pytest.mark.parametrize(
    "distribution",
    [Gamma(2.0, 0.5), Lognormal.of(2.0, 0.7), Uniform(1.0, 3.0), Atoms((1.0, 2.5), (0.5, 0.5)), Waiting(0.4, 3.0, 1.0)],
)
def test_on_a_time_grid_it_is_the_distribution_some_steps_later(distribution: Distribution) -> None:
    grid, delay = Grid(0.25, 200), 2.0
    now, later = place(distribution, grid), place(ShiftedDistribution(distribution, delay), grid)
    steps = int(delay / grid.step)
    for part in ("atoms", "smooth"):
        found, given = getattr(later, part), getattr(now, part)
        assert found[:steps] == pytest.approx(np.zeros(steps), abs=1e-12)
        assert found[steps:] == pytest.approx(given[:-steps], abs=1e-12)


def test_its_figures_are_those_of_the_sum() -> None:
    times, distribution = np.array([-1.0, 0.0, 1.0, 2.0, 5.0]), Waiting(0.4, 3.0, 1.0)
    later = ShiftedDistribution(distribution, 2.0)
    assert later.mean == distribution.mean + 2
    assert later.variance == distribution.variance
    assert later.limited(times) == pytest.approx(
        np.minimum(times, 2.0) + distribution.limited(np.maximum(times - 2, 0.0))
    )
    assert later.cdf(times) == pytest.approx(np.where(times >= 2, distribution.cdf(np.maximum(times - 2, 0.0)), 0.0))
    assert float(later.below(2.0)) == 0
    assert later.scaled(2.0) == ShiftedDistribution(distribution.scaled(2.0), 4.0)
