from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualitychain import queues

SCV = st.floats(0, 20)
SHARE = st.floats(0, 1)


@pytest.mark.parametrize(("mttr", "scv"), [(248, 6.25), (38, 1.0)])
def test_rare_long_breakdowns_vary_more_than_frequent_short_ones(mttr, scv):
    mean, found = queues.effective_time(15, 0.05, availability=0.75, mttr=mttr)
    assert mean == pytest.approx(20)
    assert found == pytest.approx(scv, rel=1e-12)


def test_a_machine_that_breaks_down_and_the_station_behind_it():
    # the numbers of the textbook, in minutes: 2.875 jobs an hour
    rate, (time, scv) = 2.875 / 60, queues.effective_time(15, 0.05, 0.75, 248)
    assert rate * time == pytest.approx(0.958333, abs=1e-6)
    assert queues.ggc_wait(rate, time, 1, 1, scv) / 60 == pytest.approx(27.79, abs=0.005)
    leaving = queues.departure_scv(rate * time, 1, 1, scv)
    assert leaving == pytest.approx(5.82, abs=0.005)
    _, scv = queues.effective_time(15, 0.05, 0.75, 38)
    assert queues.ggc_wait(rate, time, 1, leaving, scv) / 60 == pytest.approx(26.15, abs=0.01)


def test_no_work_takes_no_time_whatever_breaks_down():
    assert queues.effective_time(0, 3.0, availability=0.5, mttr=8) == (0, 0)


def test_without_breakdowns_the_time_is_its_own():
    assert queues.effective_time(4, 0.3, availability=1, mttr=99) == (4, 0.3)
    assert queues.effective_time(4, 0.3, availability=0.8) == (5, 0.3)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"availability": 0}, "availability must be above 0, got 0.0; give the share of the time"),
        ({"availability": 1.2}, "availability must be between 0 and 1, got 1.2"),
        ({"availability": math.nan}, "availability must be between 0 and 1, got nan"),
        ({"cycle_scv": -1}, "cycle_scv must be at least 0, got -1.0"),
        ({"mttr": -1}, "mttr must be at least 0, got -1.0"),
        ({"mttr_scv": -1}, "mttr_scv must be at least 0"),
    ],
)
def test_impossible_times_are_refused(given_, said):
    with pytest.raises(ValueError, match=said):
        queues.effective_time(1.0, **given_)


@given(st.floats(0, 1), st.integers(1, 50))
def test_departures_of_poisson_arrivals_and_exponential_service_are_poisson(utilization, servers):
    assert queues.departure_scv(utilization, servers, 1, 1) == pytest.approx(1, rel=1e-12)


@given(SCV, SCV)
def test_an_idle_station_passes_arrivals_on_and_a_busy_one_shows_its_service(arrivals, service):
    assert queues.departure_scv(0, 1, arrivals, service) == arrivals
    assert queues.departure_scv(1, 1, arrivals, service) == pytest.approx(max(service, 0.2), rel=1e-12)


@given(SHARE, SHARE, SCV)
def test_splitting_twice_is_splitting_once_by_the_product(one, other, scv):
    twice = queues.split_scv(one, queues.split_scv(other, scv))
    assert twice == pytest.approx(queues.split_scv(one * other, scv), rel=1e-9, abs=1e-12)


def test_rare_units_of_any_stream_come_nearly_at_random():
    assert queues.split_scv(1, 7.0) == 7
    assert queues.split_scv(0.001, 7.0) == pytest.approx(1, abs=0.01)


def test_one_stream_counts_in_full_and_many_hardly_unless_the_station_is_full():
    assert queues.merge_weight([0.0, 0.5, 1.0], 1).tolist() == [1, 1, 1]
    assert queues.merge_weight(1.0, 1000) == 1
    assert queues.merge_weight(0.0, 1000) < 0.001
    with pytest.raises(ValueError, match=r"streams must be at least 1, got 0\.5"):
        queues.merge_weight(0.5, 0.5)


@given(st.floats(0, 0.95), SCV, st.floats(0.1, 10))
def test_all_the_services_of_a_unit_have_the_moments_of_a_random_sum(chance, scv, time):
    mean, found = queues.immediate_feedback(chance, time, scv)
    number, spread = 1 / (1 - chance), chance / (1 - chance) ** 2
    variance = number * scv * time**2 + spread * time**2
    assert mean == pytest.approx(number * time, rel=1e-12)
    assert found * mean**2 == pytest.approx(variance, rel=1e-9)


def test_what_always_comes_back_is_refused():
    with pytest.raises(ValueError, match="chance must be below 1"):
        queues.immediate_feedback(1.0, 1.0, 1.0)


def test_arrays_give_arrays_and_numbers_give_numbers():
    assert isinstance(queues.departure_scv(0.5, 1, 1, 1), float)
    mean, scv = queues.effective_time(np.array([0.0, 2.0]), 1.0, 0.5, 1.0)
    assert mean.tolist() == [0, 4]
    assert scv.tolist() == [0, 1.25]
