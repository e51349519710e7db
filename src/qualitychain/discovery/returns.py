"""How well an inspection must find what is wrong for the chain to send back what the log sent back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOLERANCE = 1e-15
SWEEPS = 200_000


@dataclass(frozen=True)
class Detection:
    """For each handoff: detection, false alarm, and the nonconforming share before inspection."""

    detect: Floats
    false_alarm: Floats
    presented: Floats


def calibrate(
    supplier: NDArray[np.int64],
    customer: NDArray[np.int64],
    flow: Floats,
    defect_rate: Floats,
    rejected: Floats,
    *,
    ability: Floats,
    nodes: int,
) -> Detection:
    """Detection and false alarm so that each handoff sends back exactly the share ``rejected``.

    Parameters
    ----------
    supplier, customer : array of int
        Ends of each handoff, below ``nodes``; a handoff from a node without arrivals carries starts.
    flow : array
        Units presented on each handoff, per started unit.
    defect_rate : array
        Chance of each handoff to spoil a conforming unit.
    rejected : array
        Share of presented units that is sent back; 0 without inspection.
    ability : array
        Share of nonconforming units that the inspection finds, as far as the log tells; at least
        ``rejected``.
    nodes : int
        Number of nodes.

    Returns
    -------
    Detection
        ``detect * p + false_alarm * (1 - p) = rejected`` for the share p that the chain itself presents.

    Notes
    -----
    detect is the ability, or less where that alone would send back too much (rejected / p); false alarms make
    up the rest, so false_alarm <= rejected <= detect. The nonconforming arrivals y solve y = F(y), F monotone
    and convex, mapping [0, visits] into itself; sweeps from 0 rise to its least solution, which is the
    solution of the chain's (linear) flow equations with these inspections (formulas: Flow of units).

    Examples
    --------
    A third node starts units, a fifth of them spoilt; the first sends back a tenth of what it sees, and finds
    half:

    >>> one = calibrate(*(np.array(a) for a in ([2, 0], [0, 1], [1.0, 1.0], [0.2, 0.0], [0.0, 0.1])),
    ...                 ability=np.array([0.0, 0.5]), nodes=3)
    >>> [float(x) for x in (one.detect[1], one.false_alarm[1])]
    [0.5, 0.0]
    """
    out = np.bincount(supplier, weights=flow, minlength=nodes)[supplier]
    carried = np.divide(flow, out, out=np.zeros_like(flow), where=out > 0)
    made, passed, sent_back = flow * defect_rate, carried * (1 - defect_rate), flow * rejected
    arriving: Floats = np.zeros(nodes)
    nonconforming = made
    for _ in range(SWEEPS):
        nonconforming = made + arriving[supplier] * passed
        left = nonconforming - np.minimum(ability * nonconforming, sent_back)
        following = np.bincount(customer, weights=left, minlength=nodes).astype(np.float64)
        change = np.abs(following - arriving).max(initial=0.0)
        arriving = following
        if change <= TOLERANCE * max(1.0, float(arriving.max(initial=0.0))):
            break
    p = np.clip(np.divide(nonconforming, flow, out=np.zeros_like(flow), where=flow > 0), 0.0, 1.0)
    detect = np.minimum(ability, np.divide(rejected, p, out=np.ones_like(p), where=p > 0))
    false_alarm = np.divide(rejected - p * detect, 1 - p, out=np.zeros_like(p), where=p < 1)
    return Detection(np.clip(detect, 0.0, 1.0), np.clip(false_alarm, 0.0, 1.0), p)
