"""Effects of perfecting one handoff at a time, against changing the chain and asking again."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.chains import quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.questions import rates_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.causes.removal_effects import removal_effects
from qualitychain.analysis.causes.root_causes import root_causes_of
from qualitychain.analysis.customers.customer_effects import customer_effects_of
from qualitychain.vocabulary.reason import Place, Reason

EXAMPLE = Path(__file__).parents[3] / "examples" / "order-to-delivery.chain.yaml"


@pytest.mark.parametrize("outcome", ["accepted_defect_rate", "defect_rate"])
@pytest.mark.parametrize("seed", range(5))
def test_an_effect_is_that_of_the_changed_chain(seed: int, outcome: Any) -> None:
    chain = quietly(as_floats(random_chain(random.Random(seed))) | {"name": "random"})
    study = Study(chain)
    effects = removal_effects(study, outcome=outcome).effects
    for place in range(len(chain.handoffs)):
        data = chain.to_dict()
        data["handoffs"][place]["defect_rate"] = 0.0
        better = study.of(quietly(data))
        expected = study.ask(rates_of, outcome=outcome) - better.ask(rates_of, outcome=outcome)
        assert effects[place] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_removal_without_an_answer_is_missing_for_every_customer_with_the_reason() -> None:
    """Every conforming unit is rejected: only defects let units out at all."""
    chain = qc.Chain(
        "Case",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", defect_rate=1, inspection=qc.Inspection(0.5, false_alarm=1.0)),
        ],
    )
    study = Study(chain)
    removals = removal_effects(study)
    assert math.isnan(removals.effects[1, 0])
    assert removals.effects[0, 0] == pytest.approx(0, abs=1e-12)
    missing = removals.missing(study.compiled, "table", [0])
    assert "units circulate for ever at 'D'" in missing[Place("table", ("K", "D -> K"), "removal_effect")]


def test_where_few_may_be_solved_again_the_first_come_first() -> None:
    chain = qc.Chain(
        "Inputs",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("IT"), qc.Department("HR")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", defect_rate=0.1),
            qc.Handoff("IT", "D", per_unit=1, defect_rate=0.1),
            qc.Handoff("HR", "D", per_unit=1, defect_rate=0.2),
        ],
    )
    study = Study(chain)
    removals = removal_effects(study, most=1, first=np.array([0.0, 0.0, 0.1, 0.2]))
    assert np.isnan(removals.effects[:, 0]).tolist() == [False, False, True, False]
    missing = removals.missing(study.compiled, "table", [0])
    assert {place: why.reason for place, why in missing.items()} == {
        Place("table", ("K", "IT -> D"), "removal_effect"): Reason.LEFT_OUT
    }


def test_one_common_cause_is_solved_once_for_all_its_handoffs() -> None:
    shared: dict[str, Any] = {"item": "spec", "per_unit": 1, "defect_rate": 0.1, "common_cause": "case"}
    chain = qc.Chain(
        "Shared",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("E"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "E", defect_rate=0),
            qc.Handoff("E", "K", defect_rate=0.5),
            qc.Handoff("IT", "D", **shared),
            qc.Handoff("IT", "E", **shared),
        ],
    )
    effects = removal_effects(Study(chain)).effects
    assert effects[3, 0] == effects[4, 0] == pytest.approx(0.55 - 0.5)


def test_root_causes_and_effects_on_customers_share_each_removal(monkeypatch: pytest.MonkeyPatch) -> None:
    study, solved = Study(qc.read_chain(EXAMPLE)), 0
    solve = Compiled.solve

    def counted(self: Compiled, *given: Any, **options: Any) -> Any:
        nonlocal solved
        solved += 1
        return solve(self, *given, **options)

    monkeypatch.setattr(Compiled, "solve", counted)
    causes = study.ask(root_causes_of)
    once = solved
    effects = study.ask(customer_effects_of, lead_times=False)
    assert solved == once
    mine = causes.table.set_index(["customer", "handoff"])["removal_effect"]
    theirs = effects.handoffs.set_index(["customer", "handoff"])["removal_effect"]
    assert mine.sort_index().tolist() == theirs.sort_index().tolist()
