"""What an unquoted word of a file means: nothing, a truth value, a number, or text.

The rules are those of the YAML 1.2 core schema with one refusal to guess: what different YAML versions read as
different numbers (``010``, ``0x10``, ``1:30``, ``1_000``) stays text, so that the model asks for a number.
"""

from __future__ import annotations

import re

WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
LONGEST_FLOAT = 400

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NUMBER_ELSEWHERE = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)"
)
_SIGNIFICANT = re.compile(r"[1-9]")
_LEADING = frozenset("+-.0123456789")


class TooLongError(Exception):
    """A number of more digits than are read."""


def meaning(text: str, digits: int) -> str | int | float | bool | None:
    """The value of an unquoted word.

    Examples
    --------
    >>> [meaning(word, 40) for word in ("12", "1e3", "010", "NO", "true", "~")]
    [12, 1000.0, '010', 'NO', True, None]
    """
    if text[:1] in _LEADING:
        if _INTEGER.fullmatch(text):
            return integer(text, digits)
        if _FLOAT.fullmatch(text):
            return floating(text)
    if text in WORDS:
        return WORDS[text]
    return text


def integer(text: str, digits: int) -> int:
    """A whole number of at most ``digits`` digits (the conversion of longer ones takes quadratic time)."""
    if len(text.lstrip("+-")) > digits:
        size = len(text.lstrip("+-"))
        raise TooLongError(f"a whole number of {size:,} digits is too long, at most {digits} are read: {cut(text)}")
    return int(text)


def floating(text: str) -> float:
    """A decimal number of reasonable length."""
    if len(text) > LONGEST_FLOAT:
        raise TooLongError(
            f"a number of {len(text):,} characters is too long, at most {LONGEST_FLOAT} are read: {cut(text)}"
        )
    return float(text)


def cut(text: str, length: int = 40) -> str:
    """The beginning of a text, as much of it as a message repeats."""
    return text if len(text) <= length else text[: length - 3] + "..."


def vanishes(text: str, value: object) -> bool:
    """Whether a number that is not zero was too small to be told from zero."""
    return value == 0 and isinstance(value, float) and _SIGNIFICANT.search(re.split("[eE]", text)[0]) is not None


def number_elsewhere(text: str) -> bool:
    """Whether other readers of YAML take this unquoted text for a number."""
    return text[:1] in _LEADING and _NUMBER_ELSEWHERE.fullmatch(text) is not None
