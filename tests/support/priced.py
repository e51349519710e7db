"""Costs for random chains: figures everywhere, so that no part of a cost breakdown is missing."""

from __future__ import annotations

import random
from typing import Any

Chain = dict[str, Any]


def with_costs(chain: Chain, rng: random.Random) -> Chain:
    """Return a copy with costs everywhere, and a volume for each customer."""

    def money(top: int = 90) -> float:
        return rng.randint(1, top) / 4

    handoffs = []
    for handoff in chain["handoffs"]:
        priced = {**handoff, "scrap_cost": money()}
        if rng.random() < 0.5:
            priced["external_failure_cost"] = money(400)
        if priced.get("inspection") is not None:
            priced["inspection"] = {**priced["inspection"], "cost": money(8), "repair_cost": money()}
        handoffs.append(priced)
    return {
        **chain,
        "departments": [
            {
                **d,
                "cycle_time": rng.choice((0.25, 0.5, 2.0)),
                "cost_per_time": money(),
                "work_cost": money(),
                "availability": 0.8,
            }
            for d in chain["departments"]
        ],
        "customers": [
            {**c, "external_failure_cost": money(400), "volume": rng.randint(10, 900)} for c in chain["customers"]
        ],
        "handoffs": handoffs,
    }
