from __future__ import annotations

import dataclasses
import json
import math
import pickle
import random
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from support.chains import REFERENCE, known_chain, known_chains, quietly
from support.queue_chains import BY_KEY
from support.random_chains import as_floats, random_chain
from support.timed_chains import with_times

mpl.use("Agg")

import itertools

import qualitychain as qc
from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.vocabulary.reason import Place

KNOWN = {e["id"]: e for e in json.loads((REFERENCE / "lead_time_distribution.json").read_text())["entries"]}
QUANTILES = np.array([0.5, 0.9, 0.95, 0.99])


def line(rate: float, departments: dict[str, Any], **customer: Any) -> qc.Chain:
    names = ["S", *departments, "K"]
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("S", rate=rate)],
        departments=[
            qc.Department(n, **(given if isinstance(given, dict) else {"cycle_time": given}))
            for n, given in departments.items()
        ],
        customers=[qc.Customer("K", **customer)],
        handoffs=[qc.Handoff(a, b, defect_rate=0) for a, b in itertools.pairwise(names)],
    )


def rework(rate: float = 0.5, **customer: Any) -> qc.Chain:
    """The known rework loop: an M/M/1 station, a fifth of the passes bad, three quarters of these found."""
    return qc.Chain(
        "Rework",
        suppliers=[qc.Supplier("S", rate=rate)],
        departments=[qc.Department("Make", cycle_time=1), qc.Department("Test", cycle_time=0)],
        customers=[qc.Customer("K", **customer)],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff("Make", "Test", defect_rate=0.2, inspection=qc.Inspection(0.75)),
            qc.Handoff("Test", "K", defect_rate=0),
        ],
    )


def fixed_loop(**customer: Any) -> qc.Chain:
    """Everything fixed: 3 hours a pass, and half an hour back after a quarter of the passes."""
    return qc.Chain(
        "Fixed",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("K", **customer)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0, lead_time=1),
            qc.Handoff("D", "K", defect_rate=0.25, lead_time=3, inspection=qc.Inspection(1.0, time=0.5)),
        ],
    )


def branches(**late: Any) -> qc.Chain:
    """Units go to A or to B by departments of their own; B's asks IT for help."""
    return qc.Chain(
        "Branches",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[
            qc.Department("Left", cycle_time=0.5),
            qc.Department("Right", **({"cycle_time": 0.5} | late)),
            qc.Department("IT", cycle_time=0.1),
        ],
        customers=[qc.Customer("A", promise=3), qc.Customer("B", promise=3)],
        handoffs=[
            qc.Handoff("S", "Left", share=0.5, defect_rate=0),
            qc.Handoff("S", "Right", share=0.5, defect_rate=0),
            qc.Handoff("Left", "A", defect_rate=0.1, lead_time=1, sla=qc.Sla(lead_time=2)),
            qc.Handoff("Right", "B", defect_rate=0.1, lead_time=1, sla=qc.Sla(lead_time=2)),
            qc.Handoff("IT", "Right", per_unit=0.5, defect_rate=0.1, sla=qc.Sla(lead_time=0.2)),
        ],
    )


# known answers


@pytest.mark.parametrize("name", ["tandem_2_3_4", "tandem_1_2_2_2"])
def test_a_tandem_of_exponential_queues_has_its_known_quantiles(name: str) -> None:
    given, expected = KNOWN[name]["inputs"], KNOWN[name]["expected"]
    t = qc.lead_times(line(given["arrival_rate"], {f"D{i}": 1 / mu for i, mu in enumerate(given["mu"])}))
    assert t.exact_means
    assert t["K"].mean == pytest.approx(expected["mean"], rel=1e-12)
    assert t["K"].sd == pytest.approx(expected["sd"], rel=1e-12)
    assert t["K"].quantile(QUANTILES) == pytest.approx(expected["quantiles_50_90_95_99"], rel=1e-7)


