"""From grid to grid until the distribution stands still: how far a time grid must reach, and how fine it must be.

The error of a mean-preserving time grid is of second order in its step wherever the distribution is smooth. So each two
grids in turn, the second with half the step, are extrapolated; the distribution stands still when two extrapolated
curves in turn agree, at their points and between them. Jumps that lie on the time grid are exact and need no refining.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from scipy.fft import next_fast_len

from qualitychain.engine.distributions.named import Distribution
from qualitychain.engine.distributions.time_grid import Grid, common_step
from qualitychain.engine.network.network import Floats

POINTS = 4096
"""The first of the grids has about an eighth of so many points; a smooth distribution stands still on the third."""
BEYOND = 1e-6
"""Probability that may lie beyond the horizon."""
FARTHEST = 64.0
"""The horizon reaches at most this many times as far as the time that all but one in a hundred keep."""
EXACT = 1e-9
"""Less than this off the time grid is rounding."""
MARGIN = 1.1
"""So much farther than a similar distribution reached, the search for the horizon begins."""
SCOUTS = 256
"""Time grid points of the search for the horizon."""


@dataclass(frozen=True)
class Curves:
    """Distribution functions at the grid points: jumps that lie there exactly, cumulated, and the rest."""

    atoms: Floats
    smooth: Floats

    @property
    def total(self) -> Floats:
        """The distribution functions."""
        return self.atoms + self.smooth


@dataclass(frozen=True)
class OnTimeGrid:
    """What is seen on one grid: at least distribution functions, shape (rows, N)."""

    curves: Curves


@dataclass(frozen=True)
class Start:
    """Where the refinement of a similar distribution ended: the coarser grids need not be gone through again."""

    reach: float
    points: int

    @property
    def step(self) -> float:
        """Step of the first of three grids whose last is as fine."""
        return 4.0 * self.reach / self.points


S = TypeVar("S", bound=OnTimeGrid)


@dataclass(frozen=True)
class Refined(Generic[S]):
    """A distribution that stands still."""

    grid: Grid
    curves: Curves
    """Shape (rows, N)."""
    accuracy: Floats
    """Greatest difference of the last two extrapolated curves, per unit of each group's mass, shape (groups,)."""
    beyond: Floats
    """Share of each group's mass beyond the horizon, shape (groups,)."""
    finer: S
    coarser: S
    """What was seen on the last two grids."""

    @property
    def start(self) -> Start:
        """Where to start with a distribution that differs little."""
        return Start(self.grid.step * self.grid.points, self.grid.points)


def reach_of(
    evaluate: Callable[[Grid], OnTimeGrid],
    whole: Floats,
    crude: float,
    *,
    beyond: float = BEYOND,
    start: Start | None = None,
) -> float:
    """A time that all but ``beyond`` of every group keep.

    Parameters
    ----------
    evaluate : callable
        From a grid to curves of shape (groups * r, points), r rows for each group.
    whole : array, shape (groups,)
        The mass of each group.
    crude : float
        Where to begin: some time of the right order.
    beyond : float
    start : Start, optional
        Where a similar distribution ended: a better time to begin with.
    """
    if crude <= 0:
        return 1.0
    there = whole > 0
    if not there.any():
        return crude
    reach = crude if start is None else MARGIN * start.reach
    for _ in range(60):
        seen = evaluate(Grid(reach / SCOUTS, SCOUTS)).curves.total
        kept = seen.reshape(len(whole), -1, SCOUTS).sum(axis=1)
        late = (1.0 - kept[there] / whole[there, None]).max(axis=0)
        usual = int(np.argmax(late <= 0.01)) if late[-1] <= 0.01 else SCOUTS
        far = int(np.argmax(late <= beyond)) if late[-1] <= beyond else SCOUTS
        if far == SCOUTS and FARTHEST * max(usual, 1) > SCOUTS:
            reach *= 4.0
        elif far < SCOUTS // 4:
            reach *= (far + 2) / SCOUTS
        else:
            return min(far + 2, SCOUTS) / SCOUTS * reach
    return reach


def step_for(distributions: Iterable[Distribution], at_most: float, at_least: float, *, jumps: bool) -> float:
    """A step on which fixed times are grid points, where one is in reach.

    Parameters
    ----------
    distributions : iterable of Distribution
    at_most, at_least : float
        Steps between which to look.
    jumps : bool
        Whether jumps come through to the end; without, a common step only rounds some corners.
    """
    values = sorted({float(v) for distribution in set(distributions) for v in distribution.atoms[0] if v > 0})
    if not values:
        return at_most
    found = common_step(values, at_most)
    return found if found is not None and found >= (at_least if jumps else at_most / 4) else at_most


