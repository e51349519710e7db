"""What does it cost that not everything is right the first time? Counted from the flow, each defect booked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result, answered, plain
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.cost_breakdown import (
    breakdown_of,
    category_table,
    defect_balance_of,
    late_lines,
    people_table,
    table_by,
)
from qualitychain.analysis.money.cost_by_stage import INSIDE, stage_table
from qualitychain.analysis.money.cost_lines import LineKey, lines_of, where_lacking
from qualitychain.analysis.money.prices import Period, Prices, period_of, prices_of
from qualitychain.analysis.money.specs import COST_OF_QUALITY, PEOPLE, PLACES
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why, because
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COUNTED = (
    "Repair, rework and scrap costs are costs besides working time; work on what is redone or scrapped is capacity.",
    "External failure counts each nonconforming unit presented to an external customer, kept or refused.",
    "A customer's incoming inspection, and mending or redoing what it refuses, have prices of their own.",
    "A handoff's external_failure_cost goes before that of its customer; the two are not added.",
    "Capacity is work beyond that of a faultless chain for as many delivered units: the hidden factory.",
    "A server's time for a unit is its cycle time divided by its availability.",
)


@dataclass(frozen=True, kw_only=True)
class CostOfQuality(Result):
    """The cost of quality of a chain.

    Attributes
    ----------
    categories : DataFrame, index ``category``
        ``prevention``, ``appraisal``, ``internal_failure``, ``external_failure``, ``capacity`` (the hidden factory) and
        their ``total``: ``per_time`` (per time unit of the chain), ``per_period``, ``per_delivered`` (per delivered
        unit) and ``share`` of the total. A category of which no figure is given is NaN; ``missing`` says which
        figures the total lacks.
    lines : DataFrame
        The cost breakdown: ``category``, ``kind``, ``department`` (where it is spent), ``handoff``, ``customer``,
        ``count`` (per started unit), ``price``, and the cost ``per_time``, ``per_period``, ``per_delivered``.
    departments, handoffs, customers : DataFrame
        The lines that have such a place, by category, and their ``total``, money ``per``; and ``per_delivered``, the
        total per delivered unit. What has no such place is in ``lines`` only: prevention has none, late deliveries
        have only their customer, and the hidden factory only its department.
    by_stage : DataFrame
        What one defect costs by the ``stage`` (handoff) at which it is found: how it is ``found`` ("inspection",
        "customer's incoming inspection", or never: "kept by the customer"), ``steps`` (mean number of handoffs until
        there), ``found_per_unit`` (per started unit), ``direct`` (repair, scrap, external failure), ``consequences``
        (work, inspections and failures that follow, less those of a conforming unit in its place), ``cost`` (both) and
        ``times_first`` (multiple of the cost at the first stage, the cheapest of those equally early).
    people : DataFrame, index ``name``
        Figures of the user about people: ``cost`` per period and ``source``. They are in no total.
    defect_balance : Series
        Defects ``made``, ``cleared``, ``escaped`` and ``scrapped``, per started unit: made is the sum of the others.
    total : float
        Cost of quality, money ``per``.
    per : str
        What ``total`` and the tables by place are per: the period where it is known, else the time unit.
    in_periods : bool
        Whether that is the period.
    """

    categories: pd.DataFrame
    lines: pd.DataFrame
    departments: pd.DataFrame
    handoffs: pd.DataFrame
    customers: pd.DataFrame
    people: pd.DataFrame
    defect_balance: pd.Series[float]
    total: float
    per: str
    in_periods: bool
    name: str = field(default="", repr=False)
    compiled: Compiled = field(repr=False, compare=False)
    prices: Prices = field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (*COST_OF_QUALITY.tables, *PLACES, PEOPLE)

    @property
    def lacking(self) -> dict[LineKey, Why]:
        """What the total lacks: lines that count something but have no price, and why."""
        return {place.row: why for place, why in self.missing.items() if isinstance(place.row, LineKey)}

    @answered
    def places(self) -> pd.DataFrame:
        """The costs by department, handoff and customer, one below the other."""
        import pandas as pd

        kinds = {"department": self.departments, "handoff": self.handoffs, "customer": self.customers}
        parts = [table.rename_axis("place").reset_index().assign(kind=kind) for kind, table in kinds.items()]
        together = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        return together[["kind", "place", *(c for c in together.columns if c not in ("kind", "place"))]]

    @answered
    def by_stage(self) -> pd.DataFrame:
        """Cost of one defect by the stage at which it is found; see the class."""
        return stage_table(self.compiled, self.prices)

    def summary(self) -> str:
        """The cost of each category, the most costly places, and what the total lacks."""
        column = "per_period" if self.in_periods else "per_time"
        lines = [f"{self.name}: cost of quality {number(self.total)} per {self.per}"]
        for category, row in self.categories.drop(index="total").iterrows():
            said = f"{number(row[column])} ({percent(row['share'])})"
            if math.isnan(row[column]):
                why = self.reason_for("categories", category, column)
                said = str(why) if because(why, Reason.UNKNOWN_RATE) else "no figure"
            lines.append(f"  {str(category).replace('_', ' ')}: {said}")
        for title, table in (("department", self.departments), ("handoff", self.handoffs)):
            dear = table["total"][table["total"] > 0].nlargest(3)
            if len(dear):
                named = ", ".join(f"{place} {number(cost)}" for place, cost in dear.items())
                lines.append(f"  by {title}: {named}")
        lacking = list(self.lacking.values())
        if lacking:
            more = f" (and {len(lacking) - 3} more)" if len(lacking) > 3 else ""
            lines.append(f"  not in the total: {'; '.join(lacking[:3])}{more}")
        lines.extend(
            f"  not included: {name} {number(row['cost'])} per {self.units.period} (source: {row['source']})"
            for name, row in self.people.iterrows()
        )
        return "\n".join(lines)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The curve: cost of one defect by the stage at which it is found.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.stage_curve import stage_curve

        table = self.by_stage
        return stage_curve(
            [s if f == INSIDE else f"{s} ({f})" for s, f in zip(table["stage"], table["found"], strict=True)],
            table["steps"].to_numpy(),
            table["cost"].to_numpy(),
            table["found_per_unit"].to_numpy(),
            late=(table["found"] != INSIDE).to_numpy(),
            ax=ax,
            title=f"Cost of one defect by where it is found: {self.name}",
        )

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data, with the curve."""
        return {**super().to_dict(), "by_stage": plain(self.by_stage)}


