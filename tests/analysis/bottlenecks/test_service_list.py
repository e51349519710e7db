"""Promises to internal customers: kept or broken, and what breaking them costs outside."""

from __future__ import annotations

import math

import pytest
from support.chains import line

import qualitychain as qc


def helpdesk(**sla: float) -> qc.Chain:
    """One department that asks IT for help with every unit; IT makes it wait and sometimes errs."""
    return qc.Chain(
        "Helpdesk",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=0.5), qc.Department("IT", cycle_time=1.2)],
        customers=[
            qc.Customer("Shop", promise=6, volume=100, value=10, churn_if_dissatisfied=0.5),
        ],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.05),
            qc.Handoff("Make", "Shop", defect_rate=0),
            qc.Handoff("IT", "Make", item="help", per_unit=1, defect_rate=0.1, sla=qc.Sla(**sla)),
        ],
    )


def test_a_kept_promise_costs_nothing() -> None:
    s = qc.bottlenecks(helpdesk(lead_time=100, defect_rate=0.2)).service_list
    row = s.handoffs.loc["IT -> Make: help"]
    assert (row["broken"], row["satisfied_gain"], row["revenue_gain"]) == ("", 0, 0)
    assert s.customers.empty
    assert "All 1 promises" in s.summary()


def test_a_broken_promise_of_quality_is_priced_by_just_keeping_it() -> None:
    b = qc.bottlenecks(helpdesk(defect_rate=0.04))
    row = b.service.loc["IT -> Make: help"]
    assert row["presented_defect_rate"] == pytest.approx(0.1)
    assert row["broken"] == "defect rate"
    kept = qc.what_if(helpdesk(defect_rate=0.04), {"IT -> Make: help": {"defect_rate": 0.04}})
    before, after = (qc.lead_times(c).customers["satisfied"].iloc[0] for c in (helpdesk(defect_rate=0.04), kept))
    assert row["satisfied_gain"] == pytest.approx(after - before, abs=1e-9)
    assert row["revenue_gain"] == pytest.approx(100 * 10 * 0.5 * (after - before), abs=1e-6)
    assert "lower by 60 %" in row["change"]


def test_a_broken_promise_of_time_is_priced_by_just_keeping_it() -> None:
    """IT is M/M/1 with requests only, so the time of a request is exponential: 1.5 of mean time would keep it."""
    chain = helpdesk(lead_time=4.5)
    b = qc.bottlenecks(chain, sla_level=0.9)
    row = b.service.loc["IT -> Make: help"]
    time = 1.2 / (1 - 0.6)
    assert row["sla_attainment"] == pytest.approx(1 - math.exp(-4.5 / time), abs=1e-3)
    needed = 4.5 / -math.log(0.1)
    factor = needed / (1 + 0.5 * needed) / 1.2
    kept = qc.what_if(chain, {"IT": {"cycle_time": qc.Scale(factor)}})
    attained = qc.lead_times(kept).handoffs.loc["IT -> Make: help", "sla_attainment"]
    assert attained == pytest.approx(0.9, abs=1e-3)
    gain = qc.lead_times(kept)["Shop"].satisfied - qc.lead_times(chain)["Shop"].satisfied
    assert row["satisfied_gain"] == pytest.approx(gain, abs=1e-3)
    assert row["satisfied_gain"] > 0.05


def test_a_flow_handoff_keeps_its_promise_from_receipt_to_door() -> None:
    """An M/M/1 station and a fixed way: exponential time plus a constant, scaled together."""
    chain = qc.what_if(
        line(0.0, 0.0), {"D1 -> Shop": {"lead_time": 0.25, "sla": {"lead_time": 2.0}}, "Shop": {"promise": 4}}
    )
    row = qc.bottlenecks(chain).service.loc["D1 -> Shop"]
    assert row["sla_attainment"] == pytest.approx(1 - math.exp(-(2.0 - 0.25)), abs=1e-3)
    share = float(row["change"].split(": ")[1].split(" %")[0]) / 100
    assert math.exp(-(2.0 - 0.25 * share) * (1 - 0.5 * share) / (0.5 * share)) == pytest.approx(0.05, abs=1e-3)
    assert row["satisfied_gain"] > 0


def test_promises_are_ranked_by_what_breaking_them_costs() -> None:
    chain = qc.what_if(
        helpdesk(lead_time=1, defect_rate=0.01),
        {"Make -> Shop": {"defect_rate": 0.002, "sla": {"defect_rate": 0.001}}},
    )
    s = qc.bottlenecks(chain).service_list
    assert s.handoffs["rank"].tolist() == [1, 2]
    assert s.handoffs.index[0] == "IT -> Make: help"
    assert s.handoffs["broken"].iloc[0] == "lead time and defect rate"
    assert s.handoffs["satisfied_gain"].is_monotonic_decreasing
    assert set(s.customers["handoff"]) == set(s.handoffs.index)


def test_a_promise_that_own_defects_do_not_break_says_so() -> None:
    """What Stock hands over is worse than Make promises, so even without own defects it is broken."""
    chain = qc.what_if(
        helpdesk(defect_rate=1), {"Make -> Shop": {"defect_rate": 0.1, "sla": {"defect_rate": 0.01}}}, remove="IT"
    )
    row = qc.bottlenecks(chain).service.loc["Make -> Shop"]
    assert "above the promise" in row["change"]
    assert row["satisfied_gain"] > 0


def test_a_promise_that_no_speed_keeps_says_so() -> None:
    """Help is asked of IT, whose own input takes longer than was promised."""
    chain = qc.what_if(
        helpdesk(lead_time=1),
        add=[qc.Supplier("Vendor"), qc.Handoff("Vendor", "IT", item="licence", per_unit=1, defect_rate=0, lead_time=3)],
    )
    row = qc.bottlenecks(chain).service.loc["IT -> Make: help"]
    assert row["sla_attainment"] == 0
    assert "even so only 0 %" in row["change"]


def test_a_promise_of_an_overloaded_giver_has_no_attainment_and_says_why() -> None:
    chain = qc.what_if(helpdesk(lead_time=1, defect_rate=0.01), {"IT": {"cycle_time": 3}})
    s = qc.bottlenecks(chain).service_list
    row = s.handoffs.loc["IT -> Make: help"]
    assert math.isnan(row["sla_attainment"])
    assert s.reason_for("handoffs", "IT -> Make: help", "sla_attainment")
    assert row["broken"] == "defect rate"
    # behind IT nothing is on time before or after, so fewer defects satisfy nobody; more conforms all the same
    assert row["satisfied_gain"] == 0
    assert s.customers["conforming_gain"].iloc[0] == pytest.approx(0.95 * 0.09)


def test_only_the_most_broken_promises_are_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.analysis.bottlenecks.service_list.MOST_EVALUATED", 1)
    chain = qc.what_if(
        helpdesk(defect_rate=0.01), {"Make -> Shop": {"defect_rate": 0.002, "sla": {"defect_rate": 0.001}}}
    )
    s = qc.bottlenecks(chain).service_list
    assert sorted(s.handoffs["satisfied_gain"].isna()) == [False, True]
    assert any("left out" in why for why in s.missing.values())


def test_without_promises_the_list_is_empty_and_says_so() -> None:
    assert qc.bottlenecks(line(0.1, 0.1)).service_list.summary() == "No handoff has a promise (sla)."
