"""Where the time goes: steps that add up, takt, WIP by Little's law, the critical path, and measured figures."""

from __future__ import annotations

import json
import math
import pickle
import random
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from support.chains import quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.vocabulary.reason import Place

mpl.use("Agg")

EXPONENTIAL = {"exponential": 1}
CLOSE = 1e-9


def chain(departments: list[qc.Department], handoffs: list[qc.Handoff], rate: float = 0.5, **fields: Any) -> qc.Chain:
    """Stock starts units; whatever is pulled from Store comes from outside."""
    pulled = [qc.Supplier("Store")] if any(h.supplier == "Store" for h in handoffs) else []
    names = dict.fromkeys(h.customer for h in handoffs if h.customer not in {d.name for d in departments})
    return qc.Chain(
        "Works",
        suppliers=[qc.Supplier("Stock", rate=rate), *pulled],
        departments=departments,
        customers=[qc.Customer(name) for name in names],
        handoffs=handoffs,
        **fields,
    )


def rework_station(rate: float = 0.5, **department: Any) -> qc.Chain:
    """20 % bad, three quarters of them found and redone: 20/17 visits of a unit."""
    return chain(
        [qc.Department("Make", **{"cycle_time": 1, **department})],
        [
            qc.Handoff("Stock", "Make", defect_rate=0, lead_time=2),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75, time=0.1), lead_time=3),
        ],
        rate,
    )


def pulls(*inputs: dict[str, Any], rate: float = 0.01) -> qc.Chain:
    """Build pulls inputs from outside, each with a ``lead_time`` and ``per_unit``; nothing else takes time."""
    needed = [
        qc.Handoff("Store", "Build", **{"item": f"part {i}", "per_unit": 1, "defect_rate": 0, **fields})
        for i, fields in enumerate(inputs, 1)
    ]
    return chain(
        [qc.Department("Build", cycle_time=0)],
        [qc.Handoff("Stock", "Build", defect_rate=0), *needed, qc.Handoff("Build", "Shop", defect_rate=0)],
        rate,
    )


def timed(seed: int, **options: Any) -> qc.Chain:
    """A random chain with times, lightly loaded."""
    rng = random.Random(seed)
    data = as_floats(random_chain(rng, **options)) | {"name": f"Random {seed}"}
    for department in data["departments"]:
        department["cycle_time"] = rng.choice([0.01, 0.02, 0.0, {"mean": 0.02, "scv": 0.3}])
    for handoff in data["handoffs"]:
        if rng.random() < 0.5:
            handoff["lead_time"] = rng.choice([1, 0.5, {"gamma": {"mean": 1, "scv": 0.5}}])
        if "inspection" in handoff and rng.random() < 0.5:
            handoff["inspection"]["time"] = 0.25
    return quietly(data)


# --- steps add up


def test_work_queue_transport_and_inspection_of_a_rework_station_by_hand() -> None:
    """20/17 visits; M/M/1 at utilization 10/17, so a visit waits 10/7 hours; a unit is transported at each pass."""
    v = qc.value_stream(rework_station())
    visits = 20 / 17
    make, ship = v.steps.loc["Make"], v.steps.loc["Make -> Shop"]
    assert make["visits"] == pytest.approx(visits)
    assert make["cycle_time"] == pytest.approx(visits)
    assert make["waiting_time"] == pytest.approx(visits * 10 / 7)
    assert ship["transport_time"] == pytest.approx(3 * visits)
    assert ship["inspection_time"] == pytest.approx(0.1 * visits)
    assert v.lead_time == pytest.approx(2 + visits * (1 + 10 / 7 + 3 + 0.1))
    assert v.flow_efficiency == pytest.approx(visits / v.lead_time)
    assert v.steps["share"].sum() == pytest.approx(1)


def test_what_the_giver_itself_rejects_is_not_transported() -> None:
    station = rework_station()
    own = qc.what_if(station, {"Make -> Shop": {"inspection": {"detect": 0.75, "by": "supplier", "time": 0.1}}})
    ship = qc.value_stream(own).steps.loc["Make -> Shop"]
    assert ship["transport_time"] == pytest.approx(3)
    assert ship["inspection_time"] == pytest.approx(0.1 * 20 / 17)


