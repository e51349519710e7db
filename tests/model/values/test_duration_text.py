from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain.model.values.duration_text import SECONDS, read
from qualitychain.model.values.durations import Clock

amounts = st.dictionaries(st.sampled_from(["s", "min", "h", "d", "w"]), st.integers(0, 200), min_size=1)
calendar_amounts = st.dictionaries(
    st.sampled_from(["calendar hours", "calendar days", "calendar weeks"]), st.integers(0, 200), min_size=1
)
clocks = st.builds(
    Clock,
    st.sampled_from(list(SECONDS)),
    st.floats(0.25, 24.0),
    st.floats(0.25, 7.0),
)


def spelt(parts: dict[str, int]) -> str:
    return " ".join(f"{amount} {unit}" for unit, amount in parts.items())


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("5 calendar days", 120),
        ("1 calendar day", 24),
        ("2 calendar weeks", 336),
        ("36 calendar hours", 36),
        ("1 Calendar Week, 2 CALENDAR days", 216),
        ("1.5calendar\n days", 36),
    ],
)
def test_calendar_time_is_read(text: str, hours: float) -> None:
    length = read(text)
    assert length.calendar
    assert length.around_the_clock == hours * 3600


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("2 calendar days 4 h", "mixes calendar time with working time"),
        ("4 h 2 calendar days", "mixes calendar time with working time"),
        ("30 calendar min", "hours, days and weeks; leave out 'calendar'"),
        ("9 calendar seconds", "hours, days and weeks; leave out 'calendar'"),
        ("5 calendar", "says 'calendar' of no unit"),
        ("5 calendar 3 d", "says 'calendar' of no unit"),
        ("1 calendar month", "not a fixed length"),
        ("1 calendar day 2 calendar days", "names the unit day twice"),
        ("5 calender days", "'calender'; calendar time is written for instance '5 calendar days'"),
        ("5 calendardays", "written for instance '5 calendar days'"),
        ("5 working days", "says 'working': leave the word out, and state the chain's calendar"),
        ("5 business days", "state the chain's calendar"),
        ("5 dayz", "did you mean 'day'"),
        ("36526 calendar days", "longer than 100 years"),
    ],
)
def test_what_is_no_calendar_time_is_refused_with_the_remedy(text: str, fact: str) -> None:
    with pytest.raises(ValueError, match=fact):
        read(text)


@pytest.mark.parametrize(
    ("text", "factor", "expected"),
    [
        ("2 h", 0.5, "1 h"),
        ("1 d", 0.5, "0.5 d"),
        ("P1W2D", 2, "2 w 4 d"),
        ("PT36H", 0.5, "18 h"),
        ("1 h 30 min", 1 / 3, "30 min"),
        ("5 calendar days", 0.5, "2.5 calendar days"),
        ("1 calendar week 1 calendar day", 2, "16 calendar days"),
        ("0.1 h", 3, "0.3 h"),
        ("7 d", 0, "0 d"),
        ("1 s", 1e-9, "0.000000001 s"),
        ("1 w", 1e-30, "0 w"),
    ],
)
def test_a_scaled_duration_is_in_the_same_kind_of_days(text: str, factor: float, expected: str) -> None:
    assert read(text).scaled(factor) == expected


@pytest.mark.parametrize("factor", [1e6, 1e30, 1e300])
def test_a_duration_scaled_too_far_is_refused_as_too_long(factor: float) -> None:
    with pytest.raises(ValueError, match="longer than 100 years"):
        read(read("1 w 1 d 59 min 59 s").scaled(factor))


@given(amounts, st.floats(1e-3, 2.0), clocks)
def test_scaling_the_text_scales_the_length_under_every_calendar(
    parts: dict[str, int], factor: float, clock: Clock
) -> None:
    text = spelt(parts)
    scaled = read(text).scaled(factor)
    assert clock.seconds(scaled) == pytest.approx(clock.seconds(text) * factor, rel=1e-9)


@given(st.sampled_from([amounts, calendar_amounts]).flatmap(lambda a: a), amounts, clocks)
def test_what_is_surely_longer_is_longer_under_every_calendar(
    first: dict[str, int], second: dict[str, int], clock: Clock
) -> None:
    ours, theirs = spelt(first), spelt(second)
    if read(ours).surely_longer(read(theirs)):
        assert clock.seconds(ours) > clock.seconds(theirs) * (1 - 1e-12)


@given(amounts, amounts)
def test_what_is_not_surely_longer_is_not_longer_under_some_calendar(
    first: dict[str, int], second: dict[str, int]
) -> None:
    ours, theirs = spelt(first), spelt(second)
    if not read(ours).surely_longer(read(theirs)):
        some = [Clock("hour", hours, days) for hours in (24, 1e-6) for days in (7, 1e-6)]
        assert any(c.seconds(ours) <= c.seconds(theirs) * (1 + 1e-6) + 1 for c in some)
