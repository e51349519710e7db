"""The loss of a goal in terms of what is counted at the customers: ratios of flows, and curves over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qualitychain.analysis.base.study import SHIFT
from qualitychain.analysis.money.prices import ideal_cost_of_work, period_of, prices_of
from qualitychain.analysis.money.revenue import revenue_at_risk
from qualitychain.engine.network.network import Floats
from qualitychain.improvement.choose.options.evaluate import timed
from qualitychain.improvement.choose.options.objectives import Goal
from qualitychain.improvement.choose.search.rows import KEPT_BAD, KEPT_GOOD, SHOWN, SHOWN_BAD, Rows
from qualitychain.metrics import z_lt


@dataclass(frozen=True)
class Term:
    """weight * curve(numerator / denominator), the curve rising; counts at the customers weigh the two."""

    weight: float
    top: Floats
    bottom: Floats | None
    curve: Callable[[float], float] | None = None
    shape: Callable[[float, float], str] | None = None
    """Whether the curve is "concave" or "convex" between two rates, or neither ("")."""
    offset: float = 0.0
    least: float = 0.0
    """No rate is below this."""
    fed: tuple[int, ...] = ()
    """Numbers of customers that must get something for the term to be what it says."""

    def of(self, rate: float) -> float:
        """The term at a rate."""
        return self.offset + self.weight * (rate if self.curve is None else self.curve(rate))


@dataclass(frozen=True)
class Loss:
    """The loss of a goal in terms of the flow: what it is (``exact``), or what it is at least."""

    terms: tuple[Term, ...]
    exact: bool


def loss_of(goal: Goal, rows: Rows) -> Loss:
    """The loss of a goal in terms of the counts at the customers; what is not one of flows alone is bounded by them.

    A unit satisfies only when it conforms, so satisfied units are at most the conforming ones; no cost is below 0.
    """
    terms: list[Term] = []
    exact = True
    for part in goal.parts:
        names = rows.customers
        them = range(len(names)) if part.customer is None else [names.index(part.customer)]
        kind = part.reading.name
        if kind == "conforming_deliveries":
            terms.append(Term(part.weight * rows.release_rate, -_counts(rows, them, KEPT_GOOD), None, least=-1.0))
        elif kind == "revenue_at_risk":
            terms += [_revenue_term(rows, k, part.weight) for k in them]
            exact &= not any(timed(rows.chain, rows.chain.customers[k]) for k in them)
        elif kind == "satisfied":
            terms += [_satisfied_term(rows, k, part.weight) for k in them]
            exact &= not any(timed(rows.chain, rows.chain.customers[k]) for k in them)
        elif kind == "accepted_defect_rate":
            terms.append(Term(part.weight, _counts(rows, them, KEPT_BAD), _counts(rows, them, KEPT_BAD, KEPT_GOOD)))
        elif kind in ("defect_rate", "sigma_level"):
            term = Term(part.weight, _counts(rows, them, SHOWN_BAD), _counts(rows, them, SHOWN))
            if kind == "sigma_level":
                count = rows.chain.customers[them[0]].opportunities
                term = replace(term, curve=_minus_sigma(count), shape=_sigma_shape(count))
            terms.append(term)
        elif kind == "cost_of_quality":
            terms.append(_cost_term(rows, part.weight))
            exact &= cost_is_counted(rows)
        else:
            exact = False
    return Loss(tuple(terms), exact)


def _cost_term(rows: Rows, weight: float) -> Term:
    """The cost of quality without late deliveries, in the terms of its total: per period or per time unit."""
    compiled, chain = rows.compiled, rows.chain
    everyone = range(len(rows.customers))
    ideal = float(np.nan_to_num(ideal_cost_of_work(compiled, prices_of(compiled))))
    top = _counts(rows, everyone, KEPT_BAD, KEPT_GOOD) * -ideal
    top[-1] = 1.0
    # where much is scrapped before dear work, even less may be done than a faultless chain would do
    least = -math.inf if ideal > 0 else 0.0
    told = [k for k in everyone if chain.customers[k].volume is not None]
    volume = math.fsum(chain.customers[k].volume or 0.0 for k in told)
    fixed = chain.prevention_cost or 0.0
    if volume > 0:
        kept = _counts(rows, told, KEPT_BAD, KEPT_GOOD)
        # a customer that gets nothing has no part in the period
        return Term(weight * volume, top, kept, offset=weight * fixed, least=least, fed=tuple(told))
    period = period_of(compiled, np.zeros(len(rows.customers)))
    starts = period.starts if period.known else compiled.release_rate
    return Term(weight * starts, top, None, offset=weight * fixed if period.known else 0.0, least=least)


def cost_is_counted(rows: Rows) -> bool:
    """Whether the whole cost of quality is one of counts: no late delivery costs, no common cause is drawn."""
    late = any(c.late_cost is not None and timed(rows.chain, c) for c in rows.chain.customers)
    return not late and not rows.network.keys


def _revenue_term(rows: Rows, k: int, weight: float) -> Term:
    customer = rows.chain.customers[k]
    bend = "concave" if customer.deliveries_per_customer >= 1 else "convex"
    return Term(
        weight,
        _counts(rows, [k], KEPT_BAD),
        _counts(rows, [k], KEPT_BAD, KEPT_GOOD),
        lambda rate: revenue_at_risk(customer, rate),
        lambda _low, _high: bend,
    )


def _satisfied_term(rows: Rows, k: int, weight: float) -> Term:
    volume = rows.chain.customers[k].volume
    if volume is None:
        return Term(weight * rows.release_rate, -_counts(rows, [k], KEPT_GOOD), None, least=-1.0)
    share = Term(weight * volume, _counts(rows, [k], KEPT_BAD), _counts(rows, [k], KEPT_BAD, KEPT_GOOD))
    return replace(share, offset=-weight * volume)


def _counts(rows: Rows, customers: Sequence[int], *which: int) -> Floats:
    weights = np.zeros(rows.counts)
    for k in customers:
        weights[[4 * k + w for w in which]] = 1.0
    return weights


def _minus_sigma(opportunities: int) -> Callable[[float], float]:
    return lambda rate: -(float(z_lt(min(max(rate, 0.0), 1.0), opportunities)) + SHIFT)


def _sigma_shape(opportunities: int) -> Callable[[float, float], str]:
    # the quantile of 1 - D is convex in D below one half; with several opportunities nothing is claimed
    return lambda _low, high: "concave" if opportunities == 1 and high <= 0.5 else ""


def rate_of(term: Term, counts: Floats) -> float:
    """The ratio of a term; NaN where nothing is counted below the line, or ``fed`` customers get nothing."""
    if not gets(term, counts):
        return math.nan
    top = float(counts @ term.top)
    if term.bottom is None:
        return top
    bottom = float(counts @ term.bottom)
    return top / bottom if bottom > 0 else math.nan


def gets(term: Term, counts: Floats) -> bool:
    """Whether every customer that must get something does."""
    return all(counts[4 * k + KEPT_GOOD] + counts[4 * k + KEPT_BAD] > 0 for k in term.fed)
