"""Work of every node (formulas: What is reported): units and requests alike, redo included.

Lambda = base + M^T Lambda, M[receiver, giver] = expected requests for one unit of the receiver's work.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.order import components
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.errors import AnalysisError

MOST_WORK = 1e200
"""Work per started unit beyond which products of it would no longer be numbers."""


class TooMuchWorkError(AnalysisError):
    """Units cause more work at these nodes than can be counted."""

    def __init__(self, nodes: Integers) -> None:
        self.nodes = nodes
        super().__init__(f"units cause more work than can be counted at nodes {', '.join(map(str, nodes[:6]))}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.nodes,)


def refuse_too_much(work: Floats) -> Floats:
    """The same work, shape (V,) or (V, m).

    Raises
    ------
    TooMuchWorkError
        Where it is beyond all counting.
    """
    told = np.abs(work) <= MOST_WORK
    if not told.all():
        raise TooMuchWorkError(np.flatnonzero(~told.reshape(len(told), -1).all(axis=1)))
    return work


def solve_work(network: Network, draws: Floats, base: Floats) -> Floats:
    """Work units of every node per started unit, shape (V,).

    Parameters
    ----------
    network : Network
    draws : array, shape (H,)
        Expected draws for one use of each pulled handoff.
    base : array, shape (V,)
        Visits of units, and draws of common causes, which are counted once a case.

    Raises
    ------
    TooMuchWorkError
        Where it is beyond all counting.

    Notes
    -----
    Pull circles with a spectral radius of 1 or more are refused before (``solve_pulls``), so I - M is an M-matrix.
    """
    used = (network.key < 0) & (network.uses > 0)
    weight = np.where(used, draws, 0.0) * network.uses
    if not used.any():
        return base
    shape = (network.nodes, network.nodes)
    pulls = csr_array((weight[used], (network.pulled.receiver[used], network.pulled.giver[used])), shape=shape)
    order = np.argsort(components(pulls), kind="stable")
    matrix = (identity(network.nodes, format="csr") - pulls)[order][:, order].T.tocsc()
    # topological order: triangular but for circles of needs, so the given order fills in nothing
    factor = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0)
    work = np.empty(network.nodes)
    work[order] = factor.solve(base[order])
    return refuse_too_much(work)
