"""Waits and lead times of the library against long simulations by programs that share no code with it.

The simulations are stored with their standard errors; `benchmarks/queue_accuracy.py` runs them anew. The numbers
below are what was measured: they are the accuracy that the manual states.
"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from support.chains import REFERENCE
from support.queue_chains import BY_KEY, CASES, nine_queues
from support.queue_measures import replicate
from support.queue_recursion import run_row
from support.queue_runs import tell
from support.queue_table import Compared, compared, grid, library, tables

import qualitychain as qc

STORED: dict[str, Any] = json.loads((REFERENCE / "queue_accuracy.json").read_text("utf-8"))
KEYS = [case.key for case in CASES]
ERRORS = 4
"""So many standard errors a figure that is exact may be away from a simulated one."""
EXACT_WAITS = {"fixed_times": ["First"], "breakdowns": ["Long stops"]}
"""Poisson arrivals at one server: exact whatever the work, in chains that are not exact as a whole."""

WAITS: dict[str, tuple[float, dict[str, float]]] = {
    "rework_loop": (0.03, {}),
    "network_of_teams": (0.03, {}),
    "fixed_times": (0.02, {"Second": 0.27}),
    "bursty": (0.21, {}),
    "bursty_phases": (0.13, {"Make": 0.03}),
    "quiet_line": (0.28, {"One": 0.1}),
    "breakdowns": (0.04, {}),
    "help_random": (0.03, {}),
    "help_even": (0.05, {"Test": 0.15}),
    "help_regular": (0.15, {"Make": 0.08, "IT": 0.53}),
    "help_uneven": (0.1, {"Make": 0.03, "IT": 0.03}),
    "help_bursty": (0.17, {"IT": 0.38}),
    "help_phases": (0.15, {"Make": 0.03, "IT": 0.24}),
    "high_load": (0.04, {"Test": 0.19}),
    "assembly": (0.03, {"Assembly": 0.35}),
    "three_clerks": (0.37, {}),
    "teams_with_help": (0.05, {"Case work": 0.15}),
    "nine_bursty": (0.29, {"Queue 9": 0.71}),
    "nine_phases": (0.29, {"Queue 9": 0.71}),
    "nine_regular": (0.16, {"Queue 9": 0.53}),
}
"""The largest relative difference of a mean wait in each chain, with the departments where it is another one."""
TIMES: dict[str, tuple[float, float, float, float]] = {
    "rework_loop": (0.02, 0.08, 0.06, 0.18),
    "network_of_teams": (0.02, 0.03, 0.03, 0.09),
    "fixed_times": (0.09, 0.04, 0.25, 0.3),
    "bursty": (0.15, 0.07, 0.25, 0.33),
    "bursty_phases": (0.07, 0.04, 0.16, 0.25),
    "quiet_line": (0.03, 0.03, 0.04, 0.05),
    "breakdowns": (0.02, 0.06, 0.09, 0.11),
    "help_random": (0.02, 0.03, 0.02, 0.09),
    "help_even": (0.06, 0.02, 0.12, 0.2),
    "help_regular": (0.05, 0.03, 0.06, 0.13),
    "help_uneven": (0.06, 0.03, 0.11, 0.07),
    "help_bursty": (0.15, 0.09, 0.22, 0.3),
    "help_phases": (0.09, 0.03, 0.16, 0.22),
    "high_load": (0.12, 0.06, 0.17, 0.26),
    "assembly": (0.19, 0.23, 0.12, 0.09),
    "three_clerks": (0.02, 0.02, 0.03, 0.04),
    "teams_with_help": (0.04, 0.02, 0.06, 0.12),
    "nine_bursty": (0.44, 0.34, 0.61, 0.66),
    "nine_phases": (0.42, 0.31, 0.59, 0.65),
    "nine_regular": (0.22, 0.16, 0.47, 0.58),
}
"""The largest relative difference of the lead time's mean, 50 %, 95 % and 99 % point."""


def figures(key: str) -> dict[str, dict[str, Compared]]:
    return compared(key, STORED)


def departments(key: str) -> dict[str, dict[str, Compared]]:
    return {name: found for name, found in figures(key).items() if name != "Client"}


def fits(found: Compared) -> bool:
    return abs(found.found - found.simulated) <= ERRORS * found.error


@pytest.mark.parametrize("key", KEYS)
def test_loads_are_exact(key: str) -> None:
    for name, found in departments(key).items():
        assert fits(found["utilization"]), name
        assert fits(found["arrival_rate"]), name


