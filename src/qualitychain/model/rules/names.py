"""Rules of names and ends: each name once, each end a node that may stand there."""

from __future__ import annotations

from collections.abc import Iterator

from qualitychain.errors import Fault
from qualitychain.model.rules.parts import Parts
from qualitychain.near import NearMisses


def something_to_model(parts: Parts) -> Iterator[Fault]:
    """A chain has suppliers, customers and handoffs."""
    for key in ("suppliers", "customers", "handoffs"):
        read = parts.all_handoffs if key == "handoffs" else parts.all_nodes
        if read and not getattr(parts, key):
            yield Fault("QC016", (key,), f"{key}: a chain needs at least one")


def unique_node_names(parts: Parts) -> Iterator[Fault]:
    """No two nodes have one name."""
    seen: dict[str, str] = {}
    for key, index, node in parts.nodes():
        if node.name in seen:
            yield Fault(
                "QC020",
                (key, index, "name"),
                f"{key[:-1]} '{node.name}': the name is taken by a {seen[node.name]}; names are unique in a chain",
            )
        seen.setdefault(node.name, key[:-1])


def unique_handoff_names(parts: Parts) -> Iterator[Fault]:
    """No two handoffs have one name, and none that of a node."""
    nodes = parts.kinds
    seen: dict[str, int] = {}
    for index, handoff in parts.handoffs:
        label = handoff.full_name
        if label in nodes:
            yield Fault("QC022", ("handoffs", index), f"handoff '{label}' has the name of a node; give it another name")
        if label in seen:
            yield Fault(
                "QC022",
                ("handoffs", index),
                f"handoff '{label}' is there twice (also as number {seen[label] + 1}); "
                "give one of them an item or a name",
            )
        seen.setdefault(label, index)


def known_ends(parts: Parts) -> Iterator[Fault]:
    """Handoffs and rework lead to nodes that are there."""
    if parts.nameless:
        return
    kinds = parts.kinds
    known = kinds.keys() | parts.lost
    near = NearMisses(kinds)
    for index, handoff in parts.handoffs:
        for field in ("supplier", "customer"):
            end = getattr(handoff, field)
            if end not in known:
                yield Fault(
                    "QC021",
                    ("handoffs", index, field),
                    f"handoff '{handoff.full_name}': {field} '{end}' is not a node of the chain"
                    + (near(end) or "; declare it under suppliers, departments or customers"),
                )
        back = handoff.inspection.rework_to if handoff.inspection else None
        if back is not None and back not in known:
            yield Fault(
                "QC021",
                ("handoffs", index, "inspection", "rework_to"),
                f"handoff '{handoff.full_name}': rework_to '{back}' is not a node of the chain" + near(back),
            )


def direction(parts: Parts) -> Iterator[Fault]:
    """External suppliers are no customers of a handoff; external customers are no suppliers and pull nothing."""
    kinds = parts.kinds
    for index, handoff in parts.handoffs:
        if kinds.get(handoff.supplier) == "customer":
            yield Fault(
                "QC024",
                ("handoffs", index, "supplier"),
                f"handoff '{handoff.full_name}': '{handoff.supplier}' is an external customer, so it cannot be the "
                "supplier of a handoff; model what it supplies as an external supplier",
            )
        customer = kinds.get(handoff.customer)
        if customer == "supplier":
            yield Fault(
                "QC024",
                ("handoffs", index, "customer"),
                f"handoff '{handoff.full_name}': '{handoff.customer}' is an external supplier, so it cannot be the "
                "customer of a handoff; make it a department, or reverse the handoff",
            )
        if customer == "customer" and handoff.pulled:
            yield Fault(
                "QC024",
                ("handoffs", index, "per_unit"),
                f"handoff '{handoff.full_name}': an external customer does no work, so it pulls nothing; "
                "remove per_unit",
            )
