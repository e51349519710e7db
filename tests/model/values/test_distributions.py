from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.model.values.distributions import KINDS
from qualitychain.model.values.durations import EXAMPLE
from qualitychain.model.values.times import moments

RNG = np.random.default_rng(20)
times = st.floats(1e-6, 1e6)


def cases() -> list[Any]:
    made: list[Any] = []
    for _ in range(12):
        a, b, c = np.sort(RNG.uniform(0, 10, 3))
        shape, scale = float(RNG.uniform(0.3, 9)), float(RNG.uniform(0.1, 9))
        mu, sigma = float(RNG.normal()), float(RNG.uniform(0.05, 1.5))
        made += [
            (qc.Gamma(shape=shape, scale=scale), scipy.stats.gamma(shape, scale=scale)),
            (qc.Weibull(shape=shape, scale=scale), scipy.stats.weibull_min(shape, scale=scale)),
            (qc.Lognormal(mu=mu, sigma=sigma), scipy.stats.lognorm(sigma, scale=math.exp(mu))),
            (qc.Exponential(scale), scipy.stats.expon(scale=scale)),
            (qc.Uniform(low=a, high=c), scipy.stats.uniform(a, c - a)),
            (qc.Triangular(low=a, mode=b, high=c), scipy.stats.triang((b - a) / (c - a), a, c - a)),
        ]
    return [pytest.param(ours, theirs, id=f"{type(ours).__name__}-{i // 6}") for i, (ours, theirs) in enumerate(made)]


@pytest.mark.parametrize(("ours", "theirs"), cases())
def test_mean_and_scv_agree_with_scipy(ours: Any, theirs: Any) -> None:
    mean, scv = moments(ours, "hour")
    assert mean == pytest.approx(theirs.mean(), rel=1e-9)
    assert scv == pytest.approx(theirs.var() / theirs.mean() ** 2, rel=1e-8)


@pytest.mark.parametrize("shape", [0.05, 30.0, 1000.0])
def test_a_weibull_at_the_ends_of_its_range_keeps_its_spread(shape: float) -> None:
    mpmath.mp.dps = 60
    exact = mpmath.gamma(1 + 2 / mpmath.mpf(shape)) / mpmath.gamma(1 + 1 / mpmath.mpf(shape)) ** 2 - 1
    assert moments(qc.Weibull(shape=shape, scale=1e-6), "hour")[1] == pytest.approx(float(exact), rel=1e-8)


@pytest.mark.parametrize("kind", [qc.Gamma, qc.Lognormal, qc.Weibull, qc.Uniform, qc.Triangular])
@given(mean=times, scv=st.floats(0.001, 0.16))
def test_a_distribution_by_mean_and_scv_has_them(kind: Any, mean: float, scv: float) -> None:
    assert moments(kind(mean=mean, scv=scv), "hour") == (mean, scv)


@given(mean=times, scv=st.floats(0.01, 10))
def test_the_two_ways_to_state_a_distribution_agree(mean: float, scv: float) -> None:
    sigma2 = math.log1p(scv)
    for other in (
        qc.Gamma(shape=1 / scv, scale=mean * scv),
        qc.Lognormal(mu=math.log(mean) - sigma2 / 2, sigma=math.sqrt(sigma2)),
    ):
        assert moments(other, "hour") == pytest.approx((mean, scv), rel=1e-9)


@given(low=times, width=st.floats(1e-3, 1e3))
def test_a_symmetric_triangle_by_its_corners_agrees_with_the_one_by_moments(low: float, width: float) -> None:
    corners = qc.Triangular(low=low, mode=low + width, high=low + 2 * width)
    mean, scv = moments(corners, "hour")
    assert mean == pytest.approx(low + width, rel=1e-12)
    assert scv == pytest.approx(width**2 / 6 / mean**2, rel=1e-6)


