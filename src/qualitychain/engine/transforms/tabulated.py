"""The distribution of a time that is known by its distribution function at grid points of its own.

It may have less than all the mass: one class of a visit, say. Between the points its distribution function is the
monotone cubic through them, so that it can be placed on any other time grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from qualitychain.engine.distributions.monotone_cubic import MonotoneCubic
from qualitychain.engine.network.network import Floats


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A distribution on the time grid 0, step, 2 step, ...; equal only to itself."""

    step: float
    jumps: Floats = field(repr=False)
    """Masses of the grid points themselves, shape (N,)."""
    smooth: Floats = field(repr=False)
    """Distribution function of the rest at the grid points, never falling, shape (N,)."""

    @cached_property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times with a probability of their own, ascending, and these probabilities."""
        some = np.flatnonzero(self.jumps > 0)
        return np.asarray(some * self.step, dtype=np.float64), self.jumps[some]

    @property
    def mass(self) -> float:
        """All the probability that there is."""
        return float(self.jumps.sum() + self.smooth[-1])

    @cached_property
    def mean(self) -> float:
        """First moment: of all the mass that there is."""
        values, masses = self.atoms
        return float((values * masses).sum() + self.smooth_excess(0.0))

    @cached_property
    def second(self) -> float:
        """Second moment: of all the mass that there is."""
        values, masses = self.atoms
        # the integral of 2 t P(X > t), by Simpson's rule from point to point
        times = self.step * np.arange(len(self.smooth))
        middle = times[:-1] + self.step / 2.0
        ends = times * (self.smooth[-1] - self.smooth)
        between = middle * (self.smooth[-1] - self._curve(middle))
        area = (ends[:-1] + ends[1:] + 4.0 * between).sum() * self.step / 6.0
        return float((values**2 * masses).sum() + 2.0 * area)

    @property
    def variance(self) -> float:
        """Variance, given that the time is one of this distribution."""
        return self.second / self.mass - (self.mean / self.mass) ** 2

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return float(np.argmax((self.jumps > 0) | (self.smooth > 0)) * self.step)

    def smooth_cdf(self, t: Any) -> Floats:
        """P(X <= t and X is no atom)."""
        return np.asarray(self._curve(np.clip(t, 0.0, self._end))) * (np.asarray(t) >= 0)

    def smooth_limited(self, t: Any) -> Floats:
        """E[min(X, t); X is no atom]."""
        return np.asarray(self.smooth[-1] * np.asarray(t) - self.smooth_shortfall(t))

    def smooth_shortfall(self, t: Any) -> Floats:
        """E[max(t - X, 0); X is no atom]."""
        late = np.maximum(np.asarray(t) - self._end, 0.0)
        return np.asarray(self._curve.area(np.clip(t, 0.0, self._end)) + self.smooth[-1] * late)

    def smooth_excess(self, t: Any) -> Floats:
        """E[max(X - t, 0); X is no atom]."""
        times = np.clip(t, 0.0, self._end)
        left = self.smooth[-1] * (self._end - times) - (self._curve.area(self._end) - self._curve.area(times))
        return np.asarray(np.maximum(left, 0.0) - self.smooth[-1] * np.minimum(t, 0.0))

    def cdf(self, t: Any) -> Floats:
        """P(X <= t)."""
        return self.smooth_cdf(t) + self._jumped(t, "right")

    def below(self, t: Any) -> Floats:
        """P(X < t)."""
        return self.smooth_cdf(t) + self._jumped(t, "left")

    def limited(self, t: Any) -> Floats:
        """E[min(X, t)]."""
        values, masses = self.atoms
        return np.asarray(self.smooth_limited(t) + np.minimum.outer(np.asarray(t), values) @ masses)

    def scaled(self, factor: float) -> Tabulated:
        """The distribution of ``factor`` times this time."""
        return Tabulated(self.step * factor, self.jumps, self.smooth)

    def _jumped(self, t: Any, side: Any) -> Floats:
        values, masses = self.atoms
        return np.asarray(np.concatenate(([0.0], np.cumsum(masses)))[np.searchsorted(values, t, side=side)])

    @property
    def _end(self) -> float:
        return self.step * (len(self.smooth) - 1)

    @cached_property
    def _curve(self) -> MonotoneCubic:
        return MonotoneCubic(self.step, self.smooth)
