"""Moments of lead times, from the starts to every customer (formulas: What is read off).

One may solve backwards, once per target. Here the visits of the states carry the moments forwards: with x the
expected visits, x1 and x2 the same weighted with the time so far and its square, and K1, K2 the kernels' moments,

    x1 = (I - P^T)^{-1} K1^T x,    x2 = (I - P^T)^{-1} (K2^T x + 2 K1^T x1),

three solves for all customers together; the absorbed moments follow by one more step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from qualitychain.engine.moments.moments import times
from qualitychain.engine.moments.time_moments import Durations, several_at_once, visit_moments
from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import REJECTED
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing


@dataclass(frozen=True)
class TimedMoves:
    """Moves of units between states, absorbing ones after the transient ones: M moves."""

    source: Integers
    target: Integers
    raw_moments: Floats
    """Chance, and the same weighted with the time of the move and its square, shape (M, 3)."""
    rework: Flags
    """Whether the move is a pass of rework."""
    handoff: Integers
    carried: Flags
    """Whether the unit is transported to the receiver's door; what the giver's own inspection keeps back is not."""


def timed_moves(flow: Flow, visits: Floats, durations: Durations) -> TimedMoves:
    """The moves of units with their times; ``visits`` are the moments of inputs by class, (V, 4, 3)."""
    f, terms = flow.network.flow, flow.terms
    carried = times(durations.flow_inspection, durations.flow_transport)
    after = np.where(terms.carried[..., None], carried, durations.flow_inspection)
    raw_moments = times(flow.moves(times(visits, durations.stay[:, None, :])), after)
    reached = np.zeros(2 * flow.rows + flow.columns, dtype=bool)
    reached[flow.reached], reached[2 * flow.rows :] = True, True
    kept = (raw_moments[..., 0] > 0) & reached[flow.source] & reached[flow.target]
    move, handoff = np.nonzero(kept)
    back = REJECTED[move, 0] & f.reworked[handoff]
    return TimedMoves(flow.source[kept], flow.target[kept], raw_moments[kept], back, handoff, terms.carried[kept])


@dataclass(frozen=True)
class LeadTimeMoments:
    """Moments of all lead times; K customers, V nodes, F flow and H pulled handoffs. NaN where not known."""

    delivered: Floats
    """Moments of (lead time, conforming) and (lead time, nonconforming) per started unit, shape (K, 2, 3)."""
    rework_passes: Floats
    """Mean number of rework passes of a delivered unit, shape (K,); NaN where nothing is delivered."""
    inputs: Floats
    """Mean wait of a visit for its inputs, shape (V,)."""
    requests: Floats
    """Mean time from asking to having, redo included, shape (H,)."""
    turnaround: Floats
    """Mean time from receipt by the giver to the receiver's door, of the passes that come there, shape (F,)."""


def lead_time_moments(
    scenarios: Scenarios, timing: Timing, known: Sequence[Mapping[int, Floats]] = ()
) -> LeadTimeMoments:
    """Exact means and second moments of every lead time, given the distributions of the single times.

    Parameters
    ----------
    scenarios : Scenarios
    timing : Timing
    known : sequence of mappings of node to array, shape (4, 3), optional
        For each scenario: moments by class of visit of the nodes that wait for several inputs at once
        (``several_at_once``). Without them, what depends on these nodes is NaN.

    Raises
    ------
    AnalysisError
        When requests or units never end in a scenario of common causes.
    """
    network = scenarios.network
    durations, several = Durations.of(timing), several_at_once(network, timing)
    delivered, rework = np.zeros((len(network.customers), 2, 3)), np.zeros(len(network.customers))
    inputs, requests = np.zeros((2, network.nodes)), np.zeros(len(network.pulled))
    incoming, weights = np.zeros((len(network.flow), 2)), np.zeros((2, network.nodes))
    unknown = several if not known else np.zeros(0, dtype=np.int64)
    lost = np.zeros(len(network.customers), dtype=bool)
    for i, scenario in enumerate(scenarios):
        flow, chance = scenario.flow, scenario.chance
        visits, asked = visit_moments(network, scenario.pulls, durations, scenario.outcome, known[i] if known else {})
        moves = timed_moves(flow, np.where(np.isnan(visits), 0.0, visits), durations)
        found, passes = _absorbed(flow, moves)
        delivered += chance * found
        rework += chance * passes
        # visits differ from scenario to scenario; without any (asked for inputs only), each counts by its chance
        often = np.stack((_unit_visits(flow), np.ones(network.nodes)))
        inputs += chance * often * visits[..., 1].sum(axis=1)
        weights += chance * often
        came = moves.carried
        passed = flow.visits[moves.source[came], None] * moves.raw_moments[came, :2]
        np.add.at(incoming, moves.handoff[came], chance * passed)
        requests += chance * asked[..., 1].sum(axis=1)
        lost |= touched_customers(flow, with_needs(network, unknown))
    total = delivered[..., 0].sum(axis=1)
    some = total > 0
    delivered[lost, :, 1:] = np.nan
    f = network.flow
    mean = np.where(weights > 0, inputs / np.where(weights > 0, weights, 1.0), 0.0)
    after_receipt = np.where(f.by_giver, 0.0, durations.flow_inspection[:, 1])
    turnaround = np.where(
        incoming[:, 0] > 0, incoming[:, 1] / np.where(incoming[:, 0] > 0, incoming[:, 0], 1.0) - after_receipt, np.nan
    )
    turnaround[with_needs(network, unknown)[f.giver]] = np.nan
    return LeadTimeMoments(
        delivered=delivered,
        rework_passes=np.where(some, rework / np.where(some, total, 1.0), np.nan),
        inputs=np.where(weights[0] > 0, mean[0], mean[1]),
        requests=requests,
        turnaround=np.maximum(turnaround, 0.0),
    )


