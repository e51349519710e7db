"""Requirements to verdicts."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.analysis.verdicts import requirement_figures
from qualitychain.analysis.verdicts.requirements import judge, needs_lead_times
from qualitychain.vocabulary.measures.all import MEASURES


def line(rate: float = 0.02, **requirement: Any) -> qc.Chain:
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[qc.Customer("Shop")],
        handoffs=[qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=rate)],
        requirements=[qc.Requirement(**requirement)] if requirement else [],
    )


def met(chain: qc.Chain, **options: Any) -> bool | None:
    (verdict,) = judge(chain, **options)
    return verdict.met


def test_every_measure_of_the_model_is_computed() -> None:
    assert {at.analysis for m in MEASURES.values() for at in m.at} == set(requirement_figures._READ)


@pytest.mark.parametrize(
    ("kind", "subject", "measure", "value"),
    [
        ("customer", "Shop", "defect_rate", 0.02),
        ("customer", "Shop", "accepted_defect_rate", 0.02),
        ("customer", "Shop", "dpmo", 20_000),
        ("customer", "Shop", "z_lt", 2.0537489106318225),
        ("customer", "Shop", "sigma_level", 3.5537489106318225),
        ("customer", "Shop", "delivered", 1.0),
        ("handoff", "Make -> Shop", "presented_defect_rate", 0.02),
        ("handoff", "Make -> Shop", "accepted_defect_rate", 0.02),
        ("department", "Make", "utilization", 0.5),
    ],
)
def test_each_measure_is_judged_by_its_figure(kind: str, subject: str, measure: str, value: float) -> None:
    (verdict,) = judge(line(**{kind: subject, "measure": measure, "at_most": value * 1.01}))
    assert verdict.actual == pytest.approx(value, rel=1e-12)
    assert verdict.met is True
    assert met(line(**{kind: subject, "measure": measure, "at_most": value * 0.99})) is False
    assert met(line(**{kind: subject, "measure": measure, "at_least": value * 0.99})) is True
    assert met(line(**{kind: subject, "measure": measure, "at_least": value * 1.01})) is False


def test_a_figure_equal_to_its_bound_meets_it_whatever_the_rounding() -> None:
    chain = qc.Chain(
        "Thirds",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1)],
        requirements=[
            qc.Requirement(customer="K", measure="defect_rate", at_most=0.19),
            qc.Requirement(customer="K", measure="defect_rate", at_least=0.19),
        ],
    )
    assert [v.met for v in judge(chain)] == [True, True]


def test_the_sigma_level_is_judged_with_the_shift_asked_for() -> None:
    chain = line(customer="Shop", measure="sigma_level", at_least=3)
    assert met(chain) is True
    assert met(chain, shift=0.0) is False


def test_a_chain_without_defects_meets_any_lower_bound_of_sigma_and_no_upper_one() -> None:
    chain = line(0.0, customer="Shop", measure="sigma_level", at_least=100)
    (verdict,) = judge(chain)
    assert verdict.met is True
    assert math.isinf(verdict.actual)
    assert (
        verdict.message
        == "sigma level of customer 'Shop' at least 100.00: met, it is >= 6.0+ (no defects in the model)"
    )
    assert met(line(0.0, customer="Shop", measure="z_lt", at_most=6)) is False


def test_a_chain_of_defects_only_misses_any_lower_bound_of_sigma() -> None:
    assert met(line(1.0, customer="Shop", measure="sigma_level", at_least=0)) is False


def test_a_department_without_cycle_time_has_no_utilization_to_judge() -> None:
    chain = qc.Chain(
        "No time",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1)],
        requirements=[qc.Requirement(department="D", measure="utilization", at_most=0.9)],
    )
    (verdict,) = judge(chain)
    assert verdict.met is None
    assert verdict.message == "utilization of department 'D' at most 90 %: cannot be judged, no cycle_time is given"


def promised(rate: float = 0.5, **requirement: Any) -> qc.Chain:
    """One M/M/1 queue (utilization = rate) whose sojourn is exponential with mean 1 / (1 - rate); promise 4 hours."""
    return qc.Chain(
        "Promised",
        suppliers=[qc.Supplier("Stock", rate=rate)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[qc.Customer("Shop", promise="4 h")],
        handoffs=[qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=0.02)],
        requirements=[qc.Requirement(**requirement)],
    )


@pytest.mark.parametrize(
    ("subject", "measure", "quantile", "value"),
    [
        ({"customer": "Shop"}, "lead_time", None, 2.0),
        ({"customer": "Shop"}, "lead_time", 0.95, -2 * math.log(0.05)),
        ({"customer": "Shop"}, "on_time", None, 1 - math.exp(-2)),
        ({"customer": "Shop"}, "satisfied", None, 0.98 * (1 - math.exp(-2))),
        ({"department": "Make"}, "waiting_time", None, 1.0),
        ({"department": "Make"}, "waiting_time", 0.4, 0.0),
        ({"department": "Make"}, "waiting_time", 0.9, -2 * math.log(0.1 / 0.5)),
    ],
)
def test_each_measure_of_time_is_judged_by_its_figure(
    subject: dict[str, str], measure: str, quantile: float | None, value: float
) -> None:
    asked: dict[str, Any] = {**subject, "measure": measure, "quantile": quantile}
    (verdict,) = judge(promised(**asked, at_most=value * 1.01 + 0.01))
    assert verdict.actual == pytest.approx(value, abs=2e-6)
    assert verdict.met is True
    assert met(promised(**asked, at_least=value * 1.01 + 0.01)) is False


def test_a_bound_on_a_time_may_be_a_duration_and_the_verdict_says_its_unit() -> None:
    (verdict,) = judge(promised(customer="Shop", measure="lead_time", quantile=0.95, at_most="5 h"))
    assert verdict.met is False
    assert verdict.message == ("95 % quantile of lead time of customer 'Shop' at most 5 h: not met, it is 5.991 hours")
    assert met(promised(customer="Shop", measure="lead_time", quantile=0.95, at_most="6 h")) is True


def test_a_duration_is_read_by_the_calendar_of_the_chain() -> None:
    chain = promised(customer="Shop", measure="lead_time", quantile=0.95, at_most="1 d")
    working = dataclasses.replace(chain, calendar=qc.Calendar(hours_per_day=5, days_per_week=5))
    assert met(chain) is True
    (verdict,) = judge(working)
    assert verdict.met is False
    assert verdict.message.endswith("at most 1 d: not met, it is 5.991 working hours")


@pytest.mark.parametrize(
    ("subject", "measure", "bound"),
    [
        ({"customer": "Shop"}, "lead_time", {"at_most": "9 w"}),
        ({"customer": "Shop"}, "on_time", {"at_least": 0.01}),
        ({"customer": "Shop"}, "satisfied", {"at_least": 0.01}),
        ({"department": "Make"}, "waiting_time", {"at_most": "9 w"}),
        ({"department": "Make"}, "waiting_time", {"at_most": "9 w", "quantile": 0.9}),
    ],
)
def test_behind_an_overloaded_department_no_promise_is_kept(
    subject: dict[str, str], measure: str, bound: dict[str, Any]
) -> None:
    (verdict,) = judge(promised(1.5, **subject, measure=measure, **bound))
    assert verdict.met is False
    assert "its queue grows for ever" in verdict.message


def test_what_lacks_a_time_cannot_be_judged_and_the_verdict_names_it() -> None:
    chain = promised(customer="Shop", measure="lead_time", at_most="1 d")
    (verdict,) = judge(qc.what_if(chain, {"Make": {"cycle_time": None}}))
    assert verdict.met is None
    assert "no cycle time is given for 'Make'" in verdict.message


def test_without_a_promise_nobody_is_on_time_or_late() -> None:
    chain = promised(customer="Shop", measure="on_time", at_least=0.5)
    (verdict,) = judge(qc.what_if(chain, {"Shop": {"promise": None}}))
    assert verdict.met is None
    assert "no promise is given" in verdict.message


def test_a_chain_without_requirements_has_no_verdicts() -> None:
    assert judge(line()) == ()


def priced(promise: float | None = None, *, rate: float = 0.5, **requirement: Any) -> qc.Chain:
    """2 % defects; 1,000 deliveries of 50 each a month, two for each customer of the firm."""
    return qc.Chain(
        "Priced",
        period="month",
        suppliers=[qc.Supplier("Stock", rate=rate)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[
            qc.Customer(
                "Shop", promise=promise, volume=1000, value=50, deliveries_per_customer=2, late_cost=3,
                external_failure_cost=40, churn_if_dissatisfied=0.1, nps=qc.Nps(satisfied=0.5, dissatisfied=-0.5),
            )
        ],
        handoffs=[qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=0.02)],
        requirements=[qc.Requirement(**requirement)],
    )  # fmt: skip


CHURN = 1 - (1 - 0.02 * 0.1) ** 2


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("satisfied", 0.98),
        ("churn", CHURN),
        ("retention", 1 - CHURN),
        ("revenue_at_risk", 50_000 * CHURN),
        ("cost_of_bad", 1000 * 0.02 * 40),
        ("nps", 100 * (0.98 * 0.5 - 0.02 * 0.5)),
    ],
)
def test_what_customers_do_then_is_judged_without_a_promise_by_conforming_deliveries(
    measure: str, value: float
) -> None:
    (verdict,) = judge(priced(customer="Shop", measure=measure, at_most=value * 1.001))
    assert verdict.actual == pytest.approx(value, rel=1e-9)
    assert verdict.met is True
    assert ("no promise is given" in verdict.message) == (measure != "cost_of_bad")
    assert met(priced(customer="Shop", measure=measure, at_most=value * 0.999)) is False


def test_late_deliveries_cost_what_the_customer_says() -> None:
    (verdict,) = judge(priced(4, customer="Shop", measure="cost_of_late", at_most=300))
    assert verdict.actual == pytest.approx(1000 * math.exp(-2) * 3, rel=1e-3)
    assert verdict.message.startswith("cost of late of customer 'Shop' at most 300 per month: not met, it is 406")


def test_behind_an_overloaded_department_everybody_is_dissatisfied() -> None:
    (verdict,) = judge(priced(4, rate=1.5, customer="Shop", measure="churn", at_most=0.1))
    assert verdict.actual == pytest.approx(1 - 0.9**2)
    assert verdict.met is False
    assert "its queue grows for ever" in verdict.message


def test_a_figure_that_a_customer_does_not_give_is_named() -> None:
    chain = qc.what_if(priced(customer="Shop", measure="churn", at_most=0.1), {"Shop": {"churn_if_dissatisfied": None}})
    (verdict,) = judge(chain)
    assert verdict.met is None
    assert verdict.message.endswith("cannot be judged, no churn_if_dissatisfied is given")


def costly(**requirement: Any) -> qc.Chain:
    """10 units an hour, 10 % of them bad; half of these found and mended for 4, each look costs 1, a bad one 100."""
    return qc.Chain(
        "Make and test",
        suppliers=[qc.Supplier("Stock", rate=10)],
        departments=[qc.Department("Make", work_cost=2)],
        customers=[qc.Customer("Shop", external_failure_cost=100)],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff(
                "Make",
                "Shop",
                defect_rate=0.1,
                inspection=qc.Inspection(0.5, by="supplier", cost=1, repair_cost=4, on_reject="repair"),
            ),
        ],
        requirements=[qc.Requirement(**requirement)],
    )


@pytest.mark.parametrize(
    ("about", "value"),
    [
        ({}, 62.0),
        ({"department": "Make"}, 62.0),
        ({"handoff": "Make -> Shop"}, 62.0),
        ({"handoff": "Stock -> Make"}, 0.0),
    ],
)
def test_the_cost_of_quality_of_the_chain_and_of_its_places_is_judged(about: dict[str, str], value: float) -> None:
    (verdict,) = judge(costly(**about, measure="cost_of_quality", at_most=value + 0.1))
    assert verdict.actual == pytest.approx(value)
    assert verdict.met is True
    assert verdict.unit == "per hour"
    assert met(costly(**about, measure="cost_of_quality", at_least=value + 0.1)) is False


def test_a_cost_without_any_figure_cannot_be_judged_and_names_what_lacks() -> None:
    bare = {
        "Make -> Shop": {"inspection": {"cost": None, "repair_cost": None}},
        "Shop": {"external_failure_cost": None},
    }
    for about, lacking in (
        ({}, "does not give the cost of its inspection"),
        ({"handoff": "Make -> Shop"}, "does not give the cost of its inspection"),
    ):
        (verdict,) = judge(qc.what_if(costly(**about, measure="cost_of_quality", at_most=1), bare))
        assert verdict.met is None
        assert lacking in verdict.message


def test_a_cost_that_leaves_something_out_says_so() -> None:
    chain = qc.what_if(costly(measure="cost_of_quality", at_most=60), {"Shop": {"external_failure_cost": None}})
    (verdict,) = judge(chain)
    assert verdict.actual == pytest.approx(12)
    assert verdict.message == (
        "cost of quality of the chain at most 60 per hour: met, it is 12 per hour (without what is not given: neither "
        "handoff 'Make -> Shop' nor customer 'Shop' gives external_failure_cost)"
    )


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("rolled_throughput_yield", 0.8 * 0.9),
        ("final_yield", 0.9),
        ("scrap_rate", 0.1),
        ("hidden_factory", 0.0),
    ],
)
def test_yields_of_the_whole_chain_are_judged(measure: str, value: float) -> None:
    chain = qc.Chain(
        "Scrapping",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.5)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.2, inspection=qc.Inspection(0.5, on_reject="scrap")),
            qc.Handoff("D", "K", defect_rate=0.1),
        ],
        requirements=[qc.Requirement(measure=measure, at_most=value)],
    )
    (verdict,) = judge(chain)
    assert verdict.actual == pytest.approx(value, abs=1e-12)
    assert verdict.met is True
    assert verdict.asked.startswith(f"{measure.replace('_', ' ')} of the chain at most")


def test_lead_times_are_needed_only_where_lateness_counts() -> None:
    assert not needs_lead_times(priced(customer="Shop", measure="churn", at_most=0.1))
    assert needs_lead_times(priced(4, customer="Shop", measure="churn", at_most=0.1))
    assert not needs_lead_times(priced(4, customer="Shop", measure="cost_of_bad", at_most=0.1))
    assert needs_lead_times(priced(4, measure="cost_of_quality", at_most=0.1))
    assert not needs_lead_times(costly(measure="cost_of_quality", at_most=0.1))
