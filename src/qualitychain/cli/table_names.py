"""Which tables ``show`` has, and how the text shows them; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qualitychain.cli.text_rows import first, largest, most_costly, steepest, weak, worth_choosing

NAMES: dict[str, str] = {
    "customers": "what each external customer gets",
    "lead_times": "lead time of each external customer, and its promise",
    "handoffs": "scorecard of every handoff, with the counts behind its rate",
    "departments": "work and hidden factory of suppliers and departments",
    "worksheet": "the classic yield worksheet",
    "yields": "yields and scrap of the chain",
    "defect_balance": "where defects went",
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
    "defects": "what each external customer gets, suffers and costs per period",
    "segments": "the same by segment of customers",
    "effects": "what each customer would gain if one handoff were perfect",
    "root_causes": "which handoffs made the defects that each customer keeps",
    "cause_departments": "the same by department or supplier",
    "cause_pairs": "the same by giver and receiver",
    "lateness": "which steps take the time that each customer waits",
    "sensitivities": "what a little more of each number does to each customer",
    "key_to_customer": "what a little worse in each handoff costs each customer",
    "key_promises": "promises between departments by what breaking them costs",
    "cost": "the cost of quality by category",
    "cost_lines": "the book of the cost of quality",
    "cost_by_stage": "what one defect costs by where it is found",
    "cost_places": "the cost of quality by department, handoff and customer",
    "sla_adequacy": "promises between departments against what is required",
    "projects": "the projects of the chain, and which to choose",
    "frontier": "the best outcome for each budget",
    "requirements": "the verdict on each requirement",
}
"""Names of tables and what they hold; ``cli.answers`` makes them."""

YIELDS = (
    "rolled_throughput_yield", "first_pass_yield", "final_yield", "normalized_yield",
    "scrap_rate", "scrap_rate_true", "scrap_rate_false_alarm", "hidden_factory",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """How the text shows a table: its title, which columns, whether they hold times, are per period, which rows."""

    title: str
    columns: tuple[str, ...]
    timed: bool = False
    per_period: bool = False
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
    "defects": Shown(
        "What external customers get",
        ("volume", "defects_per_period", "late_per_period", "satisfied", "churn", "revenue_at_risk"),
        per_period=True,
    ),
    "segments": Shown(
        "Segments",
        ("customers", "volume", "defect_share", "satisfied_share", "revenue_at_risk", "revenue_at_risk_share"),
        per_period=True,
    ),
    "effects": Shown(
        "If one handoff were perfect",
        ("customer", "handoff", "removal_effect", "defects_avoided_per_period"),
        where=lambda f: f[f["removal_effect"] != 0],
    ),
    "root_causes": Shown(
        "Root causes: who made the defects that customers keep",
        ("customer", "handoff", "share", "contribution", "removal_effect"),
        where=largest("share"),
    ),
    "lateness": Shown(
        "Where the time of customers goes",
        ("customer", "place", "step", "mean", "share", "variance_share"),
        timed=True,
        where=largest("share"),
    ),
    "sensitivities": Shown("What moves customers most", ("gradient", "meaning"), where=steepest),
    "key_to_customer": Shown(
        "Key to customer: what one point of defects, and one delay, cost",
        ("customer", "handoff", "share_by_defects", "cost_of_defects", "share_by_time", "cost_of_time"),
        per_period=True,
        where=most_costly,
    ),
    "key_promises": Shown(
        "Promises between departments by what breaking them costs customers",
        ("cost_of_defects", "cost_of_time", "sla_defect_rate", "sla_lead_time", "most_affected_customer"),
        per_period=True,
        where=first,
    ),
    "cost": Shown("Cost of quality", ("per_time", "per_period", "per_delivered", "share")),
    "cost_by_stage": Shown(
        "What one defect costs by where it is found",
        ("stage", "found", "found_per_unit", "direct", "consequences", "cost", "times_first"),
        where=first,
    ),
    "sla_adequacy": Shown(
        "Promises weaker than requirements need",
        ("handoff", "measure", "promised", "needed", "customer", "requirement"),
        timed=True,
        where=weak,
    ),
    "projects": Shown(
        "Projects", ("objective", "project", "cost", "chosen", "gain_alone", "gain_per_cost"), where=worth_choosing
    ),
    "frontier": Shown("Best outcome by budget", ("objective", "budget", "cost", "value", "bound", "chosen")),
    "handoffs": Shown(
        "Handoffs",
        ("kind", "defect_rate", "presented_defect_rate", "accepted_defect_rate", "rejected", "sla_defect_rate"),
    ),
    "samples": Shown("Counts behind defect rates, with 95 % intervals", ("n", "defects", "lower", "upper")),
    "worksheet": Shown("Yield worksheet", ("units", "dpu", "throughput_yield", "first_pass_yield", "rolled")),
    "defect_balance": Shown("Ledger of defects", ("per_started_unit",)),
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
        "Capacity", ("utilization", "work", "servers", "time_per_unit", "max_release_rate", "cause"), timed=True
    ),
    "sequence": Shown("What limits the chain after what", ("departments", "max_release_rate", "factor")),
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
