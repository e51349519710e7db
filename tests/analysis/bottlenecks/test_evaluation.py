"""One reading of who is satisfied, wherever satisfied deliveries are counted."""

from __future__ import annotations

import math

import pytest

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.evaluation import Evaluation, evaluation_of

NO_TIME = "no cycle time is given for 'Pack'"


def shop(pack: float | None = None) -> qc.Chain:
    """Two broken promises of quality; how long packing takes may not be known, and Fair was promised nothing."""
    figures = {"volume": 100, "value": 3, "churn_if_dissatisfied": 0.5}
    return qc.Chain(
        "Shop",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("Make", cycle_time=0.85), qc.Department("Pack", cycle_time=pack)],
        customers=[qc.Customer("Shop", promise=9, **figures), qc.Customer("Fair", **figures)],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0.05, sla=qc.Sla(defect_rate=0.04)),
            qc.Handoff("Make", "Pack", defect_rate=0.1, sla=qc.Sla(defect_rate=0.1)),
            qc.Handoff("Pack", "Shop", share=0.5, defect_rate=0.01),
            qc.Handoff("Pack", "Fair", share=0.5, defect_rate=0.01),
        ],
    )


def evaluated(chain: qc.Chain) -> Evaluation:
    return Study(chain).ask(evaluation_of)


def test_a_promise_that_cannot_be_judged_is_not_counted_as_kept() -> None:
    found = evaluated(shop())
    assert math.isnan(found.customers.loc["Shop", "satisfied"])
    assert math.isnan(found.customers.loc["Shop", "revenue_at_risk"])
    assert math.isnan(found.satisfied)
    assert found.reasons["Shop", "satisfied"] == NO_TIME
    # to rank by, conforming deliveries stand in
    assert found.ranking == pytest.approx(found.customers["conforming"].mean())


@pytest.mark.parametrize("pack", [None, 0.5])
def test_evaluation_and_customer_effects_count_the_same_satisfied_units_and_revenue(pack: float | None) -> None:
    found, told = evaluated(shop(pack)).customers, qc.customer_effects(shop(pack)).customers
    for column in ("satisfied", "revenue_at_risk"):
        assert found[column].to_numpy() == pytest.approx(told[column].to_numpy(), nan_ok=True)
    assert found.loc["Fair", "satisfied"] == found.loc["Fair", "conforming"]


def test_a_gain_that_cannot_be_judged_has_a_reason_and_broken_promises_are_still_ranked() -> None:
    listed = qc.bottlenecks(shop()).service_list
    assert listed.handoffs["satisfied_gain"].isna().all()
    assert listed.reason_for("handoffs", "Make -> Pack", "satisfied_gain") == NO_TIME
    known = qc.bottlenecks(shop(0.0)).service_list
    assert listed.handoffs.index.tolist() == known.handoffs.index.tolist()
    assert any(NO_TIME in said and "ranked by conforming" in said for said in listed.assumptions)
    assert "satisfied deliveries not known" in listed.summary()
    gains = listed.customers.set_index(["handoff", "customer"])["satisfied_gain"]
    assert math.isnan(gains["Make -> Pack", "Shop"])
    assert gains["Make -> Pack", "Fair"] > 0


def test_remedies_say_which_department_lacks_a_time() -> None:
    found = qc.bottlenecks(shop(), target=0.8)
    assert found.remedies["satisfied"].isna().all()
    number = found.remedies.index[0]
    assert found.remedy_list.reason_for("table", number, "satisfied") == NO_TIME
    judged = qc.bottlenecks(shop(0.5), target=0.8).remedies
    # who was promised nothing is satisfied by what conforms
    assert judged.loc[judged["feasible"], "satisfied"].notna().all()
