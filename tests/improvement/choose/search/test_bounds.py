import math
import random
import warnings
from itertools import combinations

import pytest
from support.choices import random_projects, some_chain
from support.priced import with_costs
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.base.study import Study
from qualitychain.improvement.choose.options.objectives import goal_of
from qualitychain.improvement.choose.options.projects import programme
from qualitychain.improvement.choose.search.bounds import Bounds
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.knapsack import relaxed, units_of
from qualitychain.improvement.choose.search.reach import reach_of
from qualitychain.improvement.choose.search.rows import NoModelError, Rows
from qualitychain.improvement.choose.search.terms import loss_of

OBJECTIVES = [
    "defect_rate",
    "accepted_defect_rate",
    "conforming_deliveries",
    "sigma_level",
    {"defect_rate": 1.0, "conforming_deliveries": 0.3},
]


def laid_out(seed, objective):
    rng = random.Random(seed)
    chain = some_chain(rng, common_causes=seed % 3 == 0, cycles=rng.choice(["none", "linear"]))
    projects = random_projects(rng, chain, 6)
    combination = Combination(chain, programme(projects))
    goal = goal_of(chain, objective, None if isinstance(objective, dict) else chain.customers[0].name)
    wide = reach_of(combination, compile_chain(chain)).wide
    rows = Rows(combination, frozenset(), wide)
    return rng, combination, goal, wide, Bounds(rows, loss_of(goal, rows), combination)


def laid_out_with_costs(seed):
    """A chain with prices everywhere; its goal is the cost of quality."""
    rng = random.Random(seed)
    plain = with_costs(as_floats(random_chain(rng, cycles=rng.choice(["none", "linear"]))), rng)
    if seed % 2:
        plain |= {"customers": [{**c, "volume": None} for c in plain["customers"]], "period": "2 w"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        chain = qc.Chain.from_dict({"name": "C", **plain, "prevention_cost": 40})
    combination = Combination(chain, programme(random_projects(rng, chain, 6)))
    goal = goal_of(chain, "cost_of_quality", None)
    wide = reach_of(combination, compile_chain(chain), costs=True).wide
    rows = Rows(combination, frozenset(), wide, costs=True)
    return rng, combination, goal, wide, Bounds(rows, loss_of(goal, rows), combination)


def losses(combination, goal, wide):
    """Loss of every allowed set that makes a chain."""
    found = {}
    study = Study(combination.chain)
    for size in range(7):
        for chosen in map(frozenset, combinations(sorted(set(range(6)) - wide), size)):
            if combination.plan.allows(chosen):
                try:
                    found[chosen] = goal.loss(goal.value(study.of(combination.chain_with(chosen))))
                except (qc.ChainError, qc.AnalysisError):
                    continue
    return found


@pytest.mark.parametrize("seed", seeds(range(10)))
def test_values_from_the_rows_are_those_of_the_whole_chain(seed):
    _, combination, goal, wide, bounds = laid_out(seed, OBJECTIVES[seed % 5])
    checked = 0
    for chosen, loss in losses(combination, goal, wide).items():
        quick = bounds.value(chosen)
        if not math.isnan(quick) and not math.isnan(loss):
            assert quick == pytest.approx(loss, rel=1e-9, abs=1e-12)
            checked += 1
    assert checked


@pytest.mark.parametrize("seed", seeds(range(10)))
def test_no_choice_is_below_the_bound_of_any_node(seed):
    rng, combination, goal, wide, bounds = laid_out(seed, OBJECTIVES[seed % 5])
    all_losses = losses(combination, goal, wide)
    costs = [p.cost for p in combination.plan.projects]
    bounded = 0
    for _ in range(25):
        inside = rng.choice(list(all_losses))
        out = frozenset(p for p in range(6) if p not in inside and rng.random() < 0.3) | wide
        budget = rng.choice([3.0, 8.0, 100.0])
        free = frozenset(range(6)) - inside - out
        free = frozenset(p for p in free if not combination.plan.rivals[p] & inside)
        free = frozenset(p for p in free if combination.plan.requires[p] <= inside | free)
        free = frozenset(p for p in free if combination.plan.requires[p] <= inside | free)
        reference = rng.choice([s for s in all_losses if inside <= s <= inside | free])
        left = budget - sum(costs[p] for p in inside)
        units = units_of(combination.plan, free, costs)
        found = bounds.relax(inside, free, reference, lambda gains, u=units, b=left: relaxed(u, gains, b))
        if found is None:
            continue
        inner = [
            loss
            for s, loss in all_losses.items()
            if inside <= s <= inside | free and sum(costs[p] for p in s) <= budget and not math.isnan(loss)
        ]
        if inner:
            assert found.bound <= min(inner) + 1e-12 * abs(min(inner))
            bounded += 1
    assert bounded


@pytest.mark.parametrize("seed", seeds(range(6)))
def test_the_cost_of_quality_is_counted_and_bounded_like_any_flow(seed):
    _, combination, goal, wide, bounds = laid_out_with_costs(seed)
    all_losses = {s: loss for s, loss in losses(combination, goal, wide).items() if not math.isnan(loss)}
    for chosen, loss in all_losses.items():
        assert bounds.value(chosen) == pytest.approx(loss, rel=1e-9)
    free = frozenset(range(6)) - wide
    costs = [p.cost for p in combination.plan.projects]
    units = units_of(combination.plan, free, costs)
    found = bounds.relax(frozenset(), free, frozenset(), lambda gains: relaxed(units, gains, 8.0))
    if found is not None:
        within = [loss for s, loss in all_losses.items() if sum(costs[p] for p in s) <= 8]
        assert found.bound <= min(within) * (1 + 1e-12)


def test_what_changes_a_faultless_chain_is_decided_first():
    chain = qc.Chain(
        "Priced",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D", work_cost=2)],
        customers=[qc.Customer("K", external_failure_cost=9)],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1)],
    )
    projects = [
        qc.Project("Cheap work", cost=1, changes={"D": {"work_cost": 1}}),
        qc.Project("Care", cost=1, changes={"S -> D": {"defect_rate": 0.05}}),
        qc.Project("Goodwill", cost=1, changes={"D -> K": {"external_failure_cost": 3}}),
    ]
    reach = reach_of(Combination(chain, programme(projects)), compile_chain(chain), costs=True)
    assert reach.wide == {0}
    assert {p for mine in reach.local.values() for p in mine} == {1, 2}


