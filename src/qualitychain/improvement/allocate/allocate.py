"""From what external customers accept to what every handoff must promise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled, expect_chain
from qualitychain.analysis.base.defect_causes import cause_names
from qualitychain.analysis.base.study import SHIFT, Study
from qualitychain.analysis.quality.quality_figures import SIGMA_ENDS, quality_figures_of
from qualitychain.engine.network.network import Floats
from qualitychain.errors import AnalysisError
from qualitychain.improvement.allocate.allocation import Allocation
from qualitychain.improvement.allocate.common import one_exponent, one_rate
from qualitychain.improvement.allocate.min_cost import cheapest
from qualitychain.improvement.allocate.rates import RateEvaluation, Rates, cannot_reach, inside
from qualitychain.improvement.allocate.specs import TARGETS
from qualitychain.improvement.allocate.targets import RateTarget, TimeTarget, scope_of, targets_of, weights_of
from qualitychain.improvement.allocate.time_tables import NO_LIMIT, time_figures
from qualitychain.metrics import z_lt
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.unknown import refusal, with_unknown_as
from qualitychain.model.values.fields import echo
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.reason import Place, Reason, Why

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("min_cost", "equal", "proportional")
Method = Literal["min_cost", "equal", "proportional"]
_EFFECTS = {(False, False): "none", (True, False): "raises", (False, True): "lowers", (True, True): "raises or lowers"}
_BINDING = 1e-9


def allocate(
    chain: Chain,
    targets: Mapping[str, float | Mapping[str, Any]],
    *,
    method: Method = "min_cost",
    weights: Mapping[str, float] | None = None,
    handoffs: Iterable[str] | None = None,
    shift: float = SHIFT,
    unknown_as: float | None = None,
) -> Allocation:
    """What every handoff must promise so that external customers get what they accept.

    Parameters
    ----------
    chain : Chain
    targets : mapping of customer to float or mapping
        For each customer the greatest ``accepted_defect_rate`` (among the units it keeps), or a mapping with some of:
        ``accepted_defect_rate``, ``defect_rate`` (met at its door), ``dpmo``, ``sigma_level``; ``on_time`` (share
        within its promise and tolerance), ``lead_time`` (a time in the chain's unit or a duration text: the mean, or
        with ``quantile`` that quantile). Other customers get what follows.
    method : {"min_cost", "equal", "proportional"}
        How a target is split. "min_cost": at the least cost, where a rate d costs -k ln d, and no rate above the
        present one. "equal": one common rate. "proportional": 1 - (1 - d)^x with one common exponent x. The last two
        move the handoffs whose defects raise some rate asked for; one common rate may be more than some have now. Where
        all rates asked for are met already, none changes. Times: at the least cost -k ln(time), cut to one
        common length, or scaled by one common factor; none is made longer.
    weights : mapping of handoff to float, optional
        k of some handoffs (for targets in time also of departments), above 0; else ``improvement_weight``, and 1 for
        departments. The one rate of a common cause has the largest k of its handoffs.
    handoffs : iterable of str, optional
        Handoffs (for targets in time also departments) that may change; all by default.
    shift : float
        The shift of the sigma level.
    unknown_as : float, optional
        Rate to take for every handoff that states none; without it such a chain is refused.

    Returns
    -------
    Allocation

    Raises
    ------
    AnalysisError
        When a name is unknown (near misses are named), a target or weight is out of range (also a ValueError), targets
        cannot be reached (with how far they can), or the chain cannot be solved.

    Notes
    -----
    In series: d = 1 - (1 - D)^(1/n); x = ln(1 - D) / ln(1 - D now); d = k / (k + mu). On other graphs all three are
    solved on the exact equations; at least cost every rate that falls is k / (price of one unit of it), with a
    price for each customer's target. Such a point is the one optimum where no unit is inspected on a single path, and
    a local one in general (formulas page, "Targets").

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.2)])
    >>> allocate(chain, {"K": 0.19}, method="equal").table["promised"].round(6).tolist()
    [0.1, 0.1]
    >>> promises = allocate(chain, {"K": 0.1}, weights={"S -> D": 1, "D -> K": 3})
    >>> float(round(qc.quality(promises.chain).customers.loc["K", "defect_rate"], 9))
    0.1
    """
    expect_chain(chain)
    chain = with_unknown_as(chain, unknown_as)
    study = Study(chain, shift=shift)
    compiled = study.compiled
    if method not in METHODS:
        near = did_you_mean(method, METHODS)
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {echo(method)}{near}")
    rates, times = targets_of(chain, targets, study.shift)
    known = [*compiled.names, *(d.name for d in chain.departments if times)]
    scope = scope_of(handoffs, known, "a handoff or department" if times else "a handoff")
    dear = tuple(weights_of(compiled, weights, known).items())
    return study.ask(allocation_of, rates=tuple(rates), times=tuple(times), method=method, weights=dear, scope=scope)


def allocation_of(
    study: Study,
    *,
    rates: tuple[RateTarget, ...] = (),
    times: tuple[TimeTarget, ...] = (),
    method: Method = "min_cost",
    weights: tuple[tuple[str, float], ...] | None = None,
    scope: frozenset[str] | None = None,
) -> Allocation:
    """The question: what the handoffs of a study's chain must promise to reach targets."""
    import pandas as pd

    if study.lacking:
        raise AnalysisError(refusal(study.lacking))
    chain, compiled, asked_rates, asked_times = study.chain, study.compiled, list(rates), list(times)
    dear = weights_of(compiled, None, ()) if weights is None else dict(weights)
    study.ask(quality_figures_of)
    found = Rates(compiled, asked_rates, dear, scope)
    split = split_rates(found, method)
    missing: dict[Place, Why] = {}
    better = chain_with_rates(compiled, found, split.rates) if asked_rates else chain
    table = _table(study.of(better), found, split, missing=missing)
    rows = _rows(found, split, method, missing)
    timed = time_figures(
        study.of(better), asked_times, method=method, weights=dear, scope=scope, missing=missing, first=len(asked_rates)
    )
    better = timed.chain
    if asked_times:
        # the way of a handoff has a row of its own, and the handoff's time
        places = [cause.place for cause in found.causes]
        table = table.assign(lead_time=timed.lead_time[places], sla_lead_time=timed.promised[places])
        for name, place in zip(table.index, places, strict=True):
            if (why := missing.get(Place("table", compiled.names[place], "sla_lead_time"))) is not None:
                missing[Place("table", str(name), "sla_lead_time")] = why
    inside = [name for name in compiled.names if scope is None or name in scope]
    better = _with_promises(better, table, inside, rates=bool(asked_rates), timed=bool(asked_times))
    return Allocation(
        table=table,
        times=timed.table,
        targets=pd.DataFrame([*rows, *timed.rows], columns=[column.name for column in TARGETS]),
        gradients=_gradients(compiled, found, split),
        cost=found.cost(split.rates) + timed.cost + 0.0,
        way=method,
        shift=study.shift,
        unit=chain.clock.said,
        chain=better,
        exact=not asked_times,
        method=_said(method, split, asked_rates, asked_times),
        assumptions=tuple(_assumptions(chain, found, split, method, asked_times)),
        missing=missing,
        units=study.units,
    )


