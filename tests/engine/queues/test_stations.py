"""Queues of whole chains: known networks, exact cases, breakdowns, overload and bad input."""

from __future__ import annotations

import dataclasses
import json
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import REFERENCE, known_chain, known_chains, quietly
from support.random_chains import as_floats, random_chain
from support.station_times import Queues, queues_of, routed, tandem, times_of

import qualitychain as qc
from qualitychain import queues
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.queues.stations import solve_stations

NETWORKS = {e["id"]: e for e in json.loads((REFERENCE / "queue_networks.json").read_text())["entries"]}


def known_network(name: str) -> tuple[Queues, dict]:
    given_ = NETWORKS[name]["inputs"]
    external, rates = ([float(Fraction(x)) for x in given_[key]] for key in ("external_arrivals", "mu"))
    routing = [[float(Fraction(x)) for x in row] for row in given_["routing"]]
    return queues_of(routed(external, routing, rates, given_["servers"])), NETWORKS[name]["expected"]


def of_stations(found: Queues, name: str) -> np.ndarray:
    """Values of the departments N0, N1, ... in this order."""
    values = getattr(found, name)
    return np.array([values[d.name] for d in found.compiled.chain.departments])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_known_open_network(name):
    found, expected = known_network(name)
    rate, service = of_stations(found, "arrival_rate"), of_stations(found, "service_time")
    wait = of_stations(found, "waiting_time")
    np.testing.assert_allclose(rate, expected["throughput"], rtol=1e-9)
    np.testing.assert_allclose(of_stations(found, "utilization"), expected["rho"], rtol=1e-9)
    np.testing.assert_allclose(wait, expected["Wq_per_visit"], rtol=1e-9)
    np.testing.assert_allclose(wait + service, expected["W_per_visit"], rtol=1e-9)
    np.testing.assert_allclose(rate * (wait + service), expected["L"], rtol=1e-9)
    np.testing.assert_allclose(of_stations(found, "queue_length"), rate * wait, rtol=1e-12)
    starts = found.compiled.release_rate
    assert (rate @ (wait + service)) / starts == pytest.approx(expected["mean_lead_time"], rel=1e-9)
    np.testing.assert_allclose(rate / starts, expected["visit_ratio"], rtol=1e-9)
    assert int(np.argmax(of_stations(found, "utilization"))) == expected["bottleneck"]
    assert found.exact


def test_the_rework_loop_with_exact_answers():
    example = next(e for e in known_chains() if e["name"] == "D2_rework_loop")
    found, expected = queues_of(known_chain(example)), example["expected"]
    assert found.utilization["make"] == pytest.approx(expected["utilisation.make"]["value"], rel=1e-12)
    assert found.waiting_time["make"] == pytest.approx(expected["wait.make"]["value"], rel=1e-12)
    assert (found.waiting_time["test"], found.utilization["test"]) == (0, 0)
    assert found.exact


@st.composite
def open_networks(draw):
    size = draw(st.integers(1, 6))
    weight = st.integers(0, 5)
    routing = []
    for _ in range(size):
        row = np.array([draw(weight) for _ in range(size)], dtype=float)
        routing.append((row / (row.sum() + draw(st.integers(1, 5)))).tolist())
    external = [1.0, *(float(draw(weight)) for _ in range(size - 1))]
    servers = [draw(st.integers(1, 6)) for _ in range(size)]
    load = [draw(st.floats(0.05, 0.98)) for _ in range(size)]
    return external, routing, servers, load


