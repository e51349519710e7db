"""The cost of quality against known answers, exact counts, and breakdowns that must add up."""

from __future__ import annotations

import dataclasses
import math
import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.exact import exact_quality
from support.priced import with_costs
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.money.cost_lines import LineKey
from qualitychain.analysis.money.cost_of_quality import CostOfQuality
from qualitychain.analysis.money.prices import cost_gradient, cost_rewards
from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.vocabulary.reason import Place, Reason

PRICED = [e for e in known_chains() if any(k.startswith("cost.") for k in e["expected"])]


def priced_chain(seed: int, **options: Any) -> qc.Chain:
    rng = random.Random(seed)
    return quietly(with_costs(as_floats(random_chain(rng, **options)), rng) | {"name": "random"})


LATE = LineKey("external_failure", "late", customer="Shop")


def flow_cost(c: CostOfQuality) -> float:
    return float(c.lines["per_time"].sum())


@pytest.mark.parametrize("example", PRICED, ids=lambda e: str(e["name"]))
def test_the_known_costs(example: dict[str, Any]) -> None:
    c = qc.cost_of_quality(known_chain(example))
    for key, answer in example["expected"].items():
        if key.startswith("cost."):
            category = key.removeprefix("cost.").removesuffix("_per_time")
            assert c.categories.loc[category, "per_time"] == pytest.approx(float(Fraction(answer["exact"])), rel=1e-10)


@pytest.mark.parametrize("seed", range(25))
def test_the_breakdown_balances(seed: int) -> None:
    """Every defect made is cleared, escapes or is scrapped; lines add up to categories, and those to the total."""
    c = qc.cost_of_quality(priced_chain(seed))
    made, *fates = c.defect_balance
    assert made == pytest.approx(sum(fates), abs=1e-12)
    for column in ("per_time", "per_period", "per_delivered"):
        assert c.lines[column].sum() == pytest.approx(c.categories.loc["total", column], rel=1e-12, abs=1e-12)
        by_category = c.lines.groupby("category")[column].sum()
        for category, amount in by_category.items():
            assert c.categories.loc[category, column] == pytest.approx(amount, rel=1e-12, abs=1e-12)
    assert not c.missing
    assert c.categories["share"].drop("total").sum() == pytest.approx(1.0) or c.total == 0


@pytest.mark.parametrize("seed", range(25))
def test_every_defect_is_counted_once_in_the_lines(seed: int) -> None:
    """The counts behind the lines are those of the defect balance: what is scrapped, and what customers keep."""
    c = qc.cost_of_quality(priced_chain(seed))
    count = c.lines.groupby("kind")["count"].sum()
    assert count.get("scrap", 0.0) == pytest.approx(c.defect_balance["scrapped"], abs=1e-12)
    assert count.get("nonconforming, kept", 0.0) == pytest.approx(c.defect_balance["escaped"], abs=1e-12)
    assert count.get("rework", 0.0) + count.get("repair", 0.0) >= c.defect_balance["cleared"] - 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_places_hold_the_whole_breakdown(seed: int) -> None:
    c = qc.cost_of_quality(priced_chain(seed))
    assert c.departments["total"].sum() == pytest.approx(c.total)
    assert c.handoffs["total"].sum() == pytest.approx(c.total - c.categories.loc["capacity", "per_period"])
    assert c.customers["total"].sum() == pytest.approx(c.categories.loc["external_failure", "per_period"])


