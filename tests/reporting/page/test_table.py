"""Tables and bars of the report."""

from __future__ import annotations

from qualitychain.reporting.page.table import Column, bar, make_table


def test_a_long_table_is_cut_and_says_how_long_it_is() -> None:
    table = make_table("T", [Column("A")], ([str(i)] for i in range(10)), most=3, where="handoffs")
    assert [row[0].text for row in table.rows] == ["0", "1", "2"]
    assert table.left_out == "The first 3 of 10; `qualitychain show --format csv --table handoffs` gives all."


def test_a_table_of_known_length_makes_no_more_rows_than_it_shows() -> None:
    made = []

    def rows() -> object:
        for i in range(10):
            made.append(i)
            yield [str(i)]

    table = make_table("T", [Column("A")], rows(), total=10, most=3)  # type: ignore[arg-type]
    assert len(table.rows) == 3
    assert made == [0, 1, 2]
    assert table.left_out.startswith("The first 3 of 10")


def test_a_short_table_leaves_nothing_out() -> None:
    assert make_table("T", [Column("A")], [["1"]]).left_out == ""


def test_a_bar_starts_at_zero_wherever_zero_is() -> None:
    assert (bar(3, -1, 3).start, bar(3, -1, 3).width) == (25.0, 75.0)
    below = bar(-1, -1, 3)
    assert (below.start, below.width, below.kind) == (0.0, 25.0, "below")


def test_a_bar_over_its_limit_says_so_and_is_cut_at_the_scale() -> None:
    over = bar(5, 0, 2, limit=1)
    assert (over.width, over.kind, over.limit) == (100.0, "over", 50.0)
    assert bar(0.9, 0, 2, limit=1).kind == ""


def test_a_scale_of_no_length_is_harmless() -> None:
    assert bar(0, 0, 0).width == 0.0
