"""Shares of causes that strike in the same step, against all orders and subsets of strikes written out."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.causes.step_shares import StepShares, step_shares
from qualitychain.engine.quality.pulls import solve_pulls


def pulling(inputs: list[tuple[float, float]], *, affects: str = "unit") -> Compiled:
    """Stock -> Work -> Shop, where Work pulls inputs (per_unit, defect_rate)."""
    return compile_chain(
        qc.Chain(
            "Inputs",
            suppliers=[qc.Supplier("Stock", rate=1)],
            departments=[qc.Department("Work"), *(qc.Department(f"Help{i}") for i in range(len(inputs)))],
            customers=[qc.Customer("Shop")],
            handoffs=[
                qc.Handoff("Stock", "Work", defect_rate=0),
                qc.Handoff("Work", "Shop", defect_rate=0),
                *(
                    qc.Handoff(f"Help{i}", "Work", per_unit=uses, defect_rate=rate, affects=affects)
                    for i, (uses, rate) in enumerate(inputs)
                ),
            ],
        )
    )


def shares_of(compiled: Compiled) -> tuple[float, StepShares]:
    """The own share at Work, and all shares."""
    found = step_shares(compiled.network, solve_pulls(compiled.network).bad)
    return float(found.own[compiled.nodes.index("Work")]), found


def by_subsets(chances: list[F], position: int) -> F:
    """Blame of one cause: over all sets of strikes that hold it, the chance of the set by its size."""
    others = [p for i, p in enumerate(chances) if i != position]
    total = F(0)
    for strikes in itertools.product((False, True), repeat=len(others)):
        chance = math.prod((p if hit else 1 - p for p, hit in zip(others, strikes, strict=True)), start=F(1))
        total += chance / (1 + sum(strikes))
    return chances[position] * total


TENTHS = st.integers(0, 10).map(lambda n: F(n, 10))


@given(st.lists(st.tuples(st.sampled_from([F(1), F(2), F(3, 2), F(3, 10), F(0)]), TENTHS), min_size=1, max_size=3))
@settings(deadline=None, max_examples=60)
def test_shares_are_those_of_all_sets_of_strikes(inputs: list[tuple[F, F]]) -> None:
    own, found = shares_of(pulling([(float(n), float(d)) for n, d in inputs]))
    uses = [(i, d) for i, (n, d) in enumerate(inputs) for _ in range(math.floor(n))]
    uses += [(i, d * (n - math.floor(n))) for i, (n, d) in enumerate(inputs) if n != math.floor(n)]
    for struck, blamed in ((F(0), found.without), (F(1), found.beside)):
        chances = [p for _, p in uses] + [struck]
        expected = [F(0)] * len(inputs)
        for position, (i, _) in enumerate(uses):
            expected[i] += by_subsets(chances, position)
        assert blamed == pytest.approx([float(v) for v in expected], rel=1e-13, abs=1e-300)
        if struck:
            assert own == pytest.approx(float(by_subsets(chances, len(uses))), rel=1e-13)


@pytest.mark.parametrize(
    "inputs",
    [
        [(1.0, 0.01)] * 500,
        [(1000.0, 0.5)],
        [(2.0, 0.9)] * 300,
        [(1e6, 1e-7), (1e6, 1.0)],
        [(1e9, 0.3), (0.5, 1e-15)],
        [(1.0, 1e-18)] * 40,
    ],
    ids=["500 inputs", "1000 uses", "600 uses", "a million", "a milliard", "rare"],
)
def test_many_causes_share_all_of_the_blame(inputs: list[tuple[float, float]]) -> None:
    compiled = pulling(inputs)
    own, found = shares_of(compiled)
    spoilt = solve_pulls(compiled.network).spoilt[compiled.nodes.index("Work")]
    assert found.without.sum() == pytest.approx(spoilt, rel=1e-12)
    assert own + found.beside.sum() == pytest.approx(1, rel=1e-12)
    assert np.all(found.without >= found.beside)
    assert np.all(found.beside >= 0)


def test_uses_that_all_fail_share_equally_with_the_own_work() -> None:
    own, found = shares_of(pulling([(1e6, 1.0)]))
    assert own == pytest.approx(1 / (1e6 + 1), rel=1e-12)
    assert found.without[0] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("affects", ["time", "inspection"])
def test_inputs_that_do_not_touch_the_unit_bear_nothing(affects: str) -> None:
    own, found = shares_of(pulling([(2.0, 0.5)], affects=affects))
    assert own == 1
    assert found.without[0] == found.beside[0] == 0
