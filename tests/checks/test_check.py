"""The verdict on a chain."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import qualitychain as qc
from qualitychain.checks.check import check


def shop(
    *requirements: dict[str, Any], rate: float = 0.02, cycle_time: float | None = 1, start: float = 0.5
) -> qc.Chain:
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("Stock", rate=start)],
        departments=[qc.Department("Make", cycle_time=cycle_time)],
        customers=[qc.Customer("Shop")],
        handoffs=[qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=rate)],
        requirements=requirements,
    )


MET = {"customer": "Shop", "measure": "defect_rate", "at_most": 0.05}
MISSED = {"customer": "Shop", "measure": "dpmo", "at_most": 100}


def test_a_chain_without_requirements_is_ok_and_says_so() -> None:
    verdict = check(shop())
    assert verdict.ok
    assert len(verdict.findings) == 0
    assert verdict.summary() == "The chain is well formed; it states no requirements."


def test_a_met_requirement_is_a_note_and_a_missed_one_an_error() -> None:
    verdict = check(shop(MET, MISSED))
    assert list(verdict.findings["code"]) == ["QC100", "QC101"]
    assert list(verdict.findings["severity"]) == ["note", "error"]
    assert list(verdict.findings["met"]) == [True, False]
    assert not verdict.ok
    assert verdict.summary().endswith("1 of 2 requirements met, 1 not met.")


def test_findings_hold_subject_bound_and_figures() -> None:
    row = check(shop(MET)).findings.iloc[0]
    expected = {
        "kind": "customer",
        "subject": "Shop",
        "measure": "defect_rate",
        "bound": "at_most",
        "required": 0.05,
    }
    assert {k: row[k] for k in expected} == expected
    assert row["actual"] == pytest.approx(0.02)
    assert pd.isna(row["quantile"])


def test_what_cannot_be_judged_is_not_ok_and_says_why() -> None:
    verdict = check(shop({"department": "Make", "measure": "utilization", "at_most": 0.9}, cycle_time=None))
    assert not verdict.ok
    assert verdict.findings["code"].tolist() == ["QC102"]
    assert "no cycle_time is given" in verdict.summary()


def test_an_overloaded_department_is_a_warning_with_demand_capacity_and_shortfall() -> None:
    verdict = check(shop(MET, start=1.5))
    assert verdict.ok
    assert verdict.findings["code"].tolist() == ["QC100", "QC103"]
    assert verdict.findings["severity"].tolist() == ["note", "warning"]
    message = verdict.findings["message"].iloc[1]
    assert message.startswith("department 'Make': demand 1.5 work units per time unit, capacity 1, short by 0.5")


def test_an_overloaded_department_fails_the_requirement_on_its_utilization() -> None:
    verdict = check(shop({"department": "Make", "measure": "utilization", "at_most": 0.9}, start=1.5))
    assert not verdict.ok
    assert verdict.findings["code"].tolist() == ["QC101", "QC103"]


def test_measures_of_a_later_release_cannot_be_judged_and_hide_no_other_verdict() -> None:
    chain = shop(
        MET,
        {"customer": "Shop", "measure": "on_time", "at_least": 0.9},
        {"department": "Make", "measure": "waiting_time", "at_most": "2 h"},
    )
    findings = check(chain).findings
    assert findings["code"].tolist() == ["QC100", "QC102", "QC102"]
    assert "on time of customer 'Shop' at least 0.9" in findings["message"][1]
    assert "waiting time of department 'Make' at most 2 h" in findings["message"][2]
    assert findings["message"][1:].str.contains("not computed by this release").all()


def test_a_check_becomes_plain_json_also_without_defects() -> None:
    verdict = check(shop({"customer": "Shop", "measure": "sigma_level", "at_least": 4}, rate=0.0))
    data = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert data["findings"][0]["met"] is True
    assert data["findings"][0]["actual"] is None
    assert "no defects in the model" in data["findings"][0]["message"]
