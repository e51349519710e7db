"""Whose time it is: every step's part of the mean lead time, and its covariance with the total (formulas: Moments).

The total T is the sum of the times of all steps on the way, so the covariances of the steps with T add up to its
variance. For a step c, E[T_c T] is taken move by move: the time of c in the move, times what came before, the move
itself, and what comes after. With x and x1 the visits of the states and the same weighted with the time so far, y and
y1 the chance to end at a customer and the same weighted with the time from there on, and for every move its chance, the
mean time c of the step in it, and the mean product cm of that with the whole time of the move,

    E[T_c] = sum x c y,      E[T_c T] = sum (x1 c y + x c y1 + x cm y).

So all steps together take two solves forwards, for all customers at once, and two backwards for each customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.moments.flow_moments import TimedMoves, timed_moves
from qualitychain.engine.moments.moments import raw_moments_of
from qualitychain.engine.moments.time_moments import Durations, several_at_once, visit_moments
from qualitychain.engine.network.network import Floats, Integers, sums
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing

WAITING, WORK, INPUTS = 0, 1, 2
"""Steps at a node: its queue, its work, and the wait for its inputs."""
INSPECTION, TRANSPORT = 0, 1
"""Steps on a handoff."""


@dataclass(frozen=True)
class TimeBySteps:
    """Sums over the units delivered to each of K customers, per started unit; V nodes, F flow handoffs."""

    delivered: Floats
    """Units, shape (K,)."""
    nodes: Floats
    """Time by kind of step, shape (3, V, K)."""
    handoffs: Floats
    """Shape (2, F, K)."""
    nodes_by_total: Floats
    """The same time multiplied with the total lead time of the unit, shape (3, V, K)."""
    handoffs_by_total: Floats
    """Shape (2, F, K)."""


def time_by_steps(scenarios: Scenarios, timing: Timing, known: Sequence[Mapping[int, Floats]] = ()) -> TimeBySteps:
    """Every step's part of the lead time and of its square, in all scenarios together.

    Parameters
    ----------
    scenarios : Scenarios
    timing : Timing
    known : sequence of mappings of node to array, shape (4, 3), optional
        Of each scenario: moments by class of visit where several inputs are awaited at once (``several_at_once``).
        What depends on such nodes is wrong without them.

    Raises
    ------
    AnalysisError
        When requests or units never end in a scenario of common causes.
    """
    parts = []
    durations = Durations.of(timing)
    if not known and len(several_at_once(scenarios.network, timing)):
        raise ValueError("the moments of waits for several inputs at once must be given")
    for w, scenario in enumerate(scenarios):
        given = known[w] if known else {}
        visits, _ = visit_moments(scenarios.network, scenario.pulls, durations, scenario.outcome, given)
        parts.append((scenario.chance, _of_scenario(scenario.flow, timing, np.where(np.isnan(visits), 0.0, visits))))
    return TimeBySteps(**{f.name: sum(chance * getattr(p, f.name) for chance, p in parts) for f in fields(TimeBySteps)})


def _of_scenario(flow: Flow, timing: Timing, visits: Floats) -> TimeBySteps:
    network, moves = flow.network, timed_moves(flow, visits, Durations.none(flow.network))
    giver = network.flow.giver[moves.handoff]
    chance, first, second = moves.raw_moments.T
    own = [
        raw_moments_of(distributions)[place]
        for distributions, place in (
            (timing.wait_distribution, giver),
            (timing.work_distribution, giver),
            (timing.flow_inspection, moves.handoff),
            (timing.flow_transport, moves.handoff),
        )
    ]
    own[3] = np.where(moves.carried[:, None], own[3], np.array([1.0, 0.0, 0.0]))
    # all but the inputs are independent of each other and of what happens to the unit
    rest = sum(raw_moments[:, 1] for raw_moments in own)
    whole = first + chance * rest
    means = [chance * raw_moments[:, 1] for raw_moments in own]
    products = [
        chance * (raw_moments[:, 2] - raw_moments[:, 1] ** 2) + raw_moments[:, 1] * whole for raw_moments in own
    ]
    before, after, ends = _around(flow, moves, whole)
    x, x1 = before[moves.source].T[:, :, None]
    y, y1 = after[:, moves.target]
    now, around = x * y, x1 * y + x * y1

    def at(place: Integers, size: int, mean: Floats, product: Floats) -> tuple[Floats, Floats]:
        def added(weights: Floats, values: Floats) -> Floats:
            return np.asarray(csr_array((weights, (place, np.arange(len(place)))), shape=(size, len(place))) @ values)

        return added(mean, now), added(mean, around) + added(product, now)

    v, f = network.nodes, len(network.flow)
    steps = [
        at(giver, v, means[0], products[0]),
        at(giver, v, means[1], products[1]),
        at(giver, v, first, second + first * rest),
        at(moves.handoff, f, means[2], products[2]),
        at(moves.handoff, f, means[3], products[3]),
    ]
    mean, by_total = zip(*steps, strict=True)
    return TimeBySteps(ends, np.stack(mean[:3]), np.stack(mean[3:]), np.stack(by_total[:3]), np.stack(by_total[3:]))


def _around(flow: Flow, moves: TimedMoves, whole: Floats) -> tuple[Floats, Floats, Floats]:
    """Before every state and after it, with and without the time: (states, 2), (2, states and columns, K); what ends.

    ``whole`` is the time of each move, weighted with its chance.
    """
    n, reached = 2 * flow.rows, flow.reached
    inner = moves.target < n
    before = np.zeros((n, 2))
    before[:, 0] = flow.visits
    spent = sums(moves.target[inner], (whole * before[moves.source, 0])[inner], n)
    before[reached, 1] = flow.system.visits(spent[reached])
    customers = len(flow.network.customers)
    after = np.zeros((2, n + flow.columns, customers))
    after[0, n:-2] = np.repeat(np.eye(customers), 2, axis=0)
    after[0, reached] = flow.system.values((flow.exits @ after[0, n:])[reached])
    times = csr_array((whole, (moves.source, moves.target)), shape=(n, n + flow.columns))
    after[1, reached] = flow.system.values((times @ after[0])[reached])
    return before, after, flow.absorbed[:-2].reshape(-1, 2).sum(axis=1)
