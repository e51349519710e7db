import itertools
import math
import random

import pytest
from support.seeds import seeds

import qualitychain as qc


def line(rates, **first):
    names = [f"D{i}" for i in range(len(rates) - 1)]
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("S", rate=10)],
        departments=[qc.Department(n) for n in names],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff(a, b, defect_rate=d)
            for (a, b), d in zip(itertools.pairwise(["S", *names, "K"]), rates, strict=True)
        ],
    )


def cost_of(table, chosen):
    """Fixed costs and costs per unit inspected, from the quality table."""
    total = 0.0
    for handoff, (check, fixed) in chosen.items():
        total += fixed + (check.cost or 0) * 10 * table.loc[handoff, "flow"]
    return total


def best_by_trying_all(chain, candidates, budget):
    best = math.inf
    for options in itertools.product(*([None, *options] for options in candidates.values())):
        chosen = {h: o for h, o in zip(candidates, options, strict=True) if o is not None}
        made = qc.what_if(chain, {h: {"inspection": check} for h, (check, _) in chosen.items()})
        found = qc.quality(made)
        if cost_of(found.handoffs, chosen) <= budget:
            best = min(best, found.customers.loc["K", "accepted_defect_rate"])
    return best


@pytest.mark.parametrize("seed", seeds(range(5)))
def test_the_placement_equals_the_best_of_all(seed):
    rng = random.Random(seed)
    chain = line([rng.choice([0.02, 0.05, 0.1, 0.2]) for _ in range(5 if seed == 4 else 4)])
    candidates = {
        h.full_name: [
            (
                qc.Inspection(
                    detect,
                    false_alarm=rng.choice([0, 0.05]),
                    on_reject=rng.choice(["scrap", "rework", "repair"]),
                    fix=0.9,
                    cost=rng.choice([0.1, 0.5]) * detect,
                ),
                rng.choice([0, 2, 5]),
            )
            for detect in (0.6, 0.95)
        ]
        for h in chain.handoffs
    }
    budget = rng.choice([6, 12, 20])
    found = qc.where_to_inspect(chain, candidates, budget=budget)
    assert found.optimal
    assert found.value == pytest.approx(best_by_trying_all(chain, candidates, budget), rel=1e-9)
    assert found.cost <= budget * (1 + 1e-9)
    assert found.cost == pytest.approx(found.inspections["cost"].sum())


def test_one_good_inspection_at_the_end_beats_many_early_ones():
    chain = line([0.1, 0.1, 0.1])
    check = qc.Inspection(0.9, on_reject="repair")
    found = qc.where_to_inspect(chain, {h.full_name: (check, 1) for h in chain.handoffs}, budget=1)
    assert found.inspections.index.to_list() == ["D1 -> K"]
    assert found.value == pytest.approx(0.1 * (1 - 0.9**3))


def test_cost_per_unit_counts_the_units_that_get_there():
    chain = line([0.5, 0.1])
    places = {
        "S -> D0": qc.Inspection(1, on_reject="scrap", cost=1),
        "D0 -> K": qc.Inspection(0.5, on_reject="scrap", cost=1),
    }
    found = qc.where_to_inspect(chain, places, budget=15, units=10)
    # 10 at the first, then only the 5 good ones
    assert found.inspections["inspected"].to_list() == pytest.approx([10, 5])
    assert found.value == pytest.approx(0.05 / 0.95)
    assert qc.where_to_inspect(chain, places, budget=14.99, units=10).cost == pytest.approx(10)


def test_an_input_is_inspected_at_each_draw():
    chain = qc.Chain(
        "Pull",
        suppliers=[qc.Supplier("S", rate=2), qc.Supplier("M")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("M", "D", item="part", per_unit=3, defect_rate=0.2),
            qc.Handoff("D", "K", defect_rate=0),
        ],
    )
    check = qc.Inspection(1, on_reject="scrap", cost=1)
    found = qc.where_to_inspect(chain, {"M -> D: part": check}, budget=8)
    assert found.inspections["inspected"].item() == pytest.approx(2 * 3 / 0.8)
    assert found.value == pytest.approx(0)


def test_twelve_places_with_two_strengths_are_settled_with_proof():
    rng = random.Random(3)
    chain = line([rng.uniform(0.01, 0.1) for _ in range(12)])
    candidates = {
        h.full_name: [(qc.Inspection(d, on_reject="repair"), 3 * d + rng.random()) for d in (0.5, 0.9)]
        for h in chain.handoffs
    }
    found = qc.where_to_inspect(chain, candidates, budget=9)
    assert found.optimal
    assert found.cost <= 9


@pytest.mark.parametrize(
    ("candidates", "budget", "kind", "words"),
    [
        ({}, 1, ValueError, "candidates must map handoffs to inspections"),
        ({"S -> D": qc.Inspection(0.9)}, 1, qc.ChainError, "did you mean 'S -> D0'"),
        ({"S -> D0": {"detect": 2}}, 1, qc.ChainError, "candidate 'S -> D0': detect must be between 0 and 1"),
        ({"S -> D0": (qc.Inspection(0.9), -1)}, 1, qc.ChainError, "candidate 'S -> D0': the fixed cost must be"),
        ({"S -> D0": []}, 1, ValueError, "no inspection to choose from"),
        ({"S -> D0": (qc.Inspection(0.9), 5)}, 1, qc.AnalysisError, "below the cheapest inspection, that of 'S -> D0'"),
        ({"S -> D0": qc.Inspection(0.9)}, -1, ValueError, "budget"),
    ],
)
def test_bad_input_says_what_is_wrong(candidates, budget, kind, words):
    with pytest.raises(kind) as error:
        qc.where_to_inspect(line([0.1, 0.1]), candidates, budget=budget)
    assert words in str(error.value)


def test_budgets_of_the_frontier_are_checked():
    with pytest.raises(ValueError, match="each of budgets must be a number of 0 or more, got -1"):
        qc.where_to_inspect(line([0.1, 0.1]), {"S -> D0": qc.Inspection(0.9)}, budget=1, budgets=[-1])
