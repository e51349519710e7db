"""How long everything takes: the laws of the times of a network, and what its queues do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualitychain.engine.network.network import Integers

if TYPE_CHECKING:
    from qualitychain.engine.distributions.named import Law
    from qualitychain.engine.queues.stations import Stations


@dataclass(frozen=True)
class Timing:
    """Laws of times for V nodes, F flow and H pulled handoffs, all in the chain's time unit."""

    work_law: tuple[Law, ...]
    """Own work on one unit, breakdowns included, per node; no time where it is not known."""
    wait_law: tuple[Law, ...]
    """Wait in the node's queue per work unit; no time where the node is overloaded."""
    flow_transport: tuple[Law, ...]
    flow_inspection: tuple[Law, ...]
    pulled_transport: tuple[Law, ...]
    pulled_inspection: tuple[Law, ...]
    stations: Stations
    missing_nodes: Integers
    """Departments without a cycle time."""
