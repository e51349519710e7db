from __future__ import annotations

import copy
import random
import warnings

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.file_projects import with_projects
from support.random_chains import random_chain
from support.whole_schema import DATA

import qualitychain as qc


def by_hand() -> nx.MultiDiGraph[str]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_edge("Farm", "Dairy", defect_rate=0.1)
    graph.add_edge("Dairy", "Town", defect_rate=0.05)
    return graph


def test_everything_makes_the_round_trip_in_order() -> None:
    chain = qc.Chain.from_dict(DATA)
    again = qc.Chain.from_networkx(chain.to_networkx())
    assert again == chain
    assert again.to_dict() == chain.to_dict()


@given(st.integers(0, 10_000))
def test_random_chains_make_the_round_trip(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        rng = random.Random(seed)
        data = with_projects({"name": "C", **random_chain(rng)}, rng)
        chain = qc.Chain.from_dict(data)
        assert qc.Chain.from_networkx(chain.to_networkx()) == chain


def test_handoffs_between_one_pair_are_edges_of_their_own() -> None:
    graph = qc.Chain.from_dict(DATA).to_networkx()
    assert set(graph["G"]["K"]) == {"G -> K", "express"}
    assert graph.nodes["K"]["node"] == "customer"
    assert graph.nodes["D"]["kind"] == "team"
    assert graph.graph["time_unit"] == "day"


def test_a_graph_made_by_hand_is_read_by_the_places_of_its_nodes() -> None:
    chain = qc.Chain.from_networkx(by_hand())
    assert [s.name for s in chain.suppliers] == ["Farm"]
    assert [d.name for d in chain.departments] == ["Dairy"]
    assert [c.name for c in chain.customers] == ["Town"]
    assert qc.Chain.from_networkx(nx.DiGraph(by_hand())) == chain


def test_nodes_may_be_numbers_with_names() -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_node(1, name="Farm")
    graph.add_node(2, name="Town", node="customer", segment="b2c")
    graph.add_edge(1, 2, defect_rate=0.1, order="first")
    chain = qc.Chain.from_networkx(graph)  # type: ignore[arg-type]
    assert chain.handoffs[0].full_name == "Farm -> Town"


def test_reading_a_graph_leaves_it_as_it_is() -> None:
    graph = qc.Chain.from_dict(DATA).to_networkx()
    before = copy.deepcopy((dict(graph.nodes(data=True)), list(graph.edges(keys=True, data=True)), dict(graph.graph)))
    qc.Chain.from_networkx(graph)
    assert before == (dict(graph.nodes(data=True)), list(graph.edges(keys=True, data=True)), dict(graph.graph))


def test_what_is_no_chain_is_refused_in_words() -> None:
    with pytest.raises(qc.ChainError, match="no directions"):
        qc.Chain.from_networkx(nx.Graph(by_hand()))  # type: ignore[arg-type]
    graph = by_hand()
    graph.nodes["Farm"]["node"] = "suplier"
    with pytest.raises(qc.ChainError, match=r"node 'Farm': node must be one of .*; did you mean 'supplier'"):
        qc.Chain.from_networkx(graph)
    graph = by_hand()
    graph.add_node(5)  # type: ignore[arg-type]
    with pytest.raises(qc.ChainError, match="is a number"):
        qc.Chain.from_networkx(graph)
    with pytest.raises(qc.ChainError):
        qc.Chain.from_networkx(nx.MultiDiGraph())
