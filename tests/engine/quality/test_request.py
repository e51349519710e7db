"""Rounds of one pulled request: closed forms in exact fractions, tails that keep their digits, no end at all."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest

from qualitychain.engine.quality.moves import PARAMETERS, REJECTED, SHOWN, Terms, classes_of, slope
from qualitychain.engine.quality.request import Rounds, input_slopes, rounds_at

CASES = [
    (F(1, 5), F(3, 4), F(1, 10), F(1, 2), F(1, 3), F(1, 4)),
    (F(1, 10**18), F(9, 10), F(1, 20), F(1), F(2, 10**18), F(0)),
    (F(1, 50), F(1, 10**10), F(2, 10**10), F(1, 2), F(0), F(1, 10**9)),
    (F(3, 10), F(1), F(0), F(1, 4), F(1, 100), F(1, 10**6)),
]
"""Defect rate, detection, false alarm and fix, then the chances of a spoilt and of a blinded draw."""


def terms_of(case: tuple[F, ...], *, returned: bool) -> Terms:
    defect, detect, alarm, fix = (np.array([float(value)]) for value in case[:4])
    flag = np.array([True])
    return Terms(defect, detect, alarm, fix, np.zeros(1), np.ones(1), flag if returned else ~flag, flag)


def closed_form(case: tuple[F, ...], *, returned: bool) -> tuple[F, F, F]:
    """Chance of a bad result, further draws, and rejects of one request (formulas: Pulled services)."""
    defect, detect, alarm, fix, spoilt, blind = case
    p, found, alarm = spoilt + defect - spoilt * defect, detect * (1 - blind), alarm * (1 - blind)
    if not returned:
        return p * (1 - found * fix), F(0), p * found + (1 - p) * alarm
    stays = 1 - found * (1 - fix)
    ends_bad = (1 - found) / stays
    ends = (1 - p) * (1 - alarm) + p * ends_bad
    draws = (1 + p * found * (1 - fix) / stays) / ends
    return p * ends_bad / ends, draws - 1, draws - 1


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_rounds_are_their_closed_forms_to_the_last_digits(case: tuple[F, ...], returned: bool) -> None:
    rounds = rounds_at(terms_of(case, returned=returned), *(np.array([float(value)]) for value in case[4:]))
    bad, further, rejects = closed_form(case, returned=returned)
    assert rounds.bad[0] == pytest.approx(float(bad), rel=1e-14)
    assert rounds.draws[0] == pytest.approx(float(1 + further), rel=1e-14)
    assert rounds.count(REJECTED)[0] == pytest.approx(float(rejects), rel=1e-14)


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_slopes_are_the_derivatives_of_the_closed_forms(case: tuple[F, ...], returned: bool) -> None:
    terms, inputs = terms_of(case, returned=returned), [np.array([float(value)]) for value in case[4:]]
    rounds = rounds_at(terms, *inputs)
    visit = list(classes_of(1 - inputs[0], inputs[0], 1 - inputs[1], inputs[1]).T)
    changes = [slope(terms, name, visit) for name in PARAMETERS[:4]] + input_slopes(terms, *inputs)
    found = [rounds.slopes(flags, changes)[:, 0] for flags in (rounds.ends_bad, REJECTED & terms.returned, REJECTED)]
    step = F(1, 10**60)
    for i in range(len(case)):
        nearby = [tuple(value + sign * step * (j == i) for j, value in enumerate(case)) for sign in (1, -1)]
        up, down = (closed_form(other, returned=returned) for other in nearby)
        for row, high, low in zip(found, up, down, strict=True):
            # the floats of 1 / 10 and the like are off by their last digit, and so is what is formed from them
            assert row[i] == pytest.approx(float((high - low) / (2 * step)), rel=1e-9, abs=1e-30)


def test_a_request_whose_draws_are_all_rejected_never_ends() -> None:
    terms = terms_of((F(1, 5), F(1), F(1), F(1)), returned=True)
    rounds = rounds_at(terms, np.zeros(1), np.zeros(1))
    assert rounds.draws.tolist() == [np.inf]
    assert rounds.bad.tolist() == [1.0]
    assert rounds.count(SHOWN == 1).tolist() == [0.0]


def test_what_is_thinned_out_ends_in_neither_result() -> None:
    terms = terms_of((F(1, 5), F(1, 2), F(1, 10), F(1, 2)), returned=True)
    every = Rounds(terms, list(classes_of(np.ones(1), 0.0, 1.0, 0.0).T)).count(terms.handed_on)
    most = Rounds(terms, list(classes_of(0.9 * np.ones(1), 0.0, 1.0, 0.0).T), whole=False).count(terms.handed_on)
    assert every[0] == pytest.approx(1.0)
    # each draw is left out with a chance of 0.1, and some requests take several
    assert most[0] < 0.9
