"""Rules of where units start and what they reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from qualitychain.errors import Fault
from qualitychain.model.rules.parts import Parts


def release_rates(parts: Parts) -> Iterator[Fault]:
    """Units start somewhere, and it is known how many where."""
    if not parts.complete:
        return
    flow = parts.flow_by_supplier
    starting = [(i, s) for i, s in parts.suppliers if s.name in flow]
    if not starting:
        if parts.suppliers and parts.handoffs:
            yield Fault(
                "QC029", ("suppliers",), "no supplier has a flow handoff (one without per_unit), so no unit ever starts"
            )
        return
    if len(starting) == 1 and starting[0][1].rate is None:
        return
    for index, supplier in starting:
        if supplier.rate is None:
            yield Fault(
                "QC029",
                ("suppliers", index),
                f"supplier '{supplier.name}': rate is missing; with {len(starting)} suppliers of units each needs one",
            )
    if all(s.rate == 0 for _, s in starting):
        yield Fault(
            "QC029",
            ("suppliers", starting[0][0], "rate"),
            f"supplier '{starting[0][1].name}': rate is 0, and no other supplier starts units; "
            "at least one must be above 0",
        )


def rework_targets(parts: Parts) -> Iterator[Fault]:
    """Rework goes to a node from which units flow on."""
    flow, kinds = parts.flow_by_supplier, parts.kinds
    for index, handoff in parts.handoffs:
        inspection = handoff.inspection
        if inspection is None or inspection.rework_to is None:
            continue
        back, path = inspection.rework_to, ("handoffs", index, "inspection", "rework_to")
        if handoff.pulled:
            yield Fault(
                "QC030",
                path,
                f"handoff '{handoff.full_name}': rework_to is not read on a pulled handoff, whose supplier redoes it; "
                "remove it",
            )
        elif back in kinds and back not in flow and parts.all_handoffs:
            yield Fault(
                "QC030",
                path,
                f"handoff '{handoff.full_name}': rework_to '{back}' has no outgoing flow, so units would stay there",
            )


def unsupplied_customers(parts: Parts) -> Iterator[Fault]:
    """Units can reach every customer."""
    flow = parts.flow_by_supplier
    reached = {s.name for _, s in parts.suppliers if s.name in flow and s.rate != 0}
    frontier = list(reached)
    while frontier:
        for _, handoff in flow.get(frontier.pop(), ()):
            back = handoff.inspection.rework_to if handoff.inspection else None
            for target in (handoff.customer, back):
                if target is not None and target not in reached and handoff.share != 0:
                    reached.add(target)
                    frontier.append(target)
    for index, customer in parts.customers:
        if customer.name not in reached:
            yield Fault(
                "QC028",
                ("customers", index),
                f"customer '{customer.name}': no unit can reach it; "
                "add a flow handoff (without per_unit) that leads there",
            )


def dead_ends(parts: Parts) -> Iterator[Fault]:
    """Warnings of nodes from which no customer is reached."""
    kinds = parts.kinds
    leads: dict[str, list[str]] = defaultdict(list)
    for _, handoff in parts.handoffs:
        leads[handoff.customer].append(handoff.supplier)
    useful = {n for n, k in kinds.items() if k == "customer"}
    frontier = list(useful)
    while frontier:
        for supplier in leads[frontier.pop()]:
            if supplier not in useful:
                useful.add(supplier)
                frontier.append(supplier)
    for key, index, node in parts.nodes():
        if node.name not in useful:
            yield Fault(
                "QC042",
                (key, index),
                f"{key[:-1]} '{node.name}': no customer can be reached from it; it changes no customer's figures",
            )


def idle_rates(parts: Parts) -> Iterator[Fault]:
    """Warnings of rates that start no units."""
    for index, supplier in parts.suppliers:
        if supplier.rate and supplier.name not in parts.flow_by_supplier:
            yield Fault(
                "QC043",
                ("suppliers", index, "rate"),
                f"supplier '{supplier.name}': rate is {supplier.rate:g}, but it starts no units, only being pulled; "
                "leave it out, or add a flow handoff (without per_unit)",
            )
