from __future__ import annotations

import json
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import qualitychain as qc


def changes(**fields: Any) -> Any:
    return qc.Project("P", cost=1, changes={"A -> B": fields}).changes["A -> B"]


def faults(**given: Any) -> list[tuple[str, tuple[str | int, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Project("P", **{"cost": 1, "changes": {"A -> B": {"share": 1}}, **given})
    return [(f.code, f.path, f.message) for f in caught.value.faults]


def test_a_text_that_begins_with_x_scales_also_inside_a_mapping() -> None:
    made = changes(defect_rate="x0.55", inspection={"detect": "x 1.1", "time": "x2"})
    assert made["defect_rate"] == qc.Scale(0.55)
    assert made["inspection"] == {"detect": qc.Scale(1.1), "time": qc.Scale(2)}


@pytest.mark.parametrize("field", ["name", "note", "source", "item", "supplier", "customer", "kind"])
def test_a_text_in_a_text_field_is_no_scale(field: str) -> None:
    assert changes(**{field: "x2"})[field] == "x2"
    assert changes(inspection={"rework_to": "x2"})["inspection"]["rework_to"] == "x2"


def test_a_project_keeps_its_changes_when_the_callers_mapping_changes() -> None:
    mine: dict[str, Any] = {"A -> B": {"inspection": {"detect": 0.9}}}
    made = qc.Project("P", cost=1, changes=mine)
    mine["A -> B"]["inspection"]["detect"] = 0.1
    assert made.changes == {"A -> B": {"inspection": {"detect": 0.9}}}
    with pytest.raises(TypeError, match="frozen"):
        made.changes["A -> B"]["inspection"]["detect"] = 0.1  # type: ignore[index]


def test_a_project_is_hashable_and_survives_pickling() -> None:
    made = qc.Project("P", cost=1, changes={"A -> B": {"inspection": {"detect": 0.9}}}, group="g", requires=("Q",))
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert hash(again) == hash(made)


def test_a_record_as_a_value_is_kept_as_all_of_its_fields() -> None:
    made = changes(inspection=qc.Inspection(0.5, on_reject="scrap"), lead_time=qc.Gamma(mean="2 h", scv=0.5))
    assert made["inspection"]["false_alarm"] == 0
    assert made["inspection"]["rework_to"] is None
    assert made["lead_time"] == {"gamma": {"mean": "2 h", "scv": 0.5}}


def test_a_whole_inspection_replaces_the_present_one_where_single_fields_change_it() -> None:
    chain = qc.Chain(
        "C",
        suppliers=[qc.Supplier("A")],
        customers=[qc.Customer("B")],
        handoffs=[qc.Handoff("A", "B", defect_rate=0.1, inspection=qc.Inspection(0.9, false_alarm=0.1, fix=0.5))],
    )
    whole, single = changes(inspection=qc.Inspection(0.5)), changes(inspection={"detect": 0.5})
    assert qc.what_if(chain, {"A -> B": whole}).handoffs[0].inspection == qc.Inspection(0.5)
    assert qc.what_if(chain, {"A -> B": single}).handoffs[0].inspection == qc.Inspection(0.5, false_alarm=0.1, fix=0.5)


def test_numbers_of_every_kind_are_kept_as_plain_ones() -> None:
    made = changes(
        a=np.int64(3), b=np.float64(0.5), c=Decimal("0.25"), d=Fraction(1, 8), e=True, f=-0.0, g=[1, np.int8(2)]
    )
    assert json.dumps(dict(made)) == '{"a": 3, "b": 0.5, "c": 0.25, "d": 0.125, "e": true, "f": 0.0, "g": [1, 2]}'


def test_a_name_in_another_unicode_form_is_the_same_name() -> None:
    decomposed = qc.Project("P", cost=1, changes={"Gro\u0308\u00dfe": {"servers": 2}})
    assert decomposed.changes == {"Gr\u00f6\u00dfe": {"servers": 2}}


@pytest.mark.parametrize(
    ("given", "code", "path", "words"),
    [
        ({"cost": -1}, "QC012", ("cost",), "project 'P': cost must be 0 or more"),
        ({"cost": float("nan")}, "QC011", ("cost",), "project 'P': cost must be a finite number"),
        ({"cost": "5"}, "QC013", ("cost",), "cost must be a number"),
        ({"changes": {}}, "QC010", ("changes",), "changes must map handoffs"),
        ({"changes": None}, "QC010", ("changes",), "changes must map handoffs"),
        ({"changes": [1]}, "QC010", ("changes",), "got a list"),
        ({"changes": {"A": {}}}, "QC010", ("changes", "A"), "of 'A' must map fields to values, got none"),
        ({"changes": {"A": 3}}, "QC010", ("changes", "A"), "of 'A' must map fields to values, got 3"),
        ({"changes": {"A": {"share": "x-1"}}}, "QC012", ("changes", "A", "share"), "of 'A': share must be x and"),
        ({"changes": {"A": {"share": "X2"}}}, "QC012", ("changes", "A", "share"), "such as x0.55, got 'X2'"),
        ({"group": 3}, "QC010", ("group",), "group must be a name or a list"),
        ({"changes": {"A": {"share": object()}}}, "QC010", ("changes", "A", "share"), "must be a number, a text"),
        ({"changes": {"A": {"share": float("inf")}}}, "QC011", ("changes", "A", "share"), "finite"),
        ({"changes": {"A": {"sla": {"x": b"1"}}}}, "QC010", ("changes", "A", "sla", "x"), "of 'A': sla.x must be"),
        ({"changes": {5: {"share": 1}}}, "QC018", ("changes",), "is a number (5) where a name is due"),
        ({"changes": {"A": {5: 1}}}, "QC015", ("changes", "A"), "the key 5 is not a text"),
        ({"changes": {"A": {"sla": {5: 1}}}}, "QC015", ("changes", "A", "sla"), "the key 5 is not a text"),
        ({"group": ["g", ""]}, "QC018", ("group", 1), "group[1] must not be empty"),
        ({"requires": [1]}, "QC018", ("requires", 0), "requires[0] is a number"),
        ({"nots": "x"}, "QC015", ("nots",), "did you mean 'note'"),
    ],
)  # fmt: skip
def test_a_project_that_is_none_says_why_and_where(given: Any, code: str, path: Any, words: str) -> None:
    [(found, place, message)] = faults(**given)
    assert (found, place) == (code, path)
    assert words in message


def test_all_that_is_wrong_with_a_project_is_told_at_once() -> None:
    found = faults(
        cost=-1, changes={"A": {"share": "x-1", "sla": {"lead_time": "x1,5", "defect_rate": float("nan")}}, "B": {}}
    )
    assert [path for _, path, _ in found] == [
        ("cost",),
        ("changes", "A", "share"),
        ("changes", "A", "sla", "lead_time"),
        ("changes", "A", "sla", "defect_rate"),
        ("changes", "B"),
    ]


def test_changes_that_are_nested_without_end_are_refused() -> None:
    deep: Any = 1
    for _ in range(2000):
        deep = {"a": deep}
    [(code, _, message)] = faults(changes={"A": {"sla": deep}})
    assert code == "QC010"
    assert "nested too deep" in message
