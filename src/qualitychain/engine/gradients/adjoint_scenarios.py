"""Backwards through some scenarios of common causes side by side: steps, work, chances, needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from qualitychain.engine.gradients.adjoint_flow import (
    FlowAdjoint,
    adjoint_of_flow,
    difference,
    gathering,
    step_rewards,
    times,
    values_of_moves,
)
from qualitychain.engine.gradients.adjoint_pulls import AdjointPulls, PulledSums
from qualitychain.engine.gradients.adjoint_thinning import TracedUse, adjoint_of_use
from qualitychain.engine.gradients.adjoint_work import Loads
from qualitychain.engine.gradients.causes_in_scenarios import Scenarios
from qualitychain.engine.gradients.request_slopes import BAD, DRAWS, REJECTED
from qualitychain.engine.gradients.reward import Stacked
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.engine.quality.extended_flow import ExtendedFlow
from qualitychain.engine.quality.scenarios import refuse_endless


@dataclass(frozen=True)
class Slopes:
    """Derivatives to the parameters of flow or pulled handoffs, shape (E,) each.

    ``share`` is the value of leaving (or sourcing) by this handoff: shares move along their sum of 1, so only
    differences within one giver (or one group) mean anything.
    """

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    transit: Floats
    share: Floats


@dataclass(frozen=True)
class Gradient:
    """Derivatives of one outcome; NaN where a small change would let units or requests circulate for ever.

    The one draw of a common cause belongs to all its handoffs: the derivatives to its ``defect``, ``detect``,
    ``alarm``, ``fix`` and ``transit`` stand at the first of them (see ``first_rows``).
    """

    flow: Slopes
    pulled: Slopes
    per_unit: Floats
    """To the uses per unit of each pulled group, from the right at whole numbers, shape (G,)."""
    start: Floats
    """To the share of units started at each node, shape (V,); NaN where none can start."""

    def column(self, i: int) -> Gradient:
        """One of several outcomes, where all arrays have a last axis of m."""
        flow, pulled = (
            Slopes(**{f.name: getattr(of, f.name)[:, i].copy() for f in fields(Slopes)})
            for of in (self.flow, self.pulled)
        )
        return Gradient(flow, pulled, self.per_unit[:, i].copy(), self.start[:, i].copy())


def added(parts: Sequence[Gradient]) -> Gradient:
    """The sum of the contributions of scenarios."""
    return Gradient(
        _plus([part.flow for part in parts]),
        _plus([part.pulled for part in parts]),
        np.sum([part.per_unit for part in parts], axis=0),
        np.sum([part.start for part in parts], axis=0),
    )


def _plus(parts: Sequence[Slopes | FlowAdjoint | PulledSums]) -> Slopes:
    return Slopes(**{f.name: np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(Slopes)})


@dataclass
class _Open:
    """Derivatives gathered on the way back, before the pulled services."""

    results: Floats
    """To (bad, draws, rejected) of each handoff's requests, shape (3, H, m)."""
    uses: Floats
    """To the uses of each pulled handoff per unit of work, shape (H, m)."""
    start: Floats
    """To the share of units started at each node, what the draws of common causes do, shape (V, m)."""
    flow: list[FlowAdjoint]
    pulled: list[PulledSums]


