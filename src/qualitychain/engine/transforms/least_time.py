"""The least time in which a unit can come to each customer: a shortest way over the least times of the steps.

Only steps of positive probability count. A visit lasts at least as long as the slowest of the inputs that are needed
for sure, each from its quickest source; the redo of a request is a way through two states like that of a unit. What an
input did to the unit is not followed here, so the bound may be lower than the least time of conforming units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.engine.network.network import REWORK, SCRAP, Flags, Floats, Integers, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.request import Terms
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
    terms = Terms.of(pulled, np.arange(len(pulled)))
    redo = terms.redo > 0
    once = giver + _least(timing.pulled_inspection) + _least(timing.pulled_transport)
    blind = np.where(pulled.by_giver, pulls.blind[pulled.giver], 0.0)
    spoilt = pulls.spoilt[pulled.giver]
    bad, finds = spoilt + terms.defect - spoilt * terms.defect, terms.detect * (1.0 - blind)
    # a result that can come at all can come in the first round
    good_ends = np.where(redo, (bad < 1) & (terms.alarm < 1), (bad < 1) | ((finds > 0) & (terms.fix > 0)))
    bad_ends = (bad > 0) & np.where(redo, finds < 1, (finds < 1) | (terms.fix < 1))
    ends = ((outcome != 1) & good_ends) | ((outcome != 0) & bad_ends)
    return np.where(ends, once, np.inf)


def _ways(flow: Flow, timing: Timing, visit: Floats) -> Floats:
    """Least time over all ways of units through the states, shape (K, 2)."""
    network, f, o = flow.network, flow.network.flow, flow.odds
    onward, rejected_to, cleared = flow.routes
    check, way = _least(timing.flow_inspection), _least(timing.flow_transport)
    done = visit[f.giver] + check + way
    redo = (f.on_reject == REWORK) | (f.on_reject == SCRAP)
    again = np.where(redo & f.by_giver, visit[f.giver] + check, done)
    good = 2 * network.transient[f.giver]
    parts: list[tuple[Integers, Integers, Floats, Flags]] = [
        (good, onward, done, (o.keeps > 0) & (o.alarm < 1)),
        (good, rejected_to, again, (o.keeps > 0) & (o.alarm > 0)),
    ]
    for source, chance in ((good, o.spoils), (good + 1, o.stays_bad)):
        parts += [
            (source, onward + 1, done, (chance > 0) & (o.misses > 0)),
            (source, rejected_to, again, (chance > 0) & (o.finds > 0) & (cleared > 0)),
            (source, rejected_to + 1, again, (chance > 0) & (o.finds > 0) & (cleared < 1)),
        ]
    used = np.tile(f.share > 0, len(parts)) & np.concatenate([part[3] for part in parts])
    source, target, length = (np.concatenate([part[i] for part in parts])[used] for i in range(3))
    time = np.full(2 * flow.rows + flow.columns, np.inf)
    time[: 2 * flow.rows][flow.start > 0] = 0.0
    while True:
        before = time.copy()
        np.minimum.at(time, target.astype(np.int64), time[source.astype(np.int64)] + length)
        if np.array_equal(before, time):
            return time[2 * flow.rows : -2].reshape(-1, 2)
