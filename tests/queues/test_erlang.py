from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from qualitychain import queues
from qualitychain.errors import UnstableQueueError


def exact_b(servers: int, load: Fraction) -> Fraction:
    """The sum of a^k/k!, term by term in fractions."""
    term = total = Fraction(1)
    for k in range(1, servers + 1):
        term *= load / k
        total += term
    return term / total


def recursive_b(servers: int, load: float) -> float:
    b = 1.0
    for n in range(1, servers + 1):
        b = load * b / (n + load * b)
    return b


@pytest.mark.parametrize(("servers", "load"), [(1, "1/3"), (7, "6"), (7, "40"), (30, "1/100"), (200, "999/5")])
def test_the_loss_formula_equals_its_sum_in_fractions(servers, load):
    exact = exact_b(servers, Fraction(load))
    assert queues.erlang_b(float(Fraction(load)), servers) == pytest.approx(float(exact), rel=1e-12)


def test_two_hundred_servers_at_a_load_of_999_in_1000():
    load = Fraction(1998, 10)
    b = exact_b(200, load)
    c = b / (1 - load / 200 * (1 - b))
    assert queues.erlang_c(199.8, 200) == pytest.approx(float(c), rel=1e-12)


@pytest.mark.parametrize("load", [1e-9, 5000.0, 9000.0, 9990.0, 9999.999, 10_000.0, 20_000.0])
def test_ten_thousand_servers_agree_with_the_recursion(load):
    assert queues.erlang_b(load, 10_000) == pytest.approx(recursive_b(10_000, load), rel=1e-10, abs=1e-290)


def test_a_thousand_million_servers_are_no_trouble():
    # with load = servers the chance tends to that of a normal tail: sqrt(2 / (pi n))
    assert queues.erlang_b(1e9, 10**9) == pytest.approx(math.sqrt(2 / (math.pi * 1e9)), rel=1e-4)
    assert queues.erlang_b(5e8, 10**9) == 0.0


def test_tiny_loads_underflow_to_zero_and_nothing_else():
    loads = np.array([0.0, 5e-324, 1e-200, 1e-10])
    found = queues.erlang_c(loads, 3)
    np.testing.assert_allclose(found, [0, 0, 0, 1e-30 / 6], rtol=1e-9, atol=1e-300)


def test_servers_and_loads_may_be_arrays_of_any_matching_shapes():
    servers, load = np.array([[1], [2], [5]]), np.array([0.3, 0.9])
    found = queues.erlang_c(load, servers)
    assert found.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        assert found[i, j] == pytest.approx(queues.erlang_c(float(load[j]), int(servers[i, 0])), rel=1e-15)


def test_more_servers_for_the_same_load_lose_and_delay_fewer():
    servers = np.arange(10, 60)
    assert np.all(np.diff(queues.erlang_b(9.5, servers)) < 0)
    assert np.all(np.diff(queues.erlang_c(9.5, servers)) < 0)


@pytest.mark.parametrize("load", [2, 2.5, 2 * (1 - 1e-15)])
def test_a_load_that_the_servers_cannot_carry_has_no_steady_state(load):
    with pytest.raises(UnstableQueueError, match="capacity 2"):
        queues.erlang_c(load, 2)


@pytest.mark.parametrize(
    ("servers", "load", "said"),
    [
        (0, 1, "servers must be at least 1, got 0.0; give a whole number"),
        (2.5, 1, "servers must be a whole number, got 2.5"),
        (2, -1, "load must be at least 0, got -1.0; give arrival rate times mean service time"),
        (2, math.nan, "load must be at least 0, got nan"),
        (2, math.inf, "load must be finite"),
        (True, 1, "servers must be a number"),
        (2, "1", "load must be a number"),
        (2, [0.5, -0.5], "got -0.5 at index 1"),
    ],
)
def test_bad_numbers_are_named_with_a_remedy(servers, load, said):
    with pytest.raises(ValueError, match=said):
        queues.erlang_b(load, servers)


def test_the_formulas_load_no_scipy_until_one_needs_it():
    code = (
        "import sys, qualitychain.queues as q; q.mmc(1, 0.5, 3); q.ggc_wait(1, 0.5, 1, 1, 1); "
        "print(sorted({'scipy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
