import pytest

import qualitychain as qc
from qualitychain.improvement.choose.options.projects import programme


def project(name, cost=1.0, **given):
    return qc.Project(name, cost=cost, changes={"A -> B": {"defect_rate": 0.1}}, **given)


def said(error):
    return str(error.value)


@pytest.mark.parametrize(
    ("projects", "words"),
    [
        ([], "there are no projects"),
        ([project("P"), project("P")], "two projects have the name 'P'"),
        ([project("Train", requires="Trian")], "requires 'Trian', which is not among the projects"),
        ([project("P", requires="P")], "project 'P' requires itself"),
        (
            [project("P", requires="Q"), project("Q", requires="R"), project("R", requires="P")],
            "in a circle: 'P' -> 'Q' -> 'R' -> 'P'",
        ),
        (
            [project("P", group="g"), project("Q", group="g", requires="P")],
            "project 'Q' can never be chosen: it needs 'P' and 'Q' together, which share the group 'g'",
        ),
        ([{"name": "P"}], r"projects[0] must be a Project"),
        (project("P"), "projects must be a list of Project"),
    ],
)
def test_projects_that_do_not_fit_together_say_why(projects, words):
    with pytest.raises(qc.ChainError) as error:
        programme(projects)
    assert words in said(error)


def test_a_misspelt_requirement_names_the_near_miss():
    with pytest.raises(qc.ChainError, match="did you mean 'Train buyers'"):
        programme([project("Train buyers"), project("P", requires="Train buyer")])


def test_what_a_project_requires_counts_through_several_steps():
    plan = programme([project("R", requires="Q"), project("Q", requires="P"), project("P")])
    assert plan.requires[0] == {1, 2}
    assert plan.order == (2, 1, 0)


def test_a_project_rivals_those_that_its_requirements_exclude():
    plan = programme([project("P", group="g"), project("Q", group="g"), project("R", requires="Q")])
    assert plan.rivals[2] == {0}
    assert not plan.allows({0, 1, 2})
    assert plan.allows({1, 2})
    assert not plan.allows({2})


def test_a_project_may_belong_to_two_groups():
    plan = programme([project("P", group=("g", "h")), project("Q", group="g"), project("R", group="h")])
    assert [sorted(r) for r in plan.rivals] == [[1, 2], [0], [0]]