def test_weights_count_like_repeated_times() -> None:
    weighted = moments(qc.Empirical([1, 2, 5], weights=[3, 0, 1]), "hour")
    assert weighted == pytest.approx(moments(qc.Empirical([1, 1, 1, 5]), "hour"), rel=1e-15)
    tiny = qc.Empirical([1, 2, 5], weights=[3e-320, 0, 1e-320])
    assert moments(tiny, "hour") == pytest.approx(weighted, rel=1e-3)


def test_duration_texts_are_in_the_asked_unit() -> None:
    assert moments(qc.Gamma(mean="2 d", scv=0.5), "hour") == (48, 0.5)
    assert moments(qc.Empirical(["30 min", "90 min"]), "hour") == (1, 0.25)
    assert moments(qc.Triangular(low="0 h", mode="1 h", high="2 h"), "minute")[0] == 60
    assert moments("1 d", "week", default_scv=1.0) == (pytest.approx(1 / 7), 1.0)
    assert moments(qc.Fixed("1 d"), "hour") == (24, 0)


def test_a_time_of_zero_does_not_vary() -> None:
    for zero in (0, "0 h", qc.Fixed(0), qc.Gamma(mean=0, scv=2), qc.Uniform(low=0, high=0), qc.Empirical([0, 0])):
        assert moments(zero, "hour", default_scv=1.0) == (0, 0)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e14])
def test_very_small_and_large_times_keep_their_spread(scale: float) -> None:
    for made, scv in (
        (qc.Triangular(low=0, mode=scale, high=2 * scale), 1 / 6),
        (qc.Uniform(low=0, high=2 * scale), 1 / 3),
        (qc.Empirical([scale, 3 * scale]), 0.25),
    ):
        assert moments(made, "hour")[1] == pytest.approx(scv, rel=1e-12)


def time_of(value: object) -> object:
    return qc.Department("D", cycle_time=value).cycle_time  # type: ignore[arg-type]


def test_a_field_takes_numbers_texts_records_and_mappings() -> None:
    assert time_of({"mean": 3}) == 3.0
    assert time_of({"mean": "3 h"}) == "3 h"
    assert time_of({"mean": 3, "scv": 0}) == qc.Fixed(3)
    assert time_of({"mean": "3 h", "scv": 0.5}) == qc.Gamma(mean="3 h", scv=0.5)
    assert time_of({"gamma": {"mean": 3, "scv": 0.5}}) == qc.Gamma(mean=3, scv=0.5)
    assert time_of({"fixed": 3}) == qc.Fixed(3)
    assert time_of({"exponential": "3 h"}) == qc.Exponential("3 h")
    assert time_of({"empirical": np.array([1, 2])}) == qc.Empirical((1.0, 2.0))
    assert time_of({"empirical": {"values": [1], "weights": [2]}}) == qc.Empirical([1], weights=[2])
    assert time_of(qc.Uniform(low=1, high=2)) == qc.Uniform(low=1, high=2)
    assert time_of(None) is None


