"""The table of requirements, described."""

from __future__ import annotations

from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

REQUIREMENTS = TableSpec(
    "requirements",
    "findings",
    "Requirements",
    "the verdict on each requirement",
    index=(),
    columns=columns(
        "code",
        "severity",
        "kind",
        "subject",
        Column("measure", "bounded"),
        "quantile",
        "bound",
        Column("required", measure_in="measure"),
        Column("actual", measure_in="measure"),
        "met",
        "unit",
        "message",
        "behind",
    ),
    shown=("code", "message"),
)
VERDICTS = Analysis("requirements", "Requirements", "checks.check:requirements_of", (REQUIREMENTS,))
