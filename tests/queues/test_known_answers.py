"""Every entry of the reference file of single queues, to the tolerance that the entry states."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from qualitychain import queues

FILE = Path(__file__).parents[1] / "reference" / "queue_single.json"
ENTRIES = {entry["id"]: entry for entry in json.loads(FILE.read_text(encoding="utf-8"))["entries"]}
SCV_OF_ARRIVALS = {"deterministic": 0.0, "Erlang-2": 0.5}


def named(prefix):
    return pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith(prefix)])


def entry(name):
    given = {
        k: float(Fraction(v)) if isinstance(v, str) and k in {"lambda", "mu"} else v
        for k, v in ENTRIES[name]["inputs"].items()
    }
    return given, ENTRIES[name]["expected"]


def close(value):
    return pytest.approx(value, rel=1e-9)


def test_every_entry_has_a_test_here():
    kinds = ("mmc_", "erlang_", "mm1k_", "mg1_", "d_m_1", "e2_m_1")
    assert [name for name in ENTRIES if not name.startswith(kinds)] == []


@named("mmc_")
def test_poisson_arrivals_and_exponential_service(name):
    given, expected = entry(name)
    found = queues.mmc(given["lambda"], 1 / given["mu"], given["c"])
    assert found.utilization == close(expected["rho"])
    assert found.idle_probability == close(expected["P0"])
    assert found.wait_probability == close(expected["erlang_C"])
    assert found.queue_length == close(expected["Lq"])
    assert found.number_in_system == close(expected["L"])
    assert found.waiting_time == close(expected["Wq"])
    assert found.time_in_system == close(expected["W"])
    quantiles = found.wait_quantile(np.array([0.5, 0.9, 0.95, 0.99]))
    np.testing.assert_allclose(quantiles, expected["wait_quantiles_50_90_95_99"], rtol=1e-9, atol=1e-15)
    load = given["lambda"] / given["mu"]
    assert queues.erlang_b(load, given["c"]) == close(expected["erlang_B"])
    assert queues.ggc_wait(given["lambda"], 1 / given["mu"], given["c"], 1, 1) == close(expected["Wq"])


@named("erlang_")
def test_erlangs_formulas(name):
    given, expected = entry(name)
    assert queues.erlang_b(given["offered_load"], given["servers"]) == close(expected["B"])
    assert queues.erlang_c(given["offered_load"], given["servers"]) == close(expected["C"])


@named("mm1k_")
def test_a_limited_waiting_room(name):
    given, expected = entry(name)
    found = queues.mmck(given["lambda"], 1 / given["mu"], 1, given["capacity_including_service"])
    assert found.number_in_system == close(expected["L"])
    assert found.throughput == close(expected["throughput"])
    assert found.blocking == close(expected["blocking"])
    assert found.time_in_system == close(expected["W"])


@named("mg1_")
def test_one_server_with_poisson_arrivals_is_exact(name):
    given, expected = entry(name)
    wait = queues.ggc_wait(given["lambda_"], given["mean_service"], 1, 1, given["cs2"])
    assert given["lambda_"] * given["mean_service"] == close(expected["rho"])
    assert wait == close(expected["Wq"])
    assert wait + given["mean_service"] == close(expected["W"])
    assert given["lambda_"] * (wait + given["mean_service"]) == close(expected["L"])


@pytest.mark.parametrize("name", ["d_m_1_0.8", "e2_m_1_0.8"])
def test_regular_arrivals_are_approximated_within_three_per_cent(name):
    given, expected = entry(name)
    scv = SCV_OF_ARRIVALS[given["arrivals"]]
    uncorrected = (scv + 1) / 2 * queues.mmc(given["lambda_"], 1 / given["mu"]).waiting_time
    assert uncorrected == close(expected["kingman_or_VUT"])
    wait = queues.ggc_wait(given["lambda_"], 1 / given["mu"], 1, scv, 1)
    assert wait == pytest.approx(expected["Wq_exact"], rel=0.03)
    assert abs(wait - expected["Wq_exact"]) < abs(uncorrected - expected["Wq_exact"])
