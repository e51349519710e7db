"""Effects of own defects from one factorisation, against solutions of the changed network."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.analysis.bottlenecks.quality_list import counts_of
from qualitychain.engine.causes.defect_reduction import DefectReduction, defect_reduction
from qualitychain.engine.quality.flow import Flow
from qualitychain.engine.quality.pulls import solve_pulls


def random_model(seed: int) -> Compiled:
    chain = quietly(as_floats(random_chain(random.Random(seed))) | {"name": "random"})
    return compile_chain(chain)


def effects(compiled: Compiled) -> DefectReduction:
    return defect_reduction(Flow(compiled.network, solve_pulls(compiled.network)))


def counts(compiled: Compiled, row: int, rate: float) -> np.ndarray:
    flow = compiled.network.flow
    defect = flow.defect.copy()
    defect[row] = rate
    network = dataclasses.replace(compiled.network, flow=dataclasses.replace(flow, defect=defect))
    return counts_of(compiled, compiled.solve(network, work=False))


@pytest.mark.parametrize("seed", range(8))
def test_counts_are_those_of_the_solution(seed: int) -> None:
    compiled = random_model(seed)
    np.testing.assert_allclose(effects(compiled).now, counts_of(compiled, compiled.solve(work=False)), atol=1e-13)


@pytest.mark.parametrize("part", [0.5, 1.0])
@pytest.mark.parametrize("seed", range(8))
def test_changes_are_those_of_the_changed_network(seed: int, part: float) -> None:
    compiled = random_model(seed)
    found = effects(compiled)
    changes = found.changes(part)
    for row, rate in enumerate(compiled.network.flow.defect):
        after = counts(compiled, row, rate * (1 - part))
        if not np.isnan(changes[row]).any():
            np.testing.assert_allclose(found.now + changes[row], after, atol=1e-12)


def test_slopes_are_those_of_small_changes() -> None:
    compiled, step = random_model(4), 1e-6
    slopes = effects(compiled).slopes
    for row, rate in enumerate(compiled.network.flow.defect):
        if step < rate < 1 - step:
            difference = (counts(compiled, row, rate + step) - counts(compiled, row, rate - step)) / (2 * step)
            np.testing.assert_allclose(slopes[row], difference, atol=1e-8)


def test_where_everything_is_spoilt_one_factorisation_cannot_tell() -> None:
    compiled = compile_chain(line(1.0, 0.1))
    assert np.isnan(effects(compiled).changes(1.0)[0]).all()
