"""After how long a choice of projects has paid for itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qualitychain.analysis.money.prices import period_of
from qualitychain.improvement.choose.options.objectives import Goal, Look

PLACE = "payback_periods"


def payback_of(goal: Goal, now: Look, fields: Mapping[str, Any]) -> tuple[float, dict[str, str]]:
    """Periods until what is saved is what was spent: cost / (before - value). NaN with a reason where there is none.

    Parameters
    ----------
    goal : Goal
    now : Look
        The chain without any project.
    fields : mapping
        ``cost``, ``before`` and ``value`` of the choice.
    """
    if not goal.single or goal.parts[0].measure.name != "cost_of_quality":
        return math.nan, {PLACE: "only the objective cost_of_quality says what a choice saves in a period"}
    delivered = now.solution.absorbed[:-2].reshape(-1, 2).sum(axis=1)
    period = period_of(now.compiled, delivered)
    if not period.known:
        return math.nan, {PLACE: period.how}
    saved = fields["before"] - fields["value"]
    if not saved > 0:
        return math.nan, {PLACE: "nothing is saved"}
    return fields["cost"] / saved, {}


__all__ = ["payback_of"]
