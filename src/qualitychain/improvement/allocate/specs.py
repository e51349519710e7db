"""The table of promises against what is required, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import weak
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

PROMISED = TableSpec(
    "sla_adequacy",
    "table",
    "Promises weaker than requirements need",
    "promises between departments against what is required",
    index=(),
    columns=columns(
        "handoff",
        Column("measure", "bounded"),
        "customer",
        "requirement",
        Column("promised", measure_in="measure"),
        Column("needed", measure_in="measure"),
        Column("gap", measure_in="measure"),
        "verdict",
    ),
    shown=("handoff", "measure", "promised", "needed", "customer", "requirement"),
    rows=weak,
)
SLA_ADEQUACY = Analysis(
    "sla_adequacy",
    "SLA adequacy",
    "improvement.allocate.sla_adequacy:sla_adequacy_of",
    (PROMISED,),
    left_out="reporting.compute.left_out:sla_adequacy",
)
