from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.time import timing
from qualitychain.analysis.time.lead_times import lead_times_of
from qualitychain.analysis.time.timing import distribution_of, timing_of
from qualitychain.analysis.value_stream.value_stream import value_stream_of
from qualitychain.engine.distributions.named import NO_TIME, Atoms, Gamma, Lognormal, Triangular, Uniform, Weibull
from qualitychain.engine.queues.timing import Timing
from qualitychain.model.values.times import moments

EXAMPLE = Path(__file__).parents[3] / "examples" / "order-to-delivery.chain.yaml"

KINDS = [
    qc.Fixed("90 min"),
    qc.Exponential(2),
    qc.Gamma(mean="2 h", scv=0.3),
    qc.Gamma(shape=2, scale=1.5),
    qc.Lognormal(mean=3, scv=2),
    qc.Lognormal(mu=0.3, sigma=0.7),
    qc.Weibull(mean=2, scv=0.4),
    qc.Weibull(shape=1.7, scale="30 min"),
    qc.Uniform(low="1 h", high="150 min"),
    qc.Uniform(mean=2, scv=0.2),
    qc.Triangular(low=1, mode=1, high=4),
    qc.Triangular(mean=2, scv=0.1),
    qc.Empirical([1, "30 min", 4], weights=[1, 0, 3]),
]


@pytest.mark.parametrize("time", KINDS, ids=repr)
def test_a_distribution_keeps_mean_and_variation_of_the_time_it_is_made_from(time: Any) -> None:
    mean, scv = moments(time, "hour")
    distribution = distribution_of(time, "hour")
    assert distribution.mean == pytest.approx(mean, rel=1e-12)
    assert distribution.variance == pytest.approx(scv * mean**2, rel=1e-9, abs=1e-15)


def test_each_kind_of_time_has_its_own_distribution() -> None:
    assert distribution_of(qc.Lognormal(mu=0.3, sigma=0.7), "hour") == Lognormal(0.3, 0.7)
    assert distribution_of(qc.Weibull(shape=1.7, scale="30 min"), "hour") == Weibull(1.7, 0.5)
    assert distribution_of(qc.Uniform(low=1, high=3), "hour") == Uniform(1.0, 3.0)
    assert distribution_of(qc.Uniform(mean=2, scv=1 / 12), "hour") == Uniform(1.0, 3.0)
    assert distribution_of(qc.Triangular(low=0, mode=1, high=3), "hour") == Triangular(0.0, 1.0, 3.0)
    assert distribution_of(qc.Exponential("30 min"), "hour") == Gamma(0.5, 1.0)
    assert distribution_of(qc.Empirical([3, 1, 3]), "hour") == Atoms((1.0, 3.0), (1 / 3, 2 / 3))


def test_what_does_not_vary_is_a_point_and_what_takes_no_time_is_none() -> None:
    assert distribution_of("2 d", "hour") == Atoms((48.0,), (1.0,))
    assert distribution_of(qc.Uniform(low=2, high=2), "hour") == Atoms((2.0,), (1.0,))
    assert distribution_of(0, "hour", default_scv=1.0) == NO_TIME
    assert distribution_of(qc.Empirical([0, 0]), "hour") == NO_TIME


def test_a_bare_number_varies_as_its_field_says() -> None:
    assert distribution_of(3, "hour") == Atoms((3.0,), (1.0,))
    assert distribution_of("3 h", "hour", default_scv=1.0) == Gamma(3.0, 1.0)


def desk(rate: float = 0.1, **department: Any) -> Timing:
    compiled = compile_chain(
        qc.Chain(
            "Desk",
            suppliers=[qc.Supplier("S", rate=rate)],
            departments=[qc.Department("D", **department)],
            customers=[qc.Customer("K")],
            handoffs=[
                qc.Handoff("S", "D", defect_rate=0, lead_time="1 h"),
                qc.Handoff("D", "K", defect_rate=0, inspection=qc.Inspection(0.5, time=qc.Exponential(1))),
            ],
        )
    )
    return timing_of(compiled, compiled.solve())


def test_handoffs_keep_their_transport_and_inspection() -> None:
    timing = desk(cycle_time=1)
    assert timing.flow_transport == (Atoms((1.0,), (1.0,)), NO_TIME)
    assert timing.flow_inspection == (NO_TIME, Gamma(1.0, 1.0))


def test_an_exponential_desk_waits_as_theory_says() -> None:
    timing = desk(rate=0.5, cycle_time=1)
    assert timing.stations.exact
    wait = timing.wait_distribution[1]
    # M/M/1 at half load: a wait happens half the time, and is then exponential with mean 2
    assert (wait.mean, wait.variance) == pytest.approx((1.0, 0.5 * 2 * 4 - 1.0))
    assert timing.work_distribution[1] == Gamma(1.0, 1.0)


def test_absence_without_a_length_slows_the_same_distribution_down() -> None:
    slowed = desk(cycle_time=qc.Uniform(low=1, high=3), availability=0.5)
    assert slowed.work_distribution[1] == Uniform(2.0, 6.0)


def test_breakdowns_make_the_service_longer_and_more_variable() -> None:
    # Hopp and Spearman: t0 = 15, scv 0.05, availability 3/4, repairs of 248: effective 20 with scv 6.25
    broken = desk(rate=0.01, cycle_time=qc.Gamma(mean=15, scv=0.05), availability=0.75, mttr=248)
    distribution = broken.work_distribution[1]
    assert isinstance(distribution, Gamma)
    assert (distribution.mean, distribution.scv) == pytest.approx((20.0, 6.25), rel=1e-9)
    assert not broken.stations.exact


def test_a_department_without_a_cycle_time_takes_none_and_is_named() -> None:
    timing = desk()
    assert timing.work_distribution[1] == timing.wait_distribution[1] == NO_TIME
    assert timing.missing_nodes.tolist() == [1]


def test_an_overloaded_department_has_no_distribution_of_waiting() -> None:
    for rate in (1.0, 2.0):
        timing = desk(rate=rate, cycle_time=1)
        assert timing.stations.overloaded.tolist() == [False, True, False]
        assert np.isinf(timing.stations.waiting_time[1])
        assert timing.wait_distribution[1] == NO_TIME


def test_durations_follow_the_calendar_of_the_chain() -> None:
    compiled = compile_chain(
        qc.Chain(
            "Calendar",
            calendar=qc.Calendar(hours_per_day=8, days_per_week=5),
            suppliers=[qc.Supplier("S", rate=0.01)],
            departments=[qc.Department("D", cycle_time="1 d")],
            customers=[qc.Customer("K")],
            handoffs=[qc.Handoff("S", "D", defect_rate=0, lead_time="1 w"), qc.Handoff("D", "K", defect_rate=0)],
        )
    )
    timing = timing_of(compiled, compiled.solve())
    assert timing.work_distribution[1].mean == 8.0
    assert timing.flow_transport[0].mean == 40.0


def test_lead_times_and_the_value_stream_of_a_study_share_its_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    whole = timing.solve_stations
    monkeypatch.setattr(timing, "solve_stations", lambda *given: solved.append(1) or whole(*given))
    study = Study(qc.read_chain(EXAMPLE))
    study.ask(lead_times_of)
    study.ask(value_stream_of)
    assert len(solved) == 1
