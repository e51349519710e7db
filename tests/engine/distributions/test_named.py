from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

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

KNOWN = {
    "exponential": (Gamma(2.0, 1.0), stats.expon(scale=2.0)),
    "regular gamma": (Gamma(3.0, 0.2), stats.gamma(5.0, scale=0.6)),
    "bursty gamma": (Gamma(1.5, 4.0), stats.gamma(0.25, scale=6.0)),
    "lognormal": (Lognormal(0.3, 0.8), stats.lognorm(0.8, scale=math.exp(0.3))),
    "ageing weibull": (Weibull(2.5, 3.0), stats.weibull_min(2.5, scale=3.0)),
    "weibull of early deaths": (Weibull(0.6, 1.0), stats.weibull_min(0.6, scale=1.0)),
    "uniform": (Uniform(1.0, 4.0), stats.uniform(1.0, 3.0)),
    "triangle": (Triangular(1.0, 2.0, 6.0), stats.triang(0.2, 1.0, 5.0)),
    "falling triangle": (Triangular(1.0, 1.0, 4.0), stats.triang(0.0, 1.0, 3.0)),
    "rising triangle": (Triangular(0.0, 3.0, 3.0), stats.triang(1.0, 0.0, 3.0)),
}
MIXED = {
    "fixed": Atoms([2.5], [1.0]),
    "measured": Atoms([1.0, 1.0, 2.0, 6.0], [1.0, 2.0, 3.0, 4.0]),
    "wait": Waiting(0.3, 4.0, 2.0),
    "certain wait": Waiting(1.0, 4.0, 0.5),
    "fixed wait": Waiting(0.25, 3.0, 0.0),
    "no time": NO_TIME,
}
ALL = {name: distribution for name, (distribution, _) in KNOWN.items()} | MIXED
TIMES = np.array([0.0, 1e-9, 0.3, 1.0, 1.7, 2.0, 2.5, 3.0, 4.0, 7.5, 40.0])

every_known = pytest.mark.parametrize(("distribution", "oracle"), list(KNOWN.values()), ids=list(KNOWN))
every_distribution = pytest.mark.parametrize("distribution", list(ALL.values()), ids=list(ALL))


@every_known
def test_a_distribution_agrees_with_the_textbook_in_its_cdf_and_moments(distribution, oracle):
    assert_allclose(distribution.cdf(TIMES), oracle.cdf(TIMES), rtol=1e-12, atol=1e-300)
    assert distribution.mean == pytest.approx(oracle.mean(), rel=1e-12)
    assert distribution.variance == pytest.approx(oracle.var(), rel=1e-12)
    assert distribution.least == pytest.approx(max(oracle.support()[0], 0.0))


@every_distribution
def test_the_limited_expectation_is_the_integral_of_being_still_under_way(distribution):
    for t in (0.4, 2.2, 9.0):
        stops = sorted(
            {
                *distribution.atoms[0][distribution.atoms[0] < t].tolist(),
                *(p for p in (1.0, 2.0, 3.0, 4.0, 6.0) if p < t),
            }
        )
        under_way = sum(
            integrate.quad(lambda u: 1.0 - float(distribution.cdf(u)), a, b, epsabs=1e-12, epsrel=1e-11, limit=500)[0]
            for a, b in zip([0.0, *stops], [*stops, t], strict=True)
        )
        assert float(distribution.limited(t)) == pytest.approx(under_way, rel=1e-8)


@every_distribution
def test_what_exceeds_a_time_adds_up_to_the_second_moment(distribution):
    def excess(u):
        values, masses = distribution.atoms
        return float(distribution.smooth_excess(u)) + masses @ np.maximum(values - u, 0.0)

    ends = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 30.0, 200.0, 4000.0]
    second = 2.0 * sum(integrate.quad(excess, a, b, epsabs=1e-12, limit=500)[0] for a, b in pairwise(ends))
    assert distribution.variance == pytest.approx(second - distribution.mean**2, rel=1e-6, abs=1e-12)


@every_distribution
def test_limited_shortfall_and_excess_are_three_views_of_one_thing(distribution):
    t = np.concatenate(([-2.0], TIMES))
    mass = 1.0 - distribution.atoms[1].sum()
    whole = distribution.mean - distribution.atoms[0] @ distribution.atoms[1]
    assert_allclose(distribution.smooth_limited(t), mass * t - distribution.smooth_shortfall(t), atol=1e-13)
    assert_allclose(distribution.smooth_limited(t), whole - distribution.smooth_excess(t), atol=1e-13)
    assert np.all(distribution.smooth_shortfall(t) >= 0)
    assert np.all(distribution.smooth_excess(t) >= 0)


