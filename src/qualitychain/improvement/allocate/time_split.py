"""Times short enough for the targets: one factor, one common length, or the cheapest factors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.split import Split
from qualitychain.improvement.allocate.times import TimeEvaluation, Times

_ROUNDS, _MET = 12, 2e-6
_LOOSEST = 1e3


def scaled(times: Times, method: str, *, loosen: bool = False) -> tuple[Floats, Floats]:
    """Factors of the times that meet all targets, shape (P,), and prices of the targets, shape (T,) (NaN: none).

    With ``loosen`` times that are short enough become longer, by one factor, until a target is just met.

    Raises
    ------
    AnalysisError
        When the targets cannot be met.
    """
    count = len(times.places)
    ones, unpriced = np.ones(count), np.full(len(times.targets), np.nan)
    excess = times.evaluate(ones).excess
    if excess <= 0 and loosen and count:
        return ones * _edge(times, lambda x: ones * x, *_span(times, ones)), unpriced
    if excess <= 0:
        return ones, np.zeros(len(times.targets)) if method == "min_cost" else unpriced
    if not count:
        raise AnalysisError("the lead time targets cannot be reached: no time that may change is above 0")
    best = times.evaluate(np.zeros(count))
    if best.excess > 0:
        raise _too_long(times, best)
    if method == "equal":
        length = np.array([p.time for p in times.places])

        def at(x: float) -> Floats:
            return np.minimum(1.0, x / length)

        return at(_edge(times, at, 0.0, float(length.max()))), unpriced
    factors = ones * _edge(times, lambda x: ones * x, 0.0, 1.0)
    return _cheapest(times, factors) if method == "min_cost" else (factors, unpriced)


def _span(times: Times, ones: Floats) -> tuple[float, float]:
    """A factor of all times that meets the targets, and one that does not (or a large one)."""
    most = min(_LOOSEST, times.room)
    low, high = 1.0, min(2.0, most)
    while 2 * high <= most and times.evaluate(ones * high).excess <= 0:
        low, high = high, 2 * high
    return low, high


def _too_long(times: Times, best: TimeEvaluation) -> AnalysisError:
    said = [
        f"'{t.customer}' gets {'a lead time of' if t.level is None else 'on time'} {figure:.6g} at best "
        f"(asked: {t.limit if t.level is None else t.level:.6g})"
        for t, figure in zip(times.targets, best.figures, strict=True)
    ]
    return AnalysisError(
        "the lead time targets cannot be reached with every time that may change at 0: "
        + "; ".join(said)
        + "; ask for less, or let more departments and handoffs change"
    )


class _NearEnoughError(Exception):
    """The targets are met with next to nothing to spare."""


def _edge(times: Times, at: Callable[[float], Floats], low: float, high: float) -> float:
    """The largest x from ``low`` (which meets the targets) to ``high`` that was seen to meet all targets."""
    best = low

    from scipy.optimize import brentq

    def excess(x: float) -> float:

        nonlocal best
        found = min(times.evaluate(at(x)).excess, 1.0) if x != low else -1.0
        if found <= 0 and x > best:
            best = x
        if -_MET <= found <= 0:
            raise _NearEnoughError
        return found

    try:
        if excess(high) > 0:
            brentq(excess, low, high, xtol=1e-8 * high, rtol=1e-9)
    except _NearEnoughError:
        pass
    return best


def _cheapest(times: Times, start: Floats) -> tuple[Floats, Floats]:
    """From factors that meet the targets to cheaper ones: prices from linearised scores, then one scale of them."""
    factors, prices = start, np.full(len(times.targets), np.nan)
    guess, reach, small = np.ones(len(times.targets)), 2.0, 1e-5 * float(times.weight.sum())
    for _ in range(_ROUNDS):
        evaluation = times.evaluate(factors)
        slope = times.elasticities(factors) / factors
        split = Split(
            slope,
            evaluation.goal - evaluation.score + slope @ factors,
            factors / reach,
            np.minimum(1.0, factors * reach),
            best=lambda price: times.weight / price,
            bend=lambda price: -times.weight / price**2,
        )
        found = split.solve(guess)
        if found is None or not np.any(found > 0):
            break
        if np.isnan(prices).any():
            prices = found
        trial, eased = _put_right(times, split, found)
        gained = times.cost(factors) - times.cost(trial) if trial is not None else -1.0
        if trial is None or gained <= 0:
            reach = reach**0.5
            if reach < 1.02:
                break
            continue
        factors, prices, guess = trial, found / eased, found
        if gained <= small:
            break
    return factors, prices


def _put_right(times: Times, split: Split, prices: Floats) -> tuple[Floats | None, float]:
    """Shares at these prices, all eased or raised alike until the targets are just met."""

    def at(x: float) -> Floats:
        return split.at(prices / x)

    meets = next((x for x in (0.97, 0.8, 0.3, 0.01) if times.evaluate(at(x)).excess <= 0), None)
    if meets is None:
        return None, 1.0
    x = _edge(times, at, meets, 1.03 if meets == 0.97 else meets * 3.5)
    return at(x), x


__all__ = ["scaled"]
