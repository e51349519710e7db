"""What dissatisfied deliveries put at risk, and what a chain costs to run (formulas: Cost of quality)."""

from __future__ import annotations

import math

from qualitychain.engine.network.network import Floats
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.nodes import Customer
from qualitychain.vocabulary.reason import Reason, Why

NO_REVENUE = Why(Reason.NOT_GIVEN, "volume, value or churn_if_dissatisfied is not given")
NO_COST = Why(Reason.NO_COST, "no cost_per_time or work_cost is given")


def churn(customer: Customer, dissatisfied: float) -> float:
    """Share of its customers that leave in a period: 1 - (1 - dissatisfied * churn_if_dissatisfied)^deliveries.

    NaN where churn_if_dissatisfied is not given.

    Examples
    --------
    >>> round(churn(Customer("Retail", churn_if_dissatisfied=0.1, deliveries_per_customer=2), 0.2), 6)
    0.0396
    """
    leaves = customer.churn_if_dissatisfied
    if leaves is None or math.isnan(dissatisfied):
        return math.nan
    chance = min(max(dissatisfied, 0.0), 1.0) * leaves
    return 1.0 if chance == 1 else -math.expm1(customer.deliveries_per_customer * math.log1p(-chance))


def revenue_at_risk(customer: Customer, dissatisfied: float) -> float:
    """Revenue per period that may leave with its customers: volume * value * churn, NaN where one is not given.

    churn = 1 - (1 - dissatisfied * churn_if_dissatisfied)^deliveries_per_customer.

    Examples
    --------
    >>> retail = Customer("Retail", volume=1000, value=50, churn_if_dissatisfied=0.1, deliveries_per_customer=2)
    >>> round(revenue_at_risk(retail, 0.2), 6)
    1980.0
    """
    if customer.volume is None or customer.value is None:
        return math.nan
    return customer.volume * customer.value * churn(customer, dissatisfied)


def revenue_slope(customer: Customer, dissatisfied: float) -> float:
    """Revenue at risk per dissatisfied delivery more: value * m * c * (1 - (1 - S) c)^(m - 1).

    Infinite where everybody leaves who is served less than once a period; NaN where a figure is not given.

    Examples
    --------
    >>> retail = Customer("Retail", volume=1000, value=50, churn_if_dissatisfied=0.1, deliveries_per_customer=2)
    >>> round(revenue_slope(retail, 0.2), 6)
    9.8
    """
    if customer.value is None or customer.churn_if_dissatisfied is None or math.isnan(dissatisfied):
        return math.nan
    m, stays = customer.deliveries_per_customer, 1.0 - min(max(dissatisfied, 0.0), 1.0) * customer.churn_if_dissatisfied
    if stays == 0:
        return math.inf if m < 1 else customer.value if m == 1 else 0.0
    return float(customer.value * m * customer.churn_if_dissatisfied * stays ** (m - 1.0))


def running_cost(chain: Chain, work: Floats) -> float:
    """Cost per time unit of the servers and of the work of all departments; NaN where none is given.

    Parameters
    ----------
    chain : Chain
    work : array, shape (departments,)
        Work units of each department per time unit.
    """
    costs = [
        (d.cost_per_time or 0.0) * d.servers + (d.work_cost or 0.0) * float(done)
        for d, done in zip(chain.departments, work, strict=True)
        if d.cost_per_time is not None or d.work_cost is not None
    ]
    return math.fsum(costs) if costs else math.nan
