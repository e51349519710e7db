"""Moments of the longest of several waits for inputs, in every world of common causes, from the lattice of the laws."""

from __future__ import annotations

from collections.abc import Mapping

from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenario_by_scenario import Worlds
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import needs_of
from qualitychain.engine.transforms.transform import JointLaws


def parallel_moments(worlds: Worlds, timing: Timing, laws: JointLaws) -> list[Mapping[int, Floats]]:
    """Jets by class of visit, shape (4, 3), of the nodes that wait for several inputs at once, in every world.

    They come from the tables of :mod:`qualitychain.engine.transforms.input_waits`.
    """
    network = worlds.network
    if not len(several_at_once(network, timing)):
        return []
    if not network.keys:
        return [laws.moments]
    return [needs_of(network, world.pulls, world.outcome, timing).moments for world in worlds]
