"""The result of an allocation: what every handoff and department must promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qualitychain.analysis.base.result import Result
from qualitychain.improvement.allocate.specs import of_allocation
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number, percent, sigma_text
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Allocation(Result):
    """Targets of external customers as promises of every handoff.

    Attributes
    ----------
    table : DataFrame, index ``handoff``
        ``defect_rate`` (now), ``promised`` (the defect rate it must promise: what it spoils itself), ``sigma_level`` of
        it, ``presented_defect_rate`` (what its customer then receives, defects from before included: the
        ``sla`` in ``chain``), ``weight``, ``unchanged`` (it may keep the rate it has now: because no better one is
        needed of it, because it may not change, or because its defects raise no rate asked for), and
        ``effect``: what more defects here do to the rates asked for ("raises", "lowers", "raises or lowers" by
        customer, "none"). With targets in time also ``lead_time`` (mean, as promised) and ``sla_lead_time`` (kept with
        the probability that was asked for).
    times : DataFrame, index ``place``
        With targets in time, for departments and handoffs whose time is scaled: ``kind``, ``now`` (mean time per pass,
        waiting included), ``budget`` (the mean time it must promise), ``factor`` on its cycle time (or on its transport
        and inspection), ``weight``, ``unchanged``.
    targets : DataFrame
        A row for each target: ``customer``, ``measure``, ``within`` (where a share within a time is asked for, the
        time), ``asked``, ``now``, ``reached``, ``binding``, and ``price``: what the cost would fall by if the target
        were eased, per unit of it (rates and shares per 1).
    gradients : DataFrame, index ``handoff``
        For each customer with a rate to meet: derivative of that rate to the handoff's defect rate, as it is now. The
        one rate of a common cause stands at each of its handoffs.
    cost : float
        Sum of k ln(now / promised) over the rates and times: 0 where nothing changes.
    chain : Chain
        The chain with the promised rates and times, and the promises (``sla``) that follow from them.
    """

    table: pd.DataFrame
    times: pd.DataFrame
    targets: pd.DataFrame
    gradients: pd.DataFrame
    cost: float
    way: str
    shift: float
    unit: str
    chain: Chain = field(repr=False, compare=False)

    def described(self) -> tuple[TableSpec, ...]:
        """Its tables: with times where some were asked for, and a column of gradients for each rate asked for."""
        return of_allocation(tuple(self.gradients.columns), timed="lead_time" in self.table)

    def summary(self) -> str:
        """Each target as it is and as it will be, and the promises that change most."""
        lines = []
        for _, row in self.targets.iterrows():
            measure = measure_of(str(row["measure"]))
            unit = measure.unit_in(self.units)
            now, reached, asked = (f"{measure.text(row[c])} {unit}".strip() for c in ("now", "reached", "asked"))
            within = f" {number(row['within'])} {self.unit}" if measure.name == "share_within" else ""
            name = measure.name.replace("_", " ")
            lines.append(f"{row['customer']}: {name}{within} {now} now, {reached} as promised (asked: {asked})")
        for place, row in self._moved().head(_SHOWN).iterrows():
            lines.append(
                f"  {place}: defect rate {percent(row['defect_rate'])} now, must promise {percent(row['promised'])} "
                f"(sigma level {sigma_text(row['sigma_level'])})"
            )
        slow = self.times[~self.times["unchanged"].astype(bool)] if len(self.times) else self.times
        for place, row in slow.sort_values("factor", kind="stable").head(_SHOWN).iterrows():
            lines.append(f"  {place}: {number(row['now'])} {self.unit} now, must promise {number(row['budget'])}")
        if len(lines) == len(self.targets):
            lines.append("  nothing needs to change")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Rates (or, with targets in time only, mean times) now and as promised, those that change most first.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.dots import side_by_side

        moved = self._moved().head(20)
        if len(moved) or not len(self.times):
            now, then, words = moved["defect_rate"], moved["promised"], "defect rate"
        else:
            moved = self.times.sort_values("factor", kind="stable").head(20)
            now, then, words = moved["now"], moved["budget"], f"mean time ({self.unit})"
        return side_by_side(
            [str(name) for name in moved.index],
            {"now": now.to_numpy(dtype=float), "promised": then.to_numpy(dtype=float)},
            ax=ax,
            xlabel=words,
            title=f"What to promise: {self.chain.name}",
        )

    def _moved(self) -> pd.DataFrame:
        """Handoffs that promise another rate than they have, those that change most first."""
        moved = self.table[self.table["promised"] != self.table["defect_rate"]]
        with np.errstate(divide="ignore"):
            far = np.abs(np.log(moved["promised"].to_numpy()) - np.log(moved["defect_rate"].to_numpy()))
        return moved.iloc[np.argsort(-far, kind="stable")]


__all__ = ["Allocation"]