@pytest.mark.parametrize("seed", [0, 6, 9, 13, 23, 28])
def test_steps_add_up_to_the_mean_lead_times_of_random_chains(seed: int) -> None:
    """Rework, scrap, parallel inputs, routes and inspections: for the whole mix and for each customer."""
    random_one = timed(seed)
    lead, v = qc.lead_times(random_one), qc.value_stream(random_one)
    delivered = qc.quality(random_one).customers["delivered"]
    here = delivered > 0
    whole = (delivered * lead.customers["lead_time"])[here].sum() / delivered.sum()
    assert v.steps["time"].sum() == pytest.approx(whole, rel=CLOSE)
    for name in delivered.index[here]:
        mean = lead.customers.loc[name, "lead_time"]
        assert qc.value_stream(random_one, customer=name).steps["time"].sum() == pytest.approx(mean, rel=CLOSE)
        assert v.customers.loc[name, "lead_time"] == pytest.approx(mean, rel=CLOSE)


@pytest.mark.parametrize("seed", [0, 9, 28])
def test_wip_of_the_steps_adds_up_to_customers_and_scrap(seed: int) -> None:
    v = qc.value_stream(timed(seed))
    assert v.steps["wip"].sum() == pytest.approx(v.customers["wip"].sum() + v.scrap["wip"], rel=CLOSE)
    assert v.wip == pytest.approx(v.steps["wip"].sum(), rel=CLOSE)


def test_with_common_causes_the_steps_add_up_as_closely_as_the_time_grid() -> None:
    shared = timed(10, common_causes=True)
    lead, v = qc.lead_times(shared), qc.value_stream(shared)
    pd.testing.assert_series_equal(v.customers["lead_time"], lead.customers["lead_time"], rtol=1e-4)


def test_slow_units_of_a_route_are_told_from_the_fast_ones() -> None:
    """Inputs that are bad take long and send the unit to the second customer: its wait for inputs is conditional."""
    v = chain(
        [qc.Department("Build", cycle_time=0)],
        [
            qc.Handoff("Stock", "Build", defect_rate=0),
            qc.Handoff("Store", "Build", item="part", per_unit=0.5, defect_rate=1, lead_time=4),
            qc.Handoff("Build", "Shop", share=0.5, defect_rate=0, inspection=qc.Inspection(1, on_reject="scrap")),
            qc.Handoff("Build", "Outlet", share=0.5, defect_rate=0),
        ],
    )
    shop, outlet = qc.value_stream(v, customer="Shop"), qc.value_stream(v, customer="Outlet")
    assert shop.steps.loc["Build", "inputs_time"] == 0
    assert outlet.steps.loc["Build", "inputs_time"] == pytest.approx(2)
    scrap = qc.value_stream(v).scrap
    assert scrap["lead_time"] == pytest.approx(4)
    assert scrap["throughput"] == pytest.approx(0.5 * 0.25)


def test_steps_stand_in_flow_order_with_their_handoffs_behind_them() -> None:
    v = qc.value_stream(rework_station())
    assert list(v.steps.index) == ["Stock", "Stock -> Make", "Make", "Make -> Shop", "Shop"]
    assert list(v.steps["kind"]) == ["node", "handoff", "node", "handoff", "node"]


def test_only_steps_on_the_way_to_a_customer_are_shown_for_it() -> None:
    two = chain(
        [qc.Department("A", cycle_time=1), qc.Department("B", cycle_time=1)],
        [
            qc.Handoff("Stock", "A", share=0.4, defect_rate=0),
            qc.Handoff("Stock", "B", share=0.6, defect_rate=0),
            qc.Handoff("A", "Shop", defect_rate=0),
            qc.Handoff("B", "Outlet", defect_rate=0),
        ],
    )
    v = qc.value_stream(two, customer="Outlet")
    assert "A" not in v.steps.index
    assert v.steps.loc["B", "visits"] == pytest.approx(1)
    assert v.wip == pytest.approx(0.3 * v.lead_time)


# --- WIP and stops


