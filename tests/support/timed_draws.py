"""Random times of every kind, drawn with numpy from the parameters of the model's records alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import qualitychain as qc
from qualitychain.model.values.durations import in_unit

Floats = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[np.random.Generator, int], Floats]


def NO_TIME(rng: np.random.Generator, count: int) -> Floats:
    """No time at all."""
    return np.zeros(count)


def fixed(value: float) -> Draw:
    """Always the same time."""
    return (lambda rng, count: np.full(count, value)) if value else NO_TIME


def gamma(mean: float, scv: float) -> Draw:
    """Gamma times by their mean and squared coefficient of variation."""
    if not mean or not scv:
        return fixed(mean)
    if scv == 1:
        return lambda rng, count: rng.standard_exponential(count) * mean
    return lambda rng, count: rng.standard_gamma(1 / scv, count) * (mean * scv)


def time_draw(value: Any, clock: Any, *, bare_scv: float = 0.0, factor: float = 1.0) -> Draw:
    """Times as a field of the model states them, `factor` times as long; a bare number has scv `bare_scv`."""

    def unit(given: Any) -> float:
        return (in_unit(given, clock) if isinstance(given, str) else float(given)) * factor

    match value:
        case int() | float() | str():
            return gamma(unit(value), bare_scv)
        case qc.Fixed():
            return fixed(unit(value.value))
        case qc.Exponential():
            return gamma(unit(value.mean), 1.0)
        case qc.Gamma():
            if value.shape is not None:
                return gamma(value.shape * unit(value.scale), 1 / value.shape)
            return gamma(unit(value.mean), value.scv)
        case qc.Lognormal():
            return _lognormal(value, unit, factor)
        case qc.Weibull():
            return _weibull(value, unit)
        case qc.Uniform():
            low, high = _ends(value, unit, 3.0)
            return lambda rng, count: rng.uniform(low, high, count)
        case qc.Triangular():
            low, high = _ends(value, unit, 6.0)
            mode = (low + high) / 2 if value.mode is None else unit(value.mode)
            return (lambda rng, count: rng.triangular(low, mode, high, count)) if high > low else fixed(low)
        case qc.Empirical():
            times = np.array([unit(v) for v in value.values])
            steps = np.cumsum(np.ones(times.size) if value.weights is None else np.asarray(value.weights))
            return lambda rng, count: times[np.searchsorted(steps, rng.random(count) * steps[-1], side="right")]
    raise TypeError(f"no such time: {value!r}")


def moments_by_hand(value: Any, clock: Any) -> tuple[float, float]:
    """Mean and scv of a working time in the forms that tests give to departments with stops."""
    match value:
        case int() | float() | str() | qc.Exponential():
            given = value.mean if isinstance(value, qc.Exponential) else value
            return (in_unit(given, clock) if isinstance(given, str) else float(given)), 1.0
        case qc.Fixed():
            return (in_unit(value.value, clock) if isinstance(value.value, str) else float(value.value)), 0.0
        case _ if getattr(value, "mean", None) is not None:
            return (in_unit(value.mean, clock) if isinstance(value.mean, str) else float(value.mean)), value.scv
        case qc.Empirical() if value.weights is None and not isinstance(value.values[0], str):
            times = np.asarray(value.values, dtype=float)
            return float(times.mean()), float(times.var() / times.mean() ** 2)
        case qc.Uniform() if not isinstance(value.low, str):
            mean = (value.low + value.high) / 2
            return mean, (value.high - value.low) ** 2 / 12 / mean**2
    raise TypeError(f"state the working time of a department with stops by mean and scv, not as {value!r}")


def stay_draw(department: qc.Department, clock: Any, probability: float, mean: float, scv: float) -> Draw:
    """Waiting and work of one visit: a wait with this probability, gamma then; work stretched by stops."""
    work = _work(department, clock)
    if probability <= 0 or mean <= 0:
        return work
    wait = gamma(mean, scv)

    def stay(rng: np.random.Generator, count: int) -> Floats:
        times = work(rng, count)
        waiting = np.flatnonzero(rng.random(count) < probability)
        times[waiting] += wait(rng, waiting.size)
        return times

    return stay


def _work(department: qc.Department, clock: Any) -> Draw:
    if department.cycle_time is None:
        return NO_TIME
    up = department.availability
    repair = in_unit(department.mttr, clock) if isinstance(department.mttr, str) else department.mttr
    if up == 1 or repair == 0:
        return time_draw(department.cycle_time, clock, bare_scv=1.0, factor=1 / up)
    mean, scv = moments_by_hand(department.cycle_time, clock)
    if mean == 0:
        return NO_TIME
    return gamma(mean / up, scv + (1 + department.mttr_scv) * up * (1 - up) * repair / mean)


def _lognormal(value: qc.Lognormal, unit: Callable[[Any], float], factor: float) -> Draw:
    if value.mu is not None and value.sigma is not None:
        mu, sigma = value.mu + math.log(factor), value.sigma
    else:
        mean = unit(value.mean)
        if not mean:
            return NO_TIME
        sigma = math.sqrt(math.log(1 + (value.scv or 0.0)))
        mu = math.log(mean) - sigma**2 / 2
    return lambda rng, count: rng.lognormal(mu, sigma, count)


def _weibull(value: qc.Weibull, unit: Callable[[Any], float]) -> Draw:
    if value.shape is not None:
        shape, scale = value.shape, unit(value.scale)
    else:
        low, high = 0.04, 1100.0
        for _ in range(200):
            shape = math.sqrt(low * high)
            spread = math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape))
            low, high = (shape, high) if spread > (value.scv or 0.0) else (low, shape)
        scale = unit(value.mean) / math.gamma(1 + 1 / shape)
    return lambda rng, count: rng.weibull(shape, count) * scale


def _ends(value: qc.Uniform | qc.Triangular, unit: Callable[[Any], float], spread: float) -> tuple[float, float]:
    """Least and greatest time; symmetric around the mean where only the moments are given."""
    if value.low is not None:
        return unit(value.low), unit(value.high)
    mean = unit(value.mean)
    half = mean * math.sqrt(spread * (value.scv or 0.0))
    return max(mean - half, 0.0), mean + half
