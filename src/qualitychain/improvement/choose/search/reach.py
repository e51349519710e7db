"""Which rows of the flow equations each project touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.base.compile import Compiled
from qualitychain.engine.network.network import Integers, Network
from qualitychain.improvement.choose.search.combine import Combination, Step
from qualitychain.improvement.choose.search.visit_cost import PRICE_FIELDS, WORK_FIELDS
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import TRANSIT_FIELDS

_LOCAL = frozenset({"defect_rate", "sample", "dpu", "dpo", "opportunities", *TRANSIT_FIELDS, "share", "inspection"})
_WITHOUT_EFFECT = {
    "handoff": frozenset(
        {"lead_time", "sla", "scrap_cost", "external_failure_cost", "improvement_weight", "note", "source"}
    ),
    "supplier": frozenset({"arrival_scv", "note", "source"}),
    "customer": frozenset(
        {"segment", "promise", "tolerance", "late_cost", "external_failure_cost", "nps", "note", "source"}
    ),
}


@dataclass(frozen=True)
class Reach:
    """Where each project works, in the chain with some projects carried out."""

    wide: frozenset[int]
    """Projects that change more than rows: they are decided first."""
    local: dict[int, frozenset[int]]
    """The projects that touch the rows of each node, by node number."""


def reach_of(combination: Combination, compiled: Compiled, *, costs: bool = False) -> Reach:
    """Sort the projects into those that change rows of some departments and those that change more.

    With ``costs`` the rows say what everything costs, too. The hidden factory is then measured against a faultless
    chain, so what changes that one is wide.
    """
    network, names = compiled.network, [h.full_name for h in combination.chain.handoffs]
    places = _Places(
        network,
        # by the names that the projects know: a change may rename a handoff, never move it
        {names[i]: row for row, i in enumerate(compiled.flow_rows)},
        {names[i]: row for row, i in enumerate(compiled.pulled_rows)},
        _served_by(network, np.unique(network.pulled.giver[network.key >= 0])) if network.keys else set(),
        costs,
    )
    kinds = _kinds(combination.chain)
    wide: set[int] = set()
    local: dict[int, set[int]] = {}
    for p, steps in enumerate(combination.steps):
        for step in steps:
            field = step.path[0]
            kind = kinds.get(step.target)
            if kind != "handoff":
                if _wide_field(kind, field, costs=costs):
                    wide.add(p)
                continue
            nodes = places.touched(step)
            if nodes is None:
                wide.add(p)
            for node in nodes or ():
                local.setdefault(node, set()).add(p)
    giving = set(network.flow.giver.tolist())
    return Reach(
        frozenset(wide),
        {node: frozenset(those - wide) for node, those in sorted(local.items()) if node in giving and those - wide},
    )


@dataclass(frozen=True)
class _Places:
    """The handoffs by name, as rows of the network."""

    network: Network
    flow: dict[str, int]
    pulled: dict[str, int]
    above_keys: set[int]
    costs: bool

    def touched(self, step: Step) -> set[int] | None:
        """Nodes whose rows a change of a handoff touches; None where it changes more."""
        field, target, network = step.path[0], step.target, self.network
        priced = self.costs and field in PRICE_FIELDS
        if field in _WITHOUT_EFFECT["handoff"] and not priced:
            return set()
        if self.costs and field in ("share", "per_unit"):
            return None
        if target in self.flow and (field in _LOCAL or priced):
            return {int(network.flow.giver[self.flow[target]])}
        if target in self.pulled and (field in _LOCAL or priced or field in ("per_unit", "affects")):
            row = self.pulled[target]
            receiver = int(network.pulled.receiver[row])
            no_longer_pulled = field == "per_unit" and step.sets and step.value is None
            if network.key[row] >= 0 or receiver in self.above_keys or no_longer_pulled:
                return None
            return _serves(network, receiver)
        return None


def _wide_field(kind: str | None, field: str, *, costs: bool) -> bool:
    """Whether a field of a node changes more than rows; of departments only what their work costs does."""
    if kind is None:
        return True
    if kind == "department":
        return field == "name" or (costs and field in WORK_FIELDS)
    return field not in _WITHOUT_EFFECT[kind] or (costs and field == "external_failure_cost")


def _kinds(chain: Chain) -> dict[str, str]:
    kinds = {h.full_name: "handoff" for h in chain.handoffs}
    for kind in ("supplier", "department", "customer"):
        kinds.update((n.name, kind) for n in getattr(chain, kind + "s"))
    return kinds


def _serves(network: Network, node: int) -> set[int]:
    """A node and all that pull from it, directly or through others."""
    return _closure(network.pulled.giver, network.pulled.receiver, {node})


def _served_by(network: Network, nodes: Iterable[int]) -> set[int]:
    """Nodes and all that they pull from, directly or through others."""
    return _closure(network.pulled.receiver, network.pulled.giver, {int(n) for n in nodes})


def _closure(source: Integers, target: Integers, begin: set[int]) -> set[int]:
    seen = set(begin)
    while True:
        more = set(target[np.isin(source, list(seen))].tolist()) - seen
        if not more:
            return seen
        seen |= more
