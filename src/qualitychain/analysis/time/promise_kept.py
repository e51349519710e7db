"""The share of one handoff that keeps a time, without the rest of the chain: for searching how fast it must be."""

from __future__ import annotations

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.time.customer_distributions import own_time_distribution
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import own_times

TOLERANCE = 1e-4


def share_within(compiled: Compiled, timing: Timing, place: int, time: float) -> float:
    """Share of a handoff that takes at most ``time``: from receipt to handing over, or from asking to having.

    Parameters
    ----------
    compiled : Compiled
    timing : Timing
    place : int
        Place of the handoff in the chain.
    time : float
        Above 0, in the chain's time unit.
    """
    pulled = compiled.chain.handoffs[place].pulled
    row = int(((compiled.pulled_rows if pulled else compiled.flow_rows) == place).argmax())
    (own,) = own_times(compiled.network, timing, tolerance=TOLERANCE, **{"pulled" if pulled else "flow": [(row, time)]})
    return float(own_time_distribution(own, TOLERANCE).cdf(time))
