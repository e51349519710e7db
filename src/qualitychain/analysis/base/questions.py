"""Questions that many analyses have in common."""

from __future__ import annotations

from typing import Literal

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError

Outcome = Literal["accepted_defect_rate", "defect_rate"]
"""The nonconforming among the units that a customer keeps, or among those presented to it."""


def solution_of(study: Study) -> Solution:
    """The quality solution; where there is no end to the work, the one without work, which defects do not need."""
    try:
        return study.solution
    except AnalysisError:
        return study.compiled.solve(work=False)


def gradients_of(study: Study) -> Gradients:
    """The factorised equations of the chain, for values and derivatives of rewards."""
    try:
        return Gradients(study.compiled.network)
    except AnalysisError:
        # the same fault in the names of the chain
        study.compiled.solve()
        raise


def rates_of(study: Study, *, outcome: Outcome) -> Floats:
    """Each customer's rate, shape (K,); NaN where nothing is delivered."""
    return rates(study.compiled, study.ask(solution_of), outcome)


def rates(compiled: Compiled, solution: Solution, outcome: Outcome) -> Floats:
    """Each customer's rate under a solution, shape (K,); NaN where nothing is delivered."""
    if outcome == "accepted_defect_rate":
        bad = solution.absorbed[1:-2:2]
        every = bad + solution.absorbed[:-2:2]
    else:
        every, bad = compiled.incoming(solution)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(every > 0, bad / every, np.nan)


__all__ = ["Outcome", "gradients_of", "rates", "rates_of", "solution_of"]
