"""Inspections are set so that exactly the observed share is sent back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qualitychain.discovery.names import LONGEST, node_names
from qualitychain.discovery.returns import calibrate
from qualitychain.model.values.fields import name

RATE = st.floats(0, 1)


@given(RATE, RATE, st.floats(0, 0.99), RATE)
def test_detection_and_false_alarms_together_send_back_the_observed_share(spoilt, spoils, rejected, able):
    ability = max(able, rejected)
    found = calibrate(
        np.array([2, 0, 1]),
        np.array([0, 1, 3]),
        np.array([1.0, 1.0, 1 - rejected]),
        np.array([spoilt, spoils, 0.0]),
        np.array([0.0, rejected, 0.0]),
        ability=np.array([0.0, ability, 0.0]),
        nodes=4,
    )
    p, detect, false_alarm = found.presented[1], found.detect[1], found.false_alarm[1]
    assert abs(detect * p + false_alarm * (1 - p) - rejected) < 1e-12
    assert abs(p - (spoilt + (1 - spoilt) * spoils)) < 1e-12
    assert false_alarm <= rejected + 1e-12
    assert detect >= rejected - 1e-12


def test_nonconforming_units_going_round_a_loop_gather_until_what_is_made_is_what_leaves():
    # 0 -> 1 always, 1 -> 0 half the time: two visits each; each arrival from 1 is as bad as what 1 holds
    flow = np.array([1.0, 2.0, 1.0, 1.0])
    found = calibrate(
        np.array([2, 0, 1, 1]),
        np.array([0, 1, 0, 3]),
        flow,
        np.array([0.0, 0.1, 0.0, 0.0]),
        np.zeros(4),
        ability=np.zeros(4),
        nodes=4,
    )
    # with b the bad share after 0: arrivals at 0 are half fresh, so b = b/2 + (1 - b/2) / 10
    assert abs(found.presented[1] - 0.1 / 0.55) < 1e-12
    assert found.detect.tolist() == [0.0] * 4


@given(st.lists(st.text(max_size=6), max_size=8))
def test_any_labels_become_names_that_a_model_takes(labels):
    names, codes, changed = node_names(labels)
    assert len(set(names)) == len(names)
    assert [name(n) for n in names] == names
    assert len(codes) == len(labels)
    assert changed == sum(names[c] != label for c, label in zip(codes, labels, strict=True))


def test_long_labels_that_share_a_beginning_stay_apart():
    names, codes, _ = node_names(["x" * 300, "x" * 301, "x" * LONGEST])
    assert len(set(names)) == 3
    assert all(len(n) <= LONGEST for n in names)
    assert names[codes[2]] == "x" * LONGEST
