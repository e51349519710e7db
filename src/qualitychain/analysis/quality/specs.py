"""The tables of quality, described."""

from __future__ import annotations

from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

CUSTOMERS = TableSpec(
    "customers",
    "customers",
    "External customers",
    "what each external customer gets",
    index=("customer",),
    columns=columns(
        "delivered",
        "conforming",
        "nonconforming",
        "defect_rate",
        "accepted_defect_rate",
        "dpmo",
        "z_lt",
        "sigma_level",
    ),
    shown=("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level"),
)
_SCORES = columns(
    "handoff_supplier",
    "handoff_customer",
    "kind",
    "defect_rate",
    "transit_defect_rate",
    "flow",
    "rejected",
    "presented_defect_rate",
    "accepted_defect_rate",
    "made",
    "n",
    "defects",
    "lower",
    "upper",
    "sla_defect_rate",
)
HANDOFFS = TableSpec(
    "handoffs",
    "handoffs",
    "Handoffs",
    "scorecard of every handoff, with the counts behind its rate",
    index=("handoff",),
    columns=_SCORES,
    shown=("kind", "defect_rate", "presented_defect_rate", "accepted_defect_rate", "rejected", "sla_defect_rate"),
)
SAMPLES = TableSpec(
    "samples",
    "samples",
    "Counts behind defect rates, with 95 % intervals",
    "the handoffs whose defect rate was counted",
    index=("handoff",),
    columns=_SCORES,
    shown=("n", "defects", "lower", "upper"),
    empty="no handoff gives a sample",
)
WORKSHEET = TableSpec(
    "worksheet",
    "worksheet",
    "Yield worksheet",
    "the yield worksheet of the flow, as in a product report",
    index=("handoff",),
    columns=columns(
        "units",
        "defective",
        "n",
        "defects",
        "opportunities",
        "dpu",
        "poisson_dpu",
        "dpmo",
        "z_lt",
        "sigma_level",
        "lower",
        "upper",
        "throughput_yield",
        "first_pass_yield",
        "rolled",
    ),
    shown=("units", "dpu", "dpmo", "sigma_level", "lower", "upper", "throughput_yield", "first_pass_yield", "rolled"),
)
YIELDS = TableSpec(
    "yields",
    "yields",
    "Yields",
    "yields and scrap of the chain",
    index=("figure",),
    columns=(Column("value", measure_in="figure"),),
)
DEFECT_BALANCE = TableSpec(
    "defect_balance",
    "defect_balance",
    "Defect balance",
    "where defects went: made = cleared + escaped + scrapped",
    index=("entry",),
    columns=columns("per_started_unit"),
)
DEPARTMENTS = TableSpec(
    "departments",
    "departments",
    "Suppliers and departments",
    "work and hidden factory of suppliers and departments",
    index=("department",),
    columns=columns("kind", "work", "visits", "hidden_factory"),
)
DEPENDENCE = TableSpec(
    "dependence",
    "dependence.table",
    "Independence check",
    "the same figures with shared inputs drawn the other way",
    index=("reading", "customer"),
    columns=columns("delivered", "conforming", "accepted_defect_rate"),
)
QUALITY = Analysis(
    "quality",
    "Quality",
    "analysis.quality.quality:quality_of",
    (CUSTOMERS, HANDOFFS, SAMPLES, WORKSHEET, YIELDS, DEFECT_BALANCE, DEPARTMENTS, DEPENDENCE),
    brief=True,
)
