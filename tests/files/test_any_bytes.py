"""Whatever is in a file: a chain or a ``ModelFileError`` whose places lie inside the file, nothing else."""

# ruff: noqa: E501
# A table reads better with one entry on a line.

from __future__ import annotations

import io
import json
import re
import warnings

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.small_files import GOOD, GOOD_JSON

from qualitychain.errors import ModelFileError
from qualitychain.files.reading import read_chain
from qualitychain.model.chain.chain import Chain

BITS = ["[", "]", "{", "}", ": ", "- ", "? ", "\n", "  ", "\t", "'", '"', "&a ", "*a", "!!", "!x", "%", "|", ">", "#", "<<", "---\n",
        "...\n", "name", "handoffs", "suppliers", "0.1", "1e999", "~", "true", "\\u0000", "\u2028", "\x85", "é", "😀", "\ufeff", "010"]  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(BITS), max_size=30).map("".join)


def lines_of(content: bytes, format_: str) -> list[str]:
    breaks = "\r\n|[\r\n]" if format_ == "json" else "\r\n|[\r\n\x85\u2028\u2029]"
    return re.split(breaks, content.decode("utf-8", "replace").removeprefix("\ufeff"))


def check(content: bytes, format_: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            chain = read_chain(io.BytesIO(content), format=format_)
        except ModelFileError as error:
            assert error.faults
            lines = lines_of(content, format_)
            for fault in error.faults:
                assert fault.line is not None
                assert fault.column is not None
                assert 1 <= fault.line <= len(lines), str(error)
                assert 1 <= fault.column <= max(map(len, lines)) + 1, str(error)
        else:
            assert isinstance(chain, Chain)


@example(b"\r\x00", "json")
@example(b'\r{"name": \r1', "json")
@given(st.binary(max_size=200), st.sampled_from(["yaml", "json"]))
def test_of_any_bytes(content: bytes, format_: str) -> None:
    check(content, format_)


@example("[\u2028", "yaml")
@given(st.one_of(st.text(max_size=200), FRAGMENTS), st.sampled_from(["yaml", "json"]))
def test_of_any_text(content: str, format_: str) -> None:
    check(content.encode("utf-8", "replace"), format_)


@given(st.data(), st.sampled_from([(GOOD, "yaml"), (GOOD_JSON, "json")]), FRAGMENTS)
@settings(max_examples=200)
def test_of_a_good_file_with_something_put_in_or_taken_out(
    data: st.DataObject, good: tuple[str, str], piece: str
) -> None:
    content, format_ = good
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    check((content[:start] + piece + content[end:]).encode(), format_)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["hour", "2 h", "A", "B"]),
)
FIELDS = st.sampled_from(["name", "suppliers", "departments", "customers", "handoffs", "requirements", "supplier", "customer", "rate",
                          "defect_rate", "sample", "inspection", "detect", "cycle_time", "gamma", "mean", "scv", "nps", "note"])  # fmt: skip
OBJECTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(FIELDS, st.text(max_size=4)), inner, max_size=5),
    ),
)


@given(OBJECTS, st.sampled_from(["yaml", "json"]))
@settings(max_examples=200)
def test_of_any_json_object(value: object, format_: str) -> None:
    check(json.dumps(value).encode(), format_)


@given(st.dictionaries(FIELDS, OBJECTS, max_size=6))
@settings(max_examples=100)
def test_of_any_mapping_with_familiar_fields(value: dict[str, object]) -> None:
    good = json.loads(GOOD_JSON)
    check(json.dumps({**good, **value}).encode(), "json")
