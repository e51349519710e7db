from __future__ import annotations

import random

import networkx as nx
import pytest

from qualitychain.plot.chain_map.layering import assign_layers, backward_edges


@pytest.mark.parametrize("seed", range(20))
def test_turning_the_backward_edges_round_leaves_no_cycle(seed: int) -> None:
    rng = random.Random(seed)
    edges = [(rng.randrange(25), rng.randrange(25)) for _ in range(60)]
    turned = backward_edges(25, edges)
    graph = nx.DiGraph((b, a) if t else (a, b) for t, (a, b) in zip(turned, edges, strict=True) if a != b)
    assert nx.is_directed_acyclic_graph(graph)
    assert sum(turned) < len(edges) / 2


def test_an_acyclic_graph_is_left_as_it_is() -> None:
    assert backward_edges(4, [(2, 1), (1, 0), (2, 0), (3, 3)]) == [False] * 4


def test_every_edge_leads_to_a_later_layer_even_when_layers_are_full() -> None:
    edges = [(0, i) for i in range(1, 60)] + [(i, 60) for i in range(1, 60)]
    layer = assign_layers(61, edges)
    assert all(layer[a] < layer[b] for a, b in edges)
    assert max(layer.count(k) for k in layer) <= 20


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        assign_layers(2, [(0, 1), (1, 0)])
