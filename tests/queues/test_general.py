from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import queues
from qualitychain.errors import UnstableQueueError

SERVERS = st.integers(1, 30)
UTILIZATION = st.floats(0.01, 0.999)
SCV = st.floats(0, 20)


@given(SERVERS, UTILIZATION, st.floats(0.001, 1000))
def test_poisson_arrivals_and_exponential_service_are_exact(servers, utilization, time):
    rate = utilization * servers / time
    exact = queues.mmc(rate, time, servers)
    assert queues.ggc_wait(rate, time, servers, 1, 1) == pytest.approx(exact.waiting_time, rel=1e-9)
    assert queues.wait_probability(utilization, servers, 1, 1) == pytest.approx(exact.wait_probability, rel=1e-9)
    assert queues.conditional_wait_scv(utilization, 1) == pytest.approx(1, rel=1e-12)


@given(UTILIZATION, SCV)
def test_one_server_with_poisson_arrivals_follows_pollaczek_and_khinchine(utilization, scv):
    wait = queues.ggc_wait(utilization, 1.0, 1, 1, scv)
    assert wait == pytest.approx(utilization * (1 + scv) / (2 * (1 - utilization)), rel=1e-12)
    assert queues.wait_probability(utilization, 1, 1, scv) == pytest.approx(utilization, rel=1e-12)


@given(SERVERS, UTILIZATION, SCV, SCV)
def test_a_wait_is_never_negative_and_a_chance_never_beyond_one(servers, utilization, arrivals, service):
    wait = queues.ggc_wait(utilization * servers, 1.0, servers, arrivals, service)
    assert 0 <= wait < math.inf
    assert 0 <= queues.wait_probability(utilization, servers, arrivals, service) <= 1
    assert queues.conditional_wait_scv(utilization, service) > 0


@given(SERVERS, UTILIZATION, SCV, SCV, st.sampled_from([1e-6, 0.25, 60.0, 3600.0]))
def test_another_unit_of_time_changes_the_wait_in_proportion(servers, utilization, arrivals, service, unit):
    wait = queues.ggc_wait(utilization * servers, 1.0, servers, arrivals, service)
    same = queues.ggc_wait(utilization * servers / unit, unit, servers, arrivals, service)
    assert same == pytest.approx(wait * unit, rel=1e-9)


@pytest.mark.parametrize("servers", [1, 3])
def test_the_wait_has_no_jump_where_the_formulas_meet(servers):
    for arrivals, service in ((1.0, 0.5), (0.5, 0.5), (1.0, 1.0), (1.5, 0.5)):
        here = queues.ggc_wait(0.7 * servers, 1.0, servers, arrivals, service)
        near = queues.ggc_wait(0.7 * servers, 1.0, servers, arrivals + 1e-9, service - 1e-9)
        assert near == pytest.approx(here, rel=1e-7)
        chance = queues.wait_probability(0.7, servers, arrivals, service)
        assert queues.wait_probability(0.7, servers, arrivals + 1e-9, service) == pytest.approx(chance, rel=1e-7)


@pytest.mark.parametrize(
    ("station", "wait", "chance"),
    [
        # servers, utilization, scv of arrivals and of service; simulated with 1e6 units and gamma times
        ((2, 0.8, 0.5, 0.5), 0.8219, 0.627),
        ((2, 0.6, 1.0, 0.25), 0.3644, 0.446),
        ((3, 0.6, 1.0, 0.0), 0.1599, 0.341),
        ((5, 0.85, 0.25, 1.0), 0.4715, 0.547),
        ((10, 0.8, 0.5, 0.5), 0.0852, 0.309),
        ((2, 0.9, 0.2, 2.0), 4.4034, 0.802),
    ],
)
def test_several_busy_servers_agree_with_simulation(station, wait, chance):
    servers, utilization, arrivals, service = station
    assert queues.ggc_wait(utilization * servers, 1.0, servers, arrivals, service) == pytest.approx(wait, rel=0.05)
    assert queues.wait_probability(utilization, servers, arrivals, service) == pytest.approx(chance, abs=0.03)


@pytest.mark.parametrize(
    ("station", "wait"),
    [((3, 0.6, 0.25, 0.25), 0.0372), ((2, 0.7, 4.0, 1.0), 3.0993), ((5, 0.6, 2.0, 0.25), 0.2176)],
)
def test_where_several_servers_are_weakest_the_error_is_as_stated(station, wait):
    servers, utilization, arrivals, service = station
    found = queues.ggc_wait(utilization * servers, 1.0, servers, arrivals, service)
    assert 0.1 < abs(found / wait - 1) < 0.36


def test_regular_work_of_several_servers_rarely_waits():
    # simulated: 0.136; Erlang's formula would say 0.355
    assert queues.wait_probability(0.6, 3, 0.25, 0.25) == pytest.approx(0.136, abs=0.02)
    assert queues.erlang_c(1.8, 3) > 0.35


def test_without_load_without_time_or_without_variation_there_is_no_wait():
    assert queues.ggc_wait(0, 1, 1, 1, 1) == 0
    assert queues.ggc_wait(3, 0, 2, 4, 4) == 0
    assert queues.ggc_wait([0.9, 1.8], 1, [1, 2], 0, 0).tolist() == [0, 0]
    assert queues.wait_probability([0.0, 0.9], [1, 3], 0, 0).tolist() == [0, 0]


@pytest.mark.parametrize("servers", [1, 2, 50])
def test_tiny_and_nearly_full_loads_give_numbers(servers):
    loads = np.array([1e-300, 1e-12, 0.999, 1 - 1e-9]) * servers
    waits = queues.ggc_wait(loads, 1.0, servers, 0.3, 0.2)
    assert np.all(np.isfinite(waits))
    assert np.all(np.diff(waits) >= 0)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ((2, 1, 2, 1, 1), UnstableQueueError, "demand 2 servers' worth of work, capacity 2, nothing to spare"),
        ((3, 1, 2, 1, 1), UnstableQueueError, r"short by 1 \(utilization 1.5\)"),
        (([1, 9], 1, 2, 1, 1), UnstableQueueError, "demand 9 .* at index 1"),
        ((1, 0.5, 1, -0.1, 1), ValueError, "arrival_scv must be at least 0, got -0.1; a squared coefficient"),
        ((1, 0.5, 1, 1, math.nan), ValueError, "service_scv must be at least 0, got nan"),
        ((1, -0.5, 1, 1, 1), ValueError, "service_time must be at least 0, got -0.5; give a time"),
        ((-1, 0.5, 1, 1, 1), ValueError, "arrival_rate must be at least 0, got -1.0"),
        ((1, 0.5, 0, 1, 1), ValueError, "servers must be at least 1"),
    ],
)
def test_what_has_no_answer_is_refused_with_the_reason(arguments, error, said):
    with pytest.raises(error, match=said):
        queues.ggc_wait(*arguments)


def test_a_utilization_of_one_or_below_zero_is_refused():
    with pytest.raises(UnstableQueueError, match="nothing to spare"):
        queues.wait_probability(1.0, 2, 1, 1)
    with pytest.raises(ValueError, match=r"utilization must be at least 0, got -0\.2"):
        queues.wait_probability(-0.2, 2, 1, 1)
    with pytest.raises(ValueError, match=r"utilization must be between 0 and 1, got 1\.2"):
        queues.conditional_wait_scv(1.2, 1)
