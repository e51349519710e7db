"""How good is what each external customer gets? Exact, through rework, inspection and internal services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Place, Result, Why, answered
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.quality.dependence import Dependence, dependence_of
from qualitychain.analysis.quality.handoff_tables import handoff_table, worksheet_table
from qualitychain.analysis.quality.quality_figures import (
    customer_columns,
    quality_figures_of,
)
from qualitychain.analysis.quality.specs import QUALITY
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.vocabulary.figures import number, percent, sigma_text
from qualitychain.vocabulary.reason import Reason, because
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NO_WORK = Why(Reason.NO_WORK, "no work reaches it, or nothing is delivered")
YIELDS = (
    "rolled_throughput_yield",
    "throughput_yield_product",
    "first_pass_yield",
    "final_yield",
    "normalized_yield",
    "scrap_rate",
    "scrap_rate_true",
    "scrap_rate_false_alarm",
    "hidden_factory",
)


@dataclass(frozen=True, kw_only=True)
class Quality(Result):
    """Quality of a chain, per started unit unless said otherwise.

    Attributes
    ----------
    customers : DataFrame, index ``customer``
        ``delivered``, ``conforming``, ``nonconforming`` (per started unit), ``defect_rate`` (nonconforming among the
        incoming units, also what the customer itself catches), ``accepted_defect_rate`` (among the outgoing units),
        ``dpmo``, ``z_lt``, ``sigma_level`` (from ``defect_rate``).
    departments : DataFrame, index ``department``
        Suppliers and departments: ``kind``, ``work`` (work units per time unit, requests and redo included), ``visits``
        (units, per started unit), ``hidden_factory`` (share of the work that would vanish if nothing were ever
        rejected).
    handoffs : DataFrame, index ``handoff``
        Scorecard of every handoff: ``kind``, ``defect_rate``, ``flow`` and ``rejected`` (per started unit),
        ``presented_defect_rate``, ``accepted_defect_rate``, ``made`` (defects made here), the sample with its
        Clopper-Pearson interval (``n``, ``defects``, ``lower``, ``upper``) and the promised ``sla_defect_rate``.
    worksheet : DataFrame, index ``handoff``
        The yield worksheet of the flow, as in a product report: units, counts with their interval, opportunities, D/U
        and its Poisson equivalent, DPMO, Z and sigma level, throughput, first pass and rolled yield of each step.
    defect_balance : Series
        Defects ``made``, ``cleared``, ``escaped``, ``scrapped``, per started unit; made = cleared + escaped + scrapped.
    throughput_yield_product : float
        Plain product of the worksheet's throughput yields, each step once: what a worksheet on paper gives. In a line
        it is the rolled throughput yield; where flow splits or scrap is sorted out, ``rolled_throughput_yield`` holds.
    """

    customers: pd.DataFrame
    departments: pd.DataFrame
    handoffs: pd.DataFrame
    worksheet: pd.DataFrame
    defect_balance: pd.Series[float]
    rolled_throughput_yield: float
    throughput_yield_product: float
    first_pass_yield: float
    final_yield: float
    normalized_yield: float
    scrap_rate: float
    scrap_rate_true: float
    scrap_rate_false_alarm: float
    hidden_factory: float
    shift: float
    compiled: Compiled = field(repr=False, compare=False)
    solution: Solution = field(repr=False, compare=False)

    tables: ClassVar[tuple[TableSpec, ...]] = QUALITY.tables

    @answered
    def yields(self) -> pd.DataFrame:
        """Yields and scrap of the chain, index ``figure``, column ``value``."""
        import pandas as pd

        values = pd.Series({name: float(getattr(self, name)) for name in YIELDS}, name="value")
        return values.rename_axis("figure").to_frame()

    @answered
    def samples(self) -> pd.DataFrame:
        """The scorecards of the handoffs whose defect rate was counted."""
        return self.handoffs[self.handoffs["n"].notna()]

    @answered
    def dependence(self) -> Dependence:
        """The independence check: the figures if inputs used more than once a case were drawn the other way."""
        return dependence_of(self.compiled, self.solution)

    def summary(self) -> str:
        """A line per customer, and the yields of the chain."""
        lines = [f"{self.compiled.chain.name} (sigma levels with a shift of {self.shift:g})"]
        for name, row in self.customers.iterrows():
            why = self.reason_for("customers", name, "defect_rate")
            if because(why, Reason.UNKNOWN_RATE):
                lines.append(f"  {name}: nonconforming not known: {why}")
                continue
            lines.append(
                f"  {name}: {percent(row['defect_rate'])} nonconforming, DPMO {number(row['dpmo'])}, "
                f"sigma level {sigma_text(row['sigma_level'])}"
            )
        lines.append(
            f"  rolled throughput yield {percent(self.rolled_throughput_yield)}, first pass yield "
            f"{percent(self.first_pass_yield)}, final yield {percent(self.final_yield)}, "
            f"scrap {percent(self.scrap_rate)}"
        )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Pareto chart of the defects that each handoff makes, per started unit.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.pareto import pareto

        made = self.handoffs["made"].dropna()
        made = made[made > 0]
        return pareto(
            list(made.index),
            made.to_numpy(),
            ax=ax,
            xlabel="defects made per started unit",
            title=f"Defects made: {self.compiled.chain.name}",
        )

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-safe data, with the independence check of shared inputs."""
        return {**super().to_dict(), "dependence": self.dependence.to_dict()}


