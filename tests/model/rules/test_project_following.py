from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc


def project(name: str, changes: Any, **given: Any) -> qc.Project:
    return qc.Project(name, cost=1, changes=changes, **given)


def chain(*projects: qc.Project) -> qc.Chain:
    return qc.Chain(
        "C",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("E")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "E", defect_rate=0.1, inspection=qc.Inspection(0.5)),
            qc.Handoff("E", "K", defect_rate=0.1, name="out"),
        ],
        projects=projects,
        budget=3,
    )


def names(made: qc.Chain) -> list[str]:
    return [p.name for p in made.projects]


def test_a_project_follows_renamed_nodes_and_handoffs() -> None:
    made = chain(
        project("P", {"D": {"servers": 2}, "D -> E": {"defect_rate": "x0.5"}, "out": {"share": 1}}),
        project("Q", {"D -> E": {"inspection": {"rework_to": "D"}}, "out": {"supplier": "D"}}, requires="P"),
    )
    after = qc.what_if(made, {"D": {"name": "Make"}, "out": {"name": "incoming"}})
    assert after.projects[0].changes == {
        "Make": {"servers": 2},
        "Make -> E": {"defect_rate": qc.Scale(0.5)},
        "incoming": {"share": 1},
    }
    assert after.projects[1].changes == {
        "Make -> E": {"inspection": {"rework_to": "Make"}},
        "incoming": {"supplier": "Make"},
    }
    assert after.projects[1].requires == ("P",)
    assert after.budget == 3
    assert qc.Chain.from_dict(after.to_dict()) == after


def test_two_nodes_that_swap_names_swap_their_projects() -> None:
    made = chain(project("P", {"D": {"servers": 2}}), project("Q", {"E": {"servers": 3}}))
    after = qc.what_if(made, {"D": {"name": "E"}, "E": {"name": "D"}})
    assert [dict(p.changes) for p in after.projects] == [{"E": {"servers": 2}}, {"D": {"servers": 3}}]


def test_a_project_on_something_removed_goes_with_it_and_with_those_that_require_it() -> None:
    made = chain(
        project("On it", {"E": {"servers": 2}}),
        project("Needs it", {"D": {"servers": 2}}, requires="On it"),
        project("Needs that", {"D": {"cost_per_time": 2}}, requires="Needs it"),
        project("Leads to it", {"D -> E": {"customer": "E"}}),
        project("Elsewhere", {"D": {"availability": 0.9}}),
    )
    after = qc.what_if(made, {"D -> E": {"customer": "K", "inspection": None}}, remove=["E", "out"])
    assert names(after) == ["Elsewhere"]
    assert names(
        qc.what_if(
            made, {"out": {"supplier": "D", "share": 0.5}, "D -> E": {"share": 0.5, "customer": "K"}}, remove="E"
        )
    ) == ["Elsewhere"]


def test_a_project_that_no_longer_fits_is_left_out_with_a_warning() -> None:
    made = chain(
        project("Sharper", {"D -> E": {"inspection": {"detect": "x1.5"}}}),
        project("Sharper still", {"D -> E": {"inspection": {"fix": 0.5}}}, requires="Sharper"),
        project("Halved", {"D -> E": {"defect_rate": "x0.5"}}),
    )
    with pytest.warns(qc.ChainWarning, match="QC044 project 'Sharper': .*no longer fits the changed chain") as told:
        after = qc.what_if(made, {"D -> E": {"inspection": {"detect": 0.9}}})
    assert names(after) == ["Halved"]
    assert len(told) == 1
    assert told[0].filename == __file__


def test_projects_stay_the_same_where_the_change_does_not_touch_them() -> None:
    made = chain(project("P", {"D": {"servers": 2}}))
    assert qc.what_if(made, {"E": {"servers": 2}}).projects == made.projects


def test_an_allocation_is_found_for_a_chain_whose_project_scales_a_sample() -> None:
    made = qc.Chain(
        "C",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K", promise=5)],
        handoffs=[qc.Handoff("S", "K", sample=qc.Sample(n=100, defects=10), lead_time=2, sla=qc.Sla(lead_time=3))],
        projects=[
            project("P", {"S -> K": {"sample": {"defects": "x0.5"}}}),
            project("Q", {"S -> K": {"sla": {"lead_time": "x0.5"}}}),
        ],
    )
    better = qc.allocate(made, {"K": {"accepted_defect_rate": 0.05, "lead_time": 1}})
    assert names(better.chain) == ["Q"]
