"""Root causes: who made the defects that each external customer keeps, and who takes the time that it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.defect_causes import cause_names, causes_of
from qualitychain.analysis.base.questions import solution_of
from qualitychain.analysis.base.result import Result, answered
from qualitychain.analysis.base.study import Progress, Study
from qualitychain.analysis.causes.cause_shares import CauseShares, Method, cause_shares_of
from qualitychain.analysis.causes.lateness import Lateness, lateness_of
from qualitychain.analysis.causes.removal_effects import Removals, removal_effects
from qualitychain.analysis.causes.specs import CAUSE_CUSTOMERS, ROOT_CAUSES
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.which_customers import which_customers
from qualitychain.engine.network.network import Floats
from qualitychain.errors import UnknownCustomerError
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NOTHING_BAD = Why(Reason.NO_DEFECTS, "no nonconforming unit comes to this customer")
NO_SLOPE = Why(
    Reason.NO_DERIVATIVE,
    "its effect has no derivative on the path: with a little more or fewer defects units may never leave",
)
WORTH_NAMING = 0.02
"""Share of a rate that a handoff which made no defects must take off it to be named."""
MOST_SOLVED_AGAIN = 500
"""Handoffs whose removal may take a solution of the whole chain each, where nothing else is asked for."""


@dataclass(frozen=True, kw_only=True)
class RootCauses(Result):
    """Root causes of what external customers suffer.

    Attributes
    ----------
    table : DataFrame
        For each ``customer`` and ``handoff``, the largest share first; damage on the way of a handoff that states any
        has a row of its own, "... (in transit)": ``share`` (of the nonconforming units that the
        customer keeps, by the handoff that made the defect; they add up to 1), ``contribution`` (that share of its
        accepted defect rate), ``removal_effect`` (fall of that rate if this handoff alone made no defects; these do not
        add up).
    departments : DataFrame
        For each ``customer`` and each who hands over (``department``, or supplier): ``share``.
    pairs : DataFrame
        For each ``customer`` and pair of ``handoff_supplier`` and ``handoff_customer``: ``share``.
    customers : DataFrame, index ``customer``
        ``accepted_defect_rate``, ``nonconforming`` (units it keeps per started unit) and ``error`` (of a share, at
        most: rounding, or what the quadrature of ``method="path"`` leaves).
    kind : "escape" or "path"
        How shares are defined.
    late : Lateness
        The second reading: which steps take the time that each customer waits; worked out when first asked for.
    lateness : DataFrame
        Its table.
    """

    table: pd.DataFrame
    departments: pd.DataFrame
    pairs: pd.DataFrame
    customers: pd.DataFrame
    kind: str
    study: Study = field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (*ROOT_CAUSES.tables, CAUSE_CUSTOMERS)

    @answered
    def late(self) -> Lateness:
        """The second reading, by cause of lateness, with its own summary and plot; worked out when first asked for."""
        found = self.study.ask(lateness_of)
        names = list(self.customers.index)
        if len(names) == len(found.customers):
            return found
        return found.of(names)

    @property
    def lateness(self) -> pd.DataFrame:
        """Shares of the mean lead time and of its variance, by step; see ``Lateness``. Reasons are in ``late``."""
        return self.late.table

    def summary(self) -> str:
        """For each customer the three handoffs that made most of its defects, and who made others' go unseen."""
        lines = []
        for customer, row in self.customers.iterrows():
            rate = row["accepted_defect_rate"]
            if not rate > 0:
                why = self.reason_for("table", customer, "share")
                lines.append(f"{customer}: {why or self.reason_for('customers', customer, 'accepted_defect_rate')}")
                continue
            lines.append(f"{customer}: accepted defect rate {percent(rate)}")
            if (why := self.reason_for("table", customer, "share")) is not None:
                lines.append(f"  {why}")
            mine = self.table[self.table["customer"] == customer]
            largest = mine[mine["share"] > 0].head(3)
            for name, share, effect in zip(
                largest["handoff"], largest["share"], largest["removal_effect"], strict=True
            ):
                better = "" if np.isnan(effect) else f"; if it were perfect the rate would be {percent(rate - effect)}"
                lines.append(f"  {name}: made {percent(share)} of them{better}")
            for name, effect in hidden_causes(mine, rate).items():
                lines.append(
                    f"  {name}: made none of them, but without its defects the rate would be {percent(rate - effect)}"
                )
        return "\n".join(lines)

    def plot(self, customer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Pareto chart of the causes for one customer, with the fall of its rate without each of them.

        Parameters
        ----------
        customer : str, optional
            Which external customer; the first that keeps nonconforming units by default. The others have charts of
            their own: ``plot("...")``.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        names = [str(name) for name in self.customers.index]
        if customer is None:
            suffering = self.customers.index[self.customers["accepted_defect_rate"] > 0]
            customer = str(suffering[0]) if len(suffering) else names[0]
        if customer not in names:
            raise UnknownCustomerError(customer, names)
        rate = float(self.customers["accepted_defect_rate"][customer])
        mine = self.table[self.table["customer"] == customer]
        shares, effects = mine["share"].fillna(0.0), mine["removal_effect"]
        mine = mine[(shares != 0) | mine["handoff"].isin(hidden_causes(mine, rate))]
        return pareto(
            [str(name) for name in mine["handoff"]],
            mine["share"].to_numpy(),
            ax=ax,
            xlabel="share of its nonconforming units",
            title=f"Root causes: {customer}",
            share=True,
            marks=effects[mine.index].to_numpy() / (rate or 1.0),
            marks_label="fall of its rate without this handoff's defects",
        )

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data, with the reading by lateness."""
        data = super().to_dict()
        return {**data, "lateness": self.late.to_dict()}


def hidden_causes(table: pd.DataFrame, rate: float) -> dict[str, float]:
    """Handoffs that made none of a customer's defects, but let those of others pass; the largest effect first.

    Parameters
    ----------
    table : DataFrame
        The customer's rows of ``RootCauses.table``.
    rate : float
        Its accepted defect rate.
    """
    some = table[(table["share"].fillna(0.0) == 0) & (table["removal_effect"] > WORTH_NAMING * rate)]
    first = some.sort_values("removal_effect", ascending=False, kind="stable").head(3)
    return {str(n): float(e) for n, e in zip(first["handoff"], first["removal_effect"], strict=True)}


def root_causes(
    chain: Chain,
    *,
    customer: str | Sequence[str] | None = None,
    method: Method = "escape",
    most: int | None = None,
    progress: Progress | None = None,
) -> RootCauses:
    """Shares of the nonconforming units that each external customer keeps, by the handoff that made the defect.

    Parameters
    ----------
    chain : Chain
    customer : str or sequence of str, optional
        Which external customers; all by default.
    method : "escape" or "path"
        "escape": the last step that made the unit nonconforming before it was delivered so bears the blame, causes that
        strike in one step share it equally, and a bad input passes it on to whoever made the input bad; what counting
        units would show. "path": Aumann-Shapley shares, what each handoff adds to the customer's rate as all defect
        rates grow together from 0; they can be negative.
    most : int, optional
        How many removal effects, at most, may take a solution of the whole chain each (those of the largest shares;
        the others are NaN, with a reason); 500 by default, 0 for none.
    progress : callable, optional
        Called with (done, all) as removal effects are worked out.

    Returns
    -------
    RootCauses

    Raises
    ------
    UnknownCustomerError
        A KeyError and an AnalysisError, when the chain has no such customer.
    AnalysisError
        When the quality of the chain, or of a point on the path, cannot be solved.
    ValueError
        When ``method`` is neither of the two, or ``most`` no number of 0 or more.

    Notes
    -----
    Exact (formulas page, "Attribution"): one solve per customer on the nonconforming half of the states, one down the
    pulled services. ``method="path"`` takes 16 solutions with all gradients (6 and 10 points of quadrature), more where
    their difference, stated as ``error``, is above 1e-6. Removal effects of pulled handoffs and of chains with common
    causes take one solution each, so at most ``most`` are worked out, those of the largest shares.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D"), qc.Department("IT")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2),
    ...                            qc.Handoff("IT", "D", item="help", per_unit=1, defect_rate=0.2)])
    >>> r = root_causes(chain)
    >>> r.table[["handoff", "share", "removal_effect"]].round(4).values.tolist()
    [['D -> K', 0.3821, 0.144], ['IT -> D: help', 0.3821, 0.144], ['S -> D', 0.2358, 0.064]]
    """
    if method not in ("escape", "path"):
        raise ValueError(f"method must be 'escape' or 'path', got {method!r}")
    _refuse_no_number(most)
    study = Study(chain, progress=progress)
    wanted = None if customer is None else tuple(which_customers(chain, customer))
    return study.ask(root_causes_of, wanted=wanted, method=method, most=MOST_SOLVED_AGAIN if most is None else most)


def root_causes_of(
    study: Study,
    *,
    wanted: tuple[int, ...] | None = None,
    method: Method = "escape",
    most: int = MOST_SOLVED_AGAIN,
) -> RootCauses:
    """The root causes of a study's chain; ``wanted`` are places of customers, by default all."""
    some = range(len(study.chain.customers)) if wanted is None else wanted
    found = study.ask(cause_shares_of, method=method)
    first = np.nan_to_num(found.shares[:, list(some)]).max(axis=1, initial=0.0)
    return _result(study, found, removal_effects(study, most=most, first=first), kind=method, wanted=some)


