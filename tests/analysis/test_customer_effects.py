"""Removal effects against solving the changed chain, and defects per period."""

from __future__ import annotations

import math
import random

import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc


def test_the_known_removal_effect() -> None:
    """D6: yield 9/10 * 4/5 * 3/4; without defects at a -> b the rate is 13/40."""
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D6")))
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    assert effects["a -> b"] == pytest.approx(23 / 50 - 13 / 40, rel=1e-12)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("outcome", ["accepted_defect_rate", "defect_rate"])
def test_the_removal_effect_is_that_of_the_changed_chain(seed: int, outcome: str) -> None:
    """The second method is what a user would do: set the rate to 0 and ask again."""
    chain = quietly(as_floats(random_chain(random.Random(seed))) | {"name": "random"})
    now = qc.quality(chain).customers[outcome]
    effects = qc.customer_effects(chain, outcome=outcome).handoffs.set_index(["customer", "handoff"])["removal_effect"]  # type: ignore[arg-type]
    for handoff in chain.handoffs:
        data = chain.to_dict()
        data["handoffs"][chain.handoffs.index(handoff)]["defect_rate"] = 0.0
        without = qc.quality(quietly(data)).customers[outcome]
        for customer in now.index:
            expected = now[customer] - without[customer]
            found = effects[customer, handoff.full_name]
            assert found == pytest.approx(expected, abs=1e-12) or (math.isnan(found) and math.isnan(expected))


def test_handoffs_of_one_common_cause_become_perfect_together() -> None:
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D5")))
    data = chain.to_dict()
    for fields in data["handoffs"]:
        if "per_unit" in fields:
            fields["common_cause"] = "case"
    effects = qc.customer_effects(qc.Chain.from_dict(data)).handoffs.set_index("handoff")["removal_effect"]
    # with one good spec: 1 - (19/20)^2; with the shared one: 751/4000
    assert effects["engineering -> design: spec"] == pytest.approx(751 / 4000 - (1 - 0.95**2))
    assert effects["engineering -> production: spec"] == pytest.approx(effects["engineering -> design: spec"])


def test_defects_per_period_come_from_the_volume() -> None:
    e = qc.customer_effects(line(0.1, 0.2))
    assert e.customers.loc["Shop", "defects_per_period"] == pytest.approx(280)
    first = e.handoffs.iloc[0]
    assert (first["handoff"], first["rank"]) == ("D1 -> Shop", 1)
    assert first["defects_avoided_per_period"] == pytest.approx(180)


def test_without_a_volume_the_figure_is_missing_with_a_reason() -> None:
    e = qc.customer_effects(qc.what_if(line(0.1, 0.2), {"Shop": {"volume": None}}))
    assert math.isnan(e.customers.loc["Shop", "defects_per_period"])
    assert e.to_dict()["missing"] == {"customers/Shop/defects_per_period": "no volume is given"}


def test_a_handoff_with_no_way_to_the_customer_has_exactly_no_effect() -> None:
    chain = known_chain(next(e for e in known_chains() if e["name"].startswith("D4")))
    effects = qc.customer_effects(chain).handoffs.set_index(["customer", "handoff"])["removal_effect"]
    assert effects["A", "retail -> B"] == 0
    assert effects["A", "plant -> retail"] == 0
    assert effects["B", "plant -> A"] == 0


def test_more_defects_can_look_better_where_inspection_scraps_them() -> None:
    """A bad line that is scrapped more often weighs less in the mix: perfecting it harms the customer's rate."""
    chain = qc.Chain(
        "Mix",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department("Split"), qc.Department("Good"), qc.Department("Poor")],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Split", defect_rate=0),
            qc.Handoff("Split", "Good", share=0.5, defect_rate=0),
            qc.Handoff("Split", "Poor", share=0.5, defect_rate=0.5, inspection=qc.Inspection(1.0, on_reject="scrap")),
            qc.Handoff("Good", "Shop", defect_rate=0.01),
            qc.Handoff("Poor", "Shop", defect_rate=0.3),
        ],
    )
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    assert effects["Split -> Poor"] < 0