def test_the_known_rework_loop_is_exponential_with_its_known_mean_and_passes() -> None:
    (example,) = (e for e in known_chains() if e["name"] == "D2_rework_loop")
    t = qc.lead_times(known_chain(example))
    expected = example["expected"]
    assert t["customer"].mean == pytest.approx(expected["lead_time.customer.mean"]["value"], rel=1e-12)
    assert t.departments.loc["make", "utilization"] == pytest.approx(expected["utilisation.make"]["value"], rel=1e-12)
    assert t.departments.loc["make", "waiting_time"] == pytest.approx(expected["wait.make"]["value"], rel=1e-12)
    assert t["customer"].passes[1] == pytest.approx(51 / 400, rel=1e-12)
    assert t["customer"].passes.sum() == pytest.approx(1, abs=1e-11)
    assert t["customer"].quantile(QUANTILES) == pytest.approx(-20 / 7 * np.log1p(-QUANTILES), rel=1e-6)
    # a geometric number of exponential passes tells nothing of how the last one went
    assert t["customer"].distribution(conforming=False).quantile(0.9) == pytest.approx(20 / 7 * math.log(10), rel=1e-6)


def test_a_tandem_of_general_queues_is_near_its_simulated_lead_time() -> None:
    given, expected = KNOWN["gg1_tandem_a"]["inputs"], KNOWN["gg1_tandem_a"]["expected"]
    steps = zip(given["mean_service"], given["cs2"], strict=True)
    t = qc.lead_times(
        line(given["arrival_rate"], {f"D{i}": qc.Gamma(mean=m, scv=scv) for i, (m, scv) in enumerate(steps)})
    )
    assert not t.exact_means
    # one server each: measured errors of a few per cent
    assert t.departments["waiting_time"].tolist() == pytest.approx(expected["Wq_by_station"], rel=0.08)
    assert t["K"].mean == pytest.approx(expected["lead_time_mean"], rel=0.05)
    assert t["K"].quantile(0.95) == pytest.approx(expected["lead_time_p95"], rel=0.08)


# exact distributions


def test_fixed_times_have_exact_steps() -> None:
    t = qc.lead_times(fixed_loop(promise=7, tolerance="30 min"))
    distribution = t["K"]
    assert t.exact
    assert t.exact_means
    for passes in range(4):
        at = 4.5 + 3.5 * passes
        share = 1 - 0.25 ** (passes + 1)
        assert distribution.cdf([at - 1e-6, at]) == pytest.approx([share - 0.75 * 0.25**passes, share], abs=1e-9)
        assert distribution.quantile(share - 1e-6) == pytest.approx(at, rel=1e-12)
    assert distribution.quantile(0.75) == pytest.approx(4.5, rel=1e-12)
    assert distribution.least == 4.5
    assert (distribution.mean, distribution.sd) == pytest.approx(
        (1 + 3.5 * 4 / 3, 3.5 * math.sqrt(0.25) / 0.75), rel=1e-12
    )
    # 7 and its tolerance end just before the second pass does
    assert distribution.on_time == pytest.approx(0.75, abs=1e-9)
    assert qc.lead_times(fixed_loop(promise=8))["K"].on_time == pytest.approx(0.9375, abs=1e-9)


def test_decimal_times_meet_their_promise_in_spite_of_rounding() -> None:
    chain = qc.Chain(
        "Tenths",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("K", promise=0.3)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0, lead_time=0.1),
            qc.Handoff("D", "K", defect_rate=0, lead_time=0.2),
        ],
    )
    distribution = qc.lead_times(chain)["K"]
    assert (distribution.on_time, distribution.sd, distribution.quantile(0.5)) == pytest.approx(
        (1.0, 0.0, 0.3), abs=1e-9
    )


def test_times_that_fit_on_no_time_grid_have_exact_shares_between_their_jumps() -> None:
    odd = qc.Empirical([1, math.sqrt(2), math.pi])
    chain = qc.Chain(
        "Odd",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0, lead_time=odd),
            qc.Handoff("D", "K", defect_rate=0, lead_time=odd),
        ],
    )
    distribution = qc.lead_times(chain)["K"]
    assert distribution.cdf([1.9, 2.2, 2.6, 3, 4.3, 5, 6.5]) * 9 == pytest.approx([0, 1, 3, 4, 6, 8, 9], abs=1e-6)


def test_a_chain_that_takes_no_time_delivers_at_once() -> None:
    t = qc.lead_times(line(1, {"D": 0}, promise=0))
    distribution = t["K"]
    assert (
        distribution.mean,
        distribution.sd,
        distribution.cdf(0.0),
        distribution.quantile(0.99),
        distribution.on_time,
    ) == (0, 0, 1, 0, 1)
    assert t.departments.loc["D", "accuracy"] == "exact: its work takes no time, so there is no queue"