def _refuse_no_number(most: object) -> None:
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise ValueError(f"most must be a number of removal effects, 0 or more, got {most!r}")


def _result(study: Study, found: CauseShares, removals: Removals, *, kind: Method, wanted: Sequence[int]) -> RootCauses:
    import pandas as pd

    compiled, rate, wanted = study.compiled, removals.now, list(wanted)
    names, causes = [compiled.chain.customers[k].name for k in wanted], cause_names(compiled)
    missing = removals.missing(compiled, "table", wanted)
    for k, name in zip(wanted, names, strict=True):
        if rate[k] > 0 and k not in found.untold:
            untold = np.flatnonzero(np.isnan(found.shares[:, k]))
            missing |= {Place("table", (name, causes[i]), "share"): NO_SLOPE for i in untold}
            continue
        why = found.untold.get(k, NOTHING_BAD if rate[k] == 0 else NOTHING_DELIVERED)
        missing |= {Place(t, name, "share"): why for t in ("table", "departments", "pairs")}
        missing[Place("table", name, "contribution")] = why
        if not rate[k] > 0:
            missing[Place("customers", name, "error")] = why
        if np.isnan(rate[k]):
            missing[Place("customers", name, "accepted_defect_rate")] = why
    parts = [
        _table(compiled, name, found.shares[:, k], removals.effects[:, k], rate[k])
        for k, name in zip(wanted, names, strict=True)
    ]
    rows = pd.concat(parts, ignore_index=True)
    return RootCauses(
        table=rows[["customer", "handoff", "share", "contribution", "removal_effect"]],
        departments=_summed(rows, ["handoff_supplier"]).rename(columns={"handoff_supplier": "department"}),
        pairs=_summed(rows, ["handoff_supplier", "handoff_customer"]),
        customers=pd.DataFrame(
            {
                "accepted_defect_rate": rate[wanted],
                "nonconforming": study.ask(solution_of).absorbed[1:-2:2][wanted],
                "error": found.error[wanted],
            },
            index=pd.Index(names, name="customer", dtype=object),
        ),
        kind=kind,
        study=study,
        exact=kind == "escape",
        method=found.method,
        assumptions=_assumptions(compiled, kind),
        missing=missing,
        units=study.units,
    )


