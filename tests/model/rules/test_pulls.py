from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.work import counted

import qualitychain as qc
from qualitychain.model.rules.pulls import radius_below, spectral_radius

RNG = np.random.default_rng(7)


def irreducible(size: int, spread: float) -> Any:
    """A ring through all nodes in random order (periodic when nothing is added), with further entries."""
    ring = RNG.permutation(size)
    matrix = np.zeros((size, size))
    for place in range(size):
        matrix[ring[place], ring[(place + 1) % size]] += 10.0 ** RNG.uniform(-spread, spread)
    for _ in range(RNG.integers(0, 2 * size)):
        matrix[RNG.integers(size), RNG.integers(size)] += 10.0 ** RNG.uniform(-spread, spread)
    return matrix


def entries(matrix: Any) -> tuple[list[int], list[int], list[float]]:
    row, column = np.nonzero(matrix)
    return row.tolist(), column.tolist(), matrix[row, column].tolist()


@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
def test_the_spectral_radius_is_the_greatest_eigenvalue(spread: float) -> None:
    for _ in range(150):
        matrix = irreducible(int(RNG.integers(1, 12)), spread)
        exact = float(np.abs(np.linalg.eigvals(matrix)).max())
        assert spectral_radius(*entries(matrix)) == pytest.approx(exact, rel=1e-9)
        assert radius_below(exact * (1 + 1e-7), *entries(matrix))
        assert not radius_below(exact * (1 - 1e-7), *entries(matrix))


@pytest.mark.parametrize("size", [2, 50, 299, 301, 2000])
def test_a_periodic_ring_near_one_is_told_from_one_beyond(size: int) -> None:
    weights = RNG.uniform(0.5, 1.5, size)
    weights /= np.exp(np.log(weights).mean())
    rows, columns = list(range(size)), [(i + 1) % size for i in range(size)]
    assert radius_below(1, rows, columns, (weights * (1 - 1e-7)).tolist())
    assert not radius_below(1, rows, columns, (weights * (1 + 1e-7)).tolist())
    assert spectral_radius(rows, columns, weights.tolist()) == pytest.approx(1, rel=1e-6)


def circle(there: float, back: float, **more: Any) -> dict[str, Any]:
    return {
        "name": "C",
        "suppliers": [{"name": "S"}],
        "departments": [{"name": "IT"}, {"name": "HR"}, {"name": "Work"}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "Work", "defect_rate": 0.1},
            {"supplier": "Work", "customer": "K", "defect_rate": 0.1},
            {"supplier": "IT", "customer": "HR", "item": "disk", "per_unit": there, "defect_rate": 0.1, **more},
            {"supplier": "HR", "customer": "IT", "item": "staff", "per_unit": back, "defect_rate": 0.1},
            {"supplier": "IT", "customer": "Work", "item": "help", "per_unit": 9.0, "defect_rate": 0.1},
        ],
    }


def test_departments_that_need_each_other_less_than_once_are_accepted() -> None:
    assert qc.Chain.from_dict(circle(4.0, 0.249))
    assert qc.Chain.from_dict(circle(0.0, 100.0))


@pytest.mark.parametrize(("there", "back", "radius"), [(1.0, 1.0, "1"), (4.0, 0.25, "1"), (3.0, 3.0, "3")])
def test_departments_that_need_each_other_more_than_once_are_refused(there: float, back: float, radius: str) -> None:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(circle(there, back))
    [fault] = caught.value.faults
    assert (fault.code, fault.path) == ("QC027", ("handoffs", 2, "per_unit"))
    assert fault.message == (
        "handoff 'IT -> HR: disk': 'HR' and 'IT' need each other once or more per request "
        f"(each request leads to {radius} further ones); lower per_unit"
    )


def test_a_department_that_needs_itself_is_named_alone() -> None:
    data = circle(0.1, 0.1)
    data["handoffs"].append(
        {"supplier": "Work", "customer": "Work", "item": "spec", "per_unit": 1.5, "defect_rate": 0.1}
    )
    with pytest.raises(
        qc.ChainError, match=r"'Work' needs itself once or more per request \(each request leads to 1.5"
    ):
        qc.Chain.from_dict(data)


def test_sourcing_shares_count() -> None:
    data = circle(2.0, 0.9, share=0.5)
    data["handoffs"].append({**data["handoffs"][2], "supplier": "S"})
    assert qc.Chain.from_dict(data)


def test_a_common_cause_inside_a_circle_is_refused() -> None:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(circle(0.5, 0.5, common_cause="case"))
    [fault] = caught.value.faults
    assert (fault.code, fault.path) == ("QC032", ("handoffs", 2, "common_cause"))


def test_a_long_chain_of_needs_is_checked_with_linear_work() -> None:
    size = 3000
    data = circle(0.5, 0.5)
    data["departments"] += [{"name": f"N{i}"} for i in range(size)]
    data["handoffs"] += [
        {"supplier": f"N{i + 1}", "customer": f"N{i}", "per_unit": 2.0, "defect_rate": 0.0} for i in range(size - 1)
    ]
    data["handoffs"].append({"supplier": "N0", "customer": "Work", "per_unit": 2.0, "defect_rate": 0.0})
    with counted() as work:
        assert qc.Chain.from_dict(data)
    assert work.calls < 300 * size
