"""Sigma levels: between a rate of defects and a distance on the normal curve, accurate in both tails.

The shift is always an argument and never assumed: the usual 1.5 is a convention, not a distribution of nature.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qualitychain.metrics._two_tails import two_tailed_level
from qualitychain.metrics.defects import MILLION, log_conforming
from qualitychain.quantities import (
    POSITIVE,
    PROBABILITY,
    ROUNDING,
    Array,
    Value,
    checked,
    plain,
    refuse,
    shifts,
)

__all__ = ["dpmo_from_sigma", "sigma_level", "z_bench", "z_lt"]

TINY = 1e-290
"""Below this a probability is handled by its logarithm, before it leaves the range of full precision."""


def sigma_level(dpmo: Value | float, *, shift: Value | float, tails: int = 1) -> Value:
    """Sigma level of a process with so many defects per million opportunities.

    Parameters
    ----------
    dpmo : float or array
        Defects per million opportunities, between 0 and 1,000,000.
    shift : float or array
        Drift of the process mean over time in standard deviations, at least 0; usually 1.5.
    tails : {1, 2}, default 1
        1 counts the tail beyond the nearer limit (usual); 2 counts both.

    Returns
    -------
    float or array
        The level. No defects give infinity; a million give minus infinity, or 0 with two tails.

    Raises
    ------
    ValueError
        If a value is NaN or out of range, or ``tails`` is neither 1 nor 2.

    Notes
    -----
    Formulas page, "Sigma level". With one tail: level = shift - quantile(dpmo / 1e6). With two tails the
    level is found as a root. The relative error of the distance ``level - shift`` is below 1e-12.

    Examples
    --------
    >>> round(sigma_level(66807.2, shift=1.5), 6)
    3.0
    >>> round(sigma_level(2699.796, shift=0, tails=2), 6)
    3.0
    """
    defects = checked("dpmo", dpmo, "give defects per million opportunities", low=0, high=MILLION)
    drift = shifts(shift)
    # The subtraction is exact above half a million, where dividing first would lose the other tail.
    inside = (MILLION - defects) / MILLION
    if _tails(tails) == 2:
        return plain(two_tailed_level(_log_share(defects), inside, drift), dpmo, shift)
    return plain(_distance(defects / MILLION, inside, log_outside=_log_share(defects)) + drift, dpmo, shift)


def dpmo_from_sigma(level: Value | float, *, shift: Value | float, tails: int = 1) -> Value:
    """Defects per million opportunities of a process at a sigma level.

    Parameters
    ----------
    level : float or array
        Sigma level; any number with one tail, at least 0 with two.
    shift : float or array
        Drift of the process mean over time in standard deviations, at least 0; usually 1.5.
    tails : {1, 2}, default 1
        1 counts the tail beyond the nearer limit (usual); 2 counts both.

    Returns
    -------
    float or array
        Between 0 and 1,000,000.

    Raises
    ------
    ValueError
        If a value is NaN or out of range, or ``tails`` is neither 1 nor 2.

    Notes
    -----
    Formulas page, "Sigma level".

    Examples
    --------
    >>> round(dpmo_from_sigma(6, shift=1.5), 4)
    3.3977
    >>> round(dpmo_from_sigma(3, shift=1.5, tails=2), 1)
    66810.6
    """
    drift = shifts(shift)
    if _tails(tails) == 1:
        height = checked("level", level, "give a sigma level, for instance 4.5", finite=False)
        return plain(_million_beyond(height - drift), level, shift)
    remedy = "with two tails even level 0 means that every unit is defective: give 0 or more"
    height = checked("level", level, remedy, low=0, finite=False)
    return plain(np.minimum(_million_beyond(height - drift) + _million_beyond(height + drift), MILLION), level, shift)


def z_bench(below: Value | float, above: Value | float = 0.0) -> Value:
    """Benchmark Z: one-sided distance with the same total of nonconforming units as both limits together.

    Parameters
    ----------
    below : float or array
        Probability of a unit below the lower limit, between 0 and 1.
    above : float or array, default 0
        Probability of a unit above the upper limit; the two together at most 1.

    Returns
    -------
    float or array
        Standard normal quantile of the conforming share. No defects give infinity, only defects minus
        infinity.

    Raises
    ------
    ValueError
        If a value is NaN or out of range, or the sum exceeds 1.

    Notes
    -----
    Formulas page, "Sigma level".

    Examples
    --------
    >>> round(z_bench(0.00135, 0.00135), 4)
    2.7822
    """
    lower = checked("below", below, PROBABILITY, low=0, high=1)
    upper = checked("above", above, PROBABILITY, low=0, high=1)
    lower, upper = np.broadcast_arrays(lower, upper)
    total = lower + upper
    refuse(
        "below + above",
        total,
        total > 1 + ROUNDING,
        "must not exceed 1",
        "a unit is either too low or too high",
    )
    larger, smaller = np.maximum(lower, upper), np.minimum(lower, upper)
    # Ordered so that each subtraction is exact or of small numbers: the conforming share keeps its digits.
    rest = np.where(larger >= 0.5, (1 - larger) - smaller, (0.5 - larger) + (0.5 - smaller))
    return plain(_distance(np.minimum(total, 1.0), np.maximum(rest, 0.0)), below, above)


def z_lt(
    defect_rate: Value | float,
    opportunities: Value | float = 1.0,
    *,
    conforming_rate: Value | float | None = None,
) -> Value:
    """Long-term Z of a share of nonconforming units, per opportunity; the sigma level is this plus the shift.

    Parameters
    ----------
    defect_rate : float or array
        Share of units that are nonconforming, between 0 and 1.
    opportunities : float or array, default 1
        Places in one unit where a defect can occur, above 0, each failing independently.
    conforming_rate : float or array, optional
        The other share, where it is known with more digits than ``1 - defect_rate`` has.

    Returns
    -------
    float or array
        Standard normal quantile of (1 - defect_rate)^(1/opportunities). No defects give infinity, only
        defects minus infinity.

    Raises
    ------
    ValueError
        If a value is NaN or out of range, or the two shares do not add up to 1.

    Notes
    -----
    Formulas page, "Sigma level".

    Examples
    --------
    >>> round(z_lt(0.0668072), 5)
    1.5
    >>> round(z_lt(1.0, conforming_rate=1e-17), 4)
    -8.4938
    """
    rate = checked("defect_rate", defect_rate, PROBABILITY, low=0, high=1)
    places = checked("opportunities", opportunities, POSITIVE, above=0)
    log_good = log_conforming(rate)
    if conforming_rate is not None:
        good = checked("conforming_rate", conforming_rate, PROBABILITY, low=0, high=1)
        gap = np.abs(rate + good - 1)
        refuse(
            "defect_rate + conforming_rate",
            rate + good,
            gap > 1e-9,
            "must be 1",
            "give the two shares of one whole",
        )
        with np.errstate(divide="ignore"):
            log_good = np.where(good < rate, np.log(good), log_good)
        return plain(_quantile_of_log(log_good / places), defect_rate, opportunities, conforming_rate)
    return plain(_quantile_of_log(log_good / places), defect_rate, opportunities)


def _quantile_of_log(log_share: Array) -> Array:
    with np.errstate(under="ignore"):
        return _distance(-np.expm1(log_share), np.exp(log_share), log_conforming_share=log_share)


def _distance(outside: Array, inside: Array, log_outside: Any = None, log_conforming_share: Any = None) -> Array:
    """Distance from the mean with probability ``outside`` beyond it, from the smaller of the two shares."""
    from scipy.special import ndtri, ndtri_exp

    result = np.where(outside <= inside, -ndtri(outside), ndtri(inside))
    if log_outside is not None:
        result = np.where(outside < TINY, -ndtri_exp(log_outside), result)
    if log_conforming_share is not None:
        result = np.where(inside < TINY, ndtri_exp(log_conforming_share), result)
    return result


def _log_share(dpmo: Array) -> Array:
    with np.errstate(divide="ignore"):
        result: Array = np.log(dpmo) - np.log(MILLION)
    return result


def _million_beyond(distance: Array) -> Array:
    """A million times the normal tail beyond a distance, by logarithm where the tail would be subnormal."""
    from scipy.special import log_ndtr, ndtr

    with np.errstate(under="ignore"):
        tail: Array = MILLION * ndtr(-distance)
        far: Array = np.exp(log_ndtr(-distance) + np.log(MILLION))
    return np.where(tail < MILLION * TINY, far, tail)


def _tails(tails: Any) -> int:
    if isinstance(tails, bool) or tails not in (1, 2):
        raise ValueError(f"tails must be 1 or 2, got {tails!r}; give 1 for the usual one-sided count, 2 for both sides")
    return int(tails)
