"""The customer impact matrix as a result: its tables, words and picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.customers.key_costs import COLUMNS, SHARES
from qualitychain.analysis.customers.specs import KEY_HANDOFFS, KEY_TO_CUSTOMER
from qualitychain.model.values.fields import echo
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


Of = Literal["defects", "time"]
What = Literal["money", "units", "shares"]


@dataclass(frozen=True, kw_only=True)
class KeyToCustomer(Result):
    """The customer impact matrix: what a step of defects, or of time, at each handoff costs each external customer.

    Attributes
    ----------
    table : DataFrame
        For each ``customer`` and ``handoff``: for one ``point`` more of the handoff's defect rate ``share_by_defects``
        (share of its deliveries that no longer satisfy) and, per period, ``nonconforming`` (more such units kept),
        ``dissatisfied_by_defects``, ``revenue_by_defects`` (more revenue at risk), ``failure_by_defects`` (more
        external failure cost), ``cost_of_defects`` (both); for one ``delay`` of its lead time ``share_by_time`` and,
        per period, ``late`` (more such units), ``dissatisfied_by_time``, ``revenue_by_time``, ``late_cost_by_time``,
        ``cost_of_time`` (both). NaN where figures are not given, or the handoff was left out; see ``missing``. Without
        a volume only the shares are known.
    handoffs : DataFrame, index ``handoff``
        The same over all customers, the most costly first (without any figure of money the one that dissatisfies most
        units, without any volume the largest share of all deliveries): ``handoff_supplier``, ``handoff_customer``,
        ``internal`` (between departments), ``sla_defect_rate`` and ``sla_lead_time`` promised,
        ``dissatisfied_by_defects``, ``cost_of_defects``, ``dissatisfied_by_time``, ``cost_of_time``,
        ``most_affected_customer``
        (the external customer) and ``rank``.
    point : float
        Step of the defect rates.
    delay : float
        Step of the lead times, in the chain's time unit.
    evaluated : int
        For how many handoffs the distribution of lead times was worked out again.
    """

    table: pd.DataFrame
    handoffs: pd.DataFrame
    point: float
    delay: float
    evaluated: int
    unit: str
    outgrown: tuple[str, ...] = ()
    """Customers whose promise is shorter than the delay, so that whatever it meets is late."""
    name: str = field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (*KEY_TO_CUSTOMER.tables, KEY_HANDOFFS)

    @property
    def slas(self) -> pd.DataFrame:
        """Promises between departments, the one whose breach costs external customers most first."""
        table = self.handoffs
        return table[table["internal"] & (table["sla_defect_rate"].notna() | table["sla_lead_time"].notna())]

    def matrix(self, of: Of = "defects", what: What | None = None) -> pd.DataFrame:
        """Handoffs (by rank) against external customers.

        Parameters
        ----------
        of : "defects" or "time"
            One more point of the defect rate, or one more delay.
        what : "money", "units" or "shares", optional
            Cost, or dissatisfied units, per period, or the share of its deliveries that no longer satisfy; by default
            money where any is known, else units.
        """
        if of not in ("defects", "time"):
            raise ValueError(f"of must be 'defects' or 'time', got {echo(of)}")
        if what not in ("money", "units", "shares", None):
            raise ValueError(f"what must be 'money', 'units' or 'shares', got {echo(what)}")
        column = SHARES[of] if what == "shares" else COLUMNS[of, what or self._what(of)]
        wide = self.table.pivot_table(
            index="handoff", columns="customer", values=column, aggfunc="sum", dropna=False, sort=False
        )
        # pivoting sums nothing to 0: what is not known stays so
        known = self.table.assign(known=self.table[column].notna()).pivot_table(
            index="handoff", columns="customer", values="known", aggfunc="any", sort=False
        )
        names = list(dict.fromkeys(self.table["customer"]))
        wide = wide.where(known.astype(bool)).reindex(index=self.handoffs.index, columns=names)
        wide.columns.name = "customer"
        return wide

    def _what(self, of: Of) -> Literal["money", "units"]:
        return "money" if self.table[COLUMNS[of, "money"]].notna().any() else "units"

    def _drawn(self, of: Of) -> What:
        """What a picture shows: money where any is known, else units, else shares."""
        what = self._what(of)
        return what if self.table[COLUMNS[of, what]].notna().any() else "shares"

    def _stepped(self, of: str) -> str:
        return f"{100 * self.point:g} point of defects" if of == "defects" else f"{number(self.delay)} {self.unit} more"

    def summary(self) -> str:
        """The five handoffs that matter most to external customers."""
        lines = [f"{self.name}: what a step at each handoff costs external customers, per {self.units.period}"]
        for name, row in self.handoffs.head(5).iterrows():
            said = []
            for of in ("defects", "time"):
                units, money, step = row[COLUMNS[of, "units"]], row[COLUMNS[of, "money"]], self._stepped(of)
                if not math.isnan(units) or not math.isnan(money):
                    cost = "" if math.isnan(money) else f", costs {number(money)}"
                    said.append(f"{step}: {number(units)} units dissatisfied{cost}")
                    continue
                mine = self.table[self.table["handoff"] == name].dropna(subset=[SHARES[of]])
                shares = zip(mine["customer"], mine[SHARES[of]], strict=True)
                named = ", ".join(f"{customer} {percent(share)}" for customer, share in shares if share != 0)
                if named:
                    said.append(f"{step}: no longer satisfied of the deliveries to {named}")
            lines.append(f"  {name}: {'; '.join(said) or 'not known'}")
        first = self.slas.head(1)
        lines.extend(f"  key promise between departments: {name}" for name in first.index)
        if self.outgrown:
            lines.append(
                f"  {number(self.delay)} {self.unit} is as long as was promised to {', '.join(self.outgrown)}: "
                "every delivery that it meets is late (delay= changes it)"
            )
        return "\n".join(lines)

    def plot(self, *, ax: Axes | None = None, of: Of = "defects", what: What | None = None) -> Axes:
        """Heat map: handoffs against external customers.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        of : "defects" or "time"
            One more point of the defect rate, or one more delay.
        what : "money", "units" or "shares", optional
            As in ``matrix``; by default shares where not even units are known.
        """
        from qualitychain.plot.charts.heat_map import heat_map

        if what is None and of in ("defects", "time"):
            what = self._drawn(of)
        table, period = self.matrix(of, what), self.units.period
        words = {"money": f"cost per {period}", "units": f"more dissatisfied units per {period}"}
        return heat_map(
            list(table.index),
            list(table.columns),
            table.to_numpy(),
            ax=ax,
            title=f"Customer impact matrix: {self._stepped(of)}",
            words=words.get(str(what), "share of deliveries that no longer satisfy"),
        )
