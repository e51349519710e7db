"""Circles of needs (IT needs HR, HR needs IT): the unique fixed point, bracketed from both sides.

Formulas: Pulled services.

In probabilities of bad, x = G(x) with G increasing. Two facts carry the proof: if the expected offspring matrix M, with
the expected draws of an upper bound, has spectral radius below 1, the fixed point is unique; then lo <= G(lo) puts lo
below it, and G(hi) <= hi puts hi above it, however lo and hi were found. So Newton may propose, and G decides.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, identity
from scipy.sparse.linalg import splu

from qualitychain.engine.network.network import ON_INSPECTION, ON_UNIT, Floats, Integers
from qualitychain.engine.quality.request import input_slopes, rounds_at
from qualitychain.engine.quality.sweep import Sweep
from qualitychain.errors import AnalysisError

MOST_SWEEPS = 20_000
MOST_STEPS = 100
WIDTH = 1e-12
"""Relative width of the bracket at which it is good enough."""


def solve_cycle(sweep: Sweep, spoilt: Floats, blind: Floats, uses: Floats) -> tuple[Floats, Floats, float]:
    """The nodes' (spoilt, blind) and the relative width of the bracket that proves them.

    ``spoilt`` and ``blind`` hold the solved nodes outside; their entries for the circle itself are scratch.

    Raises
    ------
    AnalysisError
        When the needs never end, or too nearly so to be told apart.
    """
    circle = _Circle(sweep, spoilt.copy(), blind.copy(), uses)
    upper = _until_needs_end(circle)
    lower = np.zeros_like(upper)
    for _ in range(MOST_SWEEPS):
        lower, upper = circle.image(lower), circle.image(upper)
        if _width(lower, upper) <= WIDTH:
            break
        certified = _certified(circle, lower, upper)
        if certified is not None:
            lower, upper = certified
            break
    width = _width(lower, upper)
    if width > 1e-6:
        raise AnalysisError(
            f"{circle.named()} need each other so nearly once per request that their quality cannot be bracketed "
            f"(relative width {width:.1g}); lower per_unit between them"
        )
    middle = (lower + upper) / 2
    size = len(sweep.nodes)
    return middle[:size], middle[size:], width


class _Circle:
    """The map G on the unknowns (spoilt, blind) of the nodes of a circle, laid end to end."""

    def __init__(self, sweep: Sweep, spoilt: Floats, blind: Floats, uses: Floats) -> None:
        self.sweep, self.spoilt, self.blind = sweep, spoilt, blind
        self.size = len(sweep.nodes)
        place = np.full(len(spoilt), -1, dtype=np.int64)
        place[sweep.nodes] = np.arange(self.size)
        self.column = place[sweep.giver]
        self.row = sweep.place[sweep.group_place]
        self.inside = self.column >= 0
        self.uses = uses[sweep.handoffs]

    def _put(self, x: Floats) -> None:
        self.spoilt[self.sweep.nodes], self.blind[self.sweep.nodes] = x[: self.size], x[self.size :]

    def image(self, x: Floats) -> Floats:
        self._put(x)
        new_spoilt, new_blind, _, _ = self.sweep(self.spoilt, self.blind)
        return np.concatenate((new_spoilt, new_blind))

    def offspring_end(self, x: Floats) -> bool:
        """Whether the expected offspring matrix at x has spectral radius below 1: some y > 0 has (I - M) y > 0."""
        self._put(x)
        _, _, _, draws = self.sweep(self.spoilt, self.blind)
        # only needs inside the circle that are met at each use; an endless request elsewhere may be one nobody makes
        counted = self.inside & (self.uses > 0) & np.isnan(self.sweep.fixed)
        weight = np.where(counted, draws, 0.0) * self.uses
        if not np.all(np.isfinite(weight)):
            return False
        matrix = self._matrix(self.row, self.column, weight, self.size)
        try:
            y = splu(csc_array(identity(self.size) - matrix)).solve(np.ones(self.size))
        except RuntimeError:  # singular: radius 1
            return False
        return bool(np.all(np.isfinite(y)) and y.min() > 0 and (y - matrix @ y).min() > 0.5)

    def _matrix(self, row: Integers, column: Integers, value: Floats, size: int) -> csc_array:
        keep = self.inside & (value != 0)
        return csc_array((value[keep], (row[keep], column[keep])), shape=(size, size))

    def jacobian(self, x: Floats) -> csc_array:
        self._put(x)
        s = self.sweep
        rounds = rounds_at(s.terms, self.spoilt[s.giver], self.blind[s.giver])
        changes = input_slopes(s.terms, self.spoilt[s.giver], self.blind[s.giver])
        to_spoilt, to_blind = rounds.slopes(rounds.ends_bad, changes)
        group_bad = s.group_bad(rounds.bad)
        image = self.image(x)
        result = csc_array((2 * self.size, 2 * self.size))
        for kind, offset in ((ON_UNIT, 0), (ON_INSPECTION, self.size)):
            fails = image[offset + s.place]
            with np.errstate(divide="ignore", invalid="ignore"):
                steep = (1.0 - fails) * (s.whole / (1.0 - group_bad) + s.part / (1.0 - s.part * group_bad))
            steep = np.where(np.isfinite(steep) & (s.affects == kind), steep, 0.0)
            outer = steep[s.group_place] * s.share * np.isnan(s.fixed)
            for inner, shift in ((to_spoilt, 0), (to_blind, self.size)):
                result = result + self._matrix(self.row + offset, self.column + shift, outer * inner, 2 * self.size)
        return csc_array(result)

    def named(self) -> str:
        shown = ", ".join(f"node {n}" for n in self.sweep.nodes[:4])
        return f"the departments in a circle of needs ({shown})"


def _until_needs_end(circle: _Circle) -> Floats:
    """Sweep from "all bad" until the offspring matrix proves the fixed point unique; every sweep is an upper bound."""
    upper = np.ones(2 * circle.size)
    for count in range(MOST_SWEEPS):
        before, upper = upper, circle.image(upper)
        still = bool(np.all(np.abs(before - upper) <= 1e-15 * before))
        # the proof costs a factorisation, so try it at the first sweeps, at every doubling, and when sweeps
        # change nothing
        if (still or count < 4 or count & (count - 1) == 0) and circle.offspring_end(upper):
            return upper
        if still:
            break
    raise EndlessNeedsError(circle.sweep.nodes)


class EndlessNeedsError(AnalysisError):
    """A circle of needs in which, with redone draws, each request leads to one or more further ones."""

    def __init__(self, nodes: Integers) -> None:
        self.nodes = nodes
        super().__init__(
            f"nodes {', '.join(map(str, nodes[:6]))} need each other once or more per request, redone draws included, "
            "so requests never end; lower per_unit or the defect rates between them"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.nodes,)


def _width(lower: Floats, upper: Floats) -> float:
    """Relative width of the bracket; where the bound is tiny, relative to the tiny number."""
    scale = np.where(upper > 0, upper, 1.0)
    return float(((upper - lower) / scale).max(initial=0.0))


def _certified(circle: _Circle, lower: Floats, upper: Floats) -> tuple[Floats, Floats] | None:
    """A narrow bracket around Newton's limit, accepted only if G itself confirms both ends."""
    x = lower.copy()
    try:
        for _ in range(MOST_STEPS):
            step = splu(csc_array(identity(2 * circle.size) - circle.jacobian(x))).solve(circle.image(x) - x)
            if not np.all(np.isfinite(step)):
                return None
            x = np.clip(x + step, lower, upper)
            if np.all(np.abs(step) <= 1e-15 * x):
                break
        # a direction in which G shrinks by a margin proportional to x in every component
        direction = splu(csc_array(identity(2 * circle.size) - circle.jacobian(x))).solve(x)
    except RuntimeError:
        return None
    if not np.all(np.isfinite(direction)) or direction.min() < 0:
        return None
    for epsilon in 10.0 ** np.arange(-14, -11):
        low, high = np.maximum(x - epsilon * direction, 0.0), np.minimum(x + epsilon * direction, 1.0)
        if np.all(low <= circle.image(low)) and np.all(circle.image(high) <= high):
            return np.maximum(low, lower), np.minimum(high, upper)
    return None
