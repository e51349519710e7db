import math

import pytest

import qualitychain as qc


def chain_of(**customer):
    return qc.Chain(
        "C",
        suppliers=[qc.Supplier("S", rate=10)],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K", external_failure_cost=50, **customer)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0), qc.Handoff("D", "K", defect_rate=0.1)],
    )


def half(cost, factor=0.5):
    return qc.Project("Half", cost=cost, changes={"D -> K": {"defect_rate": qc.Scale(factor)}})


def test_a_choice_has_paid_for_itself_when_what_it_saves_is_what_it_cost():
    # 1000 deliveries a period, 5 % fewer of them bad, 50 each: 2500 a period
    best = qc.improve(chain_of(volume=1000), [half(6000)], budget=6000, objective="cost_of_quality", budgets=[])
    assert best.payback_periods == pytest.approx(2.4)
    assert "has paid for itself after 2.4 periods" in best.summary()
    assert best.reason_for("", None, "payback_periods") is None


@pytest.mark.parametrize(
    ("customer", "objective", "factor", "why"),
    [
        ({"volume": 1000}, "defect_rate", 0.5, "only the objective cost_of_quality"),
        ({"volume": 1000}, {"cost_of_quality": 1}, 0.5, "only the objective cost_of_quality"),
        ({}, "cost_of_quality", 0.5, "no period is given"),
        ({"volume": 1000}, "cost_of_quality", 1.5, "nothing is saved"),
    ],
)
def test_where_nothing_is_paid_back_the_reason_is_given(customer, objective, factor, why):
    best = qc.improve(chain_of(**customer), [half(6000, factor)], budget=6000, objective=objective, budgets=[])
    assert math.isnan(best.payback_periods)
    assert why in best.reason_for("", None, "payback_periods")
    assert "paid for itself" not in best.summary()
    assert best.to_dict()["payback_periods"] is None
