"""Where along its layer each vertex stands: straight lines, no overlap, order kept.

The best places for one layer, its neighbours being fixed, are a least-squares problem with minimum distances
between successive vertices. Less those distances it is an isotonic regression, solved exactly by pooling
adjacent violators; bounds on the extent are a clip of that solution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from qualitychain.plot.chain_map.arrangement import Arrangement


def align(
    made: Arrangement,
    before: Sequence[float],
    after: Sequence[float],
    *,
    pulls: Sequence[float],
    extent: tuple[float, float] = (-math.inf, math.inf),
) -> list[float]:
    """Coordinate of each vertex along its layer.

    Parameters
    ----------
    made
        Vertices of each layer in order, and their neighbours in the layers before and after.
    before, after
        Room each vertex needs on its low and on its high side, gaps included.
    pulls
        How strongly each edge pulls its ends into one line; between the bends of a long edge eight times so.
    extent
        The whole picture stays within these bounds where the room needed allows it.
    """
    sweeps = max(2, min(12, 100_000 // (len(before) + 1)))
    ranks = made.ranks
    place = [0.0] * len(before)
    offsets: list[list[float]] = []
    for rank in ranks:
        offset = [0.0]
        for a, b in pairwise(rank):
            offset.append(offset[-1] + after[a] + before[b])
        offsets.append(offset)
        for v, o in zip(rank, offset, strict=False):
            place[v] = o - offset[-1] / 2
    bends_from = len(made.layer)
    both = [[*u, *d] for u, d in zip(made.up, made.down, strict=True)]
    via_both = [[*u, *d] for u, d in zip(made.via_up, made.via_down, strict=True)]
    last = len(ranks) - 1
    for sweep in range(sweeps + 1):
        if sweep == sweeps:
            walk, near, via = range(last + 1), both, via_both
        elif sweep % 2 == 0:
            walk, near, via = range(1, last + 1), made.up, made.via_up
        else:
            walk, near, via = range(last - 1, -1, -1), made.down, made.via_down
        for k in walk:
            rank = ranks[k]
            wanted, strength = [], []
            for v in rank:
                total, pull = 0.0, 0.0
                for w, e in zip(near[v], via[v], strict=True):
                    # A chain of bends is kept straight before the edges between nodes are.
                    weight = pulls[e] * (1.0, 2.0, 8.0)[(v >= bends_from) + (w >= bends_from)]
                    total += weight
                    pull += weight * place[w]
                wanted.append(pull / total if total else place[v])
                strength.append(total or 0.5)
            if rank:
                low = extent[0] + before[rank[0]]
                high = extent[1] - after[rank[-1]]
                for v, settled in zip(rank, _settle(wanted, strength, offsets[k], low, high), strict=True):
                    place[v] = settled
    return place


def _settle(wanted: list[float], strength: list[float], offset: list[float], low: float, high: float) -> list[float]:
    """Places as near to ``wanted`` as order, distances (``offset`` from the first) and bounds allow."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    for want, weight, o in zip(wanted, strength, offset, strict=True):
        mean, heavy, members = want - o, weight, 1
        while blocks and blocks[-1][0] >= mean:
            lower, light, more = blocks.pop()
            mean = (lower * light + mean * heavy) / (light + heavy)
            heavy += light
            members += more
        blocks.append((mean, heavy, members))
    places: list[float] = []
    for mean, _, members in blocks:
        # Where the layer needs more than the extent, its low end still keeps the low bound.
        first = max(low, min(high - offset[-1], mean))
        places.extend(first + offset[i] for i in range(len(places), len(places) + members))
    return places
