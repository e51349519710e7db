"""The four steps of CONTRIBUTING: a toy analysis, registered by one line, is found wherever people look."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

import pytest
from click.testing import CliRunner
from support.small_chains import two_steps

import qualitychain as qc
from qualitychain.analysis.base.result import Place, Result, Why
from qualitychain.analysis.base.study import Study
from qualitychain.cli import main
from qualitychain.reporting.reference import tables_page
from qualitychain.vocabulary import registry
from qualitychain.vocabulary.reason import Reason
from qualitychain.vocabulary.table import Analysis, TableSpec, columns

if TYPE_CHECKING:
    import pandas as pd

NAMES = TableSpec(
    "name_lengths", "lengths", "Lengths of names", "how long the name of each customer is", ("customer",),
    columns("n", "defect_rate"),
)  # fmt: skip
TOY = Analysis("toy", "Toy", "toy:toy_of", (NAMES,))


@dataclass(frozen=True, kw_only=True)
class Toy(Result):
    """How long names are."""

    tables: ClassVar[tuple[TableSpec, ...]] = TOY.tables
    lengths: pd.DataFrame

    def summary(self) -> str:
        """In a line."""
        return f"Toy: names have {self.lengths['n'].sum()} letters"


def toy_of(study: Study) -> Toy:
    """The toy of a study."""
    import pandas as pd

    names = [customer.name for customer in study.chain.customers]
    index = pd.Index(names, name="customer")
    return Toy(
        lengths=pd.DataFrame({"n": [len(name) for name in names], "defect_rate": float("nan")}, index=index),
        exact=True,
        method="counting letters",
        assumptions=("Every letter counts.",),
        missing={Place("lengths", names[0], "defect_rate"): Why(Reason.NOT_ASKED, "a toy knows of no defects")},
        units=study.units,
    )


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy's module below ``qualitychain``, and its line in the registry."""
    module = ModuleType("qualitychain.toy")
    module.TOY, module.toy_of = TOY, toy_of  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "qualitychain.toy", module)
    monkeypatch.setattr(registry, "SPECS", (*registry.SPECS, "toy:TOY"))
    yield
    registry._described.cache_clear()


@pytest.fixture
def chain_file(tmp_path: Path) -> Path:
    path = tmp_path / "two.chain.yaml"
    qc.write_chain(two_steps(), path)
    return path


def shown(*arguments: object) -> str:
    done = CliRunner().invoke(main, ["show", *map(str, arguments)], prog_name="qualitychain")
    assert done.exit_code == 0, done.output
    return done.stdout


def test_show_lists_it_and_shows_its_table(chain_file: Path) -> None:
    listed = "  name_lengths       how long the name of each customer is"
    assert listed in shown(chain_file)
    assert "name_lengths" in shown("--help")
    alone = shown(chain_file, "--table", "name_lengths")
    assert alone.splitlines()[0] == "Lengths of names"
    assert "Shop      4            -" in alone
    assert alone.endswith("Not available: a toy knows of no defects\n")
    everything = shown(chain_file, "--all")
    assert "Toy: names have 4 letters" in everything
    assert "- Every letter counts." in everything


def test_json_holds_it_with_units_and_reasons(chain_file: Path) -> None:
    assert json.loads(shown(chain_file, "--table", "name_lengths", "--format", "json")) == [
        {"customer": "Shop", "n": 4, "defect_rate": None}
    ]
    toy = json.loads(shown(chain_file, "--format", "json"))["toy"]
    assert toy["lengths"][0]["n"] == 4
    assert toy["units"] == {"lengths": {"n": "count", "defect_rate": "share"}}
    assert toy["missing"][0]["reason"] == "NOT_ASKED"


def test_the_folder_of_csv_files_holds_it_and_says_its_units(chain_file: Path, tmp_path: Path) -> None:
    shown(chain_file, "--format", "csv", "-o", tmp_path / "tables")
    text = (tmp_path / "tables" / "name_lengths.csv").read_text(encoding="utf-8")
    assert text == '"customer","n","defect_rate"\n"Shop",4,""\n'
    columns_file = (tmp_path / "tables" / "columns.csv").read_text(encoding="utf-8")
    assert '"name_lengths","n","count","","units counted"' in columns_file


def test_the_report_has_a_section_of_it() -> None:
    page = qc.report_html(two_steps())
    section = page[page.index('<h2 id="toy">Toy</h2>') :]
    section = section[: section.index("</section>")]
    assert "<p>Toy: names have 4 letters</p>" in section
    assert "<caption>Lengths of names</caption>" in section
    assert '<a href="#toy">Toy</a>' in page
    assert "<li>Every letter counts.</li>" in page


def test_the_reference_of_tables_has_it() -> None:
    page = tables_page()
    assert "## Toy" in page
    assert "Lengths of names: how long the name of each customer is. Held as `.lengths`. Index: `customer`." in page
    assert "| `n` | count |  | units counted |" in page
