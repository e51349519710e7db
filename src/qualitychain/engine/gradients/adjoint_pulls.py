"""Backwards through the pulled services, circles of needs included (formulas: Attribution).

Let x hold the chances (spoilt, blind) of all nodes; they solve x = G(x). A small change dG of the map moves the
solution by dx = J dx + dG with J = G'(x), so an outcome with derivative ``adj`` to x changes by psi . dG, where

    (I - J^T) psi = adj.

Without circles J is triangular in the order of needs and this is a sweep from receivers to givers. In a circle the
same equations are solved at the fixed point: the spectral radius of J is below 1 wherever requests end (decision
"Gradients through circles").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.gradients.adjoint_flow import gathering, times
from qualitychain.engine.gradients.request_slopes import BAD, RequestSlopes, request_slopes
from qualitychain.engine.linear.order import components
from qualitychain.engine.network.network import ON_INSPECTION, ON_TIME, Floats, Integers, Network, sums
from qualitychain.engine.quality.pulls import Pulls


def products_of_others(segment: Integers, values: Floats) -> Floats:
    """For each value the product of the other values of its segment, shape (n,): no division, so zeros are exact.

    Products of those before and of those after, place by place in all segments at once.

    Examples
    --------
    >>> products_of_others(np.array([0, 0, 0, 7]), np.array([0.0, 0.5, 0.25, 0.9])).tolist()
    [0.125, 0.0, 0.0, 1.0]
    """
    order = np.argsort(segment, kind="stable")
    sorted_segment, v = segment[order], values[order]
    begin = np.flatnonzero(np.diff(sorted_segment, prepend=sorted_segment[:1] - 1))
    length = np.diff(begin, append=len(v))
    # longest first, so that the segments with a k-th member are a shrinking head of the list
    by_length = np.argsort(-length, kind="stable")
    begin, length = begin[by_length], length[by_length]
    before, after = np.ones(len(v)), np.ones(len(v))
    end = begin + length - 1
    for k in range(1, int(length.max(initial=1))):
        count = int(np.searchsorted(-length, -k))
        here, back = begin[:count] + k, end[:count] - k
        before[here] = before[here - 1] * v[here - 1]
        after[back] = after[back + 1] * v[back + 1]
    result = np.empty(len(v))
    result[order] = before * after
    return result


def group_slopes(network: Network, fails: Floats) -> tuple[Floats, Floats]:
    """Derivatives of the chance that a node's inputs of one kind fail, shape (G,) each.

    Parameters
    ----------
    fails : array, shape (G,)
        Chance that one use of each group fails.

    Returns
    -------
    to_fails, to_count : array, shape (G,)
        To that chance, and to the uses per unit (from the right at whole numbers).
    """
    f = np.minimum(fails, 1.0)
    whole, part = network.whole, network.part
    every, last = (1.0 - f) ** whole, 1.0 - part * f
    others = products_of_others(network.group_receiver * 3 + network.affects, every * last)
    one_less = np.where(whole > 0, (1.0 - f) ** np.maximum(whole - 1.0, 0.0), 0.0)
    return others * (whole * one_less * last + part * every), others * f * every


@dataclass(frozen=True)
class PulledSums:
    """Derivatives to the parameters of the pulled handoffs, shape (H, m), and of their groups, shape (G, m)."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    transit: Floats
    share: Floats
    per_unit: Floats


