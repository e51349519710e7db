"""Questions about some of the external customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import qualitychain as qc

ASKED: list[Callable[..., Any]] = [qc.customer_effects, qc.key_to_customer]


def fair(names: tuple[str, str] = ("Shop", "Fair")) -> qc.Chain:
    shop, fair = names
    return qc.Chain(
        "Fair",
        suppliers=[qc.Supplier("S", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[qc.Customer(shop, promise=4, segment="b2b"), qc.Customer(fair, volume=10, segment="b2c")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0.1),
            qc.Handoff("Make", shop, share=0.8, defect_rate=0.05),
            qc.Handoff("Make", fair, share=0.2, defect_rate=0.2),
        ],
    )


def test_the_answer_about_one_customer_is_its_part_of_the_answer_about_all() -> None:
    every, one = qc.customer_effects(fair()), qc.customer_effects(fair(), customer="Fair")
    assert one.customers.index.tolist() == ["Fair"]
    pd.testing.assert_frame_equal(one.customers, every.customers.loc[["Fair"]])
    mine = every.handoffs[every.handoffs["customer"] == "Fair"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one.handoffs, mine)
    assert one.segments.index.tolist() == ["b2c"]
    assert not any(place.row == "Shop" for place in one.missing)
    assert any(place[:2] == ("segments", "b2c") for place in one.missing)


def test_the_matrix_of_some_customers_has_their_columns_and_their_ranking() -> None:
    every = qc.key_to_customer(fair(), delay=1)
    one = qc.key_to_customer(fair(), customer=["Fair"], delay=1)
    pd.testing.assert_frame_equal(
        one.matrix(what="shares"), every.matrix(what="shares")[["Fair"]].loc[one.handoffs.index]
    )
    assert one.handoffs.index[0] == "Make -> Fair"
    assert qc.key_to_customer(fair(), customer="Shop", delay=1).handoffs.index[0] != "Make -> Fair"
    both = qc.key_to_customer(fair(), customer=["Fair", "Shop"], delay=1)
    pd.testing.assert_frame_equal(both.table, every.table)


def test_no_lead_time_is_computed_for_those_who_were_promised_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from qualitychain.analysis.time import lead_times

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("lead times were computed")

    monkeypatch.setattr(lead_times, "lead_times_of", refuse)
    assert qc.customer_effects(fair(), customer="Fair").customers.loc["Fair", "judged_on"] == "conforming"
    assert qc.key_to_customer(fair(), customer="Fair").evaluated == 0


@pytest.mark.parametrize("ask", ASKED)
def test_an_unknown_customer_is_told_with_the_near_miss(ask: Callable[..., Any]) -> None:
    with pytest.raises(KeyError, match="there is no customer 'Fiar'; did you mean 'Fair'"):
        ask(fair(), customer=["Shop", "Fiar"])
    with pytest.raises(ValueError, match="customer names none"):
        ask(fair(), customer=[])


def test_a_name_within_a_name_keeps_its_own_reasons() -> None:
    found = qc.customer_effects(fair(("A", "A/on_time")), customer="A/on_time")
    assert found.reason_for("customers", "A/on_time", "on_time") == "no promise is given"
    assert found.reason_for("customers", "A", "churn") is None