def test_the_wip_of_a_jackson_chain_is_its_closed_form() -> None:
    v = qc.value_stream(rework_station())
    load = 10 / 17
    assert v.steps.loc["Make", "wip"] == pytest.approx(load / (1 - load))
    assert v.steps.loc["Stock -> Make", "wip"] == pytest.approx(0.5 * 2)
    assert v.exact


def test_scrapped_units_take_room_and_time_but_are_no_deliveries() -> None:
    scrapping = chain(
        [qc.Department("Make", cycle_time=0)],
        [
            qc.Handoff("Stock", "Make", defect_rate=0.2, lead_time=2),
            qc.Handoff(
                "Make",
                "Shop",
                defect_rate=0,
                lead_time=5,
                inspection=qc.Inspection(1, by="supplier", on_reject="scrap"),
            ),
        ],
    )
    v = qc.value_stream(scrapping)
    assert v.lead_time == pytest.approx(7)
    assert v.scrap["lead_time"] == pytest.approx(2)
    assert v.wip == pytest.approx(0.5 * (0.8 * 7 + 0.2 * 2))
    assert v.takt == pytest.approx(1 / 0.4)


def test_stops_of_a_server_are_on_the_unit_but_no_work() -> None:
    v = qc.value_stream(rework_station(availability=0.8, mttr=1))
    visits = 20 / 17
    assert v.steps.loc["Make", "cycle_time"] == pytest.approx(visits / 0.8)
    assert v.steps.loc["Make", "working_time"] == pytest.approx(visits)
    assert v.customers.loc["Shop", "working_time"] == pytest.approx(visits)
    assert v.flow_efficiency == pytest.approx(visits / v.lead_time)


# --- takt


def test_by_default_takt_is_the_time_between_deliveries_and_its_ratio_the_utilization() -> None:
    station = rework_station(servers=2, availability=0.9)
    v = qc.value_stream(station)
    assert v.takt == pytest.approx(2)
    utilization = qc.bottlenecks(station).capacity.loc["Make", "utilization"]
    assert v.takt_table.loc["Make", "ratio"] == pytest.approx(utilization)
    assert v.steps.loc["Make", "takt_ratio"] == pytest.approx(utilization)
    assert v.late == ()


def test_a_demand_beyond_what_a_department_can_do_breaks_its_takt() -> None:
    """90 deliveries in 75 hours: one every 50 minutes; a unit takes 20/17 hours of work."""
    v = qc.value_stream(rework_station(), demand=90, available_time="75 h")
    assert v.takt == pytest.approx(75 / 90)
    assert v.takt_table.loc["Make", "time_per_unit"] == pytest.approx(20 / 17)
    assert v.takt_table.loc["Make", "ratio"] == pytest.approx(20 / 17 / (75 / 90))
    assert v.late == ("Make",)
    assert "not kept by Make" in v.summary()


def test_demand_alone_counts_per_time_unit() -> None:
    assert qc.value_stream(rework_station(), demand=0.25).takt == pytest.approx(4)


def test_internal_services_have_to_keep_takt_too() -> None:
    served = chain(
        [qc.Department("Make", cycle_time=0.1), qc.Department("IT", cycle_time=2)],
        [
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("IT", "Make", item="help", per_unit=0.3, defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0),
        ],
    )
    v = qc.value_stream(served, demand=2)
    assert v.takt_table.loc["IT", "ratio"] == pytest.approx(0.3 * 2 * 2)
    assert v.late == ("IT",)
    assert "IT" not in v.steps.index
    # work in a service is waiting for the unit, and no work on it
    assert v.customers.loc["Shop", "working_time"] == pytest.approx(0.1)


# --- parallel inputs and the critical path

NETWORK = {
    "A": (32 / 6, ""),
    "B": (14 / 6, ""),
    "C": (5, "A"),
    "D": (49 / 6, "A"),
    "E": (58 / 6, "BC"),
    "F": (28 / 6, "D"),
    "G": (35 / 6, "D"),
    "H": (26 / 6, "EF"),
    "I": (40 / 6, "GH"),
    "J": (25 / 6, "I"),
    "K": (59 / 6, "I"),
    "L": (32 / 6, "J"),
    "M": (13 / 6, "K"),
    "N": (47 / 6, "LM"),
}
"""A classical activity network (durations, predecessors): 305/6 long, critical A C E H I K M N."""


