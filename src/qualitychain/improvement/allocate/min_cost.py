"""Least cost -sum k ln(rate) that meets all targets: linearise, split by prices, put right on the exact equations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.common import one_exponent
from qualitychain.improvement.allocate.rates import RateEvaluation, Rates, cannot_reach, inside
from qualitychain.improvement.allocate.split import Split

MET = 1e-12
"""A target missed by this part of itself is met."""
_LARGEST = 25.0
"""-ln(1 - rate) of a rate of 1, near enough."""
_ROUNDS, _CORRECTIONS, _TRIES = 300, 12, 6
_STILL, SMALLEST = 1e-10, 1e-13


@dataclass(frozen=True)
class Cheapest:
    """Rates of least cost, shape (N,), the price of each target, shape (T,), and how far they are from optimal."""

    rates: Floats
    prices: Floats
    off: float
    """Largest difference between a rate and k / (price of it), relative to the rate: 0 at an optimum."""
    rounds: int


def cheapest(rates: Rates) -> Cheapest:
    """The rates of least cost that meet all targets, none above the present one.

    Raises
    ------
    AnalysisError
        When the targets cannot be met.
    """
    present = rates.evaluate(rates.now)
    if rates.excess(present) <= 0:
        return Cheapest(rates.now, np.zeros(len(rates.goal)), 0.0, 0)
    try:
        start = one_exponent(rates, rates.helping(rates.inner_slopes()))
    except AnalysisError:
        start = _restored(rates)
    return _descend(rates, _below_one(rates, np.minimum(start, rates.now)))


def _below_one(rates: Rates, start: Floats) -> Floats:
    """The start with rates of 1 lowered where that meets the targets too: at 1 a size has no end, and never moves."""
    lower = np.where(rates.open, inside(start), start)
    if np.array_equal(lower, start) or rates.excess(rates.evaluate(lower)) > 0:
        return start
    return lower


def _restored(rates: Rates) -> Floats:
    """Some choice that meets all targets with a little to spare: least squares of what is missed."""
    moving = rates.open & (rates.now > 0)
    if not moving.any():
        raise cannot_reach(rates, "no handoff that may change has a rate above 0")
    top = np.log(_size(rates.now[moving]))
    goal = rates.goal * (1.0 - 1e-3)

    def at(x: Floats) -> Floats:
        chosen = rates.now.copy()
        chosen[moving] = -np.expm1(-np.exp(x))
        return chosen

    from scipy.optimize import minimize

    def missed(x: Floats) -> tuple[float, Floats]:

        evaluation = rates.evaluate(at(x))
        over = np.maximum(np.minimum(evaluation.level, 700.0) / goal - 1.0, 0.0)
        slopes = _in_sizes(rates, evaluation, at(x))[:, moving] * np.exp(x) / goal[:, None]
        return float(over @ over), 2 * (over @ slopes)

    found = minimize(
        missed,
        np.minimum(top, 0.0) - 0.1,
        jac=True,
        method="L-BFGS-B",
        bounds=[(t - 60.0, t) for t in top],
        options={"maxiter": 500, "ftol": 0.0, "gtol": 1e-14},
    )
    chosen = at(found.x)
    if rates.excess(rates.evaluate(chosen)) > 0:
        raise cannot_reach(rates)
    return chosen


def _size(rates: Floats) -> Floats:
    """-ln(1 - rate): steps in series add it up."""
    with np.errstate(divide="ignore"):
        return np.minimum(-np.log1p(-rates), _LARGEST)


def _in_sizes(rates: Rates, evaluation: RateEvaluation, chosen: Floats) -> Floats:
    """Derivatives of the levels to the sizes of the rates; none counts as 0, so that such a rate stays."""
    return _in_rates(rates, evaluation) * (1.0 - chosen)


def _in_rates(rates: Rates, evaluation: RateEvaluation) -> Floats:
    """Derivatives of the levels to the rates."""
    slopes = np.nan_to_num(rates.slopes(evaluation))
    slopes[rates.signs(slopes) == 0] = 0.0
    # where a rate that must stay spoils every unit the level has no limit, and no other rate moves it
    return np.asarray(slopes * np.exp(np.minimum(evaluation.level, 700.0))[:, None])


@dataclass(frozen=True)
class _Point:
    """Rates that meet the targets, what the customers get then, and the prices that led there."""

    rates: Floats
    evaluation: RateEvaluation
    prices: Floats


def _descend(rates: Rates, start: Floats) -> Cheapest:
    """From a choice that meets the targets to one of least cost, by steps that each meet them and cost less."""
    moving = rates.open & (rates.now > 0)
    first = np.where(moving, np.maximum(start, 1e-300), start)
    at = _Point(first, rates.evaluate(first), np.ones(len(rates.goal)))
    whole = float(rates.weight[moving].sum())
    reach, still, moved, rounds = math.inf, 0, math.inf, 0
    while rounds < _ROUNDS:
        rounds += 1
        slope = _in_sizes(rates, at.evaluation, at.rates)[:, moving]
        # far from the end a rough meeting of the targets will do: what is missed is paid for below
        met = MET if still else max(MET, min(1e-5, 1e-3 * moved**2))
        tried = None
        while tried is None and reach > SMALLEST:
            tried = _step(rates, at, slope, reach, met)
            if tried is not None and _paid(rates, at, tried) > 1e-13 * whole:
                tried = None
            if tried is None:
                reach = min(1.0, reach) / 3
        if tried is None:
            break
        moved = float(np.max(np.abs(np.log(_size(tried.rates[moving]) / _size(at.rates[moving]))), initial=0.0))
        still = still + 1 if rates.cost(at.rates) - rates.cost(tried.rates) <= 1e-14 * whole else 0
        at, reach = tried, 2 * reach
        if met == MET and (moved <= _STILL or still >= _TRIES):
            break
    return Cheapest(at.rates, at.prices, _off(rates, at), rounds)


def _paid(rates: Rates, at: _Point, tried: _Point) -> float:
    """What a step costs; targets missed by a little at their price."""
    missed = tried.evaluation.level - at.evaluation.level
    return rates.cost(tried.rates) - rates.cost(at.rates) + float(tried.prices @ missed)


def _step(rates: Rates, at: _Point, slope: Floats, reach: float, met: float) -> _Point | None:
    """The best step of at most ``reach`` (of logarithms) for linear targets, moved until it meets them as they are."""
    moving = rates.open & (rates.now > 0)
    weight, top, size = rates.weight[moving], _size(rates.now[moving]), _size(at.rates[moving])
    low = size * math.exp(-reach) if math.isfinite(reach) else np.zeros_like(size)
    high = np.minimum(top, size * math.exp(min(reach, 700.0)))
    prices, bent = at.prices, np.zeros(len(rates.goal))
    for _ in range(_CORRECTIONS):
        split = Split(
            slope,
            rates.goal - at.evaluation.level - bent + slope @ size,
            low,
            high,
            best=lambda price: np.log1p(weight / price),
            bend=lambda price: -weight / (price * (price + weight)),
        )
        found = split.solve(prices)
        if found is None:
            return None
        trial, shares = at.rates.copy(), split.at(found)
        # a rate at its limit is the present one to the last digit
        trial[moving] = np.where(shares >= top, rates.now[moving], -np.expm1(-shares))
        there = rates.evaluate(trial)
        missed = (there.level - rates.goal) / rates.goal
        if np.all(missed <= met) and np.all((found == 0) | (missed >= -met)):
            return _Point(trial, there, found)
        bent = there.level - at.evaluation.level - slope @ (shares - size)
        if not np.all(np.isfinite(bent)):
            return None
        prices = found
    return None


def _off(rates: Rates, at: _Point) -> float:
    moving = rates.open & (rates.now > 0)
    price = at.prices @ _in_rates(rates, at.evaluation)[:, moving]
    with np.errstate(divide="ignore"):
        due = np.where(price > 0, rates.weight[moving] / np.maximum(price, 1e-300), 1.0)
    due = np.minimum(due, rates.now[moving])
    return float(np.max(np.abs(due - at.rates[moving]) / due, initial=0.0))


__all__ = ["Cheapest", "cheapest"]
