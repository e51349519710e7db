"""Code decides by the reason, people read the words."""

from __future__ import annotations

import copy
import pickle

from qualitychain.vocabulary.reason import Place, Reason, Why, joined, why


def test_a_reason_stays_with_its_words_through_copies_and_processes() -> None:
    said = Why(Reason.OVERLOADED, "Make cannot keep up")
    for same in (said, copy.copy(said), pickle.loads(pickle.dumps(said))):
        assert (same, same.reason) == ("Make cannot keep up", Reason.OVERLOADED)


def test_the_words_of_a_reason_serve_where_none_are_given() -> None:
    assert Why(Reason.NO_PROMISE) == "nothing is promised"


def test_what_is_said_of_a_figure_comes_before_what_is_said_of_its_row_and_table() -> None:
    figure, row, table = Why(Reason.NO_WORK), Why(Reason.OVERLOADED), Why(Reason.LEFT_OUT)
    missing = {Place("t", "a", "x"): figure, Place("t", "a"): row, Place("t"): table}
    assert why(missing, "t", "a", "x") is figure
    assert why(missing, "t", "a", "y") is row
    assert why(missing, "t", "b", "x") is table
    assert why(missing, "u", "b", "x") is None


def test_a_place_is_the_tuple_of_table_row_and_column() -> None:
    assert {Place("customers", "Shop", "dpmo"): 1}["customers", "Shop", "dpmo"] == 1  # type: ignore[index]


def test_what_is_said_of_a_customer_or_a_column_holds_for_all_its_rows() -> None:
    customer, column = Why(Reason.NOTHING_DELIVERED), Why(Reason.NOT_GIVEN)
    missing = {Place("t", "Shop"): customer, Place("t", None, "x"): column}
    assert why(missing, "t", ("Shop", "A -> B"), "x") is customer
    assert why(missing, "t", ("Mall", "A -> B"), "x") is column
    assert why(missing, "t", ("Mall", "A -> B"), "y") is None
    handoff = Why(Reason.LEFT_OUT)
    missing[Place("t", (None, "A -> B"))] = handoff
    assert why(missing, "t", ("Mall", "A -> B"), "y") is handoff
    assert why(missing, "t", ("Shop", "A -> B"), "y") is customer


def test_of_joined_whys_the_first_decides() -> None:
    both = joined(Why(Reason.NOT_GIVEN, "no volume is given"), None, Why(Reason.NO_PROMISE, "no promise is given"))
    assert both is not None
    assert (both, both.reason) == ("no volume is given; no promise is given", Reason.NOT_GIVEN)
    assert joined(None) is None


def test_what_is_said_of_a_handoff_holds_whoever_the_customer() -> None:
    missing = {Place("t", (None, "A -> B"), "x"): Why(Reason.LEFT_OUT)}
    assert why(missing, "t", ("Shop", "A -> B"), "x") == Why(Reason.LEFT_OUT)
    assert why(missing, "t", ("Shop", "B -> C"), "x") is None
