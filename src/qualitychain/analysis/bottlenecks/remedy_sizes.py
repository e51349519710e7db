"""Six remedies for one department, each sized so that its utilization reaches the target (formulas: Bottlenecks)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qualitychain.analysis.base.changed import changed
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.splitting import Outside, offloaded, outsourced
from qualitychain.analysis.load.overload import mean_time
from qualitychain.engine.network import network as net
from qualitychain.engine.network.network import Flags
from qualitychain.errors import AnalysisError, ChainError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.change import Scale
from qualitychain.model.records.nodes import Department
from qualitychain.model.values.distributions import Gamma
from qualitychain.model.values.times import scaled_time
from qualitychain.vocabulary.figures import number, percent

KINDS = ("hire", "offload", "outsource", "speed up", "availability", "fix quality")
CLOSE = 1e-12
"""Distance of the utilization from the target at which a size is found."""
ROUNDING = 1e-9
"""A number of servers is not raised by one for less than this share of a server."""


@dataclass(frozen=True)
class Remedy:
    """One remedy, sized. ``chain`` is the changed chain, None where the target cannot be reached (``reason``)."""

    department: str
    kind: str
    size: float = math.nan
    change: str = ""
    chain: Chain | None = None
    reason: str = ""
    unpriced: bool = False
    """Whether it costs something that is not known and not counted."""


class Sizer:
    """Sizes the remedies of a study's chain."""

    study: Study
    chain: Chain
    target: float
    outside: Mapping[str, Outside]

    def __init__(self, study: Study, target: float, outside: Mapping[str, Outside] | None = None) -> None:
        self.study, self.chain, self.target = study, study.chain, target
        self.outside = outside or {}

    def remedies(self, name: str) -> list[Remedy]:
        """All remedies of one department, in the order of ``KINDS``."""
        department = next(d for d in self.chain.departments if d.name == name)
        if department.cycle_time is None:
            return [Remedy(name, kind, reason="no cycle_time is given, so its load is not known") for kind in KINDS]
        used = _utilization(self.study, department)
        if used <= self.target:
            reason = f"its utilization of {percent(used)} is not above the target of {percent(self.target)}"
            return [Remedy(name, kind, reason=reason) for kind in KINDS]
        sizing: dict[str, Callable[[Department, float], Remedy]] = {
            "hire": self._hire,
            "offload": self._offload,
            "outsource": self._outsource,
            "speed up": self._speed_up,
            "availability": self._availability,
            "fix quality": self._fix_quality,
        }
        return [self._sized(kind, sizing[kind], department, used) for kind in KINDS]

    def _sized(self, kind: str, size: Callable[[Department, float], Remedy], of: Department, used: float) -> Remedy:
        try:
            return size(of, used)
        except (AnalysisError, ChainError) as error:
            return Remedy(of.name, kind, reason=f"the changed chain has no answer: {error}")

    def _hire(self, of: Department, used: float) -> Remedy:
        servers = whole_servers(of.servers * used / self.target)
        more = servers - of.servers
        words = f"{more} more server{'s' if more > 1 else ''}: {servers} instead of {of.servers}"
        return Remedy(of.name, "hire", servers, words, changed(self.chain, {of.name: {"servers": servers}}))

    def _speed_up(self, of: Department, used: float) -> Remedy:
        factor = self.target / used
        before = mean_time(self.chain, of.cycle_time)
        words = (
            f"working time {number(before * factor)} instead of {number(before)} {self.chain.clock.said} "
            f"({percent(1 - factor)} less)"
        )
        chain = changed(self.chain, {of.name: {"cycle_time": Scale(factor)}})
        return Remedy(of.name, "speed up", before * factor, words, chain)

    def _availability(self, of: Department, used: float) -> Remedy:
        needed = of.availability * used / self.target
        if needed > 1 + CLOSE:
            reason = f"availability would have to be {percent(needed)}, above 100 %"
            return Remedy(of.name, "availability", needed, reason=reason)
        needed = min(needed, 1.0)
        words = f"availability {percent(needed)} instead of {percent(of.availability)}"
        return Remedy(of.name, "availability", needed, words, changed(self.chain, {of.name: {"availability": needed}}))

    def _offload(self, of: Department, used: float) -> Remedy:
        def team(fraction: float) -> int:
            # its share of the load, at the target, rounded up
            return whole_servers(fraction * of.servers * used / self.target)

        def chain(fraction: float) -> Chain:
            return offloaded(self.chain, of, fraction, team(fraction))

        fraction = self._fraction(of, used, chain)
        servers = team(fraction)
        words = (
            f"{percent(fraction)} of its work to a second team of {servers} "
            f"server{'s' if servers > 1 else ''} with the same times and defect rates"
        )
        return Remedy(of.name, "offload", fraction, words, chain(fraction))

    def _outsource(self, of: Department, used: float) -> Remedy:
        given = self.outside.get(of.name)
        terms = given or Outside(None, None, None)
        if terms.lead_time is None:
            terms = replace(terms, lead_time=own_time(of))

        def chain(fraction: float) -> Chain:
            return outsourced(self.study.compiled, self.study.solution, of, fraction, terms)

        fraction = self._fraction(of, used, chain)
        assumed = [
            words
            for words, value in (
                ("defect rate", terms.defect_rate),
                ("working time without waiting", given.lead_time if given else None),
            )
            if value is None
        ]
        tail = f", with the department's own {' and '.join(assumed)} (assumed)" if assumed else ""
        words = f"{percent(fraction)} of its work to a supplier{tail}"
        return Remedy(of.name, "outsource", fraction, words, chain(fraction), unpriced=terms.cost is None)

    def _fraction(self, of: Department, used: float, chain: Callable[[float], Chain]) -> float:
        """The fraction that brings the department to the target: 1 - target/used, unless defects change with it."""

        def above(fraction: float) -> float:
            return _utilization(self.study.of(chain(fraction)), of) - self.target

        first = 1.0 - self.target / used
        return first if abs(above(first)) <= CLOSE else _root(above, ROUNDING, 1.0 - ROUNDING)

    def _fix_quality(self, of: Department, _used: float) -> Remedy:
        compiled = self.study.compiled
        flow, pulled = upstream(compiled, of.name)
        names = [compiled.names[int(r)] for r in (*compiled.flow_rows[flow], *compiled.pulled_rows[pulled])]

        def chain(factor: float) -> Chain:
            return changed(self.chain, {name: {"defect_rate": Scale(factor)} for name in names})

        def above(factor: float) -> float:
            return _utilization(self.study.of(chain(factor)), of) - self.target

        least = above(0.0)
        if least > CLOSE:
            reason = f"without any defect that leads to its work it would still be used {percent(least + self.target)}"
            return Remedy(of.name, "fix quality", 0.0, reason=reason)
        factor = 0.0 if least > -CLOSE else _root(above, 0.0, 1.0)
        which = f"rates of the {len(names)} handoffs that lead" if len(names) > 1 else "rate of the handoff that leads"
        words = f"defect {which} to its work lower by {percent(1 - factor)}"
        return Remedy(of.name, "fix quality", factor, words, chain(factor))


