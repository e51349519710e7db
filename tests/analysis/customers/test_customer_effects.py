"""Removal effects against solving the changed chain, and defects per period."""

from __future__ import annotations

import math
import random

import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.customers.customer_effects import customer_effects_of
from qualitychain.analysis.money.cost_of_quality import cost_of_quality_of
from qualitychain.vocabulary.reason import Place, Reason


def test_the_known_removal_effect() -> None:
    """D6: yield 9/10 * 4/5 * 3/4; without defects at a -> b the rate is 13/40."""
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D6")))
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    assert effects["a -> b"] == pytest.approx(23 / 50 - 13 / 40, rel=1e-12)


@pytest.mark.parametrize("seed", seeds(range(12)))
@pytest.mark.parametrize("outcome", ["accepted_defect_rate", "defect_rate"])
def test_the_removal_effect_is_that_of_the_changed_chain(seed: int, outcome: str) -> None:
    """The second method is what a user would do: set the rate to 0 and ask again."""
    chain = quietly(as_floats(random_chain(random.Random(seed))) | {"name": "random"})
    now = qc.quality(chain).customers[outcome]
    effects = qc.customer_effects(chain, outcome=outcome).handoffs.set_index(["customer", "handoff"])["removal_effect"]  # type: ignore[arg-type]
    for handoff in chain.handoffs:
        data = chain.to_dict()
        data["handoffs"][chain.handoffs.index(handoff)]["defect_rate"] = 0.0
        without = qc.quality(quietly(data)).customers[outcome]
        for customer in now.index:
            expected = now[customer] - without[customer]
            found = effects[customer, handoff.full_name]
            assert found == pytest.approx(expected, abs=1e-12) or (math.isnan(found) and math.isnan(expected))


def test_handoffs_of_one_common_cause_become_perfect_together() -> None:
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D5")))
    data = chain.to_dict()
    for fields in data["handoffs"]:
        if "per_unit" in fields:
            fields["common_cause"] = "case"
    effects = qc.customer_effects(qc.Chain.from_dict(data)).handoffs.set_index("handoff")["removal_effect"]
    # with one good spec: 1 - (19/20)^2; with the shared one: 751/4000
    assert effects["engineering -> design: spec"] == pytest.approx(751 / 4000 - (1 - 0.95**2))
    assert effects["engineering -> production: spec"] == pytest.approx(effects["engineering -> design: spec"])


def test_defects_per_period_come_from_the_volume() -> None:
    e = qc.customer_effects(line(0.1, 0.2))
    assert e.customers.loc["Shop", "defects_per_period"] == pytest.approx(280)
    first = e.handoffs.iloc[0]
    assert (first["handoff"], first["rank"]) == ("D1 -> Shop", 1)
    assert first["defects_avoided_per_period"] == pytest.approx(180)


def test_without_a_volume_the_figure_is_missing_with_a_reason() -> None:
    e = qc.customer_effects(qc.what_if(line(0.1, 0.2), {"Shop": {"volume": None}}))
    assert math.isnan(e.customers.loc["Shop", "defects_per_period"])
    assert e.reason_for("customers", "Shop", "defects_per_period") == "no volume is given"


def test_a_handoff_with_no_way_to_the_customer_has_exactly_no_effect() -> None:
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D4")))
    effects = qc.customer_effects(chain).handoffs.set_index(["customer", "handoff"])["removal_effect"]
    assert effects["A", "retail -> B"] == 0
    assert effects["A", "plant -> retail"] == 0
    assert effects["B", "plant -> A"] == 0


def test_more_defects_can_look_better_where_inspection_scraps_them() -> None:
    """A bad line that is scrapped more often weighs less in the mix: perfecting it harms the customer's rate."""
    chain = qc.Chain(
        "Mix",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Split"), qc.Department("Good"), qc.Department("Poor")],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Split", defect_rate=0),
            qc.Handoff("Split", "Good", share=0.5, defect_rate=0),
            qc.Handoff("Split", "Poor", share=0.5, defect_rate=0.5, inspection=qc.Inspection(1.0, on_reject="scrap")),
            qc.Handoff("Good", "Shop", defect_rate=0.01),
            qc.Handoff("Poor", "Shop", defect_rate=0.3),
        ],
    )
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    assert effects["Split -> Poor"] < 0