@pytest.mark.parametrize("seed", range(12))
def test_the_lines_are_exact_counts_times_prices(seed: int) -> None:
    """The oracle counts with fractions, along another way: unit states with doors, not equations of two states."""
    rng = random.Random(seed)
    data = random_chain(rng, pulls=False)
    chain = quietly(with_costs(as_floats(data), rng) | {"name": "random"})
    exact, rate = exact_quality(data), compile_chain(chain).release_rate
    appraisal = internal = external = 0.0
    for handoff in chain.handoffs:
        counted = exact["handoffs"][handoff.full_name]
        check = handoff.inspection
        if check is not None:
            appraisal += float(counted["flow"]) * (check.cost or 0)
            price = {"scrap": handoff.scrap_cost, "concession": 0.0}.get(check.on_reject, check.repair_cost)
            internal += float(counted["rejected"]) * (price or 0)
        customer = next((k for k in chain.customers if k.name == handoff.customer), None)
        if customer is not None and counted["presented"]:
            bad = float(counted["presented"] * counted["presented_defect_rate"])
            own = handoff.external_failure_cost
            external += bad * float((customer.external_failure_cost if own is None else own) or 0)
    capacity = sum(
        float(exact["work"][d.name] * (exact["hidden_factory"][d.name] or 0))
        * ((d.cost_per_time or 0) * float(d.cycle_time) / d.availability + (d.work_cost or 0))  # type: ignore[arg-type]
        for d in chain.departments
    )
    found = qc.cost_of_quality(chain).categories["per_time"]
    assert found["appraisal"] == pytest.approx(appraisal * rate, rel=1e-10, abs=1e-12)
    assert found["internal_failure"] == pytest.approx(internal * rate, rel=1e-10, abs=1e-12)
    assert found["external_failure"] == pytest.approx(external * rate, rel=1e-10, abs=1e-12)
    assert found["capacity"] == pytest.approx(capacity, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("common", [False, True])
def test_the_reward_of_cost_is_the_cost(seed: int, common: bool) -> None:
    """All that is linear is one reward, also with requests redone and with common causes drawn once a case."""
    chain = priced_chain(seed, common_causes=common)
    compiled = compile_chain(chain)
    value = Gradients(compiled.network).value(cost_rewards(compiled)) * compiled.release_rate
    assert value == pytest.approx(flow_cost(qc.cost_of_quality(chain)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_of_cost_is_that_of_the_changed_chain(seed: int) -> None:
    chain = priced_chain(seed, common_causes=False)
    compiled = compile_chain(chain)
    slopes = cost_gradient(compiled)
    flow = compiled.flow_rows.tolist()
    for row, place in list(enumerate(flow))[:5]:
        rate, name = chain.handoffs[place].defect_rate or 0.0, chain.handoffs[place].full_name
        h = 1e-6
        if not h < rate < 1 - h:
            continue
        with pytest.MonkeyPatch.context():
            up, down = (qc.cost_of_quality(_quiet(chain, {name: {"defect_rate": rate + s}})) for s in (h, -h))
        slope = (flow_cost(up) - flow_cost(down)) / (2 * h * compiled.release_rate)
        assert slopes.flow.defect[row] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_the_gradient_of_cost_to_an_amount_and_to_a_share_moves_the_faultless_chain_too() -> None:
    def chain(amount: float = 0.5, share: float = 0.4) -> qc.Chain:
        return qc.Chain(
            "Amounts",
            suppliers=[qc.Supplier("Stock", rate=1)],
            departments=[
                qc.Department("Make", work_cost=3),
                qc.Department("Fine", work_cost=9),
                qc.Department("Help", work_cost=2),
            ],
            customers=[qc.Customer("Shop", external_failure_cost=50)],
            handoffs=[
                qc.Handoff(
                    "Stock", "Make", defect_rate=0.1, inspection=qc.Inspection(0.5, on_reject="scrap"), scrap_cost=4
                ),
                qc.Handoff("Make", "Shop", share=1 - share, defect_rate=0.1),
                qc.Handoff("Make", "Fine", share=share, defect_rate=0.2, inspection=qc.Inspection(0.7, repair_cost=1)),
                qc.Handoff("Fine", "Shop", defect_rate=0.02),
                qc.Handoff("Help", "Make", item="help", per_unit=amount, defect_rate=0.1),
            ],
        )

    compiled = compile_chain(chain())
    slopes, h = cost_gradient(compiled), 1e-6
    by_amount = (flow_cost(qc.cost_of_quality(chain(0.5 + h))) - flow_cost(qc.cost_of_quality(chain(0.5 - h)))) / (
        2 * h
    )
    assert slopes.per_unit[0] == pytest.approx(by_amount, rel=1e-6)
    shares = slopes.flow.share
    by_share = (
        flow_cost(qc.cost_of_quality(chain(share=0.4 + h))) - flow_cost(qc.cost_of_quality(chain(share=0.4 - h)))
    ) / (2 * h)
    assert shares[2] - shares[1] == pytest.approx(by_share, rel=1e-6)


def _quiet(chain: qc.Chain, changes: dict[str, Any]) -> qc.Chain:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        return qc.what_if(chain, changes)


def scrapping_line(*, scrap_at: int) -> qc.Chain:
    """Stock -> D1 -> D2 -> D3 -> Shop: a tenth of what starts is spoilt at once, and found at one place."""
    names = ["Stock", "D1", "D2", "D3", "Shop"]
    return qc.Chain(
        "Stages",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department(n, work_cost=cost) for n, cost in zip(names[1:4], (2, 5, 11), strict=True)],
        customers=[qc.Customer("Shop", external_failure_cost=100)],
        handoffs=[
            qc.Handoff(
                a,
                b,
                defect_rate=0.1 if i == 0 else 0,
                scrap_cost=1,
                inspection=qc.Inspection(1, by="supplier", on_reject="scrap") if i == scrap_at else None,
            )
            for i, (a, b) in enumerate(pairwise(names))
        ],
    )


@pytest.mark.parametrize(("stage", "invested"), [(0, 0.0), (1, 2.0), (2, 7.0), (3, 18.0)])
def test_a_defect_costs_the_work_that_was_put_into_it_until_it_is_found(stage: int, invested: float) -> None:
    """The curve comes out of the flow: scrap costs 1, and by hand the work until there is lost."""
    c = qc.cost_of_quality(scrapping_line(scrap_at=stage))
    (found,) = c.by_stage.to_dict("records")
    assert found["steps"] == pytest.approx(stage + 1)
    assert (found["direct"], found["consequences"]) == pytest.approx((1.0, invested))
    # and the breakdown says the same: a tenth of the units, at that cost
    assert c.total == pytest.approx(0.1 * (1 + invested))


def test_a_defect_nobody_finds_costs_the_external_failure() -> None:
    (found,) = qc.cost_of_quality(scrapping_line(scrap_at=9)).by_stage.to_dict("records")
    assert (found["found"], found["cost"], found["found_per_unit"]) == (
        "kept by the customer",
        100.0,
        pytest.approx(0.1),
    )


def test_rework_from_further_back_costs_the_work_that_is_done_again() -> None:
    """Rejected at D2's door and sent back to D1: 3 for the repair, D1's work of 2 again, and what fails again."""
    chain = qc.Chain(
        "Back",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("D1", work_cost=2), qc.Department("D2", work_cost=5)],
        customers=[qc.Customer("Shop", external_failure_cost=100)],
        handoffs=[
            qc.Handoff("Stock", "D1", defect_rate=0.0),
            qc.Handoff("D1", "D2", defect_rate=0.2, inspection=qc.Inspection(1, repair_cost=3)),
            qc.Handoff("D2", "Shop", defect_rate=0.0),
        ],
    )
    (found,) = qc.cost_of_quality(chain).by_stage.to_dict("records")
    # each attempt fails with 0.2 again: 5 * (1 + 0.2 + 0.04 + ...)
    assert found["cost"] == pytest.approx(5 / 0.8)


def test_a_customer_who_sends_back_counts_as_external_failure_and_as_rework() -> None:
    chain = qc.Chain(
        "Returns",
        suppliers=[qc.Supplier("Stock", rate=10)],
        departments=[qc.Department("Make")],
        customers=[qc.Customer("Shop", external_failure_cost=100)],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff(
                "Make", "Shop", defect_rate=0.1, inspection=qc.Inspection(0.5, on_reject="repair", repair_cost=4)
            ),
        ],
    )
    lines = qc.cost_of_quality(chain).lines.set_index("kind")["per_time"]
    assert lines["nonconforming, kept"] == pytest.approx(50)
    assert lines["nonconforming, refused"] == pytest.approx(50)
    assert lines["repair"] == pytest.approx(2)


