from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitychain.engine.distributions.named import (
    NO_TIME,
    Atoms,
    Gamma,
    Lognormal,
    Triangular,
    Uniform,
    Waiting,
    Weibull,
)
from qualitychain.engine.distributions.time_grid import (
    Grid,
    TimeGrid,
    back,
    cumulative,
    from_cdf,
    place,
    rounded,
    transform,
)

times = st.floats(0.05, 20.0)
atoms = st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.01, 1.0)), min_size=1, max_size=6)
distributions = st.one_of(
    st.builds(Gamma, times, st.floats(1e-4, 20.0)),
    st.builds(Lognormal.of, times, st.floats(1e-4, 4.0)),
    st.builds(Weibull, st.floats(0.4, 20.0), times),
    st.tuples(times, times).map(lambda p: Uniform(min(p), max(p))),
    st.tuples(times, times, times).map(lambda p: Triangular(*sorted(p))),
    st.builds(Waiting, st.floats(0.0, 1.0), times, st.floats(0.05, 4.0)),
    atoms.map(lambda pairs: Atoms(*zip(*pairs, strict=True))),
)


def beyond(distribution, grid):
    """Mass that local matching gives to points past the last."""
    values, masses = distribution.atoms
    last = grid.step * (grid.points - 1)
    smooth = (distribution.smooth_excess(last) - distribution.smooth_excess(grid.horizon)) / grid.step
    return float(smooth) + masses @ np.clip((values - last) / grid.step, 0.0, 1.0)


@given(distributions, st.floats(0.01, 3.0), st.integers(2, 300))
def test_what_is_placed_and_what_lies_beyond_are_everything(distribution, step, points):
    grid = Grid(step, points)
    placed = place(distribution, grid)
    assert np.all(placed.masses >= 0)
    assert placed.masses.sum() + beyond(distribution, grid) == pytest.approx(1.0, abs=2e-9)


@given(distributions, st.floats(0.05, 2.0))
def test_placing_keeps_the_mean_when_the_horizon_is_far(distribution, step):
    points = 16
    while distribution.mean - float(distribution.limited(step * points)) > 1e-12 * distribution.mean and points < 2**18:
        points *= 2
    grid = Grid(step, points)
    past = 2 * points * abs(distribution.mean - float(distribution.limited(step * (points - 1))))
    assert place(distribution, grid).masses @ grid.times == pytest.approx(
        distribution.mean, rel=1e-8, abs=past + 1e-8 * step
    )


def test_placing_on_very_many_points_gains_no_mass_from_rounding():
    grid = Grid(0.37, 300_000)
    for distribution in (Uniform(40_000.3, 90_000.7), Gamma(60_000.0, 1e-4), Lognormal.of(30_000.0, 0.01)):
        placed = place(distribution, grid)
        assert placed.masses.sum() == pytest.approx(1.0, abs=1e-9)
        assert placed.masses @ grid.times == pytest.approx(distribution.mean, rel=1e-9)


def test_the_far_tail_keeps_its_digits():
    placed = place(Gamma(1.0, 1.0), Grid(0.1, 1000))
    j = np.array([300, 400, 600])
    assert_allclose(placed.smooth[j], np.exp(-0.1 * j) * (np.exp(0.05) - np.exp(-0.05)) ** 2 / 0.1, rtol=1e-9)


def test_an_atom_on_the_time_grid_stays_one_and_any_other_is_split():
    placed = place(Atoms([0.1 * 3, 0.55], [0.25, 0.75]), Grid(0.1, 10))
    assert placed.atoms.tolist() == [0, 0, 0, 0.25, 0, 0, 0, 0, 0, 0]
    assert_allclose(placed.smooth, [0, 0, 0, 0, 0, 0.375, 0.375, 0, 0, 0], atol=1e-12)


def test_atoms_at_and_past_the_horizon_are_absent():
    placed = place(Atoms([1.0, 3.5, 4.0, 1e30], [0.25] * 4), Grid(1.0, 4))
    assert_allclose(placed.atoms, [0, 0.25, 0, 0])
    assert_allclose(placed.smooth, [0, 0, 0, 0.125])


def test_a_wait_leaves_its_atom_at_nothing():
    placed = place(Waiting(0.3, 4.0, 1.0), Grid(0.5, 200))
    assert placed.atoms[0] == pytest.approx(0.7)
    assert placed.smooth.sum() == pytest.approx(0.3)


@given(distributions, st.floats(0.01, 3.0), st.integers(2, 200))
def test_rounding_down_and_up_encloses_the_distribution(distribution, step, points):
    grid = Grid(step, points)
    fast, slow = np.cumsum(rounded(distribution, grid, up=False)), np.cumsum(rounded(distribution, grid, up=True))
    # to 1e-9 of a step: the dust that snapping forgives
    early, late = (
        distribution.cdf(np.maximum(grid.times - 1e-8 * step, 0.0)),
        distribution.cdf(grid.times + 1e-8 * step),
    )
    assert np.all(fast >= early - 1e-12)
    assert np.all(slow <= late + 1e-12)
    # and neither bound is a step off
    assert np.all(fast <= distribution.cdf(grid.times + 1.000001 * step) + 1e-12)
    assert np.all(slow[1:] >= fast[:-1] - 1e-12)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=10), st.sampled_from([0.1, 0.3, 1 / 3, 0.7, 1e-3, 17.1]))
