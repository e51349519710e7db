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

from qualitychain.engine.causes.removal import LEAST_END, given_shown, leaving_values, returns
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import BEGINS, counts


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
    value: Floats
    """good - bad, shape (F, m)."""
    back: Floats
    """The same difference of further visits to the giver's conforming state, shape (F,)."""

    @property
    def slopes(self) -> Floats:
        """Derivatives of the counts to each defect rate, shape (F, m)."""
        return -self.weight[:, None] * self.value

    def changes(self, part: float) -> Floats:
        """Changes of the counts when one defect rate at a time falls by this part of itself, shape (F, m).

        NaN where one factorisation cannot tell: where no conforming unit leaves by the handoff that would then, and
        where units might never leave.
        """
        fewer = self.per_visit * self.defect * part
        ends = 1.0 - fewer * self.back
        told = (self.defect < 1.0) & (ends > LEAST_END)
        gain = np.where(told, self.weight * self.defect * part / np.where(told, ends, 1.0), np.nan)
        return gain[:, None] * self.value


def defect_reduction(flow: Flow) -> DefectReduction:
    """The effects of own defects on all customers, for a chain without common causes."""
    f = flow.network.flow
    customers = len(flow.network.customers)
    outside = np.eye(flow.columns)[:, : 2 * customers]
    outside = np.hstack((outside, np.zeros((flow.columns, 2 * customers))))
    reward = flow.exits @ outside
    giver = 2 * flow.network.transient[f.giver]
    for begins in (0, 1):
        np.add.at(reward, giver + begins, _incoming(flow, flow.chances * (begins == BEGINS)))
    inside = np.zeros((2 * flow.rows, 4 * customers))
    inside[flow.reached] = flow.system.values(reward[flow.reached])
    good, bad = leaving_values(flow, inside, outside)
    given = given_shown(flow)
    good, bad = good + _incoming(flow, given * (BEGINS == 0)), bad + _incoming(flow, given * (BEGINS == 1))
    per_visit = f.share * (1.0 - flow.spoilt[f.giver])
    return DefectReduction(
        now=flow.visits @ reward,
        defect=f.defect,
        weight=flow.visits[giver] * per_visit,
        per_visit=per_visit,
        value=good - bad,
        back=returns(flow, giver, per_visit * f.defect),
    )


def _incoming(flow: Flow, moves: Floats) -> Floats:
    """What so many of each move, shape (12, F), count at the doors of the customers, shape (F, 4K)."""
    customers, flags = len(flow.network.customers), counts(flow.terms)
    found = np.zeros((len(flow.network.flow), 4 * customers))
    column = flow.network.absorbing[flow.network.flow.receiver]
    here = np.flatnonzero(column >= 0)
    for i, name in enumerate(("presented", "presented_bad")):
        found[here, 2 * customers + 2 * column[here] + i] = (moves * flags[name]).sum(axis=0)[here]
    return found


__all__ = ["DefectReduction", "defect_reduction"]
