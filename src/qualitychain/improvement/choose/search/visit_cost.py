"""The cost of quality as something counted along the way: what each visit of a department, and each handoff, costs.

Everything in the cost of quality but late deliveries is a count of the flow times a price, and the count is made where
the unit is: by the department's own handoffs and inputs. So it is one more column beside the counts at the customers,
and whatever bounds those bounds it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import splu

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.money.prices import prices_of
from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.moves import REJECTED, Terms
from qualitychain.engine.quality.request import rounds_at

PRICE_FIELDS = frozenset({"scrap_cost", "external_failure_cost"})
"""Fields of a handoff that are prices of what happens at it."""
WORK_FIELDS = frozenset({"work_cost", "cost_per_time", "cycle_time", "availability"})
"""Fields of a department that are prices of its work."""


@dataclass(frozen=True)
class VisitCost:
    """What happens costs this much, F flow handoffs, V nodes, in each of W scenarios of common causes."""

    tried: Floats
    """Per unit handed over, shape (F,)."""
    rejected: Floats
    """Per unit rejected, shape (F,)."""
    presented_bad: Floats
    """Per nonconforming unit presented to an external customer, shape (F,)."""
    visit: Floats
    """Work for one unit at a node and for all that it pulls, shape (W, V); draws of common causes are left out."""


def visit_cost(compiled: Compiled, spoilt: Floats, blind: Floats, draws: Floats) -> VisitCost:
    """The costs of a chain, from its pulled services in W scenarios.

    Parameters
    ----------
    compiled : Compiled
    spoilt, blind : array, shape (W, V)
        Chances that inputs of a node are bad, and that they blind its inspection.
    draws : array, shape (W, H)
        Expected draws for one use of each pulled handoff.
    """
    prices, network = prices_of(compiled), compiled.network
    pulled = network.pulled
    drawn, refused = np.nan_to_num(prices.drawn), np.nan_to_num(prices.refused)
    used = (network.key < 0) & (network.uses > 0)
    terms = Terms.of(pulled, replaced=True)
    visit = np.empty((len(spoilt), network.nodes))
    for w in range(len(spoilt)):
        # requests without end are refused with the whole chain
        many = np.where(used & np.isfinite(draws[w]), draws[w], 1.0)
        rejected = rounds_at(terms, spoilt[w][pulled.giver], blind[w][pulled.giver]).count(REJECTED)
        inspected = np.where(pulled.returned, many, 1.0)
        each = np.where(used, network.uses * (inspected * drawn + rejected * refused), 0.0)
        own = prices.of_work + np.bincount(pulled.receiver, each, network.nodes)
        visit[w] = _with_needs(network, np.where(used, network.uses, 0.0) * many, own)
    return VisitCost(
        tried=np.nan_to_num(prices.inspected),
        rejected=np.nan_to_num(prices.rejected),
        presented_bad=np.nan_to_num(prices.presented_bad),
        visit=visit,
    )


def _with_needs(network: Network, amount: Floats, own: Floats) -> Floats:
    """Cost of one unit of work at each node with all the work that it asks of others."""
    used = amount > 0
    if not used.any():
        return own
    shape = (network.nodes, network.nodes)
    asks = csr_array((amount[used], (network.pulled.receiver[used], network.pulled.giver[used])), shape=shape)
    solved = splu(csc_array(eye_array(network.nodes) - asks)).solve(own)
    return np.asarray(solved, dtype=np.float64)
