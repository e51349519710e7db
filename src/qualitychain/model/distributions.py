"""Times that vary: distributions given by their parameters, or by mean and squared coefficient of variation (scv).

Times inside a distribution are in the chain's time unit, or duration texts. ``moments`` gives mean and scv of any.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model import durations
from qualitychain.model.near import did_you_mean
from qualitychain.model.record import build, record
from qualitychain.model.values import (
    LARGEST,
    Duration,
    PositiveDuration,
    between,
    duration,
    echo,
    optional,
    refuse,
)

OptionalDuration = Annotated[float | str | None, BeforeValidator(optional(duration))]
OptionalPositive = Annotated[float | None, BeforeValidator(optional(between(0.0, LARGEST, open_low=True)))]


def _one_pair(given: Any, *pairs: tuple[str, ...]) -> None:
    """Exactly one of the ways to state a distribution is used, and used whole."""
    present = {n for pair in pairs for n in pair if getattr(given, n) is not None}
    if not any(present == set(pair) for pair in pairs):
        ways = " or ".join(" and ".join(pair) for pair in pairs)
        got = " and ".join(sorted(present)) or "nothing"
        raise refuse("QC034", f"{type(given).__name__.lower()} needs {ways}, got {got}")


def _within_reach(given: Any) -> None:
    """Parameters, each in its range, may still give a mean or spread that no number can hold."""
    try:
        mean, scv = _MOMENTS[type(given)](given, "week")
    except OverflowError:
        mean, scv = math.inf, math.inf
    if mean > LARGEST or scv > LARGEST:
        kind, what = type(given).__name__.lower(), "mean" if mean > LARGEST else "scv"
        raise refuse("QC034", f"{kind} has a {what} of more than 1e15 with these parameters; check them")


def _scv_limit(given: Any, limit: float, shape: str) -> None:
    if given.scv is not None and given.scv > limit * (1 + 1e-12):
        raise refuse("QC034", f"{shape} has an scv of at most {limit:.4g} on times of 0 or more, got {given.scv:g}")


@record
class Fixed:
    """A time that is always the same.

    Examples
    --------
    >>> Fixed("2 h").value
    '2 h'
    """

    _named_by_kind: ClassVar[bool] = True
    value: Duration
    """The time."""


@record
class Exponential:
    """An exponential time (scv 1), given by its mean."""

    _named_by_kind: ClassVar[bool] = True
    mean: PositiveDuration
    """Mean time."""


@record
class Gamma:
    """A gamma time, by mean and scv, or by shape and scale.

    Examples
    --------
    >>> moments(Gamma(mean=3, scv=0.5), "hour")
    (3.0, 0.5)
    >>> moments(Gamma(shape=2, scale=1.5), "hour")
    (3.0, 0.5)
    """

    _named_by_kind: ClassVar[bool] = True
    _: KW_ONLY
    mean: OptionalDuration = None
    """Mean time."""
    scv: OptionalPositive = None
    """Squared coefficient of variation: variance over squared mean."""
    shape: OptionalPositive = None
    """Shape parameter; scv = 1 / shape."""
    scale: OptionalDuration = None
    """Scale parameter, a time; mean = shape * scale."""

    def __post_init__(self) -> None:
        _one_pair(self, ("mean", "scv"), ("shape", "scale"))
        _within_reach(self)


@record
class Lognormal:
    """A lognormal time, by mean and scv, or by mu and sigma of its logarithm (in the chain's time unit)."""

    _named_by_kind: ClassVar[bool] = True
    _: KW_ONLY
    mean: OptionalDuration = None
    """Mean time."""
    scv: OptionalPositive = None
    """Squared coefficient of variation."""
    mu: Annotated[float | None, BeforeValidator(optional(between(-700.0, 700.0)))] = None
    """Mean of the logarithm of the time in the chain's time unit."""
    sigma: Annotated[float | None, BeforeValidator(optional(between(0.0, 20.0, open_low=True)))] = None
    """Standard deviation of the logarithm."""

    def __post_init__(self) -> None:
        _one_pair(self, ("mean", "scv"), ("mu", "sigma"))
        _within_reach(self)


@record
class Weibull:
    """A Weibull time, by mean and scv, or by shape and scale."""

    _named_by_kind: ClassVar[bool] = True
    _: KW_ONLY
    mean: OptionalDuration = None
    """Mean time."""
    scv: OptionalPositive = None
    """Squared coefficient of variation."""
    shape: Annotated[float | None, BeforeValidator(optional(between(0.05, 1000.0)))] = None
    """Shape parameter, 0.05 to 1000."""
    scale: OptionalDuration = None
    """Scale parameter, a time."""

    def __post_init__(self) -> None:
        _one_pair(self, ("mean", "scv"), ("shape", "scale"))
        low, high = _weibull_scv(1000.0), _weibull_scv(0.05)
        if self.scv is not None and not low <= self.scv <= high:
            raise refuse("QC034", f"weibull covers scv from {low:.2g} to {high:.2g}, got {self.scv:g}")
        _within_reach(self)


@record
class Uniform:
    """A uniform time between two ends, or by mean and scv (at most 1/3)."""

    _named_by_kind: ClassVar[bool] = True
    _: KW_ONLY
    low: OptionalDuration = None
    """Least time."""
    high: OptionalDuration = None
    """Greatest time."""
    mean: OptionalDuration = None
    """Mean time."""
    scv: OptionalPositive = None
    """Squared coefficient of variation, at most 1/3."""

    def __post_init__(self) -> None:
        _one_pair(self, ("low", "high"), ("mean", "scv"))
        _scv_limit(self, 1 / 3, "uniform")
        _ordered(self, "low", "high")


@record
class Triangular:
    """A triangular time by low, mode and high, or symmetric by mean and scv (at most 1/6)."""

    _named_by_kind: ClassVar[bool] = True
    _: KW_ONLY
    low: OptionalDuration = None
    """Least time."""
    mode: OptionalDuration = None
    """Most likely time."""
    high: OptionalDuration = None
    """Greatest time."""
    mean: OptionalDuration = None
    """Mean time (symmetric triangle)."""
    scv: OptionalPositive = None
    """Squared coefficient of variation (symmetric triangle), at most 1/6."""

    def __post_init__(self) -> None:
        _one_pair(self, ("low", "mode", "high"), ("mean", "scv"))
        _scv_limit(self, 1 / 6, "a symmetric triangle")
        _ordered(self, "low", "mode", "high")


def _ordered(given: Any, *names: str) -> None:
    times = [(n, getattr(given, n)) for n in names]
    if any(t is None for _, t in times):
        return
    if len({isinstance(t, str) for _, t in times}) > 1:
        raise refuse("QC034", f"{' and '.join(names)} must all be numbers or all be duration texts")
    values = [durations.seconds(t) if isinstance(t, str) else t for _, t in times]
    if any(a > b for a, b in pairwise(values)):
        raise refuse("QC034", f"needs {' <= '.join(names)}, got {', '.join(echo(t) for _, t in times)}")


def _times(value: object) -> tuple[float | str, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        if hasattr(value, "tolist"):
            return _times(value.tolist())
        raise refuse("QC010", f"must be a list of times, got {echo(value)}")
    if not value:
        raise refuse("QC034", "must hold at least one time")
    return tuple(_each(value, duration))


def _weights(value: object) -> tuple[float, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        if hasattr(value, "tolist"):
            return _weights(value.tolist())
        raise refuse("QC010", f"must be a list of numbers, got {echo(value)}")
    return tuple(_each(value, between(0.0, LARGEST)))


def _each(values: Sequence[object], check: Any) -> list[Any]:
    good: list[Any] = []
    faults: list[Fault] = []
    for i, item in enumerate(values):
        try:
            good.append(check(item))
        except ChainError as error:
            faults.extend(Fault(f.code, (i, *f.path), f"[{i}] {f.message}") for f in error.faults)
    if faults:
        raise ChainError(faults)
    return good


@record
class Empirical:
    """Measured times, each as likely as its weight (equally likely without weights).

    Examples
    --------
    >>> moments(Empirical([1, 3]), "hour")
    (2.0, 0.25)
    """

    _named_by_kind: ClassVar[bool] = True
    values: Annotated[
        Sequence[float | str],
        BeforeValidator(_times),
        WithJsonSchema({"type": "array", "minItems": 1, "items": {"type": ["number", "string"]}}),
    ]
    """The measured times."""
    _: KW_ONLY
    weights: Annotated[
        Sequence[float] | None,
        BeforeValidator(_weights),
        WithJsonSchema({"type": "array", "items": {"type": "number", "minimum": 0}}),
    ] = None
    """Weights of the times, as many as there are values; they need not sum to 1."""

    def __post_init__(self) -> None:
        if self.weights is None:
            return
        if len(self.weights) != len(self.values):
            raise refuse("QC034", f"empirical has {len(self.values)} values and {len(self.weights)} weights")
        if sum(self.weights) <= 0:
            raise refuse("QC034", "empirical needs at least one weight above 0")


Distribution = Fixed | Exponential | Gamma | Lognormal | Weibull | Uniform | Triangular | Empirical
KINDS: dict[str, Any] = {
    k.__name__.lower(): k for k in (Fixed, Exponential, Gamma, Lognormal, Weibull, Uniform, Triangular, Empirical)
}
_BARE = ("fixed", "exponential", "empirical")
"""Kinds with one parameter, which may stand without its name: ``{fixed: 3}``."""


def distribution_or_time(value: object) -> Any:
    """A time as a field may hold it: a number, a duration text, a distribution, or a mapping for one.

    ``{mean: 3, scv: 0.5}`` is a gamma time, or a fixed one where scv is 0; ``{mean: 3}`` is the bare number 3, whose
    variation is the default of its field.
    """
    if isinstance(value, tuple(KINDS.values())):
        return value
    if isinstance(value, Mapping):
        return _from_mapping(value)
    if isinstance(value, bool) or value is None or isinstance(value, list | tuple):
        raise refuse("QC010", f"must be a number, a duration such as '2 h', or a distribution, got {echo(value)}")
    return duration(value)


def _from_mapping(value: Mapping[Any, Any]) -> Any:
    if "mean" in value or "scv" in value:
        return _from_moments(value)
    if len(value) != 1:
        keys = ", ".join(sorted(str(k)[:20] for k in value)) or "nothing"
        raise refuse(
            "QC034", f"must be {{mean, scv}} or one of {', '.join(KINDS)} with its parameters, got {keys[:80]}"
        )
    [(key, parameters)] = value.items()
    kind = KINDS.get(key) if isinstance(key, str) else None
    if kind is None:
        near = did_you_mean(key, (*KINDS, "mean", "scv"))
        raise refuse("QC034", f"has the unknown distribution {echo(key)}; known: {', '.join(KINDS)}{near}", (str(key),))
    if key in _BARE and not isinstance(parameters, Mapping):
        parameters = {"mean" if key == "exponential" else "value" if key == "fixed" else "values": parameters}
    return build(kind, parameters, (key,))


def _from_moments(value: Mapping[Any, Any]) -> Any:
    faults = [
        Fault(
            "QC015", (str(key),), f"{str(key)[:40]} is unknown beside mean and scv{did_you_mean(key, ('mean', 'scv'))}"
        )
        for key in value
        if key not in ("mean", "scv")
    ]
    if "mean" not in value:
        faults.append(Fault("QC016", (), "mean is missing"))
    checked: dict[str, Any] = {}
    for key, check in (("mean", duration), ("scv", between(0.0, LARGEST))):
        try:
            checked[key] = check(value[key]) if key in value else None
        except ChainError as error:
            faults.extend(Fault(f.code, (key, *f.path), f"{key} {f.message}") for f in error.faults)
    if faults:
        raise ChainError(faults)
    mean, scv = checked["mean"], checked["scv"]
    if scv is None:
        return mean
    return Fixed(mean) if scv == 0 else Gamma(mean=mean, scv=scv)


TIME_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "description": "a duration such as '2 d 4 h'"},
        {"type": "object", "description": "{mean, scv}, or one distribution by name with its parameters"},
    ]
}
Time = Annotated[
    float | str | Distribution,
    BeforeValidator(distribution_or_time),
    WithJsonSchema(TIME_SCHEMA),
]


