"""The verdict on a chain."""

from __future__ import annotations

import functools
import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.checks.check import check


def shop(
    *requirements: dict[str, Any],
    rate: float = 0.02,
    cycle_time: float | None = 1,
    start: float = 0.5,
    promise: float | str | None = 4,
) -> qc.Chain:
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("Stock", rate=start)],
        departments=[qc.Department("Make", cycle_time=cycle_time)],
        customers=[qc.Customer("Shop", promise=promise)],
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
    assert message.startswith("department 'Make': demand 1.5 work units per hour, capacity 1, short by 0.5")


def test_an_overloaded_department_fails_the_requirement_on_its_utilization() -> None:
    verdict = check(shop({"department": "Make", "measure": "utilization", "at_most": 0.9}, start=1.5))
    assert not verdict.ok
    assert verdict.findings["code"].tolist() == ["QC101", "QC103"]


# One server, exponential work of mean 1, half its time used: time in the system is exponential with mean 2.
MEAN = {"customer": "Shop", "measure": "lead_time", "at_most": 2.1}
NINETY_FIVE = {"customer": "Shop", "measure": "lead_time", "quantile": 0.95, "at_most": "5 h"}
ON_TIME = {"customer": "Shop", "measure": "on_time", "at_least": 0.9}
SATISFIED = {"customer": "Shop", "measure": "satisfied", "at_least": 0.8}
WAIT = {"department": "Make", "measure": "waiting_time", "at_most": "90 min"}


def test_requirements_on_time_are_judged_beside_the_others() -> None:
    verdict = check(shop(MET, MEAN, NINETY_FIVE, ON_TIME, SATISFIED, WAIT))
    findings = verdict.findings
    assert findings["code"].tolist() == ["QC100", "QC100", "QC101", "QC101", "QC100", "QC100"]
    on_time = -math.expm1(-2)
    expected = [0.02, 2.0, -2 * math.log(0.05), on_time, 0.98 * on_time, 1.0]
    assert findings["actual"].tolist() == pytest.approx(expected, rel=2e-4)
    assert findings["unit"].tolist() == ["", "hours", "hours", "", "", "hours"]
    assert findings["quantile"][2] == 0.95
    assert findings["message"][2].startswith(
        "95 % quantile of lead time of customer 'Shop' at most 5 h: not met, it is"
    )


def test_what_is_approximate_is_said() -> None:
    timed, plain = check(shop(MET, MEAN)), check(shop(MET))
    assert plain.exact
    assert not timed.exact
    assert "lead times" in timed.method
    assert "on a time grid" in timed.accuracy
    assert any("first come, first served" in said for said in timed.assumptions)
    assert "time_grid" not in plain.accuracy


def test_only_what_requirements_read_is_computed_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counting(place: str, name: str) -> None:
        home = importlib.import_module(f"qualitychain.analysis.{place}")
        original = getattr(home, name)

        @functools.wraps(original)
        def counted(study: Study, **options: Any) -> Any:
            made.append(name)
            return original(study, **options)

        monkeypatch.setattr(home, name, counted)

    counting("verdicts.requirement_figures", "quality_figures_of")
    counting("time.deliveries", "deliveries_of")
    counting("customers.customer_outcomes", "customer_outcomes_of")
    counting("money.cost_of_quality", "cost_of_quality_of")
    check(shop(MET, MISSED))
    assert made == ["quality_figures_of"]
    made.clear()
    check(shop(MET, MEAN, ON_TIME, WAIT))
    assert sorted(made) == ["deliveries_of", "quality_figures_of"]
    made.clear()
    check(shop({"measure": "cost_of_quality", "at_most": 5}))
    assert made == ["cost_of_quality_of"]
    made.clear()
    check(shop(SATISFIED, {"customer": "Shop", "measure": "churn", "at_most": 0.5}))
    assert sorted(made) == ["customer_outcomes_of", "deliveries_of"]
    made.clear()
    check(shop(SATISFIED))
    assert made == ["deliveries_of"]


