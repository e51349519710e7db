"""The case in which improvements add up: one path, nothing rejected, so that yields multiply and logarithms add."""

from __future__ import annotations

import math

import numpy as np

from qualitychain.improvement.choose.options.objectives import Part
from qualitychain.improvement.choose.search.bounds import Bounds
from qualitychain.improvement.choose.search.branch_and_bound import Search
from qualitychain.improvement.choose.search.knapsack import Place, solve_places
from qualitychain.improvement.choose.search.problem import Problem
from qualitychain.improvement.choose.search.rows import KEPT_GOOD, MOST_LOCAL, Rows, UnknownRowError, patterns


def adds_up(search: Search) -> Bounds | None:
    """The rows, when ln(1 - D) of the goal is a sum over departments of what their own projects do; else None.

    That is so when every unit takes the same path and no flow handoff on it can reject a unit, with or without any of
    the projects; inputs are pulled as they may be, as long as each case draws them afresh.
    """
    problem = search.problem
    if problem.spend is not None or search.wide or len(problem.goal.parts) != 1 or not _of_one_rate(problem):
        return None
    model = search.model(frozenset())
    if model is None or not model.exact or model.rows.scenarios != 1:
        return None
    if any(len(mine) > MOST_LOCAL for mine in model.rows.local.values()):
        return None
    if not _one_path(problem, model.rows):
        return None
    return model


def _of_one_rate(problem: Problem) -> bool:
    """Whether the goal rises with the share of nonconforming units of one delivered stream, and with nothing else."""
    part: Part = problem.goal.parts[0]
    one = part.customer is not None or len(problem.combination.chain.customers) == 1
    return one and part.reading.ratio is not None


def _one_path(problem: Problem, rows: Rows) -> bool:
    network = rows.network
    flow = network.flow
    if np.count_nonzero(network.start) != 1:
        return False
    steps = (s for several in problem.combination.steps for s in several)
    changed = {s.target for s in steps if s.path[0] in ("share", "inspection")}
    names = [h.full_name for h in problem.combination.chain.handoffs if not h.pulled]
    node, seen = int(np.flatnonzero(network.start)[0]), set[int]()
    while network.transient[node] >= 0:
        out = np.flatnonzero(flow.giver == node)
        if len(out) != 1 or node in seen:
            return False
        one = int(out[0])
        rejects = flow.treated[one] and (flow.detect[one] > 0 or flow.alarm[one] > 0)
        if flow.share[one] != 1 or rejects or names[one] in changed:
            return False
        seen.add(node)
        node = int(flow.receiver[one])
    part = problem.goal.parts[0]
    return part.customer is None or network.absorbing[node] == rows.customers.index(part.customer)


def choose_in_series(search: Search, model: Bounds, time_limit: float) -> bool:
    """Solve the additive case as an integer programme; whether the best choice is proven, and now the search's."""
    problem, rows = search.problem, model.rows
    good = [int(c) for node in rows.nodes for c in rows.place[node][:, 0]]
    good += [rows.states + 4 * k + KEPT_GOOD for k in range(len(rows.customers))]
    places = []
    for node, mine in rows.local.items():
        sets, losses = [], []
        for chosen in patterns(mine, problem.combination):
            try:
                row = rows.row(node, chosen)
            except UnknownRowError:
                return False
            if row is None:
                continue
            kept = float(row[0, 0, good].sum())
            if kept > 0:
                sets.append(chosen)
                losses.append(-math.log(kept))
        if frozenset() not in sets:
            return False
        places.append(Place(tuple(sets), tuple(losses)))
    if not places:
        return False
    found = solve_places(problem.plan, places, problem.budget, time_limit=time_limit)
    if found is None:
        return False
    chosen, proven = found
    promised = math.fsum(place.losses[place.sets.index(chosen & _of(place))] for place in places)
    # a set that breaks the chain as a whole was not seen place by place
    if math.isinf(problem.loss(chosen)):
        return False
    search.offer(chosen)
    best = math.fsum(place.losses[place.sets.index(search.best & _of(place))] for place in places)
    return proven and best <= promised + 1e-9 * max(1e-300, abs(promised))


def _of(place: Place) -> frozenset[int]:
    return frozenset[int]().union(*place.sets)
