from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc


def messages(**fields: Any) -> list[str]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Requirement(**fields)
    return [f.message.removeprefix("requirement: ") for f in caught.value.faults]


def test_a_requirement_knows_what_it_is_about() -> None:
    assert qc.Requirement(department="IT", measure="utilization", at_most=0.8).subject == ("department", "IT")
    assert qc.Requirement(handoff="A -> B", measure="presented_defect_rate", at_most=0).subject == ("handoff", "A -> B")


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert messages(customer="K", department="D", measure="z_lt", at_least=1, at_most=2) == [
        "needs exactly one of customer, handoff, department, got customer and department",
        "needs exactly one of at_least, at_most, got both",
    ]
    assert messages(customer="K", measure="sigma_leve", quantile=0.5) == [
        (
            "measure of a customer must be one of defect_rate, accepted_defect_rate, dpmo, sigma_level, z_lt, "
            "delivered, lead_time, on_time, satisfied, got 'sigma_leve'; did you mean 'sigma_level'?"
        ),
        "needs exactly one of at_least, at_most, got none",
    ]


def test_a_measure_of_another_kind_is_explained() -> None:
    [message] = messages(customer="K", measure="utilization", at_most=0.8)
    assert message.endswith("got 'utilization'; it is a measure of a department")


def test_only_times_have_durations_and_quantiles() -> None:
    assert qc.Requirement(customer="K", measure="lead_time", quantile=0.95, at_most="5 d").at_most == "5 d"
    assert messages(customer="K", measure="sigma_level", at_least="4 h", quantile=0.5) == [
        "at_least of sigma_level must be a number, got the duration '4 h'",
        "quantile is read only for lead_time and waiting_time; remove it",
    ]
    assert messages(customer="K", measure="lead_time", at_most=1, quantile=1) == [
        "quantile must be greater than 0 and less than 1, got 1"
    ]


@pytest.mark.parametrize(
    ("text", "remedy"), [("4", "write 4 without"), ("2%", "write 0.02 without"), ("-1.5", "write -1.5 without")]
)
def test_a_bound_written_as_text_is_shown_as_a_number(text: str, remedy: str) -> None:
    [message] = messages(customer="K", measure="sigma_level", at_least=text)
    assert remedy in message


def test_a_bound_may_be_negative() -> None:
    assert qc.Requirement(customer="K", measure="z_lt", at_least=-1).at_least == -1.0
