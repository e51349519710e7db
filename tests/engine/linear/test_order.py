from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix, csr_matrix

from qualitychain.engine.linear import order as ordering
from qualitychain.engine.linear.order import components, solve_order, topological_ranks

deterministic = settings(derandomize=True, deadline=None, max_examples=80, database=None)


@st.composite
def graphs(draw, largest=12):
    n = draw(st.integers(1, largest))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3 * n))
    return graph(n, pairs)


def graph(n, pairs):
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    return csr_matrix(coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(n, n)))


def line(n, back=()):
    return graph(n, [(i, i + 1) for i in range(n - 1)] + list(back))


def reachable(P):
    reach = np.eye(P.shape[0], dtype=bool) | (P.toarray() > 0)
    for k in range(P.shape[0]):
        reach |= np.outer(reach[:, k], reach[k])
    return reach


@deterministic
@given(graphs())
def test_labels_never_fall_along_an_edge_and_are_equal_exactly_where_there_is_a_way_back(P):
    labels, reach = components(P), reachable(P)
    tail, head = P.nonzero()
    assert np.all(labels[tail] <= labels[head])
    assert np.array_equal(labels[:, None] == labels[None, :], reach & reach.T)
    assert set(labels) == set(range(labels.max() + 1))


@deterministic
@given(graphs(), st.randoms(use_true_random=False))
def test_labels_stay_topological_if_scipy_numbers_components_in_another_way(P, random):
    genuine = ordering.connected_components

    def shuffled(*arguments, **named):
        count, labels = genuine(*arguments, **named)
        names = list(range(count))
        random.shuffle(names)
        return count, np.array(names)[labels]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "connected_components", shuffled)
        labels = components(P)
    tail, head = P.nonzero()
    assert np.all(labels[tail] <= labels[head])
    assert set(labels) == set(range(labels.max() + 1))


def test_ranking_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        topological_ranks(np.array([0, 1]), np.array([1, 0]), 2)


@deterministic
@given(graphs(largest=30), st.sampled_from([0.01, 0.5, 24]))
def test_the_order_is_a_numbering_in_which_blocks_are_upper_triangular(P, fill):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "SMALL", 2)
        patch.setattr(ordering, "FILL_PER_ENTRY", fill)
        found = solve_order(P)
    n = P.shape[0]
    assert sorted(found.order) == list(range(n))
    assert found.starts[0] == 0
    assert found.starts[-1] == n
    block = np.empty(n, dtype=int)
    block[found.order] = np.repeat(np.arange(found.heavy.size), np.diff(found.starts))
    tail, head = P.nonzero()
    assert np.all(block[tail] <= block[head])
    assert np.array_equal(block[:, None] == block[None, :], reachable(P) & reachable(P).T)


def test_a_line_with_local_rework_keeps_its_order_and_is_light():
    found = solve_order(line(5000, back=[(i, max(i - 10, 0)) for i in range(0, 5000, 3)] + [(4999, 0)]))
    assert np.array_equal(found.order, np.arange(5000))
    assert not found.heavy.any()


def test_a_shuffled_line_is_put_in_an_order_of_small_envelope():
    n = 3000
    names = np.random.default_rng(5).permutation(n)
    back = [(i, max(i - 3, 0)) for i in range(n)]
    tail, head = line(n, back=back).nonzero()
    found = solve_order(graph(n, list(zip(names[tail].tolist(), names[head].tolist(), strict=True))))
    assert not found.heavy.any()
    assert found.envelope.sum() < 12 * n


def test_a_department_to_which_everything_returns_is_put_last():
    n = 4000
    found = solve_order(line(n, back=[(i, 0) for i in range(1, n)]))
    assert found.order[-1] == 0
    assert not found.heavy.any()


def test_random_routing_is_heavy_and_keeps_the_order_given():
    rng = np.random.default_rng(7)
    n = 2000
    pairs = [(i, int(j)) for i in range(n) for j in rng.integers(0, n, 3)]
    pairs += [(i, (i + 1) % n) for i in range(n)]
    found = solve_order(graph(n, pairs))
    assert found.heavy.tolist() == [True]
    assert np.array_equal(found.order, np.arange(n))


def test_a_chain_without_states_has_an_empty_order():
    found = solve_order(csr_matrix((0, 0)))
    assert found.order.size == 0
    assert found.starts.tolist() == [0]