def test_a_chain_without_departments_has_lead_times() -> None:
    chain = qc.Chain(
        "Direct",
        suppliers=[qc.Supplier("S", rate=1)],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.1, lead_time=qc.Uniform(low=1, high=3))],
    )
    t = qc.lead_times(chain)
    assert t["K"].cdf([0.5, 1.5, 2.0, 4.0]) == pytest.approx([0, 0.25, 0.5, 1], abs=1e-6)
    assert t.departments.empty
    assert "No unit waits in a queue" in t.accuracy


# joint with conformity


def test_satisfied_is_joint_and_between_its_bounds() -> None:
    chain = qc.Chain(
        "Slow help spoils",
        suppliers=[qc.Supplier("S", rate=1), qc.Supplier("IT")],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0, lead_time=qc.Exponential(1)),
            qc.Handoff("D", "K", defect_rate=0.01),
            qc.Handoff("IT", "D", per_unit=0.3, defect_rate=0.2, lead_time=qc.Exponential(5)),
        ],
    )
    distribution = qc.lead_times(chain)["K"]
    assert distribution.satisfied == pytest.approx(0.73606, abs=2e-5)
    assert distribution.distribution(conforming=False).cdf(3.0) == pytest.approx(0.38935, abs=2e-5)
    assert distribution.satisfied != pytest.approx(distribution.conforming * distribution.on_time, abs=0.02)
    assert (
        distribution.conforming + distribution.on_time - 1
        <= distribution.satisfied
        <= min(distribution.conforming, distribution.on_time)
    )
    mixed = (
        distribution.conforming * distribution.distribution(conforming=True).mean
        + (1 - distribution.conforming) * distribution.distribution(conforming=False).mean
    )
    assert mixed == pytest.approx(distribution.mean, rel=1e-12)


def test_with_time_enough_satisfied_is_conforming_and_before_the_least_time_nobody_is() -> None:
    patient = qc.lead_times(fixed_loop(promise="100 d"))["K"]
    assert (patient.on_time, patient.satisfied) == pytest.approx((1.0, patient.conforming), abs=2e-6)
    t = qc.lead_times(fixed_loop(promise=4))
    assert (t["K"].on_time, t["K"].satisfied) == (0.0, 0.0)
    assert "shorter than the least possible lead time of 4.5" in t.remarks[0]
    assert t.remarks[0] in t.summary()


def test_a_longer_transport_makes_every_share_in_time_smaller() -> None:
    chain = rework(promise=6)
    slower = qc.what_if(chain, {"Test -> K": {"lead_time": 1}})
    times = np.linspace(0, 20, 60)
    now, then = qc.lead_times(chain)["K"].cdf(times), qc.lead_times(slower)["K"].cdf(times)
    assert np.all(then <= now + 1e-4)


def test_conforming_is_that_of_quality() -> None:
    chain = rework()
    kept = qc.quality(chain).customers.loc["K", "accepted_defect_rate"]
    assert qc.lead_times(chain)["K"].conforming == pytest.approx(1 - kept, rel=1e-12)


def test_there_is_no_distribution_of_units_that_are_never_delivered() -> None:
    distribution = qc.lead_times(line(1, {"D": 0.5}, promise=4))["K"]
    with pytest.raises(qc.AnalysisError, match="no nonconforming unit is delivered to 'K'"):
        distribution.distribution(conforming=False)
    assert distribution.satisfied == distribution.on_time


# the distribution as a thing


def test_shapes_are_those_of_the_question() -> None:
    distribution = qc.lead_times(rework(promise=6), rigorous=True)["K"]
    assert isinstance(distribution.cdf(3), float)
    assert distribution.cdf(np.full((2, 3), 3.0)).shape == (2, 3)
    assert isinstance(distribution.quantile(0.5), float)
    assert distribution.quantile([[0.5], [0.9]]).shape == (2, 1)
    lower, upper = distribution.bracket(np.array([1.0, 2.0]))
    assert lower.shape == upper.shape == (2,)
    assert isinstance(distribution.bracket(1.0)[0], float)


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.5, math.nan, [0.5, 1.0]])
def test_a_quantile_outside_of_0_to_1_is_refused(p: Any) -> None:
    distribution = qc.lead_times(rework())["K"]
    with pytest.raises(ValueError, match="above 0 and below 1"):
        distribution.quantile(p)


