"""Simulations of the accuracy chains as plain data: mean and standard error of every figure."""

from __future__ import annotations

import math
from typing import Any

from support.queue_chains import GRID, Case
from support.queue_events import run_events
from support.queue_measures import Estimate, Told, replicate
from support.queue_recursion import run_row, several_servers

GRID_UNITS = 25_000


def tell(case: Case, seed: int, scale: float, replications: int) -> Told:
    """Simulate a chain by the fastest program that knows all of its story."""
    return replicate(
        run_row if case.row else run_events,
        case.simulated,
        seed=seed,
        warm_up=case.warm_up,
        length=case.length * scale,
        replications=replications,
    )


def simulate_case(case: Case, seed: int, scale: float, replications: int) -> dict[str, Any]:
    """Every figure of a simulated chain, by node: mean, standard error, replications."""
    told = tell(case, seed, scale, replications)
    nodes = told.departments | told.customers
    return {
        node: {key: _plain(value) for key, value in figures.items() if math.isfinite(value.mean)}
        for node, figures in nodes.items()
    }


def simulate_grid(seed: int, scale: float, replications: int) -> list[dict[str, Any]]:
    """Departments alone, with work of mean 1."""
    rows = []
    for servers, utilization, arrival_scv, service_scv in GRID:
        found = several_servers(
            utilization,
            servers,
            arrival_scv,
            service_scv,
            seed=seed,
            units=round(GRID_UNITS * scale * (1 + 3 * (utilization >= 0.8))),
            warm_up=round(min(2000, GRID_UNITS * scale / 10)),
            replications=replications,
        )
        shape = {"servers": servers, "utilization": utilization, "arrival_scv": arrival_scv, "service_scv": service_scv}
        rows.append(shape | {key: _plain(value) for key, value in found.items()})
    return rows


def _plain(value: Estimate) -> list[float]:
    return [float(f"{value.mean:.6g}"), float(f"{value.error:.3g}"), value.replications]
