"""Where units spend their time, step by step, by where they end: the mean lead time taken apart.

Formulas: What is read off.

With x the visits of a state, P its moves and y the chance to end at a target, the time of the units that end there is
the sum over all moves of x P K1 y. A time that does not depend on where the unit goes next (queue, work) counts x y; a
transport or an inspection counts the moves that take it; the wait for inputs is taken by what the inputs did to the
unit, because slow inputs and bad inputs may be the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from qualitychain.engine.moments.time_moments import Durations, several_at_once, visit_moments
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import CLASSES, by_class
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.scenarios import chance_of, outcome_of, refuse_endless, scenarios_of
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import InputWaits, input_waits_of


@dataclass(frozen=True)
class StepTimes:
    """Expected counts and times per started unit, by where it ends: T = K + 1 targets, the customers and then scrap."""

    ends: Floats
    """Share of the started units, shape (T,)."""
    visits: Floats
    """Visits of each node, shape (V, T)."""
    inputs: Floats
    """Wait for inputs at each node, shape (V, T)."""
    tried: Floats
    """Units that each flow handoff takes on, inspection included, shape (F, T)."""
    carried: Floats
    """Units that it transports: not what the giver's own inspection keeps back, shape (F, T)."""
    passed: Floats
    """Units that it brings to the receiver for good: not what is reworked or scrapped, shape (F, T)."""
    starts: Floats
    """Units that start at each node, shape (V, T)."""


@dataclass(frozen=True)
class Scenario:
    """One scenario of common causes: its chance and what requests and visits take there."""

    chance: float
    pulls: Pulls
    outcome: Floats
    waits: InputWaits
    visits: Floats
    """Moments of the inputs of a visit by class, shape (V, 4, 3)."""
    requests: Floats
    """Moments of a request by result, shape (H, 2, 3)."""


def timed_scenarios(network: Network, timing: Timing) -> list[Scenario]:
    """All possible scenarios of a network with the moments of the waits for inputs.

    Parameters
    ----------
    network : Network
    timing : Timing
    """
    durations, scenarios = Durations.of(timing), scenarios_of(network)
    several = len(several_at_once(network, timing)) > 0
    found = []
    for row in scenarios:
        outcome = outcome_of(network, row[None])
        pulls = solve_pulls(network, outcome)
        chance = float(chance_of(network, row[None], pulls)[0])
        if chance > 0:
            refuse_endless(network, pulls, 1)
            waits = input_waits_of(network, pulls, outcome, timing) if several else InputWaits()
            visits = visit_moments(network, pulls, durations, outcome, waits.moments)
            found.append(Scenario(chance, pulls, outcome, waits, *visits))
    return found


def step_times(network: Network, scenarios: list[Scenario]) -> StepTimes:
    """The mean time of every step, mixed over the scenarios."""
    parts = [
        (scenario.chance, _step_times(Flow(network, scenario.pulls), scenario.visits[..., 1])) for scenario in scenarios
    ]
    return StepTimes(**{f.name: sum(chance * getattr(p, f.name) for chance, p in parts) for f in fields(StepTimes)})


def _step_times(flow: Flow, waits: Floats) -> StepTimes:
    """One scenario; ``waits`` are the waits for inputs by class of visit, weighted with its chance, shape (V, 4)."""
    network, f = flow.network, flow.network.flow
    end = _targets(flow)
    y = np.zeros((2 * flow.rows, end.shape[1]))
    y[flow.reached] = flow.system.values((flow.exits @ end)[flow.reached])
    value = np.vstack((y, end))[flow.target]
    each = f.share * flow.visits[flow.source]
    taken_by = np.array([np.einsum("mf,mft->ft", each * moves, value) for moves in by_class(flow.terms)])
    through = flow.passing[..., None] * value
    inputs = np.zeros((network.nodes, end.shape[1]))
    for number in range(CLASSES):
        taken = waits[f.giver, number][:, None]
        # a wait that is not known does not matter where nobody waits
        np.add.at(inputs, f.giver, np.where(taken_by[number] > 0, taken_by[number] * taken, 0.0))
    visits = np.zeros((network.nodes, end.shape[1]))
    giving = network.transient >= 0
    weighted = (flow.visits[:, None] * y).reshape(flow.rows, 2, -1).sum(axis=1)
    visits[giving] = weighted[network.transient[giving]]
    starts = np.zeros((network.nodes, end.shape[1]))
    starts[giving] = network.start[giving][:, None] * y[::2][network.transient[giving]]
    return StepTimes(
        ends=flow.absorbed @ end,
        visits=visits,
        inputs=inputs,
        tried=through.sum(axis=0),
        carried=(flow.terms.carried[..., None] * through).sum(axis=0),
        passed=(flow.terms.handed_on[..., None] * through).sum(axis=0),
        starts=starts,
    )


def _targets(flow: Flow) -> Floats:
    """Which absorbing columns belong to each target, shape (columns, T)."""
    count = len(flow.network.customers) + 1
    return np.repeat(np.eye(count), 2, axis=0)


def needing(network: Network, nodes: Integers) -> np.typing.NDArray[np.bool_]:
    """Which nodes wait for an input that needs one of ``nodes``, directly or further back, shape (V,)."""
    slow = np.zeros(network.nodes, dtype=bool)
    slow[nodes] = True
    used = network.uses > 0
    giver, receiver = network.pulled.giver[used], network.pulled.receiver[used]
    waits = np.zeros(network.nodes, dtype=bool)
    while True:
        grown = waits.copy()
        grown[receiver[(slow | waits)[giver]]] = True
        if np.array_equal(grown, waits):
            return waits
        waits = grown
