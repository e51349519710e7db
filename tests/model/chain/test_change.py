from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.values.times import moments, scaled_time

CHAIN = qc.Chain(
    "C",
    suppliers=[qc.Supplier("S", rate=2)],
    departments=[
        qc.Department("D", servers=4, cycle_time="2 h"),
        qc.Department("E", cycle_time=qc.Gamma(mean=3, scv=0.5)),
        qc.Department("IT"),
    ],
    customers=[qc.Customer("K", nps=qc.Nps(satisfied=0.5, dissatisfied=0)), qc.Customer("L")],
    handoffs=[
        qc.Handoff("S", "D", sample=qc.Sample(n=100, defects=4)),
        qc.Handoff("D", "E", share=0.5, dpo=0.01, opportunities=3),
        qc.Handoff("D", "L", share=0.5, defect_rate=0.1),
        qc.Handoff("E", "K", defect_rate=0.1, inspection=qc.Inspection(0.8, rework_to="D"), lead_time=4),
        qc.Handoff("IT", "E", item="help", per_unit=1, defect_rate=0.2),
        qc.Handoff("S", "IT", name="licence", per_unit=1, defect_rate=0.2),
    ],
    requirements=[
        qc.Requirement(customer="K", measure="dpmo", at_most=5),
        qc.Requirement(handoff="E -> K", measure="presented_defect_rate", at_most=0.5),
        qc.Requirement(department="D", measure="utilization", at_most=0.9),
    ],
)


def handoff(chain: qc.Chain, name: str) -> qc.Handoff:
    return next(h for h in chain.handoffs if h.full_name == name)


