from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.records.changeable import changed_record
from qualitychain.model.rules.project_steps import Step, clashes, steps_of

HANDOFF = qc.Handoff("A", "B", defect_rate=0.1, inspection=qc.Inspection(0.5))


def steps(number: int, **fields: Any) -> list[Step]:
    project = qc.Project("P", cost=1, changes={"A -> B": fields})
    kept = project.changes["A -> B"]
    return list(steps_of(number, "A -> B", kept, HANDOFF, changed_record(HANDOFF, kept)))


def said(*several: dict[str, Any], tied: bool = False) -> list[str]:
    projects = [qc.Project(f"P{i}", cost=1, changes={"A -> B": fields}) for i, fields in enumerate(several)]
    found = {i: steps(i, **fields) for i, fields in enumerate(several)}
    faults = clashes(found, lambda _a, _b: False, lambda p: {0} if tied and p else (), projects, range(9))
    return [f.message for f in faults]


def test_a_change_inside_a_nested_record_is_a_step_for_each_field() -> None:
    made = steps(3, inspection={"detect": "x1.5", "fix": 0.5}, lead_time="2 h")
    assert [(s.path, s.sets) for s in made] == [
        (("inspection", "detect"), False),
        (("inspection", "fix"), True),
        (("lead_time",), True),
    ]
    assert {s.project for s in made} == {3}


def test_a_nested_record_where_there_is_none_is_one_step_with_what_it_makes() -> None:
    [step] = steps(0, sla={"lead_time": 2})
    assert (step.path, step.value) == (("sla",), qc.Sla(lead_time=2))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"lead_time": "x2"}, {"lead_time": "x3"}),
        ({"lead_time": "x2"}, {"lead_time": 5}),
        ({"defect_rate": "x0.5"}, {"sample": {"n": 9, "defects": 1}}),
        ({"inspection": {"detect": 0.9}}, {"inspection": {"fix": 0.9}}),
        ({"inspection": qc.Inspection(0.5)}, {"inspection": {"detect": "x1.5"}}),
    ],
)
def test_scales_and_different_fields_go_together(one: Any, two: Any) -> None:
    assert said(one, two) == said(two, one) == []


@pytest.mark.parametrize(
    ("one", "two", "words"),
    [
        ({"lead_time": 2}, {"lead_time": 3}, "both set lead_time of 'A -> B'; give them one group"),
        ({"defect_rate": 0.2}, {"dpu": 0.3}, "both set the defect rate of 'A -> B'"),
        ({"inspection": None}, {"inspection": {"fix": 0.3}}, "both set inspection.fix of 'A -> B'"),
        ({"inspection": None}, {"inspection": {"detect": "x0.3"}}, "inspection.detect of 'A -> B', which one of"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_in_either_order(one: Any, two: Any, words: str) -> None:
    for pair in ((one, two), (two, one)):
        [message] = said(*pair)
        assert message.startswith("projects 'P0' and 'P1' both ")
        assert words in message


def test_a_group_is_no_remedy_where_one_requires_the_other() -> None:
    [message] = said({"lead_time": 2}, {"lead_time": 3}, tied=True)
    assert message.endswith("one requires the other, so let one of them scale it, or make them one project")


def test_of_many_that_set_one_field_each_is_told_once() -> None:
    assert len(said(*[{"lead_time": i} for i in range(1, 7)])) == 5
