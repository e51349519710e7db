"""A time as a field may hold it: a number, a duration text, a distribution, or a mapping for one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.values.distribution_moments import in_units, of_parameters
from qualitychain.model.values.distributions import KINDS, Distribution, Empirical, Fixed, Gamma, Lognormal
from qualitychain.model.values.duration_text import read
from qualitychain.model.values.fields import LARGEST, between, duration, echo, refuse
from qualitychain.model.values.record import build
from qualitychain.near import did_you_mean

if TYPE_CHECKING:
    from qualitychain.model.values.durations import Clock

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


def moments(value: float | str | Distribution, clock: Clock | str, *, default_scv: float = 0.0) -> tuple[float, float]:
    """Mean (in the unit of the clock) and squared coefficient of variation of a time.

    Parameters
    ----------
    value : number, duration text or distribution
    clock : Clock or str
        The chain's clock, whose unit is that of the result and of numbers in ``value``; or a time unit, around the
        clock.
    default_scv : float
        The scv of a bare number or duration text: 0 for a lead time, 1 for a cycle time.

    Returns
    -------
    mean, scv : float
        A mean of zero has scv 0.

    Examples
    --------
    >>> from qualitychain.model.values.distributions import Uniform
    >>> moments(4, "hour", default_scv=1.0)
    (4.0, 1.0)
    >>> moments(Uniform(low="0 min", high="60 min"), "hour")[0]
    0.5
    >>> from qualitychain.model.values.durations import Clock
    >>> moments("1 d", Clock("hour", hours_per_day=8, days_per_week=5))
    (8.0, 0.0)
    """
    if isinstance(value, float | int | str):
        mean, scv = in_units(float(value) if not isinstance(value, str) else value, clock), default_scv
    else:
        mean, scv = of_parameters(value, clock)
    return (mean, scv) if mean > 0 else (0.0, 0.0)


def scaled_time(value: Any, factor: float) -> Any:
    """The same kind of time, ``factor`` times as long; its scv stays, and days stay days of the same kind.

    Examples
    --------
    >>> scaled_time("2 h", 0.5), scaled_time(Gamma(mean=3, scv=0.5), 2).mean
    ('1 h', 6.0)
    """
    if isinstance(value, str):
        return read(value).scaled(factor)
    if isinstance(value, int | float):
        return value * factor
    if factor == 0:
        return Fixed(0.0)
    lengths = ("value", "mean", "scale", "low", "mode", "high")
    new = {f: scaled_time(getattr(value, f), factor) for f in lengths if getattr(value, f, None) is not None}
    if isinstance(value, Lognormal) and value.mu is not None:
        new["mu"] = value.mu + math.log(factor)
    if isinstance(value, Empirical):
        new["values"] = [scaled_time(v, factor) for v in value.values]
    return dataclasses.replace(value, **new)
