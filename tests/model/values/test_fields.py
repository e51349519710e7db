from __future__ import annotations

import enum
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.model.values import fields as values

NUMERIC: dict[Any, dict[str, Any]] = {
    qc.Supplier: {"rate": 0.5, "arrival_scv": 0.5},
    qc.Department: {
        "servers": 2,
        "cycle_time": 0.5,
        "availability": 0.5,
        "mttr": 0.5,
        "mttr_scv": 0.5,
        "cost_per_time": 0.5,
        "work_cost": 0.5,
    },
    qc.Customer: {
        "promise": 0.5,
        "tolerance": 0.5,
        "opportunities": 2,
        "volume": 0.5,
        "value": 0.5,
        "deliveries_per_customer": 0.5,
        "late_cost": 0.5,
        "external_failure_cost": 0.5,
        "churn_if_dissatisfied": 0.5,
    },
    qc.Handoff: {
        "share": 0.5,
        "per_unit": 0.5,
        "defect_rate": 0.5,
        "lead_time": 0.5,
        "scrap_cost": 0.5,
        "external_failure_cost": 0.5,
        "improvement_weight": 0.5,
    },
    qc.Inspection: {"detect": 0.5, "false_alarm": 0.5, "fix": 0.5, "time": 0.5, "cost": 0.5, "repair_cost": 0.5},
    qc.Sla: {"lead_time": 0.5, "defect_rate": 0.5},
    qc.Sample: {"n": 3, "defects": 2},
    qc.Nps: {"satisfied": 0.5, "dissatisfied": 0.5},
    qc.Requirement: {"quantile": 0.5, "at_most": 0.5},
}
FIXED: dict[Any, dict[str, Any]] = {
    qc.Supplier: {"name": "X"},
    qc.Department: {"name": "X"},
    qc.Customer: {"name": "X"},
    qc.Handoff: {"supplier": "X", "customer": "Y", "defect_rate": 0.5},
    qc.Inspection: {"detect": 0.5},
    qc.Sla: {},
    qc.Sample: {"n": 3, "defects": 2},
    qc.Nps: {"satisfied": 0.5, "dissatisfied": 0.5},
    qc.Requirement: {"customer": "K", "measure": "lead_time", "at_most": 1},
}
FIELDS = [
    pytest.param(kind, field, good, id=f"{kind.__name__}.{field}")
    for kind, fields in NUMERIC.items()
    for field, good in fields.items()
]


def refusal(check: Any, value: object) -> tuple[str, str]:
    with pytest.raises(qc.ChainError) as caught:
        check(value)
    [fault] = caught.value.faults
    return fault.code, fault.message


@pytest.mark.parametrize(("kind", "field", "good"), FIELDS)
def test_every_numeric_field_takes_any_kind_of_number(kind: Any, field: str, good: float) -> None:
    def value(given: object) -> Any:
        return getattr(kind(**{**FIXED[kind], field: given}), field)

    same = (
        [np.int64(good)]
        if isinstance(good, int)
        else [np.float64(good), np.float32(good), Fraction(1, 2), Decimal("0.5")]
    )
    for other in same:
        assert value(other) == good
        assert type(value(other)) is type(good)


@pytest.mark.parametrize(("kind", "field", "good"), FIELDS)
@pytest.mark.parametrize("bad", [True, False, np.True_, math.nan, math.inf, "0.5", [1], {"a": 1}, 1j, b"1", object()])
def test_every_numeric_field_refuses_what_is_no_number_in_range(
    kind: Any, field: str, good: float, bad: object
) -> None:
    with pytest.raises(qc.ChainError) as caught:
        kind(**{**FIXED[kind], field: bad})
    assert all(fault.path[:1] == (field,) for fault in caught.value.faults)
    assert field in str(caught.value)


@pytest.mark.parametrize(("kind", "field", "good"), [f for f in FIELDS if f.id != "Requirement.at_most"])
@pytest.mark.parametrize("bad", [-2, np.int16(-2), 11 * 10**14])
def test_every_numeric_field_names_the_range_that_a_number_is_out_of(
    kind: Any, field: str, good: float, bad: Any
) -> None:
    with pytest.raises(qc.ChainError, match=f"{field} must be .*, got ") as caught:
        kind(**{**FIXED[kind], field: bad})
    assert {(fault.code, fault.path) for fault in caught.value.faults} == {("QC012", (field,))}


