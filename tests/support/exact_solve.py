"""Exact linear algebra of the oracle: expected visits by state reduction, fixed points by probing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from support.dual import Dual

State = TypeVar("State", bound=Hashable)
ZERO, ONE = Fraction(0), Fraction(1)
DIGITS = 45
CLOSE = Fraction(1, 10**30)


def rounded(value: Fraction, digits: int = DIGITS) -> Fraction:
    """Return `value` rounded down to so many decimal digits, which keeps long sums of fractions small."""
    return Fraction((value * 10**digits).__floor__(), 10**digits)


def expected_visits(
    start: Mapping[State, Fraction],
    moves: Mapping[State, Mapping[State, Fraction]],
    digits: int | None = None,
) -> dict[State, Fraction]:
    """Return the expected number of visits to each state that can be reached from `start`.

    States are taken out one at a time, their traffic rerouted past them; then put back in reverse order. A state
    without moves is an exit. With `digits` every step is rounded, for numbers that are not exact anyway. Raises
    ValueError when some mass can never leave.
    """

    def trim(value: Fraction) -> Fraction:
        return value if digits is None else rounded(value, digits)

    inflow = {state: mass for state, mass in start.items() if mass != 0}
    rows = _reachable(inflow, moves)
    into: dict[State, dict[State, Fraction]] = {state: {} for state in rows}
    for state, row in rows.items():
        for target, p in row.items():
            into[target][state] = p
    left = dict.fromkeys(rows)
    taken: list[tuple[State, Fraction, Fraction, dict[State, Fraction]]] = []
    while left:
        state = min(left, key=lambda s: len(into[s]) * len(rows[s]))
        del left[state]
        stay = ONE - rows[state].pop(state, ZERO)
        into[state].pop(state, None)
        if stay <= 0:
            raise ValueError(f"what enters {state} never leaves")
        begun = inflow.get(state, ZERO)
        sources = into.pop(state)
        row = {target: trim(p / stay) for target, p in rows.pop(state).items()}
        taken.append((state, stay, begun, sources))
        for target, p in row.items():
            del into[target][state]
            if begun != 0:
                inflow[target] = trim(inflow.get(target, ZERO) + begun * p)
        for source, q in sources.items():
            del rows[source][state]
            for target, p in row.items():
                rows[source][target] = into[target][source] = trim(rows[source].get(target, ZERO) + q * p)
    visits: dict[State, Fraction] = {}
    for state, stay, begun, sources in reversed(taken):
        visits[state] = trim((begun + sum((visits[s] * q for s, q in sources.items()), ZERO)) / stay)
    return visits


def _reachable(
    start: Mapping[State, Fraction], moves: Mapping[State, Mapping[State, Fraction]]
) -> dict[State, dict[State, Fraction]]:
    """Return the moves with positive probability of every state that can be reached."""
    rows: dict[State, dict[State, Fraction]] = {}
    todo = list(start)
    while todo:
        state = todo.pop()
        if state not in rows:
            rows[state] = {target: p for target, p in moves.get(state, {}).items() if p != 0}
            todo.extend(rows[state])
    return rows


def solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Solve a square linear system by Gaussian elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = next(i for i in range(column, size) if rows[i][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for i in range(size):
            if i != column and rows[i][column] != 0:
                factor = rows[i][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column], strict=True)]
    return [row[-1] for row in rows]


def fixed_point(
    step: Callable[[list[Fraction]], list[Fraction]], size: int, paired: bool
) -> tuple[list[Fraction], bool]:
    """Return (x, exact) with step(x) = x in [0, 1], the point to which sweeps from 0 rise.

    `step` is probed as if it were affine; a solution that `step` really maps to itself is exact. Otherwise
    it is found to 30 digits. With `paired`, entries come as (good, bad) summing to 1.
    """
    flawless = [ONE, ZERO] * (size // 2)
    if paired and step(flawless) == flawless:
        return flawless, True
    try:
        base = step([ZERO] * size)
        columns = [step([ONE if i == j else ZERO for i in range(size)]) for j in range(size)]
        matrix = [[(ONE if i == j else ZERO) - (columns[j][i] - base[i]) for j in range(size)] for i in range(size)]
        guess = solve(matrix, base)
        if all(0 <= value <= 1 for value in guess) and step(guess) == guess:
            return guess, True
    except (ValueError, StopIteration, ZeroDivisionError):
        pass
    if any(isinstance(value, Dual) for value in step([ZERO] * size)):
        raise ValueError("no exact derivative through a nonlinear pull cycle")
    return _refined(step, _swept(step, size, paired), paired), False


def _swept(step: Callable[[list[Any]], list[Any]], size: int, paired: bool) -> list[float]:
    """Follow the sweeps from 0 in floats: they rise to the chance that everything ends."""
    low = [0.0] * size
    for _ in range(20_000):
        higher = [float(value) for value in step(low)]
        settled = max(abs(a - b) for a, b in zip(higher, low, strict=True)) < 1e-15
        low = higher
        if settled:
            break
    if paired and any(abs(1 - low[i] - low[i + 1]) > 1e-9 for i in range(0, size, 2)):
        raise ValueError("the departments need each other too often: requests may never end")
    return low


def _refined(step: Callable[[list[Fraction]], list[Fraction]], near: list[float], paired: bool) -> list[Fraction]:
    """Sharpen a fixed point found in floats to 30 digits, by Newton steps with one probed slope matrix."""
    size = len(near)
    point = [rounded(Fraction(value)) for value in near]
    nudge = Fraction(1, 10**15)
    here = step(point)
    slopes = [step([v + nudge if i == j else v for i, v in enumerate(point)]) for j in range(size)]
    matrix = [
        [(ONE if i == j else ZERO) - rounded((slopes[j][i] - here[i]) / nudge) for j in range(size)]
        for i in range(size)
    ]
    for _ in range(20):
        miss = [rounded(a - b) for a, b in zip(here, point, strict=True)]
        if max(abs(value) for value in miss) < CLOSE:
            return [point[i] if i % 2 == 0 or not paired else 1 - point[i - 1] for i in range(size)]
        point = [rounded(v + change) for v, change in zip(point, solve(matrix, miss), strict=True)]
        here = step(point)
    raise ValueError("the fixed point could not be sharpened")
