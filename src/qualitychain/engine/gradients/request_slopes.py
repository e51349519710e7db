"""Derivatives of one pulled request: its bad results, its draws and its rejects, to everything they depend on.

With the letters of :mod:`qualitychain.engine.quality.request`, stays = 1 - delta (1 - phi), E = (1 - delta) / stays
that a bad draw of a redone request ends bad, and e = (1 - p)(1 - alpha) + p E that a round ends it:

    d bad/dp = E (1 - alpha) / e^2                    d draws/dp = (delta - alpha) / (stays e^2)
    d bad/d alpha = p (1 - p) E / e^2                 d draws/d alpha = (1 - p) draws / e
    d bad/d delta = -p (1 - p)(1 - alpha) phi / (stays e)^2
    d bad/d phi = -p (1 - p)(1 - alpha)(1 - delta) delta / (stays e)^2
    d draws/d delta = p ((1 - phi) + phi draws) / (stays^2 e)
    d draws/d phi = -p (1 - p) delta (delta - alpha) / (stays e)^2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import REPAIR, REWORK, Floats, Network
from qualitychain.engine.quality.request import Terms, bad_and_draws, draw

BAD, DRAWS, REJECTED = 0, 1, 2
"""Rows of what a request gives."""


@dataclass(frozen=True)
class RequestSlopes:
    """Derivatives of (bad, draws, rejected) of one use of each pulled handoff, shape (3, H) each."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    spoilt: Floats
    """To the chance that the giver's inputs spoil its work, and that they blind its inspection."""
    blind: Floats
    rejected: Floats
    """Draws rejected per use, shape (H,)."""


def request_slopes(network: Network, spoilt: Floats, blind: Floats) -> RequestSlopes:
    """The slopes at givers whose inputs are bad with ``spoilt`` and blind with ``blind``, shape (V,) each.

    NaN where a small change would make requests endless.
    """
    pulled = network.pulled
    terms = Terms.of(pulled, np.arange(len(pulled)))
    s, blinded = spoilt[pulled.giver], blind[pulled.giver] * terms.blindable
    d, (_, draws) = draw(terms, s, blind[pulled.giver]), bad_and_draws(terms, s, blind[pulled.giver])
    p, delta, alpha, phi = d.p, d.delta, terms.alarm, terms.fix
    redo = terms.redo > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (d.stays * d.ends) ** 2
        # delta = 1, fix = 0: once a draw is bad the request never ends
        stuck = redo & (terms.redo * delta * (1.0 - phi) >= 1.0)
        to_p = np.array(
            [
                np.where(redo, d.ends_bad * (1.0 - alpha) / d.ends**2, d.ends_bad),
                np.where(redo, (delta - alpha) / (d.stays * d.ends**2), 0.0),
                delta - alpha,
            ]
        )
        to_p[:, stuck] = np.nan
        to_delta = np.array(
            [
                np.where(redo, -p * (1.0 - p) * (1.0 - alpha) * phi / square, -p * phi),
                np.where(redo, p * ((1.0 - phi) + phi * draws) / (d.stays**2 * d.ends), 0.0),
                p,
            ]
        )
        to_alarm = np.array(
            [
                np.where(redo, p * (1.0 - p) * d.ends_bad / d.ends**2, 0.0),
                np.where(redo, (1.0 - p) * draws / d.ends, 0.0),
                1.0 - p,
            ]
        )
        mends = (pulled.on_reject == REWORK) | (pulled.on_reject == REPAIR)
        to_fix = np.array(
            [
                np.where(redo, -p * (1.0 - p) * (1.0 - alpha) * (1.0 - delta) * delta / square, -p * delta),
                np.where(redo, -p * (1.0 - p) * delta * (delta - alpha) / square, 0.0),
                np.zeros(len(pulled)),
            ]
        )
        to_fix = np.where(mends, to_fix, 0.0)
    for slopes in (to_p, to_delta, to_alarm, to_fix):
        # every draw of a redone request but the last is rejected
        slopes[REJECTED] = np.where(redo, slopes[DRAWS], slopes[REJECTED])
        slopes[:, redo & (d.ends <= 0)] = np.nan
    finite = np.where(np.isfinite(draws), draws, 0.0)
    return RequestSlopes(
        defect=to_p * (1.0 - s),
        detect=to_delta * (1.0 - blinded),
        alarm=to_alarm,
        fix=to_fix,
        spoilt=to_p * (1.0 - terms.defect),
        blind=to_delta * (-terms.detect * terms.blindable),
        rejected=np.where(redo, finite - 1.0, p * delta + (1.0 - p) * alpha),
    )
