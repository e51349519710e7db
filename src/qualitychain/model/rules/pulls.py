"""Pulled requests must end: departments must not need each other more than once per request.

Formulas: Pulled services.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.errors import Fault
from qualitychain.model.records.handoff import Handoff

if TYPE_CHECKING:
    from qualitychain.model.rules.parts import Parts

Floats = np.typing.NDArray[np.float64]
MOST_ROUNDS = 50
SMALL = 300
"""Circles of at most so many nodes are solved as dense matrices."""


def needs_end(parts: Parts) -> Iterator[Fault]:
    """Faults where the pull matrix at one draw per use has a spectral radius of 1 or more, or a cause needs itself."""
    pulled = [(i, h) for i, h in parts.handoffs if h.per_unit and h.share != 0]
    if not pulled:
        return
    pulled = _needed_in_turn(pulled)
    if not pulled:
        return  # the usual chain: nothing needs itself, however indirectly
    import networkx as nx  # slow to import

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((h.customer, h.supplier) for _, h in pulled)
    circle = {node: number for number, nodes in enumerate(nx.strongly_connected_components(graph)) for node in nodes}
    inside: dict[int, list[tuple[int, Handoff]]] = {}
    for index, handoff in pulled:
        if circle[handoff.customer] == circle[handoff.supplier]:
            inside.setdefault(circle[handoff.customer], []).append((index, handoff))
    for needs in inside.values():
        yield from _circle(needs)


def _needed_in_turn(pulled: list[tuple[int, Handoff]]) -> list[tuple[int, Handoff]]:
    """The needs that are left when those of whoever needs nothing any more are taken away, again and again."""
    needs = Counter(h.customer for _, h in pulled)
    given: dict[str, list[str]] = {}
    for _, handoff in pulled:
        given.setdefault(handoff.supplier, []).append(handoff.customer)
    done = [name for name in given if not needs[name]]
    settled = set(done)
    while done:
        for customer in given.get(done.pop(), ()):
            needs[customer] -= 1
            if not needs[customer]:
                settled.add(customer)
                done.append(customer)
    return [(i, h) for i, h in pulled if h.customer not in settled]


def _circle(needs: list[tuple[int, Handoff]]) -> Iterator[Fault]:
    place = {name: i for i, name in enumerate(dict.fromkeys(h.customer for _, h in needs))}
    names = list(place)
    listed = " and ".join(f"'{n}'" for n in names[:4]) + (" and others" if len(names) > 4 else "")
    for index, handoff in needs:
        if handoff.common_cause:
            yield Fault(
                "QC032",
                ("handoffs", index, "common_cause"),
                f"handoff '{handoff.full_name}': a common cause inside a circle of needs ({listed}) has no meaning, "
                "because its one draw would need itself; remove common_cause",
            )
    entries = (
        [place[h.customer] for _, h in needs],
        [place[h.supplier] for _, h in needs],
        [(h.per_unit or 0.0) * (1.0 if h.share is None else h.share) for _, h in needs],
    )
    if not radius_below(1 - 1e-9, *entries):
        radius = spectral_radius(*entries)
        who = f"{listed} need each other" if len(names) > 1 else f"{listed} needs itself"
        yield Fault(
            "QC027",
            ("handoffs", needs[0][0], "per_unit"),
            f"handoff '{needs[0][1].full_name}': {who} once or more per request (each request leads to {radius:.4g} "
            "further ones); lower per_unit",
        )


def radius_below(limit: float, rows: list[int], columns: list[int], weights: list[float]) -> bool:
    """Whether the spectral radius of an irreducible non-negative matrix is below ``limit``.

    It is so if and only if (limit I - M) y = 1 has a positive solution: then M y < limit y.

    Examples
    --------
    >>> radius_below(0.6, [0, 1], [1, 0], [2, 0.125]), radius_below(0.4, [0, 1], [1, 0], [2, 0.125])
    (True, False)
    """
    row, column, weight = np.array(rows), np.array(columns), np.array(weights, dtype=float)
    size = int(max(row.max(), column.max())) + 1
    if np.bincount(row, weights=weight, minlength=size).max() < limit:
        return True
    y = _solved(row, column, weight, limit, np.ones(size))
    return bool(np.all(np.isfinite(y)) and np.all(y > 0))


def spectral_radius(rows: list[int], columns: list[int], weights: list[float]) -> float:
    """Spectral radius of an irreducible non-negative matrix.

    For every positive x, the least and greatest of (M x) / x enclose the radius (Collatz, Wielandt). Each round solves
    (s I - M) y = x at the greatest, s: the bounds close in quadratically (Noda), also where powers of M take for ever.

    Examples
    --------
    >>> round(spectral_radius([0, 1], [1, 0], [2, 0.125]), 12)
    0.5

    References
    ----------
    T. Noda (1971), Note on the computation of the maximal eigenvalue of a non-negative irreducible matrix,
    Numerische Mathematik 17, 382-386.
    """
    row, column, weight = np.array(rows), np.array(columns), np.array(weights, dtype=float)
    size = int(max(row.max(), column.max())) + 1
    x = np.ones(size)
    low, high = 0.0, np.inf
    for _ in range(MOST_ROUNDS):
        ratio = np.bincount(row, weights=weight * x[column], minlength=size) / x
        low, high = max(low, float(ratio.min())), min(high, float(ratio.max()))
        if high - low <= 1e-13 * high:
            break
        y = _solved(row, column, weight, high, x)
        if not (np.all(np.isfinite(y)) and np.all(y > 0)):
            break  # singular to working precision: the bounds are as close as they get
        x = y / y.max()
        if x.min() < 1e-290:
            break
    return high


def _solved(row: Any, column: Any, weight: Floats, shift: float, x: Floats) -> Floats:
    size = len(x)
    if size <= SMALL:
        dense = np.eye(size) * shift
        np.subtract.at(dense, (row, column), weight)
        try:
            return np.asarray(np.linalg.solve(dense, x))
        except np.linalg.LinAlgError:
            return np.full(size, np.nan)
    from scipy.sparse import csc_array, identity
    from scipy.sparse.linalg import splu

    try:
        matrix: Any = shift * identity(size, format="csc") - csc_array((weight, (row, column)), shape=(size, size))
        # pivots on the diagonal: an M-matrix then needs no subtraction of like signs, and y stays positive
        factor = splu(matrix.tocsc(), diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    except RuntimeError:  # exactly singular
        return np.full(size, np.nan)
    return np.asarray(factor.solve(x))


__all__ = ["needs_end", "radius_below", "spectral_radius"]
