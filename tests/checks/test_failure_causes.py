"""What is behind a requirement that is not met."""

from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc


def behind(chain: qc.Chain) -> str:
    (row,) = [r for r in qc.check(chain).findings.to_dict("records") if r["code"] == "QC101"]
    assert row["behind"] in row["message"]
    return str(row["behind"])


def works(requirement: dict[str, Any], **changes: Any) -> qc.Chain:
    """Parts go to Make and Pack; 20 % of what Make hands on is bad, 5 % of what is packed; half the time is waiting."""
    chain = qc.Chain(
        "Works",
        suppliers=[qc.Supplier("Parts", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1), qc.Department("Pack", cycle_time=0)],
        customers=[qc.Customer("Shop", promise=4, churn_if_dissatisfied=0.5)],
        handoffs=[
            qc.Handoff("Parts", "Make", defect_rate=0),
            qc.Handoff("Make", "Pack", defect_rate=0.2),
            qc.Handoff("Pack", "Shop", defect_rate=0.05, lead_time=1),
        ],
        requirements=[requirement],
    )
    return qc.what_if(chain, changes) if changes else chain


@pytest.mark.parametrize(
    ("measure", "bound"),
    [
        ("defect_rate", {"at_most": 0.1}),
        ("accepted_defect_rate", {"at_most": 0.1}),
        ("dpmo", {"at_most": 5}),
        ("sigma_level", {"at_least": 4}),
        ("z_lt", {"at_least": 4}),
    ],
)
def test_behind_defects_are_the_handoffs_that_made_them(measure: str, bound: dict[str, float]) -> None:
    # 20 % come to the last step bad already; it spoils 5 % of the 80 % that do not
    said = behind(works({"customer": "Shop", "measure": measure, **bound}))
    assert said == "defects made at 'Make -> Pack' (83.33 %), 'Pack -> Shop' (16.67 %)"


@pytest.mark.parametrize(("measure", "bound"), [("lead_time", {"at_most": 1}), ("on_time", {"at_least": 0.99})])
def test_behind_lateness_are_the_steps_that_take_the_time(measure: str, bound: dict[str, float]) -> None:
    # mean 1 in the queue, 1 at work, 1 on the way
    said = behind(works({"customer": "Shop", "measure": measure, **bound}))
    assert (
        said == "time of waiting at 'Make' (33.33 %), work at 'Make' (33.33 %), transport of 'Pack -> Shop' (33.33 %)"
    )


def test_behind_dissatisfaction_is_what_is_more_frequent_first() -> None:
    # more deliveries are bad than late
    asked = {"customer": "Shop", "measure": "churn", "at_most": 0.01}
    said = behind(works(asked))
    assert said.index("defects made at") < said.index("time of")
    late = behind(works(asked, Shop={"promise": 1.1}))
    assert late.index("time of") < late.index("defects made at")


def test_behind_defects_that_the_customer_catches_itself_are_those_made() -> None:
    chain = works(
        {"customer": "Shop", "measure": "defect_rate", "at_most": 0.1},
        **{"Pack -> Shop": {"inspection": qc.Inspection(1.0, on_reject="repair")}},
    )
    assert behind(chain).startswith("defects made at 'Make -> Pack'")


def test_behind_an_overloaded_department_is_that_it_cannot_keep_up() -> None:
    said = behind(works({"customer": "Shop", "measure": "lead_time", "at_most": 9}, Parts={"rate": 2.0}))
    assert "'Make' cannot keep up" in said


def test_behind_a_load_is_what_comes_on_top_of_deliveries() -> None:
    asked = {"department": "Make", "measure": "utilization", "at_most": 0.5}
    chain = works(asked, Make={"availability": 0.8, "mttr": 1})
    assert behind(chain) == "net utilization 50 %; on top of that breakdowns (+25 %)"


def test_behind_a_handoff_are_its_own_defects_and_those_before_it() -> None:
    said = behind(works({"handoff": "Pack -> Shop", "measure": "presented_defect_rate", "at_most": 0.1}))
    assert said == "its own defect rate is 5 %; the others were made before it"
    said = behind(works({"handoff": "Make -> Pack", "measure": "presented_defect_rate", "at_most": 0.1}))
    assert said == "its own defect rate is 20 %"


def test_behind_yields_are_the_steps_that_lose_most() -> None:
    said = behind(works({"measure": "rolled_throughput_yield", "at_least": 0.9}))
    assert said == "lost at 'Make -> Pack' (20 %), 'Pack -> Shop' (5 %)"


@pytest.mark.parametrize(
    "asked",
    [
        {"measure": "scrap_rate", "at_most": 0.01},
        {"measure": "final_yield", "at_least": 0.99},
        {"customer": "Shop", "measure": "delivered", "at_least": 0.99},
    ],
)
def test_behind_scrap_are_the_inspections_that_scrap(asked: dict[str, Any]) -> None:
    chain = works(asked, **{"Make -> Pack": {"inspection": qc.Inspection(0.5, on_reject="scrap")}})
    assert behind(chain) == "scrapped at 'Make -> Pack' (100 %)"


def test_behind_a_hidden_factory_are_the_departments_that_work_for_nothing() -> None:
    check = qc.Inspection(0.5, rework_to="Make")
    chain = works({"measure": "hidden_factory", "at_most": 0.01}, **{"Make -> Pack": {"inspection": check}})
    assert behind(chain) == "working time for nothing at 'Make' (100 %)"


def test_behind_a_cost_are_its_dearest_lines() -> None:
    figures = {"Shop": {"external_failure_cost": 10, "late_cost": 100}, "Make": {"cost_per_time": 1}}
    chain = works({"measure": "cost_of_quality", "at_most": 1}, **figures)
    said = behind(chain)
    assert said.startswith("external failure: late at 'Shop' (")
    assert "external failure: nonconforming, kept at 'Pack' (1.2)" in said


def test_nothing_is_behind_what_is_met_or_is_too_good() -> None:
    asked = [
        {"customer": "Shop", "measure": "defect_rate", "at_most": 0.5},
        {"customer": "Shop", "measure": "defect_rate", "at_least": 0.5},
    ]
    chain = qc.Chain.from_dict({**works(asked[0]).to_dict(), "requirements": asked})
    findings = qc.check(chain).findings
    assert findings["code"].tolist() == ["QC100", "QC101"]
    assert findings["behind"].tolist() == ["", ""]


def test_behind_defects_is_also_who_blinds_the_inspection() -> None:
    # Test finds 90 % of Make's 20 % where its software works, half the time; software itself spoils nothing
    chain = qc.Chain(
        "Blind",
        suppliers=[qc.Supplier("Parts", rate=0.5)],
        departments=[qc.Department("Make"), qc.Department("Test"), qc.Department("IT")],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Parts", "Make", defect_rate=0),
            qc.Handoff("Make", "Test", defect_rate=0.2),
            qc.Handoff("Test", "Shop", defect_rate=0, inspection=qc.Inspection(0.9, by="supplier", on_reject="repair")),
            qc.Handoff("IT", "Test", item="software", per_unit=1, defect_rate=0.5, affects="inspection"),
        ],
        requirements=[{"customer": "Shop", "measure": "accepted_defect_rate", "at_most": 0.001}],
    )
    said = behind(chain)
    assert said.startswith("defects made at 'Make -> Test' (100 %); and 'IT -> Test: software', without whose defects")
    assert said.endswith("the accepted rate would be 2 %")
    assert (
        "IT -> Test: software: made none of them, but without its defects the rate would be 2 %"
        in qc.root_causes(chain).summary()
    )
