"""Durations as text (``"2 d 4 h"``, ``"PT36H"``, ``"5 calendar days"``): read, scaled, refused with the reason.

A text is kept as amounts of its units, because how long a day or a week is depends on the chain's calendar. Months
and years have no fixed length and are refused; a number without a unit is refused as text, because a bare number
already has a meaning (the chain's ``time_unit``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from qualitychain.near import did_you_mean, nearest

SECONDS: dict[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
"""Length of each permitted ``time_unit`` in seconds, around the clock."""

LONGEST_SECONDS = 100 * 365.25 * 86400.0
"""A hundred years: anything longer is a slip of the pen."""

WORDS: dict[str, str] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "second"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
}
CALENDAR_UNITS = ("hour", "day", "week")
"""Units that may be said to be of the calendar: ``"5 calendar days"``."""
EXAMPLE = "write for instance '2 d 4 h', '90 min' or 'PT36H'"

_NO_FIXED_LENGTH = frozenset({"mo", "month", "months", "y", "yr", "yrs", "year", "years", "quarter", "quarters"})
_OF_WORK = frozenset({"working", "work", "business", "office"})
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([Cc][Aa][Ll][Ee][Nn][Dd][Aa][Rr](?![A-Za-z])\s*)?([A-Za-z]*)\s*,?\s*")
_AMOUNT = r"[0-9]+(?:[.,][0-9]+)?"
_ISO = re.compile(
    rf"P(?:(?P<week>{_AMOUNT})W)?(?:(?P<day>{_AMOUNT})D)?"
    rf"(?:T(?=[0-9])(?:(?P<hour>{_AMOUNT})H)?(?:(?P<minute>{_AMOUNT})M)?(?:(?P<second>{_AMOUNT})S)?)?",
    re.ASCII | re.IGNORECASE,
)
_ISO_OF_NO_FIXED_LENGTH = re.compile(r"P[0-9.,YMWD]*[YM][0-9.,YMWD]*(T.*)?", re.ASCII | re.IGNORECASE)
# the white space of a duration may hold line breaks (a folded text), but nothing that a file cannot
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_TEXT = 100
_SHORT = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "w"}
_MOST = 1e15


@dataclass(frozen=True)
class Length:
    """A duration as it was written: an amount of each unit it names, of working time or all of calendar time.

    Examples
    --------
    >>> read("2 d 4 h").amounts, read("5 calendar days").calendar
    ({'day': 2.0, 'hour': 4.0}, True)
    """

    amounts: dict[str, float]
    calendar: bool = False

    @property
    def around_the_clock(self) -> float:
        """Its length in seconds where every hour of every day is worked."""
        return sum(amount * SECONDS[unit] for unit, amount in self.amounts.items())

    def surely_longer(self, other: Length) -> bool:
        """Whether it is longer than another under every calendar.

        Both lengths are linear in the hours of a day and the hours of a week, which lie in a triangle: it is enough to
        look at its corners, of which only the last (around the clock) is itself a calendar.

        Examples
        --------
        >>> read("30 h").surely_longer(read("1 d")), read("20 h").surely_longer(read("1 d"))
        (True, False)
        """
        ours, theirs = self._corners, other._corners
        return ours[-1] > theirs[-1] and all(a >= b for a, b in zip(ours, theirs, strict=True))

    @property
    def _corners(self) -> tuple[float, float, float]:
        """Seconds with days of no hours, with whole days but weeks of none, and around the clock."""
        whole = self.around_the_clock
        if self.calendar:
            return 0.0, 0.0, whole
        days, weeks = (self.amounts.get(unit, 0.0) * SECONDS[unit] for unit in ("day", "week"))
        return whole - weeks - days, whole - weeks, whole

    def scaled(self, factor: float) -> str:
        """The text of a duration ``factor`` times as long, of the same kind of days and weeks.

        Examples
        --------
        >>> read("1 w 3 h 30 min").scaled(0.5), read("P1D").scaled(2), read("5 calendar days").scaled(0.5)
        ('0.5 w 105 min', '2 d', '2.5 calendar days')
        """
        return " ".join(f"{_plain(amount * factor)} {unit}" for unit, amount in self._few_units())

    def _few_units(self) -> Iterator[tuple[str, float]]:
        # units whose ratio no calendar changes are put together in the smallest of them that is named
        fixed = CALENDAR_UNITS if self.calendar else ("second", "minute", "hour")
        for unit, amount in self.amounts.items():
            if unit not in fixed:
                yield _SHORT[unit], amount
        named = [unit for unit in SECONDS if unit in fixed and unit in self.amounts]
        if named:
            total = sum(self.amounts[unit] * (SECONDS[unit] / SECONDS[named[0]]) for unit in named)
            yield (f"calendar {named[0]}s" if self.calendar else _SHORT[named[0]]), total


def _plain(amount: float) -> str:
    """A number without exponent, short enough for a duration text; too long a duration stays too long."""
    digits = f"{Decimal(repr(round(min(amount, _MOST), 15))):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def read(text: str) -> Length:
    """The amounts in a duration text.

    Raises
    ------
    ValueError
        When the text is not a duration of fixed length; the message says how to write one.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST_TEXT or not stripped or _CONTROL.search(text):
        raise ValueError(f"is not a duration; {EXAMPLE}")
    if stripped.startswith("-"):
        raise ValueError("must not be negative")
    length = _iso(stripped) if stripped[0] in "Pp" else _spelt(stripped)
    # no calendar makes a duration shorter in the time that passes, so this is too long under each
    if length.around_the_clock > LONGEST_SECONDS:
        raise ValueError("is longer than 100 years; check the unit")
    return length


