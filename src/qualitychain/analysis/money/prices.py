"""What everything that goes wrong costs, from the figures of the chain; as prices, and as a reward of the engine.

A figure that is not given is NaN here and counts nothing in a reward; who reports costs says what was missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.gradients.gradients import Gradient, Gradients
from qualitychain.engine.gradients.reward import Reward, quotient
from qualitychain.engine.network.network import Floats
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff
from qualitychain.model.values.times import moments
from qualitychain.vocabulary.reason import Reason, Why

VOLUME_MISMATCH = 0.01
"""Volumes that differ by more, relatively, from what the chain would deliver are told."""


@dataclass(frozen=True)
class Prices:
    """Cost of one of everything, NaN where no figure is given; F flow and H pulled handoffs, V nodes."""

    inspected: Floats
    """Per unit inspected, shape (F,)."""
    rejected: Floats
    """Per unit rejected (repair_cost, or scrap_cost where it is scrapped; nothing for a concession), shape (F,)."""
    presented_bad: Floats
    """Per nonconforming unit presented to an external customer, 0 on other handoffs, shape (F,)."""
    drawn: Floats
    """Per inspected result of a request, shape (H,)."""
    refused: Floats
    """Per rejected result of a request, shape (H,)."""
    working_time: Floats
    """Server time of one unit of work, shape (V,): cycle time / availability * cost_per_time."""
    work: Floats
    """Further cost of one unit of work, shape (V,)."""

    @property
    def of_work(self) -> Floats:
        """What is known of the cost of one unit of work, shape (V,)."""
        return np.nan_to_num(self.working_time) + np.nan_to_num(self.work)


def prices_of(compiled: Compiled) -> Prices:
    """The prices that a chain gives."""
    chain, network = compiled.chain, compiled.network
    flow = [chain.handoffs[i] for i in compiled.flow_rows]
    pulled = [chain.handoffs[i] for i in compiled.pulled_rows]
    customers = {c.name: c for c in chain.customers}
    failure = [
        0.0
        if h.customer not in customers
        else _first(h.external_failure_cost, customers[h.customer].external_failure_cost)
        for h in flow
    ]
    first, clock = len(chain.suppliers), chain.clock
    time, work = np.full(network.nodes, np.nan), np.full(network.nodes, np.nan)
    for i, department in enumerate(chain.departments, first):
        work[i] = _first(department.work_cost)
        if department.cost_per_time is not None and department.cycle_time is not None:
            cycle = moments(department.cycle_time, clock)[0]
            time[i] = department.cost_per_time * cycle / department.availability
    return Prices(
        inspected=np.array([_of_inspection(h) for h in flow], dtype=float),
        rejected=np.array([_of_reject(h) for h in flow], dtype=float),
        presented_bad=np.array(failure, dtype=float),
        drawn=np.array([_of_inspection(h) for h in pulled], dtype=float),
        refused=np.array([_of_reject(h) for h in pulled], dtype=float),
        working_time=time,
        work=work,
    )


def _first(*given: float | None) -> float:
    """The first figure that is given: the handoff's own before the customer's, so that no defect is counted twice."""
    return next((value for value in given if value is not None), math.nan)


def _of_inspection(handoff: Handoff) -> float:
    return 0.0 if handoff.inspection is None else _first(handoff.inspection.cost)


def _of_reject(handoff: Handoff) -> float:
    check = handoff.inspection
    if check is None or not (check.mends or check.scraps):
        return 0.0
    return _first(handoff.scrap_cost if check.scraps else check.repair_cost)


def ideal_cost_of_work(compiled: Compiled, prices: Prices, perfect: Solution | None = None) -> float:
    """Cost of the work for one delivered unit if nothing were ever bad or rejected; NaN where nothing is delivered."""
    ideal = perfect or compiled.solve(compiled.network.perfect())
    delivered = float(ideal.absorbed[:-2].sum())
    return float(prices.of_work @ ideal.work) / delivered if delivered > 0 else math.nan


def cost_rewards(compiled: Compiled) -> Reward:
    """The cost of poor quality per started unit as a reward: all of it that is linear in what happens.

    Appraisal, internal failure, nonconforming units met by customers, and the work of the hidden factory; what is
    spent on prevention does not depend on the flow, and late deliveries are not linear in it.

    Parameters
    ----------
    compiled : Compiled

    Returns
    -------
    Reward
        Its value times the start rate is the cost per time unit. Its gradients to defect rates, detection, false
        alarms and fixes are those of the cost; to shares, amounts and start rates they leave out that the work of a
        faultless chain changes too (``cost_gradient`` has it).

    Notes
    -----
    The hidden factory is the work that is done less the work that a faultless chain would do for as many delivered
    units, so a delivered unit is worth minus the cost of its faultless work.
    """
    prices = prices_of(compiled)
    ideal = ideal_cost_of_work(compiled, prices)
    absorbed = np.zeros(2 * len(compiled.network.customers) + 2)
    absorbed[:-2] = -np.nan_to_num(ideal)
    rejected = np.nan_to_num(prices.rejected)
    return Reward(
        absorbed=absorbed,
        tried=np.nan_to_num(prices.inspected),
        rejected_true=rejected,
        rejected_false=rejected,
        presented_bad=np.nan_to_num(prices.presented_bad),
        work=prices.of_work,
        draws=np.nan_to_num(prices.drawn),
        rejected=np.nan_to_num(prices.refused),
    )


def cost_gradient(compiled: Compiled) -> Gradient:
    """Derivatives of the cost of poor quality per started unit to every parameter, also to shares and amounts.

    To defect rates, detection, false alarms and fixes it is that of ``cost_rewards``. Shares, amounts and starts also
    change what a faultless chain would work for one delivered unit, which the hidden factory is measured against.
    """
    prices, network = prices_of(compiled), compiled.network
    found = Gradients(network)
    now = found.gradient(cost_rewards(compiled))
    perfect = network.perfect()
    ideal, every = Gradients(perfect), np.ones(2 * len(network.customers) + 2)
    every[-2:] = 0.0
    work, all_units = Reward(work=prices.of_work), Reward(absorbed=every)
    of_work, of_units = ideal.values([work, all_units])
    if of_units <= 0:
        return now
    base = ideal.gradient(quotient(work, all_units, float(of_work), float(of_units)))
    delivered = float(found.absorbed[:-2].sum())
    return replace(
        now,
        flow=replace(now.flow, share=now.flow.share - delivered * base.flow.share),
        pulled=replace(now.pulled, share=now.pulled.share - delivered * base.pulled.share),
        per_unit=now.per_unit - delivered * base.per_unit,
        start=now.start - delivered * base.start,
    )


@dataclass(frozen=True)
class Period:
    """How much of the flow makes one period."""

    starts: float
    """Units started in a period; NaN where it is not known."""
    how: str
    """How that is known; a ``Why`` where it is not."""
    remark: str = ""
    """Said where the customers' volumes do not fit the flow."""

    @property
    def known(self) -> bool:
        """Whether figures per period can be given."""
        return not math.isnan(self.starts)


