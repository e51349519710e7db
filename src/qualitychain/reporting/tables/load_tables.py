"""Tables of load: capacity, and the sequence of bottlenecks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.model.values.durations import Clock
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.vocabulary.figures import number, percent


def capacity_table(b: Bottlenecks, clock: Clock) -> Table:
    """Load of every department, the most loaded first."""
    shown = b.capacity.sort_values("utilization", ascending=False, kind="stable", na_position="last")
    top = max([1.0, *shown["utilization"].dropna()])

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        used = float(r["utilization"])
        why = {c: b.reason_for("capacity", name, c) for c in ("time_per_unit", "utilization", "max_release_rate")}
        used_cell = figure(used, percent(used), why["utilization"])
        if not math.isnan(used):
            used_cell = Cell(percent(used), bar(used, 0.0, top, limit=1.0), "bad" if used >= 1 else "")
        limit = (
            Cell(why["max_release_rate"], tone="quiet")
            if why["max_release_rate"]
            else Cell(number(r["max_release_rate"]))
        )
        return [
            name,
            used_cell,
            number(r["work"]),
            number(r["servers"]),
            figure(r["time_per_unit"], number(r["time_per_unit"]), why["time_per_unit"]),
            limit,
            figure(r["shadow_price"], number(r["shadow_price"]), why["max_release_rate"] and NONE),
        ]

    return make_table(
        "Capacity of departments",
        [
            Column("Department", figures=False),
            Column("Utilization"),
            Column(f"Work units per {clock.unit}"),
            Column("Servers"),
            Column(f"Effective time per unit ({clock.said})"),
            Column(f"Greatest release rate per {clock.unit}"),
            Column("Release rate gained per server added"),
        ],
        (row(name, r) for name, r in records(shown)),
        total=len(shown),
        where="capacity",
    )


def sequence_table(b: Bottlenecks, clock: Clock) -> Table:
    """Which departments bind one after the other."""
    return make_table(
        "What limits the chain after what",
        [
            Column("Step"),
            Column("Departments to elevate together", figures=False),
            Column(f"Release rate per {clock.unit} until then"),
            Column("Gain until the next limit"),
            Column("Servers added by then"),
        ],
        (
            [
                step,
                str(row["departments"]),
                number(row["max_release_rate"]),
                "no further limit" if math.isinf(row["factor"]) else percent(row["factor"] - 1),
                number(row["servers_added"]) if math.isfinite(row["servers_added"]) else NONE,
            ]
            for step, row in records(b.sequence)
        ),
        total=len(b.sequence),
        where="sequence",
    )
