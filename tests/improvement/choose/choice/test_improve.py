import dataclasses
import itertools
import json
import math
import pickle
import random

import numpy as np
import pytest
from support.choices import best_by_trying_all, random_projects, some_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.improvement.choose.options.objectives import READINGS
from qualitychain.improvement.choose.search import solver as home
from qualitychain.improvement.choose.search.solver import Solver
from qualitychain.vocabulary.measures.all import MEASURES


def line(rates, **customer):
    """Steps in series with the given defect rates."""
    names = [f"D{i}" for i in range(len(rates) - 1)]
    stops = ["S", *names, "K"]
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department(n) for n in names],
        customers=[qc.Customer("K", **customer)],
        handoffs=[qc.Handoff(a, b, defect_rate=d) for (a, b), d in zip(itertools.pairwise(stops), rates, strict=True)],
    )


def scaling(chain, place, factor, cost, name=None, **rules):
    handoff = chain.handoffs[place].full_name
    return qc.Project(name or f"P{place}", cost=cost, changes={handoff: {"defect_rate": qc.Scale(factor)}}, **rules)


SMALL = [(1, 16, 0.68), (3, 16, 0.26), (2, 14, 0.25), (0, 30, 0.78), (1, 5, 0.7), (0, 8, 0.22)]
EXCLUSIVE = [
    (1, 38, 0.34), (2, 36, 0.2), (0, 34, 0.59), (3, 40, 0.8),
    (0, 21, 0.39), (1, 37, 0.37), (0, 11, 0.44), (2, 29, 0.24),
]  # fmt: skip


def test_the_best_measures_of_a_line_are_found():
    chain = line([1 - y for y in (0.916, 0.931, 0.984, 0.918)])
    projects = [scaling(chain, step, 1 - cut, cost, str(i)) for i, (step, cost, cut) in enumerate(SMALL)]
    best = qc.improve(chain, projects, budget=60, objective="defect_rate")
    assert 1 - best.value == pytest.approx(0.8921107484614641, abs=1e-12)
    assert 1 - best.before == pytest.approx(0.7703408603520001, abs=1e-12)
    assert best.chosen == ("1", "3", "4", "5")
    assert best.optimal
    assert best.gap == 0
    assert best.method.startswith("integer programme")


def test_the_best_measures_with_exclusions_and_requirements_are_found():
    chain = line([1 - y for y in (0.978, 0.937, 0.963, 0.897, 0.936)])
    rules = {0: {"group": "01"}, 1: {"group": "01"}, 3: {"requires": "2"}}
    projects = [
        scaling(chain, step, 1 - cut, cost, str(i), **rules.get(i, {})) for i, (step, cost, cut) in enumerate(EXCLUSIVE)
    ]
    best = qc.improve(chain, projects, budget=70, objective="accepted_defect_rate")
    assert 1 - best.value == pytest.approx(0.7706015788058973, abs=1e-12)
    assert best.chosen == ("4", "5", "6")


def test_three_handoffs_by_hand():
    chain = line([0.1, 0.2, 0.25])
    names = [h.full_name for h in chain.handoffs]
    options = zip(names, (1, 3, 2), (1 / 20, 1 / 10, 1 / 8), strict=True)
    projects = [qc.Project(n, cost=c, changes={n: {"defect_rate": d}}) for n, c, d in options]
    best = qc.improve(chain, projects, budget=3, objective="defect_rate")
    assert best.chosen == (names[0], names[2])
    assert best.value == pytest.approx(0.335, abs=1e-14)


