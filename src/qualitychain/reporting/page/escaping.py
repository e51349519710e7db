"""Text of a model made safe to show on a screen or a terminal; imports nothing heavy."""

from __future__ import annotations

import unicodedata

_SPACES = frozenset({"Zl", "Zp"})
_DROPPED = frozenset({"Cc", "Cf", "Cs"})


def escaped(text: str) -> str:
    r"""Text without what a screen or a terminal would obey: control, reordering and invisible characters.

    Line breaks and tabs stay.

    Examples
    --------
    >>> escaped("\x1b[31mred\u202e, two\nlines")
    '[31mred, two\nlines'
    """
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\t" or category not in _DROPPED:
            kept.append(" " if category in _SPACES else character)
    return "".join(kept)


def one_line(text: str) -> str:
    r"""Inert text on one line.

    Examples
    --------
    >>> one_line("two\n lines")
    'two lines'
    """
    return " ".join(escaped(text).split())
