"""Requirements to verdicts."""

from __future__ import annotations

import math
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.analysis.requirements import INSTEAD, MEASURED, judge
from qualitychain.model.requirement import MEASURES


def line(rate: float = 0.02, **requirement: Any) -> qc.Chain:
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("Stock", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=1)],
        customers=[qc.Customer("Shop")],
        handoffs=[qc.Handoff("Stock", "Make", defect_rate=0), qc.Handoff("Make", "Shop", defect_rate=rate)],
        requirements=[qc.Requirement(**requirement)] if requirement else [],
    )


def met(chain: qc.Chain, **options: Any) -> bool | None:
    (verdict,) = judge(chain, **options)
    return verdict.met


def test_every_measure_of_the_model_is_computed_or_says_what_to_use_instead() -> None:
    for kind, measures in MEASURES.items():
        for measure in measures:
            assert ((kind, measure) in MEASURED) != (measure in INSTEAD)


@pytest.mark.parametrize(
    ("kind", "subject", "measure", "value"),
    [
        ("customer", "Shop", "defect_rate", 0.02),
        ("customer", "Shop", "accepted_defect_rate", 0.02),
        ("customer", "Shop", "dpmo", 20_000),
        ("customer", "Shop", "z_lt", 2.0537489106318225),
        ("customer", "Shop", "sigma_level", 3.5537489106318225),
        ("customer", "Shop", "delivered", 1.0),
        ("handoff", "Make -> Shop", "presented_defect_rate", 0.02),
        ("handoff", "Make -> Shop", "accepted_defect_rate", 0.02),
        ("department", "Make", "utilization", 0.5),
    ],
)
def test_each_measure_is_judged_by_its_figure(kind: str, subject: str, measure: str, value: float) -> None:
    (verdict,) = judge(line(**{kind: subject, "measure": measure, "at_most": value * 1.01}))
    assert verdict.actual == pytest.approx(value, rel=1e-12)
    assert verdict.met is True
    assert met(line(**{kind: subject, "measure": measure, "at_most": value * 0.99})) is False
    assert met(line(**{kind: subject, "measure": measure, "at_least": value * 0.99})) is True
    assert met(line(**{kind: subject, "measure": measure, "at_least": value * 1.01})) is False


def test_a_figure_equal_to_its_bound_meets_it_whatever_the_rounding() -> None:
    chain = qc.Chain(
        "Thirds",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1)],
        requirements=[
            qc.Requirement(customer="K", measure="defect_rate", at_most=0.19),
            qc.Requirement(customer="K", measure="defect_rate", at_least=0.19),
        ],
    )
    assert [v.met for v in judge(chain)] == [True, True]


def test_the_sigma_level_is_judged_with_the_shift_asked_for() -> None:
    chain = line(customer="Shop", measure="sigma_level", at_least=3)
    assert met(chain) is True
    assert met(chain, shift=0.0) is False


def test_a_chain_without_defects_meets_any_lower_bound_of_sigma_and_no_upper_one() -> None:
    chain = line(0.0, customer="Shop", measure="sigma_level", at_least=100)
    (verdict,) = judge(chain)
    assert verdict.met is True
    assert math.isinf(verdict.actual)
    assert (
        verdict.message
        == "sigma level of customer 'Shop' at least 100.00: met, it is >= 6.0+ (no defects in the model)"
    )
    assert met(line(0.0, customer="Shop", measure="z_lt", at_most=6)) is False


def test_a_chain_of_defects_only_misses_any_lower_bound_of_sigma() -> None:
    assert met(line(1.0, customer="Shop", measure="sigma_level", at_least=0)) is False


def test_a_department_without_cycle_time_has_no_utilization_to_judge() -> None:
    chain = qc.Chain(
        "No time",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "D", defect_rate=0.1), qc.Handoff("D", "K", defect_rate=0.1)],
        requirements=[qc.Requirement(department="D", measure="utilization", at_most=0.9)],
    )
    (verdict,) = judge(chain)
    assert verdict.met is None
    assert verdict.message == "utilization of department 'D' at most 90 %: cannot be judged, no cycle_time is given"


def test_a_measure_of_a_later_release_cannot_be_judged_yet() -> None:
    chain = line(customer="Shop", measure="lead_time", quantile=0.95, at_most="5 d")
    verdicts = judge(chain)
    assert verdicts[0].met is None
    assert verdicts[0].message.startswith("95 % quantile of lead time of customer 'Shop' at most 5 d: cannot be judged")
    assert "not computed by this release" in verdicts[0].message


def test_a_chain_without_requirements_has_no_verdicts() -> None:
    assert judge(line()) == ()
