"""Defects per unit and per opportunity, and the rates of nonconforming units they imply."""

from __future__ import annotations

from typing import Any

import numpy as np

from qualitychain.quantities import (
    COUNT,
    POSITIVE,
    PROBABILITY,
    ROUNDING,
    Array,
    Value,
    checked,
    plain,
    refuse,
)

__all__ = [
    "defect_rate_from_dpo",
    "defect_rate_from_dpu",
    "dpmo",
    "dpmo_from_defect_rate",
    "dpo",
    "dpu",
    "rolled_defect_rate",
]

MILLION = 1e6


def dpu(defects: Value | float, units: Value | float) -> Value:
    """Defects per unit.

    Parameters
    ----------
    defects : float or array
        Defects found, at least 0; a unit may have several.
    units : float or array
        Units looked at, above 0.

    Returns
    -------
    float or array
        Defects divided by units; may exceed 1.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> dpu(34, units=200)
    0.17
    """
    with np.errstate(over="ignore"):
        result = checked("defects", defects, COUNT, low=0) / checked("units", units, POSITIVE, above=0)
    return plain(result, defects, units)


def dpo(defects: Value | float, units: Value | float, opportunities: Value | float) -> Value:
    """Defects per opportunity.

    Parameters
    ----------
    defects : float or array
        Defects found, at least 0 and at most ``units * opportunities``.
    units : float or array
        Units looked at, above 0.
    opportunities : float or array
        Places in one unit where a defect can occur, above 0.

    Returns
    -------
    float or array
        Defects divided by all opportunities, between 0 and 1.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range, or there are more defects than opportunities.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> dpo(34, units=200, opportunities=5)
    0.034
    """
    found, places = _defects_and_places(defects, units, opportunities)
    return plain(np.minimum(found / places, 1.0), defects, units, opportunities)


def dpmo(defects: Value | float, units: Value | float, opportunities: Value | float) -> Value:
    """Defects per million opportunities.

    Parameters
    ----------
    defects : float or array
        Defects found, at least 0 and at most ``units * opportunities``.
    units : float or array
        Units looked at, above 0.
    opportunities : float or array
        Places in one unit where a defect can occur, above 0. With 1 the figure is parts per million.

    Returns
    -------
    float or array
        A million times the defects per opportunity, between 0 and 1,000,000.

    Raises
    ------
    ValueError
        If a value is NaN, infinite or out of range, or there are more defects than opportunities.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> dpmo(34, units=200, opportunities=5)
    34000.0
    """
    found, places = _defects_and_places(defects, units, opportunities)
    return plain(np.minimum(MILLION * (found / places), MILLION), defects, units, opportunities)


def defect_rate_from_dpu(dpu: Value | float) -> Value:
    """Share of units with at least one defect when defects fall on units at random (Poisson).

    Parameters
    ----------
    dpu : float or array
        Defects per unit, at least 0 (infinity gives 1).

    Returns
    -------
    float or array
        1 - exp(-dpu), between 0 and 1, with all its digits also when ``dpu`` is tiny.

    Raises
    ------
    ValueError
        If a value is NaN or negative.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> defect_rate_from_dpu(1e-18)
    1e-18
    """
    return plain(-np.expm1(-checked("dpu", dpu, COUNT, low=0, finite=False)), dpu)


def defect_rate_from_dpo(dpo: Value | float, opportunities: Value | float) -> Value:
    """Share of units with at least one defect when each opportunity fails independently.

    Parameters
    ----------
    dpo : float or array
        Defects per opportunity, between 0 and 1.
    opportunities : float or array
        Places in one unit where a defect can occur, above 0.

    Returns
    -------
    float or array
        1 - (1 - dpo)^opportunities, between 0 and 1.

    Raises
    ------
    ValueError
        If a value is NaN or out of range.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> round(defect_rate_from_dpo(0.034, opportunities=5), 6)
    0.158826
    """
    rate = checked("dpo", dpo, PROBABILITY, low=0, high=1)
    places = checked("opportunities", opportunities, POSITIVE, above=0)
    return plain(-np.expm1(places * log_conforming(rate)), dpo, opportunities)


def dpmo_from_defect_rate(defect_rate: Value | float, opportunities: Value | float = 1.0) -> Value:
    """Defects per million opportunities that would give a share of nonconforming units.

    Parameters
    ----------
    defect_rate : float or array
        Share of units that are nonconforming, between 0 and 1.
    opportunities : float or array, default 1
        Places in one unit where a defect can occur, above 0, each failing independently.

    Returns
    -------
    float or array
        1e6 (1 - (1 - defect_rate)^(1/opportunities)), between 0 and 1,000,000.

    Raises
    ------
    ValueError
        If a value is NaN or out of range.

    Notes
    -----
    Formulas page, "Defects and yields". The inverse of :func:`defect_rate_from_dpo`, times a million.

    Examples
    --------
    >>> dpmo_from_defect_rate(0.25)
    250000.0
    >>> round(dpmo_from_defect_rate(0.25, opportunities=10), 2)
    28358.34
    """
    rate = checked("defect_rate", defect_rate, PROBABILITY, low=0, high=1)
    places = checked("opportunities", opportunities, POSITIVE, above=0)
    through_logarithm = -np.expm1(log_conforming(rate) / places)
    return plain(MILLION * np.where(places == 1, rate, through_logarithm), defect_rate, opportunities)


def rolled_defect_rate(defect_rates: Any) -> Any:
    """Share of units spoilt by at least one of several independent steps.

    Parameters
    ----------
    defect_rates : array of shape (..., steps)
        Probability of each step to spoil a unit, between 0 and 1; without steps nothing is spoilt.

    Returns
    -------
    float or array of shape (...)
        1 minus the product of (1 - rate) over the last axis, without loss of digits in the small tail.

    Raises
    ------
    ValueError
        If a rate is NaN or out of range.

    Notes
    -----
    Formulas page, "Defects and yields". The complement of
    :func:`~qualitychain.metrics.rolled_throughput_yield`, for rates too small to be told from a yield of 1.

    Examples
    --------
    >>> rolled_defect_rate([0.5, 0.5])
    0.75
    >>> rolled_defect_rate([1e-18, 1e-18])
    2e-18
    """
    rates = np.atleast_1d(checked("defect_rates", defect_rates, PROBABILITY, low=0, high=1))
    return plain(-np.expm1(np.sum(log_conforming(rates), axis=-1)))


def log_conforming(defect_rate: Array) -> Array:
    """Logarithm of the conforming share, minus infinity where every unit is nonconforming."""
    with np.errstate(divide="ignore"):
        result: Array = np.log1p(-defect_rate)
    return result


def _defects_and_places(defects: Any, units: Any, opportunities: Any) -> tuple[Array, Array]:
    found = checked("defects", defects, COUNT, low=0)
    with np.errstate(over="ignore"):
        places = checked("units", units, POSITIVE, above=0) * checked("opportunities", opportunities, POSITIVE, above=0)
    remedy = "raise opportunities to the number of places in a unit where a defect can occur, or use dpu"
    refuse("defects", found, found > places * (1 + ROUNDING), "must not exceed units * opportunities", remedy)
    return found, places
