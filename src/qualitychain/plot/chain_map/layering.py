"""Which way each edge of a layout points, and in which layer each node stands.

Everything here works on node numbers ``0 .. count - 1`` and lists, so that the answer depends on the order
of the input only and never on hashes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

Edge = tuple[int, int]


def backward_edges(count: int, edges: Sequence[Edge]) -> list[bool]:
    """Tell which edges to turn round so that what remains has no cycle (self loops are not counted).

    Two orders of the nodes are tried, depth first from the sources and the greedy order of Eades, Lin and
    Smyth; the one that turns fewer edges round wins, the first at a tie: it follows the story as told.
    """
    best: list[bool] = []
    for order in (_depth_first_order(count, edges), _greedy_order(count, edges)):
        rank = [0] * count
        for position, node in enumerate(order):
            rank[node] = position
        backward = [rank[a] > rank[b] for a, b in edges]
        if not best or sum(backward) < sum(best):
            best = backward
    return best


def assign_layers(count: int, edges: Sequence[Edge]) -> list[int]:
    """Layer of each node of an acyclic graph: longest path, then shorter edges, then a bound on the width.

    No layer holds more than ``max(20, 2 sqrt(count))`` nodes: a wider one spills into the next, so a
    thousand suppliers without an order become a block and not a line.
    """
    receivers: list[list[int]] = [[] for _ in range(count)]
    givers: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        receivers[a].append(b)
        givers[b].append(a)
    order = _topological_order(count, receivers, givers)
    layer = [0] * count
    for node in order:
        layer[node] = max((layer[g] + 1 for g in givers[node]), default=0)
    _shorten(layer, order, receivers, givers)
    return _bound_width(layer, order, receivers, givers)


def _depth_first_order(count: int, edges: Sequence[Edge]) -> list[int]:
    """Reverse finishing order of a depth-first walk that begins at the sources."""
    receivers: list[list[int]] = [[] for _ in range(count)]
    arrivals = [0] * count
    for a, b in edges:
        if a != b:
            receivers[a].append(b)
            arrivals[b] += 1
    finished: list[int] = []
    seen = [False] * count
    # Read backwards, the root walked last comes first: so sources are walked from the last declared one on,
    # and nodes no source reaches come before them, which turns none of their edges round.
    roots = [n for n in range(count - 1, -1, -1) if not arrivals[n]] + [n for n in range(count) if arrivals[n]]
    for root in roots:
        if seen[root]:
            continue
        seen[root] = True
        stack = [(root, iter(receivers[root]))]
        while stack:
            node, rest = stack[-1]
            for child in rest:
                if not seen[child]:
                    seen[child] = True
                    stack.append((child, iter(receivers[child])))
                    break
            else:
                finished.append(node)
                stack.pop()
    return finished[::-1]


def _greedy_order(count: int, edges: Sequence[Edge]) -> list[int]:
    """Order of Eades, Lin and Smyth: sinks last, sources first, otherwise the most giving node first."""
    receivers: list[list[int]] = [[] for _ in range(count)]
    givers: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        if a != b:
            receivers[a].append(b)
            givers[b].append(a)
    out = [len(r) for r in receivers]
    into = [len(g) for g in givers]
    left = [True] * count
    first: list[int] = []
    last: list[int] = []
    # Entries (class, surplus, node, out, into) are stale when the degrees have changed since.
    heap: list[tuple[int, int, int, int, int]] = []

    def push(node: int) -> None:
        kind = 0 if not out[node] else 1 if not into[node] else 2
        heapq.heappush(heap, (kind, into[node] - out[node], node, out[node], into[node]))

    for node in range(count):
        push(node)
    while heap:
        kind, _, node, given, taken = heapq.heappop(heap)
        if not left[node] or (given, taken) != (out[node], into[node]):
            continue
        left[node] = False
        (last if kind == 0 else first).append(node)
        for other in receivers[node]:
            if left[other]:
                into[other] -= 1
                push(other)
        for other in givers[node]:
            if left[other]:
                out[other] -= 1
                push(other)
    return first + last[::-1]


def _topological_order(count: int, receivers: list[list[int]], givers: list[list[int]]) -> list[int]:
    missing = [len(g) for g in givers]
    ready = [n for n in range(count) if not missing[n]]
    order: list[int] = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for other in receivers[node]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, other)
    if len(order) < count:
        raise ValueError("the edges have a cycle: turn the edges of backward_edges() round first")
    return order


def _shorten(layer: list[int], order: list[int], receivers: list[list[int]], givers: list[list[int]]) -> None:
    """Move nodes within their slack towards the side with more edges, until nothing moves.

    A service used late in the chain so stands beside its user and not at the far left.
    """
    for _ in range(10):
        moved = False
        for node in reversed(order):
            taken, given = givers[node], receivers[node]
            wanted = layer[node]
            if len(given) > len(taken):
                wanted = min(layer[r] for r in given) - 1
            elif len(given) < len(taken):
                wanted = max(layer[g] for g in taken) + 1
            if wanted != layer[node]:
                layer[node] = wanted
                moved = True
        if not moved:
            break
    lowest = min(layer, default=0)
    for node in order:
        layer[node] -= lowest


def _bound_width(layer: list[int], order: list[int], receivers: list[list[int]], givers: list[list[int]]) -> list[int]:
    """Spill nodes of an overfull layer into later ones; nodes without edges fill what room is left."""
    width = max(20, 2 * math.isqrt(len(layer)))
    held: dict[int, int] = {}
    bounded = [0] * len(layer)
    alone = [n for n in order if not receivers[n] and not givers[n]]
    joined = [n for n in order if receivers[n] or givers[n]]
    for node in sorted(joined, key=lambda n: layer[n]) + alone:
        place = max([layer[node], *(bounded[g] + 1 for g in givers[node])])
        while held.get(place, 0) >= width:
            place += 1
        held[place] = held.get(place, 0) + 1
        bounded[node] = place
    return bounded
