"""Work of every node (theory section 3.3): units and requests alike, redo included.

Lambda = base + M^T Lambda, M[receiver, giver] = expected requests for one unit of the receiver's work.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.network import Floats, Network
from qualitychain.engine.order import components


def solve_work(network: Network, draws: Floats, base: Floats) -> Floats:
    """Work units of every node per started unit, shape (V,).

    Parameters
    ----------
    network : Network
    draws : array, shape (H,)
        Expected draws for one use of each pulled handoff.
    base : array, shape (V,)
        Visits of units, and draws of common causes, which are counted once a case.

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
    return work
