"""What the commands cost: CPU seconds of each against a bare start of Python with the packages that all of them need.

    python benchmarks/commands.py            # about two minutes on one core
    python benchmarks/commands.py --repeats 3

Every repeat runs the base and each command in turn, so that a machine that slows down slows all of them. A ratio is
that of the medians; beside it stands the ratio that a command may have. Ends with 1 when one has more.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent.parent
EXAMPLE = str(HERE / "examples" / "order-to-delivery.chain.yaml")
BASE = ["-c", "import numpy, pydantic, yaml, scipy.sparse.linalg"]
COMMANDS: dict[str, tuple[list[str], float]] = {
    "check": (["check", EXAMPLE], 2.5),
    "show": (["show", EXAMPLE], 4.0),
    "show --table customers": (["show", EXAMPLE, "--table", "customers"], 2.0),
    "report": (["report", EXAMPLE, "-o", "report.html"], 6.0),
}


def cpu_seconds(arguments: list[str], folder: str) -> float:
    """User and system time of a Python process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
        env={**os.environ, "PYTHONPATH": str(HERE / "src")},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    base: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as folder:
        for arguments in (BASE, *(["-m", "qualitychain", *a] for a, _ in COMMANDS.values())):
            cpu_seconds(arguments, folder)  # the first start writes bytecode
        for _ in range(options.repeats):
            base.append(cpu_seconds(BASE, folder))
            for name, (arguments, _) in COMMANDS.items():
                found[name].append(cpu_seconds(["-m", "qualitychain", *arguments], folder))
    print(f"{'base':24} {median(base):6.2f} s")
    over = 0
    for name, (_, allowed) in COMMANDS.items():
        ratio = median(found[name]) / median(base)
        over += ratio > allowed
        print(f"{name:24} {median(found[name]):6.2f} s  ratio {ratio:5.2f}  allowed {allowed}")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
