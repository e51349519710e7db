"""Choosing under a budget when everything adds up: the linear relaxation, and the whole problem by integer programming.

Costs of projects add up; what they are worth is given per project (relaxation), or per set of the projects of each
place (``solve_places``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qualitychain.engine.network.network import Floats
from qualitychain.improvement.choose.options.projects import Programme

_STEPS = 48


@dataclass(frozen=True)
class Units:
    """Projects still open, sorted into units of which at most one is taken."""

    numbers: tuple[int, ...]
    costs: Floats
    unit: np.typing.NDArray[np.int64]
    count: int


def units_of(plan: Programme, free: frozenset[int], costs: Sequence[float]) -> Units:
    """Open projects in units: those of one group are one unit, the others each their own."""
    numbers = tuple(sorted(free))
    label: dict[str, int] = {}
    unit = np.zeros(len(numbers), dtype=np.int64)
    for i, p in enumerate(numbers):
        group = plan.projects[p].group
        key = f"group {group[0]}" if group else f"project {p}"
        unit[i] = label.setdefault(key, len(label))
    return Units(numbers, np.array([costs[p] for p in numbers]), unit, len(label))


def relaxed(units: Units, gains: Mapping[int, float], budget: float) -> float:
    """A lower bound of the least sum of gains that the budget allows (gains below 0 are improvements).

    The Lagrangian of the budget, which any price of money makes a bound; the best price is sought by halving. Without
    requirements between projects this is the value of the linear relaxation.
    """
    if not units.numbers:
        return 0.0
    worth = np.array([gains[p] for p in units.numbers])

    def at(price: float) -> tuple[float, float]:
        """The bound at a price of money, and what is spent there beyond the budget."""
        net = worth + price * units.costs
        order = np.lexsort((-net, units.unit))
        last = np.flatnonzero(np.diff(units.unit[order], append=-1))
        best = order[last]
        taken = best[net[best] < 0]
        return float(net[taken].sum()) - price * budget, float(units.costs[taken].sum()) - budget

    low, high = 0.0, 0.0
    bound, over = at(0.0)
    if over <= 0:
        return bound
    paid = units.costs > 0
    high = float(np.max(-worth[paid] / units.costs[paid], initial=0.0)) * 2 + 1e-300
    for _ in range(_STEPS):
        price = (low + high) / 2
        value, over = at(price)
        bound = max(bound, value)
        if over > 0:
            low = price
        else:
            high = price
    return bound


@dataclass(frozen=True)
class Place:
    """A place whose loss depends on the set of its projects that is chosen."""

    sets: tuple[frozenset[int], ...]
    losses: tuple[float, ...]


def solve_places(
    plan: Programme, places: Sequence[Place], budget: float, *, time_limit: float
) -> tuple[frozenset[int], bool] | None:
    """The projects with the least sum of losses within the budget, and whether that is proven; None without answer.

    An integer programme: one variable per project, and one per set of projects at each place, exactly one of which
    holds; a project is chosen at a place when the set there says so.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    count = len(plan)
    offset = count
    lines: list[dict[int, float]] = []
    low: list[float] = []
    high: list[float] = []

    def add(line: dict[int, float], least: float, most: float) -> None:
        lines.append(line)
        low.append(least)
        high.append(most)

    losses = [0.0] * count
    for place in places:
        columns = range(offset, offset + len(place.sets))
        add(dict.fromkeys(columns, 1.0), 1.0, 1.0)
        for p in sorted(frozenset().union(*place.sets)):
            line = {c: 1.0 for c, s in zip(columns, place.sets, strict=True) if p in s}
            add({**line, p: -1.0}, 0.0, 0.0)
        losses += [v - min(place.losses) for v in place.losses]
        offset += len(place.sets)
    scale = max(budget, 1e-300)
    add({p: plan.projects[p].cost / scale for p in range(count)}, -np.inf, budget / scale)
    for p in range(count):
        for needed in plan.requires[p]:
            add({p: 1.0, needed: -1.0}, -np.inf, 0.0)
    for group in sorted({g for project in plan.projects for g in project.group}):
        add({p: 1.0 for p in range(count) if group in plan.projects[p].group}, -np.inf, 1.0)
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    matrix = csr_array(
        ([v for line in lines for v in line.values()], (rows, [c for line in lines for c in line])),
        shape=(len(lines), offset),
    )
    values = np.array(losses)
    # the solver stops within an absolute 1e-6, so the losses are made large
    values *= 1e5 / max(float(values.max()), 1e-300)
    found = milp(
        values,
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(0, 1),
        integrality=np.ones(offset, dtype=np.int64),
        options={"mip_rel_gap": 0.0, "time_limit": time_limit},
    )
    if found.x is None:
        return None
    chosen = frozenset(int(p) for p in np.flatnonzero(found.x[:count] > 0.5))
    if not plan.allows(chosen) or plan.cost(chosen) > budget:
        return None  # the solver's tolerance let something through
    return chosen, bool(found.status == 0)
