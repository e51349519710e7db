"""A chain, as it is or changed, looked at from all sides at once: capacity, lead time, quality, cost.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.load.capacity import Capacity, capacity_list
from qualitychain.analysis.load.overload import loads_of
from qualitychain.analysis.money.revenue import revenue_at_risk, running_cost
from qualitychain.analysis.quality.quality import customer_table
from qualitychain.analysis.time.deliveries import Deliveries, deliveries_of
from qualitychain.analysis.time.kept_promises import kept_promises
from qualitychain.analysis.time.reasons import NO_PROMISE, NO_TIMES, NOT_ASKED
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.nodes import Customer
from qualitychain.vocabulary.reason import Reason, Why

if TYPE_CHECKING:
    import pandas as pd

_TIMED = ("lead_time", "on_time", "satisfied")


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
    capacity: Capacity
    customers: pd.DataFrame
    running_cost: float
    reasons: Mapping[tuple[str, str], Why]
    times: Deliveries | None = field(default=None, repr=False, compare=False)

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

    def reason(self, column: str) -> Why | None:
        """Why a figure over all deliveries does not exist: the first reason of a customer."""
        return next((why for (_, c), why in self.reasons.items() if c == column), None)


def evaluation_of(study: Study) -> Evaluation:
    """Everything about one chain; what lead times would say has a reason where there are none.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    """
    chain, of = study.chain, study.ask(loads_of)
    quality = customer_table(study.compiled, study.solution, shift=0.0, missing={})
    customers = quality[["delivered", "defect_rate"]].copy()
    customers["conforming"] = 1.0 - quality["accepted_defect_rate"]
    for column in _TIMED:
        customers[column] = np.nan
    reasons: dict[tuple[str, str], Why] = {}
    times = _with_times(study, customers, reasons)
    kept = kept_promises(chain, customers["conforming"].to_numpy(), NOT_ASKED if times is None else times)
    customers["satisfied"] = kept.satisfied
    customers.loc[list(kept.endless), "on_time"] = 0.0
    for name in customers.index:
        for column in ("on_time", "satisfied"):
            if not math.isnan(float(customers.loc[name, column])):
                reasons.pop((str(name), column), None)
            elif str(name) in kept.reasons:
                reasons.setdefault((str(name), column), kept.reasons[str(name)])
    customers["revenue_at_risk"] = [
        revenue_at_risk(customer, 1.0 - float(share))
        for customer, share in zip(chain.customers, kept.satisfied, strict=True)
    ]
    # nothing is read of the capacity list that depends on a target
    return Evaluation(chain, capacity_list(of, 1.0), customers, running_cost(chain, of.work), reasons, times)


def _with_times(study: Study, customers: pd.DataFrame, reasons: dict[tuple[str, str], Why]) -> Deliveries | None:
    departments = study.chain.departments
    if departments and all(d.cycle_time is None for d in departments):
        reasons.update(((str(name), c), NO_TIMES) for name in customers.index for c in _TIMED)
        return None
    try:
        times = study.ask(deliveries_of)
    except AnalysisError as error:
        why = Why(Reason.NO_SOLUTION, str(error))
        reasons.update(((str(name), c), why) for name in customers.index for c in _TIMED)
        return None
    figures = [_figures(customer, times, reasons) for customer in study.chain.customers]
    customers[list(_TIMED)] = np.array(figures).reshape(-1, len(_TIMED))
    return times


def _figures(customer: Customer, times: Deliveries, reasons: dict[tuple[str, str], Why]) -> tuple[float, float, float]:
    """Mean lead time, on time, satisfied; what does not exist is NaN and has a reason."""
    name, found = customer.name, times.found.get(customer.name)
    why = None if found is not None else times.reasons[name]
    on_time = satisfied = math.nan
    if found is not None and customer.promise is not None:
        try:
            on_time, satisfied = found.on_time, found.satisfied
        except AnalysisError as error:
            why = Why(Reason.NO_SOLUTION, str(error))
    figures = (math.nan if found is None else found.mean, on_time, satisfied)
    for column, figure in zip(_TIMED, figures, strict=True):
        if math.isnan(figure):
            unpromised = customer.promise is None and column != "lead_time"
            reasons[name, column] = NO_PROMISE if unpromised or why is None else why
    return figures


__all__ = ["Evaluation", "evaluation_of"]
