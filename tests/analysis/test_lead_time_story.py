"""The joint distribution of lead time and conformity against units of the same story, drawn by other code."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import numpy as np
import pytest
from support.chains import quietly
from support.random_chains import as_floats, random_chain
from support.timed_agreement import disagreements, lasting_disagreements, waits_of
from support.timed_chains import with_times
from support.timed_examples import EXAMPLES, assembly, atoms, atoms_in_a_queue, circle, network, slow_helper
from support.timed_story import tell_units

import qualitychain as qc


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__)
def test_hand_made_chains_agree_with_units_told_in_time(example: Callable[[], qc.Chain]):
    result = disagreements(example(), 200_000, 1)
    assert not result.found, "\n".join(result.found)
    assert result.compared >= 50


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__)
def test_hand_made_chains_agree_with_a_million_units(example: Callable[[], qc.Chain]):
    result = disagreements(example(), 1_000_000, 2)
    assert not result.found, "\n".join(result.found)


def _random(seed: int, rate: float = 0.05) -> qc.Chain:
    cycles = ("none", "none", "none", "linear", "branching")[seed % 5]
    data = as_floats(random_chain(random.Random(seed), cycles=cycles))
    return quietly(with_times(data, random.Random(seed), rate=rate) | {"name": "random"})


@pytest.mark.parametrize("seed", [1, 7, 8, 29])
def test_some_random_chains_agree_with_units_told_in_time(seed: int):
    found = lasting_disagreements(_random(seed), 30_000, seed, overloaded="report")
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(100))
def test_random_chains_agree_with_units_told_in_time(seed: int):
    found = lasting_disagreements(_random(seed), 100_000, seed, overloaded="report")
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(200, 240))
def test_heavily_loaded_random_chains_agree_with_units_told_in_time(seed: int):
    busiest = qc.lead_times(_random(seed, 1e-4), overloaded="report").departments["utilization"].max()
    found = lasting_disagreements(_random(seed, 1e-4 * 0.85 / busiest if busiest > 0 else 0.05), 100_000, seed)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("example", [assembly, network, atoms_in_a_queue], ids=lambda e: e.__name__)
def test_rigorous_bounds_hold_the_told_units(example: Callable[[], qc.Chain]):
    chain = example()
    times = qc.lead_times(chain, rigorous=True)
    told = tell_units(chain, waits_of(times), 200_000, 3)
    for customer in chain.customers:
        distribution, time = times[customer.name], told.lead_time[told.of(customer.name)]
        points = np.quantile(time, np.linspace(0.01, 0.99, 33))
        lower, upper = distribution.bracket(points)
        assert (lower <= distribution.cdf(points) + 1e-4).all()
        assert (distribution.cdf(points) <= upper + 1e-4).all()
        share = np.searchsorted(np.sort(time), points * (1 + 1e-9), side="right") / time.size
        chance = 4 * np.sqrt(share * (1 - share) / time.size)
        assert (lower <= share + chance).all()
        assert (share - chance <= upper).all()


def test_a_slow_helper_who_also_spoils_has_the_written_out_joint_law():
    distribution = qc.lead_times(slow_helper())["K"]
    for t in (0.5, 3.0, 10.0):
        alone = 1 - math.exp(-t)
        helped = 1 - (math.exp(-0.2 * t) - 0.2 * math.exp(-t)) / 0.8
        conforming = 0.99 * (0.7 * alone + 0.3 * 0.8 * helped)
        bad = 0.007 * alone + 0.3 * (1 - 0.8 * 0.99) * helped
        assert distribution.distribution(conforming=True).cdf(t) * distribution.conforming == pytest.approx(
            conforming, abs=1e-4
        )
        assert distribution.distribution(conforming=False).cdf(t) == pytest.approx(bad / 0.0694, abs=1e-4 / 0.0694)
    assert distribution.satisfied == pytest.approx(0.73606, abs=1e-4)
    assert distribution.mean == pytest.approx(2.5, abs=1e-5)
    assert distribution.sd**2 == pytest.approx(1 + 0.3 * 50 - 1.5**2, abs=1e-4)


def test_only_fixed_and_measured_times_give_exact_atoms():
    """Every course of the first rounds is written out: help or none, the way, found bad or not."""
    distribution = qc.lead_times(atoms())["K"]
    good, bad = _courses(rounds=6)
    for t in (2.5, 3.5, 4.5, 5.0, 5.5, 6.0, 7.5, 8.0, 9.0, 10.5):
        for at, until in ((t, t + 1e-6), (t - 1e-4, t - 1e-4)):
            g = sum(p for time, p in good.items() if time <= until)
            b = sum(p for time, p in bad.items() if time <= until)
            assert distribution.cdf(at) == pytest.approx(g + b, abs=2e-6), at
            assert distribution.distribution(conforming=True).cdf(at) * distribution.conforming == pytest.approx(
                g, abs=2e-6
            ), at
    assert distribution.least == pytest.approx(3.5)


def _courses(rounds: int) -> tuple[dict[float, float], dict[float, float]]:
    """Probability of each lead time, conforming and not, of `atoms` with at most so many rounds of rework."""
    steps: list[tuple[float, float, float]] = []
    for help_time, help_chance in ((0.0, 0.5), (2.0, 0.25), (4.0, 0.25)):
        for way, way_chance in ((1.0, 0.75), (3.0, 0.25)):
            spoilt = 0.28 if help_time else 0.2
            steps.append((help_time + 1.0 + way + 0.5, help_chance * way_chance, spoilt))
    good: dict[float, float] = {}
    bad: dict[float, float] = {}
    for count in range(1, rounds + 1):
        for course in itertools.product(steps, repeat=count):
            time = round(1.0 + sum(s[0] for s in course), 9)
            if time > 12:
                continue
            chance = math.prod(s[1] for s in course) * math.prod(0.75 * s[2] for s in course[:-1])
            last = course[-1][2]
            good[time] = good.get(time, 0.0) + chance * (1 - last)
            bad[time] = bad.get(time, 0.0) + chance * 0.25 * last
    return good, bad


def test_two_who_need_each_other_have_the_mean_of_the_linear_equations():
    times = qc.lead_times(circle())
    stay = times.departments["time_in_department"]
    people = (stay["HR"] + 0.6 * stay["IT"]) / (1 - 0.6 * 0.5) + 0.6 * 0.5 * 0.25 / (1 - 0.6 * 0.5)
    assert times["K"].mean == pytest.approx(people + stay["D"], rel=1e-5)


def test_lead_times_only_grow_when_a_transport_does():
    plain = qc.lead_times(slow_helper())["K"]
    data = slow_helper().to_dict()
    data["handoffs"][2]["lead_time"] = {"exponential": 1.0}
    slower = qc.lead_times(qc.Chain.from_dict(data))["K"]
    points = np.linspace(0, 40, 200)
    assert (slower.cdf(points) <= plain.cdf(points) + 1e-4).all()
