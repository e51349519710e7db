from __future__ import annotations

import copy
import random
import warnings
from typing import Any

import pytest

import qualitychain as qc

GOOD: dict[str, Any] = {
    "name": "C",
    "suppliers": [{"name": "S", "rate": 1}, {"name": "T", "rate": 2}, {"name": "Parts"}],
    "departments": [{"name": "D"}, {"name": "E"}],
    "customers": [{"name": "K"}],
    "handoffs": [
        {"supplier": "S", "customer": "D", "defect_rate": 0.1},
        {"supplier": "T", "customer": "D", "defect_rate": 0.1},
        {"supplier": "D", "customer": "E", "share": 0.25, "defect_rate": 0.1},
        {"supplier": "D", "customer": "K", "share": 0.75, "defect_rate": 0.1},
        {"supplier": "E", "customer": "K", "defect_rate": 0.1},
        {"supplier": "Parts", "customer": "E", "item": "bolt", "share": 0.5, "per_unit": 2, "defect_rate": 0.1},
        {"supplier": "D", "customer": "E", "item": "bolt", "share": 0.5, "per_unit": 2, "defect_rate": 0.1},
    ],
    "requirements": [{"customer": "K", "measure": "dpmo", "at_most": 9}],
}


def faults(*changes: tuple[Any, ...]) -> list[tuple[str, tuple[str | int, ...], str]]:
    data = copy.deepcopy(GOOD)
    for *path, last, value in changes:
        place: Any = data
        for part in path:
            place = place[part]
        if isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    return [(f.code, f.path, f.message) for f in caught.value.faults]


def test_the_good_chain_is_good() -> None:
    assert qc.Chain.from_dict(GOOD)


def test_a_node_name_is_taken_once() -> None:
    assert faults(("departments", 2, {"name": "K"}))[0] == (
        "QC020",
        ("customers", 0, "name"),
        "customer 'K': the name is taken by a department; names are unique in a chain",
    )


def test_an_end_that_is_no_node_is_named_with_its_near_miss() -> None:
    found = faults(("departments", 0, "name", "Dispatch"), ("handoffs", 0, "customer", "Dispach"))
    assert (
        "QC021",
        ("handoffs", 0, "customer"),
        "handoff 'S -> Dispach': customer 'Dispach' is not a node of the chain; did you mean 'Dispatch'?",
    ) in found
    assert {"; declare it under suppliers, departments or customers" in m for c, _, m in found if c == "QC021"} == {
        True,
        False,
    }


def test_rework_to_a_node_that_is_none_or_gives_nothing_on_is_refused() -> None:
    look = {"detect": 0.5, "rework_to": "Part"}
    assert faults(("handoffs", 4, "inspection", look)) == [
        (
            "QC021",
            ("handoffs", 4, "inspection", "rework_to"),
            "handoff 'E -> K': rework_to 'Part' is not a node of the chain; did you mean 'Parts'?",
        )
    ]
    assert faults(("handoffs", 4, "inspection", {"detect": 0.5, "rework_to": "Parts"})) == [
        (
            "QC030",
            ("handoffs", 4, "inspection", "rework_to"),
            "handoff 'E -> K': rework_to 'Parts' has no outgoing flow, so units would stay there",
        )
    ]
    assert faults(("handoffs", 5, "inspection", {"detect": 0.5, "rework_to": "D"}))[0][0] == "QC030"


@pytest.mark.parametrize(
    ("handoff", "field", "words"),
    [
        (
            {"supplier": "K", "customer": "D", "defect_rate": 0},
            "supplier",
            "cannot be the supplier of a handoff; model what it supplies as an external supplier",
        ),
        (
            {"supplier": "D", "customer": "S", "item": "x", "per_unit": 1, "defect_rate": 0},
            "customer",
            "cannot be the customer of a handoff",
        ),
        ({"supplier": "D", "customer": "K", "item": "x", "per_unit": 1, "defect_rate": 0}, "per_unit", "pulls nothing"),
    ],
)
def test_external_nodes_stand_at_the_ends(handoff: dict[str, Any], field: str, words: str) -> None:
    found = faults(("handoffs", 7, handoff))
    assert ("QC024", ("handoffs", 7, field)) == found[0][:2]
    assert words in found[0][2]


