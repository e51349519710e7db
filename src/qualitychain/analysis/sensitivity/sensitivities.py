"""What a small change of every number of the chain does to each external customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qualitychain.analysis.base.questions import gradients_of
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.sensitivity.outcomes import (
    OF_CUSTOMER,
    OUTCOMES,
    PER_TIME,
    RATIOS,
    OutcomeName,
    Target,
    targets,
)
from qualitychain.analysis.sensitivity.parameters import Parameter, parameters_of, values_at
from qualitychain.analysis.sensitivity.sensitivity_words import (
    BLIND,
    COUNTED,
    OF_DEFECTS,
    RISE_IS_BETTER,
    WORDS,
    Teller,
    only_blind,
    step_of,
    surely_negative,
    why_better,
)
from qualitychain.analysis.sensitivity.specs import OF_CUSTOMERS, OF_DEPARTMENTS, RATES
from qualitychain.analysis.time.which_customers import which_customers
from qualitychain.engine.gradients.reward import scrapped
from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError, UnknownCustomerError
from qualitychain.model.chain.chain import Chain
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NO_DERIVATIVE = Why(Reason.NO_DERIVATIVE, "a small change of it would let units or requests circulate for ever")
_POINT = 0.01
LEAST = 0.005
"""Share of the largest effect below which a notebook leaves a parameter out."""
TOO_STEEP = Why(Reason.NO_DERIVATIVE, "its effect is too large to be written as a number")


@dataclass(frozen=True, kw_only=True)
class Sensitivities(Result):
    """Derivatives of an outcome to every parameter.

    Attributes
    ----------
    table : DataFrame
        A row for each customer and parameter: ``customer`` (None for an outcome of the whole chain; the column is
        ``department`` where the outcome is work), ``handoff`` (for a supplier's ``rate``: the supplier),
        ``parameter``, ``gradient`` (change of the outcome per unit of the parameter: probabilities per 1, not per
        cent) and ``meaning``, a sentence.
    values : Series
        The outcome itself, by customer (or department).
    outcome : str
    """

    table: pd.DataFrame
    values: pd.Series[float]
    outcome: str
    name: str = field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = (OF_CUSTOMERS,)

    def _at_hand(self) -> list[tuple[TableSpec, pd.DataFrame]]:
        spec = OF_DEPARTMENTS if self.outcome == "work" else OF_CUSTOMERS
        return [(spec, self.table)] if len(self.table) else []

    @property
    def _who(self) -> str:
        return str(self.table.columns[0])

    def summary(self) -> str:
        """The outcome of each customer, and the five probabilities that move it most."""
        lines = []
        for node, value in self.values.items():
            shown = percent(value) if self.outcome not in COUNTED else number(value)
            of = f"{node}: " if isinstance(node, str) else ""
            lines.append(f"{of}{WORDS[self.outcome].removeprefix('the ')} {shown}")
            lines.extend(f"  {meaning}" for meaning in self._largest(node)["meaning"].head(5))
        return "\n".join(lines)

    def _largest(self, node: object, names: Sequence[str] = RATES) -> pd.DataFrame:
        mine = self.table[self.table["parameter"].isin(names) & self.table["gradient"].notna()]
        if isinstance(node, str):
            mine = mine[mine[self._who] == node]
        mine = mine[mine["gradient"] != 0]
        return mine.iloc[np.argsort(-mine["gradient"].abs().to_numpy(), kind="stable")]

    def plot(
        self,
        customer: str | None = None,
        *,
        ax: Axes | None = None,
        step: float | Mapping[str, float] | None = None,
        most: int = 20,
    ) -> Axes:
        """Tornado chart: the largest bars first, falls to the left, rises to the right, in points (shares) or amounts.

        What is below 0.5 % of the largest bar is left out and counted in words. What is worse has a colour of its own.

        Parameters
        ----------
        customer : str, optional
            Which customer (or department); the first by default.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        step : float or mapping of parameter to float, optional
            Bars are gradient times this step, of the parameters named in a mapping (e.g. ``{"defect_rate": 0.01,
            "per_unit": 0.1}``). By default 0.01, one point, of every probability, as in the sentences.
        most : int
            Bars at most.
        """
        from qualitychain.plot.charts.tornado import tornado

        nodes = [str(n) for n in self.values.index if isinstance(n, str)]
        if customer is not None and customer not in nodes:
            if self._who == "customer":
                raise UnknownCustomerError(customer, nodes)
            raise ValueError(f"{customer!r} is not in the table of sensitivities{did_you_mean(customer, nodes)}")
        node = customer if customer is not None else nodes[0] if nodes else None
        sizes = (
            dict(step) if isinstance(step, Mapping) else dict.fromkeys(RATES, _POINT if step is None else float(step))
        )
        unknown = set(sizes) - set(self.table["parameter"])
        if isinstance(step, Mapping) and unknown:
            word = min(unknown)
            raise ValueError(
                f"{word!r} is not a parameter of the chain{did_you_mean(word, set(self.table['parameter']))}"
            )
        mine = self._largest(node, tuple(sizes))
        mine = mine.assign(change=mine["gradient"] * mine["parameter"].map(sizes))
        what = WORDS[self.outcome].removeprefix("the ")
        words = f"change of {what}" if self.outcome in COUNTED else f"change of {what}, in points"
        return tornado(
            [f"{of}: {name}" for of, name in zip(mine["handoff"], mine["parameter"], strict=True)],
            mine["change"].to_numpy() * (1.0 if self.outcome in COUNTED else 1 / _POINT),
            rise_is_worse=self.outcome not in RISE_IS_BETTER,
            most=most,
            ax=ax,
            xlabel=words + (" for one point more" if step is None else f", for steps of {_steps(sizes, step)}"),
            title=f"What moves the {what}: {node or self.name}",
        )

    def _repr_html_(self) -> str:
        """The largest first, without what is small beside them; ``table`` has all."""
        return Result._repr_html_(replace(self, table=self._worth_reading()))

    def _worth_reading(self) -> pd.DataFrame:
        size = (self.table["gradient"] * self.table["parameter"].map(step_of)).abs()
        keys = self.table[self._who].fillna("")
        largest = size.groupby(keys).transform("max")
        place = keys.map({name: i for i, name in enumerate(keys.unique())})
        order = np.lexsort((-size.fillna(np.inf).to_numpy(), place.to_numpy()))
        kept = (size >= LEAST * largest) & (size > 0) | size.isna()
        return self.table.iloc[[i for i in order if kept.iloc[i]]].reset_index(drop=True)


def _steps(sizes: Mapping[str, float], step: float | Mapping[str, float]) -> str:
    if not isinstance(step, Mapping):
        return f"{step:g}"
    return ", ".join(f"{size:g} ({name})" for name, size in sizes.items())


def sensitivities(
    chain: Chain,
    *,
    outcome: OutcomeName = "accepted_defect_rate",
    customer: str | Sequence[str] | None = None,
    department: str | Sequence[str] | None = None,
) -> Sensitivities:
    """Derivative of an outcome of each external customer to every parameter of the chain.

    Parameters
    ----------
    chain : Chain
    outcome : str
        "accepted_defect_rate" (nonconforming among what a customer keeps), "defect_rate" (among what is presented to
        it), "sigma_level" (of the latter), "delivered" or "nonconforming" (units per started unit), "revenue_at_risk"
        (per period, of customers that give volume, value and churn_if_dissatisfied; lateness held as it is),
        "scrap_rate" (of the chain), "work" (work units of departments and suppliers per time unit), or "cost" (of poor
        quality, per time unit, from the figures that the chain gives).
    customer : str or sequence of str, optional
        Which external customers; all by default.
    department : str or sequence of str, optional
        For the outcome "work": which departments or suppliers; all departments by default.

    Returns
    -------
    Sensitivities

    Raises
    ------
    UnknownCustomerError
        A KeyError and an AnalysisError, when the chain has no such customer; near misses are named.
    AnalysisError
        When the quality of the chain cannot be solved, or its cost (or revenue at risk) is asked for and it gives none.
    ValueError
        When the outcome or a department is unknown.

    Notes
    -----
    Exact (formulas: Attribution): one transposed solve for each customer on the factorisation that gives the quality,
    also through pulled services, circles of needs and common causes. Parameters: ``defect_rate`` and what it was formed
    from (``n`` and ``defects`` of a sample, ``dpu``, ``dpo``), ``detect``, ``false_alarm``, ``fix``, ``share``,
    ``per_unit`` (from the right at whole numbers), and the ``rate`` of suppliers. Shares sum to 1, so only differences
    of two shares' gradients mean anything: what moving units from one to the other does. What stands in several
    handoffs and must agree (uses of a common cause, sources of one item) changes in all of them at once.

    Gradients times defect rates do not add up to the defect rate; for shares that do, see ``root_causes``.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1),
    ...                            qc.Handoff("D", "K", sample=qc.Sample(n=50, defects=10))])
    >>> s = sensitivities(chain)
    >>> s.table[["parameter", "gradient"]].round(6).values.tolist()
    [['defect_rate', 0.8], ['defect_rate', 0.9], ['n', -0.0036], ['defects', 0.018]]
    >>> print(s.table["meaning"][0])
    one point more defects at 'S -> D' raises the accepted defect rate of 'K' by 0.8 points
    """
    if outcome not in OUTCOMES:
        raise ValueError(
            f"outcome must be one of {', '.join(OUTCOMES)}, got {outcome!r}{did_you_mean(outcome, OUTCOMES)}"
        )
    study = Study(chain)
    return study.ask(sensitivities_of, outcome=outcome, nodes=_nodes(chain, outcome, customer, department))


def sensitivities_of(
    study: Study, *, outcome: OutcomeName = "accepted_defect_rate", nodes: tuple[str, ...] | None = None
) -> Sensitivities:
    """The sensitivities of a study's chain; ``nodes`` as the outcome is of, by default all."""
    import pandas as pd

    chain, parameters = study.chain, parameters_of(study.compiled)
    try:
        wanted = targets(study, outcome, _nodes(chain, outcome, None, None) if nodes is None else nodes)
        slopes = _slopes(study, parameters, wanted, per_time=outcome in PER_TIME)
    except AnalysisError:
        # the same fault in the names of the chain
        study.compiled.solve()
        raise
    why = _explained(study, parameters, wanted, slopes=slopes, outcome=outcome)
    missing: dict[Place, Why] = {}
    spec = OF_DEPARTMENTS if outcome == "work" else OF_CUSTOMERS
    frames = [
        _frame(parameters, outcome, target, slope, why=reasons, missing=missing)
        for target, slope, reasons in zip(wanted, slopes, why, strict=True)
    ]
    index = pd.Index([t.node for t in wanted], name=spec.columns[0].name, dtype=object)
    return Sensitivities(
        table=pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[c.name for c in spec.columns]),
        values=pd.Series([t.value for t in wanted], index=index, name=outcome, dtype=float),
        outcome=outcome,
        name=chain.name,
        exact=True,
        method="adjoint of the absorbing chain: one transposed solve for each customer on one factorisation",
        assumptions=(
            "Derivatives: first-order effects of small changes, everything else staying as it is.",
            "Shares move along their sum of 1; what several handoffs must agree on changes in all of them.",
            *dict.fromkeys(word for target in wanted for word in target.remarks),
        ),
        missing=missing,
        units=study.units,
    )


