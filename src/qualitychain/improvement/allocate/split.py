"""The split of linear targets at least cost: prices of the targets, from which every share follows (a convex dual).

minimise the cost of x subject to  slope @ x <= room  and  low <= x <= high, where the cost of each x falls in x and is
convex, so that a price a = prices @ slope of one unit of x decides it alone: x = best(a).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Floats

CLOSE = 1e-14
_CYCLES, _STEPS = 40, 60


@dataclass(frozen=True)
class Split:
    """One linearised problem of T targets and N shares."""

    slope: Floats
    """Shape (T, N)."""
    room: Floats
    """Shape (T,)."""
    low: Floats
    high: Floats
    best: Callable[[Floats], Floats]
    """The share at a price above 0, shape (N,) to shape (N,), falling in the price."""
    bend: Callable[[Floats], Floats]
    """Its derivative to the price."""

    def at(self, prices: Floats) -> Floats:
        """The shares at these prices of the targets, shape (N,)."""
        price = prices @ self.slope
        paid = price > 0
        free = self.best(np.where(paid, price, 1.0))
        return np.clip(np.where(paid, free, np.inf), self.low, self.high)

    def over(self, prices: Floats) -> Floats:
        """By how much each target is missed, shape (T,)."""
        return np.asarray(self.slope @ self.at(prices) - self.room)

    def solve(self, prices: Floats) -> Floats | None:
        """The prices at which all targets are met, those with a price exactly; None where there are none."""
        prices = prices.copy()
        for cycle in range(_CYCLES):
            before = prices.copy()
            for t in range(len(prices)):
                if not self._meet(prices, t):
                    return None
            if len(prices) == 1 or np.all(np.abs(prices - before) <= CLOSE * np.abs(prices)):
                return prices
            if cycle >= 1:
                found = self._newton(prices)
                if found is not None:
                    return found
        return prices

    def _meet(self, prices: Floats, t: int) -> bool:
        """Move one price until its target is met."""
        from scipy.optimize import brentq

        def over(log_price: float) -> float:

            prices[t] = np.exp(log_price)
            return float(self.over(prices)[t])

        guess = np.log(prices[t]) if prices[t] > 0 else 0.0
        prices[t] = 0.0
        if self.over(prices)[t] <= 0:
            return True
        low, high = guess - 1.0, guess + 1.0
        while over(high) > 0:
            low, high = high, high + 2 * (high - guess)
            if high > 600:
                return False
        while over(low) < 0:
            low, high = low - 2 * (guess - low), low
            if low < -600:
                return False
        prices[t] = np.exp(brentq(over, low, high, xtol=1e-15, rtol=4 * np.finfo(float).eps))
        return True

    def _newton(self, prices: Floats) -> Floats | None:
        prices = prices.copy()
        some = prices > 0
        scale = np.maximum(np.abs(self.slope) @ np.minimum(self.at(prices), 1e300), 1e-300)
        for _ in range(_STEPS):
            over = self.over(prices)
            if np.any(over[~some] > CLOSE * scale[~some]):
                return None
            if np.all(np.abs(over[some]) <= CLOSE * scale[some]):
                return prices
            price = prices @ self.slope
            x = self.at(prices)
            inside = (price > 0) & (x > self.low) & (x < self.high)
            bend = np.where(inside, self.bend(np.where(inside, price, 1.0)), 0.0)
            matrix = (self.slope[some] * bend) @ self.slope[some].T
            try:
                step = np.linalg.solve(matrix, -over[some])
            except np.linalg.LinAlgError:
                return None
            worst = np.max(np.abs(over[some]) / scale[some])
            trial = prices.copy()
            for shrink in (1.0, 0.5, 0.25, 0.1, 0.01):
                trial[some] = prices[some] + shrink * step
                if np.all(trial[some] > 0) and np.max(np.abs(self.over(trial)[some]) / scale[some]) < worst:
                    break
            else:
                return prices if worst <= 100 * CLOSE else None
            prices = trial
        return None


__all__ = ["Split"]
