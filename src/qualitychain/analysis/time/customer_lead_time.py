"""The lead time of one customer: a distribution of its own, joint with conformity."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from qualitychain.analysis.time.distribution import SAME, Floats, LeadTimeDistribution
from qualitychain.errors import AnalysisError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CustomerLeadTime:
    """Lead time of the units that one customer keeps, from the start at the supplier to acceptance.

    Attributes
    ----------
    customer : str
    conforming : float
        Probability that a delivered unit conforms.
    promise : float
        The promised lead time, NaN where none is given.
    promise_tolerance : float
        How much later a delivery still counts as on time.
    accuracy : float
        How far probabilities still moved when the time grid was last refined.
    """

    customer: str
    conforming: float
    promise: float
    promise_tolerance: float
    accuracy: float
    delivered_after: Floats = field(repr=False, compare=False)
    """Units delivered after 0, 1, 2, ... passes of rework, per started unit."""
    distributions: tuple[LeadTimeDistribution, LeadTimeDistribution, LeadTimeDistribution] = field(
        repr=False, compare=False
    )
    """Of all, of conforming and of nonconforming units."""
    brackets: tuple[float, Floats, Floats] | None = field(default=None, repr=False, compare=False)
    """Step, and rigorous lower and upper values of the distribution function at its multiples."""

    @property
    def promise_with_tolerance(self) -> float:
        """Until when a delivery counts as on time; NaN without a promise."""
        return self.promise + self.promise_tolerance

    @property
    def mean(self) -> float:
        """Mean lead time."""
        return self.distributions[0].mean

    @property
    def sd(self) -> float:
        """Standard deviation of the lead time."""
        return self.distributions[0].sd

    @property
    def least(self) -> float:
        """Least possible lead time."""
        return self.distributions[0].least

    @property
    def horizon(self) -> float:
        """The longest time that the distribution reaches."""
        return self.distributions[0].horizon

    def cdf(self, x: ArrayLike) -> Any:
        """Share of the delivered units with a lead time of at most ``x``; see ``LeadTimeDistribution.cdf``."""
        return self.distributions[0].cdf(x)

    def quantile(self, p: ArrayLike) -> Any:
        """The lead time that a share ``p`` of the delivered units keep; see ``LeadTimeDistribution.quantile``."""
        return self.distributions[0].quantile(p)

    @cached_property
    def passes(self) -> pd.Series[float]:
        """Probability that a delivered unit went through 0, 1, 2, ... passes of rework."""
        import pandas as pd

        units = self.delivered_after
        last = int(np.flatnonzero(units > 0).max(initial=0)) + 1
        index = pd.RangeIndex(last, name="rework passes")
        return pd.Series(units[:last] / units.sum(), index=index, name="probability")

    @cached_property
    def on_time(self) -> float:
        """Share of the delivered units within the promise and its tolerance; NaN without a promise."""
        return math.nan if math.isnan(self.promise) else float(self.cdf(self.promise_with_tolerance))

    @cached_property
    def satisfied(self) -> float:
        """Share of the delivered units that conform *and* are on time, jointly; NaN without a promise."""
        if math.isnan(self.promise) or self.conforming == 0:
            return math.nan if math.isnan(self.promise) else 0.0
        return self.conforming * float(self.distributions[1].cdf(self.promise_with_tolerance))

    def distribution(self, *, conforming: bool) -> LeadTimeDistribution:
        """The distribution of the lead time of the units that conform, or of those that do not.

        Raises
        ------
        AnalysisError
            When no such unit is delivered.
        """
        if (self.conforming if conforming else 1.0 - self.conforming) <= 0:
            kind = "conforming" if conforming else "nonconforming"
            raise AnalysisError(f"no {kind} unit is delivered to '{self.customer}', so there is no lead time of one")
        return self.distributions[1 if conforming else 2]

    def bracket(self, x: ArrayLike) -> tuple[Any, Any]:
        """Rigorous lower and upper bound of ``cdf(x)``, given the distributions of the single times.

        Raises
        ------
        AnalysisError
            When the lead times were not asked for with ``rigorous=True``.
        """
        if self.brackets is None:
            raise AnalysisError("rigorous bounds were not computed; ask lead_times(chain, rigorous=True)")
        step, lower, upper = self.brackets
        times = np.asarray(x, dtype=np.float64)
        if np.isnan(times).any():
            raise ValueError("bracket needs times, got something that is not a number")
        place = np.floor(times / step * (1 + SAME) + SAME)
        inside = np.clip(place, 0, len(lower) - 1).astype(np.int64)
        low, high = np.where(place >= 0, lower[inside], 0.0), np.where(place >= 0, upper[inside], 0.0)
        # of what lies beyond the time grid only the lower bound is known
        high = np.where(place > len(lower) - 1, 1.0, high)
        return (low, high) if times.ndim else (float(low), float(high))


__all__ = ["CustomerLeadTime", "LeadTimeDistribution"]
