"""The best projects of a chain for each objective that its figures allow, and which of them are worked out unasked."""

from __future__ import annotations

import math

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.cost_of_quality import CostOfQuality
from qualitychain.analysis.time.kept_promises import needs_times
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.choose.choice.improve import improved
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.model.chain.chain import Chain
from qualitychain.reporting.compute.budget import choice_cost

RATE, REVENUE, COST = "accepted_defect_rate", "revenue_at_risk", "cost_of_quality"
MOST_CHOICES = 10_000.0
"""Most that the choices for one objective may cost, in about a thousandth of a second."""


def objectives_of(chain: Chain, cost: CostOfQuality) -> tuple[str, ...]:
    """Objectives for which the chain gives the figures."""
    if not chain.projects:
        return ()
    priced = all(None not in (c.volume, c.value, c.churn_if_dissatisfied) for c in chain.customers)
    return (RATE, *([REVENUE] if priced else []), *([COST] if not math.isnan(cost.total) else []))


def choose_unasked(study: Study, objective: str) -> Improvement | None:
    """The best projects for an objective, without the frontier where that would take long; None where all would."""
    chain = study.chain
    timed = needs_times(chain) and (objective == REVENUE or (objective == COST and _late_costs(chain)))
    for frontier in (True, False):
        if choice_cost(chain, timed=timed, frontier=frontier) <= MOST_CHOICES:
            budgets = None if frontier else ()
            return improved(study, objective=objective, budgets=budgets)
    return None


def _late_costs(chain: Chain) -> bool:
    return any(c.late_cost is not None and c.promise is not None for c in chain.customers)


def choices(
    study: Study, cost: CostOfQuality, *, unasked: bool
) -> tuple[dict[str, Improvement], dict[str, str], tuple[str, ...]]:
    """Choices by objective, why there are none for others, and objectives that are left out.

    Parameters
    ----------
    study : Study
    cost : CostOfQuality
        Of this chain.
    unasked : bool
        Whether what would take long is left out.
    """
    found: dict[str, Improvement] = {}
    refused: dict[str, str] = {}
    left_out = []
    for objective in objectives_of(study.chain, cost):
        try:
            made = choose_unasked(study, objective) if unasked else improved(study, objective=objective)
        except (AnalysisError, ChainError) as error:
            refused[objective] = str(error)
            continue
        if made is None:
            left_out.append(objective)
        else:
            found[objective] = made
    return found, refused, tuple(left_out)
