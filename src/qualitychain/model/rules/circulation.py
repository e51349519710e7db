"""Every unit must be able to leave: no set of states that can be entered but never left.

Formulas: What a chain is and Flow of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qualitychain.errors import Fault
from qualitychain.model.records.handoff import Handoff, transit_rate_of
from qualitychain.model.rules.certainty import Inputs, Step, inputs_of, step

if TYPE_CHECKING:
    from qualitychain.model.rules.parts import Parts

State = tuple[str, bool]
"""A node and whether the unit there is nonconforming."""
EXIT: State = ("", False)
MOST_PRINTED = 6
"""How many nodes of a trap a message names."""


def circulation(parts: Parts) -> Iterator[Fault]:
    """Faults where a unit, or a pulled request, can go round for ever."""
    if all(_lets_through(h) for _, h in parts.handoffs) and _all_lead_out(parts):
        return  # the usual chain, without looking at what can happen to each unit
    inputs, endless = inputs_of(parts)
    for index, handoff in endless:
        yield Fault(
            "QC026",
            ("handoffs", index, "inspection"),
            f"handoff '{handoff.full_name}': a request can be redone for ever, because {_why(handoff)}",
        )
    if endless:
        return
    moves = _moves(parts, inputs)
    flow = parts.flow_by_supplier
    reached = _reach([(s.name, False) for _, s in parts.suppliers if s.name in flow and s.rate != 0], moves)
    back: dict[State, list[State]] = {}
    for state in reached:
        for target in moves.get(state, ()):
            back.setdefault(target, []).append(state)
    leaving = _reach([EXIT], back)
    if len(leaving) <= len(reached):  # with EXIT, all of them leave when there is one more
        yield from _traps(parts, [s for s in reached if s not in leaving], moves)


def _lets_through(handoff: Handoff) -> bool:
    """Whether units of either kind can pass at any time, or leave."""
    check = handoff.inspection
    if check is None or (check.detect < 1 and check.false_alarm < 1):
        return True
    return not check.reworks and not (handoff.pulled and check.scraps)


def _all_lead_out(parts: Parts) -> bool:
    """Whether from every node that is handed something a customer is reached."""
    back: dict[str, list[str]] = {}
    for _, handoff in parts.handoffs:
        if not handoff.pulled and handoff.share != 0:
            back.setdefault(handoff.customer, []).append(handoff.supplier)
    leaving = {c.name for _, c in parts.customers}
    frontier = list(leaving)
    while frontier:
        for supplier in back.get(frontier.pop(), ()):
            if supplier not in leaving:
                leaving.add(supplier)
                frontier.append(supplier)
    return back.keys() <= leaving


def _why(handoff: Handoff) -> str:
    if handoff.inspection is not None and handoff.inspection.false_alarm == 1:
        return "every conforming one is rejected; lower false_alarm, or detect"
    return "a bad one is always found and never gets better; lower detect, raise fix, or lower the defect rate"


def _moves(parts: Parts, inputs: dict[str, Inputs]) -> dict[State, list[State]]:
    kinds = parts.kinds
    moves: dict[State, list[State]] = {}
    for _, handoff in parts.handoffs:
        if handoff.pulled or handoff.share == 0:
            continue
        possible = step(handoff, inputs[handoff.supplier])
        check = handoff.inspection
        after = transit_rate_of(handoff) if check is not None and check.by == "supplier" else 0.0
        for bad in (False, True):
            targets = list(_targets(handoff, possible, bad))
            if after > 0 and (handoff.customer, False) in targets:
                # damaged on the way, behind its supplier's inspection
                targets = [t for t in targets if after < 1 or t != (handoff.customer, False)]
                targets.append((handoff.customer, True))
            moves.setdefault((handoff.supplier, bad), []).extend(
                EXIT if kinds.get(name) == "customer" else (name, state) for name, state in targets
            )
    return moves


def _targets(handoff: Handoff, s: Step, bad: bool) -> Iterator[State]:
    inspection = handoff.inspection
    how = inspection.on_reject if inspection else "concession"
    again = (inspection.rework_to if inspection else None) or handoff.supplier
    customer = handoff.customer
    if not bad and s.stays_good:
        if s.passes:
            yield customer, False
        if s.alarms:
            yield EXIT if how == "scrap" else (again if how == "rework" else customer, False)
    if bad or s.turns_bad:
        if s.misses:
            yield customer, True
        if s.detects:
            if how == "scrap":
                yield EXIT
            elif how == "concession":
                yield customer, True
            else:
                place = again if how == "rework" else customer
                if s.fixes:
                    yield place, False
                if s.leaves_bad:
                    yield place, True


def _reach(starts: list[State], moves: dict[State, list[State]]) -> dict[State, None]:
    # a dict keeps the order of discovery, so that messages do not depend on hashing
    reached = dict.fromkeys(starts)
    frontier = list(starts)
    while frontier:
        for target in moves.get(frontier.pop(), ()):
            if target not in reached:
                reached[target] = None
                frontier.append(target)
    return reached


def _traps(parts: Parts, stuck: list[State], moves: dict[State, list[State]]) -> Iterator[Fault]:
    """One fault for each set of nodes that a unit, once in, never leaves."""
    import networkx as nx  # slow to import

    graph: nx.DiGraph[State] = nx.DiGraph()
    graph.add_nodes_from(stuck)
    graph.add_edges_from((state, target) for state in stuck for target in moves.get(state, ()))
    place = {state: i for i, state in enumerate(stuck)}
    closed: dict[frozenset[str], list[State]] = {}
    for trap in nx.attracting_components(graph):
        # conforming and nonconforming units may be trapped apart in the same nodes
        closed.setdefault(frozenset(name for name, _ in trap), []).extend(trap)
    for states in sorted((sorted(t, key=place.__getitem__) for t in closed.values()), key=lambda t: place[t[0]]):
        leads_nowhere = graph.out_degree(states[0]) == 0
        yield _dead_end(parts, states[0][0]) if leads_nowhere else _for_ever(parts, states)


def _for_ever(parts: Parts, trap: list[State]) -> Fault:
    names = list(dict.fromkeys(name for name, _ in trap))
    shown = " and ".join(f"'{n}'" for n in names[:MOST_PRINTED]) + (
        f" and {len(names) - MOST_PRINTED} others" if len(names) > MOST_PRINTED else ""
    )
    only = "nonconforming units" if all(bad for _, bad in trap) else "units"
    where = f"between {shown}" if len(names) > 1 else f"in {shown}"
    inside = set(names)
    leading = (i for i, h in parts.handoffs if not h.pulled and h.supplier in inside)
    return Fault(
        "QC026",
        ("handoffs", next(leading)),
        f"{only} can circulate for ever {where}: from there no customer and no scrap is reached; give one of these "
        "nodes a flow handoff that leads out, or let rework succeed (fix above 0) or its inspection miss "
        "(detect below 1, false_alarm below 1)",
    )


def _dead_end(parts: Parts, name: str) -> Fault:
    path: tuple[str | int, ...] = ()
    for key, index, node in parts.nodes():
        if node.name == name:
            path = (key, index)
    return Fault(
        "QC026",
        path,
        f"department '{name}': units arrive but none can leave; give it a flow handoff (without per_unit)",
    )
