"""Whose time is it? Every step's share of the mean lead time, and of what makes it vary, for each external customer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.causes.specs import LATENESS, LATENESS_CUSTOMERS
from qualitychain.analysis.time.customer_distributions import ROUNDING, reasons_without
from qualitychain.analysis.time.deliveries import deliveries_of, scenarios_of
from qualitychain.analysis.time.lead_time_words import assumptions_of
from qualitychain.analysis.time.timing import timing_in
from qualitychain.engine.moments.lateness import TimeBySteps, time_by_steps
from qualitychain.engine.moments.parallel_moments import parallel_moments
from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.network.network import Floats
from qualitychain.engine.queues.timing import Timing
from qualitychain.errors import AnalysisError, UnknownCustomerError
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

AT_NODES = ("waiting", "work", "inputs")
ON_HANDOFFS = ("inspection", "transport")
NO_TIMES = Why(Reason.NO_CYCLE_TIME, "the chain gives no cycle time, lead time or inspection time")
NO_TIME = Why(Reason.NOT_APPLICABLE, "its lead time is 0")
NO_VARIATION = Why(Reason.NOT_APPLICABLE, "its lead time does not vary")
_SAME = 1e-12
"""Share of a product of two times up to which it is known no better."""


@dataclass(frozen=True, kw_only=True)
class Lateness(Result):
    """Lead times taken apart by cause.

    Attributes
    ----------
    table : DataFrame
        For each ``customer``, each ``place`` (department, supplier or handoff) and each ``step`` there ("waiting",
        "work", "inputs", "inspection", "transport") that takes any time: ``mean`` (time per delivered unit, repeats
        included), its ``share`` of the mean lead time, ``covariance`` with the whole lead time, and that as a share of
        its variance, ``variance_share``. Both shares add up to 1 for each customer. A variance share is negative where
        units that spend long here are fast elsewhere.
    customers : DataFrame, index ``customer``
        ``lead_time`` (mean) and ``sd`` of delivered units.
    """

    table: pd.DataFrame
    customers: pd.DataFrame
    unit: str
    """What times are counted in."""
    name: str = field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (LATENESS.tables[0], LATENESS_CUSTOMERS)

    def of(self, customers: list[str]) -> Lateness:
        """The same for some of the customers only."""
        others = set(self.customers.index) - set(customers)
        return replace(
            self,
            table=self.table[self.table["customer"].isin(customers)].reset_index(drop=True),
            customers=self.customers.loc[customers],
            missing={place: why for place, why in self.missing.items() if place.row not in others},
        )

    def summary(self) -> str:
        """For each customer the three steps that take most of its time, and the three that make it vary most."""
        lines = []
        for customer, row in self.customers.iterrows():
            if math.isnan(row["lead_time"]):
                why = self.reason_for("table", customer) or self.reason_for("customers", customer, "lead_time")
                lines.append(f"{customer}: no lead time: {why}")
                continue
            lines.append(f"{customer}: mean lead time {number(row['lead_time'])} {self.unit}")
            mine = self.table[self.table["customer"] == customer]
            for column, what in (("share", "of the mean"), ("variance_share", "of the variance")):
                first = mine[mine[column] > 0].nlargest(3, column)
                told = (
                    f"{percent(share)} {step} at {place}"
                    for place, step, share in zip(first["place"], first["step"], first[column], strict=True)
                )
                if len(first):
                    lines.append(f"  {what}: {', '.join(told)}")
        return "\n".join(lines)

    def plot(self, customer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Pareto chart of the shares of the mean lead time.

        Parameters
        ----------
        customer : str, optional
            Which external customer; the first that has a lead time by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        names = [str(name) for name in self.customers.index]
        if customer is None:
            told = self.customers.index[self.customers["lead_time"].notna()]
            customer = str(told[0]) if len(told) else names[0]
        if customer not in names:
            raise UnknownCustomerError(customer, names)
        mine = self.table[self.table["customer"] == customer]
        return pareto(
            [f"{place}: {step}" for place, step in zip(mine["place"], mine["step"], strict=True)],
            mine["share"].to_numpy(),
            ax=ax,
            xlabel="share of the mean lead time",
            title=f"Where the time goes: {customer}",
            most=12,
            share=True,
        )


def lateness_of(study: Study) -> Lateness:
    """The lead times of a study's chain, taken apart; a customer without one has a reason in ``missing``.

    Notes
    -----
    Given the waits, which the queue layer approximates, exact where a department waits for one input at a time; the
    longest of several is worked out on a time grid of times (formulas: Moments and What is read off).
    """
    compiled, network = study.compiled, study.compiled.network
    names = [c.name for c in study.chain.customers]
    try:
        solution = study.solution
    except AnalysisError as error:
        return _without(study, Why(Reason.NO_SOLUTION, str(error)))
    timing = study.ask(timing_in)
    if not _any_time(timing):
        return _result(study, timing, names, None, dict.fromkeys(names, NO_TIMES), numeric=False)
    scenarios = study.ask(scenarios_of)
    reasons = reasons_without(compiled, scenarios, timing, solution.absorbed[:-2].reshape(-1, 2).sum(axis=1))
    if len(reasons) == len(names):
        return _result(study, timing, names, None, reasons, numeric=False)
    numeric = len(several_at_once(network, timing)) > 0
    try:
        known = parallel_moments(scenarios, timing, study.ask(deliveries_of).distributions) if numeric else []
        found = time_by_steps(scenarios, timing, known)
    except AnalysisError as error:
        failed = dict.fromkeys(names, Why(Reason.NO_SOLUTION, str(error)))
        return _result(study, timing, names, None, failed | reasons, numeric=numeric)
    return _result(study, timing, names, found, reasons, numeric=numeric)


def _without(study: Study, reason: Why) -> Lateness:
    """What there is to say where no customer of a chain has a lead time."""
    import pandas as pd

    chain, names = study.chain, [c.name for c in study.chain.customers]
    return Lateness(
        table=_no_rows(),
        customers=pd.DataFrame({"lead_time": np.nan, "sd": np.nan}, index=pd.Index(names, name="customer")),
        unit=chain.clock.said,
        name=chain.name,
        exact=False,
        method="none: there are no lead times",
        assumptions=(),
        missing=_nothing_known(dict.fromkeys(names, reason)),
        units=study.units,
    )


def _no_rows() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns=[c.name for c in LATENESS.tables[0].columns])


def _nothing_known(reasons: dict[str, Why]) -> dict[Place, Why]:
    """Why customers have neither rows nor a lead time."""
    return {Place(table, name): why for name, why in reasons.items() for table in ("table", "customers")}


def _any_time(timing: Timing) -> bool:
    distributions = (
        timing.work_distribution,
        timing.flow_transport,
        timing.flow_inspection,
        timing.pulled_transport,
        timing.pulled_inspection,
    )
    return any(distribution.mean > 0 for kind in distributions for distribution in kind)


def _result(
    study: Study,
    timing: Timing,
    names: list[str],
    found: TimeBySteps | None,
    reasons: dict[str, Why],
    *,
    numeric: bool,
) -> Lateness:
    import pandas as pd

    compiled, missing = study.compiled, _nothing_known(reasons)
    moments = np.full((2, len(names)), np.nan)
    tables = []
    if found is not None:
        for k, name in enumerate(names):
            if name not in reasons:
                table, moments[:, k] = _of_customer(compiled, found, k, name, missing)
                tables.append(table)
    queues = any(distribution.mean > 0 for distribution in timing.wait_distribution)
    said = "time of every step and its product with the whole lead time, by linear equations of visits"
    if queues:
        said += "; queues " + ("of a Jackson network" if timing.stations.exact else "by two-moment approximations")
    if numeric:
        said += "; the longest of several inputs from a time grid of times"
    return Lateness(
        table=pd.concat(tables, ignore_index=True) if tables else _no_rows(),
        customers=pd.DataFrame(
            {"lead_time": moments[0], "sd": moments[1]}, index=pd.Index(names, name="customer", dtype=object)
        ),
        unit=compiled.chain.clock.said,
        name=compiled.chain.name,
        exact=not queues and not numeric,
        method=said,
        assumptions=(
            "Times are of delivered units, repeats included; the wait for an input counts where it is waited for.",
            *assumptions_of(compiled, timing, queues=queues),
        ),
        missing=missing,
        units=study.units,
    )


def _of_customer(
    compiled: Compiled, found: TimeBySteps, k: int, name: str, missing: dict[Place, Why]
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """One customer's rows, and the mean and standard deviation of its lead time."""
    import pandas as pd

    delivered = found.delivered[k]
    mean = _laid_out(found.nodes[:, :, k], found.handoffs[:, :, k]) / delivered
    product = _laid_out(found.nodes_by_total[:, :, k], found.handoffs_by_total[:, :, k]) / delivered
    whole = float(mean.sum())
    covariance = product - mean * whole
    # a step of one fixed time leaves of its product with the whole what rounding leaves
    covariance[np.abs(covariance) <= _SAME * np.abs(product)] = 0.0
    variance = float(covariance.sum())
    varies = variance > (ROUNDING * whole) ** 2
    if not varies:
        # what rounding leaves of none
        covariance, variance = np.zeros_like(covariance), 0.0
        missing[Place("table", name, "variance_share")] = NO_VARIATION if whole > 0 else NO_TIME
    if not whole > 0:
        missing[Place("table", name, "share")] = NO_TIME
    taking = np.flatnonzero(mean > 0)
    order = taking[np.argsort(-mean[taking], kind="stable")]
    places, steps = _labels(compiled)
    table = pd.DataFrame(
        {
            "customer": name,
            "place": [places[i] for i in order],
            "step": [steps[i] for i in order],
            "mean": mean[order],
            "share": mean[order] / whole if whole > 0 else np.nan,
            "covariance": covariance[order],
            "variance_share": covariance[order] / variance if varies else np.nan,
        }
    )
    return table, (whole, math.sqrt(variance))


def _laid_out(nodes: Floats, handoffs: Floats) -> Floats:
    return np.concatenate((nodes.ravel(), handoffs.ravel()))


def _labels(compiled: Compiled) -> tuple[list[str], list[str]]:
    """Place and kind of every step, in the order in which they are laid out."""
    flow = [compiled.names[i] for i in compiled.flow_rows]
    places = [*list(compiled.nodes) * len(AT_NODES), *flow * len(ON_HANDOFFS)]
    steps = [step for step in AT_NODES for _ in compiled.nodes] + [step for step in ON_HANDOFFS for _ in flow]
    return places, steps


__all__ = ["Lateness", "lateness_of"]
