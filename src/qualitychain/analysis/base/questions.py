"""Questions that many analyses have in common."""

from __future__ import annotations

from qualitychain.analysis.base.study import Study
from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError


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


__all__ = ["gradients_of", "solution_of"]
