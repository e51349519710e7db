"""Where is the bottleneck, and why? First list: capacity (theory section 7.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from qualitychain.analysis.compile import Compiled, compile_chain
from qualitychain.analysis.result import Result, number, percent
from qualitychain.engine.worlds import Solution
from qualitychain.errors import UnstableQueueError
from qualitychain.model.chain import Chain
from qualitychain.model.moments import moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIE = 1e-9
"""Departments whose limits differ by less than this fraction are one bottleneck."""
NO_TIME = "no cycle_time is given"
NO_WORK = "no work reaches it"
NO_LIMIT = "its work takes no time"


@dataclass(frozen=True, kw_only=True)
class Bottlenecks(Result):
    """What limits the chain.

    Attributes
    ----------
    capacity : DataFrame, index ``department``
        ``work`` (work units per time unit), ``servers``, ``time_per_unit`` (effective: cycle time over availability),
        ``utilization``, ``max_starts`` (starts per time unit that would use it fully), ``cause`` (why it is loaded
        above the target).
    max_starts : float
        Starts per time unit, all suppliers together in their present proportions, that the chain can sustain.
    tied : tuple of str
        The bottleneck: the smallest set of departments to elevate together before ``max_starts`` rises.
    sequence : DataFrame, index ``step``
        Which departments bind one after the other as those before are elevated, with ``max_starts`` before the step
        and the
        ``factor`` that elevating them gains until the next binds.
    target : float
        Utilization above which a department counts as overloaded in ``cause``.
    """

    capacity: pd.DataFrame
    max_starts: float
    start_rate: float
    tied: tuple[str, ...]
    sequence: pd.DataFrame
    target: float
    name: str = field(default="", repr=False)

    @property
    def unstable(self) -> pd.DataFrame:
        """Departments with a utilization of 1 or more: they have no steady state."""
        return self.capacity[self.capacity["utilization"] >= 1]

    def raise_if_unstable(self) -> None:
        """Raise when a department cannot keep up.

        Raises
        ------
        UnstableQueueError
            Naming each such department, its demand, its capacity and the shortfall.
        """
        if len(self.unstable):
            raise UnstableQueueError("\n".join(self.shortfalls()))

    def shortfalls(self) -> list[str]:
        """A sentence for each department that cannot keep up."""
        said = []
        for name, row in self.unstable.iterrows():
            can = row["servers"] / row["time_per_unit"]
            short = row["work"] - can
            tail = f"short by {number(short)}" if short > 0 else "nothing to spare, so its queue grows for ever"
            said.append(
                f"department '{name}': demand {number(row['work'])} work units per time unit, "
                f"capacity {number(can)}, {tail} "
                f"(utilization {percent(row['utilization'])})"
            )
        return said

    def summary(self) -> str:
        """The binding departments and what comes after them."""
        if not self.tied:
            return "No department limits the chain: none has both work and a cycle time."
        who = " and ".join(self.tied)
        verb = "limit" if len(self.tied) > 1 else "limits"
        lines = [
            f"{who} {verb} the chain to {number(self.max_starts)} starts per time unit (now {number(self.start_rate)})."
        ]
        if len(self.sequence) > 1:
            gain, following = float(self.sequence["factor"].iloc[0]), self.sequence.iloc[1]
            lines.append(f"Elevating gains up to a factor of {number(gain)}; then {following['departments']} binds.")
        return "\n".join([*lines, *self.shortfalls()])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Utilization of every department, with the line that none may reach.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.bars import bars

        shown = self.capacity["utilization"].dropna().sort_values()
        return bars(
            list(shown.index),
            shown.to_numpy(),
            ax=ax,
            xlabel="utilization",
            title=f"Capacity: {self.name}",
            reference=1.0,
        )


def bottlenecks(chain: Chain, *, target: float = 0.85) -> Bottlenecks:
    """Which departments limit the chain, in what order, and why they are loaded.

    Parameters
    ----------
    chain : Chain
    target : float
        Utilization above which a department's load is explained in ``cause``, in (0, 1].

    Returns
    -------
    Bottlenecks
        Overloaded departments do not raise: utilization and limits stay meaningful. ``raise_if_unstable`` does.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    ValueError
        When ``target`` is not in (0, 1].

    Notes
    -----
    utilization = work x effective time / servers, effective time = cycle time / availability; the greatest number of
    starts is
    the least of servers / (work per start x effective time), exact because work is linear in starts (theory section
    7.1). The cause is
    the largest term of ln utilization = ln base + ln 1/availability + ln rework inflation.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Rework loop",
    ...     suppliers=[qc.Supplier("Stock", rate=0.5)],
    ...     departments=[qc.Department("Make", cycle_time=1)],
    ...     customers=[qc.Customer("Shop")],
    ...     handoffs=[qc.Handoff("Stock", "Make", defect_rate=0),
    ...               qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(0.75))],
    ... )
    >>> b = bottlenecks(chain)
    >>> round(b.max_starts, 6), b.tied
    (0.85, ('Make',))
    """
    if not 0 < target <= 1:
        raise ValueError(f"target must be greater than 0 and at most 1, got {target}")
    compiled = compile_chain(chain)
    solution = compiled.solve()
    missing: dict[str, str] = {}
    table = _capacity(compiled, solution, target, missing)
    limits = table["max_starts"].dropna()
    limits = limits[np.isfinite(limits)]
    least = float(limits.min()) if len(limits) else math.inf
    tied = tuple(limits.index[limits <= least * (1 + TIE)]) if len(limits) else ()
    if not tied:
        missing["max_starts"] = "no department has both work and a cycle time above 0"
    return Bottlenecks(
        capacity=table,
        max_starts=least,
        start_rate=compiled.start_rate,
        tied=tied,
        sequence=_sequence(limits),
        target=target,
        name=chain.name,
        exact=True,
        method="loads from the exact flow and request equations, linear in starts",
        assumptions=tuple(_assumptions(compiled)),
        missing=missing,
    )


def _capacity(compiled: Compiled, solution: Solution, target: float, missing: dict[str, str]) -> pd.DataFrame:
    chain, offset = compiled.chain, len(compiled.chain.suppliers)
    base = compiled.solve(compiled.network.perfect())
    delivered, perfect = solution.absorbed[:-2].sum(), base.absorbed[:-2].sum()
    rows = []
    for i, department in enumerate(chain.departments):
        per_start = float(solution.work[offset + i])
        work, time_per_unit, utilization, limit, cause = (
            per_start * compiled.start_rate,
            math.nan,
            math.nan,
            math.nan,
            "",
        )
        if department.cycle_time is None:
            for column in ("time_per_unit", "utilization", "max_starts"):
                missing[f"capacity/{department.name}/{column}"] = NO_TIME
        else:
            time = moments(department.cycle_time, chain.time_unit)[0]
            time_per_unit = time / department.availability
            utilization = work * time_per_unit / department.servers
            limit = math.inf
            if per_start * time_per_unit > 0:
                limit = department.servers / (per_start * time_per_unit)
            else:
                missing[f"capacity/{department.name}/max_starts"] = NO_WORK if per_start == 0 else NO_LIMIT
            if utilization > target and base.work[offset + i] > 0:
                needed = compiled.start_rate * delivered * float(base.work[offset + i] / perfect)
                cause = _cause(needed * time / department.servers, department.availability, utilization, target)
        rows.append((work, department.servers, time_per_unit, utilization, limit, cause))
    columns = ["work", "servers", "time_per_unit", "utilization", "max_starts", "cause"]
    table = pd.DataFrame(rows, columns=columns, index=pd.Index([d.name for d in chain.departments], name="department"))
    # a chain without departments has an empty table, whose columns are still numbers
    return table.astype(dict.fromkeys(("work", "time_per_unit", "utilization", "max_starts"), float))


def _cause(least_load: float, availability: float, utilization: float, target: float) -> str:
    """Why a department is above the target: demand alone, or the larger of breakdowns and rework."""
    if least_load > target:
        return "too much demand"
    down = -math.log(availability)
    rework = math.log(utilization) - math.log(least_load) - down
    return (
        "inability to serve: breakdowns and absence"
        if down >= rework
        else "inability to serve: rework and repeated requests"
    )


def _sequence(limits: pd.Series[float]) -> pd.DataFrame:
    """The bottlenecks one after the other: each step elevates all departments that bind there."""
    steps: list[dict[str, object]] = []
    remaining = limits.sort_values(kind="stable")
    while len(remaining):
        least = float(remaining.iloc[0])
        binding = remaining[remaining <= least * (1 + TIE)]
        remaining = remaining[len(binding) :]
        factor = float(remaining.iloc[0]) / least if len(remaining) else math.inf
        steps.append({"departments": ", ".join(map(str, binding.index)), "max_starts": least, "factor": factor})
    return pd.DataFrame(
        steps,
        columns=["departments", "max_starts", "factor"],
        index=pd.RangeIndex(1, len(steps) + 1, name="step"),
    )


def _assumptions(compiled: Compiled) -> list[str]:
    chain = compiled.chain
    said = ["Starts grow in their present proportions; work grows in step with them."]
    if compiled.rate_assumed:
        said.append(f"The only supplier of units gives no rate: 1 unit per {chain.time_unit} is assumed.")
    without = [d.name for d in chain.departments if d.cycle_time is None]
    if without:
        listed = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
        said.append(
            f"No cycle time is given for {len(without)} departments ({listed}): they are taken not to limit the chain."
        )
    return said
