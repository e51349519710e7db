"""Lead times by transforms, against a million units of the same story drawn in vectorised numpy; and their growth.

First lines: the example that the library ships, the 95th percentile of its first customer. CPU seconds in the same run,
in turns, the median of each: of a million units, who are given the distributions of the waits; of our distribution of
the lead time, given the same waits (``ratio`` compares these two); and of the whole public call, which also solves
quality and queues and makes every table. How far each percentile is off in probability, by a distribution at a much
finer tolerance. Then 60 departments with rework, and longer and longer lines of departments: how the time grew against
the size before (2 is linear where sizes double).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import qualitychain as qc

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.timed_agreement import waits_of  # noqa: E402  the story is a witness of the tests
from support.timed_story import tell_units  # noqa: E402

from qualitychain.engine.transforms.transform import lead_time_distributions  # noqa: E402  the distribution alone, without the tables around it

EXAMPLE = ROOT / "examples" / "order-to-delivery.chain.yaml"
UNITS = 1_000_000


def seconds(work: Any) -> tuple[float, Any]:
    """(CPU seconds, result) of one call."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def flagship(repeats: int, tolerance: float) -> dict[str, Any]:
    """The 95th percentile of the first customer of the example: ours and that of the units."""
    chain = qc.read_chain(EXAMPLE)
    customer = chain.customers[0].name
    fine = qc.lead_times(chain, tolerance=1e-6)[customer]
    known = qc.lead_times(chain)
    waits, network, timing = waits_of(known), known.compiled.network, known.timing

    def units() -> float:
        told = tell_units(chain, waits, UNITS, seed=1, batch=262_144, details=False)
        return float(np.quantile(told.lead_time[told.of(customer)], 0.95))

    def distribution() -> float:
        distributions = lead_time_distributions(network, timing, tolerance=tolerance)
        curve = (distributions.conforming.total[0] + distributions.nonconforming.total[0]) / distributions.delivered[
            0
        ].sum()
        return float(np.interp(0.95, curve, distributions.step * np.arange(len(curve))))

    def call() -> float:
        return float(qc.lead_times(chain, tolerance=tolerance)[customer].quantile(0.95))

    spent: dict[str, list[float]] = {"distribution": [], "call": [], "units": []}
    found: dict[str, float] = {}
    for _ in range(repeats):
        for name, work in (("distribution", distribution), ("call", call), ("units", units)):
            cpu, found[name] = seconds(work)
            spent[name].append(cpu)
    medians = {name: statistics.median(all_of_them) for name, all_of_them in spent.items()}
    return {
        "work": "95th percentile of the example",
        "tolerance": tolerance,
        **{f"{name}_cpu_s": round(median, 4) for name, median in medians.items()},
        "ratio": round(medians["units"] / medians["distribution"], 1),
        "ratio_of_the_whole_call": round(medians["units"] / medians["call"], 1),
        "percentile": {name: round(value, 4) for name, value in found.items()},
        "off_in_probability": {name: float(f"{fine.cdf(value) - 0.95:.1e}") for name, value in found.items()},
    }


def points_of(times: Any) -> int:
    """Time grid points of the distribution, as its method says."""
    return int(re.findall(r"time grid of (\d+) points", times.method)[0])


def line(departments: int) -> qc.Chain:
    """A line in which every third handoff sends rejects up to five departments back, and every fourth asks for help."""
    rng = np.random.default_rng(0)
    rates = rng.uniform(0, 0.01, departments)
    means = rng.uniform(0.5, 1.5, departments)
    scvs = rng.uniform(0.2, 2, departments)
    back = np.maximum(np.arange(departments) - rng.integers(0, 6, departments), 0)
    handoffs: list[dict[str, Any]] = [{"supplier": "S", "customer": "D0", "defect_rate": 0.0}]
    for i in range(departments):
        receiver = f"D{i + 1}" if i + 1 < departments else "K"
        handoff: dict[str, Any] = {"supplier": f"D{i}", "customer": receiver, "defect_rate": float(rates[i])}
        handoff["lead_time"] = {"lognormal": {"mean": float(means[-1 - i]), "scv": 0.5}}
        if i % 3 == 0:
            handoff["inspection"] = {"detect": 0.9, "false_alarm": 0.05, "rework_to": f"D{back[i]}"}
        handoffs.append(handoff)
        if i % 4 == 0:
            handoffs.append({"supplier": "Help", "customer": f"D{i}", "per_unit": 0.3, "defect_rate": 0.02,
                             "lead_time": {"exponential": 2.0}})  # fmt: skip
    return qc.Chain.from_dict(
        {
            "name": "line",
            "suppliers": [{"name": "S", "rate": 0.3}, {"name": "Help"}],
            "departments": [
                {"name": f"D{i}", "cycle_time": {"gamma": {"mean": float(means[i]), "scv": float(scvs[i])}}}
                for i in range(departments)
            ],
            "customers": [{"name": "K"}],
            "handoffs": handoffs,
        }
    )


def rework(departments: int) -> dict[str, Any]:
    """Departments with rework at the default tolerance of 1e-4, and the error found with a much finer one."""
    chain = line(departments)
    cpu, times = seconds(lambda: qc.lead_times(chain))
    distribution, fine = times["K"], qc.lead_times(chain, tolerance=1e-6)["K"]
    points = fine.quantile(np.linspace(0.001, 0.999, 999))
    return {
        "work": "lead times with rework",
        "departments": departments,
        "cpu_s": round(cpu, 3),
        "points": points_of(times),
        "largest_difference_in_probability": float(f"{np.abs(distribution.cdf(points) - fine.cdf(points)).max():.1e}"),
    }


def growth(sizes: list[int]) -> None:
    """Print CPU seconds for each size."""
    before = 0.0
    for size in sizes:
        chain = line(size)
        cpu, times = seconds(lambda chain=chain: qc.lead_times(chain))
        points = points_of(times)
        found = {"work": "growth", "departments": size, "points": points, "cpu_s": round(cpu, 3)}
        found["us_per_department_and_point"] = round(cpu / size / points * 1e6, 2)
        print(json.dumps(found | ({"growth": round(cpu / before, 2)} if before else {})))
        before = cpu


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[125, 250, 500, 1000])
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    qc.lead_times(line(5))  # imports and first calls
    for tolerance in (1e-3, 1e-4):
        print(json.dumps(flagship(chosen.repeats, tolerance)))
    print(json.dumps(rework(60)))
    growth(chosen.sizes)


if __name__ == "__main__":
    main()
