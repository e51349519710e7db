"""The figures of quality as plain numbers, before any table: what requirements and objectives read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.metrics import dpmo_from_defect_rate, z_lt
from qualitychain.model.values.times import moments
from qualitychain.vocabulary.figures import ALL_DEFECTS, NO_DEFECTS
from qualitychain.vocabulary.reason import Place, Reason, Why

NOTHING_DELIVERED = Why(Reason.NOTHING_DELIVERED, "no unit is delivered to this customer")
SIGMA_ENDS = {0.0: Why(Reason.NO_DEFECTS, NO_DEFECTS), 1.0: Why(Reason.ALL_DEFECTS, ALL_DEFECTS)}
"""Why there is no sigma level at a defect rate of 0 and of 1."""


@dataclass(frozen=True)
class QualityFigures:
    """Figures by the names that they have in ``Quality``."""

    customers: dict[str, Floats]
    """Columns, shape (K,) each."""
    handoffs: dict[str, Floats]
    """Presented and accepted defect rates, shape (handoffs,) each."""
    hidden: Floats
    """Hidden factory of suppliers and departments."""
    chain: dict[str, float]
    """Yields, scrap rate and hidden factory of the whole chain."""
    missing: dict[Place, Why]


def quality_figures_of(study: Study) -> QualityFigures:
    """The figures of quality of a study's chain."""
    compiled, solution = study.compiled, study.solution
    missing: dict[Place, Why] = {}
    customers = customer_columns(compiled, solution, shift=study.shift, missing=missing)
    hidden = hidden_factory(solution, study.perfect)[: len(study.chain.suppliers) + len(study.chain.departments)]
    # sums of shares of one unit: beyond 1, or out of order, they are so by rounding only
    delivered = min(float(solution.absorbed[:-2].sum()), 1.0)
    rolled = min(float(solution.rolled.sum()), delivered)
    chain = {
        "rolled_throughput_yield": rolled,
        "first_pass_yield": min(float(solution.first_pass.sum()), rolled),
        "final_yield": delivered,
        "scrap_rate": float(solution.absorbed[-2:].sum()),
        "hidden_factory": _organisation(compiled, solution, hidden, missing),
    }
    return QualityFigures(customers, handoff_columns(compiled, solution), hidden, chain, missing)


def customer_columns(
    compiled: Compiled, solution: Solution, *, shift: float, missing: dict[Place, Why]
) -> dict[str, Floats]:
    """The figures of external customers, shape (K,) each; reasons for those that do not exist go into ``missing``."""
    chain = compiled.chain
    conforming, nonconforming = solution.absorbed[:-2:2], solution.absorbed[1:-2:2]
    presented, bad = compiled.incoming(solution)
    delivered = conforming + nonconforming
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.minimum(np.where(presented > 0, bad / presented, np.nan), 1.0)
        kept = np.where(delivered > 0, nonconforming / delivered, np.nan)
        good = np.where(presented > 0, (presented - bad) / presented, np.nan)
    opportunities = np.array([c.opportunities for c in chain.customers], dtype=float)
    dpmo, z = np.full(len(rate), np.nan), np.full(len(rate), np.nan)
    some = np.isfinite(rate)
    if some.any():
        dpmo[some] = dpmo_from_defect_rate(rate[some], opportunities[some])
        z[some] = z_lt(rate[some], opportunities[some], conforming_rate=np.clip(good[some], 0.0, 1.0))
    for customer, d, share in zip(chain.customers, rate, kept, strict=True):
        name = customer.name
        reason = NOTHING_DELIVERED if np.isnan(d) else SIGMA_ENDS.get(float(d))
        if reason is not None:
            columns = ("z_lt", "sigma_level") if not np.isnan(d) else ("defect_rate", "dpmo", "z_lt", "sigma_level")
            missing.update((Place("customers", name, c), reason) for c in columns)
        if np.isnan(share):
            missing[Place("customers", name, "accepted_defect_rate")] = NOTHING_DELIVERED
    return {
        "delivered": delivered,
        "conforming": conforming,
        "nonconforming": nonconforming,
        "defect_rate": rate,
        "accepted_defect_rate": kept,
        "dpmo": dpmo,
        "z_lt": z,
        "sigma_level": z + shift,
    }


def handoff_columns(compiled: Compiled, solution: Solution) -> dict[str, Floats]:
    """What each handoff presents to its customer, and lets through, NaN where nothing goes that way."""
    t, r = solution.tally, solution.requests
    presented, accepted = np.full((2, len(compiled.names)), np.nan)
    presented[compiled.flow_rows] = ratio(t.presented_bad, t.presented)
    accepted[compiled.flow_rows] = ratio(t.accepted_bad, t.accepted)
    presented[compiled.pulled_rows] = ratio(r.presented_bad, r.presented)
    # a request that nobody makes still has the quality that it would have
    accepted[compiled.pulled_rows] = np.where(r.uses > 0, ratio(r.accepted_bad, r.uses), solution.bad)
    return {"presented_defect_rate": presented, "accepted_defect_rate": accepted}


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part of a whole, NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def hidden_factory(solution: Solution, perfect: Solution) -> np.typing.NDArray[np.float64]:
    """Share of each node's work per delivered unit that would vanish if nothing were ever rejected, shape (V,).

    1 - (l0 / Y0) / (l / Y), with work per started unit l and delivered units Y, and l0, Y0 of the same chain without
    defects and false alarms (formulas: What is reported).
    """
    now, ideal = solution.absorbed[:-2].sum(), perfect.absorbed[:-2].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 - (perfect.work / ideal) / (solution.work / now)
    share[(solution.work == 0) | (now == 0)] = np.nan
    # equal up to rounding is equal: nothing is hidden
    share[np.abs(share) < 1e-14] = 0.0
    return np.asarray(share)


def _organisation(
    compiled: Compiled, solution: Solution, hidden: np.typing.NDArray[np.float64], missing: dict[Place, Why]
) -> float:
    """Hidden factory of all departments, weighted by working time."""
    chain, offset = compiled.chain, len(compiled.chain.suppliers)
    weights, shares = [], []
    for i, department in enumerate(chain.departments):
        if department.cycle_time is None:
            missing[Place(column="hidden_factory")] = Why(
                Reason.NO_CYCLE_TIME, f"department '{department.name}' has no cycle_time to weight its work by"
            )
            return float("nan")
        weights.append(solution.work[offset + i] * moments(department.cycle_time, chain.clock)[0])
        shares.append(hidden[offset + i])
    total = float(np.sum(weights))
    if total == 0:
        missing[Place(column="hidden_factory")] = Why(Reason.NO_WORK, "no department has any working time")
        return float("nan")
    return float(np.nansum(np.array(weights) * np.array(shares)) / total)
