"""Derivatives of everything to everything, against exact fractions, differences in many digits, and known answers."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.exact_slopes import differences, moves, outcomes, slopes
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.gradients.gradients import Gradient, Gradients, gradient, value
from qualitychain.engine.gradients.reward import Reward, combined, delivered, presented, quotient, scrapped
from qualitychain.engine.quality.scenarios import solve_quality

FIELD = {
    "defect_rate": "defect",
    "transit_defect_rate": "transit",
    "detect": "detect",
    "false_alarm": "alarm",
    "fix": "fix",
    "share": "share",
}


def compiled_of(chain: Mapping[str, Any]) -> Compiled:
    return compile_chain(quietly(as_floats(dict(chain)) | {"name": "random"}))


def one(size: int, place: int) -> np.ndarray:
    return np.eye(1, size, place)[0]


def rewards_of(compiled: Compiled, solved: Gradients) -> dict[tuple[str, str], Reward]:
    """A reward for every outcome that the exact oracle counts."""
    n = compiled.network
    found = {("scrap_rate", ""): scrapped(n)}
    for k, customer in enumerate(compiled.chain.customers):
        for rate, form in (("accepted_defect_rate", delivered), ("defect_rate", presented)):
            part, whole = form(n, k, bad_only=True), form(n, k)
            bad, every = solved.values([part, whole])
            if every > 0:
                found[rate, customer.name] = quotient(part, whole, bad, every)
        found["delivered", customer.name] = delivered(n, k)
    for row, place in enumerate(compiled.flow_rows):
        it = one(len(n.flow), row)
        found["rejected", compiled.names[place]] = Reward(rejected_true=it, rejected_false=it)
        found["tried", compiled.names[place]] = Reward(tried=it)
    for v, name in enumerate(compiled.nodes):
        if v not in n.customers:
            found["work", name] = Reward(work=one(n.nodes, v))
    return found


def along(compiled: Compiled, g: Gradient, field: str, steps: Mapping[int, int]) -> float:
    """The derivative along a move of the chain's handoffs."""
    flow = {int(i): row for row, i in enumerate(compiled.flow_rows)}
    pulled = {int(i): row for row, i in enumerate(compiled.pulled_rows)}
    if field == "per_unit":
        return float(g.per_unit[compiled.network.group[pulled[next(iter(steps))]]])
    return sum(
        direction
        * float(getattr(g.flow, FIELD[field])[flow[i]] if i in flow else getattr(g.pulled, FIELD[field])[pulled[i]])
        for i, direction in steps.items()
    )


def agrees_with_the_oracle(chain: Mapping[str, Any], *, how: str, only: int | None = None) -> int:
    """Compare every outcome along every move (or ``only`` so many of them); how many numbers were compared."""
    compiled = compiled_of(chain)
    solved = Gradients(compiled.network)
    rewards = rewards_of(compiled, solved)
    found = dict(zip(rewards, solved.gradients(list(rewards.values())), strict=True))
    now, compared = outcomes(chain), 0
    ways = list(moves(chain))
    if only is not None and len(ways) > only:
        ways = random.Random(0).sample(ways, only)
    for field, steps in ways:
        want = slopes(chain, field, steps) if how == "duals" else differences(chain, field, steps, now)
        for key, g in found.items():
            expected = float(want[key])
            assert along(compiled, g, field, steps) == pytest.approx(expected, rel=1e-9, abs=1e-11), (key, field, steps)
            compared += 1
    for key, reward in rewards.items():
        if not key[0].endswith("defect_rate"):
            assert solved.value(reward) == pytest.approx(float(now[key]), rel=1e-10, abs=1e-12)
    return compared


@pytest.mark.parametrize("example", known_chains(), ids=lambda e: e["name"])
def test_gradients_of_the_known_chains_are_the_known_fractions(example: dict[str, Any]) -> None:
    expected = {k.split(".", 1)[1]: v for k, v in example["expected"].items() if k.startswith("gradient.")}
    compiled = compile_chain(known_chain(example))
    solved, handoffs = Gradients(compiled.network), compiled.chain.handoffs
    for key, answer in expected.items():
        customer, handoff, _ = key.split(".")
        k = [c.name for c in compiled.chain.customers].index(customer)
        bad, every = solved.absorbed[2 * k + 1], solved.absorbed[2 * k : 2 * k + 2].sum()
        g = solved.gradient(
            quotient(delivered(solved.network, k, bad_only=True), delivered(solved.network, k), bad, every)
        )
        place = [f"{h.supplier}->{h.customer}" for h in handoffs].index(handoff)
        assert along(compiled, g, "defect_rate", {place: 1}) == pytest.approx(
            float(Fraction(answer["exact"])), rel=1e-10, abs=1e-15
        )


