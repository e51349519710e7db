"""Yields of steps and of a whole line of steps."""

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
    "final_yield",
    "first_time_yield",
    "normalized_yield",
    "rolled_throughput_yield",
    "throughput_yield",
    "total_dpu",
]


def throughput_yield(dpu: Value | float) -> Value:
    """Share of units without a defect when defects fall on units at random (Poisson).

    Parameters
    ----------
    dpu : float or array
        Defects per unit, at least 0 (infinity gives 0).

    Returns
    -------
    float or array
        exp(-dpu), between 0 and 1. Its complement without loss of digits is :func:`defect_rate_from_dpu`.

    Raises
    ------
    ValueError
        If a value is NaN or negative.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> round(throughput_yield(0.17), 6)
    0.843665
    """
    with np.errstate(under="ignore"):
        return plain(np.exp(-checked("dpu", dpu, COUNT, low=0, finite=False)), dpu)


def rolled_throughput_yield(yields: Any) -> Any:
    """Yield of steps in series: the product of their throughput yields.

    Parameters
    ----------
    yields : array of shape (..., steps)
        Yield of each step, between 0 and 1; at least one step.

    Returns
    -------
    float or array of shape (...)
        The product over the last axis.

    Raises
    ------
    ValueError
        If a yield is NaN or out of range, or there is none.

    Notes
    -----
    Formulas page, "Defects and yields". Assumes that a defect at one step is independent of the others.

    Examples
    --------
    >>> round(rolled_throughput_yield([0.95, 0.84, 0.88]), 5)
    0.70224
    """
    with np.errstate(under="ignore"):
        return plain(np.prod(_steps(yields), axis=-1))


def normalized_yield(yields: Any) -> Any:
    """The one yield that equal steps would have: rolled throughput yield to the power 1/steps.

    Parameters
    ----------
    yields : array of shape (..., steps)
        Yield of each step, between 0 and 1; at least one step.

    Returns
    -------
    float or array of shape (...)
        The geometric mean over the last axis.

    Raises
    ------
    ValueError
        If a yield is NaN or out of range, or there is none.

    Notes
    -----
    Formulas page, "Defects and yields". Taken through logarithms: the product of many steps may underflow.

    Examples
    --------
    >>> round(normalized_yield([0.99, 0.95, 0.9, 0.98, 0.97]), 6)
    0.957458
    """
    with np.errstate(divide="ignore", under="ignore"):
        return plain(np.exp(np.mean(np.log(_steps(yields)), axis=-1)))


def total_dpu(yields: Any) -> Any:
    """Defects per unit over all steps that would give the rolled throughput yield (Poisson).

    Parameters
    ----------
    yields : array of shape (..., steps)
        Yield of each step, between 0 and 1; at least one step.

    Returns
    -------
    float or array of shape (...)
        Minus the logarithm of the rolled throughput yield; infinite if a step has yield 0.

    Raises
    ------
    ValueError
        If a yield is NaN or out of range, or there is none.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> round(total_dpu([0.99, 0.95, 0.9, 0.98, 0.97]), 6)
    0.217366
    """
    with np.errstate(divide="ignore"):
        return plain(-np.sum(np.log(_steps(yields)), axis=-1))


def first_time_yield(units: Value | float, scrap: Value | float, rework: Value | float) -> Value:
    """Share of the units that came out right the first time: neither scrapped nor reworked.

    Parameters
    ----------
    units : float or array
        Units that went in, above 0.
    scrap : float or array
        Of these, units thrown away.
    rework : float or array
        Of these, units that were made good by more work.

    Returns
    -------
    float or array
        (units - scrap - rework) / units.

    Raises
    ------
    ValueError
        If a value is NaN or negative, or scrap and rework exceed the units.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> first_time_yield(100, scrap=10, rework=5)
    0.85
    """
    given = checked("units", units, POSITIVE, above=0)
    lost = checked("scrap", scrap, COUNT, low=0) + checked("rework", rework, COUNT, low=0)
    return plain(_remaining(given, lost, "scrap and rework together"), units, scrap, rework)


def final_yield(units: Value | float, scrap: Value | float) -> Value:
    """Share of the units that came out good in the end, reworked ones included.

    Parameters
    ----------
    units : float or array
        Units that went in, above 0.
    scrap : float or array
        Of these, units thrown away.

    Returns
    -------
    float or array
        (units - scrap) / units.

    Raises
    ------
    ValueError
        If a value is NaN or negative, or scrap exceeds the units.

    Notes
    -----
    Formulas page, "Defects and yields".

    Examples
    --------
    >>> final_yield(100, scrap=10)
    0.9
    """
    given = checked("units", units, POSITIVE, above=0)
    return plain(_remaining(given, checked("scrap", scrap, COUNT, low=0), "scrap"), units, scrap)


def _remaining(units: Array, lost: Array, name: str) -> Array:
    remedy = "count each unit once, among the units that went in"
    refuse(name, lost, lost > units * (1 + ROUNDING), "must not exceed units", remedy)
    return np.maximum(units - lost, 0.0) / units


def _steps(yields: Any) -> Array:
    array = checked("yields", yields, PROBABILITY, low=0, high=1)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"yields must hold at least one step, got {yields!r}; give a list of the yields of the steps")
    return array