def test_the_handoffs_own_failure_cost_goes_before_that_of_the_customer() -> None:
    chain = qc.what_if(
        line(0.1, 0.2), {"Shop": {"external_failure_cost": 7}, "D1 -> Shop": {"external_failure_cost": 50}}
    )
    assert qc.cost_of_quality(chain).categories.loc["external_failure", "per_time"] == pytest.approx(0.28 * 50)


def test_late_deliveries_cost_what_the_customer_says() -> None:
    chain = qc.what_if(line(0.0, 0.0), {"Shop": {"promise": 2, "late_cost": 3}})
    on_time = qc.lead_times(chain)["Shop"].on_time
    c = qc.cost_of_quality(chain)
    assert 0 < on_time < 1
    assert c.categories.loc["external_failure", "per_period"] == pytest.approx(1000 * (1 - on_time) * 3)
    without = qc.cost_of_quality(chain, lead_times=False)
    assert "lead times were not asked for" in without.lacking[LATE]


def test_a_late_cost_without_a_promise_is_named() -> None:
    c = qc.cost_of_quality(qc.what_if(line(0.1), {"Shop": {"late_cost": 3}}))
    assert c.lacking[LATE] == "customer 'Shop' gives a late_cost but no promise"


def test_what_is_not_given_is_missing_and_named() -> None:
    chain = qc.what_if(line(0.1, 0.2, 0.2), {"D1 -> D2": {"inspection": qc.Inspection(0.5, on_reject="scrap")}})
    c = qc.cost_of_quality(chain)
    assert math.isnan(c.categories.loc["appraisal", "per_time"])
    lacking = {(line.department, line.handoff, line.customer, line.kind): why for line, why in c.lacking.items()}
    inspection, scrap = (lacking["D2", "D1 -> D2", None, kind] for kind in ("inspection", "scrap"))
    assert inspection == "handoff 'D1 -> D2' does not give the cost of its inspection"
    assert scrap == "handoff 'D1 -> D2' does not give scrap_cost"
    kept = lacking["D2", "D2 -> Shop", "Shop", "nonconforming, kept"]
    assert "neither handoff 'D2 -> Shop' nor customer 'Shop'" in kept
    assert lacking["D1", None, None, "working time"] == "department 'D1' gives no cost_per_time or work_cost"
    assert {why.reason for why in lacking.values()} == {Reason.NO_COST}
    assert math.isnan(c.total)
    assert "no figure" in c.summary()


