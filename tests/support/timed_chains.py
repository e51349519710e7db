"""Times for random chains: every kind, at departments, handoffs and inspections, and loads that can be served."""

from __future__ import annotations

import random
from typing import Any

Chain = dict[str, Any]

WORK: tuple[Any, ...] = (
    0,
    1.0,
    {"fixed": 0.5},
    {"gamma": {"mean": 1.0, "scv": 0.4}},
    {"gamma": {"mean": 1.0, "scv": 2.0}},
    {"lognormal": {"mean": 1.0, "scv": 0.7}},
    {"weibull": {"shape": 1.5, "scale": 1.0}},
    {"triangular": {"low": 0.2, "mode": 0.5, "high": 2.0}},
    {"uniform": {"low": 0.5, "high": 1.5}},
    {"empirical": {"values": [0.5, 1.0, 2.0]}},
)
TRANSPORT: tuple[Any, ...] = (
    0,
    0,
    0.5,
    {"exponential": 1.0},
    {"lognormal": {"mean": 2.0, "scv": 0.5}},
    {"uniform": {"low": 0.0, "high": 2.0}},
    {"empirical": {"values": [0.25, 1.0, 3.0], "weights": [2, 1, 1]}},
    {"gamma": {"mean": 1.0, "scv": 0.2}},
)


def with_times(chain: Chain, rng: random.Random, *, rate: float = 0.05) -> Chain:
    """Return a copy with times everywhere and suppliers slowed to `rate` times their rate, so that queues stay short.

    Handoffs get a transport and, half of them, a promise; inspections a time; departments one to three servers and,
    some of them, stops.
    """
    departments = []
    for department in chain["departments"]:
        timed = {**department, "cycle_time": rng.choice(WORK), "servers": rng.choice((1, 1, 1, 2, 3))}
        if timed["cycle_time"] == WORK[3] and rng.random() < 0.5:
            timed |= {"availability": 0.9, "mttr": 2.0}
        departments.append(timed)
    handoffs = []
    for handoff in chain["handoffs"]:
        timed = {**handoff, "lead_time": rng.choice(TRANSPORT)}
        if rng.random() < 0.5:
            timed["sla"] = {"lead_time": rng.choice((1.0, 2.5, 6.0))}
        if timed.get("inspection") is not None:
            timed["inspection"] = {**timed["inspection"], "time": rng.choice((0, 0.1, {"exponential": 0.3}))}
        handoffs.append(timed)
    suppliers = [
        {**s, "rate": s.get("rate", 1.0 if _flows(chain, s["name"]) else 0) * rate} for s in chain["suppliers"]
    ]
    customers = [{**c, "promise": rng.choice((4.0, 8.0, 16.0))} for c in chain["customers"]]
    return {**chain, "suppliers": suppliers, "departments": departments, "customers": customers, "handoffs": handoffs}


def _flows(chain: Chain, name: str) -> bool:
    return any(h["supplier"] == name and h.get("per_unit") is None for h in chain["handoffs"])
