"""How good the best choice can still be: bounds that hold for every set of projects, whatever improves what.

Let x(S) be the visits of the states under the projects S, and h the values of the states under a reference choice S0
(what a unit there will still count). Then, exactly and for any S,

    f(S) - f(S0) = sum over departments v of  x_v(S) . [rows of v under S, less those under S0] h ,

and the bracket depends only on those of the projects that touch v. With x_v(S) between bounds that hold for all S still
open, each department contributes at least some function of its own few projects; a linear function below each of these
turns the whole into a knapsack, whose relaxation is solved exactly. Nothing is assumed about which way a project works:
this holds with scrap, with alternative routes, and where a lower defect rate looks worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Floats
from qualitychain.improvement.choose.search.combine import Combination
from qualitychain.improvement.choose.search.rows import MOST_LOCAL, Rows, UnknownRowError, patterns
from qualitychain.improvement.choose.search.terms import Loss, Term, gets, rate_of

_ROOM = 1e-11
"""Relative room left for rounding in every bound."""


@dataclass(frozen=True)
class _Local:
    """The rows of one department under every open set of its projects."""

    sets: tuple[frozenset[int], ...]
    values: Floats
    """Shape (sets, scenarios, 2, states + counts)."""
    low: Floats
    high: Floats
    ordered: bool
    """Whether every open set that is possible can be built up one project at a time from possible ones."""


@dataclass(frozen=True)
class Relaxation:
    """What a bound computation gives: the bound of the loss, and how much each open project seems to be worth."""

    bound: float
    gains: dict[int, float]
    """Change of the bound per project still open, negative is better."""


class Bounds:
    """Bounds for one layout of rows."""

    rows: Rows
    terms: tuple[Term, ...]
    exact: bool

    def __init__(self, rows: Rows, loss: Loss, combination: Combination) -> None:
        self.rows, self.terms, self.exact, self._combination = rows, loss.terms, loss.exact, combination
        self._locals: dict[tuple[int, frozenset[int], frozenset[int]], _Local | None] = {}

    def value(self, chosen: frozenset[int]) -> float:
        """Loss of a choice, from the rows; NaN where it cannot be computed."""
        rows = self.rows
        matrix = self._matrix(chosen)
        if matrix is None:
            return math.nan
        try:
            visits = np.linalg.solve(np.eye(rows.states) - matrix[:, : rows.states].T, rows.start)
        except np.linalg.LinAlgError:
            return math.nan
        counts = rows.before + visits @ matrix[:, rows.states :]
        return math.fsum(t.of(rate_of(t, counts)) for t in self.terms)

    def relax(
        self,
        inside: frozenset[int],
        free: frozenset[int],
        reference: frozenset[int],
        knapsack: Callable[[dict[int, float]], float],
    ) -> Relaxation | None:
        """A lower bound of the loss over all choices that hold ``inside`` and otherwise only projects of ``free``.

        ``knapsack`` gives the least sum of given amounts per project that the budget allows, at most. None: no bound.
        """
        rows, n = self.rows, self.rows.states
        local = self._locals_of(inside, free)
        if local is None:
            return None
        matrix = self._matrix(reference)
        if matrix is None:
            return None
        low, high = np.zeros_like(matrix), np.zeros_like(matrix)
        for v, part in local.items():
            place = rows.place[v].ravel()
            low[place] = part.low.reshape(len(place), -1)
            high[place] = part.high.reshape(len(place), -1)
        x_low, x_high = _visits(low[:, :n], rows.start), _visits(high[:, :n], rows.start)
        if x_low is None or x_high is None:
            return None
        try:
            ahead = np.linalg.solve(np.eye(n) - matrix[:, :n], matrix[:, n:])
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(ahead).all():
            return None
        counts = rows.before + rows.start @ ahead
        beyond = np.vstack((ahead, np.eye(rows.counts)))
        steps = {
            v: part.values @ beyond - ahead[rows.place[v]][None] for v, part in local.items()
        }  # (sets, scenarios, 2, counts)
        between = {v: (x_low[rows.place[v]], x_high[rows.place[v]]) for v in steps}
        ends = rows.before + x_low @ low[:, n:], rows.before + x_high @ high[:, n:]
        weights, constant = self._linear(counts, steps, between, ends)
        if weights is None:
            return None
        base, gains = constant, dict.fromkeys(free, 0.0)
        for v, step in steps.items():
            part = local[v]
            least = np.zeros(len(part.sets))
            for slope, scale_low, scale_high in weights:
                amount = step @ slope
                x0, x1 = between[v][0] * scale_low, between[v][1] * scale_high
                least += np.minimum(x0 * amount, x1 * amount).sum(axis=(1, 2))
            base += _below(part, least, gains)
        room = _ROOM * (abs(base) + sum(abs(g) for g in gains.values()) + abs(constant))
        bound = self._finish(base + knapsack(gains) - room)
        return Relaxation(max(bound, sum(t.of(t.least) for t in self.terms)), gains)

    def least_visits(self, free: frozenset[int]) -> dict[int, float]:
        """Visits of units at each touched department that any choice of open projects leaves, at least."""
        rows, n = self.rows, self.rows.states
        low = np.zeros((n, n))
        for v, part in (self._locals_of(frozenset(), free) or {}).items():
            place = rows.place[v].ravel()
            low[place] = part.low.reshape(len(place), -1)[:, :n]
        visits = _visits(low, rows.start)
        return {} if visits is None else {v: float(visits[rows.place[v]].sum()) for v in rows.nodes}

    def _linear(
        self,
        counts: Floats,
        steps: dict[int, Floats],
        between: dict[int, tuple[Floats, Floats]],
        ends: tuple[Floats, Floats],
    ) -> tuple[list[tuple[Floats, float, float]] | None, float]:
        """The loss below by something linear: (slope in the counts, scales of the visits), and its constant.

        ``ends`` are counts that no choice is below, and above.
        """
        linear: list[tuple[Floats, float, float]] = []
        constant = 0.0
        alone = len(self.terms) == 1
        for term in self.terms:
            rate = rate_of(term, counts)
            if math.isnan(rate) or not gets(term, ends[0]):
                return None, 0.0
            least, most = 1.0, 1.0
            if term.bottom is not None:
                least, most = _range(float(counts @ term.bottom), term.bottom, steps, between)
                least = max(least, float(ends[0] @ term.bottom) * (1 - _ROOM))
                most = min(most, float(ends[1] @ term.bottom) * (1 + _ROOM))
                if least <= 0:
                    return None, 0.0
            slope = term.top if term.bottom is None else term.top - rate * term.bottom
            weight, begin = term.weight, rate
            if term.curve is not None and alone:
                weight = 1.0  # the curve is applied to the bound
            elif term.curve is None:
                constant += term.offset
            else:
                weight, offset = self._chord(term, rate, slope, least, steps=steps, between=between)
                constant += offset
            constant += weight * begin
            linear.append((slope * weight, 1.0 / most, 1.0 / least))
        return linear, constant

    def _chord(
        self,
        term: Term,
        rate: float,
        slope: Floats,
        least: float,
        *,
        steps: dict[int, Floats],
        between: dict[int, tuple[Floats, Floats]],
    ) -> tuple[float, float]:
        """(slope, offset) of a line below weight * curve over all rates still open."""
        down, up = _range(0.0, slope, steps, between)
        a, b = max(0.0, rate + min(down, 0.0) / least), min(1.0, rate + max(up, 0.0) / least)
        bend = "" if term.shape is None else term.shape(a, b)
        curve = term.curve or float
        at_a, at_b = curve(a), curve(b)
        if bend == "concave" and b > a and math.isfinite(at_a) and math.isfinite(at_b):
            rise = (at_b - at_a) / (b - a)
            return term.weight * rise, term.offset + term.weight * (at_a - rise * a)
        if bend == "convex" and b > a:
            step = 1e-3 * (b - a)
            middle = min(max(rate, a + step), b - step)
            # a short chord is below a convex curve beyond its ends, and between them above it by at most twice the sag
            rise = (curve(middle + step) - curve(middle - step)) / (2 * step)
            sag = max(0.0, (curve(middle + step) + curve(middle - step)) / 2 - curve(middle))
            return term.weight * rise, term.offset + term.weight * (curve(middle) - sag - rise * middle)
        return 0.0, term.offset + term.weight * at_a

    def _finish(self, bound: float) -> float:
        if len(self.terms) != 1 or self.terms[0].curve is None:
            return bound
        term = self.terms[0]
        return term.of(min(max(bound, 0.0), 1.0))

    def _matrix(self, chosen: frozenset[int]) -> Floats | None:
        rows = self.rows
        matrix = np.zeros((rows.states, rows.states + rows.counts))
        for v in rows.nodes:
            try:
                row = rows.row(v, chosen)
            except UnknownRowError:
                return None
            if row is None:
                return None
            matrix[rows.place[v].ravel()] = row.reshape(-1, matrix.shape[1])
        return matrix

    def _locals_of(self, inside: frozenset[int], free: frozenset[int]) -> dict[int, _Local] | None:
        """The rows of every touched department, None where there are too many to lay out."""
        found = {}
        for v, mine in self.rows.local.items():
            part = self._local(v, inside & mine, free & mine)
            if part is None:
                return None
            found[v] = part
        return found

    def _local(self, node: int, inside: frozenset[int], free: frozenset[int]) -> _Local | None:
        key = (node, inside, free)
        if key not in self._locals:
            self._locals[key] = self._laid_out(node, inside, free)
        return self._locals[key]

    def _laid_out(self, node: int, inside: frozenset[int], free: frozenset[int]) -> _Local | None:
        if len(free) > MOST_LOCAL:
            return None
        allowed = [s for s in patterns(inside | free, self._combination) if inside <= s]
        try:
            found = [(s, row) for s in allowed if (row := self.rows.row(node, s)) is not None]
        except UnknownRowError:
            return None
        if not found:
            return None
        values = np.array([row for _, row in found])
        return _Local(
            tuple(s - inside for s, _ in found),
            values,
            values.min(axis=0),
            values.max(axis=0),
            ordered=len(found) == len(allowed) and found[0][0] == inside,
        )


def _below(part: _Local, least: Floats, gains: dict[int, float]) -> float:
    """A linear function below ``least`` over the sets of a department: adds to ``gains``, returns the constant."""
    if not part.ordered:
        return float(least.min())
    value: dict[frozenset[int], float] = dict(zip(part.sets, least.tolist(), strict=True))
    worth: dict[int, float] = {}
    for one, amount in value.items():
        for p in one:
            before = value.get(one - {p})
            if before is not None:
                worth[p] = min(worth.get(p, math.inf), amount - before)
    for p, amount in worth.items():
        gains[p] += amount
    return value[frozenset()]


def _range(
    middle: float, slope: Floats, steps: dict[int, Floats], between: dict[int, tuple[Floats, Floats]]
) -> tuple[float, float]:
    """Between which values a sum of counts lies, over all choices still open."""
    low = high = middle
    for v, step in steps.items():
        amount = step @ slope
        x0, x1 = between[v]
        low += float(np.minimum(x0 * amount, x1 * amount).sum(axis=(1, 2)).min())
        high += float(np.maximum(x0 * amount, x1 * amount).sum(axis=(1, 2)).max())
    return low, high


def _visits(matrix: Floats, start: Floats) -> Floats | None:
    """Visits under a matrix of chances that need not sum to 1; None where they may be without bound."""
    size = len(matrix)
    system = np.eye(size) - matrix.T
    try:
        solved = np.linalg.solve(system, np.column_stack((start, np.ones(size))))
    except np.linalg.LinAlgError:
        return None
    # a positive vector that the system maps to a positive one: its inverse has no negative entry
    if not np.isfinite(solved).all() or not (solved[:, 1] > 0).all():
        return None
    return np.asarray(np.maximum(solved[:, 0], 0.0))
