"""The lead-time distribution as SVG: inert, its words apart from each other, its marks where they belong."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from qualitychain.plot.base.contents import LeadTimePicture
from qualitychain.plot.base.marks import text_width
from qualitychain.plot.base.palette import ALERT, INK, PAPER, QUIET, contrast
from qualitychain.plot.svg.lead_time import BAD, lead_time_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</svg><script>alert(1)</script>" onload="alert(1)'
TIMES = np.linspace(0, 10, 101)
SHARES = 1 - np.exp(-TIMES / 2)


def drawn(times: Any = TIMES, delivered: Any = SHARES, **options: Any) -> ET.Element:
    told = {"title": "Lead time of Shop", "description": "Most within 6 hours.", "xlabel": "lead time in hours"}
    width = options.pop("width", 560.0)
    promised = {"promise_words": f"promise {options['promise']:g}"} if "promise" in options else {}
    shown = LeadTimePicture(tuple(times), tuple(delivered), **{**told, **promised, **options})
    text = lead_time_svg(shown, width=width)
    return ET.fromstring(text)  # noqa: S314 -- our own text


def words_of(picture: ET.Element) -> list[str]:
    return ["".join(e.itertext()) for e in picture.iter(f"{SVG}text")]


def boxes(picture: ET.Element) -> list[tuple[float, float, float, float]]:
    found = []
    for e in picture.iter(f"{SVG}text"):
        wide = text_width("".join(e.itertext()))
        x, y = float(e.get("x", "")), float(e.get("y", ""))
        left = {"end": x - wide, "middle": x - wide / 2}.get(e.get("text-anchor", ""), x)
        found.append((left, y - 10, left + wide, y + 3))
    return found


def test_people_who_cannot_see_it_get_title_and_description() -> None:
    picture = drawn()
    named = (picture.get("aria-labelledby") or "").split()
    assert picture.get("role") == "img"
    assert [e.text for e in picture.iter() if e.get("id") in named] == ["Lead time of Shop", "Most within 6 hours."]


def test_the_promise_is_a_line_at_its_time_and_what_is_later_is_hatched() -> None:
    picture = drawn(promise=5.0, words=("late: 8.2 %",))
    assert "promise 5" in words_of(picture)
    assert "late: 8.2 %" in words_of(picture)
    (line,) = [e for e in picture.findall(f"{SVG}path") if e.get("stroke-dasharray")]
    (hatching,) = [e for e in picture.findall(f"{SVG}path") if e.get("stroke") == ALERT and e is not line]
    x = float(re.match("M([0-9.]+)", line.get("d", ""))[1])  # type: ignore[index]
    starts = [float(m) for m in re.findall("M([0-9.]+) ", hatching.get("d", ""))]
    middle = (50 + 560 - 18) / 2
    assert x == pytest.approx(middle, abs=0.1)
    assert min(starts) > x


def test_a_promise_beyond_the_picture_is_named_and_has_no_line() -> None:
    picture = drawn(promise=50.0, words=("on time: 100 %",))
    assert "promise 50 \u2192" in words_of(picture)
    assert not [e for e in picture.findall(f"{SVG}path") if e.get("stroke-dasharray")]


def test_a_promise_that_all_keep_has_no_hatching() -> None:
    picture = drawn([0, 1, 1, 4], [0, 0, 1, 1], promise=2.0)
    assert not [e for e in picture.findall(f"{SVG}path") if e.get("stroke") == ALERT and not e.get("stroke-dasharray")]


def test_what_does_not_conform_is_told_from_what_does() -> None:
    both = drawn(conforming=tuple(0.9 * SHARES))
    assert [e.get("fill") for e in both.findall(f"{SVG}path") if e.get("fill") == BAD]
    assert "delivered within this time, not conforming" in words_of(both)
    assert "delivered within this time, not conforming" not in words_of(drawn())


def test_a_jump_is_drawn_upright() -> None:
    picture = drawn([0, 2 - 1e-7, 2, 4], [0, 0, 1, 1])
    (curve,) = [e for e in picture.findall(f"{SVG}path") if e.get("fill") == "none"]
    points = [tuple(map(float, p.split())) for p in re.split("[ML]", curve.get("d", ""))[1:]]
    upright = [abs(a[1] - b[1]) for a, b in pairwise(points) if a[0] == b[0]]
    assert max(upright) > 200


@pytest.mark.parametrize("width", [240.0, 300.0, 560.0])
@pytest.mark.parametrize("until", [0.004, 1.0, 9.99, 168.0, 123456.0, 8e6])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.99, 3.0])
def test_no_word_lies_on_another_or_sticks_out(width: float, until: float, share: float) -> None:
    picture = drawn(
        TIMES * until / 10, SHARES, conforming=tuple(0.9 * SHARES), promise=share * until, width=width,
        mark=(0.6 * until, 0.95), words=("late: 1.234 %; on time: 98.77 %", "95 % within 123,456 working hours"),
        xlabel="lead time in working hours",
    )  # fmt: skip
    found = boxes(picture)
    for one, other in combinations(found, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across <= 1 or down <= 1, (one, other)
    high = float(picture.get("height", ""))
    for left, top, right, bottom in found:
        assert left >= -0.5
        assert top >= -0.5
        assert right <= width + 0.5
        assert bottom <= high + 0.5


def test_hostile_words_stay_words() -> None:
    picture = drawn(title=HOSTILE, description=HOSTILE, xlabel=HOSTILE, promise=2, words=(HOSTILE,))
    kinds = {e.tag.removeprefix(SVG) for e in picture.iter()}
    assert kinds <= {"svg", "title", "desc", "rect", "path", "text", "g", "circle"}
    assert not any(name.startswith("on") or name in ("style", "href") for e in picture.iter() for name in e.attrib)


def test_words_can_be_read_on_paper_white() -> None:
    assert min(contrast(colour, PAPER) for colour in (INK, QUIET, ALERT)) >= 4.5


def test_pictures_of_one_page_have_ids_of_their_own_and_the_same_ones_every_time() -> None:
    def ids(**options: Any) -> list[str]:
        return [e.get("id", "") for e in drawn(**options).iter() if e.get("id")]

    assert ids() == ids()
    assert not set(ids()) & set(ids(width=300.0))


@pytest.mark.parametrize(
    ("times", "shares", "options", "said"),
    [
        ([0, 1], [0], {}, "one share for each"),
        ([0, 1], [0, 1], {"conforming": (0,)}, "one share for each"),
        ([1, 0], [0, 1], {}, "must ascend"),
        ([0, 0], [0, 1], {}, "end above 0"),
        ([0, float("nan")], [0, 1], {}, "end above 0"),
        ([0, 1], [0, 1], {"width": 100}, "at least 240"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    times: list[float], shares: list[float], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        drawn(times, shares, **options)