def test_unknown_names_are_refused_with_the_near_miss() -> None:
    e = qc.customer_effects(line(0.1, 0.2))
    with pytest.raises(ValueError, match="did you mean 'Shop'"):
        e.plot(customer="Shopp")
    with pytest.raises(ValueError, match="outcome"):
        qc.customer_effects(line(0.1), outcome="dpmo")  # type: ignore[arg-type]


def _chain(*handoffs: qc.Handoff) -> qc.Chain:
    names = {h.supplier for h in handoffs} | {h.customer for h in handoffs}
    return qc.Chain(
        "Case",
        suppliers=[qc.Supplier("S", rate=1), *([qc.Supplier("T")] if "T" in names else [])],
        departments=[qc.Department(n) for n in sorted(names - {"S", "T", "K"})],
        customers=[qc.Customer("K")],
        handoffs=handoffs,
    )


def _effect(chain: qc.Chain, handoff: str) -> float:
    effects = qc.customer_effects(chain).handoffs.set_index("handoff")["removal_effect"]
    return float(effects[handoff])


@pytest.mark.parametrize(
    ("chain", "handoff"),
    [
        (_chain(qc.Handoff("S", "D", defect_rate=1), qc.Handoff("D", "K", defect_rate=0)), "S -> D"),
        (
            _chain(
                qc.Handoff("S", "A", defect_rate=0.1),
                qc.Handoff("A", "B", defect_rate=1),
                qc.Handoff("B", "A", defect_rate=0, share=0.2),
                qc.Handoff("B", "K", defect_rate=0.2, share=0.8),
            ),
            "A -> B",
        ),
        (
            _chain(
                qc.Handoff("S", "D", defect_rate=0.1),
                qc.Handoff("D", "D", defect_rate=1, share=0.1),
                qc.Handoff("D", "K", defect_rate=0.2, share=0.9),
            ),
            "D -> D",
        ),
    ],
    ids=["line", "loop", "self loop"],
)
def test_a_handoff_that_spoils_everything_has_the_effect_of_the_changed_chain(chain: qc.Chain, handoff: str) -> None:
    now = qc.quality(chain).customers.loc["K", "accepted_defect_rate"]
    without = qc.quality(qc.what_if(chain, {handoff: {"defect_rate": 0}})).customers.loc["K", "accepted_defect_rate"]
    assert _effect(chain, handoff) == pytest.approx(now - without, rel=1e-12)


def test_a_removal_that_leaves_no_answer_is_missing_with_a_reason_and_spares_the_others() -> None:
    """Every conforming unit is rejected: only defects let units out at all."""
    chain = _chain(
        qc.Handoff("S", "D", defect_rate=0.1),
        qc.Handoff("D", "K", defect_rate=1, inspection=qc.Inspection(0.5, false_alarm=1.0)),
    )
    for outcome in ("accepted_defect_rate", "defect_rate"):
        e = qc.customer_effects(chain, outcome=outcome)  # type: ignore[arg-type]
        effects = e.handoffs.set_index("handoff")["removal_effect"]
        assert math.isnan(effects["D -> K"])
        assert effects["S -> D"] == pytest.approx(0, abs=1e-12)
        assert "units circulate for ever at 'D'" in e.missing["handoffs/K/D -> K/removal_effect"]
        assert "common cause" not in e.missing["handoffs/K/D -> K/removal_effect"]


def test_tiny_removal_effects_keep_their_digits() -> None:
    chain = _chain(qc.Handoff("S", "D", defect_rate=1e-12), qc.Handoff("D", "K", defect_rate=1e-25))
    assert _effect(chain, "D -> K") == pytest.approx(1e-25, rel=1e-9)
