from __future__ import annotations

from typing import Any

import pytest
from support.chains import line
from support.work import counted

import qualitychain as qc

CHAIN: dict[str, Any] = {
    "name": "C",
    "suppliers": [{"name": "S"}],
    "departments": [{"name": "D", "servers": 2, "cycle_time": 1}],
    "customers": [{"name": "K"}],
    "handoffs": [
        {"supplier": "S", "customer": "D", "sample": {"n": 100, "defects": 10}},
        {"supplier": "D", "customer": "K", "defect_rate": 0.2, "inspection": {"detect": 0.8, "on_reject": "scrap"}},
    ],
}


def project(name: str, target: str = "S -> D", /, *, group: Any = (), requires: Any = (), **fields: Any) -> Any:
    return {"name": name, "cost": 1, "changes": {target: fields}, "group": group, "requires": requires}


def faults(*projects: Any, **changed: Any) -> list[tuple[str, tuple[Any, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict({**CHAIN, **changed, "projects": list(projects)})
    return [(f.code, f.path, f.message) for f in caught.value.faults]


def loads(*projects: Any, **changed: Any) -> qc.Chain:
    return qc.Chain.from_dict({**CHAIN, **changed, "projects": list(projects)})


@pytest.mark.parametrize(
    ("made", "code", "path", "words"),
    [
        (project("P", "S -> E", share=1), "QC021", ("S -> E",), "did you mean 'S -> D'"),
        (project("P", "Z", share=1), "QC021", ("Z",), "'Z' is not a node or handoff"),
        (project("P", defect_rat=0.1), "QC015", ("S -> D", "defect_rat"), "did you mean 'defect_rate'"),
        (project("P", "D -> K", inspection={"detekt": 1}), "QC015", ("D -> K", "inspection", "detekt"), "'detect'"),
        (project("P", defect_rate=1.1), "QC012", ("S -> D", "defect_rate"), "must be between 0 and 1, got 1.1"),
        (project("P", defect_rate="x11"), "QC012", ("S -> D", "defect_rate"), "must be between 0 and 1"),
        (project("P", defect_rate="0.5"), "QC013", ("S -> D", "defect_rate"), "write 0.5 without quotes"),
        (project("P", note="x", item="x0"), None, None, None),
        (project("P", share="x0.5"), "QC010", ("S -> D", "share"), "share is nothing, not a number that can be scaled"),
        (project("P", inspection={"detect": "x0.5"}), "QC010", ("S -> D", "inspection", "detect"), "must be a number"),
        (project("P", "D", servers=0), "QC012", ("D", "servers"), "at least 1"),
        (project("P", "D", cycle_time="2 parsecs"), "QC014", ("D", "cycle_time"), "project 'P': department 'D'"),
        (project("P", "D", cycle_time={"gamma": {"mean": -1}}), "QC012", ("D", "cycle_time", "gamma", "mean"), "mean"),
        (project("P", sample={"defects": "x20"}), "QC012", ("S -> D", "sample", "defects"), "at most n = 100"),
        (project("P", defect_rate=None, sample=None), "QC025", ("S -> D",), "leaves its defect rate unknown"),
        (project("P", "D -> K", customer="L"), "QC021", ("D -> K", "customer"), "customer 'L' is not a node"),
        (project("P", "D -> K", inspection={"rework_to": "E"}), "QC021", ("D -> K", "inspection", "rework_to"), "'E'"),
        (project("P", "K", nps={"satisfied": 1}), "QC016", ("K", "nps"), "dissatisfied is missing"),
    ],
)  # fmt: skip
def test_a_change_that_does_not_fit_names_project_place_and_remedy(made: Any, code: Any, path: Any, words: Any) -> None:
    if code is None:
        assert loads(made).projects[0].name == "P"
        return
    found = faults(project("Good", "D", servers=3), made)
    assert (code, ("projects", 1, "changes", *path)) in [f[:2] for f in found]
    assert all("'P'" in message for *_, message in found)
    assert words in "".join(message for *_, message in found)


def test_everything_wrong_with_projects_and_chain_is_told_at_once() -> None:
    found = faults(
        {"name": "Broken", "cost": -1, "changes": {"D": {"servers": 1}}},
        project("P", "Z", share=1),
        project("Q", defect_rate=2, requires="Nobody"),
        project("R", share="x2", requires="Broken"),
        project("Q", "D", servers=1.5),
        budget=-1,
        requirements=[{"customer": "Kay", "measure": "dpmo", "at_most": 1}],
    )
    assert [(code, path) for code, path, _ in found] == [
        ("QC012", ("projects", 0, "cost")),
        ("QC012", ("budget",)),
        ("QC033", ("requirements", 0, "customer")),
        ("QC035", ("projects", 4, "name")),
        ("QC035", ("projects", 2, "requires", 0)),
        ("QC021", ("projects", 1, "changes", "Z")),
        ("QC012", ("projects", 2, "changes", "S -> D", "defect_rate")),
        ("QC010", ("projects", 4, "changes", "D", "servers")),
    ]


def test_a_project_is_judged_after_what_it_requires() -> None:
    brings = project("Bring", inspection={"detect": 0.5})
    better = project("Better", inspection={"detect": "x1.5"}, requires="Bring")
    best = project("Best", inspection={"detect": "x1.5"}, requires="Better")
    assert len(loads(better, brings).projects) == 2
    [(_, path, message)] = faults(best, better, brings)
    assert path == ("projects", 0, "changes", "S -> D", "inspection", "detect")
    assert "got 1.125" in message


def test_a_fault_of_a_project_is_not_told_again_of_those_that_require_it() -> None:
    found = faults(
        project("Bring", inspection={"detect": 5}), project("Better", inspection={"detect": "x2"}, requires="Bring")
    )
    assert [path[1] for _, path, _ in found] == [0]


def test_what_could_not_be_read_is_not_called_unknown() -> None:
    found = faults(
        project("P", "D", servers=3), project("Q", "D -> K", customer="D"), departments=[{"name": "D", "servers": -1}]
    )
    assert [path for _, path, _ in found] == [("departments", 0, "servers")]
    handoffs = [CHAIN["handoffs"][0], {**CHAIN["handoffs"][1], "defect_rate": 3}]
    assert [p for _, p, _ in faults(project("P", "D -> K", share=1), handoffs=handoffs)] == [
        ("handoffs", 1, "defect_rate")
    ]


def test_a_handoff_may_be_led_to_a_node_that_another_project_renames() -> None:
    rename = project("Rename", "D", name="Make")
    rework = {"detect": 0.5, "on_reject": "rework"}
    for back in ("D", "Make"):
        assert loads(
            rename, project("Back", "D -> K", inspection={**rework, "rework_to": back}, requires="Rename")
        ).projects


def test_two_projects_that_set_one_field_need_a_group() -> None:
    one, two = project("P", defect_rate=0.01), project("Q", dpu=0.02)
    [(code, path, message)] = faults(one, two)
    assert (code, path) == ("QC035", ("projects", 1, "changes"))
    assert "projects 'P' and 'Q' both set the defect rate of 'S -> D'" in message
    assert "give them one group" in message
    assert loads({**one, "group": "g"}, {**two, "group": ["f", "g"]}).projects
    # also through what they require
    other = project("R", "D", note="r", group="g")
    assert loads({**one, "group": "g"}, other, {**two, "requires": "R"}).projects


def test_a_set_rate_and_a_set_sample_may_be_scaled_by_another_project() -> None:
    halve = project("Halve", defect_rate="x0.5")
    for states in ({"defect_rate": 0.1}, {"sample": {"defects": 4}}, {"sample": {"n": 50, "defects": 4}}, {"dpu": 0.1}):
        assert len(loads(halve, project("P", **states)).projects) == 2


@pytest.mark.parametrize(("projects", "budget"), [([], 5), ([project("P", defect_rate=0.01)], None), ([], None)])
def test_projects_and_budget_may_stand_without_each_other(projects: list[Any], budget: Any) -> None:
    chain = loads(*projects, budget=budget)
    assert (len(chain.projects), chain.budget) == (len(projects), budget)
    assert qc.Chain.from_dict(chain.to_dict()) == chain
    assert ("projects" in chain.to_dict()) == bool(projects)


def test_a_chain_refuses_what_is_no_list_of_projects() -> None:
    with pytest.raises(qc.ChainError, match="projects must be a list"):
        qc.Chain.from_dict({**CHAIN, "projects": {"P": 1}})
    with pytest.raises(qc.ChainError, match="must be a mapping with the fields of Project"):
        qc.Chain.from_dict({**CHAIN, "projects": ["P"]})


def test_very_many_wrong_changes_of_a_large_chain_are_told_with_little_work() -> None:
    chain = line(*[0.01] * 2000).to_dict()
    wrong = {"name": "P", "cost": 1, "changes": {f"D{i} -> D{i}": {"defect_rate": 0.1} for i in range(3000)}}
    with counted() as work, pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict({**chain, "projects": [wrong]})
    assert len(caught.value.faults) == 3000
    assert work.calls < 20_000_000