def quality(chain: Chain, *, shift: float = 1.5) -> Quality:
    """Quality of what each external customer gets, and where defects are made, caught and let through.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift between long-term and short-term sigma, in standard deviations: sigma level = Z.lt + shift.
        1.5 is the Six Sigma convention; it is always printed.

    Returns
    -------
    Quality

    Raises
    ------
    AnalysisError
        When there are more than 12 common causes, or requests between departments never end.
    ValueError
        When ``shift`` is not a finite number of 0 or more.

    Notes
    -----
    Exact under the semantics of the formulas page (sections "Pulled services", "Flow", "Reported quantities").

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain(
    ...     "Make and test",
    ...     suppliers=[qc.Supplier("Stock", rate=0.5)],
    ...     departments=[qc.Department("Make"), qc.Department("Test")],
    ...     customers=[qc.Customer("Shop")],
    ...     handoffs=[
    ...         qc.Handoff("Stock", "Make", defect_rate=0),
    ...         qc.Handoff("Make", "Test", defect_rate=0.2, inspection=qc.Inspection(0.75)),
    ...         qc.Handoff("Test", "Shop", defect_rate=0),
    ...     ],
    ... )
    >>> q = quality(chain)
    >>> float(round(q.customers.loc["Shop", "defect_rate"], 6))
    0.058824
    >>> float(round(q.departments.loc["Make", "hidden_factory"], 6))
    0.15
    """
    return Study(chain, shift=shift).ask(quality_of)


