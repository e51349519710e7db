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
from qualitychain.model.values.distribution_moments import of_parameters, weibull_scv
from qualitychain.model.values.duration_text import Length, read
from qualitychain.model.values.fields import (
    LARGEST,
    Duration,
    PositiveDuration,
    between,
    duration,
    echo,
    optional,
    refuse,
)
from qualitychain.model.values.record import record

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
        mean, scv = of_parameters(given, "week")
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
    """An exponential time (scv 1), given by its mean.

    Examples
    --------
    >>> Exponential("90 min").mean
    '90 min'
    """

    _named_by_kind: ClassVar[bool] = True
    mean: PositiveDuration
    """Mean time."""


@record
class Gamma:
    """A gamma time, by mean and scv, or by shape and scale.

    Examples
    --------
    >>> from qualitychain.model.values.times import moments
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
    """A lognormal time, by mean and scv, or by mu and sigma of its logarithm (in the chain's time unit).

    Examples
    --------
    >>> Lognormal(mean=30, scv=0.4).scv
    0.4
    """

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
    """A Weibull time, by mean and scv, or by shape and scale.

    Examples
    --------
    >>> Weibull(shape=2, scale="3 h").shape
    2.0
    """

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
        low, high = weibull_scv(1000.0), weibull_scv(0.05)
        if self.scv is not None and not low <= self.scv <= high:
            raise refuse("QC034", f"weibull covers scv from {low:.2g} to {high:.2g}, got {self.scv:g}")
        _within_reach(self)


@record
class Uniform:
    """A uniform time between two ends, or by mean and scv (at most 1/3).

    Examples
    --------
    >>> Uniform(low=1, high=3).high
    3.0
    """

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
        _ordered(self)


@record
class Triangular:
    """A triangular time by low, mode and high, or symmetric by mean and scv (at most 1/6).

    Examples
    --------
    >>> Triangular(low=1, mode=2, high=6).mode
    2.0
    """

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
        _ordered(self)


def corners(given: Uniform | Triangular) -> dict[str, float | str]:
    """The ends (and the mode) of a time that is stated by them, by name; nothing where it is stated by its moments."""
    names = ("low", "mode", "high") if isinstance(given, Triangular) else ("low", "high")
    return {n: getattr(given, n) for n in names if getattr(given, n) is not None}


def _surely_longer(first: float | Length, second: float | Length) -> bool:
    if isinstance(first, Length) and isinstance(second, Length):
        return first.surely_longer(second)
    return first > second  # type: ignore[operator]  # both are numbers


def _ordered(given: Uniform | Triangular) -> None:
    """Refuse ends that no calendar puts in order; whether the chain's does is for the rules of the chain."""
    times = corners(given)
    names = list(times)
    if len({isinstance(t, str) for t in times.values()}) > 1:
        raise refuse("QC034", f"{' and '.join(names)} must all be numbers or all be duration texts")
    lengths = [read(t) if isinstance(t, str) else t for t in times.values()]
    if any(_surely_longer(a, b) for a, b in pairwise(lengths)):
        raise refuse("QC034", f"needs {' <= '.join(names)}, got {', '.join(echo(t) for t in times.values())}")


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
    >>> from qualitychain.model.values.times import moments
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
