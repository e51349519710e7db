"""``show``: the summaries, every table in every format, and what there is not, on chains of every kind."""

from __future__ import annotations

import csv
import functools
import io
import json
from pathlib import Path
from typing import Any

import pytest
from support.command import run
from support.small_chains import hostile_chain, two_steps

import qualitychain as qc
from qualitychain.analysis.base.frames import heading
from qualitychain.analysis.base.study import Study
from qualitychain.cli.csv_tables import as_csv
from qualitychain.cli.table_words import table_words
from qualitychain.cli.tables import Tables
from qualitychain.cli.writers import all_frames, all_json, all_text, brief_text, table_json, table_text

FIX = qc.Project("Better making", cost=10, changes={"Make -> Test": {"defect_rate": qc.Scale(0.5)}})
TRAIN = qc.Project("Training", cost=30, changes={"Test -> Shop": {"defect_rate": 0.01}})


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


def asked(chain: qc.Chain, *, unasked: bool = False) -> Tables:
    return Tables(Study(chain, unasked=unasked))


@functools.cache
def answers(kind: str) -> Tables:
    return asked(CHAINS[kind](), unasked=True)


@pytest.mark.parametrize("kind", CHAINS)
def test_every_table_is_made_in_every_format_of_every_kind_of_chain(kind: str) -> None:
    t = answers(kind)
    frames, without = all_frames(t)
    assert set(frames) | set(without) == set(table_words())
    for name, frame in frames.items():
        spec = t.spec(name)
        assert set(spec.shown) <= {*map(str, frame.columns), *map(str, frame.index.names)}
        assert as_csv(frame, escape=True).count("\n") >= len(frame) + 1
        assert len(json.loads(table_json(t, name))) == len(frame)
        assert table_text(t, name).startswith(spec.title)


@pytest.mark.parametrize("kind", CHAINS)
def test_all_of_a_chain_is_shown_as_text_and_as_json(kind: str) -> None:
    t = answers(kind)
    text, data = all_text(t), json.loads(all_json(t))
    for sentence in all_frames(t)[1].values():
        assert sentence in text
    assert all(sentence.endswith(".") for sentence in data["left_out"])
    assert "Assumptions" in text


def test_without_a_table_the_summaries_come_with_all_names(tmp_path: Path) -> None:
    text = brief_text(answers("full"))
    assert text.startswith("Full (sigma levels with a shift of 1.5)\n  Shop: ")
    for name, words in table_words().items():
        assert f"  {name} " in text
        assert words in text
    assert "--table NAME" in text


def test_the_text_shows_what_is_behind_and_what_to_do() -> None:
    text = all_text(answers("full"))
    for words in (
        "Root causes: who made the defects that customers keep",
        "Where the time of customers goes",
        "one point more defects at 'Make -> Test' raises the accepted defect rate of 'Shop' by",
        "Cost of quality\n",
        "What one defect costs by where it is found",
        "Make -> Test: promises defect rate 30 %",
        "Choose Better making (cost 10 of 10)",
        "Best outcome by budget",
        "Segments",
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
    t = asked(chain)
    for name, rows in (("root_causes", 5), ("sensitivities", 5), ("key_to_customer", 8)):
        select, frame = t.spec(name).rows, t.frame(name)
        assert select is not None
        assert len(select(frame)) == min(rows, len(frame))
        assert len(frame) >= 13


def test_the_steepest_slopes_come_first_for_each_customer() -> None:
    select, frame = answers("full").spec("sensitivities").rows, answers("full").frame("sensitivities")
    assert select is not None
    table = select(frame)
    sizes = table["gradient"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert list(table.columns) == ["customer", "handoff", "parameter", "gradient", "meaning"]


def test_what_there_is_nothing_of_is_said() -> None:
    found = all_frames(answers("without costs"))[1]
    assert found["segments"] == "Segments: no customer gives its segment."
    assert found["sla_adequacy"] == "Promises against requirements: no requirement of a customer bears on them."
    assert found["projects"] == "Projects: the chain names none (projects)."
    assert found["samples"] == "Counts behind defect rates, with 95 % intervals: no handoff gives a sample."
    assert found["cost"].startswith("Cost of quality: no figure of it is given")


def test_projects_that_nobody_can_choose_have_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "poor.chain.yaml"
    qc.write_chain(qc.Chain.from_dict({**full().to_dict(), "budget": 5}), path)
    whole = run("show", path, "--all")
    assert whole.exit_code == 0
    assert "Projects: the budget of 5 is below the cheapest project" in whole.stdout
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
    "name", ["handoffs", "key_to_customer", "key_promises", "cost_lines", "sla_adequacy", "lateness", "projects"]
)
def test_a_table_too_wide_for_a_line_is_cut_into_parts_that_all_name_their_rows(name: str) -> None:
    t = asked(many_doors())
    text = table_text(t, name)
    assert max(map(len, text.splitlines()[:-1])) <= 120
    words = " ".join(text.split())
    for column in t.spec(name).columns:
        assert heading(column, t.study.units).split()[0] in words


def test_rates_among_times_and_money_are_in_per_cent() -> None:
    assert " 30 %" in table_text(answers("full"), "sla_adequacy")
    rows = table_text(answers("full"), "projects").splitlines()
    assert any(" %" in line for line in rows if "accepted_defect_rate" in line or "Better making" in line)


def test_the_same_measure_is_written_the_same_way_in_every_table() -> None:
    t = answers("full")
    assert " 85.5 %" in table_text(t, "yields")
    assert "rolled throughput yield 85.5 %" in brief_text(t)


def test_what_a_table_of_money_lacks_is_said_under_it() -> None:
    assert "\nNot available: " in table_text(asked(two_steps()), "cost")
    assert table_text(asked(two_steps()), "projects") == "Projects: the chain names none (projects)."


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
    t = asked(full(), unasked=True)
    for name in ("sensitivities", "key_to_customer", "key_promises", "sla_adequacy"):
        assert f"--table {name}" in t.without(name)
