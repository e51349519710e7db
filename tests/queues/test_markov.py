from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import queues
from qualitychain.errors import AnalysisError, UnstableQueueError

SERVERS = st.integers(1, 40)
UTILIZATION = st.floats(0.001, 0.999)


@given(SERVERS, UTILIZATION, st.floats(0.01, 100))
def test_littles_law_holds_and_the_wait_is_the_mean_of_its_distribution(servers, utilization, time):
    found = queues.mmc(utilization * servers / time, time, servers)
    assert found.utilization == pytest.approx(utilization, rel=1e-12)
    assert found.number_in_system == pytest.approx(found.arrival_rate * found.time_in_system, rel=1e-12)
    assert found.queue_length == pytest.approx(found.arrival_rate * found.waiting_time, rel=1e-12)
    spare = servers / time * (1 - utilization)
    assert found.waiting_time == pytest.approx(found.wait_probability / spare, rel=1e-9)


@given(SERVERS, UTILIZATION)
def test_the_chances_of_all_numbers_at_the_station_add_up_to_one(servers, utilization):
    found, load = queues.mmc(utilization * servers, 1.0, servers), utilization * servers
    chance, total = found.idle_probability, 0.0
    for n in range(servers):
        total += chance
        chance *= load / (n + 1)
    assert total + chance / (1 - utilization) == pytest.approx(1, rel=1e-9)
    assert chance / (1 - utilization) == pytest.approx(found.wait_probability, rel=1e-9)


def test_nobody_waits_below_the_chance_of_a_free_server():
    found = queues.mmc(5, 0.1, 2)
    free = 1 - found.wait_probability
    levels = np.array([0.01, free - 1e-9, free + 1e-9, 0.99])
    quantiles = found.wait_quantile(levels)
    assert quantiles[:2].tolist() == [0.0, 0.0]
    assert 0 < quantiles[2] < quantiles[3]
    assert found.wait_quantile(0.99) == quantiles[3]
    exceeded = found.wait_probability * np.exp(-(2 * 10 - 5) * quantiles[3])
    assert exceeded == pytest.approx(0.01, rel=1e-12)


def test_ten_thousand_servers_nearly_fully_used():
    found = queues.mmc(9999.0, 1.0, 10_000)
    assert found.idle_probability == 0.0
    assert found.wait_probability == pytest.approx(0.987, abs=1e-3)
    assert found.waiting_time == pytest.approx(found.wait_probability, rel=1e-12)


def test_nobody_waits_where_service_takes_no_time():
    found, limited = queues.mmc(5, 0), queues.mmck(5, 0, 1, 3)
    assert (found.utilization, found.waiting_time, found.time_in_system, found.idle_probability) == (0, 0, 0, 1)
    assert found.wait_quantile(0.99) == 0
    assert (limited.blocking, limited.throughput, limited.time_in_system) == (0, 5, 0)


def test_without_arrivals_nobody_waits_and_a_unit_takes_its_service():
    found = queues.mmc(0, 0.25, 2)
    assert (found.utilization, found.waiting_time, found.queue_length) == (0, 0, 0)
    assert (found.idle_probability, found.time_in_system) == (1, 0.25)
    assert found.wait_quantile([0.5, 0.999]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("rate", "time", "servers", "said"),
    [
        (5, 0.5, 2, "demand 2.5 servers' worth of work, capacity 2, short by 0.5 .utilization 1.25.*add servers"),
        (4, 0.5, 2, "capacity 2, nothing to spare"),
        (0.3, 10, 3, "nothing to spare"),
        (0.3, 1 / 0.1, 3, "nothing to spare"),
    ],
)
def test_a_queue_that_cannot_keep_up_says_by_how_much(rate, time, servers, said):
    with pytest.raises(UnstableQueueError, match=said) as raised:
        queues.mmc(rate, time, servers)
    assert isinstance(raised.value, AnalysisError)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((-1, 0.5, 1), "arrival_rate must be at least 0, got -1.0; give a count per unit of time"),
        ((1, -0.5, 1), "service_time must be at least 0, got -0.5"),
        ((1, math.inf, 1), "service_time must be finite, got inf"),
        ((1, 0.5, 0), "servers must be at least 1"),
        ((1, 0.5, 1.5), "servers must be a whole number, got 1.5"),
        ((math.nan, 0.5, 1), "arrival_rate must be at least 0, got nan"),
    ],
)
def test_bad_numbers_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        queues.mmc(*arguments)


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.5, math.nan, [0.5, 1.0]])
def test_a_quantile_outside_zero_and_one_is_refused(p):
    with pytest.raises(ValueError, match=r"p must be between 0 and 1, both excluded, got .*0\.95 is 95 %"):
        queues.mmc(1, 0.5, 1).wait_quantile(p)


@given(SERVERS, st.floats(0.01, 5))
def test_a_station_without_waiting_room_blocks_as_erlang_says(servers, utilization):
    found = queues.mmck(utilization * servers, 1.0, servers, servers)
    assert found.blocking == pytest.approx(queues.erlang_b(utilization * servers, servers), rel=1e-9)
    assert found.waiting_time == 0


@given(SERVERS, st.floats(0.05, 0.9))
def test_a_large_waiting_room_is_like_none_at_all(servers, utilization):
    found, unlimited = (
        queues.mmck(utilization * servers, 1.0, servers, 2000),
        queues.mmc(utilization * servers, 1.0, servers),
    )
    for name in ("waiting_time", "number_in_system", "idle_probability", "utilization", "throughput"):
        expected = unlimited.arrival_rate if name == "throughput" else getattr(unlimited, name)
        assert getattr(found, name) == pytest.approx(expected, rel=1e-9)


@given(st.integers(1, 5), st.integers(0, 50), st.floats(0, 30))
def test_what_enters_a_limited_station_leaves_it(servers, places, rate):
    found = queues.mmck(rate, 1.0, servers, servers + places)
    assert found.throughput == pytest.approx(rate * (1 - found.blocking), rel=1e-9, abs=1e-12)
    assert found.number_in_system == pytest.approx(found.throughput * found.time_in_system, rel=1e-9, abs=1e-12)
    assert 0 <= found.blocking <= 1


def test_more_room_blocks_fewer_and_keeps_them_waiting_longer():
    found = [queues.mmck(3, 1, 2, room) for room in (2, 4, 8, 16)]
    for small, large in pairwise(found):
        assert large.blocking < small.blocking
        assert large.waiting_time > small.waiting_time


def test_a_hundred_thousand_places_at_full_load_overflow_nothing():
    found = queues.mmck(1, 1, 1, 100_000)
    assert found.blocking == pytest.approx(1 / 100_001, rel=1e-9)
    assert found.number_in_system == pytest.approx(50_000, rel=1e-9)
    assert queues.mmck(50, 1, 1, 100_000).blocking == pytest.approx(0.98, rel=1e-9)


def test_an_empty_limited_station_is_idle():
    found = queues.mmck(0, 0.5, 1, 3)
    assert (found.blocking, found.throughput, found.waiting_time, found.time_in_system) == (0, 0, 0, 0.5)


def test_room_for_fewer_than_the_servers_is_refused():
    with pytest.raises(ValueError, match=r"at least servers \(3\), got 2; give servers plus the places"):
        queues.mmck(1, 1, 3, 2)
    with pytest.raises(ValueError, match="use mmc for a queue without a limit"):
        queues.mmck(1, 1, 3, 10**9)