@pytest.mark.parametrize("key", [case.key for case in CASES if case.exact_means])
def test_jackson_chains_have_exact_means(key: str) -> None:
    assert qc.lead_times(qc.Chain.from_dict(BY_KEY[key].chain)).exact_means
    for name, found in departments(key).items():
        assert fits(found["waiting_time"]), name
        assert fits(found["wait_probability"]), name
        assert fits(found["queue_length"]), name
    assert fits(figures(key)["Client"]["lead_time"])


@pytest.mark.parametrize("key", [case.key for case in CASES if not case.exact_means])
def test_other_chains_are_not_called_exact(key: str) -> None:
    assert not qc.lead_times(qc.Chain.from_dict(BY_KEY[key].chain)).exact_means


@pytest.mark.parametrize(("key", "name"), [(key, name) for key, names in EXACT_WAITS.items() for name in names])
def test_poisson_arrivals_at_one_server_wait_exactly(key: str, name: str) -> None:
    assert fits(figures(key)[name]["waiting_time"])
    assert fits(figures(key)[name]["wait_probability"])


@pytest.mark.parametrize("key", KEYS)
def test_mean_waits_are_as_accurate_as_the_manual_says(key: str) -> None:
    bound, others = WAITS[key]
    for name, found in departments(key).items():
        if found["waiting_time"].simulated:
            assert abs(found["waiting_time"].off) <= others.get(name, bound), (name, found["waiting_time"])


def test_a_faster_fixed_step_behind_a_slower_one_is_given_a_wait_it_does_not_have() -> None:
    third = figures("fixed_times")["Third"]["waiting_time"]
    assert third.simulated == 0
    assert 0 <= third.found <= 0.33


@pytest.mark.parametrize("key", KEYS)
def test_lead_times_are_as_accurate_as_the_manual_says(key: str) -> None:
    client = figures(key)["Client"]
    for name, bound in zip(("lead_time", "q50", "q95", "q99"), TIMES[key], strict=True):
        assert abs(client[name].off) <= bound, (name, client[name])


@pytest.mark.parametrize("key", KEYS)
def test_queue_lengths_obey_little(key: str) -> None:
    for found in library(key).values():
        if "queue_length" in found:
            assert found["queue_length"] == pytest.approx(found["arrival_rate"] * found["waiting_time"], rel=1e-9)


@pytest.mark.parametrize(
    ("arrival_scv", "truth", "keys"), [(8.0, 29.2, ["nine_bursty", "nine_phases"]), (0.0, 5.29, ["nine_regular"])]
)
def test_the_interval_of_suresh_and_whitt_holds_the_truth(arrival_scv: float, truth: float, keys: list[str]) -> None:
    last = qc.lead_times(qc.Chain.from_dict(nine_queues(arrival_scv))).departments.loc["Queue 9"]
    assert last["waiting_low"] < truth < last["waiting_high"]
    for key in keys:
        simulated = figures(key)["Queue 9"]["waiting_time"]
        assert last["waiting_low"] < simulated.simulated < last["waiting_high"]
        assert simulated.simulated == pytest.approx(truth, rel=0.05)


def test_only_the_last_of_the_nine_queues_gets_an_interval() -> None:
    table = qc.lead_times(qc.Chain.from_dict(nine_queues(8.0))).departments
    assert list(table.index[table["waiting_low"].notna()]) == ["Queue 9"]


def alone(*, several: bool) -> list[tuple[Any, Compared, Compared]]:
    return [found for found in grid(STORED) if (found[0]["servers"] > 1) is several]


def test_one_server_alone_waits_exactly_with_poisson_arrivals() -> None:
    for row, wait, chance in alone(several=False):
        if row["arrival_scv"] == 1:
            assert fits(wait), row
            assert fits(chance), row


def test_one_server_alone_waits_within_6_percent_with_regular_arrivals_unless_lightly_loaded() -> None:
    for row, wait, _ in alone(several=False):
        if row["arrival_scv"] < 1:
            assert abs(wait.off) <= (0.07 if row["utilization"] >= 0.6 else 0.18), row


def test_several_servers_with_poisson_arrivals_wait_within_8_percent_from_a_utilization_of_three_fifths() -> None:
    for row, wait, chance in alone(several=True):
        if row["arrival_scv"] == 1:
            assert abs(wait.off) <= (0.08 if row["utilization"] >= 0.6 else 0.13) + 2 * wait.noise, row
            assert chance.found == pytest.approx(chance.simulated, abs=0.02), row


def test_several_busy_servers_with_regular_arrivals_wait_within_20_percent() -> None:
    for row, wait, chance in alone(several=True):
        if row["arrival_scv"] < 1 and row["utilization"] >= 0.8:
            bound = 0.06 if row["utilization"] >= 0.9 else 0.2
            assert -0.01 <= wait.off <= bound, row
            assert chance.found == pytest.approx(chance.simulated, abs=0.09), row


