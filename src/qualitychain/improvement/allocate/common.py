"""One common rate, or one common exponent, for all handoffs that matter: found on the exact equations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from qualitychain.analysis.base.defect_causes import cause_names
from qualitychain.engine.network.network import Flags, Floats
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.rates import Rates, cannot_reach

_DOUBLINGS = 60
CLOSE = 4 * np.finfo(float).eps


def one_rate(rates: Rates, helping: Flags) -> Floats:
    """The same rate for all that help, so that the strictest target is met exactly; others stay.

    In series without inspection it is 1 - (1 - D)^(1/n).
    """

    def at(size: float) -> Floats:
        return np.where(helping, -math.expm1(-size), rates.now)

    first = float(np.max(_sizes(rates.now[helping]), initial=1e-9))
    return at(_largest(rates, at, first, "with one common rate for all"))


def one_exponent(rates: Rates, helping: Flags) -> Floats:
    """1 - (1 - rate)^x with one exponent x for all that help, so that the strictest target is met exactly.

    In series without inspection x is ln(1 - D) / ln(1 - D now).
    """
    moving = helping & (rates.now > 0) & (rates.now < 1)
    sizes = _sizes(np.where(moving, rates.now, 0.0))

    def at(exponent: float) -> Floats:
        return np.where(moving, -np.expm1(-exponent * sizes), rates.now)

    if not moving.any():
        raise cannot_reach(rates, "no handoff that may change has a rate between 0 and 1")
    spoilt = np.flatnonzero(helping & (rates.now >= 1))
    why = ""
    if len(spoilt):
        first = cause_names(rates.compiled)[int(np.flatnonzero(rates.place == spoilt[0])[0])]
        why = f"a rate of 1 ('{first}') stays 1 whatever the exponent; method='min_cost' and 'equal' can lower it"
    return at(_largest(rates, at, 1.0, "by one common exponent", why))


def _sizes(rates: Floats) -> Floats:
    return np.asarray(-np.log1p(-np.minimum(rates, 1.0 - 1e-16)))


def _largest(rates: Rates, at: Callable[[float], Floats], first: float, how: str, why: str = "") -> float:
    """The largest size of rates that still meets all targets; the excess grows with it, or a crossing is found."""
    from scipy.optimize import brentq

    def excess(size: float) -> float:

        return rates.excess(rates.evaluate(at(size)))

    if excess(0.0) >= 0:
        raise cannot_reach(rates, why or "even rates of 0 miss them; let more handoffs change", how)
    low, high = 0.0, first
    for _ in range(_DOUBLINGS):
        try:
            beyond = excess(high)
        except AnalysisError:
            beyond = math.inf  # at such rates units would circulate for ever
        if beyond >= 0:
            break
        low, high = high, 2 * high
        if np.array_equal(at(low), at(high)):
            return first  # any rate would do
    else:
        return first
    if math.isinf(beyond):
        high = _inside(excess, low, high)
        if excess(high) < 0:
            return high  # all that can be told from a rate of 1 meets the targets
    return float(brentq(excess, low, high, xtol=1e-300, rtol=CLOSE))


def _inside(excess: Callable[[float], float], low: float, high: float) -> float:
    """A size above ``low`` that misses the targets by a finite amount."""
    for _ in range(_DOUBLINGS):
        middle = (low + high) / 2
        try:
            beyond = excess(middle)
        except AnalysisError:
            beyond = math.inf
        if 0 <= beyond < math.inf:
            return middle
        low, high = (middle, high) if beyond < 0 else (low, middle)
    return low


__all__ = ["one_exponent", "one_rate"]
