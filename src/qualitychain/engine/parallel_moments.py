"""Moments of the longest of several waits for inputs, in every world of common causes, from the lattice of the laws."""

from __future__ import annotations

from collections.abc import Mapping

from qualitychain.engine.needs import needs_of
from qualitychain.engine.network import Floats
from qualitychain.engine.time_moments import several_at_once
from qualitychain.engine.timing import Timing
from qualitychain.engine.transform import JointLaws
from qualitychain.engine.world_by_world import Worlds


def parallel_moments(worlds: Worlds, timing: Timing, laws: JointLaws) -> list[Mapping[int, Floats]]:
    """Jets by class of visit, shape (4, 3), of the nodes that wait for several inputs at once, in every world.

    They come from the tables of :mod:`qualitychain.engine.needs`.
    """
    network = worlds.network
    if not len(several_at_once(network, timing)):
        return []
    if not network.keys:
        return [laws.moments]
    return [needs_of(network, world.pulls, world.outcome, timing).moments for world in worlds]