def test_times_that_are_no_numbers_are_refused_and_others_have_a_probability() -> None:
    distribution = qc.lead_times(rework(), rigorous=True)["K"]
    for ask in (distribution.cdf, distribution.bracket):
        with pytest.raises(ValueError, match="not a number"):
            ask(math.nan)
    assert distribution.cdf([-1.0, math.inf]).tolist() == [0.0, 1.0]
    assert distribution.bracket([-1.0, math.inf])[1].tolist() == [0.0, 1.0]


def test_quantiles_undo_the_distribution_function() -> None:
    distribution = qc.lead_times(rework())["K"]
    p = np.linspace(0.001, 0.999, 333)
    assert distribution.cdf(distribution.quantile(p)) == pytest.approx(p, abs=1e-12)
    assert np.all(np.diff(distribution.quantile(p)) > 0)


def test_rigorous_bounds_hold_the_distribution_between_them() -> None:
    distribution = qc.lead_times(rework(), rigorous=True)["K"]
    times = np.linspace(0, 30, 500)
    lower, upper = distribution.bracket(times)
    exact = -np.expm1(-7 / 20 * times)
    assert np.all(lower <= exact)
    assert np.all(exact <= upper)
    assert np.max(upper - lower) < 2e-3
    assert np.all((lower - 1e-6 <= distribution.cdf(times)) & (distribution.cdf(times) <= upper + 1e-6))


def test_bounds_that_were_not_asked_for_say_how_to_ask() -> None:
    with pytest.raises(qc.AnalysisError, match="rigorous=True"):
        qc.lead_times(rework())["K"].bracket(3)


def test_beyond_a_horizon_that_is_too_short_nothing_is_made_up() -> None:
    t = qc.lead_times(rework(promise=20), horizon=5)
    distribution = t["K"]
    assert 5 <= distribution.horizon < 6
    assert distribution.cdf(4) == pytest.approx(-math.expm1(-7 / 20 * 4), abs=1e-4)
    with pytest.raises(qc.AnalysisError, match="horizon=20"):
        distribution.cdf(20)
    with pytest.raises(qc.AnalysisError, match="beyond the horizon"):
        distribution.quantile(0.99)
    assert math.isnan(t.customers.loc["K", "p99"])
    assert "beyond the horizon" in t.missing[Place("customers", "K", "p99")]
    assert math.isnan(t.customers.loc["K", "on_time"])
    assert "horizon=20" in t.missing[Place("customers", "K", "on_time")]
    assert t["K"].mean == pytest.approx(20 / 7)
    assert any("beyond the horizon" in remark for remark in t.remarks)


def test_a_name_that_is_nearly_right_is_named() -> None:
    t = qc.lead_times(branches())
    with pytest.raises(KeyError, match="did you mean 'A'"):
        t["a"]
    with pytest.raises(qc.AnalysisError, match="there is no customer 3") as caught:
        t[3]  # type: ignore[index]
    assert "customers: A, B" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# what cannot be said


def test_an_overloaded_department_is_named_with_its_shortfall_and_the_rest_is_kept() -> None:
    chain = branches(cycle_time=4)
    with pytest.raises(
        qc.UnstableQueueError, match=r"'Right': demand 0.5 units of work per hour, capacity 0.25"
    ) as error:
        qc.lead_times(chain)
    assert "short by 0.25" in str(error.value)
    t = error.value.result  # type: ignore[attr-defined]
    assert isinstance(t, LeadTimes)
    assert t["A"].mean == pytest.approx(qc.lead_times(branches())["A"].mean, rel=1e-12)
    assert t.customers.loc["B"].isna()[["lead_time", "sd", "p95", "on_time", "satisfied"]].all()
    assert t.customers.loc["B", "conforming"] == pytest.approx(0.9 * 0.95)
    assert "'Right' cannot keep up" in t.missing[Place("customers", "B", "lead_time")]
    with pytest.raises(qc.AnalysisError, match="'B' has no lead time: 'Right' cannot keep up"):
        t["B"]
    assert t.departments.loc["Right", "waiting_time"] == math.inf
    assert "B: no lead time: 'Right' cannot keep up" in t.summary()


def test_overload_can_be_reported_instead() -> None:
    t = qc.lead_times(branches(cycle_time=4), overloaded="report")
    assert list(t.found) == ["A"]
    assert t.handoffs["sla_attainment"].isna().tolist() == [True, True, False, True, False]
    assert t.remarks[0].startswith("department 'Right'")


