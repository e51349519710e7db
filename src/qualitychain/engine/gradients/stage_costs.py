"""What finding a defect costs, stage by stage: the value of a step with it less the value of the step without.

The value of every state is one solution of the transposed equations (see ``gradients``): all that a unit will still
cause. So nothing is assumed about how the cost of a defect grows with the stage at which it is found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qualitychain.engine.gradients.adjoint_flow import difference, gathering, step_rewards, times, values_of_moves
from qualitychain.engine.gradients.adjoint_pulls import AdjointPulls
from qualitychain.engine.gradients.adjoint_work import Loads
from qualitychain.engine.gradients.reward import Reward, Stacked, stacked
from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.extended_flow import ExtendedFlow
from qualitychain.engine.quality.flow import Flow, tally
from qualitychain.engine.quality.moves import MOVES, Move
from qualitychain.engine.quality.pulls import solve_pulls
from qualitychain.engine.quality.scenario_by_scenario import Scenario, Scenarios


@dataclass(frozen=True)
class StageCosts:
    """For every flow handoff, shape (F,) each, per started unit and per defect."""

    found: Floats
    """Nonconforming units that its inspection finds."""
    passed_on: Floats
    """Nonconforming units that the receiver keeps."""
    when_found: Floats
    """Value of one found, less that of a conforming unit handed on in its place; NaN where none is found."""
    when_passed_on: Floats
    """Value of one passed on, less that of a conforming unit handed on in its place; NaN where none is."""
    steps: Floats
    """Mean number of handoffs that units have passed with this one, if nothing is ever rejected."""


def stage_costs(network: Network, reward: Reward) -> StageCosts:
    """What one defect is worth at every stage.

    Parameters
    ----------
    network : Network
    reward : Reward
        What one unit of everything is worth. What a common cause draws counts nothing here: it is drawn once a case,
        however often a unit comes back.

    Returns
    -------
    StageCosts

    Raises
    ------
    AnalysisError
        When the chain has no solution.
    """
    given = stacked(network, [reward])
    total = [np.zeros(len(network.flow)) for _ in range(4)]
    for scenario in Scenarios(network):
        counts, values = _of_scenario(network, scenario, given)
        for i, (count, value) in enumerate(zip(counts, values, strict=True)):
            total[2 * i] += scenario.chance * count
            total[2 * i + 1] += scenario.chance * times(count, value)
    means = []
    for count, value in ((total[0], total[1]), (total[2], total[3])):
        with np.errstate(divide="ignore", invalid="ignore"):
            means.append(np.where(count > 0, value / count, np.nan))
    return StageCosts(total[0], total[2], means[0], means[1], steps_until(network))


def _of_scenario(
    network: Network, scenario: Scenario, given: Stacked
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    flow = ExtendedFlow(network, scenario.pulls)
    needs = AdjointPulls(network, scenario.outcome, scenario.pulls)
    draws = np.where(np.isfinite(scenario.pulls.draws), scenario.pulls.draws, np.nan)
    each = times(draws, given.draws) + times(needs.slopes.rejected, given.rejected)
    each[network.key >= 0] = 0.0
    of_uses = times(network.uses, given.uses + each + times(needs.used_bad, given.bad))
    own = given.work + gathering(network.pulled.receiver, network.nodes) @ of_uses
    of_work = Loads(network, scenario.pulls.draws).value(own)
    r = replace(given, visit=given.visit + of_work)
    values = values_of_moves(flow, r, flow.value(step_rewards(flow, r)))
    fix, after, of = flow.terms.fix, flow.terms.after, dict(zip(MOVES, values, strict=True))
    accepted = times(1.0 - after, of[Move(0, 0, False, 0)]) + times(after, of[Move(0, 0, False, 1, damaged=True)])
    missed, uncleared = of[Move(1, 1, False, 1)], of[Move(1, 1, True, 1)]
    after = after * (1.0 - flow.terms.returned)
    cleared = times(1.0 - after, of[Move(1, 1, True, 0)]) + times(after, of[Move(1, 1, True, 1, damaged=True)])
    found = times(fix, cleared) + times(1.0 - fix, uncleared)
    counted = tally(flow)
    return (counted.rejected_true, counted.accepted_bad), (
        difference(found, accepted)[:, 0],
        difference(missed, accepted)[:, 0],
    )


def steps_until(network: Network) -> Floats:
    """Mean number of handoffs of units up to and with each flow handoff, if nothing is ever rejected, shape (F,).

    NaN for a handoff that only rejected units pass.
    """
    perfect = network.perfect().independent()
    flow = Flow(perfect, solve_pulls(perfect))
    visits = flow.visits[flow.reached]
    done = np.zeros(2 * flow.rows)
    done[flow.reached] = flow.system.visits(flow.chain.T @ visits)
    giver = 2 * network.transient[network.flow.giver]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flow.visits[giver] > 0, done[giver] / flow.visits[giver] + 1.0, np.nan)


__all__ = ["StageCosts", "stage_costs", "steps_until"]
