"""Backwards through the travelling units: what every probability of a step is worth (formulas: Attribution).

A unit leaves a node by a handoff conforming or not, passes or is rejected, and is worth from there on what the solved
equations say. Derivatives are visits times differences of these worths. Odds are taken jointly with "certain inputs
were not used" (see ``thinning``); without that, ``unit_any``, ``seeing`` and ``time`` are 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.gradients.reward import Stacked
from qualitychain.engine.network.network import CONCESSION, REPAIR, REWORK, Floats, Integers
from qualitychain.engine.quality.extended_flow import ExtendedFlow
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.thinning import Thinned

ROUNDING = 1e-14
"""A difference smaller than this part of what it is formed from is rounding."""


def times(weight: Floats, value: Floats) -> Floats:
    """Weight (n,) or (n, m) times value (n, m), 0 where one of them is 0 even if the other is not known."""
    wide = weight[:, None] if weight.ndim < value.ndim else weight
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where((wide == 0) | (value == 0), 0.0, wide * value)


def difference(one: Floats, other: Floats) -> Floats:
    """One less the other, 0 where only rounding is left.

    Examples
    --------
    >>> difference(np.array([1.0, 1.0]), np.array([1.0 - 2e-16, 0.5])).tolist()
    [0.0, 0.5]
    """
    apart = one - other
    return np.where(np.abs(apart) <= ROUNDING * np.maximum(np.abs(one), np.abs(other)), 0.0, apart)


def _sum(parts: tuple[Floats, ...]) -> Floats:
    """The sum, 0 where only rounding is left."""
    total, largest = np.sum(parts, axis=0), np.max(np.abs(parts), axis=0)
    return np.where(np.abs(total) <= ROUNDING * largest, 0.0, total)


def gathering(place: Integers, size: int) -> Any:
    """The sparse matrix that sums rows by their place, shape (size, n)."""
    return csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(size, len(place)))


@dataclass(frozen=True)
class Joint:
    """Chances of the inputs of each node, shape (V,): see ``Thinned``."""

    unit_good: Floats
    unit_any: Floats
    sighted: Floats
    seeing: Floats
    time: Floats

    @classmethod
    def of_pulls(cls, pulls: Pulls) -> Joint:
        """No input is to be avoided."""
        one = np.ones_like(pulls.spoilt)
        return cls(1.0 - pulls.spoilt, one, 1.0 - pulls.blind, one, one)

    @classmethod
    def of_thinned(cls, t: Thinned) -> Joint:
        """Joint with not using certain inputs."""
        return cls(t.unit_good, t.unit_any, t.sighted, t.inspection_any, t.time_any)


@dataclass(frozen=True)
class Branches:
    """What a unit handed over by each flow handoff is worth, rewards of the step included, shape (F, m) each."""

    passed: Floats
    """Conforming and accepted."""
    alarmed: Floats
    """Conforming and rejected."""
    missed: Floats
    """Nonconforming and accepted."""
    cleared: Floats
    """Nonconforming, rejected and made conforming; and not made so."""
    uncleared: Floats
    found: Floats
    """Nonconforming and rejected."""
    good: Floats
    """Conforming, before the inspection; and nonconforming."""
    bad: Floats
    made: Floats
    """Worth of spoiling a unit."""


def branches(flow: ExtendedFlow, reward: Stacked, inside: Floats) -> Branches:
    """The worth of every way through every flow handoff, given the worth of every transient state."""
    f, o = flow.network.flow, flow.odds
    value = np.concatenate((inside, reward.absorbed))
    onward, to, fixed = flow.routes
    by_giver = f.by_giver[:, None]
    here = reward.tried + np.where(by_giver, 0.0, reward.presented)
    here_bad = here + np.where(by_giver, 0.0, reward.presented_bad)
    kept = reward.accepted + np.where(by_giver, reward.presented, 0.0)
    kept_bad = kept + reward.accepted_bad + np.where(by_giver, reward.presented_bad, 0.0)
    handed_on = ((f.on_reject == REPAIR) | (f.on_reject == CONCESSION)).astype(np.float64)[:, None]
    refused = here_bad + reward.rejected_true
    passed = here + kept + value[onward]
    alarmed = here + reward.rejected_false + handed_on * kept + value[to]
    missed = here_bad + kept_bad + value[onward + 1]
    cleared = refused + reward.cleared + handed_on * kept + value[to]
    uncleared = refused + handed_on * kept_bad + value[to + 1]
    found = times(fixed, cleared) + times(1.0 - fixed, uncleared)
    return Branches(
        passed=passed,
        alarmed=alarmed,
        missed=missed,
        cleared=cleared,
        uncleared=uncleared,
        found=found,
        good=times(1.0 - o.alarm, passed) + times(o.alarm, alarmed),
        bad=times(o.misses, missed) + times(o.finds, found),
        made=reward.made,
    )


def leaving(flow: ExtendedFlow, b: Branches) -> tuple[Floats, Floats]:
    """Worth of leaving by each handoff for a unit that began conforming, and nonconforming, shape (F, m) each."""
    o = flow.odds
    return times(o.keeps, b.good) + times(o.spoils, b.bad + b.made), times(o.stays_bad, b.bad)


def step_rewards(flow: ExtendedFlow, reward: Stacked) -> Floats:
    """Expected reward of the step that a visit of each transient state begins, exits included, shape (2 * rows, m)."""
    network = flow.network
    good, bad = leaving(flow, branches(flow, reward, np.zeros((2 * flow.rows, reward.absorbed.shape[1]))))
    share, visit = network.flow.share[:, None], reward.visit[network.transient >= 0]
    step = np.empty((2 * flow.rows, visit.shape[1]))
    step[::2] = flow.at_giver @ (share * good) + visit
    step[1::2] = flow.at_giver @ (share * bad) + visit
    return step


@dataclass(frozen=True)
class FlowAdjoint:
    """Derivatives to the parameters of the flow handoffs, shape (F, m), and to the chances of inputs, shape (V, m)."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    share: Floats
    unit_good: Floats
    unit_any: Floats
    sighted: Floats
    seeing: Floats
    time: Floats


