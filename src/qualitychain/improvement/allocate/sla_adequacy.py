"""Does the inside keep up with the outside? Each handoff's promise against what the customers' requirements need."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import SHIFT, Study
from qualitychain.analysis.quality.quality_figures import quality_figures_of
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.improvement.allocate.allocate import METHODS, Method, chain_with_rates, split_rates
from qualitychain.improvement.allocate.rates import Rates
from qualitychain.improvement.allocate.specs import SLA_ADEQUACY
from qualitychain.improvement.allocate.targets import TimeTarget, targets_of, weights_of
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.requirement import Requirement
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.fields import echo
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.measure import Unit
from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LESS, ENOUGH, NOTHING = "promises less", "promises enough", "promises nothing"
_SAME = 1e-9
_SAME_TIME = 1e-3
"""Times are known to about this: so much of what is needed decides nothing."""
RATE_MEASURES = ("accepted_defect_rate", "defect_rate", "dpmo", "sigma_level", "z_lt")
TIME_MEASURES = ("lead_time", "on_time")
"""Measures of customers that bear on promised defect rates, and on promised times."""
_AT_MOST = ("accepted_defect_rate", "defect_rate", "dpmo", "lead_time")
_AT_LEAST = ("sigma_level", "z_lt", "on_time")
_DRAWN, _WIDE = 20, 30.0
"""Rows of a picture at most, and the span of multiples from which on their axis is logarithmic."""
NO_SLA = Why(Reason.NO_PROMISE, "the handoff has no such promise (sla)")
_MEASURED = {"defect_rate": "defect rate", "lead_time": "lead time"}
_COLUMNS = ["handoff", "measure", "customer", "requirement", "promised", "needed", "gap", "verdict"]


ASSUMPTIONS = (
    "A promised defect rate is the presented one, defects from before included.",
    "A promised lead time must be kept as often as the requirement asks the whole lead time to be.",
)


@dataclass(frozen=True, kw_only=True)
class SlaAdequacy(Result):
    """Promises between departments against what is required outside.

    Attributes
    ----------
    table : DataFrame
        A row for each handoff and measure that some requirement bears on: ``handoff``, ``measure`` ("defect_rate", as
        presented to the customer of the handoff, or "lead_time"), ``customer`` and ``requirement`` that need the most
        of it, ``promised`` (its ``sla``), ``needed``, ``gap`` (promised less needed: above 0 is too weak a promise),
        and ``verdict``. The weakest promises come first.
    """

    table: pd.DataFrame
    unit: str
    name: str
    unsplit: tuple[str, ...] = ()
    """Requirements that could not be split, and why."""

    tables: ClassVar[tuple[TableSpec, ...]] = SLA_ADEQUACY.tables

    @property
    def weak(self) -> pd.DataFrame:
        """The rows of handoffs that promise less than is needed."""
        return self.table[self.table["verdict"] == LESS]

    def summary(self) -> str:
        """The handoffs that promise too little, and how many promise nothing."""
        if not len(self.table):
            return "No requirement of a customer bears on a promise between departments."
        lines = [
            f"{row['handoff']}: promises {row['measure'].replace('_', ' ')} {self._text(row, 'promised')}, "
            f"{row['customer']} needs {self._text(row, 'needed')} ({row['requirement']})"
            for row in self.weak.to_dict("records")
        ]
        silent = int((self.table["verdict"] == NOTHING).sum())
        kept = int((self.table["verdict"] == ENOUGH).sum())
        lines.append(f"{len(lines)} promises are too weak, {kept} are enough, {silent} are missing")
        return "\n".join(lines)

    def _text(self, row: Mapping[Any, Any], column: str) -> str:
        value = float(row[column])
        return percent(value) if row["measure"] == "defect_rate" else f"{number(value)} {self.unit}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each promise as a multiple of what is needed, the weakest first; handoffs that promise nothing come last.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        import pandas as pd

        from qualitychain.plot.charts.dots import side_by_side

        given = self.table["verdict"] != NOTHING
        shown = pd.concat([self.table[given], self.table[~given]]).head(_DRAWN)
        several = len(set(shown["measure"])) > 1
        needed = shown["needed"].to_numpy(dtype=float)
        ratio = np.full(len(shown), np.nan)
        np.divide(shown["promised"].to_numpy(dtype=float), needed, out=ratio, where=needed > 0)
        drawn = side_by_side(
            [
                f"{row['handoff']}, {_MEASURED[row['measure']]}" if several else str(row["handoff"])
                for row in shown.to_dict("records")
            ],
            {"needed": np.ones(len(shown)), "promised": ratio},
            ax=ax,
            xlabel=f"promised {'' if several or shown.empty else _MEASURED[shown['measure'].iloc[0]] + ' '}"
            "as a multiple of what is needed",
            title=f"Promises against needs: {self.name}",
        )
        some = ratio[np.isfinite(ratio) & (ratio > 0)]
        if len(some) and max(some.max(), 1.0) > _WIDE * min(some.min(), 1.0):
            drawn.set_xscale("log")
        return drawn


def sla_adequacy(
    chain: Chain,
    *,
    method: Method = "proportional",
    shift: float = SHIFT,
    measures: Collection[str] | None = None,
    promised: bool = False,
) -> SlaAdequacy:
    """Which handoffs promise less than the customers' requirements behind them need.

    Parameters
    ----------
    chain : Chain
        With requirements on customers (``accepted_defect_rate``, ``defect_rate``, ``dpmo``, ``sigma_level``, ``z_lt``,
        ``lead_time``, ``on_time``), and promises (``sla``) of handoffs.
    method : {"proportional", "min_cost", "equal"}
        How a requirement is split; see ``allocate``. Where a requirement is met with something to spare, "proportional"
        and "equal" spread the spare over the handoffs, so that each may promise a little less than it does.
    shift : float
        The shift of the sigma level.
    measures : collection of str, optional
        Only requirements on these measures; by default on all that bear on promises.
    promised : bool
        Only handoffs that promise what is held against the requirement, which takes less time.

    Returns
    -------
    SlaAdequacy
        A requirement that cannot be split has a reason in ``missing``.

    Raises
    ------
    AnalysisError
        When the chain cannot be solved.
    ValueError
        When an argument is unknown or out of range.

    Notes
    -----
    Each requirement is split alone; of several that bear on one handoff the strictest counts. A lead time is needed
    with the probability that the requirement names (formulas page, "Targets").

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1, sla=qc.Sla(defect_rate=0.2)),
    ...                            qc.Handoff("D", "K", defect_rate=0.1)],
    ...                  requirements=[qc.Requirement(customer="K", measure="defect_rate", at_most=0.19)])
    >>> sla_adequacy(chain).table[["handoff", "promised", "needed", "verdict"]].round(6).values.tolist()
    [['S -> D', 0.2, 0.1, 'promises less'], ['D -> K', nan, 0.19, 'promises nothing']]
    """
    if method not in METHODS:
        raise ValueError(
            f"method must be one of {', '.join(METHODS)}, got {echo(method)}{did_you_mean(method, METHODS)}"
        )
    asked = None if measures is None else tuple(measures)
    return Study(chain, shift=shift).ask(sla_adequacy_of, method=method, measures=asked, promised=promised)


@dataclass(frozen=True)
class Needs:
    """What requirements need of handoffs, before it is made a table of."""

    rows: tuple[Mapping[str, Any], ...]
    """The rows of ``SlaAdequacy.table``."""
    unsplit: tuple[str, ...]
    exact: bool


def needs_of(
    study: Study, *, method: Method = "proportional", measures: tuple[str, ...] | None = None, promised: bool = False
) -> Needs:
    """What the requirements of a study's chain need of its handoffs, and what these promise."""
    chain = study.chain
    needs, unsplit = list[dict[str, Any]](), list[str]()
    for requirement in chain.requirements:
        if requirement.customer is None or (measures is not None and requirement.measure not in measures):
            continue
        said = _in_words(requirement)
        try:
            target, own_shift = _target(requirement, study.shift)
            rates, times = targets_of(chain, {requirement.customer: target}, own_shift)
            found = _time_needs(study, times, method, promised) if times else _rate_needs(study, rates, method)
            needs += [{**need, "customer": requirement.customer, "requirement": said} for need in found]
        except (AnalysisError, ChainError) as error:
            unsplit.append(f"{said}: {error}")
    if promised:
        slas = {h.full_name: h.sla for h in chain.handoffs}
        needs = [need for need in needs if getattr(slas[need["handoff"]], need["measure"], None) is not None]
    exact = not any(n["measure"] == "lead_time" for n in needs)
    return Needs(tuple(_rows(chain, needs)), tuple(unsplit), exact)


