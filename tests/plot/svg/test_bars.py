"""Rows of bars as SVG: inert, legible, its figures never on a bar."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest

from qualitychain.plot.base import palette
from qualitychain.plot.base.marks import text_width
from qualitychain.plot.svg.bars import Panel, bars_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</svg><script>alert(1)</script>" onload="alert(1)'


def drawn(values: tuple[float, ...], *, width: float = 630.0, line: tuple[float, ...] = ()) -> ET.Element:
    labels = [f"Row {i} " + "long name " * i for i in range(len(values))]
    panel = Panel("share", values, tuple(f"{v:.3g}" for v in values), line)
    text = bars_svg(labels, (panel, panel), title="Causes", description="said", width=width)
    return ET.fromstring(text)  # noqa: S314 -- our own text


def bars_of(picture: ET.Element) -> list[ET.Element]:
    return picture.findall(f"{SVG}rect")[1:]


def test_negative_bars_lie_left_of_zero_and_positive_ones_right() -> None:
    plus, minus = bars_of(drawn((3.0, -1.0)))[:2]
    zero = float(plus.get("x", ""))
    assert float(minus.get("x", "")) + float(minus.get("width", "")) == pytest.approx(zero, abs=0.1)
    assert float(plus.get("width", "")) == pytest.approx(3 * float(minus.get("width", "")), abs=0.5)
    assert plus.get("fill") != minus.get("fill")


def test_where_a_rise_is_worse_it_has_the_colour_of_what_is_worse() -> None:
    for rise_is_worse, colours in ((True, [palette.ALERT, palette.BAR]), (False, [palette.BAR, palette.ALERT])):
        panel = Panel("points", (2.0, -1.0), ("2", "-1"), rise_is_worse=rise_is_worse)
        svg = bars_svg(["up", "down"], (panel,), title="T", description="D", width=600)
        assert [c for c in re.findall(r'<rect[^>]*fill="([^"]+)"', svg) if c in colours] == colours


def test_nothing_and_what_is_not_known_have_no_bar_but_their_words() -> None:
    picture = drawn((1.0, 0.0, math.nan))
    assert len(bars_of(picture)) == 2
    assert "nan" in ["".join(e.itertext()) for e in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("width", [300.0, 630.0])
def test_figures_stand_right_of_every_bar_and_inside_the_picture(width: float) -> None:
    picture = drawn((12345.678, -0.001, 3.0), width=width)
    ends = [float(b.get("x", "")) + float(b.get("width", "")) for b in bars_of(picture)[:3]]
    figures = [e for e in picture.iter(f"{SVG}text") if e.get("text-anchor") == "end"]
    starts = [float(e.get("x", "")) - text_width("".join(e.itertext())) for e in figures[:3]]
    assert max(ends) <= min(starts)
    assert max(float(e.get("x", "")) for e in figures) <= width


def test_the_line_is_joined_beside_labels_and_only_dotted_under_them() -> None:
    line = (0.6, 0.9, 1.0)
    wide, narrow = (drawn((0.6, 0.3, 0.1), width=w, line=line) for w in (630.0, 300.0))
    assert len(wide.findall(f"{SVG}circle")) == len(narrow.findall(f"{SVG}circle")) == 6
    assert len([p for p in wide.findall(f"{SVG}path") if p.get("fill") == "none"]) == 4
    assert not [p for p in narrow.findall(f"{SVG}path") if p.get("fill") == "none"]


def test_words_are_only_ever_words() -> None:
    panel = Panel(HOSTILE, (1.0,), (HOSTILE,))
    picture = ET.fromstring(bars_svg([HOSTILE], (panel,), title=HOSTILE, description=HOSTILE))  # noqa: S314
    assert {e.tag.removeprefix(SVG) for e in picture.iter()} <= {"svg", "title", "desc", "rect", "text", "path"}


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="one value and one figure for each"):
        bars_svg(["a", "b"], (Panel("p", (1.0,), ("1",)),), title="", description="")
    with pytest.raises(ValueError, match="no panel"):
        bars_svg([], (), title="", description="")
    with pytest.raises(ValueError, match="at least 240"):
        bars_svg(["a"], (Panel("p", (1.0,), ("1",)),), title="", description="", width=100)
