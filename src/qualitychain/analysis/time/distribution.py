"""One distribution of a time on a time grid, between its points: distribution function and quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qualitychain.engine.distributions.monotone_cubic import MonotoneCubic
from qualitychain.errors import AnalysisError

Floats = NDArray[np.float64]
SAME = 1e-9
"""Times and probabilities that differ by less, relatively, are the same: a promise of 0.3 is kept by 0.1 + 0.2."""
BISECTIONS = 60
STEEP = 0.01
"""More than this within two steps is a jump that the time grid spreads over its neighbours."""


@dataclass(frozen=True)
class LeadTimeDistribution:
    """The distribution of a time: jumps at grid points, and a smooth part between them.

    Attributes
    ----------
    mean, sd : float
        In the chain's time unit; NaN where they are not known.
    least : float
        No time is shorter than this.
    """

    mean: float
    sd: float
    least: float
    step: float = field(repr=False)
    atoms: Floats = field(repr=False, compare=False)
    """Cumulated jumps at the grid points, shape (N,)."""
    smooth: Floats = field(repr=False, compare=False)
    """The rest of the distribution function at the grid points, shape (N,)."""
    tolerance: float = field(default=1e-4, repr=False)

    @property
    def horizon(self) -> float:
        """The longest time that the distribution reaches."""
        return self.step * (len(self.atoms) - 1)

    @property
    def beyond(self) -> float:
        """Probability of a longer time than the horizon."""
        return max(0.0, 1.0 - float(self.atoms[-1] + self.smooth[-1]))

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of a time of at most ``x``.

        Parameters
        ----------
        x : float or array
            Times in the chain's time unit.

        Returns
        -------
        float or array of the shape of ``x``

        Raises
        ------
        ValueError
            When a time is not a number.
        AnalysisError
            When a time lies beyond the horizon, and more than the tolerance does so too.
        """
        times = np.asarray(x, dtype=np.float64)
        if np.isnan(times).any():
            raise ValueError("cdf needs times, got something that is not a number")
        far = (times > self.horizon * (1 + SAME)) & (times < math.inf)
        if far.any() and self.beyond > self.tolerance:
            raise AnalysisError(
                f"{float(times[far].max()):g} lies beyond the horizon of {self.horizon:g}, as does a share of "
                f"{self.beyond:.2g} of the units; ask with horizon={float(times[far].max()):g} or more"
            )
        place = np.clip(np.floor(times / self.step * (1 + SAME) + SAME), 0, len(self.atoms) - 1).astype(np.int64)
        # at the least time nothing has come but what lies there exactly
        between = self._between(np.clip(times, 0.0, self.horizon)) * ((times > self.least * (1 + SAME)) | self._steep)
        value = self.atoms[place] + between
        value = np.where(times == math.inf, 1.0, np.clip(value, 0.0, 1.0))
        value = np.where(times < self.least * (1 - SAME) - 1e-300, 0.0, value)
        return value if times.ndim else float(value)

    def quantile(self, p: ArrayLike) -> Any:
        """The least time that at least a share ``p`` of the units keep.

        Parameters
        ----------
        p : float or array
            Probabilities, above 0 and below 1.

        Returns
        -------
        float or array of the shape of ``p``
            In the chain's time unit.

        Raises
        ------
        ValueError
            When a probability is not between 0 and 1, both excluded.
        AnalysisError
            When a quantile lies beyond the horizon.
        """
        chances = np.asarray(p, dtype=np.float64)
        if not np.all((chances > 0) & (chances < 1)):
            raise ValueError(f"a quantile needs probabilities above 0 and below 1, got {p!r}")
        wanted = np.atleast_1d(chances).ravel()
        if self.atoms[-1] > 0:
            # where the function jumps to p, p is reached in spite of rounding
            wanted = wanted - SAME * np.minimum(wanted, 1.0 - wanted)
        at = self.atoms + self.smooth
        j = np.searchsorted(at, wanted, side="left")
        if np.any(j == len(at)):
            raise AnalysisError(
                f"the quantile at {float(wanted.max()):g} lies beyond the horizon of {self.horizon:g}, which "
                f"{self.beyond:.2g} of the units exceed; ask with a greater horizon="
            )
        low, high, jumped = np.maximum(j - 1, 0) * self.step, j * self.step, self.atoms[np.maximum(j - 1, 0)]
        jumped = np.where(j > 0, jumped, 0.0)
        is_jump = (jumped + self.smooth[j] < wanted) | (j == 0)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            reached = jumped + self._between(middle) >= wanted
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        found = np.maximum(np.where(is_jump, j * self.step, high), self.least).reshape(chances.shape)
        return found if chances.ndim else float(found)

    @cached_property
    def _steep(self) -> bool:
        """Whether much comes within two steps of the least time: then a jump that lies on no grid point is there."""
        return float(self._between(min(self.least + 2 * self.step, self.horizon))) > STEEP

    @cached_property
    def _between(self) -> Any:
        if not self.smooth.any():
            return np.zeros_like
        return MonotoneCubic(self.step, self.smooth)
