"""Fourth list: internal service. Which promises to internal customers are broken, and who outside pays.

Formulas: Bottlenecks.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.evaluation import Evaluation, evaluation_of
from qualitychain.analysis.bottlenecks.keeping import (
    DEFECT_RATE,
    KEEPING,
    LEAD_TIME,
    Promise,
    keep_quality,
    keep_time,
    presented_rates,
)
from qualitychain.analysis.bottlenecks.specs import SERVICE
from qualitychain.analysis.money.revenue import NO_REVENUE
from qualitychain.analysis.quality.quality_figures import NOTHING_DELIVERED
from qualitychain.analysis.time.lead_times import lead_times_of
from qualitychain.errors import AnalysisError
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Place, Reason, Why
from qualitychain.vocabulary.table import TableSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_EVALUATED = 12
"""Broken promises whose price is worked out; the chain is evaluated anew for each."""
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
    attained = _attained(study, promised, missing)
    shown = presented_rates(compiled, study.solution)
    cases = [Promise.of(compiled, i, attained.get(i, math.nan), float(shown[i]), level) for i in promised]
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


def _severity(case: Promise) -> float:
    over = case.presented - case.sla_defect_rate
    return -max(1.0 - case.attained if LEAD_TIME in case.broken else 0.0, over if over > 0 else 0.0)


def _attained(study: Study, promised: list[int], missing: dict[Place, Why]) -> dict[int, float]:
    """Share of the handoffs that keep each promised lead time."""
    chain, now = study.chain, study.ask(evaluation_of)
    timed = [i for i in promised if (sla := chain.handoffs[i].sla) is not None and sla.lead_time is not None]
    if not timed:
        return {}
    if now.times is None:
        if (why := now.reason("lead_time")) is not None:
            missing[Place("handoffs", None, "sla_attainment")] = why
        return {}
    times, kept = study.ask(lead_times_of), {}
    for i in timed:
        name = chain.handoffs[i].full_name
        kept[i] = float(times.handoffs["sla_attainment"].loc[name])
        why = times.reason_for("handoffs", name, "sla_attainment") if math.isnan(kept[i]) else None
        if why is not None:
            missing[Place("handoffs", name, "sla_attainment")] = why
    return kept


def _price(study: Study, case: Promise, level: float, missing: dict[Place, Why]) -> pd.DataFrame:
    """What external customers gain when the promise is just kept."""
    now = study.ask(evaluation_of)
    words, changes = [], dict[str, dict[str, Any]]()
    try:
        if DEFECT_RATE in case.broken:
            words.append(keep_quality(study, case, changes))
        if LEAD_TIME in case.broken:
            words.append(keep_time(study, case, level, changes))
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


def _table(cases: list[Promise]) -> pd.DataFrame:
    """All promises: broken ones by what they cost, then the others in file order."""
    import pandas as pd

    for case in cases:
        if case.broken and not case.change:
            case.satisfied_gain = case.revenue_gain = case.order_gain = math.nan
    priced = any(c.revenue_gain > 0 for c in cases)

    def order(case: Promise) -> tuple[float, float]:
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