def test_stations_in_a_row_get_the_fastest_lead_time():
    rates, extra = [3.11, 3.57, 3.37, 2.22], [(2, 14, 0.92), (3, 20, 0.94), (0, 17, 1.43), (1, 16, 0.81), (3, 13, 0.88)]
    names = [f"D{i}" for i in range(4)]
    stops = ["S", *names, "K"]
    chain = qc.Chain(
        "Tandem",
        suppliers=[qc.Supplier("S", rate=1.64)],
        departments=[qc.Department(n, cycle_time=1 / mu) for n, mu in zip(names, rates, strict=True)],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff(a, b, defect_rate=0) for a, b in itertools.pairwise(stops)],
    )
    projects = [
        qc.Project(str(i), cost=c, changes={f"D{s}": {"cycle_time": 1 / (rates[s] + r)}}, group=f"D{s}")
        for i, (s, c, r) in enumerate(extra)
    ]
    best = qc.improve(chain, projects, budget=40, objective="lead_time", budgets=[])
    assert best.value == pytest.approx(2.0988917201558333, rel=1e-6)
    assert best.chosen == ("1", "2")
    assert best.optimal
    assert not best.exact


@pytest.mark.parametrize("seed", seeds(range(14)))
def test_the_choice_equals_the_best_of_all_sets_on_random_chains(seed):
    rng = random.Random(seed)
    chain = some_chain(rng, cycles=rng.choice(["none", "linear", "branching"]), common_causes=seed % 4 == 0)
    projects = random_projects(rng, chain, 6)
    budget = rng.choice([5, 9, 14])
    objective = rng.choice(
        [
            "defect_rate",
            "accepted_defect_rate",
            "sigma_level",
            "conforming_deliveries",
            {"defect_rate": 1, "sigma_level": 0.1},
        ]
    )
    customer = rng.choice([None, chain.customers[0].name])
    found = qc.improve(chain, projects, budget=budget, objective=objective, customer=customer, budgets=[])
    assert found.optimal
    assert found.value == pytest.approx(best_by_trying_all(chain, projects, budget, objective, customer), rel=1e-9)
    assert found.cost <= budget


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_the_choice_equals_the_best_of_all_sets_of_fourteen_projects(seed):
    rng = random.Random(seed)
    chain = some_chain(rng, departments=(3, 4), customers=(1, 1))
    projects = random_projects(rng, chain, 14)
    found = qc.improve(chain, projects, budget=12, objective="accepted_defect_rate", budgets=[])
    assert found.optimal
    assert found.value == pytest.approx(best_by_trying_all(chain, projects, 12, "accepted_defect_rate"), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_branch_and_bound_and_the_integer_programme_agree_on_a_line(seed, monkeypatch):
    rng = random.Random(seed)
    chain = line([rng.uniform(0.01, 0.2) for _ in range(8)])
    projects = [
        scaling(
            chain,
            rng.randrange(8),
            rng.uniform(0.2, 0.95),
            rng.randint(1, 20),
            f"P{i}",
            group=f"g{i % 5}" if i < 8 else (),
        )
        for i in range(18)
    ]
    one = qc.improve(chain, projects, budget=50, objective="defect_rate", budgets=[])
    monkeypatch.setattr(home, "adds_up", lambda _search: None)
    other = qc.improve(chain, projects, budget=50, objective="defect_rate", budgets=[])
    assert one.method.startswith("integer programme")
    assert other.method.startswith("branch and bound")
    assert other.optimal
    assert one.value == pytest.approx(other.value, rel=1e-9)


def test_greed_by_gain_per_cost_fails_where_the_choice_does_not():
    chain = line([0.1, 0.2, 0.2])
    cheap = scaling(chain, 0, 0.3, 1, "cheap and good")
    dear = [scaling(chain, 1, 0.4, 5, "one"), scaling(chain, 2, 0.4, 5, "two")]
    best = qc.improve(chain, [cheap, *dear], budget=10, objective="defect_rate")
    assert best.table["gain_per_cost"].idxmax() == "cheap and good"
    assert best.chosen == ("one", "two")


def perverse():
    """Fewer defects before a scrapping inspection send more bad units past it: scrapped ones are never delivered."""
    return qc.Chain(
        "Perverse",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("Sort"), qc.Department("Weak"), qc.Department("Good")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Sort", defect_rate=0),
            qc.Handoff("Sort", "Weak", share=0.5, defect_rate=0.5, inspection=qc.Inspection(1, on_reject="scrap")),
            qc.Handoff("Sort", "Good", share=0.5, defect_rate=0),
            qc.Handoff("Weak", "K", defect_rate=0.4),
            qc.Handoff("Good", "K", defect_rate=0.01),
        ],
    )


