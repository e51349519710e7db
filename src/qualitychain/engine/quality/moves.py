"""The table of moves: all that can happen to a unit at a handoff, its chance, and what it counts, stated once.

A visit leaves a unit conforming or spoilt, and its inspection sighted or blinded: four classes. The step's own work may
spoil the unit as well, the inspection finds it or not, raises a false alarm or not, a rejected unit is cleared or not,
and the way may damage it: before the receiver's inspection, after the giver's. A blinded inspection is not made: it
finds nothing and raises no alarm. The chances below are linear in the classes, so whatever can be added and weighted
goes through them unchanged: plain chances, masses with the moments of their times, transforms, and the directions of
derivatives. They are affine in each parameter, so a derivative to one is the difference of two tables.

Flow handoffs and pulled requests share the table. They differ only in where a rejected unit goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from qualitychain.engine.network.network import Flags, Floats, Handoffs

OK_SIGHTED, OK_BLIND, BAD_SIGHTED, BAD_BLIND = 0, 1, 2, 3
"""Classes of a visit by what its inputs did: to the unit, and to the giver's own inspection."""
CLASSES = 4


class Move(NamedTuple):
    """One thing that can happen; states are 0 conforming and 1 nonconforming."""

    begins: int
    """When the step begins."""
    shown: int
    """To the inspection: after the step's work, and after the way where the receiver inspects."""
    rejected: bool
    ends: int
    damaged: bool = False
    """On the way, after the giver's inspection."""


_FOUND = ((False, 1, False), (True, 0, False), (True, 1, True), (True, 1, False))
"""Of a unit that is shown nonconforming: missed; found and cleared; cleared, then damaged; found and not cleared."""
MOVES = (
    Move(0, 0, False, 0),
    Move(0, 0, False, 1, damaged=True),
    Move(0, 0, True, 0),
    Move(0, 0, True, 1, damaged=True),
    *(Move(0, 1, *found) for found in _FOUND),
    *(Move(1, 1, *found) for found in _FOUND),
)
"""Accepted, and then damaged or not; false alarm, the same; spoilt and inspected; and a bad unit inspected."""
BEGINS, SHOWN, REJECTED, ENDS, DAMAGED = (np.array(column)[:, None] for column in zip(*MOVES, strict=True))
"""Columns of the table, shape (12, 1), for arrays of shape (12, handoffs)."""
PARAMETERS = ("defect", "detect", "alarm", "fix", "transit")
"""What the chances are affine in."""


def classes_of(good: Any, spoilt: Any, sighted: Any, blind: Any) -> Floats:
    """Classes of a visit whose unit and inspection fare independently, last axis CLASSES."""
    return np.stack(np.broadcast_arrays(good * sighted, good * blind, spoilt * sighted, spoilt * blind), axis=-1)


@dataclass(frozen=True)
class Terms:
    """The constants of some handoffs, prepared once; shape (n,) each, or numbers of a single handoff."""

    defect: Any
    detect: Any
    alarm: Any
    fix: Any
    transit: Any
    blindable: Any
    """1 where the giver inspects, so that its own inputs can blind the inspection."""
    returned: Any
    """Whether a reject does not go on to the receiver (rework, scrap)."""
    mends: Any
    """Whether ``fix`` is a parameter (rework, repair)."""

    @classmethod
    def of(cls, handoffs: Handoffs, which: Any = slice(None), *, replaced: bool = False) -> Terms:
        """The constants of the handoffs numbered ``which``; ``replaced``: scrap is drawn again, as for requests."""
        mends = handoffs.mended[which]
        return cls(
            defect=handoffs.defect[which],
            detect=handoffs.detect[which],
            alarm=handoffs.alarm[which],
            fix=np.where(mends, handoffs.fix[which], handoffs.scrapped[which] * float(replaced)),
            transit=handoffs.transit[which],
            blindable=np.asarray(handoffs.by_giver[which]).astype(np.float64),
            returned=handoffs.returned[which],
            mends=mends,
        )

    def wide(self) -> Terms:
        """The same for values with one further axis, shape (n, 1) each."""
        return Terms(*(getattr(self, name)[:, None] for name in Terms.__dataclass_fields__))

    @property
    def before(self) -> Any:
        """Chance that the way damages the unit before it is inspected: by its receiver."""
        return self.transit * (1.0 - self.blindable)

    @property
    def after(self) -> Any:
        """Chance that the way damages the unit after its giver has inspected it."""
        return self.transit * self.blindable

    @property
    def handed_on(self) -> Flags:
        """Moves after which the unit is the receiver's, shape (12, n)."""
        return np.asarray(~(REJECTED & self.returned))

    @property
    def carried(self) -> Flags:
        """Moves with a transport: what the giver's own inspection keeps back has not travelled, shape (12, n)."""
        return np.asarray(self.handed_on | (self.blindable == 0))


