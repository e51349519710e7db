"""Aumann-Shapley shares against exact fractions along the path, and against their sum."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.chains import line, quietly
from support.exact import exact_gradient
from support.random_chains import Chain, as_floats, changed, random_chain

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.causes.path_shares import path_shares
from qualitychain.engine.network.network import Floats

RATES = {"defect_rate": "", "transit_defect_rate": " (way)"}
"""The rates that grow, and how the shares of each are called here."""
SUMS: list[dict[str, Any]] = [{}, {"common_causes": True}, {"cycles": "branching"}]


def shares(compiled: Compiled) -> Floats:
    """Path shares by handoff of the chain, of the work and then of the ways, shape (2 * handoffs, K)."""
    found, count = path_shares(compiled.network), len(compiled.names)
    everything = np.zeros((2 * count, len(compiled.network.customers)))
    everything[compiled.flow_rows], everything[compiled.pulled_rows] = found.flow, found.pulled
    everything[count + compiled.flow_rows], everything[count + compiled.pulled_rows] = (
        found.flow_transit,
        found.pulled_transit,
    )
    return everything


def rates(compiled: Compiled) -> Floats:
    good, bad = compiled.solve(work=False).absorbed[:-2].reshape(-1, 2).T
    return np.asarray(bad / (good + bad))


def test_in_a_line_each_step_has_its_part_of_all_orders() -> None:
    """D = 1 - (1 - a)(1 - b): the shares are a (1 - b / 2) and b (1 - a / 2)."""
    found = shares(compile_chain(line(0.1, 0.2)))
    assert found[:2, 0] == pytest.approx([0.1 * 0.9, 0.2 * 0.95], rel=1e-13)
    assert not found[2:].any()


@pytest.mark.parametrize("options", SUMS, ids=["plain", "common causes", "circle"])
@pytest.mark.parametrize("seed", range(3))
def test_shares_add_up_to_the_rate_within_the_stated_error(options: dict[str, Any], seed: int) -> None:
    compiled = compile_chain(quietly(as_floats(random_chain(random.Random(seed), **options)) | {"name": "chain"}))
    found, rate = shares(compiled), rates(compiled)
    error = path_shares(compiled.network).error
    assert np.all(error <= 1e-6 * rate)
    assert np.all(np.abs(found.sum(axis=0) - rate) <= error + 1e-14)


def exact_shares(data: Chain, points: int = 8) -> dict[str, list[float]]:
    """Derivatives by exact dual numbers at points on the path, summed up in floats: handoff -> shares by customer."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    total: dict[str, list[float]] = {}
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        t = Fraction(round((node + 1) / 2, 15)).limit_denominator(10**6)
        scaled = changed(data, lambda h, t=t: {**h, **{rate: t * h.get(rate, 0) for rate in RATES}})
        for i, handoff in enumerate(data["handoffs"]):
            for rate, ending in RATES.items():
                slopes = exact_gradient(scaled, i, rate) if handoff.get(rate) else {}
                for k, customer in enumerate(data["customers"]):
                    slope = slopes.get(customer["name"]) or 0
                    mine = total.setdefault(handoff["name"] + ending, [0.0] * len(data["customers"]))
                    mine[k] += float(handoff.get(rate, 0)) * float(slope) * weight / 2
    return total


@pytest.mark.parametrize("seed", [0, 3])
def test_shares_equal_exact_derivatives_along_the_path(seed: int) -> None:
    data = random_chain(random.Random(seed), departments=(1, 2))
    compiled = compile_chain(quietly(as_floats(data) | {"name": "chain"}))
    found, expected = shares(compiled), exact_shares(data)
    # the oracle's points are rounded to fractions with small denominators
    assert found == pytest.approx(
        np.array([expected[h["name"] + e] for e in RATES.values() for h in data["handoffs"]]), abs=1e-7
    )


def test_rates_that_saturate_early_take_more_points() -> None:
    chain = qc.Chain(
        "Many uses",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", defect_rate=0.1),
            qc.Handoff("IT", "D", per_unit=60, defect_rate=0.9),
        ],
    )
    found = path_shares(compile_chain(chain).network)
    assert found.points > 10
    assert found.error.max() < 1e-6
    # almost any use spoils the unit, long before the others have grown
    assert found.pulled[0, 0] == pytest.approx(1 - 2 * 0.1 / (60 * 0.9), abs=1e-3)


def test_a_customer_without_deliveries_has_no_shares() -> None:
    chain = qc.Chain(
        "Lost",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K"), qc.Customer("L")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.5),
            qc.Handoff("D", "K", defect_rate=0.1, share=0.8),
            qc.Handoff(
                "D", "L", defect_rate=0.1, share=0.2, inspection=qc.Inspection(1, false_alarm=1, on_reject="scrap")
            ),
        ],
    )
    found = path_shares(compile_chain(chain).network)
    assert np.isnan(found.flow[:, 1]).all()
    assert found.flow[:, 0].sum() == pytest.approx(0.55, rel=1e-12)
