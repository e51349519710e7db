"""The sigma level at which both tails together hold a given share: a root, found to the last digits.

With drift s the share outside a level L is f(L) = Phi(s - L) + Phi(-s - L), falling from 1 at L = 0. Where f
is small the root is sought on log f, where 1 - f is smaller on log(1 - f): neither tail is rounded away.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from qualitychain.quantities import Array

__all__ = ["two_tailed_level"]

STEPS = 200
"""Newton settles in fewer than ten; the rest is for halving the bracket should it leave it."""

SETTLED = 1e-10

NODES = 32


def two_tailed_level(log_outside: Array, inside: Array, shift: Array) -> Array:
    """Smallest level with a share outside, both sides together, from its logarithm and the share inside."""
    from scipy.special import ndtri_exp

    log_outside, inside, shift = np.broadcast_arrays(log_outside, inside, shift)
    answer = np.where(np.isneginf(log_outside), np.inf, 0.0)
    open_ones = np.isfinite(log_outside) & (inside > 0)
    if not np.any(open_ones):
        return answer
    q, s = inside[open_ones], shift[open_ones]
    log_p = np.where(q < 0.5, np.log1p(-np.minimum(q, 0.5)), log_outside[open_ones])
    # One tail alone holds between half and all of the total: that brackets the root.
    low = np.maximum(s - ndtri_exp(log_p) - 1e-6, 0.0)
    high = s - ndtri_exp(log_p - np.log(2)) + 1e-6
    answer[open_ones] = _root(log_p, q, s, low, high)
    return answer


def _root(log_p: Array, q: Array, s: Array, low: Array, high: Array) -> Array:
    level = high.copy()
    by_inside = q < 0.5
    for _ in range(STEPS):
        gap, slope = _gap_and_slope(level, log_p, q, s, by_inside)
        low, high = np.where(gap >= 0, level, low), np.where(gap <= 0, level, high)
        # Near level 0 log(1 - f) runs like log L, so Newton steps there in log L; elsewhere in L.
        with np.errstate(over="ignore", under="ignore"):
            step = np.where(by_inside, level * np.exp(-gap / (level * slope)), level - gap / slope)
        # Newton squares the error: after so small a step the next would be below rounding.
        settled = np.abs(step - level) <= SETTLED * level
        level = np.where(settled | ((step >= low) & (step <= high)), step, (low + high) / 2)
        if np.all(settled):
            break
    return level


def _gap_and_slope(level: Array, log_p: Array, q: Array, s: Array, by_inside: NDArray[np.bool_]) -> tuple[Array, Array]:
    """How far the logarithm is above its target, falling in the level, and its derivative there."""
    from scipy.special import log_ndtr

    log_outside = np.logaddexp(log_ndtr(s - level), log_ndtr(-s - level))
    log_inside = _log_inside(level, s)
    log_density = np.logaddexp(-((level - s) ** 2) / 2, -((level + s) ** 2) / 2) - np.log(2 * np.pi) / 2
    gap = np.where(by_inside, np.log(q) - log_inside, log_outside - log_p)
    with np.errstate(over="ignore"):
        slope = -np.exp(log_density - np.where(by_inside, log_inside, log_outside))
    return gap, slope


def _log_inside(level: Array, s: Array) -> Array:
    """Logarithm of 1 - f.

    Below level 1 the difference of two normal integrals cancels, so the density is integrated between them.
    """
    from scipy.special import log_ndtr

    nodes, weights = _quadrature()
    near = np.minimum(level, 1.0)
    at = near[..., np.newaxis] * (nodes + 1) / 2
    exponent = -((at - s[..., np.newaxis]) ** 2) / 2
    both_sides = np.exp(exponent) + np.exp(-((at + s[..., np.newaxis]) ** 2) / 2)
    integral = near / 2 * (both_sides @ weights) / np.sqrt(2 * np.pi)
    upper, lower = log_ndtr(level - s), log_ndtr(-level - s)
    with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
        return np.where(level < 1, np.log(integral), upper + np.log1p(-np.exp(lower - upper)))


@cache
def _quadrature() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(NODES)
