"""The command line: what each command writes, and its exit code."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from support.chains import reason_in
from support.command import run
from support.small_chains import hostile_chain, two_steps

import qualitychain as qc
from qualitychain.cli.table_words import table_words

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"


@pytest.fixture
def chain_file(tmp_path: Path) -> Path:
    path = tmp_path / "two.chain.yaml"
    qc.write_chain(two_steps(requirements=[{"customer": "Shop", "measure": "defect_rate", "at_most": 0.05}]), path)
    return path


@pytest.fixture
def missing_it(tmp_path: Path) -> Path:
    path = tmp_path / "missed.chain.yaml"
    qc.write_chain(two_steps(requirements=[{"customer": "Shop", "measure": "dpmo", "at_most": 5}]), path)
    return path


@pytest.fixture
def overloaded(tmp_path: Path) -> Path:
    path = tmp_path / "busy.chain.yaml"
    qc.write_chain(two_steps(rate=1.5), path)
    return path


def test_the_starter_reads_checks_and_reports(tmp_path: Path) -> None:
    path = tmp_path / "start.chain.yaml"
    assert run("init", path).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("# A chain to start from")
    assert qc.read_chain(path).name == "My process"
    assert run("check", path).exit_code == 0
    assert run("report", path, "-o", tmp_path / "start.html").exit_code == 0


def test_init_overwrites_nothing_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "mine.chain.yaml"
    path.write_text("mine", encoding="utf-8")
    refused = run("init", path)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert run("init", path, "--force").exit_code == 0
    assert "My process" in path.read_text(encoding="utf-8")


def test_init_refuses_json_because_of_its_comments(tmp_path: Path) -> None:
    assert run("init", tmp_path / "x.json").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_check_of_the_example_is_met() -> None:
    result = run("check", EXAMPLE)
    assert result.exit_code == 0
    assert result.stdout.endswith("8 of 8 requirements met, 0 not met.\n")
    assert result.stderr == ""


def test_check_of_a_missed_requirement_has_exit_code_1(missing_it: Path) -> None:
    result = run("check", missing_it)
    assert result.exit_code == 1
    assert f"{missing_it}: QC101 dpmo of customer 'Shop' at most 5: not met, it is 20,000" in result.stdout


def test_check_of_what_cannot_be_judged_has_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "unpromised.chain.yaml"
    qc.write_chain(two_steps(requirements=[{"customer": "Shop", "measure": "on_time", "at_least": 0.9}]), path)
    result = run("check", path)
    assert result.exit_code == 2
    assert f"{path}: QC102 on time of customer 'Shop' at least 90 %: cannot be judged, no promise" in result.stdout


@pytest.mark.parametrize(("bound", "code"), [("6 h", 0), ("5 h", 1)])
def test_check_judges_a_quantile_of_the_lead_time(tmp_path: Path, bound: str, code: int) -> None:
    path = tmp_path / "timed.chain.yaml"
    asked = {"customer": "Shop", "measure": "lead_time", "quantile": 0.95, "at_most": bound}
    qc.write_chain(two_steps(requirements=[asked]), path)
    result = run("check", path)
    assert result.exit_code == code
    assert f"95 % quantile of lead time of customer 'Shop' at most {bound}" in result.stdout
    assert "it is 5.99" in result.stdout


def test_check_says_that_a_department_is_overloaded_and_still_judges(overloaded: Path) -> None:
    result = run("check", overloaded)
    assert result.exit_code == 0
    assert "QC103 department 'Make': demand 1.5 work units per hour, capacity 1, short by 0.5" in result.stdout


def test_check_as_json_is_json_only(chain_file: Path) -> None:
    data = json.loads(run("check", chain_file, "--format", "json").stdout)
    assert data["ok"] is True
    assert data["findings"][0]["code"] == "QC100"


def test_a_faulty_file_has_a_line_for_each_fault_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.chain.yaml"
    path.write_text(
        "name: Bad\nsuppliers: [{name: S}]\ncustomers: [{name: K}]\nhandoffs:\n"
        "  - {supplier: S, customer: K, defect_rate: 1.2}\n  - {supplier: S, customer: Q, defect_rate: 0}\n",
        encoding="utf-8",
    )
    for command in (["check"], ["show"], ["report", "-o", tmp_path / "x.html"]):
        result = run(command[0], path, *command[1:])
        assert result.exit_code == 2
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert lines[0] == (f"{path}:5:45: QC012 handoff 'S -> K': defect_rate must be between 0 and 1, got 1.2")
        assert all(line.startswith(f"{path}:") for line in lines)
        assert len(lines) >= 2
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, command: str) -> None:
    result = run(command, tmp_path / "none.chain.yaml")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_chain_is_read_from_standard_input(chain_file: Path) -> None:
    result = run("check", "-", stdin=chain_file.read_bytes())
    assert result.exit_code == 0
    assert result.stdout.startswith("<stdin>: QC100")


def test_a_report_is_written_and_named(chain_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    result = run("report", chain_file, "-o", out)
    assert result.exit_code == 0
    assert result.stdout == f"Wrote {out}\n"
    assert out.read_text(encoding="utf-8") == qc.report_html(qc.read_chain(chain_file))


def test_a_report_can_go_to_standard_output(chain_file: Path) -> None:
    assert run("report", chain_file, "-o", "-").stdout.startswith("<!doctype html>")


def test_a_report_never_overwrites_its_model(chain_file: Path) -> None:
    before = chain_file.read_bytes()
    result = run("report", chain_file, "-o", chain_file)
    assert result.exit_code == 2
    assert chain_file.read_bytes() == before


def test_a_report_that_cannot_be_written_is_one_line(chain_file: Path, tmp_path: Path) -> None:
    result = run("report", chain_file, "-o", tmp_path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [chain_file.name]
    nowhere = run("report", chain_file, "-o", tmp_path / "none" / "r.html")
    assert nowhere.exit_code == 2
    assert nowhere.stderr == f"{tmp_path / 'none' / 'r.html'}: No such file or directory\n"


def test_a_report_says_on_standard_error_that_a_department_is_overloaded(overloaded: Path, tmp_path: Path) -> None:
    result = run("report", overloaded, "-o", tmp_path / "busy.html")
    assert result.exit_code == 0
    assert "department 'Make': demand 1.5" in result.stderr
    assert "No steady state" in (tmp_path / "busy.html").read_text(encoding="utf-8")


def test_show_as_text_holds_every_customer_and_the_assumptions(chain_file: Path) -> None:
    result = run("show", chain_file, "--all")
    assert result.exit_code == 0
    for words in ("Two steps", "Shop", "2 %", "20,000", "sigma level", "Assumptions", "Make -> Shop"):
        assert words in result.stdout


def test_show_as_text_states_an_overload(overloaded: Path) -> None:
    result = run("show", overloaded, "--all")
    assert result.exit_code == 0
    assert "demand 1.5" in result.stdout + result.stderr
    assert "20,000" in result.stdout


@pytest.mark.parametrize("table", [None, *table_words()])
def test_show_as_json_is_pure_json_also_without_defects(tmp_path: Path, table: str | None) -> None:
    path = tmp_path / "perfect.chain.yaml"
    qc.write_chain(two_steps(defect_rate=0.0), path)
    result = run("show", path, "--format", "json", *(["--table", table] if table else []))
    assert result.exit_code == 0

    def refuse(word: str) -> None:
        raise AssertionError(word)

    data = json.loads(result.stdout, parse_constant=refuse)
    if table is None:
        assert data["quality"]["customers"][0]["sigma_level"] is None
        assert "no defects" in reason_in(data["quality"], "customers", "Shop", "sigma_level")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_show_as_csv_gives_one_table_with_plain_numbers(chain_file: Path) -> None:
    found = rows(run("show", chain_file, "--format", "csv", "--table", "customers").stdout)
    assert [r["customer"] for r in found] == ["Shop"]
    assert float(found[0]["defect_rate"]) == pytest.approx(0.02)
    assert "table" not in found[0]


IDLE = {"samples", "sla", "service", "remedies", "segments", "key_promises", "projects", "frontier", "cost"}
"""Tables that have no rows in a chain without counts, promises, costs and projects, with capacity to spare."""


def tables_of(folder: Path) -> dict[str, list[dict[str, str]]]:
    return {path.stem: rows(path.read_text(encoding="utf-8")) for path in folder.glob("*.csv")}


def test_csv_of_all_tables_is_a_folder_with_a_file_for_each(chain_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tables"
    result = run("show", chain_file, "--format", "csv", "-o", folder)
    assert result.exit_code == 0
    found = tables_of(folder)
    said = found.pop("columns")
    assert {"customers", "lead_times", "lateness", "sensitivities", "requirements"} <= set(found)
    assert set(found) <= set(table_words()) - IDLE
    assert float(found["lead_times"][0]["lead_time"]) == pytest.approx(2.0)
    assert {r["table"] for r in said} == set(found)
    (rate,) = [r for r in said if (r["table"], r["column"]) == ("customers", "defect_rate")]
    assert rate == {
        "table": "customers", "column": "defect_rate", "unit": "share", "per": "",
        "words": "nonconforming among the incoming units",
    }  # fmt: skip
    assert "no handoff has one (sla)" in result.stderr


def test_a_folder_of_tables_holds_none_of_another_chain(chain_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "columns.csv").write_text("of an earlier output", encoding="utf-8")
    (folder / "segments.csv").write_text("of another chain", encoding="utf-8")
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    assert run("show", chain_file, "--format", "csv", "-o", folder).exit_code == 0
    assert not (folder / "segments.csv").exists()
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--format", "csv"], "add --table NAME, or -o FOLDER for a file of each"),
        (["--format", "json", "-o", "x"], "--format csv -o FOLDER"),
        (["--table", "customers", "--all"], "not both"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_remedy(
    chain_file: Path, arguments: list[str], remedy: str
) -> None:
    refused = run("show", chain_file, *arguments)
    assert refused.exit_code == 2
    assert remedy in refused.stderr


def test_show_of_the_example_has_rows_in_every_table(tmp_path: Path) -> None:
    assert run("show", EXAMPLE, "--format", "csv", "-o", tmp_path).exit_code == 0
    found = tables_of(tmp_path)
    assert set(found) == {*table_words(), "columns"}
    (kept,) = [r for r in found["sla"] if r["handoff"].endswith("labels")]
    assert 0.7 < float(kept["sla_attainment"]) < 0.8
    assert found["remedies"][0]["department"] == "Production"


def test_show_says_in_which_unit_times_are(tmp_path: Path) -> None:
    path = tmp_path / "worked.chain.yaml"
    worked = {**two_steps().to_dict(), "calendar": {"hours_per_day": 8, "days_per_week": 5}}
    path.write_text(json.dumps(worked), encoding="utf-8")
    assert json.loads(run("show", path, "--format", "json").stdout)["times_in"] == "working hours"
    for table in ("lead_times", "flow", "takt"):
        assert "(working" in run("show", path, "--table", table).stdout


def test_times_that_are_not_known_are_null_with_their_reason(overloaded: Path) -> None:
    data = json.loads(run("show", overloaded, "--format", "json").stdout)
    (row,) = data["lead_times"]["customers"]
    assert row["lead_time"] is None
    (why,) = (m for m in data["lead_times"]["missing"] if (m["table"], m["column"]) == ("customers", "lead_time"))
    assert (why["row"], why["reason"]) == ("Shop", "OVERLOADED")
    assert "'Make' cannot keep up" in why["words"]
    assert data["lead_times"]["departments"][0]["utilization"] == pytest.approx(1.5)
    assert {r["remedy"] for r in data["remedies"]["table"]} >= {"hire", "speed up", "fix quality"}


def test_time_that_would_take_minutes_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch, overloaded: Path) -> None:
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_TIME", -1.0)
    text = run("show", overloaded, "--all").stdout
    for name in ("lead_times", "value_stream", "waiting", "remedies"):
        assert f"--table {name}" in text
    assert "20,000" in text
    data = json.loads(run("show", overloaded, "--format", "json").stdout)
    assert data["lead_times"] is data["value_stream"] is data["waiting"] is data["remedies"] is None
    assert data["lateness"] is None
    assert sum(said.startswith("Left out") for said in data["left_out"]) >= 5
    named = run("show", overloaded, "--format", "csv", "--table", "queues")
    assert rows(named.stdout)[0]["department"] == "Make"


def test_what_would_take_hours_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch, chain_file: Path) -> None:
    monkeypatch.setattr("qualitychain.reporting.compute.budget.MOST_WORK", -1)
    assert "Left out: effects of handoffs" in run("show", chain_file, "--all").stdout
    folder = chain_file.parent / "tables"
    as_csv = run("show", chain_file, "--format", "csv", "-o", folder)
    tabled = set(tables_of(folder))
    assert {"effects", "root_causes", "sensitivities"}.isdisjoint(tabled)
    assert {"defects", "customers", "lateness"} <= tabled
    assert "Left out: effects of handoffs" in as_csv.stderr
    assert "show --table cause_departments" in as_csv.stderr
    data = json.loads(run("show", chain_file, "--format", "json").stdout)
    assert data["customer_effects"] is data["root_causes"] is data["sensitivities"] is None
    assert data["left_out"]
    named = run("show", chain_file, "--format", "csv", "--table", "effects")
    assert rows(named.stdout)[0]["handoff"] == "Make -> Shop"


def test_csv_defuses_formulas_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "hostile.chain.yaml"
    qc.write_chain(hostile_chain(), path)
    safe = rows(run("show", path, "--format", "csv", "--table", "handoffs").stdout)
    raw = rows(run("show", path, "--format", "csv", "--table", "handoffs", "--no-escape-formulas").stdout)
    assert safe[1]["handoff"].startswith("'=1+1 ")
    assert raw[1]["handoff"].startswith("=1+1 ")
    assert safe[0]["handoff"] == raw[0]["handoff"]


def test_csv_keeps_negative_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "bad.chain.yaml"
    qc.write_chain(two_steps(defect_rate=0.9), path)
    (row,) = rows(run("show", path, "--format", "csv", "--table", "customers").stdout)
    assert float(row["z_lt"]) == pytest.approx(-1.2815515655446)


def test_markup_in_names_is_shown_literally(tmp_path: Path) -> None:
    path = tmp_path / "hostile.chain.yaml"
    qc.write_chain(hostile_chain(), path)
    result = run("show", path, "--table", "capacity")
    assert result.exit_code == 0
    assert "[red]" in result.stdout
    assert "\x1b" not in result.stdout


def test_control_characters_never_reach_the_terminal(tmp_path: Path) -> None:
    result = run("show", tmp_path / "a\x1b[31m\u202ename.chain.yaml")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert "\u202e" not in result.stderr


def test_a_warning_of_the_file_is_a_line_on_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "dead.chain.yaml"
    chain = two_steps().to_dict()
    chain["departments"].append({"name": "Lonely"})
    path.write_text(json.dumps(chain), encoding="utf-8")
    result = run("check", path)
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{path}:1:")
    assert "QC042" in line
    assert "UserWarning" not in line


def test_the_schema_is_written_and_accepts_the_example(tmp_path: Path) -> None:
    import jsonschema

    out = tmp_path / "schema.json"
    assert run("schema", "-o", out).exit_code == 0
    assert run("schema").stdout == out.read_text(encoding="utf-8")
    jsonschema.validate(qc.read_chain(EXAMPLE).to_dict(), json.loads(out.read_text(encoding="utf-8")))


LOG = """order,team,done,bad
1,Build,2026-01-05T08:00:00,
1,Test,2026-01-05T09:00:00,yes
1,Build,2026-01-05T10:00:00,
1,Test,2026-01-05T11:00:00,
1,Ship,2026-01-05T12:00:00,
2,Build,2026-01-05T13:00:00,
2,Test,2026-01-05T14:00:00,
"""
COLUMNS = ("--case", "order", "--department", "team", "--timestamp", "done", "--defect", "bad")


def test_a_log_becomes_a_chain_that_checks_and_reports(tmp_path: Path) -> None:
    log, out = tmp_path / "log.csv", tmp_path / "found.chain.yaml"
    log.write_text(LOG, encoding="utf-8")
    result = run("discover", log, *COLUMNS, "--name", "Orders", "-o", out)
    assert result.exit_code == 0, result.stderr
    assert f"Wrote {out}" in result.stdout
    assert qc.read_chain(out).name == "Orders"
    assert run("report", out, "-o", tmp_path / "found.html").exit_code == 0


def test_a_discovered_chain_on_standard_output_is_only_the_chain(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG, encoding="utf-8")
    result = run("discover", log, *COLUMNS)
    assert result.exit_code == 0, result.stderr
    assert qc.read_chain(io.StringIO(result.stdout)).customers[0].name == "Customer"
    assert "Assumptions" in result.stderr


def test_a_missing_column_of_a_log_is_named_with_its_near_miss(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG, encoding="utf-8")
    result = run("discover", log, "--case", "order", "--department", "teem", "--timestamp", "done")
    assert result.exit_code == 2
    assert "team" in result.stderr


def test_a_condition_on_durations_needs_column_and_value(tmp_path: Path) -> None:
    result = run("discover", tmp_path / "log.csv", *COLUMNS, "--durations-where", "exact")
    assert result.exit_code == 2
    assert "COLUMN=VALUE" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["reprot"],
        ["report", "x.yaml"],
        ["show", "x.yaml", "--format", "pdf"],
        ["check", "x", "--shift", "nan"],
    ],
)
def test_wrong_usage_has_exit_code_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_internal_error_is_one_line_and_exit_code_3(monkeypatch: pytest.MonkeyPatch, chain_file: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise TypeError("oh\x1b[31m no")

    monkeypatch.setattr("qualitychain.checks.check.check", broken)
    result = run("check", chain_file)
    assert result.exit_code == 3
    (line,) = result.stderr.splitlines()
    assert line.startswith("internal error: TypeError: oh[31m no")
    assert "--debug" in line
    shown = run("--debug", "check", chain_file)
    assert shown.exit_code == 3
    assert "Traceback" in shown.stderr


def test_an_interruption_has_exit_code_130(monkeypatch: pytest.MonkeyPatch, chain_file: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qualitychain.checks.check.check", interrupted)
    result = run("check", chain_file)
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"


def test_the_version_is_printed() -> None:
    assert qc.__version__ in run("--version").stdout