def test_a_project_that_makes_things_worse_is_shown_and_left_out():
    chain = perverse()
    projects = [
        qc.Project("Perverse", cost=1, changes={"Sort -> Weak": {"defect_rate": qc.Scale(0.1)}}),
        qc.Project("Sound", cost=1, changes={"Good -> K": {"defect_rate": qc.Scale(0.5)}}),
    ]
    best = qc.improve(chain, projects, budget=2, objective="defect_rate")
    assert best.table.loc["Perverse", "gain_alone"] < 0
    assert best.chosen == ("Sound",)
    assert best.optimal
    assert "alone these make it worse: Perverse" in best.summary()


def test_a_project_that_is_worse_alone_is_chosen_when_it_helps_in_company():
    chain = perverse()
    projects = [
        qc.Project("Less scrap", cost=1, changes={"Sort -> Weak": {"defect_rate": qc.Scale(0.1)}}),
        qc.Project("Mend", cost=1, changes={"Weak -> K": {"defect_rate": 0.0}}),
    ]
    best = qc.improve(chain, projects, budget=2, objective="defect_rate")
    assert best.table.loc["Less scrap", "gain_alone"] < 0
    assert best.chosen == ("Less scrap", "Mend")
    assert best.value == pytest.approx(best_by_trying_all(chain, projects, 2, "defect_rate"))


def test_without_time_the_bound_still_holds_and_the_gap_is_stated():
    rng = random.Random(5)
    chain = line([0.1] * 6)
    chain = qc.what_if(chain, {"D1 -> D2": {"inspection": qc.Inspection(0.5)}})
    projects = [scaling(chain, rng.randrange(6), rng.uniform(0.3, 0.9), rng.randint(1, 9), f"P{i}") for i in range(9)]
    rushed = qc.improve(chain, projects, budget=15, objective="defect_rate", time_limit=0, budgets=[])
    best = qc.improve(chain, projects, budget=15, objective="defect_rate", budgets=[])
    assert not rushed.optimal
    assert rushed.bound <= best.value <= rushed.value
    assert rushed.gap == pytest.approx(rushed.value - rushed.bound)
    assert "not proven best" in rushed.summary()


def test_more_budget_is_never_worse_and_the_frontier_holds_the_choice():
    chain = perverse()
    projects = [
        qc.Project(f"P{i}", cost=c, changes={n: {"defect_rate": qc.Scale(f)}})
        for i, (n, c, f) in enumerate([("Weak -> K", 3, 0.5), ("Good -> K", 1, 0.5), ("Weak -> K", 4, 0.2)])
    ]
    best = qc.improve(chain, projects, budget=4, objective="sigma_level")
    table = best.frontier
    assert table["value"].is_monotonic_increasing
    assert (table["cost"] <= table["budget"]).all()
    assert table["optimal"].all()
    assert table.loc[table["budget"] == 4, "value"].item() == best.value
    assert table.iloc[0]["chosen"] == ()
    two = qc.improve(chain, projects, budget=4, objective="sigma_level", budgets=[1, 2]).frontier
    assert two["budget"].to_list() == [1, 2]


def test_the_changed_chain_has_the_value():
    chain = line([0.1, 0.2])
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="sigma_level")
    assert qc.quality(best.chain).customers.loc["K", "sigma_level"] == pytest.approx(best.value)
    assert chain.handoffs[1].defect_rate == 0.2