@pytest.mark.parametrize("seed", seeds(range(16)))
def test_derivatives_of_random_chains_are_those_of_dual_numbers_over_fractions(seed: int) -> None:
    chain = random_chain(random.Random(seed), sure_detection=seed % 2 == 1)
    assert agrees_with_the_oracle(chain, how="duals") > 10


@pytest.mark.parametrize("seed", seeds(range(6)))
def test_derivatives_go_through_circles_of_needs_that_are_linear(seed: int) -> None:
    chain = random_chain(random.Random(seed), cycles="linear", departments=(3, 5), customers=(1, 2))
    assert agrees_with_the_oracle(chain, how="duals", only=12) > 10


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_go_through_circles_of_needs_that_branch(seed: int) -> None:
    chain = random_chain(random.Random(seed), cycles="branching", departments=(3, 4), customers=(1, 2))
    assert agrees_with_the_oracle(chain, how="differences", only=4) > 10


@pytest.mark.parametrize("seed", seeds([2, 4, 5, 6, 13]))
def test_derivatives_go_through_common_causes_and_the_work_that_they_save(seed: int) -> None:
    chain = random_chain(random.Random(seed), common_causes=True, departments=(2, 4), customers=(1, 2))
    assert agrees_with_the_oracle(chain, how="duals", only=8) > 10


def test_an_input_that_a_common_cause_does_not_use_yet_has_the_slope_of_its_first_use() -> None:
    chain = {
        "name": "not yet",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": n} for n in ("D", "H", "G")],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"name": "in", "supplier": "S", "customer": "D", "defect_rate": Fraction(1, 10)},
            {"name": "out", "supplier": "D", "customer": "K", "defect_rate": Fraction(0)},
            _once("spec", "H", "D", Fraction(3, 10)),
            _once("tool", "G", "H", Fraction(0)),
        ],
    }
    assert float(slopes(chain, "per_unit", {3: 1})["work", "G"]) == pytest.approx(0.3)
    assert agrees_with_the_oracle(chain, how="duals") > 10


def _once(item: str, giver: str, receiver: str, per_unit: Fraction) -> dict[str, Any]:
    ends = {"name": item, "item": item, "supplier": giver, "customer": receiver, "common_cause": "case"}
    return {**ends, "per_unit": per_unit, "defect_rate": Fraction(1, 5)}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(100, 108))
def test_derivatives_of_many_more_chains(seed: int) -> None:
    rng = random.Random(seed)
    agrees_with_the_oracle(random_chain(rng, sure_detection=True), how="duals")
    agrees_with_the_oracle(random_chain(rng, cycles="linear", departments=(3, 6)), how="duals")
    keyed = random_chain(rng, common_causes=True, sure_detection=True, departments=(2, 4), customers=(1, 2))
    agrees_with_the_oracle(keyed, how="differences", only=10)
    if seed == 104:
        both = random_chain(rng, cycles="branching", common_causes=True, departments=(3, 5), customers=(1, 2))
        agrees_with_the_oracle(both, how="differences", only=2)


@pytest.mark.parametrize("seed", range(12))
def test_without_inspections_no_defect_ever_helps_a_customer(seed: int) -> None:
    chain = random_chain(random.Random(seed), inspections=False, cycles=("none", "linear")[seed % 2])
    solved = Gradients(compiled_of(chain).network)
    n, y = solved.network, solved.absorbed
    for k in range(len(n.customers)):
        every = y[2 * k] + y[2 * k + 1]
        rate = quotient(delivered(n, k, bad_only=True), delivered(n, k), y[2 * k + 1], every)
        g = solved.gradient(rate)
        assert np.all(g.flow.defect >= 0)
        assert np.all(g.pulled.defect >= 0)
        assert np.all(g.per_unit >= 0)


