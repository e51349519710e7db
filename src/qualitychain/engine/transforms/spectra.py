"""Laws of times as transforms on one lattice, each made once, and the way back to curves.

A transform has a leading axis of parts. On a mean-preserving lattice there are two: the whole law, and its exact atoms
alone, so that jumps of a distribution function stay jumps; where no jump matters the whole law is all there is. On a
lattice to which every time is rounded down (or up), for rigorous bounds, everything is an atom.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from qualitychain.engine.distributions.named import Law
from qualitychain.engine.distributions.time_grid import (
    Grid,
    Lattice,
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
"""r^N of the theory: mass beyond the horizon comes back this much smaller; rounding grows to 1e-16 / DAMPING."""

SOME = 1e-11
"""A mass at a lattice point that is more than the rounding of a transform."""

Rounding = Literal["down", "up"] | None
Spectrum = Any
"""Complex array of shape (parts, frequencies)."""


def distribution(lattice: Lattice) -> tuple[Floats, Floats]:
    """Distribution function of the atoms and of the rest at the lattice points, shape (..., N) each.

    The rest begins where its first mass is: half of what the midpoint rule sees below that point lies above it.
    """
    atoms, smooth = cumulative(lattice)
    first = np.argmax(lattice.smooth > SOME, axis=-1)
    smooth[np.arange(lattice.smooth.shape[-1]) <= first[..., None]] = 0.0
    return atoms, smooth


class Spectra:
    """Transforms on a grid of ``points`` lattice points."""

    def __init__(self, grid: Grid, rounding: Rounding = None, *, jumps: bool = True) -> None:
        """Without ``jumps`` the atoms of a law are not told from the rest of it."""
        self.grid, self.rounding = grid, rounding
        self.parts = 2 if rounding is None and jumps else 1
        self.frequencies = grid.points // 2 + 1
        self._made: dict[Law, Spectrum] = {}

    @property
    def times(self) -> Floats:
        """The lattice points."""
        return self.grid.times

    def of(self, law: Law) -> Spectrum:
        """The transform of a law."""
        found = self._made.get(law)
        if found is None:
            found = self._made[law] = self._transformed(law)
        return found

    def _transformed(self, law: Law) -> Spectrum:
        if self.rounding is not None:
            return transform(rounded(law, self.grid, up=self.rounding == "up")[None], DAMPING)
        placed = place(law, self.grid)
        whole = transform(placed.masses, DAMPING)
        if self.parts == 1:
            return whole[None]
        # most laws have no atom, or one at no time at all
        atoms = transform(placed.atoms, DAMPING) if placed.atoms[1:].any() else np.full_like(whole, placed.atoms[0])
        return np.stack((whole, atoms))

    @property
    def nothing(self) -> Spectrum:
        """The transform of no time at all."""
        return np.ones((self.parts, self.frequencies), dtype=complex)

    def lattice(self, spectrum: Spectrum) -> Lattice:
        """Masses of a transform at the lattice points."""
        masses = back(spectrum, DAMPING, self.grid.points)
        if self.rounding is not None:
            return Lattice(masses[0], np.zeros_like(masses[0]))
        if self.parts == 1:
            return Lattice(np.zeros_like(masses[0]), masses[0])
        return Lattice(masses[1], masses[0] - masses[1])

    def curve(self, spectrum: Spectrum) -> Curve:
        """Distribution function of a transform at the lattice points."""
        lattice = self.lattice(spectrum)
        atoms, smooth = distribution(lattice)
        at = atoms + smooth
        return Curve(at, at - lattice.atoms)

    def curve_of(self, law: Law) -> Curve:
        """Distribution function of a law itself, without the lattice's rounding where its atoms are lattice points."""
        placed, (values, masses) = place(law, self.grid), law.atoms
        jumps = np.cumsum(placed.atoms)
        if abs(jumps[-1] - masses[values <= self.times[-1]].sum()) > 1e-12:
            return self.curve(self.of(law))
        at = jumps + law.smooth_cdf(self.times)
        return Curve(at, at - placed.atoms)

    def spectrum(self, curve: Curve) -> Spectrum:
        """The transform of a distribution function known at the lattice points."""
        lattice = from_cdf(*curve.split())
        return transform(
            np.stack((lattice.masses, lattice.atoms)) if self.parts == 2 else lattice.masses[None], DAMPING
        )
