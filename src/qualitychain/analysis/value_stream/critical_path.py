"""The critical path through parallel inputs: the most likely route, and at each step the input that is waited for.

The route is the way from a start to a customer with the greatest product of the shares of units that take each step.
At every step of it the inputs are pulled side by side; the one that causes the most waiting by being the last is
critical, and at its supplier the same again. Times are means: an input that is the last in half of the visits counts
half, and what the others cause by being the last stands in a row of its own, so the rows add up to the mean time along
the route. Where nothing varies this is the critical path of a classical activity network.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.engine.moments.input_races import Races
from qualitychain.engine.moments.step_times import StepTimes
from qualitychain.engine.network.network import Floats, Integers, Network
from qualitychain.vocabulary.figures import number, percent

if TYPE_CHECKING:
    import pandas as pd

NEGLIGIBLE = 1e-9
"""Rows that take less than this fraction of the path are rounding."""


@dataclass(frozen=True)
class MeanTimes:
    """Mean times of one visit and one pass; V nodes, F flow and H pulled handoffs. NaN where not known."""

    wait: Floats
    work: Floats
    flow_transport: Floats
    flow_inspection: Floats
    pulled_transport: Floats
    pulled_inspection: Floats


@dataclass(frozen=True)
class Names:
    """What nodes and handoffs are called."""

    nodes: Sequence[str]
    flow: Sequence[str]
    pulled: Sequence[str]


@dataclass(frozen=True)
class Route:
    """Nodes from a start to a customer, the handoffs between them, and the share of units that take all these steps."""

    nodes: tuple[int, ...]
    handoffs: tuple[int, ...]
    shares: tuple[float, ...]
    """Share of the units at each node that take the next handoff."""
    chance: float


def likely_route(network: Network, times: StepTimes, targets: Sequence[int]) -> Route | None:
    """The most likely route of the units that end at ``targets``; None where no unit does."""
    picked = list(targets)
    at, passed = times.visits[:, picked].sum(axis=1), times.passed[:, picked].sum(axis=1)
    starts, ends = times.starts[:, picked].sum(axis=1), times.ends[picked].sum()
    giver, receiver = network.flow.giver, network.flow.receiver
    outgoing: dict[int, list[int]] = {}
    for e in np.flatnonzero(passed > 0).tolist():
        outgoing.setdefault(int(giver[e]), []).append(e)
    cost = {n: -math.log(min(starts[n] / ends, 1.0)) for n in np.flatnonzero(starts > 0).tolist()}
    # steps count as a tie break, so that a route without end is never as good as one with
    queue = [(c, 0, n) for n, c in cost.items()]
    heapq.heapify(queue)
    best = {n: (c, 0) for n, c in cost.items()}
    came: dict[int, int] = {}
    done: set[int] = set()
    while queue:
        so_far, steps, node = heapq.heappop(queue)
        if node in done:
            continue
        done.add(node)
        if network.absorbing[node] >= 0:
            share = passed / np.where(at[giver] > 0, at[giver], 1.0)
            nodes, handoffs = _traced(node, came, giver)
            return Route(nodes, handoffs, tuple(float(min(share[e], 1.0)) for e in handoffs), math.exp(-so_far))
        for e in outgoing.get(node, ()):
            target = int(receiver[e])
            reached = (so_far - math.log(min(passed[e] / at[node], 1.0)), steps + 1)
            if target not in done and reached < best.get(target, (math.inf, 0)):
                best[target], came[target] = reached, e
                heapq.heappush(queue, (*reached, target))
    return None


def _traced(node: int, came: dict[int, int], giver: Integers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    nodes, handoffs = [node], list[int]()
    while nodes[-1] in came:
        handoffs.append(came[nodes[-1]])
        nodes.append(int(giver[handoffs[-1]]))
    return tuple(nodes[::-1]), tuple(handoffs[::-1])


@dataclass(frozen=True)
class _Row:
    step: str
    kind: str
    time: float
    why: str


def critical_path(network: Network, route: Route, of: Races, means: MeanTimes, names: Names) -> pd.DataFrame:
    """The critical path along a route: index ``order``; ``step``, ``kind``, ``time``, ``cumulative``, ``why``."""
    import pandas as pd

    rows: list[_Row] = []
    for place, node in enumerate(route.nodes):
        rows += _inputs(network, node, of, means, names)
        wait, work = float(means.wait[node]), float(means.work[node])
        rows.append(_Row(names.nodes[node], "step", wait + work, _step_why(wait, work, place, route)))
        if place < len(route.handoffs):
            e = route.handoffs[place]
            check, carry = float(means.flow_inspection[e]), float(means.flow_transport[e])
            rows.append(_Row(names.flow[e], "handoff", check + carry, _way_why(check, carry)))
    total = sum(row.time for row in rows)
    kept = [row for row in rows if row.kind == "step" or abs(row.time) > NEGLIGIBLE * total]
    table = pd.DataFrame(
        {
            "step": [row.step for row in kept],
            "kind": [row.kind for row in kept],
            "time": [max(row.time, 0.0) for row in kept],
            "cumulative": np.cumsum([max(row.time, 0.0) for row in kept]),
            "why": [row.why for row in kept],
        },
        index=pd.RangeIndex(1, len(kept) + 1, name="order"),
    )
    return table.astype({"time": float, "cumulative": float})


def _inputs(network: Network, node: int, of: Races, means: MeanTimes, names: Names) -> list[_Row]:
    """What a visit of a node waits for before its own queue, the deepest input first."""
    levels: list[list[_Row]] = []
    seen, here, weight = {node}, node, 1.0
    while True:
        first, last = np.searchsorted(network.pulled.receiver, (here, here + 1))
        rows = np.arange(first, last)
        whole = weight * float(of.inputs[here])
        if not len(rows) or not whole > 0:
            break
        h = int(rows[np.argmax(of.delay[rows])])
        giver, won = int(network.pulled.giver[h]), float(of.last[h])
        mine = min(weight * won * float(of.request[h]), whole)
        if giver in seen or not mine > 0:
            levels.append([_Row(f"inputs of {names.nodes[here]}", "inputs", whole, "departments that need each other")])
            break
        seen.add(giver)
        stay = float(of.draws[h]) * float(means.wait[giver] + means.work[giver])
        check, carry = (
            float(of.draws[h] * means.pulled_inspection[h]),
            _carries(network, h, of) * float(means.pulled_transport[h]),
        )
        deeper = float(of.draws[h] * of.inputs[giver])
        scale = mine / (stay + check + carry + deeper)
        others = whole - mine
        levels.append(
            [
                _Row(names.nodes[giver], "input", scale * stay, _race_why(h, here, of, names)),
                _Row(names.pulled[h], "input handoff", scale * (check + carry), _way_why(check, carry)),
                _Row(f"other inputs of {names.nodes[here]}", "inputs", others, _others_why(of, h)),
            ]
        )
        here, weight = giver, scale * float(of.draws[h])
    return [row for level in reversed(levels) for row in level]


def _carries(network: Network, h: int, of: Races) -> float:
    """Transports for one use: every draw, or only what the supplier's own inspection lets go."""
    return 1.0 if network.pulled.by_giver[h] else float(of.draws[h])


def _step_why(wait: float, work: float, place: int, route: Route) -> str:
    said = []
    if place == 0 and len(route.nodes) > 1:
        said.append(f"the most likely route: {percent(route.chance)} of the units take all its steps")
    elif place and route.shares[place - 1] < 1 - NEGLIGIBLE:
        said.append(f"{percent(route.shares[place - 1])} of the units before it come here")
    said.extend(f"{word} {number(time)}" for word, time in (("queue", wait), ("work", work)) if time)
    return "; ".join(said)


def _way_why(check: float, carry: float) -> str:
    return "; ".join(f"{word} {number(t)}" for word, t in (("inspection", check), ("transport", carry)) if t)


def _race_why(h: int, receiver: int, of: Races, names: Names) -> str:
    asked = f"{names.nodes[receiver]} waits for it"
    if of.rivals[receiver] > 1:
        asked += f" longest of {of.rivals[receiver]} inputs"
    return f"{asked} in {percent(float(min(of.last[h], 1.0)))} of its visits"


def _others_why(of: Races, h: int) -> str:
    if of.last[h] > 1 - NEGLIGIBLE:
        return "the last of several requests comes later than one alone"
    return f"another is the last in {percent(1.0 - float(of.last[h]))} of the visits, or none is needed"