@given(open_networks())
@settings(max_examples=40)
def test_any_network_of_exponential_stations_is_jacksons(network):
    external, routing, servers, load = network
    visits = np.linalg.solve(np.eye(len(external)) - np.array(routing).T, np.array(external))
    visited = visits > 0
    rates = np.where(visited, visits / (np.array(servers) * np.array(load)), 1.0)
    found = queues_of(routed(external, routing, rates.tolist(), servers))
    assert found.exact
    for i in np.flatnonzero(visited):
        alone = queues.mmc(visits[i], 1 / rates[i], servers[i])
        assert found.waiting_time[f"N{i}"] == pytest.approx(alone.waiting_time, rel=1e-9)
        assert found.wait_probability[f"N{i}"] == pytest.approx(alone.wait_probability, rel=1e-9)
        assert found.arrival_scv[f"N{i}"] == 1
        assert found.conditional_scv[f"N{i}"] == pytest.approx(1, rel=1e-12)


def supported(per_unit: float, *, time: float = 0.2, rejected: float = 0.0, second: float = 0.0) -> qc.Chain:
    """Stock -> Make -> Shop; Make reworks a fifth of its units and asks Help, which may have to answer again."""
    check = qc.Inspection(rejected) if rejected else None
    more = [qc.Handoff("Desk", "Make", per_unit=second, defect_rate=0)] if second else []
    return qc.Chain(
        "Supported",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[
            qc.Department("Make", cycle_time=0.5, servers=2),
            qc.Department("Help", cycle_time=time),
            *([qc.Department("Desk", cycle_time=0.1)] if second else []),
        ],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0.2, inspection=qc.Inspection(1.0)),
            qc.Handoff("Help", "Make", per_unit=per_unit, defect_rate=0.25, affects="time", inspection=check),
            *more,
        ],
    )


def test_one_request_at_a_time_is_a_detour_and_exact():
    found = queues_of(supported(0.6, rejected=1.0))
    assert found.exact
    # 1.25 passes, 0.6 requests each, 1 / 0.75 draws a request
    assert found.arrival_rate["Help"] == pytest.approx(1.0, rel=1e-12)
    assert found.waiting_time["Help"] == pytest.approx(queues.mmc(1.0, 0.2).waiting_time, rel=1e-9)
    assert found.waiting_time["Make"] == pytest.approx(queues.mmc(1.25, 0.5, 2).waiting_time, rel=1e-9)


@pytest.mark.parametrize("chain", [supported(1.5), supported(1, second=0.5), supported(2, time=0.0, second=0.5)])
def test_requests_at_the_same_time_are_not_exact(chain):
    assert not queues_of(chain).exact


def test_requests_that_never_queue_do_not_spoil_exactness():
    assert queues_of(supported(7, time=0.0)).exact
    assert queues_of(supported(1)).exact


@pytest.mark.parametrize(
    "department",
    [
        qc.Department("Make", cycle_time=qc.Gamma(mean=0.5, scv=0.5)),
        qc.Department("Make", cycle_time=0.5, availability=0.9, mttr=2),
        qc.Department("Make"),
    ],
)
def test_other_work_than_exponential_is_not_exact(department):
    assert not queues_of(tandem(department)).exact


def test_other_starts_than_poisson_are_not_exact():
    assert not queues_of(tandem(qc.Department("Make", cycle_time=0.5), arrival_scv=0.9)).exact
    assert queues_of(tandem(qc.Department("Make", cycle_time=0.5, availability=0.9))).exact


def test_a_machine_that_breaks_down_makes_the_station_behind_it_wait():
    # the numbers of the textbook (Factory Physics, chapter 8), in hours
    def machine(name: str, mttr: str) -> qc.Department:
        return qc.Department(name, cycle_time=qc.Gamma(mean="15 min", scv=0.05), availability=0.75, mttr=mttr)

    found = queues_of(tandem(machine("First", "248 min"), machine("Second", "38 min"), rate=2.875))
    assert found.service_scv["First"] == pytest.approx(6.25, rel=1e-12)
    assert found.service_scv["Second"] == pytest.approx(1.0, rel=1e-12)
    assert found.utilization["First"] == pytest.approx(0.958333, abs=1e-6)
    assert found.waiting_time["First"] == pytest.approx(27.79, abs=0.005)
    assert found.arrival_scv["Second"] == pytest.approx(5.82, abs=0.005)
    assert found.waiting_time["Second"] == pytest.approx(26.15, abs=0.005)


