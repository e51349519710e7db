"""Moments of what a visit waits for: requests through their rounds, and inputs in parallel.

Formulas: What is read off.

Time and quality of a request are dependent: a redone draw costs time and mends the result, and a use that happens costs
time and may spoil the unit. So every request has two moments (good, bad) and every visit four (see
``parallel_inputs``). They are exact where at most one use of a node takes any time; the greatest of several needs their
distributions, whose moments the transform method works out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.moments.moments import NOTHING, conditional, raw_moments_of, rounds, times
from qualitychain.engine.network.network import (
    ON_INSPECTION,
    ON_UNIT,
    Flags,
    Floats,
    Integers,
    Network,
    spans,
)
from qualitychain.engine.quality.moves import CLASSES, Terms, chances
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn
from qualitychain.engine.quality.request import gathered, round_of
from qualitychain.engine.quality.sweep import log_ok
from qualitychain.engine.queues.timing import Timing
from qualitychain.errors import AnalysisError

MOST_SWEEPS = 20_000
CLOSE = 1e-14
"""Relative change of a sweep around a circle of needs at which it has settled."""


@dataclass(frozen=True)
class Durations:
    """Moments of every single time of a network."""

    stay: Floats
    """Wait in the queue and own work, shape (V, 3)."""
    flow_transport: Floats
    flow_inspection: Floats
    pulled_transport: Floats
    pulled_inspection: Floats

    @classmethod
    def of(cls, timing: Timing) -> Durations:
        """The moments of the distributions."""
        return cls(
            times(raw_moments_of(timing.wait_distribution), raw_moments_of(timing.work_distribution)),
            raw_moments_of(timing.flow_transport),
            raw_moments_of(timing.flow_inspection),
            raw_moments_of(timing.pulled_transport),
            raw_moments_of(timing.pulled_inspection),
        )

    @classmethod
    def none(cls, network: Network) -> Durations:
        """Nothing takes any time."""
        nodes, flow, pulled = (
            np.tile(NOTHING, (n, 1)) for n in (network.nodes, len(network.flow), len(network.pulled))
        )
        return cls(nodes, flow, flow, pulled, pulled)


def timed_uses(network: Network, durations: Durations) -> tuple[Flags, Integers]:
    """Groups of inputs that can take any time, shape (G,), and how many such uses a visit can make, shape (V,)."""
    pulled = network.pulled
    own = (durations.pulled_transport[:, 1] > 0) | (durations.pulled_inspection[:, 1] > 0)
    slow = durations.stay[:, 1] > 0
    used = network.uses > 0
    while True:
        takes = used & (own | slow[pulled.giver])
        grown = slow.copy()
        grown[pulled.receiver[takes]] = True
        if np.array_equal(grown, slow):
            break
        slow = grown
    groups = np.zeros(len(network.whole), dtype=bool)
    groups[network.group[takes]] = True
    many = np.where(groups, network.whole + (network.part > 0), 0.0)
    count = np.bincount(network.group_receiver, weights=many, minlength=network.nodes)
    return groups, np.minimum(count, 2**31).astype(np.int64)


def several_at_once(network: Network, timing: Timing) -> Integers:
    """Nodes whose visits can wait for several inputs at once, so that their moments need the transform method."""
    _, count = timed_uses(network, Durations.of(timing))
    return np.flatnonzero(count > 1).astype(np.int64)


def visit_moments(
    network: Network, pulls: Pulls, durations: Durations, outcome: Floats, known: Mapping[int, Floats]
) -> tuple[Floats, Floats]:
    """Moments of the inputs of every visit by class, shape (V, 4, 3), and of every request by result, shape (H, 2, 3).

    Parameters
    ----------
    outcome : array, shape (H,)
        Results of common causes held fixed, NaN for a handoff that is drawn at each use.
    known : mapping of node to array, shape (4, 3)
        Moments of nodes that wait for several inputs at once, from their distributions. Those without are NaN, and so
        is what depends on them.

    Raises
    ------
    AnalysisError
        When departments in a circle of needs ask each other so often that their times do not settle.
    """
    timed, count = timed_uses(network, durations)
    visits = class_masses(pulls)
    for node in np.flatnonzero(count > 1).tolist():
        # of the moments found on a time grid only what they say of the time is taken: the masses are known exactly
        visits[node] = visits[node, :, :1] * conditional(known[node]) if node in known else np.nan
    requests = np.zeros((len(network.pulled), 2, 3))
    used = np.where(np.isnan(outcome), pulls.bad, outcome)
    for nodes, circular in ready_in_turn(network):
        groups = spans(network.node_slices[nodes], network.node_slices[nodes + 1])
        rows = spans(network.group_slices[groups], network.group_slices[groups + 1])
        waiting = nodes[(count[nodes] == 1)]
        for _ in range(MOST_SWEEPS):
            before = visits[waiting]
            requests[rows] = _requests(network, rows, visits, durations, outcome)
            for node in waiting.tolist():
                visits[node] = _inputs(network, node, requests, timed, used)
            if not circular or _settled(before, visits[waiting]):
                break
        else:
            raise AnalysisError(
                "departments in a circle of needs ask each other so nearly once per request that their times cannot "
                "be worked out; lower per_unit between them"
            )
    return visits, requests


def class_masses(pulls: Pulls) -> Floats:
    """Moments of inputs that take no time, by class, shape (V, 4, 3)."""
    return np.asarray(pulls.classes[..., None] * NOTHING)


def _settled(before: Floats, after: Floats) -> bool:
    unknown = np.isnan(before) | np.isnan(after)
    return bool(np.all(unknown | (np.abs(after - before) <= CLOSE * np.abs(after))))


def _requests(network: Network, rows: Integers, visits: Floats, durations: Durations, outcome: Floats) -> Floats:
    """Moments (good, bad) of one request through each pulled handoff, all its rounds included, shape (n, 2, 3)."""
    terms, giver = Terms.of(network.pulled, rows, replaced=True), network.pulled.giver[rows]
    inspected = durations.pulled_inspection[rows]
    after = np.where(terms.carried[..., None], times(inspected, durations.pulled_transport[rows]), inspected)
    stay = times(visits[giver], durations.stay[giver][:, None, :])
    moves = list(times(chances(terms.wide(), list(np.moveaxis(stay, 1, 0))), after))
    one = round_of(moves, times, lambda again, *_: rounds(again))
    every = rounds(one.back)
    result = np.stack(
        [
            np.where(terms.returned[:, None], times(every, redrawn), gathered(moves, begins=0, ends=ends))
            for ends, redrawn in enumerate((one.good, one.bad))
        ],
        axis=1,
    )
    fixed = outcome[rows]
    drawn = np.isnan(fixed)[:, None]
    # a common cause has its result; the wait for it is that of a request with this result, anew for each use
    result[:, 0] = np.where(drawn, result[:, 0], np.where(fixed[:, None] == 0, conditional(result[:, 0]), 0.0))
    result[:, 1] = np.where(drawn, result[:, 1], np.where(fixed[:, None] == 1, conditional(result[:, 1]), 0.0))
    return np.asarray(result)


def _inputs(network: Network, node: int, requests: Floats, timed: Flags, bad_use: Floats) -> Floats:
    """Moments of the inputs of a visit by class, shape (4, 3), where one use at most takes any time."""
    classes = np.zeros((2, 2, 3))
    classes[0, 0] = NOTHING
    for group in range(network.node_slices[node], network.node_slices[node + 1]):
        rows = slice(network.group_slices[group], network.group_slices[group + 1])
        share, whole, part = network.pulled.share[rows], network.whole[group], network.part[group]
        good, bad = np.zeros(3), np.zeros(3)
        if timed[group]:
            chance = whole + part
            good, bad = chance * (share @ requests[rows, 0]), chance * (share @ requests[rows, 1])
            good[0] += 1.0 - chance
        else:
            log = log_ok(np.array([whole]), np.array([part]), np.array([share @ bad_use[rows]]))[0]
            good[0], bad[0] = np.exp(log), -np.expm1(log)
        classes = _with_group(classes, good, bad, int(network.affects[group]))
    return np.asarray(classes.reshape(CLASSES, 3))


def _with_group(classes: Floats, good: Floats, bad: Floats, affects: int) -> Floats:
    """Classes [unit spoilt][inspection blind] with one group of inputs more."""
    if affects not in (ON_UNIT, ON_INSPECTION):
        return times(classes, good + bad)
    fine, spoilt = times(classes, good), times(classes, bad)
    if affects == ON_UNIT:
        fine[1] += spoilt.sum(axis=0)
    else:
        fine[:, 1] += spoilt.sum(axis=1)
    return fine
