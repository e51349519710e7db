"""The story in time against distributions written out by hand, and the exact fractions without time."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from support.chains import quietly
from support.exact import exact_quality
from support.random_chains import as_floats, random_chain
from support.timed_chains import with_times
from support.timed_draws import time_draw
from support.timed_story import Wait, tell_timed_requests, tell_units

import qualitychain as qc

UNITS = 200_000


def _near(found: Any, expected: float) -> bool:
    """Within four standard errors of a mean of many."""
    found = np.asarray(found, dtype=float)
    return bool(abs(found.mean() - expected) <= 4 * found.std() / math.sqrt(found.size) + 1e-12)


def _chain(*handoffs: qc.Handoff, departments: dict[str, Any], suppliers: tuple[str, ...] = ("S",)) -> qc.Chain:
    return qc.Chain(
        "told",
        suppliers=[qc.Supplier(s, rate=1e-6) if s == "S" else qc.Supplier(s) for s in suppliers],
        departments=[qc.Department(n, cycle_time=t) for n, t in departments.items()],
        customers=[qc.Customer("K")],
        handoffs=list(handoffs),
    )


def test_a_slow_helper_who_also_spoils_makes_time_and_conformity_dependent():
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0.01),
        qc.Handoff("IT", "D", per_unit=0.3, defect_rate=0.2),
        departments={"D": 1.0, "IT": 5.0},
    )
    told = tell_units(chain, {}, 400_000, 1)
    alone, helped = 1 - math.exp(-3), 1 - (math.exp(-0.6) - 0.2 * math.exp(-3)) / 0.8
    conforming = 0.99 * (0.7 * alone + 0.3 * 0.8 * helped)
    bad = 0.7 * 0.01 * alone + 0.3 * (1 - 0.8 * 0.99) * helped
    assert (round(conforming, 3), round(bad / (0.007 + 0.3 * 0.208), 3)) == (0.736, 0.389)
    in_time = told.lead_time <= 3
    assert _near(told.conforming & in_time, conforming)
    assert _near(in_time[~told.conforming], bad / (0.007 + 0.3 * 0.208))
    assert _near(told.inputs[:, 0], 0.3 * 5)
    assert _near(told.stay[:, 0], 1)


def test_rework_of_an_exponential_step_gives_an_exponential_time():
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0.2, inspection=qc.Inspection(1, on_reject="rework")),
        departments={"D": 2.0},
    )
    told = tell_units(chain, {}, UNITS, 2)
    for t in (0.5, 2, 6):
        assert _near(told.lead_time <= t, 1 - math.exp(-0.8 * t / 2))
    assert _near(told.passes == 1, 0.2 * 0.8)
    assert _near(told.visits[:, 0], 1.25)
    assert told.conforming.all()


@pytest.mark.parametrize(("by", "passed"), [("supplier", 0.0), ("customer", 3.0)])
def test_what_the_giver_rejects_does_not_travel(by: str, passed: float):
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff(
            "D", "K", defect_rate=0.5, lead_time=3, inspection=qc.Inspection(1, by=by, on_reject="rework", time=0.25)
        ),
        departments={"D": qc.Fixed(1)},
    )
    told = tell_units(chain, {}, 20_000, 3)
    assert np.allclose(told.lead_time, 4.25 + told.passes * (1.25 + passed))
    unit, times = told.turnarounds["D -> K"]
    assert unit.size == (20_000 if by == "supplier" else 20_000 + told.passes.sum())
    assert np.allclose(times, 4.25 if by == "supplier" else 4)


def test_parallel_uses_take_as_long_as_the_longest():
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0),
        qc.Handoff("Part", "D", item="part", per_unit=2.5, defect_rate=0.1, lead_time=qc.Exponential(1)),
        qc.Handoff("Tool", "D", item="tool", per_unit=1, defect_rate=0.5, affects="time", lead_time=0.5),
        departments={"D": 0},
        suppliers=("S", "Part", "Tool"),
    )
    told = tell_units(chain, {}, UNITS, 4)
    assert told.lead_time.min() == 0.5
    for t in (0.5, 1, 3):
        one = 1 - math.exp(-t)
        assert _near(told.lead_time <= t, one**2 * (0.5 + 0.5 * one))
        good = 0.9 * one
        assert _near(told.conforming & (told.lead_time <= t), good**2 * (0.5 + 0.5 * good))


@pytest.mark.parametrize(("kind", "rounds"), [("rework", 1 / 0.64), ("scrap", 1 / 0.64), ("repair", 1.0)])
def test_requests_are_redone_or_replaced_until_accepted(kind: str, rounds: float):
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0),
        qc.Handoff(
            "IT",
            "D",
            name="ask",
            per_unit=1,
            defect_rate=0.4,
            lead_time=1,
            inspection=qc.Inspection(0.9, on_reject=kind, time=0.5),
        ),
        departments={"D": 0, "IT": qc.Fixed(2)},
    )
    bad, time = tell_timed_requests(chain, {}, "ask", UNITS, 5)
    assert _near(time, 3.5 * rounds)
    assert set(np.unique(time / 3.5)) <= set(range(1, 30))
    assert _near(bad, 0.04 * rounds)


def test_bad_inputs_of_an_inspector_blind_it():
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0.5),
        qc.Handoff("D", "K", defect_rate=0, inspection=qc.Inspection(1, by="supplier", on_reject="scrap")),
        qc.Handoff("IT", "D", per_unit=1, defect_rate=0.2, affects="inspection"),
        departments={"D": 1.0, "IT": 1.0},
    )
    told = tell_units(chain, {}, UNITS, 6)
    assert _near(told.customer == -1, 0.4)
    assert _near((told.customer == 0) & ~told.conforming, 0.1)


def test_waits_are_drawn_afresh_at_each_visit():
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0), departments={"D": qc.Fixed(1)}
    )
    told = tell_units(chain, {"D": Wait(0.6, 2, 0.5)}, UNITS, 7)
    assert _near(told.lead_time == 1, 0.4)
    assert _near(told.lead_time, 1 + 1.2)
    later = told.lead_time[told.lead_time > 1] - 1
    for t in (1, 4):
        assert _near(later <= t, 1 - math.exp(-t) * (1 + t))


def test_stops_stretch_the_work_as_factory_physics_says():
    department = qc.Department("D", cycle_time={"gamma": {"mean": 15, "scv": 0.05}}, availability=0.75, mttr=248)
    chain = qc.Chain(
        "stops",
        suppliers=[qc.Supplier("S", rate=1e-9)],
        departments=[department],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0)],
    )
    told = tell_units(chain, {}, UNITS, 8)
    assert _near(told.lead_time, 20)
    assert _near((told.lead_time / 20 - 1) ** 2, 6.25)


@pytest.mark.parametrize(
    "time",
    [
        qc.Fixed("90 min"),
        qc.Exponential(2),
        qc.Gamma(mean=3, scv=0.4),
        qc.Gamma(shape=2, scale="30 min"),
        qc.Lognormal(mean=3, scv=0.4),
        qc.Lognormal(mu=0.5, sigma=0.5),
        qc.Weibull(mean=3, scv=0.4),
        qc.Weibull(shape=2, scale=3),
        qc.Uniform(low=1, high=4),
        qc.Uniform(mean=3, scv=0.2),
        qc.Triangular(low=1, mode=2, high=6),
        qc.Triangular(mean=3, scv=0.1),
        qc.Empirical(["1 h", 3, 9], weights=[3, 2, 1]),
    ],
    ids=repr,
)
def test_every_kind_of_time_has_its_mean_and_spread(time: Any):
    from qualitychain.model.values.times import moments

    mean, scv = moments(time, "hour")
    drawn = time_draw(time, "hour")(np.random.default_rng(9), UNITS)
    assert _near(drawn, mean)
    assert _near((drawn / mean - 1) ** 2, scv)


@pytest.mark.parametrize("seed", range(12))
def test_units_end_where_exact_fractions_say(seed: int):
    data = random_chain(random.Random(seed), cycles="branching" if seed % 3 == 2 else "none")
    exact = exact_quality(data)
    chain = quietly(with_times(as_floats(data), random.Random(seed)) | {"name": "random"})
    told = tell_units(chain, {}, 40_000, seed, batch=15_000)
    for name, row in exact["customers"].items():
        assert _near(told.of(name) & told.conforming, float(row["conforming"]))
        assert _near(told.of(name) & ~told.conforming, float(row["nonconforming"]))
    assert _near(told.lead_time >= 0, 1)