def network(*, as_transport: bool, rate: float = 1e-3) -> qc.Chain:
    """The network as pulls: N is what the unit needs, an activity with predecessors pulls their results."""
    departments, handoffs = [], [qc.Handoff("Stock", "N", defect_rate=0)]
    for name, (time, before) in NETWORK.items():
        work = 0.0 if as_transport else {"fixed": time}
        departments.append(qc.Department(name, cycle_time=work, servers=200))
        handoffs += [
            qc.Handoff(
                giver, name, item=giver, per_unit=1, defect_rate=0, lead_time=NETWORK[giver][0] if as_transport else 0
            )
            for giver in before
        ]
    last = NETWORK["N"][0] if as_transport else 0
    handoffs.append(qc.Handoff("N", "Shop", defect_rate=0, lead_time=last))
    return chain(departments, handoffs, rate)


@pytest.mark.parametrize("as_transport", [True, False])
def test_where_nothing_varies_the_critical_path_is_that_of_the_activity_network(as_transport: bool) -> None:
    v = qc.value_stream(network(as_transport=as_transport))
    path = v.critical_path
    steps = path[path["time"] > 1e-6]
    acts = [str(s).split(" ")[0] for s in steps["step"]]
    assert acts == ["A", "C", "E", "H", "I", "K", "M", "N"]
    assert path["cumulative"].iloc[-1] == pytest.approx(305 / 6, rel=1e-9)
    finished = dict(zip(acts, steps["cumulative"], strict=True))
    assert finished["H"] == pytest.approx(73 / 3, rel=1e-9)
    assert finished["K"] == pytest.approx(245 / 6, rel=1e-9)
    assert v.lead_time == pytest.approx(305 / 6, rel=1e-9)
    np.testing.assert_allclose(v.inputs["criticality"].to_numpy().round(9) % 1, 0)


def test_the_longest_box_of_a_column_need_not_be_critical() -> None:
    """The slowest single step is an input that is short for its branch; the longer chain of waits wins."""
    slow = chain(
        [qc.Department(n, cycle_time=0) for n in ("Build", "Case", "Board")],
        [
            qc.Handoff("Stock", "Build", defect_rate=0),
            qc.Handoff("Case", "Build", item="case", per_unit=1, defect_rate=0, lead_time=5),
            qc.Handoff("Board", "Build", item="board", per_unit=1, defect_rate=0, lead_time=3),
            qc.Handoff("Store", "Board", item="chips", per_unit=1, defect_rate=0, lead_time=4),
            qc.Handoff("Build", "Shop", defect_rate=0),
        ],
    )
    v = qc.value_stream(slow)
    assert v.critical_path["cumulative"].iloc[-1] == pytest.approx(7)
    assert v.inputs.loc["Board -> Build: board", "criticality"] == pytest.approx(1)
    assert v.inputs.loc["Case -> Build: case", "criticality"] == 0
    assert list(v.critical_path.query("time > 0")["step"]) == ["Store -> Board: chips", "Board -> Build: board"]


def test_of_two_exponential_inputs_the_slower_is_last_as_often_as_its_share_of_the_rates() -> None:
    """Means 1 and 2: the slower is the last with probability 2/3; E[max] = 1 + 2 - 2/3."""
    v = qc.value_stream(pulls({"lead_time": EXPONENTIAL}, {"lead_time": {"exponential": 2}}))
    one, two = (v.inputs.loc[f"Store -> Build: part {i}"] for i in (1, 2))
    assert (one["criticality"], two["criticality"]) == pytest.approx((1 / 3, 2 / 3), abs=1e-5)
    assert one["delay"] + two["delay"] == pytest.approx(7 / 3, rel=1e-5)
    # E[R, R is the last] of the slower: 2 - (2/3) (1/3)
    assert two["delay"] == pytest.approx(2 - 2 / 9, rel=1e-4)
    assert v.steps.loc["Build", "inputs_time"] == pytest.approx(one["delay"] + two["delay"], rel=CLOSE)
    path = v.critical_path
    assert path["cumulative"].iloc[-1] == pytest.approx(v.lead_time, rel=CLOSE)
    others = path[path["step"] == "other inputs of Build"]
    assert others["time"].iloc[0] == pytest.approx(v.lead_time - 2 / 3 * 2, rel=1e-4)


