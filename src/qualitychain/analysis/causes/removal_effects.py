"""What perfecting one handoff at a time would bring: each customer's rate now less its rate without those defects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import Literal

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.quality.quality import NOTHING_DELIVERED
from qualitychain.engine.causes.removal import changes_without_own_defects
from qualitychain.engine.network.network import Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import solve_pulls
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError

Outcome = Literal["accepted_defect_rate", "defect_rate"]
NOT_ASKED = (
    "not worked out: it takes a solution of the whole chain, which is done for the {} with the largest shares; "
    "ask with a greater most="
)


def removal_effects(
    compiled: Compiled,
    solution: Solution,
    *,
    outcome: Outcome = "accepted_defect_rate",
    missing: dict[str, str],
    table: str = "table",
    most: int | None = None,
    first: Floats | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Fall of each customer's rate when one handoff makes no defects of its own, shape (handoffs, K).

    Parameters
    ----------
    compiled : Compiled
    solution : Solution
        Of its quality.
    outcome : "accepted_defect_rate" or "defect_rate"
        The nonconforming among the units that a customer keeps, or among those presented to it.
    missing : dict
        Gets a reason for every effect that is NaN, by ``table``, customer and handoff.
    table : str
        Name of the table that the effects are for.
    most : int, optional
        How many handoffs may take a solution of the chain each; the others are NaN. All by default.
    first : array, shape (handoffs,), optional
        Which come first where ``most`` is given: the largest.
    progress : callable, optional
        Called with (done, all) as the handoffs are gone through.

    Notes
    -----
    Flow handoffs are removed from one factorisation by a rank-one change each (``engine.removal``). A pulled handoff, a
    common cause, and the outcome ``defect_rate`` take one solution of the chain each. The handoffs of one common cause
    become perfect together.
    """
    network, now = compiled.network, rates(compiled, solution, outcome)
    effects = np.zeros((len(compiled.names), len(now)))
    cases = [("pulled", row) for row in np.flatnonzero(network.pulled.defect > 0).tolist()]
    untold = network.flow.defect > 0
    if outcome == "accepted_defect_rate" and not network.keys:
        # the defects of a flow handoff change one row of the equations: all of them at once, from one factorisation
        changes = changes_without_own_defects(Flow(network, solve_pulls(network)))[:, :-2]
        untold &= np.isnan(changes).any(axis=1)
        effects[compiled.flow_rows] = np.where(untold[:, None], 0.0, _fall(solution.absorbed[:-2], changes))
    cases += [("flow", row) for row in np.flatnonzero(untold).tolist()]
    places = [int((compiled.flow_rows if kind == "flow" else compiled.pulled_rows)[row]) for kind, row in cases]
    chosen = _chosen(places, most, first)
    solved: dict[object, Floats | str] = {}
    for done, ((kind, row), place) in enumerate(zip(cases, places, strict=True), start=1):
        if place not in chosen:
            effects[place] = np.nan
            _say(missing, compiled, table, place, NOT_ASKED.format(len(chosen)))
            continue
        key = int(network.key[row]) if kind == "pulled" else -1
        draw = ("key", key) if key >= 0 else (kind, row)
        if draw not in solved:
            solved[draw] = _effect(compiled, kind, row, now, outcome)
        found = solved[draw]
        if isinstance(found, str):
            effects[place] = np.nan
            _say(missing, compiled, table, place, found)
        else:
            effects[place] = found
        if progress is not None:
            progress(done, len(cases))
    for customer, rate in zip(compiled.chain.customers, now, strict=True):
        if np.isnan(rate):
            missing[f"{table}/{customer.name}"] = NOTHING_DELIVERED
    effects[:, np.isnan(now)] = np.nan
    return effects


def rates(compiled: Compiled, solution: Solution, outcome: Outcome) -> Floats:
    """Each customer's rate, shape (K,); NaN where nothing is delivered."""
    if outcome == "accepted_defect_rate":
        bad = solution.absorbed[1:-2:2]
        return _share(bad, bad + solution.absorbed[:-2:2])
    presented, bad = compiled.incoming(solution)
    return _share(bad, presented)


def _chosen(places: list[int], most: int | None, first: Floats | None) -> Collection[int]:
    if most is None or len(places) <= most:
        return set(places)
    weight = np.zeros(len(places)) if first is None else first[places]
    return {places[i] for i in np.argsort(-weight, kind="stable")[:most].tolist()}


def _effect(compiled: Compiled, kind: str, row: int, now: Floats, outcome: Outcome) -> Floats | str:
    """The effect of one removal on each customer, or why there is none."""
    try:
        better = compiled.solve(_removed(compiled.network, kind, row), work=False)
    except AnalysisError as error:
        return f"without its defects the chain has no answer: {error}"
    return now - rates(compiled, better, outcome)


def _say(missing: dict[str, str], compiled: Compiled, table: str, place: int, reason: str) -> None:
    for customer in compiled.chain.customers:
        missing[f"{table}/{customer.name}/{compiled.names[place]}/removal_effect"] = reason


def _fall(absorbed: Floats, changes: Floats) -> Floats:
    """Fall of the accepted defect rates, formed from the changes so that small ones keep their digits, shape (F, K)."""
    good, bad = absorbed[::2], absorbed[1::2]
    more_good, more_bad = changes[:, ::2], changes[:, 1::2]
    before, after = good + bad, good + bad + more_good + more_bad
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((before > 0) & (after > 0), (bad * more_good - good * more_bad) / (before * after), np.nan)


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _removed(network: Network, kind: str, row: int) -> Network:
    handoffs = getattr(network, kind)
    defect = handoffs.defect.copy()
    if kind == "pulled" and network.key[row] >= 0:
        # one draw serves all handoffs of a common cause, so they become perfect together
        defect[network.key == network.key[row]] = 0.0
    defect[row] = 0.0
    return dataclasses.replace(network, **{kind: dataclasses.replace(handoffs, defect=defect)})


__all__ = ["Outcome", "rates", "removal_effects"]