def test_a_utilization_of_exactly_one_is_overload() -> None:
    with pytest.raises(qc.UnstableQueueError, match="nothing to spare"):
        qc.lead_times(line(0.5, {"D": 2}))


def test_a_missing_cycle_time_costs_only_the_figures_that_need_it() -> None:
    t = qc.lead_times(branches(cycle_time=None))
    assert t["A"].mean == pytest.approx(qc.lead_times(branches())["A"].mean, rel=1e-12)
    assert t.missing[Place("customers", "B", "lead_time")] == "no cycle time is given for 'Right'"
    assert t.departments.loc["Right"][["service_time", "utilization", "waiting_time"]].isna().all()
    assert t.departments.loc["Right", "arrival_rate"] == pytest.approx(0.5)
    assert t.departments.loc["Right", "inputs_time"] > 0
    assert math.isnan(t.handoffs.loc["Right -> B", "lead_time"])
    assert any("No cycle time is given for Right" in words for words in t.assumptions)


def test_a_missing_time_of_a_helper_reaches_those_who_ask_it() -> None:
    chain = qc.what_if(branches(), {"IT": {"cycle_time": None}})
    t = qc.lead_times(chain)
    assert list(t.found) == ["A"]
    assert math.isnan(t.departments.loc["Right", "inputs_time"])
    assert t.departments.loc["Right", "waiting_time"] > 0
    assert t.missing[Place("customers", "B", "sd")] == "no cycle time is given for 'IT'"


def test_a_customer_that_gets_nothing_has_a_reason() -> None:
    data = {
        "name": "Nothing",
        "suppliers": [{"name": "S", "rate": 1}],
        "departments": [{"name": "D", "cycle_time": 0.1}],
        "customers": [{"name": "K", "promise": 2}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 1},
            {"supplier": "D", "customer": "K", "defect_rate": 0, "inspection": {"detect": 1, "on_reject": "scrap"}},
        ],
    }
    t = qc.lead_times(quietly(data))
    assert t.missing[Place("customers", "K", "lead_time")] == "no unit is delivered to this customer"
    assert t.customers.loc["K"].drop(["promise", "promise_tolerance"]).isna().all()
    with pytest.raises(qc.AnalysisError, match="no customer has a lead time"):
        t.plot()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tolerance": 0}, "tolerance must be a probability above 0 and at most 0.1"),
        ({"tolerance": 0.2}, "at most 0.1"),
        ({"tolerance": math.nan}, "tolerance"),
        ({"tolerance": "1e-4"}, "tolerance"),
        ({"horizon": 0}, "horizon must be a time above 0"),
        ({"horizon": math.inf}, "horizon"),
        ({"horizon": True}, "horizon"),
        ({"overloaded": "ignore"}, "overloaded must be 'raise' or 'report', got 'ignore'"),
    ],
)
def test_an_argument_out_of_its_range_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        qc.lead_times(rework(), **options)


# the tables, and the result as data


def test_handoffs_say_whether_their_promise_is_kept() -> None:
    t = qc.lead_times(branches())
    left = t.handoffs.loc["Left -> A"]
    # an M/M/1 queue at a quarter load: exponential with mean 0.5 / 0.75
    assert left["lead_time"] == pytest.approx(1 + 2 / 3, rel=1e-12)
    assert left["sla_attainment"] == pytest.approx(-math.expm1(-1.5), abs=1e-4)
    asked = t.handoffs.loc["IT -> Right"]
    assert (asked["kind"], asked["transport"]) == ("pulled", 0.0)
    # IT is asked 0.25 times an hour: exponential with mean 0.1 / 0.975
    assert asked["sla_attainment"] == pytest.approx(-math.expm1(-0.2 / 0.1 * 0.975), abs=1e-4)
    assert t.departments.loc["Right", "inputs_time"] == pytest.approx(0.5 * asked["lead_time"], rel=1e-12)
    assert math.isnan(t.handoffs.loc["S -> Left", "sla_attainment"])


def test_departments_add_wait_and_work() -> None:
    t = qc.lead_times(rework())
    row = t.departments.loc["Make"]
    assert row["time_in_department"] == pytest.approx(17 / 7, rel=1e-12)
    # Little's law
    assert row["queue_length"] == pytest.approx(row["arrival_rate"] * row["waiting_time"], rel=1e-12)
    assert row["accuracy"].startswith("exact: Poisson starts")


