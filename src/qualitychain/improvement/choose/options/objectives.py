"""What an improvement is judged by: a table of named measures, and weighted sums of them.

Each measure is a small record: how it is read from a chain looked at (``Look``), and whether less or more of it is
better. A measure that is a ratio of flows also says so (``ratio``), which is what bounds are made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.analysis.money.cost_lines import lines_of
from qualitychain.analysis.money.prices import period_of, prices_of
from qualitychain.analysis.money.revenue import revenue_at_risk
from qualitychain.analysis.time.kept_promises import Kept, kept_promises, needs_times
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError
from qualitychain.metrics import z_lt
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.nodes import Customer
from qualitychain.model.values.fields import echo
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.reason import Reason, because

if TYPE_CHECKING:
    from qualitychain.analysis.money.cost_of_quality import CostOfQuality
    from qualitychain.analysis.time.lead_times import LeadTimes

Objective = str | Mapping[Any, float]
SHIFT = 1.5


class Look:
    """A chain with the results that measures read, each computed when first asked for."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @cached_property
    def compiled(self) -> Compiled:
        """The chain as arrays."""
        return compile_chain(self.chain)

    @cached_property
    def solution(self) -> Solution:
        """The flow of units."""
        return self.compiled.solve(work=False)

    @cached_property
    def incoming(self) -> np.typing.NDArray[np.float64]:
        """Units presented to each customer and the nonconforming among them, shape (2, K)."""
        return np.array(self.compiled.incoming(self.solution))

    @cached_property
    def times(self) -> LeadTimes:
        """Lead times; a department with too much work is reported, not refused."""
        from qualitychain.analysis.time.lead_times import lead_times

        # what is promised inside does not change when customers get their units, and takes distributions of its own
        promised = {h.full_name: {"sla": None} for h in self.chain.handoffs if h.sla is not None}
        return lead_times(changed(self.chain, promised), overloaded="report")

    @cached_property
    def cost(self) -> CostOfQuality:
        """The cost of quality, of the figures that are given."""
        from qualitychain.analysis.money.cost_of_quality import cost_of_quality

        late = any(c.late_cost is not None and timed(self.chain, c) for c in self.chain.customers)
        return cost_of_quality(self.chain, times=self.times if late else None)

    @cached_property
    def total_cost(self) -> float:
        """The total of the cost of quality, without its tables: per period where known, else per time unit, or NaN."""
        compiled, chain = self.compiled, self.chain
        solution, perfect = compiled.solve(), compiled.solve(compiled.network.perfect())
        lines = lines_of(compiled, solution, perfect, prices_of(compiled))
        delivered = solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
        period = period_of(compiled, delivered)
        amounts = [line.amount for line in lines if not math.isnan(line.price)]
        for k, customer in enumerate(chain.customers):
            if customer.late_cost is not None and customer.promise is not None:
                on_time = float(self.promises.on_time[k])
                if not math.isnan(on_time):
                    amounts.append(float(delivered[k]) * (1.0 - on_time) * customer.late_cost)
        prevention = chain.prevention_cost
        if lines and not amounts and prevention is None:
            return math.nan
        scale = period.starts if period.known else compiled.release_rate
        return math.fsum(amounts) * scale + (prevention or 0.0 if period.known else 0.0)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Figures that the cost of quality lacks, in words."""
        return tuple(dict.fromkeys(why for place, why in self.cost.missing.items() if place.startswith("lines/")))

    def customers(self, customer: str | None) -> list[int]:
        """Numbers of the customers in question."""
        names = [c.name for c in self.chain.customers]
        return list(range(len(names))) if customer is None else [names.index(customer)]

    def kept(self, k: int) -> tuple[float, float]:
        """Conforming and nonconforming units that a customer keeps, per started unit."""
        return float(self.solution.absorbed[2 * k]), float(self.solution.absorbed[2 * k + 1])

    def satisfied_share(self, k: int) -> float:
        """Share of what a customer keeps that is conforming, and on time where that is promised and can be judged."""
        share = float(self.promises.satisfied[k])
        if math.isnan(share):
            name = self.chain.customers[k].name
            raise AnalysisError(f"customer '{name}' has no satisfied units: {self.promises.reasons.get(name, '')}")
        return share

    @cached_property
    def promises(self) -> Kept:
        """Which promises are kept."""
        kept = self.solution.absorbed[:-2].reshape(-1, 2)
        delivered = kept.sum(axis=1)
        conforming = np.where(delivered > 0, kept[:, 0] / np.where(delivered > 0, delivered, 1.0), np.nan)
        return kept_promises(self.chain, conforming, self.times if needs_times(self.chain) else False)


@dataclass(frozen=True)
class Measure:
    """A named measure.

    ``value`` reads it for one customer, or for all together (None). ``ratio`` says of which flows it is a rising
    function, if of any: "kept" (bad among kept), "presented" (bad among presented) or "conforming" (a falling one).
    ``needs`` raises where the chain lacks a figure.
    """

    name: str
    better: Literal["less", "more"]
    value: Callable[[Look, str | None], float]
    ratio: str | None = None
    needs: Callable[[Look, str | None], None] = lambda _look, _customer: None


def _accepted(look: Look, customer: str | None) -> float:
    good, bad = map(math.fsum, zip(*(look.kept(k) for k in look.customers(customer)), strict=True))
    return bad / (good + bad) if good + bad > 0 else math.nan


def _presented(look: Look, customer: str | None) -> float:
    shown, bad = look.incoming[:, look.customers(customer)].sum(axis=1).tolist()
    return min(bad / shown, 1.0) if shown > 0 else math.nan


def _sigma(look: Look, customer: str | None) -> float:
    rate = _presented(look, customer)
    opportunities = look.chain.customers[look.customers(customer)[0]].opportunities
    return math.nan if math.isnan(rate) else float(z_lt(rate, opportunities)) + SHIFT


def _one_count(look: Look, customer: str | None) -> None:
    concerned = [look.chain.customers[k] for k in look.customers(customer)]
    counts = {c.opportunities for c in concerned}
    if len(counts) > 1:
        raise AnalysisError(
            "the customers count different opportunities, so together they have no sigma level; name one with customer="
        )


def _conforming(look: Look, customer: str | None) -> float:
    return look.compiled.release_rate * math.fsum(look.kept(k)[0] for k in look.customers(customer))


def _units(look: Look, k: int) -> float:
    """Deliveries to a customer: its volume per period where given, else what the chain delivers per time unit."""
    volume = look.chain.customers[k].volume
    return look.compiled.release_rate * sum(look.kept(k)) if volume is None else volume


def _satisfied(look: Look, customer: str | None) -> float:
    return math.fsum(_units(look, k) * look.satisfied_share(k) for k in look.customers(customer))


def _volumes(look: Look, customer: str | None) -> None:
    them = [look.chain.customers[k] for k in look.customers(customer)]
    if len({one.volume is None for one in them}) > 1:
        lacking = next(one.name for one in them if one.volume is None)
        raise AnalysisError(
            f"satisfied units of several customers need the field volume of each, or of none; '{lacking}' has none"
        )
    _satisfied(look, customer)


def timed(chain: Chain, customer: Customer) -> bool:
    """Whether being late makes a delivery to a customer dissatisfying: a promise is given, and working times are."""
    return customer.promise is not None and needs_times(chain)


def _revenue(look: Look, customer: str | None) -> float:
    total = []
    for k in look.customers(customer):
        one = look.chain.customers[k]
        if timed(look.chain, one):
            dissatisfied = 1.0 - look.satisfied_share(k)
        else:
            good, bad = look.kept(k)
            dissatisfied = bad / (good + bad) if good + bad > 0 else math.nan
        total.append(revenue_at_risk(one, dissatisfied))
    return math.fsum(total)


def _figures(look: Look, customer: str | None) -> None:
    for k in look.customers(customer):
        one = look.chain.customers[k]
        lacking = [f for f in ("volume", "value", "churn_if_dissatisfied") if getattr(one, f) is None]
        if lacking:
            raise AnalysisError(
                f"revenue at risk needs the field {' and '.join(lacking)} of customer '{one.name}'; give it, "
                "or name another customer"
            )


def _lead_time(look: Look, customer: str | None) -> float:
    total = delivered = 0.0
    for k in look.customers(customer):
        units = sum(look.kept(k))
        if units > 0:
            name = look.chain.customers[k].name
            mean = float(cast("Any", look.times.customers.loc[name, "lead_time"]))
            if math.isnan(mean):
                why = look.times.reasons.get(name)
                if because(why, Reason.OVERLOADED):
                    return math.inf
                raise AnalysisError(f"customer '{name}' has no lead time: {why or 'give cycle times'}")
            total += units * mean
            delivered += units
    return total / delivered if delivered > 0 else math.nan


def _cost(look: Look, customer: str | None) -> float:
    if customer is not None:
        raise AnalysisError("the cost of quality is that of the whole chain; leave out customer=")
    return look.total_cost


def _priced(look: Look, customer: str | None) -> None:
    value, lacking = _cost(look, customer), look.unpriced
    if lacking and not abs(value) > 0:
        raise AnalysisError(f"the chain has no cost of quality: {lacking[0]}")


MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        Measure("defect_rate", "less", _presented, "presented"),
        Measure("accepted_defect_rate", "less", _accepted, "kept"),
        Measure("sigma_level", "more", _sigma, "presented", _one_count),
        Measure("conforming_deliveries", "more", _conforming, "conforming"),
        Measure("revenue_at_risk", "less", _revenue, "kept", _figures),
        Measure("satisfied", "more", _satisfied, None, _volumes),
        Measure("lead_time", "less", _lead_time),
        Measure("cost_of_quality", "less", _cost, None, _priced),
    )
}


@dataclass(frozen=True)
class Part:
    """One measure of a goal, for one customer or all together, and what a unit of it counts."""

    measure: Measure
    customer: str | None
    weight: float


def _named(part: Part) -> str:
    whose = "" if part.customer is None else f" of {part.customer}"
    return part.measure.name.replace("_", " ") + whose


@dataclass(frozen=True)
class Goal:
    """What is sought: a measure, or a weighted sum of measures."""

    parts: tuple[Part, ...]
    single: bool

    @property
    def better(self) -> Literal["less", "more"]:
        """Whether less or more of the value is better."""
        return "more" if all(p.measure.better == "more" for p in self.parts) else "less"

    @property
    def name(self) -> str:
        """The goal in words; in a sum, what should grow is subtracted."""
        if self.single:
            return _named(self.parts[0])
        said = " ".join(f"{'+' if self._sign(p) > 0 else '-'} {p.weight:g} {_named(p)}" for p in self.parts)
        return said.removeprefix("+ ")

    def value(self, look: Look) -> float:
        """The value; in a sum of both kinds, what should grow is subtracted.

        Raises
        ------
        AnalysisError
            When the chain cannot be solved.
        """
        terms = [self._sign(p) * p.weight * p.measure.value(look, p.customer) for p in self.parts]
        return terms[0] if len(terms) == 1 else sum(terms)

    @property
    def floor(self) -> float:
        """What no loss is below: rates, times and revenue at risk are not negative.

        The cost of quality may be: scrapping early can save more work than it wastes.
        """
        sure = all(p.measure.better == "less" and p.measure.name != "cost_of_quality" for p in self.parts)
        return 0.0 if sure else -math.inf

    def loss(self, value: float) -> float:
        """A number that is less where the value is better."""
        return value if self.better == "less" else -value

    def _sign(self, part: Part) -> float:
        return 1.0 if part.measure.better == self.better else -1.0

    def needs(self, look: Look) -> None:
        """Raise where the chain lacks a figure that a measure needs."""
        for part in self.parts:
            part.measure.needs(look, part.customer)
        if math.isnan(self.value(look)):
            raise AnalysisError(f"the chain as it is has no {self.name}: no unit is delivered there")


def goal_of(chain: Chain, objective: Objective, customer: str | None) -> Goal:
    """The goal that an objective names.

    Raises
    ------
    ValueError
        When a measure or customer is unknown (near misses are named), or a weight is not a number above 0.
    """
    single = isinstance(objective, str)
    if not single and (not isinstance(cast("object", objective), Mapping) or not objective):
        raise ValueError(
            f"objective must be one of {', '.join(MEASURES)}, or a mapping of them to weights, got {echo(objective)}"
        )
    weighted = {objective: 1.0} if isinstance(objective, str) else dict(objective)
    parts = []
    for key, weight in weighted.items():
        name, whom = key if isinstance(key, tuple) and len(key) == 2 else (key, customer)
        if not isinstance(name, str) or name not in MEASURES:
            near = did_you_mean(name, MEASURES)
            raise ValueError(f"{echo(name)} is not an objective{near}; there are {', '.join(MEASURES)}")
        if (
            isinstance(weight, bool)
            or not isinstance(cast("object", weight), int | float | np.number)
            or not 0 < weight < math.inf
        ):
            raise ValueError(f"the weight of {name} must be a finite number above 0, got {echo(weight)}")
        known = [c.name for c in chain.customers]
        if whom is not None and whom not in known:
            raise ValueError(f"{echo(whom)} is not an external customer of the chain{did_you_mean(whom, known)}")
        parts.append(Part(MEASURES[name], whom, float(weight)))
    return Goal(tuple(parts), single)


__all__ = ["MEASURES", "Goal", "Look", "Measure", "Objective", "Part", "goal_of", "timed"]