def in_units(value: float | str, time_unit: str) -> float:
    """A time that does not vary, as a number in the given unit."""
    return durations.in_unit(value, time_unit) if isinstance(value, str) else value


def moments(value: float | str | Distribution, time_unit: str, *, default_scv: float = 0.0) -> tuple[float, float]:
    """Mean (in ``time_unit``) and squared coefficient of variation of a time.

    Parameters
    ----------
    value : number, duration text or distribution
    time_unit : str
        Unit of the result, and of numbers in ``value``.
    default_scv : float
        The scv of a bare number or duration text: 0 for a lead time, 1 for a cycle time.

    Returns
    -------
    mean, scv : float
        A mean of zero has scv 0.

    Examples
    --------
    >>> moments(4, "hour", default_scv=1.0)
    (4.0, 1.0)
    >>> moments(Uniform(low="0 min", high="60 min"), "hour")[0]
    0.5
    """
    if isinstance(value, float | int | str):
        mean, scv = in_units(float(value) if not isinstance(value, str) else value, time_unit), default_scv
    else:
        mean, scv = _MOMENTS[type(value)](value, time_unit)
    return (mean, scv) if mean > 0 else (0.0, 0.0)


def _by_mean(given: Any, unit: str) -> tuple[float, float]:
    return in_units(given.mean, unit), given.scv