def test_inputs_that_arrive_together_share_the_criticality() -> None:
    v = qc.value_stream(pulls({"lead_time": 2}, {"lead_time": 2}, {"lead_time": 1}))
    np.testing.assert_allclose(v.inputs["criticality"], [0.5, 0.5, 0])
    np.testing.assert_allclose(v.inputs["delay"], [1, 1, 0])


def test_an_input_needed_now_and_then_delays_as_often_as_it_is_needed() -> None:
    v = qc.value_stream(pulls({"lead_time": 5, "per_unit": 0.3}))
    row = v.inputs.loc["Store -> Build: part 1"]
    assert (row["criticality"], row["delay"]) == pytest.approx((0.3, 1.5))
    assert v.lead_time == pytest.approx(1.5)
    assert v.critical_path["cumulative"].iloc[-1] == pytest.approx(1.5)


def test_a_rare_input_that_outlasts_a_usual_one_is_last_when_it_is_needed() -> None:
    v = qc.value_stream(pulls({"lead_time": 5, "per_unit": 0.3}, {"lead_time": 1}))
    np.testing.assert_allclose(v.inputs["criticality"], [0.3, 0.7], atol=1e-6)
    np.testing.assert_allclose(v.inputs["delay"], [1.5, 0.7], atol=1e-6)


def test_the_last_of_two_uses_of_one_input_is_later_than_one_alone() -> None:
    v = qc.value_stream(pulls({"lead_time": EXPONENTIAL, "per_unit": 2}))
    row = v.inputs.loc["Store -> Build: part 1"]
    assert row["criticality"] == pytest.approx(1, abs=1e-6)
    assert row["delay"] == pytest.approx(1.5, rel=1e-5)


def test_departments_that_need_each_other_end_the_path_with_their_wait() -> None:
    circle = chain(
        [
            qc.Department("Build", cycle_time=0),
            qc.Department("IT", cycle_time=0.1),
            qc.Department("HR", cycle_time=0.1),
        ],
        [
            qc.Handoff("Stock", "Build", defect_rate=0),
            qc.Handoff("IT", "Build", item="help", per_unit=1, defect_rate=0),
            qc.Handoff("HR", "IT", item="staff", per_unit=0.3, defect_rate=0),
            qc.Handoff("IT", "HR", item="access", per_unit=0.3, defect_rate=0),
            qc.Handoff("Build", "Shop", defect_rate=0),
        ],
    )
    v = qc.value_stream(circle)
    assert v.critical_path["cumulative"].iloc[-1] == pytest.approx(v.lead_time, rel=1e-9)
    assert "inputs of HR" in set(v.critical_path["step"])


def test_the_route_of_the_critical_path_is_the_most_likely_one() -> None:
    forked = chain(
        [qc.Department(n, cycle_time=0) for n in ("Desk", "Quick", "Slow")],
        [
            qc.Handoff("Stock", "Desk", defect_rate=0),
            qc.Handoff("Desk", "Quick", share=0.7, defect_rate=0, lead_time=1),
            qc.Handoff("Desk", "Slow", share=0.3, defect_rate=0, lead_time=9),
            qc.Handoff("Quick", "Shop", defect_rate=0),
            qc.Handoff("Slow", "Shop", defect_rate=0),
        ],
    )
    path = qc.value_stream(forked).critical_path
    assert list(path[path["kind"] == "step"]["step"]) == ["Stock", "Desk", "Quick", "Shop"]
    assert path["cumulative"].iloc[-1] == pytest.approx(1)
    assert "70 %" in path["why"].iloc[0]
    assert qc.value_stream(forked).route_share == pytest.approx(0.7)
    assert "the route of 70 % of the units" in qc.value_stream(forked).summary()


# --- Little's law


