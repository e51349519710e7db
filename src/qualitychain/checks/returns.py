"""Shares of units that go back: a route like any other, which mends nothing, where rework was perhaps meant."""

from __future__ import annotations

import math

from qualitychain.analysis.base.compile import Compiled
from qualitychain.checks.findings import SEVERITY, Finding
from qualitychain.vocabulary.figures import percent

LARGEST = 0.5
"""Share that goes back from which on it is no repair."""


def of_returns(compiled: Compiled) -> list[Finding]:
    """A finding QC105 for each flow handoff that takes some units back to where all came through, bad ones as they are.

    A node that every way from the start to the supplier of the handoff passes is one that units came through. Nothing
    is said where half the units or more go so (a route, not a repair), nor of a chain in which nothing is spoilt.
    """
    network = compiled.network
    if not any(rates.any() for kind in (network.flow, network.pulled) for rates in (kind.defect, kind.transit)):
        return []
    flows = [(i, h) for i, h in enumerate(compiled.chain.handoffs) if not h.pulled and h.share != 0]
    onward: dict[str, list[str]] = {}
    for _, h in flows:
        onward.setdefault(h.supplier, []).append(h.customer)
    starts = [s.name for s in compiled.chain.suppliers if s.name in onward]
    # only what is in a circle of flow can go back
    some = [(i, h) for i, h in flows if h.share is not None and h.share < LARGEST]
    going = [(i, h) for i, h in some if h.customer in onward and h.supplier in _reached(onward, [h.customer])]
    return [_of(i, compiled) for i, h in going if h.supplier not in _reached(onward, starts, without=h.customer)]


def _reached(onward: dict[str, list[str]], starts: list[str], *, without: str = "") -> set[str]:
    """The nodes that units come to from some nodes, these included, if they cannot pass one."""
    seen, frontier = set(starts), list(starts)
    while frontier:
        for node in onward.get(frontier.pop(), ()):
            if node not in seen and node != without:
                seen.add(node)
                frontier.append(node)
    return seen


def _of(place: int, compiled: Compiled) -> Finding:
    handoff, name = compiled.chain.handoffs[place], compiled.names[place]
    share = float(handoff.share or 0.0)
    return Finding(
        code="QC105",
        severity=SEVERITY["QC105"],
        kind="handoff",
        subject=name,
        measure="share",
        quantile=math.nan,
        bound="",
        required=math.nan,
        actual=share,
        met=None,
        unit="",
        message=(
            f"handoff '{name}' takes {percent(share)} of the units back, good and bad alike, and that mends nothing: "
            "what is nonconforming stays so. If defects send units back, leave this handoff out and give what "
            f"'{handoff.supplier}' hands on an inspection (by: supplier, on_reject: rework, rework_to: "
            f"{handoff.customer})"
        ),
    )
