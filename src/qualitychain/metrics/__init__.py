"""Pure formulas of quality and flow, on numbers and arrays; no chain, no tables.

Every function takes numbers or arrays: a number in gives a ``float`` out, an array in (or a list) gives an
array out, and several arguments are broadcast against each other. A value that is NaN, out of range or not a
number is a ``ValueError`` that says what was wrong and what to give instead.

The formulas work in the small tail: a defect rate of 1e-18 is not rounded away on its way to a sigma level.

Examples
--------
>>> from qualitychain import metrics
>>> metrics.dpmo(34, units=200, opportunities=5)
34000.0
>>> round(metrics.sigma_level(3.4, shift=1.5), 3)
6.0
"""

from __future__ import annotations

from qualitychain.metrics.defects import (
    defect_rate_from_dpo,
    defect_rate_from_dpu,
    dpmo,
    dpmo_from_defect_rate,
    dpo,
    dpu,
    rolled_defect_rate,
)
from qualitychain.metrics.flow import flow_efficiency, lead_time, little_gap, takt_ratio, takt_time, throughput, wip
from qualitychain.metrics.intervals import clopper_pearson
from qualitychain.metrics.sigma import dpmo_from_sigma, sigma_level, z_bench, z_lt
from qualitychain.metrics.yields import (
    final_yield,
    first_time_yield,
    normalized_yield,
    rolled_throughput_yield,
    throughput_yield,
    total_dpu,
)

__all__ = [
    "clopper_pearson",
    "defect_rate_from_dpo",
    "defect_rate_from_dpu",
    "dpmo",
    "dpmo_from_defect_rate",
    "dpmo_from_sigma",
    "dpo",
    "dpu",
    "final_yield",
    "first_time_yield",
    "flow_efficiency",
    "lead_time",
    "little_gap",
    "normalized_yield",
    "rolled_defect_rate",
    "rolled_throughput_yield",
    "sigma_level",
    "takt_ratio",
    "takt_time",
    "throughput",
    "throughput_yield",
    "total_dpu",
    "wip",
    "z_bench",
    "z_lt",
]
