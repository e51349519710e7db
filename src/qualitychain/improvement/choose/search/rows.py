"""Which rows of the flow equations each project touches, and those rows under every set of the projects that do.

A unit's next step from a department depends only on the department's own handoffs and on its inputs. So a project
changes the rows of few departments, and each row depends on few projects. The states whose rows no project touches are
eliminated once; what is left is as small as the projects are few.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import splu

from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.engine.quality import moves
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.scenarios import MOST_KEYS, chance_of, outcome_of, scenarios_of
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.reach import reach_of
from qualitychain.improvement.choose.search.visit_cost import VisitCost, visit_cost
from qualitychain.model.chain.chain import Chain

KEPT_GOOD, KEPT_BAD, SHOWN, SHOWN_BAD = range(4)
"""What is counted at each customer, per started unit: 4 columns for each."""
MOST_LOCAL = 8
"""Projects at one department whose every combination is laid out; with more, some are decided first."""
LARGEST = 400
"""States of touched departments, at most: beyond it no bound is computed."""


class NoModelError(Exception):
    """The rows cannot be laid out; the text says why."""


class UnknownRowError(Exception):
    """A row that cannot be told from the projects at its department alone."""


_IMPOSSIBLE = frozenset({"QC010", "QC011", "QC012", "QC023", "QC025"})
"""Faults of a record or of the shares of one department: nothing done elsewhere mends them."""


@dataclass(frozen=True)
class _Variant:
    network: Network
    spoilt: Floats
    blind: Floats
    """Shape (scenarios, V) each."""
    cost: VisitCost | None


class Rows:
    """The touched rows of a chain in which the projects ``done`` (all the wide ones that are chosen) are carried out.

    States are conforming and nonconforming units at each touched department, in each scenario of common causes; columns
    are the states and then the counts at the customers.
    """

    costs: bool
    local: dict[int, frozenset[int]]
    chance: Floats
    release_rate: float
    customers: tuple[str, ...]
    chain: Chain
    compiled: Compiled
    counts: int
    nodes: tuple[int, ...]
    start: Floats
    before: Floats

    def __init__(
        self,
        combination: Combination,
        done: frozenset[int],
        wide: frozenset[int],
        *,
        costs: bool = False,
        solved: dict[bytes, Pulls] | None = None,
    ) -> None:
        """Lay out the rows; ``wide`` are all wide projects. With ``costs`` the last count is the cost of quality.

        ``solved`` keeps pulled services between several layouts: most projects do not touch any.

        That is without late deliveries, prevention, draws of common causes, and what a faultless chain would cost.

        Raises
        ------
        NoModelError
            When they cannot be laid out.
        AnalysisError, ChainError
            When the chain with ``done`` cannot be solved, or is none.
        """
        self._combination, self._done, self.costs = combination, done, costs
        self._pulled: dict[bytes, Pulls] = {} if solved is None else solved
        self._unknown: set[frozenset[int]] = set()
        self._variants: dict[frozenset[int], _Variant | None] = {}
        self._cache: dict[tuple[int, frozenset[int]], Floats | None] = {}
        chain = combination.chain_with(done)
        compiled = compile_chain(chain)
        network = compiled.network
        reach = reach_of(combination, compiled, costs=costs)
        if reach.wide - wide:
            raise NoModelError("what a project changes depends on another")
        plan = combination.plan
        possible = frozenset(
            p for p in range(len(plan)) if plan.requires[p] & wide <= done and not plan.rivals[p] & done
        )
        local = {v: mine & possible for v, mine in reach.local.items()}
        self.local = {v: mine for v, mine in local.items() if mine}
        """The projects that touch the rows of each node, by node number."""
        if network.keys > MOST_KEYS:
            raise NoModelError("too many common causes")
        self.network = network
        self._scenarios = scenarios_of(network)
        pulls = self._pulls(network)
        chance = chance_of(network, self._scenarios, pulls)
        self._kept = np.flatnonzero(chance > 0)
        self.chance = chance[self._kept]
        self.release_rate = compiled.release_rate
        self.customers = tuple(c.name for c in chain.customers)
        self.chain, self.compiled = chain, compiled
        self.counts = 4 * len(self.customers) + costs
        self.nodes = tuple(sorted(self.local))
        self._lay_out(self._made(compiled, pulls))

    def _pulls(self, network: Network) -> Pulls:
        key = _pulled_key(network)
        if key not in self._pulled:
            self._pulled[key] = solve_pulls(network.copies(len(self._scenarios)), outcome_of(network, self._scenarios))
        return self._pulled[key]

    @property
    def scenarios(self) -> int:
        """Scenarios of common causes that can happen."""
        return len(self._kept)

    @cached_property
    def place(self) -> dict[int, Integers]:
        """For each touched node its states, shape (scenarios, 2)."""
        return {
            node: (np.arange(self.scenarios)[:, None] * len(self.nodes) + i) * 2 + np.arange(2)[None, :]
            for i, node in enumerate(self.nodes)
        }

    @property
    def states(self) -> int:
        """How many states are left."""
        return 2 * len(self.nodes) * self.scenarios

    def row(self, node: int, chosen: frozenset[int]) -> Floats | None:
        """The rows of a node under a set of its projects, shape (scenarios, 2, states + counts); None where impossible.

        Raises
        ------
        UnknownRowError
            When the chain with these projects only has no answer, though with others beside them it may have one.
        """
        key = (node, chosen & self.local[node])
        if key not in self._cache:
            variant = self._variant(key[1])
            self._cache[key] = None if variant is None else self._reduced(node, variant)
        return self._cache[key]

    def _variant(self, chosen: frozenset[int]) -> _Variant | None:
        needed = frozenset(chosen).union(*(self._combination.plan.requires[p] for p in chosen))
        if needed in self._unknown:
            raise UnknownRowError
        if needed not in self._variants:
            try:
                self._variants[needed] = self._solved(needed | self._done)
            except UnknownRowError:
                self._unknown.add(needed)
                raise
        return self._variants[needed]

    def _solved(self, chosen: frozenset[int]) -> _Variant | None:
        try:
            compiled = compile_chain(self._combination.chain_with(chosen))
            pulls = self._pulls(compiled.network)
        except ChainError as error:
            if any(fault.code in _IMPOSSIBLE for fault in error.faults):
                return None
            raise UnknownRowError from None
        except AnalysisError:
            raise UnknownRowError from None
        return self._made(compiled, pulls)

    def _made(self, compiled: Compiled, pulls: Pulls) -> _Variant:
        shape = (len(self._scenarios), -1)
        spoilt, blind, draws = (v.reshape(shape)[self._kept] for v in (pulls.spoilt, pulls.blind, pulls.draws))
        cost = visit_cost(compiled, spoilt, blind, draws) if self.costs else None
        return _Variant(compiled.network, spoilt, blind, cost)

    def _lay_out(self, base: _Variant) -> None:
        """Eliminate the states that no project touches."""
        network = base.network
        rows = int(network.transient.max(initial=-1)) + 1
        scenarios, touched = self.scenarios, set(self.nodes)
        whole = 2 * rows * scenarios
        if self.states > LARGEST:
            raise NoModelError("the projects touch too many departments")
        row_of = network.transient
        self._full_rows, self._whole = rows, whole
        givers = [int(v) for v in np.flatnonzero(row_of >= 0)]
        quiet = [v for v in givers if v not in touched]
        outside = np.concatenate(
            [2 * (w * rows + row_of[v]) + np.arange(2) for w in range(scenarios) for v in quiet] or [np.zeros(0, int)]
        ).astype(np.int64)
        inside = np.zeros(self.states, dtype=np.int64)
        for node in self.nodes:
            for w in range(scenarios):
                inside[self.place[node][w]] = 2 * (w * rows + row_of[node]) + np.arange(2)
        lines = _full_rows(base, np.array(quiet, dtype=np.int64), rows, self.counts)
        start = np.zeros(whole)
        for v in np.flatnonzero(network.start):
            for w in range(scenarios):
                start[2 * (w * rows + row_of[v])] += self.chance[w] * network.start[v]
        reached = self._reached(lines, outside, start)
        outside = outside[reached]
        lines = lines[reached]
        self._inside, self._outside = inside, outside
        columns = np.concatenate((inside, whole + np.arange(self.counts)))
        if len(outside):
            onward = np.asarray(lines[:, columns].todense())
            try:
                solved = splu(csc_array(eye_array(len(outside)) - lines[:, outside])).solve(onward)
            except RuntimeError:
                raise NoModelError("units circulate for ever") from None
            if not np.isfinite(solved).all():
                raise NoModelError("units circulate for ever")
            self._after = np.maximum(solved, 0.0)
        else:
            self._after = np.zeros((0, len(columns)))
        begin = start[outside] @ self._after
        self.start = start[inside] + begin[: self.states]
        self.before = begin[self.states :]

    def _reached(self, lines: Any, outside: Integers, start: Floats) -> Integers:
        """Places of the untouched states that units can reach, a touched one being taken to lead anywhere it may."""
        links = [lines.tocoo()]
        source, target = [outside[links[0].row]], [links[0].col]
        for node in self.nodes:
            states = self.place_full(node)
            variants = self._open_variants(node)
            if variants is None:
                # taken to lead everywhere
                source.append(np.repeat(states, self._whole))
                target.append(np.tile(np.arange(self._whole), len(states)))
                continue
            for variant in variants:
                if variant is not None:
                    found = _full_rows(variant, np.array([node]), self._full_rows, self.counts).tocoo()
                    source.append(states[found.row])
                    target.append(found.col)
        first = np.flatnonzero(start)
        root = self._whole + self.counts
        source.append(np.full(len(first), root))
        target.append(first)
        graph = csr_array(
            (np.ones(sum(map(len, source))), (np.concatenate(source), np.concatenate(target))),
            shape=(root + 1, root + 1),
        )
        seen = np.zeros(root + 1, dtype=bool)
        seen[breadth_first_order(graph, root, directed=True, return_predecessors=False)] = True
        return np.flatnonzero(seen[outside])

    def _open_variants(self, node: int) -> list[_Variant | None] | None:
        """The variants under every set of a node's projects; None where they are too many or cannot be told."""
        if len(self.local[node]) > MOST_LOCAL:
            return None
        try:
            return [self._variant(chosen) for chosen in patterns(self.local[node], self._combination)]
        except UnknownRowError:
            return None

    def place_full(self, node: int) -> Integers:
        """States of a node among all, in the order of ``_full_rows``."""
        return np.concatenate(
            [2 * (w * self._full_rows + self.network.transient[node]) + np.arange(2) for w in range(self.scenarios)]
        ).astype(np.int64)

    def _reduced(self, node: int, variant: _Variant) -> Floats:
        full = _full_rows(variant, np.array([node]), self._full_rows, self.counts)
        columns = np.concatenate((self._inside, self._whole + np.arange(self.counts)))
        own = np.asarray(full[:, columns].todense()) + full[:, self._outside] @ self._after
        return np.asarray(own, dtype=np.float64).reshape(self.scenarios, 2, -1)


