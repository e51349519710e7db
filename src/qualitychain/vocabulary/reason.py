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
    UNKNOWN_TIME = "a time that it rests on is not known"
    UNKNOWN_RATE = "it rests on a defect rate that is not known"
    NO_WORK = "nothing comes that way"
    NO_CYCLE_TIME = "a working time is not given"
    OVERLOADED = "its queue grows for ever"
    NO_PROMISE = "nothing is promised"
    NOT_GIVEN = "a figure is not given"
    NO_COST = "no cost is given"
    NOT_ASKED = "not asked for"
    LEFT_OUT = "left out, it would take long"
    NO_SOLUTION = "it cannot be worked out"
    NO_DERIVATIVE = "a small change has no effect in proportion to it"
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


def because(words: str | None, reason: Reason) -> bool:
    """Whether words say why a figure does not exist, and for this reason.

    Examples
    --------
    >>> because(Why(Reason.OVERLOADED), Reason.OVERLOADED), because("its queue grows for ever", Reason.OVERLOADED)
    (True, False)
    """
    return isinstance(words, Why) and words.reason is reason


class Place(NamedTuple):
    """Where a figure stands: table, row and column; a whole row or table without the later ones.

    A figure of the result itself has only a column; the row is what the index of the table holds.
    """

    table: str = ""
    row: Hashable = None
    column: str = ""


Missing = Mapping[Place, Why]


def why(missing: Missing, table: str, row: Hashable = None, column: str = "") -> Why | None:
    """Why a figure does not exist; None where nothing is said.

    What is said of it comes first, then of its row, of the rows that begin as its row does (all of one customer, where
    rows are of a customer and a handoff; or of one handoff whoever the customer: ``(None, "A -> B")``), of its column,
    of its table.
    """
    for some in (row, *_beginnings(row)):
        for place in (Place(table, some, column), Place(table, some)):
            if place in missing and some is not None:
                return missing[place]
    return missing.get(Place(table, None, column)) or missing.get(Place(table))


def _beginnings(row: Hashable) -> list[Hashable]:
    """Keys that stand for many rows, the longest first; a single name stands for itself, None in front for any."""
    if not isinstance(row, tuple):
        return []
    return [*(row[:n] for n in range(len(row) - 1, 1, -1)), *row[:1], (None, *row[1:])]


def joined(*whys: Why | None, between: str = "; ") -> Why | None:
    """Several whys as one; the first gives the reason that code decides by. None where there is none.

    Examples
    --------
    >>> joined(Why(Reason.NO_PROMISE), None, Why(Reason.NOT_GIVEN, "no value is given"))
    Why(NO_PROMISE, 'nothing is promised; no value is given')
    """
    some = list(dict.fromkeys(w for w in whys if w))
    return Why(some[0].reason, between.join(some)) if some else None
