"""The tables that ``show`` can show, each made from the analyses of one chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from qualitychain.checks.failure_causes import FailureCauses
from qualitychain.checks.findings import of_verdict
from qualitychain.checks.findings import table as findings_table
from qualitychain.cli.table_names import YIELDS

if TYPE_CHECKING:
    from qualitychain.cli.answers import Answers


def _requirements(a: Answers) -> pd.DataFrame:
    behind = FailureCauses(a.study)
    return findings_table([of_verdict(v, behind.of(v)) for v in a.verdicts])


def _yields(a: Answers) -> pd.DataFrame:
    values = pd.Series({n: float(getattr(a.quality, n)) for n in YIELDS}, name="value")
    return values.rename_axis("figure").to_frame()


def _projects(a: Answers) -> pd.DataFrame:
    """Every project under every objective."""
    parts = [found.table.reset_index() for found in a.chosen.found.values()]
    return _by_objective(a, parts)


def _frontier(a: Answers) -> pd.DataFrame:
    """The best choice for a range of budgets, under every objective."""
    parts = [
        found.frontier.assign(chosen=["; ".join(names) for names in found.frontier["chosen"]])
        for found in a.chosen.found.values()
    ]
    return _by_objective(a, parts)


def _by_objective(a: Answers, parts: list[pd.DataFrame]) -> pd.DataFrame:
    named = [part.assign(objective=name) for name, part in zip(a.chosen.found, parts, strict=True)]
    if not named:
        a.raise_if_nothing_is_chosen()
        return pd.DataFrame(columns=["objective"])
    together = pd.concat([part for part in named if len(part)] or named[:1], ignore_index=True)
    return together[["objective", *(c for c in together.columns if c != "objective")]]


TABLES: Mapping[str, Callable[[Answers], pd.DataFrame]] = {
    "customers": lambda a: a.quality.customers,
    "lead_times": lambda a: a.times.customers,
    "handoffs": lambda a: a.quality.handoffs,
    "samples": lambda a: a.quality.handoffs[a.quality.handoffs["n"].notna()],
    "departments": lambda a: a.quality.departments,
    "worksheet": lambda a: a.quality.worksheet,
    "yields": _yields,
    "defect_balance": lambda a: a.quality.defect_balance.rename("per_started_unit").rename_axis("entry").to_frame(),
    "dependence": lambda a: a.quality.dependence.table,
    "value_stream": lambda a: a.stream.steps,
    "flow": lambda a: a.stream.customers,
    "takt": lambda a: a.stream.takt_table,
    "critical_path": lambda a: a.stream.critical_path,
    "capacity": lambda a: a.bottlenecks.capacity,
    "why": lambda a: a.bottlenecks.why,
    "sequence": lambda a: a.bottlenecks.sequence,
    "queues": lambda a: a.times.departments,
    "waiting": lambda a: a.bottlenecks.waiting,
    "quality_gains": lambda a: a.bottlenecks.quality,
    "sla": lambda a: a.times.handoffs[a.times.handoffs["sla_lead_time"].notna()],
    "service": lambda a: a.bottlenecks.service,
    "remedies": lambda a: a.bottlenecks.remedies,
    "defects": lambda a: a.outcomes.customers,
    "segments": lambda a: a.outcomes.segments,
    "effects": lambda a: a.effects.handoffs,
    "root_causes": lambda a: a.causes.table,
    "cause_departments": lambda a: a.causes.departments,
    "cause_pairs": lambda a: a.causes.pairs,
    "lateness": lambda a: a.late.table,
    "sensitivities": lambda a: a.slopes.table,
    "key_to_customer": lambda a: a.key.table,
    "key_promises": lambda a: a.key.slas,
    "cost": lambda a: a.cost.categories,
    "cost_lines": lambda a: a.cost.lines,
    "cost_by_stage": lambda a: a.cost.by_stage,
    "cost_places": lambda a: a.cost.places,
    "sla_adequacy": lambda a: a.sla_adequacy.table,
    "projects": _projects,
    "frontier": _frontier,
    "requirements": _requirements,
}
"""How each table is made."""
