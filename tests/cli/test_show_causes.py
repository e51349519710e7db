"""``show``: causes, customers, money and what to do, on chains of every kind."""

from __future__ import annotations

import csv
import functools
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.small_chains import hostile_chain, two_steps

import qualitychain as qc
from qualitychain.cli import main
from qualitychain.cli.answer_tables import TABLES
from qualitychain.cli.answers import Answers
from qualitychain.cli.left_out import left_out
from qualitychain.cli.table_names import TEXT
from qualitychain.cli.tables import as_csv
from qualitychain.cli.writers import as_json, as_text

NEW = (
    "defects", "segments", "root_causes", "cause_departments", "cause_pairs", "lateness", "sensitivities",
    "key_to_customer", "key_promises", "cost", "cost_lines", "cost_by_stage", "cost_places", "sla_adequacy", "projects",
    "frontier",
)  # fmt: skip
FIX = qc.Project("Better making", cost=10, changes={"Make -> Test": {"defect_rate": qc.Scale(0.5)}})
TRAIN = qc.Project("Training", cost=30, changes={"Test -> Shop": {"defect_rate": 0.01}})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="qualitychain")


def full(**changes: Any) -> qc.Chain:
    """A chain with figures for everything: 10 % and 5 % defects, half of those found before the shop and mended."""
    chain = qc.Chain(
        "Full",
        period="month",
        prevention_cost=20,
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[
            qc.Department("Make", cycle_time=1, cost_per_time=30),
            qc.Department("Test", cycle_time=0.5, work_cost=2),
        ],
        customers=[
            qc.Customer(
                "Shop", segment="b2b", promise=6, volume=100, value=50, deliveries_per_customer=2, late_cost=3,
                external_failure_cost=40, churn_if_dissatisfied=0.1, nps=qc.Nps(satisfied=0.5, dissatisfied=-0.5),
            )
        ],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Test", defect_rate=0.1, sla=qc.Sla(defect_rate=0.3, lead_time=9)),
            qc.Handoff(
                "Test", "Shop", defect_rate=0.05,
                inspection=qc.Inspection(0.5, by="supplier", cost=1, repair_cost=4, on_reject="repair"),
            ),
        ],
        requirements=[
            qc.Requirement(customer="Shop", measure="defect_rate", at_most=0.05),
            qc.Requirement(customer="Shop", measure="on_time", at_least=0.9),
        ],
        projects=[FIX, TRAIN],
        budget=10,
    )  # fmt: skip
    return qc.what_if(chain, changes) if changes else chain


def common() -> qc.Chain:
    """One certificate serves both departments: a common cause."""
    chain = full()
    both = [
        qc.Handoff(
            "Lab", name, item="certificate", per_unit=1, defect_rate=0.1, common_cause="case", name=f"for {name}"
        )
        for name in ("Make", "Test")
    ]
    return qc.what_if(chain, add=[qc.Department("Lab", cycle_time=0.1), *both])


CHAINS = {
    "full": full,
    "overloaded": lambda: full(Stock={"rate": 1.5}),
    "without costs": two_steps,
    "without figures of customers": lambda: full(
        Shop=dict.fromkeys(["promise", "volume", "value", "late_cost", "external_failure_cost", "nps", "segment"])
    ),
    "common causes": common,
    "without defects": lambda: two_steps(defect_rate=0.0),
    "only defects": lambda: two_steps(defect_rate=1.0),
    "hostile": hostile_chain,
}


@functools.cache
def answers(kind: str) -> Answers:
    return Answers(CHAINS[kind](), 1.5, None, unasked=True)


@pytest.mark.parametrize("kind", CHAINS)
def test_every_table_is_made_in_every_format_of_every_kind_of_chain(kind: str) -> None:
    asked = answers(kind)
    for name in NEW:
        frame = TABLES[name](asked)
        shown = TEXT.get(name)
        assert (
            shown is None
            or set(shown.columns) <= {*map(str, frame.columns), *map(str, frame.index.names)}
            or not len(frame)
        )
        assert as_csv({name: frame}, named=False, escape=True).count("\n") >= len(frame) + 1
        assert len(json.loads(as_json(asked, name))) == len(frame)
        assert name in as_text(asked, name)


