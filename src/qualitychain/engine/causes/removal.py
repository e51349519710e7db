"""What each flow handoff's own defects do: absorbed masses with its defect rate set to 0 (formulas: Attribution).

Removing the defects of one handoff changes one row of the state chain, that of conforming units at its giver. With h
the value of every state (expected absorption from there), leaving by the handoff conforming is worth val_C and
nonconforming val_N, and

    y' - y = x'_i * change * (val_C - val_N),     x'_i = x_i / (1 - change * (the same difference of visits to state
    i)),

exactly (Sherman and Morrison 1950). Only givers that units can come back to need a further solve, the visits to their
state.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qualitychain.engine.linear.order import components
from qualitychain.engine.network.network import Flags, Floats, Integers
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.moves import BEGINS, chances, classes_of

AT_ONCE = 64
"""Givers whose return visits are solved together."""
LEAST_END = 1e-6
"""Below this chance of an end the rank-one change has lost too many digits."""


def given_shown(flow: Flow) -> Floats:
    """Chance of every move given the state in which the work leaves the unit, shape (12, F)."""
    giver = flow.network.flow.giver
    one, blind = np.ones(len(giver)), flow.blind[giver]
    return chances(replace(flow.terms, defect=0.0 * one), list(classes_of(one, 0.0, 1.0 - blind, blind).T))


def leaving_values(flow: Flow, inside: Floats, outside: Floats) -> tuple[Floats, Floats]:
    """Value of leaving by each flow handoff conforming, and nonconforming, shape (F, m) each.

    Parameters
    ----------
    inside : array, shape (2 * rows, m)
        Value of every transient state.
    outside : array, shape (columns, m)
        Value of every absorbing column.
    """
    value, given = np.concatenate((inside, outside)), given_shown(flow)

    def leaving(moves: Flags) -> Floats:
        return np.asarray(sum(given[m][:, None] * value[flow.target[m]] for m in np.flatnonzero(moves)))

    return leaving(BEGINS == 0), leaving(BEGINS == 1)


def changes_without_own_defects(flow: Flow) -> Floats:
    """Change of the absorbed masses, shape (F, columns), when one flow handoff at a time spoils nothing itself.

    NaN where one factorisation cannot tell: where the handoff spoils everything, so that conforming units now come
    where none came before, and where without its defects units might never leave.
    """
    f = flow.network.flow
    rows, columns = 2 * flow.rows, flow.columns
    exits = flow.exits[flow.reached].toarray()
    inside = np.zeros((rows, columns))
    inside[flow.reached] = flow.system.values(exits)
    good, bad = leaving_values(flow, inside, np.eye(columns))
    giver = 2 * flow.network.transient[f.giver]
    # removing d turns spoils = s + d - s d into s: d (1 - s) of the conforming stay so
    fewer = f.share * f.defect * (1.0 - flow.spoilt[f.giver])
    ends = 1.0 - fewer * returns(flow, giver, fewer)
    told = (f.defect < 1.0) & (ends > LEAST_END)
    visits = np.where(told, flow.visits[giver] / np.where(told, ends, 1.0), np.nan)
    return (visits * fewer)[:, None] * (good - bad)


def returns(flow: Flow, giver: Integers, fewer: Floats) -> Floats:
    """Rise of expected further visits to the giver's conforming state if a unit leaves conforming instead, (F,)."""
    result = np.zeros(len(giver))
    place = np.full(2 * flow.rows, -1, dtype=np.int64)
    place[flow.reached] = np.arange(len(flow.reached))
    label = components(flow.chain)
    turning = np.bincount(label, minlength=int(label.max(initial=0)) + 1) > 1
    diagonal = flow.chain.diagonal() > 0
    concerned = (fewer > 0) & (place[giver] >= 0)
    concerned[concerned] &= turning[label[place[giver[concerned]]]] | diagonal[place[giver[concerned]]]
    states = np.unique(giver[concerned])
    for begin in range(0, len(states), AT_ONCE):
        batch = states[begin : begin + AT_ONCE]
        targets = np.zeros((len(flow.reached), len(batch)))
        targets[place[batch], np.arange(len(batch))] = 1.0
        inside = np.zeros((2 * flow.rows, len(batch)))
        inside[flow.reached] = flow.system.values(targets)
        good, bad = leaving_values(flow, inside, np.zeros((flow.columns, len(batch))))
        mine = np.flatnonzero(concerned & np.isin(giver, batch))
        column = np.searchsorted(batch, giver[mine])
        result[mine] = good[mine, column] - bad[mine, column]
    return result
