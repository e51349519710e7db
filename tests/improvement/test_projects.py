import pickle

import pytest

import qualitychain as qc
from qualitychain.improvement.projects import programme, project_from_dict


def project(name, cost=1.0, **given):
    return qc.Project(name, cost=cost, changes={"A -> B": {"defect_rate": 0.1}}, **given)


def said(error):
    return str(error.value)


def test_a_project_keeps_its_changes_when_the_callers_mapping_changes():
    mine = {"A -> B": {"inspection": {"detect": 0.9}}}
    made = qc.Project("P", cost=1, changes=mine)
    mine["A -> B"]["inspection"]["detect"] = 0.1
    assert made.changes == {"A -> B": {"inspection": {"detect": 0.9}}}


def test_a_project_survives_pickling():
    made = project("P", group="g", requires=("Q",))
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cost": -1, "changes": {"A -> B": {"share": 1}}}, "project 'P': cost must be "),
        ({"cost": float("nan"), "changes": {"A -> B": {"share": 1}}}, "project 'P': cost must be a finite number"),
        ({"cost": 1, "changes": {}}, "project 'P': changes must map handoffs"),
        ({"cost": 1, "changes": {"A -> B": {}}}, "of 'A -> B' must map fields to values, got none"),
        ({"cost": 1, "changes": {"A -> B": {"share": 1}}, "group": 3}, "group must be a name or a list of names"),
        ({"changes": {"A -> B": {"share": 1}}}, "cost is missing"),
    ],
)
def test_a_project_that_is_none_says_why(given, words):
    with pytest.raises(qc.ChainError) as error:
        qc.Project("P", **given)
    assert words in said(error)


def test_a_text_that_begins_with_x_scales():
    made = project_from_dict(
        {"name": "P", "cost": 2, "changes": {"A -> B": {"defect_rate": "x0.55", "inspection": {"detect": "x 1.1"}}}}
    )
    assert made.changes["A -> B"] == {"defect_rate": qc.Scale(0.55), "inspection": {"detect": qc.Scale(1.1)}}


def test_a_text_in_a_text_field_is_no_scale():
    made = project_from_dict({"name": "P", "cost": 2, "changes": {"B": {"name": "x2"}}})
    assert made.changes == {"B": {"name": "x2"}}


@pytest.mark.parametrize("text", ["x-0.5", "x0.5.5", "x1e999"])
def test_a_scale_that_is_no_number_is_refused_with_its_place(text):
    with pytest.raises(qc.ChainError, match="a scale is x and a number of 0 or more") as error:
        project_from_dict({"name": "P", "cost": 2, "changes": {"A -> B": {"defect_rate": text}}})
    assert error.value.faults[0].path == ("changes", "A -> B", "defect_rate")


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