def _gamma(given: Gamma, unit: str) -> tuple[float, float]:
    if given.shape is None or given.scale is None:
        return _by_mean(given, unit)
    return given.shape * in_units(given.scale, unit), 1 / given.shape


def _lognormal(given: Lognormal, unit: str) -> tuple[float, float]:
    if given.mu is None or given.sigma is None:
        return _by_mean(given, unit)
    return math.exp(given.mu + given.sigma**2 / 2), math.expm1(given.sigma**2)


def _weibull_scv(shape: float) -> float:
    return math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape))


def _weibull(given: Weibull, unit: str) -> tuple[float, float]:
    if given.shape is None or given.scale is None:
        return _by_mean(given, unit)
    return in_units(given.scale, unit) * math.gamma(1 + 1 / given.shape), _weibull_scv(given.shape)


def _uniform(given: Uniform, unit: str) -> tuple[float, float]:
    if given.low is None or given.high is None:
        return _by_mean(given, unit)
    low, high = in_units(given.low, unit), in_units(given.high, unit)
    mean = (low + high) / 2
    return mean, ((high - low) / mean) ** 2 / 12 if mean else 0.0


def _triangular(given: Triangular, unit: str) -> tuple[float, float]:
    if given.low is None or given.mode is None or given.high is None:
        return _by_mean(given, unit)
    a, m, b = (in_units(t, unit) for t in (given.low, given.mode, given.high))
    mean = (a + m + b) / 3
    if not mean:
        return 0.0, 0.0
    return mean, (((b - a) / mean) ** 2 + ((m - a) / mean) ** 2 + ((b - m) / mean) ** 2) / 36


