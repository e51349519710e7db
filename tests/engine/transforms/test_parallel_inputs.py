"""The greatest of parallel requests, and what they did to the unit."""

from __future__ import annotations

import numpy as np
import pytest

from qualitychain.engine.network.network import ON_INSPECTION, ON_TIME, ON_UNIT
from qualitychain.engine.quality.moves import BAD_BLIND, BAD_SIGHTED, OK_BLIND, OK_SIGHTED
from qualitychain.engine.transforms.parallel_inputs import (
    Curve,
    Group,
    classes,
    last_to_arrive,
    single_use,
)


def curve(*masses: float) -> Curve:
    """A distribution of jumps at the points 0, 1, 2, ..."""
    at = np.cumsum(masses)
    return Curve(at, at - np.array(masses))


def scaled(one: Curve, share: float) -> Curve:
    """A share of a distribution."""
    return Curve(share * one.at, share * one.below)


def test_the_classes_of_a_visit_add_up_to_the_greatest_of_its_requests() -> None:
    quick, slow, late = curve(0.5, 0.5, 0, 0), curve(0, 0.5, 0.25, 0.25), curve(0.25, 0.25, 0.25, 0.25)
    groups = [
        Group(quick, scaled(quick, 0.9), ON_UNIT),
        Group(slow, scaled(slow, 0.8), ON_INSPECTION),
        Group(late, scaled(late, 0.1), ON_TIME),
    ]
    found = classes(groups)
    total = sum(c.at for c in found)
    assert np.allclose(total, quick.at * slow.at * late.at)
    ends = [c.at[-1] for c in found]
    assert ends[OK_SIGHTED] == pytest.approx(0.9 * 0.8)
    assert ends[OK_BLIND] == pytest.approx(0.9 * 0.2)
    assert ends[BAD_SIGHTED] == pytest.approx(0.1 * 0.8)
    assert ends[BAD_BLIND] == pytest.approx(0.1 * 0.2)


def test_uses_that_may_not_happen_take_no_time() -> None:
    distribution = curve(0, 0.5, 0.5)
    assert distribution.used(0, 0.25).at.tolist() == [0.75, 0.875, 1.0]
    assert distribution.used(2, 0.0).at.tolist() == [0.0, 0.25, 1.0]
    # before time 0 nothing has come, though there may be nothing to come
    assert distribution.used(0, 0.25).below[0] == 0.0


def test_the_last_to_arrive_is_the_slower_one_and_ties_are_shared() -> None:
    sure, later = curve(0, 1.0, 0, 0), curve(0, 0, 0, 1.0)
    assert last_to_arrive([sure, later]).tolist() == [0.0, 1.0]
    assert last_to_arrive([sure, sure]).tolist() == [0.5, 0.5]


def test_one_use_at_most_needs_no_maximum() -> None:
    good, bad, nothing = np.array([0.6]), np.array([0.4]), np.array([1.0])
    parts = single_use(ON_UNIT, 0.5, good, bad, nothing)
    assert parts[OK_SIGHTED] == pytest.approx(0.5 + 0.3)
    assert parts[BAD_SIGHTED] == pytest.approx(0.2)
    parts = single_use(ON_INSPECTION, 0.5, good, bad, nothing)
    assert parts[OK_BLIND] == pytest.approx(0.2)
    assert parts[BAD_SIGHTED] is None
    (only, *others) = single_use(ON_TIME, 0.5, good, bad, nothing)
    assert only == pytest.approx(1.0)
    assert others == [None, None, None]
