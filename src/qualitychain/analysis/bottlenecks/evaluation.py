"""A chain, as it is or changed, looked at from all sides at once: capacity, lead time, quality, cost.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.load.capacity import Capacity, capacity_list
from qualitychain.analysis.load.overload import loads
from qualitychain.analysis.money.revenue import revenue_at_risk, running_cost
from qualitychain.analysis.quality.quality import customer_table
from qualitychain.analysis.time.kept_promises import kept_promises
from qualitychain.analysis.time.reasons import NO_TIMES
from qualitychain.errors import AnalysisError, ChainWarning
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.change import what_if

if TYPE_CHECKING:
    from qualitychain.analysis.time.lead_times import LeadTimes


@dataclass(frozen=True)
class Evaluation:
    """What a chain does.

    Attributes
    ----------
    capacity : Capacity
    customers : DataFrame, index ``customer``
        ``delivered`` (per started unit), ``defect_rate``, ``conforming`` (share of what is kept), ``lead_time`` (mean),
        ``on_time``, ``satisfied`` (both 0 where the lead time grows without limit; who was promised nothing is
        satisfied by what conforms, and so is everybody where no working time at all is given; NaN where a promise
        cannot be judged), ``revenue_at_risk`` (per period, of those not satisfied).
    running_cost : float
        Servers and work, per time unit; NaN where no cost is given.
    reasons : mapping
        Why a figure of ``customers`` does not exist, by (customer, column).
    """

    chain: Chain
    target: float
    capacity: Capacity
    customers: pd.DataFrame
    running_cost: float
    reasons: Mapping[tuple[str, str], str]
    times: LeadTimes | None = field(default=None, repr=False, compare=False)

    @property
    def lead_time(self) -> float:
        """Mean lead time of all deliveries; NaN where that of a customer is not known."""
        return self.over_deliveries("lead_time")

    @property
    def satisfied(self) -> float:
        """Share of all deliveries that satisfy; NaN where a promise to one of their customers cannot be judged."""
        return self.over_deliveries("satisfied")

    @property
    def ranking(self) -> float:
        """``satisfied``, with conforming deliveries counted where a promise cannot be judged: only to rank by."""
        shown = self.customers["satisfied"].fillna(self.customers["conforming"])
        return float(np.average(shown, weights=self._weights)) if self._weights.sum() else math.nan

    @property
    def _weights(self) -> pd.Series[float]:
        return self.customers["delivered"]

    def over_deliveries(self, column: str) -> float:
        """Mean of a column over all deliveries of the customers that get any."""
        mine = self.customers[self._weights > 0]
        if mine.empty:
            return math.nan
        return float((mine[column] * mine["delivered"]).sum(skipna=False) / mine["delivered"].sum())

    def reason(self, column: str) -> str:
        """Why a figure over all deliveries does not exist: the first reason of a customer."""
        return next((why for (_, c), why in self.reasons.items() if c == column), "")


def evaluate(chain: Chain, target: float, *, timed: bool = True) -> Evaluation:
    """Everything about one chain; ``timed`` False leaves out lead times, which cost most.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    """
    compiled = compile_chain(chain)
    solution, perfect = compiled.solve(), compiled.solve(compiled.network.perfect())
    of = loads(compiled, solution, perfect)
    quality = customer_table(compiled, solution, shift=0.0, missing={})
    customers = quality[["delivered", "defect_rate"]].copy()
    customers["conforming"] = 1.0 - quality["accepted_defect_rate"]
    for column in ("lead_time", "on_time", "satisfied"):
        customers[column] = np.nan
    reasons: dict[tuple[str, str], str] = {}
    times = _with_times(chain, customers, reasons) if timed else None
    kept = kept_promises(chain, customers["conforming"].to_numpy(), False if times is None else times)
    customers["satisfied"] = kept.satisfied
    customers.loc[list(kept.endless), "on_time"] = 0.0
    for name in customers.index:
        for column in ("on_time", "satisfied"):
            if math.isnan(float(customers.loc[name, column])):
                reasons.setdefault((str(name), column), kept.reasons.get(str(name), ""))
            else:
                reasons.pop((str(name), column), None)
    customers["revenue_at_risk"] = [
        revenue_at_risk(customer, 1.0 - float(share))
        for customer, share in zip(chain.customers, kept.satisfied, strict=True)
    ]
    capacity, cost = capacity_list(of, target), running_cost(chain, of.work)
    return Evaluation(chain, target, capacity, customers, cost, reasons, times)


def _with_times(chain: Chain, customers: pd.DataFrame, reasons: dict[tuple[str, str], str]) -> LeadTimes | None:
    from qualitychain.analysis.time.lead_times import lead_times

    columns = ["lead_time", "on_time", "satisfied"]
    if all(d.cycle_time is None for d in chain.departments) and chain.departments:
        reasons.update(((str(name), c), NO_TIMES) for name in customers.index for c in columns)
        return None
    try:
        times = lead_times(chain, overloaded="report")
    except AnalysisError as error:
        reasons.update(((str(name), c), str(error)) for name in customers.index for c in columns)
        return None
    customers[columns] = times.customers[columns]
    for name in customers.index:
        for column in columns:
            if math.isnan(float(customers.loc[name, column])):
                why = times.reason_for("customers", name, column)
                reasons[str(name), column] = why or "it has no value"
    return times


def changed(chain: Chain, changes: Mapping[str, Mapping[str, Any]] | None = None, **kwargs: Any) -> Chain:
    """``what_if`` without warnings: what a trial chain warns of was said of the chain itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChainWarning)
        return what_if(chain, changes, **kwargs)
