"""The value of one unit of work at each node, with all requests that it leads to.

Formulas: What is reported (transposed).

Lambda = base + M^T Lambda counts work; (I - M) mu = c gives what one unit of it is worth, so that the sum of c Lambda
is the sum of base mu. One factorisation serves both.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.order import components
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.engine.quality.work import refuse_too_much


class Loads:
    """The equations of work of a network, given the expected draws of one use of each pulled handoff, shape (H,)."""

    weight: Floats
    requests: csr_array

    def __init__(self, network: Network, draws: Floats) -> None:
        self.network = network
        used = (network.key < 0) & (network.uses > 0)
        self.weight = np.where(used, draws, 0.0) * network.uses
        shape, kept = (network.nodes, network.nodes), self.weight > 0
        pulled = network.pulled
        self.requests = csr_array((self.weight[kept], (pulled.receiver[kept], pulled.giver[kept])), shape=shape)

    @cached_property
    def _factor(self) -> tuple[Integers, Any]:
        order = np.argsort(components(self.requests), kind="stable")
        matrix = (identity(self.network.nodes, format="csr") - self.requests)[order][:, order].T.tocsc()
        return order, splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0)

    def work(self, base: Floats) -> Floats:
        """Work of every node for the units of work ``base``, shape (V,) or (V, m)."""
        return self._solve(base, "N")

    def value(self, each: Floats) -> Floats:
        """What a unit of work is worth where each is worth ``each`` at its own node, shape (V,) or (V, m)."""
        return self._solve(each, "T")

    def _solve(self, right: Floats, how: str) -> Floats:
        if self.requests.nnz == 0:
            return right
        order, factor = self._factor
        answer = np.empty_like(right)
        answer[order] = factor.solve(right[order], how)
        return refuse_too_much(answer)
