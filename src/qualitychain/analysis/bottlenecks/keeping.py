"""A promise of a handoff, what of it is broken, and the change that would just keep it (formulas: Bottlenecks)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time.promise_kept import share_within
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.change import Scale
from qualitychain.model.records.handoff import Handoff, Sla
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.times import scaled_time
from qualitychain.vocabulary.figures import percent

KEEPING = (
    "A promise of time is kept by doing everything faster by one factor: transport, inspection, and its supplier's "
    "work, which also shortens its queue; one of quality by a lower defect rate of the handoff's own."
)
SEARCH = 1e-5
"""How close the factor on times is searched for."""
CLOSE = 1e-9
LEAD_TIME, DEFECT_RATE = "lead time", "defect rate"
"""What of a promise is broken."""


@dataclass
class Promise:
    """One handoff with a promise; price and change are filled in when it is broken."""

    handoff: Handoff
    place: int
    name: str
    late: float
    attained: float
    sla_defect_rate: float
    presented: float
    broken: tuple[str, ...]
    change: str = ""
    satisfied_gain: float = 0.0
    revenue_gain: float = 0.0
    order_gain: float = 0.0
    """The gain to rank by: of conforming units where a promise cannot be judged."""

    @classmethod
    def of(cls, compiled: Compiled, place: int, attained: float, presented: float, level: float) -> Promise:
        """The promise and what is broken of it."""
        handoff = compiled.chain.handoffs[place]
        sla = handoff.sla or Sla(defect_rate=1.0)
        time = math.nan if sla.lead_time is None else in_units(sla.lead_time, compiled.chain.clock)
        rate = math.nan if sla.defect_rate is None else sla.defect_rate
        broken = (
            *([LEAD_TIME] if attained < level - CLOSE else []),
            *([DEFECT_RATE] if presented > rate * (1 + CLOSE) else []),
        )
        return cls(handoff, place, compiled.names[place], time, attained, rate, presented, broken)


def presented_rates(compiled: Compiled, solution: Solution) -> Floats:
    """Nonconforming share of what each handoff presents to its customer, NaN where nothing is, shape (handoffs,)."""
    t, r = solution.tally, solution.requests
    shown = np.full(len(compiled.names), np.nan)
    for rows, bad, every in (
        (compiled.flow_rows, t.presented_bad, t.presented),
        (compiled.pulled_rows, r.presented_bad, r.presented),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            shown[rows] = np.where(every > 0, bad / every, np.nan)
    return shown


def keep_quality(study: Study, case: Promise, changes: dict[str, dict[str, Any]]) -> str:
    """Lower the handoff's own defect rate until what it presents keeps the promise."""
    mine = _together(study.compiled, case)

    def lowered(factor: float) -> dict[str, dict[str, Any]]:
        return {name: {"defect_rate": Scale(factor)} for name in mine}

    def above(factor: float) -> float:
        better = study.of(changed(study.chain, lowered(factor)))
        return float(presented_rates(better.compiled, better.solution)[case.place]) - case.sla_defect_rate

    least = above(0.0)
    factor = 0.0 if not least < 0 else _root(above, 1e-12)
    for name, fields in lowered(factor).items():
        changes.setdefault(name, {}).update(fields)
    if least > CLOSE:
        return (
            f"its own defects removed (what it is given keeps the presented defect rate "
            f"{percent(least)} above the promise)"
        )
    return f"its own defect rate lower by {percent(1 - factor)}"


def _together(compiled: Compiled, case: Promise) -> list[str]:
    """The handoff, with all others of its common cause: one draw serves all."""
    key = compiled.network.key
    row = np.flatnonzero(compiled.pulled_rows == case.place)
    if not len(row) or key[row[0]] < 0:
        return [case.name]
    return [compiled.names[int(i)] for i in compiled.pulled_rows[key == key[row[0]]]]


def keep_time(study: Study, case: Promise, level: float, changes: dict[str, dict[str, Any]]) -> str:
    """Do everything of the handoff faster by one factor until enough of them keep the promise."""
    compiled, chain, handoff = study.compiled, study.chain, case.handoff
    departments = {d.name for d in chain.departments if d.cycle_time is not None}

    def faster(factor: float) -> dict[str, dict[str, Any]]:
        own: dict[str, Any] = {"lead_time": Scale(factor)}
        if handoff.inspection is not None:
            own["inspection"] = {"time": scaled_time(handoff.inspection.time, factor)}
        work = {handoff.supplier: {"cycle_time": Scale(factor)}} if handoff.supplier in departments else {}
        return {case.name: own, **work}

    def above(factor: float) -> float:
        # times change neither quality nor work
        eased = dataclasses.replace(compiled, chain=changed(chain, faster(factor)))
        return share_within(eased, timing_of(eased, study.solution), case.place, case.late) - level

    most = above(0.0)
    factor = 0.0 if most <= 0 else _root(above, SEARCH)
    # on the side where it is kept, also at a jump
    for name, fields in faster(max(factor - 2 * SEARCH, 0.0) if above(factor) < 0 else factor).items():
        changes.setdefault(name, {}).update(fields)
    if most < 0:
        return (
            "its work and transport taking no time "
            f"(even so only {percent(most + level)} would keep the promised lead time)"
        )
    return f"its work and transport faster: {percent(factor)} of the present time"


def _root(above: Callable[[float], float], close: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(above, 0.0, 1.0, xtol=close))
