"""Derivatives of one pulled request: its bad results, its draws and its rejects, to everything they depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality import moves
from qualitychain.engine.quality.moves import PARAMETERS, Terms, chances, slope
from qualitychain.engine.quality.pulls import Pulls
from qualitychain.engine.quality.request import Rounds

BAD, DRAWS, REJECTED = 0, 1, 2
"""Rows of what a request gives."""


@dataclass(frozen=True)
class RequestSlopes:
    """Derivatives of (bad, draws, rejected) of one use of each pulled handoff, shape (3, H) each."""

    defect: Floats
    detect: Floats
    alarm: Floats
    fix: Floats
    transit: Floats
    spoilt: Floats
    """To the chance that the giver's inputs spoil its work, and that they blind its inspection."""
    blind: Floats
    rejected: Floats
    """Draws rejected per use, shape (H,)."""


def request_slopes(network: Network, pulls: Pulls) -> RequestSlopes:
    """The slopes at the solution of the pulled services.

    NaN where a small change would make requests endless.
    """
    giver, terms = network.pulled.giver, Terms.of(network.pulled, replaced=True)
    visit = list(pulls.classes[giver].T)
    rounds = Rounds(terms, visit)
    changes = [slope(terms, parameter, visit) for parameter in PARAMETERS]
    changes += [chances(terms, list(slopes[giver].T)) for slopes in pulls.class_slopes]
    # all draws but the first follow a returned reject; counted so, nothing of them is lost beside the first
    counted = (rounds.ends_bad, moves.REJECTED & terms.returned, moves.REJECTED)
    slopes = np.stack([rounds.slopes(flags, changes) for flags in counted], axis=1)
    slopes[..., ~(rounds.ends > 0)] = np.nan
    defect, detect, alarm, fix, transit, spoilt, blind = slopes
    # once a draw is bad the request never ends
    defect[:, rounds.stuck] = transit[:, rounds.stuck] = spoilt[:, rounds.stuck] = np.nan
    return RequestSlopes(defect, detect, alarm, fix, transit, spoilt, blind, rejected=rounds.count(moves.REJECTED))
