"""The result of ``lead_times``: tables, the distribution of each customer, words and a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime
from qualitychain.analysis.time.lead_time_picture import lead_time_picture
from qualitychain.analysis.time.lead_time_words import promise_words
from qualitychain.analysis.time.specs import LEAD_TIMES
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.engine.queues.timing import Timing
from qualitychain.engine.transforms.transform import JointDistributions
from qualitychain.errors import AnalysisError, UnknownCustomerError
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why, because
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

QUANTILES = ("median", "p90", "p95", "p99")


@dataclass(frozen=True, kw_only=True)
class LeadTimes(Result):
    """Lead times of a chain, in its time unit. ``t["Retail"]`` is the distribution of one customer.

    Attributes
    ----------
    customers : DataFrame, index ``customer``
        ``lead_time`` (mean, of delivered units), ``sd``, ``median``, ``p90``, ``p95``, ``p99``, ``promise``,
        ``promise_tolerance`` (how much later still counts as on time), ``on_time`` (share within the promise and its
        tolerance), ``satisfied`` (share conforming *and* on time),
        ``conforming``, ``rework_passes`` (mean number).
    departments : DataFrame, index ``department``
        ``servers``, ``arrival_rate`` (units of work per time unit), ``service_time`` (effective, breakdowns included)
        and its ``service_scv``, ``utilization``, ``arrival_scv``, ``wait_probability``, ``waiting_time`` (mean),
        ``waiting_low`` and ``waiting_high`` where only an interval is known, ``queue_length``, ``time_in_department``
        (wait and work), ``inputs_time`` (mean wait for pulled inputs before), ``accuracy`` in words.
    handoffs : DataFrame, index ``handoff``
        ``handoff_supplier``, ``handoff_customer``, ``kind``, ``transport`` (mean), ``lead_time`` (mean; flow: from
        receipt by the supplier to the customer's incoming inspection, per pass;
        pulled: from asking to having, redo included), ``sla_lead_time`` and its ``sla_attainment``.
    exact_means : bool
        Whether means are exact, given the inputs: a Jackson network, or no queue at all.
    accuracy : str
        How accurate the figures are, in words.
    remarks : tuple of str
        What stands out: overload, a promise that cannot be kept, a horizon that cuts something off.
    """

    customers: pd.DataFrame
    departments: pd.DataFrame
    handoffs: pd.DataFrame
    unit: str
    """What times are counted in, for instance hours or working hours."""
    tolerance: float
    exact_means: bool
    accuracy: str
    remarks: tuple[str, ...]
    found: Mapping[str, CustomerLeadTime] = field(repr=False, compare=False)
    reasons: Mapping[str, Why] = field(repr=False, compare=False)
    """Why a customer has no distribution."""
    compiled: Compiled = field(repr=False, compare=False)
    solution: Solution = field(repr=False, compare=False)
    timing: Timing = field(repr=False, compare=False)
    distributions: JointDistributions = field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = LEAD_TIMES.tables

    @property
    def slas(self) -> pd.DataFrame:
        """The handoffs that promise a lead time."""
        return self.handoffs[self.handoffs["sla_lead_time"].notna()]

    def resting(self) -> LeadTimes:
        """Without the distributions that rest on unknown rates, and with the quantiles of those that do not.

        Quantiles come from a time grid that all customers share, so they differ a little where no rate touches them;
        the mean and the standard deviation tell, which come from linear equations.
        """
        known = vars(self)["apart"][0]
        customers, missing = self.customers.copy(), dict(self.missing)
        same = customers["lead_time"].notna() & customers["sd"].notna()
        for column in QUANTILES:
            customers[column] = customers[column].where(~same, known.customers[column])
            for name in customers.index[same]:
                missing.pop(Place("customers", name, column), None)
        said = {
            str(name): missing[Place("customers", name, column)]
            for column in ("on_time", "lead_time")
            for name in customers.index
            if because(missing.get(Place("customers", name, column)), Reason.UNKNOWN_RATE)
        }
        found = {name: one for name, one in self.found.items() if name not in said}
        made = replace(self, customers=customers, missing=missing, found=found, reasons={**self.reasons, **said})
        # a copy has no parts of its own
        vars(made)["apart"] = vars(self)["apart"]
        return made

    def __getitem__(self, customer: str) -> CustomerLeadTime:
        """The distribution of one customer's lead time.

        Raises
        ------
        UnknownCustomerError
            A KeyError, when the chain has no such customer.
        AnalysisError
            When the customer has no lead time; the message says why.
        """
        if customer in self.found:
            return self.found[customer]
        if customer in self.reasons:
            raise AnalysisError(f"'{customer}' has no lead time: {self.reasons[customer]}")
        raise UnknownCustomerError(customer, list(self.customers.index))

    def summary(self) -> str:
        """A line per customer, and what stands out."""
        lines = [f"{self.compiled.chain.name} (times in {self.unit})"]
        for name, row in self.customers.iterrows():
            distribution = self.found.get(str(name))
            if distribution is None:
                lines.append(f"  {name}: no lead time: {self.reasons[str(name)]}")
                continue
            words = f"  {name}: mean {number(row['lead_time'])} {self.unit}, 95 % within {number(row['p95'])}"
            if not math.isnan(distribution.promise):
                words += (
                    f", promise {promise_words(distribution, self.unit)}: {percent(row['on_time'])} on time, "
                    f"{percent(row['satisfied'])} on time and conforming"
                )
            lines.append(words)
        busiest = self.departments["waiting_time"].dropna()
        busiest = busiest[np.isfinite(busiest) & (busiest > 0)]
        if len(busiest):
            longest = number(float(busiest.max()))
            lines.append(f"  longest queue: {busiest.idxmax()}, mean wait {longest} {self.unit}")
        return "\n".join([*lines, *(f"  {remark}" for remark in self.remarks)])

    def plot(self, customer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """The lead-time distribution of one customer, with the promise marked.

        Parameters
        ----------
        customer : str, optional
            Which one; the first that has a lead time by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.lead_time import lead_time

        if customer is None:
            if not self.found:
                raise AnalysisError(f"no customer has a lead time: {next(iter(self.reasons.values()))}")
            customer = next(iter(self.found))
        shown = lead_time_picture(self[customer], self.unit)
        if shown is None:
            raise AnalysisError(f"customer '{customer}': nothing takes time, so there is no picture of its lead time")
        return lead_time(shown, ax=ax)
