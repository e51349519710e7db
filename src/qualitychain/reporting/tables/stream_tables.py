"""Where the time goes: the value stream and the critical path, as tables and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qualitychain.analysis.value_stream.value_stream import ValueStream
from qualitychain.model.values.durations import Clock
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.reporting.tables.time_tables import finite, short_reason
from qualitychain.vocabulary.figures import number, percent

MOST_STEPS = 40
"""Steps shown of a value stream."""


def stream_table(v: ValueStream) -> Table:
    """Where the time of a delivered unit goes, step by step in flow order; of many steps those that take most."""
    every = v.steps[~(v.steps["time"] == 0)]
    longest = every["time"].fillna(math.inf).sort_values(ascending=False, kind="stable").index[:MOST_STEPS]
    shown = every[every.index.isin(longest)]
    top = max([*shown["time"].dropna(), 0.0]) or 1.0
    passed = shown["transport_time"] + shown["inspection_time"]

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        ratio, time = float(r["takt_ratio"]), float(r["time"])
        whole = Cell("not known", tone="quiet")
        if not math.isnan(time):
            share = f" ({percent(r['share'])})" if not math.isnan(r["share"]) else ""
            whole = Cell(f"{number(time)}{share}", bar(time, 0.0, top))
        return [
            name,
            number(r["visits"]),
            *(_spent(r[c]) for c in ("cycle_time", "waiting_time", "inputs_time", "passed")),
            whole,
            finite(r["wip"]),
            Cell(NONE, tone="quiet") if math.isnan(ratio) else Cell(number(ratio), tone="bad" if ratio > 1 else ""),
        ]

    table = make_table(
        f"Value stream: {v.unit} per delivered unit",
        [
            Column("Step", figures=False),
            Column("Times passed"),
            Column("Work"),
            Column("Queue"),
            Column("Waiting for inputs"),
            Column("Transport, inspection"),
            Column("Together"),
            Column("Units there"),
            Column("Load to takt"),
        ],
        (row(name, r) for name, r in records(shown.assign(passed=passed))),
        total=len(shown),
        where="value_stream",
    )
    if len(shown) == len(every):
        return table
    words = f"The {len(shown)} of {len(every):,} steps that take most; "
    return replace(table, left_out=words + "`qualitychain show --format csv --table value_stream` gives all.")


def _spent(value: float) -> Cell:
    """A time; nothing where none is spent."""
    if math.isnan(value):
        return Cell("not known", tone="quiet")
    return Cell(number(value)) if value else Cell(NONE, tone="quiet")


def flow_table(v: ValueStream, clock: Clock) -> Table:
    """Flow efficiency by customer."""

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        return [
            name,
            number(r["throughput"]),
            *(
                figure(r[c], number(r[c]), short_reason(v.reason_for("customers", name, c)))
                for c in ("lead_time", "working_time")
            ),
            figure(r["flow_efficiency"], percent(r["flow_efficiency"])),
            figure(r["wip"], number(r["wip"])),
        ]

    return make_table(
        "Flow by customer",
        [
            Column("Customer", figures=False),
            Column(f"Deliveries per {clock.unit}"),
            Column(f"Mean lead time ({v.unit})"),
            Column(f"Work on the unit ({v.unit})"),
            Column("Flow efficiency"),
            Column("Units inside (WIP)"),
        ],
        (row(name, r) for name, r in records(v.customers)),
        total=len(v.customers),
        where="flow",
    )


def path_table(v: ValueStream) -> Table | None:
    """The critical path; what takes no time is left out."""
    shown = v.critical_path[v.critical_path["time"] > 0]
    if shown.empty:
        return None
    top = max(shown["time"])
    return make_table(
        f"Critical path ({v.unit})",
        [
            Column("Step", figures=False),
            Column("Kind", figures=False),
            Column("Time"),
            Column("So far"),
            Column("Why", figures=False),
        ],
        (
            [
                str(r["step"]),
                str(r["kind"]),
                Cell(number(r["time"]), bar(r["time"], 0.0, top)),
                number(r["cumulative"]),
                str(r["why"]),
            ]
            for _, r in records(shown)
        ),
        total=len(shown),
        where="critical_path",
    )


def stream_sentences(v: ValueStream) -> list[str]:
    """The value stream in words."""
    said = []
    if math.isnan(v.lead_time):
        said.append(f"The mean lead time of a delivered unit is not known: {v.reason_for('', None, 'lead_time')}.")
    elif v.lead_time == 0:
        said.append("Nothing in the model takes time.")
    else:
        working = v.lead_time * v.flow_efficiency
        said.append(
            f"Of a mean lead time of {number(v.lead_time)} {v.unit}, somebody works on the unit for {number(working)}: "
            f"a flow efficiency of {percent(v.flow_efficiency)}."
        )
    if not math.isnan(v.wip):
        said.append(f"On average {number(v.wip)} units are inside (work in process).")
    late = f"not kept by {listed(list(v.late))}" if v.late else "kept by every department whose time is known"
    said.append(f"Takt, the time between two deliveries, is {number(v.takt)} {v.unit}: {late}.")
    return said
