"""The travelling units (formulas: Flow of units): states (node, conforming), moves with probabilities, absorption.

State ``2 * row`` is a conforming unit at the row-th node with outgoing flow, ``2 * row + 1`` a nonconforming one.
Absorbing columns are ``2 * k`` and ``2 * k + 1`` for customer k, then scrapped conforming and scrapped nonconforming.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from qualitychain.engine.linear.order import components
from qualitychain.engine.linear.solve import TransientSystem
from qualitychain.engine.network.network import (
    CONCESSION,
    REPAIR,
    REWORK,
    SCRAP,
    Flags,
    Floats,
    Integers,
    Network,
    sums,
)
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.errors import AnalysisError


class EndlessUnitsError(AnalysisError):
    """Units at these nodes can never leave the chain."""

    def __init__(self, nodes: Integers) -> None:
        self.nodes = nodes
        super().__init__(f"units circulate for ever at nodes {', '.join(map(str, nodes[:6]))}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.nodes,)


@dataclass(frozen=True)
class Odds:
    """What one pass through each flow handoff does to a unit that starts it conforming, and to one that does not."""

    spoils: Floats
    """A conforming unit becomes nonconforming."""
    keeps: Floats
    """A conforming unit stays so."""
    stays_bad: Floats
    """A nonconforming unit passes the step; 1 but in thinned chains (see ``thinning``)."""
    finds: Floats
    misses: Floats
    alarm: Floats


def odds(network: Network, pulls: Pulls) -> Odds:
    """The odds of every flow handoff, shape (F,) each."""
    flow = network.flow
    spoilt, blind = pulls.spoilt[flow.giver], np.where(flow.by_giver, pulls.blind[flow.giver], 0.0)
    finds = flow.detect * (1.0 - blind)
    return Odds(
        spoils=spoilt + flow.defect - spoilt * flow.defect,
        keeps=(1.0 - spoilt) * (1.0 - flow.defect),
        stays_bad=np.ones(len(flow)),
        finds=finds,
        # not 1 - finds: a detect of 1 - 1e-18 is 1, but a blindness of 1e-18 is not lost this way
        misses=(1.0 - flow.detect) + flow.detect * blind,
        alarm=flow.alarm,
    )


@dataclass(frozen=True)
class Moves:
    """The moves of one kind, for every flow handoff: from a state, to a state, with a probability."""

    source: Integers
    target: Integers
    chance: Floats


class Flow:
    """The state chain of one scenario, restricted to the states that units reach."""

    def __init__(self, network: Network, pulls: Pulls, thin: Odds | None = None) -> None:
        self.network, self.odds = network, thin or odds(network, pulls)
        self.whole = thin is None
        """Whether the ways out of a state add up to 1: nothing is thinned out."""
        self.spoilt, self.blind = pulls.spoilt, pulls.blind
        self.rows = int(network.transient.max(initial=-1)) + 1
        self.columns = 2 * len(network.customers) + 2

    @cached_property
    def _moves(self) -> tuple[Moves, Moves]:
        """Moves among transient states, and moves into absorbing ones."""
        flow, o, n = self.network.flow, self.odds, 2 * self.rows
        good = 2 * self.network.transient[flow.giver]
        s = flow.share
        onward, rejected_to, cleared = self.routes
        sources, targets, chances = [], [], []
        for start, keeps, spoils in ((good, o.keeps, o.spoils), (good + 1, np.zeros(len(flow)), o.stays_bad)):
            found = s * spoils * o.finds
            for target, chance in (
                (onward, s * keeps * (1.0 - o.alarm)),
                (rejected_to, s * keeps * o.alarm),
                (onward + 1, s * spoils * o.misses),
                (rejected_to, found * cleared),
                (rejected_to + 1, found * (1.0 - cleared)),
            ):
                sources.append(start)
                targets.append(target)
                chances.append(chance)
        source, target, chance = np.concatenate(sources), np.concatenate(targets), np.concatenate(chances)
        used = chance > 0
        source, target, chance = source[used], target[used], chance[used]
        inner = target < n
        return (
            Moves(source[inner], target[inner], chance[inner]),
            Moves(source[~inner], target[~inner] - n, chance[~inner]),
        )

    @cached_property
    def routes(self) -> tuple[Integers, Integers, Floats]:
        """Per flow handoff: conforming states of accepted and of rejected units, and the share of rejects cleared."""
        flow = self.network.flow
        how = flow.on_reject
        onward, scrap = self._state(flow.receiver), 2 * self.rows + self.columns - 2
        rejected_to = np.where(how == REWORK, self._state(flow.back), np.where(how == SCRAP, scrap, onward))
        return onward, rejected_to, np.where((how == REWORK) | (how == REPAIR), flow.fix, 0.0)

    def _state(self, node: Integers) -> Integers:
        """The conforming state of a node, among transient states or, shifted by their number, among absorbing ones."""
        row, column = self.network.transient[node], self.network.absorbing[node]
        # a receiver that is neither (a dead end) cannot be reached: the model refuses it
        return np.where(row >= 0, 2 * row, 2 * self.rows + 2 * np.maximum(column, 0))

    @cached_property
    def start(self) -> Floats:
        """Where units start, shape (2 * rows,)."""
        entry = np.zeros(2 * self.rows)
        nodes = np.flatnonzero(self.network.start)
        entry[2 * self.network.transient[nodes]] = self.network.start[nodes]
        return entry

    @cached_property
    def reached(self) -> Integers:
        """States that units reach, ascending."""
        inner, _ = self._moves
        n = 2 * self.rows
        begin = np.flatnonzero(self.start)
        source = np.concatenate((inner.source, np.full(len(begin), n)))
        target = np.concatenate((inner.target, begin))
        graph = csr_array((np.ones(len(source)), (source, target)), shape=(n + 1, n + 1))
        seen = breadth_first_order(graph, n, directed=True, return_predecessors=False)
        return np.sort(seen[seen < n]).astype(np.int64)

    @cached_property
    def chain(self) -> Any:
        """Probabilities among the reached states, sparse."""
        inner, _ = self._moves
        place = np.full(2 * self.rows, -1, dtype=np.int64)
        place[self.reached] = np.arange(len(self.reached))
        keep = place[inner.source] >= 0
        shape = (len(self.reached), len(self.reached))
        return csr_array((inner.chance[keep], (place[inner.source[keep]], place[inner.target[keep]])), shape=shape)

    @cached_property
    def exits(self) -> Any:
        """Probabilities from every state into absorbing columns, sparse, shape (2 * rows, columns)."""
        _, outer = self._moves
        return csr_array((outer.chance, (outer.source, outer.target)), shape=(2 * self.rows, self.columns))

    @cached_property
    def system(self) -> TransientSystem:
        """The equations, factorised when first needed.

        Raises
        ------
        EndlessUnitsError
            Where units circulate for ever; the model refuses that at load time, but for the scenarios of common causes.
        """
        try:
            leaving = np.asarray(self.exits.sum(axis=1)).ravel()[self.reached] if self.whole else None
            return TransientSystem(self.chain, leaving=leaving)
        except AnalysisError:
            trapped = self._trapped()
            if len(trapped):
                raise EndlessUnitsError(trapped) from None
            raise

    def _trapped(self) -> Integers:
        """Nodes between which units circulate without reaching an exit."""
        size = len(self.reached)
        moves = self.chain.tocoo()
        leaving = np.flatnonzero(np.diff(self.exits.indptr)[self.reached])
        source = np.concatenate((moves.col, np.full(len(leaving), size)))
        target = np.concatenate((moves.row, leaving))
        backwards = csr_array((np.ones(len(source)), (source, target)), shape=(size + 1, size + 1))
        out = breadth_first_order(backwards, size, directed=True, return_predecessors=False)
        inside = np.ones(size, dtype=bool)
        inside[out[out < size]] = False
        # a state on the way into the trap is not to blame: keep those that units come back to
        label = components(self.chain)
        inside &= (np.bincount(label)[label] > 1) | (self.chain.diagonal() > 0)
        states = self.reached[inside]
        return np.asarray(np.unique(np.flatnonzero(self.network.transient >= 0)[states // 2]))

    @cached_property
    def visits(self) -> Floats:
        """Expected visits of every state per started unit, shape (2 * rows,); 0 where no unit comes."""
        solved = self.system.visits(self.start[self.reached])
        full = np.zeros(2 * self.rows)
        full[self.reached] = solved
        return full

    @cached_property
    def absorbed(self) -> Floats:
        """Share of the started units absorbed in each column, shape (columns,)."""
        return np.asarray(self.exits.T @ self.visits)

    def never_bad(self, *, never_rejected: bool) -> tuple[Floats, Floats]:
        """Units never yet nonconforming: delivered to each customer, shape (K,), and through each flow handoff, (F,).

        With ``never_rejected`` also without any rejection (first pass yield), else false alarms may send them round
        (rolled throughput yield); a false alarm that scraps is a loss in both.
        """
        network, flow, o = self.network, self.network.flow, self.odds
        reached = np.zeros(2 * self.rows, dtype=bool)
        reached[self.reached] = True
        giver = network.transient[flow.giver]
        onward = self._state(flow.receiver) // 2
        passes = flow.share * o.keeps * (1.0 - o.alarm)
        source, target, chance = [giver], [onward], [passes]
        if not never_rejected:
            falsely = flow.share * o.keeps * o.alarm
            back = np.where(flow.on_reject == REWORK, self._state(flow.back) // 2, onward)
            kept = flow.on_reject != SCRAP
            source.append(giver[kept])
            target.append(back[kept])
            chance.append(falsely[kept])
        delivered, visits = self._deliver(
            np.concatenate(source), np.concatenate(target), np.concatenate(chance), reached[::2]
        )
        return delivered, passes * visits[giver]

    def _deliver(self, source: Integers, target: Integers, chance: Floats, reached: Flags) -> tuple[Floats, Floats]:
        keep = (chance > 0) & reached[source]
        source, target, chance = source[keep], target[keep], chance[keep]
        place = np.cumsum(reached) - 1
        inner = target < self.rows
        size = int(reached.sum())
        # a conforming state may be entered here only if it is reached in the full chain, so all targets have a place
        chain = csr_array((chance[inner], (place[source[inner]], place[target[inner]])), shape=(size, size))
        visits = np.zeros(self.rows)
        visits[reached] = TransientSystem(chain).visits(self.start[::2][reached])
        arriving = chance[~inner] * visits[source[~inner]]
        return sums(target[~inner] - self.rows, arriving, len(self.network.customers)), visits


@dataclass(frozen=True)
class Tally:
    """What happens at every flow handoff, per started unit, shape (F,) each."""

    tried: Floats
    """Units handed over (before any inspection)."""
    made: Floats
    """Conforming units that become nonconforming in the step."""
    cleared: Floats
    """Nonconforming units made conforming by rework or repair."""
    rejected_true: Floats
    rejected_false: Floats
    presented: Floats
    presented_bad: Floats
    """Units that arrive at the receiver's door, and the nonconforming among them."""
    accepted: Floats
    accepted_bad: Floats
    """Units that enter the receiver, and the nonconforming among them."""


