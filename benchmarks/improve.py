"""40 projects on a chain of 60 departments: seconds until the best choice is proven, or the gap that is left.

Prints one JSON line for each kind of chain: a plain line (an integer programme), the same with rework and inspection,
and the latter with branches, scrap and a shared internal service (branch and bound). Seconds are of the wall clock.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

import qualitychain as qc

KINDS = ("line", "rework", "mixed")


def chain_of(kind: str, departments: int, seed: int = 0) -> qc.Chain:
    """A chain of one of the kinds."""
    rng = np.random.default_rng(seed)
    handoffs: list[dict[str, Any]] = [{"supplier": "S", "customer": "D0", "defect_rate": 0.01}]
    last = departments - 1
    for i in range(departments):
        receiver = "K" if i == last else f"D{i + 1}"
        handoff: dict[str, Any] = {
            "supplier": f"D{i}",
            "customer": receiver,
            "defect_rate": float(rng.uniform(0.001, 0.02)),
        }
        if kind != "line" and i % 5 == 2:
            back = f"D{max(0, i - int(rng.integers(0, 4)))}"
            handoff["inspection"] = {"detect": 0.3, "false_alarm": 0.01, "rework_to": back, "fix": 0.9, "cost": 0.5}
        if kind == "mixed" and i % 11 == 7:
            handoff["inspection"] = {"detect": 0.2, "false_alarm": 0.005, "on_reject": "scrap"}
        handoffs.append(handoff)
        if kind == "mixed" and i % 9 == 4 and i + 3 < last:
            handoff["share"] = 0.7
            handoffs.append(
                {
                    "supplier": f"D{i}",
                    "customer": f"D{i + 3}",
                    "name": f"short cut {i}",
                    "share": 0.3,
                    "defect_rate": 0.03,
                }
            )
        if kind == "mixed" and i % 6 == 0:
            handoffs.append(
                {"supplier": "IT", "customer": f"D{i}", "item": "help", "per_unit": 0.3, "defect_rate": 0.02}
            )
    suppliers = [{"name": "S", "rate": 1.0}] + ([{"name": "IT"}] if kind == "mixed" else [])
    return qc.Chain.from_dict(
        {
            "name": kind,
            "suppliers": suppliers,
            "departments": [{"name": f"D{i}", "work_cost": 2} for i in range(departments)],
            "customers": [
                {"name": "K", "external_failure_cost": 100, "volume": 1000, "value": 80, "churn_if_dissatisfied": 0.1}
            ],
            "handoffs": handoffs,
        }
    )


def projects_of(chain: qc.Chain, count: int, seed: int = 1) -> list[qc.Project]:
    """Projects that scale defect rates of some handoffs, some of them in groups of two."""
    rng = np.random.default_rng(seed)
    names = [h.full_name for h in chain.handoffs]
    chosen = rng.choice(len(names), size=count, replace=True)
    return [
        qc.Project(
            f"P{i}",
            cost=float(rng.integers(2, 30)),
            changes={names[place]: {"defect_rate": qc.Scale(float(rng.uniform(0.2, 0.9)))}},
            group=f"g{i // 2}" if i < 8 else None,
        )
        for i, place in enumerate(chosen)
    ]


def main() -> None:
    """Run the kinds given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="kind", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--departments", type=int, default=60)
    parser.add_argument("--projects", type=int, default=40)
    parser.add_argument("--objective", default="defect_rate")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for kind in given.kinds:
        chain = chain_of(kind, given.departments, given.seed)
        projects = projects_of(chain, given.projects, given.seed + 1)
        budget = 0.3 * sum(p.cost for p in projects)
        begin = time.perf_counter()
        result = qc.improve(
            chain, projects, budget=budget, objective=given.objective, budgets=[], time_limit=given.time_limit
        )
        print(
            json.dumps(
                {
                    "kind": kind,
                    "objective": given.objective,
                    "departments": given.departments,
                    "projects": given.projects,
                    "seconds": round(time.perf_counter() - begin, 2),
                    "before": result.before,
                    "value": result.value,
                    "bound": result.bound,
                    "relative_gap": result.gap / result.value,
                    "optimal": result.optimal,
                    "method": result.method,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
