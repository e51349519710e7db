"""A chain as a networkx graph, and back."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import networkx as nx

from qualitychain.errors import ChainError, Fault
from qualitychain.model.values.fields import echo
from qualitychain.near import did_you_mean

_KINDS = {"supplier": "suppliers", "department": "departments", "customer": "customers"}


def graph_of(data: Mapping[str, Any], names: Sequence[str]) -> nx.MultiDiGraph[str]:
    """A chain's data as a ``MultiDiGraph``: see ``Chain.to_networkx``.

    Each node has the attribute ``node`` (supplier, department or customer) and its fields; each edge is keyed by the
    handoff's name (``names``, in their order) and has the handoff's fields; the graph's own attributes hold the rest.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.1)])
    >>> graph = graph_of(chain.to_dict(), ["S -> K"])
    >>> graph.edges["S", "K", "S -> K"]["defect_rate"]
    0.1
    >>> qc.Chain.from_networkx(graph) == chain
    True
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph.update({k: v for k, v in data.items() if k not in (*_KINDS.values(), "handoffs")})
    for kind, key in _KINDS.items():
        for fields in data.get(key, ()):
            attributes = {k: v for k, v in fields.items() if k != "name"}
            graph.add_node(fields["name"], node=kind, **attributes)
    for order, (name, handoff) in enumerate(zip(names, data["handoffs"], strict=True)):
        fields = {k: v for k, v in handoff.items() if k not in ("supplier", "customer")}
        graph.add_edge(handoff["supplier"], handoff["customer"], key=name, order=order, **fields)
    return graph


def data_of(graph: nx.MultiDiGraph[str] | nx.DiGraph[str], fields_of_chain: Collection[str]) -> dict[str, Any]:
    """The data of a chain from a graph: see ``Chain.from_networkx``.

    A node without the attribute ``node`` is a supplier when nothing leads into it, a customer when nothing leads out
    of it, otherwise a department. A node's attribute ``name`` is its name, otherwise the node itself is. Edges come in
    the order of their attribute ``order`` where they have one.
    """
    if not graph.is_directed():
        raise ChainError(
            [Fault("QC010", (), "the graph has no directions; a handoff runs from supplier to customer: use a DiGraph")]
        )
    data: dict[str, Any] = {"name": graph.graph.get("name") or "chain"}
    data.update({k: v for k, v in graph.graph.items() if k in fields_of_chain and k != "name"})
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
        {"supplier": names[supplier], "customer": names[customer], **fields}
        for supplier, customer, fields in graph.edges(data=True)
    ]
    edges.sort(key=_order)
    data["handoffs"] = [{k: v for k, v in edge.items() if k != "order"} for edge in edges]
    return data


def _order(edge: Mapping[str, Any]) -> float:
    order = edge.get("order")
    return order if isinstance(order, int | float) else math.inf


def _position(graph: Any, name: Any) -> str:
    if not graph.in_degree(name):
        return "supplier"
    return "department" if graph.out_degree(name) else "customer"
