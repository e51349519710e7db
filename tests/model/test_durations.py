from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qualitychain.model.durations import LONGEST_SECONDS, SECONDS, in_unit, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 d 4 h", 187200),
        ("90 min", 5400),
        ("1.5h", 5400),
        ("1 week, 2 days", 777600),
        ("2 D 4 H", 187200),
        ("0 s", 0),
        ("  3 s ", 3),
        ("2 d\n 4 h", 187200),
        ("PT36H", 129600),
        ("pt36h", 129600),
        ("P1W", 604800),
        ("P1DT2H3M4.5S", 93784.5),
        ("PT1,5H", 5400),
        ("36525 d", LONGEST_SECONDS),
    ],
)
def test_a_duration_is_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("90", "has no unit"),
        ("2 d 4", "has no unit"),
        ("1,5 h", "decimal comma"),
        ("P1M", "not a fixed length"),
        ("P1Y", "not a fixed length"),
        ("P1Y2M3DT4H", "not a fixed length"),
        ("3 months", "not a fixed length"),
        ("1 quarter", "not a fixed length"),
        ("5 m", "minutes or months"),
        ("5 parsecs", "unknown unit 'parsecs'"),
        ("-1 h", "negative"),
        ("-PT1H", "negative"),
        ("999999 w", "longer than 100 years"),
        ("1" * 90 + " s", "longer than 100 years"),
        ("1 h 2 h", "twice"),
        ("P", "ISO 8601"),
        ("PT", "ISO 8601"),
        ("P1DT", "ISO 8601"),
        ("PT5\u017f", "ISO 8601"),
        ("1:30", "not a duration|no unit"),
        ("", "not a duration"),
        ("   ", "not a duration"),
        ("h", "not a duration"),
        ("2 h\x1f", "not a duration"),
        ("\u0663 h", "not a duration"),
        ("1 h" + " " * 200 + "2 s", "not a duration"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_reason(text: str, fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        seconds(text)


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="0123456789.,-+ \tPTYMWDHSdhmins", max_size=60),
        st.from_regex(r"P?([0-9.,]{0,9} ?(w|d|h|min|s|M|Y|T)[ ,]?){0,9}", fullmatch=True),
    )
)
@example("P" + "1" * 50)
@example("1." * 40)
def test_any_text_is_a_length_in_range_or_a_value_error(text: str) -> None:
    try:
        length = seconds(text)
    except ValueError as error:
        assert str(error)
        assert str(error).isprintable()
    else:
        assert 0 <= length <= LONGEST_SECONDS


@pytest.mark.parametrize("unit", ["1 d ", "P", "1", " ", "1.", ",", "P1", "9h,"])
def test_a_very_long_text_is_refused_without_being_searched(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    begin = time.process_time()
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)
    assert time.process_time() - begin < 0.5


@given(
    weeks=st.integers(0, 9),
    days=st.integers(0, 9),
    hours=st.integers(0, 99),
    minutes=st.integers(0, 99),
    rest=st.integers(0, 99),
)
def test_the_spelt_and_the_iso_form_agree(weeks: int, days: int, hours: int, minutes: int, rest: int) -> None:
    spelt = f"{weeks} w {days} d {hours} h {minutes} min {rest} s"
    iso = f"P{weeks}W{days}DT{hours}H{minutes}M{rest}S"
    exact = weeks * 604800 + days * 86400 + hours * 3600 + minutes * 60 + rest
    assert seconds(spelt) == seconds(iso) == exact


@pytest.mark.parametrize("unit", SECONDS)
def test_a_length_is_converted_to_each_time_unit(unit: str) -> None:
    assert in_unit(f"3 {unit}s", unit) == 3.0
    assert in_unit("1 w", unit) * SECONDS[unit] == pytest.approx(604800, rel=1e-15)