def whole_servers(needed: float) -> int:
    """The number of servers, rounded up unless only rounding makes it more.

    Examples
    --------
    >>> whole_servers(3.2), whole_servers(3.0000000000001), whole_servers(0.1)
    (4, 3, 1)
    """
    return max(1, math.ceil(needed * (1.0 - ROUNDING)))


def own_time(department: Department) -> Any:
    """The department's own working time, stops included, as a time of its own: no waiting."""
    time = department.cycle_time
    if isinstance(time, int | float | str):
        # a bare working time has scv 1, a bare lead time never varies
        time = Gamma(mean=time, scv=1) if mean_is_positive(time) else 0.0
    return scaled_time(time, 1.0 / department.availability)


def mean_is_positive(time: float | str) -> bool:
    """Whether a bare time is above 0."""
    return isinstance(time, str) or time > 0


def upstream(compiled: Compiled, name: str) -> tuple[Flags, Flags]:
    """The flow and pulled handoffs whose own defects can lead to work of a department, shape (F,) and (H,).

    Work at a node leads to work at the receivers of its units, at the nodes that rework goes back to, and at those it
    pulls from. Defects count at every node whose work leads to the department, and of everything pulled there.
    """
    network = compiled.network
    flow, pulled = network.flow, network.pulled
    back = flow.reworked
    source = np.concatenate((flow.giver, flow.giver[back], pulled.receiver))
    target = np.concatenate((flow.receiver, flow.back[back], pulled.giver))
    leads = np.zeros(network.nodes, dtype=bool)
    leads[compiled.nodes.index(name)] = True
    leads = _closed(leads, target, source)
    matters = _closed(leads, pulled.receiver, pulled.giver)
    return (
        leads[flow.giver] & ((flow.defect > 0) | (flow.transit > 0)),
        matters[pulled.receiver] & ((pulled.defect > 0) | (pulled.transit > 0)),
    )


def _closed(inside: Flags, of: net.Integers, adds: net.Integers) -> Flags:
    """The set with, again and again, ``adds[i]`` for each i with ``of[i]`` in it."""
    inside = inside.copy()
    count = -1
    while count != (count := int(inside.sum())):
        inside[adds[inside[of]]] = True
    return inside


def _utilization(study: Study, of: Department) -> float:
    compiled = study.compiled
    department = next(d for d in study.chain.departments if d.name == of.name)
    time = mean_time(study.chain, department.cycle_time) / department.availability
    work = float(study.solution.work[compiled.nodes.index(of.name)])
    return work * compiled.release_rate * time / department.servers


def _root(above: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    try:
        return float(brentq(above, low, high, xtol=1e-15, rtol=1e-14))
    except ValueError:
        raise AnalysisError("no size between nothing and everything brings its utilization to the target") from None


__all__ = ["KINDS", "Remedy", "Sizer", "own_time", "upstream", "whole_servers"]