class Part:
    """Scenarios side by side, solved; ``back`` asks them for the derivatives of rewards."""

    network: Network
    scenarios: Scenarios
    count: int
    copies: Network
    flow: ExtendedFlow
    visits: Floats
    chance: Floats

    def __init__(self, network: Network, scenarios: Scenarios) -> None:
        self.network, self.scenarios, self.count = network, scenarios, len(scenarios)
        refuse_endless(network, scenarios.pulls, self.count)
        self.copies = network.copies(self.count)
        self.flow = ExtendedFlow(self.copies, scenarios.pulls)
        self.visits = self.flow.visits
        self.chance = np.repeat(scenarios.chance, network.nodes)

    @cached_property
    def _needs(self) -> AdjointPulls:
        return AdjointPulls(self.copies, self.scenarios.outcome, self.scenarios.pulls)

    @cached_property
    def _loads(self) -> Loads:
        return Loads(self.copies, self.scenarios.pulls.draws)

    @cached_property
    def _draws(self) -> Floats:
        """Draws of one use, NaN where they would never end (nobody makes such requests)."""
        draws = self.scenarios.pulls.draws
        return np.where(np.isfinite(draws), draws, np.nan)

    @cached_property
    def _use(self) -> TracedUse:
        return TracedUse(self.network, self.copies, self.scenarios.outcome, self.scenarios.pulls)

    @cached_property
    def _used(self) -> Floats:
        """Chance that each cause is used, shape (keys, W)."""
        return np.array([self._use.used(key) for key in range(self.network.keys)]).reshape(-1, self.count)

    @cached_property
    def _first(self) -> Integers:
        """The pulled handoff that stands for each cause, in each scenario, shape (keys, W)."""
        rows = [self._use.rows(key) for key in range(self.network.keys)]
        return np.array(rows, dtype=np.int64).reshape(-1, self.count)

    @cached_property
    def _work(self) -> Floats:
        """Work of every node, shape (V,)."""
        base, giving = np.zeros(self.copies.nodes), self.copies.transient >= 0
        base[giving] = self.visits.reshape(-1, 2).sum(axis=1)
        for rows, used in zip(self._first, self._used, strict=True):
            base[self.copies.pulled.giver[rows]] += times(used, self._draws[rows])
        return self._loads.work(base)

    def values(self, reward: Stacked) -> Floats:
        """Expected reward in each scenario, shape (W, m), from the visits: no further solve."""
        r, of_work = self._with_work(reward)
        step = times(self.visits, step_rewards(self.flow, r))
        by_units = step.reshape(self.count, -1, step.shape[1]).sum(axis=1)
        return np.asarray(by_units + self._by_causes(r, of_work))

    def _with_work(self, reward: Stacked) -> tuple[Stacked, Floats]:
        """The reward in all copies, visits with the value of their work; and the value of a unit of work, (V, m)."""
        r = reward.copies(self.count)
        if not reward.on_work:
            return r, np.zeros_like(r.work)
        pulled = self.copies.pulled
        of_uses = times(self.copies.uses, self._value_of_use(r, np.zeros_like(r.work)))
        of_work = self._loads.value(r.work + gathering(pulled.receiver, self.copies.nodes) @ of_uses)
        return replace(r, visit=r.visit + of_work), of_work

    def _value_of_use(self, r: Stacked, of_work: Floats) -> Floats:
        """What one use of each pulled handoff is worth, a unit of its giver's work being worth ``of_work``, (H, m)."""
        pulled = self.copies.pulled
        each = times(self._draws, of_work[pulled.giver] + r.draws) + times(self._needs.slopes.rejected, r.rejected)
        each[self.copies.key >= 0] = 0.0  # drawn once a case, not at each use
        return r.uses + each + times(self._needs.used_bad, r.bad)

    def _by_causes(self, r: Stacked, of_work: Floats) -> Floats:
        """What the one draw of each common cause is worth, shape (W, m)."""
        total = np.zeros((self.count, of_work.shape[1]))
        if not self.network.keys or not (np.any(of_work) or np.any(r.draws) or np.any(r.rejected)):
            return total
        for rows, used in zip(self._first, self._used, strict=True):
            total += times(used, self._value_of_draws(r, of_work, rows))
        return total

    def _value_of_draws(self, r: Stacked, of_work: Floats, rows: Integers) -> Floats:
        giver = self.copies.pulled.giver[rows]
        draws = times(self._draws[rows], of_work[giver] + r.draws[rows])
        return np.asarray(draws + times(self._needs.slopes.rejected[rows], r.rejected[rows]))

    def back(self, reward: Stacked, mean: Floats | None, untold: set[int]) -> Gradient:
        """Derivatives of the rewards, weighted with the chances of these scenarios; all arrays with a last axis of m.

        Parameters
        ----------
        reward : Stacked
        mean : array, shape (m,), optional
            The rewards over all scenarios, where there are common causes.
        untold : set of int
            Causes for which a scenario that a change would make possible has no value.
        """
        r, of_work = self._with_work(reward)
        inside = self.flow.value(step_rewards(self.flow, r))
        of_moves = values_of_moves(self.flow, r, inside)
        steps = adjoint_of_flow(self.flow, self.scenarios.pulls.class_slopes, of_moves, self.chance)
        many, columns = len(self.copies.pulled), of_work.shape[1]
        found = _Open(
            results=np.zeros((3, many, columns)),
            uses=np.zeros((many, columns)),
            start=np.zeros((self.copies.nodes, columns)),
            flow=[steps],
            pulled=[],
        )
        if many:
            spoilt, blind = steps.inputs
            if reward.on_work:
                self._through_work(r, of_work, found)
            if mean is not None:
                self._through_chances(reward, mean, untold, found)
            found.pulled.append(
                self._needs.back(
                    spoilt,
                    blind,
                    found.results,
                    found.uses,
                    share=np.zeros((many, columns)),
                    per_unit=np.zeros((len(self.copies.whole), columns)),
                )
            )
        start = np.full(of_work.shape, np.nan)
        start[self.copies.transient >= 0] = inside[::2]
        start = times(self.chance, start) + found.start
        start[self.copies.transient < 0] = np.nan
        return self._mixed(found, start)

    def _through_work(self, r: Stacked, of_work: Floats, found: _Open) -> None:
        copies = self.copies
        weight = (self.chance * self._work)[copies.pulled.receiver]
        found.uses += times(weight, self._value_of_use(r, of_work))
        drawn = weight * copies.uses * (copies.key < 0)
        found.results[BAD] += times(drawn, r.bad)
        found.results[DRAWS] += times(drawn, of_work[copies.pulled.giver] + r.draws)
        found.results[REJECTED] += times(drawn, r.rejected)
        weights: dict[int, Floats] = {}
        for key, (rows, used) in enumerate(zip(self._first, self._used, strict=True)):
            drawn = self.scenarios.chance * used
            found.results[DRAWS][rows] += times(drawn, of_work[copies.pulled.giver[rows]] + r.draws[rows])
            found.results[REJECTED][rows] += times(drawn, r.rejected[rows])
            weights[key] = self._value_of_draws(r, of_work, rows)
        weights = {key: weight for key, weight in weights.items() if np.any(weight)}
        if weights:
            use = adjoint_of_use(self._use, weights, self.scenarios.chance, self.scenarios.others)
            found.results[BAD] += use.bad
            found.flow += use.flow
            found.pulled += use.pulled
            found.start += use.start

    def _through_chances(self, reward: Stacked, mean: Floats, untold: set[int], found: _Open) -> None:
        value = difference(self.values(reward), np.broadcast_to(mean, (self.count, len(mean))))
        sign = np.where(self.scenarios.scenarios > 0, 1.0, -1.0)
        for key, rows in enumerate(self._first):
            found.results[BAD][rows] += times(self.scenarios.others[:, key] * sign[:, key], value)
            if key in untold:
                found.results[BAD][rows] += np.where(self.scenarios.chance > 0, np.nan, 0.0)[:, None]

    def _mixed(self, found: _Open, start: Floats) -> Gradient:
        """The sums over the scenarios."""

        def mix(values: Floats) -> Floats:
            return np.asarray(values.reshape(self.count, -1, values.shape[1]).sum(axis=0))

        def slopes(parts: Sequence[FlowAdjoint | PulledSums], size: int) -> Slopes:
            if not parts:
                return Slopes(*(np.zeros((size, start.shape[1])) for _ in fields(Slopes)))
            total = _plus(parts)
            return Slopes(**{f.name: mix(getattr(total, f.name)) for f in fields(Slopes)})

        per_unit = np.zeros((len(self.network.whole), start.shape[1]))
        for part in found.pulled:
            per_unit += mix(part.per_unit)
        return Gradient(
            slopes(found.flow, len(self.network.flow)),
            slopes(found.pulled, len(self.network.pulled)),
            per_unit,
            mix(start),
        )
