"""A department that needs k inputs: ours against a Bayesian network that holds the same exact model.

The department is spoilt by any bad input. A conditional probability table of such a node has 2^k rows, so a general
Bayesian-network program doubles its work with each input; the closed form is linear. Prints one JSON line for each k:
CPU seconds of ours, of pgmpy (where it is installed, up to ``--most`` inputs), their ratio, and the difference of the
answers.
"""

from __future__ import annotations

import argparse
import json
import logging
import time

import numpy as np

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain


def ours(rates: np.typing.NDArray[np.float64]) -> tuple[float, float]:
    """(CPU seconds of compiling and solving, probability that a unit is spoilt)."""
    names = [f"H{i}" for i in range(len(rates))]
    chain = qc.Chain(
        "inputs",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("Work"), *(qc.Department(n) for n in names)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Work", defect_rate=0),
            qc.Handoff("Work", "K", defect_rate=0),
            *(qc.Handoff(n, "Work", per_unit=1, defect_rate=float(r)) for n, r in zip(names, rates, strict=True)),
        ],
    )
    begin = time.process_time()
    solution = compile_chain(chain).solve()
    return time.process_time() - begin, float(solution.absorbed[1])


def network(rates: np.typing.NDArray[np.float64]) -> tuple[float, float]:
    """The same with pgmpy: one node for each input, one for the unit with the table of an OR."""
    from pgmpy.factors.discrete import TabularCPD
    from pgmpy.inference import VariableElimination
    from pgmpy.models import DiscreteBayesianNetwork

    logging.disable(logging.WARNING)
    names = [f"H{i}" for i in range(len(rates))]
    begin = time.process_time()
    model = DiscreteBayesianNetwork([(n, "unit") for n in names])
    good = np.zeros(2 ** len(rates))
    good[0] = 1.0
    model.add_cpds(
        *(TabularCPD(n, 2, [[1 - r], [r]]) for n, r in zip(names, rates, strict=True)),
        TabularCPD("unit", 2, np.vstack([good, 1 - good]), evidence=names, evidence_card=[2] * len(rates)),
    )
    answer = VariableElimination(model).query(["unit"], show_progress=False).values[1]
    return time.process_time() - begin, float(answer)


def main() -> None:
    """Run the numbers of inputs given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", type=int, default=[4, 8, 12, 16, 18, 20, 500, 1000, 2000, 4000])
    parser.add_argument("--most", type=int, default=20, help="most inputs given to the Bayesian network")
    chosen = parser.parse_args()
    rates = np.random.default_rng(0).uniform(0, 0.01, max(chosen.inputs))
    ours(rates[:3])
    for count in chosen.inputs:
        seconds, answer = ours(rates[:count])
        line: dict[str, object] = {"work": "pulled inputs", "inputs": count, "ours_cpu_s": round(seconds, 5)}
        if count <= chosen.most:
            try:
                theirs, same = network(rates[:count])
            except ImportError:
                line["pgmpy"] = "not installed"
            else:
                line |= {
                    "pgmpy_cpu_s": round(theirs, 5),
                    "ratio": round(theirs / seconds, 2),
                    "difference": abs(answer - same),
                }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
