"""What all queues ask first: whether there is a steady state."""

from __future__ import annotations

import math

import numpy as np

from qualitychain.errors import UnstableQueueError
from qualitychain.quantities import ROUNDING, Array, place

SCV = "a squared coefficient of variation is a variance over a squared mean: 1 is exponential, 0 does not vary"
UTILIZATION = "give the share of the time that a server is busy"


def refuse_unstable(demand: Array, capacity: Array, what: str) -> None:
    """Raise an UnstableQueueError for the first demand that is not below its capacity."""
    demand, capacity = np.broadcast_arrays(demand, capacity)
    # a utilization that is 1 but for rounding is 1
    wrong = demand >= capacity * (1.0 - ROUNDING)
    if not np.any(wrong):
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    need, can = float(demand[index]), float(capacity[index])
    tail = (
        f"short by {need - can:.6g}"
        if need > can * (1.0 + ROUNDING)
        else "nothing to spare, so the queue grows for ever"
    )
    ratio = need / can if can else math.inf
    raise UnstableQueueError(
        f"demand {need:.6g} {what}, capacity {can:.6g}, {tail} (utilization {ratio:.6g}{place(index)}); "
        "there is a steady state only below a utilization of 1: add servers, shorten the service or lower the demand"
    )
