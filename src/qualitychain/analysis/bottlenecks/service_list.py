"""Fourth list: internal service. Which promises to internal customers are broken, and who outside pays.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.evaluation import Evaluation, evaluation_of
from qualitychain.analysis.bottlenecks.specs import SERVICE
from qualitychain.analysis.money.revenue import NO_REVENUE
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.promise_kept import share_within
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.change import Scale
from qualitychain.model.records.handoff import Handoff, Sla
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.times import scaled_time
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_EVALUATED = 12
"""Broken promises whose price is worked out; the chain is evaluated anew for each."""
KEEPING = (
    "A promise of time is kept by doing everything faster by one factor: transport, inspection, and its supplier's "
    "work, which also shortens its queue; one of quality by a lower defect rate of the handoff's own."
)
SEARCH = 1e-5
"""How close the factor on times is searched for."""
CLOSE = 1e-9
LEAD_TIME, DEFECT_RATE = "lead time", "defect rate"
"""What of a promise is broken."""
PRICED = ("satisfied_gain", "revenue_gain")
LEFT_OUT = Why(Reason.LEFT_OUT, f"left out: the price is worked out for the {MOST_EVALUATED} promises most broken")


@dataclass(frozen=True, kw_only=True)
class ServiceList(Result):
    """How the promises (``sla``) of handoffs are kept, and what breaking them costs external customers.

    Attributes
    ----------
    handoffs : DataFrame, index ``handoff`` (those with a promise, the most costly broken ones first)
        ``handoff_supplier``, ``handoff_customer``, ``kind``, ``sla_lead_time`` and ``sla_attainment`` (share of the
        handoffs that keep it), ``sla_defect_rate`` and ``presented_defect_rate``, ``broken`` (``lead time``,
        ``defect rate``, both, or nothing), ``change`` (what would just keep the promise), ``satisfied_gain`` (rise of
        the share of all deliveries that are conforming and on time, if it were kept), ``revenue_gain`` (fall of the
        revenue at risk per period), ``rank``.
    customers : DataFrame
        ``satisfied_gain``, ``on_time_gain``, ``conforming_gain``, ``revenue_gain`` for each broken ``handoff`` and
        external ``customer``.
    level : float
        Share of the handoffs that must keep a promised lead time for the promise to count as kept.
    """

    handoffs: pd.DataFrame
    customers: pd.DataFrame
    level: float
    name: str = dataclasses.field(default="", repr=False)

    tables: ClassVar[tuple[TableSpec, ...]] = SERVICE.tables

    def summary(self) -> str:
        """The broken promises and what they cost, the most costly first."""
        if self.handoffs.empty:
            return "No handoff has a promise (sla)."
        broken = self.handoffs[self.handoffs["broken"] != ""]
        if broken.empty:
            return f"All {len(self.handoffs)} promises between departments are kept."
        lines = []
        for name, row in broken.iterrows():
            saved = row["revenue_gain"]
            risk = "" if math.isnan(saved) else f", {number(saved)} of revenue at risk per {self.units.period}"
            gain = "not known" if math.isnan(row["satisfied_gain"]) else f"+{percent(row['satisfied_gain'])}"
            lines.append(f"{name} breaks its promise ({row['broken']}): kept, satisfied deliveries {gain}{risk}")
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share of the handoffs that keep their promised lead time, worst first.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        """
        from qualitychain.plot.charts.bars import bars

        shown = self.handoffs["sla_attainment"].dropna().sort_values(ascending=False)
        below = [str(name) for name, value in shown.items() if value < self.level]
        return bars(
            [str(name) for name in shown.index],
            shown.to_numpy(),
            ax=ax,
            xlabel="share that keeps the promised lead time",
            title=f"Internal service: {self.name}",
            highlight=below,
        )


