"""One pulled request through its inspection: how often its accepted result is bad, and how many draws it takes.

Closed forms of the two-state equations of formulas: Pulled services, written in the probability of a *bad* result, so
that rates of 1e-18 keep all their digits. With p the chance that a draw is bad, alpha of a false alarm, phi of a fix,
and t the chance that a rejected-or-missed bad draw ends good, t = delta phi / (1 - delta (1 - phi)):

    rework:  bad = p (1 - t) / ((1 - p)(1 - alpha) + p (1 - t)),   draws = (1 + p delta (1 - phi) m) / (the same),
             m = 1 / (1 - delta (1 - phi));      scrap: the same with phi = 1
    repair:  bad = p (1 - delta phi), one draw;  concession or none: bad = p, one draw
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import REPAIR, REWORK, SCRAP, Floats, Handoffs, Integers


@dataclass(frozen=True)
class Terms:
    """The constants of some pulled handoffs, prepared once."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    blindable: Floats
    """1 where the giver inspects, so that its own inputs can blind the inspection."""
    redo: Floats
    """1 where a reject is drawn again (rework, scrap)."""

    @classmethod
    def of(cls, handoffs: Handoffs, which: Integers) -> Terms:
        """The constants of the handoffs numbered ``which``."""
        how = handoffs.on_reject[which]
        fix = np.where(how == SCRAP, 1.0, np.where((how == REWORK) | (how == REPAIR), handoffs.fix[which], 0.0))
        return cls(
            defect=handoffs.defect[which],
            detect=handoffs.detect[which],
            alarm=handoffs.alarm[which],
            fix=fix,
            blindable=handoffs.by_giver[which].astype(float),
            redo=((how == REWORK) | (how == SCRAP)).astype(float),
        )


@dataclass(frozen=True)
class Draw:
    """Intermediate quantities of one draw, shared by the results and their derivatives."""

    p: Floats
    delta: Floats
    stays: Floats
    """1 - delta (1 - phi) for a redo, else 1."""
    ends_bad: Floats
    """1 - t for a redo, 1 - delta phi otherwise: that a bad draw is not cleared."""
    ends: Floats
    """Denominator: that a round ends the request."""


def draw(terms: Terms, spoilt: Floats, blind: Floats) -> Draw:
    """One draw at givers whose inputs are bad with ``spoilt`` and blind the inspection with ``blind``."""
    p = spoilt + terms.defect - spoilt * terms.defect
    delta = terms.detect * (1.0 - blind * terms.blindable)
    stays = 1.0 - terms.redo * delta * (1.0 - terms.fix)
    # delta = 1, fix = 0: a bad draw would be redone for ever. The model refuses it where it can be entered, so
    # here p = 0.
    stays = stays + (stays == 0)
    ends_bad = np.where(terms.redo > 0, (1.0 - delta) / stays, 1.0 - delta * terms.fix)
    ends = np.where(terms.redo > 0, (1.0 - p) * (1.0 - terms.alarm) + p * ends_bad, 1.0)
    return Draw(p, delta, stays, ends_bad, ends)


def bad_and_draws(terms: Terms, spoilt: Floats, blind: Floats) -> tuple[Floats, Floats]:
    """Probability that the accepted result is bad, and expected draws until it is accepted.

    Examples
    --------
    >>> one = np.ones(1)
    >>> rework = Terms(0.2 * one, 0.75 * one, 0 * one, one, 0 * one, one)
    >>> bad, draws = bad_and_draws(rework, 0 * one, 0 * one)
    >>> float(round(bad[0] * 17, 12)), float(round(draws[0] * 17, 12))
    (1.0, 20.0)
    """
    d = draw(terms, spoilt, blind)
    with np.errstate(divide="ignore", invalid="ignore"):
        # ends = 0: no draw is ever accepted; seen from "all bad" on the way down, the result counts as bad
        bad = np.where(d.p == 0, 0.0, np.where(d.ends == 0, 1.0, d.p * d.ends_bad / d.ends))
        draws = np.where(terms.redo > 0, (1.0 + d.p * d.delta * (1.0 - terms.fix) / d.stays) / d.ends, 1.0)
    return bad, draws


def derivatives(terms: Terms, spoilt: Floats, blind: Floats) -> tuple[Floats, Floats]:
    """Derivatives of the bad probability to ``spoilt`` and to ``blind`` of the giver."""
    d = draw(terms, spoilt, blind)
    redo = terms.redo > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        to_p = np.where(redo, d.ends_bad * (1.0 - terms.alarm) / d.ends**2, d.ends_bad)
        cleared = np.where(redo, terms.fix / d.stays**2, terms.fix)
        to_cleared = np.where(redo, -d.p * (1.0 - d.p) * (1.0 - terms.alarm) / d.ends**2, -d.p)
    to_delta = to_cleared * cleared
    return to_p * (1.0 - terms.defect), to_delta * (-terms.detect * terms.blindable)
