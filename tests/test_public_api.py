from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import qualitychain as qc
from qualitychain.codes import CODES

SOURCE = Path(qc.__file__).parent
HEAVY = ("numpy", "scipy", "pandas", "matplotlib", "networkx", "pydantic", "jinja2", "rich", "click", "yaml")


def loaded_after(statement: str) -> set[str]:
    """Names of the heavy packages that a fresh interpreter has loaded after a statement."""
    code = f"import sys, json; {statement}; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    environment = {"PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import qualitychain") == set()


def test_building_a_chain_loads_neither_scipy_nor_pandas_nor_matplotlib() -> None:
    chain = (
        "import qualitychain as q; q.Chain('C', suppliers=[q.Supplier('S')], customers=[q.Customer('K')], "
        "handoffs=[q.Handoff('S', 'K', defect_rate=0.1)])"
    )
    assert loaded_after(chain) & {"scipy", "pandas", "matplotlib"} == set()


def test_an_analysis_loads_no_matplotlib() -> None:
    assert "matplotlib" not in loaded_after("import qualitychain as q; q.quality")


@pytest.mark.parametrize("name", qc.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(qc, name)
    assert value.__doc__
    assert name in dir(qc)


def test_public_names_are_where_they_are_said_to_be() -> None:
    for name, home in qc._HOME.items():
        module = importlib.import_module(f"qualitychain.{home}")
        assert getattr(module, name) is getattr(qc, name)


@pytest.mark.parametrize(
    ("wrong", "right"), [("qualty", "quality"), ("chain", "Chain"), ("whatif", "what_if"), ("LogNormal", "Lognormal")]
)
def test_a_misspelt_name_is_answered_with_the_right_one(wrong: str, right: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{wrong}'; did you mean '{right}'"):
        getattr(qc, wrong)


def test_a_name_that_is_near_nothing_is_an_ordinary_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'zzz'$"):
        getattr(qc, "zzz")  # noqa: B009  the attribute is unknown to type checkers
    assert not hasattr(qc, "__path_of_nothing__")


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]\d+|rc\d+|\.dev\d+)?", qc.__version__)


def test_every_code_in_the_source_is_in_the_table() -> None:
    used = {code for file in SOURCE.rglob("*.py") for code in re.findall(r"QC\d{3}", file.read_text(encoding="utf-8"))}
    assert used <= set(CODES)