def adjoint_of_flow(flow: ExtendedFlow, j: Joint, b: Branches, weight: Floats) -> FlowAdjoint:
    """Derivatives of the reward, the visits of each node's copy weighted by ``weight``, shape (V,) or (V, m)."""
    network, f, o = flow.network, flow.network.flow, flow.odds
    giver = f.giver
    state = 2 * network.transient[giver]
    w = weight[giver] if weight.ndim == 2 else weight[giver][:, None]
    conforming, already = w * (f.share * flow.visits[state])[:, None], w * (f.share * flow.visits[state + 1])[:, None]
    bad = conforming * o.spoils[:, None] + already * o.stays_bad[:, None]
    good_here = (j.unit_good * j.time)[giver] * (1.0 - f.defect)
    looks = np.where(f.by_giver, j.sighted[giver], j.seeing[giver])
    spoiling = times(conforming, difference(b.bad + b.made, times(j.seeing[giver], b.good)))
    finding = times(bad, difference(b.found, b.missed))
    onwards = times(conforming, b.bad + b.made) + times(already, b.bad)
    onto = gathering(giver, network.nodes)
    detect = f.detect
    fixing = times(bad * o.finds[:, None], difference(b.cleared, b.uncleared))
    good, already_bad = w * flow.visits[state][:, None], w * flow.visits[state + 1][:, None]
    by_route = (
        times(good * o.keeps[:, None], b.good),
        times(good * o.spoils[:, None], b.bad + b.made),
        times(already_bad * o.stays_bad[:, None], b.bad),
    )
    return FlowAdjoint(
        defect=times((j.unit_good * j.time)[giver], spoiling),
        detect=times(looks, finding),
        alarm=times(conforming * o.keeps[:, None], difference(b.alarmed, b.passed)),
        fix=np.where(((f.on_reject == REWORK) | (f.on_reject == REPAIR))[:, None], fixing, 0.0),
        share=_sum(by_route),
        unit_good=onto @ times(-j.time[giver] * (1.0 - f.defect), spoiling),
        unit_any=onto @ times(j.time[giver], onwards),
        sighted=onto @ times(np.where(f.by_giver, detect, 0.0), finding),
        seeing=onto
        @ (
            times(conforming * good_here[:, None], b.good)
            + times(bad, b.missed)
            + times(np.where(f.by_giver, 0.0, detect), finding)
        ),
        time=onto @ (times(-j.unit_good[giver] * (1.0 - f.defect), spoiling) + times(j.unit_any[giver], onwards)),
    )
