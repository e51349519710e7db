"""Shares of every handoff in each customer's nonconforming units, by where defects were made or along the path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import by_cause, causes_of
from qualitychain.analysis.base.questions import rates_of
from qualitychain.analysis.base.study import Study
from qualitychain.engine.causes.path_shares import POINTS, path, path_shares, scaled
from qualitychain.engine.causes.root_cause import blame
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.errors import AnalysisError
from qualitychain.vocabulary.figures import percent
from qualitychain.vocabulary.reason import Reason, Why

Method = Literal["escape", "path"]
ROUNDING = 1e-15
UNSETTLED = 1e-3
"""Error of a share above which there is none."""


@dataclass(frozen=True)
class CauseShares:
    """Shares of J causes in what each of K customers suffers; NaN for a customer without nonconforming units."""

    shares: Floats
    """Shape (J, K), the causes as ``causes_of`` has them."""
    error: Floats
    """How far a share may be off, shape (K,)."""
    method: str
    untold: Mapping[int, Why] = field(default_factory=dict)
    """Why a customer with nonconforming units has no shares."""


def cause_shares_of(study: Study, *, method: Method = "escape") -> CauseShares:
    """The shares of a study's chain: by the defects that escaped, or along the path."""
    if method == "escape":
        return _that_escaped(study.compiled)
    return _along_the_path(study.compiled, study.ask(rates_of, outcome="accepted_defect_rate"))


def _that_escaped(compiled: Compiled) -> CauseShares:
    """Shares by the handoff that made the defect that escaped."""
    escaped, bound = _escaped(compiled)
    whole = escaped.sum(axis=0)
    return CauseShares(
        _parts(escaped, whole),
        np.where(whole > 0, max(bound, ROUNDING), np.nan),
        "blame of the last step that made a delivered unit nonconforming, passed down the pulled services",
    )


def _along_the_path(compiled: Compiled, rate: Floats) -> CauseShares:
    """Aumann-Shapley shares of the accepted defect rates ``rate``, shape (K,)."""
    network = compiled.network
    try:
        found = path_shares(network)
    except AnalysisError:
        _say_where_the_path_ends(compiled)
        raise
    along = by_cause(compiled, found.flow, found.pulled, found.flow_transit, found.pulled_transit)
    escaped = _escaped(compiled)[0] if network.keys else along
    for key, row in enumerate(first_rows(network).tolist()):
        # one draw serves all handoffs of a common cause: its share is divided as their escaped defects are
        for rate_name, whole in (("defect", found.pulled[row]), ("transit", found.pulled_transit[row])):
            places = [
                i for i, c in enumerate(causes_of(compiled))
                if c.kind == "pulled" and c.rate == rate_name and network.key[c.row] == key
            ]  # fmt: skip
            weights = _parts(escaped[places], escaped[places].sum(axis=0))
            along[places] = np.where(np.isnan(weights), 1.0 / max(len(places), 1), weights) * whole
    some = rate > 0
    scale = np.where(some, rate, 1.0)
    error = np.maximum(found.error, np.abs(along.sum(axis=0) - rate)) / scale
    untold = {
        k: Why(
            Reason.NO_SOLUTION,
            f"shares along the path do not add up to its rate ({percent(error[k])} of it is missed): the rate does not "
            'fall to 0 smoothly as all defect rates do; ask for method="escape"',
        )
        for k in np.flatnonzero(some & (error > UNSETTLED)).tolist()
    }
    some &= error <= UNSETTLED
    return CauseShares(
        np.where(some, along / scale, np.nan),
        np.where(rate > 0, np.maximum(error, ROUNDING), np.nan),
        f"Aumann-Shapley shares by quadrature with {found.points} points; error: what the last step to more points "
        "changed, or what the shares miss to the rate",
        untold,
    )


def _say_where_the_path_ends(compiled: Compiled) -> None:
    """Raise for the first point on the path without a solution, in the names of the chain."""
    for part, _ in [point for points in POINTS for point in path(points)]:
        try:
            compiled.solve(scaled(compiled.network, part), work=False)
        except AnalysisError as error:
            raise AnalysisError(
                f"there are no shares along the path: with all defect rates at {percent(part)} of theirs, {error}; "
                'ask for method="escape"'
            ) from None


def _escaped(compiled: Compiled) -> tuple[Floats, float]:
    """Nonconforming units kept by each customer per started unit, by cause, shape (J, K), and their rounding."""
    found = blame(compiled.network)
    escaped = by_cause(compiled, found.flow, found.pulled, found.flow_transit, found.pulled_transit)
    return escaped, found.error_bound


def _parts(amounts: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, amounts / np.where(whole > 0, whole, 1.0), np.nan)
