"""Uniform and triangular distributions: times between two ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.distributions.parts import Distribution, Floats, Parts

__all__ = ["Triangular", "Uniform"]


@dataclass(frozen=True)
class Uniform(Parts):
    """A time that is as likely anywhere between two ends.

    Examples
    --------
    >>> Uniform(1.0, 3.0).limited(np.array([1.0, 2.0, 3.0]))
    array([1.  , 1.75, 2.  ])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low > self.high:
            raise ValueError(f"Uniform: low must not exceed high, got {self.low!r} and {self.high!r}")

    @staticmethod
    def of(mean: float, scv: float) -> Uniform:
        """The uniform distribution with this mean and squared coefficient of variation, at most 1/3."""
        half = _half_width(mean, 3.0 * scv)
        return Uniform(mean - half, mean + half)

    @property
    def mean(self) -> float:
        """Expected time."""
        return (self.low + self.high) / 2.0

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return (self.high - self.low) ** 2 / 12.0

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self.low

    @property
    def _single(self) -> float | None:
        return self.low if self.low == self.high else None

    def _cdf(self, t: Floats) -> Floats:
        return np.clip((t - self.low) / (self.high - self.low), 0.0, 1.0)

    def _limited(self, t: Floats) -> Floats:
        inside = np.clip(t - self.low, 0.0, self.high - self.low)
        return np.minimum(t, self.low) + inside * (1.0 - inside / (2.0 * (self.high - self.low)))

    def _shortfall(self, t: Floats) -> Floats:
        inside = np.clip(t - self.low, 0.0, self.high - self.low)
        return np.maximum(t - self.high, 0.0) + inside**2 / (2.0 * (self.high - self.low))

    def _excess(self, t: Floats) -> Floats:
        left = np.clip(self.high - t, 0.0, self.high - self.low)
        return np.maximum(self.low - t, 0.0) + left**2 / (2.0 * (self.high - self.low))

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Uniform(self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Triangular(Parts):
    """A time whose density is a triangle.

    Examples
    --------
    >>> Triangular(0.0, 0.0, 2.0).cdf(np.array([0.0, 1.0, 2.0]))
    array([0.  , 0.75, 1.  ])
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"Triangular: needs low <= mode <= high, got {self.low!r}, {self.mode!r}, {self.high!r}")

    @staticmethod
    def of(mean: float, scv: float) -> Triangular:
        """The symmetric triangle with this mean and squared coefficient of variation, at most 1/6."""
        half = _half_width(mean, 6.0 * scv)
        return Triangular(mean - half, mean, mean + half)

    @property
    def mean(self) -> float:
        """Expected time."""
        return (self.low + self.mode + self.high) / 3.0

    @property
    def variance(self) -> float:
        """Variance of the time."""
        return ((self.high - self.low) ** 2 + (self.mode - self.low) ** 2 + (self.high - self.mode) ** 2) / 36.0

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self.low

    @property
    def _single(self) -> float | None:
        return self.low if self.low == self.high else None

    @property
    def _sides(self) -> tuple[float, float]:
        """Width times rising side, and width times falling side; infinite where that side is missing."""
        width = self.high - self.low
        rising, falling = width * (self.mode - self.low), width * (self.high - self.mode)
        return rising or math.inf, falling or math.inf

    def _cdf(self, t: Floats) -> Floats:
        rising, falling = self._sides
        up = np.clip(t - self.low, 0.0, self.mode - self.low) ** 2 / rising
        down = 1.0 - np.clip(self.high - t, 0.0, self.high - self.mode) ** 2 / falling
        return np.where(t < self.mode, up, down)

    def _limited(self, t: Floats) -> Floats:
        return np.where(t < self.mode, t - self._early(t), self.mean - self._late(t))

    def _shortfall(self, t: Floats) -> Floats:
        return np.where(t < self.mode, self._early(t), t - self.mean + self._late(t))

    def _excess(self, t: Floats) -> Floats:
        return np.where(t < self.mode, self.mean - t + self._early(t), self._late(t))

    def _early(self, t: Floats) -> Floats:
        return np.clip(t - self.low, 0.0, self.mode - self.low) ** 3 / (3.0 * self._sides[0])

    def _late(self, t: Floats) -> Floats:
        return np.clip(self.high - t, 0.0, self.high - self.mode) ** 3 / (3.0 * self._sides[1])

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Triangular(self.low * factor, self.mode * factor, self.high * factor)


def _half_width(mean: float, scv: float) -> float:
    """``mean * sqrt(scv)``; as much as the mean where rounding would bring the lower end below 0."""
    half = mean * math.sqrt(scv)
    return mean if mean < half <= mean * (1.0 + 1e-9) else half
