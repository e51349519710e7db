from __future__ import annotations

import random

import pytest

import qualitychain as qc
from qualitychain.model.rules.certainty import Inputs, request, step

CHANCES = (0.0, 0.5, 1.0)


def acted(handoff: qc.Handoff, rng: random.Random, spoilt: float, blind: float) -> bool | None:
    """One request told step by step: whether its result is bad, or None when it has not ended after 200 draws."""
    look = handoff.inspection
    assert look is not None
    bad = False
    for _ in range(200):
        bad = bad or rng.random() < spoilt or rng.random() < (handoff.defect_rate or 0.0)
        seeing = look.by == "customer" or rng.random() >= blind
        if not (seeing and rng.random() < look.detect if bad else rng.random() < look.false_alarm):
            return bad
        if look.on_reject == "concession":
            return bad
        mended = look.on_reject == "scrap" or rng.random() < look.fix
        if look.on_reject == "repair":
            return bad and not mended
        bad = bad and not mended
    return None


@pytest.mark.parametrize("on_reject", ["rework", "repair", "scrap", "concession"])
def test_what_may_and_must_happen_is_what_happens_when_acted_out(on_reject: str) -> None:
    rng = random.Random(on_reject)
    for _ in range(250):
        look = qc.Inspection(
            rng.choice(CHANCES),
            false_alarm=rng.choice((0.0, 0.5)),
            by=rng.choice(("customer", "supplier")),  # type: ignore[arg-type]
            on_reject=on_reject,  # type: ignore[arg-type]
            fix=rng.choice(CHANCES),
        )
        handoff = qc.Handoff("A", "B", per_unit=1, defect_rate=rng.choice(CHANCES), inspection=look)
        spoilt, blind = rng.choice(CHANCES), rng.choice(CHANCES)
        may, must, ends = request(handoff, Inputs(spoilt > 0, spoilt == 1, blind > 0, blind == 1))
        results = {acted(handoff, rng, spoilt, blind) for _ in range(60)}
        assert ends == (None not in results)
        if ends:
            assert may == (True in results)
            assert must == (False not in results)


def test_no_inspection_detects_nothing_and_alarms_never() -> None:
    moves = step(qc.Handoff("A", "B", defect_rate=0.5), Inputs())
    assert (moves.stays_good, moves.turns_bad, moves.detects, moves.alarms, moves.misses, moves.passes) == (
        True,
        True,
        False,
        False,
        True,
        True,
    )
