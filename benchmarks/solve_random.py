"""Random routing between departments: the certified solver does not fill in, a bare factorisation does.

Prints one JSON line. CPU seconds of one process, in turns where both are run.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.linear.solve import TransientSystem


def routing(departments: int, seed: int, *, ways: int = 3, leave: float = 0.05, defect: float = 0.02) -> Any:
    """States (v, good) and (v, bad); every department hands on to a few others drawn at random."""
    rng = np.random.default_rng(seed)
    tail = np.repeat(np.arange(departments), ways)
    head = rng.integers(0, departments, tail.size)
    share = rng.dirichlet(np.ones(ways), departments).ravel() * (1 - leave)
    edges = [
        (2 * tail, 2 * head, share * (1 - defect)),
        (2 * tail, 2 * head + 1, share * defect),
        (2 * tail + 1, 2 * head + 1, share * 0.5),
        (2 * tail + 1, 2 * head, share * 0.5),
    ]
    rows, columns, values = (np.concatenate(parts) for parts in zip(*edges, strict=True))
    return csr_matrix((values, (rows, columns)), shape=(2 * departments, 2 * departments))


def measure(departments: int, seed: int, leave: float, *, with_bare: bool) -> dict[str, Any]:
    P = routing(departments, seed, leave=leave)
    start = np.zeros(P.shape[0])
    start[0] = 1.0
    begin = time.process_time()
    system = TransientSystem(P)
    x = system.visits(start)
    found: dict[str, Any] = {
        "departments": departments,
        "leave": leave,
        "cpu_seconds": round(time.process_time() - begin, 3),
        "certificate": system.certificate,
        "error_bound": system.error_bound,
        "method": system.method,
    }
    if with_bare:
        begin = time.process_time()
        matrix = (identity(P.shape[0], format="csc") - P.tocsc()).tocsc()
        factor: Any = splu(matrix)
        y = factor.solve(start, "T")
        found["cpu_seconds_bare_splu"] = round(time.process_time() - begin, 3)
        found["fill_of_bare_splu"] = round(factor.nnz / matrix.nnz, 1)
        found["largest_relative_difference"] = float(np.max(np.abs(x[y > 0] / y[y > 0] - 1)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--departments", type=int, default=100_000)
    parser.add_argument("--bare", type=int, nargs="*", default=[1_250, 2_500, 5_000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sizes = [measure(size, options.seed, 0.05, with_bare=True) for size in options.bare]
    sizes += [measure(options.departments, options.seed, leave, with_bare=False) for leave in (0.05, 1e-6)]
    print(json.dumps({"benchmark": "random routing", "sizes": sizes}))


if __name__ == "__main__":
    main()
