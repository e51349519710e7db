"""The cost breakdown: one line for everything that costs, at its place, counted from the flow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.money.prices import Prices
from qualitychain.engine.gradients.gradients import Gradients
from qualitychain.engine.gradients.reward import Reward
from qualitychain.engine.network.network import Floats, Handoffs
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.engine.quality.thinning import first_rows
from qualitychain.model.records.handoff import Inspection
from qualitychain.vocabulary.reason import Reason, Why

PREVENTION, APPRAISAL, INTERNAL, EXTERNAL, CAPACITY = (
    "prevention",
    "appraisal",
    "internal_failure",
    "external_failure",
    "capacity",
)
CATEGORIES = (PREVENTION, APPRAISAL, INTERNAL, EXTERNAL, CAPACITY)


class LineKey(NamedTuple):
    """Which line it is: its row in ``missing``."""

    category: str
    kind: str
    department: str | None = None
    handoff: str | None = None
    customer: str | None = None


@dataclass(frozen=True)
class Line:
    """So many of something per started unit, at a price; NaN where its price is not given."""

    category: str
    kind: str
    department: str | None
    """Where it is spent: who inspects, redoes, mends or discards; for external failure who hands over."""
    handoff: str | None
    customer: str | None
    count: float
    price: float
    lacking: str = ""
    """The field that would give the price."""

    @property
    def key(self) -> LineKey:
        """Which line it is."""
        return LineKey(self.category, self.kind, self.department, self.handoff, self.customer)

    @property
    def amount(self) -> float:
        """Cost per started unit."""
        return self.count * self.price


def lines_of(compiled: Compiled, solution: Solution, perfect: Solution, prices: Prices) -> list[Line]:
    """All lines that count anything, but for prevention and late deliveries, which the flow does not tell."""
    found = [*_of_flow(compiled, solution, prices), *_of_requests(compiled, solution, prices)]
    found += _of_capacity(compiled, solution, perfect, prices)
    return [line for line in found if line.count != 0]


def _of_flow(compiled: Compiled, solution: Solution, prices: Prices) -> Iterator[Line]:
    flow, counted, nodes = compiled.network.flow, solution.tally, compiled.nodes
    customers = set(compiled.network.customers.tolist())
    for e, place in enumerate(compiled.flow_rows):
        handoff = compiled.chain.handoffs[place]
        at = _inspector(flow, e, nodes, customers)
        line = Line("", "", at, handoff.full_name, None, 0.0, 0.0)
        check = handoff.inspection
        if check is not None:
            # what an external customer's own inspection costs it is no gap, but counts where it is given
            own = int(flow.receiver[e]) in customers and not flow.by_giver[e]
            if not (own and math.isnan(prices.inspected[e])):
                yield _appraisal(line, float(counted.tried[e]), float(prices.inspected[e]))
            counts = float(counted.rejected_true[e]), float(counted.rejected_false[e])
            where = nodes[flow.back[e]] if check.reworks else at
            yield from _rejects(replace(line, department=where), check, counts, float(prices.rejected[e]))
        if int(flow.receiver[e]) not in customers:
            continue
        kept, shown = float(counted.accepted_bad[e]), float(counted.presented_bad[e])
        failed = replace(
            line,
            category=EXTERNAL,
            department=nodes[flow.giver[e]],
            customer=handoff.customer,
            price=float(prices.presented_bad[e]),
            lacking="external_failure_cost",
        )
        yield replace(failed, kind="nonconforming, kept", count=kept)
        # what is left of equal numbers when they are subtracted is rounding
        refused = shown - kept
        yield replace(failed, kind="nonconforming, refused", count=refused if refused > 1e-14 * shown else 0.0)


def _inspector(flow: Handoffs, e: int, nodes: tuple[str, ...], customers: set[int]) -> str:
    """Who pays for an inspection: who makes it, or the giver where that is an external customer."""
    receiver = int(flow.receiver[e])
    return nodes[flow.giver[e] if flow.by_giver[e] or receiver in customers else receiver]


def _appraisal(line: Line, count: float, price: float) -> Line:
    return replace(
        line, category=APPRAISAL, kind="inspection", count=count, price=price, lacking="the cost of its inspection"
    )


def _become(check: Inspection) -> Iterator[tuple[str, str, str]]:
    """What becomes of rejects: the kind of line of units, of requests, and what would give the price of either."""
    if check.reworks:
        yield "rework", "request redone", "the repair_cost of its inspection"
    if check.repairs:
        yield "repair", "request repaired", "the repair_cost of its inspection"
    if check.scraps:
        yield "scrap", "request replaced", "scrap_cost"


def _rejects(line: Line, check: Inspection, counts: tuple[float, float], price: float) -> Iterator[Line]:
    """What becomes of the nonconforming, and of the conforming units that an inspection rejects."""
    for kind, _, lacking in _become(check):
        for count, word in zip(counts, ("", " after a false alarm"), strict=True):
            yield replace(line, category=INTERNAL, kind=kind + word, count=count, price=price, lacking=lacking)


def _of_requests(compiled: Compiled, solution: Solution, prices: Prices) -> Iterator[Line]:
    pulled, nodes = compiled.network.pulled, compiled.nodes
    draws, rejected = request_counts(compiled, solution)
    for h, place in enumerate(compiled.pulled_rows):
        handoff = compiled.chain.handoffs[place]
        check = handoff.inspection
        if check is None:
            continue
        inspector = nodes[(pulled.giver if pulled.by_giver[h] else pulled.receiver)[h]]
        line = Line("", "", inspector, handoff.full_name, None, 0.0, 0.0)
        yield _appraisal(line, float(draws[h]), float(prices.drawn[h]))
        for _, kind, lacking in _become(check):
            yield replace(
                line,
                category=INTERNAL,
                kind=kind,
                department=inspector if check.repairs else nodes[pulled.giver[h]],
                count=float(rejected[h]),
                price=float(prices.refused[h]),
                lacking=lacking,
            )


def request_counts(compiled: Compiled, solution: Solution) -> tuple[Floats, Floats]:
    """Inspected and rejected results of every pulled handoff per started unit, shape (H,) each.

    The one draw of a common cause counts at the first of its handoffs.
    """
    network, counted = compiled.network, solution.requests
    draws = counted.uses + np.where(network.pulled.returned, counted.rejected, 0.0)
    rejected = counted.rejected.copy()
    keyed = network.key >= 0
    if keyed.any():
        draws[keyed] = rejected[keyed] = 0.0
        rows = first_rows(network)
        solved, one = Gradients(network), np.eye(len(network.pulled))
        draws[rows] = solved.values([Reward(draws=one[h]) for h in rows])
        rejected[rows] = solved.values([Reward(rejected=one[h]) for h in rows])
    return draws, rejected


def _of_capacity(compiled: Compiled, solution: Solution, perfect: Solution, prices: Prices) -> Iterator[Line]:
    """Work of each department beyond what a faultless chain would do for as many delivered units."""
    first = len(compiled.chain.suppliers)
    delivered, ideal = float(solution.absorbed[:-2].sum()), float(perfect.absorbed[:-2].sum())
    scale = delivered / ideal if ideal > 0 else math.nan
    for i, department in enumerate(compiled.chain.departments, first):
        now, faultless = float(solution.work[i]), float(perfect.work[i]) * scale
        extra = now - faultless
        if abs(extra) <= 1e-13 * max(now, faultless):
            continue
        line = Line(CAPACITY, "", department.name, None, None, extra, 0.0)
        unpaid = department.cost_per_time is None and department.work_cost is None
        if unpaid:
            yield replace(line, kind="working time", price=math.nan, lacking="cost_per_time or work_cost")
            continue
        if department.cost_per_time is not None:
            yield replace(line, kind="working time", price=float(prices.working_time[i]), lacking="cycle_time")
        if department.work_cost is not None:
            yield replace(line, kind="work", price=float(prices.work[i]))


def where_lacking(line: Line) -> Why:
    """The node or handoff that lacks a figure."""
    if line.category == CAPACITY:
        said = f"department '{line.department}' gives no {line.lacking}"
    elif line.category == EXTERNAL:
        said = f"neither handoff '{line.handoff}' nor customer '{line.customer}' gives {line.lacking}"
    else:
        said = f"handoff '{line.handoff}' does not give {line.lacking}"
    return Why(Reason.NO_COST, said)


__all__ = [
    "APPRAISAL",
    "CAPACITY",
    "CATEGORIES",
    "EXTERNAL",
    "INTERNAL",
    "PREVENTION",
    "Line",
    "LineKey",
    "lines_of",
    "request_counts",
    "where_lacking",
]
