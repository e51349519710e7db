"""Tables of time: lead times of customers, queues of departments, lead times promised between departments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.model.values.durations import Clock
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.vocabulary.figures import number, percent


def short_reason(reason: str | None) -> str | None:
    """A reason that fits into a cell; the whole one is a sentence above."""
    return reason if reason is None or len(reason) <= 40 else "not known"


def queue_table(t: LeadTimes, clock: Clock) -> Table:
    """Queues of departments, the longest waits first."""
    shown = t.departments.sort_values("waiting_time", ascending=False, kind="stable", na_position="last")
    long = shown["waiting_time"][shown["waiting_time"] < math.inf]
    top = max([*long, 0.0]) or 1.0
    between = bool(shown["waiting_low"].notna().any())

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        wait = float(r["waiting_time"])
        waits = Cell("grows for ever", tone="bad")
        if math.isfinite(wait):
            waits = Cell(number(wait), bar(wait, 0.0, top))
        elif math.isnan(wait):
            waits = Cell("no cycle time", tone="quiet")
        interval = Cell(NONE, tone="quiet")
        if math.isfinite(r["waiting_low"]):
            interval = Cell(f"{number(r['waiting_low'])} to {number(r['waiting_high'])}")
        return [
            name,
            figure(r["utilization"], percent(r["utilization"])),
            number(r["arrival_rate"]),
            figure(r["arrival_scv"], number(r["arrival_scv"])),
            figure(r["wait_probability"], percent(r["wait_probability"])),
            waits,
            *([interval] if between else []),
            finite(r["queue_length"]),
            finite(r["time_in_department"]),
            finite(r["inputs_time"]),
        ]

    return make_table(
        f"Queues of departments (times in {t.unit})",
        [
            Column("Department", figures=False),
            Column("Utilization"),
            Column(f"Arrivals per {clock.unit}"),
            Column("Variability of arrivals (scv)"),
            Column("Have to wait"),
            Column("Mean wait"),
            *([Column("Mean wait between")] if between else []),
            Column("Queue length"),
            Column("Wait and work"),
            Column("Wait for inputs before"),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="queues",
    )


def finite(value: float) -> Cell:
    """A figure, or nothing where there is none."""
    return Cell(number(value)) if math.isfinite(value) else Cell(NONE, tone="quiet")


def accuracies(t: LeadTimes) -> list[str]:
    """How accurate the waits are, the departments of each kind named."""
    groups: dict[str, list[str]] = {}
    for name, said in t.departments["accuracy"].items():
        groups.setdefault(str(said), []).append(str(name))
    return [f"{listed(names)}: {said}." for said, names in groups.items()]


def sla_table(t: LeadTimes) -> Table | None:
    """How handoffs keep the lead times promised to internal customers."""
    promised = t.handoffs[t.handoffs["sla_lead_time"].notna()]
    if promised.empty:
        return None

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        kept = float(r["sla_attainment"])
        reason = short_reason(t.reason_for("handoffs", name, "sla_attainment"))
        return [
            name,
            str(r["kind"]),
            figure(r["lead_time"], number(r["lead_time"]), "not known"),
            number(r["sla_lead_time"]),
            Cell(percent(kept), bar(kept, 0.0, 1.0)) if not math.isnan(kept) else Cell(reason or NONE, tone="quiet"),
        ]

    return make_table(
        f"Lead times promised between departments ({t.unit})",
        [
            Column("Handoff", figures=False),
            Column("Kind", figures=False),
            Column("Mean"),
            Column("Promised"),
            Column("Kept by"),
        ],
        (row(name, r) for name, r in records(promised)),
        total=len(promised),
        where="sla",
    )
