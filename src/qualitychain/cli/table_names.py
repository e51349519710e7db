"""Which tables ``show`` has, and how the text shows them; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAMES: dict[str, str] = {
    "customers": "what each external customer gets",
    "lead_times": "lead time of each external customer, and its promise",
    "handoffs": "scorecard of every handoff, with the counts behind its rate",
    "departments": "work and hidden factory of suppliers and departments",
    "worksheet": "the classic yield worksheet",
    "yields": "yields and scrap of the chain",
    "ledger": "where defects went",
    "dependence": "the other reading of inputs used more than once",
    "value_stream": "where the time of a delivered unit goes",
    "flow": "throughput, flow efficiency and work in process by customer",
    "takt": "whether departments keep the pace of deliveries",
    "critical_path": "the steps and inputs that make up the lead time",
    "capacity": "load of every department",
    "why": "utilization as deliveries, breakdowns, rework, slow work",
    "sequence": "which departments limit the chain one after the other",
    "queues": "arrivals, waits and queue of every department",
    "waiting": "where time is spent waiting, and what a server would save",
    "quality_gains": "what fewer defects of a handoff would bring customers",
    "sla": "lead times promised between departments, and kept",
    "service": "promises between departments, and what breaking them costs",
    "remedies": "what would help loaded departments, best first",
    "defects": "defects per period at each external customer",
    "effects": "what each customer would gain if one handoff were perfect",
    "requirements": "the verdict on each requirement",
}
"""Names of tables and what they hold; ``cli.answers`` makes them."""

YIELDS = (
    "rolled_throughput_yield", "first_pass_yield", "final_yield", "normalized_yield",
    "scrap_rate", "scrap_rate_true", "scrap_rate_false_alarm", "hidden_factory",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """How the text shows a table: its title, which columns, whether they hold times, which rows."""

    title: str
    columns: tuple[str, ...]
    timed: bool = False
    where: Callable[[Any], Any] | None = None


TEXT: dict[str, Shown] = {
    "customers": Shown(
        "External customers", ("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level")
    ),
    "lead_times": Shown(
        "Lead times of external customers",
        ("lead_time", "sd", "median", "p95", "promise", "on_time", "satisfied"),
        timed=True,
    ),
    "defects": Shown("Defects at external customers", ("volume", "accepted_defect_rate", "defects_per_period")),
    "effects": Shown(
        "If one handoff were perfect",
        ("customer", "handoff", "removal_effect", "defects_avoided_per_period"),
        where=lambda f: f[f["removal_effect"] != 0],
    ),
    "handoffs": Shown(
        "Handoffs",
        ("kind", "defect_rate", "presented_defect_rate", "accepted_defect_rate", "rejected", "sla_defect_rate"),
    ),
    "samples": Shown("Counts behind defect rates, with 95 % intervals", ("n", "defects", "lower", "upper")),
    "worksheet": Shown("Yield worksheet", ("units", "dpu", "throughput_yield", "first_pass_yield", "rolled")),
    "ledger": Shown("Ledger of defects", ("per_started_unit",)),
    "departments": Shown("Suppliers and departments", ("kind", "work", "visits", "hidden_factory")),
    "value_stream": Shown(
        "Where the time of a delivered unit goes",
        ("visits", "cycle_time", "waiting_time", "inputs_time", "transport_time", "time", "wip"),
        timed=True,
        where=lambda f: f[~(f["time"] == 0)],
    ),
    "critical_path": Shown(
        "Critical path",
        ("step", "kind", "time", "cumulative", "why"),
        timed=True,
        where=lambda f: f[f["time"] > 0],
    ),
    "capacity": Shown(
        "Capacity", ("utilization", "work", "servers", "time_per_unit", "max_starts", "cause"), timed=True
    ),
    "sequence": Shown("What limits the chain after what", ("departments", "max_starts", "factor")),
    "queues": Shown(
        "Queues",
        ("utilization", "arrival_scv", "wait_probability", "waiting_time", "queue_length", "time_in_department"),
        timed=True,
    ),
    "waiting": Shown(
        "Where delivered units wait",
        ("visits", "waiting_time", "share", "inputs_share", "lead_time_price"),
        timed=True,
        where=lambda f: f[(f["waiting_time"] > 0) | (f["inputs_time"] > 0)],
    ),
    "quality_gains": Shown(
        "What half the defects of a handoff would bring",
        ("customer", "handoff", "defect_rate", "sigma_gain_halved", "conforming_gain_halved"),
        where=lambda f: f[(f["rank"] <= 5) & (f["sigma_gain_halved"] > 0)],
    ),
    "service": Shown(
        "Promises between departments",
        ("sla_lead_time", "sla_attainment", "broken", "satisfied_gain", "revenue_gain"),
        timed=True,
    ),
    "remedies": Shown(
        "Remedies",
        ("department", "remedy", "change", "utilization", "lead_time", "on_time", "satisfied"),
        timed=True,
        where=lambda f: f[f["feasible"]],
    ),
    "requirements": Shown("Requirements", ("code", "message")),
}
"""Tables in the order in which the text shows them."""
