"""Time of every step and its covariance with the total, against formulas by hand and the moments of the whole."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from support.chains import quietly
from support.random_chains import as_floats, random_chain
from support.timed_chains import with_times

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.moments.flow_moments import lead_time_moments
from qualitychain.engine.moments.lateness import (
    INPUTS,
    INSPECTION,
    TRANSPORT,
    WAITING,
    WORK,
    TimeBySteps,
    time_by_steps,
)
from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing


def timed(chain: qc.Chain) -> tuple[Compiled, Scenarios, Timing]:
    compiled = compile_chain(chain)
    return compiled, Scenarios(compiled.network), timing_of(compiled, compiled.solve())


def apart(chain: qc.Chain) -> tuple[Compiled, TimeBySteps]:
    compiled, scenarios, timing = timed(chain)
    return compiled, time_by_steps(scenarios, timing)


def rework_loop(**inspection: Any) -> qc.Chain:
    """Make is done again with probability 3 / 20; before it waits, works, is looked at and carried."""
    return qc.Chain(
        "Rework",
        suppliers=[qc.Supplier("S", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1), qc.Department("Test", cycle_time=0)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff(
                "Make",
                "Test",
                defect_rate=0.2,
                lead_time={"exponential": 2.0},
                inspection=qc.Inspection(0.75, time={"uniform": {"low": 0.0, "high": 1.0}}, **inspection),
            ),
            qc.Handoff("Test", "K", defect_rate=0, lead_time=3),
        ],
    )


@pytest.mark.parametrize("by", ["customer", "supplier"])
def test_every_step_of_a_rework_loop_has_its_formula(by: str) -> None:
    """N passes: E[T_c T] - E[T_c] E[T] = E[N] Var(c) + Var(N) E[c] E[pass], and fixed times covary with nothing."""
    compiled, found = apart(rework_loop(by=by))
    again = 0.15
    passes, spread = 1 / (1 - again), again / (1 - again) ** 2
    load = 0.5 * passes
    wait = load / (1 - load)
    wait_variance = load * 2 / (1 - load) ** 2 - wait**2
    make, test = compiled.nodes.index("Make"), compiled.nodes.index("Test")
    carried = passes if by == "customer" else 1.0
    every_pass = wait + 1 + 0.5 + (2.0 if by == "customer" else 0.0)
    last = 3.0 + (0.0 if by == "customer" else 2.0)
    total = passes * every_pass + last
    variance_carried = 4 * carried + (spread * 2 * every_pass if by == "customer" else 0.0)
    for mean, product, expected, covariance in (
        (found.nodes[WAITING, make], found.nodes_by_total[WAITING, make], wait, wait_variance),
        (found.nodes[WORK, make], found.nodes_by_total[WORK, make], 1.0, 1.0),
        (found.handoffs[INSPECTION, 1], found.handoffs_by_total[INSPECTION, 1], 0.5, 1 / 12),
    ):
        assert mean[0] == pytest.approx(passes * expected, rel=1e-12)
        expected_covariance = passes * covariance + spread * expected * every_pass
        assert product[0] - mean[0] * total == pytest.approx(expected_covariance, rel=1e-10)
    assert found.handoffs[TRANSPORT, 1, 0] == pytest.approx(2 * carried, rel=1e-12)
    assert found.handoffs_by_total[TRANSPORT, 1, 0] - 2 * carried * total == pytest.approx(variance_carried, rel=1e-10)
    assert found.handoffs_by_total[TRANSPORT, 2, 0] == pytest.approx(3 * total, rel=1e-12)
    assert found.nodes[:, test].sum() == 0
    assert found.nodes[INPUTS].sum() == 0
    assert found.delivered[0] == pytest.approx(1)


def test_an_input_that_takes_time_and_spoils_counts_where_it_is_waited_for() -> None:
    """Help on 30 % of units takes Exp(5); who had help is bad with 20 %, so bad units have waited."""
    chain = qc.Chain(
        "Helper",
        suppliers=[qc.Supplier("S", rate=0.001), qc.Supplier("Help")],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("Good"), qc.Customer("Bad")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "Good", share=0.5, defect_rate=0, lead_time=1.0),
            qc.Handoff("D", "Bad", share=0.5, defect_rate=0, inspection=qc.Inspection(1.0, on_reject="scrap")),
            qc.Handoff("Help", "D", per_unit=0.3, defect_rate=0.2, lead_time={"exponential": 5.0}),
        ],
    )
    compiled, found = apart(chain)
    inputs, by_total = (
        found.nodes[INPUTS, compiled.nodes.index("D")],
        found.nodes_by_total[INPUTS, compiled.nodes.index("D")],
    )
    assert inputs / found.delivered == pytest.approx([1.5, 0.3 * 0.8 * 5 / 0.94], rel=1e-12)
    assert by_total / found.delivered == pytest.approx([0.3 * 50 + 1.5, 0.3 * 0.8 * 50 / 0.94], rel=1e-12)


@pytest.mark.parametrize("options", [{}, {"common_causes": True}], ids=["plain", "common causes"])
def test_the_steps_add_up_to_the_moments_of_the_whole(options: dict[str, Any]) -> None:
    compared = 0
    for seed in range(20):
        rng = random.Random(seed)
        chain = quietly(with_times(as_floats(random_chain(rng, **options)), rng) | {"name": "chain"})
        compiled, scenarios, timing = timed(chain)
        if len(several_at_once(compiled.network, timing)) or timing.stations.overloaded.any():
            continue
        found, whole = time_by_steps(scenarios, timing), lead_time_moments(scenarios, timing).delivered.sum(axis=1)
        assert found.delivered == pytest.approx(whole[:, 0], rel=1e-12)
        assert (found.nodes.sum((0, 1)) + found.handoffs.sum((0, 1))) == pytest.approx(whole[:, 1], rel=1e-11)
        squares = found.nodes_by_total.sum((0, 1)) + found.handoffs_by_total.sum((0, 1))
        assert squares == pytest.approx(whole[:, 2], rel=1e-11)
        assert np.all(found.nodes >= 0)
        compared += 1
    assert compared >= 3


def test_several_inputs_at_once_need_their_moments() -> None:
    chain = qc.Chain(
        "Kit",
        suppliers=[qc.Supplier("S", rate=0.1), qc.Supplier("T")],
        departments=[qc.Department("D", cycle_time=1)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0),
            qc.Handoff("T", "D", per_unit=2, defect_rate=0, lead_time={"exponential": 1.0}),
        ],
    )
    with pytest.raises(ValueError, match="several inputs at once"):
        apart(chain)