def test_unknown_names_are_refused_with_the_near_miss() -> None:
    e = qc.customer_effects(line(0.1, 0.2))
    with pytest.raises(ValueError, match="did you mean 'Shop'"):
        e.plot("Shopp")
    with pytest.raises(ValueError, match="outcome"):
        qc.customer_effects(line(0.1), outcome="dpmo")  # type: ignore[arg-type]


def _chain(*handoffs: qc.Handoff) -> qc.Chain:
    names = {h.supplier for h in handoffs} | {h.customer for h in handoffs}
    return qc.Chain(
        "Case",
        suppliers=[qc.Supplier("S", rate=1), *([qc.Supplier("T")] if "T" in names else [])],
        departments=[qc.Department(n) for n in sorted(names - {"S", "T", "K"})],
        customers=[qc.Customer("K")],
        handoffs=handoffs,
    )


def _effect(chain: qc.Chain, handoff: str) -> float:
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    return float(effects[handoff])


@pytest.mark.parametrize(
    ("chain", "handoff"),
    [
        (_chain(qc.Handoff("S", "D", defect_rate=1), qc.Handoff("D", "K", defect_rate=0)), "S -> D"),
        (
            _chain(
                qc.Handoff("S", "A", defect_rate=0.1),
                qc.Handoff("A", "B", defect_rate=1),
                qc.Handoff("B", "A", defect_rate=0, share=0.2),
                qc.Handoff("B", "K", defect_rate=0.2, share=0.8),
            ),
            "A -> B",
        ),
        (
            _chain(
                qc.Handoff("S", "D", defect_rate=0.1),
                qc.Handoff("D", "D", defect_rate=1, share=0.1),
                qc.Handoff("D", "K", defect_rate=0.2, share=0.9),
            ),
            "D -> D",
        ),
    ],
    ids=["line", "loop", "self loop"],
)
def test_a_handoff_that_spoils_everything_has_the_effect_of_the_changed_chain(chain: qc.Chain, handoff: str) -> None:
    now = qc.quality(chain).customers.loc["K", "accepted_defect_rate"]
    without = qc.quality(qc.what_if(chain, {handoff: {"defect_rate": 0}})).customers.loc["K", "accepted_defect_rate"]
    assert _effect(chain, handoff) == pytest.approx(now - without, rel=1e-12)


def test_a_removal_that_leaves_no_answer_is_missing_with_a_reason_and_spares_the_others() -> None:
    """Every conforming unit is rejected: only defects let units out at all."""
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0.1),
        qc.Handoff("D", "K", defect_rate=1, inspection=qc.Inspection(0.5, false_alarm=1.0)),
    )
    for outcome in ("accepted_defect_rate", "defect_rate"):
        e = qc.customer_effects(chain, outcome=outcome)  # type: ignore[arg-type]
        effects = e.handoffs.set_index("handoff")["removal_effect"]
        assert math.isnan(effects["D -> K"])
        assert effects["S -> D"] == pytest.approx(0, abs=1e-12)
        assert "units circulate for ever at 'D'" in e.missing[Place("handoffs", ("K", "D -> K"), "removal_effect")]
        assert "common cause" not in e.missing[Place("handoffs", ("K", "D -> K"), "removal_effect")]


def test_tiny_removal_effects_keep_their_digits() -> None:
    chain = _chain(qc.Handoff("S", "D", defect_rate=1e-12), qc.Handoff("D", "K", defect_rate=1e-25))
    assert _effect(chain, "D -> K") == pytest.approx(1e-25, rel=1e-9)


def two_shops() -> qc.Chain:
    """A kiosk that was promised a time and gave every figure, and a fair that was promised nothing."""
    return qc.Chain(
        "Two shops",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[
            qc.Customer(
                "Kiosk",
                segment="b2c",
                promise=3,
                volume=800,
                value=10,
                deliveries_per_customer=4,
                late_cost=2,
                external_failure_cost=5,
                churn_if_dissatisfied=0.1,
                nps=qc.Nps(satisfied=0.6, dissatisfied=-0.8),
            ),
            qc.Customer("Fair", segment="b2b", volume=200, value=30, churn_if_dissatisfied=0.5),
        ],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.1),
            qc.Handoff("Make", "Kiosk", share=0.8, defect_rate=0.2, inspection=qc.Inspection(0.5, rework_to="Make")),
            qc.Handoff("Make", "Fair", share=0.2, defect_rate=0.05),
        ],
    )