def _nodes(
    chain: Chain,
    outcome: str,
    customer: str | Sequence[str] | None,
    department: str | Sequence[str] | None,
) -> tuple[str, ...]:
    of_customer, of_department = outcome in OF_CUSTOMER, outcome == "work"
    for given, word, fits in ((customer, "customer", of_customer), (department, "department", of_department)):
        if given is not None and not fits:
            raise ValueError(f"the outcome {outcome} does not belong to a {word}; leave out {word}=")
    if of_customer:
        names = [chain.customers[k].name for k in which_customers(chain, customer)]
        # in the order in which they are asked for
        return tuple(names if customer is None or len(names) == 1 else sorted(names, key=list(customer).index))
    departments = tuple(d.name for d in chain.departments)
    if department is None:
        return departments if of_department else ()
    asked: object = department
    several = tuple(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else (asked,)
    known = (*departments, *(s.name for s in chain.suppliers))
    for name in several:
        if name not in known:
            raise ValueError(f"{name!r} is not a department or supplier of the chain{did_you_mean(name, known)}")
    return tuple(str(name) for name in several)


def _slopes(study: Study, parameters: list[Parameter], wanted: list[Target], *, per_time: bool) -> list[Floats]:
    """The derivatives of each target to the parameters; NaN where the target has none."""
    compiled, solved = study.compiled, study.ask(gradients_of)
    asked = [t for t in wanted if t.reward is not None and t.gradient is None]
    found = iter(solved.gradients([t.reward for t in asked if t.reward is not None]))
    return [
        np.full(len(parameters), np.nan)
        if t.reward is None
        else t.scale * values_at(compiled, parameters, t.gradient or next(found), per_time=per_time)
        for t in wanted
    ]


def _explained(
    study: Study, parameters: list[Parameter], wanted: list[Target], *, slopes: list[Floats], outcome: str
) -> list[dict[int, str]]:
    """For each target, why more defects look better, by row of the parameter."""
    compiled, solved = study.compiled, study.ask(gradients_of)
    why: list[dict[int, str]] = [{} for _ in wanted]
    if outcome not in RATIOS:
        return why
    defects = np.array([p.name in OF_DEFECTS for p in parameters])
    sign = -1.0 if outcome == "sigma_level" else 1.0
    rows = [np.flatnonzero(surely_negative(sign * s) & defects) for s in slopes]
    asked = [i for i, mine in enumerate(rows) if len(mine)]
    if not asked:
        return why
    rewards = [scrapped(compiled.network)]
    rewards += [r for i in asked for r in (wanted[i].bad, wanted[i].all) if r is not None]
    found = [values_at(compiled, parameters, g, per_time=False) for g in solved.gradients(rewards)]
    blind = only_blind(compiled.network)

    def blinds(p: Parameter) -> bool:
        return p.kind == "pulled" and bool(blind[p.row])

    for place, i in enumerate(asked):
        mine = rows[i]
        bad, every = found[1 + 2 * place][mine], found[2 + 2 * place][mine]
        why[i] = dict(zip(mine.tolist(), why_better(bad, every, found[0][mine]), strict=True))
        why[i] |= {row: BLIND for row in mine.tolist() if blinds(parameters[row])}
    return why


def _frame(
    parameters: list[Parameter],
    outcome: str,
    target: Target,
    slopes: Floats,
    *,
    why: Mapping[int, str],
    missing: dict[Place, Why],
) -> pd.DataFrame:
    import pandas as pd

    node, reasons, tell = target.node, dict[int, Why](), Teller(outcome, target.node).sentence
    if target.reward is None and target.why is not None:
        missing[Place("table", node)] = target.why
        if not np.isfinite(target.value):
            missing[Place("values", node)] = target.why
    for i in np.flatnonzero(~np.isfinite(slopes)).tolist():
        why_not = TOO_STEEP if np.isinf(slopes[i]) else NO_DERIVATIVE
        reasons[i] = target.why or why_not
        if target.reward is not None:
            missing[Place("table", (node, parameters[i].of, parameters[i].name), "gradient")] = why_not
    return pd.DataFrame(
        {
            "department" if outcome == "work" else "customer": np.full(len(parameters), node, dtype=object),
            "handoff": [p.of for p in parameters],
            "parameter": [p.name for p in parameters],
            "gradient": np.where(np.isinf(slopes), np.nan, slopes),
            "meaning": [
                f"no derivative: {reasons[i]}" if i in reasons else tell(p, slope, why.get(i))
                for i, (p, slope) in enumerate(zip(parameters, slopes.tolist(), strict=True))
            ],
        }
    )