def _spelt(text: str) -> Length:
    position, amounts, calendar = 0, dict[str, float](), set[bool]()
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"is not a duration; {EXAMPLE}")
        number, of_calendar, word = match.groups()
        if re.match(r",[0-9]", text[match.end(1) :]):
            raise ValueError(f"has a decimal comma; write a decimal point ({EXAMPLE})")
        if not word:
            raise ValueError(_no_unit(of_calendar))
        unit = WORDS.get(word.lower())
        if unit is None:
            raise ValueError(_unknown_unit(word))
        if of_calendar and unit not in CALENDAR_UNITS:
            raise ValueError("counts calendar time in a unit other than hours, days and weeks; leave out 'calendar'")
        if unit in amounts:
            raise ValueError(f"names the unit {unit} twice; {EXAMPLE}")
        amounts[unit] = float(number)
        calendar.add(bool(of_calendar))
        position = match.end()
    if len(calendar) > 1:
        raise ValueError("mixes calendar time with working time; write 'calendar' before each unit, or before none")
    return Length(amounts, calendar.pop())


def _no_unit(of_calendar: str | None) -> str:
    if of_calendar:
        return "says 'calendar' of no unit; write for instance '5 calendar days'"
    return f"has no unit; {EXAMPLE} (a bare number, without quotes, is in the chain's time_unit)"


def _unknown_unit(word: str) -> str:
    if word.lower() in _NO_FIXED_LENGTH:
        return "is not a fixed length: months and years differ; write days or weeks"
    if word == "m":
        return "has the unit 'm', which could be minutes or months; write 'min'"
    if word.lower() in _OF_WORK:
        return f"says '{word}': leave the word out, and state the chain's calendar, under which days are working days"
    if nearest(word.lower(), ("calendar",)):
        return f"has the unknown unit '{word[:20]}'; calendar time is written for instance '5 calendar days'"
    near = did_you_mean(word.lower(), WORDS).rstrip("?")
    return f"has the unknown unit '{word[:20]}'{near or '; use s, min, h, d or w'} ({EXAMPLE})"


def _iso(text: str) -> Length:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        if _ISO_OF_NO_FIXED_LENGTH.fullmatch(text):
            raise ValueError("is not a fixed length: months and years differ; write days or weeks")
        raise ValueError(f"is not an ISO 8601 duration of weeks, days, hours, minutes and seconds; {EXAMPLE}")
    parts = match.groupdict().items()
    return Length({unit: float(value.replace(",", ".")) for unit, value in parts if value})