def service_list_of(study: Study, *, level: float = 0.95) -> ServiceList:
    """The internal service list of a study's chain."""
    import pandas as pd

    compiled, chain, now = study.compiled, study.chain, study.ask(evaluation_of)
    missing: dict[Place, Why] = {}
    promised = [i for i, h in enumerate(chain.handoffs) if h.sla is not None]
    attained = _attained(now, promised, missing)
    shown = _presented(compiled, study.solution)
    cases = [_Promise.of(compiled, i, attained.get(i, math.nan), float(shown[i]), level) for i in promised]
    broken = sorted((c for c in cases if c.broken), key=_severity)
    parts = [_price(study, case, level, missing) for case in broken[:MOST_EVALUATED]]
    for case in broken[MOST_EVALUATED:]:
        missing.update(
            (Place("handoffs", case.name, column), LEFT_OUT) for column in ("satisfied_gain", "revenue_gain")
        )
    return ServiceList(
        handoffs=_table(cases),
        customers=pd.concat(parts, ignore_index=True) if parts else _effects("", now, now).iloc[:0],
        level=level,
        name=chain.name,
        exact=False,
        method="each broken promise just kept in a changed chain, which is analysed anew",
        assumptions=(
            f"A promised lead time counts as kept when {percent(level)} of the handoffs keep it.",
            KEEPING,
            "To whom nothing is promised, or where no working time at all is given, satisfied means conforming.",
            *_ranked_without(now),
            "Gains of less than 1e-4 in the share on time are within the accuracy of the lead times.",
        ),
        missing=missing,
        units=study.units,
    )


@dataclass
class _Promise:
    """One handoff with a promise; price and change are filled in when it is broken."""

    handoff: Handoff
    place: int
    name: str
    late: float
    attained: float
    sla_defect_rate: float
    presented: float
    broken: tuple[str, ...]
    change: str = ""
    satisfied_gain: float = 0.0
    revenue_gain: float = 0.0
    order_gain: float = 0.0
    """The gain to rank by: of conforming units where a promise cannot be judged."""

    @classmethod
    def of(cls, compiled: Compiled, place: int, attained: float, presented: float, level: float) -> _Promise:
        """The promise and what is broken of it."""
        handoff = compiled.chain.handoffs[place]
        sla = handoff.sla or Sla(defect_rate=1.0)
        time = math.nan if sla.lead_time is None else in_units(sla.lead_time, compiled.chain.clock)
        rate = math.nan if sla.defect_rate is None else sla.defect_rate
        broken = (
            *([LEAD_TIME] if attained < level - CLOSE else []),
            *([DEFECT_RATE] if presented > rate * (1 + CLOSE) else []),
        )
        return cls(handoff, place, compiled.names[place], time, attained, rate, presented, broken)


def _severity(case: _Promise) -> float:
    over = case.presented - case.sla_defect_rate
    return -max(1.0 - case.attained if LEAD_TIME in case.broken else 0.0, over if over > 0 else 0.0)


def _attained(now: Evaluation, promised: list[int], missing: dict[Place, Why]) -> dict[int, float]:
    """Share of the handoffs that keep each promised lead time."""
    chain, times = now.chain, now.times
    timed = [i for i in promised if (sla := chain.handoffs[i].sla) is not None and sla.lead_time is not None]
    if times is None:
        if timed and (why := now.reason("lead_time")) is not None:
            missing[Place("handoffs", None, "sla_attainment")] = why
        return {}
    kept = {}
    for i in timed:
        name = chain.handoffs[i].full_name
        kept[i] = float(times.handoffs["sla_attainment"].loc[name])
        why = times.reason_for("handoffs", name, "sla_attainment") if math.isnan(kept[i]) else None
        if why is not None:
            missing[Place("handoffs", name, "sla_attainment")] = why
    return kept


