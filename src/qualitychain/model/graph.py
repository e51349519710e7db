"""A chain as a networkx graph, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import networkx as nx

from qualitychain.errors import ChainError, Fault
from qualitychain.model.chain import Chain
from qualitychain.model.near import did_you_mean
from qualitychain.model.record import field_names, plain
from qualitychain.model.values import echo

_KINDS = {"supplier": "suppliers", "department": "departments", "customer": "customers"}


def to_networkx(chain: Chain) -> nx.MultiDiGraph[str]:
    """The chain as a ``MultiDiGraph``: see ``Chain.to_networkx``.

    Each node has the attribute ``node`` (supplier, department or customer) and its fields; each edge is keyed by the
    handoff's name and has the handoff's fields; the graph's own attributes hold the rest.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.1)])
    >>> graph = to_networkx(chain)
    >>> graph.edges["S", "K", "S -> K"]["defect_rate"]
    0.1
    >>> qc.Chain.from_networkx(graph) == chain
    True
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    data = chain.to_dict()
    graph.graph.update({k: v for k, v in data.items() if k not in (*_KINDS.values(), "handoffs")})
    for kind, key in _KINDS.items():
        for fields in data.get(key, ()):
            attributes = {k: v for k, v in fields.items() if k != "name"}
            graph.add_node(fields["name"], node=kind, **attributes)
    for order, handoff in enumerate(chain.handoffs):
        fields = {k: v for k, v in plain(handoff).items() if k not in ("supplier", "customer")}
        graph.add_edge(handoff.supplier, handoff.customer, key=handoff.full_name, order=order, **fields)
    return graph


def from_networkx(graph: nx.MultiDiGraph[str] | nx.DiGraph[str]) -> Chain:
    """A chain from a graph: see ``Chain.from_networkx``.

    A node without the attribute ``node`` is a supplier when nothing leads into it, a customer when nothing leads out
    of it, otherwise a department. A node's attribute ``name`` is its name, otherwise the node itself is. Edges come in
    the order of their attribute ``order`` where they have one.
    """
    if not graph.is_directed():
        raise ChainError(
            [Fault("QC010", (), "the graph has no directions; a handoff runs from giver to receiver: use a DiGraph")]
        )
    data: dict[str, Any] = {"name": graph.graph.get("name") or "chain"}
    data.update({k: v for k, v in graph.graph.items() if k in field_names(Chain) and k != "name"})
    data.update({key: [] for key in _KINDS.values()})
    names: dict[Any, Any] = {}
    for node, attributes in graph.nodes(data=True):
        fields = {"name": node, **attributes}
        kind = fields.pop("node", None) or _position(graph, node)
        if kind not in _KINDS:
            near = did_you_mean(kind, _KINDS)
            message = f"node {echo(node)}: node must be one of {', '.join(_KINDS)}, got {echo(kind)}{near}"
            raise ChainError([Fault("QC010", (), message)])
        names[node] = fields["name"]
        data[_KINDS[kind]].append(fields)
    edges = [
        {"supplier": names[giver], "customer": names[receiver], **fields}
        for giver, receiver, fields in graph.edges(data=True)
    ]
    edges.sort(key=_order)
    data["handoffs"] = [{k: v for k, v in edge.items() if k != "order"} for edge in edges]
    return Chain.from_dict(data)


def _order(edge: Mapping[str, Any]) -> float:
    order = edge.get("order")
    return order if isinstance(order, int | float) else math.inf


def _position(graph: Any, name: Any) -> str:
    if not graph.in_degree(name):
        return "supplier"
    return "department" if graph.out_degree(name) else "customer"
