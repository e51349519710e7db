from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from qualitychain.engine.linear import eliminate as module
from qualitychain.engine.linear.eliminate import Elimination, visits_in_transform
from qualitychain.errors import AnalysisError


def dense(rows, columns, values, start):
    n, count = len(start), values.shape[1]
    start = np.broadcast_to(start if start.ndim == 2 else start[:, None], (n, count))
    answer = np.empty((n, count), dtype=complex)
    for m in range(count):
        matrix = np.zeros((n, n), dtype=complex)
        np.add.at(matrix, (rows, columns), values[:, m])
        answer[:, m] = np.linalg.solve(np.eye(n) - matrix.T, start[:, m])
    return answer


def damped(chances, count, seed=0):
    """Each chance times the transform of an exponential time, and its phase: nothing at frequency 0."""
    scales = np.random.default_rng(seed).gamma(2.0, 3.0, len(chances))
    angle = np.linspace(0.0, np.pi, count)
    return chances[:, None] / (1.0 + 1j * np.outer(scales, angle)) * np.exp(-1j * np.outer(scales > 6.0, angle))


def chances(rows, size, leak, seed=0):
    weights = np.random.default_rng(seed).random(len(rows)) + 0.05
    return (1.0 - leak) * weights / np.bincount(rows, weights=weights, minlength=size)[rows]


def entangled(size, ways, leak, seed=1):
    random = np.random.default_rng(seed)
    rows, columns = np.repeat(np.arange(size), ways), random.integers(0, size, size * ways)
    return rows, columns, chances(rows, size, leak, seed)


@st.composite
def systems(draw):
    size = draw(st.integers(1, 14))
    state = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(state, state), max_size=4 * size))
    rows, columns = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    leak = draw(st.sampled_from([0.5, 0.1, 1e-3]))
    return size, rows, columns, chances(rows, size, leak, draw(st.integers(0, 99)))


@given(systems(), st.integers(1, 5))
def test_every_sparse_system_is_solved_as_a_dense_one_would_be(system, count):
    size, rows, columns, bound = system
    values, random = damped(bound, count), np.random.default_rng(size)
    for start in (random.random(size), random.random((size, count)) - 0.5 + 1j * random.random((size, count))):
        found = Elimination(rows, columns, size, bound).visits(values, start)
        assert_allclose(found, dense(rows, columns, values, start), rtol=1e-10, atol=1e-10)
        assert_allclose(visits_in_transform(rows, columns, values, start), found, rtol=1e-10, atol=1e-10)


@given(systems())
def test_iterating_on_what_is_left_comes_to_the_same(system):
    size, rows, columns, bound = system
    values, start = damped(bound, 3), np.random.default_rng(size).random(size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qualitychain.engine.linear.elimination_plan.CHEAP", 1)
        patch.setattr(module, "ITERATED_SPEED", 1e9)
        solved = Elimination(rows, columns, size, bound).solve(values, start)
    missing = np.abs(solved.visits - dense(rows, columns, values, start)).sum(axis=0)
    assert np.all(missing <= solved.neglected + 1e-10)


def test_visits_add_up_over_all_passes():
    rows, columns, bound = entangled(12, 3, leak=0.4)
    values, start = damped(bound, 4), np.eye(12)[3]
    total = term = np.tile(start[:, None], (1, 4)).astype(complex)
    for _ in range(200):
        following = np.zeros_like(term)
        np.add.at(following, columns, term[rows] * values)
        total, term = total + following, following
    assert_allclose(visits_in_transform(rows, columns, values, start), total, atol=1e-13)


@pytest.mark.parametrize("back", [0.9, 0.999999])
def test_a_loop_that_is_hardly_ever_left_is_gone_round_as_often_as_it_should(back):
    rows, columns = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 2])
    bound = np.array([1.0, back, 1.0 - back, back])
    visits = visits_in_transform(rows, columns, bound[:, None].astype(complex), np.array([1.0, 0.0, 0.0]))
    assert_allclose(visits[:, 0].real, np.full(3, 1.0 / (1.0 - back)), rtol=1e-9)


def test_an_entangled_component_that_is_hardly_ever_left_is_eliminated():
    rows, columns, bound = entangled(60, 4, leak=1e-6)
    start, values = np.eye(60)[0], damped(bound, 3)
    solved = Elimination(rows, columns, 60, bound).solve(values, start)
    assert solved.method == "sparse elimination"
    assert solved.neglected == 0.0
    assert_allclose(solved.visits, dense(rows, columns, values, start), rtol=1e-8)


