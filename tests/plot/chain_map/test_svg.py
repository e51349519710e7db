from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest

from qualitychain.plot.base.marks import MapEdge, MapNode, text_width
from qualitychain.plot.base.palette import ALERT, INK, LINE, PAPER, QUIET, SHADE, contrast, fill_of
from qualitychain.plot.chain_map.drawing import Drawing, draw
from qualitychain.plot.chain_map.svg import chain_svg

SVG = "{http://www.w3.org/2000/svg}"

NODES = (
    MapNode("Steelworks", "supplier", ("10 per hour",)),
    MapNode("Procurement", lines=("utilization 62 %",)),
    MapNode("Production", lines=("utilization 94 %",), emphasis=0.8, bottleneck=True),
    MapNode("Quality control", lines=("utilization 71 %",)),
    MapNode("IT support", "service"),
    MapNode("Shipping"),
    MapNode("Retail", "customer", ("0.42 % defective",)),
    MapNode("Reseller", "customer"),
)
EDGES = (
    MapEdge("Steelworks", "Procurement", ("2 %",), weight=1),
    MapEdge("Procurement", "Production", ("2.5 %",), weight=1),
    MapEdge("Production", "Quality control", ("10 %",), weight=1, emphasis=1),
    MapEdge("IT support", "Quality control", ("software help", "20 %"), pulled=True),
    MapEdge("Quality control", "Production", ("rework 9.8 %",), back=True, weight=0.1),
    MapEdge("Quality control", "Shipping", ("1 %",), weight=0.9),
    MapEdge("Shipping", "Retail", ("0.4 %",), weight=0.6),
    MapEdge("Shipping", "Reseller", ("0.5 %",), weight=0.3),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x^2$ & 'quotes' ]]> </svg>",
    "x" * 200,
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "a\x1b[31mb\x00\u202ec\ud83d",
    "</title></desc></script>\u2028",
    "javascript:alert(1) url(#x) onload=alert(1)",
)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 -- our own text


def random_chain(seed: int, count: int = 40) -> tuple[list[MapNode], list[MapEdge]]:
    rng = random.Random(seed)
    kinds = ("supplier", "department", "department", "customer", "service")
    nodes = [
        MapNode(
            f"Department {i}",
            rng.choice(kinds),
            (f"utilization {rng.randint(1, 99)} %",),
            rng.random(),
            i == 7,
        )
        for i in range(count)
    ]
    edges = []
    for _ in range(int(count * 1.7)):
        a, b = sorted(rng.sample(range(count), 2))
        if b - a < 14:
            words = (f"{rng.random() * 10:.1f} %",) + ("help desk",) * (rng.random() < 0.3)
            edges.append(MapEdge(nodes[a].name, nodes[b].name, words, rng.random() < 0.2, weight=rng.random()))
    for _ in range(4):
        a, b = sorted(rng.sample(range(count), 2))
        edges.append(MapEdge(nodes[b].name, nodes[a].name, ("rework",), back=True))
    edges.append(MapEdge(nodes[3].name, nodes[3].name, ("again",), back=True))
    return nodes, edges


def assert_nothing_overlaps(drawing: Drawing) -> None:
    boxes = [box.rect for box in drawing.boxes]
    labels = [label.rect for label in drawing.labels]
    for one, other in combinations(boxes + labels, 2):
        assert not one.meets(other), (one, other)
    for rect in boxes + labels:
        assert rect.left >= 0
        assert rect.top >= 0
        assert rect.right <= drawing.width
        assert rect.bottom <= drawing.height
    for wire in drawing.wires:
        for x, y in wire.points():
            assert -0.1 <= x <= drawing.width + 0.1
            assert -0.1 <= y <= drawing.height + 0.1


def assert_words_fit(drawing: Drawing) -> None:
    for box in drawing.boxes:
        assert all(text_width(words.text, words.size) <= box.rect.width for words in box.face)
        assert 16 * len(box.face) <= box.rect.height
    for label in drawing.labels:
        assert all(text_width(line) <= label.rect.width for line in label.lines)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [None, 343, 1100])
