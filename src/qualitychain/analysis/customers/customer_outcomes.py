"""What each external customer gets in a period, in units and in money, and what of it may be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.questions import rates_of
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.customers.outcome_columns import outcome_columns, segment_table
from qualitychain.analysis.customers.specs import CUSTOMER_OUTCOMES
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.kept_promises import kept_of
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd

NO_VOLUME = Why(Reason.NOT_GIVEN, "no volume is given")


@dataclass(frozen=True, kw_only=True)
class CustomerOutcomes(Result):
    """What external customers get and may lose.

    Attributes
    ----------
    customers : DataFrame, index ``customer``
        ``segment``, ``volume`` (deliveries per period), ``defect_rate``, ``accepted_defect_rate``,
        ``defects_per_period`` (volume times the accepted defect rate: nonconforming units it keeps),
        ``refused_per_period`` (incoming nonconforming units that it does not keep as such: sent back, discarded or put
        right there), ``on_time`` (share), ``late_per_period``, ``satisfied`` (share conforming and on time, jointly),
        ``judged_on`` ("conforming and on time", or "conforming" where nothing is promised or no working time is
        known), ``satisfied_per_period``, ``dissatisfied_per_period``, ``churn`` and ``retention`` (shares of its
        customers per period), ``customers_lost``, ``revenue``, ``revenue_at_risk``, ``cost_of_late``, ``cost_of_bad``
        (money per period) and ``nps`` (-100 to 100, from the figures given). NaN where a figure of the user is
        missing; ``missing`` names it.
    segments : DataFrame, index ``segment``
        Number of ``customers``, sums of what adds up, and ``defect_share``, ``satisfied_share`` (of deliveries) and
        ``revenue_at_risk_share``.
    remarks : tuple of str
        What is counted by convention.
    """

    customers: pd.DataFrame
    segments: pd.DataFrame
    remarks: tuple[str, ...] = field(default=(), repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = CUSTOMER_OUTCOMES.tables

    def summary(self) -> str:
        """For each customer its defects, what it gets in time, and what may be lost of it."""
        return "\n".join(line for name, row in self.customers.iterrows() for line in told(name, row, self.units.period))


def told(customer: object, row: pd.Series[Any], period: str) -> list[str]:
    """What a customer gets and what may be lost of it, in words."""
    lines = [f"{customer}: accepted defect rate {percent(row['accepted_defect_rate'])}"]
    if not np.isnan(row["defects_per_period"]):
        lines[0] += f", {number(row['defects_per_period'])} nonconforming units per {period}"
    if row["judged_on"]:
        late = "" if np.isnan(row["on_time"]) else f", {percent(row['on_time'])} on time"
        lines.append(f"  {percent(row['satisfied'])} satisfied ({row['judged_on']}){late}")
    if not np.isnan(row["revenue_at_risk"]):
        lost = f"churn {percent(row['churn'])} per {period}"
        lines.append(f"  {lost}; revenue at risk {number(row['revenue_at_risk'])} per {period}")
    if not np.isnan(row["nps"]):
        lines.append(f"  NPS {number(row['nps'])}, from the figures given")
    return lines


def customer_outcomes_of(
    study: Study, *, wanted: tuple[int, ...] | None = None, lead_times: bool = True
) -> CustomerOutcomes:
    """What the customers of a study's chain get.

    Parameters
    ----------
    study : Study
    wanted : tuple of int, optional
        Places of the customers in question; segments add up these alone. All by default.
    lead_times : bool
        Whether to work out lead times, where one of them has a promise and working times are given.
    """
    import pandas as pd

    customers = study.chain.customers
    some = range(len(customers)) if wanted is None else wanted
    found = {o: study.ask(rates_of, outcome=o) for o in ("defect_rate", "accepted_defect_rate")}
    accepted = found["accepted_defect_rate"]
    volume = np.array([np.nan if c.volume is None else c.volume for c in customers])
    missing: dict[Place, Why] = {}
    for c, rate in zip(customers, accepted, strict=True):
        if c.volume is None:
            missing |= {Place("customers", c.name, figure): NO_VOLUME for figure in ("volume", "defects_per_period")}
        if np.isnan(rate):
            nothing = ("defect_rate", "accepted_defect_rate", "defects_per_period")
            missing |= {Place("customers", c.name, figure): NOTHING_DELIVERED for figure in nothing}
    table = pd.DataFrame(
        {
            "segment": [c.segment for c in customers],
            "volume": volume,
            **found,
            "defects_per_period": volume * accepted,
        },
        index=pd.Index([c.name for c in customers], name="customer"),
    )
    kept = study.ask(kept_of, lead_times=lead_times and any(customers[k].promise is not None for k in some))
    table = table.join(outcome_columns(study, kept, accepted, missing)).iloc[list(some)]
    missing = of_customers(missing, study, some)
    remarks = tuple(kept.remark(c) for c in table.index if c in kept.endless)
    return CustomerOutcomes(
        customers=table,
        segments=segment_table(table, missing),
        remarks=remarks,
        exact=bool(table["on_time"].isna().all()),
        method="shares of the quality and the lead times, times the volumes and figures given",
        assumptions=(*_conventions(table), *remarks),
        missing=missing,
        units=study.units,
    )


def _conventions(table: pd.DataFrame) -> tuple[str, ...]:
    unjudged = "conforming" in set(table["judged_on"])
    return ("Where no promise can be judged, conforming deliveries satisfy.",) if unjudged else ()


def of_customers(missing: dict[Place, Why], study: Study, wanted: Sequence[int]) -> dict[Place, Why]:
    """The reasons of these customers only."""
    mine = {study.chain.customers[k].name for k in wanted}
    return {place: why for place, why in missing.items() if place.row in mine}


__all__ = ["CustomerOutcomes", "customer_outcomes_of", "told"]
