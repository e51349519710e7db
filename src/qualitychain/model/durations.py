"""Durations as text (``"2 d 4 h"``, ``"PT36H"``) and their length in a chain's time unit.

Months and years have no fixed length and are refused; a number without a unit is refused as text,
because a bare number already has a meaning (the chain's ``time_unit``).
"""

from __future__ import annotations

import re

SECONDS: dict[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}
"""Length of each permitted ``time_unit`` in seconds."""

LONGEST_SECONDS = 100 * 365.25 * 86400.0
"""A hundred years: anything longer is a slip of the pen."""

WORDS: dict[str, str] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "second"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
}
_CALENDAR = frozenset({"mo", "month", "months", "y", "yr", "yrs", "year", "years", "quarter", "quarters"})
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*,?\s*")
_AMOUNT = r"[0-9]+(?:[.,][0-9]+)?"
_ISO = re.compile(
    rf"P(?:(?P<week>{_AMOUNT})W)?(?:(?P<day>{_AMOUNT})D)?"
    rf"(?:T(?=[0-9])(?:(?P<hour>{_AMOUNT})H)?(?:(?P<minute>{_AMOUNT})M)?(?:(?P<second>{_AMOUNT})S)?)?",
    re.ASCII | re.IGNORECASE,
)
_CALENDAR_ISO = re.compile(r"P[0-9.,YMWD]*[YM][0-9.,YMWD]*(T.*)?", re.ASCII | re.IGNORECASE)
# the white space of a duration may hold line breaks (a folded text), but nothing that a file cannot
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_TEXT = 100
EXAMPLE = "write for instance '2 d 4 h', '90 min' or 'PT36H'"


def seconds(text: str) -> float:
    """Length of a duration text in seconds.

    Parameters
    ----------
    text : str
        Numbers with units (s, min, h, d, w, or their names), or an ISO 8601 duration of weeks, days and time.

    Returns
    -------
    float
        Seconds, from 0 to a hundred years.

    Raises
    ------
    ValueError
        When the text is not a duration of fixed length; the message says how to write one.

    Examples
    --------
    >>> seconds("2 d 4 h") / 3600
    52.0
    >>> seconds("PT36H") == seconds("1.5 d")
    True
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST_TEXT or not stripped or _CONTROL.search(text):
        raise ValueError(f"is not a duration; {EXAMPLE}")
    if stripped.startswith("-"):
        raise ValueError("must not be negative")
    total = _iso(stripped) if stripped[0] in "Pp" else _spelt(stripped)
    if total > LONGEST_SECONDS:
        raise ValueError("is longer than 100 years; check the unit")
    return total


def in_unit(text: str, time_unit: str) -> float:
    """Length of a duration text in the given time unit.

    Examples
    --------
    >>> in_unit("2 d", "hour")
    48.0
    """
    return seconds(text) / SECONDS[time_unit]


def _spelt(text: str) -> float:
    total, position, seen = 0.0, 0, set[str]()
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"is not a duration; {EXAMPLE}")
        number, word = match.groups()
        if re.match(r",[0-9]", text[match.end(1) :]):
            raise ValueError(f"has a decimal comma; write a decimal point ({EXAMPLE})")
        if not word:
            raise ValueError(f"has no unit; {EXAMPLE} (a bare number, without quotes, is in the chain's time_unit)")
        unit = WORDS.get(word.lower())
        if unit is None:
            raise ValueError(_unknown_unit(word))
        if unit in seen:
            raise ValueError(f"names the unit {unit} twice; {EXAMPLE}")
        seen.add(unit)
        total += float(number) * SECONDS[unit]
        position = match.end()
    return total


def _unknown_unit(word: str) -> str:
    if word.lower() in _CALENDAR:
        return "is not a fixed length: months and years differ; write days or weeks"
    if word == "m":
        return "has the unit 'm', which could be minutes or months; write 'min'"
    return f"has the unknown unit '{word[:20]}'; use s, min, h, d or w ({EXAMPLE})"


def _iso(text: str) -> float:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        if _CALENDAR_ISO.fullmatch(text):
            raise ValueError("is not a fixed length: months and years differ; write days or weeks")
        raise ValueError(f"is not an ISO 8601 duration of weeks, days, hours, minutes and seconds; {EXAMPLE}")
    parts = match.groupdict().items()
    return sum(float(value.replace(",", ".")) * SECONDS[unit] for unit, value in parts if value)
