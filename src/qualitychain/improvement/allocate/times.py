"""The times that an allocation may scale, and what each customer's lead time is at any factors of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.customer_distributions import (
    distributions_of_customers,
    own_time_distribution,
    reasons_without,
)
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.deliveries import COARSE
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, lead_time_moments
from qualitychain.engine.moments.parallel_moments import parallel_moments
from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import lead_time_distributions, own_times
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.targets import TimeTarget
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.change import Scale
from qualitychain.model.values.times import moments

FINE = 1e-4
_NUDGE = 1e-3
_FAR = 8.0
"""Standard deviations beyond which a probability is 0 or 1."""


@dataclass(frozen=True)
class Place:
    """A department or handoff (all handoffs of a common cause together) whose time can be scaled."""

    names: tuple[str, ...]
    kind: str
    time: float
    """Mean cycle time, or transport and inspection."""
    weight: float


@dataclass(frozen=True)
class TimeEvaluation:
    """Lead times against the targets, shape (T,) each."""

    missed: Floats
    """Share too few, or part of the limit too long; 0 or less where met."""
    score: Floats
    """Normal quantiles of the late share, or logarithms of mean over limit."""
    goal: Floats
    """Scores that meet the targets."""
    figures: Floats
    """On time shares, or mean lead times."""

    @property
    def excess(self) -> float:
        """How far the target missed most is missed."""
        return float(np.max(self.missed))


class Times:
    """The P times that may be scaled."""

    chain: Chain
    targets: tuple[TimeTarget, ...]
    places: list[Place]
    weight: Floats

    def __init__(
        self, study: Study, targets: Sequence[TimeTarget], weights: Mapping[str, float], scope: frozenset[str] | None
    ) -> None:
        # promises between departments are not needed on the way, and cost time
        chain = study.chain
        bare = [h if h.sla is None else replace(h, sla=None) for h in chain.handoffs]
        self.chain = changed(replace(chain, handoffs=bare, requirements=(), projects=()))
        self.targets = tuple(targets)
        mine = study.of(self.chain)
        # times change neither quality nor work, so one solution serves all factors
        self._compiled, self._solution = mine.compiled, mine.solution
        self._scenarios = Scenarios(self._compiled.network)
        self._numbers = [[c.name for c in chain.customers].index(t.customer) for t in targets]
        self.places = [
            p
            for p in _places(self._compiled, weights)
            if p.time > 0 and (scope is None or not scope.isdisjoint(p.names))
        ]
        self.weight = np.array([p.weight for p in self.places])

    def changes(self, factors: Floats) -> dict[str, dict[str, object]]:
        """The changes that scale the times, for ``what_if``."""
        found: dict[str, dict[str, object]] = {}
        inspected = {h.full_name for h in self.chain.handoffs if h.inspection is not None}
        for place, factor in zip(self.places, factors.tolist(), strict=True):
            scale = Scale(factor)
            for name in place.names if factor != 1 else ():
                if place.kind == "department":
                    found[name] = {"cycle_time": scale}
                else:
                    found[name] = {"lead_time": scale}
                    found[name] |= {"inspection": {"time": scale}} if name in inspected else {}
        return found

    def evaluate(self, factors: Floats) -> TimeEvaluation:
        """Lead times at some factors of the times, against the targets.

        Raises
        ------
        AnalysisError
            When a customer has no lead time for want of figures.
        """
        found = self._distributions(factors)
        return TimeEvaluation(*np.array([_judged(found.get(t.customer), t) for t in self.targets]).T)

    def _distributions(self, factors: Floats) -> Mapping[str, CustomerLeadTime]:
        """The lead times of the customers at some factors; none for one whose lead time grows without limit."""
        compiled = self._at(factors)
        timing = timing_of(compiled, self._solution)
        distributions = lead_time_distributions(compiled.network, timing, tolerance=FINE)
        known = lead_time_moments(self._scenarios, timing, parallel_moments(self._scenarios, timing, distributions))
        delivered = self._solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
        reasons = reasons_without(compiled, self._scenarios, timing, delivered)
        found = distributions_of_customers(
            compiled, self._scenarios, timing, distributions, moments=known, tolerance=FINE, without=reasons.keys()
        )
        endless = bool(timing.stations.overloaded.any())
        for target in self.targets:
            if target.customer not in found and not endless:
                raise AnalysisError(f"'{target.customer}' has no lead time: {reasons[target.customer]}")
        return found

    @property
    def fullest(self) -> float:
        """Utilization of the most loaded department, all of whose time may be scaled."""
        used = timing_of(self._compiled, self._solution).stations.utilization
        return float(np.max(used, initial=0.0))

    @property
    def room(self) -> float:
        """Factor by which all times may grow before one of them is longer than a model may state."""
        longest = max((place.time for place in self.places), default=0.0)
        return math.inf if longest == 0 else 0.5 * self.chain.clock.longest / longest

    def spare(self, factors: Floats) -> float:
        """Limit of the first target over its quantile (or mean), less 1: 0 is just met, -1 a time without limit.

        Raises
        ------
        AnalysisError
            When its customer has no lead time for want of figures.
        """
        target, distribution = self.targets[0], self._distributions(factors).get(self.targets[0].customer)
        if distribution is None:
            return -1.0
        if target.level is None:
            return target.limit / max(distribution.mean, 1e-300) - 1.0
        try:
            return target.limit / max(float(distribution.quantile(target.level)), 1e-300) - 1.0
        except AnalysisError:
            # beyond the horizon
            return -1.0

    def _at(self, factors: Floats) -> Compiled:
        return replace(self._compiled, chain=changed(self.chain, self.changes(factors)))

    def elasticities(self, factors: Floats) -> Floats:
        """Change of each target's score per relative change of each time, from exact means and deviations, (T, P)."""
        base = self._moments(factors)
        found = np.zeros((len(self.targets), len(self.places)))
        for p in range(len(self.places)):
            nudged = factors.copy()
            nudged[p] *= 1.0 - _NUDGE
            found[:, p] = (self._scores(base, base) - self._scores(self._moments(nudged), base)) / _NUDGE
        return np.nan_to_num(found)

    def _moments(self, factors: Floats) -> Floats:
        """Mean and standard deviation of each target's lead time, shape (T, 2)."""
        compiled = self._at(factors)
        timing = timing_of(compiled, self._solution)
        raw_moments = self._raw_moments(compiled, timing).delivered[self._numbers].sum(axis=1)
        mean, second = raw_moments[:, 1] / raw_moments[:, 0], raw_moments[:, 2] / raw_moments[:, 0]
        return np.column_stack((mean, np.sqrt(np.maximum(second - mean**2, 0.0))))

    def _raw_moments(self, compiled: Compiled, timing: Timing) -> LeadTimeMoments:
        known = []
        if len(several_at_once(compiled.network, timing)):
            distributions = lead_time_distributions(compiled.network, timing, tolerance=COARSE)
            known = parallel_moments(self._scenarios, timing, distributions)
        return lead_time_moments(self._scenarios, timing, known)

    def _scores(self, now: Floats, base: Floats) -> Floats:
        """Scores of lead times taken as normal, relative to the standard deviations of ``base``."""
        scores = []
        for target, (mean, sd), (first, spread) in zip(self.targets, now, base, strict=True):
            if target.level is None or not spread > 1e-7 * first:
                scores.append(mean / first)
            else:
                scores.append((mean + float(ndtri(target.level)) * sd) / spread)
        return np.array(scores)

    def cost(self, factors: Floats) -> float:
        """Cost -k ln(factor)."""
        return float(-self.weight @ np.log(np.maximum(factors, 1e-300)))


