"""Tables of load: capacity, why departments are loaded, and the sequence of bottlenecks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.analysis.bottlenecks.specs import CAPACITY, SEQUENCE, WHY
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.figures import percent
from qualitychain.vocabulary.table import Column, columns

FACTORS = {
    "breakdowns": "\u00d7 breakdowns",
    "rework": "\u00d7 rework, repeated requests",
    "slow_work": "\u00d7 slower than the benchmark",
}
"""Factors of the utilization, of which the table of the result has the logarithms."""
PRODUCT = replace(
    WHY,
    columns=columns(
        "utilization",
        Column("net_utilization", heading="= net utilization"),
        *(Column(name, "number", heading=heading) for name, heading in FACTORS.items()),
        "cause",
    ),
)


def capacity_table(b: Bottlenecks) -> Table | None:
    """Load of every department, the most loaded first."""
    shown = b.capacity.sort_values("utilization", ascending=False, kind="stable", na_position="last")
    show = ("department", "utilization", "work", "servers", "time_per_unit", "max_release_rate", "shadow_price")
    return described_table(b, CAPACITY, rows=shown, show=show, bars=("utilization",))


def why_table(b: Bottlenecks) -> Table | None:
    """Utilization as a product: net utilization, times breakdowns, times rework, times slow work."""
    shown = b.why[b.why["utilization"] > 0].sort_values("utilization", ascending=False, kind="stable")
    return described_table(
        b,
        PRODUCT,
        rows=shown.assign(**{name: np.exp(shown[name]) for name in FACTORS}),
        optional=("slow_work",),
        title=f"Why departments are loaded, with the cause of more than {percent(b.target)}",
    )


def sequence_table(b: Bottlenecks) -> Table | None:
    """Which departments bind one after the other."""
    return described_table(b, SEQUENCE, show=("step", "departments", "max_release_rate", "factor", "servers_added"))