def period_of(compiled: Compiled, delivered: Floats) -> Period:
    """Units started per period, from the volumes of the customers, or else from the start rate.

    Parameters
    ----------
    compiled : Compiled
    delivered : array, shape (K,)
        Units that each customer keeps, per started unit.
    """
    chain = compiled.chain
    told = [(c, float(y)) for c, y in zip(chain.customers, delivered, strict=True) if c.volume is not None and y > 0]
    some = [(c, y) for c, y in told if c.volume]
    if some:
        starts = math.fsum(c.volume or 0.0 for c, _ in told) / math.fsum(y for _, y in told)
        off = [
            c for c, y in told if abs((c.volume or 0.0) - starts * y) > VOLUME_MISMATCH * max(starts * y, c.volume or 0)
        ]
        remark = ""
        if off:
            named = ", ".join(f"'{c.name}' {c.volume:g} (flow: {starts * y:.4g})" for c, y in told if c in off)
            remark = f"Volumes do not fit the shares of the flow, which costs per period follow: {named}."
        return Period(starts, "A period is the flow that delivers the customers' volumes together.", remark)
    length = _length(chain)
    if length is not None and not compiled.rate_assumed:
        said = f"A period is {chain.period}, {length:g} {chain.clock.said} of starts at the given rate."
        return Period(compiled.release_rate * length, said)
    if not np.any(delivered > 0):
        why = Why(Reason.NOTHING_DELIVERED, "no figures per period: nothing is delivered to any customer")
        return Period(math.nan, why)
    reached = next((c.name for c, y in zip(chain.customers, delivered, strict=True) if y > 0))
    period = f"the period '{chain.period}' is no length of time" if chain.period else "no period is given"
    if length is not None:
        period = "no supplier gives its rate"
    if told:
        named = " and ".join(f"'{c.name}'" for c, _ in told)
        return Period(
            math.nan, Why(Reason.NOT_GIVEN, f"no figures per period: {period}, and the volume of {named} is 0")
        )
    said = f"no figures per period: {period}, and the field volume of customer '{reached}' is not given"
    return Period(math.nan, Why(Reason.NOT_GIVEN, said))


def _length(chain: Chain) -> float | None:
    """The period as a length in the chain's time unit, where its words say one: "2 w", or "week"."""
    if chain.period is None:
        return None
    for text in (chain.period, f"1 {chain.period.strip()}"):
        try:
            return chain.clock.in_unit(text)
        except ValueError:
            continue
    return None


__all__ = ["Period", "Prices", "cost_gradient", "cost_rewards", "ideal_cost_of_work", "period_of", "prices_of"]
