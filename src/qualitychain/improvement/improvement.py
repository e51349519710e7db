"""What a choice of improvements is: the result, with its proof or its gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from qualitychain.analysis.result import Result, number
from qualitychain.model.chain import Chain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Improvement(Result):
    """The best projects under a budget.

    Attributes
    ----------
    chosen : tuple of str
        Names of the chosen projects.
    value, before : float
        The objective with them, and without any.
    bound : float
        No choice within the budget is better than this; equal to ``value`` when that is proven optimal.
    gap : float
        Distance between value and bound, in the unit of the objective; 0 when proven optimal.
    optimal : bool
        Whether no choice is better, by proof (to a relative 1e-9).
    cost, budget : float
        What is spent, and what could be.
    table : DataFrame, index ``project``
        ``cost``, ``chosen``, ``value_alone`` (the objective with this project, and those it requires, only),
        ``gain_alone`` (how much better that is than ``before``; negative where it makes things worse),
        ``gain_per_cost``.
    frontier : DataFrame
        For a range of budgets: ``budget``, ``cost``, ``value``, ``bound``, ``gap``, ``optimal``, ``chosen``.
    chain : Chain
        The chain with the chosen projects carried out.
    """

    chosen: tuple[str, ...]
    value: float
    before: float
    bound: float
    gap: float
    optimal: bool
    cost: float
    budget: float
    objective: str
    better: str
    table: pd.DataFrame
    frontier: pd.DataFrame
    chain: Chain = field(repr=False, compare=False)

    def summary(self) -> str:
        """What to choose, what it brings, and how sure that is."""
        what = ", ".join(self.chosen) or "none of them"
        limit = f"not proven best: nothing is better than {number(self.bound)}"
        proof = "proven best" if self.optimal else limit
        lines = [
            f"Choose {what} (cost {number(self.cost)} of {number(self.budget)})",
            f"  {self.objective}: {number(self.before)} -> {number(self.value)} ({proof})",
        ]
        worse = list(self.table.index[self.table["gain_alone"] < 0])
        if worse:
            lines.append(f"  alone these make it worse: {', '.join(worse)}")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Cost against outcome: what the best choice reaches at each budget, and the bound.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.frontier import frontier

        table = self.frontier
        return frontier(
            table["budget"].to_numpy(dtype=float),
            table["value"].to_numpy(dtype=float),
            table["bound"].to_numpy(dtype=float),
            chosen=(self.cost, self.value),
            ax=ax,
            ylabel=self.objective,
            title="Best outcome by budget",
        )
