"""Why a department is loaded: terms that add up, and a cause in words."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.vocabulary.reason import Place


def station(**department: object) -> qc.Chain:
    """One department whose output is tested and reworked: 20/17 passes a unit, half a unit started per time unit."""
    return qc.Chain(
        "Station",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[qc.Department("Make", **{"cycle_time": 1, **department})],  # type: ignore[arg-type]
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75)),
        ],
    )


def test_the_terms_of_one_station_are_those_worked_out_by_hand() -> None:
    row = qc.bottlenecks(station(servers=2, availability=0.8)).why.loc["Make"]
    assert row["demand"] == pytest.approx(math.log(0.25))
    assert row["breakdowns"] == pytest.approx(math.log(1.25))
    assert row["rework"] == pytest.approx(math.log(20 / 17))
    assert row["net_utilization"] == pytest.approx(0.25)


def test_the_terms_add_up_to_the_logarithm_of_the_utilization() -> None:
    for seed in range(8):
        rng = random.Random(seed)
        data = as_floats(random_chain(rng))
        for department in data["departments"]:
            department |= {"cycle_time": 0.1 + rng.random(), "availability": rng.choice([1, 0.9, 0.6])}
        chain = quietly(data | {"name": "random"})
        benchmark = {d.name: 0.2 for d in chain.departments[::2]}
        why = qc.bottlenecks(chain, benchmark=benchmark).why.dropna(subset=["demand"])
        total = why[["demand", "breakdowns", "rework", "slow_work"]].sum(axis=1)
        np.testing.assert_allclose(total, np.log(why["utilization"]), atol=1e-12)


@pytest.mark.parametrize(
    ("benchmark", "cause", "slow"),
    [
        (0.9, "inability to serve: slow work", math.log(1.8 / 0.9)),
        (1.8, "too much demand", 0.0),
        (1.75, "too much demand", math.log(1.8 / 1.75)),
        ("36 min", "inability to serve: slow work", math.log(3)),
    ],
)
def test_a_benchmark_tells_slow_work_from_demand(benchmark: float | str, cause: str, slow: float) -> None:
    b = qc.bottlenecks(station(cycle_time=1.8), benchmark={"Make": benchmark})
    assert b.why.loc["Make", "slow_work"] == pytest.approx(slow)
    assert b.why.loc["Make", "cause"] == b.capacity.loc["Make", "cause"] == cause


def test_work_that_comes_only_from_rejects_is_put_down_to_rework() -> None:
    chain = qc.Chain(
        "Repair shop",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Make", cycle_time=0.1), qc.Department("Mend", cycle_time=5)],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.9, rework_to="Mend")),
            qc.Handoff("Mend", "Shop", defect_rate=0),
        ],
    )
    b = qc.bottlenecks(chain)
    assert b.capacity.loc["Mend", "cause"] == "inability to serve: rework and repeated requests"
    assert math.isnan(b.why.loc["Mend", "rework"])
    assert "all its work comes from rejects" in b.missing[Place("why", "Mend", "demand")]


def test_without_breakdowns_and_rework_demand_is_all_there_is() -> None:
    why = qc.bottlenecks(line(0.1, 0.1)).why.loc["D1"]
    assert (why["breakdowns"], why["rework"]) == (0, 0)
    assert why["demand"] == pytest.approx(math.log(0.5))
    assert math.isnan(why["slow_work"])


@pytest.mark.parametrize(
    ("benchmark", "message"),
    [
        ({"Mak": 1}, "'Mak' is not a department of the chain; did you mean 'Make'"),
        ({"Make": 0}, "must be a time above 0"),
        ({"Make": -1}, "must be a time above 0"),
        ({"Make": "soon"}, "must be a time above 0"),
        ({"Make": None}, "must be a time above 0"),
    ],
)
def test_a_benchmark_that_cannot_be_is_refused(benchmark: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        qc.bottlenecks(station(), benchmark=benchmark)


def test_what_has_no_load_says_why() -> None:
    b = qc.bottlenecks(qc.what_if(line(0.1, 0.2, 0.1), {"D1": {"cycle_time": None}, "D2": {"cycle_time": 0}}))
    assert b.missing[Place("why", "D1", "demand")] == "no cycle_time is given"
    assert b.missing[Place("why", "D2", "demand")] == "its work takes no time"
    assert b.why["cause"].tolist() == ["", ""]
