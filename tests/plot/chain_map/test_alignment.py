from __future__ import annotations

import random
from itertools import pairwise

import pytest

from qualitychain.plot.chain_map.alignment import align
from qualitychain.plot.chain_map.layout import arrange


@pytest.mark.parametrize("seed", range(10))
def test_order_and_room_are_kept_within_the_extent(seed: int) -> None:
    rng = random.Random(seed)
    edges = [(a, b) for a, b in ((rng.randrange(20), rng.randrange(20)) for _ in range(35)) if a != b]
    made = arrange(20, edges)
    before = [rng.uniform(0.2, 2) for _ in made.up]
    after = [rng.uniform(0.2, 2) for _ in made.up]
    place = align(made, before, after, pulls=[1.0] * len(edges), extent=(0, 200))
    for rank in made.ranks:
        assert all(place[b] - place[a] >= after[a] + before[b] - 1e-9 for a, b in pairwise(rank))
        assert all(before[v] - 1e-9 <= place[v] <= 200 - after[v] + 1e-9 for v in rank)


def test_a_giver_stands_in_the_middle_of_its_two_receivers() -> None:
    made = arrange(3, [(0, 1), (0, 2)])
    place = align(made, [0.5] * 3, [0.5] * 3, pulls=[1.0, 1.0])
    assert place[0] == pytest.approx((place[1] + place[2]) / 2)


def test_the_stronger_edge_is_the_straighter_one() -> None:
    made = arrange(3, [(0, 2), (1, 2)])
    place = align(made, [0.5] * 3, [0.5] * 3, pulls=[9.0, 1.0])
    assert abs(place[0] - place[2]) < abs(place[1] - place[2])
