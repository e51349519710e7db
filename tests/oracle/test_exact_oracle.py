"""The exact oracle against hand-made answers, against the story told unit by unit, and against itself."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.exact import exact_gradient, exact_quality, exact_root_cause
from support.random_chains import Chain, as_floats, changed, random_chain
from support.story import Counts, tell_requests, tell_story

REFERENCE = Path(__file__).parent.parent / "reference" / "chains_exact.json"
EXAMPLES = {e["name"]: e for e in json.loads(REFERENCE.read_text(encoding="utf-8"))["examples"]}
PLACES = {
    "good": "conforming",
    "bad": "nonconforming",
    "delivered": "delivered",
    "defect_rate": "defect_rate",
    "accepted_defect_rate": "accepted_defect_rate",
}


def expected(name: str, prefix: str) -> dict[str, Fraction]:
    """Return the exact known answers of one example whose key starts with `prefix`."""
    known = EXAMPLES[name]["expected"]
    return {key: Fraction(entry["exact"]) for key, entry in known.items() if key.startswith(prefix)}


def with_shared_spec(name: str) -> Chain:
    return changed(EXAMPLES[name]["chain"], lambda h: {**h, "common_cause": "case"} if h.get("item") == "spec" else h)


@pytest.mark.parametrize("name", EXAMPLES)
def test_customer_numbers_equal_the_hand_made_fractions(name: str) -> None:
    customers = exact_quality(EXAMPLES[name]["chain"])["customers"]
    checked = 0
    for key, value in expected(name, "customer.").items():
        _, customer, measure, *more = key.split(".")
        if measure == "dpmo":
            assert customers[customer]["defect_rate"] * 10**6 == value
        elif not more:
            assert customers[customer][PLACES[measure]] == value, key
            checked += 1
    for value in expected(name, "plugin.").values():
        assert customers["customer"]["defect_rate"] == value
        checked += 1
    assert checked


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name[:2] != "D7"])
def test_yields_scrap_and_loads_equal_the_hand_made_fractions(name: str) -> None:
    quality = exact_quality(EXAMPLES[name]["chain"])
    for measure in ("rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate"):
        assert quality[measure] == expected(name, measure)[measure]
    loads = expected(name, "load.")
    assert loads
    assert {f"load.{node}": amount for node, amount in quality["work"].items() if f"load.{node}" in loads} == loads


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name[:2] != "D7"])
def test_root_causes_and_gradients_equal_the_hand_made_fractions(name: str) -> None:
    chain = EXAMPLES[name]["chain"]
    customers = exact_quality(chain)["customers"]
    blamed = exact_root_cause(chain)
    for key, value in expected(name, "root_cause.").items():
        _, customer, handoff = key.split(".")
        assert blamed[customer][handoff] / customers[customer]["nonconforming"] == value, key
    names = [f"{h['supplier']}->{h['customer']}" for h in chain["handoffs"]]
    gradients = expected(name, "gradient.")
    slopes = {handoff: exact_gradient(chain, names.index(handoff)) for handoff in {k.split(".")[2] for k in gradients}}
    for key, value in gradients.items():
        assert slopes[key.split(".")[2]][key.split(".")[1]] == value, key


def test_the_hidden_factory_of_the_rework_loop_is_three_twentieths() -> None:
    hidden = exact_quality(EXAMPLES["D2_rework_loop"]["chain"])["hidden_factory"]
    assert hidden["make"] == expected("D2_rework_loop", "hidden_factory.")["hidden_factory.make.extra_work_share"]
    assert hidden["test"] == 0


def test_scrap_is_split_into_true_and_false_alarm() -> None:
    name = "D3_inspection_false_alarm_scrap"
    quality = exact_quality(EXAMPLES[name]["chain"])
    assert quality["scrap_rate_true"] == expected(name, "scrap_rate.true")["scrap_rate.true"]
    assert quality["scrap_rate_false_alarm"] == expected(name, "scrap_rate.false")["scrap_rate.false_alarm"]


def test_one_shared_spec_per_case_gives_the_known_yield_and_is_made_once() -> None:
    name = "D5_reconvergent_support"
    shared = exact_quality(with_shared_spec(name))
    apart = exact_quality(EXAMPLES[name]["chain"])
    known = EXAMPLES[name]["expected"]
    assert shared["customers"]["customer"]["defect_rate"] == Fraction(
        known["customer.customer.defect_rate.common_cause"]["exact"]
    )
    bracket = expected(name, "dependence_bracket.")
    assert apart["rolled_throughput_yield"] == bracket["dependence_bracket.lower_yield"]
    assert shared["rolled_throughput_yield"] == bracket["dependence_bracket.upper_yield"]
    assert (apart["work"]["engineering"], shared["work"]["engineering"]) == (2, 1)


def test_a_defect_free_step_leaves_the_defect_rate_of_the_others() -> None:
    chain = EXAMPLES["D6_series_gradient_allocation"]["chain"]
    without = changed(chain, lambda h: {**h, "defect_rate": 0} if (h["supplier"], h["customer"]) == ("a", "b") else h)
    assert exact_quality(without)["customers"]["customer"]["defect_rate"] == Fraction(13, 40)


def assert_near(counts: Counts, key: tuple[str, ...], value: Fraction) -> None:
    """Assert that a simulated mean lies within 4.5 standard errors of the exact value."""
    p = float(value)
    if p == 0:
        assert counts.mean(*key) == 0, key
    rare = math.sqrt(max(p, 1 / counts.units) / counts.units)
    error = max(counts.standard_error(*key), rare if counts.mean(*key) == 0 else 0.0, 1e-12)
    assert abs(counts.mean(*key) - p) <= 4.5 * error, (key, counts.mean(*key), p, error)


TALES: list[tuple[int, dict[str, Any]]] = [
    (6, {"departments": (3, 5)}),
    (8, {"departments": (3, 5)}),
    (25, {"departments": (3, 5)}),
    (3, {"departments": (3, 4), "sure_detection": True}),
    (11, {"departments": (3, 4), "cycles": "linear"}),
    (10, {"departments": (3, 4), "cycles": "branching"}),
    (10, {"departments": (3, 4), "common_causes": True}),
    (25, {"departments": (3, 4), "common_causes": True}),
    (27, {"departments": (3, 4), "common_causes": True}),
    (11, {"departments": (4, 4), "common_causes": True, "cycles": "linear"}),
]


@pytest.mark.parametrize(("seed", "options"), TALES)
def test_the_story_told_forty_thousand_times_agrees_with_the_exact_numbers(seed: int, options: dict[str, Any]) -> None:
    chain = random_chain(random.Random(seed), **options)
    quality = exact_quality(chain)
    told = tell_story(chain, 40_000, seed=1000 + seed)
    for customer, numbers in quality["customers"].items():
        assert_near(told, ("conforming", customer), numbers["conforming"])
        assert_near(told, ("nonconforming", customer), numbers["nonconforming"])
        assert_near(told, ("presented", customer), numbers["presented"])
        assert_near(told, ("presented_bad", customer), numbers["presented"] * numbers["defect_rate"])
    assert_near(told, ("scrapped_true",), quality["scrap_rate_true"])
    assert_near(told, ("scrapped_false",), quality["scrap_rate_false_alarm"])
    assert_near(told, ("rolled",), quality["rolled_throughput_yield"])
    assert_near(told, ("first_pass",), quality["first_pass_yield"])
    assert_near(told, ("made",), quality["defect_balance"]["made"])
    assert_near(told, ("cleared",), quality["defect_balance"]["cleared"])
    for node, amount in quality["work_per_unit"].items():
        assert_near(told, ("work", node), amount)
    for handoff in chain["handoffs"]:
        numbers = quality["handoffs"][handoff["name"]]
        if "flow" in numbers:
            for word, measure in (
                ("sent", "flow"),
                ("rejected", "rejected"),
                ("incoming", "presented"),
                ("kept", "passed_on"),
            ):
                assert_near(told, (word, handoff["name"]), numbers[measure])
            for word, base, rate in (
                ("door_bad", "presented", "presented_defect_rate"),
                ("kept_bad", "passed_on", "accepted_defect_rate"),
            ):
                assert_near(told, (word, handoff["name"]), numbers[base] * (numbers[rate] or 0))
    for customer, causes in exact_root_cause(chain).items():
        for name, mass in causes.items():
            assert_near(told, ("blame", customer, name), mass)


@pytest.mark.parametrize(("seed", "options"), [TALES[2], TALES[5], TALES[8]])
def test_single_requests_end_and_cost_as_computed(seed: int, options: dict[str, Any]) -> None:
    chain = random_chain(random.Random(seed), **options)
    handoffs = exact_quality(chain)["handoffs"]
    pulled = [name for name, numbers in handoffs.items() if "draws" in numbers]
    assert pulled
    for name in pulled:
        told = tell_requests(chain, name, 3000, seed=seed)
        assert_near(told, ("bad",), handoffs[name]["bad_use"])
        assert_near(told, ("draws",), handoffs[name]["draws"])


def test_floats_of_a_chain_keep_its_shares_whole_and_its_numbers_near() -> None:
    for seed in range(4):
        chain = random_chain(random.Random(seed), cycles="linear")
        floats = as_floats(chain)
        for giver in {h["supplier"] for h in floats["handoffs"] if "per_unit" not in h}:
            sent = [h.get("share", 1.0) for h in floats["handoffs"] if h["supplier"] == giver and "per_unit" not in h]
            assert sum(sent) == pytest.approx(1.0, abs=1e-9)
        assert exact_quality(floats) == exact_quality(chain)


def blinded_chain() -> Chain:
    """Return a chain in which bad software help blinds both quality control and the laboratory it asks."""
    help_used = {
        "supplier": "it",
        "item": "help",
        "per_unit": "1/2",
        "affects": "inspection",
        "defect_rate": "1/5",
    }
    return {
        "suppliers": [{"name": "start"}],
        "departments": [{"name": name} for name in ("qc", "it", "lab")],
        "customers": [{"name": "end"}],
        "handoffs": [
            {"supplier": "start", "customer": "qc", "defect_rate": "1/10"},
            {
                "supplier": "qc",
                "customer": "end",
                "defect_rate": 0,
                "inspection": {"detect": "4/5", "by": "supplier", "on_reject": "scrap"},
            },
            {**help_used, "customer": "qc"},
            {**help_used, "customer": "lab"},
            {
                "name": "test result",
                "supplier": "lab",
                "customer": "qc",
                "item": "test",
                "per_unit": 1,
                "affects": "time",
                "defect_rate": "1/5",
                "inspection": {"detect": "9/10", "by": "supplier"},
            },
        ],
    }


def test_bad_help_blinds_the_inspections_of_those_who_use_it() -> None:
    # one use in two, one in five bad: sighted 9/10 of the time; the lab redoes 1/5 * 9/10 * 9/10 of its tests
    chain = blinded_chain()
    quality = exact_quality(chain)
    assert quality["customers"]["end"]["nonconforming"] == Fraction(1, 10) * (1 - Fraction(4, 5) * Fraction(9, 10))
    assert quality["handoffs"]["test result"] == {"bad_use": Fraction(19, 419), "draws": Fraction(500, 419)}
    told = tell_story(chain, 40_000, seed=7)
    assert_near(told, ("nonconforming", "end"), quality["customers"]["end"]["nonconforming"])
    assert_near(told, ("work", "lab"), quality["work_per_unit"]["lab"])
    assert_near(told, ("work", "it"), quality["work_per_unit"]["it"])


def test_departments_that_need_each_other_too_often_are_refused() -> None:
    ring = [
        ("one", "two", "ask", Fraction(6, 5)),
        ("two", "one", "ask", Fraction(9, 10)),
        ("one", "desk", "help", 1),
    ]
    pulls = [
        {
            "supplier": giver,
            "customer": receiver,
            "item": item,
            "per_unit": number,
            "defect_rate": Fraction(1, 10),
        }
        for giver, receiver, item, number in ring
    ]
    flow = [("start", "desk"), ("desk", "end")]
    chain = {
        "suppliers": [{"name": "start"}],
        "departments": [{"name": name} for name in ("desk", "one", "two")],
        "customers": [{"name": "end"}],
        "handoffs": [*pulls, *({"supplier": a, "customer": b, "defect_rate": 0} for a, b in flow)],
    }
    with pytest.raises(ValueError, match=r"too often|never leaves"):
        exact_quality(chain)
