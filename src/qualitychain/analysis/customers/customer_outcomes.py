"""What external customers get in a period, in units and in money, and what of it may be lost.

Formulas: Cost of quality.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.money.prices import prices_of
from qualitychain.analysis.money.revenue import churn, revenue_at_risk
from qualitychain.analysis.time.kept_promises import Kept
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.records.nodes import Customer

SUMMED = (
    "volume",
    "defects_per_period",
    "refused_per_period",
    "late_per_period",
    "satisfied_per_period",
    "dissatisfied_per_period",
    "customers_lost",
    "revenue",
    "revenue_at_risk",
    "cost_of_late",
    "cost_of_bad",
)
"""Columns that are sums over customers."""


def outcome_columns(
    compiled: Compiled, solution: Solution, kept: Kept, accepted: Floats, missing: dict[str, str]
) -> pd.DataFrame:
    """The columns of what each customer gets and may lose, index as the chain's customers; reasons into ``missing``.

    Parameters
    ----------
    compiled : Compiled
    solution : Solution
    kept : Kept
        How promises are kept.
    accepted : array, shape (K,)
        Nonconforming share of what each customer keeps.
    missing : dict
        Gets why a figure does not exist.
    """
    refused, bad_cost = _met_when_incoming(compiled, solution)
    rows = []
    for k, c in enumerate(compiled.chain.customers):
        volume = math.nan if c.volume is None else c.volume
        satisfied = float(kept.satisfied[k])
        dissatisfied = 1.0 - satisfied
        lost = churn(c, dissatisfied)
        late = 1.0 - float(kept.on_time[k])
        value, late_cost = (math.nan if price is None else price for price in (c.value, c.late_cost))
        row: dict[str, Any] = {
            "refused_per_period": volume * float(refused[k]),
            "on_time": float(kept.on_time[k]),
            "late_per_period": volume * late,
            "satisfied": satisfied,
            "judged_on": kept.judged[k],
            "satisfied_per_period": volume * satisfied,
            "dissatisfied_per_period": volume * dissatisfied,
            "churn": lost,
            "retention": 1.0 - lost,
            "customers_lost": volume / c.deliveries_per_customer * lost,
            "revenue": volume * value,
            "revenue_at_risk": revenue_at_risk(c, dissatisfied),
            "cost_of_late": volume * late * late_cost,
            "cost_of_bad": volume * float(bad_cost[k]),
            "nps": math.nan,
        }
        if c.nps is not None:
            row["nps"] = 100.0 * (satisfied * c.nps.satisfied + dissatisfied * c.nps.dissatisfied)
        unpriced = bool(np.isnan(bad_cost[k]))
        _reasons(c, kept.reasons.get(c.name, ""), row, (bool(np.isnan(accepted[k])), unpriced), missing)
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index([c.name for c in compiled.chain.customers], name="customer"))


def _met_when_incoming(compiled: Compiled, solution: Solution) -> tuple[Floats, Floats]:
    """Nonconforming units refused or put right at each customer's door, and the cost of all it met, per delivery."""
    network, counted = compiled.network, solution.tally
    column = network.absorbing[network.flow.receiver]
    incoming, count = column >= 0, len(network.customers)
    price = prices_of(compiled).presented_bad
    bad = counted.presented_bad[incoming]
    # a handoff that nothing bad comes through needs no price
    cost = np.where(bad > 0, bad * price[incoming], 0.0)
    refused = np.where(network.flow.by_giver[incoming], 0.0, bad - counted.accepted_bad[incoming])
    refused[np.abs(refused) <= 1e-14 * bad] = 0.0
    delivered = solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)

    def per_delivery(amount: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.bincount(column[incoming], weights=amount, minlength=count) / delivered
        return np.where(delivered > 0, share, np.nan)

    return per_delivery(refused), per_delivery(cost)


def _reasons(
    c: Customer, untimed: str, row: Mapping[str, Any], lacking: tuple[bool, bool], missing: dict[str, str]
) -> None:
    """Why figures of one customer do not exist: the field that would give them."""
    nothing, unpriced = lacking
    no_volume = "no volume is given" if c.volume is None else ""
    no_churn = "no churn_if_dissatisfied is given" if c.churn_if_dissatisfied is None else ""
    no_value = "no value is given" if c.value is None else ""
    unjudged = untimed if math.isnan(row["satisfied"]) else ""
    causes = {
        "refused_per_period": (untimed if nothing else "", no_volume),
        "on_time": (untimed,),
        "late_per_period": (untimed, no_volume),
        "satisfied": (unjudged,),
        "satisfied_per_period": (unjudged, no_volume),
        "dissatisfied_per_period": (unjudged, no_volume),
        "churn": (unjudged, no_churn),
        "retention": (unjudged, no_churn),
        "customers_lost": (unjudged, no_churn, no_volume),
        "revenue": (no_volume, no_value),
        "revenue_at_risk": (unjudged, no_volume, no_value, no_churn),
        "cost_of_late": (untimed, no_volume, "no late_cost is given" if c.late_cost is None else ""),
        "cost_of_bad": (
            untimed if nothing else "",
            no_volume,
            "no external_failure_cost is given, neither here nor at every handoff to it" if unpriced else "",
        ),
        "nps": (unjudged, "no nps is given" if c.nps is None else ""),
    }
    for column, why in causes.items():
        if math.isnan(row[column]):
            missing[f"customers/{c.name}/{column}"] = "; ".join(w for w in why if w)


def segment_table(customers: pd.DataFrame, missing: dict[str, str]) -> pd.DataFrame:
    """Sums over the customers of each segment, and the shares that follow from them; index ``segment``."""
    named = customers.assign(segment=customers["segment"].fillna("none given"))
    parts = []
    for segment, mine in named.groupby("segment", sort=False):
        sums = {c: float(mine[c].sum(skipna=False)) for c in SUMMED}
        parts.append({"segment": segment, "customers": len(mine), **sums})
        for column, value in sums.items():
            if math.isnan(value):
                lacking = mine.index[mine[column].isna()]
                missing[f"segments/{segment}/{column}"] = f"customer '{lacking[0]}' has none"
    table = pd.DataFrame(parts).set_index("segment")
    for share, part, whole in (
        ("defect_share", "defects_per_period", "volume"),
        ("satisfied_share", "satisfied_per_period", "volume"),
        ("revenue_at_risk_share", "revenue_at_risk", "revenue"),
    ):
        table[share] = table[part] / table[whole].where(table[whole] > 0)
    return table
