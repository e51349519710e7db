"""Pulled requests through their inspection and all their rounds: two states on the table of moves.

A draw is a step like any other. A reject that is returned is drawn again (formulas: Pulled services), conforming or
not, so the rounds of a request are a chain of two states; its solution is written without a difference of near numbers,
so that rates of 1e-18 keep all their digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from qualitychain.engine.network.network import Flags, Floats
from qualitychain.engine.quality.moves import (
    BEGINS,
    ENDS,
    MOVES,
    REJECTED,
    SHOWN,
    Terms,
    chances,
    classes_of,
    from_bad,
    from_good,
)


@cache
def _rows(begins: int, ends: int, rejected: tuple[bool, ...]) -> list[int]:
    return [
        m for m, move in enumerate(MOVES) if move.begins == begins and move.ends == ends and move.rejected in rejected
    ]


def gathered(values: Sequence[Any], *, begins: int, ends: int, rejected: tuple[bool, ...] = (False, True)) -> Any:
    """The sum of the values of some moves; 0 where there is none."""
    found = [values[m] for m in _rows(begins, ends, rejected) if m < len(values)]
    return sum(found[1:], found[0]) if found else 0.0


class Round(NamedTuple):
    """From a draw that begins conforming until the request ends or is drawn conforming again."""

    again: Any
    """Draws in turn that begin nonconforming, once one does."""
    away: Any
    """Draws that begin nonconforming."""
    back: Any
    """It is drawn conforming again."""
    good: Any
    """It ends so."""
    bad: Any


def round_of(
    values: Sequence[Any], times: Callable[[Any, Any], Any], repeated: Callable[[Any, Any, Any], Any]
) -> Round:
    """The round of requests whose rejects are drawn again.

    Parameters
    ----------
    values : sequence
        Of the moves: chances, masses with moments, transforms. Those of a nonconforming start may be left out where no
        draw begins so.
    times : callable
        Product of two values.
    repeated : callable
        Any number of repetitions of the first argument: 1 / (1 - x). The others are the ways in which they end, which
        make up the rest of 1 if nothing is thinned out.
    """
    accepted, rejected = (False,), (True,)
    missed, cleared = gathered(values, begins=1, ends=1, rejected=accepted), gathered(values, begins=1, ends=0)
    again = repeated(gathered(values, begins=1, ends=1, rejected=rejected), missed, cleared)
    away = times(gathered(values, begins=0, ends=1, rejected=rejected), again)
    return Round(
        again=again,
        away=away,
        back=gathered(values, begins=0, ends=0, rejected=rejected) + times(away, cleared),
        good=gathered(values, begins=0, ends=0, rejected=accepted),
        bad=gathered(values, begins=0, ends=1, rejected=accepted) + times(away, missed),
    )


class Rounds:
    """All rounds of some requests in plain chances, with what they count and how that changes.

    Examples
    --------
    >>> one = np.ones(1)
    >>> rework = Terms(0.2 * one, 0.75 * one, 0 * one, one, 0 * one, 0 * one, one > 0, one > 0)
    >>> rounds = Rounds(rework, [one, 0 * one, 0 * one, 0 * one])
    >>> float(round(rounds.bad[0] * 17, 12)), float(round(rounds.draws[0] * 17, 12))
    (1.0, 20.0)
    """

    terms: Terms
    whole: bool
    ends: Floats

    def __init__(self, terms: Terms, visit: Sequence[Floats], *, whole: bool = True) -> None:
        """Solve the rounds.

        Parameters
        ----------
        terms : Terms
        visit : sequence of CLASSES arrays, shape (n,) each
            Chances of the classes of a visit to each giver.
        whole : bool
            Whether they add up to 1: nothing is thinned out.
        """
        self.terms, self.whole = terms, whole
        # a circle of needs asks for thousands of small sets of rounds, so nothing is stacked before it is needed
        self._values = [*from_good(terms, visit), *from_bad(terms, visit)]

        def ending(back: Floats, good: Floats, bad: Floats) -> Floats:
            return good + bad if whole else 1.0 - back

        def repeated(back: Floats, good: Floats, bad: Floats) -> Floats:
            # where a nonconforming draw would be repeated for ever: the model refuses it if it can be entered
            ends = ending(back, good, bad)
            return np.asarray(1.0 / np.where(ends > 0, ends, 1.0))

        self.round = round_of(self._values, np.multiply, repeated)
        self.ends = np.where(terms.returned, ending(self.round.back, self.round.good, self.round.bad), 1.0)
        """Chance that a round ends the request; 0 where it never ends."""
        some = self.ends > 0
        self._first = np.where(some, 1.0 / np.where(some, self.ends, 1.0), 0.0)

    @cached_property
    def moves(self) -> Floats:
        """Chance of every move of a draw, shape (12, n)."""
        return np.array(np.broadcast_arrays(*self._values))

    @cached_property
    def begun(self) -> Floats:
        """Expected draws that begin conforming and nonconforming, 0 where they never end, shape (2, n)."""
        return np.where(self.terms.returned, (self._first, self._first * self.round.away), np.array([[1.0], [0.0]]))

    def count(self, flags: Any) -> Floats:
        """Expected number of some moves until the request ends, shape (n,)."""
        return np.asarray((self.begun[BEGINS[:, 0]] * self.moves * flags).sum(axis=0))

    @property
    def stuck(self) -> Flags:
        """Whether a request drawn nonconforming would be drawn so for ever, shape (n,)."""
        stays = gathered(self._values, begins=1, ends=1, rejected=(True,))
        leaves = self.moves * ((BEGINS == 1) & ~(REJECTED & (ENDS == 1)))
        ends = leaves.sum(axis=0) if self.whole else 1.0 - stays
        return np.asarray(self.terms.returned & ~(ends > 0))

    @property
    def ends_bad(self) -> Flags:
        """Moves that end the request with a bad result, shape (12, n)."""
        return np.asarray(self.terms.handed_on & (ENDS == 1))

    @property
    def bad(self) -> Floats:
        """Probability that the accepted result is bad, shape (n,)."""
        once = gathered(self._values, begins=0, ends=1)
        bad = np.where(self.terms.returned, self._first * self.round.bad, once)
        some = self.ends > 0
        if some.all():
            return np.asarray(bad)
        # never accepted: seen from "all bad" on the way down, the result counts as bad
        return np.where(some, bad, (self.moves * (BEGINS < SHOWN)).any(axis=0))

    @property
    def draws(self) -> Floats:
        """Expected draws until a result is accepted, shape (n,)."""
        draws = np.where(self.terms.returned, self._first * (1.0 + self.round.away), 1.0)
        return np.where(self.ends > 0, draws, np.inf)

    def slopes(self, flags: Any, changes: Sequence[Floats]) -> Floats:
        """Derivatives of ``count(flags)`` to what changes the chances of the moves so much, shape (len(changes), n)."""
        each = self.moves * flags
        from_good, from_bad = each[BEGINS[:, 0] == 0].sum(axis=0), each[BEGINS[:, 0] == 1].sum(axis=0)
        good = self.begun[0] * (from_good + self.round.away * from_bad)
        bad = self.round.again * (from_bad + gathered(self._values, begins=1, ends=0) * good)
        further = np.where(REJECTED & self.terms.returned, np.array([good, bad])[ENDS[:, 0]], 0.0)
        begun = self.begun[BEGINS[:, 0]]
        # apart, so that what further draws differ by is not lost beside what both count now
        return np.array(
            [(begun * change * flags).sum(axis=0) + (begun * change * further).sum(axis=0) for change in changes]
        )


def rounds_at(terms: Terms, spoilt: Floats, blind: Floats) -> Rounds:
    """The rounds at givers whose inputs are bad with ``spoilt`` and blind the inspection with ``blind``, (n,) each."""
    good, sighted = 1.0 - spoilt, 1.0 - blind
    return Rounds(terms, [good * sighted, good * blind, spoilt * sighted, spoilt * blind])


def input_slopes(terms: Terms, spoilt: Floats, blind: Floats) -> list[Floats]:
    """Derivatives of the chances of the moves to ``spoilt`` and to ``blind``, shape (12, n) each."""
    to_spoilt, to_blind = classes_of(-1.0, 1.0, 1.0 - blind, blind), classes_of(1.0 - spoilt, spoilt, -1.0, 1.0)
    return [chances(terms, list(classes.T)) for classes in (to_spoilt, to_blind)]
