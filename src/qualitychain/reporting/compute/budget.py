"""Which parts of an analysis are worked out unasked: decided by what they cost, from the chain alone.

Cost is counted and not measured, so that the same chain always gives the same report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qualitychain.analysis.causes.root_causes import MOST_SOLVED_AGAIN
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import defect_rate_of, transit_rate_of

MOST_WORK = 1_000_000
"""Removal effects solve the chain again for each pulled handoff that makes defects: most solutions times handoffs."""
FLOW_SHARE = 50
"""A flow handoff's removal effect costs about this part of a solution (measured on lines of 1,000 to 5,000)."""
MOST_TIME = 30_000.0
"""Most that all time parts of one report may cost, in about a thousandth of a second."""
DISTRIBUTION, LEAST_DISTRIBUTION, PER_REQUEST = 2.2, 200, 15
"""Lead times cost so much for each department and handoff, for so many at least; a request counts as so many."""
PRICE, LEAST_PRICE, PRICES = 0.5, 100, 30
"""The price of one department's queue costs so much for a chain of so many at least; most departments priced."""
MOST_DELAYS, FEWEST_DELAYED = 8_000.0, 3
"""Most that delaying handoffs may cost, each about as much as the lead times; fewer handoffs than so tell nothing."""
ADEQUACY, MOST_ADEQUACY = 12, 12_000.0
"""Lead times that splitting one requirement on time takes, and the most that all of it may cost."""
LOOK = 0.15
"""A look at a choice takes about this part of all lead times: those of the customers alone."""
CHOICE, EASY, FRONTIER = 35.0, 12.0, 5.0
"""Choosing costs so much for each project, more for each from so many; and so many times that with the frontier."""
MOST_CHOICES = 10_000.0
"""Most that the choices for one objective may cost, in about a thousandth of a second."""
MOST_SENTENCES = 200_000
"""Most customers times handoffs in a table that says a sentence about each."""
SEVERAL_REMEDIES, MOST_DEPARTMENTS, MOST_PROMISES = 6, 10, 12
"""Chains analysed anew for one department above the target; most departments, and most broken promises, looked at."""


def effects_affordable(chain: Chain) -> bool:
    """Whether the removal effects of a chain take seconds rather than hours."""
    return _removals(chain, len(chain.handoffs)) <= MOST_WORK


def causes_affordable(chain: Chain) -> bool:
    """Whether the root causes take seconds, with the removal effects that are worked out beside them."""
    return _removals(chain, MOST_SOLVED_AGAIN) <= MOST_WORK


def slopes_affordable(chain: Chain, customers: int) -> bool:
    """Whether the gradients of so many customers take seconds."""
    solutions = (customers + 2) * _scenarios(chain) * max(len(chain.handoffs), 200)
    return solutions <= MOST_WORK and customers * len(chain.handoffs) <= MOST_SENTENCES


def delayed_handoffs(chain: Chain) -> int:
    """For how many handoffs it is worked out unasked what a delay does; 0 for none."""
    each = _distribution(chain)
    some = int(MOST_DELAYS // each)
    return some if some >= min(FEWEST_DELAYED, len(chain.handoffs)) else 0


def sla_adequacy_affordable(chain: Chain) -> bool:
    """Whether splitting the requirements into promises takes seconds."""
    timed = sum(r.customer is not None and r.measure in ("lead_time", "on_time") for r in chain.requirements)
    asked = sum(r.customer is not None for r in chain.requirements)
    return timed * ADEQUACY * _distribution(chain) <= MOST_ADEQUACY and slopes_affordable(chain, asked)


def choice_cost(chain: Chain, *, timed: bool, frontier: bool) -> float:
    """What choosing among the projects of a chain may cost; ``timed`` where each look at a choice needs lead times."""
    count = len(chain.projects)
    if timed:
        cost = LOOK * _distribution(chain) * 2.0 ** min(count - 1, 60)
    else:
        solution = _scenarios(chain) * max(len(chain.handoffs), 200) / 200
        cost = CHOICE * solution * count * (1.0 + (count / EASY) ** 2)
    return cost * (FRONTIER if frontier else 1.0)


def _removals(chain: Chain, most: int) -> int:
    """Cost of the removal effects, where at most so many are worked out by solving the chain again."""
    defective = [h for h in chain.handoffs if defect_rate_of(h) > 0 or transit_rate_of(h) > 0]
    # flow handoffs share one factorisation, unless common causes make scenarios of the chain
    again = len(defective) if _causes(chain) else sum(h.pulled for h in defective)
    # each common cause doubles the scenarios of every solution; a small chain costs as much as one of 200
    solutions = min(again, most) * _scenarios(chain) * max(len(chain.handoffs), 200)
    return solutions + len(defective) * len(chain.handoffs) // FLOW_SHARE


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
    scenarios = float(_scenarios(chain))
    distribution = _distribution(chain)
    price = PRICE * scenarios * max(LEAST_PRICE, size / 10 + PER_REQUEST * pulled)
    promised = min(MOST_PROMISES, sum(h.sla is not None for h in chain.handoffs))
    return {
        "lead_times": distribution,
        "value_stream": distribution if pulled else 0.0,
        "waiting": price * (1 + min(PRICES, len(chain.departments))),
        "service": distribution * (1 + promised) if promised else 0.0,
        "remedies": distribution * (1 + SEVERAL_REMEDIES * min(MOST_DEPARTMENTS, above)) if above else 0.0,
    }


def _distribution(chain: Chain) -> float:
    """Cost of the lead times."""
    pulled = sum(h.pulled for h in chain.handoffs)
    size = len(chain.departments) + len(chain.handoffs)
    return DISTRIBUTION * _scenarios(chain) * max(LEAST_DISTRIBUTION, size + PER_REQUEST * pulled)


def _scenarios(chain: Chain) -> int:
    """Solutions that each solution takes: every common cause doubles them."""
    return 1 << min(_causes(chain), 60)


def _causes(chain: Chain) -> int:
    return len({(h.supplier, h.item) for h in chain.handoffs if h.common_cause})