def from_good(terms: Terms, visit: Sequence[Any]) -> list[Any]:
    """Chances, or whatever the classes of the visit hold, of the moves of a unit that begins the step conforming."""
    ok_sighted, ok_blind, bad_sighted, bad_blind = visit
    fine = (1.0 - terms.defect) * (1.0 - terms.before)
    struck = terms.defect + (1.0 - terms.defect) * terms.before
    shown = ok_sighted + (1.0 - terms.blindable) * ok_blind
    accepted = fine * ((1.0 - terms.alarm) * (ok_sighted + ok_blind) + terms.alarm * terms.blindable * ok_blind)
    alarmed = fine * terms.alarm * shown
    return [
        (1.0 - terms.after) * accepted,
        terms.after * accepted,
        *_onward(terms, alarmed),
        *_inspected(terms, bad_sighted + struck * ok_sighted, bad_blind + struck * ok_blind),
    ]


def from_bad(terms: Terms, visit: Sequence[Any]) -> list[Any]:
    """The same of a unit that begins the step nonconforming: it stays so until an inspection clears it."""
    ok_sighted, ok_blind, bad_sighted, bad_blind = visit
    return _inspected(terms, ok_sighted + bad_sighted, ok_blind + bad_blind)


def _inspected(terms: Terms, sighted: Any, blind: Any) -> list[Any]:
    """Nonconforming units by what the inspection does, in the order of ``_FOUND``."""
    found = terms.detect * (sighted + (1.0 - terms.blindable) * blind)
    # not all - found: a detect of 1 - 1e-18 is 1, but a blindness of 1e-18 is not lost this way
    missed = (1.0 - terms.detect) * (sighted + blind) + terms.detect * terms.blindable * blind
    return [missed, *_onward(terms, terms.fix * found), (1.0 - terms.fix) * found]


def _onward(terms: Terms, rejected: Any) -> list[Any]:
    """Rejected units that conform: as they are, and damaged on the way; what is reworked or scrapped has none."""
    damaged = terms.after * (1.0 - terms.returned) * rejected
    return [(1.0 - terms.after * (1.0 - terms.returned)) * rejected, damaged]


def chances(terms: Terms, visit: Sequence[Any]) -> Floats:
    """Every move's value, in the order of ``MOVES``, shape (12, n, ...).

    Parameters
    ----------
    terms : Terms
    visit : sequence of CLASSES arrays, shape (n, ...) each
        Chances of the classes of a visit to each handoff's giver, or anything linear in them.

    Examples
    --------
    >>> step = Terms(0.25, 0.5, 0.125, 1.0, 0.0, 1.0, True, True)
    >>> chances(step, [1.0, 0.0, 0.0, 0.0]).tolist()
    [0.65625, 0.0, 0.09375, 0.0, 0.125, 0.125, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    """
    return np.array(np.broadcast_arrays(*from_good(terms, visit), *from_bad(terms, visit)))


def by_class(terms: Terms) -> Floats:
    """Chance of every move given the class of the visit, shape (CLASSES, 12, n)."""
    return np.stack([chances(terms, row) for row in np.eye(CLASSES)[..., None]])


def slope(terms: Terms, parameter: str, visit: Sequence[Any]) -> Floats:
    """Derivatives of the chances to one parameter of each handoff itself, shape (12, n).

    Class by class, where the table holds single products, the difference of two tables rounds nothing away.
    """
    one, zero = (replace(terms, **{parameter: value}) for value in (1.0, 0.0))
    total = np.zeros((len(MOVES), len(visit[0])))
    for basis, chance in zip(np.eye(CLASSES), visit, strict=True):
        if chance.any():
            total += (chances(one, list(basis)) - chances(zero, list(basis))) * chance
    return total * terms.mends if parameter == "fix" else total


def counts(terms: Terms) -> dict[str, Any]:
    """What every move counts (formulas: What is reported): how often, by field of ``Tally``, shape (12, n) each."""
    presented = terms.handed_on | (terms.blindable == 0)
    # before the receiver's inspection a unit is as it was shown, after the giver's as that leaves it
    shown = np.where(terms.blindable > 0, ENDS, SHOWN) == 1
    every = np.ones_like(presented)
    return {
        "tried": every,
        "made": every * ((BEGINS < SHOWN) + 1 * DAMAGED),
        "cleared": every & (SHOWN == 1) & ((ENDS == 0) | DAMAGED),
        "rejected_true": every & REJECTED & (SHOWN == 1),
        "rejected_false": every & REJECTED & (SHOWN == 0),
        "presented": presented,
        "presented_bad": presented & shown,
        "accepted": terms.handed_on,
        "accepted_bad": terms.handed_on & (ENDS == 1),
    }
