"""How accurate waits and lead times are: the library against simulations by programs that share no code with it.

    python benchmarks/queue_accuracy.py                    # the tables of docs/accuracy.md, from the stored long runs
    python benchmarks/queue_accuracy.py --simulate         # the long runs anew, about 15 minutes on one core
    python benchmarks/queue_accuracy.py --simulate --scale 0.02 --cases rework_loop bursty

Seeds are fixed: the same command prints the same figures. `--write` stores what was simulated in
tests/reference/queue_accuracy.json, from where the tests read it, and the tables in the page.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
STORED = HERE / "tests" / "reference" / "queue_accuracy.json"
PAGE = HERE / "docs" / "accuracy.md"
sys.path.insert(0, str(HERE / "tests"))

from support.queue_chains import BY_KEY, CASES  # noqa: E402
from support.queue_runs import simulate_case, simulate_grid  # noqa: E402
from support.queue_table import tables, with_tables  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulate", action="store_true", help="run the simulations instead of reading them")
    parser.add_argument("--write", action="store_true", help="store what was simulated, and the tables in the page")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the length of every replication")
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--cases", nargs="*", choices=[*BY_KEY, "grid"], help="only these")
    options = parser.parse_args()
    stored = json.loads(STORED.read_text("utf-8")) if STORED.exists() else {"cases": {}, "grid": []}
    if options.simulate:
        wanted = options.cases or [*BY_KEY, "grid"]
        for case in CASES:
            if case.key in wanted:
                stored["cases"][case.key] = simulate_case(case, options.seed, options.scale, options.replications)
                print(f"simulated: {case.title}", file=sys.stderr, flush=True)
                _keep(stored, options.write)
        if "grid" in wanted:
            stored["grid"] = simulate_grid(options.seed, options.scale, options.replications)
            _keep(stored, options.write)
    made = tables(stored)
    for name, text in made.items():
        print(f"{name}\n\n{text}\n")
    if options.write:
        PAGE.write_text(with_tables(PAGE.read_text("utf-8"), made), "utf-8")


def _keep(stored: object, write: bool) -> None:
    if write:
        STORED.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
