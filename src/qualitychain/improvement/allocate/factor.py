"""One factor of all times that just meets a target: few evaluations, because the quantile nearly follows the factor."""

from __future__ import annotations

import math

import numpy as np

from qualitychain.engine.network.network import Floats
from qualitychain.improvement.allocate.times import Times

CLOSE = 2e-4
"""Relative distance of the quantile (or mean) from the limit that will do: the distributions are not known better."""
_MOST = 14
_NEAR_FULL = 0.9
_LARGEST = 1e3
"""Factor, and multiple of the quantile to spare, beyond which none is looked for."""


def common_factor(times: Times) -> Floats | None:
    """The factor of all times at which the only target is just met, shape (P,); None where none was found.

    Above 1 where the target is met with something to spare.

    Notes
    -----
    Through the last two points goes the quantile of a chain of work, which grows as the factor x, and of one queue,
    which grows as x / (1 - x / c) towards the factor c at which the most loaded department has no steady state.
    """
    ones = np.ones(len(times.places))
    cap = min(_LARGEST, times.room, math.inf if times.fullest == 0 else 1.0 / times.fullest)
    factor = 1.0 if cap > 1 else _NEAR_FULL * cap
    low, high, seen = 0.0, cap, list[tuple[float, float]]()
    for _ in range(_MOST):
        spare = times.spare(factor * ones)
        if spare > _LARGEST:
            break
        if abs(spare) <= CLOSE or (low > 0 and high - low <= CLOSE * low):
            return factor * ones
        low, high = (factor, high) if spare > 0 else (low, factor)
        if spare > -1:
            seen = [*seen[-1:], (factor, 1.0 / (1.0 + spare))]
        factor = _next(seen, cap, low, high)
    return None


def _next(seen: list[tuple[float, float]], cap: float, low: float, high: float) -> float:
    """Where work and one queue through the points seen (factor, quantile over limit) just meet the limit."""
    halfway = 0.5 * (low + high)
    if len(seen) < 2:
        straight = seen[0][0] / seen[0][1] if seen else 0.0
        return straight if low < straight < halfway else halfway
    (x, q), (y, r) = seen
    queue = (r / y - q / x) / (1.0 / (1.0 - y / cap) - 1.0 / (1.0 - x / cap))
    work = q / x - queue / (1.0 - x / cap)
    both = work + queue + 1.0 / cap
    inner = both * both - 4.0 * work / cap
    found = 2.0 / (both + math.sqrt(inner)) if inner >= 0 and both > 0 else 0.0
    return found if low < found < high else halfway


__all__ = ["common_factor"]
