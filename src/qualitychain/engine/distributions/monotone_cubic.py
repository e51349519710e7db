"""The monotone cubic through values at equal steps: between points it neither overshoots nor falls where they rise.

F. N. Fritsch and J. Butland, SIAM Journal on Scientific and Statistical Computing 5 (1984): the slope at a point is the
harmonic mean of those beside it, 0 where they differ in sign. On equal steps a point is found by a division.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qualitychain.engine.distributions.parts import Floats

__all__ = ["MonotoneCubic"]


class MonotoneCubic:
    """A curve through ``values`` at 0, step, 2 step, ..., at least two of them; before and after it stays as it is.

    Examples
    --------
    >>> curve = MonotoneCubic(2.0, np.array([0.0, 0.5, 0.75]))
    >>> curve(np.array([0.0, 1.0, 2.0, 9.0])).round(6).tolist(), round(float(curve.area(4.0)), 6)
    ([0.0, 0.286458, 0.5, 0.75], 1.833333)
    """

    step: float

    def __init__(self, step: float, values: Floats) -> None:
        rise = np.diff(values)
        slope = np.zeros(len(values))
        if len(rise) == 1:
            slope[:] = rise
        else:
            both = rise[:-1] * rise[1:]
            slope[1:-1] = np.where(both > 0, 2.0 * both / np.where(both > 0, rise[:-1] + rise[1:], 1.0), 0.0)
            slope[0], slope[-1] = _end(rise[0], rise[1]), _end(rise[-1], rise[-2])
        self.step, self._last = step, len(values) - 1
        begin, end = slope[:-1], slope[1:]
        a, b, c, d = self._terms = values[:-1], begin, 3.0 * rise - 2.0 * begin - end, begin + end - 2.0 * rise
        self._before = np.concatenate(([0.0], np.cumsum(a + b / 2.0 + c / 3.0 + d / 4.0)))

    def __call__(self, t: Any) -> Floats:
        """The curve at times ``t``."""
        place, u = self._place(t)
        a, b, c, d = (term[place] for term in self._terms)
        return np.asarray(a + u * (b + u * (c + u * d)))

    def area(self, t: Any) -> Floats:
        """The integral of the curve from 0 to ``t``, at most to its last point."""
        place, u = self._place(t)
        a, b, c, d = (term[place] for term in self._terms)
        return np.asarray(self.step * (self._before[place] + u * (a + u * (b / 2.0 + u * (c / 3.0 + u * d / 4.0)))))

    def _place(self, t: Any) -> tuple[Any, Any]:
        along = np.clip(np.asarray(t, dtype=np.float64) / self.step, 0.0, self._last)
        place = np.minimum(along.astype(np.int64), self._last - 1)
        return place, along - place


def _end(first: float, second: float) -> float:
    """Slope at an end: that of the parabola through three points, not against the rise and at most 3 times as steep."""
    slope = (3.0 * first - second) / 2.0
    if slope * first <= 0:
        return 0.0
    return 3.0 * first if first * second <= 0 and abs(slope) > 3.0 * abs(first) else slope
