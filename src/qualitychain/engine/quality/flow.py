"""The travelling units (formulas: Flow of units): states (node, conforming), the moves between them, absorption.

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
from qualitychain.engine.network.network import Flags, Floats, Integers, Network, sums
from qualitychain.engine.quality.moves import BEGINS, DAMAGED, ENDS, REJECTED, SHOWN, Terms, chances, counts
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
class Moves:
    """The moves of one kind that can happen: from a state, to a state, with a probability."""

    source: Integers
    target: Integers
    chance: Floats


class Flow:
    """The state chain of one scenario, restricted to the states that units reach."""

    classes: Floats
    whole: bool
    spoilt: Floats
    blind: Floats
    rows: int
    columns: int

    def __init__(self, network: Network, pulls: Pulls, thin: Floats | None = None) -> None:
        """``thin`` are classes of visits, shape (V, CLASSES), with part of the chance left out (see ``thinning``)."""
        self.network = network
        self.classes = pulls.classes if thin is None else thin
        """Chances of the classes of a visit at each node, shape (V, CLASSES)."""
        self.whole = thin is None
        """Whether the ways out of a state add up to 1: nothing is thinned out."""
        self.spoilt, self.blind = pulls.spoilt, pulls.blind
        self.rows = int(network.transient.max(initial=-1)) + 1
        self.columns = 2 * len(network.customers) + 2

    @cached_property
    def terms(self) -> Terms:
        """The constants of the flow handoffs."""
        return Terms.of(self.network.flow)

    def moves(self, classes: Floats, *, share: bool = True) -> Floats:
        """The value of every move of ``MOVES`` by every flow handoff, shape (12, F, ...).

        Parameters
        ----------
        classes : array, shape (V, CLASSES) or (V, CLASSES, n)
            Of the visits of each node: chances, or anything linear in them.
        share : bool
            Whether the handoff must be chosen too.
        """
        flow, wide = self.network.flow, classes.ndim == 3
        visit = np.moveaxis(classes[flow.giver], 1, 0)
        if share:
            visit = visit * (flow.share[:, None] if wide else flow.share)
        return chances(self.terms.wide() if wide else self.terms, list(visit))

    @cached_property
    def chances(self) -> Floats:
        """Chance of every move, given its source, shape (12, F)."""
        return self.moves(self.classes)

    @cached_property
    def source(self) -> Integers:
        """State that each move leaves, shape (12, F)."""
        return np.asarray(2 * self.network.transient[self.network.flow.giver] + BEGINS)

    @cached_property
    def target(self) -> Integers:
        """State that it enters, absorbing columns after the transient states, shape (12, F)."""
        flow, scrap = self.network.flow, 2 * self.rows + self.columns - 2
        onward = self._state(flow.receiver)
        away = np.where(flow.reworked, self._state(flow.back), scrap)
        return np.asarray(np.where(self.terms.handed_on, onward, away) + ENDS)

    @cached_property
    def passing(self) -> Floats:
        """Expected number of every move per started unit, shape (12, F)."""
        return np.asarray(self.chances * self.visits[self.source])

    @cached_property
    def _moves(self) -> tuple[Moves, Moves]:
        """Moves among transient states, and moves into absorbing ones."""
        n, used = 2 * self.rows, self.chances > 0
        source, target, chance = self.source[used], self.target[used], self.chances[used]
        inner = target < n
        return (
            Moves(source[inner], target[inner], chance[inner]),
            Moves(source[~inner], target[~inner] - n, chance[~inner]),
        )

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
        reached = np.zeros(2 * self.rows, dtype=bool)
        reached[self.reached] = True
        clean = self.chances * ((SHOWN == 0) & (ENDS == 0))
        if never_rejected:
            clean = clean * ~REJECTED
        used = (clean > 0) & (self.target != 2 * self.rows + self.columns - 2)
        delivered, visits = self._deliver(self.source[used] // 2, self.target[used] // 2, clean[used], reached[::2])
        handed_on = (clean * ~REJECTED).sum(axis=0)
        return delivered, handed_on * visits[self.network.transient[self.network.flow.giver]]

    def _deliver(self, source: Integers, target: Integers, chance: Floats, reached: Flags) -> tuple[Floats, Floats]:
        keep = reached[source]
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
    """Conforming units that become nonconforming in the step, by the work or on the way."""
    made_in_transit: Floats
    """Those of them that were damaged on the way."""
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
    scrap = 2 * flow.rows + flow.columns - 2 + np.arange(2)[:, None, None]
    scrapped = np.where(flow.target == scrap, flow.passing, 0.0).sum(axis=1)
    return np.column_stack((customers, scrapped.reshape(2, count, -1).sum(axis=2).T))


def tally(flow: Flow) -> Tally:
    """Count what happens at every flow handoff (formulas: What is reported)."""
    found = {name: (flags * flow.passing).sum(axis=0) for name, flags in counts(flow.terms).items()}
    return Tally(**found, made_in_transit=damaged(flow))


def damaged(flow: Flow) -> Floats:
    """Conforming units that are damaged on the way by each flow handoff, per started unit, shape (F,)."""
    f = flow.network.flow
    # before a receiver's inspection: what left conforming; after a giver's: what it handed on so
    conforming = f.share * flow.visits[2 * flow.network.transient[f.giver]] * (1.0 - f.defect)
    before = conforming * (1.0 - flow.spoilt[f.giver]) * f.transit
    return np.where(f.by_giver, (flow.passing * DAMAGED).sum(axis=0), before)