def test_two_measured_figures_give_the_third_and_no_verdict() -> None:
    v = qc.value_stream(rework_station(), measured={"wip": 6, "lead_time": "4 h"})
    assert v.little.loc[("Works", "throughput"), "implied"] == pytest.approx(1.5)
    assert math.isnan(v.little.loc[("Works", "throughput"), "measured"])
    assert v.missing[Place("little", ("Works", "throughput"), "measured")] == "not measured"
    assert v.verdicts["Works"].startswith("throughput is not measured; the other two make it 1.5")
    assert "disagree" not in v.verdicts["Works"]


def test_figures_of_the_model_itself_agree_with_it() -> None:
    v = qc.value_stream(rework_station())
    own = v.little.loc["Works", "model"].to_dict()
    assert own["wip"] == pytest.approx(own["throughput"] * own["lead_time"])
    checked = qc.value_stream(rework_station(), measured=own)
    assert checked.verdicts["Works"] == "the three agree with each other and with the model"
    np.testing.assert_allclose(checked.little[["gap", "model_gap"]], 0, atol=1e-12)


@pytest.mark.parametrize("wrong", ["wip", "throughput", "lead_time"])
def test_the_one_figure_that_the_model_contradicts_is_named_with_its_size(wrong: str) -> None:
    own = qc.value_stream(rework_station()).little.loc["Works", "model"].to_dict()
    v = qc.value_stream(rework_station(), measured={**own, wrong: 1.5 * own[wrong]})
    said = v.verdicts["Works"]
    name = {"wip": "WIP", "throughput": "throughput", "lead_time": "lead time"}[wrong]
    assert f"so look at {name}" in said
    assert "(+50 %)" in said
    assert v.little.loc[("Works", wrong), "gap"] == pytest.approx(0.5)
    assert v.little.loc[("Works", wrong), "implied"] == pytest.approx(own[wrong])


def test_when_two_figures_differ_from_the_model_it_is_not_told_which_is_wrong() -> None:
    v = qc.value_stream(rework_station(), measured={"wip": 10, "throughput": 5, "lead_time": 5})
    assert "do not tell which" in v.verdicts["Works"]


def test_figures_that_agree_with_each_other_may_still_differ_from_the_model() -> None:
    v = qc.value_stream(rework_station(), measured={"wip": 100, "throughput": 10, "lead_time": 10})
    assert v.verdicts["Works"].startswith("the three agree with each other, but not with the model (WIP +")


def test_the_tolerance_decides_what_agrees() -> None:
    measured = {"wip": 12, "throughput": 1, "lead_time": 10}
    assert "one of the three is wrong" in qc.value_stream(rework_station(), measured=measured).verdicts["Works"]
    assert "the three agree" in qc.value_stream(rework_station(), measured=measured, tolerance=0.25).verdicts["Works"]


def test_departments_and_customers_are_checked_by_name() -> None:
    """M/M/1 at 10/17: 10/7 units there, 10/17 units of work an hour, 17/7 hours each."""
    measured = {"Make": {"wip": 10 / 7, "throughput": 10 / 17, "lead_time": 17 / 7}, "Shop": {"throughput": 0.5}}
    v = qc.value_stream(rework_station(), measured=measured)
    assert v.verdicts["Make"] == "the three agree with each other and with the model"
    assert v.verdicts["Shop"].startswith("only throughput is measured")
    assert v.little.loc[("Shop", "lead_time"), "model"] == pytest.approx(v.lead_time)


# --- what is not known


