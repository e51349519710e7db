"""What would help an overloaded department? Remedies sized to a target and evaluated in full.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.evaluation import Evaluation, evaluation_of
from qualitychain.analysis.bottlenecks.remedy_sizes import Remedy, Sizer
from qualitychain.analysis.bottlenecks.specs import REMEDIES
from qualitychain.analysis.bottlenecks.splitting import Outside
from qualitychain.analysis.money.revenue import NO_COST
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

MOST_DEPARTMENTS = 10
"""Departments for which remedies are worked out unasked, the most loaded first."""
NO_PRICE = Why(Reason.NO_COST, "no cost of outsourced work is given")
LEFT_OUT = Why(
    Reason.LEFT_OUT,
    f"left out: remedies are worked out for the {MOST_DEPARTMENTS} most loaded departments; name others by "
    "remedies_for",
)
RANKING = (
    "Remedies are ranked: those that reach the target first, of these those that leave no department overloaded; then "
    "by the share of all deliveries that are conforming and on time (conforming, where nothing is promised or a "
    "promise cannot be judged; equal to four decimals counts as equal), by mean lead time (equal to three digits), by "
    "running cost."
)
COUNTED = (
    "Cost is that of servers and work per time unit; what reaching a shorter working time, a higher availability or "
    "fewer defects costs is not known."
)
_FIGURES = (
    "utilization", "max_release_rate", "lead_time", "on_time", "satisfied", "defect_rate", "cost", "cost_change",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Remedies(Result):
    """Remedies for departments above the target utilization, each evaluated on the chain that it makes.

    Attributes
    ----------
    table : DataFrame, index ``number`` (1 is the best by the ranking in ``assumptions``)
        ``department``, ``remedy`` (hire, offload, outsource, speed up, availability, fix quality), ``size`` (servers
        after; fraction moved; fraction moved; working time after; availability after; factor on defect rates),
        ``change`` in words, ``utilization`` of the department after, ``max_release_rate``, ``lead_time`` (mean
        of all deliveries), ``on_time`` (of the customer with the lowest), ``satisfied`` (of all deliveries),
        ``defect_rate`` (of the customer with the highest), ``cost`` (running cost per time unit: servers and work),
        ``cost_change``, ``next_bottleneck``, ``feasible``, ``reason``.
    customers : DataFrame
        For each ``number`` and ``customer``: ``lead_time``, ``on_time``, ``satisfied``, ``defect_rate``,
        ``conforming``, ``revenue_at_risk``.
    before : Series
        The same figures for the chain as it is.
    target : float
    left_out : tuple of str
        Departments above the target for which no remedies were worked out.
    """

    table: pd.DataFrame
    customers: pd.DataFrame
    before: pd.Series[Any]
    target: float
    left_out: tuple[str, ...] = ()
    chains: tuple[Chain | None, ...] = dataclasses.field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = REMEDIES.tables

    def chain(self, remedy: int) -> Chain:
        """The chain that a remedy makes.

        Raises
        ------
        ValueError
            When there is no such remedy, or it cannot reach the target.
        """
        if remedy not in self.table.index:
            raise ValueError(f"there is no remedy {remedy!r}; they are numbered 1 to {len(self.table)}")
        made = self.chains[remedy - 1]
        if made is None:
            row = self.table.loc[remedy]
            raise ValueError(f"remedy {remedy} ({row['remedy']} at '{row['department']}'): {row['reason']}")
        return made

    def summary(self) -> str:
        """The best remedies for each department in words."""
        if self.table.empty:
            return f"No department is used more than {percent(self.target)}: no remedy is needed."
        lines = []
        for department, mine in self.table.groupby("department", sort=False):
            lines.append(f"{department}:")
            for i, row in mine[mine["feasible"]].iterrows():
                after = (
                    f"lead time {number(row['lead_time'])} {self.units.time}"
                    if not math.isnan(row["lead_time"])
                    else ""
                )
                said = [f"utilization {percent(row['utilization'])}", after, f"then {row['next_bottleneck']} binds"]
                lines.append(f"  {i}. {row['remedy']}: {row['change']}; {', '.join(s for s in said if s)}")
            lines.extend(f"  not {r['remedy']}: {r['reason']}" for r in mine[~mine["feasible"]].to_dict("records"))
        return "\n".join(lines)


def remedies_of(
    study: Study,
    *,
    target: float = 0.85,
    outside: tuple[tuple[str, Outside], ...] = (),
    departments: tuple[str, ...] | None = None,
) -> Remedies:
    """Remedies for the departments above the target, or those named.

    Raises
    ------
    ValueError
        For a name that is not a department of the chain.
    """
    import pandas as pd

    now, sizer = study.ask(evaluation_of), Sizer(study, target, dict(outside))
    missing: dict[Place, Why] = {}
    cases: list[tuple[Remedy, Evaluation | None]] = []
    chosen, left_out = _chosen(study.chain, now, target, departments)
    for name in chosen:
        for remedy in sizer.remedies(name):
            after: Evaluation | None = None
            reached = remedy
            if remedy.chain is not None:
                try:
                    after = study.of(remedy.chain).ask(evaluation_of)
                except AnalysisError as error:
                    reached = dataclasses.replace(
                        remedy, chain=None, reason=f"the changed chain has no answer: {error}"
                    )
            cases.append((reached, after))
    cases.sort(key=_order)
    rows = [_row(remedy, after, now) for remedy, after in cases]
    columns = ["department", "remedy", "size", "change", *_FIGURES, "next_bottleneck", "feasible", "reason"]
    index = pd.RangeIndex(1, len(rows) + 1, name="number")
    table = pd.DataFrame(rows, columns=columns, index=index).astype(dict.fromkeys(("size", *_FIGURES), float))
    table["feasible"] = table["feasible"].astype(bool)
    _say_missing(cases, missing)
    return Remedies(
        table=table,
        customers=_by_customer(cases),
        before=pd.Series({c: _figures(now, None, now, now.running_cost)[c] for c in _FIGURES}),
        target=target,
        left_out=left_out,
        chains=tuple(remedy.chain for remedy, _ in cases),
        exact=False,
        method="each remedy sized on the exact loads, and the changed chain analysed anew",
        assumptions=tuple(_assumptions(study.compiled, cases)),
        missing=missing | {Place("table", name): LEFT_OUT for name in left_out},
        units=study.units,
    )


def _chosen(
    chain: Chain, now: Evaluation, target: float, departments: tuple[str, ...] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where remedies are looked for, and where they are left out."""
    names = [d.name for d in chain.departments]
    if departments is not None:
        for name in departments:
            if name not in names:
                raise ValueError(f"remedies_for: {name!r} is not a department{did_you_mean(name, names)}")
        return departments, ()
    used = now.capacity.table["utilization"]
    above = used[used > target * (1 + 1e-12)].sort_values(ascending=False, kind="stable")
    listed = tuple(map(str, above.index))
    return listed[:MOST_DEPARTMENTS], listed[MOST_DEPARTMENTS:]


