"""A chain as the nodes and edges of its map, with the figures that belong on them.

Used by the report's SVG and by ``draw``: what the picture says is decided here, how it looks in ``plot``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks
from qualitychain.analysis.quality.quality import Quality
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff, defect_rate_of, transit_rate_of
from qualitychain.plot.base.marks import Kind, MapEdge, MapNode
from qualitychain.reporting.page.words import short_percent
from qualitychain.vocabulary.figures import number

BUSY = 0.5
"""Utilization from which a box is shaded; at 1 the shade is full."""

MOST_EDGES = 45
"""A map of more edges hides more than it shows: it is drawn with those that matter most."""


def map_records(
    chain: Chain,
    quality: Quality | None = None,
    bottlenecks: Bottlenecks | None = None,
    *,
    effects: Mapping[str, float] | None = None,
) -> tuple[list[MapNode], list[MapEdge]]:
    """Nodes and edges of the map of a chain.

    Parameters
    ----------
    chain : Chain
    quality, bottlenecks : optional
        Results of this chain, for the figures on customers, on departments and on rework.
    effects : mapping of handoff name to effect, optional
        What colours the handoffs, for instance the largest removal effect on any customer; by default the
        defects that each makes.

    Returns
    -------
    list of MapNode, list of MapEdge
        Nodes in the order of the file: suppliers, departments, customers. One edge for each handoff, then one
        for each way that rework takes back.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.02)])
    >>> nodes, edges = map_records(chain)
    >>> [n.kind for n in nodes], edges[0].lines
    (['supplier', 'customer'], ('2 % defects',))
    """
    return _nodes(chain, quality, bottlenecks), [
        *_handoffs(chain, quality, effects),
        *_returns(chain, quality),
    ]


def _nodes(chain: Chain, quality: Quality | None, bottlenecks: Bottlenecks | None) -> list[MapNode]:
    in_flow = {n for h in chain.handoffs if not h.pulled for n in (h.supplier, h.customer)}
    nodes = [
        MapNode(s.name, "supplier", (f"{number(s.rate)} per {chain.time_unit}",) if s.rate else ())
        for s in chain.suppliers
    ]
    for department in chain.departments:
        name = department.name
        kind: Kind = "department" if name in in_flow else "service"
        used = math.nan if bottlenecks is None else float(bottlenecks.capacity["utilization"].loc[name])
        nodes.append(
            MapNode(
                name,
                kind,
                (f"utilization {short_percent(used)}",) if math.isfinite(used) else (),
                emphasis=min(1.0, max(0.0, (used - BUSY) / (1 - BUSY))) if math.isfinite(used) else 0.0,
                bottleneck=bottlenecks is not None and name in bottlenecks.tied,
            )
        )
    for customer in chain.customers:
        rate = math.nan if quality is None else float(quality.customers["defect_rate"].loc[customer.name])
        nodes.append(
            MapNode(
                customer.name,
                "customer",
                (f"{short_percent(rate)} nonconforming",) if not math.isnan(rate) else (),
            )
        )
    return nodes


def _handoffs(chain: Chain, quality: Quality | None, effects: Mapping[str, float] | None) -> list[MapEdge]:
    flows = {} if quality is None else _column(quality, "flow")
    urgency = dict(effects) if effects is not None else {} if quality is None else _column(quality, "made")
    most_flow = max((flows.get(h.full_name, 0.0) for h in chain.handoffs if not h.pulled), default=0.0)
    worst = max(urgency.values(), default=0.0)
    return [
        MapEdge(
            h.supplier,
            h.customer,
            _words(h),
            pulled=h.pulled,
            weight=0.0 if h.pulled or not most_flow else flows.get(h.full_name, 0.0) / most_flow,
            emphasis=max(0.0, urgency.get(h.full_name, 0.0)) / worst if worst > 0 else 0.0,
        )
        for h in chain.handoffs
    ]


def _words(handoff: Handoff) -> tuple[str, ...]:
    sample = handoff.sample
    # a count of nothing bad is not a rate of zero
    nothing_seen = sample is not None and sample.defects == 0
    rate = f"0 of {sample.n} bad" if sample and nothing_seen else f"{short_percent(defect_rate_of(handoff))} defects"
    rate = "defects not known" if handoff.rate_unknown else rate
    way = transit_rate_of(handoff)
    rates = (rate, f"{short_percent(way)} in transit") if way else (rate,)
    if handoff.pulled:
        return (*([handoff.item] if handoff.item else []), *rates)
    share = () if handoff.share is None else (f"{short_percent(handoff.share)} of units",)
    return (*share, *rates)


def _returns(chain: Chain, quality: Quality | None) -> list[MapEdge]:
    """Rework: from whoever inspects to where rejects go back."""
    rejected = {} if quality is None else _column(quality, "rejected")
    ways: dict[tuple[str, str], float] = {}
    for h in chain.handoffs:
        check = h.inspection
        if check is None or h.pulled or check.on_reject != "rework" or not (check.detect or check.false_alarm):
            continue
        inspector = h.customer if check.by == "customer" else h.supplier
        way = (inspector, check.rework_to or h.supplier)
        ways[way] = ways.get(way, 0.0) + rejected.get(h.full_name, 0.0)
    return [
        MapEdge(giver, receiver, ("rework" if quality is None else f"rework {short_percent(count)}",), back=True)
        for (giver, receiver), count in ways.items()
    ]


def main_edges(edges: Sequence[MapEdge], most: int) -> list[MapEdge]:
    """The edges that matter most: the heaviest into and out of each node, then the heaviest of the rest.

    Parameters
    ----------
    edges : sequence of MapEdge
        Their order is kept.
    most : int
        How many to keep, unless more are needed to leave no node alone.

    Examples
    --------
    >>> kept = main_edges([MapEdge("A", "B", weight=1.0), MapEdge("A", "B", weight=0.1)], 1)
    >>> [e.weight for e in kept]
    [1.0]
    """
    order = sorted(range(len(edges)), key=lambda i: (-edges[i].weight, -edges[i].emphasis, i))
    kept: set[int] = set()
    given: set[str] = set()
    received: set[str] = set()
    for i in order:
        if not edges[i].back and not (edges[i].giver in given and edges[i].receiver in received):
            kept.add(i)
            given.add(edges[i].giver)
            received.add(edges[i].receiver)
    for i in order:
        if len(kept) >= most:
            break
        kept.add(i)
    return [edges[i] for i in sorted(kept)]


def _column(quality: Quality, column: str) -> dict[str, float]:
    """A column of the handoff table without what does not exist."""
    values = quality.handoffs[column].dropna()
    return {str(name): float(value) for name, value in values.items()}


__all__ = ["MOST_EDGES", "main_edges", "map_records"]
