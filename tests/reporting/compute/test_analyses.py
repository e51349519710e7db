"""Analyses of one chain: each made once, and nothing raised that a report can say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from support.small_chains import two_steps

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.lead_times import lead_times_of
from qualitychain.errors import AnalysisError
from qualitychain.reporting.compute.analyses import CRUDE, Analyses


def test_each_analysis_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[qc.Chain] = []

    def counted(study: Study, **options: Any) -> qc.LeadTimes:
        made.append(study.chain)
        return lead_times_of(study, **options)

    monkeypatch.setattr("qualitychain.reporting.compute.analyses.lead_times_of", counted)
    a = Analyses(two_steps(requirements=[{"customer": "Shop", "measure": "lead_time", "at_most": 3}]))
    assert a.times is a.times
    assert a.verdicts[0].met
    assert a.no_lead_times == ""
    assert len(made) == 1


def test_what_is_overloaded_is_reported_and_not_raised() -> None:
    a = Analyses(two_steps(rate=1.5))
    assert a.above == ["Make"]
    assert a.times.remarks
    assert a.stream.takt > 0


def test_distributions_that_nobody_will_see_are_not_refined() -> None:
    assert Analyses(two_steps(rate=1.5)).times.tolerance == CRUDE
    assert Analyses(two_steps()).times.tolerance < CRUDE


def test_without_projects_there_is_nothing_to_choose() -> None:
    assert Analyses(two_steps()).chosen.found == {}


def priced(**fields: Any) -> qc.Chain:
    project = qc.Project("Better", cost=2, changes={"Make -> Shop": {"defect_rate": qc.Scale(0.5)}})
    shop = qc.Customer("Shop", volume=100, value=10, churn_if_dissatisfied=0.1, external_failure_cost=5)
    return dataclasses.replace(two_steps(projects=[project]), customers=[shop], **fields)


def test_projects_are_chosen_for_each_objective_that_the_figures_allow() -> None:
    a = Analyses(priced())
    assert list(a.chosen.found) == ["accepted_defect_rate", "revenue_at_risk", "cost_of_quality"]
    assert {one.budget for one in a.chosen.found.values()} == {2.0}
    assert a.chosen.found["accepted_defect_rate"].value == pytest.approx(0.01)
    without = dataclasses.replace(priced(), customers=[qc.Customer("Shop")])
    assert list(Analyses(without).chosen.found) == ["accepted_defect_rate"]


def test_a_budget_below_every_project_is_a_reason_and_not_an_error() -> None:
    a = Analyses(priced(budget=1))
    assert a.chosen.found == {}
    assert "below the cheapest project" in a.chosen.refused["accepted_defect_rate"]


def test_what_nobody_asked_for_does_without_lead_times_that_take_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = dataclasses.replace(two_steps(), customers=[qc.Customer("Shop", promise=9, volume=10)])
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_TIME", -1.0)
    unasked, asked = Analyses(chain, unasked=True), Analyses(chain)
    assert unasked.effects.reason_for("customers", "Shop", "on_time") == "lead times were not asked for"
    assert asked.effects.customers["on_time"].notna().all()
    assert unasked.key.evaluated == 0
    assert asked.key.evaluated == 2


def test_the_reason_why_lead_times_fail_reaches_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise AnalysisError("the distributions do not close")

    chain = dataclasses.replace(two_steps(), customers=[qc.Customer("Shop", promise=9, volume=10)])
    monkeypatch.setattr("qualitychain.analysis.time.deliveries.deliveries_of", fails)
    a = Analyses(chain, unasked=True)
    assert a.effects.reason_for("customers", "Shop", "on_time") == "the distributions do not close"
