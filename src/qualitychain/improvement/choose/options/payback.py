"""After how long a choice of projects has paid for itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from qualitychain.analysis.base.study import Study
from qualitychain.analysis.money.prices import period_of
from qualitychain.improvement.choose.options.evaluate import outgoing_of
from qualitychain.improvement.choose.options.objectives import Goal
from qualitychain.vocabulary.reason import Place, Reason, Why

PLACE = Place(column="payback_periods")
NOTHING_SAID = Why(Reason.NOT_APPLICABLE, "only the objective cost_of_quality says what a choice saves in a period")


def payback_of(goal: Goal, now: Study, fields: Mapping[str, Any]) -> tuple[float, dict[Place, Why]]:
    """Periods until what is saved is what was spent: cost / (before - value). NaN with a reason where there is none.

    Parameters
    ----------
    goal : Goal
    now : Study
        Of the chain without any project.
    fields : mapping
        ``cost``, ``before`` and ``value`` of the choice.
    """
    if not goal.single or goal.parts[0].reading.name != "cost_of_quality":
        return math.nan, {PLACE: NOTHING_SAID}
    period = period_of(now.compiled, now.ask(outgoing_of).sum(axis=1))
    if not period.known:
        return math.nan, {PLACE: Why(Reason.NOT_GIVEN, period.how)}
    saved = fields["before"] - fields["value"]
    if not saved > 0:
        return math.nan, {PLACE: Why(Reason.NOT_APPLICABLE, "nothing is saved")}
    return fields["cost"] / saved, {}


__all__ = ["payback_of"]
