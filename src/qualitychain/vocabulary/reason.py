"""Why a figure does not exist: a reason that code decides by, and words that people read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum
from typing import Any, NamedTuple, Self


class Reason(Enum):
    """Why a figure does not exist, or is what it is. Code asks for the member; the words are for people."""

    NOTHING_DELIVERED = "no unit is delivered"
    NO_DEFECTS = "no defects in the model"
    ALL_DEFECTS = "every unit is nonconforming in the model"
    UNKNOWN_RATE = "a defect rate is not known"
    NO_WORK = "nothing comes that way"
    NO_CYCLE_TIME = "a working time is not given"
    OVERLOADED = "its queue grows for ever"
    NO_PROMISE = "nothing is promised"
    NOT_GIVEN = "a figure is not given"
    NO_COST = "no cost is given"
    NOT_ASKED = "not asked for"
    LEFT_OUT = "left out, it would take long"
    NO_SOLUTION = "it cannot be worked out"
    NOT_APPLICABLE = "it has no meaning here"


class Why(str):
    """The words why a figure does not exist; ``reason`` is what code decides by, never the words.

    Examples
    --------
    >>> why = Why(Reason.OVERLOADED, "Make cannot keep up, so its queue grows for ever")
    >>> why.reason.name, str(why)
    ('OVERLOADED', 'Make cannot keep up, so its queue grows for ever')
    """

    __slots__ = ("reason",)
    reason: Reason

    def __new__(cls, reason: Reason, words: str = "") -> Self:
        """The words of the reason itself where none are given."""
        made = super().__new__(cls, words or reason.value)
        made.reason = reason
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.reason, str(self)

    def __repr__(self) -> str:
        return f"Why({self.reason.name}, {str(self)!r})"


class Place(NamedTuple):
    """Where a figure stands: table, row and column; a whole row or table without the later ones.

    A figure of the result itself has only a column; the row is what the index of the table holds.
    """

    table: str = ""
    row: Hashable = None
    column: str = ""


Missing = Mapping[Place, Why]


def why(missing: Missing, table: str, row: Hashable = None, column: str = "") -> Why | None:
    """Why a figure does not exist: said of it, else of its row, else of its table; None where nothing is said."""
    for place in (Place(table, row, column), Place(table, row), Place(table)):
        if place in missing:
            return missing[place]
    return None
