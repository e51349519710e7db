"""What a distribution of one time can tell: its atoms, its smooth part, and distributions of atoms alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Protocol

import numpy as np

Floats = np.typing.NDArray[np.float64]
Times = Floats | float

__all__ = ["NO_TIME", "Atoms", "Distribution", "Parts"]


class Distribution(Protocol):
    """What every distribution of a time can tell.

    Equal distributions are equal and hash alike, so work on them can be kept by distribution.

    A distribution is a sum of atoms and a smooth part without atoms; all functions of time take arrays of any shape.
    """

    @property
    def mean(self) -> float:
        """Expected time."""
        ...

    @property
    def variance(self) -> float:
        """Variance of the time."""
        ...

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        ...

    @property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times that have a probability of their own, ascending, and these probabilities; empty if there are none."""
        ...

    def cdf(self, t: Times) -> Floats:
        """P(X <= t), an array of the shape of ``t``."""
        ...

    def below(self, t: Times) -> Floats:
        """P(X < t), an array of the shape of ``t``."""
        ...

    def limited(self, t: Times) -> Floats:
        """E[min(X, t)], an array of the shape of ``t``."""
        ...

    def smooth_cdf(self, t: Times) -> Floats:
        """P(X <= t and X is no atom), an array of the shape of ``t``."""
        ...

    def smooth_limited(self, t: Times) -> Floats:
        """E[min(X, t); X is no atom], an array of the shape of ``t``."""
        ...

    def smooth_shortfall(self, t: Times) -> Floats:
        """E[max(t - X, 0); X is no atom], with small relative error early on, an array of the shape of ``t``."""
        ...

    def smooth_excess(self, t: Times) -> Floats:
        """E[max(X - t, 0); X is no atom], with small relative error far out, an array of the shape of ``t``."""
        ...

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        ...


class Parts:
    """The interface of a distribution, from its smooth part at times of 0 and more and its single value.

    Contract for the next author: a distribution with a smooth part states the four functions that raise here; one of
    atoms alone states ``atoms``, and is never asked for them.
    """

    @property
    def _single(self) -> float | None:
        """The only value of a distribution without spread."""
        return None

    @cached_property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times with a probability of their own, ascending, and these probabilities."""
        if self._single is None:
            return np.zeros(0), np.zeros(0)
        return np.array([self._single]), np.ones(1)

    @cached_property
    def _mass(self) -> float:
        return 1.0 - math.fsum(self.atoms[1])

    def _cdf(self, t: Floats) -> Floats:
        raise NotImplementedError

    def _limited(self, t: Floats) -> Floats:
        raise NotImplementedError

    def _shortfall(self, t: Floats) -> Floats:
        raise NotImplementedError

    def _excess(self, t: Floats) -> Floats:
        raise NotImplementedError

    def smooth_cdf(self, t: Times) -> Floats:
        """P(X <= t and X is no atom)."""
        times = np.asarray(t, dtype=np.float64)
        return np.zeros_like(times) if self._single is not None else self._cdf(np.maximum(times, 0.0))

    def smooth_limited(self, t: Times) -> Floats:
        """E[min(X, t); X is no atom]."""
        times = np.asarray(t, dtype=np.float64)
        if self._single is not None:
            return np.zeros_like(times)
        return self._limited(np.maximum(times, 0.0)) + self._mass * np.minimum(times, 0.0)

    def smooth_shortfall(self, t: Times) -> Floats:
        """E[max(t - X, 0); X is no atom]."""
        times = np.asarray(t, dtype=np.float64)
        return np.zeros_like(times) if self._single is not None else self._shortfall(np.maximum(times, 0.0))

    def smooth_excess(self, t: Times) -> Floats:
        """E[max(X - t, 0); X is no atom]."""
        times = np.asarray(t, dtype=np.float64)
        if self._single is not None:
            return np.zeros_like(times)
        return self._excess(np.maximum(times, 0.0)) - self._mass * np.minimum(times, 0.0)

    def cdf(self, t: Times) -> Floats:
        """P(X <= t)."""
        return self.smooth_cdf(t) + self._atoms_until(t, "right")

    def below(self, t: Times) -> Floats:
        """P(X < t)."""
        return self.smooth_cdf(t) + self._atoms_until(t, "left")

    def limited(self, t: Times) -> Floats:
        """E[min(X, t)]."""
        values, masses = self.atoms
        before = np.searchsorted(values, t, side="right")
        reached = np.concatenate(([0.0], np.cumsum(values * masses)))[before]
        left = np.concatenate((np.cumsum(masses[::-1])[::-1], [0.0]))[before]
        return np.asarray(self.smooth_limited(t) + reached + left * np.asarray(t, dtype=np.float64))

    def _atoms_until(self, t: Times, side: Any) -> Floats:
        values, masses = self.atoms
        return np.concatenate(([0.0], np.cumsum(masses)))[np.searchsorted(values, t, side=side)]

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # a mixin of dataclasses
            value = getattr(self, field.name)
            if field.name != "mu" and not 0.0 <= value < math.inf:
                raise ValueError(f"{type(self).__name__}: {field.name} must be finite and not negative, got {value!r}")


@dataclass(frozen=True)
class Atoms(Parts):
    """Finitely many times with their probabilities: a fixed time, or measured ones.

    Parameters
    ----------
    values : sequence of float
        Times, in any order; equal ones are merged.
    masses : sequence of float
        Their weights, as many; they are divided by their sum.

    Examples
    --------
    >>> Atoms([3, 1, 3], [1, 2, 1])
    Atoms(values=(1.0, 3.0), masses=(0.5, 0.5))
    >>> float(Atoms([1, 3], [0.5, 0.5]).limited(2.0))
    1.5
    """

    values: tuple[float, ...]
    masses: tuple[float, ...]

    def __post_init__(self) -> None:
        values, masses = np.asarray(self.values, dtype=np.float64), np.asarray(self.masses, dtype=np.float64)
        if values.shape != masses.shape or values.ndim != 1 or not np.all(masses >= 0) or not 0 < masses.sum() < np.inf:
            raise ValueError("Atoms: needs as many masses as values, none negative and one at least above 0")
        if not np.all((values >= 0) & (values < np.inf)):
            raise ValueError("Atoms: every value must be finite and not negative")
        kept, place = np.unique(values[masses > 0], return_inverse=True)
        merged = np.bincount(place, weights=masses[masses > 0])
        merged = merged / merged.sum()
        object.__setattr__(self, "values", tuple(kept.tolist()))
        object.__setattr__(self, "masses", tuple(merged.tolist()))

    @cached_property
    def mean(self) -> float:
        """Expected time."""
        return math.fsum(v * m for v, m in zip(self.values, self.masses, strict=True))

    @cached_property
    def variance(self) -> float:
        """Variance of the time."""
        return math.fsum((v - self.mean) ** 2 * m for v, m in zip(self.values, self.masses, strict=True))

    @property
    def least(self) -> float:
        """Greatest lower bound of the times that occur."""
        return self.values[0]

    @cached_property
    def atoms(self) -> tuple[Floats, Floats]:
        """Times with a probability of their own, ascending, and these probabilities."""
        return np.array(self.values), np.array(self.masses)

    @property
    def _single(self) -> float:
        return self.values[0]

    def scaled(self, factor: float) -> Distribution:
        """The distribution of ``factor`` times this time."""
        return Atoms(tuple(v * factor for v in self.values), self.masses)


NO_TIME = Atoms((0.0,), (1.0,))
"""What takes no time."""