def quality_of(study: Study) -> Quality:
    """The quality of a study's chain."""
    import pandas as pd

    found = study.ask(quality_figures_of)
    compiled, solution, shift, chain = study.compiled, study.solution, study.shift, found.chain
    missing = dict(found.missing)
    worksheet = worksheet_table(compiled, solution, study.perfect, shift=shift, missing=missing)
    made, cleared = float(solution.tally.made.sum()), float(solution.tally.cleared.sum())
    return Quality(
        customers=_by_customer(compiled, found.customers),
        departments=_department_table(compiled, solution, found.hidden, missing),
        handoffs=handoff_table(compiled, solution),
        worksheet=worksheet,
        defect_balance=pd.Series(
            {
                "made": made,
                "cleared": cleared,
                "escaped": float(solution.absorbed[1:-2:2].sum()),
                "scrapped": float(solution.absorbed[-1]),
            },
            name="per started unit",
        ),
        rolled_throughput_yield=chain["rolled_throughput_yield"],
        throughput_yield_product=float(worksheet["throughput_yield"].to_numpy().prod()),
        first_pass_yield=chain["first_pass_yield"],
        final_yield=chain["final_yield"],
        normalized_yield=_normalized(study.perfect, chain["rolled_throughput_yield"]),
        scrap_rate=chain["scrap_rate"],
        scrap_rate_true=float(solution.absorbed[-1]),
        scrap_rate_false_alarm=float(solution.absorbed[-2]),
        hidden_factory=chain["hidden_factory"],
        shift=shift,
        compiled=compiled,
        solution=solution,
        exact=True,
        method=_method(compiled, solution),
        assumptions=tuple(_assumptions(compiled, shift)),
        missing=missing,
        units=study.units,
    )


def customer_table(compiled: Compiled, solution: Solution, *, shift: float, missing: dict[Place, Why]) -> pd.DataFrame:
    """The table of external customers; reasons for figures that do not exist go into ``missing``."""
    return _by_customer(compiled, customer_columns(compiled, solution, shift=shift, missing=missing))


def _by_customer(compiled: Compiled, columns: dict[str, Floats]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns, index=pd.Index([c.name for c in compiled.chain.customers], name="customer"))


def _department_table(
    compiled: Compiled, solution: Solution, hidden: Floats, missing: dict[Place, Why]
) -> pd.DataFrame:
    import pandas as pd

    chain, count = compiled.chain, len(hidden)
    kinds = ["supplier"] * len(chain.suppliers) + [d.kind for d in chain.departments]
    table = pd.DataFrame(
        {
            "kind": kinds,
            "work": solution.work[:count] * compiled.release_rate,
            "visits": solution.visits[:count],
            "hidden_factory": hidden,
        },
        index=pd.Index(compiled.nodes[:count], name="department"),
    )
    for name, share in zip(table.index, hidden, strict=True):
        if np.isnan(share):
            missing[Place("departments", name, "hidden_factory")] = NO_WORK
    return table


def _normalized(perfect: Solution, rolled: float) -> float:
    """RTY^(1/steps), steps being the flow handoffs that a unit goes through on average when nothing is redone."""
    steps = float(perfect.tally.tried.sum())
    return float(rolled ** (1.0 / steps)) if steps else float("nan")


def _method(compiled: Compiled, solution: Solution) -> str:
    words = ["exact absorbing chain of (node, conforming) states", solution.method]
    if compiled.network.keys:
        words.append(f"conditioned on {compiled.network.keys} common causes")
    if solution.gap > 0:
        words.append(f"circles of needs bracketed to a relative width of {solution.gap:.1g}")
    return "; ".join(words) + f"; relative rounding error at most {max(solution.error_bound, 1e-16):.1g}"


def _assumptions(compiled: Compiled, shift: float) -> list[str]:
    chain = compiled.chain
    said = [
        "Defects at different steps, detection and its repetition are independent; a unit is conforming or not.",
        f"Sigma level = long-term Z + a shift of {shift:g} (a convention).",
    ]
    if compiled.rate_assumed:
        said.append(f"The only supplier of units gives no rate: 1 unit per {chain.clock.unit} is assumed.")
    if compiled.keys:
        named = ", ".join(f"{item} from {supplier}" for supplier, item in compiled.keys)
        said.append(f"One draw per case serves all uses of: {named}.")
    elif len(compiled.pulled_rows):
        said.append(
            "Every use of a pulled input is an independent draw; the independence check stands under dependence."
        )
    sampled = sum(h.sample is not None for h in chain.handoffs)
    if sampled:
        said.append(f"{sampled} defect rates are counts taken at face value; their intervals stand beside them.")
    return said


__all__ = ["Quality", "customer_table", "quality", "quality_of"]
