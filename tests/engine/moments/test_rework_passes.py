from __future__ import annotations

import numpy as np
import pytest
from support.chains import known_chain, known_chains

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.moments.rework_passes import MOST_PASSES, ReworkPasses, rework_passes
from qualitychain.engine.quality.scenario_by_scenario import Scenarios


def passes_of(chain: qc.Chain) -> ReworkPasses:
    return rework_passes(Scenarios(compile_chain(chain).network))


def loop(defect_rate: float, inspection: qc.Inspection, **departments: str) -> qc.Chain:
    return qc.Chain(
        "Loop",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("Make"), *map(qc.Department, departments.values())],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff("Make", "K", defect_rate=defect_rate, inspection=inspection),
            *(qc.Handoff(d, "Make", defect_rate=0) for d in departments.values()),
        ],
    )


def test_the_known_rework_loop_has_its_known_number_of_passes() -> None:
    (example,) = (e for e in known_chains() if e["name"] == "D2_rework_loop")
    found = passes_of(known_chain(example))
    assert found.delivered[0, 1] == pytest.approx(51 / 400, rel=1e-14)
    assert found.delivered[0, :6] == pytest.approx(0.85 * 0.15 ** np.arange(6), rel=1e-12)
    assert found.left_out < 1e-12


def test_a_chain_without_rework_has_no_pass() -> None:
    found = passes_of(loop(0.3, qc.Inspection(0.9, on_reject="scrap")))
    assert found.delivered.tolist() == [[pytest.approx(0.73)]]
    assert found.left_out == 0


def test_false_alarms_make_passes_too() -> None:
    found = passes_of(loop(0.0, qc.Inspection(0.9, false_alarm=0.25)))
    assert found.delivered[0, :4] == pytest.approx(0.75 * 0.25 ** np.arange(4), rel=1e-13)


def test_rework_elsewhere_counts_once_though_it_visits_two_departments() -> None:
    found = passes_of(loop(0.5, qc.Inspection(1.0, rework_to="Mend"), mend="Mend"))
    assert found.delivered[0, :4] == pytest.approx(0.5 ** np.arange(1, 5), rel=1e-13)


def test_units_that_stay_nonconforming_are_sent_back_more_often() -> None:
    # found with 1/2 each time it is bad: first 0.4 * 0.5, then surely bad
    found = passes_of(loop(0.4, qc.Inspection(0.5, fix=0.0)))
    assert found.delivered[0, :3] == pytest.approx([0.8, 0.1, 0.05], rel=1e-13)


def test_a_long_tail_is_cut_and_says_how_much_is_left_out() -> None:
    found = passes_of(loop(0.9999, qc.Inspection(1.0)))
    assert found.delivered.shape == (1, MOST_PASSES)
    assert found.left_out == pytest.approx(0.9999**MOST_PASSES, rel=1e-8)


def test_passes_are_mixed_over_the_worlds_of_a_common_cause() -> None:
    cause = {"item": "plan", "per_unit": 1, "defect_rate": 0.2, "common_cause": "case"}
    chain = qc.Chain(
        "Plan",
        suppliers=[qc.Supplier("S", rate=1), qc.Supplier("E")],
        departments=[qc.Department("Make")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff("Make", "K", defect_rate=0, inspection=qc.Inspection(0.5)),
            qc.Handoff("E", "Make", **cause),
        ],
    )
    # with a bad plan every pass is bad, and half of them are sent back
    found = passes_of(chain).delivered[0]
    assert found[:3] == pytest.approx([0.8 + 0.1, 0.05, 0.025], rel=1e-13)