def test_a_useless_project_is_not_bought():
    chain = line([0.1, 0.2])
    idle = qc.Project("Paint", cost=1, changes={"D0": {"note": "blue"}})
    assert qc.improve(chain, [scaling(chain, 1, 0.5, 1), idle], budget=2, objective="defect_rate").chosen == ("P1",)


def test_revenue_at_risk_is_that_of_the_churn_formula():
    chain = line([0.1, 0.2], volume=100, value=50, churn_if_dissatisfied=0.3, deliveries_per_customer=2)
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="revenue_at_risk")
    assert best.value == pytest.approx(5000 * (1 - (1 - 0.19 * 0.3) ** 2))


@pytest.mark.parametrize("deliveries", [0.5, 3])
def test_revenue_at_risk_of_two_customers_is_chosen_as_by_trying_all(deliveries):
    money = {"churn_if_dissatisfied": 0.6, "deliveries_per_customer": deliveries}
    chain = qc.Chain(
        "Two",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("E")],
        customers=[qc.Customer("K", volume=10, value=5, **money), qc.Customer("L", volume=100, value=1, **money)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.3),
            qc.Handoff("D", "K", share=0.4, defect_rate=0.2, inspection=qc.Inspection(0.8, fix=0.9)),
            qc.Handoff("D", "E", share=0.6, defect_rate=0.2),
            qc.Handoff("E", "L", defect_rate=0.2, inspection=qc.Inspection(0.4, on_reject="scrap")),
        ],
    )
    rng = random.Random(1)
    projects = [scaling(chain, i % 4, rng.uniform(0.2, 0.9), rng.randint(1, 5), f"P{i}") for i in range(8)]
    best = qc.improve(chain, projects, budget=8, objective="revenue_at_risk", budgets=[])
    assert best.optimal
    assert best.value == pytest.approx(best_by_trying_all(chain, projects, 8, "revenue_at_risk"), rel=1e-9)


def timed_line():
    return qc.Chain(
        "Timed",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.7), qc.Department("E", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=4)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "E", defect_rate=0.1, inspection=qc.Inspection(0.8)),
            qc.Handoff("E", "K", defect_rate=0.1),
        ],
    )


def test_satisfied_units_weigh_speed_and_quality_together():
    chain = timed_line()
    projects = [
        qc.Project("Faster", cost=2, changes={"D": {"cycle_time": qc.Scale(0.7)}}),
        scaling(chain, 2, 0.5, 2, "Better"),
        scaling(chain, 0, 0.5, 1, "Cleaner"),
    ]
    best = qc.improve(chain, projects, budget=3, objective="satisfied", budgets=[])
    assert best.optimal
    assert best.value == pytest.approx(best_by_trying_all(chain, projects, 3, "satisfied"), rel=1e-9)
    assert best.chosen == ("Faster", "Cleaner")
    assert not best.exact
    assert best.value == pytest.approx(qc.lead_times(best.chain).customers.loc["K", "satisfied"])


def test_a_rescued_station_is_chosen_though_the_chain_was_overloaded():
    chain = qc.what_if(timed_line(), {"D": {"cycle_time": 2}})
    projects = [
        qc.Project("Faster", cost=2, changes={"D": {"cycle_time": qc.Scale(0.3)}}),
        scaling(chain, 2, 0.5, 2, "Better"),
    ]
    best = qc.improve(chain, projects, budget=3, objective="lead_time", budgets=[])
    assert best.before == math.inf
    assert best.chosen == ("Faster",)


def priced():
    chain = line([0.1, 0.2, 0.1], external_failure_cost=50)
    check = qc.Inspection(0.8, cost=0.5, repair_cost=3)
    return qc.what_if(chain, {"D0 -> D1": {"inspection": check}, "D0": {"work_cost": 2}, "D1": {"work_cost": 1}})


