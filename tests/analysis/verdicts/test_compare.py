"""Variants side by side."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from support.chains import line

import qualitychain as qc


def test_before_after_and_change_stand_side_by_side() -> None:
    before = line(0.1, 0.2)
    after = qc.what_if(before, {"D1 -> Shop": {"defect_rate": 0.05}, "D1": {"servers": 2}})
    c = qc.compare(before, after)
    assert c.customers.loc[("Shop", "defect_rate")].tolist() == pytest.approx([0.28, 0.145, -0.135])
    assert c.departments.loc[("D1", "utilization")].tolist() == pytest.approx([0.5, 0.25, -0.25])
    assert c.chain.loc["rolled_throughput_yield"].tolist() == pytest.approx([0.72, 0.855, 0.135])
    assert "Shop: defect rate: before 28 %, after 14.5 %" in c.summary()


def test_a_node_of_only_one_chain_has_no_change() -> None:
    before = line(0.1, 0.2)
    after = qc.what_if(before, {"Shop": {"name": "Store"}})
    c = qc.compare(before, after)
    assert math.isnan(c.customers.loc[("Shop", "defect_rate"), "after"])
    assert math.isnan(c.customers.loc[("Store", "defect_rate"), "change"])


def test_no_defects_before_and_after_is_no_change() -> None:
    assert qc.compare(line(0.0), line(0.0)).customers.loc[("Shop", "sigma_level"), "change"] == 0


def test_any_number_of_variants_is_compared_with_the_first() -> None:
    chains = [line(r) for r in (0.3, 0.2, 0.1)]
    c = qc.compare(*chains, names=["now", "soon", "later"])
    assert c.customers.loc[("Shop", "defect_rate"), "change: later"] == pytest.approx(-0.2)
    assert qc.compare(*chains).names == ("Line (1)", "Line (2)", "Line (3)")


def test_one_chain_or_wrong_names_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        qc.compare(line(0.1))
    with pytest.raises(ValueError, match="2 different texts"):
        qc.compare(line(0.1), line(0.2), names=["same", "same"])
    with pytest.raises(ValueError, match="measure"):
        qc.compare(line(0.1), line(0.2)).plot(measure="speed")


def test_what_is_no_chain_or_no_name_is_refused_with_the_remedy() -> None:
    with pytest.raises(TypeError, match=r"one by one: compare\(a, b\)"):
        qc.compare([shop(), shop()])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Chain, got str"):
        qc.compare(shop(), "shop")  # type: ignore[arg-type]
    for names in ("ab", [1, 2], ["a", "change: a"], ["a", " "]):
        with pytest.raises(ValueError, match="2 different texts"):
            qc.compare(shop(), shop(), names=names)  # type: ignore[arg-type]


def test_chains_of_different_time_units_are_not_put_side_by_side() -> None:
    daily = dataclasses.replace(line(0.1), time_unit="day")
    with pytest.raises(ValueError, match="time by day and by hour"):
        qc.compare(line(0.1), daily)


def test_chains_of_different_calendars_are_not_put_side_by_side() -> None:
    office = dataclasses.replace(line(0.1), calendar=qc.Calendar(hours_per_day=8, days_per_week=5))
    with pytest.raises(ValueError, match="24 hours a day and 7 days a week, and 8 hours a day and 5 days a week"):
        qc.compare(line(0.1), office)
    assert qc.compare(office, office).names == ("before", "after")
    always = dataclasses.replace(line(0.1), calendar=qc.Calendar(hours_per_day=24, days_per_week=7))
    assert qc.compare(line(0.1), always).names == ("before", "after")


def test_the_plot_takes_an_axes_and_any_number_of_variants() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots()
    assert qc.compare(line(0.1), line(0.2)).plot(ax=ax) is ax
    assert qc.compare(line(0.1), line(0.2), line(0.3)).plot(ax=plt.subplots()[1], measure="sigma_level") is not None
    plt.close("all")
    assert figure is not None


def shop() -> qc.Chain:
    """Stock -> Make -> Pack -> Shop, checked at the door of Pack, with times and money."""
    return qc.Chain(
        "Shop",
        period="month",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[
            qc.Department("Make", cycle_time=1, cost_per_time=20),
            qc.Department("Pack", cycle_time=0.5, cost_per_time=10),
        ],
        customers=[
            qc.Customer(
                "Shop",
                promise=8,
                volume=900,
                value=20,
                churn_if_dissatisfied=0.2,
                external_failure_cost=30,
                late_cost=1,
            )
        ],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.05),
            qc.Handoff("Make", "Pack", defect_rate=0.1, inspection=qc.Inspection(0.8, cost=0.1, repair_cost=2)),
            qc.Handoff("Pack", "Shop", defect_rate=0.02),
        ],
    )


def test_time_and_money_stand_beside_quality() -> None:
    before = shop()
    after = qc.what_if(before, {"Make -> Pack": {"defect_rate": 0.02}})
    c = qc.compare(before, after)
    distribution = qc.lead_times(after)["Shop"]
    assert c.customers.loc[("Shop", "lead_time"), "after"] == pytest.approx(distribution.mean)
    assert c.customers.loc[("Shop", "p95"), "after"] == pytest.approx(distribution.quantile(0.95))
    assert c.customers.loc[("Shop", "satisfied"), "after"] == pytest.approx(distribution.satisfied)
    assert c.customers.loc[("Shop", "revenue_at_risk"), "change"] < 0
    cost = qc.cost_of_quality(after)
    assert c.chain.loc["cost_of_quality", "after"] == pytest.approx(cost.total)
    assert c.chain.loc["capacity", "after"] == pytest.approx(cost.categories.loc["capacity", "per_period"])
    assert (c.per, c.timed) == ("month", True)
    assert "cost of quality (money per month)" in c.summary()
    assert "satisfied" in c.summary()


def test_lead_times_are_left_out_on_request_and_where_a_chain_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr("qualitychain.analysis.time.lead_times.lead_times_of", refused)
    monkeypatch.setattr("qualitychain.analysis.verdicts.compare.lead_times_of", refused)
    quality_only = qc.compare(shop(), shop(), times=False)
    assert not quality_only.timed
    assert math.isnan(quality_only.customers.loc[("Shop", "lead_time"), "before"])
    assert "not asked for" in quality_only.reason_for("customers", ("Shop", "lead_time"), "before")


def test_a_variant_without_working_times_takes_none_from_the_others() -> None:
    untimed = qc.what_if(shop(), {"Make": {"cycle_time": None}, "Pack": {"cycle_time": None}})
    c = qc.compare(shop(), shop(), untimed, names=["now", "same", "untimed"])
    assert c.timed
    assert c.customers.loc[("Shop", "lead_time"), "change: same"] == pytest.approx(0)
    assert math.isnan(c.customers.loc[("Shop", "lead_time"), "untimed"])
    for table, row in (
        ("customers", ("Shop", "lead_time")),
        ("customers", ("Shop", "on_time")),
        ("departments", ("Make", "utilization")),
    ):
        assert "cycle" in (c.reason_for(table, row, "untimed") or "")
    assert "the cost of untimed lacks: late deliveries to customer 'Shop'" in c.summary()
    assert "the cost of now lacks" not in c.summary()
    assert any(a.startswith("untimed: Without lead times nothing is known to be late") for a in c.assumptions)


def test_an_overloaded_variant_has_nothing_on_time_and_says_so_by_its_name() -> None:
    c = qc.compare(shop(), qc.what_if(shop(), {"Stock": {"rate": 2}}), names=["now", "busy"])
    mine = c.customers["busy"].loc["Shop"]
    assert (mine["on_time"], mine["satisfied"]) == (0, 0)
    assert mine["revenue_at_risk"] == pytest.approx(900 * 20 * 0.2)
    assert c.customers.loc[("Shop", "defect_rate"), "change"] == pytest.approx(0)
    assert math.isnan(mine["lead_time"])
    assert "cannot keep up" in c.reason_for("customers", ("Shop", "lead_time"), "busy")
    assert "'Shop'" in c.reason_for("chain", "lead_time", "busy")
    assert [a.startswith("busy: ") for a in c.assumptions if "cannot keep up" in a] == [True]


def test_money_is_per_time_unit_unless_every_chain_knows_its_period() -> None:
    nameless = qc.what_if(shop(), {"Shop": {"volume": None}})
    c = qc.compare(shop(), nameless, times=False)
    assert c.per == "hour"
    assert c.chain.loc["cost_of_quality", "change"] == pytest.approx(0, abs=1e-9)


def test_an_inspection_moves_from_one_handoff_to_another() -> None:
    """Found later, a defect has had more work put into it: the same defects reach the customer, at a higher cost."""
    before = qc.what_if(shop(), {"Pack -> Shop": {"defect_rate": 0}})
    check = next(h.inspection for h in before.handoffs if h.inspection is not None)
    later = dataclasses.replace(check, by="supplier", rework_to="Make")
    after = qc.what_if(before, {"Make -> Pack": {"inspection": None}, "Pack -> Shop": {"inspection": later}})
    c = qc.compare(before, after)
    assert c.customers.loc[("Shop", "accepted_defect_rate"), "change"] == pytest.approx(0, abs=1e-12)
    assert c.chain.loc["capacity", "change"] > 0
    assert c.customers.loc[("Shop", "lead_time"), "change"] > 0


def test_a_supplier_is_swapped_for_another() -> None:
    before = shop()
    better = qc.Supplier("Fine stock", rate=0.5)
    after = qc.what_if(
        before, {"Stock -> Make": {"supplier": "Fine stock", "defect_rate": 0.01}}, add=better, remove="Stock"
    )
    assert [s.name for s in after.suppliers] == ["Fine stock"]
    assert after.handoffs[0].full_name == "Fine stock -> Make"
    c = qc.compare(before, after)
    assert c.customers.loc[("Shop", "defect_rate"), "change"] < 0
    # what comes in bad is found behind Make and made again there
    assert c.departments.loc[("Make", "work"), "change"] < 0


def test_a_department_is_added_on_the_way() -> None:
    before = shop()
    after = qc.what_if(
        before,
        {"Make -> Pack": {"customer": "Finish"}},
        add=[qc.Department("Finish", cycle_time=0.2), qc.Handoff("Finish", "Pack", defect_rate=0.01)],
    )
    assert {h.full_name for h in after.handoffs} >= {"Make -> Finish", "Finish -> Pack"}
    c = qc.compare(before, after)
    assert math.isnan(c.departments.loc[("Finish", "work"), "before"])
    assert c.customers.loc[("Shop", "lead_time"), "change"] > 0.2
    assert c.customers.loc[("Shop", "defect_rate"), "change"] > 0


def test_money_and_time_are_drawn_too() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    c = qc.compare(
        shop(), qc.what_if(shop(), {"Make -> Pack": {"defect_rate": 0.02}}), shop(), names=["now", "new", "again"]
    )
    for measure in ("satisfied", "cost_of_quality", "revenue_at_risk", "rolled_throughput_yield"):
        assert c.plot(measure=measure) is not None
    with pytest.raises(ValueError, match="did you mean 'cost_of_quality'"):
        c.plot(measure="cost_of_qualty")
    plt.close("all")


def test_a_chain_that_delivers_nothing_is_compared_all_the_same() -> None:
    all_scrapped = qc.what_if(
        shop(),
        {"Stock -> Make": {"defect_rate": 1, "inspection": qc.Inspection(1, on_reject="scrap"), "scrap_cost": 3}},
    )
    c = qc.compare(shop(), all_scrapped)
    assert math.isnan(c.chain.loc["lead_time", "after"])
    assert c.chain.loc["internal_failure", "after"] == pytest.approx(1.5)


def test_several_variants_are_a_table_in_the_summary() -> None:
    c = qc.compare(line(0.3), line(0.2), line(0.1), names=["now", "soon", "much later"], times=False)
    assert c.summary().splitlines()[:4] == [
        "Shop          defect rate",
        "  now                30 %",
        "  soon               20 %",
        "  much later         10 %",
    ]


def test_a_variant_without_a_steady_state_has_no_limit_of_its_lead_time() -> None:
    c = qc.compare(shop(), qc.what_if(shop(), {"Stock": {"rate": 2}}), names=["now", "busy"])
    assert "busy no limit" in c.summary()


def test_without_a_measure_quality_time_and_money_have_a_chart_each() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    ax = qc.compare(shop(), shop(), names=["now", "same"]).plot()
    assert [a.get_xlabel() for a in ax.figure.axes] == [
        "defect rate", "on time", "lead time (hours)", "cost of quality (money per month)",
    ]  # fmt: skip
    now, same = (np.asarray(points.get_offsets()) for points in ax.collections[-2:])
    assert now[0, 0] == same[0, 0]
    # equal variants do not hide each other
    assert now[0, 1] != same[0, 1]
    plt.close("all")
