"""What one defect costs by the stage at which it is found: at an inspection, by a customer, or never."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.money.prices import Prices, cost_rewards
from qualitychain.analysis.money.specs import BY_STAGE
from qualitychain.engine.gradients.stage_costs import stage_costs

if TYPE_CHECKING:
    import pandas as pd

INSIDE, INCOMING, NEVER = "inspection", "customer's incoming inspection", "kept by the customer"
_NO_COST = 1e-12


def stage_table(compiled: Compiled, prices: Prices) -> pd.DataFrame:
    """A row for every stage at which defects are found, in the order in which units come to them.

    Parameters
    ----------
    compiled : Compiled
    prices : Prices
    """
    import pandas as pd

    network, reward = compiled.network, cost_rewards(compiled)
    worth = stage_costs(network, reward)
    flow, at_customer = network.flow, network.absorbing[network.flow.receiver] >= 0
    rejected, failure = np.nan_to_num(prices.rejected), np.nan_to_num(prices.presented_bad)
    rows = []
    for e, place in enumerate(compiled.flow_rows):
        name = compiled.names[place]
        seen = at_customer[e] and not flow.by_giver[e]
        if flow.treated[e] and worth.found[e] > 0:
            direct = float(rejected[e] + (failure[e] if seen else 0.0))
            stage = (name, INCOMING if seen else INSIDE, float(worth.steps[e]), float(worth.found[e]))
            rows.append((*stage, direct, float(worth.when_found[e])))
        if at_customer[e] and worth.passed_on[e] > 0:
            stage = (name, NEVER, float(worth.steps[e]), float(worth.passed_on[e]))
            rows.append((*stage, float(failure[e]), float(worth.when_passed_on[e])))
    table = pd.DataFrame(rows, columns=["stage", "found", "steps", "found_per_unit", "direct", "cost"])
    table = table.sort_values("steps", kind="stable", na_position="last").reset_index(drop=True)
    table["consequences"] = table["cost"] - table["direct"]
    # what is left of equal sums when they are subtracted is rounding
    small = table["consequences"].abs() <= _NO_COST * (table["cost"].abs() + table["direct"])
    table.loc[small, "consequences"] = 0.0
    priced = table[table["cost"] > 0]
    # stages equally early: the cheapest, so that the order of handoffs does not decide
    first = priced[priced["steps"] <= priced["steps"].min() * (1 + _NO_COST)]["cost"].min() if len(priced) else math.nan
    table["times_first"] = table["cost"] / first
    return table[[column.name for column in BY_STAGE.columns]]


__all__ = ["INCOMING", "INSIDE", "NEVER", "stage_table"]