def _presented(compiled: Compiled, solution: Solution) -> Floats:
    """Nonconforming share of what each handoff presents to its customer, NaN where nothing is, shape (handoffs,)."""
    t, r = solution.tally, solution.requests
    shown = np.full(len(compiled.names), np.nan)
    for rows, bad, every in (
        (compiled.flow_rows, t.presented_bad, t.presented),
        (compiled.pulled_rows, r.presented_bad, r.presented),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            shown[rows] = np.where(every > 0, bad / every, np.nan)
    return shown


def _price(study: Study, case: _Promise, level: float, missing: dict[Place, Why]) -> pd.DataFrame:
    """What external customers gain when the promise is just kept."""
    now = study.ask(evaluation_of)
    words, changes = [], dict[str, dict[str, Any]]()
    try:
        if DEFECT_RATE in case.broken:
            words.append(_keep_quality(study, case, changes))
        if LEAD_TIME in case.broken:
            words.append(_keep_time(study, case, level, changes))
        after = study.of(changed(study.chain, changes)).ask(evaluation_of)
    except AnalysisError as error:
        case.satisfied_gain = case.revenue_gain = case.order_gain = math.nan
        why = Why(Reason.NO_SOLUTION, f"the chain in which this promise is kept has no answer: {error}")
        missing.update((Place("handoffs", case.name, column), why) for column in PRICED)
        return _effects(case.name, now, now).iloc[:0]
    case.change = "; ".join(words)
    effects = _effects(case.name, now, after)
    case.satisfied_gain = after.satisfied - now.satisfied
    case.order_gain = after.ranking - now.ranking
    unjudged = next(iter(_unjudged(now).values()), None)
    if math.isnan(case.satisfied_gain):
        missing[Place("handoffs", case.name, "satisfied_gain")] = unjudged or NOTHING_DELIVERED
    known = effects["revenue_gain"].dropna()
    case.revenue_gain = float(known.sum()) if len(known) else math.nan
    if not len(known):
        missing[Place("handoffs", case.name, "revenue_gain")] = unjudged or NO_REVENUE
    return effects


def _unjudged(now: Evaluation) -> dict[str, Why]:
    """Why the promise to a customer cannot be judged, by customer."""
    unknown = now.customers["satisfied"].isna() & now.customers["conforming"].notna()
    names = [str(name) for name in now.customers.index[unknown]]
    return {name: now.reasons[name, "satisfied"] for name in names if (name, "satisfied") in now.reasons}


def _ranked_without(now: Evaluation) -> list[str]:
    """What is said where promises to external customers cannot be judged."""
    told = "; ".join(f"'{name}': {why}" for name, why in _unjudged(now).items())
    said = (
        f"Where a promise cannot be judged ({told}), broken promises are ranked by conforming deliveries, and "
        "revenue gains leave the customer out."
    )
    return [said] if told else []


def _effects(name: str, now: Evaluation, after: Evaluation) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "handoff": name,
            "customer": [c.name for c in now.chain.customers],
            "satisfied_gain": (after.customers["satisfied"] - now.customers["satisfied"]).to_numpy(),
            "on_time_gain": (after.customers["on_time"] - now.customers["on_time"]).to_numpy(),
            "conforming_gain": (after.customers["conforming"] - now.customers["conforming"]).to_numpy(),
            "revenue_gain": (now.customers["revenue_at_risk"] - after.customers["revenue_at_risk"]).to_numpy(),
        }
    )


def _keep_quality(study: Study, case: _Promise, changes: dict[str, dict[str, Any]]) -> str:
    """Lower the handoff's own defect rate until what it presents keeps the promise."""
    mine = _together(study.compiled, case)

    def lowered(factor: float) -> dict[str, dict[str, Any]]:
        return {name: {"defect_rate": Scale(factor)} for name in mine}

    def above(factor: float) -> float:
        better = study.of(changed(study.chain, lowered(factor)))
        return float(_presented(better.compiled, better.solution)[case.place]) - case.sla_defect_rate

    least = above(0.0)
    factor = 0.0 if not least < 0 else _root(above, 1e-12)
    for name, fields in lowered(factor).items():
        changes.setdefault(name, {}).update(fields)
    if least > CLOSE:
        return (
            f"its own defects removed (what it is given keeps the presented defect rate "
            f"{percent(least)} above the promise)"
        )
    return f"its own defect rate lower by {percent(1 - factor)}"


