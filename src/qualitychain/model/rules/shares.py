"""Rules of what several handoffs say together: shares sum to 1, sources of one item and its common causes agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from qualitychain.errors import Fault
from qualitychain.model.records.handoff import Handoff, quality_of_handoff
from qualitychain.model.rules.parts import Parts

SHARE_TOLERANCE = 1e-9


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
            elif quality_of_handoff(handoff) != quality_of_handoff(first):
                yield Fault(
                    "QC032",
                    ("handoffs", index),
                    f"{where} have the same defect rates and inspection, because one draw serves them all",
                )
