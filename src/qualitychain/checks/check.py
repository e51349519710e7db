"""The verdict: is the chain, as described today, still good enough."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from qualitychain.analysis.base.frames import frame_of
from qualitychain.analysis.base.result import Result, plain
from qualitychain.analysis.base.study import SHIFT, Study, judging
from qualitychain.analysis.load.capacity import capacity_assumptions
from qualitychain.analysis.load.overload import loads_of
from qualitychain.analysis.verdicts.requirement_figures import (
    cost_of,
    kept_in,
    needs_lead_times,
    said_in,
    sources_of,
)
from qualitychain.analysis.verdicts.requirements import Verdict, verdicts_of
from qualitychain.checks.failure_causes import FailureCauses
from qualitychain.checks.findings import Finding, of_overload, of_verdict, of_weak_slas, table
from qualitychain.checks.promises import slas_against_needs
from qualitychain.checks.returns import of_returns
from qualitychain.checks.specs import REQUIREMENTS
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

    from qualitychain.analysis.time.deliveries import Said

EXACT = "requirements against the exact figures of quality and load"


@dataclass(frozen=True, kw_only=True)
class Check(Result):
    """The verdict on a chain.

    Attributes
    ----------
    findings : DataFrame
        A row for each requirement in file order, then one for each overloaded department, then one for each promise
        of a handoff that is too weak: ``code`` (QC100 met, QC101 not met, QC102 cannot be judged, QC103 overloaded,
        QC104 promises less than a requirement behind it needs, QC105 takes units back and mends nothing), ``severity``
        (note, warning, error), ``kind`` and
        ``subject`` (empty for the whole chain), ``measure``, ``quantile``, ``bound`` (at_least, at_most),
        ``required``, ``actual``, ``met`` (None where there is no verdict), ``unit`` (what a time is counted in, or
        what the figure is per, else empty), ``message``, ``behind`` (what makes a requirement fail: the handoffs that
        made the defects, the steps that take the time, what costs; empty for others).
    found : tuple of Finding
        The same, one record each.
    left_out : tuple of str
        Advice that was not worked out because it takes long, and how to have it.
    shift : float
        The shift of the sigma levels.
    accuracy : str
        How accurate the figures are, in words.
    """

    found: tuple[Finding, ...]
    shift: float
    accuracy: str
    left_out: tuple[str, ...] = ()
    name: str = field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (REQUIREMENTS,)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The findings as a table; see the class."""
        return table(self.found)

    @property
    def ok(self) -> bool:
        """Whether every requirement is met; a chain without requirements is ok."""
        return all(one.severity != "error" for one in self.found)

    def summary(self) -> str:
        """A line per finding, and the count."""
        counts = Counter(one.code for one in self.found)
        asked = counts["QC100"] + counts["QC101"] + counts["QC102"]
        lines = [f"{one.code} {one.message}" for one in self.found]
        lines.extend(self.left_out)
        if not asked:
            lines.append("The chain is well formed; it states no requirements.")
        else:
            unjudged = f", {counts['QC102']} cannot be judged" if counts["QC102"] else ""
            lines.append(f"{counts['QC100']} of {asked} requirements met, {counts['QC101']} not met{unjudged}.")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data, with the findings as records."""
        data = super().to_dict()
        del data["found"]
        return {**data, "findings": [plain(vars(one)) for one in self.found]}

    def _at_hand(self) -> list[tuple[TableSpec, pd.DataFrame]]:
        return [(REQUIREMENTS, frame_of(self, REQUIREMENTS))] if self.found else []


def check(chain: Chain, *, shift: float = SHIFT, advice: bool = False) -> Check:
    """Judge a chain by its own requirements.

    The structural rules were judged when the chain was made. A department without a steady state is a
    warning: the figures of quality do not depend on it. Requirements on lead times, promises and waits that it
    touches are not met. A promised defect rate (``sla``) of a handoff that is weaker than a requirement behind it needs
    is a warning too; so is a promised time, with ``advice``. Only what requirements read is computed: lead times, the
    cost of quality and the shares of causes each only where one needs them.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift between long-term and short-term sigma, for requirements on sigma levels.
    advice : bool
        Whether promised times of handoffs are held against the requirements on time too, each of which takes several
        times as long as the lead times. It never changes whether the check is ``ok``.

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
    return Study(chain, shift=shift).ask(check_of, advice=advice)


@judging
def check_of(study: Study, *, advice: bool = False) -> Check:
    """The verdict on a study's chain: its requirements, what is overloaded, what promises too little."""
    verdicts = study.ask(verdicts_of)
    promises = slas_against_needs(study, times=advice)
    weak = of_weak_slas(promises.weak, study.chain.handoffs, study.units.time)
    overload = of_overload(study.ask(loads_of), study.units.time_unit)
    more = [*overload, *weak, *of_returns(study.compiled)]
    return _check(study, verdicts, more, promises.assumptions, promises.left_out)


@judging
def requirements_of(study: Study) -> Check:
    """The verdicts on the requirements of a study's chain alone."""
    return _check(study, study.ask(verdicts_of), [], (), ())


def _check(
    study: Study,
    verdicts: tuple[Verdict, ...],
    more: list[Finding],
    assumptions: tuple[str, ...],
    left_out: tuple[str, ...],
) -> Check:
    chain, behind, sources = study.chain, FailureCauses(study), sources_of(study.chain)
    times = said_in(study) if needs_lead_times(chain) else None
    found = (*(of_verdict(verdict, behind.of(verdict)) for verdict in verdicts), *more)
    assumed = [
        f"Sigma level = long-term Z + a shift of {study.shift:g} (a convention).",
        *capacity_assumptions(study.compiled),
        *(times.assumptions if times is not None else ()),
        *(kept_in(study).remarks if "customer_outcomes" in sources else ()),
        *(cost_of(study).assumptions if "cost_of_quality" in sources else ()),
        *assumptions,
        *left_out,
    ]
    return Check(
        found=found,
        shift=study.shift,
        name=chain.name,
        exact=times is None or times.exact,
        method=EXACT if times is None else f"{EXACT}; those that depend on time against lead times: {times.method}",
        accuracy=_accuracy(times),
        left_out=left_out,
        assumptions=tuple(dict.fromkeys(assumed)),
        missing={
            Place("findings", i, "actual"): verdict.reason or Why(Reason.NOT_APPLICABLE)
            for i, verdict in enumerate(verdicts)
            if not math.isfinite(verdict.actual)
        },
        units=study.units,
    )


def _accuracy(times: Said | None) -> str:
    exactly = "Figures of quality and utilization are exact."
    return exactly if times is None else f"{exactly} {times.accuracy}"


__all__ = ["Check", "check", "check_of", "requirements_of"]
