"""Queues of departments, and how accurate their waits are."""

from __future__ import annotations

from qualitychain.analysis.time.lead_times import LeadTimes
from qualitychain.analysis.time.specs import DEPARTMENTS
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables.described import described_table

SHOWN = (
    "department", "utilization", "arrival_rate", "arrival_scv", "wait_probability", "waiting_time", "waiting_low",
    "waiting_high", "queue_length", "time_in_department", "inputs_time",
)  # fmt: skip


def queue_table(t: LeadTimes) -> Table | None:
    """Queues of departments, the longest waits first."""
    shown = t.departments.sort_values("waiting_time", ascending=False, kind="stable", na_position="last")
    return described_table(
        t, DEPARTMENTS, rows=shown, show=SHOWN, bars=("waiting_time",), optional=("waiting_low", "waiting_high")
    )


def accuracies(t: LeadTimes) -> list[str]:
    """How accurate the waits are, the departments of each kind named."""
    groups: dict[str, list[str]] = {}
    for name, said in t.departments["accuracy"].items():
        groups.setdefault(str(said), []).append(str(name))
    return [f"{listed(names)}: {said}." for said, names in groups.items()]