@dataclass(frozen=True)
class RateSplit:
    """Chosen rates, and the chain's figures before and after."""

    rates: Floats
    prices: Floats | None
    before: RateEvaluation | None
    after: RateEvaluation | None
    slopes: Floats
    """Derivatives at the present rates, shape (T, N)."""
    inner: Floats
    """The same where no rate of 1 hides the others, for their signs."""
    off: float = 0.0


def split_rates(rates: Rates, method: str, *, loosen: bool = False) -> RateSplit:
    """The rates that meet the targets; with ``loosen`` also where they become higher than they are."""
    if not rates.targets:
        none = np.zeros((0, len(rates)))
        return RateSplit(rates.now, None, None, None, none, none)
    before = rates.evaluate(rates.now)
    slopes = rates.slopes(before)
    inner = slopes if np.array_equal(inside(rates.now), rates.now) else rates.inner_slopes()
    prices, off = None, 0.0
    if method == "min_cost":
        found = cheapest(rates)
        chosen, prices, off = found.rates, found.prices, found.off
    elif rates.excess(before) <= 0 and not loosen:
        chosen = rates.now
    else:
        helping = rates.helping(inner)
        if not helping.any():
            if rates.excess(before) > 0:
                raise cannot_reach(rates, "no handoff that may change has defects that raise the rates asked for")
            chosen = rates.now
        else:
            chosen = (one_rate if method == "equal" else one_exponent)(rates, helping)
    return RateSplit(chosen, prices, before, rates.evaluate(chosen), slopes, inner, off)


def chain_with_rates(compiled: Compiled, rates: Rates, chosen: Floats) -> Chain:
    """The chain with other rates; those that stay are stated as they were."""
    now, then = rates.now[rates.place], chosen[rates.place]
    changes: dict[str, dict[str, float]] = {}
    for cause, d, old in zip(rates.causes, then, now, strict=True):
        if d != old:
            field = "defect_rate" if cause.rate == "defect" else "transit_defect_rate"
            changes.setdefault(compiled.names[cause.place], {})[field] = float(d)
    return changed(compiled.chain, changes)


def _with_promises(chain: Chain, table: pd.DataFrame, names: list[str], *, rates: bool, timed: bool) -> Chain:
    """The chain in which each handoff promises what the table says."""
    changes = {}
    for name in names:
        promise: dict[str, float] = {}
        presented = float(table["presented_defect_rate"].loc[name])
        if rates and math.isfinite(presented):
            promise["defect_rate"] = min(presented, 1.0)
        if timed and math.isfinite(time := float(table["sla_lead_time"].loc[name])):
            promise["lead_time"] = time
        if promise:
            changes[name] = {"sla": promise}
    present = {h.full_name: h.sla for h in chain.handoffs}
    for name, change in changes.items():
        sla = present[name]
        for kept in ("defect_rate", "lead_time") if sla is not None else ():
            value = getattr(sla, kept)
            if value is not None:
                change["sla"].setdefault(kept, value)
    return changed(chain, changes)


