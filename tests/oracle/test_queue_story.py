"""The simulators of queues against answers that are known exactly, against each other, and against Ciw."""

from __future__ import annotations

import math
from typing import Any

import pytest
from support.queue_chains import chain, department, flow, network_of_teams, one_loop, pulled, row
from support.queue_events import run_events
from support.queue_measures import Estimate, Told, replicate
from support.queue_recursion import run_row, several_servers

ALL_OF_THE_STORY: dict[str, Any] = {
    "suppliers": [{"name": "Orders", "rate": 0.5}, {"name": "Rush", "rate": 0.1, "arrival_scv": 0}, {"name": "Steel"}],
    "departments": [
        department("Make", 0.8),
        department("Test", 0.6, 0.5, servers=2, availability=0.8, mttr=3),
        department("IT", 1.2),
        department("HR", 0.7),
        {"name": "Desk"},
    ],
    "customers": [{"name": "Client", "promise": 5, "tolerance": 2}],
    "handoffs": [
        flow("Orders", "Desk"),
        flow("Desk", "Make", lead_time=0.5),
        flow("Rush", "Test"),
        flow("Make", "Test", lead_time=2.0)
        | {"defect_rate": 0.2, "inspection": {"detect": 0.9, "false_alarm": 0.02, "fix": 0.7, "time": 0.5}},
        flow("Test", "Client", lead_time={"lognormal": {"mean": 1.0, "scv": 2.0}})
        | {"defect_rate": 0.1, "inspection": {"detect": 0.5, "by": "supplier", "rework_to": "Make", "time": 0.3}},
        pulled("IT", "Make", 0.3, item="help") | {"defect_rate": 0.2, "share": 0.75},
        pulled("Steel", "Make", 0.3, item="help", share=0.25, lead_time={"mean": 2.0, "scv": 1.0}),
        pulled("IT", "Test", 0.2, affects="inspection") | {"defect_rate": 0.5},
        pulled("HR", "IT", 1.4, lead_time=0.2)
        | {"defect_rate": 0.1, "inspection": {"detect": 0.5, "on_reject": "scrap"}},
    ],
}


