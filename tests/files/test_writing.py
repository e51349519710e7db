"""Chains into files: what is written reads back equal, and the same chain is always the same bytes."""

# ruff: noqa: E501
# A table reads better with one entry on a line.

from __future__ import annotations

import io
import json
import math
import random
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.file_projects import with_projects
from support.random_chains import as_floats, random_chain
from support.small_files import GOOD, GOOD_JSON

from qualitychain.files.limits import Limits
from qualitychain.files.reading import read_chain
from qualitychain.files.writing import chain_text, write_chain
from qualitychain.files.yaml_nodes import read_yaml
from qualitychain.files.yaml_text import quoted, yaml_text
from qualitychain.model.chain.chain import Chain

ODD_TEXTS = ["NO", "on", "y", "12", "010", "0x1F", "1:30", "1_000", "~", "null", "true", ".inf", "a: b", "a #b", "#x", " led", "trailed ",
             "- a", "? a", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "{a}", "[a]", "a,b", "'a'", '"a"', "a\nb", "a\tb", "\\", "é",
             "😀", "中文", "a\u2028b", "\x85", "\ufeff", "\u200b", "\xad", "=HYPERLINK(1)", "2020-01-01", "---", "...", "<<", "",
             "A -> B: c", "Turning & Milling - Machine 4", "1e5", "+", "-", ".", "a:", ":a", "NaN", "\u00a0"]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(ODD_TEXTS), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
KEYS = TEXTS.filter(lambda key: key != "<<")  # refused as a key, quoted or not
NUMBERS = st.one_of(
    st.integers(-(10**39), 10**39), st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)
)
DATA = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def some_chain(seed: int) -> Chain:
    rng = random.Random(seed)
    return Chain.from_dict(with_projects({"name": "Random", **as_floats(random_chain(rng))}, rng))


@given(st.dictionaries(KEYS, DATA, max_size=5))
def test_any_data_reads_back_equal_and_of_the_same_kinds(data: dict[str, object]) -> None:
    content = read_yaml(yaml_text(data).encode(), Limits(depth=100))
    assert content.faults == []
    assert repr(content.data) == repr(data)
    assert list(content.ambiguous) == []


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_other_readers_of_yaml_read_the_same_text(text: str) -> None:
    assert yaml.safe_load(f"a: {quoted(text)}\n") == {"a": text}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_other_readers_of_yaml_read_the_same_number(value: float) -> None:
    read = yaml.safe_load(yaml_text({"a": value}))["a"]
    assert isinstance(read, float)
    assert read == value


@pytest.mark.parametrize(
    "name", ["Quality control", "IT", "Turning & Milling - Machine 4", "A -> B", "Größe", "B2B (north)"]
)
def test_ordinary_names_need_no_quotes(name: str) -> None:
    assert quoted(name) == name


def test_a_small_rate_reads_back_as_a_number() -> None:
    assert yaml_text({"a": 1e-7}) == "a: 1.0e-07\n"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        yaml_text({"a": value})


def test_what_is_not_plain_data_is_not_written() -> None:
    with pytest.raises(TypeError, match="cannot write"):
        yaml_text({"a": object()})


@pytest.mark.filterwarnings("ignore::qualitychain.errors.ChainWarning")
@pytest.mark.parametrize("format_", ["yaml", "json"])
@pytest.mark.parametrize("seed", range(25))
def test_a_chain_reads_back_equal_and_is_written_the_same_again(seed: int, format_: str) -> None:
    chain = some_chain(seed)
    text = chain_text(chain, format=format_)
    again = read_chain(io.StringIO(text), format=format_)
    assert again == chain
    assert chain_text(again, format=format_) == text
    assert again.to_dict() == chain.to_dict()


def test_the_suffix_decides_how_a_file_is_written(tmp_path: Path) -> None:
    chain = read_chain(io.StringIO(GOOD))
    write_chain(chain, tmp_path / "a.chain.json")
    write_chain(chain, tmp_path / "a.chain.yaml")
    write_chain(chain, tmp_path / "a.txt", format="json")
    assert json.loads((tmp_path / "a.chain.json").read_bytes())["name"] == "Order to delivery"
    assert (tmp_path / "a.chain.yaml").read_bytes().startswith(b"schema_version: 1\nname: Order to delivery\n")
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / "a.chain.json").read_bytes()


def test_a_file_has_unix_line_ends_and_ends_with_one(tmp_path: Path) -> None:
    for name in ("a.yaml", "a.json"):
        write_chain(read_chain(io.StringIO(GOOD)), tmp_path / name)
        content = (tmp_path / name).read_bytes()
        assert b"\r" not in content
        assert content.endswith(b"\n")
        assert not content.endswith(b"\n\n")


def test_open_files_of_text_and_of_bytes_are_written() -> None:
    chain = read_chain(io.StringIO(GOOD_JSON))
    as_text, as_bytes = io.StringIO(), io.BytesIO()
    write_chain(chain, as_text)
    write_chain(chain, as_bytes)
    assert as_text.getvalue().encode() == as_bytes.getvalue() == chain_text(chain).encode()
    with tempfile.NamedTemporaryFile() as file:
        write_chain(chain, file)
        assert Path(file.name).read_bytes() == as_bytes.getvalue()


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    chain = read_chain(io.StringIO(GOOD))
    write_chain(chain, "-")
    assert capsys.readouterr().out == chain_text(chain)


def test_without_standard_output_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OSError, match="no standard output"):
        write_chain(read_chain(io.StringIO(GOOD)), "-")


def test_what_cannot_be_written_to_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError, match="must be a path"):
        write_chain(read_chain(io.StringIO(GOOD)), 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_calendar_and_calendar_durations_are_written_as_they_are(kind: str) -> None:
    data = yaml.safe_load(GOOD) | {"calendar": {"hours_per_day": 7.5, "days_per_week": 5}}
    data["customers"][0]["promise"] = "5 calendar days"
    chain = Chain.from_dict(data)
    text = chain_text(chain, format=kind)
    again = read_chain(io.StringIO(text), format=kind)
    assert again == chain
    assert chain_text(again, format=kind) == text
    written = yaml.safe_load(text)
    assert written["calendar"] == {"hours_per_day": 7.5, "days_per_week": 5.0}
    assert written["customers"][0]["promise"] == "5 calendar days"
