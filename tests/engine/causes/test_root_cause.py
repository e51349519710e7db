"""Blame of every handoff against exact fractions and against units counted one by one."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.chains import known_chain, known_chains, quietly
from support.exact import exact_root_cause
from support.random_chains import Chain, as_floats, random_chain
from support.seeds import seeds
from support.story import tell_story

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.causes import root_cause, step_shares
from qualitychain.engine.causes.root_cause import blame
from qualitychain.engine.network.network import Floats

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "common causes": {"common_causes": True},
    "linear circle": {"cycles": "linear"},
    "branching circle": {"cycles": "branching"},
    "circle and common causes": {"cycles": "branching", "common_causes": True},
}


def blamed(chain: qc.Chain) -> Floats:
    """Nonconforming units kept by each customer, by handoff of the chain, shape (handoffs, K)."""
    compiled = compile_chain(chain)
    found = blame(compiled.network)
    everything = np.zeros((len(compiled.names), len(chain.customers)))
    everything[compiled.flow_rows], everything[compiled.pulled_rows] = found.flow, found.pulled
    return everything


def blamed_ways(chain: qc.Chain) -> Floats:
    """The same of what was made on the way."""
    compiled = compile_chain(chain)
    found = blame(compiled.network)
    everything = np.zeros((len(compiled.names), len(chain.customers)))
    everything[compiled.flow_rows] = found.flow_transit
    everything[compiled.pulled_rows] = found.pulled_transit
    return everything


def of(data: Chain) -> qc.Chain:
    return quietly(as_floats(data) | {"name": "chain"})


@pytest.mark.parametrize("example", known_chains(), ids=lambda e: e["name"])
def test_shares_equal_the_known_answers(example: dict[str, Any]) -> None:
    chain, expected = known_chain(example), example["expected"]
    found = blamed(chain)
    row = {f"{h.supplier}->{h.customer}": i for i, h in enumerate(chain.handoffs)}
    column = {c.name: k for k, c in enumerate(chain.customers)}
    for name in (name for name in expected if name.startswith("root_cause.")):
        _, customer, handoff = name.split(".", 2)
        of_customer = found[:, column[customer]]
        share = of_customer[row[handoff]] / of_customer.sum()
        assert share == pytest.approx(float(Fraction(expected[name]["exact"])), rel=1e-12), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", seeds(range(10)))
def test_blame_equals_exact_fractions_and_adds_up_to_what_escapes(kind: str, seed: int) -> None:
    data = random_chain(random.Random(seed), **KINDS[kind])
    exact, chain = exact_root_cause(data), of(data)
    found, ways = blamed(chain), blamed_ways(chain)
    for k, customer in enumerate(chain.customers):
        expected = [float(exact[customer.name][h["name"]]) for h in data["handoffs"]]
        assert found[:, k] == pytest.approx(expected, rel=1e-12, abs=1e-18)
        on_the_way = [float(exact[customer.name][f"{h['name']} (way)"]) for h in data["handoffs"]]
        assert ways[:, k] == pytest.approx(on_the_way, rel=1e-12, abs=1e-18)
    escaped = compile_chain(chain).solve(work=False).absorbed[1:-2:2]
    assert (found + ways).sum(axis=0) == pytest.approx(escaped, rel=1e-12)
    assert np.all(found >= 0)


def support(**shared: Any) -> Chain:
    """A line with rework, supported by IT and HR; HR supports IT, which blinds the check of the line."""
    look = {"detect": Fraction(7, 10), "false_alarm": Fraction(1, 20), "by": "supplier", "fix": Fraction(3, 4)}
    return {
        "suppliers": [{"name": "S", "rate": 1}, {"name": "T"}],
        "departments": [{"name": n} for n in ("Make", "Pack", "IT", "HR")],
        "customers": [{"name": "K"}, {"name": "L"}],
        "handoffs": [
            {"name": "in", "supplier": "S", "customer": "Make", "defect_rate": Fraction(1, 20)},
            {
                "name": "made",
                "supplier": "Make",
                "customer": "Pack",
                "defect_rate": Fraction(1, 10),
                "inspection": look,
            },
            {
                "name": "to K",
                "supplier": "Pack",
                "customer": "K",
                "defect_rate": Fraction(1, 25),
                "share": Fraction(3, 5),
            },
            {
                "name": "to L",
                "supplier": "Pack",
                "customer": "L",
                "defect_rate": Fraction(1, 25),
                "share": Fraction(2, 5),
            },
            {"name": "tool", "supplier": "IT", "customer": "Make", "item": "tool", "per_unit": Fraction(3, 2)}
            | {"defect_rate": Fraction(1, 10), **shared},
            {"name": "pack tool", "supplier": "IT", "customer": "Pack", "item": "tool", "per_unit": 1}
            | {"defect_rate": Fraction(1, 10), **shared},
            {"name": "test tool", "supplier": "IT", "customer": "Make", "item": "test", "per_unit": 1}
            | {"defect_rate": Fraction(1, 5), "affects": "inspection"},
            {"name": "staff", "supplier": "HR", "customer": "IT", "item": "staff", "per_unit": Fraction(1, 2)}
            | {"defect_rate": Fraction(1, 10), "inspection": {"detect": Fraction(1, 2), "on_reject": "scrap"}},
            {"name": "data", "supplier": "T", "customer": "HR", "item": "data", "per_unit": 2}
            | {"defect_rate": Fraction(1, 20)},
        ],
    }


def with_circle(data: Chain) -> Chain:
    back = {"name": "system", "supplier": "IT", "customer": "HR", "item": "system", "per_unit": Fraction(7, 10)}
    look = {"detect": Fraction(1, 2), "on_reject": "rework", "fix": Fraction(1, 2)}
    return data | {"handoffs": [*data["handoffs"], back | {"defect_rate": Fraction(1, 10), "inspection": look}]}


TOLD = {
    "support": support(),
    "a common cause": support(common_cause="case"),
    "a circle of needs": with_circle(support()),
    "random": random_chain(random.Random(9), common_causes=True),
    "random circle": random_chain(random.Random(4), cycles="branching"),
}


@pytest.mark.parametrize("name", TOLD)
def test_blame_is_that_of_units_counted_one_by_one(name: str) -> None:
    data = TOLD[name]
    found, counts = blamed(of(data)), tell_story(as_floats(data), 25_000, 11)
    compared = 0
    for k, customer in enumerate(data["customers"]):
        for i, handoff in enumerate(data["handoffs"]):
            counted = counts.mean("blame", customer["name"], handoff["name"])
            # events of which a handful is expected are not judged by their spread
            allowed = 4 * counts.standard_error("blame", customer["name"], handoff["name"]) + 5 / counts.units
            assert abs(found[i, k] - counted) <= allowed, (customer["name"], handoff["name"])
            compared += counted > 0
    assert compared >= 4


def test_the_blame_for_a_bad_tool_goes_down_to_whoever_made_it_bad() -> None:
    """IT makes no defects of its own: all of its bad tools are HR's, half of those the data's."""
    chain = qc.Chain(
        "Down",
        suppliers=[qc.Supplier("S", rate=1), qc.Supplier("T")],
        departments=[qc.Department("Make"), qc.Department("IT"), qc.Department("HR")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff("Make", "K", defect_rate=0),
            qc.Handoff("IT", "Make", per_unit=1, defect_rate=0),
            qc.Handoff("HR", "IT", per_unit=1, defect_rate=0.2),
            qc.Handoff("T", "HR", per_unit=1, defect_rate=0.2),
        ],
    )
    assert blamed(chain)[:, 0] == pytest.approx([0, 0, 0, 0.18, 0.18], rel=1e-14)


def test_worlds_solved_a_few_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = of(support(common_cause="case"))
    together = blamed(chain)
    monkeypatch.setattr(root_cause, "LARGEST_SYSTEM", 1)
    monkeypatch.setattr(step_shares, "AT_ONCE", 1)
    assert blamed(chain) == pytest.approx(together, rel=1e-14)


def test_a_perfect_chain_blames_nobody() -> None:
    chain = qc.Chain(
        "Fine",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0)],
    )
    assert blamed(chain).tolist() == [[0.0]]


def test_tiny_defect_rates_keep_their_digits() -> None:
    data = as_floats(with_circle(support()))
    small = {**data, "handoffs": [{**h, "defect_rate": h["defect_rate"] * 1e-15} for h in data["handoffs"]]}
    exact_data = with_circle(support())
    exact_small = [{**h, "defect_rate": h["defect_rate"] / 10**15} for h in exact_data["handoffs"]]
    exact = exact_root_cause({**exact_data, "handoffs": exact_small})
    found = blamed(quietly(small | {"name": "small"}))
    expected = [[float(exact[c][h["name"]]) for c in ("K", "L")] for h in data["handoffs"]]
    # the oracle follows the circle to 30 digits, of which 15 are left
    assert found == pytest.approx(np.array(expected), rel=1e-9)
