"""The tables of the four lists and the remedies, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import best_gains, feasible, where_waited
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

CAPACITY = TableSpec(
    "capacity",
    "capacity",
    "Capacity of departments",
    "load of every department",
    index=("department",),
    columns=columns("work", "servers", "time_per_unit", "utilization", "max_release_rate", "shadow_price", "cause"),
    shown=("utilization", "work", "servers", "time_per_unit", "max_release_rate", "cause"),
)
WHY = TableSpec(
    "why",
    "why",
    "Why departments are loaded",
    "utilization as deliveries, breakdowns, rework, slow work",
    index=("department",),
    columns=columns(
        "utilization",
        "net_utilization",
        "demand",
        "breakdowns",
        "rework",
        "slow_work",
        "cause",
    ),
)
SEQUENCE = TableSpec(
    "sequence",
    "sequence",
    "What limits the chain after what",
    "which departments limit the chain one after the other",
    index=("step",),
    columns=columns("departments", "max_release_rate", "factor", "servers_added"),
    shown=("departments", "max_release_rate", "factor"),
)
BOTTLENECKS = Analysis(
    "bottlenecks",
    "Bottlenecks",
    "analysis.bottlenecks.bottlenecks:bottlenecks_of",
    (CAPACITY, WHY, SEQUENCE),
    brief=True,
)

_SHARES = (
    Column("share", "share_of_lead_time", heading="queue's share of lead time"),
    Column("inputs_share", "share_of_lead_time", heading="inputs' share of lead time"),
    Column("lead_time_price"),
)
WAITS = TableSpec(
    "waiting",
    "departments",
    "Where delivered units wait",
    "where time is spent waiting, and what a server would save",
    index=("department",),
    columns=columns(Column("visits", "visits_of_delivered"), "waiting_time", _SHARES[0], "inputs_time", *_SHARES[1:]),
    shown=("visits", "waiting_time", "share", "inputs_share", "lead_time_price"),
    rows=where_waited,
)
CUSTOMER_WAITS = TableSpec(
    "waiting_customers",
    "customers",
    "Where the units of each customer wait",
    "the same by customer",
    index=(),
    columns=columns("customer", "department", *_SHARES),
)
INPUT_WAITS = TableSpec(
    "waiting_inputs",
    "inputs",
    "Which inputs are waited for",
    "pulled inputs, and the waits that each causes",
    index=("handoff",),
    columns=columns("handoff_customer", "request_time", "last", "delay"),
)
WAITING = Analysis(
    "waiting",
    "Waiting",
    "analysis.bottlenecks.waiting_list:waiting_list_of",
    (WAITS, CUSTOMER_WAITS, INPUT_WAITS),
    left_out="reporting.compute.left_out:waiting",
)

GAINS = TableSpec(
    "quality_gains",
    "handoffs",
    "What fewer defects would bring",
    "what fewer defects of a handoff would bring customers",
    index=(),
    columns=columns(
        "customer",
        "handoff",
        "defect_rate",
        "gradient",
        "sigma_gain_halved",
        "conforming_gain_halved",
        "deliveries_gain_halved",
        "revenue_gain_halved",
        "sigma_gain_removed",
        "conforming_gain_removed",
        "deliveries_gain_removed",
        "revenue_gain_removed",
        Column("cost", "cost_of_halving"),
        "sigma_gain_per_cost",
        "rank",
        "note",
    ),
    shown=("customer", "handoff", "defect_rate", "sigma_gain_halved", "conforming_gain_halved"),
    rows=best_gains,
)
QUALITY_GAINS = Analysis(
    "quality_gains",
    "Quality gains",
    "analysis.bottlenecks.quality_list:quality_list_of",
    (GAINS,),
)

PROMISES = TableSpec(
    "service",
    "handoffs",
    "Promises between departments",
    "promises between departments, and what breaking them costs",
    index=("handoff",),
    columns=columns(
        "handoff_supplier",
        "handoff_customer",
        "kind",
        "sla_lead_time",
        "sla_attainment",
        "sla_defect_rate",
        "presented_defect_rate",
        "broken",
        "change",
        "satisfied_gain",
        "revenue_gain",
        "rank",
    ),
    shown=("sla_lead_time", "sla_attainment", "broken", "satisfied_gain", "revenue_gain"),
)
PROMISES_BY_CUSTOMER = TableSpec(
    "service_customers",
    "customers",
    "What keeping a broken promise would bring each customer",
    "the same by customer",
    index=(),
    columns=columns("handoff", "customer", "satisfied_gain", "on_time_gain", "conforming_gain", "revenue_gain"),
)
SERVICE = Analysis(
    "service",
    "Internal service",
    "analysis.bottlenecks.service_list:service_list_of",
    (PROMISES, PROMISES_BY_CUSTOMER),
    left_out="reporting.compute.left_out:service",
)

_AFTER = ("utilization", "max_release_rate", "lead_time", "on_time", "satisfied", "defect_rate")
RANKED_REMEDIES = TableSpec(
    "remedies",
    "table",
    "Remedies",
    "what would help loaded departments, best first",
    index=("number",),
    columns=columns(
        "department",
        "remedy",
        "size",
        "change",
        *_AFTER,
        Column("cost", "running_cost", heading="running cost"),
        "cost_change",
        "next_bottleneck",
        "feasible",
        "reason",
    ),
    shown=("department", "remedy", "change", "utilization", "lead_time", "on_time", "satisfied"),
    rows=feasible,
)
REMEDIES_BY_CUSTOMER = TableSpec(
    "remedy_customers",
    "customers",
    "What each remedy would bring each customer",
    "the same by customer",
    index=(),
    columns=columns(
        "number",
        "customer",
        "lead_time",
        "on_time",
        "satisfied",
        "defect_rate",
        Column("conforming", "conforming_share", heading="conforming"),
        "revenue_at_risk",
    ),
)
REMEDIES = Analysis(
    "remedies",
    "Remedies",
    "analysis.bottlenecks.remedies:remedies_of",
    (RANKED_REMEDIES, REMEDIES_BY_CUSTOMER),
    left_out="reporting.compute.left_out:remedies",
)
