"""Which handoff made the defect that escaped: the nonconforming units of each customer by handoff.

Formulas: Attribution.

The last step that turned a unit from conforming to nonconforming bears the blame; the way comes after the work, so it
bears it only for units that left conforming. With H the chance of a nonconforming
unit to reach a customer without becoming conforming again, a step's blame is the flow into its nonconforming side times
H. Within the step the causes share equally (:mod:`qualitychain.engine.causes.step_shares`). What falls on a bad use
goes down to whatever made that request bad, and so on: a chain of its own, in which a circle of needs is a circle of
states,

    bad use of h -> spoilt step at its giver, own work fine or not -> bad use of the giver's inputs, or h's own work.

A common cause that is bad in a scenario is a bad use like any other there; its blame goes down given that it is bad.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from qualitychain.engine.causes.removal import given_shown
from qualitychain.engine.causes.step_shares import StepShares, step_shares
from qualitychain.engine.gradients.causes_in_scenarios import Scenarios, possible_scenarios
from qualitychain.engine.linear.solve import TransientSystem
from qualitychain.engine.network.network import Floats, Integers, Network, sums
from qualitychain.engine.quality.flow import Flow, damaged
from qualitychain.engine.quality.moves import BEGINS, DAMAGED, ENDS, MOVES, Move, Terms
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.request import rounds_at
from qualitychain.engine.quality.scenarios import LARGEST_SYSTEM, refuse_endless

_MISSED = MOVES.index(Move(1, 1, False, 1))
"""A nonconforming unit is handed on as it is."""


@dataclass(frozen=True)
class Blame:
    """Nonconforming units that each of K customers keeps, per started unit, by the handoff that made the defect.

    The entries of a customer add up to its nonconforming units.
    """

    flow: Floats
    """Made by the giver's work, shape (F, K)."""
    pulled: Floats
    """The same, shape (H, K)."""
    flow_transit: Floats
    """Made on the way, shape (F, K)."""
    pulled_transit: Floats
    """The same, shape (H, K)."""
    error_bound: float
    """Relative rounding error of the equations solved, at most."""


