"""Why more defects may look better: only what is true of the chain is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.chains import quietly

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.sensitivity.sensitivity_words import only_blind


def blinded(aid: str = "inspection", **service: Any) -> qc.Chain:
    """A's bad units go on to B, whose line serves K badly; H helps A to see them."""
    look = {"detect": 0.9, "by": "supplier", "rework_to": "B", "fix": 0.5}
    return quietly(
        {
            "name": "blinded",
            "suppliers": [{"name": "S1", "rate": 1}, {"name": "S2", "rate": 1}],
            "departments": [{"name": n} for n in ("A", "B", "Good", "H", "G")],
            "customers": [{"name": "K"}, {"name": "K2"}],
            "handoffs": [
                {"supplier": "S1", "customer": "A", "defect_rate": 0},
                {"supplier": "S2", "customer": "Good", "defect_rate": 0},
                {"supplier": "A", "customer": "K2", "defect_rate": 0.3, "inspection": look},
                {"supplier": "B", "customer": "K", "defect_rate": 0.6},
                {"supplier": "Good", "customer": "K", "defect_rate": 0.01},
                {"supplier": "H", "customer": "A", "defect_rate": 0.1, "per_unit": 1, "affects": aid},
                {"supplier": "G", "customer": "H", "defect_rate": 0.1, "per_unit": 1, **service},
            ],
        }
    )


def said(chain: qc.Chain, handoff: str) -> str:
    table = qc.sensitivities(chain, customer="K").table
    return str(table[(table["handoff"] == handoff) & (table["parameter"] == "defect_rate")]["meaning"].iloc[0])


@pytest.mark.parametrize("handoff", ["H -> A", "G -> H"])
def test_a_bad_aid_of_an_inspection_looks_better_because_it_blinds_it(handoff: str) -> None:
    sentence = said(blinded(), handoff)
    assert "lowers" in sentence
    assert "more defects here would look better at 'K', because they blind an inspection" in sentence
    assert "because inspection removes them" not in sentence


def test_a_bad_input_that_spoils_units_is_not_said_to_blind() -> None:
    assert "raises" in said(blinded("unit"), "H -> A")
    assert "blind" not in said(blinded("unit"), "H -> A")


def test_what_blinds_the_inspection_of_a_service_spoils_in_the_end() -> None:
    chain = blinded("unit", affects="inspection")
    network = compile_chain(chain).network
    rows = {int(g): i for i, g in enumerate(network.pulled.giver)}
    h, g = (rows[compile_chain(chain).nodes.index(name)] for name in ("H", "G"))
    assert only_blind(network)[[h, g]].tolist() == [False, True]
    seen = {"detect": 0.5, "by": "supplier"}
    data = chain.to_dict()
    data["handoffs"][5]["inspection"] = seen
    inspected = compile_chain(qc.Chain.from_dict(data)).network
    assert only_blind(inspected)[[h, g]].tolist() == [False, False]
    assert np.array_equal(only_blind(compile_chain(blinded()).network)[[h, g]], [True, True])
