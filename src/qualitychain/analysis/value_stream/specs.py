"""The tables of the value stream, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import some
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

STEPS = TableSpec(
    "value_stream",
    "steps",
    "Where the time of a delivered unit goes",
    "where the time of a delivered unit goes",
    index=("step",),
    columns=columns(
        "kind",
        Column("visits", "visits_of_delivered"),
        "cycle_time",
        Column("waiting_time", "queue_time"),
        Column("inputs_time", "wait_for_inputs", heading="wait for inputs"),
        "transport_time",
        "inspection_time",
        Column("time", "step_time", heading="time in all"),
        "working_time",
        "wip",
        Column("share", "share_of_lead_time", heading="share of lead time"),
        "takt_ratio",
    ),
    shown=("visits", "cycle_time", "waiting_time", "inputs_time", "transport_time", "time", "wip"),
    rows=some("time"),
)
FLOW = TableSpec(
    "flow",
    "customers",
    "Flow by customer",
    "throughput, flow efficiency and work in process by customer",
    index=("customer",),
    columns=columns("throughput", "lead_time", "working_time", "flow_efficiency", "wip"),
)
TAKT = TableSpec(
    "takt",
    "takt_table",
    "Takt",
    "whether departments keep the pace of deliveries",
    index=("department",),
    columns=columns(
        Column("work", "work_of_demand"),
        Column("effective_time", "time_per_unit"),
        "servers",
        Column("time_per_unit", "time_of_demand"),
        Column("ratio", "takt_ratio"),
    ),
)
CRITICAL_PATH = TableSpec(
    "critical_path",
    "critical_path",
    "Critical path",
    "the steps and inputs that make up the lead time",
    index=("order",),
    columns=columns("step", "kind", Column("time", "step_time"), Column("cumulative", "cumulative_time"), "why"),
    rows=some("time"),
)
INPUTS = TableSpec(
    "inputs",
    "inputs",
    "Pulled inputs",
    "pulled inputs, and how often each is waited for longest",
    index=("handoff",),
    columns=columns("handoff_supplier", "handoff_customer", "uses", "request_time", "criticality", "delay"),
)
LITTLE = TableSpec(
    "little",
    "little",
    "Little's law",
    "measured figures against Little's law and the model",
    index=("place", "figure"),
    columns=(
        Column("measured", measure_in="figure"),
        Column("implied", measure_in="figure"),
        Column("gap", "relative_gap"),
        Column("model", measure_in="figure"),
        Column("model_gap", "relative_gap"),
    ),
)
VALUE_STREAM = Analysis(
    "value_stream",
    "Value stream",
    "analysis.value_stream.value_stream:value_stream_of",
    (STEPS, FLOW, TAKT, CRITICAL_PATH, INPUTS, LITTLE),
    left_out="reporting.compute.left_out:value_stream",
)