@every_distribution
def test_a_distribution_is_its_atoms_and_its_smooth_part(distribution):
    values, masses = distribution.atoms
    assert np.all(np.diff(values) > 0)
    assert_allclose(
        distribution.cdf(TIMES), distribution.smooth_cdf(TIMES) + [masses[values <= t].sum() for t in TIMES]
    )
    assert_allclose(
        distribution.below(TIMES), distribution.smooth_cdf(TIMES) + [masses[values < t].sum() for t in TIMES]
    )
    atoms_limited = np.array([masses @ np.minimum(values, t) for t in TIMES])
    assert_allclose(distribution.limited(TIMES), distribution.smooth_limited(TIMES) + atoms_limited)
    assert float(distribution.cdf(1e12)) == pytest.approx(1.0, abs=1e-15)


@every_distribution
def test_nothing_happens_before_the_least_time_and_something_soon_after(distribution):
    assert float(distribution.below(distribution.least)) == 0.0
    assert float(distribution.cdf(distribution.least + 1e-3)) > 0.0
    assert_allclose(distribution.cdf(np.array([-1.0, -1e-300])), 0.0)


@every_distribution
def test_arrays_of_any_shape_are_answered_in_their_shape(distribution):
    grid = np.linspace(0.0, 9.0, 12).reshape(3, 4)
    for function in (
        distribution.cdf,
        distribution.below,
        distribution.limited,
        distribution.smooth_cdf,
        distribution.smooth_limited,
        distribution.smooth_excess,
    ):
        assert np.shape(function(grid)) == (3, 4)
        assert_allclose(function(grid)[1, 2], function(float(grid[1, 2])))


@every_distribution
def test_twice_the_time_is_twice_the_time(distribution):
    twice = distribution.scaled(2.0)
    assert twice.mean == pytest.approx(2.0 * distribution.mean)
    assert twice.variance == pytest.approx(4.0 * distribution.variance)
    assert_allclose(twice.cdf(2.0 * TIMES), distribution.cdf(TIMES), rtol=1e-12, atol=1e-300)
    assert distribution.scaled(0.0).mean == 0.0
    assert float(distribution.scaled(0.0).cdf(0.0)) == 1.0


@every_distribution
def test_equal_laws_can_stand_for_each_other_as_keys(distribution):
    again = distribution.scaled(1.0)
    assert again == distribution
    assert {distribution: "placed"}[again] == "placed"


@pytest.mark.parametrize("shape", [1e-3, 1e-2, 0.5, 30.0, 1e3, 1e6])
def test_gamma_laws_of_any_shape_keep_their_digits(shape):
    mpmath.mp.dps = 40
    distribution, mean = Gamma(2.0, 1.0 / shape), mpmath.mpf(2)
    for t in (2.0 * (1.0 - 2.0 / math.sqrt(shape)), 1.5, 2.0, 2.0 * (1.0 + 3.0 / math.sqrt(shape))):
        if t <= 0:
            continue
        k = mpmath.mpf(1) / mpmath.mpf(distribution.scv)
        x = mpmath.mpf(t) * k / mean
        below, above = (mpmath.gammainc(k, 0, x, regularized=True), mpmath.gammainc(k, x, regularized=True))
        limited = mean * mpmath.gammainc(k + 1, 0, x, regularized=True) + t * above
        assert float(distribution.cdf(t)) == pytest.approx(float(below), rel=1e-8, abs=1e-300)
        assert float(distribution.limited(t)) == pytest.approx(float(limited), rel=1e-13)


@pytest.mark.parametrize(
    ("distribution", "t", "survival"),
    [
        (Gamma(1.0, 1.0), 60.0, lambda u, m: m.exp(-u)),
        (Gamma(1.0, 0.25), 20.0, lambda u, m: m.gammainc(4, 4 * u, regularized=True)),
        (Lognormal(0.0, 0.5), 100.0, lambda u, m: m.erfc(2 * m.log(u) / m.sqrt(2)) / 2),
        (Weibull(2.0, 1.0), 7.0, lambda u, m: m.exp(-(u**2))),
    ],
    ids=["exponential", "gamma", "lognormal", "weibull"],
)
def test_far_out_the_excess_is_small_but_right(distribution, t, survival):
    mpmath.mp.dps = 30
    true = mpmath.quad(lambda u: survival(u, mpmath), [t, 1.1 * t, 1.5 * t, 3 * t, mpmath.inf])
    assert 0 < true < 1e-15
    assert float(distribution.smooth_excess(t)) == pytest.approx(float(true), rel=1e-10)