def test_two_handoffs_of_one_pair_need_different_names() -> None:
    again = {"supplier": "E", "customer": "K", "share": 0.5, "defect_rate": 0.1}
    found = faults(("handoffs", 4, "share", 0.5), ("handoffs", 7, again))
    assert found == [
        (
            "QC022",
            ("handoffs", 7),
            "handoff 'E -> K' is there twice (also as number 5); give one of them an item or a name",
        )
    ]
    data = copy.deepcopy(GOOD)
    data["handoffs"][4]["share"] = 0.5
    data["handoffs"].append({**again, "name": "express"})
    assert qc.Chain.from_dict(data)


def test_a_handoff_may_not_have_the_name_of_a_node() -> None:
    assert faults(("handoffs", 4, "name", "E"))[0][:2] == ("QC022", ("handoffs", 4))


def test_flow_shares_of_a_supplier_sum_to_one() -> None:
    assert faults(("handoffs", 2, "share", 0.24)) == [
        (
            "QC023",
            ("handoffs", 3, "share"),
            "handoff 'D -> K': the shares of the flow handoffs from 'D' sum to 0.99 (0.24, 0.75); they must sum to 1",
        )
    ]
    assert faults(("handoffs", 2, "share", 0.26))[0][0] == "QC023"
    assert faults(("handoffs", 2, "share", 0.25 + 1e-8))[0][0] == "QC023"
    data = copy.deepcopy(GOOD)
    data["handoffs"][2]["share"] = 0.25 + 1e-12
    assert qc.Chain.from_dict(data)


def test_two_routes_need_their_shares_and_one_route_may_not_state_less_than_all() -> None:
    assert faults(("handoffs", 2, "share", None)) == [
        (
            "QC023",
            ("handoffs", 2),
            (
                "handoff 'D -> E': there are 2 flow handoffs from 'D', so each needs a share of its units; "
                "share is missing"
            ),
        )
    ]
    assert faults(("handoffs", 4, "share", 0.5))[0][:2] == ("QC023", ("handoffs", 4, "share"))


def test_sourcing_shares_sum_to_one() -> None:
    [(code, path, message)] = faults(("handoffs", 5, "share", 0.4))
    assert (code, path) == ("QC023", ("handoffs", 6, "share"))
    assert "the sources of 'bolt' for 'E' sum to 0.9" in message


def test_sources_of_one_item_agree_on_amount_and_effect() -> None:
    found = faults(("handoffs", 6, "per_unit", 3), ("handoffs", 6, "affects", "time"))
    assert [(code, path) for code, path, _ in found] == [
        ("QC031", ("handoffs", 6, "per_unit")),
        ("QC031", ("handoffs", 6, "affects")),
    ]
    assert "per_unit is 3.0, but 'E' gets 'bolt' from 'Parts' with per_unit 2.0" in found[0][2]
    data = copy.deepcopy(GOOD)
    data["handoffs"][6]["affects"] = "unit"
    assert qc.Chain.from_dict(data)


def test_a_common_cause_needs_an_item_and_agreement() -> None:
    alone = {"supplier": "Parts", "customer": "D", "per_unit": 1, "defect_rate": 0.1, "common_cause": "case"}
    assert faults(("handoffs", 7, alone))[0][:2] == ("QC032", ("handoffs", 7, "common_cause"))
    shared = {**alone, "item": "bolt"}
    assert faults(("handoffs", 7, shared))[0][:2] == ("QC032", ("handoffs", 5))
    found = faults(("handoffs", 5, "common_cause", "case"), ("handoffs", 7, {**shared, "defect_rate": 0.2}))
    assert found[0][:2] == ("QC032", ("handoffs", 7))
    assert "same defect rates and inspection" in found[0][2]


