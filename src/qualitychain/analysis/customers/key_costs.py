"""From shares to units and money: what a step at a handoff costs one customer, and over all customers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.money.revenue import revenue_at_risk, revenue_slope
from qualitychain.engine.network.network import Floats
from qualitychain.model.records.nodes import Customer
from qualitychain.model.values.distribution_moments import in_units

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-8
"""A smaller change of a share is rounding."""
COLUMNS = {("defects", "units"): "dissatisfied_by_defects", ("defects", "money"): "cost_of_defects"}
COLUMNS |= {("time", "units"): "dissatisfied_by_time", ("time", "money"): "cost_of_time"}
SHARES = {"defects": "share_by_defects", "time": "share_by_time"}
"""Share of the deliveries to a customer that no longer satisfy: known also where no volume is given."""


def by_defects(c: Customer, now: dict[Any, Any], more_bad: Floats, more_failure: Floats) -> dict[str, Floats]:
    """Columns of a step of defects, from the rises of the nonconforming share and of the failure cost, (handoffs,).

    ``now`` is the customer's row of the table of customers.
    """
    volume, conforming = now["volume"], 1.0 - now["accepted_defect_rate"]
    in_time = now["satisfied"] / conforming if conforming > 0 else math.nan
    if now["judged_on"] == "conforming":
        in_time = 1.0
    # where nothing more is bad, nobody is displeased, however often conforming units are on time
    share = np.where(more_bad == 0, 0.0, in_time * more_bad)
    displeased = volume * share
    slope = revenue_slope(c, 1.0 - now["satisfied"])
    with np.errstate(invalid="ignore"):
        revenue = np.where(displeased == 0, slope if math.isnan(slope) else 0.0, slope * displeased)
    failure = volume * more_failure
    return {
        "share_by_defects": share,
        "nonconforming": volume * more_bad,
        "dissatisfied_by_defects": displeased,
        "revenue_by_defects": revenue,
        "failure_by_defects": failure,
        "cost_of_defects": _known_sum(revenue, failure),
    }


def _apart(before: float, after: Floats) -> Floats:
    """Fall of a share, 0 where only the rounding of a transform is left."""
    fall = before - after
    return np.where(np.abs(fall) <= ROUNDING, 0.0, fall)


def by_time(c: Customer, now: dict[Any, Any], on_time: Floats, satisfied: Floats) -> dict[str, Floats]:
    """Columns of a delay: the shares on time and satisfied with it, shape (handoffs,)."""
    volume = now["volume"]
    share = _apart(now["satisfied"], satisfied)
    late, displeased = volume * _apart(now["on_time"], on_time), volume * share
    before = revenue_at_risk(c, 1.0 - now["satisfied"])
    fallen = now["satisfied"] - share
    revenue = np.array([revenue_at_risk(c, 1.0 - s) for s in fallen]) - before
    late_cost = late * (math.nan if c.late_cost is None else c.late_cost)
    return {
        "share_by_time": share,
        "late": late,
        "dissatisfied_by_time": displeased,
        "revenue_by_time": revenue,
        "late_cost_by_time": late_cost,
        "cost_of_time": _known_sum(revenue, late_cost),
    }


def _known_sum(one: Floats, other: Floats) -> Floats:
    """The sum of what is known, NaN where nothing is."""
    return np.where(np.isnan(one) & np.isnan(other), np.nan, np.nan_to_num(one) + np.nan_to_num(other))


def ranked(compiled: Compiled, table: pd.DataFrame, delivered: Floats) -> pd.DataFrame:
    """The handoffs over all customers, by money where any is known, else by units, else by shares of deliveries.

    ``delivered`` weighs those shares: units that each customer keeps, shape (K,).
    """
    import pandas as pd

    chain = compiled.chain
    inside = {d.name for d in chain.departments}
    rows = {
        h.full_name: {
            "handoff_supplier": h.supplier,
            "handoff_customer": h.customer,
            "internal": h.supplier in inside and h.customer in inside,
            "sla_defect_rate": math.nan if h.sla is None or h.sla.defect_rate is None else h.sla.defect_rate,
            "sla_lead_time": math.nan
            if h.sla is None or h.sla.lead_time is None
            else in_units(h.sla.lead_time, chain.clock),
        }
        for h in chain.handoffs
    }
    handoffs = pd.DataFrame.from_dict(rows, orient="index").rename_axis("handoff")
    sums = list(COLUMNS.values())
    totals = table.groupby("handoff", sort=False)[sums].sum(min_count=1)
    handoffs = handoffs.join(totals)
    money = handoffs[["cost_of_defects", "cost_of_time"]].sum(axis=1, min_count=1)
    units = handoffs[["dissatisfied_by_defects", "dissatisfied_by_time"]].sum(axis=1, min_count=1)
    of = dict(zip([c.name for c in chain.customers], delivered, strict=True))
    per_start = table[list(SHARES.values())].sum(axis=1, min_count=1) * table["customer"].map(of)
    shares = per_start.groupby(table["handoff"], sort=False).sum(min_count=1).reindex(handoffs.index)
    weight = next((w for w in (money, units) if w.notna().any()), shares)
    tried = ("cost_of_defects", "dissatisfied_by_defects")
    most = next((c for c in tried if table[c].notna().any()), SHARES["defects"])
    affected = table.dropna(subset=[most])
    affected = affected[affected[most] > 0].sort_values(most, ascending=False, kind="stable")
    affected = affected.drop_duplicates("handoff").set_index("handoff")
    handoffs["most_affected_customer"] = affected["customer"].reindex(handoffs.index)
    handoffs = handoffs.iloc[np.argsort(-weight.fillna(-np.inf).to_numpy(), kind="stable")]
    return handoffs.assign(rank=np.arange(1, len(handoffs) + 1))
