from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.model.records.handoff import defect_rate_of


def messages(**fields: Any) -> list[str]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Handoff("A", "B", **fields)
    return [f.message.removeprefix("handoff 'A -> B': ") for f in caught.value.faults]


def test_a_handoff_is_named_after_its_ends_and_item_unless_it_has_a_name() -> None:
    assert qc.Handoff("A", "B", defect_rate=0).full_name == "A -> B"
    assert qc.Handoff("A", "B", item="help", per_unit=1, defect_rate=0).full_name == "A -> B: help"
    assert qc.Handoff("A", "B", item="help", name="h", defect_rate=0).full_name == "h"


def test_per_unit_makes_a_handoff_pulled_also_when_it_is_zero() -> None:
    assert qc.Handoff("A", "B", per_unit=0, defect_rate=0).pulled
    assert not qc.Handoff("A", "B", item="x", defect_rate=0).pulled


def test_the_defect_rate_is_stated_in_one_way_or_not_known() -> None:
    assert qc.Handoff("A", "B").rate_unknown
    assert not qc.Handoff("A", "B", defect_rate=0).rate_unknown
    assert messages(defect_rate=0.1, dpu=0.1) == [
        "takes at most one of defect_rate, sample, dpu, dpo, got defect_rate and dpu"
    ]
    assert messages(dpo=0.1) == ["dpo and opportunities go together; opportunities is missing"]
    assert messages(defect_rate=0.1, opportunities=2) == ["dpo and opportunities go together; dpo is missing"]


def test_fields_of_pulled_handoffs_are_refused_on_flow_all_at_once() -> None:
    assert messages(affects="unit", common_cause="case") == [
        "affects is read only on pulled handoffs; give per_unit, or remove it",
        "common_cause is read only on pulled handoffs; give per_unit, or remove it",
    ]


def test_more_defects_than_units_are_refused() -> None:
    assert messages(sample={"n": 10, "defects": 12}) == ["sample.defects must be at most n = 10, got 12"]
    assert qc.Sample(n=10, defects=10).defects == 10


def test_an_empty_promise_is_refused() -> None:
    assert messages(defect_rate=0, sla={}) == ["sla promises nothing; give lead_time or defect_rate"]


def test_where_rework_goes_is_asked_only_of_rework() -> None:
    assert messages(defect_rate=0, inspection={"detect": 1, "on_reject": "scrap", "rework_to": "A"}) == [
        "inspection.rework_to is read only with on_reject: rework, here it is scrap"
    ]


def test_an_inspection_needs_its_detection_and_has_the_usual_rest() -> None:
    inspection = qc.Inspection(0.9)
    assert (inspection.false_alarm, inspection.by, inspection.on_reject) == (0.0, "customer", "rework")
    assert (inspection.rework_to, inspection.fix, inspection.time) == (None, 1.0, 0.0)
    assert messages(defect_rate=0, inspection={}) == ["inspection.detect is missing"]


@given(st.integers(1, 10**6), st.data())
def test_a_sample_gives_its_share_of_defects(n: int, data: st.DataObject) -> None:
    defects = data.draw(st.integers(0, n))
    assert defect_rate_of(qc.Handoff("A", "B", sample=qc.Sample(n=n, defects=defects))) == float(Fraction(defects, n))


@given(st.floats(1e-300, 1e-3), st.integers(1, 50))
def test_small_rates_keep_their_digits(rate: float, opportunities: int) -> None:
    exact = 1 - (1 - Fraction(rate)) ** opportunities
    assert defect_rate_of(qc.Handoff("A", "B", dpo=rate, opportunities=opportunities)) == pytest.approx(
        float(exact), rel=1e-14
    )
    series = Fraction(rate) - Fraction(rate) ** 2 / 2 + Fraction(rate) ** 3 / 6 - Fraction(rate) ** 4 / 24
    assert defect_rate_of(qc.Handoff("A", "B", dpu=rate)) == pytest.approx(float(series), rel=1e-13)


def test_the_ends_of_the_range_are_exact() -> None:
    assert defect_rate_of(qc.Handoff("A", "B", dpo=1, opportunities=3)) == 1
    assert defect_rate_of(qc.Handoff("A", "B", dpo=0, opportunities=3)) == 0
    assert defect_rate_of(qc.Handoff("A", "B", dpu=0)) == 0
    assert defect_rate_of(qc.Handoff("A", "B", dpu=1e15)) == 1
    assert str(defect_rate_of(qc.Handoff("A", "B", dpu=0))) == "0.0"
