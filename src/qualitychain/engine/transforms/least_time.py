"""The least time in which a unit can come to each customer: a shortest way over the least times of the steps.

Only steps of positive probability count. A visit lasts at least as long as the slowest of the inputs that are needed
for sure, each from its quickest source; the redo of a request is a way through two states like that of a unit. What an
input did to the unit is not followed here, so the bound may be lower than the least time of conforming units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import BEGINS, ENDS, Terms, chances
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing

if TYPE_CHECKING:
    from qualitychain.engine.distributions.named import Distribution


def least_times(scenarios: Scenarios, timing: Timing) -> Floats:
    """Least lead time of conforming and of nonconforming units to each customer, shape (K, 2); inf where none comes."""
    network = scenarios.network
    least = np.full((len(network.customers), 2), np.inf)
    stay = _least(timing.wait_distribution) + _least(timing.work_distribution)
    for scenario in scenarios:
        visit = _visits(network, scenario.pulls, timing, stay, scenario.outcome)
        least = np.minimum(least, _ways(scenario.flow, timing, visit))
    return least


def _least(distributions: Sequence[Distribution]) -> Floats:
    return np.array([distribution.least for distribution in distributions], dtype=np.float64)


def _visits(network: Network, pulls: Pulls, timing: Timing, stay: Floats, outcome: Floats) -> Floats:
    """Least time from arrival to the end of the work at each node, shape (V,)."""
    pulled, sure = network.pulled, network.whole >= 1
    visit = np.full(network.nodes, np.inf)
    while True:
        requests = _requests(network, pulls, timing, visit[pulled.giver], outcome)
        quickest = np.full(len(network.whole), np.inf)
        np.minimum.at(quickest, network.group, np.where(pulled.share > 0, requests, np.inf))
        inputs = np.zeros(network.nodes)
        np.maximum.at(inputs, network.group_receiver[sure], quickest[sure])
        # from "never" downwards: after n rounds these are the ways with inputs of inputs n deep
        better = inputs + stay
        if np.array_equal(better, visit):
            return visit
        visit = better


def _requests(network: Network, pulls: Pulls, timing: Timing, giver: Floats, outcome: Floats) -> Floats:
    """Least time of one request through each pulled handoff with the result that it can have, shape (H,)."""
    pulled = network.pulled
    terms = Terms.of(pulled, replaced=True)
    once = giver + _least(timing.pulled_inspection) + _least(timing.pulled_transport)
    # a result that can come at all can come in the first round
    first = (chances(terms, list(pulls.classes[pulled.giver].T)) > 0) & (BEGINS == 0) & terms.handed_on
    good_ends, bad_ends = (first & (ENDS == 0)).any(axis=0), (first & (ENDS == 1)).any(axis=0)
    ends = ((outcome != 1) & good_ends) | ((outcome != 0) & bad_ends)
    return np.where(ends, once, np.inf)


def _ways(flow: Flow, timing: Timing, visit: Floats) -> Floats:
    """Least time over all ways of units through the states, shape (K, 2)."""
    check, way = _least(timing.flow_inspection), _least(timing.flow_transport)
    used = flow.chances > 0
    length = (visit[flow.network.flow.giver] + check + np.where(flow.terms.carried, way, 0.0))[used]
    source, target = flow.source[used], flow.target[used]
    time = np.full(2 * flow.rows + flow.columns, np.inf)
    time[: 2 * flow.rows][flow.start > 0] = 0.0
    while True:
        before = time.copy()
        np.minimum.at(time, target, time[source] + length)
        if np.array_equal(before, time):
            return time[2 * flow.rows : -2].reshape(-1, 2)
