"""What each external customer's deliveries take: their distributions and nothing else, for whoever needs no table.

Changed chains are asked this by the dozen, so nothing is made here that only a reader of ``lead_times`` sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.customer_distributions import distributions_of_customers, reasons_without
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.lead_time_words import accuracy_of_all, assumptions_of, method_of
from qualitychain.analysis.time.timing import timing_in
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, lead_time_moments
from qualitychain.engine.moments.parallel_moments import parallel_moments
from qualitychain.engine.moments.time_moments import several_at_once
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


@dataclass(frozen=True)
class Said:
    """How lead times were computed and how accurate they are, in words."""

    exact: bool
    exact_means: bool
    """Whether means are exact, given the inputs: a Jackson network, or no queue at all."""
    method: str
    accuracy: str
    assumptions: tuple[str, ...]


def said_of(
    study: Study, *, tolerance: float = TOLERANCE, rigorous: bool = False, horizon: float | None = None
) -> Said:
    """What there is to say of the deliveries asked for in the same way."""
    of = study.ask(deliveries_of, tolerance=tolerance, rigorous=rigorous, horizon=horizon)
    timing = of.timing
    queues = any(distribution.mean > 0 for distribution in timing.wait_distribution)
    numeric = len(several_at_once(study.compiled.network, timing)) > 0
    points = of.distributions.exact_points and not queues
    return Said(
        exact=points,
        exact_means=bool((timing.stations.exact or not queues) and (not numeric or points)),
        method=method_of(of.distributions, queues=queues, numeric=numeric),
        accuracy=accuracy_of_all(timing, queues=queues, together=numeric),
        assumptions=tuple(assumptions_of(study.compiled, timing, queues=queues)),
    )


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


__all__ = ["COARSE", "TOLERANCE", "Deliveries", "Said", "deliveries_of", "said_of", "scenarios_of"]
