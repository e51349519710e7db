from __future__ import annotations

import pytest

from qualitychain.plot.base.marks import clean, shorten, text_width, wrap


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\u202e", "\u2066", "\ud83d", "\ufffe", "\u200b"])
def test_characters_that_hide_or_reorder_are_replaced(bad: str) -> None:
    assert clean(f"a{bad}b") == "a\ufffdb"


def test_white_space_of_any_kind_is_one_space() -> None:
    assert clean(" a\n\tb\u2028c\r\nd ") == "a b c d"


@pytest.mark.parametrize(
    "name", ["x" * 200, "W" * 90, "Goods inwards inspection and returns desk", "生産管理" * 20, "a", ""]
)
@pytest.mark.parametrize("most", [1, 2, 3])
def test_wrapped_lines_fit_and_are_not_too_many(name: str, most: int) -> None:
    lines = wrap(name, 100, most=most)
    assert len(lines) <= most
    assert all(text_width(line) <= 100 for line in lines)


def test_wrapping_loses_nothing_that_has_room() -> None:
    assert " ".join(wrap("Goods inwards inspection", 100, most=3)) == "Goods inwards inspection"


def test_a_number_keeps_its_per_cent_sign() -> None:
    assert wrap("utilization 62 %", 112, most=2) == ("utilization", "62\u00a0%")


def test_every_character_is_counted_at_062_em_or_more_but_marks() -> None:
    assert text_width("ill|.", 10) == pytest.approx(5 * 6.2)
    assert text_width("生産", 10) >= 20


def test_a_cut_text_says_so() -> None:
    assert shorten("x" * 50, 60).endswith("…")
