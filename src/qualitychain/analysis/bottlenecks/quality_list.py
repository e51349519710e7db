"""Third list: quality. What better handoffs would bring each external customer.

Formulas: Attribution and Bottlenecks.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import cause_names, causes_of, made_by_cause, rate_of, reduced
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.specs import QUALITY_GAINS
from qualitychain.analysis.money.revenue import NO_REVENUE, revenue_at_risk
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.engine.causes.defect_reduction import DefectReduction, defect_reduction
from qualitychain.engine.network.network import Flags, Floats, Network
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import solve_pulls
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError, UnknownCustomerError
from qualitychain.metrics import z_lt
from qualitychain.model.records.nodes import Customer
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import NO_DEFECTS, number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_SOLVED, LEAST_SOLVED = 200, 5
"""Handoffs for which the chain is solved again, at most, however small it is, and at least, however large."""
BUDGET = 400_000
"""Nodes and handoffs of all the scenarios of all these solutions together: some seconds."""
HALVED, REMOVED = 0.5, 1.0
NO_EFFECT = 1e-12
"""A relative change of a customer's defect rate up to this is rounding."""
WORDS = ("halved", "removed")
GAINS = ("sigma_gain", "conforming_gain", "deliveries_gain", "revenue_gain")
SOLVED_AGAIN = Why(Reason.NOT_APPLICABLE, "found by solving the chain again; the gains have its sign")
NO_VOLUME = Why(Reason.NOT_GIVEN, "no volume is given")
NOTHING_TO_RAISE = Why(Reason.NO_DEFECTS, NO_DEFECTS)


