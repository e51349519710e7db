"""The verdict: is the chain, as described today, still good enough."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.analysis.verdicts.requirement_figures import Figures, sources_of
from qualitychain.analysis.verdicts.requirements import verdicts_of
from qualitychain.checks.failure_causes import FailureCauses
from qualitychain.checks.findings import of_overload, of_sla_adequacy, of_verdict, table
from qualitychain.checks.promises import slas_against_needs
from qualitychain.model.chain.chain import Chain

EXACT = "requirements against the exact figures of quality and load"


@dataclass(frozen=True, kw_only=True)
class Check(Result):
    """The verdict on a chain.

    Attributes
    ----------
    findings : DataFrame
        A row for each requirement in file order, then one for each overloaded department, then one for each promise
        of a handoff that is too weak: ``code`` (QC100 met, QC101 not met, QC102 cannot be judged, QC103 overloaded,
        QC104 promises less than a requirement behind it needs), ``severity`` (note, warning, error), ``kind`` and
        ``subject`` (empty for the whole chain), ``measure``, ``quantile``, ``bound`` (at_least, at_most),
        ``required``, ``actual``, ``met`` (None where there is no verdict), ``unit`` (what a time is counted in, what
        money is per, else empty), ``message``, ``behind`` (what makes a requirement fail: the handoffs that made the
        defects, the steps that take the time, what costs; empty for others).
    shift : float
        The shift of the sigma levels.
    accuracy : str
        How accurate the figures are, in words.
    """

    findings: pd.DataFrame
    shift: float
    accuracy: str
    name: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether every requirement is met; a chain without requirements is ok."""
        return not (self.findings["severity"] == "error").any()

    def summary(self) -> str:
        """A line per finding, and the count."""
        counts = Counter(self.findings["code"])
        asked = counts["QC100"] + counts["QC101"] + counts["QC102"]
        lines = [
            f"{code} {message}" for code, message in zip(self.findings["code"], self.findings["message"], strict=True)
        ]
        if not asked:
            lines.append("The chain is well formed; it states no requirements.")
        else:
            unjudged = f", {counts['QC102']} cannot be judged" if counts["QC102"] else ""
            lines.append(f"{counts['QC100']} of {asked} requirements met, {counts['QC101']} not met{unjudged}.")
        return "\n".join(lines)


def check(chain: Chain, *, shift: float = 1.5) -> Check:
    """Judge a chain by its own requirements.

    The structural rules were judged when the chain was made. A department without a steady state is a
    warning: the figures of quality do not depend on it. Requirements on lead times, promises and waits that it
    touches are not met. A promise (``sla``) of a handoff that is weaker than a requirement behind it needs is a
    warning too. Only what requirements read is computed: lead times, the book of costs and the shares of causes each
    only where one needs them.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift between long-term and short-term sigma, for requirements on sigma levels.

    Returns
    -------
    Check
        ``ok`` when every requirement is met.

    Raises
    ------
    AnalysisError
        When the chain cannot be solved. A requirement that cannot be judged is a finding (QC102) beside the others.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.02)],
    ...                  requirements=[qc.Requirement(customer="K", measure="defect_rate", at_most=0.03)])
    >>> verdict = check(chain)
    >>> verdict.ok
    True
    >>> print(verdict.summary())
    QC100 defect rate of customer 'K' at most 3 %: met, it is 2 %
    1 of 1 requirements met, 0 not met.
    """
    figures = Figures(chain, shift=shift)
    load, verdicts = figures.bottlenecks, verdicts_of(figures)
    times = figures.lead_times if figures.timed else None
    behind, promises = FailureCauses(figures), slas_against_needs(chain, shift=shift)
    found = [of_verdict(verdict, behind.of(verdict)) for verdict in verdicts]
    weak = of_sla_adequacy(promises.result) if promises.result is not None else []
    findings = table([*found, *of_overload(load), *weak])
    assumed = [f"Sigma level = long-term Z + a shift of {shift:g} (a convention).", *load.assumptions]
    sources = sources_of(chain)
    if times is not None:
        assumed += times.assumptions
    if "outcomes" in sources:
        assumed += figures.outcomes.remarks
    if "cost" in sources:
        assumed += figures.cost.assumptions
    assumed += promises.assumptions
    return Check(
        findings=findings,
        shift=shift,
        name=chain.name,
        exact=times is None or times.exact,
        method=EXACT if times is None else f"{EXACT}; those that depend on time against lead times: {times.method}",
        accuracy=_accuracy(times),
        assumptions=tuple(dict.fromkeys(assumed)),
        missing={
            f"findings/{i}/actual": str(m)
            for i, m, a in zip(findings.index, findings["message"], findings["actual"], strict=True)
            if not math.isfinite(a)
        },
    )


def _accuracy(times: LeadTimes | None) -> str:
    exactly = "Figures of quality and utilization are exact."
    return exactly if times is None else f"{exactly} {times.accuracy}"