def test_satisfied_is_joint_with_the_lead_time_and_all_money_follows_from_it() -> None:
    chain = two_shops()
    distribution, kiosk = qc.lead_times(chain)["Kiosk"], qc.customer_effects(chain).customers.loc["Kiosk"]
    satisfied = distribution.conforming * distribution.distribution(conforming=True).cdf(3.0)
    assert kiosk["judged_on"] == "conforming and on time"
    assert kiosk["satisfied"] == pytest.approx(satisfied)
    # reworked units are late and conforming: the product of the shares is not the share of both
    assert abs(kiosk["satisfied"] - distribution.conforming * distribution.on_time) > 1e-3
    assert kiosk["late_per_period"] == pytest.approx(800 * (1 - distribution.on_time))
    assert kiosk["satisfied_per_period"] + kiosk["dissatisfied_per_period"] == pytest.approx(800)
    churn = 1 - (1 - (1 - satisfied) * 0.1) ** 4
    assert kiosk["churn"] == pytest.approx(churn)
    assert kiosk["retention"] == pytest.approx(1 - churn)
    assert kiosk["customers_lost"] == pytest.approx(200 * churn)
    assert kiosk["revenue_at_risk"] == pytest.approx(8000 * churn)
    assert kiosk["cost_of_late"] == pytest.approx(2 * kiosk["late_per_period"])
    assert kiosk["nps"] == pytest.approx(100 * (0.6 * satisfied - 0.8 * (1 - satisfied)))


def test_satisfied_lies_within_the_bounds_of_its_parts() -> None:
    kiosk = qc.customer_effects(two_shops()).customers.loc["Kiosk"]
    good = 1 - kiosk["accepted_defect_rate"]
    assert good + kiosk["on_time"] - 1 <= kiosk["satisfied"] <= min(good, kiosk["on_time"])


def test_bad_units_cost_whether_the_customer_keeps_or_refuses_them() -> None:
    kiosk = qc.customer_effects(two_shops()).customers.loc["Kiosk"]
    assert kiosk["refused_per_period"] == pytest.approx(kiosk["defects_per_period"])
    assert kiosk["cost_of_bad"] == pytest.approx(5 * (kiosk["refused_per_period"] + kiosk["defects_per_period"]))


def test_who_was_promised_nothing_is_satisfied_by_what_conforms() -> None:
    e = qc.customer_effects(two_shops())
    fair = e.customers.loc["Fair"]
    assert fair["satisfied"] == pytest.approx(1 - fair["accepted_defect_rate"])
    assert (fair["judged_on"], math.isnan(fair["late_per_period"])) == ("conforming", True)
    assert e.reason_for("customers", "Fair", "on_time") == "no promise is given"
    assert e.reason_for("customers", "Fair", "nps") == "no nps is given"
    assert e.missing[Place("customers", "Fair", "cost_of_bad")].startswith("no external_failure_cost is given")


def test_segments_add_up_their_customers() -> None:
    chain = qc.what_if(two_shops(), {"Fair": {"segment": "b2c"}})
    e = qc.customer_effects(chain)
    b2c = e.segments.loc["b2c"]
    assert b2c["customers"] == 2
    assert b2c["revenue_at_risk"] == pytest.approx(e.customers["revenue_at_risk"].sum())
    assert b2c["defect_share"] == pytest.approx(e.customers["defects_per_period"].sum() / 1000)
    assert math.isnan(b2c["cost_of_late"])
    assert e.reason_for("segments", "b2c", "cost_of_late") == "customer 'Fair' has none"


def test_a_promise_without_working_times_is_judged_on_conformity_and_said() -> None:
    e = qc.customer_effects(qc.what_if(two_shops(), {"Make": {"cycle_time": None}}))
    kiosk = e.customers.loc["Kiosk"]
    assert kiosk["judged_on"] == "conforming"
    assert "nothing is known of waiting and lead times" in e.missing[Place("customers", "Kiosk", "on_time")]


def test_behind_an_overloaded_department_nobody_is_satisfied_and_the_department_is_named() -> None:
    e = qc.customer_effects(qc.what_if(two_shops(), {"Stock": {"rate": 3}}))
    kiosk = e.customers.loc["Kiosk"]
    assert (kiosk["on_time"], kiosk["satisfied"], kiosk["judged_on"]) == (0, 0, "conforming and on time")
    assert kiosk["late_per_period"] == kiosk["dissatisfied_per_period"] == kiosk["volume"]
    assert not any(place.row == "Kiosk" and "late" in place.column for place in e.missing)
    assert sum("'Make' cannot keep up" in a and "'Kiosk'" in a for a in e.assumptions) == 1
    # who was promised nothing is satisfied by what conforms, however late
    fair = e.customers.loc["Fair"]
    assert fair["satisfied"] == pytest.approx(1 - fair["accepted_defect_rate"])


