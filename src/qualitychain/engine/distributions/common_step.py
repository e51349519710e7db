"""The greatest step of which given times are all multiples."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

__all__ = ["SAME", "common_step"]

SAME = 1e-9
"""A time this near to a multiple of the step, relative to itself, is that multiple."""
FINEST = 1000.0
"""A common step may be this many times finer than asked for, no more."""


def common_step(values: Iterable[float], at_most: float) -> float | None:
    """Greatest step of which all these times are multiples.

    Parameters
    ----------
    values : iterable of float
        Times; zeros fit every step.
    at_most : float
        The step must not be greater.

    Returns
    -------
    float or None
        The step, in the unit of the times; every time is a multiple of it to 1e-9 of itself. None if it would be
        smaller than a thousandth of ``at_most``.

    Examples
    --------
    >>> common_step([1.5, 2.0], 10.0), common_step([1.5, 2.0], 0.2), common_step([], 0.2)
    (0.5, 0.16666666666666666, 0.2)
    >>> common_step([1.0, 2**0.5], 0.5) is None
    True
    """
    times = np.unique([v for v in values if v > 0])
    if not times.size:
        return at_most
    least = at_most / FINEST * (1.0 - SAME)
    step = float(times[0])
    for time in times[1:].tolist():
        parts = _denominator(time / step, int(min(step / least, 1e15)))
        if parts is None:
            return None
        step /= parts
    step /= max(math.ceil(step / at_most * (1.0 - SAME)), 1)
    steps = times / step
    fits = np.all(np.abs(steps - np.rint(steps)) <= SAME * steps)
    return step if fits and step >= least else None


def _denominator(ratio: float, largest: int) -> int | None:
    """Smallest denominator of a continued fraction's convergent that is the ratio to 1e-9 of it, None if larger."""
    rest = Fraction(ratio)
    before, denominator = 0, 1
    numerators = (1, math.floor(rest))
    while denominator <= largest:
        if abs(numerators[1] / denominator - ratio) <= SAME * ratio:
            return denominator
        rest = 1 / (rest - math.floor(rest))
        whole = math.floor(rest)
        before, denominator = denominator, whole * denominator + before
        numerators = (numerators[1], whole * numerators[1] + numerators[0])
    return None