def refused(make: Any) -> list[tuple[str, tuple[str | int, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        make()
    return [(f.code, f.path, f.message.removeprefix("department 'D': ")) for f in caught.value.faults]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"scv": 1}, [("QC016", ("cycle_time",), "cycle_time.mean is missing")]),
        (
            {"mean": -3, "scv": -1},
            [
                ("QC012", ("cycle_time", "mean"), "cycle_time.mean must be 0 or more and at most 1e15, got -3"),
                ("QC012", ("cycle_time", "scv"), "cycle_time.scv must be 0 or more and at most 1e15, got -1"),
            ],
        ),
        (
            {"mean": 3, "svc": 1},
            [
                (
                    "QC015",
                    ("cycle_time", "svc"),
                    "cycle_time.svc is unknown beside mean and scv; did you mean 'scv'?",
                )
            ],
        ),
        (
            {"gama": {"mean": 3}},
            [
                (
                    "QC034",
                    ("cycle_time", "gama"),
                    f"cycle_time has the unknown distribution 'gama'; known: {', '.join(KINDS)}; did you mean 'gamma'?",
                )
            ],
        ),
        (
            {"gamma": {"mean": 3, "svc": 1}},
            [
                (
                    "QC015",
                    ("cycle_time", "gamma", "svc"),
                    "cycle_time.svc is unknown; did you mean 'scv'?",
                )
            ],
        ),
        (
            {"gamma": 3},
            [("QC010", ("cycle_time", "gamma"), "cycle_time must be a mapping with the fields of Gamma, got 3")],
        ),
        (
            {"gamma": {"mean": 3, "shape": 1}},
            [
                (
                    "QC034",
                    ("cycle_time", "gamma"),
                    "cycle_time.gamma needs mean and scv or shape and scale, got mean and shape",
                )
            ],
        ),
        (
            {"empirical": [1, -1, "x"]},
            [
                (
                    "QC012",
                    ("cycle_time", "empirical", "values", 1),
                    "cycle_time.values[1] must be 0 or more and at most 1e15, got -1",
                ),
                (
                    "QC014",
                    ("cycle_time", "empirical", "values", 2),
                    f"cycle_time.values[2] is not a duration; {EXAMPLE}, got 'x'",
                ),
            ],
        ),
        (
            {},
            [
                (
                    "QC034",
                    ("cycle_time",),
                    f"cycle_time must be {{mean, scv}} or one of {', '.join(KINDS)} with its parameters, got nothing",
                )
            ],
        ),
    ],
)
def test_a_wrong_time_is_refused_with_place_and_remedy(value: object, expected: object) -> None:
    assert refused(lambda: time_of(value)) == expected


@pytest.mark.parametrize(
    "make",
    [
        qc.Gamma,
        lambda: qc.Gamma(mean=1),
        lambda: qc.Gamma(mean=1, scv=1, shape=1, scale=1),
        lambda: qc.Gamma(mean=1, scv=0),
        lambda: qc.Exponential(0),
        lambda: qc.Uniform(mean=1, scv=0.34),
        lambda: qc.Uniform(low=2, high=1),
        lambda: qc.Uniform(low=1, high="2 h"),
        lambda: qc.Triangular(low=1, mode=3, high=2),
        lambda: qc.Triangular(mean=1, scv=0.17),
        lambda: qc.Weibull(mean=1, scv=1e-9),
        lambda: qc.Lognormal(mu=700, sigma=20),
        lambda: qc.Lognormal(mu=0, sigma=7),
        lambda: qc.Gamma(shape=1e-300, scale=1),
        lambda: qc.Weibull(shape=0.05, scale=1e10),
        lambda: qc.Empirical([]),
        lambda: qc.Empirical("12"),
        lambda: qc.Empirical([1, 2], weights=[1]),
        lambda: qc.Empirical([1, 2], weights=[0, 0]),
    ],
)
def test_impossible_parameters_are_refused(make: Any) -> None:
    with pytest.raises(qc.ChainError) as caught:
        make()
    assert {f.code for f in caught.value.faults} <= {"QC034", "QC012", "QC010"}


number = st.floats(0, 1e15)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_whatever_can_be_built_has_finite_moments(kind: str, data: st.DataObject) -> None:
    names = [f for f in KINDS[kind].__dataclass_fields__ if f not in ("values", "weights")]
    given_fields = (
        {n: data.draw(number, n) for n in data.draw(st.lists(st.sampled_from(names), unique=True)) if names}
        if names
        else {}
    )
    if kind == "empirical":
        given_fields = {"values": data.draw(st.lists(number, min_size=1, max_size=5))}
    try:
        made = KINDS[kind](**given_fields)
    except qc.ChainError:
        return
    mean, scv = moments(made, "hour")
    assert math.isfinite(mean)
    assert math.isfinite(scv)
    assert mean >= 0
    assert scv >= 0
