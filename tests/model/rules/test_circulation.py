from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import Any

import pytest
from support.forever import can_circulate
from support.seeds import seeds

import qualitychain as qc

CHANCES = (0.0, 0.0, 1.0, 1.0, 0.5)


def inspection(rng: random.Random, nodes: list[str] | None) -> dict[str, Any]:
    if rng.random() < 0.35:
        return {}
    look: dict[str, Any] = {
        "detect": rng.choice(CHANCES),
        "by": rng.choice(("customer", "supplier")),
        "on_reject": rng.choice(("rework", "rework", "scrap", "repair", "concession")),
        "fix": rng.choice(CHANCES),
    }
    if rng.random() < 0.3:
        look["false_alarm"] = rng.choice(CHANCES)
    if nodes and look["on_reject"] == "rework" and rng.random() < 0.4:
        look["rework_to"] = rng.choice(nodes)
    return {"inspection": look}


def small_chain(rng: random.Random) -> dict[str, Any]:
    """Up to three departments in the flow and two services behind them; every probability is 0, 1 or a half."""
    flowing = ["S", *(f"D{i}" for i in range(rng.randint(1, 3)))]
    services = [f"V{i}" for i in range(rng.randint(0, 2))]
    handoffs: list[dict[str, Any]] = []
    for giver in flowing:
        targets = rng.sample([*flowing[1:], "K"], rng.randint(1, 2))
        if giver == flowing[-1] and "K" not in targets and rng.random() < 0.6:
            targets[0] = "K"
        shares = (1.0,) if len(targets) == 1 else rng.choice(((0.0, 1.0), (0.5, 0.5), (0.5, 0.5)))
        for target, share in zip(targets, shares, strict=True):
            handoffs.append({"supplier": giver, "customer": target, "share": share, **inspection(rng, flowing)})
    for place, receiver in enumerate([*services, *flowing[1:]]):
        # a service needs only those before it, so that there is no circle of needs
        behind = services[:place]
        if behind and rng.random() < 0.5:
            need = {
                "per_unit": rng.choice((0.0, 0.5, 1.0, 1.5, 2.0)),
                "affects": rng.choice(("unit", "unit", "inspection", "time")),
            }
            handoffs.append({"supplier": rng.choice(behind), "customer": receiver, **need, **inspection(rng, None)})
    for number, handoff in enumerate(handoffs):
        handoff |= {"name": f"h{number}", "defect_rate": rng.choice(CHANCES)}
        if rng.random() < 0.3:
            handoff["transit_defect_rate"] = rng.choice(CHANCES)
    nodes = [{"name": name} for name in (*flowing[1:], *services)]
    return {
        "name": "C",
        "suppliers": [{"name": "S"}],
        "departments": nodes,
        "customers": [{"name": "K"}],
        "handoffs": handoffs,
    }


def refused_as(data: dict[str, Any]) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", qc.ChainWarning)
        try:
            qc.Chain.from_dict(data)
        except qc.ChainError as error:
            return {fault.code for fault in error.faults}
    return set()


@pytest.mark.parametrize("seed", seeds(range(5)))
def test_a_chain_is_refused_exactly_where_linear_algebra_finds_no_way_out(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[tuple[bool, bool]] = Counter()
    for _ in range(400):
        data = small_chain(rng)
        codes = refused_as(data)
        assert codes <= {"QC026", "QC028"}, data
        if codes == {"QC028"}:
            continue
        verdict = ("QC026" in codes, can_circulate(data))
        assert verdict[0] == verdict[1], data
        seen[verdict] += 1
    assert min(seen[True, True], seen[False, False]) > 50


def line(**inspected: Any) -> dict[str, Any]:
    return {
        "name": "C",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": "A"}, {"name": "B"}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "A", "defect_rate": 0.1},
            {"supplier": "A", "customer": "B", "defect_rate": 0.1},
            {"supplier": "B", "customer": "K", "defect_rate": 0.1, "inspection": {"detect": 1.0, **inspected}},
        ],
    }


def only_fault(data: dict[str, Any]) -> Any:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    [fault] = caught.value.faults
    assert fault.code == "QC026"
    return fault


def test_perfect_detection_of_what_rework_never_mends_is_refused() -> None:
    fault = only_fault(line(fix=0.0))
    assert fault.path == ("handoffs", 2)
    assert fault.message.startswith("nonconforming units can circulate for ever in 'B': ")
    assert refused_as(line(fix=0.0, detect=0.999)) == set()
    assert refused_as(line(fix=0.001)) == set()


def test_a_trap_through_rework_names_all_its_nodes() -> None:
    fault = only_fault(line(fix=0.0, rework_to="A"))
    assert "between 'A' and 'B'" in fault.message
    assert "fix above 0" in fault.message


def test_a_false_alarm_at_every_unit_is_refused() -> None:
    assert refused_as(line(false_alarm=1.0)) == {"QC026"}
    assert refused_as(line(false_alarm=1.0, on_reject="scrap")) == set()


def test_a_trap_that_no_unit_reaches_is_accepted() -> None:
    data = line(fix=0.0)
    for handoff in data["handoffs"]:
        handoff["defect_rate"] = 0.0
    assert refused_as(data) == set()


def test_a_department_without_a_way_out_is_named() -> None:
    data = line()
    data["departments"].append({"name": "Attic"})
    data["handoffs"][1]["share"] = 0.5
    data["handoffs"].append({"supplier": "A", "customer": "Attic", "share": 0.5, "defect_rate": 0.0})
    fault = only_fault(data)
    assert fault.path == ("departments", 2)
    assert (
        fault.message
        == "department 'Attic': units arrive but none can leave; give it a flow handoff (without per_unit)"
    )


def test_every_trap_is_told_at_once() -> None:
    data = line()
    data["departments"] += [{"name": "X"}, {"name": "Y"}]
    data["handoffs"][1]["share"] = 0.5
    for name in ("X", "Y"):
        data["handoffs"] += [
            {"supplier": "A", "customer": name, "share": 0.25, "defect_rate": 0.0},
            {"supplier": name, "customer": name, "defect_rate": 0.0},
        ]
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data)
    messages = sorted(fault.message for fault in caught.value.faults)
    assert [m[:46] for m in messages] == [
        "units can circulate for ever in 'X': from ther",
        "units can circulate for ever in 'Y': from ther",
    ]


@pytest.mark.parametrize(
    ("look", "words"),
    [
        ({"detect": 1.0, "fix": 0.0}, "a bad one is always found and never gets better"),
        ({"detect": 1.0, "false_alarm": 1.0, "on_reject": "scrap"}, "every conforming one is rejected"),
    ],
)
def test_a_request_that_never_ends_is_refused(look: dict[str, Any], words: str) -> None:
    data = line()
    data["departments"].append({"name": "IT"})
    data["handoffs"].append(
        {"supplier": "IT", "customer": "A", "per_unit": 1.0, "defect_rate": 0.5, "inspection": look}
    )
    fault = only_fault(data)
    assert fault.path == ("handoffs", 3, "inspection")
    assert words in fault.message
    data["handoffs"][3]["per_unit"] = 0.0
    assert refused_as(data) == set()


def test_a_blinded_inspection_lets_units_out() -> None:
    data = line(fix=0.0, by="supplier")
    assert refused_as(data) == {"QC026"}
    data["departments"].append({"name": "IT"})
    data["handoffs"].append(
        {"supplier": "IT", "customer": "B", "per_unit": 0.5, "defect_rate": 0.5, "affects": "inspection"}
    )
    assert refused_as(data) == set()
