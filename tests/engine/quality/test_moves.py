"""The table of moves: chances that add up, tails that keep their digits, and derivatives that are exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from qualitychain.engine.network.network import Handoffs
from qualitychain.engine.quality.moves import (
    BEGINS,
    DAMAGED,
    ENDS,
    MOVES,
    PARAMETERS,
    REJECTED,
    SHOWN,
    Terms,
    by_class,
    chances,
    classes_of,
    counts,
    slope,
)

WAYS = ("concession", "repair", "rework", "scrap")


def handoffs(**fields: Any) -> Handoffs:
    """One handoff for each way to treat a reject, once inspected by the receiver and once by the giver."""
    count = 2 * len(WAYS)
    nodes, one = np.zeros(count, dtype=np.int64), np.ones(count)
    given = {"defect": 0.25, "detect": 0.5, "alarm": 0.125, "fix": 0.75, "transit": 0.0} | fields
    return Handoffs(
        giver=nodes,
        receiver=nodes,
        back=nodes,
        share=one,
        by_giver=np.repeat([False, True], len(WAYS)),
        repaired=np.array([way == "repair" for way in WAYS] * 2),
        reworked=np.array([way == "rework" for way in WAYS] * 2),
        scrapped=np.array([way == "scrap" for way in WAYS] * 2),
        **{name: value * one for name, value in given.items()},
    )


def visit(spoilt: float, blind: float, count: int = 8) -> list[np.ndarray]:
    return list(np.tile(classes_of(1 - spoilt, spoilt, 1 - blind, blind)[:, None], count))


def test_something_happens_to_every_unit_for_sure() -> None:
    found = chances(Terms.of(handoffs()), visit(0.3, 0.2))
    for begins in (0, 1):
        assert (found * (begins == BEGINS)).sum(axis=0) == pytest.approx(np.ones(8), abs=1e-15)


def test_chances_are_those_of_the_story() -> None:
    # a quarter spoilt by inputs, of the rest a quarter by the work; half are found, if a giver is not blinded (1 / 5)
    bad = Fraction(1, 4) + Fraction(3, 4) * Fraction(1, 4)
    found = chances(Terms.of(handoffs()), visit(0.25, 0.2))
    for column, seeing in ((2, Fraction(1)), (6, Fraction(4, 5))):
        caught, alarm = Fraction(1, 2) * seeing, Fraction(1, 8) * seeing
        inspected = (1 - caught, caught * Fraction(3, 4), 0, caught * Fraction(1, 4))
        expected = [(1 - bad) * (1 - alarm), 0, (1 - bad) * alarm, 0, *(bad * part for part in inspected), *inspected]
        assert found[:, column] == pytest.approx([float(chance) for chance in expected], rel=1e-15)


def test_the_way_damages_before_the_receivers_inspection_and_after_the_givers() -> None:
    found = chances(Terms.of(handoffs(transit=0.2)), visit(0.25, 0.2))
    shown = (found * ((BEGINS == 0) & (SHOWN == 1))).sum(axis=0)
    bad = 1 - 0.75 * 0.75
    assert shown == pytest.approx([1 - 0.75 * 0.75 * 0.8] * 4 + [bad] * 4, rel=1e-15)
    # the giver's: what is accepted, conceded (with its false alarms) or repaired travels, and a fifth is damaged
    accepted, alarmed, cleared = (1 - bad) * 0.9, (1 - bad) * 0.1, bad * 0.5 * 0.8 * 0.75
    damaged = (found * ((BEGINS == 0) & DAMAGED)).sum(axis=0)
    expected = [0.0] * 4 + [
        0.2 * (accepted + alarmed),
        0.2 * (accepted + alarmed + cleared),
        0.2 * accepted,
        0.2 * accepted,
    ]
    assert damaged == pytest.approx(expected, rel=1e-14)


def test_rates_and_blindness_of_1e_18_keep_their_digits() -> None:
    found = chances(Terms.of(handoffs(defect=1e-18, detect=1.0, alarm=0.0, fix=1.0)), visit(2e-18, 3e-18))
    missed = MOVES.index((1, 1, False, 1, False))
    assert found[missed, 4:] == pytest.approx(np.full(4, 3e-18), rel=1e-15)
    assert found[missed, :4].tolist() == [0.0] * 4
    spoilt = found[[m for m, move in enumerate(MOVES) if move.begins < move.shown]].sum(axis=0)
    assert spoilt == pytest.approx(np.full(8, 3e-18), rel=1e-15)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_slopes_are_the_differences_of_a_table_that_is_affine_in_its_parameters(parameter: str) -> None:
    terms, inputs = Terms.of(handoffs()), visit(0.3, 0.2)
    one, zero = (chances(replace(terms, **{parameter: np.full(8, value)}), inputs) for value in (1.0, 0.0))
    expected = (one - zero) * (terms.mends if parameter == "fix" else 1.0)
    assert slope(terms, parameter, inputs) == pytest.approx(expected, abs=1e-15)


def test_a_class_of_visits_is_one_column_of_the_table() -> None:
    terms, inputs = Terms.of(handoffs()), visit(0.3, 0.2)
    mixed = np.einsum("cmn,cn->mn", by_class(terms), np.array(inputs))
    assert mixed == pytest.approx(chances(terms, inputs), abs=1e-15)


def test_what_a_receiver_sees_and_keeps_depends_on_who_inspects_and_what_follows() -> None:
    flags = counts(Terms.of(handoffs()))
    uncleared = MOVES.index((0, 1, True, 1, False))
    # conceded and repaired units go on, reworked and scrapped ones do not
    assert flags["accepted"][uncleared].tolist() == 2 * [True, True, False, False]
    assert flags["presented"][uncleared].tolist() == 4 * [True] + [True, True, False, False]
    cleared = MOVES.index((0, 1, True, 0, False))
    # at the receiver's own inspection it still is what it was shown as
    assert flags["presented_bad"][cleared].tolist() == 4 * [True] + 4 * [False]


def test_what_a_giver_keeps_back_is_not_carried() -> None:
    terms = Terms.of(handoffs())
    rejected = np.broadcast_to(REJECTED, terms.carried.shape)
    assert terms.carried[~rejected].all()
    assert terms.carried[MOVES.index((0, 0, True, 0, False))].tolist() == 4 * [True] + [True, True, False, False]


def test_units_made_bad_are_cleared_or_end_bad() -> None:
    flags = counts(Terms.of(handoffs()))
    balance = flags["made"].astype(int) - flags["cleared"] - (ENDS - BEGINS)
    assert not balance.any()


def test_scrap_of_a_request_is_replaced_by_a_good_start() -> None:
    terms = Terms.of(handoffs(), replaced=True)
    assert terms.fix.tolist() == 2 * [0.0, 0.75, 0.75, 1.0]
