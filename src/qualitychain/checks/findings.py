"""Findings: what a check found, one record each, with a code that never changes its meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from qualitychain.analysis.load.overload import Loads
from qualitychain.analysis.verdicts.requirements import Verdict
from qualitychain.model.records.handoff import Handoff
from qualitychain.vocabulary.figures import number, percent

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["note", "warning", "error"]

SEVERITY: dict[str, Severity] = {
    "QC100": "note",
    "QC101": "error",
    "QC102": "error",
    "QC103": "warning",
    "QC104": "warning",
    "QC105": "warning",
}
"""How grave each code is; only errors fail a check."""


@dataclass(frozen=True)
class Finding:
    """One finding about one subject (a customer, a handoff or a department), or about the whole chain."""

    code: str
    severity: Severity
    kind: str
    subject: str
    measure: str
    quantile: float
    bound: str
    required: float | str
    actual: float
    met: bool | None
    unit: str
    message: str
    behind: str = ""
    """What makes a requirement fail, in words."""


def of_verdict(verdict: Verdict, behind: str = "") -> Finding:
    """The finding for a requirement: QC100 met, QC101 not met (with what is behind it), QC102 cannot be judged."""
    code = "QC102" if verdict.met is None else "QC100" if verdict.met else "QC101"
    requirement = verdict.requirement
    kind, subject = requirement.subject
    quantile = math.nan if requirement.quantile is None else requirement.quantile
    # what the message says already is not said again
    message = f"{verdict.message}; behind it: {behind}" if behind and behind not in verdict.message else verdict.message
    return Finding(
        code, SEVERITY[code], kind, subject, requirement.measure, quantile,
        verdict.bound, verdict.required, verdict.actual, verdict.met, verdict.unit, message, behind,
    )  # fmt: skip


def of_overload(of: Loads, time_unit: str) -> list[Finding]:
    """A finding QC103 for each department that gets more work than it can do."""
    return [
        Finding(
            code="QC103",
            severity=SEVERITY["QC103"],
            kind="department",
            subject=of.names[i],
            measure="utilization",
            quantile=math.nan,
            bound="",
            required=math.nan,
            actual=float(of.utilization[i]),
            met=None,
            unit="",
            message=sentence,
        )
        for i, sentence in zip(of.overloaded, of.shortfalls(time_unit), strict=True)
    ]


def of_weak_slas(rows: Sequence[Mapping[str, Any]], handoffs: Sequence[Handoff], unit: str) -> list[Finding]:
    """A finding QC104 for each promise of a handoff that is weaker than a requirement behind it needs."""
    suppliers = {h.full_name: h.supplier for h in handoffs}
    return [_weak(row, unit, suppliers[row["handoff"]]) for row in rows]


def _weak(row: Mapping[str, Any], unit: str, supplier: str) -> Finding:
    timed = row["measure"] == "lead_time"
    promised, needed = (
        f"{number(float(row[c]))} {unit}" if timed else percent(float(row[c])) for c in ("promised", "needed")
    )
    return Finding(
        code="QC104",
        severity=SEVERITY["QC104"],
        kind="handoff",
        subject=row["handoff"],
        measure=row["measure"],
        quantile=math.nan,
        bound="at_most",
        required=float(row["needed"]),
        actual=float(row["promised"]),
        met=None,
        unit=unit if timed else "",
        message=(
            f"handoff '{row['handoff']}' promises a {row['measure'].replace('_', ' ')} of {promised}, but "
            f"{row['requirement']} of customer '{row['customer']}' needs {needed}; ask '{supplier}' for {needed}, "
            "or split the requirement otherwise (allocate)"
        ),
    )


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Findings as a table, a row each."""
    import pandas as pd

    names = [f.name for f in fields(Finding)]
    frame = pd.DataFrame({n: [getattr(f, n) for f in findings] for n in names}, columns=names)
    return frame.astype({"met": object, "required": object, "quantile": float, "actual": float})