def test_what_never_happens_needs_no_figure() -> None:
    c = qc.cost_of_quality(line(0.0, 0.0))
    assert c.total == 0
    assert not c.missing


def test_a_period_is_the_flow_that_delivers_the_volumes() -> None:
    chain = qc.what_if(line(0.1, 0.0), {"Shop": {"external_failure_cost": 10}})
    c = qc.cost_of_quality(dataclasses.replace(chain, prevention_cost=500, period="month"))
    # 1000 deliveries a month, a tenth of them bad; one unit started an hour
    assert c.categories.loc["external_failure", "per_period"] == pytest.approx(1000)
    assert c.categories.loc["prevention"].tolist()[:3] == pytest.approx([0.5, 500, 0.5])
    assert (c.total, c.per) == (pytest.approx(1500), "month")


def test_a_period_that_is_a_length_of_time_needs_no_volume() -> None:
    chain = qc.what_if(line(0.1, 0.0), {"Shop": {"external_failure_cost": 10, "volume": None}})
    weekly = qc.cost_of_quality(dataclasses.replace(chain, period="week"))
    assert weekly.categories.loc["external_failure", "per_period"] == pytest.approx(168)
    office = dataclasses.replace(chain, period="2 w", calendar=qc.Calendar(hours_per_day=8, days_per_week=5))
    assert qc.cost_of_quality(office).categories.loc["external_failure", "per_period"] == pytest.approx(80)


