"""Arithmetic of masses with the first two moments of their times: all that means and variances need of a transform.

Moments ``(m, m1, m2)`` stand for a sub-distribution of a time T: its mass and the mass times E[T] and E[T^2]. They are
the start of the series of the transform E[exp(s T)], so sums of times are products, mixtures are sums, and a geometric
number of rounds is ``1 / (1 - x)``. Moments are the last axis of an array, shape (..., 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.engine.network.network import Floats

if TYPE_CHECKING:
    from qualitychain.engine.distributions.named import Distribution

NOTHING = np.array([1.0, 0.0, 0.0])
"""No time at all, with certainty."""


def raw_moments_of(distributions: Sequence[Distribution]) -> Floats:
    """The moments of some distributions, shape (n, 3)."""
    mean = np.array([distribution.mean for distribution in distributions], dtype=np.float64)
    variance = np.array([distribution.variance for distribution in distributions], dtype=np.float64)
    return np.column_stack((np.ones(len(mean)), mean, variance + mean**2)).reshape(-1, 3)


def times(one: Floats, *others: Floats) -> Floats:
    """Moments of the sums of independent times.

    Examples
    --------
    >>> times(np.array([1.0, 2.0, 5.0]), np.array([0.5, 1.5, 4.5])).tolist()
    [0.5, 2.5, 13.0]
    """
    product = one
    for other in others:
        a0, a1, a2 = np.moveaxis(np.asarray(product), -1, 0)
        b0, b1, b2 = np.moveaxis(np.asarray(other), -1, 0)
        product = np.stack((a0 * b0, a0 * b1 + a1 * b0, a0 * b2 + 2.0 * a1 * b1 + a2 * b0), axis=-1)
    return np.asarray(product)


def rounds(again: Floats) -> Floats:
    """Moments of any number of rounds, each followed by another with the moments ``again``: 1 / (1 - again).

    Zero where another round follows for sure: such rounds never end.

    Examples
    --------
    >>> rounds(np.array([0.5, 0.5, 0.5])).tolist()
    [2.0, 2.0, 6.0]
    """
    x0, x1, x2 = np.moveaxis(again, -1, 0)
    ends = 1.0 - x0
    y = np.where(ends > 0, 1.0 / np.where(ends > 0, ends, 1.0), 0.0)
    return np.stack((y, x1 * y**2, x2 * y**2 + 2.0 * x1**2 * y**3), axis=-1)


def conditional(raw_moments: Floats) -> Floats:
    """The same moments with mass 1; zero where there is no mass."""
    mass = raw_moments[..., :1]
    return np.asarray(np.where(mass > 0, raw_moments / np.where(mass > 0, mass, 1.0), 0.0))
