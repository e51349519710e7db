"""Promises inside against requirements outside, as findings."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.checks.promises import slas_against_needs


def promising(*requirements: dict[str, Any], sla: qc.Sla | None) -> qc.Chain:
    """Two steps of 10 %, and one queue with exponential times of mean 1."""
    return qc.Chain(
        "Promising",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1, sla=sla)],
        requirements=[qc.Requirement(**r) for r in requirements],
    )


RATE = {"customer": "K", "measure": "defect_rate", "at_most": 0.19}
TIME = {"customer": "K", "measure": "on_time", "at_least": 0.9}


def test_a_promise_weaker_than_needed_is_a_warning_that_fails_nothing() -> None:
    verdict = qc.check(promising(RATE, sla=qc.Sla(defect_rate=0.25)))
    assert verdict.ok
    row = verdict.findings.iloc[1]
    assert (row["code"], row["severity"], row["kind"], row["subject"]) == ("QC104", "warning", "handoff", "D -> K")
    assert (row["actual"], row["required"]) == (0.25, pytest.approx(0.19))
    assert row["message"] == (
        "handoff 'D -> K' promises a defect rate of 25 %, but defect rate at most 19 % of customer 'K' needs 19 %; "
        "ask 'D' for 19 %, or split the requirement otherwise (allocate)"
    )


def test_a_promise_as_good_as_needed_is_no_finding() -> None:
    assert qc.check(promising(RATE, sla=qc.Sla(defect_rate=0.19))).findings["code"].tolist() == ["QC100"]


def test_a_promised_time_is_held_against_the_time_required() -> None:
    found = qc.check(promising(TIME, sla=qc.Sla(lead_time=4)), advice=True).findings
    assert found["code"].tolist() == ["QC100", "QC104"]
    assert found["unit"].tolist() == ["", "hours"]
    # the whole lead time is that of the one queue, so it needs the promise itself
    assert found["required"][1] == pytest.approx(3, rel=2e-3)


@pytest.mark.parametrize(
    ("requirements", "sla"),
    [
        ([RATE, TIME], None),
        ([], qc.Sla(defect_rate=0.9)),
        ([TIME], qc.Sla(defect_rate=0.9)),
        ([RATE], qc.Sla(lead_time=90)),
        ([{"department": "D", "measure": "utilization", "at_most": 0.9}], qc.Sla(lead_time=90)),
    ],
)
def test_nothing_is_worked_out_where_no_promise_meets_a_requirement(
    requirements: list[dict[str, Any]], sla: qc.Sla | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("qualitychain.improvement.allocate.sla_adequacy.needs_of", forbidden)
    assert slas_against_needs(Study(promising(*requirements, sla=sla)), times=True).assumptions == ()


def test_what_would_take_long_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.checks.promises.MOST_TIMES", 0)
    verdict = qc.check(promising(RATE, TIME, sla=qc.Sla(defect_rate=0.25, lead_time=4)), advice=True)
    assert verdict.findings["code"].tolist() == ["QC100", "QC100", "QC104"]
    assert any(said.startswith("Promised times were not held against") for said in verdict.assumptions)


def test_promised_times_are_held_against_requirements_only_when_asked_for() -> None:
    chain = promising(RATE, TIME, sla=qc.Sla(defect_rate=0.25, lead_time=4))
    short, whole = qc.check(chain), qc.check(chain, advice=True)
    assert short.findings["code"].tolist() == ["QC100", "QC100", "QC104"]
    assert whole.findings["code"].tolist() == ["QC100", "QC100", "QC104", "QC104"]
    (said,) = short.left_out
    assert "check --advice" in said
    assert said in short.summary()
    assert whole.left_out == ()
    assert short.ok == whole.ok


def test_only_promises_given_are_looked_at_and_the_verdicts_are_those_of_all() -> None:
    chain = promising(RATE, TIME, sla=qc.Sla(defect_rate=0.25, lead_time=4))
    some, every = qc.sla_adequacy(chain, promised=True), qc.sla_adequacy(chain)
    assert some.table["handoff"].tolist() == ["D -> K", "D -> K"]
    assert len(every.table) > len(some.table)
    for _, row in some.table.iterrows():
        (same,) = [
            r for _, r in every.table.iterrows() if (r["handoff"], r["measure"]) == (row["handoff"], row["measure"])
        ]
        assert same["needed"] == pytest.approx(row["needed"])
        assert same["verdict"] == row["verdict"]


def test_a_promise_allocated_to_the_requirement_is_no_finding() -> None:
    chain = promising(TIME, sla=None)
    better = qc.allocate(chain, {"K": {"on_time": 0.97}}, method="proportional").chain
    better = dataclasses.replace(better, requirements=[qc.Requirement(customer="K", measure="on_time", at_least=0.97)])
    assert any(h.sla is not None and h.sla.lead_time is not None for h in better.handoffs)
    assert "QC104" not in set(qc.check(better, advice=True).findings["code"])