def _table(compiled: Compiled, customer: str, shares: Floats, effects: Floats, rate: float) -> pd.DataFrame:
    """One customer's rows, the largest share first, with the two ends of each handoff."""
    import pandas as pd

    order = np.argsort(-np.nan_to_num(shares), kind="stable")
    names, places = cause_names(compiled), [cause.place for cause in causes_of(compiled)]
    handoffs = [compiled.chain.handoffs[places[i]] for i in order]
    return pd.DataFrame(
        {
            "customer": customer,
            "handoff": [names[i] for i in order],
            "share": shares[order],
            "contribution": shares[order] * rate,
            "removal_effect": effects[order],
            "handoff_supplier": [h.supplier for h in handoffs],
            "handoff_customer": [h.customer for h in handoffs],
        }
    )


def _summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Shares added up for each customer, the largest first; those of a customer without shares stay NaN."""
    groups = rows.groupby(["customer", *by], sort=False)["share"]
    summed = groups.sum(min_count=1).reset_index()
    place = summed["customer"].map({name: i for i, name in enumerate(rows["customer"].unique())})
    order = np.lexsort((-summed["share"].fillna(0.0).to_numpy(), place.to_numpy()))
    return summed.iloc[order].reset_index(drop=True)


def _assumptions(compiled: Compiled, method: Method) -> tuple[str, ...]:
    said = {
        "escape": (
            "A defect that was cleared on the way is nobody's: the last step that made the delivered unit nonconforming"
            " bears the blame; causes that strike in the same step share it equally."
        ),
        "path": "All defect rates grow together from 0 to what they are; inspections stay as they are.",
    }
    shared = (
        "All handoffs of a common cause become perfect together in removal effects.",
        *(
            ("The share of a common cause is divided among its handoffs as their escaped defects are.",)
            if method == "path"
            else ()
        ),
    )
    return (said[method], *(shared if compiled.keys else ()))


__all__ = ["RootCauses", "root_causes", "root_causes_of"]