@given(st.floats(1e-3, 1e6), st.floats(1e-6, 1e3))
def test_a_gamma_cdf_rises_from_nothing_to_one(mean, scv):
    distribution = Gamma(mean, scv)
    cdf = distribution.cdf(mean * np.concatenate((np.linspace(0.0, 3.0, 50), [1e2, 1e4, 1e9])))
    assert cdf[0] == 0.0
    assert np.all(np.diff(cdf) >= -1e-14)
    assert cdf[-1] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "distribution", [Weibull(1000.0, 1.0), Weibull(0.05, 1.0), Lognormal(0.0, 5.0), Gamma(1.0, 1e12)]
)
def test_extreme_parameters_and_times_neither_warn_nor_break(distribution):
    t = np.array([0.0, 1e-300, 1e-3, 1.0, 1e3, 1e15, 1e300])
    for values in (
        distribution.cdf(t),
        distribution.limited(t),
        distribution.smooth_excess(t),
        distribution.smooth_shortfall(t),
    ):
        assert np.all(np.isfinite(values))
        assert np.all(values >= 0)


@pytest.mark.parametrize("kind", [Lognormal, Weibull, Uniform, Triangular])
@pytest.mark.parametrize("scv", [0.01, 0.1, 1.0 / 6.0])
def test_a_distribution_of_given_mean_and_scv_has_them(kind, scv):
    distribution = kind.of(3.0, scv)
    assert distribution.mean == pytest.approx(3.0, rel=1e-12)
    assert distribution.variance == pytest.approx(9.0 * scv, rel=1e-9)


def test_a_uniform_time_of_the_greatest_scv_begins_at_nothing():
    assert Uniform.of(0.3, 1.0 / 3.0).least == pytest.approx(0.0, abs=1e-16)
    assert Triangular.of(0.7, 1.0 / 6.0 * (1 + 1e-12)).least == 0.0


@pytest.mark.parametrize("scv", [Weibull(1000.0, 1.0).variance / Weibull(1000.0, 1.0).mean ** 2, 1e3, 1e11])
def test_weibull_shapes_are_found_over_their_whole_range(scv):
    distribution = Weibull.of(2.0, scv)
    assert distribution.mean == pytest.approx(2.0, rel=1e-9)
    assert distribution.variance / distribution.mean**2 == pytest.approx(scv, rel=1e-6)


def test_a_weibull_time_cannot_have_just_any_scv():
    with pytest.raises(ValueError, match=r"shapes from 0\.05 to 1000"):
        Weibull.of(2.0, 1e-12)


@pytest.mark.parametrize(
    "distribution",
    [Gamma(2.0, 0.0), Uniform(2.0, 2.0), Triangular(2.0, 2.0, 2.0), Lognormal(math.log(2.0), 0.0)],
    ids=["gamma", "uniform", "triangular", "lognormal"],
)
def test_a_distribution_without_spread_is_one_atom(distribution):
    assert_allclose(np.concatenate(distribution.atoms), [2.0, 1.0])
    assert distribution.least == pytest.approx(2.0)
    assert_allclose(distribution.limited(np.array([1.0, 5.0])), [1.0, 2.0])
    assert float(distribution.smooth_excess(0.0)) == 0.0


@pytest.mark.parametrize(
    "distribution", [Gamma(0.0, 1.0), Weibull(2.0, 0.0), Waiting(0.0, 5.0, 1.0), Waiting(0.4, 0.0, 1.0)]
)
def test_what_never_takes_time_behaves_as_no_time(distribution):
    assert distribution.mean == distribution.variance == distribution.least == 0.0
    assert_allclose(np.concatenate(distribution.atoms), np.concatenate(NO_TIME.atoms))
    assert_allclose(distribution.cdf(TIMES), 1.0)
    assert_allclose(distribution.limited(TIMES), 0.0)


def test_a_wait_is_an_atom_at_nothing_and_a_gamma_time_beside_it():
    wait, delay = Waiting(0.3, 4.0, 2.0), Gamma(4.0, 2.0)
    assert_allclose(wait.cdf(TIMES), 0.7 + 0.3 * delay.cdf(TIMES))
    assert wait.variance == pytest.approx(0.3 * (delay.variance + 16.0) - 1.2**2)


def test_equal_measured_times_are_merged_and_impossible_ones_dropped():
    assert Atoms([3.0, 1.0, 3.0, 9.0], [1.0, 2.0, 1.0, 0.0]) == Atoms([1.0, 3.0], [0.5, 0.5])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gamma(-1.0, 1.0),
        lambda: Gamma(1.0, math.nan),
        lambda: Lognormal(0.0, -1.0),
        lambda: Weibull(0.0, 1.0),
        lambda: Uniform(3.0, 2.0),
        lambda: Triangular(1.0, 5.0, 4.0),
        lambda: Waiting(1.2, 1.0, 1.0),
        lambda: Atoms([-1.0], [1.0]),
        lambda: Atoms([1.0], [0.0]),
        lambda: Atoms([1.0, 2.0], [1.0]),
        lambda: Atoms([math.inf], [1.0]),
    ],
)
def test_impossible_parameters_are_refused(make):
    with pytest.raises(ValueError, match=r"must|needs"):
        make()