def _unit_visits(flow: Flow) -> Floats:
    """Visits of units at every node, shape (V,)."""
    visits, giving = np.zeros(flow.network.nodes), flow.network.transient >= 0
    visits[giving] = flow.visits.reshape(-1, 2).sum(axis=1)[flow.network.transient[giving]]
    return visits


def _absorbed(flow: Flow, moves: TimedMoves) -> tuple[Floats, Floats]:
    """Moments of what each customer gets, shape (K, 2, 3), and its rework passes, per started unit, shape (K,)."""
    n = 2 * flow.rows
    inner = moves.target < n
    visits = np.zeros((n, 3))
    visits[:, 0] = flow.visits

    def solved(arriving: Floats) -> Floats:
        full = np.zeros(n)
        full[flow.reached] = flow.system.visits(sums(moves.target[inner], arriving[inner], n)[flow.reached])
        return full

    def arriving(so_far: Floats, power: int) -> Floats:
        k0, k1, k2 = moves.raw_moments.T
        x0, x1, x2 = so_far[moves.source].T
        return np.asarray((k0 * x0, k0 * x1 + k1 * x0, k0 * x2 + 2.0 * k1 * x1 + k2 * x0)[power])

    visits[:, 1] = solved(arriving(visits, 1))
    visits[:, 2] = solved(arriving(visits, 2))
    outer = ~inner
    result = np.zeros((flow.columns, 3))
    result[:, 0] = flow.absorbed
    for power in (1, 2):
        result[:, power] = sums(moves.target[outer] - n, arriving(visits, power)[outer], flow.columns)
    reworked = solved(np.where(moves.rework, arriving(visits, 0), 0.0))
    passes = sums(moves.target[outer] - n, (moves.raw_moments[:, 0] * reworked[moves.source])[outer], flow.columns)
    return result[:-2].reshape(-1, 2, 3), passes[:-2].reshape(-1, 2).sum(axis=1)


def with_needs(network: Network, nodes: Integers) -> Flags:
    """Which nodes are among ``nodes``, or ask one of them for an input, or ask one that does, shape (V,)."""
    found = np.zeros(network.nodes, dtype=bool)
    found[nodes] = True
    giver, receiver = network.pulled.giver[network.uses > 0], network.pulled.receiver[network.uses > 0]
    while True:
        grown = found.copy()
        grown[receiver[found[giver]]] = True
        if np.array_equal(grown, found):
            return found
        found = grown


def touched_customers(flow: Flow, nodes: Flags) -> Flags:
    """Customers whose units can visit one of the flagged nodes on their way, shape (K,)."""
    states = np.repeat(nodes[flow.network.transient >= 0], 2)[flow.reached]
    if not states.any():
        return np.zeros(len(flow.network.customers), dtype=bool)
    size = len(flow.reached)
    exits, inner = flow.exits[flow.reached].tocoo(), flow.chain.tocoo()
    begin = np.flatnonzero(states)
    start = size + flow.columns
    source = np.concatenate((inner.row, exits.row, np.full(len(begin), start)))
    target = np.concatenate((inner.col, size + exits.col, begin))
    graph = csr_array((np.ones(len(source)), (source, target)), shape=(start + 1, start + 1))
    seen = breadth_first_order(graph, start, directed=True, return_predecessors=False)
    hit = np.zeros(start + 1, dtype=bool)
    hit[seen] = True
    return np.asarray(hit[size : start - 2].reshape(-1, 2).any(axis=1))
