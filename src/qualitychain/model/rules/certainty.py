"""What can and what must happen to a unit, with every chance read as none, some or certain.

Enough to tell at load time whether units or requests can circulate for ever, without solving anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qualitychain.model.records.handoff import Handoff, defect_rate_of, transit_rate_of

if TYPE_CHECKING:
    from qualitychain.model.rules.parts import Parts


@dataclass
class Inputs:
    """What a node's pulled inputs can do to its work: spoil the unit or blind its inspection, possibly or surely."""

    may_spoil: bool = False
    must_spoil: bool = False
    may_blind: bool = False
    must_blind: bool = False


class Step(NamedTuple):
    """One pass through a handoff from a conforming start: which moves have positive probability."""

    stays_good: bool
    turns_bad: bool
    detects: bool
    misses: bool
    alarms: bool
    passes: bool
    fixes: bool
    leaves_bad: bool


def step(handoff: Handoff, supplier: Inputs) -> Step:
    """Which moves are possible when ``handoff`` is used by a supplier with these inputs."""
    # of an unknown rate everything is possible
    rate, inspection = 0.5 if handoff.rate_unknown else defect_rate_of(handoff), handoff.inspection
    by_supplier = inspection is not None and inspection.by == "supplier"
    if not by_supplier:
        way = transit_rate_of(handoff)
        rate = rate + way - rate * way
    detect = inspection.detect if inspection else 0.0
    alarm = inspection.false_alarm if inspection else 0.0
    fix = inspection.fix if inspection else 1.0
    if inspection is not None and inspection.scraps and handoff.pulled:
        fix = 1.0
    return Step(
        stays_good=rate < 1 and not supplier.must_spoil,
        turns_bad=rate > 0 or supplier.may_spoil,
        detects=detect > 0 and not (by_supplier and supplier.must_blind),
        misses=detect < 1 or (by_supplier and supplier.may_blind),
        alarms=alarm > 0 and not (by_supplier and supplier.must_blind),
        passes=alarm < 1 or (by_supplier and supplier.may_blind),
        fixes=fix > 0,
        leaves_bad=fix < 1,
    )


def request(handoff: Handoff, supplier: Inputs) -> tuple[bool, bool, bool]:
    """Whether a request may be bad, must be bad, and always ends."""
    may, must, ends = _checked(handoff, supplier)
    if handoff.inspection is not None and handoff.inspection.by == "supplier":
        way = transit_rate_of(handoff)
        return may or way > 0, must or way == 1, ends
    return may, must, ends


def _checked(handoff: Handoff, supplier: Inputs) -> tuple[bool, bool, bool]:
    """The same before damage on the way that the supplier's inspection cannot see."""
    s = step(handoff, supplier)
    how = handoff.inspection.on_reject if handoff.inspection else "concession"
    if how in ("concession", "repair"):
        cleared = how == "repair" and s.detects and s.fixes
        may = s.turns_bad and (how == "concession" or s.misses or s.leaves_bad)
        return may, not s.stays_good and not cleared, True
    bad_ends = s.misses or (s.detects and s.fixes and s.stays_good and s.passes)
    good_ends = (s.stays_good and s.passes) or (s.turns_bad and (s.misses or (s.detects and s.leaves_bad and s.misses)))
    ends = good_ends and (bad_ends or not s.turns_bad)
    may = s.turns_bad and s.misses
    return may, may and not (s.stays_good and s.passes), ends


def inputs_of(parts: Parts) -> tuple[dict[str, Inputs], list[tuple[int, Handoff]]]:
    """What each node's inputs can do, and the pulled handoffs whose requests may never end.

    Least fixed point: start from "nothing can go wrong" and propagate until nothing changes. Each flag can only rise,
    so a node is looked at again at most four times for each of its suppliers.
    """
    nodes = {node.name: Inputs() for _, _, node in parts.nodes()}
    groups = parts.pulled_groups
    of_customer: dict[str, list[list[tuple[int, Handoff]]]] = {}
    customers_of: dict[str, set[str]] = {}
    for (customer, _, _), group in groups.items():
        of_customer.setdefault(customer, []).append(group)
        for _, handoff in group:
            customers_of.setdefault(handoff.supplier, set()).add(customer)
    waiting = list(of_customer)
    queued = set(waiting)
    while waiting:
        customer = waiting.pop()
        queued.discard(customer)
        if _update(nodes, customer, of_customer[customer]):
            for further in customers_of.get(customer, ()):
                if further not in queued:
                    queued.add(further)
                    waiting.append(further)
    endless = [
        (index, handoff)
        for group in groups.values()
        for index, handoff in group
        if _used(handoff) and not request(handoff, nodes[handoff.supplier])[2]
    ]
    return nodes, endless


def _used(handoff: Handoff) -> bool:
    return bool(handoff.per_unit) and handoff.share != 0


def _update(nodes: Mapping[str, Inputs], customer: str, groups: list[list[tuple[int, Handoff]]]) -> bool:
    mine = nodes[customer]
    before = (mine.may_spoil, mine.must_spoil, mine.may_blind, mine.must_blind)
    for group in groups:
        outcomes = [request(h, nodes[h.supplier]) for _, h in group if _used(h)]
        if not outcomes:
            continue
        may = any(o[0] for o in outcomes)
        must = all(o[1] for o in outcomes) and (group[0][1].per_unit or 0) >= 1
        affects = group[0][1].affects or "unit"
        if affects == "unit":
            mine.may_spoil |= may
            mine.must_spoil |= must
        elif affects == "inspection":
            mine.may_blind |= may
            mine.must_blind |= must
    return before != (mine.may_spoil, mine.must_spoil, mine.may_blind, mine.must_blind)
