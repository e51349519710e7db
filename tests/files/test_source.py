"""Where files are read from: nothing hangs, only files are opened, every refusal is one line."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from support.small_files import GOOD, GOOD_JSON

from qualitychain.errors import ModelFileError
from qualitychain.files import source as opening
from qualitychain.files.limits import Limits
from qualitychain.files.reading import read_chain


def refusal(source: object) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_chain(source)  # type: ignore[arg-type]
    assert caught.value.faults[0].code == "QC019"
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_path_may_be_text_or_a_path_object(tmp_path: Path) -> None:
    file = tmp_path / "order.chain.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert read_chain(str(file)) == read_chain(file)


@pytest.mark.parametrize(
    "content",
    [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), "%YAML 1.1\n---\n" + GOOD],
)
def test_a_mark_other_line_ends_and_a_missing_last_one_change_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "order.chain.yaml"
    file.write_bytes(content.encode())
    assert read_chain(file) == read_chain(io.StringIO(GOOD))


def test_open_files_of_text_and_of_bytes_are_read() -> None:
    assert read_chain(io.StringIO(GOOD)) == read_chain(io.BytesIO(GOOD.encode()))


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert read_chain("-") == read_chain(io.StringIO(GOOD))


def test_faults_of_standard_input_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(ModelFileError, match=r"^<stdin>:1:1: QC001"):
        read_chain("-")


def test_without_standard_input_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert "no standard input" in refusal("-")


def test_the_suffix_decides_and_the_format_argument_overrules_it(tmp_path: Path) -> None:
    file = tmp_path / "order.chain.json"
    file.write_text(GOOD_JSON, encoding="utf-8")
    assert read_chain(file).name == "Order to delivery"
    file.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"read as JSON because of its suffix \.json"):
        read_chain(file)
    assert read_chain(file, format="yaml").name == "Order to delivery"


def test_broken_json_in_a_yaml_file_says_why_it_is_read_as_yaml(tmp_path: Path) -> None:
    file = tmp_path / "order.chain.yaml"
    file.write_text(GOOD_JSON[:-2], encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"read as YAML because of its suffix \.yaml"):
        read_chain(file)


def test_json_is_also_yaml() -> None:
    assert read_chain(io.StringIO(GOOD_JSON)) == read_chain(io.StringIO(GOOD_JSON), format="json")


def test_an_unknown_format_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="format must be"):
        read_chain(io.StringIO(GOOD), format="toml")


def test_what_cannot_be_read_from_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError, match="must be a path"):
        read_chain(3)  # type: ignore[arg-type]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "none.yaml")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert "it is a pipe" in refusal(pipe)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_a_device_is_refused() -> None:
    assert "it is a device" in refusal("/dev/zero")


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "circle" in refusal(tmp_path / "a.yaml")


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    assert read_chain(tmp_path / "link.yaml").name == "Order to delivery"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text(GOOD, encoding="utf-8")

    def denied(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(opening.os, "open", denied)
    assert "permission to read it is denied" in refusal(file)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "moving.yaml"
    file.write_text(GOOD, encoding="utf-8")
    drain = opening._drain

    def grow_then_drain(*arguments: object) -> bytes:
        with file.open("a", encoding="utf-8") as other:
            other.write("# more\n")
        return drain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "_drain", grow_then_drain)
    assert "changed while it was read" in refusal(file)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    assert "not a possible file name" in refusal("a\0b.yaml")


def test_a_file_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    text = refusal(tmp_path / "a\x1b[31m\nb.yaml")
    assert "\x1b" not in text
    assert "\\x1b[31m\\nb.yaml" in text


def test_a_closed_file_is_refused() -> None:
    file = io.StringIO(GOOD)
    file.close()
    assert "closed file" in refusal(file)


class _Endless:
    def read(self, count: int) -> bytes:
        return b"#" * count


def test_an_endless_stream_is_read_only_up_to_the_cap() -> None:
    with pytest.raises(ModelFileError, match="QC005"):
        read_chain(_Endless(), limits=Limits(size=5_000_000))  # type: ignore[arg-type]


class _Failing:
    def read(self, count: int) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_stream_that_fails_is_refused() -> None:
    assert "Input/output error" in refusal(_Failing())


def test_text_with_half_a_character_is_not_utf8() -> None:
    with pytest.raises(ModelFileError, match="QC003"):
        read_chain(io.StringIO("name: \ud83d"))
