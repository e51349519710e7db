"""Does the chain achieve what is required of it? Each requirement to a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.lead_time_words import GROWS
from qualitychain.analysis.lead_times import LeadTimes, lead_times
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.result import NO_DEFECTS, number, percent, sigma_text
from qualitychain.engine.laws import Waiting
from qualitychain.errors import AnalysisError
from qualitychain.model.chain import Chain
from qualitychain.model.moments import in_units
from qualitychain.model.requirement import TIMES, Requirement

TOLERANCE = 1e-9
"""Relative difference from the bound that counts as meeting it: rounding must not decide."""


@dataclass(frozen=True)
class Measure:
    """Where a measure stands in the results, and how a person reads it.

    ``analysis`` is the function whose ``table`` holds it; ``text`` writes a value.
    """

    analysis: Literal["quality", "bottlenecks", "lead_times"]
    table: str
    text: Callable[[float], str]


MEASURED: dict[tuple[str, str], Measure] = {
    ("customer", "defect_rate"): Measure("quality", "customers", percent),
    ("customer", "accepted_defect_rate"): Measure("quality", "customers", percent),
    ("customer", "dpmo"): Measure("quality", "customers", number),
    ("customer", "sigma_level"): Measure("quality", "customers", sigma_text),
    ("customer", "z_lt"): Measure("quality", "customers", sigma_text),
    ("customer", "delivered"): Measure("quality", "customers", number),
    ("customer", "lead_time"): Measure("lead_times", "customers", number),
    ("customer", "on_time"): Measure("lead_times", "customers", percent),
    ("customer", "satisfied"): Measure("lead_times", "customers", percent),
    ("handoff", "presented_defect_rate"): Measure("quality", "handoffs", percent),
    ("handoff", "accepted_defect_rate"): Measure("quality", "handoffs", percent),
    ("department", "utilization"): Measure("bottlenecks", "capacity", percent),
    ("department", "waiting_time"): Measure("lead_times", "departments", number),
}
"""Every measure that a requirement may bound, by (kind of subject, measure)."""


@dataclass(frozen=True)
class Verdict:
    """One requirement and how the chain stands to it.

    Attributes
    ----------
    requirement : Requirement
        What was asked.
    bound : str
        ``at_least`` or ``at_most``.
    required, actual : float or str
        The bound, and the figure: NaN where there is none, infinite for the sigma level without defects.
    met : bool or None
        None: it cannot be judged, and ``reason`` says why.
    reason : str
        Why it cannot be judged, or what is special about the figure.
    unit : str
        What a time is counted in, for instance working hours; empty for other measures.
    """

    requirement: Requirement
    bound: str
    required: float | str
    actual: float
    met: bool | None
    reason: str
    unit: str = ""

    @property
    def asked(self) -> str:
        """The requirement in words: ``sigma level of customer 'Retail' at least 4``."""
        kind, subject = self.requirement.subject
        measure = self.requirement.measure.replace("_", " ")
        quantile = self.requirement.quantile
        which = "" if quantile is None else f"{100 * quantile:g} % quantile of "
        bound = self.bound.replace("_", " ")
        return f"{which}{measure} of {kind} '{subject}' {bound} {self.said(self.required)}"

    def said(self, value: float | str) -> str:
        """A value of this measure as a person reads it."""
        if isinstance(value, str):
            return value
        if value == math.inf and self.requirement.measure in TIMES:
            return "without limit"
        text = MEASURED[self.requirement.subject[0], self.requirement.measure].text(value)
        return f"{text} {self.unit}" if self.unit and math.isfinite(value) else text

    @property
    def message(self) -> str:
        """The verdict in one sentence."""
        if self.met is None:
            return f"{self.asked}: cannot be judged, {self.reason}"
        tail = f" ({self.reason})" if self.reason not in ("", NO_DEFECTS) else ""
        return f"{self.asked}: {'met' if self.met else 'not met'}, it is {self.said(self.actual)}{tail}"


def judge(
    chain: Chain,
    *,
    shift: float = 1.5,
    quality_result: Quality | None = None,
    bottlenecks_result: Bottlenecks | None = None,
    lead_times_result: LeadTimes | None = None,
) -> tuple[Verdict, ...]:
    """A verdict on each requirement of a chain, in file order.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift of the sigma level.
    quality_result, bottlenecks_result, lead_times_result : optional
        Results for this chain and shift, where they are there already; lead times with ``overloaded="report"``.

    Returns
    -------
    tuple of Verdict
        Empty when the chain has no requirements.

    Raises
    ------
    AnalysisError
        When a result that a requirement needs cannot be computed.

    Notes
    -----
    A bound is met within a relative 1e-9. Without defects the sigma level is infinite: above any. Where a department
    that a customer's units need is overloaded, their lead time grows without limit, and none is on time.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.02)],
    ...                  requirements=[qc.Requirement(customer="K", measure="dpmo", at_most=10_000)])
    >>> judge(chain)[0].message
    "dpmo of customer 'K' at most 10,000: not met, it is 20,000"
    """
    wanted = {MEASURED[r.subject[0], r.measure].analysis for r in chain.requirements}
    results: dict[str, Quality | Bottlenecks | LeadTimes] = {}
    if "quality" in wanted:
        results["quality"] = quality_result or quality(chain, shift=shift)
    if "bottlenecks" in wanted:
        results["bottlenecks"] = bottlenecks_result or bottlenecks(chain)
    if "lead_times" in wanted:
        results["lead_times"] = lead_times_result or lead_times(chain, overloaded="report")
    return tuple(_verdict(chain, requirement, results) for requirement in chain.requirements)


def needs_lead_times(chain: Chain) -> bool:
    """Whether some requirement of a chain is about time, so that judging it takes lead times."""
    return any(MEASURED[r.subject[0], r.measure].analysis == "lead_times" for r in chain.requirements)


def _verdict(chain: Chain, requirement: Requirement, results: dict[str, Any]) -> Verdict:
    kind = requirement.subject[0]
    bound = "at_least" if requirement.at_least is not None else "at_most"
    required = getattr(requirement, bound)
    measure = MEASURED[kind, requirement.measure]
    timed = requirement.measure in TIMES
    limit = in_units(required, chain.clock) if timed else float(required)
    actual, reason = _figure(requirement, results[measure.analysis], measure.table)
    met = None if math.isnan(actual) else _meets(actual, bound, limit)
    return Verdict(requirement, bound, required, actual, met, reason, chain.clock.said if timed else "")


def _figure(requirement: Requirement, result: Any, table: str) -> tuple[float, str]:
    """What the requirement is about, and why it is not there or what is special about it."""
    subject, measure, quantile = requirement.subject[1], requirement.measure, requirement.quantile
    if quantile is not None:
        try:
            if measure == "waiting_time":
                return _wait_quantile(result, subject, quantile)
            return float(result[subject].quantile(quantile)), ""
        except AnalysisError as error:
            actual, reason = math.nan, str(error)
    else:
        frame: pd.DataFrame = getattr(result, table)
        actual = float(frame[measure].loc[subject])
        reason = result.missing.get(f"{table}/{subject}/{measure}", "nothing goes that way")
    if GROWS in reason:
        return (0.0 if measure in ("on_time", "satisfied") else math.inf), reason
    if math.isnan(actual):
        return actual, reason
    return actual, NO_DEFECTS if math.isinf(actual) and measure not in TIMES else ""


def _wait_quantile(result: LeadTimes, department: str, quantile: float) -> tuple[float, str]:
    """A quantile of the wait in a department's queue: of no wait, or of the gamma law of those that wait."""
    from scipy.special import gammaincinv

    reason = result.missing.get(f"departments/{department}/waiting_time", "")
    if GROWS in reason:
        return math.inf, reason
    row = result.departments.loc[department]
    if reason or not row["waiting_time"] > 0:
        return (math.nan, reason) if reason else (0.0, "")
    wait = cast(Waiting, result.timing.wait_law[result.compiled.nodes.index(department)])
    waiting = (quantile - (1.0 - wait.probability)) / wait.probability
    delay = wait.delay
    if waiting <= 0 or delay.scv == 0:
        return (0.0 if waiting <= 0 else delay.mean), ""
    return delay.mean * delay.scv * float(gammaincinv(1.0 / delay.scv, waiting)), ""


def _meets(actual: float, bound: str, required: float) -> bool:
    if math.isinf(actual):
        return (actual > 0) == (bound == "at_least")
    slack = TOLERANCE * abs(required)
    return actual >= required - slack if bound == "at_least" else actual <= required + slack


__all__ = ["MEASURED", "Measure", "Verdict", "judge", "needs_lead_times"]
