"""What must hold for any chain: the invariants of the formulas that concern quality, on random chains."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.chains import line, quietly
from support.random_chains import as_floats, chains

import qualitychain as qc

FEW = settings(max_examples=25, deadline=None)
PICK = st.integers(0, 10_000)


def solved(data: dict[str, Any]) -> Any:
    return qc.quality(quietly(data | {"name": "random"}))


def flows(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [h for h in data["handoffs"] if "per_unit" not in h]


@given(chains(), PICK, st.floats(0, 1))
@FEW
def test_more_defects_never_raise_the_rolled_throughput_yield(data: dict[str, Any], pick: int, towards: float) -> None:
    before = as_floats(data)
    after = copy.deepcopy(before)
    handoff = after["handoffs"][pick % len(after["handoffs"])]
    # never quite 1: with a perfect inspection a rate of 1 would never let a unit pass
    handoff["defect_rate"] += towards * 0.9 * (1 - handoff["defect_rate"])
    assert solved(after).rolled_throughput_yield <= solved(before).rolled_throughput_yield * (1 + 1e-12)


@given(chains(inspections=False), PICK, st.floats(0, 1))
@FEW
def test_without_inspection_more_defects_never_help_a_customer(data: dict[str, Any], pick: int, towards: float) -> None:
    before = as_floats(data)
    after = copy.deepcopy(before)
    handoff = after["handoffs"][pick % len(after["handoffs"])]
    handoff["defect_rate"] += towards * (1 - handoff["defect_rate"])
    worse, now = (solved(d).customers["accepted_defect_rate"].to_numpy() for d in (after, before))
    assert (worse[np.isfinite(now)] >= now[np.isfinite(now)] - 1e-12).all()


@given(chains())
@FEW
def test_perfect_rework_of_all_that_reaches_a_customer_leaves_it_no_defect(data: dict[str, Any]) -> None:
    plain = as_floats(data)
    customers = {c["name"] for c in plain["customers"]}
    plain["handoffs"] = [h for h in plain["handoffs"] if h.get("affects") != "inspection"]
    for handoff in flows(plain):
        # a rate of 1 before a perfect inspection would be redone for ever
        handoff["defect_rate"] = min(handoff["defect_rate"], 0.9)
        if handoff["customer"] in customers:
            handoff["inspection"] = {"detect": 1.0}
    assume(all(h["defect_rate"] < 1 for h in plain["handoffs"]))
    assert (solved(plain).customers["nonconforming"] == 0).all()


@given(chains(), PICK, st.floats(0.01, 0.99))
@FEW
def test_splitting_a_flow_handoff_into_two_alike_changes_nothing(data: dict[str, Any], pick: int, part: float) -> None:
    before = as_floats(data)
    after = copy.deepcopy(before)
    handoff = flows(after)[pick % len(flows(after))]
    share = handoff.get("share", 1.0)
    twin = copy.deepcopy(handoff) | {"share": share * (1 - part), "name": "the other part"}
    handoff["share"] = share * part
    after["handoffs"].append(twin)
    one, two = solved(before), solved(after)
    np.testing.assert_allclose(two.customers["conforming"], one.customers["conforming"], rtol=1e-10, atol=1e-14)
    assert two.rolled_throughput_yield == pytest.approx(one.rolled_throughput_yield, rel=1e-10, abs=1e-14)


@given(chains(), PICK)
@FEW
def test_a_department_that_does_nothing_changes_nothing(data: dict[str, Any], pick: int) -> None:
    before = as_floats(data)
    after = copy.deepcopy(before)
    handoff = flows(after)[pick % len(flows(after))]
    receiver, handoff["customer"] = handoff["customer"], "Nothing"
    after["departments"].append({"name": "Nothing"})
    after["handoffs"].append({"supplier": "Nothing", "customer": receiver, "defect_rate": 0.0})
    # a customer's own inspection moves to the new department's door, and so do its presentations
    one, two = solved(before).customers, solved(after).customers
    for column in ("conforming", "nonconforming"):
        np.testing.assert_allclose(two[column], one[column], rtol=1e-10, atol=1e-14)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@FEW
def test_two_steps_in_a_line_may_be_merged(first: float, second: float, third: float) -> None:
    merged = 1 - (1 - first) * (1 - second)
    apart, together = (
        qc.quality(c).customers["defect_rate"] for c in (line(first, second, third), line(merged, third))
    )
    np.testing.assert_allclose(together, apart, rtol=1e-9, atol=1e-12)


@given(chains())
@FEW
def test_work_is_at_least_the_visits_of_units_and_obeys_the_request_equation(data: dict[str, Any]) -> None:
    q = solved(as_floats(data))
    rate = q.compiled.release_rate
    assert (q.departments["work"] >= q.departments["visits"] * rate * (1 - 1e-12)).all()
    requests = q.handoffs[q.handoffs["kind"] == "pulled"]
    network = q.compiled.network
    asked = q.departments["visits"] * rate
    for name, draws in zip(
        requests.index, (q.solution.draws[i] for i in np.argsort(q.compiled.pulled_rows)), strict=True
    ):
        row = requests.loc[name]
        asked[row["handoff_supplier"]] += row["flow"] * rate * draws
    assert network.keys == 0
    np.testing.assert_allclose(q.departments["work"], asked, rtol=1e-9, atol=1e-12)


@given(chains(inspections=False, loops=False))
@FEW
def test_without_inspection_shared_draws_never_lower_the_yield(data: dict[str, Any]) -> None:
    """Uses that fail together waste fewer units (Esary, Proschan and Walkup 1967)."""
    q = solved(as_floats(data))
    assume(q.dependence.left_out is None)
    conforming = q.dependence.table["conforming"].groupby(level="reading").sum()
    assert conforming["declared"] <= conforming["shared"] + 1e-12


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.9))
@FEW
def test_a_common_cause_used_once_is_an_independent_draw(rate: float, need: float, scrap: float) -> None:
    def chain(**fields: Any) -> qc.Chain:
        return qc.what_if(
            line(0.1, 0.2),
            {"D1 -> Shop": {"inspection": {"detect": scrap, "on_reject": "scrap"}}},
            add=[
                qc.Department("Help"),
                qc.Handoff("Help", "D1", item="advice", per_unit=need, defect_rate=rate, **fields),
            ],
        )

    alone, shared = qc.quality(chain()), qc.quality(chain(common_cause="case"))
    assert shared.customers.loc["Shop"].to_numpy() == pytest.approx(alone.customers.loc["Shop"].to_numpy(), rel=1e-9)
    assert shared.departments.loc["Help", "work"] == pytest.approx(alone.departments.loc["Help", "work"], abs=1e-12)


@given(st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2, max_size=6, unique=True))
@FEW
def test_the_sigma_level_falls_as_the_defect_rate_rises(rates: list[float]) -> None:
    levels = [qc.quality(line(r)).customers.loc["Shop", "sigma_level"] for r in sorted(rates)]
    assert all(a >= b for a, b in pairwise(levels))


def test_three_point_four_per_million_is_six_sigma() -> None:
    assert qc.quality(line(3.4e-6)).customers.loc["Shop", "sigma_level"] == pytest.approx(6.0, abs=0.001)