def _empirical(given: Empirical, unit: str) -> tuple[float, float]:
    times = [in_units(t, unit) for t in given.values]
    largest = max(given.weights) if given.weights is not None else 1.0
    weights = [w / largest for w in given.weights] if given.weights is not None else [1.0] * len(times)
    total = math.fsum(weights)
    mean = math.fsum(t * w for t, w in zip(times, weights, strict=True)) / total
    if not mean:
        return 0.0, 0.0
    return mean, math.fsum((t / mean - 1) ** 2 * w for t, w in zip(times, weights, strict=True)) / total


_MOMENTS: dict[Any, Any] = {
    Fixed: lambda given, unit: (in_units(given.value, unit), 0.0),
    Exponential: lambda given, unit: (in_units(given.mean, unit), 1.0),
    Gamma: _gamma,
    Lognormal: _lognormal,
    Weibull: _weibull,
    Uniform: _uniform,
    Triangular: _triangular,
    Empirical: _empirical,
}

__all__ = [
    "KINDS",
    "TIME_SCHEMA",
    "Empirical",
    "Exponential",
    "Fixed",
    "Gamma",
    "Lognormal",
    "Time",
    "Triangular",
    "Uniform",
    "Weibull",
    "distribution_or_time",
    "in_units",
    "moments",
]