@pytest.mark.parametrize("seed", range(20, 30))
def test_values_from_rewards_are_the_counts_of_the_forward_solution(seed: int) -> None:
    chain = random_chain(random.Random(seed), common_causes=seed % 2 == 0, departments=(2, 5))
    network = compiled_of(chain).network
    solved, now = Gradients(network), solve_quality(network)
    assert solved.absorbed == pytest.approx(now.absorbed, rel=1e-11, abs=1e-14)
    for field in (
        "tried",
        "made",
        "cleared",
        "rejected_true",
        "rejected_false",
        "presented",
        "presented_bad",
        "accepted_bad",
    ):
        counts = getattr(now.tally, field)
        weights = np.random.default_rng(seed).uniform(-1, 1, len(counts))
        assert solved.value(Reward(**{field: weights})) == pytest.approx(counts @ weights, rel=1e-10, abs=1e-12)
    weights = np.random.default_rng(seed).uniform(0, 1, network.nodes)
    assert solved.value(Reward(work=weights, visit=weights)) == pytest.approx(
        (now.work + now.visits) @ weights, rel=1e-11
    )
    if len(network.pulled) and not network.keys:
        price = np.random.default_rng(seed).uniform(0, 1, len(network.pulled))
        r = now.requests
        assert solved.value(Reward(uses=price)) == pytest.approx(r.uses @ price, rel=1e-11)
        assert solved.value(Reward(rejected=price)) == pytest.approx(r.rejected @ price, rel=1e-11)
        assert solved.value(Reward(bad=price)) == pytest.approx(r.accepted_bad @ price, rel=1e-11)
        assert solved.value(Reward(draws=price)) == pytest.approx((r.uses * now.draws) @ price, rel=1e-11)


@pytest.mark.parametrize("seed", [1, 3, 7, 12])
@pytest.mark.parametrize("keyed", [False, True])
def test_rewards_on_requests_have_the_slopes_of_their_differences(seed: int, keyed: bool) -> None:
    chain = random_chain(random.Random(seed), common_causes=keyed, departments=(2, 4))
    n = compiled_of(chain).network
    rng = np.random.default_rng(seed)
    many = len(n.pulled)
    reward = Reward(uses=rng.random(many), draws=rng.random(many), rejected=rng.random(many), bad=rng.random(many))
    g, step = gradient(n, reward), 1e-6
    first = np.ones(many, dtype=bool)
    for key in range(n.keys):
        first[np.flatnonzero(n.key == key)[1:]] = False
    for row in np.flatnonzero(first & (n.pulled.defect > 0)):
        alike = (n.key == n.key[row]) & (n.key >= 0)
        alike[row] = True
        up, down = (
            value(replace(n, pulled=replace(n.pulled, defect=n.pulled.defect + way * step * alike)), reward)
            for way in (1, -1)
        )
        assert g.pulled.defect[row] == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-8)


def test_slopes_are_linear_in_the_reward() -> None:
    n = compiled_of(random_chain(random.Random(5), departments=(3, 5))).network
    one_, other = delivered(n, 0, bad_only=True), Reward(work=np.arange(n.nodes, dtype=float))
    solved = Gradients(n)
    a, b = solved.gradients([one_, other])
    both = solved.gradient(combined([one_, other], [2.0, -0.5]))
    assert both.flow.defect == pytest.approx(2 * a.flow.defect - 0.5 * b.flow.defect, rel=1e-9, abs=1e-12)
    assert both.per_unit == pytest.approx(2 * a.per_unit - 0.5 * b.per_unit, rel=1e-9, abs=1e-12)


def test_shifting_share_between_two_routes_shifts_the_worth_of_leaving_by_them() -> None:
    rates = (0.1, 0.3)
    chain = quietly(
        {
            "name": "two routes",
            "suppliers": [{"name": "S"}],
            "departments": [{"name": "Good"}, {"name": "Poor"}],
            "customers": [{"name": "K"}],
            "handoffs": [
                {"supplier": "S", "customer": "Good", "share": 0.75, "defect_rate": 0},
                {"supplier": "S", "customer": "Poor", "share": 0.25, "defect_rate": 0},
                {"supplier": "Good", "customer": "K", "defect_rate": rates[0]},
                {"supplier": "Poor", "customer": "K", "defect_rate": rates[1]},
            ],
        }
    )
    n = compile_chain(chain).network
    g = gradient(n, delivered(n, 0, bad_only=True))
    # worth of leaving by a route: the rate of bad ones along it; a tangent, so only the difference has a meaning
    assert g.flow.share[:2] == pytest.approx(rates)
    assert g.flow.share[0] - g.flow.share[1] == pytest.approx(rates[0] - rates[1])


def test_what_has_no_effect_has_a_slope_of_exactly_zero() -> None:
    data = known_chains()[3]["chain"]
    compiled = compile_chain(known_chain(known_chains()[3]))
    assert {c["name"] for c in data["customers"]} == {"A", "B"}
    n = compiled.network
    solved = Gradients(n)
    y = solved.absorbed
    for k, others in ((0, ("retail", "B")), (1, ("A",))):
        rate = quotient(delivered(n, k, bad_only=True), delivered(n, k), y[2 * k + 1], y[2 * k] + y[2 * k + 1])
        g = solved.gradient(rate)
        for row, place in enumerate(compiled.flow_rows):
            if compiled.chain.handoffs[place].customer in others:
                assert g.flow.defect[row] == 0.0
                assert g.flow.detect[row] == 0.0


