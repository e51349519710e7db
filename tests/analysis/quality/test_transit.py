"""Damage on the way: the same as a further station that takes no time, checks nothing and spoils so many."""

from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc

LORRY = "Lorry"
CHECKS: dict[str, dict[str, Any]] = {
    "nobody inspects": {},
    "the supplier inspects": {"detect": 0.9, "false_alarm": 0.05, "by": "supplier", "rework_to": "Make", "fix": 0.8},
    "the supplier repairs": {"detect": 0.9, "false_alarm": 0.05, "by": "supplier", "on_reject": "repair", "fix": 0.8},
    "the customer inspects": {"detect": 0.7, "false_alarm": 0.02, "rework_to": "Make", "fix": 0.5},
    "the customer sorts": {"detect": 0.7, "false_alarm": 0.02, "on_reject": "scrap"},
}


def chain(check: dict[str, Any], *, station: bool) -> qc.Chain:
    """A line with damage on its last way, stated so or as a station of its own."""
    look = qc.Inspection(**check) if check else None
    by_supplier = check.get("by") == "supplier"
    last: list[qc.Handoff] = [
        qc.Handoff("Pack", "Shop", defect_rate=0.04, transit_defect_rate=0.1, lead_time=2, inspection=look)
    ]
    if station:
        last = [
            qc.Handoff("Pack", LORRY, defect_rate=0.04, inspection=look if by_supplier else None),
            qc.Handoff(LORRY, "Shop", defect_rate=0.1, lead_time=2, inspection=None if by_supplier else look),
        ]
    return qc.Chain(
        "Way",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[
            qc.Department("Make", cycle_time=0.3),
            qc.Department("Pack", cycle_time=0.2),
            qc.Department("IT", cycle_time=0.1),
            *([qc.Department(LORRY, cycle_time=0)] if station else []),
        ],
        customers=[qc.Customer("Shop", promise=6, volume=100, external_failure_cost=7)],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.02),
            qc.Handoff("Make", "Pack", defect_rate=0.05),
            qc.Handoff("IT", "Pack", item="scanner", per_unit=0.5, defect_rate=0.2, affects="inspection"),
            *last,
        ],
    )


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_a_way_that_damages_is_a_station_that_does(check: dict[str, Any]) -> None:
    one, two = chain(check, station=False), chain(check, station=True)
    a, b = qc.quality(one), qc.quality(two)
    for column in ("delivered", "defect_rate", "accepted_defect_rate"):
        assert a.customers.loc["Shop", column] == pytest.approx(b.customers.loc["Shop", column], rel=1e-12)
    assert a.defect_balance.to_numpy() == pytest.approx(b.defect_balance.to_numpy(), rel=1e-12)
    assert a.rolled_throughput_yield == pytest.approx(b.rolled_throughput_yield, rel=1e-12)
    names = {"Pack -> Shop": f"Pack -> {LORRY}", "Pack -> Shop (in transit)": f"{LORRY} -> Shop"}
    for method in ("escape", "path"):
        mine, theirs = (
            qc.root_causes(c, method=method).table.set_index("handoff")[["share", "removal_effect"]] for c in (one, two)
        )
        for name in mine.index:
            assert mine.loc[name].to_numpy() == pytest.approx(theirs.loc[names.get(name, name)].to_numpy(), rel=1e-8)
    if not check.get("rework_to"):
        # a station of its own is one more stop for what is sent back
        t, u = qc.lead_times(one), qc.lead_times(two)
        assert t["Shop"].mean == pytest.approx(u["Shop"].mean, rel=1e-6)
        assert t["Shop"].satisfied == pytest.approx(u["Shop"].satisfied, abs=1e-4)


def test_a_check_before_the_lorry_cannot_find_what_it_damages() -> None:
    check = CHECKS["the supplier inspects"] | {"detect": 1, "false_alarm": 0, "fix": 1}
    perfect = qc.what_if(chain(check, station=False), {"IT -> Pack: scanner": {"defect_rate": 0}})
    assert qc.quality(perfect).customers.loc["Shop", "defect_rate"] == pytest.approx(0.1, rel=1e-12)


def test_a_blinded_inspection_raises_no_false_alarm() -> None:
    check = {"detect": 0.9, "false_alarm": 0.05, "by": "supplier", "rework_to": "Make"}
    blind = qc.what_if(chain(check, station=False), {"IT -> Pack: scanner": {"per_unit": 1, "defect_rate": 1}})
    assert qc.quality(blind).handoffs.loc["Pack -> Shop", "rejected"] == 0


def test_projects_and_scales_reach_the_way_however_it_is_stated() -> None:
    counted = qc.Handoff("A", "B", defect_rate=0.01, transit_sample=qc.Sample(n=200, defects=10))
    c = qc.Chain("C", suppliers=[qc.Supplier("A", rate=1)], customers=[qc.Customer("B")], handoffs=[counted])
    assert qc.what_if(c, {"A -> B": {"transit_defect_rate": qc.Scale(0.5)}}).handoffs[0].transit_defect_rate == 0.025
    plan = qc.improve(
        c,
        [qc.Project("Straps", cost=1, changes={"A -> B": {"transit_defect_rate": qc.Scale(0.5)}})],
        budget=1,
        objective="accepted_defect_rate",
    )
    assert plan.value == pytest.approx(1 - 0.99 * 0.975, rel=1e-12)


def test_a_way_is_stated_once() -> None:
    with pytest.raises(qc.ChainError, match="at most one of transit_defect_rate, transit_sample"):
        qc.Handoff("A", "B", defect_rate=0, transit_defect_rate=0.1, transit_sample=qc.Sample(n=10, defects=1))
