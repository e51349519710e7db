"""The loss of a goal in terms of what is counted at the customers: ratios of flows, and curves over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qualitychain.analysis.worth import revenue_at_risk
from qualitychain.engine.network import Floats
from qualitychain.improvement.objectives import SHIFT, Goal, timed
from qualitychain.improvement.rows import KEPT_BAD, KEPT_GOOD, SHOWN, SHOWN_BAD, Rows
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
        kind = part.measure.name
        if kind == "conforming_deliveries":
            terms.append(Term(part.weight * rows.start_rate, -_counts(rows, them, KEPT_GOOD), None))
        elif kind == "revenue_at_risk":
            terms += [_revenue_term(rows, k, part.weight) for k in them]
            exact &= not any(timed(rows.chain, rows.chain.customers[k]) for k in them)
        elif kind == "satisfied":
            terms += [_satisfied_term(rows, k, part.weight) for k in them]
            exact = False
        elif kind == "accepted_defect_rate":
            terms.append(Term(part.weight, _counts(rows, them, KEPT_BAD), _counts(rows, them, KEPT_BAD, KEPT_GOOD)))
        elif kind in ("defect_rate", "sigma_level"):
            term = Term(part.weight, _counts(rows, them, SHOWN_BAD), _counts(rows, them, SHOWN))
            if kind == "sigma_level":
                count = rows.chain.customers[them[0]].opportunities
                term = replace(term, curve=_minus_sigma(count), shape=_sigma_shape(count))
            terms.append(term)
        else:
            exact = False
    return Loss(tuple(terms), exact)


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
        return Term(weight * rows.start_rate, -_counts(rows, [k], KEPT_GOOD), None)
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
    """The ratio of a term; NaN where nothing is counted below the line."""
    top = float(counts @ term.top)
    if term.bottom is None:
        return top
    bottom = float(counts @ term.bottom)
    return top / bottom if bottom > 0 else math.nan