def test_without_a_period_the_reason_names_field_and_node() -> None:
    chain = qc.what_if(line(0.1, 0.0), {"Shop": {"external_failure_cost": 10, "volume": None}})
    c = qc.cost_of_quality(dataclasses.replace(chain, period="month", prevention_cost=5))
    assert (c.per, c.total) == ("hour", pytest.approx(1.0))
    why = c.missing[Place("categories", None, "per_period")]
    assert "'month' is no length of time, and the field volume of customer 'Shop'" in why
    assert math.isnan(c.categories.loc["total", "per_period"])
    assert c.categories.loc["prevention", "per_period"] == 5


def test_volumes_that_do_not_fit_the_flow_are_told() -> None:
    data = qc.Chain(
        "Two",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Split")],
        customers=[qc.Customer("A", volume=100), qc.Customer("B", volume=300)],
        handoffs=[
            qc.Handoff("Stock", "Split", defect_rate=0),
            qc.Handoff("Split", "A", share=0.5, defect_rate=0),
            qc.Handoff("Split", "B", share=0.5, defect_rate=0),
        ],
    )
    said = qc.cost_of_quality(data).assumptions
    assert any("'A' 100 (flow: 200), 'B' 300 (flow: 200)" in s for s in said)


def test_figures_about_people_stand_beside_the_cost_and_never_in_it() -> None:
    chain = qc.what_if(line(0.1, 0.0), {"Shop": {"external_failure_cost": 10}})
    with_people = qc.cost_of_quality(chain, people={"turnover": {"cost": 900, "source": "HR, 2025"}})
    assert with_people.total == qc.cost_of_quality(chain).total
    assert with_people.people.loc["turnover"].tolist() == [900.0, "HR, 2025"]
    assert "not included: turnover 900 per period (source: HR, 2025)" in with_people.summary()


