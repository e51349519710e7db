"""The kinds of value a record may hold, and how each is checked.

Contract for the next author: a check takes whatever the user wrote and returns the clean value, or raises
``ChainError`` with one fault whose message starts with the verb ("must be ...", "is ..."); the record puts its own
label and the field's name in front. Numbers are never read from text, and text never from numbers.
"""

from __future__ import annotations

import math
import numbers
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.values import durations
from qualitychain.near import did_you_mean

ECHO = 40
"""How much of an offending value a message repeats."""
LONGEST_NAME = 200
LARGEST = 1e15
"""Largest rate, cost, count or time: beyond it floating point no longer counts single units."""


def refuse(code: str, message: str, path: tuple[str | int, ...] = ()) -> ChainError:
    """A ``ChainError`` with one fault."""
    return ChainError([Fault(code, path, message)])


def echo(value: object) -> str:
    """The value as a message may repeat it: cut short, with control characters made visible."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**ECHO:
        return f"an integer of more than {ECHO} digits"
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    try:
        text = repr(value[: ECHO + 1]) if isinstance(value, str | bytes) else repr(value)
    except Exception:  # noqa: BLE001  a message must not fail on the value it complains of
        return f"a {type(value).__name__}"
    return text if len(text) <= ECHO + 2 else text[: ECHO - 1] + "..."


def number(value: object) -> float:
    """Any finite real number, not a bool and not text; minus zero becomes zero."""
    if type(value) is float and math.isfinite(value):  # nearly always
        return value + 0.0
    if isinstance(value, str):
        raise refuse("QC013", _how_to_write(value))
    if value is None or isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        raise refuse("QC010", f"must be a number, got {_kind(value)}")
    try:
        result = float(value)
    except (OverflowError, ValueError):
        raise refuse("QC011", f"must be a finite number, got {echo(value)}") from None
    if not math.isfinite(result):
        raise refuse("QC011", f"must be a finite number, got {result}")
    return result + 0.0


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a truth value is not a number)"
    return echo(value)


def _how_to_write(text: str) -> str:
    got = f"got the text {echo(text)}"
    written = text.strip()[:ECHO]
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", written):
        plainly = written.replace(",", "")
        return f"must be a number, {got}; write it without quotes and commas ({plainly}, or with a decimal point)"
    per_cent = written.endswith("%")
    try:
        plain = float(written.rstrip("%").replace(",", ".")) / (100 if per_cent else 1)
    except ValueError:
        plain = math.nan
    if not math.isfinite(plain):
        return f"must be a number, {got}"
    point = ", with a decimal point" if "," in written else ""
    return f"must be a number, {got}; write {plain:.12g} without quotes{point}"


def integer(value: object) -> int:
    """A whole number, not a bool, not text, not 2.0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        number(value)  # refuses text, truth values and the like with the better message
        raise refuse("QC010", f"must be a whole number, got {echo(value)}")
    return operator.index(value)


def between(low: float, high: float, *, open_low: bool = False) -> Callable[[object], float]:
    """A check for a number from ``low`` to ``high``."""

    def check(value: object) -> float:
        result = number(value)
        if result < low or result > high or (open_low and result == low):
            raise refuse("QC012", f"must be {_range(low, high, open_low)}, got {echo(value)}")
        return result

    return check


def _range(low: float, high: float, open_low: bool) -> str:
    if high >= LARGEST:
        if low == 0 and not open_low:
            return "0 or more and at most 1e15"
        return f"greater than {low:g} and at most 1e15" if open_low else f"at least {low:g} and at most 1e15"
    return f"greater than {low:g} and at most {high:g}" if open_low else f"between {low:g} and {high:g}"


def at_least(low: int) -> Callable[[object], int]:
    """A check for a whole number of at least ``low``."""

    def check(value: object) -> int:
        result = integer(value)
        if result < low or result > LARGEST:
            raise refuse("QC012", f"must be a whole number of at least {low} (and at most 1e15), got {echo(value)}")
        return result

    return check


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# letters and marks by category that show nothing: fillers, the grapheme joiner, the blank Braille cell
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")


def _is_noncharacter(character: str) -> bool:
    # never a character in any version of Unicode; some readers refuse a text that holds one
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def is_unseen(character: str) -> bool:
    """Whether a name may not hold the character, because a reader would not see it."""
    return unicodedata.category(character) in _INVISIBLE or character in _BLANK or _is_noncharacter(character)


def _exact(value: str) -> str:
    # a subclass (an enumeration, a numpy string) is not what a file gives back
    return str.__str__(value)


