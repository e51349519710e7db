"""Advice on promises: nothing in a valid chain makes it fail, and nothing in it fails a check."""

from __future__ import annotations

import itertools

import pytest

import qualitychain as qc
from qualitychain.checks import promises

GRID = list(
    itertools.product((1, 7, 1000, 10**6), (0.5, 2.0, 3.0, 4.5, 6.0), (0.0, 1e-9, 1e-3, 0.02, 0.5, 0.9), (0.05, 0.9))
)


def one_handoff(opportunities: int, level: float, rate: float, promised: float) -> qc.Chain:
    return qc.Chain(
        "One",
        suppliers=[qc.Supplier("S", rate=1)],
        customers=[qc.Customer("K", opportunities=opportunities)],
        handoffs=[qc.Handoff("S", "K", defect_rate=rate, sla=qc.Sla(defect_rate=promised))],
        requirements=[qc.Requirement(customer="K", measure="sigma_level", at_least=level)],
    )


def test_promises_are_judged_at_every_rate_bound_and_number_of_opportunities() -> None:
    for point in GRID:
        checked = qc.check(one_handoff(*point))
        assert not any("could not be held" in sentence for sentence in checked.left_out), point
        assert qc.sla_adequacy(one_handoff(*point)) is not None


def test_a_bound_that_allows_nearly_every_unit_to_have_a_defect_is_met() -> None:
    # a thousand opportunities: three sigma allow 1 - (1 - 0.0668)^1000 of the units, which is 1 to the last digit
    checked = qc.check(one_handoff(1000, 3.0, 0.02, 0.05))
    assert checked.ok
    assert [finding.code for finding in checked.found] == ["QC100"]


@pytest.mark.parametrize("far", ["60 d", "99 years"])
def test_times_that_a_customer_does_not_depend_on_are_not_stretched(far: str) -> None:
    export = {"60 d": "60 d", "99 years": f"{99 * 365} d"}[far]
    chain = qc.Chain(
        "Two ways",
        suppliers=[qc.Supplier("S", rate=1)],
        customers=[qc.Customer("Shop"), qc.Customer("Export")],
        handoffs=[
            qc.Handoff("S", "Shop", share=0.5, defect_rate=0.01, lead_time=1, sla=qc.Sla(lead_time=2)),
            qc.Handoff("S", "Export", share=0.5, defect_rate=0.01, lead_time=export),
        ],
        requirements=[qc.Requirement(customer="Shop", measure="lead_time", at_most="30 d")],
    )
    assert qc.check(chain, advice=True).ok
    needed = qc.sla_adequacy(chain).table.set_index("handoff")["needed"]
    assert needed["S -> Shop"] == pytest.approx(720, rel=1e-3)


def test_advice_that_breaks_is_told_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import qualitychain.improvement.allocate.sla_adequacy as room

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("somewhere deep")

    monkeypatch.setattr(room, "needs_of", broken)
    checked = qc.check(one_handoff(1, 3.0, 0.02, 0.05))
    assert checked.ok
    assert promises.FAILED.format(error="ZeroDivisionError: somewhere deep") in checked.left_out


def test_a_budget_of_nothing_is_the_empty_choice() -> None:
    chain = one_handoff(1, 3.0, 0.02, 0.05)
    project = qc.Project("Jig", cost=5, changes={"S -> K": {"defect_rate": 0.01}})
    plan = qc.improve(chain, [project], budget=0, objective="accepted_defect_rate")
    assert plan.chosen == ()
    assert plan.value == plan.before == pytest.approx(0.02)


def test_a_bound_missed_by_little_is_told_apart_from_what_it_is() -> None:
    chain = one_handoff(1, 3.0, 0.02, 0.05)
    level = float(qc.quality(chain).customers.loc["K", "sigma_level"])
    missed = qc.what_if(chain, {})
    missed = qc.Chain.from_dict(
        missed.to_dict() | {"requirements": [{"customer": "K", "measure": "sigma_level", "at_least": level + 1e-5}]}
    )
    finding = qc.check(missed).found[0]
    said, asked = finding.message.split("(")[1].split(" is asked")[0].split(" where ")
    assert finding.met is False
    assert said != asked
    assert float(said) < float(asked)
