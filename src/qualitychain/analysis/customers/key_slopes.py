"""What one more defect, or one more day, at each handoff does to each customer's deliveries: shares, before money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.questions import gradients_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.prices import prices_of
from qualitychain.analysis.time.distribution import LeadTimeDistribution
from qualitychain.engine.distributions.shifted_distribution import ShiftedDistribution
from qualitychain.engine.gradients.reward import Reward, delivered, quotient
from qualitychain.engine.network.network import Floats, Integers
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointDistributions, lead_time_distributions

if TYPE_CHECKING:
    from qualitychain.analysis.time.deliveries import Deliveries


@dataclass(frozen=True)
class DefectSlopes:
    """Derivatives to the defect rate of every handoff of the chain, shape (handoffs, K)."""

    kept: Floats
    """Of the nonconforming share of what each customer keeps."""
    failure: Floats
    """Of the cost of nonconforming units it is presented with, per delivery; NaN where a price is not given."""


def defect_slopes(study: Study, wanted: Sequence[int] | None = None) -> DefectSlopes:
    """Derivatives of each customer's accepted defect rate and external failure cost: two transposed solves for each.

    NaN for customers whose place is not ``wanted``; all are by default.
    """
    compiled, network = study.compiled, study.compiled.network
    prices, solved, count = prices_of(compiled), study.ask(gradients_of), len(network.customers)
    bad, every, cost = [], [], []
    unpriced = np.zeros(count, dtype=bool)
    for k in range(count):
        mine = network.flow.receiver == network.customers[k]
        unpriced[k] = bool(np.isnan(prices.presented_bad[mine]).any())
        bad.append(delivered(network, k, bad_only=True))
        every.append(delivered(network, k))
        cost.append(Reward(presented_bad=np.where(mine, np.nan_to_num(prices.presented_bad), 0.0)))
    values = solved.values([*bad, *every, *cost]).reshape(3, count)
    reached = np.flatnonzero(values[1] > 0)
    reached = reached if wanted is None else np.intersect1d(reached, wanted)
    rewards = [quotient(bad[k], every[k], values[0, k], values[1, k]) for k in reached.tolist()]
    rewards += [quotient(cost[k], every[k], values[2, k], values[1, k]) for k in reached.tolist()]
    found = [_by_handoff(compiled, g.flow.defect, g.pulled.defect) for g in solved.gradients(rewards)]
    kept, failure = (np.full((len(compiled.names), count), np.nan) for _ in range(2))
    for i, k in enumerate(reached.tolist()):
        kept[:, k], failure[:, k] = found[i], found[len(reached) + i]
    failure[:, unpriced] = np.nan
    return DefectSlopes(kept, failure)


def _by_handoff(compiled: Compiled, flow: Floats, pulled: Floats) -> Floats:
    network, found = compiled.network, np.zeros(len(compiled.names))
    found[compiled.flow_rows] = flow
    if len(compiled.pulled_rows):
        # the one draw of a common cause stands at its first handoff, and belongs to all of them
        stands = np.arange(len(network.pulled))
        keyed = network.key >= 0
        stands[keyed] = first_rows(network)[network.key[keyed]]
        found[compiled.pulled_rows] = pulled[stands]
    return found


def traffic_of(study: Study) -> Floats:
    """Units handed over, or uses, at every handoff of the chain per started unit, shape (handoffs,)."""
    compiled, solution = study.compiled, study.solution
    found = np.zeros(len(compiled.names))
    found[compiled.flow_rows] = solution.tally.tried
    found[compiled.pulled_rows] = solution.requests.uses
    return found


def delayed_shares(study: Study, times: Deliveries, delay: float, which: Integers) -> tuple[Floats, Floats]:
    """On-time and satisfied shares with each of these handoffs ``delay`` slower, shape (len(which), K) each.

    One evaluation of the joint distribution of lead time and conformity for each handoff. NaN for customers without a
    distribution or without a promise.
    """
    compiled = study.compiled
    flow_place = {int(i): e for e, i in enumerate(compiled.flow_rows)}
    pulled_place = {int(i): h for h, i in enumerate(compiled.pulled_rows)}
    names = [c.name for c in compiled.chain.customers]
    on_time, satisfied = (np.full((len(which), len(names)), np.nan) for _ in range(2))
    for row, i in enumerate(which.tolist()):
        flow = i in flow_place
        slower = _slower(times.timing, flow_place[i] if flow else pulled_place[i], delay, flow=flow)
        distributions = lead_time_distributions(compiled.network, slower, tolerance=times.tolerance)
        for k, name in enumerate(names):
            if name in times.found and not np.isnan(times.found[name].promise):
                until = times.found[name].promise_with_tolerance
                on_time[row, k], satisfied[row, k] = _shares(distributions, k, until, times.tolerance)
        if study.progress is not None:
            study.progress(row + 1, len(which))
    return on_time, satisfied


def _slower(timing: Timing, place: int, delay: float, *, flow: bool) -> Timing:
    distributions = list(timing.flow_transport if flow else timing.pulled_transport)
    distributions[place] = ShiftedDistribution(distributions[place], delay)
    return (
        replace(timing, flow_transport=tuple(distributions))
        if flow
        else replace(timing, pulled_transport=tuple(distributions))
    )


def _shares(distributions: JointDistributions, k: int, until: float, tolerance: float) -> tuple[float, float]:
    whole, good = float(distributions.delivered[k].sum()), float(distributions.delivered[k, 0])

    def by(atoms: Floats, smooth: Floats, mass: float) -> float:
        jumps, rest = (np.maximum.accumulate(part) / mass for part in (atoms, smooth))
        return float(LeadTimeDistribution(np.nan, np.nan, 0.0, distributions.step, jumps, rest, tolerance).cdf(until))

    one, other = distributions.conforming, distributions.nonconforming
    on_time = by(one.atoms[k] + other.atoms[k], one.smooth[k] + other.smooth[k], whole)
    return on_time, good / whole * by(one.atoms[k], one.smooth[k], good) if good > 0 else 0.0


__all__ = ["DefectSlopes", "defect_slopes", "delayed_shares", "traffic_of"]