def test_minus_zero_becomes_zero() -> None:
    assert math.copysign(1, values.number(-0.0)) == 1
    assert math.copysign(1, qc.Handoff("A", "B", defect_rate=-0.0).defect_rate or 0.0) == 1


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("2%", "write 0.02 without quotes"),
        ("0.07 %", "write 0.0007 without quotes"),
        ("0,02", "write 0.02 without quotes, with a decimal point"),
        ("0.123456789", "write 0.123456789 without quotes"),
        ("1,000", "write it without quotes and commas (1000, or with a decimal point)"),
    ],
)
def test_a_number_written_as_text_is_shown_as_it_should_be_written(text: str, remedy: str) -> None:
    code, message = refusal(values.number, text)
    assert code == "QC013"
    assert remedy in message


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "ten", "", "%", "1 2"])
def test_no_remedy_is_offered_that_would_be_refused(text: str) -> None:
    assert "write" not in refusal(values.number, text)[1]


def test_a_whole_number_is_not_a_rounded_one() -> None:
    check = values.at_least(1)
    assert check(np.uint8(7)) == 7
    assert refusal(check, 2.0) == ("QC010", "must be a whole number, got 2.0")
    assert refusal(check, 0)[0] == "QC012"
    assert refusal(check, 10**5000) == (
        "QC012",
        "must be a whole number of at least 1 (and at most 1e15), got an integer of more than 40 digits",
    )


@pytest.mark.parametrize("check", [values.number, values.between(0, 1)])
def test_a_number_beyond_floating_point_is_not_finite(check: Any) -> None:
    for huge in (10**400, Fraction(10**5000, 3), Decimal("1e400"), Decimal("NaN"), Decimal("sNaN")):
        assert refusal(check, huge)[0] == "QC011"


@pytest.mark.parametrize(
    "name", ["NO", "<script>", "../../etc", "=HYPERLINK(1)", "Quality control", "Turning & Milling", "é" * 200]
)
def test_names_are_free_text(name: str) -> None:
    assert values.name(name) == name


def test_a_name_is_brought_to_normal_form() -> None:
    assert values.name("e\u0301" * 200) == "\u00e9" * 200
    assert refusal(values.name, "e\u0301" * 201) == (
        "QC018",
        f"must have at most 200 characters, got 201: '{'é' * 38}...",
    )


@pytest.mark.parametrize(
    "name", ["", " ", "\u00a0", "\u3164", "a\u200bb", "a\u202eb", "a\x00", "a\nb", "a\ud800", "\u2800", "x" * 201]
)
def test_names_that_cannot_be_read_are_refused(name: str) -> None:
    code, message = refusal(values.name, name)
    assert code == "QC018"
    assert message.isprintable()


@pytest.mark.parametrize("number", [12, 1.5, np.int64(12), Decimal(3)])
def test_a_number_as_a_name_is_shown_in_quotes(number: object) -> None:
    code, message = refusal(values.name, number)
    assert code == "QC018"
    assert "write it in quotes" in message
    assert "np." not in message


def test_texts_come_out_as_plain_strings() -> None:
    class Kind(str, enum.Enum):  # noqa: UP042  the old form is the point
        B2C = "b2c"

    customer = qc.Customer(Kind.B2C, segment=Kind.B2C, promise=np.str_("5 d"), note=Kind.B2C)
    for value in (customer.name, customer.segment, customer.promise, customer.note):
        assert type(value) is str
    assert customer.name == "b2c"


def test_notes_may_hold_lines_but_no_control_characters() -> None:
    assert qc.Supplier("S", note="two\n\tlines").note == "two\n\tlines"
    assert refusal(values.text, "a\x07b") == ("QC002", "holds the control character U+0007; remove it")
    assert refusal(values.text, "x" * 10_001)[0] == "QC012"
    assert refusal(values.text, 5)[0] == "QC010"


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.binary(), st.lists(st.none())))
def test_every_check_returns_a_clean_value_or_refuses(value: object) -> None:
    checks = (
        values.number,
        values.integer,
        values.text,
        values.name,
        values.duration,
        values.between(0, 1),
        values.choice("a"),
    )
    for check in checks:
        try:
            clean = check(value)
        except qc.ChainError as error:
            assert len(error.faults) == 1
        else:
            assert check(clean) == clean
