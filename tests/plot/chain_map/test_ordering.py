from __future__ import annotations

import random
from itertools import combinations, permutations

import pytest

from qualitychain.plot.chain_map.ordering import best_order, count_crossings


def bipartite(edges: list[tuple[int, int]], count: int) -> tuple[list[list[int]], list[list[int]]]:
    up: list[list[int]] = [[] for _ in range(count)]
    down: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        down[a].append(b)
        up[b].append(a)
    return up, down


def by_pairs(upper: list[int], lower: list[int], edges: list[tuple[int, int]]) -> int:
    place = {v: i for rank in (upper, lower) for i, v in enumerate(rank)}
    return sum((place[a] - place[c]) * (place[b] - place[d]) < 0 for (a, b), (c, d) in combinations(edges, 2))


@pytest.mark.parametrize("seed", range(20))
def test_the_tree_counts_what_a_look_at_every_pair_counts(seed: int) -> None:
    rng = random.Random(seed)
    edges = [(rng.randrange(9), 9 + rng.randrange(7)) for _ in range(30)]
    upper, lower = rng.sample(range(9), 9), rng.sample(range(9, 16), 7)
    _, down = bipartite(edges, 16)
    assert count_crossings([upper, lower], down) == by_pairs(upper, lower, edges)


@pytest.mark.parametrize("seed", range(8))
def test_two_small_layers_reach_the_fewest_crossings_there_are(seed: int) -> None:
    rng = random.Random(seed)
    edges = [(rng.randrange(4), 4 + rng.randrange(4)) for _ in range(8)]
    up, down = bipartite(edges, 8)
    start = [[0, 1, 2, 3], [4, 5, 6, 7]]
    fewest = min(by_pairs(list(a), list(b), edges) for a in permutations(range(4)) for b in permutations(range(4, 8)))
    ranks, found = best_order([start], up, down)
    assert found == count_crossings(ranks, down) == fewest


def test_no_start_is_better_than_the_order_found_even_without_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.plot.chain_map.ordering.EFFORT", 0)
    rng = random.Random(2)
    edges = [(rng.randrange(30), 30 + rng.randrange(30)) for _ in range(120)]
    up, down = bipartite(edges, 60)
    starts = [[rng.sample(range(30), 30), rng.sample(range(30, 60), 30)] for _ in range(4)]
    _, found = best_order(starts, up, down)
    assert found <= min(count_crossings(start, down) for start in starts)
