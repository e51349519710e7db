"""Which parts of an analysis are worked out unasked: decided by what they cost, from the chain alone.

Cost is counted and not measured, so that the same chain always gives the same report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qualitychain.model.chain import Chain
from qualitychain.model.handoff import defect_rate_of

MOST_WORK = 1_000_000
"""Removal effects solve the chain again for each pulled handoff that makes defects: most solutions times handoffs."""
FLOW_SHARE = 50
"""A flow handoff's removal effect costs about this part of a solution (measured on lines of 1,000 to 5,000)."""
MOST_TIME = 30_000.0
"""Most that all time parts of one report may cost, in about a thousandth of a second."""
LAW, LEAST_LAW, PER_REQUEST = 2.2, 200, 15
"""Lead times cost so much for each department and handoff, for so many at least; a request counts as so many."""
PRICE, LEAST_PRICE, PRICES = 0.5, 100, 30
"""The price of one department's queue costs so much for a chain of so many at least; most departments priced."""
SEVERAL_REMEDIES, MOST_DEPARTMENTS, MOST_PROMISES = 6, 10, 12
"""Chains analysed anew for one department above the target; most departments, and most broken promises, looked at."""


def effects_affordable(chain: Chain) -> bool:
    """Whether the removal effects of a chain take seconds rather than hours."""
    causes = _causes(chain)
    defective = [h for h in chain.handoffs if defect_rate_of(h) > 0]
    # flow handoffs share one factorisation, unless common causes make worlds of the chain
    again = len(defective) if causes else sum(h.pulled for h in defective)
    # each common cause doubles the worlds of every solution; a small chain costs as much as one of 200
    solutions = again * (1 << min(causes, 60)) * max(len(chain.handoffs), 200)
    return solutions + len(defective) * len(chain.handoffs) // FLOW_SHARE <= MOST_WORK


@dataclass(frozen=True)
class TimeParts:
    """Which time parts of an analysis take seconds rather than minutes; each is part of the ones after it."""

    lead_times: bool
    value_stream: bool
    waiting: bool
    service: bool
    remedies: bool


def time_parts(chain: Chain, *, above: int) -> TimeParts:
    """The time parts of a chain that are worked out unasked, the cheapest answers first.

    Parameters
    ----------
    chain : Chain
    above : int
        Departments above the target utilization, which want remedies.
    """
    costs = _costs(chain, above)
    spent, given = 0.0, dict.fromkeys(costs, False)
    for part, cost in costs.items():
        if spent + cost <= MOST_TIME:
            spent += cost
            given[part] = True
    return TimeParts(**given)


def _costs(chain: Chain, above: int) -> Mapping[str, float]:
    pulled = sum(h.pulled for h in chain.handoffs)
    size = len(chain.departments) + len(chain.handoffs)
    worlds = float(1 << min(_causes(chain), 60))
    law = LAW * worlds * max(LEAST_LAW, size + PER_REQUEST * pulled)
    price = PRICE * worlds * max(LEAST_PRICE, size / 10 + PER_REQUEST * pulled)
    promised = min(MOST_PROMISES, sum(h.sla is not None for h in chain.handoffs))
    return {
        "lead_times": law,
        "value_stream": law if pulled else 0.0,
        "waiting": price * (1 + min(PRICES, len(chain.departments))),
        "service": law * (1 + promised) if promised else 0.0,
        "remedies": law * (1 + SEVERAL_REMEDIES * min(MOST_DEPARTMENTS, above)) if above else 0.0,
    }


def _causes(chain: Chain) -> int:
    return len({(h.supplier, h.item) for h in chain.handoffs if h.common_cause})