def test_a_large_entangled_component_is_iterated_and_says_so():
    rows, columns, bound = entangled(400, 4, leak=0.3)
    start, values = np.eye(400)[0], damped(bound, 5)
    plan = Elimination(rows, columns, 400, bound)
    solved = plan.solve(values, start)
    assert "certified iteration of" in solved.method
    assert 0.0 < solved.neglected <= 1e-12
    missing = np.abs(solved.visits - dense(rows, columns, values, start)).sum(axis=0)
    assert missing.max() <= solved.neglected + 1e-13


def test_without_bounds_everything_is_eliminated():
    rows, columns, bound = entangled(120, 4, leak=0.3)
    start, values = np.eye(120)[0], damped(bound, 2)
    plan = Elimination(rows, columns, 120)
    assert plan.method == "sparse elimination"
    assert_allclose(plan.visits(values, start), dense(rows, columns, values, start), atol=1e-13)


def test_a_component_too_entangled_for_either_way_is_refused(monkeypatch):
    monkeypatch.setattr(module, "PLANNED", 1e4)
    monkeypatch.setattr(module, "BEARABLE", 1e4)
    rows, columns, bound = entangled(200, 4, leak=1e-5)
    with pytest.raises(AnalysisError, match="too entangled"):
        Elimination(rows, columns, 200, bound)


def test_a_line_without_rework_costs_no_updates_and_with_local_rework_a_few_for_each_department():
    def updates(departments, back):
        first = np.arange(departments - 1)
        rows = np.concatenate((first, first[back:] if back else first[:0]))
        columns = np.concatenate((first + 1, first[back:] - back if back else first[:0]))
        return Elimination(rows, columns, departments, np.full(len(rows), 0.4)).updates

    assert updates(500, 0) == 0
    assert updates(1000, 3) < 2.1 * updates(500, 3)
    assert updates(1000, 3) < 30 * 1000


def test_a_plan_serves_any_number_of_frequencies_and_values():
    rows, columns, bound = entangled(20, 3, leak=0.2)
    plan, start = Elimination(rows, columns, 20, bound), np.eye(20)[1]
    for count in (1, 2, 7):
        values = damped(bound, count, seed=count)
        assert_allclose(plan.visits(values, start), dense(rows, columns, values, start), atol=1e-13)


@pytest.mark.parametrize("leak", [0.3, 0.01])
def test_blocks_of_frequencies_change_nothing(monkeypatch, leak):
    rows, columns, bound = entangled(150, 3, leak)
    start, values = np.eye(150)[0], damped(bound, 50)
    whole = Elimination(rows, columns, 150, bound).visits(values, start)
    monkeypatch.setattr(module, "WIDE", 16)
    assert_allclose(Elimination(rows, columns, 150, bound).visits(values, start), whole, atol=1e-12)


def test_memory_stays_small_beside_what_is_given_and_returned():
    departments = 400
    first = np.arange(departments - 4)
    rows = np.concatenate([first] * 5 + [first + 4])
    columns = np.concatenate([first + k for k in range(5)] + [first])
    bound = chances(rows, departments, 0.1)
    values = np.broadcast_to(bound[:, None].astype(complex), (len(bound), 4000))
    plan = Elimination(rows, columns, departments, bound)
    tracemalloc.start()
    try:
        visits = plan.visits(values, np.eye(departments)[0])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - visits.nbytes < 250e6


def test_several_handoffs_between_the_same_departments_are_added_up():
    rows, columns = np.array([0, 0, 1, 0]), np.array([1, 1, 0, 1])
    values = np.array([[0.25], [0.25], [0.5], [0.25]], dtype=complex)
    together = visits_in_transform(rows, columns, values, np.array([1.0, 0.0]))
    assert_allclose(together[:, 0], [1.6, 1.2])


def test_nothing_to_solve_is_solved():
    none = np.zeros(0, dtype=np.int64)
    assert visits_in_transform(none, none, np.zeros((0, 3), dtype=complex), np.ones(2)).tolist() == [[1, 1, 1]] * 2
    assert Elimination(none, none, 0).visits(np.zeros((0, 3), dtype=complex), np.zeros(0)).shape == (0, 3)


def test_shapes_that_do_not_fit_are_refused():
    plan = Elimination(np.array([0]), np.array([1]), 2)
    with pytest.raises(ValueError, match="must be 1 rows"):
        plan.visits(np.zeros((2, 3), dtype=complex), np.ones(2))
    with pytest.raises(ValueError, match="start has shape"):
        plan.visits(np.zeros((1, 3), dtype=complex), np.ones(3))
