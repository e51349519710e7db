"""One factor of all times that just meets a target."""

from __future__ import annotations

import math

import numpy as np
import pytest

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.base.study import Study
from qualitychain.improvement.allocate.factor import common_factor
from qualitychain.improvement.allocate.targets import targets_of, weights_of
from qualitychain.improvement.allocate.times import Times


def queue(rate: float = 1.0, *, cycle_time: object = 0.5, transport: object = 0) -> qc.Chain:
    return qc.Chain(
        "Queue",
        suppliers=[qc.Supplier("S", rate=rate)],
        departments=[qc.Department("A", cycle_time=cycle_time)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[qc.Handoff("S", "A", defect_rate=0, lead_time=transport), qc.Handoff("A", "K", defect_rate=0)],
    )


def times_of(chain: qc.Chain, **target: object) -> Times:
    return Times(
        Study(chain), targets_of(chain, {"K": target}, 1.5)[1], weights_of(compile_chain(chain), None, ()), None
    )


@pytest.mark.parametrize(("rate", "cycle_time"), [(1.0, 0.5), (1.0, 0.1), (1.0, 0.9), (1.0, 0.99), (2.5, 0.5)])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_the_factor_of_a_single_queue_is_that_of_its_exponential_law(
    rate: float, cycle_time: float, level: float
) -> None:
    # time in the system is exponential with rate 1 / (factor * work) - arrivals; also from a queue that grows for ever
    factors = common_factor(times_of(queue(rate, cycle_time=cycle_time), on_time=level))
    assert factors is not None
    assert factors[0] == pytest.approx(1 / (cycle_time * (rate - math.log(1 - level) / 3)), rel=1e-3)
    assert np.ptp(factors) == 0


def test_a_mean_is_met_as_well_as_a_quantile() -> None:
    factors = common_factor(times_of(queue(), lead_time=4))
    assert factors is not None
    assert factors[0] == pytest.approx(1.6, rel=1e-3)


def test_without_a_queue_the_factor_is_limit_over_time() -> None:
    chain = queue(cycle_time=0, transport={"fixed": 2})
    factors = common_factor(times_of(chain, lead_time=5))
    assert factors is not None
    assert factors[0] == pytest.approx(2.5, rel=1e-3)


def test_few_evaluations_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = Times.spare

    def counted(times: Times, factors: np.ndarray) -> float:
        seen.append(factors)
        return original(times, factors)

    monkeypatch.setattr(Times, "spare", counted)
    common_factor(times_of(queue(cycle_time=0.9, transport=20), lead_time="60 h", quantile=0.95))
    assert len(seen) <= 8


def test_where_there_is_no_end_of_what_is_to_spare_no_factor_is_given() -> None:
    assert common_factor(times_of(queue(0.01, cycle_time=0.001), lead_time=8000)) is None
