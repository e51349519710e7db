"""A chain as nodes and edges of its map."""

from __future__ import annotations

from support.small_chains import two_steps

import qualitychain as qc
from qualitychain.plot.base.marks import MapEdge
from qualitychain.reporting.map.chain_map import main_edges, map_records


def shop() -> qc.Chain:
    return qc.Chain(
        "Shop",
        suppliers=[qc.Supplier("Farm", rate=0.9)],
        departments=[
            qc.Department("Wash", cycle_time=1),
            qc.Department("Pack", cycle_time=0.2),
            qc.Department("IT"),
        ],
        customers=[qc.Customer("Town")],
        handoffs=[
            qc.Handoff("Farm", "Wash", sample=qc.Sample(n=50, defects=0)),
            qc.Handoff("Wash", "Pack", defect_rate=0.1, inspection=qc.Inspection(0.5)),
            qc.Handoff(
                "Pack",
                "Town",
                defect_rate=0.01,
                inspection=qc.Inspection(0.5, by="supplier", rework_to="Wash"),
            ),
            qc.Handoff("IT", "Pack", item="labels", per_unit=0.5, defect_rate=0.02),
        ],
    )


def test_a_department_that_only_gives_on_request_is_a_service() -> None:
    nodes, _ = map_records(shop())
    assert {n.name: n.kind for n in nodes} == {
        "Farm": "supplier",
        "Wash": "department",
        "Pack": "department",
        "IT": "service",
        "Town": "customer",
    }


def test_rework_leads_from_whoever_inspects_to_where_it_is_done() -> None:
    _, edges = map_records(shop())
    assert [(e.giver, e.receiver) for e in edges if e.back] == [("Pack", "Wash")]


def test_pulled_handoffs_are_marked_and_have_no_weight() -> None:
    _, edges = map_records(shop(), qc.quality(shop()))
    (pulled,) = (e for e in edges if e.pulled)
    assert pulled.lines == ("labels", "2 % defects")
    assert pulled.weight == 0.0


def test_nothing_bad_among_a_few_is_not_drawn_as_zero() -> None:
    _, edges = map_records(shop())
    assert edges[0].lines == ("0 of 50 bad",)


def test_the_bottleneck_and_the_load_are_marked() -> None:
    chain = shop()
    nodes, _ = map_records(chain, qc.quality(chain), qc.bottlenecks(chain))
    wash = next(n for n in nodes if n.name == "Wash")
    assert wash.bottleneck
    assert wash.lines == ("utilization 98.2 %",)
    assert 0.9 < wash.emphasis < 1.0
    assert not any(n.bottleneck for n in nodes if n.name != "Wash")


def test_the_worst_handoff_has_full_emphasis_and_a_faultless_one_none() -> None:
    chain = two_steps()
    _, edges = map_records(chain, qc.quality(chain))
    assert [e.emphasis for e in edges] == [0.0, 1.0]
    _, coloured = map_records(chain, qc.quality(chain), effects={"Stock -> Make": 0.2, "Make -> Shop": 0.1})
    assert [e.emphasis for e in coloured] == [1.0, 0.5]


def test_without_results_the_map_still_shows_the_chain() -> None:
    nodes, edges = map_records(two_steps())
    assert [n.lines for n in nodes] == [("0.5 per hour",), (), ()]
    assert [e.lines for e in edges] == [("0 % defects",), ("2 % defects",)]


def test_a_crowded_map_keeps_the_heaviest_ways_and_leaves_no_node_alone() -> None:
    edges = [MapEdge("A", name, weight=w) for name, w in (("B", 0.9), ("C", 0.8), ("D", 0.01))]
    edges += [MapEdge("A", "B", weight=0.5), MapEdge("B", "A", back=True)]
    assert [(e.receiver, e.weight) for e in main_edges(edges, 2)] == [("B", 0.9), ("C", 0.8), ("D", 0.01)]
    assert [(e.receiver, e.weight) for e in main_edges(edges, 4)] == [
        ("B", 0.9),
        ("C", 0.8),
        ("D", 0.01),
        ("B", 0.5),
    ]
    assert main_edges(edges, 10) == edges
