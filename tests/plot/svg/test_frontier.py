"""Cost against outcome as SVG."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from qualitychain.plot.svg.frontier import frontier_svg, round_ticks

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</svg><script>alert(1)</script>"


def drawn(values: Any, bounds: Any, **options: Any) -> ET.Element:
    told: dict[str, Any] = {"title": HOSTILE, "description": HOSTILE, "ylabel": HOSTILE}
    text = frontier_svg([0, 5, 10], values, bounds, **{**told, **options})
    return ET.fromstring(text)  # noqa: S314 -- our own text


def words_of(picture: ET.Element) -> list[str]:
    return ["".join(e.itertext()) for e in picture.iter(f"{SVG}text")]


def test_a_gap_is_shaded_and_named_and_a_proof_needs_no_band() -> None:
    proven, open_ = drawn([3, 2, 1], [3, 2, 1]), drawn([3, 2, 1], [3, 1, 0])
    assert not any("not ruled out" in w for w in words_of(proven))
    assert any("not ruled out" in w for w in words_of(open_))


def test_the_outcome_of_the_smaller_budget_holds_until_the_next() -> None:
    (line,) = [p for p in drawn([3, 2, 1], [3, 2, 1]).findall(f"{SVG}path") if p.get("fill") == "none"]
    points = [tuple(map(float, p.split())) for p in line.get("d", "")[1:].split("L")]
    assert len(points) == 5
    assert points[1] == (points[2][0], points[0][1])


def test_an_infinite_bound_is_left_out_and_so_is_a_budget_without_an_outcome() -> None:
    picture = drawn([3, math.nan, 1], [3, 2, -math.inf])
    assert not any("not ruled out" in w for w in words_of(picture))
    assert len(picture.findall(f"{SVG}circle")) == 2 + 1  # and the sample in the key


def test_one_value_for_all_budgets_is_a_level_line() -> None:
    assert drawn([0, 0, 0], [0, 0, 0], chosen=(5, 0)).findall(f"{SVG}circle")


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        drawn([math.nan] * 3, [0] * 3)
    with pytest.raises(ValueError, match="one value and one bound"):
        drawn([1], [1])


def test_ticks_are_round_and_within() -> None:
    for low, high in ((0, 7), (-3, 11), (0.00123, 0.00125), (1e6, 3e6)):
        ticks = round_ticks(low, high, 5)
        assert 1 <= len(ticks) <= 5
        assert low <= ticks[0] <= ticks[-1] <= high
