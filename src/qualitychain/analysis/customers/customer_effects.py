"""What each external customer gets and suffers, in units and money, and what perfecting each handoff would spare it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np
import pandas as pd

from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.causes.removal_effects import Outcome, rates, removal_effects
from qualitychain.analysis.causes.root_causes import MOST_SOLVED_AGAIN
from qualitychain.analysis.customers.customer_outcomes import outcome_columns, segment_table
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.kept_promises import kept_promises
from qualitychain.analysis.time.which_customers import only_of, which_customers
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qualitychain.analysis.time.lead_times import LeadTimes


@dataclass(frozen=True, kw_only=True)
class CustomerEffects(Result):
    """Effects on external customers.

    Attributes
    ----------
    customers : DataFrame, index ``customer``
        ``segment``, ``volume`` (deliveries per period), ``defect_rate``, ``accepted_defect_rate``,
        ``defects_per_period`` (volume times the accepted defect rate: nonconforming units it keeps),
        ``refused_per_period`` (nonconforming units that it meets at its door and does not keep as such: sent back,
        discarded or put right there), ``on_time`` (share),
        ``late_per_period``, ``satisfied`` (share conforming and on time, jointly), ``judged_on`` ("conforming and on
        time", or "conforming" where nothing is promised or no working time is known), ``satisfied_per_period``,
        ``dissatisfied_per_period``, ``churn`` and ``retention`` (shares of its customers per period),
        ``customers_lost``, ``revenue``, ``revenue_at_risk``, ``cost_of_late``, ``cost_of_bad`` (money per period) and
        ``nps`` (-100 to 100, from the figures given). NaN where a figure of the user is missing; ``missing`` names it.
    segments : DataFrame, index ``segment``
        Number of ``customers``, sums of what adds up, and ``defect_share``, ``satisfied_share`` (of deliveries) and
        ``revenue_at_risk_share``.
    handoffs : DataFrame
        For each ``customer`` and ``handoff``: ``removal_effect`` (outcome now less outcome with the handoff's own
        defect rate 0),
        ``defects_avoided_per_period`` (removal effect times volume) and ``rank`` (1 is the largest effect on that
        customer).
    outcome : str
        The rate whose removal effects are given.
    """

    customers: pd.DataFrame
    segments: pd.DataFrame
    handoffs: pd.DataFrame
    outcome: str
    period: str | None
    name: str = field(default="", repr=False)

    def summary(self) -> str:
        """For each customer its defects and the three handoffs behind most of them."""
        lines = []
        for customer, row in self.customers.iterrows():
            volume = (
                ""
                if np.isnan(row["defects_per_period"])
                else f", {number(row['defects_per_period'])} per {self.period or 'period'}"
            )
            lines.append(
                f"{customer}: {percent(row['accepted_defect_rate'])} of what it keeps is nonconforming{volume}"
            )
            lines.extend(_told(row, self.period or "period"))
            mine = self.handoffs[
                (self.handoffs["customer"] == customer)
                & (self.handoffs["rank"] <= 3)
                & (self.handoffs["removal_effect"] != 0)
            ]
            lines.extend(
                f"  {name}: without its defects {number(100 * abs(effect))} points {'less' if effect > 0 else 'more'}"
                for name, effect in zip(mine["handoff"], mine["removal_effect"], strict=True)
            )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None, *, customer: str | None = None) -> Axes:
        """Pareto chart of removal effects on one customer (the first by default).

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        customer : str, optional
            Which external customer.
        """
        from qualitychain.plot.charts.pareto import pareto

        who = self.customers.index[0] if customer is None else customer
        if who not in self.customers.index:
            from qualitychain.near import did_you_mean

            raise ValueError(
                f"{who!r} is not an external customer of the chain{did_you_mean(who, list(self.customers.index))}"
            )
        mine = self.handoffs[(self.handoffs["customer"] == who) & (self.handoffs["removal_effect"] > 0)]
        return pareto(
            list(mine["handoff"]),
            mine["removal_effect"].to_numpy(),
            ax=ax,
            xlabel=f"fall of {self.outcome.replace('_', ' ')}",
            title=f"If one handoff were perfect: {who}",
            # removal effects overlap, so adding them up would mislead
            cumulative=False,
        )


def customer_effects(
    chain: Chain,
    *,
    customer: str | Sequence[str] | None = None,
    outcome: Outcome = "accepted_defect_rate",
    most: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    times: LeadTimes | Literal[False] | None = None,
) -> CustomerEffects:
    """What each external customer gets per period, what may be lost of it, and every handoff's removal effect on it.

    Parameters
    ----------
    chain : Chain
    customer : str or sequence of str, optional
        Which external customers; all by default. Segments then add up these alone.
    outcome : "accepted_defect_rate" or "defect_rate"
        Whether the nonconforming among the units that a customer keeps, or among those presented to it.
    most : int, optional
        How many removal effects, at most, may take a solution of the whole chain each (those of the handoffs that make
        most defects; the others are NaN, with a reason); 500 by default, 0 for none.
    progress : callable, optional
        Called with (done, all) as the handoffs are gone through.
    times : LeadTimes or False, optional
        Those of the chain, if they are there already; False to do without. By default they are
        computed where a customer has a promise and working times are given.

    Returns
    -------
    CustomerEffects

    Raises
    ------
    UnknownCustomerError
        A KeyError and an AnalysisError, when the chain has no such customer; near misses are named.
    AnalysisError
        When the quality of the chain cannot be solved.
    ValueError
        When ``outcome`` is unknown, or ``most`` no number of 0 or more.

    Notes
    -----
    Removal effect: D - D(the handoff's defect rate 0), exact, not additive (formulas: Attribution). It can be negative:
    where an inspection scraps or reroutes, more defects can look better at a customer. Flow handoffs are removed from
    one factorisation by a rank-one change each; a pulled handoff, a common cause and the outcome ``defect_rate`` take
    one solution of the chain each.

    Satisfied are the units that conform *and* are on time, jointly, never the product of the two shares (section 6.3).
    Churn per period is 1 - (1 - (1 - S) c)^m with S satisfied, c ``churn_if_dissatisfied`` and m
    ``deliveries_per_customer``; revenue at risk is volume * value * churn; NPS is 100 (S n1 + (1 - S) n0) with the
    user's own figures (section 8).

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K", volume=1000)],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2)])
    >>> e = customer_effects(chain)
    >>> e.handoffs[["handoff", "removal_effect", "rank"]].round(6).values.tolist()
    [['D -> K', 0.18, 1], ['S -> D', 0.08, 2]]
    """
    if outcome not in ("accepted_defect_rate", "defect_rate"):
        raise ValueError(f"outcome must be accepted_defect_rate or defect_rate, got {outcome!r}")
    if most is not None and (isinstance(most, bool) or not isinstance(cast("object", most), int) or most < 0):
        raise ValueError(f"most must be a number of removal effects, 0 or more, got {most!r}")
    wanted = which_customers(chain, customer)
    compiled = compile_chain(chain)
    now = compiled.solve(work=False)
    customers, segments, missing, remarks = customers_now(compiled, now, times, wanted)
    limit = MOST_SOLVED_AGAIN if most is None else most
    study = Study(chain, progress=progress)
    first = _made(compiled) if limit < len(compiled.names) else None
    removals = removal_effects(study, outcome=outcome, most=limit, first=first)
    assumptions = ["Only the handoff's own defects vanish; everything else, also its inspection, stays as it is."]
    if "conforming" in set(customers["judged_on"]):
        assumptions.append("Where no promise can be judged, conforming deliveries satisfy.")
    assumptions.extend(remarks)
    return CustomerEffects(
        customers=customers,
        segments=segments,
        handoffs=_ranked(compiled, removals.effects, wanted),
        outcome=outcome,
        period=chain.period,
        name=chain.name,
        exact=bool(customers["on_time"].isna().all()),
        method="the chain solved again with each handoff's own defect rate set to 0",
        assumptions=tuple(assumptions),
        missing={**missing, **removals.missing(compiled, "handoffs", wanted)},
    )


class CustomersNow(NamedTuple):
    """What the customers of a solved chain get: tables of customers and of segments."""

    customers: pd.DataFrame
    segments: pd.DataFrame
    missing: dict[str, str]
    """Why figures of them do not exist."""
    remarks: tuple[str, ...]
    """What is counted by convention."""


def customers_now(
    compiled: Compiled,
    solution: Solution,
    times: LeadTimes | Literal[False] | None = None,
    wanted: Sequence[int] | None = None,
) -> CustomersNow:
    """What the customers of a solved chain get; ``times`` as in ``customer_effects``; ``wanted`` only these places."""
    chain = compiled.chain
    some = range(len(chain.customers)) if wanted is None else wanted
    if times is None and all(chain.customers[k].promise is None for k in some):
        times = False
    found = {o: rates(compiled, solution, o) for o in ("defect_rate", "accepted_defect_rate")}
    accepted = found["accepted_defect_rate"]
    volume = np.array([np.nan if c.volume is None else c.volume for c in chain.customers])
    missing = {
        f"customers/{c.name}/{figure}": "no volume is given"
        for c in chain.customers
        for figure in ("volume", "defects_per_period")
        if c.volume is None
    }
    missing |= {
        f"customers/{c.name}/accepted_defect_rate": NOTHING_DELIVERED
        for c, rate in zip(chain.customers, accepted, strict=True)
        if np.isnan(rate)
    }
    customers = pd.DataFrame(
        {
            "segment": [c.segment for c in chain.customers],
            "volume": volume,
            **found,
            "defects_per_period": volume * accepted,
        },
        index=pd.Index([c.name for c in chain.customers], name="customer"),
    )
    kept = kept_promises(chain, 1.0 - accepted, times)
    customers = customers.join(outcome_columns(compiled, solution, kept, accepted, missing)).iloc[list(some)]
    missing = only_of(chain, list(some), missing)
    remarks = tuple(kept.remark(c) for c in customers.index if c in kept.endless)
    return CustomersNow(customers, segment_table(customers, missing), missing, remarks)


def _made(compiled: Compiled) -> Floats:
    """Defects that every handoff makes per started unit, shape (handoffs,): which removals to work out first."""
    network, made = compiled.network, np.zeros(len(compiled.names))
    solution = compiled.solve()
    made[compiled.flow_rows] = solution.tally.made
    made[compiled.pulled_rows] = solution.requests.uses * network.pulled.defect
    return made


def _told(row: pd.Series[Any], period: str) -> list[str]:
    """What a customer gets in time, and what may be lost of it."""
    lines = []
    if row["judged_on"]:
        late = "" if np.isnan(row["on_time"]) else f", {percent(row['on_time'])} on time"
        lines.append(f"  {percent(row['satisfied'])} satisfied ({row['judged_on']}){late}")
    if not np.isnan(row["revenue_at_risk"]):
        risk = number(row["revenue_at_risk"])
        lines.append(f"  {percent(row['churn'])} of its customers leave; revenue at risk {risk} per {period}")
    if not np.isnan(row["nps"]):
        lines.append(f"  NPS {number(row['nps'])}, from the figures given")
    return lines


def _ranked(compiled: Compiled, effects: Floats, wanted: Sequence[int]) -> pd.DataFrame:
    parts = []
    for k in wanted:
        customer = compiled.chain.customers[k]
        volume = np.nan if customer.volume is None else customer.volume
        order = np.argsort(-effects[:, k], kind="stable")
        parts.append(
            pd.DataFrame(
                {
                    "customer": customer.name,
                    "handoff": [compiled.names[i] for i in order],
                    "removal_effect": effects[order, k],
                    "defects_avoided_per_period": effects[order, k] * volume,
                    "rank": np.arange(1, len(order) + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
