"""A layered layout of a directed graph, after Sugiyama: few crossings, few bends, no overlap.

The four steps live in files of their own: ``layering`` (turn cycles open, choose layers), ``ordering``
(median sweeps and exchanges), ``alignment`` (coordinates); this one cuts long edges into bends and gives the
result its names back. Nothing here depends on hashes, on a clock or on matplotlib.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qualitychain.plot.chain_map.alignment import align
from qualitychain.plot.chain_map.arrangement import Arrangement
from qualitychain.plot.chain_map.layering import assign_layers, backward_edges
from qualitychain.plot.chain_map.ordering import Ranks, best_order, count_crossings

Point = tuple[float, float]


@dataclass(frozen=True)
class Bend:
    """The place where edge number ``edge`` passes layer ``layer``."""

    edge: int
    layer: int


@dataclass(frozen=True)
class Route:
    """One edge as drawn: ``points`` from giver to receiver; ``back`` if it runs against the layers."""

    giver: Hashable
    receiver: Hashable
    points: tuple[Point, ...]
    bends: tuple[Bend, ...]
    back: bool


@dataclass(frozen=True)
class Layout:
    """Where everything stands. x is the layer (0, 1, ...), y the place in it; nodes are 1 apart or more.

    ``ranks`` holds the order within each layer, bends included; ``routes`` has one entry per edge, in the
    order of the input; ``crossings`` counts the crossings of edges between neighbouring layers.
    """

    positions: Mapping[Hashable, Point]
    layers: Mapping[Hashable, int]
    ranks: tuple[tuple[Hashable, ...], ...]
    routes: tuple[Route, ...]
    crossings: int


def layered_layout(
    nodes: Sequence[Hashable],
    edges: Sequence[tuple[Hashable, Hashable]],
    *,
    layers: Mapping[Hashable, int] | None = None,
    returns: Sequence[bool] | None = None,
) -> Layout:
    """Lay out a directed graph in layers, with few crossings.

    Parameters
    ----------
    nodes : sequence of hashable
        Each node once. The order decides ties, so the same input gives the same picture.
    edges : sequence of (giver, receiver)
        Cycles, self loops and several edges between one pair are welcome.
    layers : mapping of node to int, optional
        Fixed layers. Without them each node stands as near to its givers and receivers as the longest path
        allows. Edges within one fixed layer are drawn as arcs and take no part in the count of crossings.
    returns : sequence of bool, optional
        For each edge, whether it is known to lead back; the others decide the direction of flow.

    Returns
    -------
    Layout
        Positions, layers, orders, routes and the number of crossings.

    Raises
    ------
    ValueError
        A node twice, an edge with an unknown end, or a node without a layer.

    Notes
    -----
    The order of ``nodes`` within each layer is one of the starting points of the search, so there are never
    more crossings than drawing each layer in that order would give.

    References
    ----------
    K. Sugiyama, S. Tagawa, M. Toda (1981), "Methods for visual understanding of hierarchical system
    structures". E. R. Gansner, E. Koutsofios, S. C. North, K.-P. Vo (1993), "A technique for drawing directed
    graphs".

    Examples
    --------
    >>> layout = layered_layout("abcd", [("a", "b"), ("b", "c"), ("b", "d"), ("c", "b")])
    >>> layout.layers
    {'a': 0, 'b': 1, 'c': 2, 'd': 2}
    >>> layout.crossings, [route.back for route in layout.routes]
    (0, [False, False, False, True])
    """
    number = {node: i for i, node in enumerate(nodes)}
    if len(number) < len(nodes):
        twice = next(node for i, node in enumerate(nodes) if number[node] != i)
        raise ValueError(f"node {twice!r} is listed twice; list each node once")
    for at, edge in enumerate(edges):
        for end in edge:
            if end not in number:
                raise ValueError(f"edge {at}, {edge!r}: {end!r} is not one of the nodes; add it to nodes")
    fixed = None if layers is None else _layer_numbers(nodes, layers)
    pairs = [(number[a], number[b]) for a, b in edges]
    made = arrange(len(nodes), pairs, layers=fixed, returns=returns)

    room = [0.5 if v < len(nodes) else 0.25 for v in range(len(made.up))]
    place = align(made, room, room, pulls=[1.0] * len(edges))
    lowest = min(place, default=0.0)
    names: list[Hashable] = list(nodes)
    levels = list(made.layer)
    for e, chain in enumerate(made.chains):
        # Bends are numbered in the order of the edges, so names stay in step with vertices.
        passed = range(levels[chain[0]] + 1, levels[chain[0]] + len(chain) - 1)
        names.extend(Bend(e, level) for level in passed)
        levels.extend(passed)
    points = [(float(level), y - lowest) for level, y in zip(levels, place, strict=True)]
    routes = tuple(_route(edge, pairs[e], made, e, names=names, points=points) for e, edge in enumerate(edges))
    ranks = tuple(tuple(names[v] for v in rank) for rank in made.ranks)
    return Layout(
        positions=dict(zip(nodes, points, strict=False)),
        layers=dict(zip(nodes, made.layer, strict=True)),
        ranks=ranks,
        routes=routes,
        crossings=made.crossings,
    )


def crossings(layout: Layout) -> int:
    """Count the pairs of edges that cross between neighbouring layers, from the orders of a layout.

    Parameters
    ----------
    layout : Layout
        Only ``ranks`` and ``routes`` are read.

    Returns
    -------
    int
        Crossings; two edges that share an end never cross, several edges between one pair count each.

    Examples
    --------
    >>> square = layered_layout("abcd", [(a, b) for a in "ab" for b in "cd"])
    >>> crossings(square)
    1
    """
    number: dict[Hashable, int] = {}
    rank_of: list[int] = []
    for at, rank in enumerate(layout.ranks):
        for name in rank:
            number[name] = len(rank_of)
            rank_of.append(at)
    down: list[list[int]] = [[] for _ in rank_of]
    for route in layout.routes:
        stops = [number[name] for name in (route.giver, *route.bends, route.receiver)]
        for v, w in pairwise(stops):
            if rank_of[v] != rank_of[w]:
                down[min(v, w, key=rank_of.__getitem__)].append(max(v, w, key=rank_of.__getitem__))
    return count_crossings([[number[name] for name in rank] for rank in layout.ranks], down)


def arrange(
    count: int,
    edges: Sequence[tuple[int, int]],
    *,
    layers: Sequence[int] | None = None,
    returns: Sequence[bool] | None = None,
) -> Arrangement:
    """Direction, layer and order for nodes ``0 .. count - 1``; the part of a layout that has no units."""
    known = returns or [False] * len(edges)
    if layers is None:
        story = [(b, a) if back else (a, b) for (a, b), back in zip(edges, known, strict=True)]
        turned = backward_edges(count, story)
        backward = [t != bool(k) and a != b for t, k, (a, b) in zip(turned, known, edges, strict=True)]
        forward = [(b, a) if t else (a, b) for t, (a, b) in zip(backward, edges, strict=True) if a != b]
        layer = assign_layers(count, forward)
    else:
        layer = list(layers)
        backward = [layer[a] > layer[b] for a, b in edges]
    _close_gaps(layer)

    up: list[list[int]] = [[] for _ in range(count)]
    down: list[list[int]] = [[] for _ in range(count)]
    chains: list[list[int]] = []
    at = list(layer)
    via_up: list[list[int]] = [[] for _ in range(count)]
    via_down: list[list[int]] = [[] for _ in range(count)]
    for e, ((a, b), turn) in enumerate(zip(edges, backward, strict=True)):
        first, last = (b, a) if turn else (a, b)
        passed = range(layer[first] + 1, layer[last])
        chain = [first, *range(len(at), len(at) + len(passed)), last]
        at.extend(passed)
        for neighbours in (up, down, via_up, via_down):
            neighbours.extend([] for _ in passed)
        if layer[first] != layer[last]:
            for v, w in pairwise(chain):
                down[v].append(w)
                up[w].append(v)
                via_down[v].append(e)
                via_up[w].append(e)
        chains.append(chain)
    ranks, fewest = best_order(_starts(count, layer, chains, down), up, down)
    return Arrangement(ranks, up, down, chains, layer, backward, fewest, via_up, via_down)


def _layer_numbers(nodes: Sequence[Hashable], layers: Mapping[Hashable, int]) -> list[int]:
    for node in nodes:
        if node not in layers:
            raise ValueError(f"node {node!r} has no layer; give layers an entry for every node")
    return [layers[node] for node in nodes]


def _close_gaps(layer: list[int]) -> None:
    rank = {value: i for i, value in enumerate(sorted(set(layer)))}
    layer[:] = [rank[value] for value in layer]


def _starts(count: int, layer: list[int], chains: list[list[int]], down: list[list[int]]) -> list[Ranks]:
    """First orders: as told with straight long edges, as told with bends last, and depth first."""
    depth = max(layer, default=-1) + 1
    told: Ranks = [[] for _ in range(depth)]
    for node in range(count):
        told[layer[node]].append(node)
    # Layers are centred on each other, as in networkx; a bend stands where the straight line passes.
    height = {v: i - (len(rank) - 1) / 2 for rank in told for i, v in enumerate(rank)}
    straight = [list(rank) for rank in told]
    appended = [list(rank) for rank in told]
    for chain in chains:
        first, last = chain[0], chain[-1]
        for step, bend in enumerate(chain[1:-1], start=1):
            height[bend] = height[first] + (height[last] - height[first]) * step / (len(chain) - 1)
            straight[layer[first] + step].append(bend)
            appended[layer[first] + step].append(bend)
    straight = [sorted(rank, key=lambda v: height[v]) for rank in straight]

    walked: Ranks = [[] for _ in range(depth)]
    seen = [False] * len(down)
    for root in (v for rank in told for v in rank):
        stack = [(root, layer[root])]
        while stack:
            v, at = stack.pop()
            if not seen[v]:
                seen[v] = True
                walked[at].append(v)
                stack.extend((w, at + 1) for w in reversed(down[v]))
    return [straight, appended, walked]


def _route(
    edge: tuple[Hashable, Hashable],
    pair: tuple[int, int],
    made: Arrangement,
    e: int,
    *,
    names: list[Hashable],
    points: list[Point],
) -> Route:
    chain = made.chains[e]
    bends = [name for name in (names[v] for v in chain[1:-1]) if isinstance(name, Bend)]
    path = [points[v] for v in chain]
    if made.backward[e]:
        bends.reverse()
        path.reverse()
    elif pair[0] != pair[1] and made.layer[pair[0]] == made.layer[pair[1]]:
        (x, y), (_, z) = path
        path.insert(1, (x + 0.3, (y + z) / 2))
    return Route(edge[0], edge[1], tuple(path), tuple(bends), made.backward[e])