def test_a_perfect_last_inspection_makes_every_earlier_defect_harmless() -> None:
    chain = line(0.1, 0.2, 0.05)
    n = compile_chain(chain).network
    last = np.array([0.0, 0.0, 1.0])
    n = replace(n, flow=replace(n.flow, detect=last, fix=np.ones(3), reworked=last > 0))
    solved = Gradients(n)
    assert solved.absorbed[1] == 0.0
    g = solved.gradient(delivered(n, 0, bad_only=True))
    assert np.all(g.flow.defect == 0.0)
    assert g.flow.detect[2] < 0


def test_a_first_defect_has_its_slope_although_no_unit_is_nonconforming_yet() -> None:
    n = compile_chain(line(0.0, 0.0, 0.0)).network
    g = gradient(n, delivered(n, 0, bad_only=True))
    assert g.flow.defect.tolist() == [1.0, 1.0, 1.0]


def test_a_change_that_would_trap_units_has_no_slope_and_others_keep_theirs() -> None:
    chain = line(0.0, 0.0, 0.0)
    n = compile_chain(chain).network
    # the last step detects everything and mends nothing: a first defect would go round for ever
    trap = replace(
        n.flow,
        detect=np.array([0.0, 0.0, 1.0]),
        fix=np.zeros(3),
        reworked=np.array([False, False, True]),
        back=np.array([0, 0, 2]),
    )
    g = gradient(replace(n, flow=replace(trap, back=n.flow.giver)), delivered(n, 0))
    assert np.all(np.isnan(g.flow.defect))
    assert g.flow.share[0] == pytest.approx(1.0)
    assert g.flow.detect[2] == 0.0


def test_a_cause_whose_failure_would_trap_units_has_no_slope_and_others_keep_theirs() -> None:
    data = {
        "name": "trap",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": "D"}, {"name": "H"}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 0.1},
            {"supplier": "D", "customer": "K", "defect_rate": 0.2, "inspection": {"detect": 1.0}},
            {
                "supplier": "H",
                "customer": "D",
                "item": "help",
                "per_unit": 1,
                "defect_rate": 0.0,
                "common_cause": "case",
            },
        ],
    }
    n = compile_chain(quietly(data)).network
    g = gradient(n, Reward(work=one(n.nodes, 1)))
    # a bad help would spoil every pass, and every pass would be rejected
    assert np.isnan(g.pulled.defect).all()
    # a good one leaves 1 / 0.8 passes, and one more pass for a unit that arrives bad and is mended on the way
    assert value(n, Reward(work=one(n.nodes, 1))) == pytest.approx(0.9 / 0.8 + 0.1 * (1 + 1 / 0.8))
    assert g.flow.defect == pytest.approx([1.0, 0.9 / 0.64 + 0.1 / 0.64])


def test_slopes_at_tiny_defect_rates_keep_their_digits() -> None:
    n = compile_chain(line(1e-15, 1e-12, 0.0)).network
    solved = Gradients(n)
    bad, good = solved.absorbed[1], solved.absorbed[0]
    g = solved.gradient(quotient(delivered(n, 0, bad_only=True), delivered(n, 0), bad, good + bad))
    assert g.flow.defect == pytest.approx([1 - 1e-12, 1 - 1e-15, 1 - 1e-12 - 1e-15], rel=1e-14)
    assert bad == pytest.approx(1.001e-12, rel=1e-12)


def test_the_start_of_units_is_worth_what_follows_from_it() -> None:
    data = {
        "name": "two starts",
        "suppliers": [{"name": "A", "rate": 1}, {"name": "B", "rate": 3}],
        "departments": [{"name": "D"}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "A", "customer": "D", "defect_rate": 0.1},
            {"supplier": "B", "customer": "D", "defect_rate": 0.2},
            {"supplier": "D", "customer": "K", "defect_rate": 0.5},
        ],
    }
    n = compile_chain(quietly(data)).network
    g = gradient(n, delivered(n, 0, bad_only=True))
    assert g.start[:3] == pytest.approx([1 - 0.9 * 0.5, 1 - 0.8 * 0.5, 0.5])
    assert math.isnan(g.start[3])


def test_a_reward_of_the_wrong_shape_is_refused_by_name() -> None:
    n = compile_chain(line(0.1)).network
    with pytest.raises(ValueError, match="reward field work must be 2 finite numbers"):
        value(n, Reward(work=np.ones(5)))
    with pytest.raises(ValueError, match="reward field tried"):
        gradient(n, Reward(tried=np.array([math.nan])))
