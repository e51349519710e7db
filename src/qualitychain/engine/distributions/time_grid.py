"""Distributions of times on the time grid 0, h, 2h, ...: masses, their sums, and damped transforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft, rfft

from qualitychain.engine.distributions.common_step import SAME, common_step

if TYPE_CHECKING:
    from qualitychain.engine.distributions.named import Distribution

Floats = np.typing.NDArray[np.float64]
Complexes = np.typing.NDArray[np.complex128]
Integers = np.typing.NDArray[np.int64]

__all__ = [
    "DAMPING",
    "Grid",
    "TimeGrid",
    "back",
    "common_step",
    "cumulative",
    "from_cdf",
    "place",
    "rounded",
    "transform",
]

DUST = 1e-9
"""A time this near to a multiple, in steps, is that multiple even where bounds must hold: floats differ by less."""
DAMPING = 1e-6
"""Default weight of what wraps round the end of the time grid. Rounding is raised to 1e-16 over this."""


@dataclass(frozen=True)
class Grid:
    """The times 0, h, 2h, ..., (points - 1) h."""

    step: float
    """The step h, in the chain's time unit."""
    points: int

    @property
    def times(self) -> Floats:
        """The grid points, shape (N,)."""
        return self.step * np.arange(self.points, dtype=np.float64)

    @property
    def horizon(self) -> float:
        """The time from which nothing is kept: one step past the last point."""
        return self.step * self.points


@dataclass(frozen=True)
class TimeGrid:
    """Masses at the grid points, shape (..., N) each. What lies beyond the horizon is absent."""

    atoms: Floats
    """Probabilities of the grid points themselves."""
    smooth: Floats
    """Everything else, spread over the neighbouring points such that its mean is kept."""

    @property
    def masses(self) -> Floats:
        """Both together, shape (..., N)."""
        return self.atoms + self.smooth


def place(distribution: Distribution, grid: Grid) -> TimeGrid:
    """Put a distribution on the time grid without changing its mean.

    Parameters
    ----------
    distribution : Distribution
        Of a time in the unit of the grid's step.
    grid : Grid
        N points.

    Returns
    -------
    Time grid
        Shape (N,). An atom at a multiple of the step stays an atom; another atom is split between its neighbours,
        as is every part of a distribution without atoms, and counts as smooth.

    Notes
    -----
    A time between two grid points goes to both in proportion to its nearness. With the limited expectation L(t) =
    E[min(X, t)] the mass at jh is (2 L(jh) - L((j-1)h) - L((j+1)h)) / h, so the masses add up to 1 less what is beyond
    the horizon, and their mean is that of the distribution [1]_. In place of L(t), E[max(t - X, 0)] = t - L(t) and
    E[max(X - t, 0)] = E[X] - L(t) have the same second differences up to the sign.

    References
    ----------
    .. [1] H. U. Gerber, On the numerical evaluation of the distribution of aggregate claims and its stop-loss
       premiums, Insurance: Mathematics and Economics 1 (1982): local moment matching.

    Examples
    --------
    >>> from qualitychain.engine.distributions.named import Atoms, Uniform
    >>> place(Uniform(0.0, 2.0), Grid(1.0, 4)).smooth.tolist()
    [0.25, 0.5, 0.25, 0.0]
    >>> mixed = place(Atoms([1.0, 2.5], [0.5, 0.5]), Grid(1.0, 4))
    >>> mixed.atoms.tolist(), mixed.smooth.tolist()
    ([0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.25, 0.25])
    """
    n, h = grid.points, grid.step
    values, masses = distribution.atoms
    exact, smooth = np.zeros(n + 2), _smooth_masses(distribution, grid)
    # in floats: a value may be more steps away than an integer can count
    steps = np.minimum(values / h, n + 1.0)
    nearest = np.rint(steps)
    fits = np.abs(steps - nearest) <= SAME * np.maximum(nearest, 1.0)
    np.add.at(exact, nearest[fits].astype(np.int64), masses[fits])
    split = np.zeros(n + 2)
    lower = np.floor(steps[~fits])
    upper_share = masses[~fits] * (steps[~fits] - lower)
    np.add.at(split, lower.astype(np.int64), masses[~fits] - upper_share)
    np.add.at(split, lower.astype(np.int64) + 1, upper_share)
    return TimeGrid(exact[:n], smooth + split[:n])


def _smooth_masses(distribution: Distribution, grid: Grid) -> Floats:
    n, h = grid.points, grid.step
    if not distribution.smooth_excess(0.0) > 0:
        return np.zeros(n)
    # Early, the shortfall is the small number that has all its digits; late, the excess is.
    turn = min(n, max(1, math.ceil(min(distribution.mean / h, float(n)))))
    early = distribution.smooth_shortfall(h * np.arange(-1.0, turn + 1.0))
    late = distribution.smooth_excess(h * np.arange(turn - 1.0, n + 1.0))
    second = np.concatenate((np.diff(early, 2), np.diff(late, 2)))
    # rounding may leave less than nothing where there is next to nothing
    return np.maximum(second / h, 0.0)


