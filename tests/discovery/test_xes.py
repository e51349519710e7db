"""The XES reader takes logs as they are written, and nothing that could harm the reader."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from qualitychain.discovery import xes
from qualitychain.discovery.xes import read_xes
from qualitychain.errors import LogError

EVENT = '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="{}"/>{}</event>'


def written(tmp_path, text, name="log.xes"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def log(*traces):
    return f'<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">{"".join(traces)}</log>'


def trace(name, *events):
    named = f'<string key="concept:name" value="{name}"/>' if name else ""
    return f'<trace>{named}<string key="size" value="big"/>{"".join(events)}</trace>'


def test_events_become_rows_with_the_attributes_of_their_trace(tmp_path):
    one = EVENT.format("a", "2026-01-01T00:00:00Z", '<int key="n" value="3"/><boolean key="ok" value="true"/>')
    two = EVENT.format("b", "2026-01-01T01:00:00.500+01:00", "")
    table = read_xes(written(tmp_path, log(trace("c1", one, two), trace("", two))))
    assert table["case"].tolist() == ["c1", "c1", "trace 2"]
    assert table["concept:name"].tolist() == ["a", "b", "b"]
    assert table["case:size"].tolist() == ["big"] * 3
    assert table["n"].isna().tolist() == [False, True, True]
    assert table.loc[0, ["n", "ok"]].tolist() == ["3", "true"]
    assert table["time:timestamp"].tolist()[1] == "2026-01-01T01:00:00.500+01:00"


def test_attributes_inside_attributes_and_of_the_log_are_not_events(tmp_path):
    nested = '<string key="x" value="1"><string key="concept:name" value="inner"/></string>'
    text = log('<string key="concept:name" value="the log"/>', trace("c", EVENT.format("a", "2026-01-01", nested)))
    table = read_xes(written(tmp_path, text))
    assert table["concept:name"].tolist() == ["a"]
    assert table["case"].tolist() == ["c"]


def test_a_packed_log_reads_like_a_plain_one(tmp_path):
    text = log(trace("c", EVENT.format("a", "2026-01-01", "")))
    plain = read_xes(written(tmp_path, text))
    packed = read_xes(written(tmp_path, gzip.compress(text.encode()), "log.xes.gz"))
    pd.testing.assert_frame_equal(plain, packed)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE log SYSTEM "file:///etc/hostname"><log/>',
        '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]><log><trace>&x;</trace></log>',
        '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><log>&c;</log>',
        f'<!DOCTYPE log [<!ENTITY a "{"x" * 50_000}">]><log>{"&a;" * 1000}</log>',
    ],
    ids=["outer DTD", "outer entity", "billion laughs", "quadratic blow-up"],
)
def test_a_document_type_is_refused_whatever_it_declares(tmp_path, text):
    with pytest.raises(LogError, match=r"log\.xes:1:\d+: DTD not allowed"):
        read_xes(written(tmp_path, text))


def test_a_log_nested_too_deeply_is_refused(tmp_path):
    with pytest.raises(LogError, match="nested deeper than 64"):
        read_xes(written(tmp_path, "<log>" + "<trace>" * 200_000))


def test_one_huge_attribute_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(xes, "LONGEST_TOKEN", 200_000)
    with pytest.raises(LogError, match="longer than 200,000 bytes"):
        read_xes(written(tmp_path, '<log><trace><string key="k" value="' + "x" * 1_000_000))


def test_too_many_different_attributes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xes, "MOST_COLUMNS", 3)
    many = "".join(f'<string key="k{i}" value="1"/>' for i in range(4))
    with pytest.raises(LogError, match="more than 3 different attributes"):
        read_xes(written(tmp_path, log(trace("c", EVENT.format("a", "2026-01-01", many)))))


def test_a_small_packed_file_that_unpacks_too_large_is_refused(tmp_path):
    bomb = gzip.compress(b"<log>" + b" " * 5_000_000)
    with pytest.raises(LogError, match="more than 1,000,000 bytes when unpacked"):
        read_xes(written(tmp_path, bomb, "bomb.xes.gz"), max_bytes=1_000_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<log><trace>", "not well-formed XML"),
        ("<html/>", "not an XES log: the outermost element is 'html'"),
        ("", "not well-formed XML"),
        (b"\x1f\x8bnot gzip", "cannot be read"),
        ('<?xml version="1.0" encoding="klingon"?><log/>', "not well-formed XML|cannot be decoded"),
    ],
)
def test_what_is_no_log_is_named(tmp_path, text, message):
    from qualitychain.discovery.discover import discover

    with pytest.raises(LogError, match=message):
        discover(written(tmp_path, text), case="case", department="d", timestamp="t")


def test_a_folder_is_not_a_log(tmp_path):
    with pytest.raises(LogError, match="not a regular file"):
        read_xes(tmp_path)
