"""The columns of what external customers get in a period, in units and in money (formulas: Cost of quality)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.analysis.base.questions import solution_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.prices import prices_of
from qualitychain.analysis.money.revenue import churn, revenue_at_risk
from qualitychain.analysis.time.kept_promises import Kept
from qualitychain.engine.network.network import Floats
from qualitychain.model.records.nodes import Customer
from qualitychain.vocabulary.reason import Place, Reason, Why, joined

if TYPE_CHECKING:
    import pandas as pd

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


def outcome_columns(study: Study, kept: Kept, accepted: Floats, missing: dict[Place, Why]) -> pd.DataFrame:
    """The columns of what each customer gets and may lose, index as the chain's customers; reasons into ``missing``.

    Parameters
    ----------
    study : Study
    kept : Kept
        How promises are kept.
    accepted : array, shape (K,)
        Nonconforming share of what each customer keeps.
    missing : dict
        Gets why a figure does not exist.
    """
    import pandas as pd

    customers, (refused, bad_cost) = study.chain.customers, _met_when_incoming(study)
    rows = []
    for k, c in enumerate(customers):
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
        _reasons(c, kept.reasons.get(c.name), row, (bool(np.isnan(accepted[k])), unpriced), missing)
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index([c.name for c in customers], name="customer"))


def _met_when_incoming(study: Study) -> tuple[Floats, Floats]:
    """Nonconforming units that each customer refuses or puts right, and the cost of all it meets, per delivery."""
    compiled, solution = study.compiled, study.ask(solution_of)
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
    c: Customer, untimed: Why | None, row: Mapping[str, Any], lacking: tuple[bool, bool], missing: dict[Place, Why]
) -> None:
    """Why figures of one customer do not exist: the field that would give them."""
    nothing, unpriced = lacking
    no_volume, no_churn, no_value, no_late_cost, no_nps = (
        Why(Reason.NOT_GIVEN, f"no {figure} is given") if getattr(c, figure) is None else None
        for figure in ("volume", "churn_if_dissatisfied", "value", "late_cost", "nps")
    )
    no_price = "no external_failure_cost is given, neither here nor at every handoff to it"
    unjudged = untimed if math.isnan(row["satisfied"]) else None
    causes = {
        "refused_per_period": (untimed if nothing else None, no_volume),
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
        "cost_of_late": (untimed, no_volume, no_late_cost),
        "cost_of_bad": (
            untimed if nothing else None,
            no_volume,
            Why(Reason.NO_COST, no_price) if unpriced else None,
        ),
        "nps": (unjudged, no_nps),
    }
    for column, whys in causes.items():
        if math.isnan(row[column]):
            missing[Place("customers", c.name, column)] = joined(*whys) or Why(Reason.NOT_APPLICABLE)


def segment_table(customers: pd.DataFrame, missing: dict[Place, Why]) -> pd.DataFrame:
    """Sums over the customers of each segment, and the shares that follow from them; index ``segment``."""
    import pandas as pd

    named = customers.assign(segment=customers["segment"].fillna("none given"))
    parts = []
    for segment, mine in named.groupby("segment", sort=False):
        sums = {c: float(mine[c].sum(skipna=False)) for c in SUMMED}
        parts.append({"segment": segment, "customers": len(mine), **sums})
        for column, value in sums.items():
            if math.isnan(value):
                first = mine.index[mine[column].isna()][0]
                reason = missing[Place("customers", first, column)].reason
                missing[Place("segments", segment, column)] = Why(reason, f"customer '{first}' has none")
    table = pd.DataFrame(parts).set_index("segment")
    for share, part, whole in (
        ("defect_share", "defects_per_period", "volume"),
        ("satisfied_share", "satisfied_per_period", "volume"),
        ("revenue_at_risk_share", "revenue_at_risk", "revenue"),
    ):
        table[share] = table[part] / table[whole].where(table[whole] > 0)
        for segment in table.index[table[share].isna()]:
            whys = (missing.get(Place("segments", segment, column)) for column in (part, whole))
            missing[Place("segments", segment, share)] = joined(*whys) or Why(Reason.NOTHING_DELIVERED)
    return table
