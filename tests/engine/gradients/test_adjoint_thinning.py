"""Where units start decides how often the draws of common causes are made: derivatives of work to start rates."""

from __future__ import annotations

from typing import Any

import pytest
from support.chains import quietly

import qualitychain as qc


def flow(giver: str, receiver: str, **fields: Any) -> dict[str, Any]:
    return {"supplier": giver, "customer": receiver, "defect_rate": 0.0, **fields}


def help_once(giver: str, receiver: str, item: str, per_unit: float = 1.0, **fields: Any) -> dict[str, Any]:
    return flow(giver, receiver, item=item, per_unit=per_unit, common_cause="case", **fields)


def two_starts(*needs: dict[str, Any]) -> qc.Chain:
    """Units of S1 go through A, units of S2 do not; both pass C."""
    return quietly(
        {
            "name": "two starts",
            "suppliers": [{"name": "S1", "rate": 2}, {"name": "S2", "rate": 3}],
            "departments": [{"name": n} for n in ("A", "C", "H", "G")],
            "customers": [{"name": "K"}],
            "handoffs": [flow("S1", "A"), flow("S2", "C"), flow("A", "C"), flow("C", "K"), *needs],
        }
    )


def to_rates(chain: qc.Chain, department: str) -> list[float]:
    table = qc.sensitivities(chain, outcome="work", department=department).table
    return [float(g) for g in table.loc[table["parameter"] == "rate", "gradient"]]


def test_units_that_never_use_a_common_cause_cause_none_of_its_work() -> None:
    chain = two_starts(help_once("H", "A", "spec"))
    assert qc.sensitivities(chain, outcome="work", department="H").values["H"] == pytest.approx(2.0)
    assert to_rates(chain, "H") == pytest.approx([1.0, 0.0], abs=1e-15)


def test_a_common_cause_is_drawn_as_often_as_units_from_each_start_use_it() -> None:
    chain = two_starts(help_once("H", "A", "spec", 0.5), help_once("H", "C", "spec", 0.5))
    # units of S1 may use it twice: 1 - 0.5 * 0.5 draws; units of S2 once
    assert to_rates(chain, "H") == pytest.approx([0.75, 0.5])


def test_a_cause_used_by_the_draw_of_another_follows_the_start_of_the_units_too() -> None:
    chain = two_starts(help_once("H", "A", "spec", 0.5), help_once("G", "H", "tool", 0.4))
    assert to_rates(chain, "G") == pytest.approx([0.2, 0.0], abs=1e-15)


def test_rates_scaled_together_scale_all_work() -> None:
    chain = two_starts(help_once("H", "A", "spec", 1.5), help_once("H", "C", "spec", 0.3), help_once("G", "H", "tool"))
    for department in ("A", "C", "H", "G"):
        work = qc.sensitivities(chain, outcome="work", department=department).values[department]
        one, other = to_rates(chain, department)
        assert 2 * one + 3 * other == pytest.approx(work)
