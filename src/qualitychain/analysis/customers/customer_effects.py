"""What each external customer gets and suffers, in units and money, and what perfecting each handoff would spare it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import cause_names, made_by_cause
from qualitychain.analysis.base.questions import Outcome
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Progress, Study
from qualitychain.analysis.causes.removal_effects import removal_effects
from qualitychain.analysis.causes.root_causes import MOST_SOLVED_AGAIN
from qualitychain.analysis.customers.customer_outcomes import NO_VOLUME, customer_outcomes_of, told
from qualitychain.analysis.customers.specs import CUSTOMER_EFFECTS, CUSTOMER_OUTCOMES
from qualitychain.analysis.time.which_customers import which_customers
from qualitychain.engine.network.network import Floats
from qualitychain.errors import UnknownCustomerError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number
from qualitychain.vocabulary.reason import Place
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class CustomerEffects(Result):
    """Effects on external customers.

    Attributes
    ----------
    customers : DataFrame, index ``customer``
        What each gets per period and what may be lost of it: as in ``CustomerOutcomes``.
    segments : DataFrame, index ``segment``
        Number of ``customers``, sums of what adds up, and shares: as in ``CustomerOutcomes``.
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
    name: str = field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (*CUSTOMER_OUTCOMES.tables, *CUSTOMER_EFFECTS.tables)

    def summary(self) -> str:
        """For each customer its defects and the three handoffs behind most of them."""
        lines = []
        for customer, row in self.customers.iterrows():
            lines.extend(told(customer, row, self.units.period))
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

    def plot(self, customer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Pareto chart of removal effects on one customer.

        Parameters
        ----------
        customer : str, optional
            Which external customer; the first by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        names = [str(name) for name in self.customers.index]
        who = names[0] if customer is None else customer
        if who not in names:
            raise UnknownCustomerError(who, names)
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
    progress: Progress | None = None,
    lead_times: bool = True,
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
    lead_times : bool
        Whether to work out lead times, where a customer has a promise and working times are given.

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

    Satisfied are the units that conform *and* are on time, jointly, never the product of the two shares.
    Churn per period is 1 - (1 - (1 - S) c)^m with S satisfied, c ``churn_if_dissatisfied`` and m
    ``deliveries_per_customer``; revenue at risk is volume * value * churn; NPS is 100 (S n1 + (1 - S) n0) with the
    user's own figures (formulas: Cost of quality).

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
    study = Study(chain, progress=progress)
    return study.ask(
        customer_effects_of,
        wanted=None if customer is None else tuple(which_customers(chain, customer)),
        outcome=outcome,
        most=MOST_SOLVED_AGAIN if most is None else most,
        lead_times=lead_times,
    )


def customer_effects_of(
    study: Study,
    *,
    wanted: tuple[int, ...] | None = None,
    outcome: Outcome = "accepted_defect_rate",
    most: int = MOST_SOLVED_AGAIN,
    lead_times: bool = True,
) -> CustomerEffects:
    """The effects on the customers of a study's chain; ``wanted`` are places of customers, by default all."""
    compiled, outcomes = study.compiled, study.ask(customer_outcomes_of, wanted=wanted, lead_times=lead_times)
    some = range(len(study.chain.customers)) if wanted is None else wanted
    first = _made(study) if most < len(compiled.names) else None
    removals = removal_effects(study, outcome=outcome, most=most, first=first)
    missing = {**outcomes.missing, **removals.missing(compiled, "handoffs", some)}
    for k in some:
        customer = study.chain.customers[k]
        if customer.volume is None:
            missing[Place("handoffs", customer.name, "defects_avoided_per_period")] = NO_VOLUME
    return CustomerEffects(
        customers=outcomes.customers,
        segments=outcomes.segments,
        handoffs=_ranked(compiled, removals.effects, some),
        outcome=outcome,
        name=study.chain.name,
        exact=outcomes.exact,
        method="the chain solved again with each handoff's own defect rate set to 0",
        assumptions=(
            "Only the handoff's own defects vanish; everything else, also its inspection, stays as it is.",
            *outcomes.assumptions,
        ),
        missing=missing,
        units=study.units,
    )


def _made(study: Study) -> Floats:
    """Defects that every cause makes per started unit, shape (causes,): which removals to work out first."""
    t = study.solution.tally
    return made_by_cause(study.compiled, t.made, t.made_in_transit, study.solution.requests.uses)


def _ranked(compiled: Compiled, effects: Floats, wanted: Sequence[int]) -> pd.DataFrame:
    import pandas as pd

    parts, names = [], cause_names(compiled)
    for k in wanted:
        customer = compiled.chain.customers[k]
        volume = np.nan if customer.volume is None else customer.volume
        order = np.argsort(-effects[:, k], kind="stable")
        parts.append(
            pd.DataFrame(
                {
                    "customer": customer.name,
                    "handoff": [names[i] for i in order],
                    "removal_effect": effects[order, k],
                    "defects_avoided_per_period": effects[order, k] * volume,
                    "rank": np.arange(1, len(order) + 1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


__all__ = ["CustomerEffects", "customer_effects", "customer_effects_of"]
