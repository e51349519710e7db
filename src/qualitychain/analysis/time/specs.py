"""The tables of lead times, described."""

from __future__ import annotations

from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

CUSTOMERS = TableSpec(
    "lead_times",
    "customers",
    "Lead times of external customers",
    "lead time of each external customer, and its promise",
    index=("customer",),
    columns=columns(
        "lead_time",
        "sd",
        "median",
        "p90",
        "p95",
        "p99",
        "promise",
        "promise_tolerance",
        "on_time",
        "satisfied",
        Column("conforming", "conforming_share"),
        "rework_passes",
    ),
    shown=("lead_time", "sd", "median", "p95", "promise", "promise_tolerance", "on_time", "satisfied"),
)
DEPARTMENTS = TableSpec(
    "queues",
    "departments",
    "Queues",
    "arrivals, waits and queue of every department",
    index=("department",),
    columns=columns(
        "servers",
        "arrival_rate",
        "service_time",
        "service_scv",
        "utilization",
        "arrival_scv",
        "wait_probability",
        "waiting_time",
        "waiting_low",
        "waiting_high",
        "queue_length",
        "time_in_department",
        "inputs_time",
        "accuracy",
    ),
    shown=("utilization", "arrival_scv", "wait_probability", "waiting_time", "queue_length", "time_in_department"),
)
_HANDOFFS = columns(
    "handoff_supplier",
    "handoff_customer",
    "kind",
    "transport",
    Column("lead_time", "handoff_time"),
    "sla_lead_time",
    "sla_attainment",
)
HANDOFFS = TableSpec(
    "turnaround",
    "handoffs",
    "Lead times of handoffs",
    "lead time of every handoff, and what is promised of it",
    index=("handoff",),
    columns=_HANDOFFS,
)
SLAS = TableSpec(
    "sla",
    "slas",
    "Lead times promised between departments",
    "lead times promised between departments, and kept",
    index=("handoff",),
    columns=_HANDOFFS,
    shown=("kind", "transport", "lead_time", "sla_lead_time", "sla_attainment"),
)
LEAD_TIMES = Analysis(
    "lead_times",
    "Lead times",
    "analysis.time.lead_times:lead_times_of",
    (CUSTOMERS, DEPARTMENTS, HANDOFFS, SLAS),
    left_out="reporting.compute.left_out:lead_times",
    brief=True,
)