def rounded(distribution: Distribution, grid: Grid, up: bool) -> Floats:
    """Put a distribution on the time grid with every time rounded down, or every time rounded up.

    Parameters
    ----------
    distribution : Distribution
        Of a time in the unit of the grid's step.
    grid : Grid
        N points.
    up : bool
        Which way.

    Returns
    -------
    array, shape (N,)
        Masses: stochastically not larger (down) or not smaller (up) than the distribution, to 1e-9 of a step. A time
        that is a multiple of the step but for floating-point dust does not move.

    Examples
    --------
    >>> from qualitychain.engine.distributions.named import Atoms, Uniform
    >>> rounded(Atoms([0.1 * 3], [1.0]), Grid(0.1, 5), up=True).tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0]
    >>> rounded(Uniform(0.5, 2.5), Grid(1.0, 4), up=False).tolist()
    [0.25, 0.5, 0.25, 0.0]
    """
    n, h = grid.points, grid.step
    values, masses = distribution.atoms
    steps = np.minimum(values / h, n + 1.0)
    nearest = np.rint(steps)
    moved = np.ceil(steps) if up else np.floor(steps)
    landed = np.where(np.abs(steps - nearest) <= DUST, nearest, moved).astype(np.int64)
    result = np.bincount(landed, weights=masses, minlength=n + 2)[:n].astype(np.float64)
    if distribution.smooth_excess(0.0) > 0:
        cdf = np.maximum.accumulate(distribution.smooth_cdf(h * np.arange(n + 1.0)))
        gained = np.diff(cdf)
        result += np.concatenate((cdf[:1], gained[:-1])) if up else gained
    return result


def cumulative(time_grid: TimeGrid) -> tuple[Floats, Floats]:
    """CDF values at the grid points, of the atoms and of the smooth part, shape (..., N) each.

    Notes
    -----
    Of the smooth mass at a point about one half lies before it; of that at 0 nothing does.

    Examples
    --------
    >>> grid = TimeGrid(np.array([0.5, 0.0, 0.0]), np.array([0.125, 0.25, 0.125]))
    >>> [c.tolist() for c in cumulative(grid)]
    [[0.5, 0.5, 0.5], [0.0, 0.25, 0.4375]]
    """
    smooth = np.cumsum(time_grid.smooth, axis=-1) - 0.5 * time_grid.smooth
    smooth[..., 0] = 0.0
    return np.cumsum(time_grid.atoms, axis=-1), smooth


def from_cdf(atom_cdf: Floats, smooth_cdf: Floats) -> TimeGrid:
    """Masses at the grid points from CDF values there, shape (..., N) each.

    Returns
    -------
    Time grid
        Its smooth mass is halfway from the midpoint before to the midpoint after each point. All masses together are
        the last CDF values.

    Examples
    --------
    >>> from_cdf(np.array([0.5, 0.5, 0.5]), np.array([0.0, 0.25, 0.5])).smooth.tolist()
    [0.125, 0.25, 0.125]
    """
    before = np.concatenate((-smooth_cdf[..., :1], smooth_cdf[..., :-1]), axis=-1)
    after = np.concatenate((smooth_cdf[..., 1:], smooth_cdf[..., -1:]), axis=-1)
    return TimeGrid(np.diff(atom_cdf, axis=-1, prepend=0.0), 0.5 * (after - before))


def transform(masses: Floats, damping: float = DAMPING) -> Complexes:
    """Damped generating function at the frequencies of the time grid.

    Parameters
    ----------
    masses : array, shape (..., N)
        Masses at the grid points.
    damping : float
        r^N: what would land at or after the horizon wraps round with this weight.

    Returns
    -------
    array of complex, shape (..., N // 2 + 1)
        The sum of masses[j] z^j at z = r exp(-2 pi i m / N).

    References
    ----------
    J. Abate and W. Whitt, The Fourier-series method for inverting transforms of probability distributions,
    Queueing Systems 10 (1992).

    Examples
    --------
    >>> half = transform(np.array([0.0, 0.5, 0.0, 0.0]))
    >>> back(half * half).round(9).tolist()
    [0.0, 0.0, 0.25, 0.0]
    """
    return np.asarray(rfft(masses * _weights(masses.shape[-1], damping), axis=-1))


def back(transforms: Complexes, damping: float = DAMPING, points: int | None = None) -> Floats:
    """Masses of which this is the damped transform, the inverse of ``transform``.

    Parameters
    ----------
    transforms : array of complex, shape (..., M)
        Values at the frequencies.
    damping : float
        As given to ``transform``.
    points : int, optional
        N; 2 (M - 1) if not given.

    Returns
    -------
    array, shape (..., N)
        Masses at the grid points, of either sign within rounding: about 1e-16 / ``damping`` at the end.

    Examples
    --------
    >>> back(np.ones(3, dtype=complex)).round(9).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    n = 2 * (transforms.shape[-1] - 1) if points is None else points
    return np.asarray(irfft(transforms, n, axis=-1)) / _weights(n, damping)


@lru_cache(maxsize=16)
def _weights(points: int, damping: float) -> Floats:
    weights = damping ** (np.arange(points) / points)
    weights.flags.writeable = False
    return np.asarray(weights)