@given(st.floats(0.01, 4), st.floats(0.05, 0.6), st.floats(0.2, 0.95))
@settings(max_examples=40)
def test_feedback_at_once_keeps_the_queue_of_one_long_service(scv, back, load):
    chain = qc.Chain(
        "Loop",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Make", cycle_time=qc.Gamma(mean=load * (1 - back), scv=scv))],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Make", share=back, defect_rate=0),
            qc.Handoff("Make", "Shop", share=1 - back, defect_rate=0),
        ],
    )
    found = queues_of(chain)
    time, varies = queues.immediate_feedback(back, load * (1 - back), scv)
    inside = load + queues.ggc_wait(1, time, 1, 1, varies)
    # the number inside does not depend on whether a unit that comes back joins the queue anew
    passes = 1 / (1 - back)
    assert passes * (found.waiting_time["Make"] + load * (1 - back)) == pytest.approx(inside, rel=1e-9)


def test_rework_a_loop_and_redone_requests_at_one_station_are_the_same_feedback():
    looped = queues_of(
        qc.Chain(
            "Rework",
            suppliers=[qc.Supplier("Stock", rate=1, arrival_scv=0.3)],
            departments=[qc.Department("Make", cycle_time=qc.Gamma(mean=0.5, scv=0.4))],
            customers=[qc.Customer("Shop")],
            handoffs=[
                qc.Handoff("Stock", "Make", defect_rate=0),
                qc.Handoff("Make", "Shop", defect_rate=0.25, inspection=qc.Inspection(1.0)),
            ],
        )
    )
    asked = queues_of(
        qc.Chain(
            "Asked",
            suppliers=[qc.Supplier("Stock", rate=1, arrival_scv=0.3)],
            departments=[
                qc.Department("Ask", cycle_time=0),
                qc.Department("Make", cycle_time=qc.Gamma(mean=0.5, scv=0.4)),
            ],
            customers=[qc.Customer("Shop")],
            handoffs=[
                qc.Handoff("Stock", "Ask", defect_rate=0),
                qc.Handoff("Ask", "Shop", defect_rate=0),
                qc.Handoff("Make", "Ask", per_unit=1, defect_rate=0.25, inspection=qc.Inspection(1.0)),
            ],
        )
    )
    for name in ("arrival_rate", "waiting_time", "wait_probability", "arrival_scv"):
        assert getattr(asked, name)["Make"] == pytest.approx(getattr(looped, name)["Make"], rel=1e-12)


@pytest.mark.parametrize(
    ("uses", "simulated"), [((1, 1.0, 1.0, 3), 3.0), ((1, 1.0, 0.3, 2.5), 2.95), ((3, 1.0, 0.5, 3), 2.30)]
)
def test_requests_asked_for_together_wait_for_each_other(uses, simulated):
    # Poisson batches at a station, simulated; the first is exact: 2 for the batch, 1 within it
    servers, arrivals, service, many = uses
    load = {3.0: 0.5, 2.95: 0.6, 2.30: 0.8}[simulated]
    chain = qc.Chain(
        "Batches",
        suppliers=[qc.Supplier("Stock", rate=load * servers / many, arrival_scv=arrivals)],
        departments=[
            qc.Department("Ask", cycle_time=0),
            qc.Department("Help", servers=servers, cycle_time=qc.Gamma(mean=1, scv=service)),
        ],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Ask", defect_rate=0),
            qc.Handoff("Ask", "Shop", defect_rate=0),
            qc.Handoff("Help", "Ask", per_unit=many, defect_rate=0),
        ],
    )
    found = queues_of(chain)
    assert found.utilization["Help"] == pytest.approx(load, rel=1e-12)
    assert found.waiting_time["Help"] == pytest.approx(simulated, rel=1e-9 if simulated == 3.0 else 0.05)
    if simulated == 3.0:
        assert found.wait_probability["Help"] == pytest.approx(1 - 0.5 / 3, rel=1e-12)


