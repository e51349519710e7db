"""The figures that requirements bound: where each stands in the results, each result made when one needs it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import pandas as pd

from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.customers.customer_outcomes import CustomerOutcomes, customer_outcomes_of
from qualitychain.analysis.money.cost_of_quality import CostOfQuality, cost_of_quality_of
from qualitychain.analysis.quality.quality import Quality, quality
from qualitychain.analysis.time.kept_promises import needs_times
from qualitychain.analysis.time.lead_times import LeadTimes, lead_times_of
from qualitychain.engine.distributions.named import Waiting
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.requirement import Requirement, is_time
from qualitychain.quantities import one_shift
from qualitychain.vocabulary.figures import NO_DEFECTS, number, percent, sigma_text
from qualitychain.vocabulary.reason import Reason, because

Source = Literal["quality", "bottlenecks", "lead_times", "outcomes", "cost"]
ONLY_CONFORMING = "judged on conforming alone: "
LEAVES_OUT = "without what is not given: "


@dataclass(frozen=True)
class Measure:
    """Where a measure stands in the results, and how a person reads it.

    ``source`` is the result whose ``table`` holds it ("" where it is a figure of its own); ``text`` writes a value;
    ``money`` tells that it is an amount per period.
    """

    source: Source
    table: str
    text: Callable[[float], str]
    money: bool = False


MEASURED: dict[tuple[str, str], Measure] = {
    ("customer", "defect_rate"): Measure("quality", "customers", percent),
    ("customer", "accepted_defect_rate"): Measure("quality", "customers", percent),
    ("customer", "dpmo"): Measure("quality", "customers", number),
    ("customer", "sigma_level"): Measure("quality", "customers", sigma_text),
    ("customer", "z_lt"): Measure("quality", "customers", sigma_text),
    ("customer", "delivered"): Measure("quality", "customers", number),
    ("customer", "lead_time"): Measure("lead_times", "customers", number),
    ("customer", "on_time"): Measure("lead_times", "customers", percent),
    ("customer", "satisfied"): Measure("outcomes", "customers", percent),
    ("customer", "churn"): Measure("outcomes", "customers", percent),
    ("customer", "retention"): Measure("outcomes", "customers", percent),
    ("customer", "revenue_at_risk"): Measure("outcomes", "customers", number, money=True),
    ("customer", "cost_of_late"): Measure("outcomes", "customers", number, money=True),
    ("customer", "cost_of_bad"): Measure("outcomes", "customers", number, money=True),
    ("customer", "nps"): Measure("outcomes", "customers", number),
    ("handoff", "presented_defect_rate"): Measure("quality", "handoffs", percent),
    ("handoff", "accepted_defect_rate"): Measure("quality", "handoffs", percent),
    ("handoff", "cost_of_quality"): Measure("cost", "handoffs", number, money=True),
    ("department", "utilization"): Measure("bottlenecks", "capacity", percent),
    ("department", "waiting_time"): Measure("lead_times", "departments", number),
    ("department", "cost_of_quality"): Measure("cost", "departments", number, money=True),
    ("chain", "cost_of_quality"): Measure("cost", "", number, money=True),
    ("chain", "rolled_throughput_yield"): Measure("quality", "", percent),
    ("chain", "first_pass_yield"): Measure("quality", "", percent),
    ("chain", "final_yield"): Measure("quality", "", percent),
    ("chain", "scrap_rate"): Measure("quality", "", percent),
    ("chain", "hidden_factory"): Measure("quality", "", percent),
}
"""Every measure that a requirement may bound, by (kind of subject, measure)."""
_OF_LATENESS = ("satisfied", "churn", "retention", "revenue_at_risk", "cost_of_late", "nps")


def sources_of(chain: Chain) -> frozenset[Source]:
    """The results that the requirements of a chain read."""
    return frozenset(MEASURED[r.subject[0], r.measure].source for r in chain.requirements)


def needs_lead_times(chain: Chain) -> bool:
    """Whether some requirement of a chain depends on time, so that judging it takes lead times."""
    sources = sources_of(chain)
    if "lead_times" in sources:
        return True
    late = any(r.measure in _OF_LATENESS for r in chain.requirements)
    booked = "cost" in sources and any(c.late_cost is not None and c.promise is not None for c in chain.customers)
    return (late or booked) and needs_times(chain)


class Figures:
    """Results of one chain for its requirements, each made once, when first asked for, unless it is given."""

    def __init__(
        self,
        chain: Chain,
        *,
        shift: float = 1.5,
        quality_result: Quality | None = None,
        bottlenecks_result: Bottlenecks | None = None,
        lead_times_result: LeadTimes | None = None,
        cost_result: CostOfQuality | None = None,
    ) -> None:
        self.chain, self.shift = chain, one_shift(shift)
        self._quality, self._load, self._times = quality_result, bottlenecks_result, lead_times_result
        self._cost, self.study = cost_result, Study(chain, shift=shift)

    @cached_property
    def quality(self) -> Quality:
        """Quality of the chain."""
        return self._quality or quality(self.chain, shift=self.shift)

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """Load of the chain."""
        return self._load or bottlenecks(self.chain)

    @cached_property
    def lead_times(self) -> LeadTimes:
        """Lead times, with those that grow without limit reported."""
        return self._times or self.study.ask(lead_times_of)

    @cached_property
    def timed(self) -> bool:
        """Whether a requirement needs lead times."""
        return needs_lead_times(self.chain)

    @cached_property
    def cost(self) -> CostOfQuality:
        """The cost of quality."""
        return self._cost or self.study.ask(cost_of_quality_of, lead_times=self.timed)

    @cached_property
    def compiled(self) -> Compiled:
        """The chain as the engine sees it."""
        return compile_chain(self.chain)

    @cached_property
    def solution(self) -> Solution:
        """Its solution, with work."""
        return self.compiled.solve()

    @cached_property
    def outcomes(self) -> CustomerOutcomes:
        """What each external customer gets per period, and why figures of that do not exist."""
        return self.study.ask(customer_outcomes_of, lead_times=self.timed)

    @property
    def period(self) -> str:
        """What money is per: the period, or the time unit where the chain does not tell what a period is."""
        return self.chain.period or "period"

    def unit(self, requirement: Requirement) -> str:
        """What a measure is counted in: a unit of time, or what money is per; empty for other measures."""
        measure = MEASURED[requirement.subject[0], requirement.measure]
        if measure.money:
            return f"per {self.cost.per if measure.source == 'cost' else self.period}"
        return self.chain.clock.said if is_time(requirement.measure) else ""

    def of(self, requirement: Requirement) -> tuple[float, str]:
        """What a requirement is about, and why it is not there (NaN) or what is special about it."""
        (kind, subject), measure = requirement.subject, requirement.measure
        at = MEASURED[kind, measure]
        if at.source == "cost":
            return self._cost_at(kind, subject)
        if at.source == "outcomes":
            return self._outcome(subject, measure)
        result: Any = getattr(self, at.source)
        if requirement.quantile is not None:
            try:
                return _quantile(result, subject, measure, requirement.quantile)
            except AnalysisError as error:
                actual, reason = math.nan, self.lead_times.reasons.get(subject) or str(error)
        elif not at.table:
            return _or_reason(
                float(getattr(result, measure)), result.reason_for("", None, measure) or "nothing is delivered"
            )
        else:
            actual = float(getattr(result, at.table)[measure].loc[subject])
            reason = result.reason_for(at.table, subject, measure) or "nothing goes that way"
        if because(reason, Reason.OVERLOADED):
            return (0.0 if measure == "on_time" else math.inf), reason
        if math.isnan(actual):
            return actual, reason
        return actual, NO_DEFECTS if math.isinf(actual) and not is_time(measure) else ""

    def _outcome(self, customer: str, measure: str) -> tuple[float, str]:
        """A figure of what a customer gets per period; behind a queue that grows for ever nobody is satisfied."""
        row: Any = self.outcomes.customers.loc[customer]
        actual = float(row[measure])
        if math.isnan(actual):
            return actual, self.outcomes.reason_for("customers", customer, measure) or "nothing goes that way"
        if measure not in _OF_LATENESS:
            return actual, ""
        endless = self.lead_times.reasons.get(customer, "") if self.timed and row["on_time"] == 0 else ""
        if because(endless, Reason.OVERLOADED):
            return actual, endless
        if row["judged_on"] == "conforming":
            why = self.outcomes.reason_for("customers", customer, "on_time") or "no promise is given"
            return actual, f"{ONLY_CONFORMING}{why}"
        return actual, ""

    def _cost_at(self, kind: str, subject: str) -> tuple[float, str]:
        """The cost of quality of the chain or of one place, with what it lacks."""
        cost = self.cost
        if kind == "chain":
            lacking: list[str] = list(cost.lacking.values())
            if math.isnan(cost.total):
                return math.nan, next(iter([*lacking, *cost.missing.values()]), "no figure of cost is given")
            return cost.total, _lacks(lacking)
        lacking = self._unpriced(kind, subject)
        table: pd.DataFrame = getattr(cost, MEASURED[kind, "cost_of_quality"].table)
        if subject in table.index:
            return _or_reason(float(table["total"].loc[subject]), _lacks(lacking))
        return (math.nan, lacking[0]) if lacking else (0.0, "")

    def _unpriced(self, kind: str, subject: str) -> list[str]:
        """What counts at a place but has no price, in words."""
        return list(dict.fromkeys(why for line, why in self.cost.lacking.items() if getattr(line, kind) == subject))


def _lacks(reasons: list[str]) -> str:
    """That a sum leaves something out; nothing where it does not."""
    if not reasons:
        return ""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{LEAVES_OUT}{reasons[0]}{more}"


def _or_reason(actual: float, reason: str) -> tuple[float, str]:
    return actual, reason if math.isnan(actual) or reason.startswith(LEAVES_OUT) else ""


def _quantile(result: LeadTimes, subject: str, measure: str, quantile: float) -> tuple[float, str]:
    if measure == "waiting_time":
        return _wait_quantile(result, subject, quantile)
    return float(result[subject].quantile(quantile)), ""


def _wait_quantile(result: LeadTimes, department: str, quantile: float) -> tuple[float, str]:
    """A quantile of the wait in a department's queue: of no wait, or of the gamma distribution of those that wait."""
    from scipy.special import gammaincinv

    reason = result.reason_for("departments", department, "waiting_time") or ""
    if because(reason, Reason.OVERLOADED):
        return math.inf, reason
    row = result.departments.loc[department]
    if reason or not row["waiting_time"] > 0:
        return (math.nan, reason) if reason else (0.0, "")
    wait = cast(Waiting, result.timing.wait_distribution[result.compiled.nodes.index(department)])
    waiting = (quantile - (1.0 - wait.probability)) / wait.probability
    delay = wait.delay
    if waiting <= 0 or delay.scv == 0:
        return (0.0 if waiting <= 0 else delay.mean), ""
    return delay.mean * delay.scv * float(gammaincinv(1.0 / delay.scv, waiting)), ""


__all__ = ["MEASURED", "Figures", "Measure", "needs_lead_times", "sources_of"]