@pytest.mark.parametrize("seed", seeds(range(6)))
def test_a_node_without_open_projects_is_bounded_by_its_own_value(seed):
    _, combination, goal, wide, bounds = laid_out(seed, "accepted_defect_rate")
    for chosen, loss in list(losses(combination, goal, wide).items())[:8]:
        found = bounds.relax(chosen, frozenset(), chosen, lambda _gains: 0.0)
        if found is not None and not math.isnan(loss):
            assert found.bound == pytest.approx(loss, rel=1e-9, abs=1e-12)


def test_too_many_departments_are_refused(monkeypatch):
    monkeypatch.setattr("qualitychain.improvement.choose.search.rows.LARGEST", 0)
    with pytest.raises(NoModelError, match="too many departments"):
        laid_out(1, "defect_rate")


def test_the_relaxed_knapsack_is_the_linear_one():
    plan = programme([qc.Project(n, cost=c, changes={"A": {"note": "x"}}) for n, c in (("a", 2), ("b", 3), ("c", 4))])
    units = units_of(plan, frozenset(range(3)), [2.0, 3.0, 4.0])
    # 4 for 2, then 3 for 3 in part: budget 4 buys all of the first and two thirds of the second
    assert relaxed(units, {0: -4.0, 1: -3.0, 2: 5.0}, 4.0) == pytest.approx(-6.0)
    assert relaxed(units, {0: -4.0, 1: -3.0, 2: 5.0}, 10.0) == -7.0


def test_one_of_a_group_counts_in_the_relaxed_knapsack():
    plan = programme([qc.Project(n, cost=1, changes={"A": {"note": "x"}}, group="g") for n in "ab"])
    assert relaxed(units_of(plan, frozenset((0, 1)), [1.0, 1.0]), {0: -4.0, 1: -3.0}, 10.0) == -4.0