def absorbed_by_copy(flow: Flow, count: int) -> Floats:
    """What each of ``count`` copies absorbs: columns of its customers, then its scrap, shape (count, 2K + 2)."""
    customers = flow.absorbed[:-2].reshape(count, -1)
    counted, scraps = tally(flow), flow.network.flow.on_reject == SCRAP
    scrapped = [
        np.where(scraps, rejected, 0.0).reshape(count, -1).sum(axis=1)
        for rejected in (counted.rejected_false, counted.rejected_true)
    ]
    return np.column_stack((customers, *scrapped))


def tally(flow: Flow) -> Tally:
    """Count what happens at every flow handoff (formulas: What is reported)."""
    f, o = flow.network.flow, flow.odds
    state = 2 * flow.network.transient[f.giver]
    good, already = f.share * flow.visits[state], f.share * flow.visits[state + 1]
    made = good * o.spoils
    bad = made + already * o.stays_bad
    fine = good * o.keeps
    found, alarmed = bad * o.finds, fine * o.alarm
    repaired, conceded = f.on_reject == REPAIR, f.on_reject == CONCESSION
    mended = np.where((f.on_reject == REWORK) | repaired, f.fix, 0.0)
    handed_on = repaired | conceded
    accepted_bad = bad * o.misses + np.where(handed_on, found * (1.0 - np.where(repaired, f.fix, 0.0)), 0.0)
    accepted = accepted_bad + fine * np.where(handed_on, 1.0, 1.0 - o.alarm) + np.where(repaired, found * f.fix, 0.0)
    return Tally(
        tried=good + already,
        made=made,
        cleared=found * mended,
        rejected_true=found,
        rejected_false=alarmed,
        presented=np.where(f.by_giver, accepted, good + already),
        presented_bad=np.where(f.by_giver, accepted_bad, bad),
        accepted=accepted,
        accepted_bad=accepted_bad,
    )
