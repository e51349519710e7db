from __future__ import annotations

import warnings
from itertools import pairwise

import pytest

import qualitychain as qc
from qualitychain.model.rules.lookalike import skeleton


def chain(*names: str) -> qc.Chain:
    departments = [qc.Department(n) for n in names]
    ends = ["S", *names, "K"]
    handoffs = [qc.Handoff(a, b, defect_rate=0) for a, b in pairwise(ends)]
    return qc.Chain(
        "C", suppliers=[qc.Supplier("S")], departments=departments, customers=[qc.Customer("K")], handoffs=handoffs
    )


@pytest.mark.parametrize("other", ["sales", "Sales ", "\u0405\u0430les", "S\u0430les", "\uff33ales", "Sales\u00a0"])
def test_names_that_look_alike_are_warned_of(other: str) -> None:
    with pytest.warns(qc.ChainWarning, match="QC041 department .* looks like 'Sales'"):
        chain("Sales", other)


@pytest.mark.parametrize(
    "names",
    [
        ("Sales", "Sale"),
        ("Line 1", "Line 2"),
        ("\u041e\u0442\u0434\u0435\u043b", "\u041e\u0442\u0434\u0435\u043b\u044b"),
        ("Ecole", "\u00c9cole"),
    ],
)
def test_names_that_differ_to_the_eye_are_not(names: tuple[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chain(*names)


def test_the_skeleton_of_a_name_is_its_own_skeleton() -> None:
    for name in ("Quality  control", "\u0421\u0430\u0444\u0435", "\ufb01t", "STRASSE"):
        assert skeleton(skeleton(name)) == skeleton(name)