def _table(better: Study, rates: Rates, split: RateSplit, *, missing: dict[Place, Why]) -> pd.DataFrame:
    import pandas as pd

    place, signs = rates.place, rates.signs(split.inner) if rates.targets else np.zeros((1, len(rates)), dtype=int)
    promised, now = split.rates[place], rates.now[place]
    presented = better.ask(quality_figures_of).handoffs["presented_defect_rate"]
    names, where = cause_names(rates.compiled), [cause.place for cause in rates.causes]
    unknown = np.atleast_1d(np.isnan(split.inner).any(axis=0))
    effect = [
        "unknown" if unknown[p] else _EFFECTS[bool((signs[:, p] > 0).any()), bool((signs[:, p] < 0).any())]
        for p in place
    ]
    table = pd.DataFrame(
        {
            "defect_rate": now,
            "promised": promised,
            "sigma_level": np.asarray(z_lt(promised, 1)) + better.shift,
            "presented_defect_rate": presented[where],
            "weight": rates.weight[place],
            "unchanged": promised == now,
            "effect": effect,
        },
        index=pd.Index(names, name="handoff"),
    )
    for name, rate, met in zip(names, promised, presented[where], strict=True):
        if rate in (0, 1):
            missing[Place("table", name, "sigma_level")] = SIGMA_ENDS[float(rate)]
        if math.isnan(met):
            missing[Place("table", name, "presented_defect_rate")] = Why(Reason.NO_WORK, "nothing goes that way")
    return table


def _rows(rates: Rates, split: RateSplit, method: str, missing: dict[Place, Why]) -> list[dict[str, Any]]:
    rows = []
    for t, target in enumerate(rates.targets):
        before, after = cast(RateEvaluation, split.before), cast(RateEvaluation, split.after)
        price = math.nan
        if split.prices is not None:
            price = float(split.prices[t]) * _per_unit(target)
        else:
            unweighed = Why(Reason.NOT_APPLICABLE, f"method {method} does not weigh costs")
            missing[Place("targets", t, "price")] = unweighed
        missing[Place("targets", t, "within")] = NO_LIMIT
        rows.append(
            {
                "customer": target.customer,
                "measure": target.measure,
                "within": math.nan,
                "asked": target.asked,
                "now": target.said(float(before.level[t])),
                "reached": target.said(float(after.level[t])),
                "binding": bool(after.level[t] >= target.goal * (1 - _BINDING)),
                "price": price,
            }
        )
    return rows


def _per_unit(target: RateTarget) -> float:
    """Change of the goal -ln(1 - rate) per unit of the measure, without its sign."""
    if target.measure == "sigma_level":
        z = target.asked - target.shift
        share = math.exp(-target.goal / target.opportunities)
        return target.opportunities * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / share
    if target.measure == "dpmo":
        return target.opportunities * 1e-6 * math.exp(target.goal / target.opportunities)
    return math.exp(target.goal)


def _gradients(compiled: Compiled, rates: Rates, split: RateSplit) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Floats] = {}
    for target, row in zip(rates.targets, split.slopes, strict=True):
        name = target.customer if target.customer not in columns else f"{target.customer}: {target.measure}"
        columns[name] = row[rates.place]
    return pd.DataFrame(columns, index=pd.Index(cause_names(compiled), name="handoff"))


def _said(method: str, split: RateSplit, rates: list[RateTarget], times: list[TimeTarget]) -> str:
    words = {
        "min_cost": "least cost -k ln(rate), by prices of the targets on the exact gradients",
        "equal": "one common rate, found on the exact equations",
        "proportional": "one common exponent of 1 - rate, found on the exact equations",
    }
    said = []
    if rates:
        said.append(words[method])
        if method == "min_cost":
            said.append(f"rates within a relative {max(split.off, 1e-15):.1g} of what the prices ask")
    if times:
        said.append(
            {
                "min_cost": "times at least cost -k ln(time), split by what each adds to mean and deviation",
                "equal": "times cut to one common length",
                "proportional": "times scaled by one common factor",
            }[method]
            + "; the targets are met on the lead times of the changed chain"
        )
    return "; ".join(said)


def _assumptions(chain: Chain, rates: Rates, split: RateSplit, method: str, times: list[TimeTarget]) -> list[str]:
    said = []
    if rates.targets:
        said.append("Inspections, shares and amounts stay as they are; only defect rates change.")
        if method == "min_cost":
            said.append("A defect rate d costs -k ln d: halving any rate costs the same for the same weight.")
        elif split.before is not None and rates.excess(split.before) <= 0:
            said.append("The rates asked for are met already, so no rate changes.")
        if any(h.sample is not None for h in chain.handoffs):
            said.append("Counted defect rates are taken at face value.")
    if times:
        said.append(
            "A department's time is shortened by working faster (cycle time); its queue then shortens with it. More "
            "servers may serve as well: compare with what_if."
        )
        said.append("Arrivals, defects and their redoing stay as they are.")
    return said


__all__ = ["METHODS", "allocate", "allocation_of", "chain_with_rates", "split_rates"]
