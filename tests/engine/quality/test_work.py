"""Work that needs of needs multiply beyond all counting is refused where it is asked for, and only there."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support.chains import quietly

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.quality.work import TooMuchWorkError, solve_work
from qualitychain.vocabulary.reason import Place


def needs_of_needs(levels: int) -> qc.Chain:
    """Every service needs the next 1e15 times for each of its requests."""
    names = [f"H{i}" for i in range(levels)]
    needs: list[dict[str, Any]] = [{"supplier": names[0], "customer": "D", "per_unit": 1, "defect_rate": 0.1}]
    needs += [
        {"supplier": giver, "customer": receiver, "per_unit": 1e15, "defect_rate": 0.0}
        for receiver, giver in pairwise(names)
    ]
    return quietly(
        {
            "name": "needs of needs",
            "suppliers": [{"name": "S"}],
            "departments": [{"name": "D"}, *({"name": n} for n in names)],
            "customers": [{"name": "K"}],
            "handoffs": [
                {"supplier": "S", "customer": "D", "defect_rate": 0.1},
                {"supplier": "D", "customer": "K", "defect_rate": 0.0},
                *needs,
            ],
        }
    )


def test_work_of_two_hundred_digits_is_refused_by_name() -> None:
    with pytest.raises(qc.AnalysisError, match=r"more work than can be counted at 'H14' and 'H15'.*lower per_unit"):
        qc.quality(needs_of_needs(16))
    with pytest.raises(qc.AnalysisError, match="more work than can be counted at 'H14'"):
        qc.sensitivities(needs_of_needs(16), outcome="work")


@pytest.mark.parametrize("levels", [13, 25])
def test_what_needs_no_work_is_answered_all_the_same(levels: int) -> None:
    chain = needs_of_needs(levels)
    s = qc.sensitivities(chain).table.set_index(["handoff", "parameter"])["gradient"]
    assert s["S -> D", "defect_rate"] == pytest.approx(0.9)
    causes = qc.root_causes(chain)
    assert causes.table["share"].sum() == pytest.approx(1, abs=1e-12)
    assert json.dumps(causes.to_dict(), allow_nan=False)
    if levels == 25:
        assert "more work than can be counted" in causes.late.missing[Place("customers", "K")]
        assert "no lead time" in causes.late.summary()


def test_an_effect_that_is_no_number_says_so() -> None:
    s = qc.sensitivities(needs_of_needs(25))
    place = Place("table", ("K", "H24 -> H23", "defect_rate"), "gradient")
    assert s.missing[place] == "its effect is too large to be written as a number"
    rows = s.table[(s.table["handoff"] == "H24 -> H23") & (s.table["parameter"] == "defect_rate")]
    assert rows["gradient"].isna().all()
    assert "too large" in rows["meaning"].iloc[0]


def test_the_error_of_the_engine_names_its_nodes_and_can_be_sent_between_processes() -> None:
    network = compile_chain(needs_of_needs(16)).network
    base = np.zeros(network.nodes)
    base[1] = 1.0
    with pytest.raises(TooMuchWorkError) as caught:
        solve_work(network, np.ones(len(network.pulled)), base)
    assert caught.value.nodes.tolist() == [16, 17]
    assert pickle.loads(pickle.dumps(caught.value)).nodes.tolist() == [16, 17]
