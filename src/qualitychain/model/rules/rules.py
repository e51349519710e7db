"""The structural rules of a chain (formulas: What a chain is): every fault is found, each with place, value and remedy.

Contract for the next author: a rule takes ``Parts`` and yields faults. It must not fail on what other rules refuse.
The last three of ``chain_faults`` need every record: they run when all could be read and the others found nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qualitychain.errors import Fault
from qualitychain.model.records.requirement import CHAIN
from qualitychain.model.rules.names import (
    direction,
    known_ends,
    something_to_model,
    unique_handoff_names,
    unique_node_names,
)
from qualitychain.model.rules.parts import Parts
from qualitychain.model.rules.project_rules import projects_fit
from qualitychain.model.rules.reach import dead_ends, idle_rates, release_rates, rework_targets, unsupplied_customers
from qualitychain.model.rules.shares import common_causes_agree, flow_shares, pulled_shares, pulled_sources_agree
from qualitychain.model.rules.time_fields import times_in_order, times_within_reach
from qualitychain.near import NearMisses

Rule = Callable[[Parts], Iterator[Fault]]


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


def chain_faults(parts: Parts) -> list[Fault]:
    """Every structural fault, in the order of the rules."""
    from qualitychain.model.rules.circulation import circulation
    from qualitychain.model.rules.pulls import needs_end

    found = [fault for rule in SIMPLE for fault in rule(parts)]
    if parts.complete and not found:
        found = [fault for rule in (unsupplied_customers, circulation, needs_end) for fault in rule(parts)]
    return found


def chain_warnings(parts: Parts) -> list[Fault]:
    """What is valid but probably not meant."""
    from qualitychain.model.rules.lookalike import look_alikes

    return [*look_alikes(parts), *dead_ends(parts), *idle_rates(parts)]