def test_the_cost_of_quality_is_chosen_as_by_trying_all():
    chain = priced()
    projects = [scaling(chain, i % 3, 0.3 + 0.1 * i, 1 + i % 3, f"P{i}") for i in range(4)]
    projects.append(qc.Project("No check", cost=1, changes={"D0 -> D1": {"inspection": None}}))
    best = qc.improve(chain, projects, budget=4, objective="cost_of_quality", budgets=[])
    assert best.optimal
    assert best.value == pytest.approx(best_by_trying_all(chain, projects, 4, "cost_of_quality"), rel=1e-9)
    assert best.value == pytest.approx(qc.improve(chain, projects, budget=4, objective={"cost_of_quality": 1}).value)


def test_the_cost_of_quality_of_many_projects_is_settled_with_proof():
    rng = random.Random(3)
    chain = line([rng.uniform(0.02, 0.1) for _ in range(9)], external_failure_cost=50, volume=1000)
    check = {"detect": 0.7, "on_reject": "scrap", "cost": 0.5}
    chain = qc.what_if(chain, {"D4 -> D5": {"inspection": check, "scrap_cost": 9}, "D2": {"work_cost": 4}})
    projects = [scaling(chain, i % 9, rng.uniform(0.2, 1.1), rng.randint(1, 9), f"P{i}") for i in range(22)]
    best = qc.improve(chain, projects, budget=30, objective="cost_of_quality", budgets=[])
    assert best.optimal
    assert best.exact
    assert best.value == pytest.approx(qc.cost_of_quality(best.chain).total, rel=1e-12)


def test_late_deliveries_make_the_cost_of_quality_rest_on_lead_times():
    chain = qc.what_if(timed_line(), {"K": {"late_cost": 5, "external_failure_cost": 20}})
    projects = [
        qc.Project("Faster", cost=2, changes={"D": {"cycle_time": qc.Scale(0.7)}}),
        scaling(chain, 2, 0.5, 2, "Better"),
    ]
    best = qc.improve(chain, projects, budget=2, objective="cost_of_quality", budgets=[])
    assert not best.exact
    assert best.optimal
    assert best.value == pytest.approx(best_by_trying_all(chain, projects, 2, "cost_of_quality"), rel=1e-9)
    assert best.value == pytest.approx(qc.cost_of_quality(best.chain).total, rel=1e-12)


def test_satisfied_units_are_bounded_by_the_conforming_ones_when_time_is_short():
    chain = timed_line()
    projects = [scaling(chain, i % 3, 0.4 + 0.05 * i, 1 + i % 4, f"P{i}") for i in range(8)]
    rushed = qc.improve(chain, projects, budget=6, objective="satisfied", budgets=[], time_limit=0)
    conforming = qc.improve(chain, projects, budget=6, objective="conforming_deliveries", budgets=[])
    assert rushed.before <= rushed.value <= conforming.value <= rushed.bound <= 1


def test_the_cost_of_quality_may_be_below_nothing():
    # half of the units are scrapped before the dear work that a faultless chain would do on them
    chain = qc.Chain(
        "Scrap early",
        suppliers=[qc.Supplier("S", rate=10)],
        departments=[qc.Department("Sort"), qc.Department("Dear", work_cost=50), qc.Department("Cheap")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Sort", defect_rate=0),
            qc.Handoff("Sort", "Dear", share=0.5, defect_rate=0.5, inspection=qc.Inspection(1, on_reject="scrap")),
            qc.Handoff("Sort", "Cheap", share=0.5, defect_rate=0),
            qc.Handoff("Dear", "K", defect_rate=0.1),
            qc.Handoff("Cheap", "K", defect_rate=0.1),
        ],
    )
    projects = [
        qc.Project("Stricter", cost=1, changes={"Sort -> Dear": {"defect_rate": 0.6}}, group="g"),
        qc.Project("Strictest", cost=1, changes={"Sort -> Dear": {"defect_rate": 0.8}}, group="g"),
        qc.Project("Mild", cost=1, changes={"Sort -> Dear": {"defect_rate": 0.3}}, group="g"),
    ]
    best = qc.improve(chain, projects, budget=1, objective="cost_of_quality", budgets=[])
    assert best.before < 0
    assert best.chosen == ("Strictest",)
    assert best.optimal


