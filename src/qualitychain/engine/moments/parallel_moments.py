"""Moments of the longest of several waits for inputs, in every scenario of common causes, on a time grid."""

from __future__ import annotations

from collections.abc import Mapping

from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.input_waits import input_waits_of
from qualitychain.engine.transforms.transform import JointDistributions


def parallel_moments(
    scenarios: Scenarios, timing: Timing, distributions: JointDistributions
) -> list[Mapping[int, Floats]]:
    """Moments by class of visit, shape (4, 3), of the nodes that wait for several inputs at once, in every scenario.

    They come from the tables of :mod:`qualitychain.engine.transforms.input_waits`.
    """
    network = scenarios.network
    if not len(several_at_once(network, timing)):
        return []
    if not network.keys:
        return [distributions.moments]
    return [input_waits_of(network, scenario.pulls, scenario.outcome, timing).moments for scenario in scenarios]
