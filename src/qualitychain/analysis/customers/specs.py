"""The tables of what customers get, of effects on them, and of the customer impact matrix, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import first, most_costly, some
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

CUSTOMERS = TableSpec(
    "defects",
    "customers",
    "What external customers get",
    "what each external customer gets, suffers and costs per period",
    index=("customer",),
    columns=columns(
        "segment",
        "volume",
        "defect_rate",
        "accepted_defect_rate",
        "defects_per_period",
        "refused_per_period",
        "on_time",
        "late_per_period",
        "satisfied",
        "judged_on",
        "satisfied_per_period",
        "dissatisfied_per_period",
        "churn",
        "retention",
        "customers_lost",
        "revenue",
        "revenue_at_risk",
        "cost_of_late",
        "cost_of_bad",
        "nps",
    ),
    shown=("volume", "defects_per_period", "late_per_period", "satisfied", "churn", "revenue_at_risk"),
)
SEGMENTS = TableSpec(
    "segments",
    "segments",
    "Segments",
    "the same by segment of customers",
    index=("segment",),
    columns=columns(
        "customers",
        "volume",
        "defects_per_period",
        "refused_per_period",
        "late_per_period",
        "satisfied_per_period",
        "dissatisfied_per_period",
        "customers_lost",
        "revenue",
        "revenue_at_risk",
        "cost_of_late",
        "cost_of_bad",
        "defect_share",
        "satisfied_share",
        "revenue_at_risk_share",
    ),
    shown=("customers", "volume", "defect_share", "satisfied_share", "revenue_at_risk", "revenue_at_risk_share"),
)
CUSTOMER_OUTCOMES = Analysis(
    "customer_outcomes",
    "What customers get",
    "analysis.customers.customer_outcomes:customer_outcomes_of",
    (CUSTOMERS, SEGMENTS),
    left_out="reporting.compute.left_out:effects",
)
EFFECTS = TableSpec(
    "effects",
    "handoffs",
    "If one handoff were perfect",
    "what each customer would gain if one handoff were perfect",
    index=(),
    columns=columns("customer", "handoff", "removal_effect", "defects_avoided_per_period", "rank"),
    shown=("customer", "handoff", "removal_effect", "defects_avoided_per_period"),
    rows=some("removal_effect"),
)
CUSTOMER_EFFECTS = Analysis(
    "customer_effects",
    "Effects on customers",
    "analysis.customers.customer_effects:customer_effects_of",
    (EFFECTS,),
    left_out="reporting.compute.left_out:effects",
)
KEY_TABLE = TableSpec(
    "key_to_customer",
    "table",
    "Customer impact matrix: what one point of defects, and one delay, cost",
    "what one point of defects, and one delay, at each handoff costs each customer",
    index=(),
    columns=columns(
        "customer",
        "handoff",
        "share_by_defects",
        Column("nonconforming", "nonconforming_by_defects"),
        "dissatisfied_by_defects",
        "revenue_by_defects",
        "failure_by_defects",
        "cost_of_defects",
        "share_by_time",
        Column("late", "late_by_time"),
        "dissatisfied_by_time",
        "revenue_by_time",
        "late_cost_by_time",
        "cost_of_time",
    ),
    shown=("customer", "handoff", "share_by_defects", "cost_of_defects", "share_by_time", "cost_of_time"),
    rows=most_costly,
)
_RANKED = columns(
    "handoff_supplier",
    "handoff_customer",
    "internal",
    "sla_defect_rate",
    "sla_lead_time",
    "dissatisfied_by_defects",
    "cost_of_defects",
    "dissatisfied_by_time",
    "cost_of_time",
    "most_affected_customer",
    "rank",
)
KEY_PROMISES = TableSpec(
    "key_promises",
    "slas",
    "Promises between departments by what breaking them costs customers",
    "promises between departments by what breaking them costs",
    index=("handoff",),
    columns=_RANKED,
    shown=("cost_of_defects", "cost_of_time", "sla_defect_rate", "sla_lead_time", "most_affected_customer"),
    rows=first,
)
KEY_TO_CUSTOMER = Analysis(
    "key_to_customer",
    "Customer impact matrix",
    "analysis.customers.key_to_customer:key_to_customer_of",
    (KEY_TABLE, KEY_PROMISES),
    left_out="reporting.compute.left_out:key",
)
KEY_HANDOFFS = TableSpec(
    "key_handoffs",
    "handoffs",
    "Handoffs by what they cost customers",
    "handoffs by what a step at each of them costs customers",
    index=("handoff",),
    columns=_RANKED,
)
