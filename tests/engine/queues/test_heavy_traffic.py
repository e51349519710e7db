"""Long lines of lightly loaded stations before a busy one: the interval in which the wait is believed."""

from __future__ import annotations

import numpy as np
import pytest
from support.station_times import queues_of, routed, tandem

import qualitychain as qc


def line(*loads: float, arrival_scv: float) -> qc.Chain:
    return tandem(*(qc.Department(f"D{i}", cycle_time=load) for i, load in enumerate(loads)), arrival_scv=arrival_scv)


@pytest.mark.parametrize(("arrival_scv", "network", "heavy", "truth"), [(8, 8.90, 36.5, 29.2), (0, 7.99, 4.05, 5.29)])
def test_the_nine_queues_of_suresh_and_whitt(arrival_scv, network, heavy, truth):
    found = queues_of(line(*[0.6] * 8, 0.9, arrival_scv=arrival_scv))
    assert found.waiting_time["D8"] == pytest.approx(network, abs=0.005)
    low, high = found.waiting_low["D8"], found.waiting_high["D8"]
    assert sorted((low, high)) == pytest.approx(sorted((network, heavy)), abs=0.06)
    assert low < truth < high
    assert np.isnan([found.waiting_low[f"D{i}"] for i in range(8)]).all()
    assert not found.exact


@pytest.mark.parametrize(
    ("loads", "arrival_scv", "doubtful"),
    [
        ((0.5, 0.6, 0.7, 0.8), 4.0, True),
        ((0.5, 0.6, 0.8), 4.0, False),
        ((0.5, 0.6, 0.7, 0.8), 1.4, False),
        ((0.5, 0.6, 0.7, 0.8), 0.4, True),
        ((0.5, 0.6, 0.7, 0.8, 0.8), 4.0, False),
        ((0.9, 0.6, 0.7, 0.8), 4.0, False),
        ((0.8, 0.8, 0.8, 0.8), 4.0, False),
    ],
)
def test_only_three_less_loaded_stations_and_bursty_or_regular_starts_cast_doubt(loads, arrival_scv, doubtful):
    found = queues_of(line(*loads, arrival_scv=arrival_scv))
    last = f"D{len(loads) - 1}"
    assert np.isfinite(found.waiting_low[last]) == doubtful
    if doubtful:
        assert found.waiting_low[last] <= found.waiting_time[last] <= found.waiting_high[last]


def test_what_a_busier_station_sends_is_what_enters_the_line():
    loads = (0.9, 0.3, 0.3, 0.3, 0.8)
    bursty = [
        qc.Department(f"D{i}", cycle_time=qc.Gamma(mean=m, scv=6.0 if i == 0 else 1.0)) for i, m in enumerate(loads)
    ]
    found = queues_of(tandem(*bursty))
    leaving = 1 + 0.9**2 * (6 - 1)
    expected = (leaving + 1) / 2 * 0.8 * 0.8 / 0.2
    assert found.waiting_high["D4"] == pytest.approx(expected, rel=1e-9)


def test_stations_that_take_no_time_do_not_count():
    found = queues_of(line(0.5, 0.0, 0.0, 0.8, arrival_scv=4.0))
    assert np.isnan(found.waiting_low["D3"])


def test_splitting_on_the_way_takes_the_burstiness_out_of_the_line():
    def thinned(share: float) -> float:
        handoffs = [
            ("Stock", "D0", 1.0),
            ("D0", "D1", share),
            ("D1", "D2", 1.0),
            ("D2", "D3", 1.0),
            ("D3", "Shop", 1.0),
        ]
        handoffs += [("D0", "Shop", 1 - share)] if share < 1 else []
        chain = qc.Chain(
            "Thinned",
            suppliers=[qc.Supplier("Stock", rate=1, arrival_scv=5)],
            departments=[
                qc.Department("D0", cycle_time=0.5),
                *(qc.Department(f"D{i}", cycle_time=load / share) for i, load in ((1, 0.5), (2, 0.5), (3, 0.9))),
            ],
            customers=[qc.Customer("Shop")],
            handoffs=[qc.Handoff(a, b, share=q, defect_rate=0) for a, b, q in handoffs],
        )
        found = queues_of(chain)
        return found.waiting_high["D3"] * share

    # (c^2 + 1) / 2 times the wait of M/M/1, c^2 thinned to 0.5 * 5 + 0.5
    assert thinned(1.0) == pytest.approx(3.0 * 8.1, rel=1e-9)
    assert thinned(0.5) == pytest.approx(2.0 * 8.1, rel=1e-9)


def test_a_circle_of_departments_ends_the_line():
    chain = qc.Chain(
        "Circle",
        suppliers=[qc.Supplier("Stock", rate=1, arrival_scv=5)],
        departments=[qc.Department(f"D{i}", cycle_time=load) for i, load in enumerate((0.1, 0.1, 0.1, 0.1, 0.6))],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "D0", defect_rate=0),
            *(qc.Handoff(f"D{i}", f"D{i + 1}", defect_rate=0) for i in range(4)),
            qc.Handoff("D4", "D0", share=0.6, defect_rate=0),
            qc.Handoff("D4", "Shop", share=0.4, defect_rate=0),
        ],
    )
    found = queues_of(chain)
    assert found.overloaded["D4"]
    assert np.isnan(found.waiting_low["D4"])
    assert all(np.isfinite(found.waiting_time[f"D{i}"]) for i in range(4))


def test_jackson_networks_have_no_interval():
    found = queues_of(routed([1, 0, 0, 0], np.eye(4, k=1).tolist(), [2, 2, 2, 1.1], [1] * 4))
    assert found.exact
    assert np.isnan(list(found.waiting_low.values())).all()
