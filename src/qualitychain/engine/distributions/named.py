"""Distributions of one time, in the chain's time unit: exact CDFs and limited expectations, atoms apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qualitychain.engine.distributions.bounded import Triangular, Uniform
from qualitychain.engine.distributions.parts import NO_TIME, Atoms, Distribution, Floats, Parts
from qualitychain.engine.distributions.positive import Gamma, Lognormal, Weibull

__all__ = ["NO_TIME", "Atoms", "Distribution", "Gamma", "Lognormal", "Triangular", "Uniform", "Waiting", "Weibull"]


@dataclass(frozen=True, init=False)
class Waiting(Parts):
    """No time with probability 1 - ``probability``, else a gamma time of this mean and scv.

    Parameters
    ----------
    probability : float
        That there is a wait at all, 0 to 1.
    mean, scv : float
        Of the wait, given that there is one.

    Examples
    --------
    >>> wait = Waiting(0.25, 8.0, 1.0)
    >>> wait.mean, float(wait.cdf(0.0)), wait.atoms
    (2.0, 0.75, (array([0.]), array([0.75])))
    >>> Waiting(0.0, 8.0, 1.0) == Waiting(0.5, 0.0, 1.0)
    True
    """

    probability: float
    delay: Gamma

    def __init__(self, probability: float, mean: float, scv: float) -> None:
        if not 0.0 <= probability <= 1.0:
            raise ValueError(f"Waiting: probability must be from 0 to 1, got {probability!r}")
        waits = probability > 0 and mean > 0
        object.__setattr__(self, "probability", float(probability) if waits else 0.0)
        object.__setattr__(self, "delay", Gamma(float(mean), float(scv)) if waits else Gamma(0.0, 0.0))

    @property
    def mean(self) -> float:
        """Expected time."""
        return self.probability * self.delay.mean

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return self.probability * self.delay.mean**2 * (1.0 + self.delay.scv - self.probability)

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return 0.0 if self.probability < 1 else self.delay.least

    @cached_property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times with a probability of their own, ascending, and these probabilities."""
        values, masses = self.delay.atoms
        if masses.size:
            return Atoms((0.0, *values), (1.0 - self.probability, *self.probability * masses)).atoms
        none = 1.0 - self.probability
        return (np.zeros(1), np.array([none])) if none > 0 else self.delay.atoms

    @property
    def _single(self) -> float | None:
        return 0.0 if self.probability == 0 or self.delay.scv == 0 else None

    def _cdf(self, t: Floats) -> Floats:
        return self.probability * self.delay.smooth_cdf(t)

    def _limited(self, t: Floats) -> Floats:
        return self.probability * self.delay.smooth_limited(t)

    def _shortfall(self, t: Floats) -> Floats:
        return self.probability * self.delay.smooth_shortfall(t)

    def _excess(self, t: Floats) -> Floats:
        return self.probability * self.delay.smooth_excess(t)

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Waiting(self.probability, self.delay.mean * factor, self.delay.scv)
