"""The structural rules of a chain (formulas: What a chain is): every fault is found, each with place, value and remedy.

Contract for the next author: a rule takes ``Parts`` and yields faults. It must not fail on what other rules refuse.
The last three of ``chain_faults`` need every record: they run when all could be read and the others found nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from qualitychain.errors import Fault
from qualitychain.model.records.handoff import Handoff, defect_rate_of
from qualitychain.model.records.requirement import CHAIN
from qualitychain.model.rules.parts import Parts
from qualitychain.model.rules.project_rules import projects_fit
from qualitychain.model.rules.time_fields import times_in_order, times_within_reach
from qualitychain.near import NearMisses

SHARE_TOLERANCE = 1e-9


Rule = Callable[[Parts], Iterator[Fault]]


def chain_faults(parts: Parts) -> list[Fault]:
    """Every structural fault, in the order of the rules."""
    from qualitychain.model.rules.circulation import circulation
    from qualitychain.model.rules.pulls import needs_end

    found = [fault for rule in SIMPLE for fault in rule(parts)]
    if parts.complete and not found:
        found = [fault for rule in (unsupplied_customers, circulation, needs_end) for fault in rule(parts)]
    return found


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


def flow_shares(parts: Parts) -> Iterator[Fault]:
    """The flow shares of each supplier sum to 1."""
    if not parts.all_handoffs:
        return
    for supplier, group in parts.flow_by_supplier.items():
        yield from _shares(group, f"flow handoffs from '{supplier}'", "of its units")


def pulled_shares(parts: Parts) -> Iterator[Fault]:
    """The sourcing shares of each need sum to 1."""
    if not parts.all_handoffs:
        return
    for (customer, item, _), group in parts.pulled_groups.items():
        what = f"sources of '{item}' for '{customer}'" if item else f"sources of a need of '{customer}'"
        yield from _shares(group, what, "of the need")


def _shares(group: list[tuple[int, Handoff]], what: str, of: str) -> Iterator[Fault]:
    if len(group) == 1 and group[0][1].share is None:
        return
    lacking = [(i, h) for i, h in group if h.share is None]
    for index, handoff in lacking:
        yield Fault(
            "QC023",
            ("handoffs", index),
            f"handoff '{handoff.full_name}': there are {len(group)} {what}, so each needs a share {of}; "
            "share is missing",
        )
    if lacking:
        return
    total = sum(h.share or 0.0 for _, h in group)
    if abs(total - 1) > SHARE_TOLERANCE:
        listed = ", ".join(f"{h.share:g}" for _, h in group[:6]) + (", ..." if len(group) > 6 else "")
        yield Fault(
            "QC023",
            ("handoffs", group[-1][0], "share"),
            f"handoff '{group[-1][1].full_name}': the shares of the {what} sum to {total:.10g} ({listed}); "
            "they must sum to 1",
        )


def pulled_sources_agree(parts: Parts) -> Iterator[Fault]:
    """Sources of one (customer, item) agree on per_unit and affects."""
    for (customer, item, _), group in parts.pulled_groups.items():
        first = group[0][1]
        for field in ("per_unit", "affects"):
            for index, handoff in group[1:]:
                mine, theirs = _value(handoff, field), _value(first, field)
                if mine != theirs:
                    yield Fault(
                        "QC031",
                        ("handoffs", index, field) if getattr(handoff, field) is not None else ("handoffs", index),
                        f"handoff '{handoff.full_name}': {field} is {mine}, but '{customer}' gets '{item}' from "
                        f"'{first.supplier}' with {field} {theirs}; sources of one item must agree",
                    )


def _value(handoff: Handoff, field: str) -> Any:
    return handoff.affects or "unit" if field == "affects" else getattr(handoff, field)


def common_causes_agree(parts: Parts) -> Iterator[Fault]:
    """All or none of the handoffs of one (supplier, item) are common causes, and they are alike."""
    groups: dict[tuple[str, str], list[tuple[int, Handoff]]] = defaultdict(list)
    for index, handoff in parts.handoffs:
        if not handoff.pulled:
            continue
        if handoff.item is not None:
            groups[handoff.supplier, handoff.item].append((index, handoff))
        elif handoff.common_cause is not None:
            yield Fault(
                "QC032",
                ("handoffs", index, "common_cause"),
                f"handoff '{handoff.full_name}': a common cause needs an item, "
                "by which its uses are known to be the same",
            )
    for (supplier, item), group in groups.items():
        if not any(h.common_cause for _, h in group):
            continue
        first = next(h for _, h in group if h.common_cause)
        for index, handoff in group:
            where = f"handoff '{handoff.full_name}': all handoffs of '{item}' from '{supplier}' must"
            if handoff.common_cause != first.common_cause:
                yield Fault(
                    "QC032", ("handoffs", index), f"{where} be common causes, or none; common_cause is missing here"
                )
            elif defect_rate_of(handoff) != defect_rate_of(first) or handoff.inspection != first.inspection:
                yield Fault(
                    "QC032",
                    ("handoffs", index),
                    f"{where} have the same defect rate and inspection, because one draw serves them all",
                )


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


def requirements_known(parts: Parts) -> Iterator[Fault]:
    """A requirement is about something that is there."""
    kinds = parts.kinds
    names: dict[str, dict[str, None]] = {
        "customer": dict.fromkeys(n for n, k in kinds.items() if k == "customer"),
        "department": dict.fromkeys(n for n, k in kinds.items() if k == "department"),
        "handoff": dict.fromkeys(h.full_name for _, h in parts.handoffs),
    }
    near = {kind: NearMisses(candidates) for kind, candidates in names.items()}
    for index, requirement in parts.requirements:
        kind, subject = requirement.subject
        if kind == CHAIN:
            continue
        unsure = not parts.all_handoffs if kind == "handoff" else parts.nameless or subject in parts.lost
        if subject not in names[kind] and not unsure:
            other = kinds.get(subject)
            hint = f"; it is a {other}" if other and kind != "handoff" else near[kind](subject)
            yield Fault(
                "QC033", ("requirements", index, kind), f"requirement: '{subject}' is not a {kind} of the chain{hint}"
            )


SIMPLE: tuple[Rule, ...] = (
    something_to_model,
    unique_node_names,
    known_ends,
    direction,
    unique_handoff_names,
    flow_shares,
    pulled_shares,
    pulled_sources_agree,
    common_causes_agree,
    release_rates,
    rework_targets,
    requirements_known,
    times_within_reach,
    times_in_order,
    projects_fit,
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


def chain_warnings(parts: Parts) -> list[Fault]:
    """What is valid but probably not meant."""
    from qualitychain.model.rules.lookalike import look_alikes

    return [*look_alikes(parts), *_dead_ends(parts), *_idle_rates(parts)]


def _idle_rates(parts: Parts) -> Iterator[Fault]:
    for index, supplier in parts.suppliers:
        if supplier.rate and supplier.name not in parts.flow_by_supplier:
            yield Fault(
                "QC043",
                ("suppliers", index, "rate"),
                f"supplier '{supplier.name}': rate is {supplier.rate:g}, but it starts no units, only being pulled; "
                "leave it out, or add a flow handoff (without per_unit)",
            )


def _dead_ends(parts: Parts) -> Iterator[Fault]:
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