def erlang_c(servers: int, load: float) -> float:
    """The probability of waiting at M/M/c, by its definition."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (math.fsum(terms) + last)


def agree(found: Estimate, exact: float) -> bool:
    return abs(found.mean - exact) <= 4 * found.error


def told(data: dict[str, Any], length: float, *, warm_up: float = 500.0, seed: int = 1, once: Any = run_events) -> Told:
    return replicate(once, data, seed=seed, warm_up=warm_up, length=length, replications=12)


def test_the_rework_loop_waits_as_jackson_says() -> None:
    data = row(0.5, 1.0, [department("make", 1.0), {"name": "test", "cycle_time": 0}])
    data["handoffs"][1] |= {"defect_rate": 0.2, "inspection": {"detect": 0.75}}
    run = told(data, 8e3)
    assert agree(run["make"]["utilization"], 10 / 17)
    assert agree(run["make"]["wait_probability"], 10 / 17)
    assert agree(run["make"]["waiting_time"], 10 / 7)
    assert agree(run["make"]["queue_length"], 10 / 17 * 10 / 7)
    assert agree(run["Client"]["lead_time"], 20 / 7)
    assert agree(run["Client"]["conforming"], 16 / 17)


def test_a_single_exponential_server_has_an_exponential_lead_time() -> None:
    run = told(row(0.7, 1.0, [department("One", 1.0)]), 1e4)
    for name, p in (("q50", 0.5), ("q95", 0.95), ("q99", 0.99)):
        assert agree(run["Client"][name], -math.log(1 - p) / 0.3)
    assert agree(run["Client"]["sd"], 1 / 0.3)


@pytest.mark.parametrize(("servers", "load"), [(2, 1.6), (5, 4.0), (10, 7.0)])
def test_several_servers_wait_as_erlang_says(servers: int, load: float) -> None:
    run = told(row(load, 1.0, [department("Team", 1.0, servers=servers)]), 1e4 / servers, warm_up=200)
    waits = erlang_c(servers, load)
    assert agree(run["Team"]["wait_probability"], waits)
    assert agree(run["Team"]["waiting_time"], waits / (servers - load))


@pytest.mark.parametrize("once", [run_events, run_row])
@pytest.mark.parametrize("scv", [0.0, 0.5, 3.0])
def test_poisson_arrivals_wait_as_pollaczek_and_khinchine_say(scv: float, once: Any) -> None:
    run = told(row(0.7, 1.0, [department("One", 1.0, scv)]), 6e3, once=once)
    assert agree(run["One"]["utilization"], 0.7)
    assert agree(run["One"]["wait_probability"], 0.7)
    assert agree(run["One"]["waiting_time"], 0.7 / 0.3 * (1 + scv) / 2)


def test_breakdowns_lengthen_work_as_hopp_and_spearman_say() -> None:
    machine = department("Machine", 15.0, 0.05, availability=0.75, mttr=38.0)
    run = told(row(0.04, 1.0, [machine]), 3e5, warm_up=1e4)
    assert agree(run["Machine"]["utilization"], 0.8)
    spread = 0.05 + 2 * 0.75 * 0.25 * 38 / 15
    assert spread == pytest.approx(1.0)
    assert agree(run["Machine"]["waiting_time"], 0.8 / 0.2 * 20 * (1 + spread) / 2)


def test_regular_arrivals_wait_by_the_root_of_their_equation() -> None:
    run = told(row(0.8, 0.0, [department("One", 1.0)]), 8e3)
    assert agree(run["One"]["wait_probability"], 0.6286297964969468)
    assert agree(run["One"]["waiting_time"], 1.6927308399198986)


def test_a_network_with_feedback_is_jacksons() -> None:
    """Three stations of Hillier and Lieberman with known loads, queues and mean time in the network."""
    names = ["One", "Two", "Three"]
    servers = [1, 2, 1]
    arrivals = [1.0, 4.0, 3.0]
    routing = [[0.0, 0.6, 0.3], [0.1, 0.0, 0.3], [0.4, 0.4, 0.0]]
    data = chain(1.0, 1.0, [department(n, 0.1, servers=c) for n, c in zip(names, servers, strict=True)], [])
    data["suppliers"] = [{"name": f"To {n}", "rate": rate} for n, rate in zip(names, arrivals, strict=True)]
    for giver, shares in zip(names, routing, strict=True):
        data["handoffs"].append(flow(f"To {giver}", giver))
        data["handoffs"] += [flow(giver, n, share=p) for n, p in zip(names, shares, strict=True) if p]
        data["handoffs"].append(flow(giver, "Client", share=1 - sum(shares)))
    run = told(data, 200.0, warm_up=50.0)
    for name, utilization, waits in zip(names, (0.5, 0.5, 0.75), (0.1, 1 / 30, 0.3), strict=True):
        assert agree(run[name]["utilization"], utilization)
        assert agree(run[name]["waiting_time"], waits)
    assert agree(run["Client"]["lead_time"], 2 / 3)


def test_a_request_is_both_time_and_quality() -> None:
    """Help on 30 % of the units, a fifth of it bad: bad units are the late ones. No one queues."""
    data = row(1.0, 1.0, [department("Make", 1.0, servers=1000)])
    data["departments"].append(department("IT", 5.0, servers=1000))
    data["customers"][0]["promise"] = 3
    data["handoffs"][1]["defect_rate"] = 0.01
    data["handoffs"].append(pulled("IT", "Make", 0.3) | {"defect_rate": 0.2})
    client = told(data, 3e3, warm_up=100)["Client"]
    helped = 1 - (5 * math.exp(-0.6) - math.exp(-3)) / 4
    good = 0.99 * (0.7 * (1 - math.exp(-3)) + 0.3 * 0.8 * helped)
    assert good == pytest.approx(0.736, abs=5e-4)
    assert agree(client["satisfied"], good)
    assert agree(client["conforming"], 0.99 * 0.94)
    assert agree(client["on_time"], 0.7 * (1 - math.exp(-3)) + 0.3 * helped)


def test_inputs_in_parallel_take_the_time_of_the_slowest() -> None:
    data = row(1.0, 1.0, [{"name": "Assembly"}])
    data["departments"].append(department("Parts", 2.0, servers=1000))
    data["handoffs"].append(pulled("Parts", "Assembly", 3))
    run = told(data, 3e3, warm_up=100)
    assert agree(run["Client"]["lead_time"], 2 * (1 + 1 / 2 + 1 / 3))
    assert agree(run["Parts"]["arrival_rate"], 3.0)


def test_the_recursion_for_several_servers_agrees_with_erlang() -> None:
    found = several_servers(0.8, 3, 1.0, 1.0, seed=1, units=12_000, warm_up=1_000, replications=12)
    waits = erlang_c(3, 2.4)
    assert agree(found["wait_probability"], waits)
    assert agree(found["waiting_time"], waits / 0.6)


def test_the_recursion_for_a_row_tells_the_same_as_the_events() -> None:
    data = row(0.8, 2.0, [department("One", 1.0, 0.5), department("Two", 0.9, 1.5)])
    same(told(data, 8e3), told(data, 4e4, seed=2, once=run_row))


@pytest.mark.oracle
def test_the_processes_of_simpy_tell_the_same_as_the_events() -> None:
    pytest.importorskip("simpy", reason="SimPy is not installed")
    from support.queue_story import act_out

    same(told(ALL_OF_THE_STORY, 2e3, warm_up=300), told(ALL_OF_THE_STORY, 400, warm_up=150, once=act_out))
    loop = one_loop()
    same(told(loop, 8e3), told(loop, 800, warm_up=200, once=act_out))


def same(one: Told, other: Told) -> None:
    """Every figure of two simulations agrees within 4.5 standard errors of their difference."""
    for node, figures in (one.departments | one.customers).items():
        for key, found in figures.items():
            if math.isfinite(found.mean):
                error = math.hypot(found.error, other[node][key].error)
                assert abs(found.mean - other[node][key].mean) <= 4.5 * error, (node, key, found, other[node][key])


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("data", "arrivals", "services", "servers", "routing"),
    [
        pytest.param(one_loop(), [(0.64, 1.0)], [(1.0, 1.0)], [1], [[0.2]], id="rework loop"),
        pytest.param(row(0.7, 1.0, [department("M", 1.0, 0.3)]), [(0.7, 1.0)], [(1.0, 0.3)], [1], [[0.0]], id="M/G/1"),
        pytest.param(
            row(2.4, 0.0, [department("M", 1.0, servers=3)]), [(2.4, 0.0)], [(1.0, 1.0)], [3], [[0.0]], id="D/M/3"
        ),
        pytest.param(
            row(0.7, 3.0, [department("A", 1.0, 0.5), department("B", 2.0, 2.0, servers=2)]),
            [(0.7, 3.0), None],
            [(1.0, 0.5), (2.0, 2.0)],
            [1, 2],
            [[0.0, 1.0], [0.0, 0.0]],
            id="tandem",
        ),
    ],
)
def test_ciw_tells_the_same(data: Any, arrivals: Any, services: Any, servers: Any, routing: Any) -> None:
    pytest.importorskip("ciw", reason="Ciw is not installed")
    from support.queue_ciw import gamma, simulate

    waits, shares, time = simulate(
        [None if given is None else gamma(1 / given[0], given[1]) for given in arrivals],
        [gamma(*given) for given in services],
        servers,
        routing,
        seed=3,
        warm_up=100,
        length=500,
        replications=8,
    )
    run = told(data, 6e3)
    for position, name in enumerate(run.departments):
        assert close(run[name]["waiting_time"], waits[position])
        assert close(run[name]["wait_probability"], shares[position])
    assert close(run["Client"]["lead_time"], time)


def close(one: Estimate, other: Estimate) -> bool:
    return abs(one.mean - other.mean) <= 4 * math.hypot(one.error, other.error)


def test_a_network_of_teams_is_jacksons() -> None:
    run = told(network_of_teams(), 2e3, warm_up=300)
    again = 1 / 0.85
    loads = {"Sales": (1.0, 0.6, 1), "Works": (1.0 + 0.15 * 1.4 * again, 2.2, 4), "Branch": (0.4, 1.5, 2)}
    loads["Test"] = (1.4 * again, 0.5, 1)
    stay = 0.0
    for name, (rate, mean, servers) in loads.items():
        wait = erlang_c(servers, rate * mean) * mean / (servers - rate * mean)
        assert agree(run[name]["arrival_rate"], rate)
        assert agree(run[name]["waiting_time"], wait)
        stay += rate / 1.4 * (wait + mean)
    assert agree(run["Client"]["lead_time"], stay)
