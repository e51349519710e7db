"""A line of departments with local rework, from plain data to the quality table: shares of the stages, and growth.

Prints one JSON line for each size: CPU seconds of building the chain (validation and rules), compiling it to arrays,
solving, and the whole of ``quality``, their shares, and how each grew against half the size (2 is linear, 4 quadratic).
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain


def line(departments: int) -> dict[str, Any]:
    """Plain data of a line in which every third handoff sends rejects up to five departments back."""
    rng = np.random.default_rng(0)
    rates = rng.uniform(0, 0.01, departments)
    back = np.maximum(np.arange(departments) - rng.integers(0, 6, departments), 0)
    handoffs: list[dict[str, Any]] = [{"supplier": "S", "customer": "D0", "defect_rate": 0.0}]
    for i in range(departments):
        receiver = f"D{i + 1}" if i + 1 < departments else "K"
        handoff: dict[str, Any] = {"supplier": f"D{i}", "customer": receiver, "defect_rate": float(rates[i])}
        if i % 3 == 0:
            handoff["inspection"] = {"detect": 0.9, "false_alarm": 0.01, "rework_to": f"D{back[i]}"}
        handoffs.append(handoff)
    return {
        "name": "line",
        "suppliers": [{"name": "S", "rate": 1.0}],
        "departments": [{"name": f"D{i}", "cycle_time": 0.1} for i in range(departments)],
        "customers": [{"name": "K"}],
        "handoffs": handoffs,
    }


def stages(departments: int) -> dict[str, float]:
    """CPU seconds of each stage."""
    data = line(departments)
    marks = [time.process_time()]
    chain = qc.Chain.from_dict(data)
    marks.append(time.process_time())
    compiled = compile_chain(chain)
    marks.append(time.process_time())
    compiled.solve()
    marks.append(time.process_time())
    qc.quality(chain)
    marks.append(time.process_time())
    return dict(zip(("build", "compile", "solve", "quality"), np.diff(marks).tolist(), strict=True))


def main() -> None:
    """Run the sizes given, smallest first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[12_500, 25_000, 50_000, 100_000])
    sizes = parser.parse_args().sizes
    stages(200)  # imports and first calls
    before: dict[str, float] = {}
    for size in sizes:
        seconds = stages(size)
        total = seconds["build"] + seconds["compile"] + seconds["solve"]
        shares = {k: round(seconds[k] / total, 3) for k in ("build", "compile", "solve")}
        growth = {k: round(v / before[k], 2) for k, v in seconds.items() if before}
        rounded = {k: round(v, 3) for k, v in seconds.items()}
        print(
            json.dumps(
                {"work": "end to end", "handoffs": size + 1, "cpu_s": rounded, "share": shares, "growth": growth}
            )
        )
        before = seconds


if __name__ == "__main__":
    main()
