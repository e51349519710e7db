"""What an improvement is judged by: a table of measures, how each is read, and weighted sums of them.

Which measures may be objectives, and which way is better, is said by the vocabulary; here is how each is read from the
study of a chain. A measure that is a ratio of flows also says so (``ratio``), which is what bounds are made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from qualitychain.analysis.base.study import SHIFT, Study
from qualitychain.analysis.money.revenue import revenue_at_risk
from qualitychain.analysis.time.deliveries import deliveries_of
from qualitychain.errors import AnalysisError, UnknownCustomerError
from qualitychain.improvement.choose.options.evaluate import (
    incoming_of,
    outgoing_of,
    promises_of,
    timed,
    total_cost_of,
    unpriced_of,
)
from qualitychain.metrics import z_lt
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.fields import echo
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.measure import Direction, Measure
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Reason, because

Objective = str | Mapping[Any, float]
Read = Callable[[Study, str | None], float]


def places(study: Study, customer: str | None) -> list[int]:
    """Numbers of the customers in question."""
    names = [c.name for c in study.chain.customers]
    return list(range(len(names))) if customer is None else [names.index(customer)]


def _kept(study: Study, k: int) -> tuple[float, float]:
    """Conforming and nonconforming units that a customer keeps, per started unit."""
    good, bad = study.ask(outgoing_of)[k].tolist()
    return good, bad


def _satisfied_share(study: Study, k: int) -> float:
    """Share of what a customer keeps that is conforming, and on time where that is promised and can be judged."""
    promises = study.ask(promises_of)
    share = float(promises.satisfied[k])
    if math.isnan(share):
        name = study.chain.customers[k].name
        raise AnalysisError(f"customer '{name}' has no satisfied units: {promises.reasons.get(name, '')}")
    return share


@dataclass(frozen=True)
class Reading:
    """How a measure that may be an objective is read.

    ``value`` reads it for one customer, or for all together (None). ``ratio`` says of which flows it is a rising
    function, if of any: "kept" (bad among kept), "presented" (bad among presented) or "conforming" (a falling one).
    ``needs`` raises where the chain lacks a figure. ``counted`` is what its values are, where the name says a share.
    """

    name: str
    value: Read
    ratio: str | None = None
    needs: Callable[[Study, str | None], object] = lambda _study, _customer: None
    counted: str = ""

    @property
    def measure(self) -> Measure:
        """What its values are."""
        return measure_of(self.counted or self.name)

    @property
    def better(self) -> Literal["less", "more"]:
        """Which way is better."""
        return "more" if self.measure.direction is Direction.MORE else "less"


def _accepted(study: Study, customer: str | None) -> float:
    good, bad = map(math.fsum, zip(*(_kept(study, k) for k in places(study, customer)), strict=True))
    return bad / (good + bad) if good + bad > 0 else math.nan


def _presented(study: Study, customer: str | None) -> float:
    shown, bad = study.ask(incoming_of)[:, places(study, customer)].sum(axis=1).tolist()
    return min(bad / shown, 1.0) if shown > 0 else math.nan


def _sigma(study: Study, customer: str | None) -> float:
    rate = _presented(study, customer)
    opportunities = study.chain.customers[places(study, customer)[0]].opportunities
    return math.nan if math.isnan(rate) else float(z_lt(rate, opportunities)) + SHIFT


def _one_count(study: Study, customer: str | None) -> None:
    concerned = [study.chain.customers[k] for k in places(study, customer)]
    counts = {c.opportunities for c in concerned}
    if len(counts) > 1:
        raise AnalysisError(
            "the customers count different opportunities, so together they have no sigma level; name one with customer="
        )


def _conforming(study: Study, customer: str | None) -> float:
    return study.compiled.release_rate * math.fsum(_kept(study, k)[0] for k in places(study, customer))


def _units(study: Study, k: int) -> float:
    """Deliveries to a customer: its volume per period where given, else what the chain delivers per time unit."""
    volume = study.chain.customers[k].volume
    return study.compiled.release_rate * sum(_kept(study, k)) if volume is None else volume


def _satisfied(study: Study, customer: str | None) -> float:
    return math.fsum(_units(study, k) * _satisfied_share(study, k) for k in places(study, customer))


def _volumes(study: Study, customer: str | None) -> None:
    them = [study.chain.customers[k] for k in places(study, customer)]
    if len({one.volume is None for one in them}) > 1:
        lacking = next(one.name for one in them if one.volume is None)
        raise AnalysisError(
            f"satisfied units of several customers need the field volume of each, or of none; '{lacking}' has none"
        )
    _satisfied(study, customer)


def _revenue(study: Study, customer: str | None) -> float:
    total = []
    for k in places(study, customer):
        one = study.chain.customers[k]
        if timed(study.chain, one):
            dissatisfied = 1.0 - _satisfied_share(study, k)
        else:
            good, bad = _kept(study, k)
            dissatisfied = bad / (good + bad) if good + bad > 0 else math.nan
        total.append(revenue_at_risk(one, dissatisfied))
    return math.fsum(total)


def _figures(study: Study, customer: str | None) -> None:
    for k in places(study, customer):
        one = study.chain.customers[k]
        lacking = [f for f in ("volume", "value", "churn_if_dissatisfied") if getattr(one, f) is None]
        if lacking:
            raise AnalysisError(
                f"revenue at risk needs the field {' and '.join(lacking)} of customer '{one.name}'; give it, "
                "or name another customer"
            )


def _lead_time(study: Study, customer: str | None) -> float:
    total = delivered = 0.0
    for k in places(study, customer):
        units = sum(_kept(study, k))
        if units > 0:
            name = study.chain.customers[k].name
            times = study.ask(deliveries_of)
            mean = times.found[name].mean if name in times.found else math.nan
            if math.isnan(mean):
                why = times.reasons.get(name)
                if because(why, Reason.OVERLOADED):
                    return math.inf
                raise AnalysisError(f"customer '{name}' has no lead time: {why or 'give cycle times'}")
            total += units * mean
            delivered += units
    return total / delivered if delivered > 0 else math.nan


def _cost(study: Study, customer: str | None) -> float:
    if customer is not None:
        raise AnalysisError("the cost of quality is that of the whole chain; leave out customer=")
    return study.ask(total_cost_of)


def _priced(study: Study, customer: str | None) -> None:
    value, lacking = _cost(study, customer), study.ask(unpriced_of)
    if lacking and not abs(value) > 0:
        raise AnalysisError(f"the chain has no cost of quality: {lacking[0]}")


READINGS: dict[str, Reading] = {
    r.name: r
    for r in (
        Reading("defect_rate", _presented, "presented"),
        Reading("accepted_defect_rate", _accepted, "kept"),
        Reading("sigma_level", _sigma, "presented", _one_count),
        Reading("conforming_deliveries", _conforming, "conforming"),
        Reading("revenue_at_risk", _revenue, "kept", _figures),
        Reading("satisfied", _satisfied, None, _volumes, counted="satisfied_deliveries"),
        Reading("lead_time", _lead_time),
        Reading("cost_of_quality", _cost, None, _priced),
    )
}
"""How each objective of the vocabulary is read."""


@dataclass(frozen=True)
class Part:
    """One measure of a goal, for one customer or all together, and what a unit of it counts."""

    reading: Reading
    customer: str | None
    weight: float


def _named(part: Part) -> str:
    whose = "" if part.customer is None else f" of {part.customer}"
    return part.reading.name.replace("_", " ") + whose


@dataclass(frozen=True)
class Goal:
    """What is sought: a measure, or a weighted sum of measures."""

    parts: tuple[Part, ...]
    single: bool

    @property
    def better(self) -> Literal["less", "more"]:
        """Whether less or more of the value is better."""
        return "more" if all(p.reading.better == "more" for p in self.parts) else "less"

    @property
    def name(self) -> str:
        """The goal in words; in a sum, what should grow is subtracted."""
        if self.single:
            return _named(self.parts[0])
        said = " ".join(f"{'+' if self._sign(p) > 0 else '-'} {p.weight:g} {_named(p)}" for p in self.parts)
        return said.removeprefix("+ ")

    def value(self, study: Study) -> float:
        """The value; in a sum of both kinds, what should grow is subtracted.

        Raises
        ------
        AnalysisError
            When the chain cannot be solved.
        """
        terms = [self._sign(p) * p.weight * p.reading.value(study, p.customer) for p in self.parts]
        return terms[0] if len(terms) == 1 else sum(terms)

    @property
    def measure(self) -> Measure | None:
        """What the value is; None where it is a weighted sum."""
        return self.parts[0].reading.measure if self.single else None

    @property
    def floor(self) -> float:
        """What no loss is below: rates, times and revenue at risk are not negative.

        The cost of quality may be: scrapping early can save more work than it wastes.
        """
        sure = all(p.reading.better == "less" and p.reading.name != "cost_of_quality" for p in self.parts)
        return 0.0 if sure else -math.inf

    def loss(self, value: float) -> float:
        """A number that is less where the value is better."""
        return value if self.better == "less" else -value

    def _sign(self, part: Part) -> float:
        return 1.0 if part.reading.better == self.better else -1.0

    def needs(self, study: Study) -> None:
        """Raise where the chain lacks a figure that a measure needs."""
        for part in self.parts:
            part.reading.needs(study, part.customer)
        if math.isnan(self.value(study)):
            raise AnalysisError(f"the chain as it is has no {self.name}: no unit is delivered there")


def goal_of(chain: Chain, objective: Objective, customer: str | None) -> Goal:
    """The goal that an objective names.

    Raises
    ------
    UnknownCustomerError
        When the chain has no such customer; near misses are named.
    ValueError
        When a measure is unknown (near misses are named), or a weight is not a number above 0.
    """
    single = isinstance(objective, str)
    if not single and (not isinstance(cast("object", objective), Mapping) or not objective):
        raise ValueError(
            f"objective must be one of {', '.join(READINGS)}, or a mapping of them to weights, got {echo(objective)}"
        )
    weighted = {objective: 1.0} if isinstance(objective, str) else dict(objective)
    parts = []
    for key, weight in weighted.items():
        name, whom = key if isinstance(key, tuple) and len(key) == 2 else (key, customer)
        if not isinstance(name, str) or name not in READINGS:
            near = did_you_mean(name, READINGS)
            raise ValueError(f"{echo(name)} is not an objective{near}; there are {', '.join(READINGS)}")
        if (
            isinstance(weight, bool)
            or not isinstance(cast("object", weight), int | float | np.number)
            or not 0 < weight < math.inf
        ):
            raise ValueError(f"the weight of {name} must be a finite number above 0, got {echo(weight)}")
        known = [c.name for c in chain.customers]
        if whom is not None and whom not in known:
            raise UnknownCustomerError(whom, known)
        parts.append(Part(READINGS[name], whom, float(weight)))
    return Goal(tuple(parts), single)


__all__ = ["READINGS", "Goal", "Objective", "Part", "Reading", "goal_of", "places"]