def test_boxes_and_labels_of_the_flagship_never_overlap(direction: str, width: float | None) -> None:
    drawing = draw(NODES, EDGES, direction=direction, width=width)
    assert_nothing_overlaps(drawing)
    assert_words_fit(drawing)
    assert drawing.unplaced == ()


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("seed", range(4))
def test_boxes_and_labels_of_random_chains_never_overlap(direction: str, seed: int) -> None:
    drawing = draw(*random_chain(seed), direction=direction)
    assert_nothing_overlaps(drawing)
    assert_words_fit(drawing)
    assert len(drawing.unplaced) <= len(drawing.labels) / 10


@pytest.mark.parametrize("seed", range(4))
def test_no_wire_of_a_wide_map_runs_through_a_box(seed: int) -> None:
    drawing = draw(*random_chain(seed), direction="right")
    for wire in drawing.wires:
        for curve in range(len(wire.curves)):
            for step in range(1, 20):
                x, y = wire.at(curve, step / 20)
                for box in drawing.boxes:
                    rect = box.rect
                    inside = rect.left + 1 < x < rect.right - 1 and rect.top + 1 < y < rect.bottom - 1
                    assert not inside, (wire.edge, box.node.name)


@pytest.mark.parametrize("seed", [3])
def test_a_phone_gets_343_pixels_whatever_the_chain(seed: int) -> None:
    assert draw(*random_chain(seed), direction="down").width <= 343
    hub = [MapNode("Works", "supplier"), *(MapNode(f"Customer number {i}", "customer") for i in range(11))]
    star = [MapEdge("Works", node.name, ("1 %",)) for node in hub[1:]]
    drawing = draw(hub, star, direction="down")
    assert drawing.width == 343
    assert_nothing_overlaps(drawing)


def test_three_departments_stand_side_by_side_on_a_phone() -> None:
    nodes = [MapNode("Works", "supplier"), MapNode("Procurement"), MapNode("Production"), MapNode("Shipping")]
    drawing = draw(nodes, [MapEdge("Works", node.name) for node in nodes[1:]], direction="down")
    tops = {box.rect.top for box in drawing.boxes[1:]}
    assert len(tops) == 1
    assert_nothing_overlaps(drawing)


def test_a_map_too_wide_for_the_page_turns_downwards() -> None:
    nodes = [MapNode(f"Step {i}") for i in range(20)]
    edges = [MapEdge(f"Step {i}", f"Step {i + 1}", ("1 %",)) for i in range(19)]
    drawing = draw(nodes, edges, direction="right", width=900)
    assert drawing.width <= 900
    assert drawing.boxes[0].rect.bottom < drawing.boxes[1].rect.top


def test_the_flow_runs_to_the_right_or_down() -> None:
    right, down = draw(NODES, EDGES), draw(NODES, EDGES, direction="down")
    line = ("Steelworks", "Procurement", "Production", "Quality control", "Shipping", "Retail")
    for drawing, side in ((right, "left"), (down, "top")):
        place = {box.node.name: getattr(box.rect, side) for box in drawing.boxes}
        assert [place[name] for name in line] == sorted(place[name] for name in line)


def test_an_arrow_points_at_its_receiver() -> None:
    drawing = draw(NODES, EDGES)
    boxes = {box.node.name: box.rect for box in drawing.boxes}
    for wire in drawing.wires:
        rect, (x, y) = boxes[EDGES[wire.edge].receiver], wire.head[0]
        assert rect.left - 1 <= x <= rect.right + 1
        assert rect.top - 1 <= y <= rect.bottom + 1


@pytest.mark.parametrize("direction", ["right", "down"])
def test_hostile_names_stay_text(direction: str) -> None:
    nodes = [MapNode(name, lines=(name,)) for name in HOSTILE]
    edges = [MapEdge(a, b, (a, b), pulled=True) for a, b in pairwise(HOSTILE)] + [
        MapEdge(HOSTILE[-1], HOSTILE[0], ("<b>",), back=True)
    ]
    text = chain_svg(nodes, edges, title=HOSTILE[0], description=HOSTILE[1], direction=direction)
    root = parsed(text)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "g", "rect", "path", "polygon", "text"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"style", "href", "class"}
            assert "url(" not in value
            assert "alert" not in value
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\ud800-\udfff]", text)
    text.encode("utf-8")
    full = {element.text for element in root.iter(f"{SVG}title")}
    assert any(title and title.startswith("x" * 200) for title in full)