def test_what_is_asked_for_together_asks_for_its_own_inputs_together():
    chain = qc.Chain(
        "Cascade",
        suppliers=[qc.Supplier("Stock", rate=0.25)],
        departments=[
            qc.Department("Ask", cycle_time=0),
            qc.Department("Help", cycle_time=0.1),
            qc.Department("Data", cycle_time=1),
        ],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Ask", defect_rate=0),
            qc.Handoff("Ask", "Shop", defect_rate=0),
            qc.Handoff("Help", "Ask", per_unit=2, defect_rate=0),
            qc.Handoff("Data", "Help", per_unit=1, defect_rate=0),
        ],
    )
    # pairs at the times of a Poisson stream: 1.5 for the pair, 0.5 within it
    found = queues_of(chain)
    assert found.utilization["Data"] == pytest.approx(0.5, rel=1e-12)
    assert found.waiting_time["Data"] == pytest.approx(2.0, rel=1e-9)
    assert found.wait_probability["Data"] == pytest.approx(0.75, rel=1e-12)


def test_regular_starts_and_fixed_times_never_wait():
    steps = [qc.Department(f"D{i}", servers=1 + i % 2, cycle_time=qc.Fixed(value=0.9)) for i in range(5)]
    found = queues_of(tandem(*steps, rate=1.0, arrival_scv=0.0))
    assert set(found.waiting_time.values()) == {0.0}
    assert set(found.wait_probability.values()) == {0.0}
    assert set(found.arrival_scv.values()) == {0.0}
    varied = queues_of(tandem(*steps, rate=1.0, arrival_scv=0.01))
    assert all(varied.waiting_time[f"D{i}"] > 0 for i in range(5))


def test_an_overloaded_station_waits_for_ever_and_the_others_do_not():
    found = queues_of(
        tandem(
            qc.Department("Before", cycle_time=0.5),
            qc.Department("Full", cycle_time=qc.Gamma(mean=1.25, scv=2)),
            qc.Department("After", cycle_time=0.5),
        )
    )
    assert found.overloaded == {"Stock": False, "Before": False, "Full": True, "After": False, "Shop": False}
    assert found.utilization["Full"] == pytest.approx(1.25)
    assert found.waiting_time["Full"] == found.queue_length["Full"] == np.inf
    assert found.wait_probability["Full"] == 1
    assert np.isfinite([found.waiting_time["Before"], found.waiting_time["After"]]).all()
    # servers that are always busy: their departures vary as their service
    assert found.arrival_scv["After"] == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize(("rate", "time", "servers"), [(1, 1, 1), (0.3, 10, 3), (0.1, 70, 7)])
def test_a_utilization_of_one_is_overload_whatever_the_rounding(rate, time, servers):
    found = queues_of(tandem(qc.Department("Make", cycle_time=time, servers=servers), rate=rate))
    assert found.overloaded["Make"]
    assert found.waiting_time["Make"] == np.inf


def test_a_department_without_time_passes_everything_on():
    found = queues_of(tandem(qc.Department("Unknown"), qc.Department("Make", cycle_time=0.5), rate=1, arrival_scv=0.25))
    direct = queues_of(tandem(qc.Department("Make", cycle_time=0.5), rate=1, arrival_scv=0.25))
    assert found.waiting_time["Make"] == direct.waiting_time["Make"]
    assert (found.waiting_time["Unknown"], found.utilization["Unknown"]) == (0, 0)


