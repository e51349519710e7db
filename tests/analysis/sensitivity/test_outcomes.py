"""Revenue at risk as an outcome with derivatives: against the formula, and against changes of the chain."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from support.chains import quietly

import qualitychain as qc

FIGURES: dict[str, Any] = {"volume": 1000, "value": 50, "churn_if_dissatisfied": 0.1, "deliveries_per_customer": 4}


def chain_of(*customers: dict[str, Any], rates: tuple[float, float] = (0.1, 0.2), **department: Any) -> qc.Chain:
    share = 1 / len(customers)
    return quietly(
        {
            "name": "shop",
            "suppliers": [{"name": "S", "rate": 1}],
            "departments": [{"name": "D", **department}],
            "customers": list(customers),
            "handoffs": [
                {"supplier": "S", "customer": "D", "defect_rate": rates[0]},
                *({"supplier": "D", "customer": c["name"], "share": share, "defect_rate": rates[1]} for c in customers),
            ],
        }
    )


def with_first_rate(chain: qc.Chain, rate: float) -> qc.Chain:
    first, *others = chain.handoffs
    return dataclasses.replace(chain, handoffs=(dataclasses.replace(first, defect_rate=rate), *others))


def slope_of(s: Any, handoff: str, parameter: str = "defect_rate") -> float:
    rows = s.table[(s.table["handoff"] == handoff) & (s.table["parameter"] == parameter)]
    return float(rows["gradient"].iloc[0])


def test_the_slope_of_the_revenue_at_risk_is_that_of_the_formula() -> None:
    s = qc.sensitivities(chain_of({"name": "K", **FIGURES}), outcome="revenue_at_risk")
    bad = 1 - 0.9 * 0.8
    assert s.values["K"] == pytest.approx(1000 * 50 * (1 - (1 - 0.1 * bad) ** 4))
    assert slope_of(s, "S -> D") == pytest.approx(1000 * 50 * 4 * (1 - 0.1 * bad) ** 3 * 0.1 * 0.8)
    rows = s.table.set_index(["handoff", "parameter"])["meaning"]
    assert rows["S -> D", "defect_rate"].startswith(
        "one point more defects at 'S -> D' raises the revenue at risk per period of 'K' by 146.9"
    )
    assert "Lateness stays as it is" in " ".join(s.assumptions)
    assert s.summary().startswith("K: revenue at risk per period 5,369")


def test_the_value_is_that_of_customer_effects_and_the_slope_that_of_its_differences() -> None:
    chain = chain_of({"name": "K1", **FIGURES}, {"name": "K2", **FIGURES, "value": 3})
    s = qc.sensitivities(chain, outcome="revenue_at_risk", customer="K2")
    up, down = (
        qc.customer_effects(with_first_rate(chain, 0.1 + way)).customers.loc["K2", "revenue_at_risk"]
        for way in (1e-6, -1e-6)
    )
    assert s.values["K2"] == pytest.approx(qc.customer_effects(chain).customers.loc["K2", "revenue_at_risk"])
    assert slope_of(s, "S -> D") == pytest.approx((up - down) / 2e-6, rel=1e-8)


def test_with_a_promise_units_turned_bad_were_on_time_as_often_as_good_ones() -> None:
    chain = chain_of({"name": "K", **FIGURES, "promise": 2}, cycle_time=0.5)
    s = qc.sensitivities(chain, outcome="revenue_at_risk")
    now = qc.customer_effects(chain).customers.loc["K"]
    # nothing is inspected, so time and quality are independent: a point of defects changes no lead time
    up, down = (
        qc.customer_effects(with_first_rate(chain, 0.1 + way)).customers.loc["K", "revenue_at_risk"]
        for way in (1e-4, -1e-4)
    )
    assert 0.5 < now["on_time"] < 0.99
    assert s.values["K"] == pytest.approx(now["revenue_at_risk"])
    assert slope_of(s, "S -> D") == pytest.approx((up - down) / 2e-4, rel=1e-5)
    key = qc.key_to_customer(chain, most=0).table.set_index("handoff")
    assert 0.01 * slope_of(s, "S -> D") == pytest.approx(key.loc["S -> D", "revenue_by_defects"], rel=1e-9)


def test_behind_overload_nothing_satisfies_so_a_defect_more_risks_nothing_more() -> None:
    chain = chain_of({"name": "K", **FIGURES, "promise": 3}, cycle_time=2)
    s = qc.sensitivities(chain, outcome="revenue_at_risk")
    assert s.values["K"] == pytest.approx(50_000 * (1 - 0.9**4))
    assert (s.table["gradient"] == 0).all()
    assert any("nothing is counted as on time" in said for said in s.assumptions)


def test_a_customer_without_the_figures_has_a_reason_and_a_chain_without_any_an_error() -> None:
    s = qc.sensitivities(chain_of({"name": "K1", **FIGURES}, {"name": "K2", "volume": 7}), outcome="revenue_at_risk")
    assert s.reason_for("table", "K2") == "no value, churn_if_dissatisfied is given"
    assert math.isnan(s.values["K2"])
    assert s.table.loc[s.table["customer"] == "K2", "gradient"].isna().all()
    assert json.dumps(s.to_dict(), allow_nan=False)
    with pytest.raises(qc.AnalysisError, match="customer 'K' gives no volume, value, churn_if_dissatisfied"):
        qc.sensitivities(chain_of({"name": "K"}), outcome="revenue_at_risk")


def test_where_everybody_leaves_the_first_satisfied_delivery_has_no_slope() -> None:
    lost = {**FIGURES, "churn_if_dissatisfied": 1, "deliveries_per_customer": 0.5}
    s = qc.sensitivities(chain_of({"name": "K", **lost}, rates=(1.0, 0.0)), outcome="revenue_at_risk")
    assert s.values["K"] == pytest.approx(50_000)
    assert str(s.reason_for("table", "K")).startswith("all its customers leave")


def test_defects_that_look_better_at_the_revenue_are_explained() -> None:
    data = chain_of({"name": "K", **FIGURES}).to_dict()
    data["suppliers"].append({"name": "Other", "rate": 1})
    data["departments"].append({"name": "Good"})
    data["handoffs"][0]["inspection"] = {"detect": 1, "on_reject": "scrap"}
    data["handoffs"] += [
        {"supplier": "Other", "customer": "Good", "defect_rate": 0},
        {"supplier": "Good", "customer": "K", "defect_rate": 0.01},
    ]
    s = qc.sensitivities(qc.Chain.from_dict(data), outcome="revenue_at_risk")
    assert slope_of(s, "S -> D") < 0
    assert "scrap shifts the mix" in s.table["meaning"][0]


def test_a_chain_without_departments_has_no_work_of_departments() -> None:
    chain = quietly(
        {
            "name": "direct",
            "suppliers": [{"name": "S"}],
            "customers": [{"name": "K"}],
            "handoffs": [{"supplier": "S", "customer": "K", "defect_rate": 0.1}],
        }
    )
    s = qc.sensitivities(chain, outcome="work")
    assert list(s.table.columns) == ["department", "handoff", "parameter", "gradient", "meaning"]
    assert len(s.table) == len(s.values) == 0
    assert s.summary() == ""
    assert qc.sensitivities(chain, outcome="work", department="S").values["S"] == 1.0


@pytest.mark.parametrize(("outcome", "near"), [("revenue_at_riks", "revenue_at_risk"), ("costs", "cost")])
def test_a_misspelt_outcome_is_told_the_near_one(outcome: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{near}'"):
        qc.sensitivities(chain_of({"name": "K"}), outcome=outcome)  # type: ignore[arg-type]
