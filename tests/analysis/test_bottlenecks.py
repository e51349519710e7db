"""Capacity: utilization, limits, ties and the order in which departments bind."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc


def station(rate: float = 0.5, **department: object) -> qc.Chain:
    """One department whose output is tested and reworked: 20 % bad, three quarters of them found."""
    return qc.Chain(
        "Station",
        suppliers=[qc.Supplier("Stock", rate=rate)],
        departments=[qc.Department("Make", **{"cycle_time": 1, **department})],  # type: ignore[arg-type]
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75)),
        ],
    )


def test_rework_counts_in_utilization_and_limits() -> None:
    """By hand: 20/17 passes a unit, so utilization 10/17 at half a unit an hour, and at most 17/20 starts an hour."""
    b = qc.bottlenecks(station())
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(10 / 17)
    assert b.max_starts == pytest.approx(17 / 20)
    assert b.tied == ("Make",)


def test_servers_and_availability_share_the_load() -> None:
    b = qc.bottlenecks(station(servers=3, availability=0.8))
    assert b.capacity.loc["Make", "time_per_unit"] == pytest.approx(1.25)
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(10 / 17 * 1.25 / 3)


def test_the_limit_is_where_utilization_becomes_one() -> None:
    limit = qc.bottlenecks(station()).max_starts
    assert qc.bottlenecks(station(rate=limit)).capacity.loc["Make", "utilization"] == pytest.approx(1)


def test_an_overloaded_department_is_named_with_demand_capacity_and_shortfall() -> None:
    b = qc.bottlenecks(station(rate=1))
    with pytest.raises(qc.UnstableQueueError, match=r"'Make': demand 1\.176 .* capacity 1, short by 0\.1765"):
        b.raise_if_unstable()
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(20 / 17)
    qc.bottlenecks(station()).raise_if_unstable()


def test_equal_limits_are_one_bottleneck_and_the_next_comes_after() -> None:
    chain = qc.what_if(line(0.0, 0.0, 0.0, 0.0), {"D3": {"cycle_time": 0.2}})
    b = qc.bottlenecks(chain)
    assert b.tied == ("D1", "D2")
    assert b.sequence["departments"].tolist() == ["D1, D2", "D3"]
    assert b.sequence["factor"].tolist() == [pytest.approx(2.5), math.inf]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"cycle_time": 1.9}, "too much demand"),
        ({"cycle_time": 0.9, "availability": 0.5}, "inability to serve: breakdowns and absence"),
        ({"cycle_time": 1.55}, "inability to serve: rework and repeated requests"),
        ({"cycle_time": 0.1}, ""),
    ],
)
def test_the_cause_is_the_largest_term_of_the_load(fields: dict[str, float], cause: str) -> None:
    assert qc.bottlenecks(station(**fields)).capacity.loc["Make", "cause"] == cause


def test_departments_without_times_are_said_not_to_limit() -> None:
    chain = qc.what_if(line(0.1, 0.2, 0.1), {"D2": {"cycle_time": None}})
    b = qc.bottlenecks(chain)
    assert math.isnan(b.capacity.loc["D2", "utilization"])
    assert b.missing["capacity/D2/utilization"] == "no cycle_time is given"
    assert any("D2" in a for a in b.assumptions)
    none = qc.bottlenecks(qc.what_if(chain, {"D1": {"cycle_time": None}}))
    assert none.tied == ()
    assert "No department limits" in none.summary()


def test_scaling_the_starts_scales_utilization_but_not_the_limit() -> None:
    for seed in range(5):
        data = as_floats(random_chain(random.Random(seed)))
        for department in data["departments"]:
            department["cycle_time"] = 0.3
        chain = quietly(data | {"name": "random"})
        rates = {s.name: {"rate": qc.Scale(3)} for s in chain.suppliers if s.rate}
        if not rates:
            continue
        one, three = qc.bottlenecks(chain), qc.bottlenecks(quietly(qc.what_if(chain, rates).to_dict()))
        assert three.max_starts == pytest.approx(one.max_starts)
        np.testing.assert_allclose(three.capacity["utilization"], 3 * one.capacity["utilization"])


def test_a_target_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        qc.bottlenecks(station(), target=1.2)
