from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import networkx as nx
import pytest

from qualitychain.plot.chain_map.layout import Bend, Layout, crossings, layered_layout

SOURCE = Path(__file__).parents[3] / "src"


def random_layered(seed: int) -> tuple[list[str], list[tuple[str, str]], dict[str, int]]:
    rng = random.Random(seed)
    depth = rng.randint(2, 8)
    nodes = [f"n{i}" for i in range(rng.randint(5, 60))]
    layers = {node: rng.randrange(depth) for node in nodes}
    edges = []
    for _ in range(int(len(nodes) * rng.uniform(1, 2.5))):
        a, b = rng.sample(nodes, 2)
        if layers[a] < layers[b]:
            edges.append((a, b))
    return nodes, edges, layers


def straight_segments(
    height: dict[str, float], edges: list[tuple[str, str]], layers: dict[str, int]
) -> dict[int, list[tuple[float, float]]]:
    rank = {value: i for i, value in enumerate(sorted(set(layers.values())))}
    found: dict[int, list[tuple[float, float]]] = {}
    for a, b in edges:
        first, last = rank[layers[a]], rank[layers[b]]
        slope = (height[b] - height[a]) / (last - first)
        for k in range(first, last):
            found.setdefault(k, []).append((height[a] + slope * (k - first), height[a] + slope * (k + 1 - first)))
    return found


def routed_segments(layout: Layout) -> dict[int, list[tuple[float, float]]]:
    found: dict[int, list[tuple[float, float]]] = {}
    for route in layout.routes:
        points = sorted(route.points)
        for (x, y), (_, z) in pairwise(points):
            found.setdefault(int(x), []).append((y, z))
    return found


def crossings_by_pairs(segments: dict[int, list[tuple[float, float]]]) -> int:
    return sum((a[0] - b[0]) * (a[1] - b[1]) < -1e-12 for found in segments.values() for a, b in combinations(found, 2))


def test_no_layered_graph_has_more_crossings_than_multipartite_and_all_together_have_far_fewer() -> None:
    ours, theirs = 0, 0
    for seed in range(200):
        nodes, edges, layers = random_layered(seed)
        layout = layered_layout(nodes, edges, layers=layers)
        graph = nx.DiGraph()
        graph.add_nodes_from(nodes)
        graph.add_edges_from(edges)
        groups: dict[int, list[str]] = {}
        for node in nodes:
            groups.setdefault(layers[node], []).append(node)
        placed = nx.multipartite_layout(graph, subset_key=groups)
        height = {node: float(placed[node][1]) for node in nodes}
        there = crossings_by_pairs(straight_segments(height, edges, layers))
        assert layout.crossings <= there, f"seed {seed}"
        ours, theirs = ours + layout.crossings, theirs + there
    assert ours < theirs / 5


@pytest.mark.parametrize("seed", range(12))
def test_the_count_of_crossings_agrees_with_looking_at_every_pair_of_lines(seed: int) -> None:
    nodes, edges, layers = random_layered(seed)
    layout = layered_layout(nodes, edges, layers=layers)
    assert crossings(layout) == layout.crossings == crossings_by_pairs(routed_segments(layout))


def test_two_by_two_complete_crosses_once_and_three_by_three_nine_times() -> None:
    assert layered_layout("abxy", [(a, b) for a in "ab" for b in "xy"]).crossings == 1
    assert layered_layout("abcxyz", [(a, b) for a in "abc" for b in "xyz"]).crossings == 9


def test_several_edges_between_one_pair_each_count_as_a_crossing() -> None:
    layers = dict.fromkeys("ab", 0) | dict.fromkeys("xy", 1)
    edges = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")] * 2
    assert layered_layout("abxy", edges, layers=layers).crossings == 4


def test_a_tree_a_line_and_two_twisted_pairs_do_not_cross() -> None:
    tree = [(i, child) for i in range(31) for child in (2 * i + 1, 2 * i + 2)]
    assert layered_layout(range(63), tree).crossings == 0
    assert layered_layout(range(10), [(i, i + 1) for i in range(9)]).crossings == 0
    assert layered_layout("abyx", [("a", "x"), ("b", "y")]).crossings == 0


def test_a_line_is_drawn_as_a_straight_line() -> None:
    layout = layered_layout("abcd", [("a", "b"), ("b", "c"), ("c", "d")])
    assert [layout.positions[n][0] for n in "abcd"] == [0, 1, 2, 3]
    assert len({layout.positions[n][1] for n in "abcd"}) == 1


def test_nodes_of_one_layer_are_at_least_one_apart_and_in_the_order_of_their_rank() -> None:
    for seed in range(30):
        nodes, edges, layers = random_layered(seed)
        layout = layered_layout(nodes, edges, layers=layers)
        for rank in layout.ranks:
            heights = [layout.positions[n][1] for n in rank if not isinstance(n, Bend)]
            assert all(b - a >= 1 - 1e-9 for a, b in pairwise(heights))
        assert sorted(n for rank in layout.ranks for n in rank if not isinstance(n, Bend)) == sorted(nodes)


