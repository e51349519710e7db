"""Plain data as YAML that every reader of YAML understands alike, with the same bytes for the same data.

Text is left unquoted only where no version of YAML could read it as something else; numbers are written so that they
read back exactly.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan"])
_PLAIN = re.compile(r"[^\W\d_][\w .()/>+&-]*(?<! )")
_UNSEEN = re.compile("[\x7f-\xa0\xad\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]")


def yaml_text(data: dict[str, Any]) -> str:
    r"""Block-style YAML of a mapping, in its own order, ending with a line break.

    Parameters
    ----------
    data : dict
        Text, numbers, truth values, None, lists and mappings with text keys.

    Raises
    ------
    ValueError
        For a number that is not finite.
    TypeError
        For anything else.

    Examples
    --------
    >>> print(yaml_text({"name": "NO", "rate": 1e-7, "steps": [{"item": "a: b"}, {}]}), end="")
    name: "NO"
    rate: 1.0e-07
    steps:
      - item: "a: b"
      - {}
    """
    return "".join(_mapping(data, "")) if data else "{}\n"


def _mapping(data: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{indent}{quoted(key)}:", value, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield f"{head}\n"
        yield from _mapping(value, indent + "  ")
    elif isinstance(value, list | tuple) and value:
        yield f"{head}\n"
        yield from _list(value, indent + "  ")
    else:
        yield f"{head} {scalar(value)}\n"


def _list(data: list[Any] | tuple[Any, ...], indent: str) -> Iterator[str]:
    for value in data:
        if isinstance(value, dict) and value:
            inner = _mapping(value, indent + "  ")
            yield f"{indent}- {next(inner)[len(indent) + 2 :]}"
            yield from inner
        else:
            yield from _entry(f"{indent}-", value, indent)


def scalar(value: Any) -> str:
    """One value without structure."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _floating(value)
    if isinstance(value, dict | list | tuple) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    raise TypeError(f"cannot write {type(value).__name__} to a file")


def _floating(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"cannot write {value}: not a finite number")
    text = float.__repr__(value + 0.0)
    # YAML 1.1 reads an exponent only after a decimal point
    return text.replace("e", ".0e", 1) if "e" in text and "." not in text else text


def quoted(text: str) -> str:
    """Text, in double quotes unless it is unmistakable without."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not _UNSEEN.search(text):
        return text
    return _UNSEEN.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
