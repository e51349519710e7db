"""Who is counted as served in time: by the reason of a missing lead time, never by its words."""

from __future__ import annotations

import math

import pytest

import qualitychain as qc
from qualitychain.analysis.verdicts.requirements import judge
from qualitychain.vocabulary.reason import Reason

ODD = "its queue grows for ever"


def with_a_department_named(name: str, **cycle_time: float) -> qc.Chain:
    return qc.Chain(
        "odd name",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0.1), qc.Department(name, **cycle_time)],
        customers=[qc.Customer("K", promise=5, volume=100, value=10, churn_if_dissatisfied=0.5)],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", name, defect_rate=0),
            qc.Handoff(name, "K", defect_rate=0.1),
        ],
        requirements=[qc.Requirement(customer="K", measure="on_time", at_least=0.9)],
    )


@pytest.mark.parametrize("name", [ODD, "B"])
def test_a_department_without_a_cycle_time_leaves_lateness_unknown_whatever_its_name(name: str) -> None:
    chain = with_a_department_named(name)
    times, effects = qc.lead_times(chain), qc.customer_effects(chain)
    assert math.isnan(times.customers.loc["K", "on_time"])
    why = times.reason_for("customers", "K", "on_time")
    assert why is not None
    assert why.reason is Reason.NO_CYCLE_TIME
    assert f"'{name}'" in why
    for figure in ("on_time", "satisfied", "revenue_at_risk"):
        assert math.isnan(effects.customers.loc["K", figure]), figure
    verdict = judge(chain)[0]
    assert verdict.met is None
    assert "no cycle time is given" in verdict.reason


def test_behind_a_department_that_cannot_keep_up_nothing_is_on_time() -> None:
    chain = with_a_department_named(ODD, cycle_time=2)
    times = qc.lead_times(chain, overloaded="report")
    why = times.reason_for("customers", "K", "lead_time")
    assert why is not None
    assert why.reason is Reason.OVERLOADED
    now = qc.customer_effects(chain).customers.loc["K"]
    assert (now["on_time"], now["satisfied"], now["revenue_at_risk"]) == (0.0, 0.0, 100 * 10 * 0.5)
