from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import qualitychain as qc
from qualitychain.errors import AnalysisError


def timed(**promise: Any) -> qc.Chain:
    """Two departments with queues, transports, an inspection and help from a third."""
    return qc.Chain(
        "Timed",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[
            qc.Department("A", cycle_time=0.7),
            qc.Department("B", cycle_time=0.5),
            qc.Department("IT", cycle_time=0.3),
        ],
        customers=[qc.Customer("K", **promise)],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.05, lead_time=0.5),
            qc.Handoff("A", "B", defect_rate=0.1, inspection=qc.Inspection(0.9, time=0.1)),
            qc.Handoff("B", "K", defect_rate=0.02, lead_time=qc.Gamma(mean=1, scv=0.5)),
            qc.Handoff("IT", "A", item="help", per_unit=0.5, defect_rate=0.1),
        ],
    )


@functools.cache
def allocated(promise: float, method: Any) -> Any:
    """Nine of ten deliveries are to be on time."""
    return qc.allocate(timed(promise=promise), {"K": {"on_time": 0.9}}, method=method)


@pytest.mark.parametrize("method", [pytest.param("min_cost", marks=pytest.mark.slow), "equal", "proportional"])
def test_the_changed_chain_is_on_time_as_often_as_asked(method: Any) -> None:
    found = allocated(6, method)
    on_time = qc.lead_times(found.chain)["K"].on_time
    assert 0.9 - 1e-4 <= on_time <= 0.9 + 1e-3
    assert (found.times["factor"] <= 1).all()
    assert (found.times["budget"] <= found.times["now"] + 1e-12).all()


def test_a_single_exponential_queue_gets_the_time_of_the_closed_form() -> None:
    # the time in an M/M/1 queue is exponential with mean s / (1 - s): P(T <= 4) = 0.95 at a mean of 4 / ln 20
    chain = qc.Chain(
        "Queue",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0.8)],
        customers=[qc.Customer("K", promise=4)],
        handoffs=[qc.Handoff("S", "A", defect_rate=0), qc.Handoff("A", "K", defect_rate=0)],
    )
    mean = 4 / np.log(20)
    found = qc.allocate(chain, {"K": {"on_time": 0.95}})
    assert found.times.loc["A", "budget"] == pytest.approx(mean, rel=1e-3)
    assert found.times.loc["A", "factor"] == pytest.approx(mean / (1 + mean) / 0.8, rel=1e-3)
    assert found.table.loc["A -> K", "sla_lead_time"] == pytest.approx(4, rel=1e-3)


def test_each_handoff_keeps_its_promised_time_as_often_as_asked() -> None:
    found = allocated(6, "proportional")
    kept = qc.lead_times(found.chain).handoffs["sla_attainment"]
    # a fixed transport keeps its time always
    assert kept.drop("S -> A").to_numpy() == pytest.approx(0.9, abs=1e-3)


def test_least_cost_costs_less_than_one_factor_and_no_exchange_of_time_betters_it() -> None:
    chain, cheap, even = timed(promise=4), allocated(4, "min_cost"), allocated(4, "proportional")
    assert cheap.cost < even.cost
    assert 0.9 - 1e-4 <= qc.lead_times(cheap.chain)["K"].on_time <= 0.9 + 1e-3
    factors = cheap.times["factor"].to_dict()

    def on_time(**other: float) -> float:
        wanted = factors | other
        changes: dict[str, dict[str, Any]] = {name: {"cycle_time": qc.Scale(wanted[name])} for name in ("A", "B", "IT")}
        changes["B -> K"] = {"lead_time": qc.Scale(wanted["B -> K"])}
        return float(qc.lead_times(qc.what_if(chain, changes))["K"].on_time)

    moved = [name for name in ("A", "B") if factors[name] < 1]
    assert len(moved) == 2
    for up, down in (moved, moved[::-1]):
        exchanged = on_time(**{up: factors[up] * 1.05, down: factors[down] / 1.05})
        assert exchanged < 0.9 + 2e-3


def test_a_mean_or_a_quantile_may_be_asked_for() -> None:
    chain = timed()
    mean = qc.allocate(chain, {"K": {"lead_time": "3 h"}})
    assert qc.lead_times(mean.chain)["K"].mean == pytest.approx(3, abs=1e-4)
    late = qc.allocate(chain, {"K": {"lead_time": 8, "quantile": 0.95}}, method="proportional")
    assert qc.lead_times(late.chain)["K"].quantile(0.95) == pytest.approx(8, rel=1e-3)


def test_an_overloaded_department_gets_a_time_it_can_keep() -> None:
    chain = qc.what_if(timed(promise=6), {"A": {"cycle_time": 1.5}})
    found = qc.allocate(chain, {"K": {"on_time": 0.9}}, method="proportional")
    assert qc.lead_times(found.chain)["K"].on_time >= 0.9 - 1e-4
    assert found.reason_for("times", "A", "now") == "its queue grows without limit"


def test_quality_and_time_may_be_asked_for_together() -> None:
    found = qc.allocate(timed(promise=8), {"K": {"defect_rate": 0.03, "on_time": 0.9}}, method="proportional")
    assert qc.quality(found.chain).customers.loc["K", "defect_rate"] == pytest.approx(0.03, abs=1e-12)
    assert qc.lead_times(found.chain)["K"].on_time == pytest.approx(0.9, abs=1e-3)
    assert found.targets["measure"].tolist() == ["defect_rate", "on_time"]
    assert all(h.sla is not None and h.sla.lead_time is not None for h in found.chain.handoffs)


def test_only_the_departments_that_may_change_do() -> None:
    found = qc.allocate(timed(promise=8), {"K": {"on_time": 0.9}}, handoffs=["A"])
    assert list(found.times.index) == ["A"]
    assert found.chain.departments[1] == timed(promise=8).departments[1]


def test_a_time_that_is_short_enough_stays() -> None:
    found = qc.allocate(timed(promise=500), {"K": {"on_time": 0.9}})
    assert (found.times["factor"] == 1).all()
    assert found.cost == 0


def test_targets_in_time_out_of_reach_say_how_far_they_can_be_reached() -> None:
    with pytest.raises(AnalysisError, match=r"'K' gets on time .* at best \(asked: 0.9\)"):
        qc.allocate(timed(promise=1), {"K": {"on_time": 0.9}}, handoffs=["A"])


@pytest.mark.parametrize(
    ("chain", "target", "said"),
    [
        (timed(), {"on_time": 0.9}, "'K' has no promise"),
        (timed(promise=5), {"on_time": 1}, "on_time must be above 0 and below 1"),
        (timed(promise=5), {"lead_time": 0}, "lead_time must be above 0"),
        (timed(promise=5), {"lead_time": "soon"}, "lead_time is not a duration"),
        (timed(promise=5), {"on_time": 0.9, "quantile": 0.9}, "quantile goes with lead_time"),
        (qc.what_if(timed(promise=5), {"A": {"cycle_time": None}}), {"on_time": 0.9}, "no cycle time is given for 'A'"),
    ],
)
def test_what_cannot_be_asked_of_times_is_refused(chain: qc.Chain, target: dict[str, Any], said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        qc.allocate(chain, {"K": target})