def _pulled_key(network: Network) -> bytes:
    """All that the pulled services of a network, and its scenarios of common causes, depend on."""
    groups = (network.group, network.key, network.group_receiver, network.whole, network.part, network.affects)
    handoffs = (getattr(network.pulled, f.name) for f in fields(network.pulled))
    return b"|".join(np.ascontiguousarray(values).tobytes() for values in (*groups, *handoffs))


def patterns(local: frozenset[int], combination: Combination) -> list[frozenset[int]]:
    """Every subset of some projects that groups, and requirements among them, allow."""
    found = [frozenset[int]()]
    for p in (q for q in combination.plan.order if q in local):
        needs, rivals = combination.plan.requires[p] & local, combination.plan.rivals[p]
        found += [s | {p} for s in found if needs <= s and not rivals & s]
    return found


def _full_rows(variant: _Variant, nodes: Integers, rows: int, counts: int) -> csr_array[Any]:
    """Rows of some nodes (by scenario, node, conforming first), columns: all states, then the counts."""
    network, scenarios = variant.network, len(variant.spoilt)
    flow = network.flow
    index = np.full(network.nodes, -1, dtype=np.int64)
    index[nodes] = np.arange(len(nodes))
    mine = np.flatnonzero(index[flow.giver] >= 0)
    whole = 2 * rows * scenarios
    lines, columns, values = [], [], []

    def put(line: Integers, column: Integers, value: Floats) -> None:
        keep = (value > 0) & (column >= 0)
        lines.append(line[keep])
        columns.append(column[keep])
        values.append(value[keep])

    giver, terms, price = flow.giver[mine], moves.Terms.of(flow, mine), variant.cost
    counted, spent = moves.counts(terms), np.full(len(mine), whole + counts - 1)
    customer = network.absorbing[flow.receiver[mine]]
    shown = np.where(customer >= 0, whole + 4 * customer + SHOWN, -2)
    for w in range(scenarios):
        spoilt, blind = variant.spoilt[w][giver], variant.blind[w][giver]
        visit = flow.share[mine, None] * moves.classes_of(1.0 - spoilt, spoilt, 1.0 - blind, blind)
        onward = _state(network, flow.receiver[mine], w, rows, whole)
        back = np.where(flow.reworked[mine], _state(network, flow.back[mine], w, rows, whole), -2)
        for m, (move, chance) in enumerate(zip(moves.MOVES, moves.chances(terms, list(visit.T)), strict=True)):
            line = 2 * (w * len(nodes) + index[giver]) + move.begins
            target = np.where(counted["accepted"][m], onward, back)
            put(line, np.where(target >= 0, target + move.ends, -2), chance)
            put(line, shown, chance * counted["presented"][m])
            put(line, np.where(shown >= 0, shown + 1, -2), chance * counted["presented_bad"][m])
            if price is not None:
                each = price.tried + move.rejected * price.rejected
                put(line, spent, chance * (each[mine] + counted["presented_bad"][m] * price.presented_bad[mine]))
        if price is not None:
            for q in (0, 1):
                own = 2 * (w * len(nodes) + np.arange(len(nodes))) + q
                put(own, np.full(len(nodes), whole + counts - 1), price.visit[w][nodes])
    shape = (2 * scenarios * len(nodes), whole + counts)
    if not lines:
        return csr_array(shape)
    return csr_array((np.concatenate(values), (np.concatenate(lines), np.concatenate(columns))), shape=shape)


def _state(network: Network, node: Integers, scenario: int, rows: int, whole: int) -> Integers:
    row, column = network.transient[node], network.absorbing[node]
    return np.where(row >= 0, 2 * (scenario * rows + row), whole + 4 * np.maximum(column, 0) + KEPT_GOOD)
