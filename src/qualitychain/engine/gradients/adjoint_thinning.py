"""Backwards through the chance that a case uses a common cause at all (see ``thinning``).

That chance is a sum of products of two kinds of numbers: chances that no visit of a case uses certain causes, each from
thinned equations of its own, and chances that the draw of one cause does not use others. It is of degree 1 in each of
them, so raising one by 1 raises it by its derivative, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from qualitychain.engine.gradients.adjoint_flow import (
    FlowAdjoint,
    adjoint_of_flow,
    difference,
    gathering,
    step_rewards,
    times,
    values_of_moves,
)
from qualitychain.engine.gradients.adjoint_pulls import Equations, PulledSums, group_slopes
from qualitychain.engine.gradients.reward import Reward, stacked
from qualitychain.engine.network.network import ON_INSPECTION, ON_TIME, ON_UNIT, Flags, Floats, Network, sums
from qualitychain.engine.quality.extended_flow import ExtendedFlow
from qualitychain.engine.quality.flow import absorbed_by_copy
from qualitychain.engine.quality.moves import ENDS, PARAMETERS, Terms, chances, slope
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.request import Rounds
from qualitychain.engine.quality.thinning import KeyUse, Thinned, thin

Place = tuple[int, frozenset[int]]
"""A number that the chance of use is formed from: (-1, causes not used by visits), or (user, not by its draw)."""
BY_VISITS = -1


class TracedUse(KeyUse):
    """Chances of use, with what they are formed from, and their derivatives to that."""

    def __init__(self, network: Network, copies: Network, outcome: Floats, pulls: Pulls) -> None:
        super().__init__(network, copies, outcome, pulls)
        self.flows: dict[frozenset[int], ExtendedFlow] = {}
        self._formed: dict[Place, Floats] = {}
        self._raised: Place | None = None

    def slopes(self, key: int) -> dict[Place, Floats]:
        """Derivative of the chance that ``key`` is used to each number it is formed from, shape (scenarios,) each."""
        self._formed.clear()
        before = self._used(key)
        places, found = list(self._formed), {}
        for place in places:
            self._raised = place
            found[place] = self._used(key) - before
        self._raised = None
        return found

    def _may_be_used(self) -> Flags:
        # also needs that are met 0 times now: a small change would use them
        return np.ones(len(self.network.pulled), dtype=bool)

    def thinned(self, keys: frozenset[int]) -> Thinned:
        """The pulled services joint with not using some causes."""
        return self._solved[keys][1]

    def avoided(self, keys: frozenset[int]) -> Floats:
        """Chance that no visit uses any of some causes, in each scenario, shape (scenarios,)."""
        return self._solved[keys][0]

    def draw_slopes(self, user: int, keys: frozenset[int]) -> tuple[Floats, Floats, Floats]:
        """Derivatives of the chance that ``user`` ends as in the scenario and uses none of ``keys``, given that chance.

        To the chances that its request ends good, and at all, without using them; and, with what they are given, to
        the chance that it is bad; shape (scenarios,) each.
        """
        is_bad = self.outcome[self.rows(user)] == 1
        sign = np.where(is_bad, -1.0, 1.0)
        return sign, np.where(is_bad, 1.0, 0.0), sign * super()._not_by_draw(user, keys)

    def _avoid(self, keys: frozenset[int]) -> tuple[Floats, Thinned]:
        if keys not in self._solved:
            t = thin(self.copies, self.outcome, np.isin(self.copies.key, list(keys)))
            self.flows[keys] = ExtendedFlow(self.copies, self.pulls, t.classes())
            self._solved[keys] = absorbed_by_copy(self.flows[keys], self.count).sum(axis=1), t
        chance, t = self._solved[keys]
        return self._traced((BY_VISITS, keys), chance), t

    def _not_by_draw(self, user: int, keys: frozenset[int]) -> Floats:
        return self._traced((user, keys), super()._not_by_draw(user, keys))

    def _traced(self, place: Place, chance: Floats) -> Floats:
        self._formed[place] = chance
        return chance + 1.0 if place == self._raised else chance


@dataclass
class UseAdjoint:
    """Derivatives of a sum of chances of use, weighted: to flow and pulled parameters, and to the bad chances."""

    flow: list[FlowAdjoint]
    pulled: list[PulledSums]
    bad: Floats
    """To the chance that each pulled handoff's request is bad, shape (H, m)."""
    start: Floats
    """To the share of units started at each node: the sum for a unit started there, shape (V, m)."""


def adjoint_of_use(use: TracedUse, weights: dict[int, Floats], chance: Floats, others: Floats) -> UseAdjoint:
    """Derivatives of the sum over keys and scenarios of chance of the scenario * weight * chance that the key is used.

    Parameters
    ----------
    weights : array for each key, shape (scenarios, m)
    chance : array, shape (scenarios,)
        Probability of each scenario.
    others : array, shape (scenarios, keys)
        Its derivative to the chance of each key's outcome. That chance times "not used by this draw, given the outcome"
        is one joint chance, so an outcome that is impossible now needs no division by 0.
    """
    columns = next(iter(weights.values())).shape[1]
    result = UseAdjoint([], [], np.zeros((len(use.copies.pulled), columns)), np.zeros((use.copies.nodes, columns)))
    to_place: dict[Place, Floats] = {}
    for key, weight in weights.items():
        # what a mean unit does; what one from here does more or less than that follows from the chances by visits
        result.start += np.repeat(times(chance * use.used(key), weight), use.network.nodes, axis=0)
        for place, to_use in use.slopes(key).items():
            of_scenario = chance if place[0] == BY_VISITS else others[:, place[0]]
            to_place[place] = to_place.get(place, 0.0) + times(to_use * of_scenario, weight)
    for keys in dict.fromkeys(causes for _, causes in to_place):
        requests = np.zeros((2, *result.bad.shape))
        for (user, causes), to_chance in to_place.items():
            if causes == keys and user != BY_VISITS:
                rows = use.rows(user)
                for of, slope in zip((*requests, result.bad), use.draw_slopes(user, keys), strict=True):
                    of[rows] += slope[:, None] * to_chance
        _through_thinned(use, keys, to_place.get((BY_VISITS, keys)), requests, result)
    return result