@dataclass(frozen=True, kw_only=True)
class QualityList(Result):
    """What fewer defects at each handoff would bring each external customer.

    Attributes
    ----------
    handoffs : DataFrame
        For each ``customer`` and ``handoff``: its own ``defect_rate``; ``gradient`` (of the customer's accepted defect
        rate to it); ``sigma_gain_halved`` and ``sigma_gain_removed`` (rise of the sigma level when the rate is halved,
        and when it is 0); ``conforming_gain_halved`` and ``conforming_gain_removed`` (rise of the conforming share of
        what the customer keeps); ``deliveries_gain_halved`` and ``deliveries_gain_removed`` (the same per period);
        ``revenue_gain_halved`` and ``revenue_gain_removed`` (fall of the revenue at risk per period); ``cost`` of
        halving and ``sigma_gain_per_cost``; ``rank`` (1 is the largest ``sigma_gain_halved`` for that customer);
        ``note`` (said where more defects would look better).
    """

    handoffs: pd.DataFrame
    name: str = dataclasses.field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = QUALITY_GAINS.tables

    def summary(self) -> str:
        """For each customer the three handoffs whose halving gains most, and what would look better with defects."""
        lines: list[str] = []
        for customer, mine in self.handoffs.groupby("customer", sort=False):
            best = mine[(mine["rank"] <= 3) & (mine["sigma_gain_halved"] > 0)]
            lines.extend(
                f"{customer}: half the defects of {r['handoff']} would raise the sigma level by "
                f"{number(r['sigma_gain_halved'])} and conforming deliveries by {percent(r['conforming_gain_halved'])}"
                for r in best.to_dict("records")
            )
            said = mine.loc[mine["note"] != "", ["handoff", "note"]]
            lines.extend(f"{handoff}: {note}" for handoff, note in said.head(3).itertuples(index=False))
        return "\n".join(lines) or "No handoff's own defects reach a customer."

    def plot(self, customer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Pareto chart of the sigma gains for one customer (the first by default) when one defect rate is halved.

        Parameters
        ----------
        customer : str, optional
            Which external customer.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        names = [str(n) for n in dict.fromkeys(self.handoffs["customer"])]
        who = names[0] if customer is None else customer
        if who not in names:
            raise UnknownCustomerError(who, names)
        mine = self.handoffs[(self.handoffs["customer"] == who) & (self.handoffs["sigma_gain_halved"] > 0)]
        return pareto(
            list(mine["handoff"]),
            mine["sigma_gain_halved"].to_numpy(),
            ax=ax,
            xlabel="rise of the sigma level if its defect rate were halved",
            title=f"Quality: {who}",
            cumulative=False,
        )


def quality_list_of(study: Study, *, costs: tuple[tuple[str, float], ...] = ()) -> QualityList:
    """The quality list of a study's chain; ``costs`` says what halving the defect rate of handoffs costs.

    Notes
    -----
    Flow handoffs of a chain without common causes come from one factorisation by a rank-one change each; every pulled
    handoff, and every handoff of a chain with common causes, takes two solutions of the chain. Of those, the ones that
    make most defects are evaluated, as many as ``affordable`` says (all of a small chain, about 100 in one of 1,000
    departments), and ``missing`` names the others.
    """
    import pandas as pd

    compiled, cost = study.compiled, costs_of(study.compiled, dict(costs))
    now = counts_of(compiled, study.solution)
    found = _changes(study, now)
    missing = _missing_of_handoffs(cause_names(compiled), found)
    parts = [_of_customer(compiled, k, now=now, found=found, cost=cost, missing=missing) for k in range(len(now) // 4)]
    return QualityList(
        handoffs=pd.concat(parts, ignore_index=True),
        name=study.chain.name,
        exact=True,
        method="each defect rate halved, and removed: rank-one changes of one factorisation, or the chain solved again",
        assumptions=(
            "Only the handoff's own defects change; everything else, also its inspection, stays as it is.",
            "Gains of several handoffs do not add up.",
            "Revenue at risk here counts nonconforming deliveries; lateness stays as it is.",
        ),
        missing=missing,
        units=study.units,
    )


def counts_of(compiled: Compiled, solution: Solution) -> Floats:
    """Columns of ``DefectReduction`` for any solution: outgoing of each customer (good, bad), incoming (all, bad)."""
    presented, bad = compiled.incoming(solution)
    return np.concatenate((solution.absorbed[:-2], np.column_stack((presented, bad)).ravel()))


def costs_of(compiled: Compiled, costs: Mapping[str, float]) -> Floats:
    """What halving the defect rate of each handoff costs, NaN where it is not said, shape (handoffs,)."""
    cost = np.full(len(compiled.names), np.nan)
    for handoff, value in costs.items():
        if handoff not in compiled.names:
            raise ValueError(f"costs: {handoff!r} is not a handoff{did_you_mean(handoff, list(compiled.names))}")
        if not 0 < value < math.inf:
            raise ValueError(f"costs: halving the defects of '{handoff}' must cost more than 0, got {value!r}")
        cost[compiled.names.index(handoff)] = value
    return cost


@dataclass
class _Changes:
    """Slopes of the counts, and their changes with half and with none of the defects, shape (causes, m) each."""

    gradients: Floats
    halved: Floats
    removed: Floats
    again: set[int] = dataclasses.field(default_factory=set)
    """Causes of which the chain was solved again, so that there is no gradient."""
    left_out: dict[int, Why] = dataclasses.field(default_factory=dict)
    failed: dict[tuple[int, str], Why] = dataclasses.field(default_factory=dict)
    """Why there is no answer with half or none of the defects of a handoff."""


def _changes(study: Study, now: Floats) -> _Changes:
    compiled, network, causes = study.compiled, study.compiled.network, causes_of(study.compiled)
    gradients, halved, removed = np.zeros((3, len(causes), len(now)))
    found = _Changes(gradients, halved, removed)
    again = network.flow.defect > 0
    if not network.keys:
        effect: DefectReduction = defect_reduction(Flow(network, solve_pulls(network)))
        rows = compiled.flow_rows
        gradients[rows], halved[rows], removed[rows] = effect.slopes, effect.changes(HALVED), effect.changes(REMOVED)
        again = again & np.isnan(removed[rows]).any(axis=1)
    for place in _most_telling(study, again, found.left_out):
        gradients[place] = np.nan
        found.again.add(place)
        for word, part, changes in ((WORDS[0], HALVED, halved), (WORDS[1], REMOVED, removed)):
            try:
                better = compiled.solve(reduced(network, causes[place], 1.0 - part), work=False)
                changes[place] = counts_of(compiled, better) - now
            except AnalysisError as error:
                changes[place] = np.nan
                found.failed[place, word] = Why(Reason.NO_SOLUTION, f"the chain then has no answer: {error}")
    for place in found.left_out:
        gradients[place] = halved[place] = removed[place] = np.nan
    return found


def _most_telling(study: Study, again: Flags, left_out: dict[int, Why]) -> list[int]:
    """The causes to solve the chain again for, those that make most defects first."""
    network, t = study.compiled.network, study.solution.tally
    made = made_by_cause(study.compiled, t.made, t.made_in_transit, study.solution.requests.uses)
    cases = [
        i
        for i, cause in enumerate(causes_of(study.compiled))
        if (again[cause.row] if cause.kind == "flow" and cause.rate == "defect" else rate_of(network, cause) > 0)
    ]
    cases.sort(key=lambda i: -made[i])
    most = affordable(network)
    why = Why(
        Reason.LEFT_OUT,
        f"left out: each such handoff needs the chain solved again, which is done for the {most} that make most "
        "defects",
    )
    left_out.update(dict.fromkeys(cases[most:], why))
    return cases[:most]


def affordable(network: Network) -> int:
    """For how many handoffs the chain is solved again, twice each."""
    size = (network.nodes + len(network.flow) + len(network.pulled)) * 2**network.keys
    return min(MOST_SOLVED, max(LEAST_SOLVED, int(BUDGET // (2 * size))))


def _of_customer(
    compiled: Compiled,
    k: int,
    *,
    now: Floats,
    found: _Changes,
    cost: Floats,
    missing: dict[Place, Why],
) -> pd.DataFrame:
    import pandas as pd

    customer, customers = compiled.chain.customers[k], len(compiled.chain.customers)
    kept = slice(2 * k, 2 * k + 2)
    incoming = slice(2 * (customers + k), 2 * (customers + k) + 2)
    data: dict[str, Any] = {"gradient": _slope(now[kept], found.gradients[:, kept])}
    rate = _defects(now[kept])[0]
    for word, change in zip(WORDS, (found.halved, found.removed), strict=True):
        fall = _fall(now[kept], change[:, kept])
        data[f"sigma_gain_{word}"] = _sigma_gain(now[incoming], change[:, incoming], customer.opportunities)
        data[f"conforming_gain_{word}"] = fall
        data[f"deliveries_gain_{word}"] = fall * (np.nan if customer.volume is None else customer.volume)
        risk = revenue_at_risk(customer, rate)
        data[f"revenue_gain_{word}"] = [risk - revenue_at_risk(customer, rate - float(f)) for f in fall]
    data["cost"] = np.concatenate((cost, np.full(len(data["gradient"]) - len(cost), np.nan)))
    data["sigma_gain_per_cost"] = data["sigma_gain_halved"] / data["cost"]
    looks = f"more defects here would look better at customer '{customer.name}', because inspection removes them"
    with np.errstate(invalid="ignore"):
        worse = np.where(
            np.isfinite(data["gradient"]), data["gradient"] < -NO_EFFECT, data["conforming_gain_halved"] < 0
        )
    data["note"] = np.where(worse, looks, "")
    missing.update(_missing_of_customer(customer, nothing=now[kept].sum() == 0, perfect=now[incoming][1] == 0))
    rates = [rate_of(compiled.network, cause) for cause in causes_of(compiled)]
    table = pd.DataFrame({"customer": customer.name, "handoff": cause_names(compiled), "defect_rate": rates, **data})
    by = "sigma_gain_halved" if np.isfinite(data["sigma_gain_halved"]).any() else "conforming_gain_halved"
    table = table.sort_values(by, ascending=False, kind="stable", na_position="last")
    table["rank"] = np.arange(1, len(table) + 1)
    return table[[*(c for c in table.columns if c != "note"), "note"]]


def _missing_of_customer(customer: Customer, *, nothing: bool, perfect: bool) -> dict[Place, Why]:
    """Why figures of a customer do not exist, whatever the handoff."""
    whole: dict[str, Why] = {}
    if nothing:
        return {Place("handoffs", customer.name): NOTHING_DELIVERED}
    if perfect:
        whole |= {f"sigma_gain_{word}": NOTHING_TO_RAISE for word in WORDS}
    if customer.volume is None:
        whole |= {f"deliveries_gain_{word}": NO_VOLUME for word in WORDS}
    if math.isnan(revenue_at_risk(customer, 0.0)):
        whole |= {f"revenue_gain_{word}": NO_REVENUE for word in WORDS}
    return {Place("handoffs", customer.name, column): why for column, why in whole.items()}


def _missing_of_handoffs(names: list[str], found: _Changes) -> dict[Place, Why]:
    """Why figures of handoffs do not exist, whoever the customer."""
    missing = {Place("handoffs", (None, names[i])): why for i, why in found.left_out.items()}
    missing |= {Place("handoffs", (None, names[i]), "gradient"): SOLVED_AGAIN for i in found.again}
    for (i, word), why in found.failed.items():
        missing |= {Place("handoffs", (None, names[i]), f"{gain}_{word}"): why for gain in GAINS}
    return missing


def _defects(kept: Floats) -> Floats:
    """Nonconforming share of (conforming, nonconforming) counts, shape (n,)."""
    pairs = np.atleast_2d(kept)
    total = pairs.sum(axis=1)
    return np.where(total > 0, pairs[:, 1] / np.where(total > 0, total, 1.0), np.nan)


def _fall(kept: Floats, change: Floats) -> Floats:
    """Fall of the nonconforming share, formed from the changes so that small ones keep their digits."""
    good, bad = kept
    before, after = good + bad, good + bad + change.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = (bad * change[:, 0] - good * change[:, 1]) / (before * after)
        fall[~((before > 0) & (after > 0))] = np.nan
        fall[np.abs(fall) <= NO_EFFECT * bad / before] = 0.0
    return np.asarray(fall)


def _slope(kept: Floats, slopes: Floats) -> Floats:
    """Derivative of the nonconforming share."""
    good, bad = kept
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((good * slopes[:, 1] - bad * slopes[:, 0]) / (good + bad) ** 2)


def _sigma_gain(incoming: Floats, change: Floats, opportunities: int) -> Floats:
    """Rise of the sigma level: that of Z, for the shift stays."""
    presented, bad = incoming
    if presented == 0 or bad == 0:
        return np.full(len(change), np.nan)
    after = presented + change[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.clip((bad + change[:, 1]) / after, 0.0, 1.0)
        same = np.abs(bad * change[:, 0] - presented * change[:, 1]) <= NO_EFFECT * bad * after
    # what is left of all defects when they are subtracted is rounding
    rate[rate <= NO_EFFECT * bad / presented] = 0.0
    some = np.isfinite(rate)
    gain = np.full(len(change), np.nan)
    before = np.array([bad / presented])
    z_before = float(z_lt(before, np.array([float(opportunities)]), conforming_rate=1.0 - before)[0])
    z_after = z_lt(rate[some], np.full(int(some.sum()), float(opportunities)), conforming_rate=1.0 - rate[some])
    if math.isinf(z_before):
        return gain
    gain[some] = np.where(same[some], 0.0, z_after - z_before)
    return gain
