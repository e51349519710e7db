"""What ``show`` shows: each analysis made when a table first needs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pandas as pd

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.customer_effects import CustomerEffects, customer_effects
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.requirements import judge
from qualitychain.analysis.result import plain
from qualitychain.checks.findings import of_verdict
from qualitychain.checks.findings import table as findings_table
from qualitychain.cli.tables import text_table
from qualitychain.model.chain import Chain
from qualitychain.reporting.content import effects_affordable

YIELDS = (
    "rolled_throughput_yield", "first_pass_yield", "final_yield", "normalized_yield",
    "scrap_rate", "scrap_rate_true", "scrap_rate_false_alarm", "hidden_factory",
)  # fmt: skip

TEXT: dict[str, tuple[str, tuple[str, ...]]] = {
    "customers": (
        "External customers",
        ("delivered", "defect_rate", "accepted_defect_rate", "dpmo", "z_lt", "sigma_level"),
    ),
    "defects": ("Defects at external customers", ("volume", "accepted_defect_rate", "defects_per_period")),
    "effects": (
        "If one handoff were perfect",
        ("customer", "handoff", "removal_effect", "defects_avoided_per_period"),
    ),
    "handoffs": (
        "Handoffs",
        (
            "kind",
            "defect_rate",
            "presented_defect_rate",
            "accepted_defect_rate",
            "rejected",
            "sla_defect_rate",
        ),
    ),
    "samples": ("Counts behind defect rates, with 95 % intervals", ("n", "defects", "lower", "upper")),
    "worksheet": ("Yield worksheet", ("units", "dpu", "throughput_yield", "first_pass_yield", "rolled")),
    "ledger": ("Ledger of defects", ("per_started_unit",)),
    "departments": ("Suppliers and departments", ("kind", "work", "visits", "hidden_factory")),
    "capacity": ("Capacity", ("utilization", "work", "servers", "time_per_unit", "max_starts", "cause")),
    "sequence": ("What limits the chain after what", ("departments", "max_starts", "factor")),
    "requirements": ("Requirements", ("code", "message")),
}
"""Tables in the order in which the text shows them, with their columns there."""


COSTLY = ("defects", "effects")
"""Tables that need a solution of the chain for each handoff."""
LEFT_OUT = (
    "Left out: effects of handoffs on customers, which need a solution of the chain for each handoff; "
    "show --table effects computes them."
)


class Answers:
    """The tables of a chain by name."""

    def __init__(self, chain: Chain, shift: float, progress: Callable[[int, int], None] | None) -> None:
        self.chain, self.shift, self.progress = chain, shift, progress

    @cached_property
    def quality(self) -> Quality:
        """Quality of the chain."""
        return quality(self.chain, shift=self.shift)

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """Load of the chain."""
        return bottlenecks(self.chain)

    @cached_property
    def effects(self) -> CustomerEffects:
        """Effects on external customers."""
        return customer_effects(self.chain, progress=self.progress)

    @cached_property
    def all_affordable(self) -> bool:
        """Whether every table can be made without being asked for by name."""
        return effects_affordable(self.chain)

    def shortfalls(self) -> list[str]:
        """A sentence for each department without a steady state."""
        return self.bottlenecks.shortfalls()

    def table(self, name: str) -> pd.DataFrame:
        """One table, whole."""
        q = self.quality
        match name:
            case "customers" | "handoffs" | "departments" | "worksheet":
                own: pd.DataFrame = getattr(q, name)
                return own
            case "samples":
                return q.handoffs[q.handoffs["n"].notna()]
            case "ledger":
                return q.ledger.rename("per_started_unit").rename_axis("entry").to_frame()
            case "yields":
                values = pd.Series({n: float(getattr(q, n)) for n in YIELDS}, name="value")
                return values.rename_axis("figure").to_frame()
            case "dependence":
                return q.dependence.table
            case "capacity" | "sequence":
                load: pd.DataFrame = getattr(self.bottlenecks, name)
                return load
            case "defects":
                return self.effects.customers
            case "effects":
                return self.effects.handoffs
            case _:
                verdicts = judge(self.chain, shift=self.shift, quality_result=q, bottlenecks_result=self.bottlenecks)
                return findings_table([of_verdict(v) for v in verdicts])


def as_json(asked: Answers, table: str | None) -> str:
    """One table as a list of records, or every result."""
    data: Any
    if table is not None:
        data = plain(asked.table(table))
    else:
        data = {
            "chain": asked.chain.name,
            "time_unit": asked.chain.time_unit,
            "period": asked.chain.period,
            "shift": asked.shift,
            "quality": asked.quality.to_dict(),
            "bottlenecks": asked.bottlenecks.to_dict(),
            "customer_effects": asked.effects.to_dict() if asked.all_affordable else None,
            "requirements": plain(asked.table("requirements")),
            "no_steady_state": asked.shortfalls(),
            "left_out": [] if asked.all_affordable else [LEFT_OUT],
        }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_text(asked: Answers, table: str | None) -> str:
    """One table, or the summaries and all tables, for people."""
    if table is not None:
        return text_table(table, asked.table(table), None)
    parts = [asked.quality.summary(), asked.bottlenecks.summary()]
    for name, (title, columns) in TEXT.items():
        if name in COSTLY and not asked.all_affordable:
            continue
        frame = asked.table(name)
        if name == "effects":
            frame = frame[frame["removal_effect"] != 0]
        if len(frame):
            parts.append(text_table(title, frame, columns, source=name))
    parts.extend([] if asked.all_affordable else [LEFT_OUT])
    effects = asked.effects.assumptions if asked.all_affordable else ()
    said = dict.fromkeys([*asked.quality.assumptions, *asked.bottlenecks.assumptions, *effects])
    parts.append("\n".join(["Assumptions", *(f"- {sentence}" for sentence in said)]))
    return "\n\n".join(parts)
