"""Projects and budget in a chain file: read, placed, written."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.chains import line
from support.small_chains import HOSTILE
from support.small_files import GOOD
from support.work import counted

import qualitychain as qc
from qualitychain.files.writing import chain_text

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"
PROJECTS = """\
projects:
  - name: Audit
    cost: 8
    group: suppliers
    changes:
      Steelworks -> Production: {defect_rate: x0.55}
  - name: Two sources
    cost: 3.5
    group: [suppliers, buying]
    requires: Fixture
    changes:
      Steelworks -> Production:
        defect_rate: 0.01
        sla: {defect_rate: 0.015}
  - name: Fixture
    cost: 2
    changes:
      Production:
        cycle_time: x0.9
        servers: 2
budget: 10
"""
"""The first line stands at line 17 of the file."""
HALVED = """\
    group: suppliers
    changes:
      Steelworks -> Production: {defect_rate: x0.55}
"""


def read(text: str, **given: Any) -> qc.Chain:
    return qc.read_chain(io.StringIO(text), **given)


def faults(old: str, new: str) -> list[tuple[int | None, int | None, str, str]]:
    assert old in PROJECTS
    with pytest.raises(qc.ModelFileError) as caught:
        read(GOOD + PROJECTS.replace(old, new))
    return [(f.line, f.column, f.code, f.message) for f in caught.value.faults]


def test_a_file_gives_projects_and_budget_as_they_are_made_in_python() -> None:
    chain = read(GOOD + PROJECTS)
    first = "Steelworks -> Production"
    assert chain.budget == 10
    assert chain.projects == (
        qc.Project("Audit", cost=8, group="suppliers", changes={first: {"defect_rate": qc.Scale(0.55)}}),
        qc.Project(
            "Two sources",
            cost=3.5,
            group=("suppliers", "buying"),
            requires=["Fixture"],
            changes={first: {"defect_rate": 0.01, "sla": {"defect_rate": 0.015}}},
        ),
        qc.Project("Fixture", cost=2, changes={"Production": {"cycle_time": qc.Scale(0.9), "servers": 2}}),
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "words"),
    [
        ("cost: 8", "cost: -8", (19, 11), "QC012", "project 'Audit': cost must be"),
        ("    cost: 2\n", "", (31, 5), "QC016", "project 'Fixture': cost is missing"),
        ("cost: 8", "price: 8", (19, 5), "QC015", "price is unknown"),
        ("name: Audit", "name: 12", (18, 11), "QC018", "in quotes"),
        ("name: Audit", "name: 012", (18, 11), "QC018", "in quotes"),
        ("group: suppliers", "group: 012", (20, 12), "QC018", "group is a number (012)"),
        ("[suppliers, buying]", "[suppliers, 012]", (25, 24), "QC018", "group is a number (012)"),
        ("[suppliers, buying]", "[suppliers, 12]", (25, 24), "QC018", "group[1] is a number"),
        ("Steelworks -> Production: {", "Steelwork -> Production: {", (22, 7), "QC021", "did you mean 'Steelworks ->"),
        ("{defect_rate: x0.55}", "{defect_rat: x0.55}", (22, 34), "QC015", "did you mean 'defect_rate'"),
        ("x0.55", "x-0.55", (22, 47), "QC012", "such as x0.55, got 'x-0.55'"),
        ("x0.55", "x55", (22, 47), "QC012", "project 'Audit': handoff 'Steelworks -> Production': defect_rate must be"),
        ("0.015", "1.5", (30, 28), "QC012", "sla.defect_rate must be between 0 and 1"),
        ("{defect_rate: 0.015}", "{lead_tim: 1}", (30, 15), "QC015", "did you mean 'lead_time'"),
        ("servers: 2", "servers: two", (36, 18), "QC013", "project 'Fixture': department 'Production': servers"),
        ("name: Fixture", "name: Audit", (31, 11), "QC035", "two projects have the name 'Audit'"),
        ("requires: Fixture", "requires: Fixtur", (26, 15), "QC035", "did you mean 'Fixture'"),
        ("requires: Fixture", "requires: [Fixture, Fixtur]", (26, 25), "QC035", "did you mean 'Fixture'"),
        ("requires: Fixture", "requires: Two sources", (26, 15), "QC035", "requires itself"),
        ("requires: Fixture", "requires: Audit", (26, 15), "QC035", "can never be chosen"),
        ("    cost: 2\n", "    cost: 2\n    requires: Two sources\n", (26, 15), "QC035", "in a circle"),
        ("x0.55", "0.3", None, "", ""),
        ("    group: suppliers\n", "", None, "", ""),
        (HALVED, HALVED.replace("    group: suppliers\n", "").replace("x0.55", "0.3"), (27, 7), "QC035", "one group"),
        ("budget: 10", "budget: ten", (37, 9), "QC013", "budget must be a number"),
        ("budget: 10", "budget: -1", (37, 9), "QC012", "budget must be 0 or more"),
        ("budget: 10", "budgt: 10", (37, 1), "QC015", "did you mean 'budget'"),
    ],
    ids=lambda part: str(part)[:24],
)  # fmt: skip
def test_a_fault_has_its_line_and_column(old: str, new: str, place: Any, code: str, words: str) -> None:
    if place is None:
        assert read(GOOD + PROJECTS.replace(old, new)).projects
        return
    found = faults(old, new)
    assert (*place, code) in [fault[:3] for fault in found]
    assert words in "\n".join(fault[3] for fault in found)


def test_all_faults_of_projects_are_told_at_once_in_file_order() -> None:
    text = PROJECTS.replace("cost: 8", "cost: x8").replace("Production:\n        cycle", "Prodction:\n        cycle")
    text = text.replace("0.015", "15").replace("budget: 10", "budget: -10")
    with pytest.raises(qc.ModelFileError) as caught:
        read(GOOD + text)
    assert [(f.line, f.column) for f in caught.value.faults] == [(19, 11), (30, 28), (34, 7), (37, 9)]


def test_the_same_fault_has_its_place_in_json() -> None:
    data = json.dumps({**yaml.safe_load(GOOD), **yaml.safe_load(PROJECTS)}, indent=1)
    assert read(data, format="json") == read(GOOD + PROJECTS)
    with pytest.raises(qc.ModelFileError) as caught:
        read(data.replace('"x0.55"', '"x1e400"').replace('"Production": {', '"Productoin": {'), format="json")
    lines = data.splitlines()
    expected = [next(i for i, text in enumerate(lines) if what in text) for what in ('"x0.55"', '"Production": {')]
    assert [f.line for f in caught.value.faults] == [i + 1 for i in expected]
    assert [f.column for f in caught.value.faults] == [
        lines[expected[0]].index('"x') + 1,
        lines[expected[1]].index('"') + 1,
    ]


@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_projects_are_written_so_that_they_read_back(format_: str) -> None:
    chain = read(GOOD + PROJECTS)
    text = chain_text(chain, format=format_)
    again = read(text, format=format_)
    assert again == chain
    assert chain_text(again, format=format_) == text
    assert "x0.55" in text


def test_hostile_names_of_projects_and_groups_read_back() -> None:
    made = [
        qc.Project(name, cost=1, changes={"Stock": {"rate": "x1"}}, group=name, requires=HOSTILE[:place], note=name)
        for place, name in enumerate(HOSTILE)
    ]
    chain = qc.Chain.from_dict({**line(0.1).to_dict(), "projects": made, "budget": 3})
    for format_ in ("yaml", "json"):
        assert read(chain_text(chain, format=format_), format=format_) == chain


def test_a_project_with_a_name_that_would_not_be_seen_is_refused() -> None:
    [(line_, _, code, message)] = faults("name: Audit", 'name: "Au\\u202edit"')
    assert (line_, code) == (18, "QC018")
    assert "U+202E" in message


def test_the_example_has_projects_that_fit_and_a_budget() -> None:
    chain = qc.read_chain(EXAMPLE)
    assert chain.budget is not None
    assert any(p.group for p in chain.projects)
    assert any(p.requires for p in chain.projects)
    assert chain.budget < sum(p.cost for p in chain.projects)
    assert read(chain_text(chain)) == chain


def test_a_thousand_projects_on_a_large_chain_are_read_with_little_work() -> None:
    chain = line(*[0.01] * 1000).to_dict()
    names = [f"{h['supplier']} -> {h['customer']}" for h in chain["handoffs"]]
    chain["projects"] = [
        {"name": f"P{i}", "cost": 1, "changes": {name: {"defect_rate": "x0.5"}}, "requires": [f"P{i - 1}"] if i else []}
        for i, name in enumerate(names)
    ]
    text = json.dumps(chain)
    with counted() as work:
        assert len(read(text, format="json").projects) == 1000
    assert work.calls < 6_000_000