def test_nothing_satisfies_behind_a_department_that_cannot_keep_up():
    chain = qc.what_if(timed_line(), {"D": {"cycle_time": 2}})
    best = qc.improve(chain, [scaling(chain, 2, 0.5, 1, "Better")], budget=1, objective="satisfied", budgets=[])
    assert best.value == best.before == 0
    assert any("nothing is counted as on time" in said for said in best.assumptions)


def test_without_a_promise_conforming_units_satisfy():
    chain = line([0.1, 0.2])
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="satisfied", budgets=[])
    assert best.value == pytest.approx(0.81)
    assert best.exact
    assert "Where no promise can be judged, conforming deliveries satisfy." in best.assumptions


def test_when_time_is_up_the_table_says_what_was_not_looked_at():
    chain = timed_line()
    projects = [scaling(chain, i % 3, 0.5 + 0.05 * i, 1, f"P{i}") for i in range(8)]
    rushed = qc.improve(chain, projects, budget=4, objective="satisfied", time_limit=0)
    assert rushed.table["value_alone"].isna().any()
    assert any("time was up" in why for why in rushed.missing.values())
    assert rushed.frontier["bound"].is_monotonic_increasing
    assert rushed.frontier["value"].is_monotonic_increasing


def test_a_budget_may_be_a_number_of_any_kind():
    chain = line([0.1, 0.2])
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=np.int64(1), objective="defect_rate", budgets=[])
    assert best.chosen == ("P1",)


def test_without_any_cost_the_cost_of_quality_says_so():
    chain = line([0.1, 0.2])
    with pytest.raises(qc.AnalysisError, match="has no cost of quality"):
        qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="cost_of_quality")


def test_weights_add_up_and_what_should_grow_is_subtracted():
    chain = line([0.1, 0.2])
    best = qc.improve(
        chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective={"defect_rate": 2, "conforming_deliveries": 3}
    )
    assert best.value == pytest.approx(2 * 0.19 - 3 * 0.81)
    assert best.better == "less"


def test_weights_may_name_customers():
    chain = line([0.1, 0.2])
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective={("defect_rate", "K"): 2})
    assert best.value == pytest.approx(0.38)


def test_a_rerouting_project_is_weighed_too():
    # a name of its own stays when the handoff gets another receiver
    chain = qc.what_if(perverse(), {"Weak -> K": {"name": "shipping"}})
    projects = [
        qc.Project("Bypass", cost=2, changes={"shipping": {"customer": "Good"}}),
        qc.Project("Shift", cost=3, changes={"Sort -> Weak": {"share": 0.1}, "Sort -> Good": {"share": 0.9}}),
        scaling(chain, 4, 0.5, 1, "Polish"),
        scaling(chain, 3, 0.5, 1, "Mend"),
    ]
    for budget in (1, 2, 3, 4, 5):
        best = qc.improve(chain, projects, budget=budget, objective="defect_rate", budgets=[])
        assert best.optimal
        assert best.value == pytest.approx(best_by_trying_all(chain, projects, budget, "defect_rate"), rel=1e-9)


def test_combinations_that_make_no_chain_are_not_chosen_and_are_told():
    chain = line([0.5, 0.2])
    projects = [
        scaling(chain, 0, 1.5, 0, "Rush"),
        scaling(chain, 0, 1.6, 0, "Hurry"),
        scaling(chain, 1, 0.5, 1, "Care"),
    ]
    chain = qc.what_if(chain, {"S -> D0": {"inspection": qc.Inspection(1, on_reject="scrap")}})
    best = qc.improve(chain, projects, budget=1, objective="defect_rate", budgets=[])
    assert best.optimal
    assert best.chosen == ("Care",)


