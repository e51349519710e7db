"""What a choice of improvements is: the result, with its proof or its gap."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from qualitychain.analysis.base.result import Result
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number, percent, sigma_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LITTLE = 0.01
"""Share of the gain below which a chosen project adds next to nothing."""


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
        ``gain_per_cost``, ``marginal_value`` (how much worse the choice is without this chosen project and those chosen
        that require it; NaN for what is not chosen).
    frontier : DataFrame
        For a range of budgets: ``budget``, ``cost``, ``value``, ``bound``, ``gap``, ``optimal``, ``chosen``.
    chain : Chain
        The chain with the chosen projects carried out.
    payback_periods : float
        With the objective ``cost_of_quality``: periods after which the choice has paid for itself, its cost divided by
        what it saves in a period. NaN where that does not exist; ``missing`` says why.
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
    payback_periods: float = math.nan

    def summary(self) -> str:
        """What to choose, what it brings, and how sure that is."""
        say = words_of(self.objective)
        what = ", ".join(self.chosen) or "none of them"
        limit = f"not proven best: nothing is better than {say(self.bound)}"
        proof = "proven best" if self.optimal else limit
        lines = [
            f"Choose {what} (cost {number(self.cost)} of {number(self.budget)})",
            f"  {self.objective}: {say(self.before)} -> {say(self.value)} ({proof})",
        ]
        if not math.isnan(self.payback_periods):
            after = number(self.payback_periods)
            lines.append(f"  has paid for itself after {after} {'period' if after == '1' else 'periods'}")
        return "\n".join(lines + self._remarks())

    def _remarks(self) -> list[str]:
        """What is worth knowing of single projects, a line each."""
        table = self.table
        chosen = table["chosen"].astype(bool)
        gain = abs(self.before - self.value)
        little = (table["marginal_value"] < LITTLE * gain) & math.isfinite(gain)
        worse = table["gain_alone"] < 0
        said = (
            ("of these, each adds less than 1 % of the gain", chosen & little),
            ("alone it makes things worse, with the others it helps", chosen & worse & (table["marginal_value"] > 0)),
            ("alone these make it worse", ~chosen & worse),
        )
        return [f"  {words}: {', '.join(table.index[which])}" for words, which in said if which.any()]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Cost against outcome: what the best choice reaches at each budget, and the bound.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.frontier import frontier

        table = self.frontier
        return frontier(
            table["budget"].to_numpy(dtype=float),
            table["value"].to_numpy(dtype=float),
            table["bound"].to_numpy(dtype=float),
            chosen=(self.cost, self.value),
            ax=ax,
            ylabel=self.objective,
            title=f"Best outcome by budget: {self.chain.name}",
            rate=words_of(self.objective) is percent,
        )


def words_of(objective: str) -> Callable[[float], str]:
    """How a value of an objective is written: rates per cent, sigma levels with two digits.

    Examples
    --------
    >>> words_of("accepted defect rate of Retail")(0.007921), words_of("sigma level")(2.3426)
    ('0.7921 %', '2.34')
    """
    if objective.startswith(("defect rate", "accepted defect rate")):
        return percent
    return sigma_text if objective.startswith("sigma level") else number


__all__ = ["Improvement", "words_of"]
