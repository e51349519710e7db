from __future__ import annotations

import math
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.transforms.least_time import least_times


def least(*handoffs: qc.Handoff, cycle: dict[str, Any] | None = None) -> list[float]:
    """Least times of conforming and of nonconforming units at K."""
    names = {h.supplier for h in handoffs} | {h.customer for h in handoffs}
    departments = cycle or {"D": 0}
    outside = sorted(names - {"S", "K"} - set(departments))
    compiled = compile_chain(
        qc.Chain(
            "Least",
            suppliers=[qc.Supplier("S", rate=0.01), *map(qc.Supplier, outside)],
            departments=[qc.Department(n, cycle_time=t) for n, t in departments.items()],
            customers=[qc.Customer("K")],
            handoffs=handoffs,
        )
    )
    found: list[float] = least_times(Scenarios(compiled.network), timing_of(compiled, compiled.solve()))[0].tolist()
    return found


IN = qc.Handoff("S", "D", defect_rate=0, lead_time=1)
OUT = qc.Handoff("D", "K", defect_rate=0.1, lead_time=2)


def test_a_line_takes_at_least_its_least_steps() -> None:
    steps = {"D": qc.Uniform(low=0.5, high=3)}
    assert least(IN, OUT, cycle=steps) == [3.5, 3.5]
    assert least(IN, OUT, cycle={"D": qc.Exponential(4)}) == [3.0, 3.0]


def test_the_slowest_of_the_inputs_that_are_needed_counts() -> None:
    parts = [
        qc.Handoff("P", "D", item=f"part {time}", per_unit=uses, defect_rate=0.1, lead_time=time)
        for time, uses in ((4, 1), (5, 2.5), (7, 0.9))
    ]
    assert least(IN, OUT, *parts) == [8.0, 8.0]


def test_the_quickest_source_of_an_input_counts() -> None:
    sources = [
        qc.Handoff(giver, "D", item="part", per_unit=1, share=0.5, defect_rate=0.1, lead_time=time)
        for giver, time in (("near", 2), ("far", 6))
    ]
    assert least(IN, OUT, *sources) == [5.0, 5.0]


def test_conforming_units_may_need_a_way_round() -> None:
    mend = qc.Inspection(0.5, rework_to="Mend", time=0.25)
    found = least(
        IN,
        qc.Handoff("D", "K", defect_rate=0, lead_time=2),
        qc.Handoff("Mend", "K", defect_rate=0, lead_time=3),
        cycle={"D": 0, "Mend": qc.Fixed(10)},
    )
    assert found == [3.0, math.inf]
    spoilt = qc.Handoff("D", "K", defect_rate=1, lead_time=2, inspection=mend)
    found = least(IN, spoilt, qc.Handoff("Mend", "K", defect_rate=0, lead_time=3), cycle={"D": 0, "Mend": qc.Fixed(10)})
    assert found == [1 + 2 + 0.25 + 10 + 3, 1 + 2 + 0.25]


def test_rejects_of_the_giver_do_not_travel() -> None:
    mend = qc.Inspection(0.5, rework_to="Mend", time=0.25, by="supplier")
    spoilt = qc.Handoff("D", "K", defect_rate=1, lead_time=2, inspection=mend)
    found = least(IN, spoilt, qc.Handoff("Mend", "K", defect_rate=0, lead_time=3), cycle={"D": 0, "Mend": qc.Fixed(10)})
    assert found == [1 + 0.25 + 10 + 3, 1 + 0.25 + 2]


def test_a_customer_that_nothing_reaches_has_no_least_time() -> None:
    scrap = qc.Handoff("D", "K", defect_rate=1, inspection=qc.Inspection(1.0, on_reject="scrap"))
    assert least(IN, scrap) == [math.inf, math.inf]


def test_a_circle_of_needs_takes_no_longer_than_its_own_work() -> None:
    found = least(
        IN,
        OUT,
        qc.Handoff("IT", "D", per_unit=1, defect_rate=0.1),
        qc.Handoff("HR", "IT", per_unit=0.5, defect_rate=0.1),
        qc.Handoff("IT", "HR", per_unit=0.5, defect_rate=0.1),
        cycle={"D": 0, "IT": qc.Fixed(5), "HR": qc.Fixed(4)},
    )
    assert found == [pytest.approx(8.0), pytest.approx(8.0)]