def test_the_result_is_plain_data_and_can_be_kept():
    chain = line([0.1, 0.2])
    best = qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="defect_rate")
    data = json.loads(json.dumps(best.to_dict()))
    assert data["result"] == "Improvement"
    assert data["chosen"] == ["P1"]
    assert "chain" not in data
    assert pickle.loads(pickle.dumps(best)).chosen == ("P1",)
    assert best._repr_html_().startswith("<h4>Improvement")


def test_the_frontier_is_drawn_on_the_axes_given():
    from matplotlib.figure import Figure

    chain = line([0.1, 0.2])
    ax = Figure().add_subplot()
    assert qc.improve(chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="defect_rate").plot(ax) is ax
    assert ax.get_ylabel() == "defect rate"


def test_progress_ends_at_all():
    chain = line([0.1, 0.2])
    seen = []
    qc.improve(
        chain, [scaling(chain, 1, 0.5, 1)], budget=1, objective="defect_rate", progress=lambda *a: seen.append(a)
    )
    assert seen[-1] == (100, 100)


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"budget": -1}, ValueError, "budget must be a number of 0 or more, got -1"),
        ({"budget": math.nan}, ValueError, "budget must be a number"),
        ({"budget": True}, ValueError, "budget must be a number"),
        ({"budget": 0.5}, qc.AnalysisError, "below the cheapest project, 'P1', which costs 1"),
        ({"objective": "defect_rat"}, ValueError, "did you mean 'defect_rate'"),
        ({"objective": {}}, ValueError, "objective must be one of"),
        ({"objective": {"defect_rate": 0}}, ValueError, "the weight of defect_rate must be a finite number above 0"),
        ({"customer": "k"}, ValueError, "did you mean 'K'"),
        (
            {"objective": "revenue_at_risk"},
            qc.AnalysisError,
            "field volume and value and churn_if_dissatisfied of customer 'K'",
        ),
        ({"budgets": "all"}, ValueError, "each of budgets must be a number of 0 or more, got 'all'"),
        ({"time_limit": -1}, ValueError, "time_limit"),
        ({"budgets": [1, -1]}, ValueError, "each of budgets"),
    ],
)
def test_bad_input_says_what_is_wrong(given, kind, words):
    chain = line([0.1, 0.2])
    with pytest.raises(kind) as error:
        qc.improve(chain, [scaling(chain, 1, 0.5, 1)], **{"budget": 1, "objective": "defect_rate"} | given)
    assert words in str(error.value)


def test_every_objective_of_the_vocabulary_can_be_read_and_no_other():
    assert set(READINGS) == {m.name for m in MEASURES.values() if m.objective}


def test_the_projects_and_the_budget_of_the_chain_are_taken_unless_others_are_given():
    chain = line([0.1, 0.2])
    projects = [scaling(chain, 0, 0.5, 2), scaling(chain, 1, 0.5, 3)]
    own = dataclasses.replace(chain, projects=projects, budget=4)
    assert qc.improve(own).chosen == qc.improve(chain, projects, budget=4).chosen == ("P1",)
    assert qc.improve(own).objective == "accepted defect rate"
    # without a budget all may be spent
    assert qc.improve(dataclasses.replace(own, budget=None)).budget == 5
    with pytest.raises(qc.ChainError, match="no projects to choose from"):
        qc.improve(chain)


def test_the_frontier_is_searched_for_when_it_is_asked_for(monkeypatch):
    chain = line([0.1, 0.2])
    budgets: list[float] = []
    solve = Solver.solve
    monkeypatch.setattr(Solver, "solve", lambda self, b, *a, **k: budgets.append(b) or solve(self, b, *a, **k))
    best = qc.improve(chain, [scaling(chain, 0, 0.5, 2), scaling(chain, 1, 0.5, 3)], budget=4, objective="defect_rate")
    assert best.summary()
    assert budgets == [4]
    assert best.frontier["budget"].to_list() == [0, 1, 2, 3, 4, 5]
    assert budgets == [4, 0, 1, 2, 3, 5]
