"""From what the engine computes to the distribution of each customer's lead time, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.distribution import LeadTimeDistribution
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, touched_customers, with_needs
from qualitychain.engine.moments.rework_passes import rework_passes
from qualitychain.engine.network.network import Floats, Integers
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.least_time import least_times
from qualitychain.engine.transforms.transform import Curves, JointDistributions, OwnTime
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.vocabulary.reason import Reason, Why

MOST_TOLD_APART = 50
"""Departments without a time for each of which is found out which customers it concerns."""
ROUNDING = 1e-7
"""A standard deviation below this part of the mean is what rounding leaves of none."""


def distributions_of_customers(
    compiled: Compiled,
    scenarios: Scenarios,
    timing: Timing,
    distributions: JointDistributions,
    *,
    moments: LeadTimeMoments,
    tolerance: float,
    without: Collection[str],
) -> dict[str, CustomerLeadTime]:
    """The distributions of the customers, but for those ``without`` one."""
    clock, least = compiled.chain.clock, least_times(scenarios, timing)
    passes = rework_passes(scenarios).delivered
    found: dict[str, CustomerLeadTime] = {}
    for k, customer in enumerate(compiled.chain.customers):
        if customer.name in without:
            continue
        good = Curves(distributions.conforming.atoms[k], distributions.conforming.smooth[k])
        bad = Curves(distributions.nonconforming.atoms[k], distributions.nonconforming.smooth[k])
        both = Curves(good.atoms + bad.atoms, good.smooth + bad.smooth)
        raw_moments, whole = moments.delivered[k], float(distributions.delivered[k].sum())
        promise = math.nan if customer.promise is None else in_units(customer.promise, clock)
        bounds = None
        if distributions.lower is not None and distributions.upper is not None:
            bounds = (
                distributions.bracket_step,
                distributions.lower[k].sum(axis=0) / whole,
                distributions.upper[k].sum(axis=0) / whole,
            )
        found[customer.name] = CustomerLeadTime(
            customer=customer.name,
            conforming=float(distributions.delivered[k, 0] / whole),
            promise=promise,
            promise_tolerance=in_units(customer.tolerance, clock),
            accuracy=0.0 if sd_of_moments(raw_moments) == 0 else float(distributions.accuracy[k]),
            distributions=(
                _lead_time_distribution(
                    distributions.step, both, raw_moments.sum(axis=0), float(least[k].min()), tolerance
                ),
                _lead_time_distribution(distributions.step, good, raw_moments[0], float(least[k, 0]), tolerance),
                _lead_time_distribution(distributions.step, bad, raw_moments[1], float(least[k, 1]), tolerance),
            ),
            delivered_after=passes[k],
            brackets=bounds,
        )
    return found


def sd_of_moments(raw_moments: Floats) -> float:
    """Standard deviation of a time by its mass and moments (rows are added); 0 but for rounding is 0."""
    mass, first, second = (float(v) for v in np.reshape(raw_moments, (-1, 3)).sum(axis=0))
    if not mass > 0:
        return math.nan
    mean = first / mass
    sd = math.sqrt(max(0.0, second / mass - mean**2)) if not math.isnan(second) else math.nan
    return 0.0 if sd <= ROUNDING * mean else sd


def _lead_time_distribution(
    step: float, curves: Curves, raw_moments: Floats, least: float, tolerance: float
) -> LeadTimeDistribution:
    """The distribution of a time from its joint distribution function and moments; without any mass there is none."""
    mass, first, _ = (float(v) for v in raw_moments)
    if not mass > 0:
        return LeadTimeDistribution(math.nan, math.nan, math.inf, step, np.zeros(1), np.zeros(1), tolerance)
    mean, sd = first / mass, sd_of_moments(raw_moments)
    if mean > 0 and sd == 0:
        # always the same time: one jump, wherever the time grid lies
        return LeadTimeDistribution(mean, 0.0, mean, mean, np.array([0.0, 1.0]), np.zeros(2), tolerance)
    # jumps come out of a transform with its rounding, and none is negative
    atoms, smooth = (np.maximum.accumulate(part) / mass for part in (curves.atoms, curves.smooth))
    return LeadTimeDistribution(mean, sd, least, step, atoms, smooth, tolerance)


def own_time_distribution(own: OwnTime, tolerance: float) -> LeadTimeDistribution:
    """The distribution of a handoff's own time; its moments are not asked for."""
    return LeadTimeDistribution(math.nan, math.nan, 0.0, own.step, own.curves.atoms[0], own.curves.smooth[0], tolerance)


def reasons_without(compiled: Compiled, scenarios: Scenarios, timing: Timing, delivered: Floats) -> dict[str, Why]:
    """Why customers have no lead time; ``delivered`` units per started unit, shape (K,)."""
    reasons: dict[str, Why] = {}
    customers = compiled.chain.customers
    overloaded = np.flatnonzero(timing.stations.overloaded).astype(np.int64)
    for nodes, reason, said in (
        # first: without limit it is however long the others take
        (overloaded, Reason.OVERLOADED, "{} cannot keep up, so its queue grows for ever"),
        (timing.missing_nodes, Reason.NO_CYCLE_TIME, "no cycle time is given for {}"),
    ):
        for k, names in _concerned(compiled, scenarios, nodes).items():
            listed = ", ".join(f"'{n}'" for n in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            reasons.setdefault(customers[k].name, Why(reason, said.format(listed)))
    for k, customer in enumerate(customers):
        if not delivered[k] > 0:
            reasons[customer.name] = NOTHING_DELIVERED
    return reasons


def _concerned(compiled: Compiled, scenarios: Scenarios, nodes: Integers) -> dict[int, list[str]]:
    """Customers whose units can come to some of the nodes or of those that ask them for inputs; the nodes' names."""
    if not len(nodes):
        return {}
    network = compiled.network

    def touched(some: Integers) -> Integers:
        needing, found = with_needs(network, some), np.zeros(len(network.customers), dtype=bool)
        for scenario in scenarios:
            found |= touched_customers(scenario.flow, needing)
        return np.flatnonzero(found).astype(np.int64)

    whole = {k: [compiled.nodes[n] for n in nodes] for k in touched(nodes).tolist()}
    if len(nodes) > MOST_TOLD_APART:
        return whole
    apart: dict[int, list[str]] = {}
    for node in nodes:
        for k in touched(np.array([node])).tolist():
            apart.setdefault(k, []).append(compiled.nodes[node])
    return apart
