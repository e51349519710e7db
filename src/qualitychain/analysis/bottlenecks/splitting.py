"""Part of a department's work done elsewhere: by a second team inside (offload) or by a supplier (outsource).

All work that comes to the department, first time or as rework, meets a splitting point that takes no time: the share
``fraction`` goes to the other team, the rest stays. Requests are split by their sourcing shares. Redo within the
department's own handoffs stays with whoever did the work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.quality.scenarios import Solution
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff, defect_rate_of
from qualitychain.model.records.nodes import Department, Supplier
from qualitychain.model.values.times import distribution_or_time
from qualitychain.near import did_you_mean


@dataclass(frozen=True)
class Outside:
    """How a supplier does the outsourced work."""

    defect_rate: float | None
    """Chance that it spoils a unit; None: as the department does, its inputs included."""
    lead_time: Any
    """From asking to having it done."""
    cost: float | None
    """Per unit of work."""


def offloaded(chain: Chain, department: Department, fraction: float, servers: int) -> Chain:
    """The chain with a second team like the department, with its own queue, inputs and servers, doing ``fraction``."""
    other = _unused(chain, f"{department.name}: second team")
    outgoing = [h for h in chain.handoffs if h.supplier == department.name]
    copies = [_given(h, other, fraction) for h in outgoing]
    for h in chain.handoffs:
        if h.pulled and h.customer == department.name:
            needed = replace(h, customer=other, name=f"{_named(h)}, needed there")
            if h.supplier == department.name:
                # what a department needs from itself both teams get from both
                copies.append(replace(_given(needed, other, fraction), name=f"{_named(h)}, for itself"))
                needed = replace(needed, item=h.item or h.full_name, share=(1 - fraction) * _share(h))
            copies.append(needed)
    team = replace(department, name=other, servers=servers)
    return _split(chain, department.name, other, fraction, [team, *copies])


def outsourced(
    compiled: Compiled, solution: Solution, department: Department, fraction: float, terms: Outside
) -> Chain:
    """The chain with a supplier doing ``fraction``: its time and its defects stand on what is pulled from it."""
    chain = compiled.chain
    other = _unused(chain, f"{department.name}: outsourced")
    outside = Supplier(_unused(chain, f"{department.name}: supplier of the outsourced work"))
    node = compiled.nodes.index(department.name)
    spoilt, blind = float(solution.spoilt[node]), float(solution.blind[node])
    work = Handoff(
        outside.name, other, item="outsourced work", per_unit=1, defect_rate=terms.defect_rate or 0.0,
        lead_time=terms.lead_time,
    )  # fmt: skip
    copies = []
    for h in chain.handoffs:
        if h.supplier != department.name:
            continue
        own = defect_rate_of(h)
        rate = 0.0 if terms.defect_rate is not None else spoilt + own - spoilt * own
        copy = _given(h, other, fraction)
        check = copy.inspection
        if check is not None and check.by == "supplier" and terms.defect_rate is None:
            check = replace(check, detect=check.detect * (1.0 - blind))
        copies.append(
            replace(copy, defect_rate=rate, sample=None, dpu=None, dpo=None, opportunities=None, inspection=check)
        )
    relay = Department(other, kind="outsourced", cycle_time=0, work_cost=terms.cost)
    return _split(chain, department.name, other, fraction, [outside, relay, work, *copies])


def _split(chain: Chain, name: str, other: str, fraction: float, extras: list[Any]) -> Chain:
    changes: dict[str, dict[str, Any]] = {}
    point = _unused(chain, f"{name}: split")
    into = [h for h in chain.handoffs if not h.pulled and h.customer == name]
    for h in into:
        changes.setdefault(h.full_name, {"name": h.full_name})["customer"] = point
    visited = bool(into)
    for h in chain.handoffs:
        # rework within the department's own handoffs stays with whoever did the work
        if h.inspection is not None and h.inspection.rework_to == name and h.supplier != name:
            changes.setdefault(h.full_name, {"name": h.full_name})["inspection"] = {"rework_to": point}
            visited = True
        if h.pulled and h.supplier == name:
            kept = {"name": h.full_name, "item": h.item or h.full_name, "share": (1 - fraction) * _share(h)}
            changes[h.full_name] = changes.get(h.full_name, {}) | kept
    # a self-loop of the second team enters the splitting point as that of the department does
    extras = [replace(e, customer=point) if _loops(e, name) else e for e in extras]
    if visited:
        extras += [
            Department(point, kind="split", cycle_time=0),
            Handoff(point, name, share=1 - fraction, defect_rate=0),
            Handoff(point, other, share=fraction, defect_rate=0),
        ]
    return changed(chain, changes, add=extras)


def _loops(extra: Any, name: str) -> bool:
    return isinstance(extra, Handoff) and not extra.pulled and extra.customer == name


def _given(h: Handoff, other: str, fraction: float) -> Handoff:
    """The handoff as the other team gives it."""
    check = h.inspection
    if check is not None and check.rework_to == h.supplier:
        check = replace(check, rework_to=None)
    share, item = h.share, h.item
    if h.pulled:
        share, item = fraction * _share(h), h.item or h.full_name
    return replace(h, supplier=other, name=_named(h), share=share, item=item, inspection=check)


def _share(h: Handoff) -> float:
    return 1.0 if h.share is None else h.share


def _named(h: Handoff) -> str:
    return f"{h.full_name} (other team)"


def _unused(chain: Chain, name: str) -> str:
    taken: Iterable[str] = {n.name for group in (chain.suppliers, chain.departments, chain.customers) for n in group}
    while name in taken:
        name += "'"
    return name


def outside_terms(chain: Chain, outsource: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Outside]:
    """The terms of outsourcing by department, checked.

    Raises
    ------
    ValueError
        For an unknown department or term, or a value out of its range.
    """
    names = [d.name for d in chain.departments]
    terms: dict[str, Outside] = {}
    for name, given in (outsource or {}).items():
        where = f"outsource of {name!r}"
        if name not in names:
            raise ValueError(f"{where}: not a department of the chain{did_you_mean(name, names)}")
        known = ("defect_rate", "lead_time", "cost")
        if not isinstance(given, Mapping):
            raise TypeError(f"{where}: must be a mapping with any of {', '.join(known)}, got {given!r}")
        for key in given:
            if key not in known:
                raise ValueError(f"{where}: {key!r} is unknown{did_you_mean(key, known)}; give {', '.join(known)}")
        rate, cost, time = given.get("defect_rate"), given.get("cost"), given.get("lead_time")
        if rate is not None and not 0 <= rate <= 1:
            raise ValueError(f"{where}: defect_rate must be between 0 and 1, got {rate!r}")
        if cost is not None and not 0 <= cost < math.inf:
            raise ValueError(f"{where}: cost must be a number of 0 or more per unit of work, got {cost!r}")
        terms[name] = Outside(rate, None if time is None else distribution_or_time(time), cost)
    return terms


__all__ = ["Outside", "offloaded", "outside_terms", "outsourced"]
