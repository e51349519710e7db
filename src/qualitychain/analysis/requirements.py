"""Does the chain achieve what is required of it? Each requirement to a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.result import NO_DEFECTS, number, percent, sigma_text
from qualitychain.model.chain import Chain
from qualitychain.model.requirement import Requirement

TOLERANCE = 1e-9
"""Relative difference from the bound that counts as meeting it: rounding must not decide."""


@dataclass(frozen=True)
class Measure:
    """Where a measure stands in the results, and how a person reads it.

    ``analysis`` is the function whose ``table`` holds it; ``text`` writes a value.
    """

    analysis: str
    table: str
    text: Callable[[float], str]


MEASURED: dict[tuple[str, str], Measure] = {
    ("customer", "defect_rate"): Measure("quality", "customers", percent),
    ("customer", "accepted_defect_rate"): Measure("quality", "customers", percent),
    ("customer", "dpmo"): Measure("quality", "customers", number),
    ("customer", "sigma_level"): Measure("quality", "customers", sigma_text),
    ("customer", "z_lt"): Measure("quality", "customers", sigma_text),
    ("customer", "delivered"): Measure("quality", "customers", number),
    ("handoff", "presented_defect_rate"): Measure("quality", "handoffs", percent),
    ("handoff", "accepted_defect_rate"): Measure("quality", "handoffs", percent),
    ("department", "utilization"): Measure("bottlenecks", "capacity", percent),
}
"""Measures of this release, by (kind of subject, measure)."""

INSTEAD: dict[str, str] = {
    "lead_time": "require utilization of the departments, which drives waiting",
    "on_time": "require utilization of the departments, which drives lateness",
    "satisfied": "require defect_rate or sigma_level of the customer",
    "waiting_time": "require utilization of the department",
}
"""Measures that a file may name but this release does not compute, and what to require instead."""


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
    """

    requirement: Requirement
    bound: str
    required: float | str
    actual: float
    met: bool | None
    reason: str

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
        known = MEASURED.get((self.requirement.subject[0], self.requirement.measure))
        return known.text(value) if known else number(value)

    @property
    def message(self) -> str:
        """The verdict in one sentence."""
        if self.met is None:
            return f"{self.asked}: cannot be judged, {self.reason}"
        tail = f" ({self.reason})" if self.reason and not math.isinf(self.actual) else ""
        return f"{self.asked}: {'met' if self.met else 'not met'}, it is {self.said(self.actual)}{tail}"


def judge(
    chain: Chain,
    *,
    shift: float = 1.5,
    quality_result: Quality | None = None,
    bottlenecks_result: Bottlenecks | None = None,
) -> tuple[Verdict, ...]:
    """A verdict on each requirement of a chain, in file order.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift of the sigma level.
    quality_result, bottlenecks_result : optional
        Results for this chain and shift, where they are there already.

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
    A bound is met within a relative 1e-9. Without defects the sigma level is infinite: above any.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.02)],
    ...                  requirements=[qc.Requirement(customer="K", measure="dpmo", at_most=10_000)])
    >>> judge(chain)[0].message
    "dpmo of customer 'K' at most 10,000: not met, it is 20,000"
    """
    wanted = {MEASURED[k].analysis for r in chain.requirements if (k := (r.subject[0], r.measure)) in MEASURED}
    results: dict[str, Quality | Bottlenecks] = {}
    if "quality" in wanted:
        results["quality"] = quality_result or quality(chain, shift=shift)
    if "bottlenecks" in wanted:
        results["bottlenecks"] = bottlenecks_result or bottlenecks(chain)
    return tuple(_verdict(requirement, results) for requirement in chain.requirements)


def _verdict(requirement: Requirement, results: dict[str, Quality | Bottlenecks]) -> Verdict:
    kind, subject = requirement.subject
    bound = "at_least" if requirement.at_least is not None else "at_most"
    required = getattr(requirement, bound)
    measure = MEASURED.get((kind, requirement.measure))
    if measure is None:
        reason = f"{requirement.measure} is not computed by this release; {INSTEAD[requirement.measure]}"
        return Verdict(requirement, bound, required, math.nan, None, reason)
    result = results[measure.analysis]
    table: pd.DataFrame = getattr(result, measure.table)
    actual = float(table[requirement.measure].loc[subject])
    if math.isnan(actual):
        reason = result.missing.get(f"{measure.table}/{subject}/{requirement.measure}", "nothing goes that way")
        return Verdict(requirement, bound, required, actual, None, reason)
    reason = NO_DEFECTS if math.isinf(actual) and actual > 0 else ""
    return Verdict(requirement, bound, required, actual, _meets(actual, bound, float(required)), reason)


def _meets(actual: float, bound: str, required: float) -> bool:
    if math.isinf(actual):
        return (actual > 0) == (bound == "at_least")
    slack = TOLERANCE * abs(required)
    return actual >= required - slack if bound == "at_least" else actual <= required + slack


__all__ = ["INSTEAD", "MEASURED", "Measure", "Verdict", "judge"]
