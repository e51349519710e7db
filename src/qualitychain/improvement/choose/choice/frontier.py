"""What the best choice reaches at other budgets."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.improvement.choose.choice.improvement import FRONTIER
from qualitychain.improvement.choose.search.branch_and_bound import Found
from qualitychain.improvement.choose.search.solver import Choice, Solver, names_of
from qualitychain.model.values.fields import echo

if TYPE_CHECKING:
    import pandas as pd

_STEPS = 8


def amount(name: str, value: object) -> None:
    """Refuse what is not a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of 0 or more, got {echo(value)}")


def budgets_of(budgets: Iterable[float]) -> list[float]:
    """The budgets of a frontier, checked and in order."""
    given: Any = budgets
    wanted = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for one in wanted:
        amount("each of budgets", one)
    return sorted({float(one) for one in wanted})


def usual_budgets(budget: float, together: float) -> list[float]:
    """Round budgets from 0 to twice the budget, or to what all projects cost ``together``, with these two.

    Examples
    --------
    >>> usual_budgets(5000, 7000)
    [0.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0, 7000.0]
    """
    most = max(min(2 * budget, together), budget)
    if most <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(most / _STEPS))
    step = next(s * power for s in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0) if s * power * _STEPS >= most * (1 - 1e-12))
    # twelve digits: a multiple of 0.1 is to read as one
    steps = [float(f"{i * step:.12g}") for i in range(_STEPS + 1)]
    return sorted({*(one for one in steps if one < most), float(most), float(budget)})


def frontier_of(solver: Solver, wanted: list[float], main: Choice, budget: float, deadline: float) -> pd.DataFrame:
    """The best choice for each wanted budget; ``main`` is the one for ``budget``."""
    import pandas as pd

    plan = solver.combination.plan
    found: list[Found] = []
    for place, one in enumerate(wanted):
        left = max(0.0, deadline - time.monotonic()) / (len(wanted) - place)
        found.append(main.found if one == budget else solver.solve(one, time.monotonic() + left).found)
    rows = []
    for one, here in zip(wanted, _in_line(found), strict=True):
        judged = solver.judged(here)
        rows.append(
            {
                "budget": one,
                "cost": solver.cost(here.chosen),
                "value": judged.value,
                "bound": judged.bound,
                "gap": judged.gap,
                "optimal": judged.optimal,
                "chosen": names_of(plan, here.chosen),
            }
        )
    return pd.DataFrame(rows, columns=FRONTIER)


def _in_line(found: Sequence[Found]) -> list[Found]:
    """Choices for rising budgets, each at least as good as those before; no bound is below that of a larger budget."""
    better: list[Found] = []
    for one in found:
        last = better[-1] if better else one
        better.append(replace(one, chosen=last.chosen, loss=last.loss) if last.loss < one.loss else one)
    least = -math.inf
    for place in reversed(range(len(better))):
        least = max(least, better[place].bound)
        better[place] = replace(better[place], bound=min(least, better[place].loss))
    return better


__all__ = ["amount", "budgets_of", "frontier_of", "usual_budgets"]
