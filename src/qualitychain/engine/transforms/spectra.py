"""Distributions of times as transforms on one time grid, each made once, and the way back to curves.

A transform has a leading axis of parts. On a mean-preserving time grid there are two: the whole distribution, and its
exact atoms alone, so that jumps of a distribution function stay jumps; where no jump matters the whole distribution is
all there is. On a time grid to which every time is rounded down (or up), for rigorous bounds, everything is an atom.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.distributions.time_grid import (
    Grid,
    TimeGrid,
    back,
    cumulative,
    from_cdf,
    place,
    rounded,
    transform,
)
from qualitychain.engine.network.network import Floats
from qualitychain.engine.transforms.parallel_inputs import Curve

DAMPING = 1e-6
"""r^N: mass beyond the horizon comes back this much smaller; rounding grows to 1e-16 / DAMPING."""

SOME = 1e-11
"""A mass at a grid point that is more than the rounding of a transform."""

Rounding = Literal["down", "up"] | None
Spectrum = Any
"""Complex array of shape (parts, frequencies)."""


def distribution_function(time_grid: TimeGrid) -> tuple[Floats, Floats]:
    """Distribution function of the atoms and of the rest at the grid points, shape (..., N) each.

    The rest begins where its first mass is: half of what the midpoint rule sees below that point lies above it.
    """
    atoms, smooth = cumulative(time_grid)
    first = np.argmax(time_grid.smooth > SOME, axis=-1)
    smooth[np.arange(time_grid.smooth.shape[-1]) <= first[..., None]] = 0.0
    return atoms, smooth


class Spectra:
    """Transforms on a grid of ``points`` grid points."""

    grid: Grid
    frequencies: int

    def __init__(self, grid: Grid, rounding: Rounding = None, *, jumps: bool = True) -> None:
        """Without ``jumps`` the atoms of a distribution are not told from the rest of it."""
        self.grid, self.rounding = grid, rounding
        self.parts = 2 if rounding is None and jumps else 1
        self.frequencies = grid.points // 2 + 1
        self._made: dict[Distribution, Spectrum] = {}

    @property
    def times(self) -> Floats:
        """The grid points."""
        return self.grid.times

    def of(self, distribution: Distribution) -> Spectrum:
        """The transform of a distribution."""
        found = self._made.get(distribution)
        if found is None:
            found = self._made[distribution] = self._transformed(distribution)
        return found

    def _transformed(self, distribution: Distribution) -> Spectrum:
        if self.rounding is not None:
            return transform(rounded(distribution, self.grid, up=self.rounding == "up")[None], DAMPING)
        placed = place(distribution, self.grid)
        whole = transform(placed.masses, DAMPING)
        if self.parts == 1:
            return whole[None]
        # most distributions have no atom, or one at no time at all
        atoms = transform(placed.atoms, DAMPING) if placed.atoms[1:].any() else np.full_like(whole, placed.atoms[0])
        return np.stack((whole, atoms))

    @property
    def nothing(self) -> Spectrum:
        """The transform of no time at all."""
        return np.ones((self.parts, self.frequencies), dtype=complex)

    def time_grid(self, spectrum: Spectrum) -> TimeGrid:
        """Masses of a transform at the grid points."""
        masses = back(spectrum, DAMPING, self.grid.points)
        if self.rounding is not None:
            return TimeGrid(masses[0], np.zeros_like(masses[0]))
        if self.parts == 1:
            return TimeGrid(np.zeros_like(masses[0]), masses[0])
        return TimeGrid(masses[1], masses[0] - masses[1])

    def curve(self, spectrum: Spectrum) -> Curve:
        """Distribution function of a transform at the grid points."""
        time_grid = self.time_grid(spectrum)
        atoms, smooth = distribution_function(time_grid)
        at = atoms + smooth
        return Curve(at, at - time_grid.atoms)

    def curve_of(self, distribution: Distribution) -> Curve:
        """Distribution function itself, without the grid's rounding where its atoms are grid points."""
        placed, (values, masses) = place(distribution, self.grid), distribution.atoms
        jumps = np.cumsum(placed.atoms)
        if abs(jumps[-1] - masses[values <= self.times[-1]].sum()) > 1e-12:
            return self.curve(self.of(distribution))
        at = jumps + distribution.smooth_cdf(self.times)
        return Curve(at, at - placed.atoms)

    def spectrum(self, curve: Curve) -> Spectrum:
        """The transform of a distribution function known at the grid points."""
        time_grid = from_cdf(*curve.split())
        return transform(
            np.stack((time_grid.masses, time_grid.atoms)) if self.parts == 2 else time_grid.masses[None], DAMPING
        )
