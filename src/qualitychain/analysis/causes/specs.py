"""The tables of root causes and of lateness, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import largest
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

_SHARE = Column("share", "share_of_defects")
CAUSES = TableSpec(
    "root_causes",
    "table",
    "Root causes: who made the defects that customers keep",
    "which handoffs made the defects that each customer keeps",
    index=(),
    columns=columns("customer", "handoff", _SHARE, "contribution", "removal_effect"),
    rows=largest("share"),
)
CAUSE_DEPARTMENTS = TableSpec(
    "cause_departments",
    "departments",
    "Root causes by department",
    "the same by department or supplier",
    index=(),
    columns=columns("customer", "department", _SHARE),
    rows=largest("share"),
)
CAUSE_PAIRS = TableSpec(
    "cause_pairs",
    "pairs",
    "Root causes by supplier and customer of the handoff",
    "the same by supplier and customer of the handoff",
    index=(),
    columns=columns("customer", "handoff_supplier", "handoff_customer", _SHARE),
    rows=largest("share"),
)
CAUSE_CUSTOMERS = TableSpec(
    "cause_customers",
    "customers",
    "Defects that customers keep",
    "what the shares are of, and how far they may be off",
    index=("customer",),
    columns=columns("accepted_defect_rate", "nonconforming", "error"),
)
ROOT_CAUSES = Analysis(
    "root_causes",
    "Root causes",
    "analysis.causes.root_causes:root_causes_of",
    (CAUSES, CAUSE_DEPARTMENTS, CAUSE_PAIRS),
    left_out="reporting.compute.left_out:causes",
)
LATENESS = Analysis(
    "lateness",
    "Where the time of customers goes",
    "analysis.causes.lateness:lateness_of",
    (
        TableSpec(
            "lateness",
            "table",
            "Where the time of customers goes",
            "which steps take the time that each customer waits",
            index=(),
            columns=columns(
                "customer",
                "place",
                "step",
                Column("mean", "step_time"),
                Column("share", "share_of_lead_time"),
                "covariance",
                "variance_share",
            ),
            shown=("customer", "place", "step", "mean", "share", "variance_share"),
            rows=largest("share"),
        ),
    ),
    left_out="reporting.compute.left_out:lateness",
)
LATENESS_CUSTOMERS = TableSpec(
    "lateness_customers",
    "customers",
    "Lead times taken apart",
    "the lead times that are taken apart",
    index=("customer",),
    columns=columns("lead_time", "sd"),
)