def test_without_a_cycle_time_the_figures_that_lack_are_named_and_the_rest_is_there() -> None:
    partly = chain(
        [qc.Department("A", cycle_time=1), qc.Department("B")],
        [
            qc.Handoff("Stock", "A", share=0.4, defect_rate=0, lead_time=2),
            qc.Handoff("Stock", "B", share=0.6, defect_rate=0, lead_time=3),
            qc.Handoff("A", "Shop", defect_rate=0),
            qc.Handoff("B", "Outlet", defect_rate=0),
        ],
    )
    v = qc.value_stream(partly)
    assert v.steps.loc["Stock -> B", "transport_time"] == pytest.approx(1.8)
    assert math.isnan(v.steps.loc["B", "cycle_time"])
    assert v.missing[Place("steps", "B", "cycle_time")] == "no cycle time is given"
    assert v.missing[Place("takt_table", "B", "ratio")] == "no cycle time is given"
    assert math.isnan(v.lead_time)
    assert "('B')" in v.missing[Place(column="lead_time")]
    assert "'B'" in v.summary()
    assert v.customers.loc["Shop", "lead_time"] == pytest.approx(2 + 1 / 0.8)
    assert math.isnan(v.customers.loc["Outlet", "lead_time"])
    shop = qc.value_stream(partly, customer="Shop")
    assert shop.lead_time == pytest.approx(2 + 1 / 0.8)
    assert len(shop.critical_path)
    assert len(qc.value_stream(partly, customer="Outlet").critical_path) == 0


def test_a_service_without_a_cycle_time_leaves_the_wait_for_it_unknown() -> None:
    served = chain(
        [qc.Department("Make", cycle_time=1), qc.Department("IT")],
        [
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("IT", "Make", item="help", per_unit=0.3, defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0),
        ],
    )
    v = qc.value_stream(served)
    assert v.steps.loc["Make", "cycle_time"] == 1
    assert math.isnan(v.steps.loc["Make", "inputs_time"])
    assert math.isnan(v.inputs.loc["IT -> Make: help", "criticality"])
    assert math.isnan(v.lead_time)
    assert "model" in v.little.columns
    assert "IT" in v.missing[Place("little", ("Works", "lead_time"), "model")]


def test_every_figure_that_is_not_there_has_its_reason() -> None:
    for one in (timed(9), network(as_transport=True)):
        v = qc.value_stream(one, measured={"wip": 3})
        for table in ("steps", "customers", "takt_table", "inputs"):
            frame = getattr(v, table)
            holes = [Place(table, i, c) for i, row in frame.iterrows() for c in frame.columns if pd.isna(row[c])]
            assert [hole for hole in holes if hole not in v.missing] == []
        for (place, figure), row in v.little.iterrows():
            assert [c for c in row.index[row.isna()] if Place("little", (place, figure), c) not in v.missing] == []


def test_an_overloaded_department_is_an_error_that_holds_what_is_still_known() -> None:
    busy = rework_station(rate=0.9)
    with pytest.raises(qc.UnstableQueueError, match=r"'Make'.*demand 1\.059.*capacity 1\b.*short by") as caught:
        qc.value_stream(busy)
    v = caught.value.result  # type: ignore[attr-defined]
    assert v.steps.loc["Make", "cycle_time"] == pytest.approx(20 / 17)
    assert math.isnan(v.steps.loc["Make", "waiting_time"])
    assert v.missing[Place("steps", "Make", "waiting_time")] == "overloaded: its queue grows for ever"
    assert v.takt_table.loc["Make", "ratio"] == pytest.approx(0.9 * 20 / 17)
    assert pickle.loads(pickle.dumps(caught.value)).result.late == ("Make",)
    assert qc.value_stream(busy, overloaded="report").late == ("Make",)


def test_a_chain_that_takes_no_time_says_so() -> None:
    instant = chain(
        [qc.Department("Make", cycle_time=0)],
        [
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0),
        ],
    )
    v = qc.value_stream(instant)
    assert v.lead_time == 0
    assert v.missing[Place(column="flow_efficiency")] == "nothing takes time"
    assert v.critical_path["cumulative"].iloc[-1] == 0
    assert v.summary()


