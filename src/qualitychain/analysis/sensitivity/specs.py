"""The table of sensitivities, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import steepest
from qualitychain.vocabulary.table import Analysis, TableSpec, columns

RATES = ("defect_rate", "detect", "false_alarm", "fix")
"""Parameters that are probabilities of their own."""
_COLUMNS = ("handoff", "parameter", "gradient", "meaning")
OF_CUSTOMERS = TableSpec(
    "sensitivities",
    "table",
    "Sensitivities: what moves customers most",
    "what a small change of each number does to each customer",
    index=(),
    columns=columns("customer", *_COLUMNS),
    shown=("gradient", "meaning"),
    rows=steepest(RATES),
)
OF_DEPARTMENTS = TableSpec(
    "work_sensitivities",
    "table",
    "Sensitivities of work",
    "what a small change of each number does to the work of each department",
    index=(),
    columns=columns("department", *_COLUMNS),
)
SENSITIVITIES = Analysis(
    "sensitivities",
    "Sensitivities",
    "analysis.sensitivity.sensitivities:sensitivities_of",
    (OF_CUSTOMERS,),
    left_out="reporting.compute.left_out:sensitivities",
)
