"""What unquoted words mean, and where faults and warnings are placed."""

# ruff: noqa: E501
# A table reads better with one entry on a line.

from __future__ import annotations

import io
import json
import sys
import threading
import warnings
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.small_files import GOOD, GOOD_JSON, json_with_rate, with_name, with_rate

from qualitychain.errors import ChainWarning, ModelFileError
from qualitychain.files import scalars
from qualitychain.files.content import locate
from qualitychain.files.json_nodes import read_json
from qualitychain.files.limits import Limits
from qualitychain.files.reading import read_chain
from qualitychain.files.yaml_nodes import read_yaml


@pytest.mark.parametrize("word", ["NO", "no", "on", "yes", "Off", "y", "2020-01-01", "=", "a:b", "12 h", "0.1.2"])
def test_a_word_that_old_yaml_reads_as_something_else_is_text(word: str) -> None:
    assert scalars.meaning(word, 40) == word


@pytest.mark.parametrize("word", ["010", "0x10", "0o7", "1:30", "1_000", "00.5", "+007"])
def test_what_readers_of_yaml_read_differently_is_text_and_known_to_be_doubtful(word: str) -> None:
    assert scalars.meaning(word, 40) == word
    assert scalars.number_elsewhere(word)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+1", 1),
        ("0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1.0e-07", 1e-7),
    ],
)
def test_numbers_are_numbers(word: str, value: float) -> None:
    read = scalars.meaning(word, 40)
    assert read == value
    assert type(read) is type(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_from_its_shortest_text(value: float) -> None:
    assert scalars.meaning(repr(value), 40) == value


@pytest.mark.parametrize(
    "name", ["NO", "on", "yes", '"12"', "<script>alert(1)</script>", "'\"><img onerror=x>'", "../../etc"]
)
def test_odd_names_are_names(name: str) -> None:
    assert read_chain(io.StringIO(with_name(name))).name == name.strip("'\"" if name[0] == '"' else "'")


def test_minus_zero_is_zero() -> None:
    assert str(read_chain(io.StringIO(with_rate("-0.0"))).handoffs[0].defect_rate) == "0.0"


def test_core_tags_that_say_what_is_there_are_accepted() -> None:
    content = read_yaml(b"!!map\na: !!str 12\nb: !!float 1\nc: !!seq [!!int 3, !!bool true, !!null ~]\n", Limits())
    assert content.data == {"a": "12", "b": 1.0, "c": [3, True, None]}
    assert content.faults == []


@pytest.mark.parametrize(
    ("content", "format_", "place"),
    [(with_rate("1e-400"), "yaml", "13:18"), (json_with_rate("1e-400"), "json", "18:22")],
)
def test_a_number_that_rounds_to_zero_is_warned_of_with_its_place(content: str, format_: str, place: str) -> None:
    with pytest.warns(ChainWarning, match=rf"^<stream>:{place}: QC040 1e-400 is read as 0"):
        chain = read_chain(io.StringIO(content), format=format_)
    assert chain.handoffs[0].defect_rate == 0.0


def test_names_that_look_alike_are_warned_of_with_their_place() -> None:
    cyrillic = GOOD.replace("  - name: Retail\n", "  - name: Retail\n  - name: Ret\u0430il\n").replace(
        "    defect_rate: 0.05\n",
        "    defect_rate: 0.05\n    share: 0.5\n"
        "  - {supplier: Production, customer: Ret\u0430il, defect_rate: 0, share: 0.5}\n",
    )
    with pytest.warns(ChainWarning, match=r"^<stream>:10:\d+: QC041"):
        read_chain(io.StringIO(cyrillic))


def test_warnings_do_not_disturb_those_of_other_threads() -> None:
    before = list(warnings.filters)
    threads = [threading.Thread(target=read_chain, args=(io.StringIO(GOOD),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


def test_one_error_put_into_a_good_file_is_told_at_its_line() -> None:
    lines = GOOD.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        spoilt = "".join(
            [*lines[: number - 1], line.replace(": ", ": \x07", 1).replace(":\n", ":\x07\n"), *lines[number:]]
        )
        with pytest.raises(ModelFileError) as caught:
            read_chain(io.StringIO(spoilt))
        assert caught.value.faults[0].line == number


def test_the_place_of_a_missing_key_is_that_of_the_record_which_lacks_it() -> None:
    with pytest.raises(ModelFileError) as caught:
        read_chain(io.StringIO(GOOD.replace("  - name: Production\n    cycle_time: 2 h\n", "  - cycle_time: 2 h\n")))
    assert ("QC016", 6, 5) in [(f.code, f.line, f.column) for f in caught.value.faults]


def test_places_in_json_and_in_yaml_of_the_same_text_agree() -> None:
    paths = {
        ("suppliers", 0, "name"),
        ("handoffs", 0),
        ("handoffs", 0, "defect_rate"),
        ("handoffs", 0, "none"),
        (),
    }
    as_yaml = read_yaml(GOOD_JSON.encode(), Limits())
    as_json = read_json(GOOD_JSON.encode(), Limits(), "")
    assert as_yaml.data == as_json.data
    assert as_yaml.find(paths) == as_json.find(paths)
    assert as_json.find(paths)[("suppliers", 0, "name"), True] == (5, 7)


def test_places_below_a_complex_key_are_not_confused_with_others() -> None:
    steps = [("{", "", 0), ("[", "", 1), (".", "x", 2), ("]", "", 3), ("{", "", 4), (".", "a", 5), (".", "b", 6), ("}", "", 7),
             (".", "a", 8), (".", "c", 9), ("}", "", 10)]  # fmt: skip
    assert locate(steps, {("a",)}) == {((), False): 0, (("a",), True): 8, (("a",), False): 9}


def test_the_slow_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_chain(io.StringIO(GOOD))
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read_chain(io.StringIO(GOOD)) == fast
    for hostile, code in (
        ("[" * 10_000, "QC005"),
        ("\ta: 1", "QC004"),
        (with_name('"\\ud83d"'), "QC004"),
        ("a: 'b", "QC004"),
    ):
        with pytest.raises(ModelFileError) as caught:
            read_chain(io.StringIO(hostile))
        assert caught.value.faults[0].code == code


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for tag in (
        "!!python/object/apply:os.system",
        "!!python/object/apply:subprocess.call",
        "!!python/object/new:os.system",
    ):
        with pytest.raises(ModelFileError, match="QC008"):
            read_chain(io.StringIO(with_rate(f"{tag} ['touch {trace}']")))
    assert not trace.exists()


def test_a_thousand_handoffs_take_no_recursion() -> None:
    limit = sys.getrecursionlimit()
    rows = "".join(
        f"  - {{supplier: Steelworks, customer: Production, name: n{i}, share: 0.0, defect_rate: 0}}\n"
        for i in range(1_000)
    )
    chain = read_chain(
        io.StringIO(GOOD.replace("    defect_rate: 0.02\n", "    defect_rate: 0.02\n    share: 1\n") + rows)
    )
    assert len(chain.handoffs) == 1_002
    assert sys.getrecursionlimit() == limit


OFFICE = """\
name: Office
calendar: {hours_per_day: 8, days_per_week: 5}
suppliers: [{name: S, rate: 1}]
customers:
  - name: K
    promise: 5 calendar days
handoffs:
  - supplier: S
    customer: K
    defect_rate: 0.1
    lead_time: {uniform: {low: 1 d, high: 20 h}}
"""


def test_a_calendar_is_read_from_yaml_and_json() -> None:
    chain = read_chain(io.StringIO(OFFICE))
    assert chain.clock.said == "working hours"
    assert chain.clock.in_unit(str(chain.customers[0].promise)) == pytest.approx(200 / 7)
    as_json = json.dumps(yaml.safe_load(OFFICE))
    assert read_chain(io.StringIO(as_json), format="json") == chain


def test_faults_of_and_under_a_calendar_have_their_place() -> None:
    def told(text: str) -> list[str]:
        with pytest.raises(ModelFileError) as caught:
            read_chain(io.StringIO(text))
        return str(caught.value).splitlines()

    hours = "calendar.hours_per_day"
    wrong = OFFICE.replace("hours_per_day: 8, days", "hours_per_day: 80, day").replace("calendar days", "calender days")
    assert told(wrong) == [
        f"<stream>:2:27: QC012 {hours} must be greater than 0 and at most 24, got 80",
        "<stream>:2:31: QC015 calendar.day_per_week is unknown; did you mean 'days_per_week'?",
        (
            "<stream>:6:14: QC014 customer 'K': promise has the unknown unit 'calender'; "
            "calendar time is written for instance '5 calendar days', got '5 calender days'"
        ),
    ]
    [order] = told(OFFICE.replace("hours_per_day: 8", "hours_per_day: 24"))
    assert order.startswith(
        "<stream>:11:26: QC034 handoff 'S -> K': lead_time needs low <= high, got '1 d' (24 working"
    )
    assert told(OFFICE.replace("5 calendar days", "300000 h"))[0].startswith(
        "<stream>:6:14: QC014 customer 'K': promise"
    )
