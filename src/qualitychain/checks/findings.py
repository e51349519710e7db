"""Findings: what a check found, one record each, with a code that never changes its meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks
from qualitychain.analysis.requirements import Verdict

Severity = Literal["note", "warning", "error"]

SEVERITY: dict[str, Severity] = {"QC100": "note", "QC101": "error", "QC102": "error", "QC103": "warning"}
"""How grave each code is; only errors fail a check."""


@dataclass(frozen=True)
class Finding:
    """One finding about one subject (a customer, a handoff or a department of the chain)."""

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


def of_verdict(verdict: Verdict) -> Finding:
    """The finding for a requirement: QC100 met, QC101 not met, QC102 cannot be judged."""
    code = "QC102" if verdict.met is None else "QC100" if verdict.met else "QC101"
    requirement = verdict.requirement
    kind, subject = requirement.subject
    quantile = math.nan if requirement.quantile is None else requirement.quantile
    return Finding(
        code, SEVERITY[code], kind, subject, requirement.measure, quantile,
        verdict.bound, verdict.required, verdict.actual, verdict.met, verdict.unit, verdict.message,
    )  # fmt: skip


def of_overload(result: Bottlenecks) -> list[Finding]:
    """A finding QC103 for each department that gets more work than it can do."""
    used = result.unstable["utilization"]
    return [
        Finding(
            code="QC103",
            severity=SEVERITY["QC103"],
            kind="department",
            subject=str(name),
            measure="utilization",
            quantile=math.nan,
            bound="",
            required=math.nan,
            actual=float(actual),
            met=None,
            unit="",
            message=sentence,
        )
        for name, actual, sentence in zip(used.index, used, result.shortfalls(), strict=True)
    ]


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Findings as a table, a row each."""
    names = [f.name for f in fields(Finding)]
    frame = pd.DataFrame({n: [getattr(f, n) for f in findings] for n in names}, columns=names)
    return frame.astype({"met": object, "required": object, "quantile": float, "actual": float})
