"""What an allocation is asked for: targets of external customers, what may change, and how dear each change is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scipy.special import log_ndtr

from qualitychain.analysis.base.compile import Compiled
from qualitychain.errors import AnalysisError, ChainError, TargetError, UnknownCustomerError
from qualitychain.metrics import z_lt
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.fields import duration, echo, number
from qualitychain.near import did_you_mean

RATE_MEASURES = ("accepted_defect_rate", "defect_rate", "dpmo", "sigma_level")
TIME_MEASURES = ("on_time", "lead_time")
_GREATEST_SIGMA = 10
"""No one asks for a greater sigma level."""
_KNOWN = (*RATE_MEASURES, *TIME_MEASURES)


@dataclass(frozen=True)
class RateTarget:
    """At most so many nonconforming units at one customer.

    ``goal`` is -ln(1 - rate), in which steps in series add up; ``presented`` tells the rate of incoming units from
    that of what the customer keeps.
    """

    customer: str
    measure: str
    asked: float
    goal: float
    presented: bool
    opportunities: int
    shift: float

    @property
    def rate(self) -> float:
        """The greatest rate of nonconforming units."""
        return -math.expm1(-self.goal)

    def said(self, level: float) -> float:
        """A level -ln(1 - rate) as the measure that was asked for."""
        rate = -math.expm1(-level)
        if self.measure == "sigma_level":
            if level <= 0 or math.isinf(level):
                return math.inf if level <= 0 else -math.inf
            return float(z_lt(rate, self.opportunities, conforming_rate=math.exp(-level))) + self.shift
        return -1e6 * math.expm1(-level / self.opportunities) if self.measure == "dpmo" else rate


@dataclass(frozen=True)
class TimeTarget:
    """A share ``level`` of one customer's units within ``limit``; without a level, so short a mean lead time."""

    customer: str
    measure: str
    limit: float
    level: float | None

    @property
    def asked(self) -> float:
        """The figure that was asked for: a share, or a time."""
        return self.limit if self.measure == "lead_time" or self.level is None else self.level


def targets_of(chain: Chain, given: object, shift: float) -> tuple[list[RateTarget], list[TimeTarget]]:
    """The targets, checked.

    Raises
    ------
    AnalysisError
        When a customer or measure is unknown, or a target is out of range.
    """
    if not isinstance(given, Mapping) or not given:
        raise TargetError(f"targets must map customers to what they accept, got {echo(given)}")
    rates: list[RateTarget] = []
    times: list[TimeTarget] = []
    customers = {c.name: c for c in chain.customers}
    for name, asked in given.items():
        if name not in customers:
            raise UnknownCustomerError(name, list(customers))
        wanted = dict(asked) if isinstance(asked, Mapping) else {"accepted_defect_rate": asked}
        _known(name, wanted)
        for measure, value in wanted.items():
            if measure in RATE_MEASURES:
                rates.append(_rate(name, measure, value, customers[name].opportunities, shift))
        if "on_time" in wanted:
            times.append(_on_time(chain, name, wanted["on_time"]))
        if "lead_time" in wanted:
            times.append(_lead_time(chain, name, wanted["lead_time"], wanted.get("quantile")))
    return rates, times


def _known(name: str, wanted: Mapping[Any, Any]) -> None:
    known = (*_KNOWN, "quantile") if "lead_time" in wanted else _KNOWN
    if not wanted:
        raise TargetError(f"target of '{name}' states nothing; give one of {', '.join(_KNOWN)}")
    for measure in wanted:
        if measure not in known:
            near = did_you_mean(measure, known)
            extra = "; quantile goes with lead_time" if measure == "quantile" else near
            raise TargetError(f"target of '{name}' must be one of {', '.join(_KNOWN)}, got {echo(measure)}{extra}")


def _number(name: str, measure: str, value: object) -> float:
    try:
        return number(value)
    except ChainError as error:
        raise TargetError(f"target of '{name}': {measure} {error.faults[0].message}") from None


def _share(name: str, measure: str, value: object, remedy: str = "") -> float:
    share = _number(name, measure, value)
    if not 0 < share < 1:
        raise TargetError(f"target of '{name}': {measure} must be above 0 and below 1, got {echo(value)}{remedy}")
    return share


