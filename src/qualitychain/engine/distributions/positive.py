"""Gamma, lognormal and Weibull distributions: times above 0 without an upper end."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr

from qualitychain.engine.distributions.parts import NO_TIME, Distribution, Floats, Parts

__all__ = ["Gamma", "Lognormal", "Weibull"]


@dataclass(frozen=True)
class Gamma(Parts):
    """A gamma time by its mean and squared coefficient of variation; with scv 1 an exponential one.

    Examples
    --------
    >>> float(Gamma(2.0, 1.0).cdf(2.0).round(6))
    0.632121
    """

    mean: float
    scv: float

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return self.mean**2 * self.scv

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self._single or 0.0

    @property
    def _single(self) -> float | None:
        return self.mean if self.mean == 0 or self.scv == 0 else None

    def _cdf(self, t: Floats) -> Floats:
        if self.scv == 1:
            return -np.expm1(-t / self.mean)
        return np.asarray(gammainc(1.0 / self.scv, t / (self.mean * self.scv)))

    def _limited(self, t: Floats) -> Floats:
        k, x = 1.0 / self.scv, t / (self.mean * self.scv)
        return np.asarray(self.mean * gammainc(k + 1.0, x) + t * gammaincc(k, x))

    def _shortfall(self, t: Floats) -> Floats:
        k, x = 1.0 / self.scv, t / (self.mean * self.scv)
        return np.maximum(t * gammainc(k, x) - self.mean * gammainc(k + 1.0, x), 0.0)

    def _excess(self, t: Floats) -> Floats:
        if self.scv == 1:
            return np.asarray(self.mean * np.exp(-t / self.mean))
        k, x = 1.0 / self.scv, t / (self.mean * self.scv)
        return np.maximum(self.mean * gammaincc(k + 1.0, x) - t * gammaincc(k, x), 0.0)

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Gamma(self.mean * factor, self.scv)


@dataclass(frozen=True)
class Lognormal(Parts):
    """A lognormal time by the mean and standard deviation of its logarithm.

    Examples
    --------
    >>> round(Lognormal.of(3.0, 0.5).mean, 12)
    3.0
    """

    mu: float
    sigma: float

    @staticmethod
    def of(mean: float, scv: float) -> Lognormal:
        """The lognormal distribution with this mean, above 0, and squared coefficient of variation."""
        return Lognormal(math.log(mean) - math.log1p(scv) / 2.0, math.sqrt(math.log1p(scv)))

    @property
    def mean(self) -> float:
        """Expected time."""
        return math.exp(self.mu + self.sigma**2 / 2.0)

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return self.mean**2 * math.expm1(self.sigma**2)

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self._single or 0.0

    @property
    def _single(self) -> float | None:
        return math.exp(self.mu) if self.sigma == 0 else None

    def _deviation(self, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray((np.log(t) - self.mu) / self.sigma)

    def _cdf(self, t: Floats) -> Floats:
        return np.asarray(ndtr(self._deviation(t)))

    def _limited(self, t: Floats) -> Floats:
        d = self._deviation(t)
        return np.asarray(self.mean * ndtr(d - self.sigma) + t * ndtr(-d))

    def _shortfall(self, t: Floats) -> Floats:
        d = self._deviation(t)
        return np.maximum(t * ndtr(d) - self.mean * ndtr(d - self.sigma), 0.0)

    def _excess(self, t: Floats) -> Floats:
        d = self._deviation(t)
        return np.maximum(self.mean * ndtr(self.sigma - d) - t * ndtr(-d), 0.0)

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Lognormal(self.mu + math.log(factor), self.sigma) if factor > 0 else NO_TIME


@dataclass(frozen=True)
class Weibull(Parts):
    """A Weibull time by shape and scale.

    Examples
    --------
    >>> float(Weibull(1.0, 2.0).limited(2.0).round(6))
    1.264241
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shape == 0:
            raise ValueError("Weibull: shape must be above 0")

    @staticmethod
    def of(mean: float, scv: float) -> Weibull:
        """The Weibull distribution with this mean and squared coefficient of variation; shapes from 0.05 to 1000."""
        from scipy.optimize import brentq  # slow to import, and few chains have a Weibull time by its moments

        ends = (math.log(0.05), math.log(1000.0))
        most, least = (_weibull_scv(math.exp(end)) for end in ends)
        if not least * (1 - 1e-6) <= scv <= most * (1 + 1e-6):
            raise ValueError(f"Weibull: shapes from 0.05 to 1000 have an scv of {least:.2g} to {most:.2g}, got {scv:g}")
        if scv >= most or scv <= least:
            shape = math.exp(ends[0] if scv >= most else ends[1])
        else:
            shape = math.exp(brentq(lambda s: math.log(_weibull_scv(math.exp(s)) / scv), *ends, xtol=1e-14))
        return Weibull(shape, mean / math.gamma(1.0 + 1.0 / shape))

    @property
    def mean(self) -> float:
        """Expected time."""
        return self.scale * math.gamma(1.0 + 1.0 / self.shape)

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return self.mean**2 * _weibull_scv(self.shape)

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return 0.0

    @property
    def _single(self) -> float | None:
        return 0.0 if self.scale == 0 else None

    def _power(self, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            # above exp(700) nothing is left, and the power itself would overflow
            return np.exp(np.minimum(self.shape * (np.log(t) - math.log(self.scale)), 700.0))

    def _cdf(self, t: Floats) -> Floats:
        return -np.expm1(-self._power(t))

    def _limited(self, t: Floats) -> Floats:
        return np.asarray(self.mean * gammainc(1.0 / self.shape, self._power(t)))

    def _shortfall(self, t: Floats) -> Floats:
        x = self._power(t)
        return np.maximum(-t * np.expm1(-x) - self.mean * gammainc(1.0 + 1.0 / self.shape, x), 0.0)

    def _excess(self, t: Floats) -> Floats:
        return np.asarray(self.mean * gammaincc(1.0 / self.shape, self._power(t)))

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Weibull(self.shape, self.scale * factor)


def _weibull_scv(shape: float) -> float:
    return math.expm1(math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape))
