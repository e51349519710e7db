"""How often a delivered unit was sent back for rework (formulas: Moments).

Split the moves into those of rework, Q1, and all others, Q0. With G = (I - Q0)^{-1} and R the moves to the customers,
the units delivered after n passes are (G Q1)^n G R. Rework re-enters few states, so one solve for a start in each of
them gives a small matrix from re-entry to re-entry, and each further pass is a product with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.linear.solve import TransientSystem
from qualitychain.engine.moments.flow_moments import timed_moves
from qualitychain.engine.moments.time_moments import Durations, class_masses
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.scenario_by_scenario import Scenarios

TAIL = 1e-12
"""Units per started unit that may be left out."""
MOST_PASSES = 100_000


@dataclass(frozen=True)
class ReworkPasses:
    """Rework passes of delivered units."""

    delivered: Floats
    """Units delivered to each customer after 0, 1, 2, ... passes, per started unit, shape (K, passes)."""
    left_out: float
    """Units per started unit that are delivered after more passes than listed."""


def rework_passes(scenarios: Scenarios) -> ReworkPasses:
    """The distribution of the number of rework passes, until fewer than 1e-12 of the started units are left.

    Raises
    ------
    AnalysisError
        When units circulate for ever in a scenario of common causes.
    """
    total, left_out = np.zeros((len(scenarios.network.customers), 1)), 0.0
    for scenario in scenarios:
        found, tail = _one_scenario(scenario.flow, class_masses(scenario.pulls))
        longer = max(total.shape[1], found.shape[1])
        total = _padded(total, longer) + scenario.chance * _padded(found, longer)
        left_out += scenario.chance * tail
    return ReworkPasses(total, left_out)


def _padded(table: Floats, length: int) -> Floats:
    return np.pad(table, ((0, 0), (0, length - table.shape[1])))


def _one_scenario(flow: Flow, visits: Floats) -> tuple[Floats, float]:
    moves = timed_moves(flow, visits, Durations.none(flow.network))
    n, size = 2 * flow.rows, len(flow.reached)
    place = np.full(n, -1, dtype=np.int64)
    place[flow.reached] = np.arange(size)
    source, chance = place[moves.source], moves.raw_moments[:, 0]
    inner = moves.target < n
    entries, entry = np.unique(moves.target[moves.rework], return_inverse=True)
    plain = inner & ~moves.rework
    rows, columns = source[plain], place[moves.target[plain]]
    system = TransientSystem(csr_array((chance[plain], (rows, columns)), shape=(size, size)))
    begin = np.zeros((size, 1 + len(entries)))
    begin[:, 0] = flow.start[flow.reached]
    begin[place[entries], 1 + np.arange(len(entries))] = 1.0
    visited = system.visits(begin)
    customer = (moves.target[~inner] - n) // 2
    count = len(flow.network.customers)
    kept = customer < count
    out = csr_array((chance[~inner][kept], (customer[kept], source[~inner][kept])), shape=(count, size))
    back = csr_array((chance[moves.rework], (entry, source[moves.rework])), shape=(len(entries), size))
    delivered, returned = np.asarray(out @ visited), np.asarray(back @ visited)
    result, waiting = [delivered[:, 0]], returned[:, 0]
    # what is still in rework bounds what can still be delivered
    while len(result) < MOST_PASSES and waiting.sum() > TAIL:
        result.append(delivered[:, 1:] @ waiting)
        waiting = returned[:, 1:] @ waiting
    return np.array(result).T, float(waiting.sum())
