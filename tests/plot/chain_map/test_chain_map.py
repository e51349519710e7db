from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from qualitychain.plot.base.marks import MapEdge, MapNode
from qualitychain.plot.chain_map.chain_map import draw_map

NODES = (MapNode("Works $x^2$", "supplier"), MapNode("QC\x1b", bottleneck=True), MapNode("Shop", "customer"))
EDGES = (
    MapEdge("Works $x^2$", "QC\x1b", ("2 %",), weight=1),
    MapEdge("QC\x1b", "Shop", ("$a_b", "1 %"), pulled=True),
    MapEdge("QC\x1b", "QC\x1b", ("rework",), back=True),
)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_the_map_shows_every_name_and_label_literally() -> None:
    ax = draw_map(NODES, EDGES, title="All of $it$")
    words = [text.get_text() for text in ax.texts]
    assert {"Works $x^2$", "QC\ufffd", "Shop", "$a_b", "rework"} <= set(words)
    assert not any(text.get_parse_math() for text in [*ax.texts, ax.title])
    ax.figure.canvas.draw()


def test_given_axes_are_used_and_no_figure_is_made() -> None:
    figure = mpl.figure.Figure()
    ax = figure.subplots()
    assert draw_map(NODES, EDGES, ax) is ax
    assert plt.get_fignums() == []
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_text_fits_its_box_at_any_size_of_the_axes() -> None:
    for inches in (3.0, 12.0):
        figure = mpl.figure.Figure(figsize=(inches, inches))
        ax = draw_map([MapNode("Quality control")], [], figure.subplots())
        figure.canvas.draw()
        text, box = ax.texts[0].get_window_extent(), ax.patches[0].get_window_extent()
        assert box.x0 <= text.x0 <= text.x1 <= box.x1
        assert box.y0 <= text.y0 <= text.y1 <= box.y1


def test_downwards_is_taller_than_wide() -> None:
    ax = draw_map(NODES, EDGES, direction="down")
    assert ax.get_ylim()[0] > ax.get_xlim()[1] * 0.8
    assert ax.get_xlim()[1] == 343
