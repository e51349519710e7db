"""What holds for every chain, checked in exact fractions on random chains."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from support.exact import exact_quality, exact_root_cause
from support.random_chains import Chain, chains, changed, random_chain


@settings(max_examples=12, deadline=None, derandomize=True)
@given(chains(departments=(1, 5)))
def test_every_started_unit_leaves_and_every_defect_is_accounted_for(chain: Chain) -> None:
    quality = exact_quality(chain)
    defect_balance = quality["defect_balance"]
    assert quality["exact"]
    assert quality["final_yield"] + quality["scrap_rate"] == 1
    assert quality["scrap_rate"] == quality["scrap_rate_true"] + quality["scrap_rate_false_alarm"]
    assert defect_balance["made"] - defect_balance["cleared"] == defect_balance["escaped"] + defect_balance["scrapped"]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(chains(departments=(1, 4), common_causes=True))
def test_first_pass_rolled_and_conforming_yields_are_ordered(chain: Chain) -> None:
    quality = exact_quality(chain)
    conforming = sum(numbers["conforming"] for numbers in quality["customers"].values())
    assert 0 <= quality["first_pass_yield"] <= quality["rolled_throughput_yield"] <= conforming <= 1
    assert quality["final_yield"] + quality["scrap_rate"] == 1


@settings(max_examples=10, deadline=None, derandomize=True)
@given(chains(departments=(1, 5)))
def test_root_causes_add_up_to_the_defects_that_escaped(chain: Chain) -> None:
    customers = exact_quality(chain)["customers"]
    for customer, causes in exact_root_cause(chain).items():
        assert all(mass >= 0 for mass in causes.values())
        assert sum(causes.values()) == customers[customer]["nonconforming"]


@pytest.mark.parametrize("options", [{}, {"common_causes": True}, {"cycles": "branching"}])
def test_without_defects_and_false_alarms_everything_is_perfect(options: dict[str, Any]) -> None:
    for seed in range(4):

        def perfect(h: Chain) -> Chain:
            h["defect_rate"] = h["transit_defect_rate"] = 0
            if "inspection" in h:
                h["inspection"] = {**h["inspection"], "false_alarm": 0}
            return h

        quality = exact_quality(changed(random_chain(random.Random(seed), **options), perfect))
        assert quality["rolled_throughput_yield"] == quality["first_pass_yield"] == 1
        assert all(numbers["accepted_defect_rate"] == 0 for numbers in quality["customers"].values())
        assert {share for share in quality["hidden_factory"].values() if share is not None} == {0}


def test_an_inspection_that_sees_nothing_is_no_inspection() -> None:
    for seed in range(6):
        chain = random_chain(random.Random(seed))
        blind = changed(
            chain,
            lambda h: (
                {**h, "inspection": {**h["inspection"], "detect": 0, "false_alarm": 0}} if "inspection" in h else h
            ),
        )
        assert exact_quality(blind) == exact_quality(changed(chain, without_inspection))


def without_inspection(handoff: Chain) -> Chain:
    handoff.pop("inspection", None)
    return handoff


def test_concession_leaves_every_defect_rate_as_without_inspection() -> None:
    for seed in range(6):
        chain = random_chain(random.Random(seed), sure_detection=True)
        known = changed(
            chain,
            lambda h: {**h, "inspection": {**h["inspection"], "on_reject": "concession"}} if "inspection" in h else h,
        )
        conceded, plain = exact_quality(known), exact_quality(changed(chain, without_inspection))
        assert conceded["customers"] == plain["customers"]
        assert conceded["work"] == plain["work"]
        assert conceded["rolled_throughput_yield"] == plain["rolled_throughput_yield"]


def test_a_repair_that_never_succeeds_is_a_concession() -> None:
    for seed in range(6):
        chain = random_chain(random.Random(seed))

        def kind(h: Chain, on_reject: str) -> Chain:
            return (
                {**h, "inspection": {**h["inspection"], "on_reject": on_reject, "fix": 0}} if "inspection" in h else h
            )

        repaired = exact_quality(changed(chain, lambda h: kind(h, "repair")))
        assert repaired == exact_quality(changed(chain, lambda h: kind(h, "concession")))


def test_renaming_and_reordering_changes_no_number() -> None:
    for seed in range(5):
        rng = random.Random(seed)
        chain = random_chain(rng, common_causes=seed % 2 == 0)
        new = {
            n["name"]: f"node {rng.random()}" for part in ("suppliers", "departments", "customers") for n in chain[part]
        }

        def renamed(h: Chain, new: dict[str, str] = new) -> Chain:
            h["supplier"], h["customer"] = new[h["supplier"]], new[h["customer"]]
            if "rework_to" in h.get("inspection", {}):
                h["inspection"] = {**h["inspection"], "rework_to": new[h["inspection"]["rework_to"]]}
            return h

        other = changed(chain, renamed)
        for part in ("suppliers", "departments", "customers"):
            other[part] = [{**node, "name": new[node["name"]]} for node in chain[part]]
            rng.shuffle(other[part])
        rng.shuffle(other["handoffs"])
        before, after = exact_quality(chain), exact_quality(other)
        assert {new[k]: numbers for k, numbers in before["customers"].items()} == after["customers"]
        assert {new[node]: amount for node, amount in before["work"].items()} == after["work"]
        for measure in ("handoffs", "defect_balance", "first_pass_yield", "rolled_throughput_yield"):
            assert before[measure] == after[measure]
