"""The key-to-customer matrix against chains that are changed and asked again."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import numpy as np
import pytest
from support.chains import line, quietly
from support.priced import with_costs
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.vocabulary.reason import Place, Reason

SMALL = 1e-6


def changed(chain: qc.Chain, changes: dict[str, Any]) -> qc.Chain:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        return qc.what_if(chain, changes)


def shop(**customer: Any) -> qc.Chain:
    """Stock -> Make -> Pack -> Shop or Fair, with a check that sends back; Tools helps Make."""
    return qc.Chain(
        "Shop",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[
            qc.Department("Make", cycle_time=1),
            qc.Department("Pack", cycle_time=0.5),
            qc.Department("Tools", cycle_time=0.2),
        ],
        customers=[
            qc.Customer(
                "Shop",
                promise=9,
                volume=900,
                value=20,
                churn_if_dissatisfied=0.2,
                deliveries_per_customer=3,
                late_cost=2,
                external_failure_cost=30,
                **customer,
            ),
            qc.Customer("Fair", volume=100, external_failure_cost=10),
        ],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.05, lead_time=1, sla=qc.Sla(defect_rate=0.06)),
            qc.Handoff("Make", "Pack", defect_rate=0.1, inspection=qc.Inspection(0.8), sla=qc.Sla(lead_time=3)),
            qc.Handoff("Pack", "Shop", share=0.9, defect_rate=0.02, lead_time={"gamma": {"mean": 2, "scv": 0.5}}),
            qc.Handoff("Pack", "Fair", share=0.1, defect_rate=0.01),
            qc.Handoff("Tools", "Make", item="tool", per_unit=0.5, defect_rate=0.03),
        ],
    )


@pytest.mark.parametrize("seed", seeds(range(8)))
@pytest.mark.parametrize("common", [False, True])
def test_a_point_of_defects_costs_what_the_changed_chain_says(seed: int, common: bool) -> None:
    """The gradient matrix against differences: nonconforming units, and the cost of those presented."""
    rng = random.Random(seed)
    chain = quietly(with_costs(as_floats(random_chain(rng, common_causes=common)), rng) | {"name": "random"})
    table = qc.key_to_customer(chain).table.set_index(["customer", "handoff"])
    for handoff in chain.handoffs:
        rate, name = handoff.defect_rate or 0.0, handoff.full_name
        if not SMALL < rate < 1 - SMALL:
            continue
        together = [h.full_name for h in chain.handoffs if _shares_a_draw(h, handoff)]
        up, down = (
            qc.customer_effects(
                changed(chain, {n: {"defect_rate": rate + s} for n in together}), lead_times=False
            ).customers
            for s in (SMALL, -SMALL)
        )
        for customer in chain.customers:
            for column, of in (("nonconforming", "defects_per_period"), ("failure_by_defects", "cost_of_bad")):
                slope = (up.loc[customer.name, of] - down.loc[customer.name, of]) / (2 * SMALL)
                found = table.loc[(customer.name, name), column]
                assert found == pytest.approx(0.01 * slope, rel=1e-4, abs=1e-5), (customer.name, name, column)


def _shares_a_draw(one: qc.Handoff, other: qc.Handoff) -> bool:
    if other.common_cause is None:
        return one is other
    return one.common_cause is not None and (one.supplier, one.item) == (other.supplier, other.item)


def test_revenue_follows_the_slope_of_churn() -> None:
    chain = changed(shop(), {"Shop": {"promise": None}})
    table = qc.key_to_customer(chain).table.set_index(["customer", "handoff"])
    for name in ("Stock -> Make", "Make -> Pack", "Pack -> Shop", "Tools -> Make: tool"):
        rate = next(h.defect_rate for h in chain.handoffs if h.full_name == name) or 0.0
        up, down = (
            qc.customer_effects(changed(chain, {name: {"defect_rate": rate + s}})).customers.loc[
                "Shop", "revenue_at_risk"
            ]
            for s in (SMALL, -SMALL)
        )
        assert table.loc[("Shop", name), "revenue_by_defects"] == pytest.approx(
            0.01 * (up - down) / (2 * SMALL), rel=1e-5
        )
        cost = table.loc[("Shop", name)]
        assert cost["cost_of_defects"] == pytest.approx(cost["revenue_by_defects"] + cost["failure_by_defects"])


@pytest.mark.parametrize(
    ("name", "slower"),
    [
        ("Stock -> Make", {"lead_time": 2}),
        ("Make -> Pack", {"lead_time": 1}),
        ("Pack -> Fair", {"lead_time": 1}),
        ("Tools -> Make: tool", {"lead_time": 1}),
    ],
)
def test_a_delay_costs_what_the_slower_chain_says(name: str, slower: dict[str, Any]) -> None:
    """The distribution with a later handoff against the model itself made slower, rework and requests included."""
    chain = shop()
    k = qc.key_to_customer(chain, delay=1).table.set_index(["customer", "handoff"]).loc[("Shop", name)]
    now, then = (qc.customer_effects(c).customers.loc["Shop"] for c in (chain, changed(chain, {name: slower})))
    assert k["late"] == pytest.approx(then["late_per_period"] - now["late_per_period"], abs=0.2)
    assert k["dissatisfied_by_time"] == pytest.approx(
        then["dissatisfied_per_period"] - now["dissatisfied_per_period"], abs=0.2
    )
    assert k["revenue_by_time"] == pytest.approx(then["revenue_at_risk"] - now["revenue_at_risk"], abs=3)
    assert k["late_cost_by_time"] == pytest.approx(then["cost_of_late"] - now["cost_of_late"], abs=0.4)
    if name != "Pack -> Fair":
        assert k["late"] > 5


def test_a_delay_on_everyones_way_once_is_the_law_at_an_earlier_time() -> None:
    chain = shop()
    distribution = qc.lead_times(chain)["Shop"]
    k = qc.key_to_customer(chain, delay=1).table.set_index(["customer", "handoff"])
    assert k.loc[("Shop", "Pack -> Shop"), "late"] == pytest.approx(
        900 * (distribution.cdf(9.0) - distribution.cdf(8.0)), abs=0.2
    )


def test_the_day_is_one_of_the_chains_own_calendar() -> None:
    import dataclasses

    chain = line(0.1, 0.2)
    assert qc.key_to_customer(chain).delay == 24
    office = dataclasses.replace(chain, calendar=qc.Calendar(hours_per_day=8, days_per_week=5))
    assert qc.key_to_customer(office).delay == 8
    assert qc.key_to_customer(dataclasses.replace(chain, time_unit="minute")).delay == 1
    assert qc.key_to_customer(office, delay="2 d").delay == 16


def test_promises_between_departments_are_ranked_by_what_they_cost_outside() -> None:
    k = qc.key_to_customer(shop())
    assert list(k.slas.index) == ["Make -> Pack"]
    assert k.handoffs["rank"].tolist() == [1, 2, 3, 4, 5]
    total = k.handoffs["cost_of_defects"] + k.handoffs["cost_of_time"]
    assert (total.diff().dropna() <= 1e-9).all()
    assert k.handoffs.loc["Pack -> Fair", "most_affected_customer"] == "Fair"
    assert "key promise between departments: Make -> Pack" in k.summary()


def test_handoffs_left_out_are_named_and_unused_ones_cost_nothing() -> None:
    chain = shop()
    k = qc.key_to_customer(chain, most=2)
    assert k.evaluated == 2
    left = [p for p, why in k.missing.items() if (p.column, why.reason) == ("share_by_time", Reason.LEFT_OUT)]
    assert len(left) == 3
    assert all("left out" in k.missing[place] for place in left)
    assert k.table["cost_of_time"].notna().sum() == 2
    none = qc.key_to_customer(chain, most=0)
    assert none.evaluated == 0
    assert none.exact
    idle = changed(chain, {"Tools -> Make: tool": {"per_unit": 0}})
    slow = qc.key_to_customer(idle).table.set_index(["customer", "handoff"])
    assert slow.loc[("Shop", "Tools -> Make: tool"), "late"] == 0


def test_progress_is_told_handoff_by_handoff() -> None:
    told: list[tuple[int, int]] = []
    qc.key_to_customer(shop(), progress=lambda done, of: told.append((done, of)))
    assert told == [(i, 5) for i in range(1, 6)]


def test_figures_that_are_not_given_are_missing_and_named() -> None:
    k = qc.key_to_customer(line(0.1, 0.2))
    row = k.table.iloc[0]
    assert row["nonconforming"] > 0
    assert math.isnan(row["cost_of_defects"])
    assert k.reason_for("table", "Shop", "revenue_by_defects") == "no value is given; no churn_if_dissatisfied is given"
    assert "no external_failure_cost is given" in k.missing[Place("table", "Shop", "failure_by_defects")]
    assert k.matrix().columns.tolist() == ["Shop"]
    assert k.matrix().loc["D1 -> Shop", "Shop"] == pytest.approx(9.0)


def test_behind_overload_more_defects_cost_failures_and_no_delay_costs_more() -> None:
    chain = changed(shop(), {"Stock": {"rate": 2}})
    k = qc.key_to_customer(chain)
    mine = k.table[k.table["customer"] == "Shop"]
    assert mine["nonconforming"].gt(0).any()
    assert mine[["late", "dissatisfied_by_time", "dissatisfied_by_defects"]].eq(0).all(axis=None)
    assert any("cannot keep up" in a for a in k.assumptions)
    assert k.reason_for("table", "Shop", "share_by_time") is None


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"point": 0}, "point must be"),
        ({"point": True}, "point must be"),
        ({"most": -1}, "most must be"),
        ({"delay": "soon"}, "delay must be a time above 0"),
        ({"delay": 0}, "delay must be a time above 0"),
        ({"delay": math.nan}, "delay must be a time above 0"),
    ],
)
def test_arguments_out_of_their_range_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        qc.key_to_customer(line(0.1), **wrong)


def test_the_heat_map_shows_the_matrix() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    k = qc.key_to_customer(shop())
    _, ax = plt.subplots()
    assert k.plot(ax=ax) is ax
    assert len(ax.texts) == k.matrix().size
    assert np.isfinite(k.matrix("time", "units")["Shop"]).all()
    k.plot(of="time", what="units")
    with pytest.raises(ValueError, match="of must be 'defects' or 'time'"):
        k.matrix("speed")  # type: ignore[arg-type]
    plt.close("all")
    assert "table" in k.to_dict()


def test_without_volumes_the_shares_of_deliveries_are_known_and_rank_the_handoffs() -> None:
    chain = qc.Chain(
        "Bare",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K"), qc.Customer("L")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", share=0.75, defect_rate=0.2),
            qc.Handoff("D", "L", share=0.25, defect_rate=0.4),
        ],
    )
    k = qc.key_to_customer(chain)
    shares = k.matrix(what="shares")
    assert shares.loc["S -> D"].to_dict() == pytest.approx({"K": 0.01 * 0.8, "L": 0.01 * 0.6})
    assert shares.loc["D -> L", "L"] == pytest.approx(0.01 * 0.9)
    assert k.handoffs.index.tolist() == ["S -> D", "D -> K", "D -> L"]
    assert k.handoffs.loc["D -> L", "most_affected_customer"] == "L"
    assert "no longer satisfied of the deliveries to K 0.8 %, L 0.6 %" in k.summary()
    assert k.reason_for("table", "K", "nonconforming") == "no volume is given"


def test_who_surely_leaves_at_a_fraction_of_a_delivery_has_no_infinite_times_nothing() -> None:
    customer = qc.Customer(
        "K", promise=0, volume=10, value=5, churn_if_dissatisfied=1, deliveries_per_customer=0.25, late_cost=1
    )
    chain = qc.Chain(
        "Never on time",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.5)],
        customers=[customer],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2)],
    )
    k = qc.key_to_customer(chain)
    assert k.table["revenue_by_defects"].tolist() == [0, 0]


def test_where_nothing_conforms_what_cannot_get_worse_costs_nothing() -> None:
    chain = qc.Chain(
        "All bad",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=3, volume=10)],
        handoffs=[qc.Handoff("S", "D", defect_rate=1), qc.Handoff("D", "K", defect_rate=1)],
    )
    assert qc.key_to_customer(chain).table["dissatisfied_by_defects"].tolist() == [0, 0]
    one = qc.what_if(chain, {"S -> D": {"defect_rate": 0}})
    assert "nothing that it gets conforms" in qc.key_to_customer(one).missing[Place("table", "K", "share_by_defects")]


def test_each_wrong_word_for_the_matrix_is_refused_by_itself() -> None:
    found = qc.key_to_customer(line(0.1))
    for ask in (found.matrix, found.plot):
        with pytest.raises(ValueError, match=r"^of must be 'defects' or 'time', got 'days'$"):
            ask(of="days")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"^what must be 'money', 'units' or 'shares', got 'euro'$"):
            ask(what="euro")  # type: ignore[arg-type]


def test_a_delay_as_long_as_the_promise_is_said_to_tell_nothing_apart() -> None:
    assert "24 hours is as long as was promised to Shop" in qc.key_to_customer(shop()).summary()
    assert "(delay= changes it)" in qc.key_to_customer(shop(tolerance=15)).summary()
    assert "delay=" not in qc.key_to_customer(shop(tolerance=15.5)).summary()
    assert "delay=" not in qc.key_to_customer(shop(), delay=0.5).summary()
