"""Capacity and its price, waiting, and how the four lists hang together."""

from __future__ import annotations

import json
import math
import random

import matplotlib as mpl
import numpy as np
import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.bottlenecks import bottlenecks as module
from qualitychain.vocabulary.reason import Place

mpl.use("Agg")


def station(rate: float = 0.5, **department: object) -> qc.Chain:
    """One department whose output is tested and reworked: 20 % bad, three quarters of them found."""
    return qc.Chain(
        "Station",
        suppliers=[qc.Supplier("Stock", rate=rate)],
        departments=[qc.Department("Make", **{"cycle_time": 1, **department})],  # type: ignore[arg-type]
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75)),
        ],
    )


def test_rework_counts_in_utilization_and_limits() -> None:
    """By hand: 20/17 passes a unit, so utilization 10/17 at half a unit an hour, and at most 17/20 starts an hour."""
    b = qc.bottlenecks(station())
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(10 / 17)
    assert b.max_release_rate == pytest.approx(17 / 20)
    assert b.tied == ("Make",)


def test_servers_and_availability_share_the_load() -> None:
    b = qc.bottlenecks(station(servers=3, availability=0.8))
    assert b.capacity.loc["Make", "time_per_unit"] == pytest.approx(1.25)
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(10 / 17 * 1.25 / 3)


def test_the_limit_is_where_utilization_becomes_one() -> None:
    limit = qc.bottlenecks(station()).max_release_rate
    assert qc.bottlenecks(station(rate=limit)).capacity.loc["Make", "utilization"] == pytest.approx(1)


def test_an_overloaded_department_is_named_with_demand_capacity_and_shortfall() -> None:
    b = qc.bottlenecks(station(rate=1))
    with pytest.raises(qc.UnstableQueueError, match=r"'Make': demand 1\.176 .* capacity 1, short by 0\.1765"):
        b.raise_if_unstable()
    assert b.capacity.loc["Make", "utilization"] == pytest.approx(20 / 17)
    qc.bottlenecks(station()).raise_if_unstable()


def test_equal_limits_are_one_bottleneck_and_the_next_comes_after() -> None:
    chain = qc.what_if(line(0.0, 0.0, 0.0, 0.0), {"D3": {"cycle_time": 0.2}})
    b = qc.bottlenecks(chain)
    assert b.tied == ("D1", "D2")
    assert b.sequence["departments"].tolist() == ["D1, D2", "D3"]
    assert b.sequence["factor"].tolist() == [pytest.approx(2.5), math.inf]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"cycle_time": 1.9}, "too much demand"),
        ({"cycle_time": 0.9, "availability": 0.5}, "inability to serve: breakdowns and absence"),
        ({"cycle_time": 1.55}, "inability to serve: rework and repeated requests"),
        ({"cycle_time": 0.1}, ""),
    ],
)
def test_the_cause_is_the_largest_term_of_the_load(fields: dict[str, float], cause: str) -> None:
    assert qc.bottlenecks(station(**fields)).capacity.loc["Make", "cause"] == cause


def test_departments_without_times_are_said_not_to_limit() -> None:
    chain = qc.what_if(line(0.1, 0.2, 0.1), {"D2": {"cycle_time": None}})
    b = qc.bottlenecks(chain)
    assert math.isnan(b.capacity.loc["D2", "utilization"])
    assert b.missing[Place("capacity", "D2", "utilization")] == "no cycle_time is given"
    assert any("D2" in a for a in b.assumptions)
    none = qc.bottlenecks(qc.what_if(chain, {"D1": {"cycle_time": None}}))
    assert none.tied == ()
    assert "No department limits" in none.summary()


def test_scaling_the_starts_scales_utilization_but_not_the_limit() -> None:
    for seed in range(5):
        data = as_floats(random_chain(random.Random(seed)))
        for department in data["departments"]:
            department["cycle_time"] = 0.3
        chain = quietly(data | {"name": "random"})
        rates = {s.name: {"rate": qc.Scale(3)} for s in chain.suppliers if s.rate}
        if not rates:
            continue
        one, three = qc.bottlenecks(chain), qc.bottlenecks(quietly(qc.what_if(chain, rates).to_dict()))
        assert three.max_release_rate == pytest.approx(one.max_release_rate)
        np.testing.assert_allclose(three.capacity["utilization"], 3 * one.capacity["utilization"])


def test_a_target_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        qc.bottlenecks(station(), target=1.2)


def test_the_shadow_price_is_what_one_more_server_gains_while_the_same_department_binds() -> None:
    chain = station(servers=3, availability=0.8)
    b, more = qc.bottlenecks(chain), qc.bottlenecks(qc.what_if(chain, {"Make": {"servers": 4}}))
    assert b.capacity.loc["Make", "shadow_price"] == pytest.approx(more.max_release_rate - b.max_release_rate)
    assert b.capacity.loc["Make", "shadow_price"] == pytest.approx(b.max_release_rate / 3)