def test_overload_is_told_also_where_another_department_has_no_working_time() -> None:
    chain = qc.Chain(
        "Mixed",
        suppliers=[qc.Supplier("S", rate=2)],
        departments=[qc.Department("Busy", cycle_time=1), qc.Department("Untimed")],
        customers=[qc.Customer("K", promise=5, late_cost=2)],
        handoffs=[
            qc.Handoff("S", "Busy", defect_rate=0),
            qc.Handoff("Busy", "Untimed", defect_rate=0.1),
            qc.Handoff("Untimed", "K", defect_rate=0),
        ],
    )
    assert qc.customer_effects(chain).customers.loc["K", "satisfied"] == 0
    assert qc.cost_of_quality(chain).lines["count"].tolist() == [1.0]


def test_lead_times_are_worked_out_once_and_only_where_they_tell_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = two_shops()
    on_time = qc.lead_times(chain)["Kiosk"].on_time
    study = Study(chain)
    effects = study.ask(customer_effects_of)
    assert effects.customers.loc["Kiosk", "on_time"] == on_time

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("qualitychain.analysis.time.lead_times.lead_times_of", refused)
    assert study.ask(cost_of_quality_of).lacking
    without = qc.customer_effects(chain, lead_times=False)
    assert without.reason_for("customers", "Kiosk", "on_time") == "lead times were not asked for"
    # without any promise they are not asked for at all
    qc.customer_effects(qc.what_if(chain, {"Kiosk": {"promise": None}}))


def test_what_nobody_asked_for_takes_no_lead_times_that_take_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_TIME", -1.0)
    unasked = Study(two_shops(), unasked=True).ask(customer_effects_of)
    assert unasked.missing[Place("customers", "Kiosk", "on_time")].reason is Reason.NOT_ASKED
    assert qc.customer_effects(two_shops()).customers["on_time"].notna().any()


def test_sure_loss_of_a_customer_is_all_its_revenue() -> None:
    chain = qc.what_if(two_shops(), {"Fair": {"churn_if_dissatisfied": 1}, "Make -> Fair": {"defect_rate": 1}})
    fair = qc.customer_effects(chain, lead_times=False).customers.loc["Fair"]
    assert (fair["churn"], fair["revenue_at_risk"]) == (1.0, 6000.0)


def test_the_summary_tells_satisfaction_revenue_and_nps() -> None:
    said = qc.customer_effects(two_shops()).summary()
    assert "satisfied (conforming and on time)" in said
    assert "revenue at risk" in said
    assert "NPS" in said


def pulling(count: int) -> qc.Chain:
    """One department that pulls an input from each of several helpers, the last of which spoils most."""
    helpers = [f"Helper {i}" for i in range(count)]
    return qc.Chain(
        "Pulling",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), *(qc.Department(h) for h in helpers)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.01),
            qc.Handoff("D", "K", defect_rate=0),
            *(qc.Handoff(h, "D", per_unit=1, defect_rate=0.01 * (i + 1)) for i, h in enumerate(helpers)),
        ],
    )


def test_of_effects_that_take_a_solution_each_those_that_make_most_defects_come_first() -> None:
    chain = pulling(3)
    every, few, none = (qc.customer_effects(chain, most=most).handoffs for most in (None, 1, 0))
    assert every["removal_effect"].notna().all()
    assert sorted(few["handoff"][few["removal_effect"].notna()]) == ["D -> K", "Helper 2 -> D", "S -> D"]
    assert sorted(none["handoff"][none["removal_effect"].notna()]) == ["D -> K", "S -> D"]
    missing = qc.customer_effects(chain, most=1).missing
    assert "ask with a greater most=" in missing[Place("handoffs", ("K", "Helper 0 -> D"), "removal_effect")]
    with pytest.raises(ValueError, match="most must be"):
        qc.customer_effects(chain, most=-1)


def test_the_summary_says_that_a_removal_effect_is_a_fall() -> None:
    told = qc.customer_effects(line(0.1, 0.2)).summary()
    assert "D1 -> Shop: without its defects 18 points less" in told
    assert "perfect" not in told