def sla_adequacy_of(
    study: Study, *, method: Method = "proportional", measures: tuple[str, ...] | None = None, promised: bool = False
) -> SlaAdequacy:
    """The promises of a study's chain against its requirements."""
    import pandas as pd

    chain, missing = study.chain, dict[Place, Why]()
    needs = study.ask(needs_of, method=method, measures=measures, promised=promised)
    for i, row in enumerate(needs.rows):
        if row["verdict"] == NOTHING:
            missing.update((Place("table", i, column), NO_SLA) for column in ("promised", "gap"))
    return SlaAdequacy(
        table=pd.DataFrame(list(needs.rows), columns=_COLUMNS),
        unit=chain.clock.said,
        name=chain.name,
        unsplit=needs.unsplit,
        exact=needs.exact,
        method=f"each requirement split alone ({method}), the strictest counts",
        assumptions=ASSUMPTIONS,
        missing=missing,
        units=study.units,
    )


def _target(requirement: Requirement, shift: float) -> tuple[dict[str, Any], float]:
    """The requirement as a target of an allocation, and the shift of its sigma level."""
    measure = requirement.measure
    bound = requirement.at_most if measure in _AT_MOST else requirement.at_least if measure in _AT_LEAST else None
    if bound is None:
        raise AnalysisError("it does not bear on what is handed over inside, or bounds it from the other side")
    if measure == "lead_time" and requirement.quantile is not None:
        return {"lead_time": bound, "quantile": requirement.quantile}, shift
    return ({"sigma_level": bound}, 0.0) if measure == "z_lt" else ({measure: bound}, shift)