def test_a_server_at_one_of_several_tied_departments_gains_nothing() -> None:
    chain = line(0.0, 0.1, 0.0, 0.0)
    b, more = qc.bottlenecks(chain), qc.bottlenecks(qc.what_if(chain, {"D1": {"servers": 2}}))
    assert b.tied == ("D1", "D2", "D3")
    assert b.capacity["shadow_price"].tolist() == [0, 0, 0]
    assert more.max_release_rate == pytest.approx(b.max_release_rate)


def test_servers_added_along_the_sequence_bring_the_chain_to_the_next_limit() -> None:
    """Servers are whole in a chain, so the fractions are added as shorter times."""
    times = {"D1": 0.5, "D2": 0.4, "D3": 0.2}
    chain = qc.what_if(line(0.0, 0.1, 0.0, 0.0), {d: {"cycle_time": t} for d, t in times.items()})
    b = qc.bottlenecks(chain)
    limits = b.sequence["max_release_rate"]
    elevated = {d: {"cycle_time": times[d] / (limits[3] * times[d])} for d in ("D1", "D2")}
    assert qc.bottlenecks(qc.what_if(chain, elevated)).max_release_rate == pytest.approx(limits[3])
    added = sum(limits[3] * times[d] - 1 for d in ("D1", "D2"))
    assert b.sequence["servers_added"].tolist() == [pytest.approx(0.25), pytest.approx(added), math.inf]


def erlang_wait(rate: float, time: float, servers: int) -> float:
    """Mean wait of M/M/c, from the sums of the textbook."""
    load = rate * time
    below = sum(load**k / math.factorial(k) for k in range(servers))
    full = load**servers / math.factorial(servers) / (1 - load / servers)
    return full / (below + full) * time / (servers - load)


def test_shares_and_prices_of_a_jackson_line_are_those_of_its_formulas() -> None:
    chain = qc.what_if(line(0.0, 0.0, 0.0), {"D1": {"cycle_time": 0.8}, "D2": {"servers": 2, "cycle_time": 1.5}})
    waits = [erlang_wait(1, 0.8, 1), erlang_wait(1, 1.5, 2)]
    total = sum(waits) + 0.8 + 1.5
    w = qc.bottlenecks(chain).waiting_list
    assert w.lead_time == pytest.approx(total)
    np.testing.assert_allclose(w.departments["share"], np.array(waits) / total)
    prices = [waits[0] - erlang_wait(1, 0.8, 2), waits[1] - erlang_wait(1, 1.5, 3)]
    np.testing.assert_allclose(w.departments["lead_time_price"], prices)
    np.testing.assert_allclose(w.customers["lead_time_price"], prices)


def service_chain(*lead_times: qc.Exponential | float) -> qc.Chain:
    """A department that needs one of each of several items, each from a supplier of its own."""
    names = [f"Source {i}" for i in range(len(lead_times))]
    return qc.Chain(
        "Kitting",
        suppliers=[qc.Supplier("Stock", rate=0.2), *(qc.Supplier(n) for n in names)],
        departments=[qc.Department("Build", cycle_time=1)],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Build", defect_rate=0),
            qc.Handoff("Build", "Shop", defect_rate=0),
            *(
                qc.Handoff(n, "Build", item=n, per_unit=1, defect_rate=0, lead_time=t)
                for n, t in zip(names, lead_times, strict=True)
            ),
        ],
    )


def test_the_slower_of_two_random_inputs_is_last_as_often_as_its_mean_says() -> None:
    """Exponential times of means a and b: the first is the last with a/(a+b), and the mean of the greater is known."""
    w = qc.bottlenecks(service_chain(qc.Exponential(3), qc.Exponential(1))).waiting_list
    assert w.inputs["last"].to_numpy() == pytest.approx([0.75, 0.25], abs=2e-4)
    assert w.inputs["delay"].sum() == pytest.approx(3 + 1 - 3 / 4, rel=1e-4)
    assert w.departments.loc["Build", "inputs_share"] == pytest.approx(3.25 / w.lead_time, rel=1e-4)


def test_of_two_fixed_inputs_the_longer_is_always_last_and_equal_ones_share() -> None:
    assert qc.bottlenecks(service_chain(3.0, 1.0)).waiting_list.inputs["last"].tolist() == [1, 0]
    assert qc.bottlenecks(service_chain(2.0, 2.0)).waiting_list.inputs["last"].tolist() == [0.5, 0.5]


def test_waiting_at_a_service_shows_in_the_inputs_of_those_who_ask_it() -> None:
    chain = qc.what_if(
        line(0.0, 0.0),
        add=[
            qc.Department("IT", cycle_time=0.6),
            qc.Handoff("IT", "D1", item="help", per_unit=1, defect_rate=0),
        ],
    )
    row = qc.bottlenecks(chain).waiting.loc["IT"]
    assert row["visits"] == 0
    assert row["share"] == 0
    assert row["lead_time_price"] > 0
    assert qc.bottlenecks(chain).waiting.loc["D1", "inputs_time"] == pytest.approx(0.6 / (1 - 0.6), rel=0.05)