def _meant(value: object) -> str:
    """What to write for a number that is no rate."""
    if value == 0:
        return "; a rate of 0 has no finite price, so ask for a small one"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 < value < 1e6:
        return ""
    said = [f"for {value:g} % write {value / 100:g}"] if value < 100 else []
    if value <= _GREATEST_SIGMA:
        said.insert(0, f"for a sigma level give {{'sigma_level': {value:g}}}")
    else:
        said.append(f"for defects per million opportunities give {{'dpmo': {value:g}}}")
    return f"; {', '.join(said)}"


def _rate(name: str, measure: str, value: object, opportunities: int, shift: float) -> RateTarget:
    if measure == "sigma_level":
        asked = _number(name, measure, value)
        goal = -opportunities * float(log_ndtr(asked - shift))
        if not 0 < goal < math.inf:
            raise TargetError(f"target of '{name}': no defect rate has a sigma_level of {echo(value)}")
    elif measure == "dpmo":
        asked = _number(name, measure, value)
        if not 0 < asked < 1e6:
            raise TargetError(f"target of '{name}': dpmo must be above 0 and below 1,000,000, got {echo(value)}")
        goal = -opportunities * math.log1p(-asked / 1e6)
    else:
        asked = _share(name, measure, value, _meant(value))
        goal = -math.log1p(-asked)
    return RateTarget(name, measure, asked, goal, measure != "accepted_defect_rate", opportunities, shift)


def _on_time(chain: Chain, name: str, value: object) -> TimeTarget:
    level = _share(name, "on_time", value)
    customer = next(c for c in chain.customers if c.name == name)
    if customer.promise is None:
        raise AnalysisError(
            f"'{name}' has no promise to be on time for; give the customer a promise, or ask for lead_time and quantile"
        )
    clock = chain.clock
    return TimeTarget(name, "on_time", in_units(customer.promise, clock) + in_units(customer.tolerance, clock), level)


def _lead_time(chain: Chain, name: str, value: object, quantile: object) -> TimeTarget:
    try:
        limit = in_units(duration(value), chain.clock)
    except ChainError as error:
        raise TargetError(f"target of '{name}': lead_time {error.faults[0].message}") from None
    if not limit > 0:
        raise TargetError(f"target of '{name}': lead_time must be above 0, got {echo(value)}")
    level = None if quantile is None else _share(name, "quantile", quantile)
    return TimeTarget(name, "lead_time", limit, level)


def scope_of(handoffs: Iterable[str] | None, known: Iterable[str], what: str) -> frozenset[str] | None:
    """The names that may change; None for all.

    Raises
    ------
    AnalysisError
        When a name is unknown; near misses are named.
    """
    if handoffs is None:
        return None
    names = list(known)
    wanted = [handoffs] if isinstance(handoffs, str) else list(handoffs)
    for name in wanted:
        if name not in names:
            raise AnalysisError(f"{echo(name)} is not {what} of the chain{did_you_mean(name, names)}")
    if not wanted:
        raise AnalysisError("handoffs names none that may change; leave it out to let all change")
    return frozenset(wanted)


def weights_of(compiled: Compiled, weights: Mapping[str, float] | None, known: Iterable[str]) -> dict[str, float]:
    """The weight k of every handoff and department: as given, else the handoff's own, else 1.

    Raises
    ------
    AnalysisError
        When a name is unknown or a weight is not a number above 0.
    """
    result = {name: h.improvement_weight for name, h in zip(compiled.names, compiled.chain.handoffs, strict=True)}
    result |= {d.name: 1.0 for d in compiled.chain.departments}
    if weights is None:
        return result
    if not isinstance(weights, Mapping):
        raise TargetError(f"weights must map names to numbers above 0, got {echo(weights)}")
    names = list(known)
    for name, value in weights.items():
        if name not in names:
            raise AnalysisError(f"weights: {echo(name)} is not a handoff of the chain{did_you_mean(name, names)}")
        try:
            weight = number(value)
        except ChainError as error:
            raise TargetError(f"weight of '{name}' {error.faults[0].message}") from None
        if not 0 < weight <= 1e15:
            raise TargetError(f"weight of '{name}' must be above 0 and at most 1e15, got {echo(value)}")
        result[name] = weight
    return result


__all__ = ["RateTarget", "TimeTarget", "scope_of", "targets_of", "weights_of"]
