from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import block_diag, csr_array, csr_matrix, diags_array, identity, kron

from qualitychain.engine.linear import iterate
from qualitychain.engine.linear import order as ordering
from qualitychain.engine.linear.iterate import IteratedBlock
from qualitychain.engine.linear.solve import TransientSystem
from qualitychain.errors import AnalysisError

deterministic = settings(derandomize=True, deadline=None, max_examples=60, database=None)


@st.composite
def chains(draw, largest=9):
    """Dense substochastic matrices with tenths of probability, at least a tenth of it leaving."""
    n = draw(st.integers(1, largest))
    counts = np.zeros((n, n), dtype=int)
    for row in range(n):
        for column in draw(st.lists(st.integers(0, n - 1), max_size=9)):
            counts[row, column] += 1
    return counts


def routing(n, leave, seed, ways=3):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(ways), n).ravel() * (1 - leave)
    return csr_matrix((share, (np.repeat(np.arange(n), ways), rng.integers(0, n, n * ways))), shape=(n, n))


def start_at(n, state=0):
    return (np.arange(n) == state).astype(float)


def exact_solution(matrix, right):
    """Gauss-Jordan over fractions of ``(I - matrix) x = right``."""
    n = len(matrix)
    rows = [[Fraction(int(i == j)) - matrix[i][j] for j in range(n)] + [right[i]] for i in range(n)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def as_fractions(P):
    return [[Fraction(float(value)) for value in row] for row in P]


def transposed(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def relative_error(found, exact):
    pairs = [(Fraction(float(f)), e) for f, e in zip(found, exact, strict=True)]
    assert all(f == 0 for f, e in pairs if e == 0)
    return max((abs(f / e - 1) for f, e in pairs if e != 0), default=Fraction(0))


@deterministic
@given(chains(), st.integers(0, 2**31))
def test_answers_agree_with_dense_elimination(counts, seed):
    P = counts / 10
    right = np.random.default_rng(seed).normal(size=(len(P), 3))
    system = TransientSystem(csr_array(P))
    dense = np.eye(len(P)) - P
    np.testing.assert_allclose(system.visits(right), np.linalg.solve(dense.T, right), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(system.values(right), np.linalg.solve(dense, right), rtol=1e-9, atol=1e-11)
    assert system.certificate < 1e-15


@deterministic
@given(chains(largest=6), st.integers(0, 5))
def test_answers_agree_with_fractions_within_the_bound_they_carry(counts, state):
    P = counts / 10
    n = len(P)
    start = start_at(n, state % n)
    system = TransientSystem(csr_array(P))
    right = [Fraction(int(v)) for v in start]
    visits = exact_solution(transposed(as_fractions(P)), right)
    assert relative_error(system.visits(start), visits) <= system.error_bound
    values = exact_solution(as_fractions(P), right)
    assert relative_error(system.values(start), values) <= system.error_bound
    assert system.error_bound < 1e-12


@deterministic
@given(chains(largest=6), st.integers(0, 5), st.lists(st.integers(0, 60), min_size=6, max_size=6))
def test_small_components_have_as_many_right_digits_as_large_ones(counts, state, tens):
    n = len(counts)
    P = counts / 10 * 10.0 ** -np.array(tens[:n])[:, None]
    start = start_at(n, state % n)
    system = TransientSystem(csr_array(P))
    exact = exact_solution(transposed(as_fractions(P)), [Fraction(int(v)) for v in start])
    # Below this a double has no full set of digits left.
    assume(all(e == 0 or e > Fraction(1, 10**280) for e in exact))
    assert relative_error(system.visits(start), exact) < Fraction(1, 10**12)


def test_states_fed_with_a_probability_of_1e_200_are_right_to_ten_digits():
    P = np.array([[0.0, 0.5, 1e-200], [0.3, 0.0, 0.0], [0.0, 0.0, 0.9]])
    system = TransientSystem(csr_array(P))
    exact = exact_solution(transposed(as_fractions(P)), [Fraction(1), Fraction(0), Fraction(0)])
    assert relative_error(system.visits(start_at(3)), exact) < Fraction(1, 10**10)


def test_a_hundred_rare_steps_in_a_row_multiply_to_a_right_answer():
    P = csr_array(diags_array(np.full(99, 1e-2), offsets=1, shape=(100, 100)))
    x = TransientSystem(P).visits(start_at(100))
    np.testing.assert_allclose(x, 1e-2 ** np.arange(100), rtol=1e-13)


def test_a_state_that_repeats_itself_a_billion_times_is_counted_to_twelve_digits():
    p = 0.999999999
    system = TransientSystem(csr_array(np.array([[p, 0.0], [0.0, 0.0]])))
    assert system.visits(np.ones(2)) == pytest.approx([1 / (1 - p), 1.0], rel=1e-12)


def test_a_chain_without_steps_returns_what_it_is_given():
    system = TransientSystem(csr_array((3, 3)))
    assert system.visits(np.array([1.0, 0.0, 2.0])).tolist() == [1.0, 0.0, 2.0]
    assert system.values(np.array([-1.0, 0.0, 2.0])).tolist() == [-1.0, 0.0, 2.0]


def test_a_chain_without_states_has_an_empty_answer():
    system = TransientSystem(csr_array((0, 0)))
    assert system.visits(np.zeros(0)).shape == (0,)
    assert system.values(np.zeros((0, 2))).shape == (0, 2)


def test_a_ring_with_chords_is_solved_as_one_component():
    n = 1000
    rng = np.random.default_rng(3)
    here = np.arange(n)
    tail = np.concatenate((here, rng.integers(0, n, 8)))
    head = np.concatenate(((here + 1) % n, rng.integers(0, n, 8)))
    P = csr_matrix((np.where(np.arange(tail.size) < n, 0.9, 0.05 / 8), (tail, head)), shape=(n, n))
    system = TransientSystem(P)
    assert system.method == "sparse LU by strongly connected components"
    x, dense = system.visits(start_at(n)), np.eye(n) - P.toarray()
    np.testing.assert_allclose(x, np.linalg.solve(dense.T, start_at(n)), rtol=1e-6, atol=1e-15)


def test_the_order_in_which_states_are_named_does_not_matter():
    P = routing(300, 0.2, seed=4)
    names = np.random.default_rng(1).permutation(300)
    x = TransientSystem(P).visits(start_at(300, int(names[0])))
    y = TransientSystem(P[names][:, names]).visits(start_at(300))
    np.testing.assert_allclose(x[names], y, rtol=1e-12)


def test_the_unit_of_the_input_does_not_matter():
    P = routing(50, 0.2, seed=4)
    system = TransientSystem(P)
    tiny = system.visits(start_at(50) * 2.0**-1000)
    assert np.array_equal(tiny * 2.0**1000, system.visits(start_at(50)))


def test_many_columns_are_solved_as_one_at_a_time():
    system = TransientSystem(routing(60, 0.2, seed=5))
    right = np.random.default_rng(2).normal(size=(60, 21))
    together = system.values(right)
    for k in range(21):
        np.testing.assert_allclose(together[:, k], system.values(right[:, k]), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("leave", [0.3, 0.01, 1e-6])
def test_random_routing_is_iterated_and_agrees_with_dense_elimination(leave):
    n = 1000
    P = routing(n, leave, seed=6)
    system = TransientSystem(P)
    dense = np.eye(n) - P.toarray()
    x, h = system.visits(start_at(n)), system.values(np.ones(n))
    assert "1 large ones by certified iteration" in system.method
    assert system.certificate <= 1e-14
    assert system.error_bound <= 1e-14 / leave
    allowed = 20 * system.error_bound  # dense elimination has an error too
    np.testing.assert_allclose(x, np.linalg.solve(dense.T, start_at(n)), rtol=allowed, atol=1e-18)
    np.testing.assert_allclose(h, np.linalg.solve(dense, np.ones(n)), rtol=allowed)


def test_iteration_keeps_the_digits_of_a_component_fed_with_a_probability_of_1e_200():
    n = 400
    rare = csr_matrix(([1e-200], ([5], [n + 3])), shape=(2 * n, 2 * n))
    P = (block_diag([routing(n, 0.1, seed=8), routing(n, 0.1, seed=9)]) + rare).tocsr()
    system = TransientSystem(P)
    x = system.visits(start_at(2 * n))
    second = TransientSystem(P[n:, n:]).visits(start_at(n, 3))
    np.testing.assert_allclose(x[n:], x[5] * 1e-200 * second, rtol=1e-12)
    assert system.error_bound < 1e-11


def test_iteration_keeps_the_digits_of_states_inside_a_component_that_are_hardly_ever_reached():
    # Two cores joined both ways by rare steps: one component, of which a half has a weight of 1e-18.
    n = 300
    rare = csr_matrix(([1e-18, 1e-3], ([5, n + 4], [n + 3, 7])), shape=(2 * n, 2 * n))
    P = (block_diag([routing(n, 0.1, seed=8), routing(n, 0.1, seed=9)]) + rare).tocsr()
    block = IteratedBlock(P, 1e-13)
    factor = TransientSystem(P[n:, n:]).visits(start_at(n, 3))
    x = block.solve(start_at(2 * n)[:, None], transposed=True)[:, 0]
    np.testing.assert_allclose(x[n:], x[5] * 1e-18 * factor, rtol=1e-10)


def staged_chain(n):
    """A line, a random core of n states, a line, another core, with side ways past the cores."""
    lines = diags_array(np.full(49, 0.95), offsets=1, shape=(50, 50))
    P = block_diag([lines, routing(n, 0.1, 1), lines, routing(n, 1e-4, 2)]).tolil()
    core, second, last = 50, 50 + n, 100 + n
    P[49, core + 3] = 0.6
    P[49, second] = 0.1
    P[20, last + 1] = 0.01
    P[core + 9, second] = 0.05
    P[core + 9, core + 9] = 0.0
    P[second + 49, last] = 0.5
    return csr_matrix(P)


def test_light_and_heavy_components_in_turn_give_the_dense_answer():
    P = staged_chain(250)
    row = np.asarray(P.sum(axis=1)).ravel()
    P = csr_matrix(diags_array(1 / np.maximum(row, 1.0)) @ P)
    names = np.random.default_rng(11).permutation(P.shape[0])
    P = P[names][:, names].tocsr()
    n = P.shape[0]
    system = TransientSystem(P)
    right = np.random.default_rng(12).uniform(size=(n, 2))
    dense = np.eye(n) - P.toarray()
    np.testing.assert_allclose(system.visits(right), np.linalg.solve(dense.T, right), rtol=1e-9)
    np.testing.assert_allclose(system.values(right), np.linalg.solve(dense, right), rtol=1e-9)
    assert "2 large ones" in system.method


@deterministic
@given(chains(), st.integers(0, 2**31))
def test_iterated_components_of_any_shape_give_the_dense_answer(counts, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "SMALL", 1)
        patch.setattr(ordering, "FILL_PER_ENTRY", 0)
        P = counts / 10
        right = np.random.default_rng(seed).normal(size=len(P))
        system = TransientSystem(csr_array(P))
        dense = np.eye(len(P)) - P
        x, h = system.visits(right), system.values(right)
        np.testing.assert_allclose(x, np.linalg.solve(dense.T, right), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(h, np.linalg.solve(dense, right), rtol=1e-9, atol=1e-11)


def test_the_bound_of_many_iterated_components_in_a_row_stays_a_small_bound():
    n, count = 400, 25
    cores = block_diag([routing(n, 0.3, seed) for seed in range(count)])
    first = np.arange(count - 1) * n
    tie = csr_matrix((np.full(count - 1, 1e-6), (first + 5, first + n)), shape=(n * count, n * count))
    system = TransientSystem(cores + tie)
    x = system.visits(start_at(n * count))
    exact = TransientSystem(routing(n, 0.3, 0)).visits(start_at(n))
    np.testing.assert_allclose(x[:n], exact, rtol=1e-14)
    assert 0 < x[n:].max() < 1e-5
    assert "25 large ones" in system.method
    assert system.error_bound < 1e-11


METHODS = ["Jacobi sweeps", "Gauss-Seidel sweeps", "GMRES after Gauss-Seidel", "GMRES after incomplete LU"]


@pytest.mark.parametrize("method", [*METHODS, "sparse LU with fill-in"])
@pytest.mark.parametrize("transpose", [False, True])
def test_each_method_alone_solves_a_random_core(method, transpose, monkeypatch):
    every = IteratedBlock._methods
    monkeypatch.setattr(IteratedBlock, "_methods", lambda self: [m for m in every(self) if m[0] == method])
    P = routing(500, 0.05, seed=13)
    block = IteratedBlock(P, 1e-13)
    right = np.random.default_rng(14).uniform(size=(500, 2))
    dense = np.eye(500) - P.toarray()
    x = block.solve(right, transposed=transpose)
    np.testing.assert_allclose(x, np.linalg.solve(dense.T if transpose else dense, right), rtol=1e-11)
    assert block.used == {method}


def test_two_cores_that_hardly_exchange_anything_are_solved_by_a_later_method():
    n = 400
    rare = csr_matrix(([1e-7, 1e-7], ([5, n + 7], [n + 5, 7])), shape=(2 * n, 2 * n))
    P = (block_diag([routing(n, 1e-5, seed=15), routing(n, 1e-5, seed=16)]) + rare).tocsr()
    system = TransientSystem(P)
    dense = np.eye(2 * n) - P.toarray()
    h = system.values(np.ones(2 * n))
    np.testing.assert_allclose(h, np.linalg.solve(dense, np.ones(2 * n)), rtol=1e-8)
    assert system.error_bound < 1e-8
    assert "GMRES" in system.method


def test_a_wide_field_of_neighbours_is_factorised_when_sweeps_are_slow():
    k = 60
    step = diags_array(np.ones(k - 1), offsets=1, shape=(k, k))
    one = identity(k)
    near = csr_matrix(kron(step + step.T, one) + kron(one, step + step.T))
    degree = np.asarray(near.sum(axis=1)).ravel()
    P = csr_matrix(diags_array((1 - 1e-5) / degree) @ near)
    block = IteratedBlock(P, 1e-13, envelope=2.0 * k**3)
    h = block.solve(np.ones((k * k, 1)), transposed=False)
    np.testing.assert_allclose(h, 1e5, rtol=1e-9)
    x = block.solve(start_at(k * k)[:, None], transposed=True)
    assert x.sum() == pytest.approx(1e5, rel=1e-9)
    assert "sparse LU with fill-in" in block.used


def test_an_iteration_that_is_cut_short_raises_instead_of_answering(monkeypatch):
    monkeypatch.setattr(IteratedBlock, "_methods", lambda self: [("Jacobi sweeps", self._jacobi)])
    monkeypatch.setattr(iterate.Side, "resized", lambda self, x, b: x)
    system = TransientSystem(routing(600, 1e-6, seed=17))
    with pytest.raises(AnalysisError, match=r"states that .* could not be solved: the relative residual is"):
        system.visits(start_at(600))


def test_states_that_never_reach_an_exit_are_named():
    rows = [[0.0, 0.5, 0.0, 0.5], [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.1, 0.0, 0.0, 0.0]]
    P = csr_array(np.array(rows))
    with pytest.raises(AnalysisError, match=r"no exit is reached from states 1, 2: .* circulates for ever"):
        TransientSystem(P)


def test_a_trap_whose_shares_add_up_to_one_only_after_rounding_is_found():
    P = csr_array(np.full((6, 6), 1 / 6))
    assert P.sum(axis=1).max() < 1
    with pytest.raises(AnalysisError, match=r"states 0, 1, 2, 3, 4, 5: "):
        TransientSystem(P)


def test_of_a_large_trap_only_ten_states_are_named():
    ring = csr_matrix((np.ones(50), (np.arange(50), (np.arange(50) + 1) % 50)), shape=(50, 50))
    with pytest.raises(AnalysisError, match=r"8, 9 and 40 more: "):
        TransientSystem(ring)


@pytest.mark.parametrize("leave", [1e-200, 1e-14])
def test_a_way_out_that_doubles_cannot_resolve_is_refused_and_its_states_named(leave):
    P = csr_array(np.array([[0.0, 1.0, 0.0], [1.0 - leave, 0.0, leave], [0.0, 0.0, 0.0]]))
    with pytest.raises(AnalysisError, match=r"way out of states 0, 1 is taken least often"):
        TransientSystem(P).visits(start_at(3))


def test_probabilities_that_add_up_to_more_than_one_are_refused():
    with pytest.raises(AnalysisError, match=r"leaving state 1 add up to 1\.25"):
        TransientSystem(csr_array(np.array([[0.0, 0.5], [0.75, 0.5]])))


@pytest.mark.parametrize("entry", [-0.1, np.nan, np.inf])
def test_entries_that_are_no_probabilities_are_refused(entry):
    with pytest.raises(ValueError, match="negative or infinite entry"):
        TransientSystem(csr_array(np.array([[0.0, entry], [0.0, 0.0]])))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="square"):
        TransientSystem(csr_array((2, 3)))
    system = TransientSystem(csr_array((2, 2)))
    with pytest.raises(ValueError, match=r"shape \(3,\); it must begin with 2"):
        system.visits(np.ones(3))
    with pytest.raises(ValueError, match="not a finite number"):
        system.values(np.array([1.0, np.nan]))


def test_the_matrix_given_is_neither_changed_nor_watched():
    P = csr_array(np.array([[0.5, 0.0], [0.0, 0.0]]))
    P.data[0] = 0.5
    system = TransientSystem(P)
    P.data[0] = 0.75
    assert system.visits(np.ones(2)).tolist() == [2.0, 1.0]


def test_the_matrix_is_factorised_once_for_both_questions(monkeypatch):
    from qualitychain.engine.linear import solve

    calls = []
    genuine = solve.splu
    monkeypatch.setattr(solve, "splu", lambda *a, **k: calls.append(1) or genuine(*a, **k))
    system = TransientSystem(routing(50, 0.2, seed=18))
    assert calls == []
    system.visits(np.ones(50))
    system.values(np.ones(50))
    assert calls == [1]


def test_a_million_states_in_a_line_with_local_rework_are_one_certified_factorisation():
    n = 1_000_000
    here = np.arange(n - 1)
    back = here[::4]
    rows, columns = np.concatenate((here, back)), np.concatenate((here + 1, np.maximum(back - 7, 0)))
    shares = np.concatenate((np.full(n - 1, 0.96), np.full(back.size, 0.03)))
    P = csr_matrix((shares, (rows, columns)), shape=(n, n))
    system = TransientSystem(P)
    x = system.visits(start_at(n))
    left = 1 - np.asarray(P.sum(axis=1)).ravel()
    assert x @ left == pytest.approx(1.0, rel=1e-11)
    assert system.certificate < 1e-15
    assert system.error_bound < 1e-9
    assert system.method == "sparse LU by strongly connected components"


def test_a_state_that_is_left_once_in_ten_trillion_visits_keeps_its_digits_where_leaving_is_given() -> None:
    leave = 1e-13
    # two ways back that add up to the chance of staying, each rounded
    stay = 0.3 * (1 - leave) + 0.7 * (1 - leave)
    chain = csr_array(np.array([[0.0, 1.0], [0.0, stay]]))
    known = TransientSystem(chain, leaving=np.array([0.0, leave]))
    assert known.visits(np.array([1.0, 0.0]))[1] == pytest.approx(1e13, rel=1e-15)
    assert known.values(np.array([0.0, 1.0])).tolist() == pytest.approx([1e13, 1e13], rel=1e-15)
    guessed = TransientSystem(chain).visits(np.array([1.0, 0.0]))[1]
    assert abs(guessed / 1e13 - 1) > 1e-4


def test_a_state_left_less_often_than_one_less_its_stay_can_tell_is_no_trap_where_leaving_is_given() -> None:
    chain = csr_array(np.array([[1.0]]))
    with pytest.raises(AnalysisError, match="no exit is reached"):
        TransientSystem(chain)
    assert TransientSystem(chain, leaving=np.array([1e-20])).visits(np.array([1.0]))[0] == pytest.approx(1e20)