def _in_words(requirement: Requirement) -> str:
    bound = "at_most" if requirement.at_most is not None else "at_least"
    value = getattr(requirement, bound)
    which = "" if requirement.quantile is None else f"{100 * requirement.quantile:g} % quantile of "
    shown = value if isinstance(value, str) else _bound_text(requirement.measure, float(value))
    return f"{which}{requirement.measure.replace('_', ' ')} {bound.replace('_', ' ')} {shown}"


def _bound_text(measure: str, value: float) -> str:
    return percent(value) if measure_of(measure).unit is Unit.SHARE else number(value)


def _rate_needs(study: Study, targets: list[Any], method: str) -> Iterator[dict[str, Any]]:
    compiled = study.compiled
    rates = Rates(compiled, targets, weights_of(compiled, None, ()), None)
    split = split_rates(rates, method, loosen=True)
    met = study.of(chain_with_rates(compiled, rates, split.rates)).ask(quality_figures_of)
    needed = met.handoffs["presented_defect_rate"]
    matters = np.atleast_1d((rates.signs(split.inner) > 0).any(axis=0))[rates.place[: len(compiled.names)]]
    for name, rate, bears in zip(compiled.names, needed, matters, strict=True):
        if bears and math.isfinite(rate):
            yield {"handoff": name, "measure": "defect_rate", "needed": float(rate)}


def _time_needs(study: Study, targets: list[TimeTarget], method: str, promised: bool) -> Iterator[dict[str, Any]]:
    from qualitychain.analysis.time.deliveries import COARSE, deliveries_of
    from qualitychain.analysis.time.lead_time_tables import handoff_times
    from qualitychain.improvement.allocate.factor import common_factor
    from qualitychain.improvement.allocate.time_split import scaled
    from qualitychain.improvement.allocate.times import Times, promised_times

    compiled = study.compiled
    # times that the customer does not depend on stay as they are
    bearing = _towards(compiled, targets[0].customer)
    departments = {h.supplier for h in compiled.chain.handoffs if h.full_name in bearing}
    weights = weights_of(compiled, None, ())
    times = Times(study, targets, weights, bearing | departments)
    factors = common_factor(times) if method == "proportional" and times.places else None
    if factors is None:
        factors, _ = scaled(times, method, loosen=method != "min_cost")
    better = study.of(changed(times.chain, times.changes(factors)))
    of = better.ask(deliveries_of, tolerance=COARSE)
    _, means, _ = handoff_times(compiled, of.timing, of.moments)
    slas = [h.sla for h in compiled.chain.handoffs]
    names = [
        name
        for name, sla in zip(compiled.names, slas, strict=True)
        if name in bearing and not (promised and (sla is None or sla.lead_time is None))
    ]
    found = promised_times(better, dict(zip(compiled.names, means.tolist(), strict=True)), targets[0].level, names)
    for name, time in found.items():
        yield {"handoff": name, "measure": "lead_time", "needed": time}


def _towards(compiled: Compiled, customer: str) -> frozenset[str]:
    """Handoffs from which something, a unit or what it needs, leads to the customer."""
    handoffs, reached = compiled.chain.handoffs, {customer}
    while True:
        more = {h.supplier for h in handoffs if h.customer in reached} - reached
        if not more:
            break
        reached |= more
    return frozenset(h.full_name for h in handoffs if h.customer in reached)


def _rows(chain: Chain, needs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    strictest: dict[tuple[str, str], dict[str, Any]] = {}
    for need in needs:
        key = need["handoff"], need["measure"]
        if key not in strictest or need["needed"] < strictest[key]["needed"]:
            strictest[key] = need
    promises = {h.full_name: h.sla for h in chain.handoffs}
    rows = []
    for (name, measure), need in strictest.items():
        sla = promises[name]
        given = None if sla is None else getattr(sla, measure)
        promised = math.nan if given is None else in_units(given, chain.clock)
        gap = promised - need["needed"]
        if abs(gap) <= (_SAME_TIME if measure == "lead_time" else _SAME) * need["needed"]:
            gap = 0.0  # what is not known so exactly must not decide
        verdict = NOTHING if given is None else LESS if gap > 0 else ENOUGH
        rows.append({**need, "promised": promised, "gap": gap, "verdict": verdict})
    order = [LESS, NOTHING, ENOUGH]
    rows.sort(key=lambda row: (order.index(row["verdict"]), -np.nan_to_num(row["gap"] / (row["needed"] or 1.0))))
    return rows


__all__ = ["ASSUMPTIONS", "ENOUGH", "LESS", "NOTHING", "SlaAdequacy", "needs_of", "sla_adequacy", "sla_adequacy_of"]
