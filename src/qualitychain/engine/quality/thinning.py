"""Chances that a case never uses certain common causes, jointly with what else happens to it (formulas: Flow of units).

A common cause is drawn once, when the case first uses it, so its giver's work is the chance of any use at all. That
chance is the mass that leaves the chain when every step that would use it is thinned out. The equations are those of
:mod:`qualitychain.engine.quality.pulls`, with every probability joint with "and none of these inputs was used".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from qualitychain.engine.network.network import ON_INSPECTION, ON_TIME, ON_UNIT, Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.flow import Flow, absorbed_by_copy
from qualitychain.engine.quality.moves import ENDS, Terms, classes_of
from qualitychain.engine.quality.pulls import Pulls, ready_in_turn
from qualitychain.engine.quality.request import Rounds
from qualitychain.engine.quality.sweep import Sweep

MOST_SWEEPS = 10_000


@dataclass(frozen=True)
class Thinned:
    """Joint with "none of the avoided inputs was used": nodes (V,) and pulled handoffs (H,)."""

    unit_good: Floats
    """All unit-affecting inputs good."""
    unit_any: Floats
    sighted: Floats
    """All inspection-affecting inputs good."""
    inspection_any: Floats
    time_any: Floats
    request_good: Floats
    """A request ends with a good result."""
    request_any: Floats
    """A request ends."""

    def classes(self, nodes: Any = slice(None)) -> Floats:
        """Chances of the classes of a visit, joint with not using the avoided inputs, shape (nodes, CLASSES)."""
        sighted, good, time = self.sighted[nodes], self.unit_good[nodes], self.time_any[nodes]
        blind = np.maximum(self.inspection_any[nodes] - sighted, 0.0)
        return classes_of(good * time, np.maximum(self.unit_any[nodes] - good, 0.0) * time, sighted, blind)

    @property
    def class_slopes(self) -> list[Floats]:
        """Derivatives of these to the first five fields, in their order."""
        good, spoilt, time = self.unit_good, self.unit_any - self.unit_good, self.time_any
        sighted, blind = self.sighted, self.inspection_any - self.sighted
        return [
            classes_of(time, -time, sighted, blind),
            classes_of(0.0 * time, time, sighted, blind),
            classes_of(good * time, spoilt * time, 1.0, -1.0),
            classes_of(good * time, spoilt * time, 0.0, 1.0),
            classes_of(good, spoilt, sighted, blind),
        ]


def thin(network: Network, outcome: Floats, avoided: Flags) -> Thinned:
    """Solve the pulled services jointly with not using the pulled handoffs flagged in ``avoided``, shape (H,)."""
    size, many = network.nodes, len(network.pulled)
    ones = [np.ones(size) for _ in range(5)]
    t = Thinned(ones[0], ones[1], ones[2], ones[3], ones[4], np.ones(many), np.ones(many))
    for nodes, circular in ready_in_turn(network):
        sweep = Sweep(network, nodes, outcome)
        if circular:
            # from zero upwards: the least solution is the probability
            for field in (t.unit_good, t.unit_any, t.sighted, t.inspection_any, t.time_any):
                field[nodes] = 0.0
        for _ in range(MOST_SWEEPS if circular else 1):
            before = (
                t.unit_any[nodes].copy(),
                t.unit_good[nodes].copy(),
                t.time_any[nodes].copy(),
                t.inspection_any[nodes].copy(),
            )
            _sweep(sweep, t, avoided)
            after = t.unit_any[nodes], t.unit_good[nodes], t.time_any[nodes], t.inspection_any[nodes]
            if all(np.all(np.abs(a - b) <= 1e-15) for a, b in zip(after, before, strict=True)):
                break
    return t


def _sweep(sweep: Sweep, t: Thinned, avoided: Flags) -> None:
    which, giver = sweep.handoffs, sweep.giver
    t.request_good[which], t.request_any[which] = _request(sweep.terms, t, giver)
    fixed = sweep.fixed
    drawn_now = np.isnan(fixed)
    good = np.where(drawn_now, t.request_good[which], 1.0 - fixed) * ~avoided[which]
    any_ = np.where(drawn_now, t.request_any[which], 1.0) * ~avoided[which]
    count = len(sweep.groups)
    for kind, good_of, any_of in (
        (ON_UNIT, t.unit_good, t.unit_any),
        (ON_INSPECTION, t.sighted, t.inspection_any),
        (ON_TIME, None, t.time_any),
    ):
        mine = sweep.affects == kind
        for chance, target in ((good, good_of), (any_, any_of)):
            if target is None:
                continue
            one = sums(sweep.group_place, sweep.share * chance, count)
            all_uses = one**sweep.whole * (1.0 - sweep.part * (1.0 - one))
            product = np.ones(len(sweep.nodes))
            np.multiply.at(product, sweep.place[mine], all_uses[mine])
            target[sweep.nodes] = product


def _request(terms: Terms, t: Thinned, giver: Integers) -> tuple[Floats, Floats]:
    """(good, any) of one request."""
    rounds = Rounds(terms, list(t.classes(giver).T), whole=False)
    return rounds.count(terms.handed_on & (ENDS == 0)), rounds.count(terms.handed_on)


def first_rows(network: Network) -> Integers:
    """One pulled handoff of each common cause, shape (keys,); those of one cause are alike."""
    keys, rows = np.unique(network.key, return_index=True)
    return np.asarray(rows[keys >= 0], dtype=np.int64)


class KeyUse:
    """In each scenario: the chance that a case uses a common cause at least once, also through other common causes."""

    network: Network
    copies: Network
    outcome: Floats
    pulls: Pulls
    count: int
    first: Integers

    def __init__(self, network: Network, copies: Network, outcome: Floats, pulls: Pulls) -> None:
        """``copies`` are copies of the network, one for each scenario, with their outcomes and solution."""
        self.network, self.copies, self.outcome, self.pulls = network, copies, outcome, pulls
        self.count = copies.nodes // network.nodes
        self.first = first_rows(network)
        self._solved: dict[frozenset[int], tuple[Floats, Thinned]] = {}

    def rows(self, key: int) -> Integers:
        """A pulled handoff of the key in each copy, shape (scenarios,)."""
        return np.asarray(self.first[key] + np.arange(self.count) * len(self.network.pulled))

    def used(self, key: int) -> Floats:
        """P(the case uses this key at least once), in each scenario, shape (scenarios,)."""
        chance = self._used(key)
        # a difference of numbers near 1: what is left of equal ones is rounding
        return np.where(chance > 1e-14, chance, 0.0)

    def _used(self, key: int) -> Floats:
        above = self._above(key)
        if not above:
            return 1.0 - self._avoid(frozenset({key}))[0]
        members = [*above, key]
        distribution = self._subsets(members, lambda avoided: self._avoid(avoided)[0])
        for user in above:  # top down: a key's own draw may use further keys, once
            direct = self._subsets(members, partial(self._not_by_draw, user))
            grown: dict[frozenset[int], Floats] = {}
            for state, chance in distribution.items():
                draws = direct if user in state else {frozenset[int](): np.ones(self.count)}
                for more, odds_of in draws.items():
                    grown[state | more] = grown.get(state | more, 0.0) + chance * odds_of
            distribution = grown
        return np.asarray(sum(chance for state, chance in distribution.items() if key in state))

    def _above(self, key: int) -> list[int]:
        """Keys whose draws may use ``key``, directly or through each other, those nearest to the units first."""
        uses = self._uses_of_draws
        reach: dict[int, set[int]] = {}

        def below(user: int) -> set[int]:
            # a common cause inside a circle of needs is refused by the model, so this ends
            if user not in reach:
                reach[user] = set(uses[user]).union(*(below(k) for k in uses[user]))
            return reach[user]

        above = [user for user in range(self.network.keys) if key in below(user)]
        return sorted(above, key=lambda user: -len(below(user)))

    @cached_property
    def _uses_of_draws(self) -> list[set[int]]:
        """For each key, the keys that its own draw may use, also nested in requests that are drawn at each use."""
        pulled, keys = self.network.pulled, self.network.key
        needs: dict[int, list[int]] = {}
        for row in np.flatnonzero(self._may_be_used()).tolist():
            needs.setdefault(int(pulled.receiver[row]), []).append(row)
        found = []
        for first in self.first:
            giver = int(pulled.giver[first])
            direct, seen, frontier = set[int](), {giver}, [giver]
            while frontier:
                for need in needs.get(frontier.pop(), ()):
                    giver = int(pulled.giver[need])
                    if keys[need] >= 0:
                        direct.add(int(keys[need]))
                    elif giver not in seen:
                        seen.add(giver)
                        frontier.append(giver)
            found.append(direct)
        return found

    def _may_be_used(self) -> Flags:
        """The requests that are made at all, shape (H,)."""
        return np.asarray(self.network.uses > 0)

    def _avoid(self, keys: frozenset[int]) -> tuple[Floats, Thinned]:
        """P(no visit uses any of the keys), in each scenario, and the thinned services."""
        if keys not in self._solved:
            t = thin(self.copies, self.outcome, np.isin(self.copies.key, list(keys)))
            flow = Flow(self.copies, self.pulls, t.classes())
            self._solved[keys] = absorbed_by_copy(flow, self.count).sum(axis=1), t
        return self._solved[keys]

    def _not_by_draw(self, user: int, keys: frozenset[int]) -> Floats:
        """P(the draw of ``user`` itself uses none of ``keys``, given its outcome), in each scenario."""
        t, rows = self._avoid(keys)[1], self.rows(user)
        bad, good = self.pulls.bad[rows], t.request_good[rows]
        is_bad = self.outcome[rows] == 1
        joint, marginal = np.where(is_bad, t.request_any[rows] - good, good), np.where(is_bad, bad, 1.0 - bad)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(marginal > 0, joint / marginal, 1.0)

    def _subsets(self, members: list[int], avoid: Callable[[frozenset[int]], Floats]) -> dict[frozenset[int], Floats]:
        """Distribution of which members are used, from the chances of avoiding each subset (Moebius inversion)."""
        count = len(members)
        chosen = [frozenset(m for i, m in enumerate(members) if bits >> i & 1) for bits in range(2**count)]
        chance_of = [avoid(keys) if keys else np.ones(self.count) for keys in chosen]
        distribution: dict[frozenset[int], Floats] = {}
        for bits, keys in enumerate(chosen):
            total, inner = np.zeros(self.count), bits
            while True:
                sign = -1.0 if (bits ^ inner).bit_count() % 2 else 1.0
                total += sign * chance_of[2**count - 1 - inner]
                if not inner:
                    break
                inner = (inner - 1) & bits
            distribution[keys] = total
        return distribution
