"""What every flow handoff's own defects do to what customers meet and keep, from one factorisation.

Formulas: Attribution.

A lower defect rate of one handoff changes one row of the state chain, that of conforming units at its giver, and what
is counted there. With ``good`` and ``bad`` the value of leaving by the handoff conforming and nonconforming, x the
visits to that state and r the same difference for further visits to it, a defect rate lower by ``less`` changes every
expected count by

    x * fewer * (good - bad) / (1 - fewer * r),     fewer = share * (1 - spoilt inputs) * less,

exactly (Sherman and Morrison 1950); the derivative to the defect rate is -x * share * (1 - spoilt) * (good - bad).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.causes.removal import LEAST_END, _returns, leaving_values
from qualitychain.engine.network.network import CONCESSION, REPAIR, Floats
from qualitychain.engine.quality.flow import Flow


@dataclass(frozen=True)
class DefectReduction:
    """Expected counts per started unit, m = 4K, and what the defects of each of the F flow handoffs do to them.

    Columns: conforming and nonconforming kept by each customer (2K, interleaved), then presented at the door of each
    customer and the nonconforming among them (2K, interleaved).
    """

    now: Floats
    """Shape (m,)."""
    defect: Floats
    """Own defect rates, shape (F,)."""
    weight: Floats
    """Visits to the giver's conforming state that leave by the handoff, per unit of defect rate, shape (F,)."""
    per_visit: Floats
    """share * (1 - spoilt), shape (F,)."""
    worth: Floats
    """good - bad, shape (F, m)."""
    back: Floats
    """The same difference of further visits to the giver's conforming state, shape (F,)."""

    @property
    def slopes(self) -> Floats:
        """Derivatives of the counts to each defect rate, shape (F, m)."""
        return -self.weight[:, None] * self.worth

    def changes(self, part: float) -> Floats:
        """Changes of the counts when one defect rate at a time falls by this part of itself, shape (F, m).

        NaN where one factorisation cannot tell: where no conforming unit leaves by the handoff that would then, and
        where units might never leave.
        """
        fewer = self.per_visit * self.defect * part
        ends = 1.0 - fewer * self.back
        told = (self.defect < 1.0) & (ends > LEAST_END)
        gain = np.where(told, self.weight * self.defect * part / np.where(told, ends, 1.0), np.nan)
        return gain[:, None] * self.worth


def defect_reduction(flow: Flow) -> DefectReduction:
    """The effects of own defects on all customers, for a chain without common causes."""
    f, o = flow.network.flow, flow.odds
    customers = len(flow.network.customers)
    good_now, bad_now = _incoming(flow)
    outside = np.eye(flow.columns)[:, : 2 * customers]
    outside = np.hstack((outside, np.zeros((flow.columns, 2 * customers))))
    reward = flow.exits @ outside
    giver = 2 * flow.network.transient[f.giver]
    conforming = (f.share * o.keeps)[:, None] * good_now + (f.share * o.spoils)[:, None] * bad_now
    np.add.at(reward, giver, conforming)
    np.add.at(reward, giver + 1, (f.share * o.stays_bad)[:, None] * bad_now)
    inside = np.zeros((2 * flow.rows, 4 * customers))
    inside[flow.reached] = flow.system.values(reward[flow.reached])
    good, bad = leaving_values(flow, inside, outside)
    per_visit = f.share * (1.0 - flow.spoilt[f.giver])
    return DefectReduction(
        now=flow.visits @ reward,
        defect=f.defect,
        weight=flow.visits[giver] * per_visit,
        per_visit=per_visit,
        worth=(good + good_now) - (bad + bad_now),
        back=_returns(flow, giver, per_visit * f.defect),
    )


def _incoming(flow: Flow) -> tuple[Floats, Floats]:
    """What a unit counts at the doors when it leaves by each flow handoff conforming, and nonconforming, (F, 4K)."""
    f, o = flow.network.flow, flow.odds
    customers = len(flow.network.customers)
    column = flow.network.absorbing[f.receiver]
    handed_on = (f.on_reject == REPAIR) | (f.on_reject == CONCESSION)
    repaired = np.where(f.on_reject == REPAIR, f.fix, 0.0)
    arrives = np.where(f.by_giver & ~handed_on, 1.0 - o.alarm, 1.0)
    arrives_bad = np.where(f.by_giver & ~handed_on, o.misses, 1.0)
    still_bad = np.where(f.by_giver & handed_on, 1.0 - o.finds * repaired, arrives_bad)
    good, bad = np.zeros((len(f), 4 * customers)), np.zeros((len(f), 4 * customers))
    incoming = np.flatnonzero(column >= 0)
    place = 2 * customers + 2 * column[incoming]
    good[incoming, place] = arrives[incoming]
    bad[incoming, place] = arrives_bad[incoming]
    bad[incoming, place + 1] = still_bad[incoming]
    return good, bad


__all__ = ["DefectReduction", "defect_reduction"]
