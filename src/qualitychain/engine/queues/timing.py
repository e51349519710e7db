"""How long everything takes: the distributions of the times of a network, and what its queues do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualitychain.engine.network.network import Integers

if TYPE_CHECKING:
    from qualitychain.engine.distributions.named import Distribution
    from qualitychain.engine.queues.stations import Stations


@dataclass(frozen=True)
class Timing:
    """Distributions of times for V nodes, F flow and H pulled handoffs, all in the chain's time unit."""

    work_distribution: tuple[Distribution, ...]
    """Own work on one unit, breakdowns included, per node; no time where it is not known."""
    wait_distribution: tuple[Distribution, ...]
    """Wait in the node's queue per work unit; no time where the node is overloaded."""
    flow_transport: tuple[Distribution, ...]
    flow_inspection: tuple[Distribution, ...]
    pulled_transport: tuple[Distribution, ...]
    pulled_inspection: tuple[Distribution, ...]
    stations: Stations
    missing_nodes: Integers
    """Departments without a cycle time."""
