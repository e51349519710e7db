"""What is worked out unasked."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import qualitychain as qc
from qualitychain.reporting.compute.budget import (
    TimeParts,
    causes_affordable,
    choice_cost,
    delayed_handoffs,
    sla_adequacy_affordable,
    slopes_affordable,
    time_parts,
)


def line(count: int, *, pulled: int = 0, causes: int = 0, promised: bool = False) -> qc.Chain:
    names = [f"Step {i}" for i in range(count)]
    sla = qc.Sla(lead_time=1) if promised else None
    asked = [
        qc.Handoff("IT", names[i % count], item=f"x{i}", per_unit=1, defect_rate=0.01,
                   common_cause="case" if i < causes else None)
        for i in range(pulled)
    ]  # fmt: skip
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department(n, cycle_time=0.1) for n in (*names, *(["IT"] if pulled else []))],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", names[0], defect_rate=0),
            *(qc.Handoff(a, b, defect_rate=1e-5, sla=sla) for a, b in pairwise(names)),
            qc.Handoff(names[-1], "K", defect_rate=0),
            *asked,
        ],
    )


def test_everything_about_a_small_chain_is_worked_out() -> None:
    assert time_parts(line(5, pulled=3, promised=True), above=3) == TimeParts(True, True, True, True, True)


def test_remedies_of_a_thousand_departments_are_left_out_and_their_lead_times_are_not() -> None:
    parts = time_parts(line(1000), above=10)
    assert parts.lead_times
    assert parts.value_stream
    assert parts.waiting
    assert not parts.remedies


def test_many_broken_promises_of_a_large_chain_are_left_out() -> None:
    assert not time_parts(line(1000, promised=True), above=0).service


def test_worlds_of_common_causes_count() -> None:
    assert time_parts(line(2, pulled=5, causes=5), above=0).lead_times
    assert time_parts(line(2, pulled=12, causes=12), above=0) == TimeParts(False, False, False, True, True)


def test_causes_and_gradients_of_a_thousand_departments_are_worked_out_and_delays_are_not() -> None:
    chain = line(1000)
    assert causes_affordable(chain)
    assert slopes_affordable(chain, 1)
    assert delayed_handoffs(chain) == 0
    assert delayed_handoffs(line(5)) >= 6


def test_worlds_of_common_causes_count_for_causes_and_gradients_too() -> None:
    chain = line(2, pulled=12, causes=12)
    assert not causes_affordable(chain)
    assert not slopes_affordable(chain, 2)


def test_a_requirement_in_time_on_a_large_chain_is_not_split_unasked() -> None:
    asked = [qc.Requirement(customer="K", measure="lead_time", at_most=1000)]
    large = dataclasses.replace(line(1000), requirements=asked)
    assert sla_adequacy_affordable(dataclasses.replace(line(5), requirements=asked))
    assert not sla_adequacy_affordable(large)
    assert sla_adequacy_affordable(line(1000))


def test_choices_that_need_lead_times_cost_twice_as_much_with_each_project() -> None:
    def cost(count: int, *, timed: bool) -> float:
        projects = [
            qc.Project(f"P{i}", cost=1, changes={f"Step {i} -> Step {i + 1}": {"defect_rate": 0}}) for i in range(count)
        ]
        return choice_cost(dataclasses.replace(line(10), projects=projects), timed=timed, frontier=False)

    assert cost(4, timed=True) == 2 * cost(3, timed=True)
    assert cost(8, timed=False) < cost(8, timed=True)