@pytest.mark.parametrize(
    ("people", "match"),
    [
        ({"turnover": {"cost": 900}}, "exactly cost and source"),
        ({"turnover": 900}, "exactly cost and source"),
        ({"turnover": {"cost": -1, "source": "x"}}, "cost must be a number of 0 or more"),
        ({"turnover": {"cost": 1, "source": " "}}, "source must say"),
        ([1], "must map names"),
    ],
)
def test_figures_about_people_need_a_cost_and_a_source(people: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        qc.cost_of_quality(line(0.1), people=people)


def test_the_one_draw_of_a_common_cause_is_inspected_once_a_case() -> None:
    def chain(common: str | None) -> qc.Chain:
        return qc.Chain(
            "Shared",
            suppliers=[qc.Supplier("Stock", rate=1)],
            departments=[qc.Department("A"), qc.Department("B"), qc.Department("Design")],
            customers=[qc.Customer("Shop")],
            handoffs=[
                qc.Handoff("Stock", "A", defect_rate=0),
                qc.Handoff("A", "B", defect_rate=0),
                qc.Handoff("B", "Shop", defect_rate=0),
                *(
                    qc.Handoff(
                        "Design", r, item="spec", per_unit=1, defect_rate=0.1, common_cause=common, inspection=look
                    )
                    for r in ("A", "B")
                ),
            ],
        )

    look = qc.Inspection(0.0, cost=2, on_reject="concession")
    assert qc.cost_of_quality(chain(None)).categories.loc["appraisal", "per_time"] == pytest.approx(4)
    assert qc.cost_of_quality(chain("case")).categories.loc["appraisal", "per_time"] == pytest.approx(2)


def test_one_customers_cost_is_its_external_failure() -> None:
    chain = qc.what_if(line(0.1, 0.0), {"Shop": {"external_failure_cost": 10}})
    c = qc.cost_of_quality(chain)
    assert c.customers.loc["Shop", "total"] == c.total == pytest.approx(1000)


def test_results_become_plain_data_and_pictures() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    c = qc.cost_of_quality(priced_chain(3), people={"turnover": {"cost": 1, "source": "x"}})
    data = c.to_dict()
    assert {"lines", "categories", "by_stage", "people", "defect_balance"} <= set(data)
    _, ax = plt.subplots()
    assert c.plot(ax=ax) is ax
    assert np.isfinite(ax.collections[0].get_offsets().data).all()
    plt.close("all")


def test_where_nothing_is_delivered_nothing_is_per_delivered_unit() -> None:
    chain = qc.what_if(
        line(0.1, 0.0),
        {"Stock -> D1": {"defect_rate": 1, "inspection": qc.Inspection(1, on_reject="scrap"), "scrap_cost": 3}},
    )
    c = qc.cost_of_quality(chain)
    assert c.categories.loc["total", "per_time"] == pytest.approx(3)
    assert c.categories.loc["total", ["per_period", "per_delivered"]].isna().all()
    assert str(c.reason_for("categories", "total", "per_period")).endswith("nothing is delivered to any customer")


@pytest.mark.parametrize("seed", range(4))
def test_places_cost_per_delivered_unit_what_their_lines_do(seed: int) -> None:
    c = qc.cost_of_quality(priced_chain(seed))
    for place, table in (("department", c.departments), ("handoff", c.handoffs), ("customer", c.customers)):
        lines = c.lines.groupby(place)["per_delivered"].sum()
        assert table["per_delivered"].to_dict() == pytest.approx(lines.to_dict(), rel=1e-12, abs=1e-12)


def test_behind_overload_every_delivery_is_late_and_the_department_is_named() -> None:
    chain = qc.Chain(
        "Late",
        suppliers=[qc.Supplier("S", rate=3)],
        departments=[qc.Department("D", cycle_time=1)],
        customers=[qc.Customer("K", promise=5, late_cost=2)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0)],
    )
    c = qc.cost_of_quality(chain)
    assert c.lines[["kind", "count", "per_time"]].values.tolist() == [["late", 1.0, 6.0]]
    assert any("'D' cannot keep up" in a for a in c.assumptions)


def test_a_volume_of_nothing_makes_no_period_and_is_told() -> None:
    chain = qc.Chain(
        "Idle",
        suppliers=[qc.Supplier("S", rate=1)],
        customers=[qc.Customer("K", volume=0, external_failure_cost=4)],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.5)],
    )
    c = qc.cost_of_quality(chain)
    assert (c.per, c.total) == ("hour", 2.0)
    assert "the volume of 'K' is 0" in c.missing[Place("categories", None, "per_period")]


def test_a_refused_unit_is_one_external_failure_each_time_and_its_mending_another_price() -> None:
    """Half of what is refused stays bad and is refused or kept again: no unit is booked twice at one price."""
    check = qc.Inspection(0.8, fix=0.5, cost=1, repair_cost=7)
    chain = qc.Chain(
        "Sent back",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K", external_failure_cost=100)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0.2, inspection=check)],
    )
    c = qc.cost_of_quality(chain)
    # g good and b bad states at D: b = 0.5 * 0.8 (0.2 g + b), g = 1 + the same
    bad = Fraction(2, 5) * Fraction(1, 5) / (1 - Fraction(2, 5) - Fraction(2, 5) * Fraction(1, 5))
    shown = Fraction(1, 5) * (1 + bad) + bad
    assert float(shown) == pytest.approx(bad / Fraction(2, 5))
    count = c.lines.groupby("kind")["count"].sum()
    assert count["nonconforming, kept"] + count["nonconforming, refused"] == pytest.approx(float(shown))
    assert count["rework"] == pytest.approx(float(shown * Fraction(4, 5)))
    by = c.categories["per_time"]
    assert by["external_failure"] == pytest.approx(100 * float(shown))
    assert by["internal_failure"] == pytest.approx(7 * float(shown) * 0.8)
    assert by["appraisal"] == pytest.approx(1 + 2 * float(bad))
