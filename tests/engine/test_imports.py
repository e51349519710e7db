"""What the engine loads: slow parts of SciPy only where they are used."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("scipy.optimize", "scipy.interpolate", "scipy.stats", "pandas", "pydantic", "matplotlib", "networkx")


def test_no_file_of_the_engine_loads_what_is_slow_to_load() -> None:
    code = (
        "import importlib, pkgutil, sys, qualitychain.engine as e; "
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(e.__path__, e.__name__ + '.')]; "
        f"print([m for m in {SLOW!r} if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