def test_several_servers_of_low_load_and_low_variability_are_the_weak_spot() -> None:
    """The wait comes out much too long, by at most 0.022 working times."""
    for row, wait, _ in alone(several=True):
        if row["arrival_scv"] < 1 and row["utilization"] <= 0.6:
            assert wait.found - wait.simulated <= 0.022, row
            assert wait.off > 0.05, row


def test_bursts_make_the_wait_too_short() -> None:
    """The bursts simulated are gamma times; by at most 0.95 working times, and 30 % from a utilization of 0.8."""
    for row, wait, _ in grid(STORED):
        if row["arrival_scv"] > 1:
            assert -0.95 <= wait.found - wait.simulated <= 0, row
            assert wait.off >= (-0.3 if row["utilization"] >= 0.8 else -0.9), row


@pytest.mark.parametrize("key", ["rework_loop", "help_even", "assembly", "teams_with_help", "nine_regular"])
def test_a_short_simulation_tells_what_is_stored(key: str) -> None:
    told = tell(BY_KEY[key], seed=7, scale=0.02, replications=10)
    for node, found in (told.departments | told.customers).items():
        for name, value in found.items():
            if math.isfinite(value.mean) and value.error:
                mean, error, _ = STORED["cases"][key][node][name]
                assert abs(value.mean - mean) <= 4.5 * math.hypot(value.error, error), (node, name, value, mean)


@pytest.mark.oracle
def test_simpy_tells_what_is_stored() -> None:
    pytest.importorskip("simpy", reason="SimPy is not installed")
    from support.queue_story import act_out

    case = BY_KEY["help_even"]
    told = replicate(act_out, case.simulated, seed=3, warm_up=300, length=1200, replications=10)
    for node, found in (told.departments | told.customers).items():
        for name in ("utilization", "waiting_time", "wait_probability", "lead_time", "q95"):
            if name in found:
                mean, error, _ = STORED["cases"][case.key][node][name]
                assert abs(found[name].mean - mean) <= 4.5 * math.hypot(found[name].error, error), (node, name)


def test_two_parts_asked_for_together_are_given_a_time_that_is_too_long() -> None:
    """They queue right behind each other; the library takes the greater of two waits that know nothing of each other.

    Orders of two at one server are a queue M/G/1 of orders: 0.36 x 6 / (2 x 0.28) before, 2 for the work itself.
    """
    chain = qc.Chain(
        "Two parts",
        suppliers=[qc.Supplier("Orders", rate=0.36)],
        departments=[qc.Department("Assembly", cycle_time=0), qc.Department("Parts", cycle_time=qc.Exponential(1))],
        customers=[qc.Customer("Client")],
        handoffs=[
            qc.Handoff("Orders", "Assembly", defect_rate=0),
            qc.Handoff("Assembly", "Client", defect_rate=0),
            qc.Handoff("Parts", "Assembly", per_unit=2, defect_rate=0),
        ],
    )
    before, found = 0.36 * 6 / (2 * 0.28), qc.lead_times(chain)
    # on average one of the two waits for the other
    assert found.departments.loc["Parts", "waiting_time"] == pytest.approx(before + 0.5, rel=1e-12)
    assert before + 2 == pytest.approx(5.857, abs=5e-4)
    assert found["Client"].mean / (before + 2) == pytest.approx(1.27, abs=0.005)


def test_the_tables_of_the_manual_are_these(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "accuracy.md").read_text("utf-8")
    for name, text in tables(STORED).items():
        assert f"<!-- {name} -->\n\n{text}\n\n<!-- end of {name} -->" in page, (
            "run benchmarks/queue_accuracy.py --write"
        )


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("key", KEYS)
def test_long_simulations_tell_what_is_stored(key: str) -> None:
    told = tell(BY_KEY[key], seed=11, scale=0.25, replications=20)
    for node, found in (told.departments | told.customers).items():
        for name, value in found.items():
            if math.isfinite(value.mean) and value.error:
                mean, error, _ = STORED["cases"][key][node][name]
                assert abs(value.mean - mean) <= 5 * math.hypot(value.error, error), (node, name, value, mean)


@pytest.mark.slow
def test_bursts_of_another_kind_with_the_same_scv_wait_differently() -> None:
    """Two moments do not fix the wait: at the first of nine queues it differs by more than half."""
    waits = []
    for two_phases in (False, True):
        data = nine_queues(8.0)
        data["suppliers"][0]["two_phases"] = two_phases
        told = replicate(run_row, data, seed=5, warm_up=1e4, length=2e5, replications=10)
        waits.append(told["Queue 1"]["waiting_time"].mean)
    assert waits[0] / waits[1] > 1.5
