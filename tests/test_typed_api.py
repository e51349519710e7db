"""What a user's type checker knows of the library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import qualitychain as qc

SOURCE = Path(qc.__file__)
RIGHT = """
import qualitychain as qc

chain = qc.Chain(
    "Two steps",
    suppliers=[qc.Supplier("Steelworks", rate=10)],
    departments=[qc.Department("Production", servers=4, cycle_time=qc.Gamma(mean=0.3, scv=0.5))],
    customers=[qc.Customer("Retail", segment="b2c", promise="5 d", value=120)],
    handoffs=[
        qc.Handoff("Steelworks", "Production", sample=qc.Sample(n=400, defects=10), lead_time="1 d"),
        qc.Handoff("Production", "Retail", defect_rate=0.1, inspection=qc.Inspection(0.9, on_reject="rework")),
    ],
)
quality: qc.Quality = qc.quality(chain, shift=1.5)
rates = quality.customers["defect_rate"]
one: qc.CustomerLeadTime = qc.lead_times(chain)["Retail"]
late: float = 1 - one.on_time
try:
    compared: qc.Comparison = qc.compare(chain, qc.what_if(chain, {"Production": {"servers": 5}}))
except qc.UnknownCustomerError:
    raise
level: float = qc.metrics.sigma_level(3.4, shift=1.5)
"""
WRONG = {
    "qc.qualty(chain)": "attr-defined",
    "qc.quality(chain, shfit=1.5)": "call-arg",
    'qc.quality("chain")': "arg-type",
    'qc.Supplier("S", rat=3)': "call-arg",
    'qc.Supplier("S", rate="fast")': "arg-type",
    "qc.quality(chain).custmers": "attr-defined",
    'qc.Inspection(0.9, on_reject="repiar")': "arg-type",
    'qc.lead_times(chain)["Retail"].quantil(0.95)': "attr-defined",
    "qc.metrics.dmpo(1, 2, 3)": "attr-defined",
    "qc.queues.mmc(rate=1)": "call-arg",
}


def test_names_for_type_checkers_are_those_that_are_loaded() -> None:
    [block] = [
        node
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    said = {
        name.asname: (node.module, name.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    loaded = {name: (f"qualitychain.{home}", name) for name, home in qc._HOME.items()}
    assert said == loaded | {name: ("qualitychain", name) for name in qc._MODULES}


@pytest.mark.oracle
def test_a_type_checker_accepts_what_is_right_and_finds_each_mistake(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    script = tmp_path / "script.py"
    script.write_text(RIGHT + "\n".join(WRONG), encoding="utf-8")
    said, errors, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache"), str(script)])
    assert not errors
    lines = [line.removeprefix(f"{script}:") for line in said.splitlines() if ": error: " in line]
    found = {int(line.partition(":")[0]): line[line.rindex("[") + 1 : -1] for line in lines}
    first = RIGHT.count("\n") + 1
    assert found == {first + i: code for i, code in enumerate(WRONG.values())}