def test_several_starts_need_their_rates() -> None:
    assert faults(("suppliers", 0, {"name": "S"})) == [
        ("QC029", ("suppliers", 0), "supplier 'S': rate is missing; with 2 suppliers of units each needs one")
    ]
    assert faults(("suppliers", 0, "rate", 0), ("suppliers", 1, "rate", 0))[0][0] == "QC029"


def test_a_chain_in_which_nothing_starts_is_refused() -> None:
    data = {
        **GOOD,
        "suppliers": [{"name": "S"}],
        "requirements": [],
        "handoffs": [
            {"supplier": "S", "customer": "D", "per_unit": 1, "defect_rate": 0},
            {"supplier": "D", "customer": "K", "defect_rate": 0},
        ],
    }
    with pytest.raises(qc.ChainError, match="no supplier has a flow handoff"):
        qc.Chain.from_dict(data)


def test_a_customer_that_no_unit_can_reach_is_refused() -> None:
    for change in (("handoffs", 3, "customer", "E"),):
        found = faults(change, ("handoffs", 3, "name", "x"), ("customers", 1, {"name": "L"}))
        assert ("QC028", ("customers", 1)) in [f[:2] for f in found]
    found = faults(
        ("customers", 1, {"name": "L"}),
        ("handoffs", 4, "share", 1),
        ("handoffs", 7, {"supplier": "E", "customer": "L", "share": 0, "defect_rate": 0}),
    )
    assert [f[:2] for f in found] == [("QC028", ("customers", 1))]


def test_a_requirement_names_something_that_is_there() -> None:
    for subject, words in (
        ({"customer": "k ", "measure": "dpmo"}, "'k ' is not a customer of the chain; did you mean 'K'?"),
        ({"customer": "D", "measure": "dpmo"}, "'D' is not a customer of the chain; it is a department"),
        ({"department": "K", "measure": "utilization"}, "'K' is not a department of the chain; it is a customer"),
        (
            {"handoff": "E->K", "measure": "presented_defect_rate"},
            "'E->K' is not a handoff of the chain; did you mean 'E -> K'?",
        ),
    ):
        [(code, path, message)] = faults(("requirements", 0, {**subject, "at_most": 1}))
        assert (code, path) == ("QC033", ("requirements", 0, next(iter(subject))))
        assert message.endswith(words)


def test_a_node_that_leads_to_no_customer_is_warned_of() -> None:
    data = copy.deepcopy(GOOD)
    data["departments"].append({"name": "Idle"})
    with pytest.warns(qc.ChainWarning, match="QC042 department 'Idle': no customer can be reached from it"):
        qc.Chain.from_dict(data)


@pytest.mark.parametrize("seed", range(6))
def test_renaming_and_reordering_change_no_verdict(seed: int) -> None:
    rng = random.Random(seed)
    data = copy.deepcopy(GOOD)
    for handoff in rng.sample(data["handoffs"], 2):
        handoff[rng.choice(("share", "defect_rate", "per_unit"))] = rng.choice((0, 0.3, 1))
    new = {name: f"node {i}" for i, name in enumerate(("S", "T", "Parts", "D", "E", "K"))}
    other = copy.deepcopy(data)
    for key in ("suppliers", "departments", "customers", "handoffs"):
        rng.shuffle(other[key])
        for record in other[key]:
            record.update({k: new[v] for k, v in record.items() if v in new})
    other["requirements"][0]["customer"] = new["K"]

    def verdict(of: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                qc.Chain.from_dict(of)
            except qc.ChainError as error:
                return sorted(f.code for f in error.faults)
        return sorted(str(w.message)[:5] for w in said)

    assert verdict(data) == verdict(other)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("customers", 0, "promise"), 1e9),
        (("departments", 0, "cycle_time"), {"mean": 1e9, "scv": 2}),
        (("handoffs", 0, "lead_time"), 876_601.0),
    ],
)
def test_a_number_of_hours_beyond_a_hundred_years_is_refused(path: tuple[str, int, str], value: Any) -> None:
    data = copy.deepcopy(GOOD)
    key, index, field = path
    data[key][index][field] = value
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    assert [(f.code, f.path) for f in caught.value.faults] == [("QC014", path)]
    assert "longer than 100 years" in str(caught.value)
