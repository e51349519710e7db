"""A time that is a fixed while longer than another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualitychain.engine.distributions.parts import Distribution, Floats, Times


@dataclass(frozen=True)
class ShiftedDistribution:
    """The distribution of ``distribution`` plus ``delay``, a fixed time of 0 or more.

    Examples
    --------
    >>> from qualitychain.engine.distributions.named import Gamma
    >>> late = ShiftedDistribution(Gamma(2.0, 1.0), 3.0)
    >>> late.mean, late.variance, late.least, float(late.cdf(5.0).round(6)), float(late.cdf(2.9))
    (5.0, 4.0, 3.0, 0.632121, 0.0)
    """

    distribution: Distribution
    delay: float

    @property
    def mean(self) -> float:
        """Expected time."""
        return self.distribution.mean + self.delay

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return self.distribution.variance

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self.distribution.least + self.delay

    @property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times with a probability of their own, ascending, and these probabilities."""
        values, masses = self.distribution.atoms
        return values + self.delay, masses

    @property
    def _mass(self) -> float:
        """Probability of the part without atoms."""
        return 1.0 - float(self.distribution.atoms[1].sum())

    def _left(self, t: Times) -> Floats:
        return np.asarray(t, dtype=np.float64) - self.delay

    def cdf(self, t: Times) -> Floats:
        """P(X <= t)."""
        return np.where(self._left(t) >= 0, self.distribution.cdf(np.maximum(self._left(t), 0.0)), 0.0)

    def below(self, t: Times) -> Floats:
        """P(X < t)."""
        return np.where(self._left(t) > 0, self.distribution.below(np.maximum(self._left(t), 0.0)), 0.0)

    def limited(self, t: Times) -> Floats:
        """E[min(X, t)]."""
        left = self._left(t)
        return self.distribution.limited(np.maximum(left, 0.0)) + self.delay + np.minimum(left, 0.0)

    def smooth_cdf(self, t: Times) -> Floats:
        """P(X <= t and X is no atom)."""
        return np.where(self._left(t) >= 0, self.distribution.smooth_cdf(np.maximum(self._left(t), 0.0)), 0.0)

    def smooth_limited(self, t: Times) -> Floats:
        """E[min(X, t); X is no atom]."""
        left = self._left(t)
        return self.distribution.smooth_limited(np.maximum(left, 0.0)) + self._mass * (
            self.delay + np.minimum(left, 0.0)
        )

    def smooth_shortfall(self, t: Times) -> Floats:
        """E[max(t - X, 0); X is no atom]."""
        return np.where(self._left(t) >= 0, self.distribution.smooth_shortfall(np.maximum(self._left(t), 0.0)), 0.0)

    def smooth_excess(self, t: Times) -> Floats:
        """E[max(X - t, 0); X is no atom]."""
        left = self._left(t)
        return self.distribution.smooth_excess(np.maximum(left, 0.0)) - self._mass * np.minimum(left, 0.0)

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return ShiftedDistribution(self.distribution.scaled(factor), self.delay * factor)


__all__ = ["ShiftedDistribution"]