def test_nothing_is_negative_and_only_what_nobody_reaches_has_no_scv():
    chain = qc.Chain(
        "Idle",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Make", cycle_time=0.5), qc.Department("Idle", cycle_time=3)],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0),
            qc.Handoff("Make", "Shop", defect_rate=0),
            qc.Handoff("Idle", "Make", per_unit=0, defect_rate=0),
        ],
    )
    found = queues_of(chain)
    assert [name for name, scv in found.arrival_scv.items() if np.isnan(scv)] == ["Idle"]
    assert (found.waiting_time["Idle"], found.queue_length["Idle"]) == (0, 0)
    assert found.arrival_rate["Shop"] == 1


@given(st.sampled_from([1 / 3600, 1 / 60, 24.0, 1e6]))
@settings(max_examples=4)
def test_another_unit_of_time_scales_times_and_changes_nothing_else(unit):
    compiled = queues_of(supported(1.5, rejected=1.0)).compiled
    solution, times = compiled.solve(), dataclasses.replace(times_of(compiled), scv=np.full(len(compiled.nodes), 0.7))
    one = solve_stations(compiled.network, solution, 1.0, times)
    other = solve_stations(compiled.network, solution, 1.0 / unit, dataclasses.replace(times, mean=times.mean * unit))
    np.testing.assert_allclose(other.waiting_time, one.waiting_time * unit, rtol=1e-9)
    for name in ("utilization", "arrival_scv", "wait_probability", "conditional_scv", "queue_length"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_no_chain_gives_a_negative_wait_or_a_silent_nan(seed):
    rng = random.Random(seed)
    options = [{}, {"cycles": "linear"}, {"common_causes": True}][seed % 3]
    compiled = compile_chain(quietly({"name": "Random", **as_floats(random_chain(rng, **options))}))
    solution, draw = compiled.solve(), np.random.default_rng(seed)
    size, given_ = len(compiled.nodes), times_of(compiled)
    work = np.array([any(d.name == name for d in compiled.chain.departments) for name in compiled.nodes])
    servers = np.where(work, draw.integers(1, 5, size), 1)
    full = np.where(solution.work > 0, servers / np.where(solution.work > 0, solution.work, 1), 1.0)
    times = dataclasses.replace(
        given_,
        mean=np.where(work, full * draw.uniform(0, 1.2, size) * draw.integers(0, 2, size), 0.0),
        scv=draw.choice([0.0, 0.1, 1.0, 7.0], size),
        servers=servers,
        availability=np.where(work, draw.uniform(0.8, 1, size), 1.0),
        mttr=draw.uniform(0, 9, size),
        known=np.ones(size, dtype=bool),
        start_scv=draw.choice([0.0, 0.3, 1.0, 9.0], size),
    )
    found = solve_stations(compiled.network, solution, 1.0, times)
    assert np.all(found.waiting_time >= 0)
    assert np.all(found.queue_length >= 0)
    np.testing.assert_array_equal(np.isinf(found.waiting_time), found.overloaded)
    np.testing.assert_array_equal(np.isinf(found.queue_length), found.overloaded)
    np.testing.assert_array_equal(np.isnan(found.arrival_scv), found.arrival_rate == 0)
    assert np.all(found.arrival_scv[found.arrival_rate > 0] >= 0)
    assert np.all((found.wait_probability >= 0) & (found.wait_probability <= 1))
    np.testing.assert_array_equal(found.wait_probability == 0, found.waiting_time == 0)
    assert np.all(found.conditional_scv > 0)
    doubt = np.isfinite(found.waiting_low)
    assert np.all((found.waiting_low <= found.waiting_time)[doubt])
    assert np.all((found.waiting_time <= found.waiting_high)[doubt])


def test_without_starts_there_is_nothing_to_compute():
    compiled = queues_of(tandem(qc.Department("Make", cycle_time=0.5))).compiled
    with pytest.raises(ValueError, match=r"release_rate must be above 0, got 0\.0; give units started"):
        solve_stations(compiled.network, compiled.solve(), 0.0, times_of(compiled))