def test_shares_of_waiting_of_several_customers_average_to_that_of_all_deliveries() -> None:
    chain = qc.Chain(
        "Two ends",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("A", cycle_time=0.5), qc.Department("B", cycle_time=0.7)],
        customers=[qc.Customer("Near"), qc.Customer("Far")],
        handoffs=[
            qc.Handoff("Stock", "A", defect_rate=0),
            qc.Handoff("A", "Near", share=0.4, defect_rate=0.1),
            qc.Handoff("A", "B", share=0.6, defect_rate=0.1),
            qc.Handoff("B", "Far", defect_rate=0),
        ],
    )
    w = qc.bottlenecks(chain).waiting_list
    times = qc.lead_times(chain).customers["lead_time"]
    each = w.customers.set_index(["customer", "department"])["share"]
    assert each["Near", "B"] == 0
    of_a = 0.4 * each["Near", "A"] * times["Near"] + 0.6 * each["Far", "A"] * times["Far"]
    assert w.departments.loc["A", "share"] == pytest.approx(of_a / w.lead_time)
    assert w.lead_time == pytest.approx(0.4 * times["Near"] + 0.6 * times["Far"])


def test_an_overloaded_department_leaves_the_lists_that_stay_meaningful() -> None:
    b = qc.bottlenecks(station(rate=1))
    assert "'Make' has more work than can be done" in b.waiting_list.reason_for("", None, "lead_time")
    assert b.waiting["share"].isna().all()
    assert b.waiting_list.reason_for("departments", "Make", "waiting_time")
    assert b.quality.loc[0, "sigma_gain_halved"] > 0
    assert b.remedies["feasible"].any()
    assert (b.remedies.loc[b.remedies["feasible"], "lead_time"] > 0).all()
    assert "no value" not in b.waiting_list.summary()


def test_customers_that_do_not_meet_the_overloaded_department_keep_their_shares() -> None:
    chain = qc.Chain(
        "Two lines",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Calm", cycle_time=0.5), qc.Department("Full", cycle_time=3)],
        customers=[qc.Customer("Near"), qc.Customer("Far")],
        handoffs=[
            qc.Handoff("Stock", "Calm", share=0.5, defect_rate=0),
            qc.Handoff("Stock", "Full", share=0.5, defect_rate=0),
            qc.Handoff("Calm", "Near", defect_rate=0),
            qc.Handoff("Full", "Far", defect_rate=0),
        ],
    )
    w = qc.bottlenecks(chain).waiting_list
    each = w.customers.set_index(["customer", "department"])["share"]
    assert each["Near", "Calm"] == pytest.approx(0.25)
    assert math.isnan(each["Far", "Full"])
    assert w.reason_for("customers", ("Far", "Full"), "share")
    assert w.reason_for("customers", ("Near", "Full"), "share") is None
    assert math.isnan(w.lead_time)


def test_a_chain_without_times_says_why_waiting_lacks_and_still_ranks_quality() -> None:
    b = qc.bottlenecks(station(cycle_time=None))
    assert "no department has a cycle time" in b.waiting_list.summary()
    assert b.quality["rank"].tolist() == [1, 2]
    assert b.remedies.empty
    assert b.capacity["utilization"].isna().all()


def test_capacity_alone_does_not_pay_for_the_other_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a list was worked out unasked")

    for place in ("quality_list.quality_list_of", "waiting_list.waiting_list_of", "evaluation.evaluation_of"):
        monkeypatch.setattr(f"qualitychain.analysis.bottlenecks.{place}", refuse)
    b = qc.bottlenecks(station(rate=1))
    assert b.capacity.loc["Make", "utilization"] > 1
    assert b.summary()
    assert b.to_dict()["why"]
    with pytest.raises(AssertionError, match="unasked"):
        _ = b.quality


def test_only_the_departments_where_most_is_waited_get_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.analysis.bottlenecks.waiting_list.MOST_PRICES", 1)
    chain = qc.what_if(line(0.0, 0.0, 0.0), {"D2": {"cycle_time": 0.9}})
    w = qc.bottlenecks(chain).waiting_list
    assert w.departments["lead_time_price"].isna().tolist() == [True, False]
    assert "left out" in w.missing[Place("departments", "D1", "lead_time_price")]


def test_every_list_has_a_chart_and_becomes_plain_data() -> None:
    chain = qc.what_if(
        station(rate=0.8),
        {"Make -> Shop": {"sla": qc.Sla(lead_time=1, defect_rate=0.1)}, "Shop": {"promise": 5}},
    )
    b = qc.bottlenecks(chain)
    for name in module.LISTS:
        ax = b.plot(name)
        assert ax.patches, name
        ax.figure.clear()
    data = json.loads(json.dumps(b.to_dict(whole=True), allow_nan=False))
    assert data["waiting"]["departments"][0]["department"] == "Make"
    assert data["remedies"]["table"][0]["number"] == 1
    assert "waiting" not in b.to_dict()
    for result in (b.waiting_list, b.quality_list, b.service_list, b.remedy_list):
        assert result.summary()
        assert result._repr_html_()
    with pytest.raises(ValueError, match="which must be one of"):
        b.plot("money")  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0, 1, 1.5])
def test_a_level_of_service_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="sla_level"):
        qc.bottlenecks(station(), sla_level=level)
