"""In which order the vertices of each layer stand, so that few edges cross.

Vertices are numbers; ``ranks[k]`` lists those of layer ``k`` in order; ``up[v]`` and ``down[v]`` are the
neighbours of ``v`` one layer before and after, once per edge. Long edges are chains of vertices of their own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

Ranks = list[list[int]]
Neighbours = Sequence[Sequence[int]]

EFFORT = 700_000
"""Vertices and edges looked at, in all: bounds the time of large graphs, by counting and not by a clock."""


def count_crossings(ranks: Ranks, down: Neighbours) -> int:
    """Pairs of edges between neighbouring layers that cross, counted with a Fenwick tree in m log n."""
    total = 0
    for upper, lower in pairwise(ranks):
        place = {v: i for i, v in enumerate(lower)}
        size = len(lower)
        tree = [0] * (size + 1)
        inserted = 0
        for v in upper:
            ends = sorted(place[w] for w in down[v])
            # Edges of one vertex share its end and never cross: count all of them before inserting any.
            for end in ends:
                i, not_after = end + 1, 0
                while i:
                    not_after += tree[i]
                    i &= i - 1
                total += inserted - not_after
            for end in ends:
                i = end + 1
                while i <= size:
                    tree[i] += 1
                    i += i & -i
            inserted += len(ends)
    return total


def best_order(starts: Sequence[Ranks], up: Neighbours, down: Neighbours, *, restarts: int = 6) -> tuple[Ranks, int]:
    """The best order found from ``starts`` and shuffles of the first, and its crossings.

    It is never worse than one of the starts.

    Each candidate is swept forwards and backwards (medians and means in turn) with exchanges of neighbours, and the
    winner is sifted. The shuffles have fixed seeds: same input, same picture.
    """
    size = sum(len(r) for r in starts[0]) + sum(len(d) for d in down)
    rounds = max(1, min(200, EFFORT // (6 * size + 1)))
    counted = [count_crossings(start, down) for start in starts]
    fewest = min(counted)
    best = starts[counted.index(fewest)]
    swept: list[tuple[int, Ranks]] = []
    for number, start in enumerate(_candidates(starts, restarts)):
        if fewest == 0 or rounds <= 0:
            break
        crossings = count_crossings(start, down)
        if crossings < fewest:
            best, fewest = start, crossings
        order, crossings, spent = _improve(start, crossings, up, down, rounds=min(24, rounds), odd=number)
        rounds -= spent
        swept.append((crossings, order))
        if crossings < fewest:
            best, fewest = order, crossings
    if fewest and size <= 4000:
        for before, unsifted in sorted(swept, key=lambda pair: pair[0])[:2]:
            order, crossings = _sift_until_still(unsifted, before, up, down)
            if crossings < fewest:
                best, fewest = order, crossings
    return best, fewest


def _candidates(starts: Sequence[Ranks], restarts: int) -> Iterator[Ranks]:
    yield from starts
    for seed in range(restarts):
        shuffled = [list(rank) for rank in starts[0]]
        generator = random.Random(seed)  # noqa: S311 -- a picture has no secrets
        for rank in shuffled:
            generator.shuffle(rank)
        yield shuffled


def _improve(
    start: Ranks, crossings: int, up: Neighbours, down: Neighbours, *, rounds: int, odd: int
) -> tuple[Ranks, int, int]:
    """Sweep until four rounds bring nothing; return the best order seen, its crossings, the rounds spent."""
    ranks = [list(rank) for rank in start]
    best, fewest, idle, spent = [list(rank) for rank in ranks], crossings, 0, 0
    while spent < rounds and idle < 4 and fewest:
        _sweep(ranks, up, down, forwards=spent % 2 == 0, mean=(spent // 2 + odd) % 2 == 1)
        _sift(ranks, up, down, window=1)
        spent += 1
        crossings = count_crossings(ranks, down)
        if crossings < fewest:
            best, fewest, idle = [list(rank) for rank in ranks], crossings, 0
        else:
            idle += 1
    return best, fewest, spent


def _sweep(ranks: Ranks, up: Neighbours, down: Neighbours, *, forwards: bool, mean: bool) -> None:
    """Sort each layer by the median (or mean) place of the neighbours in the layer just done."""
    near = up if forwards else down
    walk = range(1, len(ranks)) if forwards else range(len(ranks) - 2, -1, -1)
    for k in walk:
        fixed = {v: i for i, v in enumerate(ranks[k - 1 if forwards else k + 1])}
        keyed = [(_centre([fixed[w] for w in near[v]], mean), v) for v in ranks[k]]
        moving = iter(sorted((pair for pair in keyed if pair[0] >= 0), key=lambda pair: pair[0]))
        # A vertex without neighbours on that side keeps its place; the others are dealt into the rest.
        ranks[k] = [v if key < 0 else next(moving)[1] for key, v in keyed]


def _centre(places: list[int], mean: bool) -> float:
    if len(places) < 2:
        return places[0] if places else -1.0
    if mean:
        return sum(places) / len(places)
    places.sort()
    half = len(places) // 2
    if len(places) % 2:
        return places[half]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    # The weighted median of Gansner et al.: leans to the side where the neighbours stand closer.
    left, right = places[half - 1] - places[0], places[-1] - places[half]
    if left + right == 0:
        return (places[half - 1] + places[half]) / 2
    return (places[half - 1] * right + places[half] * left) / (left + right)


def _sift_until_still(start: Ranks, crossings: int, up: Neighbours, down: Neighbours) -> tuple[Ranks, int]:
    ranks = [list(rank) for rank in start]
    for _ in range(8):
        _sift(ranks, up, down, window=max(len(rank) for rank in ranks))
        now = count_crossings(ranks, down)
        if now >= crossings:
            break
        crossings = now
    return ranks, count_crossings(ranks, down)


def _sift(ranks: Ranks, up: Neighbours, down: Neighbours, *, window: int) -> None:
    """Move each vertex to the best place at most ``window`` steps away in its layer (1: swap neighbours)."""
    for k, rank in enumerate(ranks):
        before = {v: i for i, v in enumerate(ranks[k - 1])} if k else {}
        after = {v: i for i, v in enumerate(ranks[k + 1])} if k + 1 < len(ranks) else {}
        ends = {v: (sorted(before[w] for w in up[v]), sorted(after[w] for w in down[v])) for v in rank}
        if window == 1:
            for i in range(len(rank) - 1):
                if _gain(ends, rank[i], rank[i + 1]) > 0:
                    rank[i], rank[i + 1] = rank[i + 1], rank[i]
        else:
            for v in list(rank):
                _move_to_best(rank, rank.index(v), ends, window)


Ends = dict[int, tuple[list[int], list[int]]]


def _move_to_best(rank: list[int], at: int, ends: Ends, window: int) -> None:
    v = rank[at]
    best_gain, best_place = 0, at
    gain = 0
    for i in range(at + 1, min(len(rank), at + window + 1)):
        gain += _gain(ends, v, rank[i])
        if gain > best_gain:
            best_gain, best_place = gain, i
    gain = 0
    for i in range(at - 1, max(-1, at - window - 1), -1):
        gain += _gain(ends, rank[i], v)
        if gain > best_gain:
            best_gain, best_place = gain, i
    if best_place != at:
        rank.insert(best_place, rank.pop(at))


def _gain(ends: Ends, left: int, right: int) -> int:
    """Crossings saved by putting ``right`` before ``left``."""
    (up_left, down_left), (up_right, down_right) = ends[left], ends[right]
    return _balance(up_left, up_right) + _balance(down_left, down_right)


def _balance(left: list[int], right: list[int]) -> int:
    """Pairs with left > right less pairs with left < right."""
    if not left or not right:
        return 0
    if len(left) == 1 and len(right) == 1:
        return (left[0] > right[0]) - (left[0] < right[0])
    return sum((a > b) - (a < b) for a in left for b in right)
