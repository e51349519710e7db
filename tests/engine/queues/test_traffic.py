"""Streams between the nodes: they are conserved, and their variability follows the formulas."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from support.chains import quietly
from support.random_chains import as_floats, random_chain
from support.station_times import queues_of, tandem

import qualitychain as qc
from qualitychain import queues
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.linear.order import solve_order
from qualitychain.engine.queues.traffic import _solve, streams_of


def supplier(name: str = "Stock", rate: float = 1.0, scv: float = 1.0) -> qc.Supplier:
    return qc.Supplier(name, rate=rate, arrival_scv=scv)


def work(name: str, load: float, scv: float = 1.0, servers: int = 1) -> qc.Department:
    return qc.Department(name, servers=servers, cycle_time=qc.Gamma(mean=load * servers, scv=scv))


def chain(suppliers: list[qc.Supplier], departments: list[qc.Department], *handoffs: tuple) -> qc.Chain:
    """Handoffs as (giver, receiver, share), with an item, or pulled as (giver, receiver, share, item, per_unit)."""
    made = []
    for giver, receiver, share, *pulled in handoffs:
        more = dict(zip(("item", "per_unit"), pulled, strict=False))
        made.append(qc.Handoff(giver, receiver, share=share, defect_rate=0, **more))
    return qc.Chain(
        "Streams", suppliers=suppliers, departments=departments, customers=[qc.Customer("Shop")], handoffs=made
    )


def test_a_line_follows_the_formula_of_departures_step_by_step():
    steps = [work("A", 0.7, 0.3), work("B", 0.9, 2.0, servers=3), work("C", 0.4, 0.05)]
    found, scv = queues_of(tandem(*steps, arrival_scv=2.5)), 2.5
    for step, (load, varies, servers) in zip(steps, [(0.7, 0.3, 1), (0.9, 2.0, 3), (0.4, 0.05, 1)], strict=True):
        assert found.arrival_scv[step.name] == pytest.approx(scv, rel=1e-12)
        wait = queues.ggc_wait(1.0, load * servers, servers, scv, varies)
        assert found.waiting_time[step.name] == pytest.approx(wait, rel=1e-12)
        scv = queues.departure_scv(load, servers, scv, varies)
    assert found.arrival_scv["Shop"] == pytest.approx(scv, rel=1e-12)


def test_splitting_and_merging_follow_the_formulas():
    found = queues_of(
        chain(
            [supplier("Stock", 0.8, 3.0), supplier("Other", 0.2, 0.4)],
            [work("A", 0.8, 0.5), work("B", 0.3), work("C", 0.6)],
            *[("Stock", "A", 1.0), ("A", "B", 0.25), ("A", "C", 0.75), ("Other", "C", 1.0)],
            *[("B", "Shop", 1.0), ("C", "Shop", 1.0)],
        )
    )
    load = found.utilization
    leaving = queues.departure_scv(load["A"], 1, 3.0, 0.5)
    assert found.arrival_scv["B"] == pytest.approx(queues.split_scv(0.25, leaving), rel=1e-12)
    parts = np.array([0.6, 0.2]) / 0.8
    weight = queues.merge_weight(load["C"], 1 / (parts**2).sum())
    merged = parts @ [queues.split_scv(0.75, leaving), 0.4]
    assert found.arrival_scv["C"] == pytest.approx(1 - weight + weight * merged, rel=1e-12)


def test_requests_vary_as_their_asker_and_their_number():
    found = queues_of(
        chain(
            [supplier(scv=2.0)],
            [work("A", 0.5), work("Help", 0.4), work("Else", 0.4)],
            *[
                ("Stock", "A", 1.0),
                ("A", "Shop", 1.0),
                ("Help", "A", 0.6, "advice", 2.3),
                ("Else", "A", 0.4, "advice", 2.3),
            ],
        )
    )
    # every possible number of uses, each given to Help with 0.6
    ways = [(0.7, 2), (0.3, 3)]
    counts = {}
    for chance, uses in ways:
        for taken in product([True, False], repeat=uses):
            weight = chance * np.prod([0.6 if t else 0.4 for t in taken])
            counts[sum(taken)] = counts.get(sum(taken), 0.0) + weight
    mean = sum(k * p for k, p in counts.items())
    variance = sum(k * k * p for k, p in counts.items()) - mean**2
    assert found.arrival_rate["Help"] == pytest.approx(mean, rel=1e-12)
    assert found.arrival_scv["Help"] == pytest.approx(mean * 2.0 + variance / mean, rel=1e-12)


def test_parallel_handoffs_are_one_stream():
    one = chain(
        [supplier(scv=4)], [work("A", 0.5), work("B", 0.5)], ("Stock", "A", 1.0), ("A", "B", 1.0), ("B", "Shop", 1.0)
    )
    two = chain(
        [supplier(scv=4)],
        [work("A", 0.5), work("B", 0.5)],
        *[("Stock", "A", 1.0), ("A", "B", 0.3, "small"), ("A", "B", 0.7, "large"), ("B", "Shop", 1.0)],
    )
    assert queues_of(two).arrival_scv["B"] == pytest.approx(queues_of(one).arrival_scv["B"], rel=1e-12)


@pytest.mark.parametrize("requests", [False, True])
def test_a_node_that_takes_no_time_changes_nothing(requests):
    suppliers = [supplier("S1", 0.5, 3.0), supplier("S2", 0.3, 0.2), supplier("S3", 0.2, 1.5)]
    last = [("Help", "A", 1.0, "help", 1.0)] if requests else []
    help_desk = [work("Help", 0.3)] if requests else []
    direct = chain(
        suppliers,
        [work("A", 0.6, 0.4), *help_desk],
        *[*((s.name, "A", 1.0) for s in suppliers), ("A", "Shop", 1.0), *last],
    )
    passing = chain(
        suppliers,
        [work("A", 0.6, 0.4), *help_desk, qc.Department("Gate", cycle_time=0)],
        *[("S1", "Gate", 1.0), ("S2", "Gate", 1.0), ("S3", "A", 1.0), ("Gate", "A", 1.0), ("A", "Shop", 1.0)],
        *last,
    )
    found, expected = queues_of(passing), queues_of(direct)
    for name in ("A", "Help") if requests else ("A",):
        assert found.arrival_scv[name] == pytest.approx(expected.arrival_scv[name], rel=1e-12)
        assert found.waiting_time[name] == pytest.approx(expected.waiting_time[name], rel=1e-12)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("options", [{}, {"cycles": "linear"}, {"common_causes": True}])
def test_units_and_requests_are_conserved_on_random_chains(seed, options):
    compiled = compile_chain(quietly({"name": "Random", **as_floats(random_chain(random.Random(seed), **options))}))
    solution, rate = compiled.solve(), compiled.release_rate
    streams = streams_of(compiled.network, solution, rate)
    size = compiled.network.nodes
    arriving = streams.external + np.bincount(streams.target, weights=streams.rate, minlength=size)
    inner = np.ones(size, dtype=bool)
    inner[compiled.network.customers] = False
    np.testing.assert_allclose(arriving[inner], rate * solution.work[inner], rtol=1e-9, atol=1e-12)
    units = ~streams.asked
    leaving = np.bincount(streams.source[units], weights=streams.rate[units], minlength=size)
    assert np.all(leaving <= arriving * (1 + 1e-9))
    assert np.all(streams.rate > 0)


def test_common_causes_are_asked_once_a_case():
    pulled = {"item": "drawing", "per_unit": 2.0, "defect_rate": 0.1, "common_cause": "case"}
    shared = qc.Chain(
        "Shared",
        suppliers=[supplier()],
        departments=[work("A", 0.5), work("B", 0.5), work("Design", 0.1)],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "A", defect_rate=0),
            qc.Handoff("A", "B", defect_rate=0),
            qc.Handoff("B", "Shop", defect_rate=0),
            qc.Handoff("Design", "A", **pulled),
            qc.Handoff("Design", "B", **pulled),
        ],
    )
    found = queues_of(shared)
    assert found.arrival_rate["Design"] == pytest.approx(1.0, rel=1e-12)
    streams = streams_of(found.compiled.network, found.solution, 1.0)
    design = found.compiled.nodes.index("Design")
    assert streams.rate[streams.target == design].sum() == pytest.approx(1.0, rel=1e-12)


def test_askers_and_givers_in_a_circle_have_finite_variability():
    found = queues_of(
        chain(
            [supplier(scv=5.0)],
            [work("A", 0.3), work("IT", 0.1), work("HR", 0.1)],
            *[("Stock", "A", 1.0), ("A", "Shop", 1.0)],
            *[("IT", "A", 1.0, "it", 2.0), ("HR", "IT", 1.0, "people", 0.6), ("IT", "HR", 1.0, "it", 0.5)],
        )
    )
    assert all(0 <= found.arrival_scv[name] < 100 for name in ("A", "IT", "HR"))
    assert found.arrival_scv["IT"] > 1


@given(st.integers(2, 40), st.integers(0, 10**6))
@settings(max_examples=30)
def test_equations_of_any_shape_are_solved(size, seed):
    rng = np.random.default_rng(seed)
    dense = rng.random((size, size)) * (rng.random((size, size)) < 0.3)
    dense *= 0.99 / max(np.abs(np.linalg.eigvals(dense)).max(), 1e-3)
    right = rng.random(size)
    x = _solve(csr_array(dense), right)
    np.testing.assert_allclose(x, np.linalg.solve(np.eye(size) - dense, right), rtol=1e-8)


def test_equations_that_a_factor_would_fill_in_are_iterated():
    rng, size = np.random.default_rng(1), 1500
    rows, columns = np.repeat(np.arange(size), 6), rng.integers(0, size, 6 * size)
    matrix = csr_array((np.full(6 * size, 0.12), (rows, columns)), shape=(size, size))
    assert solve_order(matrix).heavy.any()
    right = 0.1 + rng.random(size)
    x = _solve(matrix, right)
    np.testing.assert_allclose(x - matrix @ x, right, rtol=1e-10)


def test_a_line_of_two_thousand_departments_is_computed():
    steps = [qc.Department(f"D{i}", cycle_time=0.3 + 0.0003 * i) for i in range(2000)]
    found = queues_of(tandem(*steps, arrival_scv=3.0))
    assert found.arrival_scv["D1999"] == pytest.approx(1.0, abs=0.01)
    assert found.waiting_high["D1999"] > 1.9 * found.waiting_time["D1999"]
    assert found.waiting_low["D1999"] == found.waiting_time["D1999"]
