"""Units that go back by share: told, with the remedy, where bad ones would only go round."""

from __future__ import annotations

import pytest

import qualitychain as qc


def project(*, back: bool, rate: float) -> qc.Chain:
    handoffs = [
        qc.Handoff("Client", "Development", defect_rate=rate),
        qc.Handoff("Development", "Testing", defect_rate=rate),
        qc.Handoff("Testing", "User", share=0.76 if back else 1, defect_rate=0),
    ]
    if back:
        handoffs.append(qc.Handoff("Testing", "Development", share=0.24, defect_rate=0))
    return qc.Chain(
        "Software",
        suppliers=[qc.Supplier("Client", rate=1)],
        departments=[qc.Department("Development"), qc.Department("Testing")],
        customers=[qc.Customer("User")],
        handoffs=handoffs,
    )


def test_a_share_that_goes_back_is_told_with_the_remedy() -> None:
    checked = qc.check(project(back=True, rate=0.15))
    assert checked.ok
    [finding] = checked.found
    assert (finding.code, finding.severity, finding.subject) == ("QC105", "warning", "Testing -> Development")
    assert "24 % of the units back" in finding.message
    assert "on_reject: rework, rework_to: Development" in finding.message


@pytest.mark.parametrize(("back", "rate"), [(False, 0.15), (True, 0.0)])
def test_nothing_is_said_where_nothing_goes_back_or_nothing_is_bad(back: bool, rate: float) -> None:
    assert qc.check(project(back=back, rate=rate)).found == ()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_stages_equally_early_are_multiples_of_the_cheapest_whatever_the_order(order: tuple[int, int]) -> None:
    ways = [("Near", 10.0), ("Far", 40.0)]
    chain = qc.Chain(
        "Two ways",
        suppliers=[qc.Supplier("S", rate=1)],
        customers=[qc.Customer(name, external_failure_cost=cost) for name, cost in ways],
        handoffs=[qc.Handoff("S", ways[i][0], share=0.5, defect_rate=0.1) for i in order],
    )
    table = qc.cost_of_quality(chain).by_stage.set_index("stage")["times_first"]
    assert table.to_dict() == pytest.approx({"S -> Near": 1.0, "S -> Far": 4.0})