def test_the_picture_stands_alone_and_has_words_for_those_who_cannot_see_it() -> None:
    text = chain_svg(NODES, EDGES, title="Order to delivery", description="Eight nodes.")
    root = parsed(text)
    assert root.get("role") == "img"
    named = [root.find(f"{SVG}title"), root.find(f"{SVG}desc")]
    assert [e.text for e in named if e is not None] == ["Order to delivery", "Eight nodes."]
    assert (root.get("aria-labelledby") or "").split() == [e.get("id") for e in named if e is not None]
    assert text.count("http") == 1
    sizes = [float(e.attrib["font-size"]) for e in root.iter() if "font-size" in e.attrib]
    assert min(sizes) >= 12
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def test_pulled_handoffs_are_dashed_and_rework_is_curved() -> None:
    root = parsed(chain_svg(NODES, EDGES, title="t", description="d"))
    paths = {}
    for group in root.findall(f"{SVG}g"):
        title, path = group.find(f"{SVG}title"), group.find(f"{SVG}path")
        if title is not None and path is not None:
            paths[(title.text or "").split(",")[0]] = path
    assert paths["IT support \u2192 Quality control"].get("stroke-dasharray")
    assert not paths["Shipping \u2192 Retail"].get("stroke-dasharray")
    assert paths["Quality control \u2192 Production"].get("d", "").count("C") == 3
    widths = {name: float(path.get("stroke-width", "0")) for name, path in paths.items()}
    assert widths["Steelworks \u2192 Procurement"] > widths["Shipping \u2192 Reseller"]


def test_two_maps_on_one_page_have_different_ids() -> None:
    one = chain_svg(NODES, EDGES, title="t", description="d")
    other = chain_svg(NODES, EDGES, title="t", description="d", direction="down")
    assert set(re.findall(r' id="([^"]+)"', one)).isdisjoint(re.findall(r' id="([^"]+)"', other))
    assert one == chain_svg(NODES, EDGES, title="t", description="d")


def test_every_text_contrasts_with_its_ground() -> None:
    for kind in ("supplier", "department", "customer", "service"):
        for emphasis in (0.0, 0.5, 1.0):
            ground = fill_of(MapNode("x", kind, emphasis=emphasis))
            assert min(contrast(tone, ground) for tone in (INK, QUIET, ALERT)) >= 4.5
    assert min(contrast(tone, PAPER) for tone in (INK, QUIET, ALERT, LINE)) >= 4.5
    assert contrast(ALERT, SHADE) >= 4.5


def test_an_empty_chain_and_a_single_node_are_pictures_too() -> None:
    parsed(chain_svg([], [], title="t", description="d"))
    parsed(chain_svg([], [], title="t", description="d", direction="down"))
    alone = chain_svg([MapNode("a")], [MapEdge("a", "a", ("again",))], title="t", description="d")
    assert ">again<" in alone


def test_a_chain_of_a_thousand_nodes_shows_its_labels_on_demand_only() -> None:
    nodes = [MapNode(f"Step {i}") for i in range(1000)]
    edges = [MapEdge(f"Step {i // 3}", f"Step {i}", ("1 %",)) for i in range(1, 1000)]
    drawing = draw(nodes, edges, direction="right")
    assert drawing.labels == ()
    assert len(drawing.unplaced) == len(edges)


def test_faults_of_the_input_are_named() -> None:
    with pytest.raises(ValueError, match="two nodes are named 'a'"):
        chain_svg([MapNode("a"), MapNode("a")], [], title="t", description="d")
    with pytest.raises(ValueError, match="no node is named 'b'"):
        chain_svg([MapNode("a")], [MapEdge("a", "b")], title="t", description="d")
    with pytest.raises(ValueError, match="'right' or 'down'"):
        chain_svg([], [], title="t", description="d", direction="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 160 px, got 20"):
        chain_svg([], [], title="t", description="d", width=20)