def _order(case: tuple[Remedy, Evaluation | None]) -> tuple[float, ...]:
    remedy, after = case
    if after is None:
        return (1.0,)
    overloaded = bool((after.capacity.table["utilization"] >= 1).any())
    satisfied, time, cost = after.ranking, after.lead_time, _cost(remedy, after)
    return (
        0.0,
        float(overloaded),
        -round(satisfied, 4) if not math.isnan(satisfied) else 0.0,
        math.inf if math.isnan(time) else float(f"{time:.3g}"),
        math.inf if math.isnan(cost) else cost,
    )


def _row(remedy: Remedy, after: Evaluation | None, now: Evaluation) -> dict[str, Any]:
    said = {"department": remedy.department, "remedy": remedy.kind, "size": remedy.size, "change": remedy.change}
    figures = dict.fromkeys(_FIGURES, math.nan)
    if after is not None:
        figures = _figures(after, remedy.department, now, _cost(remedy, after))
    return {
        **said,
        **figures,
        "next_bottleneck": "" if after is None else ", ".join(after.capacity.tied),
        "feasible": after is not None,
        "reason": remedy.reason,
    }


def _cost(remedy: Remedy, after: Evaluation) -> float:
    """Running cost; not known where a supplier works at a price that is not."""
    return math.nan if remedy.unpriced else after.running_cost


def _figures(after: Evaluation, department: str | None, now: Evaluation, cost: float) -> dict[str, float]:
    used = after.capacity.table["utilization"]
    customers = after.customers
    return {
        "utilization": float(used.max() if department is None else used.loc[department]),
        "max_release_rate": after.capacity.max_release_rate,
        "lead_time": after.lead_time,
        "on_time": float(customers["on_time"].min()),
        "satisfied": after.over_deliveries("satisfied"),
        "defect_rate": float(customers["defect_rate"].max()),
        "cost": cost,
        "cost_change": cost - now.running_cost,
    }


def _by_customer(cases: list[tuple[Remedy, Evaluation | None]]) -> pd.DataFrame:
    import pandas as pd

    columns = ["lead_time", "on_time", "satisfied", "defect_rate", "conforming", "revenue_at_risk"]
    parts = []
    for i, (_, after) in enumerate(cases, start=1):
        if after is not None:
            part = after.customers[columns].reset_index()
            part.insert(0, "number", i)
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["number", "customer", *columns])


def _say_missing(cases: list[tuple[Remedy, Evaluation | None]], missing: dict[Place, Why]) -> None:
    for i, (remedy, after) in enumerate(cases, start=1):
        if after is None:
            continue
        figures = {"lead_time": after.lead_time, "on_time": float(after.customers["on_time"].min()),
                   "satisfied": after.over_deliveries("satisfied")}  # fmt: skip
        for column, value in figures.items():
            if math.isnan(value):
                missing[Place("table", i, column)] = after.reason(column) or NOTHING_DELIVERED
        if remedy.unpriced or math.isnan(after.running_cost):
            reason = NO_PRICE if remedy.unpriced else NO_COST
            missing.update((Place("table", i, column), reason) for column in ("cost", "cost_change"))


def _assumptions(compiled: Compiled, cases: list[tuple[Remedy, Evaluation | None]]) -> list[str]:
    said = [RANKING, COUNTED]
    kinds = {remedy.kind for remedy, after in cases if after is not None}
    if "offload" in kinds:
        said.append("A second team has the same times, inputs and defect rates as the department, and its own queue.")
    if "outsource" in kinds:
        said.append(
            "A supplier of outsourced work has as many hands as are needed: its work takes its lead_time, without a "
            "queue; without figures of its own it takes the department's working time and spoils as many units."
        )
    if compiled.keys and kinds & {"offload", "outsource"}:
        said.append("Where one draw per case serves all uses, work done elsewhere has draws of its own.")
    without = [
        d.name
        for d in compiled.chain.departments
        if d.cost_per_time is None and any(r.department == d.name and r.kind in ("hire", "offload") for r, _ in cases)
    ]
    if without:
        said.append(f"No cost_per_time is given for {', '.join(without)}: further servers there cost nothing here.")
    if "fix quality" in kinds:
        said.append("Fixing quality lowers all defect rates that can lead to work of the department by one factor.")
    return said
