from __future__ import annotations

from typing import Any

from support.work import counted

import qualitychain as qc
from qualitychain.model.rules.programme import Ties, ties


def project(name: str, **given: Any) -> qc.Project:
    return qc.Project(name, cost=1, changes={"A -> B": {"defect_rate": "x0.5"}}, **given)


def tied(*projects: qc.Project, **given: Any) -> Ties:
    return ties(list(enumerate(projects)), **given)


def messages(*projects: qc.Project) -> list[str]:
    return [f.message for f in tied(*projects).faults]


def test_every_fault_between_projects_is_told_at_once_with_its_place() -> None:
    found = tied(
        project("P"),
        project("P"),
        project("Q", requires=["P", "R", "Q"]),
        project("U", requires="V"),
        project("V", requires="U"),
        project("W", group="g"),
        project("X", group="g", requires="W"),
    )
    assert [(f.code, f.path) for f in found.faults] == [
        ("QC035", ("projects", 1, "name")),
        ("QC035", ("projects", 2, "requires", 1)),
        ("QC035", ("projects", 2, "requires", 2)),
        ("QC035", ("projects", 3, "requires")),
        ("QC035", ("projects", 6, "requires")),
    ]


def test_each_circle_is_told_once_and_those_behind_it_are_not() -> None:
    said = messages(
        project("FailureCauses", requires="A"),
        project("A", requires="B"),
        project("B", requires="A"),
        project("C", requires=["D", "A"]),
        project("D", requires="C"),
    )
    assert said == [
        "projects require each other in a circle: 'A' -> 'B' -> 'A'; make them one project, or break the circle",
        "projects require each other in a circle: 'C' -> 'D' -> 'C'; make them one project, or break the circle",
    ]


def test_a_long_circle_is_told_in_short() -> None:
    many = [project(f"P{i}", requires=f"P{(i + 1) % 50}") for i in range(50)]
    assert messages(*many)[0].count("->") == 8


def test_only_the_first_project_that_can_never_be_chosen_is_told() -> None:
    said = messages(project("A", group="g"), project("B", group=["g", "h"], requires="A"), project("C", requires="B"))
    assert said == [
        "project 'B' can never be chosen: it needs 'A' and 'B' together, which share the group 'g'",
    ]


def test_what_requires_a_project_that_could_not_be_read_is_neither_wrong_nor_ordered() -> None:
    found = tied(project("A", requires="Lost"), project("B", requires="A"), project("C"), lost=frozenset({"Lost"}))
    assert found.faults == ()
    assert found.order == (2,)
    assert tied(project("A", requires="Any"), lost=None).faults == ()
    assert len(tied(project("A", requires="Other"), lost=frozenset({"Lost"})).faults) == 1


def test_projects_are_apart_when_what_they_require_shares_a_group() -> None:
    found = tied(
        project("A", group="g"), project("B", group="g"), project("C", requires="B"), project("D", requires="A")
    )
    assert found.apart(0, 1)
    assert found.apart(0, 2)
    assert found.apart(2, 3)
    assert not found.apart(1, 2)


def test_a_thousand_projects_in_a_row_are_followed_with_little_work() -> None:
    many = [project(f"P{i}", requires=[f"P{i - 1}"] if i else (), group=f"g{i}") for i in range(1000)]
    with counted() as work:
        assert tied(*reversed(many)).order[-1] == 0
    assert work.calls < 5_000_000  # each looks at all that it needs


def test_more_than_a_thousand_projects_are_refused() -> None:
    assert messages(*[project(f"P{i}") for i in range(1001)]) == [
        "projects: there are 1,001, more than 1,000; leave out what is not a choice"
    ]