# --- arguments and forms


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customer": "Shp"}, "there is no customer 'Shp'; did you mean 'Shop'"),
        ({"demand": 0}, "demand must be a number of deliveries above 0"),
        ({"demand": True}, "demand must be"),
        ({"demand": math.nan}, "demand must be"),
        ({"available_time": "8 h"}, "give demand as well"),
        ({"demand": 1, "available_time": "8 parsecs"}, "available_time '8 parsecs' has the unknown unit"),
        ({"demand": 1, "available_time": 0}, "available_time must be a time above 0"),
        ({"measured": {}}, "measured must say what was measured"),
        ({"measured": {"wpi": 3}}, "'wpi' is not one of wip, throughput, lead_time; did you mean 'wip'"),
        ({"measured": {"Mak": {"wip": 3}}}, "'Mak' is not a department.*did you mean 'Make'"),
        ({"measured": {"Make": {"wip": -1}}}, "measured at 'Make': wip must be a number, at least 0, got -1"),
        ({"measured": {"lead_time": 0}}, "lead_time must be a number or a duration such as '5 d', above 0, got 0"),
        ({"measured": {"lead_time": "soon"}}, "lead_time 'soon' is not a duration"),
        ({"measured": {"throughput": "6"}}, "throughput must be a number, above 0, got '6'"),
        ({"measured": {"Make": 3}}, "measured at 'Make' must be figures|is not one of"),
        ({"tolerance": 0}, "tolerance must be a relative difference above 0"),
        ({"overloaded": "no"}, "overloaded must be 'raise' or 'report'"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        qc.value_stream(rework_station(), **arguments)


def test_several_customers_are_looked_at_together_and_an_unknown_one_is_named() -> None:
    chain = qc.read_chain(Path(__file__).parents[3] / "examples" / "order-to-delivery.chain.yaml")
    both = [c.name for c in chain.customers]
    every, some = qc.value_stream(chain), qc.value_stream(chain, customer=both)
    assert some.only == tuple(both)
    assert some.lead_time == pytest.approx(every.lead_time, rel=1e-12)
    assert some.wip <= every.wip
    with pytest.raises(qc.UnknownCustomerError, match=both[0]):
        qc.value_stream(chain, customer=both[0] + "x")


def test_nothing_delivered_is_no_value_stream() -> None:
    hopeless = chain(
        [qc.Department("Make", cycle_time=1)],
        [
            qc.Handoff("Stock", "Make", defect_rate=1),
            qc.Handoff("Make", "Shop", defect_rate=0, inspection=qc.Inspection(1, on_reject="scrap")),
        ],
    )
    with pytest.raises(qc.AnalysisError, match="no unit is delivered"):
        qc.value_stream(hopeless)


def test_the_result_is_plain_data_and_words() -> None:
    v = qc.value_stream(rework_station(), measured={"wip": 3, "throughput": 1})
    data = json.loads(json.dumps(v.to_dict(), allow_nan=False))
    assert data["result"] == "ValueStream"
    assert data["steps"][2]["step"] == "Make"
    assert {"place", "figure", "measured", "implied"} <= set(data["little"][0])
    assert "lead time is not measured; the other two make it 3" in v.summary()
    assert "<h4>ValueStream</h4>" in v._repr_html_()


def test_a_calendar_says_that_times_are_working_hours_and_reads_durations_by_it() -> None:
    working = chain(
        [qc.Department("Make", cycle_time=1)],
        [qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=0)],
        calendar={"hours_per_day": 8, "days_per_week": 5},
    )
    v = qc.value_stream(working, demand=10, available_time="1 w", measured={"lead_time": "1 d", "throughput": 0.5})
    assert v.takt == pytest.approx(4)
    assert v.little.loc[("Works", "wip"), "implied"] == pytest.approx(4)
    assert "working hours" in v.summary()


def test_the_plot_keeps_stops_apart_from_work() -> None:
    v = qc.value_stream(rework_station(availability=0.8, mttr=1))
    said = [text.get_text() for text in v.plot().texts]
    assert f"stops {20 / 17 * 0.25:.3g}" in said
    assert any(f"flow efficiency {100 * v.flow_efficiency:.3g} %" in text for text in said)
    mpl.pyplot.close("all")


def test_the_plot_shows_every_node_on_the_way_and_the_same_total() -> None:
    v = qc.value_stream(rework_station(), demand=2)
    ax = v.plot()
    said = [text.get_text() for text in ax.texts]
    assert [w for w in said if w in {"Stock", "Make", "Shop"}] == ["Stock", "Make", "Shop"]
    assert any(f"lead time {v.lead_time:.3g}, working {20 / 17:.3g}" in text for text in said)
    assert "visits 1.176" in said
    mpl.pyplot.close(ax.figure)