def refine(
    evaluate: Callable[[Grid], S],
    whole: Floats,
    rows: Floats,
    *,
    reach: float,
    step: float,
    most: int,
    tolerance: float,
    patient: int | None = None,
    blur: float = 0.0,
) -> Refined[S]:
    """Halve the step until two extrapolated curves in turn agree within the tolerance, or the grid is too large.

    Parameters
    ----------
    evaluate : callable
    whole : array, shape (groups,)
        The mass of each group of rows.
    rows : array, shape (groups * r,)
        The mass of each row, which its curve tends to.
    reach : float
        Where the time grid ends.
    step : float
        Step of the first grid, a quarter of that of the third.
    most : int
        Points of the largest grid.
    tolerance : float
    patient : int, optional
        Up to this many points the curves must agree at every time. On larger grids they may be apart by one step of
        time instead, as they are beside jumps that lie on no time grid; ``accuracy`` says by how much in probability.
    blur : float
        Standard deviation of a time without jumps that is added afterwards. With one, a difference counts by its area
        over the blur: how far it can move what comes out, so that a corner between two points costs nothing.
    """
    points = next_fast_len(int(np.ceil(reach / step - 1e-9)) + 1, real=True)
    finer, before = evaluate(Grid(step, points)), None
    patient = most if patient is None else patient
    if finer.curves.smooth.max(initial=0.0) < EXACT:
        # everything lies on the time grid: nothing is approximated
        some = np.where(whole > 0, whole, 1.0)
        kept = finer.curves.total[:, -1].reshape(len(whole), -1).sum(axis=1)
        lost = np.where(whole > 0, np.maximum(1.0 - kept / some, 0.0), 0.0)
        exact = Curves(finer.curves.atoms, np.zeros_like(finer.curves.smooth))
        return Refined(Grid(step, points), exact, np.zeros(len(whole)), lost, finer, finer)
    while True:
        coarser = finer
        step, points = step / 2, 2 * points
        finer = evaluate(Grid(step, points))
        now = _extrapolated(finer, coarser, rows)
        if before is None:
            # where the extrapolation moves nothing by more than the tolerance, what it leaves is less than that
            own = Curves(finer.curves.atoms[:, ::2], finer.curves.smooth[:, ::2])
            accuracy = _differences(own, now, whole, step / blur if blur > 0 else 0.0)
            if accuracy.max(initial=0.0) <= tolerance:
                break
        else:
            accuracy = _differences(before, now, whole, step / blur if blur > 0 else 0.0)
            if accuracy.max(initial=0.0) <= tolerance or 2 * points > most:
                break
            if 2 * points > patient and _apart_in_time(before, now, whole) <= tolerance:
                break
        before = now
    kept = finer.curves.total[:, -1].reshape(len(whole), -1).sum(axis=1)
    some = np.where(whole > 0, whole, 1.0)
    beyond = np.where(whole > 0, np.maximum(1.0 - kept / some, 0.0), 0.0)
    return Refined(Grid(step, points), now, accuracy, beyond, finer, coarser)


def _extrapolated(finer: OnTimeGrid, coarser: OnTimeGrid, rows: Floats) -> Curves:
    """Distribution functions on the finer grid, to fourth order where smooth: never falling, never too much."""
    atoms, fine, coarse = finer.curves.atoms, finer.curves.smooth.copy(), coarser.curves.smooth
    change = (fine[:, ::2] - coarse) / 3.0
    # beside a jump off the time grid the correction overshoots: it moves nothing by more than two steps of time
    low, high = np.pad(fine[:, :-2], ((0, 0), (2, 0))), np.pad(fine[:, 2:], ((0, 0), (0, 2)), mode="edge")
    fine[:, ::2] += change
    fine[:, 1::2] += np.concatenate((_halfway(change), change[:, -1:]), axis=1)
    fine = np.clip(fine, low, high)
    most = np.maximum(rows[:, None] - atoms[:, -1:], 0.0)
    return Curves(atoms, np.clip(np.maximum.accumulate(fine, axis=1), 0.0, most))


def _apart_in_time(before: Curves, now: Curves, whole: Floats) -> float:
    """How far two curves are apart in probability if one may be moved by a step of the coarser grid."""
    old, new = before.total, now.total[:, ::2]
    low, high = np.pad(old[:, :-1], ((0, 0), (1, 0))), np.pad(old[:, 1:], ((0, 0), (0, 1)), mode="edge")
    outside = np.maximum(np.maximum(low - new, new - high), 0.0).reshape(len(whole), -1, old.shape[1])
    there = whole > 0
    return float((outside[there].max(axis=(1, 2), initial=0.0) / whole[there]).max(initial=0.0))


def _halfway(curves: Floats) -> Floats:
    """Values between each two points: on the cubic through four points, at the ends on a straight line."""
    between = (curves[:, 1:] + curves[:, :-1]) / 2.0
    outer = (curves[:, 3:] + curves[:, :-3]) / 2.0
    between[:, 1:-1] += (between[:, 1:-1] - outer) / 8.0
    return between


def _differences(before: Curves, now: Curves, whole: Floats, blurred: float) -> Floats:
    """Greatest difference of two extrapolated curves, of a row or of a whole group, shape (groups,).

    With ``blurred``, the step over the blur: greatest area of the difference up to any time.
    """
    apart = now.total[:, ::2] - before.total
    # what happens inside one step of the coarser grid shows only between its points; jumps are where they are
    middle = now.smooth[:, 1:-1:2] - _halfway(before.smooth)
    if blurred:
        apart = np.cumsum(apart, axis=1) * blurred
        apart[:, :-1] += np.cumsum(middle, axis=1) * blurred
        middle = middle[:, :0]
    both = np.concatenate((apart, middle), axis=1).reshape(len(whole), -1, apart.shape[1] + middle.shape[1])
    worst = np.maximum(np.abs(both).max(axis=(1, 2)), np.abs(both.sum(axis=1)).max(axis=1))
    return np.asarray(np.where(whole > 0, worst / np.where(whole > 0, whole, 1.0), 0.0))