def test_judging_quality_and_load_takes_no_frames_and_little_of_scipy(tmp_path: Path) -> None:
    path = tmp_path / "shop.chain.yaml"
    load = {"department": "Make", "measure": "utilization", "at_most": 0.9}
    qc.write_chain(shop(MET, load, {"measure": "scrap_rate", "at_most": 0.1}), path)
    script = (
        "import sys, qualitychain as qc\n"
        f"assert 'QC100' in qc.check(qc.read_chain({str(path)!r})).summary()\n"
        "heavy = ('pandas', 'matplotlib', 'jinja2', 'networkx', 'scipy.stats', 'scipy.fft',"
        " 'scipy.optimize', 'scipy.interpolate')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


def test_judging_times_and_kept_promises_takes_no_frames(tmp_path: Path) -> None:
    path = tmp_path / "shop.chain.yaml"
    qc.write_chain(shop(MEAN, ON_TIME | {"at_least": 0.8}, WAIT, SATISFIED), path)
    script = (
        "import sys, qualitychain as qc\n"
        f"assert 'QC100' in qc.check(qc.read_chain({str(path)!r})).summary()\n"
        "print('pandas' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "False"


def test_a_requirement_on_the_whole_chain_is_a_finding_about_the_chain() -> None:
    verdict = check(shop({"measure": "rolled_throughput_yield", "at_least": 0.99}))
    row = verdict.findings.iloc[0]
    assert (row["code"], row["kind"], row["subject"]) == ("QC101", "chain", "")
    assert verdict.summary().startswith(
        "QC101 rolled throughput yield of the chain at least 99 %: not met, it is 98 %; behind it: lost at "
        "'Make -> Shop' (2 %)"
    )


def test_what_a_cost_counts_and_what_is_counted_by_convention_is_said() -> None:
    verdict = check(shop(SATISFIED, {"measure": "cost_of_quality", "at_most": 5}, start=1.5))
    assert any("nothing is counted as on time" in said for said in verdict.assumptions)
    assert any("hidden factory" in said for said in verdict.assumptions)


def test_an_overloaded_department_fails_every_requirement_on_the_time_that_it_touches() -> None:
    verdict = check(shop(MET, MEAN, NINETY_FIVE, ON_TIME, SATISFIED, WAIT, start=1.5))
    assert verdict.findings["code"].tolist() == ["QC100", *["QC101"] * 5, "QC103"]
    assert verdict.findings["actual"].tolist()[1:6] == [math.inf, math.inf, 0.0, 0.0, math.inf]
    assert "its queue grows for ever" in verdict.findings["message"][3]
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_without_a_promise_or_a_cycle_time_nothing_is_judged_on_time_and_no_other_verdict_is_hidden() -> None:
    unpromised = check(shop(MET, ON_TIME, MEAN, promise=None)).findings
    assert unpromised["code"].tolist() == ["QC100", "QC102", "QC100"]
    assert "no promise is given" in unpromised["message"][1]
    untimed = check(shop(MET, ON_TIME, NINETY_FIVE, cycle_time=None)).findings
    assert untimed["code"].tolist() == ["QC100", "QC102", "QC102"]
    assert untimed["message"][1:].str.contains("no cycle time is given for 'Make'").all()


def test_a_promise_in_calendar_days_is_judged_in_working_hours() -> None:
    chain = qc.Chain.from_dict(
        {
            **shop(MEAN, promise="7 calendar days").to_dict(),
            "calendar": {"hours_per_day": 8, "days_per_week": 5},
        }
    )
    row = check(chain).findings.iloc[0]
    assert row["unit"] == "working hours"
    assert row["message"] == "lead time of customer 'Shop' at most 2.1 working hours: met, it is 2 working hours"


def test_a_check_becomes_plain_json_also_without_defects() -> None:
    verdict = check(shop({"customer": "Shop", "measure": "sigma_level", "at_least": 4}, rate=0.0))
    data = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert data["findings"][0]["met"] is True
    assert data["findings"][0]["actual"] is None
    assert "no defects in the model" in data["findings"][0]["message"]
