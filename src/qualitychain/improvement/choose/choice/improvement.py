"""What a choice of improvements is: the result, with its proof or its gap."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from qualitychain.analysis.base.result import Result, plain
from qualitychain.improvement.choose.specs import of_choice
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number
from qualitychain.vocabulary.measure import Measure, Unit
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LITTLE = 0.01
"""Share of the gain below which a chosen project adds next to nothing."""
FRONTIER = ["budget", "cost", "value", "bound", "gap", "optimal", "chosen"]
"""Columns of the frontier."""


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
    payback_periods: float = math.nan
    chain: Chain = field(repr=False, compare=False)
    measure: Measure | None = field(default=None, repr=False, compare=False)
    """What the objective is; None for a weighted sum."""
    budgets: tuple[float, ...] = field(default=(), repr=False)
    """Budgets of the frontier."""
    search: Callable[[tuple[float, ...]], pd.DataFrame] | None = field(default=None, repr=False, compare=False)
    """Finds the best choice for each of some budgets."""

    def described(self) -> tuple[TableSpec, ...]:
        """Its tables, whose figures are those of the objective."""
        return of_choice("number" if self.measure is None else self.measure.name)

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """The best choice for each of the budgets, searched for when first asked for; see the class."""
        import pandas as pd

        return pd.DataFrame(columns=FRONTIER) if self.search is None else self.search(self.budgets)

    def __getstate__(self) -> dict[str, Any]:
        """A copy that is kept has its frontier, and no longer what searches for it."""
        return {**self.__dict__, "frontier": self.frontier, "search": None}

    @property
    def is_share(self) -> bool:
        """Whether the objective is a share, shown in per cent."""
        return self.measure is not None and self.measure.unit is Unit.SHARE

    def text(self, value: float) -> str:
        """A value of the objective as a person reads it."""
        return number(value) if self.measure is None else self.measure.text(value)

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data, with the frontier."""
        return {**super().to_dict(), "frontier": plain(self.frontier)}

    def summary(self) -> str:
        """What to choose, what it brings, and how sure that is."""
        say = self.text
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
            rate=self.is_share,
        )


__all__ = ["FRONTIER", "Improvement"]
