"""What each external customer's deliveries take: their distributions and nothing else, for whoever needs no table.

Changed chains are asked this by the dozen, so nothing is made here that only a reader of ``lead_times`` sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.customer_distributions import distributions_of_customers, reasons_without
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.timing import timing_in
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, lead_time_moments
from qualitychain.engine.moments.parallel_moments import parallel_moments
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointDistributions, lead_time_distributions
from qualitychain.vocabulary.reason import Why

COARSE = 0.1
"""The largest tolerance, in probability."""
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Deliveries:
    """Lead times of deliveries, in the chain's time unit."""

    found: Mapping[str, CustomerLeadTime]
    """By customer."""
    reasons: Mapping[str, Why]
    """Why a customer has no distribution."""
    timing: Timing
    distributions: JointDistributions
    moments: LeadTimeMoments
    tolerance: float
    """How far probabilities may be off."""


def scenarios_of(study: Study) -> Scenarios:
    """The scenarios of common causes of a study's chain, for what is counted in each of them."""
    return Scenarios(study.compiled.network)


def deliveries_of(
    study: Study, *, tolerance: float = TOLERANCE, rigorous: bool = False, horizon: float | None = None
) -> Deliveries:
    """How long the deliveries of a study's chain take; customers behind too much work have a reason instead."""
    chain, compiled, solution = study.chain, study.compiled, study.solution
    timing, scenarios = study.ask(timing_in), study.ask(scenarios_of)
    reasons = reasons_without(compiled, scenarios, timing, solution.absorbed[:-2].reshape(-1, 2).sum(axis=1))
    promised = any(h.sla is not None and h.sla.lead_time is not None for h in chain.handoffs)
    asked = promised or len(reasons) < len(chain.customers)
    distributions = lead_time_distributions(
        compiled.network,
        timing,
        # without any distribution to report there is no need of a fine one
        tolerance=tolerance if asked else COARSE,
        rigorous=rigorous,
        horizon=horizon,
    )
    moments = lead_time_moments(scenarios, timing, parallel_moments(scenarios, timing, distributions))
    found = distributions_of_customers(
        compiled, scenarios, timing, distributions, moments=moments, tolerance=tolerance, without=reasons.keys()
    )
    return Deliveries(found, reasons, timing, distributions, moments, tolerance)


__all__ = ["COARSE", "TOLERANCE", "Deliveries", "deliveries_of", "scenarios_of"]
