"""The lowest versions that pyproject.toml allows, as constraints for pip.

python tests/lowest.py > lowest.txt
pip install -c lowest.txt ".[test]"
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest() -> list[str]:
    """One line for each package that users or the default tests need."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return [line.split(",")[0].replace(">=", "==") for line in wanted]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest()) + "\n")