@pytest.mark.parametrize("kind", CHAINS)
def test_all_of_a_chain_is_shown_as_text_and_as_json(kind: str) -> None:
    asked = answers(kind)
    text = as_text(asked, None)
    data = json.loads(as_json(asked, None))
    for key, table in (
        ("customer_effects", "effects"), ("root_causes", "root_causes"), ("sensitivities", "sensitivities"),
        ("key_to_customer", "key_to_customer"), ("cost_of_quality", "cost"), ("sla_adequacy", "sla_adequacy"),
        ("improvement", "projects"),
    ):  # fmt: skip
        assert (data[key] is None) == (table in left_out(asked))
    for sentence in left_out(asked).values():
        assert sentence in text
        assert sentence in data["left_out"]


def test_the_text_shows_what_is_behind_and_what_to_do() -> None:
    text = as_text(answers("full"), None)
    for words in (
        "Root causes: who made the defects that customers keep",
        "Where the time of customers goes (times in hours)",
        "one point more defects at 'Make -> Test' raises the accepted defect rate of 'Shop' by",
        "Key to customer: what one point of defects, and one delay, cost per month",
        "Cost of quality\n",
        "cost of quality",
        "What one defect costs by where it is found",
        "Make -> Test: promises defect rate 30 %",
        "Choose Better making (cost 10 of 10)",
        "Best outcome by budget",
        "Segments per month",
    ):
        assert words in text
    assert "Left out" not in text


def test_the_text_shows_few_rows_and_the_table_all() -> None:
    handoffs = [qc.Handoff("S", "D0", defect_rate=0.01)]
    handoffs += [qc.Handoff(f"D{i}", f"D{i + 1}", defect_rate=0.01) for i in range(11)]
    chain = qc.Chain(
        "Long",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department(f"D{i}") for i in range(12)],
        customers=[qc.Customer("K")],
        handoffs=[*handoffs, qc.Handoff("D11", "K", defect_rate=0.01)],
    )
    asked = Answers(chain, 1.5, None)
    for name, rows in (("root_causes", 5), ("sensitivities", 5), ("key_to_customer", 8)):
        select = TEXT[name].where
        assert select is not None
        assert len(select(TABLES[name](asked))) == min(rows, len(TABLES[name](asked)))
        assert len(TABLES[name](asked)) >= 13


