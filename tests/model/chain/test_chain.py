from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import random
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.file_projects import with_projects
from support.random_chains import random_chain
from support.whole_schema import DATA

import qualitychain as qc
from qualitychain.model.chain.chain import LISTS

SMALL: dict[str, Any] = {
    "name": "C",
    "suppliers": [{"name": "S"}],
    "customers": [{"name": "K"}],
    "handoffs": [{"supplier": "S", "customer": "K", "defect_rate": 0.1}],
}


def faults(data: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    return [(f.code, f.path) for f in caught.value.faults]


def test_the_test_data_uses_every_field_of_every_record() -> None:
    for key, kind in LISTS.items():
        used = {field for record in DATA[key] for field in record}
        assert used == {f.name for f in dataclasses.fields(kind)}, key
    assert set(DATA) == {f.name for f in dataclasses.fields(qc.Chain)}


def test_plain_data_makes_the_round_trip_exactly_and_in_order() -> None:
    chain = qc.Chain.from_dict(DATA)
    assert json.dumps(chain.to_dict(), allow_nan=False) == json.dumps(
        {k: DATA[k] for k in ("schema_version", "name", *(k for k in DATA if k not in ("schema_version", "name")))}
    )
    assert qc.Chain.from_dict(chain.to_dict()) == chain
    assert qc.Chain.from_dict(json.loads(json.dumps(chain.to_dict()))) == chain


@given(st.integers(0, 10_000))
def test_random_chains_make_the_round_trip(seed: int) -> None:
    rng = random.Random(seed)
    data = {"name": "C", **json.loads(json.dumps(random_chain(rng), default=float))}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        data = with_projects(data, rng)
        chain = qc.Chain.from_dict(data)
        again = qc.Chain.from_dict(chain.to_dict())
    assert again == chain
    assert json.dumps(again.to_dict()) == json.dumps(chain.to_dict())


def test_a_chain_is_frozen_hashable_and_survives_pickling_and_copying() -> None:
    chain = qc.Chain.from_dict(DATA)
    with pytest.raises(dataclasses.FrozenInstanceError):
        chain.name = "changed"  # type: ignore[misc]
    for again in (pickle.loads(pickle.dumps(chain)), copy.deepcopy(chain), copy.copy(chain)):
        assert again == chain
        assert hash(again) == hash(chain)


def test_the_lists_of_a_chain_cannot_be_changed_from_outside() -> None:
    suppliers = [qc.Supplier("S")]
    chain = qc.Chain(
        "C", suppliers=suppliers, customers=[qc.Customer("K")], handoffs=[qc.Handoff("S", "K", defect_rate=0)]
    )
    suppliers.append(qc.Supplier("T"))
    assert chain.suppliers == (qc.Supplier("S"),)


def test_records_and_mappings_may_be_mixed() -> None:
    assert qc.Chain("C", suppliers=[qc.Supplier("S")], **{k: SMALL[k] for k in ("customers", "handoffs")}) == (
        qc.Chain.from_dict(SMALL)
    )


def test_replacing_a_part_checks_the_whole_again() -> None:
    chain = qc.Chain.from_dict(SMALL)
    with pytest.raises(qc.ChainError, match="supplier 'S' is not a node"):
        dataclasses.replace(chain, suppliers=[qc.Supplier("T")])


def test_a_fault_of_the_structure_is_told_with_those_of_fields() -> None:
    data = {
        **SMALL,
        "name": 5,
        "departments": [{"name": "D", "servers": 0}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 0.1, "share": 0.5},
            {"supplier": "S", "customer": "K", "defect_rate": 0.1, "share": 0.4},
            {"supplier": "D", "customer": "Kay", "defect_rate": 0.1},
        ],
        "requirements": [
            {"customer": "K", "measure": "dpm", "at_most": 1},
            {"customer": "Z", "measure": "dpmo", "at_most": 1},
        ],
    }
    assert faults(data) == [
        ("QC018", ("name",)),
        ("QC012", ("departments", 0, "servers")),
        ("QC033", ("requirements", 0, "measure")),
        ("QC021", ("handoffs", 2, "customer")),
        ("QC023", ("handoffs", 1, "share")),
        ("QC033", ("requirements", 1, "customer")),
    ]


def test_a_missing_key_of_the_chain_does_not_hide_the_rest() -> None:
    data = {k: v for k, v in SMALL.items() if k != "name"} | {
        "handoffs": [{"supplier": "X", "customer": "K", "defect_rate": 2}]
    }
    assert faults(data) == [("QC016", ()), ("QC012", ("handoffs", 0, "defect_rate"))]
    data["handoffs"][0]["defect_rate"] = 1
    assert ("QC021", ("handoffs", 0, "supplier")) in faults(data)