def cost_of_quality(
    chain: Chain,
    *,
    people: Mapping[str, Mapping[str, Any]] | None = None,
    lead_times: bool = True,
) -> CostOfQuality:
    """Prevention, appraisal, internal and external failure, and the capacity of the hidden factory.

    Parameters
    ----------
    chain : Chain
        Only figures that it gives count; each that is lacking, where it would count, is named in ``missing``.
    people : mapping of name to {"cost": number, "source": text}, optional
        The user's own figures of what follows for people, per period (disengagement, turnover). They are reported
        beside the cost of quality, with their source, and never added to it.
    lead_times : bool
        Whether to work out lead times, where a customer with a promise gives a late_cost.

    Returns
    -------
    CostOfQuality

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    ValueError
        When ``people`` is not a mapping of names to a cost of 0 or more and its source.

    Notes
    -----
    Every line is a count of the flow times a price of the model (formulas: What is reported and Cost of quality). Money
    per period: the flow is scaled so that all customers with a volume together get their volumes; without volumes a
    period that is a length of time ("2 w", "week") is that long at the given start rate. The cost of a defect by stage
    is the worth of a step with it less the worth of the step without, from the transposed flow equations.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Make and test",
    ...     suppliers=[qc.Supplier("Stock", rate=10)],
    ...     departments=[qc.Department("Make", work_cost=2)],
    ...     customers=[qc.Customer("Shop", external_failure_cost=100)],
    ...     handoffs=[
    ...         qc.Handoff("Stock", "Make", defect_rate=0),
    ...         qc.Handoff("Make", "Shop", defect_rate=0.1,
    ...                    inspection=qc.Inspection(0.5, by="supplier", cost=1, repair_cost=4, on_reject="repair")),
    ...     ],
    ... )
    >>> c = cost_of_quality(chain)
    >>> c.categories["per_time"].round(6).tolist(), c.per
    ([0.0, 10.0, 2.0, 50.0, 0.0, 62.0], 'hour')
    >>> c.by_stage[["found", "cost"]].round(6).values.tolist()
    [['inspection', 4.0], ['kept by the customer', 100.0]]
    """
    study = Study(chain)
    figures = people_table(people)
    return study.worked_out(lambda of: replace(of.ask(cost_of_quality_of, lead_times=lead_times), people=figures))


def cost_of_quality_of(study: Study, *, lead_times: bool = True) -> CostOfQuality:
    """The cost of quality of a study's chain; without ``lead_times`` what is late has no cost."""
    chain, compiled, solution, perfect = study.chain, study.compiled, study.solution, study.perfect
    prices = prices_of(compiled)
    delivered = solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
    missing: dict[Place, Why] = {}
    late, remarks = late_lines(study, missing, lead_times=lead_times)
    lines = [*lines_of(compiled, solution, perfect, prices), *late]
    period = period_of(compiled, delivered)
    breakdown = breakdown_of(chain, lines, period, compiled.release_rate, float(delivered.sum()))
    for line in lines:
        if math.isnan(line.price):
            missing[Place("lines", line.key)] = where_lacking(line)
    categories = category_table(breakdown, lines, missing, period)
    column, per = ("per_period", chain.period or "period") if period.known else ("per_time", chain.clock.unit)
    return CostOfQuality(
        categories=categories,
        lines=breakdown,
        departments=table_by(breakdown, "department", column),
        handoffs=table_by(breakdown, "handoff", column),
        customers=table_by(breakdown, "customer", column),
        people=people_table(None),
        defect_balance=defect_balance_of(solution),
        total=float(categories[column]["total"]),
        per=per,
        in_periods=period.known,
        name=chain.name,
        compiled=compiled,
        prices=prices,
        exact=not any(line.kind == "late" for line in lines),
        method="counts of the flow times the prices of the model; the curve from one transposed solution",
        assumptions=(*_assumptions(compiled, period), *remarks),
        missing=missing,
        units=replace(study.units, cost=per),
    )


def _assumptions(compiled: Compiled, period: Period) -> list[str]:
    said = list(COUNTED)
    if period.known:
        said.append(period.how)
    if period.remark:
        said.append(period.remark)
    if compiled.rate_assumed:
        said.append(f"The only supplier of units gives no rate: 1 unit per {compiled.chain.clock.unit} is assumed.")
    if compiled.network.keys:
        said.append(
            "In the cost by stage, what a common cause draws counts in no stage: it is drawn once a case, and whether "
            "it was drawn before is not known at a stage."
        )
    return said


__all__ = ["CostOfQuality", "cost_of_quality", "cost_of_quality_of"]