def blame(network: Network) -> Blame:
    """The escaped defects by handoff, in all scenarios of common causes together.

    Raises
    ------
    AnalysisError
        Where the quality of the network cannot be solved.

    Notes
    -----
    Per scenario one solve per customer on the nonconforming half of the states, and one per customer down the pulls.
    """
    customers = len(network.customers)
    found = [np.zeros((len(kind), customers)) for kind in 2 * (network.flow, network.pulled)]
    bound = 0.0
    size = network.nodes + len(network.flow) + len(network.pulled)
    for some in possible_scenarios(network, at_once=max(1, LARGEST_SYSTEM // size)):
        refuse_endless(network, some.pulls, len(some))
        one = _blame(network.copies(len(some)), some, customers)
        weight = some.chance[:, None, None]
        parts = (one.flow, one.pulled, one.flow_transit, one.pulled_transit)
        found = [t + (weight * p.reshape(len(weight), *t.shape)).sum(axis=0) for t, p in zip(found, parts, strict=True)]
        bound = max(bound, one.error_bound)
    return Blame(found[0], found[1], found[2], found[3], bound)


def _blame(network: Network, scenarios: Scenarios, customers: int) -> Blame:
    """Of scenarios side by side, in copies of the network."""
    pulls = scenarios.pulls
    flow, f = Flow(network, pulls), network.flow
    bad = np.where(np.isnan(scenarios.outcome), pulls.bad, scenarios.outcome)
    shares = step_shares(network, bad)
    escapes, arrives, bound = _escapes(flow, customers)
    # what leaves conforming units' hands by each handoff, times the chance to escape once nonconforming
    at_risk = (f.share * flow.visits[2 * network.transient[f.giver]])[:, None] * escapes
    defect = f.defect[:, None]
    by_inputs, by_work = (1.0 - defect) * at_risk * flow.spoilt[f.giver][:, None], defect * at_risk
    steps = np.zeros((2, network.nodes, customers))
    np.add.at(steps[0], f.giver, by_inputs)
    np.add.at(steps[1], f.giver, by_work)
    pulled, pulled_transit, further = _passed_down(network, pulls, shares, steps)
    return Blame(
        by_work * _own_share(network, shares)[f.giver][:, None],
        pulled,
        # what is damaged after a giver's inspection has passed that
        damaged(flow)[:, None] * np.where(f.by_giver[:, None], arrives, escapes),
        pulled_transit,
        max(bound, further),
    )


def _escapes(flow: Flow, customers: int) -> tuple[Floats, Floats, float]:
    """Chances to escape to each customer as nonconforming, without having been cleared in between, (F, K) each.

    Of a unit that leaves by each flow handoff nonconforming, and of one that arrives so at the receiver.
    """
    outside = np.zeros((flow.columns, customers))
    bad = np.arange(1, flow.columns - 2, 2)
    outside[bad, (bad // 2) % customers] = 1.0
    inside, bound = np.zeros((2 * flow.rows, customers)), 0.0
    states = flow.reached[flow.reached % 2 == 1]
    if len(states):
        n, place = 2 * flow.rows, np.full(2 * flow.rows, -1, dtype=np.int64)
        place[states] = np.arange(len(states))
        move, handoff = np.nonzero((flow.chances > 0) & (BEGINS == 1) & (place[flow.source] >= 0))
        source, target, chance = (of[move, handoff] for of in (place[flow.source], flow.target, flow.chances))
        # cleared, and damaged on the way: a defect of the way's
        stays = (ENDS[move, 0] == 1) & ~DAMAGED[move, 0]
        inner, outer = stays & (target < n), stays & (target >= n)
        square = (len(states), len(states))
        chain = csr_array((chance[inner], (source[inner], place[target[inner]])), shape=square)
        system = TransientSystem(chain, leaving=sums(source[~inner], chance[~inner], len(states)))
        escaping = np.zeros((len(states), customers))
        np.add.at(escaping, source[outer], chance[outer, None] * outside[target[outer] - n])
        inside[states] = system.values(escaping)
        bound = system.error_bound
    value, given = np.concatenate((inside, outside)), given_shown(flow) * ((BEGINS == 1) & ~DAMAGED)
    # conforming states count for nothing: a unit made good again no longer carries the defect
    leaves = (given[..., None] * value[flow.target]).sum(axis=0)
    return leaves, value[flow.target[_MISSED]], bound


def _own_share(network: Network, shares: StepShares) -> Floats:
    """Share of the own work in a step that it spoilt, at every node, shape (V,)."""
    beside = np.bincount(network.pulled.receiver, weights=shares.beside, minlength=network.nodes)
    return np.asarray(shares.own / (shares.own + beside))


def _by_transit(network: Network, pulls: Pulls) -> Floats:
    """Part of the bad results of each pulled handoff that the way made, shape (H,)."""
    pulled = network.pulled
    if not pulled.transit.any():
        return np.zeros(len(pulled))
    spoilt = pulls.spoilt[pulled.giver]
    by_step = pulled.defect + (1.0 - pulled.defect) * spoilt
    # before the receiver's inspection both fare alike
    before = (1.0 - by_step) * pulled.transit
    total = by_step + before
    # after the giver's inspection the way damages what would have been accepted as good
    kept = rounds_at(
        Terms.of(replace(pulled, transit=0.0 * pulled.transit), replaced=True), spoilt, pulls.blind[pulled.giver]
    ).bad
    after = (1.0 - kept) * pulled.transit
    ways, wholes = np.where(pulled.by_giver, after, before), np.where(pulled.by_giver, kept + after, total)
    return np.where(wholes > 0, ways / np.where(wholes > 0, wholes, 1.0), 0.0)


def _passed_down(network: Network, pulls: Pulls, shares: StepShares, steps: Floats) -> tuple[Floats, Floats, float]:
    """Blame that ends at each pulled handoff's own work, and at its way, shape (H, K) each.

    ``steps`` are spoilt steps at every node whose own work was fine, and whose own work spoilt too, shape (2, V, K).
    """
    v, pulled, customers = network.nodes, network.pulled, steps.shape[2]
    giver, receiver, uses = pulled.giver, pulled.receiver, 2 * v + np.arange(len(pulled))
    own = _own_share(network, shares)
    fine, spoilt = (1.0 - pulled.defect) * pulls.spoilt[giver], pulled.defect
    total = fine + spoilt
    total = np.where(total > 0, total, 1.0)
    way = _by_transit(network, pulls)
    fine, spoilt = (1.0 - way) * fine / total, (1.0 - way) * spoilt / total
    moves = (
        (receiver, uses, _apportioned(shares.without, receiver, v)),
        (v + receiver, uses, _apportioned(shares.beside, receiver, v) * (1.0 - own)[receiver]),
        (uses, giver, fine),
        (uses, v + giver, spoilt),
    )
    source, target, chance = (np.concatenate(column) for column in zip(*moves, strict=True))
    start = np.concatenate((steps.reshape(2 * v, customers), np.zeros((len(pulled), customers))))
    reached, chain = _reached(source, target, chance, np.flatnonzero(start.any(axis=1)), len(start))
    if not np.any(reached >= 2 * v):
        return np.zeros((len(pulled), customers)), np.zeros((len(pulled), customers)), 0.0
    system = TransientSystem(chain)
    visits = np.zeros_like(start)
    visits[reached] = system.visits(start[reached])
    used = visits[2 * v :]
    return used * (spoilt * own[giver])[:, None], used * way[:, None], system.error_bound


def _apportioned(weights: Floats, place: Integers, size: int) -> Floats:
    """Each weight's part of the sum of those at the same place; 0 where there is none."""
    total = np.bincount(place, weights=weights, minlength=size)[place]
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 0.0)


def _reached(
    source: Integers, target: Integers, chance: Floats, begin: Integers, size: int
) -> tuple[Integers, csr_array]:
    """States that can be reached from ``begin``, ascending, and the moves among them."""
    used = chance > 0
    source, target, chance = source[used], target[used], chance[used]
    sources, targets = np.concatenate((source, np.full(len(begin), size))), np.concatenate((target, begin))
    graph = csr_array((np.ones(len(sources)), (sources, targets)), shape=(size + 1, size + 1))
    seen = breadth_first_order(graph, size, directed=True, return_predecessors=False)
    reached = np.sort(seen[seen < size]).astype(np.int64)
    place = np.full(size, -1, dtype=np.int64)
    place[reached] = np.arange(len(reached))
    keep = place[source] >= 0
    shape = (len(reached), len(reached))
    return reached, csr_array((chance[keep], (place[source[keep]], place[target[keep]])), shape=shape)
