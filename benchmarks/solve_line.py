"""A line of departments with local rework: the certified solver against a bare factorisation.

Prints one JSON line. The two are run in turns, in CPU seconds of one process; compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.solve import TransientSystem


def line(departments: int, seed: int, defect: float = 0.02, found: float = 0.9, scrap: float = 0.01) -> Any:
    """States (v, good) and (v, bad) alternate; found defects go back by up to 10 departments."""
    rng = np.random.default_rng(seed)
    here = np.arange(departments)
    back = np.maximum(here - rng.integers(1, 11, departments), 0)
    made, kept = defect * rng.uniform(0.5, 1.5, departments), 1 - scrap
    going = here[:-1]
    good, bad = 2 * here, 2 * here + 1
    edges = [
        (good[going], good[going + 1], kept * (1 - made[going])),
        (good[going], bad[going + 1], kept * made[going] * (1 - found)),
        (bad[going], bad[going + 1], np.full(going.size, kept * (1 - found))),
        (good, 2 * back, kept * made * found),
        (bad, 2 * back, np.full(departments, kept * found)),
    ]
    rows, columns, values = (np.concatenate(parts) for parts in zip(*edges, strict=True))
    return csr_matrix((values, (rows, columns)), shape=(2 * departments, 2 * departments))


def certified(P: Any, start: Any) -> tuple[Any, TransientSystem]:
    system = TransientSystem(P)
    return system.visits(start), system


def bare(P: Any, start: Any) -> Any:
    matrix = (identity(P.shape[0], format="csc") - P.tocsc()).tocsc()
    factor: Any = splu(matrix, permc_spec="NATURAL")
    return factor.solve(start, "T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--departments", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    P = line(options.departments, options.seed)
    start = np.zeros(P.shape[0])
    start[0] = 1.0
    ours, theirs = [], []
    for _ in range(options.repeats):
        begin = time.process_time()
        x, system = certified(P, start)
        middle = time.process_time()
        y = bare(P, start)
        ours.append(middle - begin)
        theirs.append(time.process_time() - middle)
    counted = y > 1e-290
    print(
        json.dumps(
            {
                "benchmark": "line with local rework",
                "states": P.shape[0],
                "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
                "cpu_seconds": [round(t, 2) for t in ours],
                "cpu_seconds_bare_splu": [round(t, 2) for t in theirs],
                "largest_relative_difference": float(np.max(np.abs(x[counted] / y[counted] - 1))),
                "certificate": system.certificate,
                "error_bound": system.error_bound,
                "method": system.method,
            }
        )
    )


if __name__ == "__main__":
    main()