def _together(compiled: Compiled, case: _Promise) -> list[str]:
    """The handoff, with all others of its common cause: one draw serves all."""
    key = compiled.network.key
    row = np.flatnonzero(compiled.pulled_rows == case.place)
    if not len(row) or key[row[0]] < 0:
        return [case.name]
    return [compiled.names[int(i)] for i in compiled.pulled_rows[key == key[row[0]]]]


def _keep_time(study: Study, case: _Promise, level: float, changes: dict[str, dict[str, Any]]) -> str:
    """Do everything of the handoff faster by one factor until enough of them keep the promise."""
    compiled, chain, handoff = study.compiled, study.chain, case.handoff
    departments = {d.name for d in chain.departments if d.cycle_time is not None}

    def faster(factor: float) -> dict[str, dict[str, Any]]:
        own: dict[str, Any] = {"lead_time": Scale(factor)}
        if handoff.inspection is not None:
            own["inspection"] = {"time": scaled_time(handoff.inspection.time, factor)}
        work = {handoff.supplier: {"cycle_time": Scale(factor)}} if handoff.supplier in departments else {}
        return {case.name: own, **work}

    def above(factor: float) -> float:
        # times change neither quality nor work
        eased = dataclasses.replace(compiled, chain=changed(chain, faster(factor)))
        return share_within(eased, timing_of(eased, study.solution), case.place, case.late) - level

    most = above(0.0)
    factor = 0.0 if most <= 0 else _root(above, SEARCH)
    # on the side where it is kept, also at a jump
    for name, fields in faster(max(factor - 2 * SEARCH, 0.0) if above(factor) < 0 else factor).items():
        changes.setdefault(name, {}).update(fields)
    if most < 0:
        return (
            "its work and transport taking no time "
            f"(even so only {percent(most + level)} would keep the promised lead time)"
        )
    return f"its work and transport faster: {percent(factor)} of the present time"


def _root(above: Callable[[float], float], close: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(above, 0.0, 1.0, xtol=close))


def _table(cases: list[_Promise]) -> pd.DataFrame:
    """All promises: broken ones by what they cost, then the others in file order."""
    import pandas as pd

    for case in cases:
        if case.broken and not case.change:
            case.satisfied_gain = case.revenue_gain = case.order_gain = math.nan
    priced = any(c.revenue_gain > 0 for c in cases)

    def order(case: _Promise) -> tuple[float, float]:
        gain = case.revenue_gain if priced else case.order_gain
        return (0.0 if case.broken else 1.0, math.inf if math.isnan(gain) else -gain)

    ranked = sorted(cases, key=order)
    return pd.DataFrame(
        {
            "handoff_supplier": [c.handoff.supplier for c in ranked],
            "handoff_customer": [c.handoff.customer for c in ranked],
            "kind": ["pulled" if c.handoff.pulled else "flow" for c in ranked],
            "sla_lead_time": np.array([c.late for c in ranked], dtype=float),
            "sla_attainment": np.array([c.attained for c in ranked], dtype=float),
            "sla_defect_rate": np.array([c.sla_defect_rate for c in ranked], dtype=float),
            "presented_defect_rate": np.array([c.presented for c in ranked], dtype=float),
            "broken": [" and ".join(c.broken) for c in ranked],
            "change": [c.change for c in ranked],
            "satisfied_gain": np.array([c.satisfied_gain for c in ranked], dtype=float),
            "revenue_gain": np.array([c.revenue_gain for c in ranked], dtype=float),
            "rank": np.arange(1, len(ranked) + 1),
        },
        index=pd.Index([c.name for c in ranked], name="handoff"),
    )
