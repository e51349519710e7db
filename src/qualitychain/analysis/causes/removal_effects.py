"""What perfecting one handoff at a time would bring: each customer's rate now less its rate without those defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import Cause, cause_names, causes_of, rate_of, reduced
from qualitychain.analysis.base.questions import Outcome, rates, rates_of, solution_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.engine.causes.removal import changes_without_own_defects
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import solve_pulls
from qualitychain.errors import AnalysisError
from qualitychain.vocabulary.reason import Place, Reason, Why

NOT_ASKED = (
    "not worked out: it takes a solution of the whole chain, which is done for the {} with the largest shares; "
    "ask with a greater most="
)


@dataclass(frozen=True)
class Removals:
    """Fall of the rates of K customers when one of J causes makes no defects: the work on a handoff, or its way.

    ``effects`` has shape (J, K), with NaN where there is none: of a customer that gets nothing, and of the causes in
    ``untold``, which says why by their places among ``causes_of``.
    """

    effects: Floats
    untold: Mapping[int, Why]
    now: Floats
    """The rates as they are, shape (K,)."""

    def missing(self, compiled: Compiled, table: str, wanted: Sequence[int]) -> dict[Place, Why]:
        """Why effects are NaN in a table with rows by customer and cause, of the ``wanted`` customers."""
        causes, names = cause_names(compiled), [compiled.chain.customers[k].name for k in wanted]
        found = {
            Place(table, (name, causes[i]), "removal_effect"): why for i, why in self.untold.items() for name in names
        }
        nothing = (name for k, name in zip(wanted, names, strict=True) if np.isnan(self.now[k]))
        return found | {Place(table, name, "removal_effect"): NOTHING_DELIVERED for name in nothing}


def removal_effects(
    study: Study,
    *,
    outcome: Outcome = "accepted_defect_rate",
    most: int | None = None,
    first: Floats | None = None,
) -> Removals:
    """Fall of each customer's rate when one handoff makes no defects of its own, or its way damages nothing.

    Parameters
    ----------
    study : Study
    outcome : "accepted_defect_rate" or "defect_rate"
        The nonconforming among the units that a customer keeps, or among those presented to it.
    most : int, optional
        How many causes may take a solution of the chain each; the others are NaN. All by default.
    first : array, shape (causes,), optional
        Which come first where ``most`` is given: the largest.

    Notes
    -----
    Flow handoffs are removed from one factorisation by a rank-one change each (``engine.removal``). A pulled handoff, a
    common cause, a way that damages, and the outcome ``defect_rate`` take one solution of the chain each. The handoffs
    of one common cause become perfect together.
    """
    places = list(study.ask(_at_once, outcome=outcome)[1])
    chosen = None
    if most is not None and len(places) > most:
        weight = np.zeros(len(places)) if first is None else first[places]
        chosen = frozenset(places[i] for i in np.argsort(-weight, kind="stable")[:most].tolist())
    return study.ask(_removals_of, outcome=outcome, chosen=chosen)


def _at_once(study: Study, *, outcome: Outcome) -> tuple[Floats, tuple[int, ...]]:
    """Effects from one factorisation, shape (causes, K), and the causes that take a solution of the chain each."""
    compiled, network = study.compiled, study.compiled.network
    causes = causes_of(compiled)
    effects = np.zeros((len(causes), len(network.customers)))
    untold = network.flow.defect > 0
    if outcome == "accepted_defect_rate" and not network.keys:
        # the defects of a flow handoff change one row of the equations: all of them at once, from one factorisation
        changes = changes_without_own_defects(Flow(network, solve_pulls(network)))[:, :-2]
        untold &= np.isnan(changes).any(axis=1)
        fall = _fall(study.ask(solution_of).absorbed[:-2], changes)
        effects[compiled.flow_rows] = np.where(untold[:, None], 0.0, fall)
    first, last = [], []
    for i, cause in enumerate(causes):
        if cause.kind == "flow" and cause.rate == "defect":
            last += [i] if untold[cause.row] else []
        elif rate_of(network, cause) > 0:
            first.append(i)
    return effects, (*first, *last)


def _removals_of(study: Study, *, outcome: Outcome, chosen: frozenset[int] | None) -> Removals:
    """All removals, of those that take a solution each only the ``chosen`` causes (None: all)."""
    compiled, network, now = study.compiled, study.compiled.network, study.ask(rates_of, outcome=outcome)
    at_once, cases = study.ask(_at_once, outcome=outcome)
    effects, untold = at_once.copy(), dict[int, Why]()
    solved: dict[object, Floats | Why] = {}
    causes = causes_of(compiled)
    for done, place in enumerate(cases, start=1):
        cause = causes[place]
        if chosen is not None and place not in chosen:
            untold[place] = Why(Reason.LEFT_OUT, NOT_ASKED.format(len(chosen)))
            continue
        key = int(network.key[cause.row]) if cause.kind == "pulled" else -1
        draw = (cause.rate, key) if key >= 0 else place
        if draw not in solved:
            solved[draw] = _effect(compiled, cause, now, outcome)
        found = solved[draw]
        if isinstance(found, Why):
            untold[place] = found
        else:
            effects[place] = found
        if study.progress is not None:
            study.progress(done, len(cases))
    effects[list(untold)] = np.nan
    effects[:, np.isnan(now)] = np.nan
    return Removals(effects, untold, now)


def _effect(compiled: Compiled, cause: Cause, now: Floats, outcome: Outcome) -> Floats | Why:
    """The effect of one removal on each customer, or why there is none."""
    try:
        better = compiled.solve(reduced(compiled.network, cause, 0.0), work=False)
    except AnalysisError as error:
        return Why(Reason.NO_SOLUTION, f"without its defects the chain has no answer: {error}")
    return now - rates(compiled, better, outcome)


def _fall(absorbed: Floats, changes: Floats) -> Floats:
    """Fall of the accepted defect rates, formed from the changes so that small ones keep their digits, shape (F, K)."""
    good, bad = absorbed[::2], absorbed[1::2]
    more_good, more_bad = changes[:, ::2], changes[:, 1::2]
    before, after = good + bad, good + bad + more_good + more_bad
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((before > 0) & (after > 0), (bad * more_good - good * more_bad) / (before * after), np.nan)


__all__ = ["Removals", "removal_effects"]