def _places(compiled: Compiled, weights: Mapping[str, float]) -> list[Place]:
    chain, clock = compiled.chain, compiled.chain.clock
    found = [
        Place((d.name,), "department", moments(d.cycle_time, clock)[0], weights[d.name])
        for d in chain.departments
        if d.cycle_time is not None
    ]
    together: dict[object, list[int]] = {}
    for i, h in enumerate(chain.handoffs):
        together.setdefault((h.supplier, h.item) if h.common_cause is not None else i, []).append(i)
    for members in together.values():
        some = [chain.handoffs[i] for i in members]
        time = max(
            moments(h.lead_time, clock)[0] + (0.0 if h.inspection is None else moments(h.inspection.time, clock)[0])
            for h in some
        )
        names = tuple(h.full_name for h in some)
        found.append(Place(names, "handoff", time, max(weights[name] for name in names)))
    return found


def _judged(distribution: CustomerLeadTime | None, target: TimeTarget) -> tuple[float, float, float, float]:
    """(missed, score, goal, figure) of one target; without a distribution the lead time grows without limit."""
    if target.level is None:
        if distribution is None:
            return _FAR, _FAR, 0.0, math.inf
        mean = distribution.mean / target.limit
        return mean - 1.0, math.log(max(mean, 1e-300)), 0.0, distribution.mean
    goal = float(-ndtri(target.level))
    if distribution is None:
        return target.level, _FAR, goal, 0.0
    share = float(distribution.cdf(min(target.limit, distribution.horizon)))
    if distribution.sd == 0:
        return target.level - share, math.log(max(distribution.mean / target.limit, 1e-300)), 0.0, share
    return target.level - share, float(np.clip(ndtri(1.0 - share), -_FAR, _FAR)), goal, share


def promised_times(
    study: Study, means: Mapping[str, float], level: float | None, names: Sequence[str]
) -> dict[str, float]:
    """The time that each named handoff keeps with probability ``level`` (None: on average), where it is known."""
    known = {name: means[name] for name in names if math.isfinite(means[name])}
    if level is None:
        return known
    compiled = study.compiled
    timing = timing_of(compiled, study.solution)
    flow = {int(i): e for e, i in enumerate(compiled.flow_rows)}
    pulled = {int(i): e for e, i in enumerate(compiled.pulled_rows)}
    place = {name: i for i, name in enumerate(compiled.names)}
    until = {place[name]: 3 * mean or 1.0 for name, mean in known.items()}
    found: dict[str, float] = {}
    for _ in range(4):
        own = own_times(
            compiled.network,
            timing,
            flow=[(flow[i], time) for i, time in until.items() if i in flow],
            pulled=[(pulled[i], time) for i, time in until.items() if i in pulled],
        )
        beyond = dict[int, float]()
        rows = [i for place in (flow, pulled) for i in until if i in place]
        for i, one in zip(rows, own, strict=True):
            try:
                found[compiled.names[i]] = float(own_time_distribution(one, FINE).quantile(level))
            except AnalysisError:
                beyond[i] = 4 * until[i]
        until = beyond
    return {name: found[name] for name in known if name in found}


__all__ = ["FINE", "Place", "TimeEvaluation", "Times", "promised_times"]