def test_times_on_the_time_grid_do_not_move_either_way(counts, step):
    distribution = Atoms([c * step * 1.1 / 1.1 for c in counts], [1.0] * len(counts))
    exact = np.bincount(counts, minlength=501) / len(counts)
    for masses in (rounded(distribution, Grid(step, 501), up=False), rounded(distribution, Grid(step, 501), up=True)):
        assert_allclose(masses, exact, atol=1e-15)
    assert_allclose(place(distribution, Grid(step, 501)).atoms, exact, atol=1e-15)


def test_a_time_a_little_past_the_time_grid_does_move():
    distribution = Atoms([1.0 + 1e-7], [1.0])
    assert rounded(distribution, Grid(1.0, 4), up=True).tolist() == [0, 0, 1, 0]
    assert rounded(distribution, Grid(1.0, 4), up=False).tolist() == [0, 1, 0, 0]


def test_cumulated_smooth_masses_come_near_the_true_cdf():
    distribution, grid = Gamma(5.0, 0.5), Grid(0.1, 1000)
    jumps, smooth = cumulative(place(distribution, grid))
    assert_allclose(jumps, 0.0)
    assert np.max(np.abs(smooth - distribution.cdf(grid.times))) < 0.25 * 0.1**2
    assert np.max(np.abs(np.cumsum(place(distribution, grid).smooth) - distribution.cdf(grid.times))) > 0.005


def test_cumulated_atoms_are_steps():
    jumps, smooth = cumulative(place(Atoms([1.0, 2.0], [0.5, 0.5]), Grid(1.0, 4)))
    assert jumps.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert smooth.tolist() == [0.0, 0.0, 0.0, 0.0]


@given(distributions, st.integers(8, 120))
def test_masses_from_a_cdf_keep_its_mass_and_nearly_its_mean(distribution, points):
    grid = Grid((distribution.mean + 12.0 * np.sqrt(distribution.variance) + 0.1) / points, points)
    smooth = distribution.smooth_cdf(grid.times)
    time_grid = from_cdf(np.zeros(points), smooth)
    assert np.all(time_grid.smooth >= -1e-15)
    assert time_grid.masses.sum() == pytest.approx(smooth[-1], abs=1e-12)
    trapezium = np.sum(smooth[-1] - 0.5 * (smooth[1:] + smooth[:-1])) * grid.step
    assert time_grid.masses @ grid.times == pytest.approx(trapezium, abs=1e-9)


def test_from_cdf_takes_back_what_cumulative_gave_on_straight_pieces():
    given_grid = place(Uniform(0.0, 6.0), Grid(1.0, 9))
    again = from_cdf(*cumulative(given_grid))
    assert_allclose(again.smooth[:5], given_grid.smooth[:5], atol=1e-15)
    many = TimeGrid(np.zeros((2, 9)), np.stack((given_grid.smooth, 0.5 * given_grid.smooth)))
    assert_allclose(from_cdf(*cumulative(many)).smooth, np.stack((again.smooth, 0.5 * again.smooth)), atol=1e-15)


def test_jumps_of_a_cdf_become_atoms_again():
    jumps = np.array([0.0, 0.5, 0.5, 0.75])
    assert from_cdf(jumps, np.zeros(4)).atoms.tolist() == [0.0, 0.5, 0.0, 0.25]


@pytest.mark.parametrize("points", [2, 3, 8, 101, 1024])
@pytest.mark.parametrize("damping", [1e-6, 1e-8, 1.0])
def test_transforming_there_and_back_changes_nothing(points, damping):
    masses = np.random.default_rng(3).random((2, 3, points))
    there = transform(masses, damping)
    assert there.shape == (2, 3, points // 2 + 1)
    assert_allclose(back(there, damping, points), masses, atol=1e-15 / damping)


def test_an_even_number_of_points_need_not_be_told():
    masses = np.random.default_rng(4).random(64)
    assert_allclose(back(transform(masses)), masses, atol=1e-9)


def test_products_of_transforms_are_sums_of_times_and_what_wraps_round_is_damped():
    grid = Grid(1.0, 64)
    three, fifty = (transform(place(Atoms([t], [1.0]), grid).masses) for t in (3.0, 50.0))
    assert_allclose(back(three * fifty), place(Atoms([53.0], [1.0]), grid).masses, atol=1e-9)
    wrapped = back(fifty * fifty)
    assert wrapped[36] == pytest.approx(1e-6, rel=1e-3)
    assert np.abs(np.delete(wrapped, 36)).max() < 1e-9


def test_no_time_is_the_transform_one():
    assert_allclose(transform(place(NO_TIME, Grid(0.5, 32)).masses), 1.0)