def test_the_time_in_all_departments_and_handoffs_is_the_lead_time() -> None:
    chain = line(0.4, {"A": qc.Gamma(mean=1, scv=0.5), "B": {"cycle_time": 3, "servers": 2}})
    t = qc.lead_times(chain)
    assert t.departments["time_in_department"].sum() == pytest.approx(t["K"].mean, rel=1e-12)
    assert t.departments.loc["B", "accuracy"].startswith("approximate: several servers")
    assert t.departments.loc["A", "accuracy"].startswith("approximate: one server")
    assert t.accuracy.startswith("Waits are approximate")
    assert "taken as independent" not in t.accuracy


def test_the_accuracy_tells_of_inputs_awaited_at_the_same_time_and_of_long_lines() -> None:
    together = qc.lead_times(qc.Chain.from_dict(BY_KEY["assembly"].chain))
    assert "at the same time are taken as independent" in together.accuracy
    long = qc.lead_times(qc.Chain.from_dict(BY_KEY["nine_bursty"].chain))
    assert "as unsure as the wait" in long.accuracy


def test_the_mean_of_the_transform_is_that_of_the_equations() -> None:
    for seed in range(6):
        data = with_times(as_floats(random_chain(random.Random(seed), cycles="none")), random.Random(seed))
        t = qc.lead_times(quietly(data | {"name": "random"}), overloaded="report")
        for distribution in t.found.values():
            times = np.linspace(0, distribution.horizon, 200_001)
            late = 1 - distribution.cdf(times)
            mean = float(np.trapezoid(late, times))
            second = float(np.trapezoid(2 * times * late, times))
            assert mean == pytest.approx(distribution.mean, rel=3e-3)
            assert math.sqrt(second - mean**2) == pytest.approx(distribution.sd, rel=2e-2)
            assert np.all(np.diff(late) <= 1e-12)


def test_every_figure_that_is_missing_has_its_reason() -> None:
    chains = [rework(), branches(cycle_time=None), branches(cycle_time=4), fixed_loop(promise=1)]
    for chain in chains:
        t = qc.lead_times(chain, overloaded="report")
        for name in ("customers", "departments", "handoffs"):
            table = getattr(t, name)
            for row, column in zip(*np.nonzero(table.isna().to_numpy()), strict=True):
                assert Place(name, table.index[row], table.columns[column]) in t.missing


def test_assumptions_name_the_defaults_that_were_used() -> None:
    chain = quietly(
        {
            "name": "Defaults",
            "calendar": {"hours_per_day": 8, "days_per_week": 5},
            "suppliers": [{"name": "S"}, {"name": "E"}],
            "departments": [{"name": "D", "cycle_time": "6 min", "availability": 0.9}],
            "customers": [{"name": "K"}],
            "handoffs": [
                {"supplier": "S", "customer": "D", "defect_rate": 0, "lead_time": 2},
                {"supplier": "D", "customer": "K", "defect_rate": 0},
                {
                    "supplier": "E", "customer": "D", "item": "plan", "per_unit": 1,
                    "defect_rate": 0.1, "common_cause": "case",
                },
            ],
        }
    )  # fmt: skip
    t = qc.lead_times(chain)
    said = "\n".join(t.assumptions)
    for words in (
        "Times are working time, 8 hours a day and 5 days a week",
        "scv 1: D.",
        "1 lead times of handoffs without a variation are fixed",
        "first come, first served",
        "kitting",
        "1 unit per working hour is assumed",
        "Breakdowns without a mttr slow the work down evenly: D.",
        "plan from E, but each use waits anew",
        "Poisson",
    ):
        assert words in said
    assert t.unit == "working hours"


def test_the_result_is_plain_data_and_a_page() -> None:
    t = qc.lead_times(branches(cycle_time=None), rigorous=True)
    data = json.loads(json.dumps(t.to_dict()))
    assert data["result"] == "LeadTimes"
    assert data["customers"][1]["lead_time"] is None
    assert (
        next(m["reason"] for m in data["missing"] if m["row"] == "B" and m["column"] == "lead_time") == "NO_CYCLE_TIME"
    )
    assert {"departments", "handoffs", "unit", "accuracy", "remarks", "exact_means"} <= set(data)
    assert "<h5>Queues</h5>" in t._repr_html_()
    again = pickle.loads(pickle.dumps(t))
    assert again["A"].quantile(0.9) == t["A"].quantile(0.9)
    assert dataclasses.is_dataclass(t["A"])


