"""A layout before coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from qualitychain.plot.chain_map.ordering import Ranks


@dataclass(frozen=True)
class Arrangement:
    """A layout before coordinates, on numbers: nodes first, then bends, one for each layer an edge passes.

    ``chains[e]`` are the vertices of edge ``e`` from the lower layer to the higher one; ``backward[e]`` says
    that the edge itself runs the other way. ``via_up`` and ``via_down`` name the edge behind each entry of
    ``up`` and ``down``.
    """

    ranks: Ranks
    up: list[list[int]]
    down: list[list[int]]
    chains: list[list[int]]
    layer: list[int]
    backward: list[bool]
    crossings: int
    via_up: list[list[int]]
    via_down: list[list[int]]