def test_every_edge_runs_from_its_giver_to_its_receiver_one_layer_at_a_time() -> None:
    nodes, edges, layers = random_layered(3)
    layout = layered_layout(nodes, edges, layers=layers)
    for (a, b), route in zip(edges, layout.routes, strict=True):
        assert (route.giver, route.receiver) == (a, b)
        assert route.points[0] == layout.positions[a]
        assert route.points[-1] == layout.positions[b]
        xs = [x for x, _ in route.points]
        assert xs == [xs[0] + i for i in range(len(xs))]
        assert len(route.bends) == len(xs) - 2


def test_rework_runs_back_and_the_rest_forward() -> None:
    edges = [("buy", "make"), ("make", "check"), ("check", "make"), ("check", "ship")]
    layout = layered_layout(["buy", "make", "check", "ship"], edges)
    assert [route.back for route in layout.routes] == [False, False, True, False]
    assert layout.layers == {"buy": 0, "make": 1, "check": 2, "ship": 3}


def test_a_known_return_decides_the_direction_of_a_cycle_without_a_source() -> None:
    edges = [("b", "a"), ("a", "b")]
    first = layered_layout("ab", edges, returns=[True, False])
    other = layered_layout("ab", edges, returns=[False, True])
    assert (first.layers, other.layers) == ({"a": 0, "b": 1}, {"a": 1, "b": 0})
    assert [r.back for r in first.routes] == [True, False]


def test_a_service_stands_beside_the_one_who_uses_it() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("help", "d")]
    assert layered_layout(["a", "b", "c", "d", "help"], edges).layers["help"] == 2


def test_what_has_no_edges_becomes_a_block_and_not_a_line() -> None:
    layout = layered_layout(range(1000), [])
    assert max(len(rank) for rank in layout.ranks) <= 2 * 1000**0.5
    assert layout.crossings == 0


def test_nothing_one_node_loops_and_separate_parts_are_laid_out() -> None:
    empty = layered_layout([], [])
    assert (empty.positions, empty.routes, empty.ranks, empty.crossings) == ({}, (), (), 0)
    alone = layered_layout(["a"], [("a", "a")])
    assert alone.positions == {"a": (0.0, alone.positions["a"][1])}
    assert alone.routes[0].points == (alone.positions["a"],) * 2
    parts = layered_layout("abcd", [("a", "b"), ("c", "d"), ("c", "d")])
    assert parts.layers == {"a": 0, "b": 1, "c": 0, "d": 1}
    assert len(parts.routes) == 3


def test_an_edge_within_a_given_layer_is_an_arc_beside_it() -> None:
    layout = layered_layout("ab", [("a", "b")], layers={"a": 0, "b": 0})
    assert layout.crossings == 0
    assert layout.routes[0].points[1][0] > 0


def test_faults_of_the_input_are_named() -> None:
    with pytest.raises(ValueError, match="'a' is listed twice"):
        layered_layout("aba", [])
    with pytest.raises(ValueError, match=r"edge 1, \('a', 'z'\): 'z' is not one of the nodes"):
        layered_layout("ab", [("a", "b"), ("a", "z")])
    with pytest.raises(ValueError, match="'b' has no layer"):
        layered_layout("ab", [], layers={"a": 0})


def test_the_layout_does_not_depend_on_the_hash_seed_and_needs_no_matplotlib() -> None:
    program = (
        "import random, sys\n"
        "from qualitychain.plot.chain_map.layout import layered_layout\n"
        "from qualitychain.plot.chain_map.svg import chain_svg\n"
        "r = random.Random(5); nodes = [f'n{i}' for i in range(40)]\n"
        "edges = [tuple(r.sample(nodes, 2)) for _ in range(90)]\n"
        "print(layered_layout(nodes, edges))\n"
        "assert 'matplotlib' not in sys.modules and 'scipy' not in sys.modules\n"
    )
    seen = set()
    for seed in ("0", "1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)}
        seen.add(subprocess.check_output([sys.executable, "-c", program], env=environment))
    assert len(seen) == 1


def test_a_thousand_nodes_and_five_thousand_edges_are_laid_out_whole() -> None:
    rng = random.Random(1)
    layer = {node: node // 50 for node in range(1000)}
    edges = []
    while len(edges) < 5000:
        a = rng.randrange(950)
        edges.append((a, rng.randrange(50) + 50 * (layer[a] + 1)))
    layout = layered_layout(range(1000), edges, layers=layer)
    told = crossings_by_pairs({0: [(a % 50, b % 50) for a, b in edges if layer[a] == 0]})
    first = crossings_by_pairs({0: routed_segments(layout)[0]})
    assert len(layout.routes) == 5000
    assert first < told
