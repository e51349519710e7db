from __future__ import annotations

import copy
import dataclasses
import pickle
import types
from typing import Any

import numpy as np
import pytest

import qualitychain as qc
from qualitychain.model.values.record import build, plain

RECORDS: list[Any] = [
    qc.Supplier("S", rate=2),
    qc.Department("D", cycle_time=qc.Gamma(mean=3, scv=0.5)),
    qc.Customer("K", nps=qc.Nps(satisfied=0.5, dissatisfied=-0.5)),
    qc.Handoff("A", "B", sample=qc.Sample(n=10, defects=1), inspection=qc.Inspection(0.9)),
    qc.Requirement(customer="K", measure="lead_time", quantile=0.9, at_most="5 d"),
    qc.Empirical([1, 2], weights=[1, 3]),
]


def faults(make: Any) -> list[tuple[str, tuple[str | int, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        make()
    return [(f.code, f.path, f.message) for f in caught.value.faults]


@pytest.mark.parametrize("made", RECORDS, ids=lambda r: type(r).__name__)
def test_a_record_is_frozen_hashable_and_survives_pickling_and_copying(made: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.note = "changed"
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made) == made
    assert hash(copy.deepcopy(made)) == hash(made)


def test_replacing_a_field_checks_it_again() -> None:
    handoff = qc.Handoff("A", "B", defect_rate=0.1)
    assert dataclasses.replace(handoff, defect_rate=0.2).defect_rate == 0.2
    assert faults(lambda: dataclasses.replace(handoff, defect_rate=2)) == [
        ("QC012", ("defect_rate",), "handoff 'A -> B': defect_rate must be between 0 and 1, got 2")
    ]


def test_a_misspelt_keyword_is_named_with_its_near_miss() -> None:
    assert faults(lambda: qc.Handoff("A", "B", defect_rat=0.1)) == [  # type: ignore[call-arg]
        ("QC015", ("defect_rat",), "handoff 'A -> B': defect_rat is unknown; did you mean 'defect_rate'?")
    ]


def test_a_misspelt_required_key_is_both_missing_and_unknown() -> None:
    found = faults(lambda: build(qc.Handoff, {"suplier": "A", "customer": "B", "defect_rate": 0.1}))
    assert [(code, path) for code, path, _ in found] == [("QC016", ()), ("QC015", ("suplier",))]
    assert found[0][2].endswith("supplier is missing")
    assert found[1][2].endswith("suplier is unknown; did you mean 'supplier'?")


def test_a_surplus_positional_value_says_which_may_be_positional() -> None:
    assert faults(lambda: qc.Handoff("A", "B", "help", "more", defect_rate=0.1)) == [  # type: ignore[misc]
        (
            "QC015",
            (),
            (
                "handoff 'A -> B': only supplier and customer may be given by position; "
                "write the rest by name, for instance item=..."
            ),
        )
    ]


def test_all_faults_of_a_nested_record_are_told_under_its_field() -> None:
    found = faults(lambda: qc.Handoff("A", "B", defect_rate=0.1, inspection={"detect": 1.9, "on_reject": "rewrk"}))
    assert [(code, path) for code, path, _ in found] == [
        ("QC012", ("inspection", "detect")),
        ("QC010", ("inspection", "on_reject")),
    ]
    assert found[0][2] == "handoff 'A -> B': inspection.detect must be between 0 and 1, got 1.9"
    assert found[1][2].endswith("got 'rewrk'; did you mean 'rework'?")


def test_a_nested_record_that_is_no_mapping_is_refused_in_words() -> None:
    assert faults(lambda: qc.Handoff("A", "B", defect_rate=0.1, inspection=0.9)) == [
        (
            "QC010",
            ("inspection",),
            "handoff 'A -> B': inspection must be a mapping with the fields of Inspection, got 0.9",
        )
    ]


def test_a_key_that_is_no_text_is_refused() -> None:
    assert faults(lambda: build(qc.Supplier, {"name": "S", 99: 1})) == [
        ("QC015", (), "supplier 'S': the key 99 is not a text; field names are")
    ]


def test_any_mapping_makes_a_record() -> None:
    assert build(qc.Supplier, types.MappingProxyType({"name": "S"})) == qc.Supplier("S")


def test_faults_are_placed_below_the_given_path() -> None:
    assert faults(lambda: build(qc.Supplier, {"name": "S", "rate": -1}, ("suppliers", 4)))[0][1] == (
        "suppliers",
        4,
        "rate",
    )


def test_very_deep_and_unprintable_values_are_echoed_safely() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]

    class Silent:
        def __repr__(self) -> str:
            raise ValueError

    for value in (deep, {"a": deep}, Silent(), 10**6000, b"x" * 10**6, "\x1b[31m" * 1000):
        for code, _, message in faults(lambda value=value: qc.Handoff(value, value, defect_rate=value)):  # type: ignore[misc]
            assert code in ("QC018", "QC010", "QC011", "QC013")
            assert len(message) < 300
            assert message.isprintable()


def test_plain_data_leaves_out_defaults_but_not_what_only_equals_them() -> None:
    assert plain(qc.Supplier("S")) == {"name": "S"}
    assert plain(qc.Department("D", cycle_time=0)) == {"name": "D", "cycle_time": 0.0}
    assert plain(qc.Handoff("A", "B", defect_rate=0, lead_time=qc.Fixed(0)))["lead_time"] == {"fixed": {"value": 0.0}}


def test_plain_data_holds_plain_python_values_only() -> None:
    data = plain(qc.Department(np.str_("D"), servers=np.int64(2), availability=np.float32(0.5), mttr=np.str_("2 h")))
    assert data == {"name": "D", "servers": 2, "availability": 0.5, "mttr": "2 h"}
    assert [type(v) for v in data.values()] == [str, int, float, str]