def test_the_picture_shows_the_distribution_and_the_promise() -> None:
    t = qc.lead_times(branches())
    ax = t.plot(customer="B")
    assert ax.get_title() == "Lead time of B"
    assert ax.get_xlabel() == "lead time in hours"
    assert ax.texts[0].get_text().startswith("promise 3 hours: ")
    shown = ax.lines[0]
    np.testing.assert_allclose(shown.get_ydata(), t["B"].cdf(shown.get_xdata()))
    assert shown.get_xdata()[-1] > t["B"].quantile(0.99)
    assert t.plot(ax=ax) is ax
    ax.figure.clear()


def test_a_promise_and_its_tolerance_are_told_apart() -> None:
    chain = branches()
    one, other = chain.customers
    chain = dataclasses.replace(chain, customers=[dataclasses.replace(one, promise=120, tolerance=12), other])
    t = qc.lead_times(chain)
    assert (t["A"].promise, t["A"].promise_tolerance, t["A"].promise_with_tolerance) == (120, 12, 132)
    assert t.customers.loc["A", "promise_tolerance"] == 12
    assert "promise 120 + tolerance 12 hours: " in t.summary()
    assert t.plot("A").texts[0].get_text().startswith("promise 120 + tolerance 12 hours: ")


def test_every_customer_of_a_chain_has_its_own_figures() -> None:
    table = qc.lead_times(branches()).customers
    assert list(table.index) == ["A", "B"]
    assert isinstance(table, pd.DataFrame)
    assert table.loc["B", "lead_time"] > table.loc["A", "lead_time"]
    assert (table["median"] < table["p90"]).all()
    assert (table["p90"] < table["p95"]).all()
    assert (table["p95"] < table["p99"]).all()
    assert table.loc["A", "rework_passes"] == 0


def test_parallel_inputs_under_a_common_cause_have_means_too() -> None:
    spec = {"per_unit": 1, "defect_rate": 0.1, "lead_time": qc.Exponential(1), "affects": "unit"}
    chain = qc.Chain(
        "Two plans",
        suppliers=[qc.Supplier("S", rate=1), qc.Supplier("E")],
        departments=[qc.Department("D", cycle_time=0)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0),
            qc.Handoff("E", "D", item="plan", common_cause="case", **spec),
            qc.Handoff("E", "D", item="part", **spec),
        ],
    )
    t = qc.lead_times(chain)
    # the later of two unit exponentials
    assert t["K"].mean == pytest.approx(1.5, rel=1e-5)
    assert t["K"].sd == pytest.approx(math.sqrt(1.25), rel=1e-4)
    assert t.departments.loc["D", "inputs_time"] == pytest.approx(1.5, rel=1e-5)
    assert "parallel inputs from the time grid" in t.method
    assert not t.exact_means


@pytest.mark.parametrize(
    ("transport", "promise", "on_time"),
    [
        (("13 s", "30 d"), "30 d 13 s", 1.0),
        ((math.pi, 1.0), math.pi + 1.0, 1.0),
        ((0.0, qc.Empirical([1.234567, 2.345678])), 1.234567, 0.5),
        ((0.0, qc.Empirical([1.234567, 2.345678])), 2.345678, 1.0),
        ((0.0, qc.Empirical(["1 h 23 min 45 s", "40 h 2 min 11 s"])), "1 h 23 min 45 s", 0.5),
    ],
)
def test_a_promise_at_the_very_moment_of_a_fixed_arrival_is_kept(transport, promise, on_time) -> None:
    chain = qc.Chain(
        "Fixed",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0)],
        customers=[qc.Customer("K", promise=promise)],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0, lead_time=transport[0]),
            qc.Handoff("A", "K", defect_rate=0, lead_time=transport[1]),
        ],
    )
    distribution = qc.lead_times(chain)["K"]
    assert distribution.on_time == pytest.approx(on_time, abs=1e-9)
    assert distribution.accuracy == 0.0


def test_a_common_cause_is_awaited_at_every_use_so_means_are_not_called_exact() -> None:
    chain = qc.Chain(
        "Spec",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0.2), qc.Department("G", cycle_time=0.1)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0.1, inspection=qc.Inspection(0.9, false_alarm=0.1)),
            qc.Handoff("G", "A", item="spec", per_unit=1, defect_rate=0.1, common_cause="case"),
        ],
    )
    assert qc.lead_times(chain).exact_means is False
