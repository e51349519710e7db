"""Queues by their recursions: lines of single servers (Lindley) and one department of several (Kiefer, Wolfowitz).

Fast enough for runs of millions of units through departments in a row, where the event list is not needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from heapq import heapreplace
from typing import Any

import numpy as np
from support.queue_measures import Delivered, Estimate, Replication, Seen, estimate
from support.queue_plan import gamma_times, gaps, service_times

Floats = np.ndarray
AT_ONCE = 1e-9


def waits_in_line(arrivals: Floats, service: Floats, start: float = 0.0) -> Floats:
    """Waits at a single server: arrival times and service times of all units, in order of arrival."""
    steps = np.concatenate([[start], service[:-1] - np.diff(arrivals)])
    level = np.cumsum(steps)
    return level - np.minimum(np.minimum.accumulate(level), 0.0)


def run_row(chain: Mapping[str, Any], seed: Any, warm_up: float, length: float) -> Replication:
    """One replication of a chain of single servers in a row, as `run_events` would run it."""
    departments = {given["name"]: given for given in chain["departments"]}
    next_of = {given["supplier"]: given["customer"] for given in chain["handoffs"]}
    assert len(next_of) == len(chain["handoffs"]) == len(departments) + 1
    assert not any(set(given) & {"per_unit", "inspection", "lead_time"} for given in chain["handoffs"])
    (supplier,), (customer,) = chain["suppliers"], chain["customers"]
    closes = warm_up + length
    here = _starts(supplier, np.random.default_rng([*seed, 0]), closes)
    started = here
    seen: dict[str, dict[str, float]] = {}
    name = next_of[supplier["name"]]
    while name != customer["name"]:
        assert departments[name].get("servers", 1) == 1
        times = service_times(departments[name])
        assert times is not None
        work = times(np.random.default_rng([*seed, len(seen) + 1]), here.size)
        waits = waits_in_line(here, work)
        begins = here + waits
        counted = (begins >= warm_up) & (begins < closes)
        queueing = np.clip(begins, warm_up, closes) - np.clip(here, warm_up, closes)
        working = np.clip(begins + work, warm_up, closes) - np.clip(begins, warm_up, closes)
        waited = waits > AT_ONCE
        one = Seen(
            visits=int(counted.sum()),
            waited=int((waited & counted).sum()),
            wait=float(waits[counted].sum()),
            work=float(working.sum()),
            area=float(queueing.sum()),
        )
        seen[name] = one.figures(1, length)
        here = begins + work
        name = next_of[name]
    counted = (here >= warm_up) & (here < closes)
    delivered = Delivered((here - started)[counted].tolist(), [True] * int(counted.sum()))
    return Replication(seen, {customer["name"]: delivered.figures(customer.get("promise", math.inf))})


def _starts(supplier: Mapping[str, Any], rng: np.random.Generator, closes: float) -> Floats:
    between = gaps(supplier)
    parts = [np.cumsum(between(rng, 1 << 16))]
    while parts[-1][-1] < closes:
        parts.append(parts[-1][-1] + np.cumsum(between(rng, 1 << 16)))
    starts = np.concatenate(parts)
    return starts[starts < closes]


def several_servers(
    utilization: float,
    servers: int,
    arrival_scv: float,
    service_scv: float,
    *,
    seed: int,
    units: int,
    warm_up: int,
    replications: int,
) -> dict[str, Estimate]:
    """Mean wait (mean work is 1) and probability of waiting at one department of several servers."""
    between, work = gamma_times(1 / (utilization * servers), arrival_scv), gamma_times(1.0, service_scv)
    means, shares = [], []
    for number in range(replications):
        rng = np.random.default_rng([seed, number])
        arrivals, services = np.cumsum(between(rng, units)).tolist(), work(rng, units).tolist()
        free_at = [0.0] * servers
        waits = []
        for arrival, service in zip(arrivals, services, strict=True):
            begins = max(arrival, free_at[0])
            waits.append(begins - arrival)
            heapreplace(free_at, begins + service)
        kept = np.array(waits[warm_up:])
        means.append(float(kept.mean()))
        shares.append(float((kept > AT_ONCE).mean()))
    return {"waiting_time": estimate(means), "wait_probability": estimate(shares)}
