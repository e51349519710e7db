from __future__ import annotations

from support.work import counted

from qualitychain.near import SHOWN, NearMisses, did_you_mean, nearest


def test_a_slip_of_the_pen_finds_its_word() -> None:
    assert nearest("Retial", ["Retail", "Reseller"]) == "Retail"
    assert nearest("RETAIL ", ["Reseller", "Retail"]) == "Retail"


def test_what_is_near_nothing_gets_no_suggestion() -> None:
    assert nearest("Xyz", ["Retail"]) is None
    assert nearest(5, ["Retail"]) is None
    assert nearest("R" * 301, ["Retail"]) is None
    assert did_you_mean("Xyz", ["Retail"]) == ""
    assert did_you_mean("Retial", []) == ""


def test_many_candidates_cost_no_more_than_a_look_at_each() -> None:
    names = [f"Department number {i}" for i in range(100_000)]
    with counted() as work:
        assert nearest("department NUMBER 99999", names) == "Department number 99999"
    assert work.calls < 3 * len(names)


def test_near_misses_are_looked_up_only_as_often_as_they_are_shown() -> None:
    near = NearMisses(["Retail"])
    answers = [near("Retial") for _ in range(SHOWN + 1)]
    assert answers[SHOWN - 1] == "; did you mean 'Retail'?"
    assert answers[SHOWN] == ""
