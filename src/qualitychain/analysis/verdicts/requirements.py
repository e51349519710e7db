"""Does the chain achieve what is required of it? Each requirement to a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from qualitychain.analysis.base.study import SHIFT, Study, judging
from qualitychain.analysis.base.unknown import differs
from qualitychain.analysis.verdicts.requirement_figures import figure_of, needs_lead_times, unit_of
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.requirement import CHAIN, Requirement
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.vocabulary.measure import Measure, Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Reason, Why

TOLERANCE = 1e-9
"""Relative difference from the bound that counts as meeting it: rounding must not decide."""
SAID_BY_SIGMA = (Reason.NO_DEFECTS, Reason.ALL_DEFECTS)
"""Reasons that the text of a sigma level says itself."""


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
    reason : Why or None
        Why it cannot be judged, or what is special about the figure.
    unit : str
        What a time is counted in, for instance working hours, or what the figure is per; empty where neither.
    """

    requirement: Requirement
    bound: str
    required: float | str
    actual: float
    met: bool | None
    reason: Why | None
    unit: str = ""

    @property
    def measure(self) -> Measure:
        """What is bounded."""
        return measure_of(self.requirement.measure)

    @property
    def asked(self) -> str:
        """The requirement in words: ``sigma level of customer 'Retail' at least 4``."""
        kind, subject = self.requirement.subject
        measure = self.requirement.measure.replace("_", " ")
        quantile = self.requirement.quantile
        which = "" if quantile is None else f"{100 * quantile:g} % quantile of "
        bound = self.bound.replace("_", " ")
        of = "the chain" if kind == CHAIN else f"{kind} '{subject}'"
        return f"{which}{measure} of {of} {bound} {self.said(self.required)}"

    def said(self, value: float | str) -> str:
        """A value of this measure as a person reads it."""
        if isinstance(value, str):
            return value
        if value == math.inf and self.measure.unit is Unit.TIME:
            return "without limit"
        text = self.measure.text(value)
        return f"{text} {self.unit}" if self.unit and math.isfinite(value) else text

    @property
    def message(self) -> str:
        """The verdict in one sentence."""
        if self.met is None:
            return f"{self.asked}: cannot be judged, {self.reason}"
        tail = f" ({self.reason})" if self.reason is not None and self.reason.reason not in SAID_BY_SIGMA else ""
        return f"{self.asked}: {'met' if self.met else 'not met'}, it is {self._told_apart()}{tail}"

    def _told_apart(self) -> str:
        """The value, with as many digits as it takes to differ from the bound that it misses."""
        text = self.said(self.actual)
        if self.met is not False or not isinstance(self.required, float | int) or not math.isfinite(self.actual):
            return text
        if text != self.said(self.required):
            return text
        figures = f"{self.actual:.15g}", f"{float(self.required):.15g}"
        common = next((i for i, (a, b) in enumerate(zip(*figures, strict=False)) if a != b), min(map(len, figures)))
        return f"{text} ({figures[0][: common + 2]} where {figures[1][: common + 2]} is asked)"


def judge(chain: Chain, *, shift: float = SHIFT) -> tuple[Verdict, ...]:
    """A verdict on each requirement of a chain, in file order.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift of the sigma level.

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
    that a customer's units need is overloaded, their lead time grows without limit, none is on time, and no delivery
    satisfies. Without a promise conforming deliveries satisfy, which the verdict says. A cost of quality counts only
    what the chain gives figures of; the verdict names what it lacks.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.02)],
    ...                  requirements=[qc.Requirement(customer="K", measure="dpmo", at_most=10_000)])
    >>> judge(chain)[0].message
    "dpmo of customer 'K' at most 10,000: not met, it is 20,000"
    """
    return Study(chain, shift=shift).ask(verdicts_of)


@judging
def verdicts_of(study: Study) -> tuple[Verdict, ...]:
    """A verdict on each requirement of a study's chain, in file order."""
    return tuple(_verdict(study, requirement) for requirement in study.chain.requirements)


def _verdict(study: Study, requirement: Requirement) -> Verdict:
    bound = "at_least" if requirement.at_least is not None else "at_most"
    required = getattr(requirement, bound)
    timed = measure_of(requirement.measure).unit is Unit.TIME
    limit = in_units(required, study.chain.clock) if timed else float(required)
    actual, reason = figure_of(study.known, requirement)
    if study.unknown is not None and _rests(study, requirement, actual):
        actual, reason = math.nan, study.unknown.why(actual, measure_of(requirement.measure))
    met = None if math.isnan(actual) else _meets(actual, bound, limit)
    return Verdict(requirement, bound, required, actual, met, reason, unit_of(study.known, requirement))


def _rests(study: Study, requirement: Requirement, actual: float) -> bool:
    """Whether a figure rests on unknown rates; a quantile does where the mean does, which no time grid blurs."""
    if requirement.quantile is None or math.isnan(actual) or math.isinf(actual):
        return differs(actual, figure_of(study.tried, requirement)[0])
    mean = replace(requirement, quantile=None)
    return differs(figure_of(study.known, mean)[0], figure_of(study.tried, mean)[0])


def _meets(actual: float, bound: str, required: float) -> bool:
    if math.isinf(actual):
        return (actual > 0) == (bound == "at_least")
    slack = TOLERANCE * abs(required)
    return actual >= required - slack if bound == "at_least" else actual <= required + slack


__all__ = ["Verdict", "judge", "needs_lead_times", "verdicts_of"]
