"""Which rows of the flow equations each project touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qualitychain.analysis.compile import Compiled
from qualitychain.engine.network import Integers, Network
from qualitychain.improvement.combine import Combination
from qualitychain.model.chain import Chain

_LOCAL = frozenset({"defect_rate", "sample", "dpu", "dpo", "opportunities", "share", "inspection"})
_INERT = {
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


def reach_of(combination: Combination, compiled: Compiled) -> Reach:
    """Sort the projects into those that change rows of some departments and those that change more."""
    network = compiled.network
    # by the names that the projects know: a change may rename a handoff, never move it
    names = [h.full_name for h in combination.chain.handoffs]
    flow_place = {names[i]: row for row, i in enumerate(compiled.flow_rows)}
    pulled_place = {names[i]: row for row, i in enumerate(compiled.pulled_rows)}
    kinds = _kinds(combination.chain)
    above_keys = _served_by(network, np.unique(network.pulled.giver[network.key >= 0])) if network.keys else set()
    wide: set[int] = set()
    local: dict[int, set[int]] = {}
    for p, steps in enumerate(combination.steps):
        nodes: set[int] = set()
        for step in steps:
            field = step.path[0]
            kind = kinds.get(step.target)
            if kind is None or kind == "department":
                if kind is None or field == "name":
                    wide.add(p)
            elif kind != "handoff":
                if field not in _INERT[kind]:
                    wide.add(p)
            elif field in _INERT["handoff"]:
                continue
            elif step.target in flow_place and field in _LOCAL:
                nodes.add(int(network.flow.giver[flow_place[step.target]]))
            elif step.target in pulled_place and (field in _LOCAL or field in ("per_unit", "affects")):
                row = pulled_place[step.target]
                receiver = int(network.pulled.receiver[row])
                served = _serves(network, receiver)
                no_longer_pulled = field == "per_unit" and step.sets and step.value is None
                if network.key[row] >= 0 or receiver in above_keys or no_longer_pulled:
                    wide.add(p)
                nodes |= served
            else:
                wide.add(p)
        for node in nodes:
            local.setdefault(node, set()).add(p)
    giving = set(network.flow.giver.tolist())
    return Reach(
        frozenset(wide),
        {node: frozenset(those - wide) for node, those in sorted(local.items()) if node in giving and those - wide},
    )


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
