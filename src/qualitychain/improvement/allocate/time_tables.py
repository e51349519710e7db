"""The part of an allocation that is about time: budgets of departments and handoffs, and the promises they make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.deliveries import COARSE
from qualitychain.analysis.time.lead_times import LeadTimes, lead_times_of
from qualitychain.engine.network.network import Floats
from qualitychain.improvement.allocate.targets import TimeTarget
from qualitychain.improvement.allocate.time_split import scaled
from qualitychain.improvement.allocate.times import FINE, Place, TimeEvaluation, Times, promised_times
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.reason import Place as MissingPlace
from qualitychain.vocabulary.reason import Reason, Why

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["kind", "now", "budget", "factor", "weight", "unchanged"]
_MOST_PROMISES = 200
"""Handoffs whose promised time is worked out: each takes a distribution of its own."""


UNKNOWN = Why(Reason.UNKNOWN_TIME, "its time is not known")
OUTSIDE = Why(Reason.NOT_ASKED, "it may not change, or too many handoffs are asked for")
GROWS = Why(Reason.OVERLOADED, "its queue grows without limit")
NO_LIMIT = Why(Reason.NOT_APPLICABLE, "no share within a time is asked for")


@dataclass(frozen=True)
class TimeFigures:
    """What the targets in time ask for."""

    chain: Chain
    table: pd.DataFrame
    rows: list[dict[str, Any]]
    lead_time: Floats
    """Mean lead time of each handoff, as promised, shape (E,)."""
    promised: Floats
    cost: float


def time_figures(
    study: Study,
    targets: Sequence[TimeTarget],
    *,
    method: str,
    weights: Mapping[str, float],
    scope: frozenset[str] | None,
    missing: dict[MissingPlace, Why],
    first: int = 0,
) -> TimeFigures:
    """Scale the times until the targets are met, and say what each place promises then.

    ``first`` is the number of targets before these, for the reasons in ``missing``.

    Raises
    ------
    AnalysisError
        When the targets cannot be met, or a customer has no lead time.
    """
    import pandas as pd

    chain = study.chain
    nothing = np.full(len(chain.handoffs), np.nan)
    empty = pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="place", dtype=object))
    if not targets:
        return TimeFigures(chain, empty, [], nothing, nothing, 0.0)
    times = Times(study, targets, weights, scope)
    before = times.evaluate(np.ones(len(times.places)))
    factors, prices = scaled(times, method)
    after = times.evaluate(factors)
    better = changed(chain, times.changes(factors))
    after_them = study.of(better)
    now, then = (s.ask(lead_times_of, tolerance=COARSE) for s in (study, after_them))
    level = max((t.level for t in targets if t.level is not None), default=None)
    names = [h.full_name for h in chain.handoffs]
    inside = [name for name in names if scope is None or name in scope][:_MOST_PROMISES]
    means = {str(name): float(mean) for name, mean in then.handoffs["lead_time"].items()}
    promises = promised_times(after_them, means, level, inside)
    promised = np.array([promises.get(name, np.nan) for name in names])
    for name, time in zip(names, promised, strict=True):
        if math.isnan(time):
            missing[MissingPlace("table", name, "sla_lead_time")] = UNKNOWN if name in inside else OUTSIDE
    for t, target in enumerate(targets, first):
        if target.level is None:
            missing[MissingPlace("targets", t, "within")] = NO_LIMIT
    if method != "min_cost":
        unweighed = Why(Reason.NOT_APPLICABLE, f"method {method} does not weigh costs")
        missing.update((MissingPlace("targets", first + t, "price"), unweighed) for t in range(len(targets)))
    return TimeFigures(
        chain=better,
        table=_table(times, factors, now, then, missing),
        rows=[_row(t, target, before, after, prices) for t, target in enumerate(times.targets)],
        lead_time=then.handoffs["lead_time"].to_numpy(dtype=float),
        promised=promised,
        cost=times.cost(factors),
    )


def _row(
    t: int,
    target: TimeTarget,
    before: TimeEvaluation,
    after: TimeEvaluation,
    prices: Floats,
) -> dict[str, Any]:
    level = target.level
    within = target.measure == "lead_time" and level is not None
    return {
        "customer": target.customer,
        "measure": "share_within" if within else target.measure,
        "within": math.nan if level is None else target.limit,
        "asked": target.limit if level is None else level,
        "now": float(before.figures[t]),
        "reached": float(after.figures[t]),
        "binding": bool(after.missed[t] >= -FINE),
        "price": float(prices[t]) * _per_unit(target),
    }


def _per_unit(target: TimeTarget) -> float:
    """Change of the score per unit of what was asked, without its sign."""
    if target.level is None:
        return 1.0 / target.limit
    z = float(ndtri(target.level))
    return math.sqrt(2 * math.pi) * math.exp(z * z / 2)


def _table(
    times: Times, factors: Floats, now: LeadTimes, then: LeadTimes, missing: dict[MissingPlace, Why]
) -> pd.DataFrame:
    import pandas as pd

    rows, names = [], []
    for place, factor, weight in zip(times.places, factors, times.weight, strict=True):
        for name in place.names:
            first, last = _time(place, now, name, 1.0), _time(place, then, name, float(factor))
            if not math.isfinite(first):
                missing[MissingPlace("times", name, "now")] = GROWS
            rows.append((place.kind, first, last, float(factor), float(weight), bool(factor == 1)))
            names.append(name)
    return pd.DataFrame(rows, columns=COLUMNS, index=pd.Index(names, name="place", dtype=object))


def _time(place: Place, result: LeadTimes, name: str, factor: float) -> float:
    if place.kind == "department":
        return float(result.departments["time_in_department"].loc[name])
    return place.time * factor


__all__ = ["TimeFigures", "time_figures"]
