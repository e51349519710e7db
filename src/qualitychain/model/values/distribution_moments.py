"""Mean and squared coefficient of variation of every kind of time.

The kinds are told apart by the name of their class, because the distributions check their parameters with these
formulas and so come after them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qualitychain.model.values import durations

if TYPE_CHECKING:
    from qualitychain.model.values.durations import Clock


def in_units(value: float | str, clock: Clock | str) -> float:
    """A time that does not vary, as a number in the unit of a clock, or in a time unit around the clock."""
    return durations.in_unit(value, clock) if isinstance(value, str) else value


def of_parameters(given: object, clock: Clock | str) -> tuple[float, float]:
    """Mean and scv of a distribution as its parameters give them; OverflowError where no number can hold them."""
    return _BY_KIND[type(given).__name__](given, clock)


def _by_mean(given: Any, clock: Clock | str) -> tuple[float, float]:
    return in_units(given.mean, clock), given.scv


def _gamma(given: Any, clock: Clock | str) -> tuple[float, float]:
    if given.shape is None or given.scale is None:
        return _by_mean(given, clock)
    return given.shape * in_units(given.scale, clock), 1 / given.shape


def _lognormal(given: Any, clock: Clock | str) -> tuple[float, float]:
    if given.mu is None or given.sigma is None:
        return _by_mean(given, clock)
    return math.exp(given.mu + given.sigma**2 / 2), math.expm1(given.sigma**2)


def weibull_scv(shape: float) -> float:
    """Squared coefficient of variation of a Weibull time, from its shape."""
    return math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape))


def _weibull(given: Any, clock: Clock | str) -> tuple[float, float]:
    if given.shape is None or given.scale is None:
        return _by_mean(given, clock)
    return in_units(given.scale, clock) * math.gamma(1 + 1 / given.shape), weibull_scv(given.shape)


def _uniform(given: Any, clock: Clock | str) -> tuple[float, float]:
    if given.low is None or given.high is None:
        return _by_mean(given, clock)
    low, high = in_units(given.low, clock), in_units(given.high, clock)
    mean = (low + high) / 2
    return mean, ((high - low) / mean) ** 2 / 12 if mean else 0.0


def _triangular(given: Any, clock: Clock | str) -> tuple[float, float]:
    if given.low is None or given.mode is None or given.high is None:
        return _by_mean(given, clock)
    a, m, b = (in_units(t, clock) for t in (given.low, given.mode, given.high))
    mean = (a + m + b) / 3
    if not mean:
        return 0.0, 0.0
    return mean, (((b - a) / mean) ** 2 + ((m - a) / mean) ** 2 + ((b - m) / mean) ** 2) / 36


def _empirical(given: Any, clock: Clock | str) -> tuple[float, float]:
    times = [in_units(t, clock) for t in given.values]
    largest = max(given.weights) if given.weights is not None else 1.0
    weights = [w / largest for w in given.weights] if given.weights is not None else [1.0] * len(times)
    total = math.fsum(weights)
    mean = math.fsum(t * w for t, w in zip(times, weights, strict=True)) / total
    if not mean:
        return 0.0, 0.0
    return mean, math.fsum((t / mean - 1) ** 2 * w for t, w in zip(times, weights, strict=True)) / total


_BY_KIND: dict[str, Callable[[Any, Clock | str], tuple[float, float]]] = {
    "Fixed": lambda given, clock: (in_units(given.value, clock), 0.0),
    "Exponential": lambda given, clock: (in_units(given.mean, clock), 1.0),
    "Gamma": _gamma,
    "Lognormal": _lognormal,
    "Weibull": _weibull,
    "Uniform": _uniform,
    "Triangular": _triangular,
    "Empirical": _empirical,
}
