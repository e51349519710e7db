"""First list: capacity. What each department can do, what limits the chain, and what comes after.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.load.overload import NO_LIMIT, NO_TIME, NO_WORK, Loads, why_table
from qualitychain.engine.network.network import Floats
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

TIE = 1e-9
"""Departments whose limits differ by less than this fraction are one bottleneck."""
NO_LIMIT_AT_ALL = Why(Reason.NO_WORK, "no department has both work and a cycle time above 0")


@dataclass(frozen=True)
class Capacity:
    """The capacity list; attributes as in ``Bottlenecks``."""

    table: pd.DataFrame
    why: pd.DataFrame
    max_release_rate: float
    tied: tuple[str, ...]
    sequence: pd.DataFrame
    missing: dict[Place, Why]
    loads: Loads


def capacity_list(of: Loads, target: float, benchmark: Floats | None = None) -> Capacity:
    """The capacity list, from the loads of all departments."""
    import pandas as pd

    missing: dict[Place, Why] = {}
    why = why_table(of, target, np.full(len(of.names), np.nan) if benchmark is None else benchmark, missing)
    table = pd.DataFrame(
        {
            "work": of.work,
            "servers": [int(c) for c in of.servers],
            "time_per_unit": of.effective_time,
            "utilization": of.utilization,
            "max_release_rate": of.limits,
            "shadow_price": np.nan,
            "cause": list(why["cause"]),
        },
        index=pd.Index(of.names, name="department"),
    )
    for i, name in enumerate(of.names):
        if math.isnan(of.own_time[i]):
            columns = ("time_per_unit", "utilization", "max_release_rate", "shadow_price")
            missing.update((Place("capacity", name, c), NO_TIME) for c in columns)
        elif math.isinf(of.limits[i]):
            missing[Place("capacity", name, "max_release_rate")] = NO_WORK if of.per_start[i] == 0 else NO_LIMIT
    limits = table["max_release_rate"][np.isfinite(table["max_release_rate"])]
    least = float(limits.min()) if len(limits) else math.inf
    tied = tuple(map(str, limits.index[limits <= least * (1 + TIE)])) if len(limits) else ()
    if not tied:
        missing[Place(column="max_release_rate")] = NO_LIMIT_AT_ALL
    # one more server anywhere else, or at one of several tied departments, lets no further unit start
    table.loc[np.isfinite(of.own_time), "shadow_price"] = 0.0
    if len(tied) == 1:
        table.loc[tied[0], "shadow_price"] = least / float(of.servers[of.names.index(tied[0])])
    return Capacity(table, why, least, tied, _sequence(limits, table["servers"]), missing, of)


def _sequence(limits: pd.Series[float], servers: pd.Series[int]) -> pd.DataFrame:
    """The bottlenecks one after the other: each step elevates all departments that bind there."""
    import pandas as pd

    ordered = limits.sort_values(kind="stable")
    values, names = ordered.to_numpy(dtype=float), [str(name) for name in ordered.index]
    owned = servers.loc[ordered.index].to_numpy(dtype=float)
    steps: list[tuple[str, float, float, float]] = []
    begin, per_start, have = 0, 0.0, 0.0
    while begin < len(values):
        least = float(values[begin])
        end = int(np.searchsorted(values, least * (1 + TIE), side="right"))
        following = float(values[end]) if end < len(values) else math.inf
        per_start += float((owned[begin:end] / values[begin:end]).sum())
        have += float(owned[begin:end].sum())
        steps.append((", ".join(names[begin:end]), least, following / least, following * per_start - have))
        begin = end
    return pd.DataFrame(
        steps,
        columns=["departments", "max_release_rate", "factor", "servers_added"],
        index=pd.RangeIndex(1, len(steps) + 1, name="step"),
    )


def capacity_assumptions(compiled: Compiled) -> list[str]:
    """What the capacity list assumes."""
    chain = compiled.chain
    said = ["Starts grow in their present proportions; work grows in step with them."]
    if compiled.rate_assumed:
        said.append(f"The only supplier of units gives no rate: 1 unit per {chain.clock.unit} is assumed.")
    without = [d.name for d in chain.departments if d.cycle_time is None]
    if without:
        listed = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
        said.append(
            f"No cycle time is given for {len(without)} departments ({listed}): they are taken not to limit the chain."
        )
    return said
