from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.records.requirement import CHAIN, SUBJECTS, bounded
from qualitychain.vocabulary.measures.all import MEASURES

BOUNDED = {kind: tuple(bounded(kind)) for kind in (*SUBJECTS, CHAIN)}


def messages(**fields: Any) -> list[str]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Requirement(**fields)
    return [f.message.removeprefix("requirement: ") for f in caught.value.faults]


def test_a_requirement_knows_what_it_is_about() -> None:
    assert qc.Requirement(department="IT", measure="utilization", at_most=0.8).subject == ("department", "IT")
    assert qc.Requirement(handoff="A -> B", measure="presented_defect_rate", at_most=0).subject == ("handoff", "A -> B")


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert messages(customer="K", department="D", measure="z_lt", at_least=1, at_most=2) == [
        "needs at most one of customer, handoff, department, got customer and department",
        "needs exactly one of at_least, at_most, got both",
    ]
    assert messages(customer="K", measure="sigma_leve", quantile=0.5) == [
        (
            f"measure of a customer must be one of {', '.join(BOUNDED['customer'])}, got 'sigma_leve'; "
            "did you mean 'sigma_level'?"
        ),
        "needs exactly one of at_least, at_most, got none",
    ]


def test_the_measures_that_model_files_name_are_in_the_vocabulary() -> None:
    assert {kind: set(measures) for kind, measures in BOUNDED.items()} == {
        "customer": {
            "defect_rate", "accepted_defect_rate", "dpmo", "sigma_level", "z_lt", "delivered", "lead_time", "on_time",
            "satisfied", "churn", "retention", "revenue_at_risk", "cost_of_late", "cost_of_bad", "nps",
        },
        "handoff": {"presented_defect_rate", "accepted_defect_rate", "cost_of_quality"},
        "department": {"utilization", "waiting_time", "cost_of_quality"},
        "chain": {
            "cost_of_quality", "rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate",
            "hidden_factory",
        },
    }  # fmt: skip


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


def test_a_requirement_that_names_nothing_is_about_the_whole_chain() -> None:
    assert qc.Requirement(measure="scrap_rate", at_most=0.02).subject == ("chain", "")


def test_a_measure_of_a_customer_needs_to_know_which() -> None:
    [message] = messages(measure="sigma_level", at_least=4)
    assert message.endswith("got 'sigma_level'; it is a measure of a customer: say which with customer")


def test_a_measure_of_the_chain_belongs_to_nobody() -> None:
    [message] = messages(department="D", measure="scrap_rate", at_most=0.1)
    assert message.endswith("got 'scrap_rate'; it is a measure of the whole chain: name no department")


@pytest.mark.parametrize(
    ("fields", "within"),
    [
        ({"customer": "K", "measure": "on_time", "at_least": 98}, "between 0 and 1, got 98; for 98 % write 0.98"),
        ({"handoff": "A -> B", "measure": "presented_defect_rate", "at_most": -0.1}, "between 0 and 1, got -0.1"),
        ({"customer": "K", "measure": "dpmo", "at_most": 2e6}, "between 0 and 1,000,000, got 2e+06"),
        ({"customer": "K", "measure": "nps", "at_least": 101}, "between -100 and 100, got 101"),
        ({"department": "D", "measure": "utilization", "at_most": -1}, "0 or more, got -1"),
        ({"customer": "K", "measure": "lead_time", "at_most": -1}, "0 or more, got -1"),
        ({"customer": "K", "measure": "cost_of_late", "at_most": -5}, "0 or more, got -5"),
        ({"measure": "final_yield", "at_least": 1.5}, "between 0 and 1, got 1.5; for 1.5 % write 0.015"),
        ({"measure": "final_yield", "at_least": 150}, "between 0 and 1, got 150"),
    ],
)
def test_a_bound_that_no_chain_can_have_is_refused(fields: dict[str, Any], within: str) -> None:
    bound = "at_least" if "at_least" in fields else "at_most"
    assert messages(**fields) == [f"{bound} of {fields['measure']} must be {within}"]


def test_the_ends_of_a_range_are_allowed() -> None:
    for kind, measures in BOUNDED.items():
        for measure in measures:
            of = MEASURES[measure]
            for bound in (b for b in (of.low, of.high) if abs(b) < float("inf")):
                about = {} if kind == "chain" else {kind: "X"}
                assert qc.Requirement(**about, measure=measure, at_most=bound).at_most == bound


def test_the_field_measure_names_every_measure() -> None:
    from qualitychain.files.schema import json_schema

    said = json_schema()["$defs"]["Requirement"]["properties"]["measure"]["description"]
    assert all(measure in said for measures in BOUNDED.values() for measure in measures)


def test_a_requirement_on_the_chain_stays_when_a_node_goes() -> None:
    chain = qc.Chain(
        "C",
        suppliers=[qc.Supplier("S", rate=1), qc.Supplier("T", rate=1)],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.1), qc.Handoff("T", "K", defect_rate=0.1)],
        requirements=[qc.Requirement(measure="scrap_rate", at_most=0.02)],
    )
    assert len(qc.what_if(chain, remove="T").requirements) == 1
    assert qc.Chain.from_dict(chain.to_dict()).requirements[0].subject == ("chain", "")


@pytest.mark.parametrize("kind", BOUNDED)
def test_the_schema_accepts_the_bounds_that_the_model_accepts(kind: str) -> None:
    import jsonschema

    from qualitychain.files.schema import json_schema

    schema = json_schema()
    valid = jsonschema.Draft202012Validator({"$ref": "#/$defs/Requirement", "$defs": schema["$defs"]}).is_valid
    about = {} if kind == "chain" else {kind: "X"}
    for measure in sorted({m for measures in BOUNDED.values() for m in measures}):
        for bound, quantile in (
            (-101, None),
            (-1, None),
            (1, None),
            (1.5, None),
            (2e6, None),
            ("4 h", None),
            (0.5, 0.9),
        ):
            data = {**about, "measure": measure, "at_most": bound, "quantile": quantile}
            try:
                qc.Requirement(**data)
                loads = True
            except qc.ChainError:
                loads = False
            assert valid(data) == loads, data
