"""Where the time goes: the value stream, as a table and in words."""

from __future__ import annotations

import math
from dataclasses import replace

from qualitychain.analysis.value_stream.specs import STEPS
from qualitychain.analysis.value_stream.value_stream import ValueStream
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.figures import number, percent

MOST_STEPS = 40
"""Steps shown of a value stream."""
SHOWN = (
    "step", "visits", "cycle_time", "waiting_time", "inputs_time", "transport_time", "inspection_time", "time", "share",
    "wip", "takt_ratio",
)  # fmt: skip


def stream_table(v: ValueStream) -> Table | None:
    """Where the time of a delivered unit goes, step by step in flow order; of many steps those that take most."""
    every = v.steps[~(v.steps["time"] == 0)]
    longest = every["time"].fillna(math.inf).sort_values(ascending=False, kind="stable").index[:MOST_STEPS]
    shown = every[every.index.isin(longest)]
    table = described_table(v, STEPS, rows=shown, show=SHOWN, bars=("time",))
    if table is None or len(shown) == len(every):
        return table
    words = f"The {len(shown)} of {len(every):,} steps that take most; "
    return replace(table, left_out=words + "`qualitychain show --format csv --table value_stream` gives all.")


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