class AdjointPulls:
    """The derivatives of the pulled services at their solution, made once for all rewards."""

    network: Network
    drawn: Floats
    used_bad: Floats
    to_fails: Floats
    to_count: Floats
    felt: Any
    row: Integers

    def __init__(self, network: Network, outcome: Floats, pulls: Pulls) -> None:
        """``outcome`` holds the fixed result of each pulled handoff (0 good, 1 bad), NaN where it is drawn."""
        self.network, self.drawn = network, np.isnan(outcome)
        self.slopes: RequestSlopes = request_slopes(network, pulls)
        self.used_bad = np.where(self.drawn, pulls.bad, outcome)
        fails = sums(network.group, network.pulled.share * self.used_bad, len(network.whole))
        self.to_fails, self.to_count = group_slopes(network, fails)
        # requests that would never end are made by nobody; whoever began to would have no answer
        endless = np.isinf(pulls.draws)
        self.used_bad = np.where(endless & self.drawn, np.nan, self.used_bad)
        self.to_count[network.group[endless & (network.pulled.share > 0)]] = np.nan
        self.felt = network.affects != ON_TIME
        # where a group's failure shows: its receiver spoilt, or blind
        self.row = network.group_receiver + np.where(network.affects == ON_INSPECTION, network.nodes, 0)

    @cached_property
    def equations(self) -> Equations:
        """The equations (I - J^T) psi = adj over (spoilt, blind) of all nodes."""
        network, size = self.network, self.network.nodes
        outer = np.where(self.drawn & self.felt[network.group], self.to_fails[network.group], 0.0)
        outer = outer * network.pulled.share
        values, rows, columns = [], [], []
        for inner, shift in ((self.slopes.spoilt[BAD], 0), (self.slopes.blind[BAD], size)):
            value = times(outer, inner)
            used = value != 0
            values.append(value[used])
            rows.append(self.row[network.group][used])
            columns.append(network.pulled.giver[used] + shift)
        shape = (2 * size, 2 * size)
        return Equations(csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape))

    def back(
        self, spoilt: Floats, blind: Floats, results: Floats, uses: Floats, *, share: Floats, per_unit: Floats
    ) -> PulledSums:
        """Derivatives to all parameters.

        Parameters
        ----------
        spoilt, blind : array, shape (V, m)
            Derivatives of the outcome to the chances of the nodes' inputs, pulled services held fixed.
        results : array, shape (3, H, m)
            The same to (bad, draws, rejected) of each handoff's requests.
        uses : array, shape (H, m)
            The same to the uses of each handoff per unit of work.
        share, per_unit : array, shape (H, m) and (G, m)
            Derivatives known already, to be added.
        """
        network, s = self.network, self.slopes
        onto = gathering(network.pulled.giver, network.nodes)
        adj = np.concatenate((spoilt + onto @ _through(s.spoilt, results), blind + onto @ _through(s.blind, results)))
        psi = self.equations.solve(adj)[self.row]
        felt = np.where(self.felt, 1.0, 0.0)
        to_one = times(felt * self.to_fails, psi)[network.group]
        results = results.copy()
        results[BAD] += times(np.where(self.drawn, network.pulled.share, 0.0), to_one)
        each = (network.whole + network.part)[network.group]
        members = gathering(network.group, len(network.whole))
        return PulledSums(
            defect=_through(s.defect, results),
            detect=_through(s.detect, results),
            alarm=_through(s.alarm, results),
            fix=_through(s.fix, results),
            transit=_through(s.transit, results),
            share=share + times(self.used_bad, to_one) + times(each, uses),
            per_unit=per_unit + times(felt * self.to_count, psi) + members @ times(network.pulled.share, uses),
        )


def _through(slopes: Floats, results: Floats) -> Floats:
    """Sum over (bad, draws, rejected) of slope times derivative, shape (H, m)."""
    total = np.zeros(results.shape[1:])
    for slope, result in zip(slopes, results, strict=True):
        total = total + times(slope, result)
    return total


class Equations:
    """(I - J^T) psi = adj, factorised in the order of needs."""

    def __init__(self, jacobian: Any) -> None:
        """``jacobian`` is J in CSR format, shape (n, n)."""
        self.jacobian = jacobian

    @cached_property
    def _factor(self) -> tuple[Integers, Any]:
        order = np.argsort(components(self.jacobian), kind="stable")
        matrix = (identity(self.jacobian.shape[0], format="csr") - self.jacobian)[order][:, order].T.tocsc()
        # triangular but for circles of needs, so the given order fills in nothing
        return order, splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0)

    def solve(self, adj: Floats) -> Floats:
        """The solution for right-hand sides of shape (n, m); NaN where one that is NaN has any effect."""
        if self.jacobian.nnz == 0:
            return adj
        order, factor = self._factor
        unknown = np.isnan(adj)
        psi = np.empty_like(adj)
        psi[order] = factor.solve(np.where(unknown, 0.0, adj)[order])
        # the right-hand side is finite, so what is none has grown too large
        psi[np.isnan(psi)] = np.inf
        if unknown.any():
            touched = _reached_from(self.jacobian, unknown)
            psi[touched] = np.nan
        return psi


def _reached_from(jacobian: Any, unknown: Any) -> Any:
    """Where something unknown arrives by the entries of J^T, shape (n, m)."""
    onward = (jacobian.T != 0).tocsr().astype(np.float64)
    while True:
        more = unknown | (onward @ unknown.astype(np.float64) > 0)
        if np.array_equal(more, unknown):
            return unknown
        unknown = more
