from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.work import counted

from qualitychain.model.values.durations import LONGEST_SECONDS, SECONDS, Clock, in_unit, seconds


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
    with counted() as work, pytest.raises(ValueError, match="not a duration"):
        seconds(text)
    assert work.calls < 100


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


OFFICE = Clock("hour", hours_per_day=8, days_per_week=5)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("3 h", 3),
        ("90 min", 1.5),
        ("1 d", 8),
        ("1 w", 40),
        ("2 w 3 d 4 h", 108),
        ("P1W2DT3H", 59),
        ("7 calendar days", 40),
        ("2 calendar weeks", 80),
        ("21 calendar hours", 5),
        ("1 calendar day", 40 / 7),
    ],
)
def test_a_calendar_makes_days_and_weeks_of_text_working_ones(text: str, hours: float) -> None:
    assert OFFICE.in_unit(text) == hours
    assert in_unit(text, OFFICE) == hours


@pytest.mark.parametrize("unit", SECONDS)
def test_a_time_unit_is_one_of_working_time_under_a_calendar(unit: str) -> None:
    clock = Clock(unit, hours_per_day=7.5, days_per_week=4)
    assert clock.in_unit(f"3 {unit}s") == 3
    assert clock.in_unit("1 w") == pytest.approx(4 * clock.in_unit("1 d"), rel=1e-15)
    assert clock.in_unit("1 d") == pytest.approx(7.5 * clock.in_unit("1 h"), rel=1e-15)


@given(st.sampled_from(sorted(SECONDS)), st.integers(0, 500), st.integers(0, 500))
def test_without_a_calendar_calendar_time_is_time(unit: str, days: int, hours: int) -> None:
    calendar, plain = f"{days} calendar days {hours} calendar hours", f"{days} d {hours} h"
    assert in_unit(calendar, unit) == in_unit(plain, unit) == Clock(unit).in_unit(calendar)
    assert Clock(unit).in_calendar_days(in_unit(plain, unit)) == pytest.approx(days + hours / 24, rel=1e-14)


@given(st.sampled_from(sorted(SECONDS)), st.floats(0.1, 24), st.floats(0.1, 7), st.floats(0.01, 1000))
def test_calendar_days_come_back_from_working_time(unit: str, hours: float, days: float, calendar: float) -> None:
    clock = Clock(unit, hours, days)
    there = clock.in_unit(f"{calendar:.6f} calendar days")
    assert clock.in_calendar_days(there) == pytest.approx(calendar, rel=1e-4)


def test_working_times_are_converted_to_calendar_days_all_at_once() -> None:
    assert OFFICE.in_calendar_days(np.array([0.0, 8.0, 40.0])).tolist() == pytest.approx([0, 1.4, 7])


def test_a_clock_says_what_it_counts() -> None:
    assert (OFFICE.said, OFFICE.unit, OFFICE.working) == ("working hours", "working hour", True)
    assert (Clock("day").said, Clock("day").unit, Clock("day").working) == ("days", "day", False)
    assert OFFICE.described == "8 hours a day and 5 days a week"
    assert Clock("day", 1, 1).described == "1 hour a day and 1 day a week"


def test_a_calendar_of_all_hours_is_none() -> None:
    assert Clock("hour", hours_per_day=24, days_per_week=7) == Clock("hour") == Clock.of("hour")


@pytest.mark.parametrize("wrong", [{"time_unit": "month"}, {"hours_per_day": 0}, {"days_per_week": 7.5}])
def test_an_impossible_clock_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Clock(**wrong)


def test_on_average_means_within_the_longest_time_without_work() -> None:
    """From 9 to 17 from Monday to Friday, any stretch of whole hours: a weekend of 64 hours is the greatest error."""
    worked = np.tile([9 <= hour % 24 < 17 and hour // 24 < 5 for hour in range(168)], 5)
    done = np.concatenate([[0], np.cumsum(worked)])
    errors = [
        done[start + length] - done[start] - OFFICE.in_unit(f"{length} calendar hours")
        for start in range(168)
        for length in range(1, 600)
    ]
    weekend = OFFICE.in_unit("64 calendar hours")
    assert max(errors) == pytest.approx(weekend)
    assert min(errors) == pytest.approx(-weekend)
