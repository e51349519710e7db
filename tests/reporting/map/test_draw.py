"""The picture on Axes."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from support.small_chains import hostile_chain, two_steps

import qualitychain as qc
from qualitychain.reporting.map.draw import draw

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close() -> object:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_the_picture_names_every_node_and_the_chain() -> None:
    ax = draw(two_steps())
    words = " ".join(t.get_text() for t in ax.texts)
    for name in ("Stock", "Make", "Shop", "utilization 50 %", "2 % nonconforming"):
        assert name in words
    assert ax.get_title() == "Two steps"


def test_the_picture_goes_on_given_axes() -> None:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert draw(two_steps(), ax) is ax


def test_hostile_names_are_drawn_as_text() -> None:
    draw(hostile_chain()).figure.canvas.draw()


def test_a_crowded_picture_says_what_it_leaves_out() -> None:
    names = [f"D{i}" for i in range(10)]
    chain = qc.Chain(
        "Crowd",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department(n) for n in names],
        customers=[qc.Customer("K")],
        handoffs=[
            *(qc.Handoff("S", n, share=0.1, defect_rate=0.01) for n in names),
            *(
                qc.Handoff(a, b, share=1 / (len(names) - i), defect_rate=0.01)
                for i, a in enumerate(names)
                for b in [*names[i + 1 :], "K"]
            ),
        ],
    )
    assert draw(chain).get_title() == "Crowd (the 45 of 65 ways that carry most)"