def text(value: object) -> str:
    """Free text for a note or a source: no control characters but line breaks and tabs."""
    if not isinstance(value, str):
        raise refuse("QC010", f"must be text, got {_kind(value)}; put it in quotes")
    for character in value:
        odd = unicodedata.category(character) in ("Cc", "Cs") or _is_noncharacter(character)
        if odd and character not in "\n\t":
            raise refuse("QC002", f"holds the control character U+{ord(character):04X}; remove it")
    if len(value) > 10_000:
        raise refuse("QC012", f"must be at most 10,000 characters long, got {len(value):,}")
    return _exact(value)


def name(value: object) -> str:
    """The name of something: 1 to 200 visible characters, in Unicode normal form C."""
    if (
        type(value) is str
        and value.isascii()
        and value.isprintable()
        and 0 < len(value) <= LONGEST_NAME
        and not value.isspace()
    ):
        return value  # nearly always
    if not isinstance(value, str):
        if type(value) is not bool and isinstance(value, numbers.Real | Decimal):
            raise refuse(
                "QC018", f'is a number ({_digits(value)}) where a name is due; write it in quotes: "{_digits(value)}"'
            )
        raise refuse("QC018", f"must be a name (text), got {_kind(value)}; put it in quotes")
    if len(value) > 4 * LONGEST_NAME:
        raise refuse("QC018", f"must have at most {LONGEST_NAME} characters, got {len(value):,}: {echo(value)}")
    result = unicodedata.normalize("NFC", _exact(value))
    if not result.strip():
        raise refuse("QC018", f"must not be empty, got {echo(value)}")
    if len(result) > LONGEST_NAME:
        raise refuse("QC018", f"must have at most {LONGEST_NAME} characters, got {len(result):,}: {echo(result)}")
    for character in result:
        if is_unseen(character):
            raise refuse(
                "QC018", f"must not hold the invisible character U+{ord(character):04X}, got {echo(result)}; remove it"
            )
    return result


def _digits(value: object) -> str:
    # numpy shows np.int64(12) where a reader wrote 12
    return echo(value.item() if hasattr(value, "item") else value)


def duration(value: object) -> float | str:
    """A length of time: a number in the chain's time unit, or a duration text, kept as it was written."""
    if isinstance(value, str):
        try:
            durations.seconds(value)
        except ValueError as error:
            raise refuse("QC014", f"{error}, got {echo(value)}") from None
        return _exact(value)
    return between(0.0, LARGEST)(value)


def positive_duration(value: object) -> float | str:
    """A length of time that is not zero."""
    result = duration(value)
    if (durations.seconds(result) if isinstance(result, str) else result) == 0:
        raise refuse("QC012", f"must be greater than 0, got {echo(value)}")
    return result


def optional(check: Callable[[object], Any]) -> Callable[[object], Any]:
    """The same check, with None for absent."""
    return lambda value: None if value is None else check(value)


def choice(*words: str) -> Callable[[object], str]:
    """A check for one of a few words, naming the near miss."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in words:
            return _exact(value)
        raise refuse("QC010", f"must be one of {', '.join(words)}, got {echo(value)}{did_you_mean(value, words)}")

    return check


_NUMBER = {"type": "number"}
_DURATION = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "description": "a duration such as '2 d 4 h'"}]
}
_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}

Name = Annotated[str, BeforeValidator(name), WithJsonSchema(_NAME)]
Text = Annotated[str, BeforeValidator(text), WithJsonSchema({"type": "string"})]
Number = Annotated[float, BeforeValidator(number), WithJsonSchema(_NUMBER)]
Probability = Annotated[
    float, BeforeValidator(between(0.0, 1.0)), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
Availability = Annotated[
    float,
    BeforeValidator(between(0.0, 1.0, open_low=True)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
NonNegative = Annotated[float, BeforeValidator(between(0.0, LARGEST)), WithJsonSchema({"type": "number", "minimum": 0})]
Positive = Annotated[
    float,
    BeforeValidator(between(0.0, LARGEST, open_low=True)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
Count = Annotated[int, BeforeValidator(at_least(0)), WithJsonSchema({"type": "integer", "minimum": 0})]
CountFromOne = Annotated[int, BeforeValidator(at_least(1)), WithJsonSchema({"type": "integer", "minimum": 1})]
Duration = Annotated[float | str, BeforeValidator(duration), WithJsonSchema(_DURATION)]
PositiveDuration = Annotated[float | str, BeforeValidator(positive_duration), WithJsonSchema(_DURATION)]