def faults(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    with pytest.raises(qc.ChainError) as caught:
        qc.what_if(CHAIN, *args, **kwargs)
    return [(f.code, f.message) for f in caught.value.faults]


@pytest.fixture(autouse=True)
def nothing_is_mutated() -> Any:
    before = copy.deepcopy(CHAIN)
    yield
    assert before == CHAIN


def test_no_change_is_an_equal_chain() -> None:
    assert qc.what_if(CHAIN) == CHAIN
    assert qc.what_if(CHAIN, {}, name="other").name == "other"


def test_fields_of_handoffs_and_nodes_are_set() -> None:
    new = qc.what_if(
        CHAIN, {"D -> L": {"defect_rate": 0.04}, "D": {"servers": 5}, "S": {"rate": 3}, "K": {"volume": 9}}
    )
    assert handoff(new, "D -> L").defect_rate == 0.04
    assert (new.departments[0].servers, new.suppliers[0].rate, new.customers[0].volume) == (5, 3, 9)


def test_values_are_scaled() -> None:
    new = qc.what_if(
        CHAIN, {"D -> L": {"defect_rate": qc.Scale(0.5)}, "D": {"servers": qc.Scale(0.5)}, "S": {"rate": qc.Scale(1.5)}}
    )
    assert handoff(new, "D -> L").defect_rate == 0.05
    assert (new.departments[0].servers, new.suppliers[0].rate) == (2, 3)
    assert type(new.departments[0].servers) is int


def test_a_rate_is_scaled_however_it_was_stated() -> None:
    new = qc.what_if(CHAIN, {"S -> D": {"defect_rate": qc.Scale(0.5)}, "D -> E": {"defect_rate": qc.Scale(2)}})
    assert (handoff(new, "S -> D").defect_rate, handoff(new, "S -> D").sample) == (0.02, None)
    assert handoff(new, "D -> E").defect_rate == pytest.approx(2 * (1 - 0.99**3), rel=1e-14)
    assert handoff(new, "D -> E").opportunities is None
    assert faults({"D -> L": {"defect_rate": qc.Scale(11)}}) == [
        ("QC012", "handoff 'D -> L': defect_rate must be between 0 and 1, got 1.1")
    ]


def test_a_new_way_to_state_the_rate_replaces_the_old() -> None:
    new = qc.what_if(
        CHAIN, {"D -> L": {"sample": {"n": 10, "defects": 1}}, "S -> D": {"dpu": 0.1}, "D -> E": {"dpo": 0.02}}
    )
    assert (handoff(new, "D -> L").sample, handoff(new, "D -> L").defect_rate) == (qc.Sample(n=10, defects=1), None)
    assert (handoff(new, "S -> D").dpu, handoff(new, "S -> D").sample) == (0.1, None)
    assert (handoff(new, "D -> E").dpo, handoff(new, "D -> E").opportunities) == (0.02, 3)
    assert handoff(qc.what_if(CHAIN, {"D -> L": {"defect_rate": None}}), "D -> L").rate_unknown
    assert faults({"D -> L": {"defect_rate": 0.1, "dpu": 0.1}})[0][0] == "QC025"


@pytest.mark.parametrize(
    ("target", "field", "shown"),
    [
        ("S -> D", "sample", "Sample(n=100, defects=4)"),
        ("D -> L", "inspection", "nothing"),
        ("D -> L", "item", "nothing"),
    ],
)
def test_what_is_no_number_is_not_scaled(target: str, field: str, shown: str) -> None:
    [(code, message)] = faults({target: {field: qc.Scale(0.5)}})
    assert code == "QC010"
    assert message.startswith(f"change of '{target}': {field} is {shown}")
    assert message.endswith("not a number that can be scaled; set it instead")


def test_times_are_scaled_whatever_way_they_are_written() -> None:
    new = qc.what_if(CHAIN, {"D": {"cycle_time": qc.Scale(0.5)}, "E": {"cycle_time": qc.Scale(2)}})
    by_name = {d.name: d.cycle_time for d in new.departments}
    assert by_name["D"] == "1 h"
    assert by_name["E"] == qc.Gamma(mean=6, scv=0.5)


def test_half_a_working_day_stays_half_a_working_day() -> None:
    office = dataclasses.replace(CHAIN, calendar=qc.Calendar(hours_per_day=8, days_per_week=5))
    days = qc.what_if(office, {"D": {"cycle_time": "1 d"}, "L": {"promise": "5 calendar days"}})
    half = qc.what_if(days, {"D": {"cycle_time": qc.Scale(0.5)}, "L": {"promise": qc.Scale(0.5)}})
    assert half.calendar == office.calendar
    assert half.departments[0].cycle_time == "0.5 d"
    assert moments(half.departments[0].cycle_time, half.clock)[0] == 4
    assert half.customers[-1].promise == "2.5 calendar days"


@pytest.mark.parametrize(
    "time",
    [
        qc.Fixed("2 h"),
        qc.Exponential(3),
        qc.Gamma(shape=2, scale=1.5),
        qc.Lognormal(mu=1, sigma=0.5),
        qc.Lognormal(mean=2, scv=1),
        qc.Weibull(shape=2, scale="1 h"),
        qc.Uniform(low=1, high=2),
        qc.Triangular(low=1, mode=2, high=4),
        qc.Empirical([1, 2, 5], weights=[1, 2, 1]),
        4.0,
        "PT36H",
    ],
    ids=str,
)
def test_a_scaled_time_has_the_scaled_mean_and_the_same_scv(time: Any) -> None:
    mean, scv = moments(time, "hour", default_scv=1.0)
    assert moments(scaled_time(time, 2.5), "hour", default_scv=1.0) == pytest.approx((2.5 * mean, scv))
    assert moments(scaled_time(time, 0), "hour")[0] == 0


def test_fields_of_nested_records_are_changed_alone() -> None:
    new = qc.what_if(
        CHAIN, {"E -> K": {"inspection": {"detect": qc.Scale(0.5), "false_alarm": 0.1}}, "K": {"nps": {"satisfied": 1}}}
    )
    inspection = handoff(new, "E -> K").inspection
    assert inspection == qc.Inspection(0.4, false_alarm=0.1, rework_to="D")
    assert new.customers[0].nps == qc.Nps(satisfied=1, dissatisfied=0)
    new = qc.what_if(CHAIN, {"E -> K": {"inspection": None}, "D -> L": {"inspection": {"detect": 0.5}}})
    assert handoff(new, "E -> K").inspection is None
    assert handoff(new, "D -> L").inspection == qc.Inspection(0.5)


def test_faults_of_nested_records_name_the_handoff() -> None:
    assert faults({"E -> K": {"inspection": {"detect": 2}}, "D -> L": {"inspection": {"detct": 1}}}) == [
        ("QC012", "handoff 'E -> K': inspection.detect must be between 0 and 1, got 2"),
        ("QC016", "handoff 'D -> L': inspection.detect is missing"),
        ("QC015", "handoff 'D -> L': inspection.detct is unknown; did you mean 'detect'?"),
    ]
    assert faults({"E -> K": {"inspection": {"detct": 1}}}) == [
        ("QC015", "change of 'E -> K': inspection: 'detct' is not a field of it; did you mean 'detect'?")
    ]


def test_wrong_names_and_fields_are_told_together_with_near_misses() -> None:
    assert faults({"D->L": {}, "D": {"server": 1, "cycletime": 2}, "E": 5}, remove=["K", "k"]) == [
        ("QC021", "change: 'D->L' is not a node or handoff of the chain; did you mean 'D -> L'?"),
        ("QC015", "change of 'D': 'server' is not a field of it; did you mean 'servers'?"),
        ("QC015", "change of 'D': 'cycletime' is not a field of it; did you mean 'cycle_time'?"),
        ("QC010", "change of 'E': must be a mapping of fields to values, got 5"),
        ("QC021", "change: 'k' is not a node or handoff of the chain; did you mean 'K'?"),
    ]


def test_a_new_node_name_is_followed_everywhere() -> None:
    new = qc.what_if(CHAIN, {"D": {"name": "Desk"}, "E": {"name": "Expert"}, "K": {"name": "Kunde"}})
    assert [h.full_name for h in new.handoffs] == [
        "S -> Desk",
        "Desk -> Expert",
        "Desk -> L",
        "Expert -> Kunde",
        "IT -> Expert: help",
        "licence",
    ]
    inspection = handoff(new, "Expert -> Kunde").inspection
    assert inspection is not None
    assert inspection.rework_to == "Desk"
    assert [r.subject for r in new.requirements] == [
        ("customer", "Kunde"),
        ("handoff", "Expert -> Kunde"),
        ("department", "Desk"),
    ]


def test_two_nodes_may_swap_names() -> None:
    new = qc.what_if(CHAIN, {"D": {"name": "E"}, "E": {"name": "D"}})
    assert [h.full_name for h in new.handoffs[:4]] == ["S -> E", "E -> D", "E -> L", "D -> K"]
    assert qc.what_if(new, {"D": {"name": "E"}, "E": {"name": "D"}}) == CHAIN


def test_a_requirement_follows_the_new_name_of_its_handoff() -> None:
    new = qc.what_if(CHAIN, {"E -> K": {"name": "delivery"}})
    assert new.requirements[1].subject == ("handoff", "delivery")


def test_a_handoff_is_re_routed() -> None:
    new = qc.what_if(CHAIN, {"E -> K": {"customer": "L"}}, remove="K")
    assert [h.full_name for h in new.handoffs if h.customer == "L"] == ["D -> L", "E -> L"]
    assert [r.subject for r in new.requirements] == [("handoff", "E -> L"), ("department", "D")]


@pytest.mark.filterwarnings("ignore:QC042")
def test_a_node_is_removed_with_its_handoffs_and_their_requirements() -> None:
    new = qc.what_if(CHAIN, {"D -> L": {"share": None}}, remove=["E", "K"])
    assert [h.full_name for h in new.handoffs] == ["S -> D", "D -> L", "licence"]
    assert [r.subject for r in new.requirements] == [("department", "D")]


def test_shares_are_never_adjusted_silently() -> None:
    assert faults(remove=["E", "K"])[0][0] == "QC023"


@pytest.mark.filterwarnings("ignore:QC042")
def test_rework_to_a_removed_node_is_an_error_that_names_it() -> None:
    chain = qc.what_if(CHAIN, {"E -> K": {"inspection": {"rework_to": "S"}}})
    with pytest.raises(qc.ChainError, match="rework_to 'S' is not a node"):
        qc.what_if(chain, remove="S", add=[qc.Supplier("T", rate=1), qc.Handoff("T", "D", defect_rate=0)])


def test_a_handoff_is_removed_alone() -> None:
    with pytest.warns(qc.ChainWarning, match="QC042 department 'IT'"):
        new = qc.what_if(CHAIN, remove=["IT -> E: help"])
    assert len(new.handoffs) == len(CHAIN.handoffs) - 1
    assert len(new.departments) == len(CHAIN.departments)


def test_nodes_and_handoffs_are_added() -> None:
    new = qc.what_if(
        CHAIN, add=[qc.Department("HR"), qc.Handoff("HR", "IT", item="staff", per_unit=0.1, defect_rate=0)]
    )
    assert [d.name for d in new.departments] == ["D", "E", "IT", "HR"]
    assert new.handoffs[-1].full_name == "HR -> IT: staff"


def test_adding_a_name_that_is_taken_is_an_error_of_the_structure() -> None:
    assert {code for code, _ in faults(add=[qc.Department("K"), qc.Handoff("D", "L", defect_rate=0)])} >= {
        "QC020",
        "QC022",
    }
    assert faults({"D": {"name": "E"}})[0][0] == "QC020"


def test_only_nodes_and_handoffs_are_added() -> None:
    assert faults(add=["HR"]) == [("QC010", "add takes suppliers, departments, customers and handoffs, got 'HR'")]


def test_a_factor_is_a_number_of_zero_or_more() -> None:
    with pytest.raises(qc.ChainError, match="factor must be 0 or more"):
        qc.Scale(-1)