def _through_thinned(
    use: TracedUse, keys: frozenset[int], by_visits: Floats | None, requests: Floats, result: UseAdjoint
) -> None:
    copies, t = use.copies, use.thinned(keys)
    nodes = np.zeros((5, copies.nodes, result.bad.shape[1]))
    if by_visits is not None and np.any(by_visits):
        flow = use.flows[keys]
        ends = stacked(copies, [Reward(absorbed=np.ones(2 * len(copies.customers) + 2))])
        inside = flow.value(step_rewards(flow, ends))
        weight = np.repeat(by_visits, copies.nodes // use.count, axis=0)
        giving, mean = copies.transient >= 0, np.repeat(use.avoided(keys), use.network.nodes)[:, None]
        result.start[giving] += times(weight[giving], difference(inside[::2], mean[giving]))
        wide = adjoint_of_flow(flow, t.class_slopes, values_of_moves(flow, ends, inside), weight)
        result.flow.append(wide)
        nodes += np.array(wide.inputs)
    avoided = np.isin(copies.key, list(keys))
    result.pulled.append(AdjointThinned(copies, use.outcome, avoided, t).back(nodes, *requests))


# Which of (unit_good, unit_any, sighted, inspection_any, time_any) a kind of group enters, and by good or any use.
_ENTERS = {ON_UNIT: ((0, True), (1, False)), ON_INSPECTION: ((2, True), (3, False)), ON_TIME: ((4, False),)}


class AdjointThinned:
    """The derivatives of the pulled services joint with not using the pulled handoffs flagged in ``avoided``."""

    free: Flags
    good: Floats
    any: Floats
    chance: dict[bool, Floats]
    slopes: dict[bool, tuple[Floats, Floats]]

    def __init__(self, network: Network, outcome: Floats, avoided: Flags, t: Thinned) -> None:
        self.network = network
        drawn = np.isnan(outcome)
        self.free = drawn & ~avoided
        self.good, self.any = _requests(network, t)
        fixed_good = np.where(drawn, t.request_good, 1.0 - np.where(drawn, 0.0, outcome))
        self.chance = {
            True: np.where(avoided, 0.0, fixed_good),
            False: np.where(avoided, 0.0, np.where(drawn, t.request_any, 1.0)),
        }
        self.slopes = {}
        for well, chance in self.chance.items():
            one = sums(network.group, network.pulled.share * chance, len(network.whole))
            self.slopes[well] = group_slopes(network, 1.0 - one)

    def _equations(self) -> Equations:
        network, size = self.network, self.network.nodes
        values, rows, columns = [], [], []
        kind = network.affects[network.group]
        for affects, enters in _ENTERS.items():
            for target, well in enters:
                to_one = self.slopes[well][0][network.group]
                outer = np.where(self.free & (kind == affects), to_one * network.pulled.share, 0.0)
                for source in range(5):
                    value = times(outer, (self.good if well else self.any)[source])
                    used = value != 0
                    values.append(value[used])
                    rows.append(network.group_receiver[network.group][used] + target * size)
                    columns.append(network.pulled.giver[used] + source * size)
        shape = (5 * size, 5 * size)
        return Equations(csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape))

    def back(self, nodes: Floats, good: Floats, any_: Floats) -> PulledSums:
        """Derivatives to all parameters from those to the nodes' chances (5, V, m) and to requests (H, m)."""
        network, size = self.network, self.network.nodes
        onto = gathering(network.pulled.giver, size)
        adj = np.concatenate(
            [nodes[i] + onto @ (times(self.good[i], good) + times(self.any[i], any_)) for i in range(5)]
        )
        psi = self._equations().solve(adj).reshape(5, size, -1)[:, network.group_receiver]
        share, per_unit = np.zeros_like(good), np.zeros((len(network.whole), good.shape[1]))
        results = {True: good.copy(), False: any_.copy()}
        for affects, enters in _ENTERS.items():
            mine = (network.affects == affects).astype(np.float64)
            for target, well in enters:
                to_one, to_count = self.slopes[well]
                one = times(mine * to_one, psi[target])[network.group]
                share += times(self.chance[well], one)
                per_unit -= times(mine * to_count, psi[target])
                results[well] += times(np.where(self.free, network.pulled.share, 0.0), one)
        named = {
            name: times(self.good[i], results[True]) + times(self.any[i], results[False])
            for i, name in enumerate(PARAMETERS, start=5)
        }
        return PulledSums(**named, share=share, per_unit=per_unit)


def _requests(network: Network, t: Thinned) -> tuple[Floats, Floats]:
    """Derivatives of (good, any) of each request, shape (10, H): five chances of the giver, then its parameters."""
    giver, terms = network.pulled.giver, Terms.of(network.pulled, replaced=True)
    visit = list(t.classes(giver).T)
    rounds = Rounds(terms, visit, whole=False)
    changes = [chances(terms, list(slopes[giver].T)) for slopes in t.class_slopes]
    changes += [slope(terms, parameter, visit) for parameter in PARAMETERS]
    # requests that never end: nobody makes them
    never = rounds.stuck | ~(rounds.ends > 0)
    good, any_ = (
        np.where(never, 0.0, rounds.slopes(flags, changes))
        for flags in (terms.handed_on & (ENDS == 0), terms.handed_on)
    )
    return good, any_