def test_handoffs_to_a_node_that_could_not_be_read_are_not_called_unknown() -> None:
    assert faults({**SMALL, "suppliers": [{"name": "S", "rate": -1}]}) == [("QC012", ("suppliers", 0, "rate"))]
    assert faults({**SMALL, "suppliers": [{"nme": "S"}]}) == [
        ("QC016", ("suppliers", 0)),
        ("QC015", ("suppliers", 0, "nme")),
    ]
    assert faults({**SMALL, "suppliers": ["S"]}) == [("QC010", ("suppliers", 0))]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"handoffs": None}, ("QC010", ("handoffs",))),
        ({"handoffs": []}, ("QC016", ("handoffs",))),
        ({"suppliers": {"name": "S"}}, ("QC010", ("suppliers",))),
        ({"suppliers": "S"}, ("QC010", ("suppliers",))),
        ({"schema_version": 2}, ("QC017", ("schema_version",))),
        ({"schema_version": "1"}, ("QC017", ("schema_version",))),
        ({"schema_version": True}, ("QC017", ("schema_version",))),
        ({"time_unit": "hours"}, ("QC010", ("time_unit",))),
        ({"handofs": []}, ("QC015", ("handofs",))),
        ({"<<": {}}, ("QC015", ("<<",))),
        ({"suppliers": [[[[]]]]}, ("QC010", ("suppliers", 0))),
    ],
)
def test_a_wrong_field_of_the_chain_is_refused_at_its_place(change: dict[str, Any], expected: tuple[str, Any]) -> None:
    assert expected in faults({**SMALL, **change})


@pytest.mark.parametrize("data", [None, [], "chain", 5, [1]])
def test_only_a_mapping_is_a_chain(data: object) -> None:
    assert faults(data) == [("QC010", ())]


def test_missing_optional_fields_have_the_defaults() -> None:
    chain = qc.Chain.from_dict(SMALL)
    assert (chain.schema_version, chain.time_unit, chain.departments, chain.requirements) == (1, "hour", (), ())
    assert chain.to_dict()["schema_version"] == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*DATA, "supplier", "customer", "detect", "mean", "inspection", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_plain_data_is_a_chain_or_a_chain_error(data: object) -> None:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)  # type: ignore[arg-type]
    assert caught.value.faults


@given(st.data())
def test_one_value_replaced_in_a_good_chain_gives_a_chain_or_faults_with_a_real_place(data: st.DataObject) -> None:
    changed = copy.deepcopy(DATA)
    place: Any = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(json_values)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", qc.ChainWarning)
            chain = qc.Chain.from_dict(changed)
            assert qc.Chain.from_dict(chain.to_dict()) == chain
    except qc.ChainError as error:
        assert error.faults
        for fault in error.faults:
            _walk(changed, fault.path)


def _walk(data: Any, path: tuple[str | int, ...]) -> None:
    for part in path:
        if isinstance(data, dict) and part not in data:
            return  # a missing key, or a bare value that stands for one
        if not isinstance(data, dict | list):
            return
        data = data[part]


def test_order_of_nodes_and_handoffs_changes_nothing_but_the_order() -> None:
    turned = {k: list(reversed(v)) if isinstance(v, list) else v for k, v in DATA.items()}
    chain = qc.Chain.from_dict(turned)
    assert set(chain.handoffs) == set(qc.Chain.from_dict(DATA).handoffs)


def test_a_warning_points_at_the_line_that_made_the_chain() -> None:
    data = {**SMALL, "departments": [{"name": "Idle"}]}
    with pytest.warns(qc.ChainWarning, match="QC042 department 'Idle'") as first:
        chain = qc.Chain.from_dict(data)
    with pytest.warns(qc.ChainWarning) as second:
        qc.Chain(
            "C",
            suppliers=chain.suppliers,
            departments=chain.departments,
            customers=chain.customers,
            handoffs=chain.handoffs,
        )
    assert {first[0].filename, second[0].filename} == {__file__}


def test_very_many_faults_are_counted_and_a_hundred_are_shown() -> None:
    data = {
        **SMALL,
        "handoffs": [{"supplier": "S", "customer": "K", "name": f"h{i}", "defect_rate": 1.5} for i in range(5000)],
    }
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == 5000
    assert lines[-1] == "... and 4900 more"
    assert len(lines) == 101
