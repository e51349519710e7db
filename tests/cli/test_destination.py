"""Nothing that somebody wrote is lost: outputs replace only earlier outputs of their kind, and are looked at first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import Result
from support.command import run

from qualitychain.files.atomic import atomic_write_text
from qualitychain.files.starter import starter_text


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "mine.chain.yaml"
    path.write_text(starter_text(), encoding="utf-8")
    return path


def refused(result: Result, words: str) -> None:
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["report", "schema", "show"])
def test_a_model_is_never_overwritten_unasked(command: str, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.chain.yaml"
    other.write_text("# edited by hand\n", encoding="utf-8")
    arguments: dict[str, tuple[object, ...]] = {
        "report": ("report", model, "-o", other),
        "schema": ("schema", "-o", other),
        "show": ("show", model, "--format", "csv", "-o", other),
    }
    refused(run(*arguments[command]), "other.chain.yaml")
    assert other.read_text(encoding="utf-8") == "# edited by hand\n"


def test_an_earlier_output_of_the_same_kind_is_replaced(model: Path, tmp_path: Path) -> None:
    page, schema, tables = tmp_path / "page.html", tmp_path / "schema.json", tmp_path / "tables"
    for _ in range(2):
        assert run("report", model, "-o", page).exit_code == 0
        assert run("schema", "-o", schema).exit_code == 0
        assert run("show", model, "--format", "csv", "-o", tables).exit_code == 0
    refused(run("schema", "-o", page), "is no earlier schema")
    refused(run("report", model, "-o", schema), "is no earlier report")
    assert run("report", model, "-o", schema, "--force").exit_code == 0
    assert "doctype html" in schema.read_text(encoding="utf-8")


def test_tables_of_somebody_else_are_not_overwritten(model: Path, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("mine", encoding="utf-8")
    refused(run("show", model, "--format", "csv", "-o", tmp_path), "customers.csv exists already")
    assert (tmp_path / "customers.csv").read_text(encoding="utf-8") == "mine"
    assert run("show", model, "--format", "csv", "-o", tmp_path, "--force").exit_code == 0


def test_a_place_that_is_not_there_is_refused_before_the_model_is_even_read(tmp_path: Path) -> None:
    result = run("report", tmp_path / "no.chain.yaml", "-o", tmp_path / "nodir" / "x.html")
    refused(result, "No such file or directory")
    assert "no.chain.yaml" not in result.stderr


def test_several_tables_are_shown_one_after_the_other(model: Path) -> None:
    both = run("show", model, "--table", "customers", "--table", "yields")
    assert both.exit_code == 0
    assert both.stdout.index("External customers") < both.stdout.index("Yields")
    refused(run("show", model, "--table", "customers", "--table", "yields", "--format", "csv"), "csv holds one table")


@pytest.mark.skipif(os.name == "nt", reason="there, leftovers are not looked for")
def test_what_a_killed_writer_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "chain.yaml"
    atomic_write_text(target, "one")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # a writer that dies between its temporary file and its name
        from qualitychain.files import atomic

        os.close(read)
        atomic._create(str(tmp_path), 0o600)
        os._exit(0)
    os.close(write)
    os.close(read)
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 2
    alive = tmp_path / f"{atomic_name()}{os.getpid()}-00.tmp"
    alive.touch()
    atomic_write_text(target, "two")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive.name, "chain.yaml"])


def atomic_name() -> str:
    from qualitychain.files import atomic

    return atomic._mine()
