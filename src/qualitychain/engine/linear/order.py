"""In which order to number the states of a chain, so that solving it fills in little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

__all__ = ["SolveOrder", "components", "solve_order", "topological_ranks"]

Integers = np.typing.NDArray[np.int64]
Floats = np.typing.NDArray[np.float64]
Flags = np.typing.NDArray[np.bool_]

FILL_PER_ENTRY = 24
"""A component whose envelope holds more than this many times its entries is called heavy."""

SMALL = 128
"""A component of at most this many states is never heavy: even dense it is cheap."""


@dataclass(frozen=True)
class SolveOrder:
    """A numbering of the states, block upper triangular by strongly connected component.

    Attributes
    ----------
    order : array of int, shape (n,)
        The state at each position; edges never lead from a later component to an earlier one.
    starts : array of int, shape (k + 1,)
        Component ``c`` takes the positions ``starts[c]:starts[c + 1]``.
    heavy : array of bool, shape (k,)
        Components that a factorisation would fill in.
    envelope : array of float, shape (k,)
        Upper bound of the entries that a factorisation in this order adds or keeps off the diagonal.
    """

    order: Integers
    starts: Integers
    heavy: Flags
    envelope: Floats


def components(transitions: Any) -> Integers:
    """Strongly connected components, numbered in topological order.

    Parameters
    ----------
    transitions : sparse array or matrix in CSR format, shape (n, n)
        Every stored entry ``(u, v)`` is an edge from ``u`` to ``v``.

    Returns
    -------
    array of int, shape (n,)
        A label for each state, from 0, such that an edge ``u -> v`` implies ``label[u] <= label[v]``, and equality with
        a way back means the same component.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> P = sp.csr_array(([0.5, 0.5, 0.9], ([2, 0, 1], [0, 1, 0])), shape=(3, 3))
    >>> components(P)
    array([1, 1, 0])
    """
    if transitions.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    count, found = connected_components(transitions, directed=True, connection="strong")
    labels = found.astype(np.int64)
    tail, head = labels[_rows(transitions)], labels[transitions.indices]
    # scipy numbers the components in the order its depth-first search leaves them, but does not promise it.
    if np.all(tail <= head):
        return labels
    if np.all(tail >= head):
        return np.asarray(count - 1 - labels, dtype=np.int64)
    return topological_ranks(tail, head, int(count))[labels]


def topological_ranks(tail: Integers, head: Integers, count: int) -> Integers:
    """Rank ``count`` nodes in a topological order of the edges ``tail -> head``, loops left out.

    Whole layers are removed at a time, so the work in Python grows with the depth, not with the size.
    """
    proper = tail != head
    tail, head = tail[proper], head[proper]
    by_tail = np.argsort(tail, kind="stable")
    head = head[by_tail]
    pointer = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=count))))
    waiting = np.bincount(head, minlength=count)
    ranks = np.full(count, -1, dtype=np.int64)
    layer = np.flatnonzero(waiting == 0)
    ranked = 0
    while layer.size:
        ranks[layer] = ranked + np.arange(layer.size)
        ranked += layer.size
        sizes = pointer[layer + 1] - pointer[layer]
        offsets = np.repeat(pointer[layer] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        reached, times = np.unique(head[offsets + np.arange(sizes.sum())], return_counts=True)
        waiting[reached] -= times
        layer = reached[waiting[reached] == 0]
    if ranked < count:
        raise ValueError("the edges contain a cycle, so they have no topological order")
    return ranks


def solve_order(transitions: Any) -> SolveOrder:
    """Find a numbering by component, and within a component of small envelope.

    Within a component the given order is kept if its envelope is small. Otherwise states with very many neighbours (a
    department that everything returns to) are put last, and the others are kept in the given order or put in reverse
    Cuthill-McKee order, whichever has the smaller envelope. A component for which none of this helps is heavy, and
    keeps the given order.

    Parameters
    ----------
    transitions : sparse array or matrix in CSR format, shape (n, n)
        Every stored entry ``(u, v)`` is an edge from ``u`` to ``v``.

    Returns
    -------
    SolveOrder

    Notes
    -----
    Elimination without pivoting keeps the factors inside the envelope: row ``i`` of the lower factor begins at the
    first entry of row ``i``, column ``j`` of the upper at the first of column ``j`` [1]_.

    References
    ----------
    .. [1] A. George and J. Liu, Computer Solution of Large Sparse Positive Definite Systems, 1981.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> P = sp.csr_array(([0.5, 0.5, 0.9], ([2, 0, 1], [0, 1, 0])), shape=(3, 3))
    >>> found = solve_order(P)
    >>> found.order, found.starts
    (array([2, 0, 1]), array([0, 1, 3]))
    """
    n = transitions.shape[0]
    labels = components(transitions)
    count = int(labels.max()) + 1 if n else 0
    sizes = np.bincount(labels, minlength=count)
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)

    tail, head = _rows(transitions), transitions.indices.astype(np.int64)
    inside = (labels[tail] == labels[head]) & (tail != head)
    tail, head = tail[inside], head[inside]
    entries = np.bincount(labels[tail], minlength=count)
    allowed = np.where(sizes <= SMALL, np.inf, FILL_PER_ENTRY * entries)

    given = np.argsort(labels, kind="stable") if count > 1 else np.arange(n)
    order = given
    envelope = _envelope(tail, head, order, labels, count)
    crowded = _crowded(tail, head, labels, sizes)
    for renumbered in (False, True):
        bad = envelope > allowed
        if not bad.any():
            break
        concerned = bad[labels[tail]]
        rank = _cuthill_mckee(tail[concerned], head[concerned], crowded) if renumbered else np.arange(n)
        candidate = np.lexsort((rank, crowded, labels))
        smaller = _envelope(tail, head, candidate, labels, count)
        better = bad & (smaller < envelope)
        # Both orders give a component the same positions, so they can be mixed component by component.
        order = np.where(better[labels[order]], candidate, order)
        envelope = np.where(better, smaller, envelope)
    heavy = envelope > allowed
    # What will be iterated stays in the order given, in which most edges usually lead forward.
    order = np.where(heavy[labels[order]], given, order)
    return SolveOrder(order.astype(np.int64), starts, heavy, envelope)


def _rows(transitions: Any) -> Integers:
    return np.repeat(np.arange(transitions.shape[0], dtype=np.int64), np.diff(transitions.indptr))


def _envelope(tail: Integers, head: Integers, order: Integers, labels: Integers, count: int) -> Floats:
    """Entries between the first entry and the diagonal, in rows and in columns, per component."""
    position = np.empty_like(order)
    position[order] = np.arange(order.size)
    here, there = position[tail], position[head]
    total = np.zeros(count)
    # Rows of the lower triangle and columns of the upper one are the same question with the ends exchanged.
    for late, early in ((here, there), (there, here)):
        below = late > early
        first = np.arange(order.size)
        np.minimum.at(first, late[below], early[below])
        width = np.arange(order.size) - first
        total += np.bincount(labels[order], weights=width, minlength=count)
    return total


def _crowded(tail: Integers, head: Integers, labels: Integers, sizes: Integers) -> Flags:
    degree = np.bincount(tail, minlength=labels.size) + np.bincount(head, minlength=labels.size)
    return np.asarray(degree > np.maximum(16.0, 2.0 * np.sqrt(sizes))[labels])


def _cuthill_mckee(tail: Integers, head: Integers, crowded: Flags) -> Integers:
    # Crowded states are left out: next to them everything is near everything, and scipy sorts the neighbours
    # of a state by insertion, which takes the square of their number.
    kept = ~(crowded[tail] | crowded[head])
    here, there = tail[kept], head[kept]
    both = (np.concatenate((here, there)), np.concatenate((there, here)))
    n = crowded.size
    graph = coo_matrix((np.ones(2 * here.size), both), shape=(n, n)).tocsr()
    rank = np.empty(n, dtype=np.int64)
    rank[reverse_cuthill_mckee(graph, symmetric_mode=True)] = np.arange(n)
    return rank