def test_the_steepest_slopes_come_first_for_each_customer() -> None:
    table = TEXT["sensitivities"].where(TABLES["sensitivities"](answers("full")))  # type: ignore[misc]
    sizes = table["gradient"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert list(table.columns) == ["customer", "handoff", "parameter", "gradient", "meaning"]


def test_what_there_is_nothing_of_is_said() -> None:
    found = left_out(answers("without costs"))
    assert found["segments"] == "Segments: no customer gives its segment."
    assert found["sla_adequacy"] == "Promises against requirements: no requirement of a customer bears on them."
    assert found["projects"] == "Projects: the chain names none (projects)."
    assert found["cost"].startswith("Cost of quality: no figure of it is given")
    untimed = qc.what_if(two_steps(), {"Make": {"cycle_time": None}})
    assert found.keys() - {"lateness"} <= left_out(Answers(untimed, 1.5, None)).keys()


def test_projects_that_nobody_can_choose_have_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "poor.chain.yaml"
    qc.write_chain(qc.Chain.from_dict({**full().to_dict(), "budget": 5}), path)
    whole = run("show", path)
    assert whole.exit_code == 0
    assert "No projects chosen: the budget of 5 is below the cheapest project" in whole.stdout
    named = run("show", path, "--table", "projects")
    assert named.exit_code == 2
    assert "the budget of 5 is below the cheapest project, 'Better making'" in named.stderr


def test_projects_and_the_frontier_are_shown_for_each_objective(tmp_path: Path) -> None:
    path = tmp_path / "full.chain.yaml"
    qc.write_chain(full(), path)
    found = list(csv.DictReader(io.StringIO(run("show", path, "--format", "csv", "--table", "projects").stdout)))
    assert {r["objective"] for r in found} == {"accepted_defect_rate", "revenue_at_risk", "cost_of_quality"}
    chosen = {r["project"]: r["chosen"] for r in found if r["objective"] == "accepted_defect_rate"}
    assert chosen == {"Better making": "true", "Training": "false"}
    rich = list(csv.DictReader(io.StringIO(run("show", path, "--format", "csv", "--table", "frontier").stdout)))
    assert rich[-1]["chosen"] in ("Better making", "Better making; Training")


def many_doors() -> qc.Chain:
    """A chain of long names, more columns than a line holds."""
    names = {name: f"{name} of a company with a long name" for name in ("Make", "Test", "Shop")}
    return qc.what_if(full(), {old: {"name": new} for old, new in names.items()})


@pytest.mark.parametrize(
    "name", ["key_to_customer", "key_promises", "cost_lines", "sla_adequacy", "lateness", "projects"]
)
def test_a_table_too_wide_for_a_line_is_cut_into_parts_that_all_name_their_rows(name: str) -> None:
    asked = Answers(many_doors(), 1.5, None)
    frame = TABLES[name](asked)
    text = as_text(asked, name)
    assert max(map(len, text.splitlines())) <= 120
    if name == "key_to_customer":
        headings = [line for line in text.splitlines() if line.lstrip().startswith("customer ")]
        assert len(headings) > 1
        assert all(line.split()[:2] == ["customer", "handoff"] for line in headings)
        for column in frame.columns:
            assert any(column.replace("_", " ") in line for line in headings)
        assert text.count("Make of a company with a long name") >= len(headings)


def test_slopes_asked_for_alone_come_with_the_largest_step_first() -> None:
    lines = as_text(answers("full"), "sensitivities").splitlines()[3:]
    assert [line.split()[-2] for line in lines[:2]] == ["defect_rate", "defect_rate"]
    assert len(lines) == len(TABLES["sensitivities"](answers("full")))


def test_rates_among_times_and_money_are_in_per_cent() -> None:
    text = as_text(answers("full"), "sla_adequacy")
    assert " 30 %" in text
    rows = as_text(answers("full"), "projects").splitlines()
    assert "gain per 1,000" in rows[1]
    of_rates = [line for line in rows if "accepted_defect_rate" in line]
    # a chosen project also says what would be lost without it
    assert all(line.count(" %") == (4 if " True " in line else 3) for line in of_rates)


def test_what_a_table_of_money_lacks_is_said_under_it() -> None:
    assert "Not in it: " in as_text(Answers(two_steps(), 1.5, None), "cost")
    assert (
        as_text(Answers(two_steps(), 1.5, None), "projects") == "projects\nProjects: the chain names none (projects)."
    )


def test_a_table_that_there_is_not_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "full.chain.yaml"
    qc.write_chain(full(), path)
    refused = run("show", path, "--table", "root_cause")
    assert refused.exit_code == 2
    assert "there is no table 'root_cause'; did you mean 'root_causes'? ('show --help' lists all)" in refused.stderr


def test_requirements_are_shown_with_what_is_behind_them(tmp_path: Path) -> None:
    path = tmp_path / "full.chain.yaml"
    qc.write_chain(full(), path)
    found = json.loads(run("show", path, "--format", "json", "--table", "requirements").stdout)
    assert found[0]["behind"].startswith("defects made at 'Make -> Test'")


def test_gradients_of_a_large_chain_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_SENTENCES", 0)
    found = left_out(Answers(full(), 1.5, None, unasked=True))
    for name in ("sensitivities", "key_to_customer", "key_promises", "sla_adequacy"):
        assert f"--table {name}" in found[name]
