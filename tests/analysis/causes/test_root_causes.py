"""Root causes as a user sees them: shares, removal effects, departments, reasons."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.causes import root_causes as module
from qualitychain.engine.causes import path_shares
from qualitychain.errors import UnknownCustomerError
from qualitychain.vocabulary.reason import Place

mpl.use("Agg")

EXAMPLES = {e["name"][:2]: e for e in known_chains()}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if any("root_cause" in x for x in EXAMPLES[n]["expected"])])
def test_shares_equal_the_known_answers(name: str) -> None:
    chain, expected = known_chain(EXAMPLES[name]), EXAMPLES[name]["expected"]
    pairs = qc.root_causes(chain).pairs.set_index(["customer", "handoff_supplier", "handoff_customer"])["share"]
    for key in (key for key in expected if key.startswith("root_cause.")):
        _, customer, handoff = key.split(".", 2)
        ends = handoff.split("->")
        assert pairs[(customer, *ends)] == pytest.approx(float(Fraction(expected[key]["exact"])), rel=1e-12)


@pytest.mark.parametrize("method", ["escape", "path"])
@pytest.mark.parametrize("options", [{}, {"common_causes": True}, {"cycles": "linear"}], ids=["", "causes", "circle"])
@pytest.mark.parametrize("seed", range(4))
def test_shares_add_up_to_one_by_handoff_by_department_and_by_pair(
    method: Any, options: dict[str, Any], seed: int
) -> None:
    chain = quietly(as_floats(random_chain(random.Random(seed), **options)) | {"name": "chain"})
    r = qc.root_causes(chain, method=method)
    rate = qc.quality(chain).customers["accepted_defect_rate"]
    for customer, row in r.customers.iterrows():
        assert row["accepted_defect_rate"] == pytest.approx(rate[customer], rel=1e-12, nan_ok=True)
        allowed = 1e-12 if method == "escape" else max(row["error"], 1e-12)
        for table in (r.table, r.departments, r.pairs):
            mine = table[table["customer"] == customer]
            if rate[customer] > 0:
                assert abs(mine["share"].sum() - 1) <= allowed
            else:
                assert mine["share"].isna().all()
        mine = r.table[r.table["customer"] == customer]
        assert mine["share"].fillna(0).is_monotonic_decreasing
        assert mine["contribution"].sum() == pytest.approx(rate[customer] or 0.0, rel=2 * allowed, nan_ok=True)


@pytest.mark.parametrize("seed", range(4))
def test_the_removal_effect_stands_beside_the_share(seed: int) -> None:
    chain = quietly(as_floats(random_chain(random.Random(seed), common_causes=seed % 2 == 1)) | {"name": "chain"})
    table = qc.root_causes(chain).table.set_index(["customer", "handoff"])
    effects = qc.customer_effects(chain).handoffs.set_index(["customer", "handoff"])["removal_effect"]
    for place, effect in effects.items():
        assert table["removal_effect"][place] == pytest.approx(effect, rel=1e-12, abs=1e-15, nan_ok=True)


def test_perfecting_every_handoff_alone_does_not_add_up_but_shares_do() -> None:
    table = qc.root_causes(line(0.1, 0.2)).table.set_index("handoff")
    assert table["share"].to_dict() == pytest.approx(
        {"Stock -> D1": 0.1 * 0.8 / 0.28 + 0.02 / 0.28} | {"D1 -> Shop": 0.18 / 0.28}
    )
    assert table["contribution"].sum() == pytest.approx(0.28)
    assert table["removal_effect"].to_dict() == pytest.approx({"Stock -> D1": 0.08, "D1 -> Shop": 0.18})


def test_departments_are_the_sum_of_what_they_give() -> None:
    r = qc.root_causes(known_chain(EXAMPLES["D5"]))
    departments = r.departments.set_index("department")["share"]
    assert departments["engineering"] == pytest.approx(0.3624872200018589 + 0.3099265731015894, rel=1e-12)
    assert list(departments.index[:1]) == ["engineering"]


def test_one_customer_can_be_asked_for() -> None:
    chain = known_chain(EXAMPLES["D4"])
    every, one = qc.root_causes(chain), qc.root_causes(chain, customer="B")
    assert set(one.table["customer"]) == {"B"}
    assert list(one.customers.index) == ["B"]
    mine = every.table[every.table["customer"] == "B"].set_index("handoff")["share"]
    assert one.table.set_index("handoff")["share"].to_dict() == mine.to_dict()


def test_several_customers_can_be_asked_for() -> None:
    chain = known_chain(EXAMPLES["D4"])
    names = [c.name for c in chain.customers]
    some = qc.root_causes(chain, customer=names[:2])
    assert list(some.customers.index) == names[:2]
    with pytest.raises(UnknownCustomerError):
        qc.root_causes(chain, customer=[names[0], "nobody"])


def test_unknown_customers_and_methods_are_refused_with_the_near_miss() -> None:
    with pytest.raises(UnknownCustomerError, match="did you mean 'Shop'"):
        qc.root_causes(line(0.1), customer="Shopp")
    with pytest.raises(UnknownCustomerError, match="did you mean 'Shop'"):
        qc.root_causes(line(0.1)).plot("Shopp")
    with pytest.raises(ValueError, match="'escape' or 'path'"):
        qc.root_causes(line(0.1), method="shapley")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["escape", "path"])
def test_a_customer_without_nonconforming_units_has_no_shares_and_a_reason(method: Any) -> None:
    nothing_passes = qc.Inspection(1, false_alarm=1, on_reject="scrap")
    chain = qc.Chain(
        "Three doors",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D")],
        customers=[qc.Customer("Fine"), qc.Customer("Nobody"), qc.Customer("Poor")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "Fine", share=0.3, defect_rate=0),
            qc.Handoff("D", "Nobody", share=0.2, defect_rate=0.1, inspection=nothing_passes),
            qc.Handoff("D", "Poor", share=0.5, defect_rate=0.1),
        ],
    )
    r = qc.root_causes(chain, method=method)
    share = r.table.set_index(["customer", "handoff"])["share"]
    assert share["Fine"].isna().all()
    assert share["Nobody"].isna().all()
    assert share["Poor", "D -> Poor"] == pytest.approx(1, rel=1e-15)
    effects = r.table.set_index(["customer", "handoff"])["removal_effect"]
    assert effects["Nobody"].isna().all()
    assert effects["Fine"].tolist() == [0.0] * 4
    assert r.reason_for("table", "Fine", "share") == "no nonconforming unit comes to this customer"
    assert r.reason_for("table", "Nobody", "share") == "no unit is delivered to this customer"
    assert "no nonconforming unit" in r.summary()
    assert "made 100 % of them" in r.summary()


def test_path_shares_say_how_far_the_quadrature_may_be_off_and_can_be_negative() -> None:
    """A bad line that is scrapped more often weighs less in the mix: its defects look good at the customer."""
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
    r = qc.root_causes(chain, method="path")
    share = r.table.set_index("handoff")["share"]
    assert share["Split -> Poor"] < 0
    assert share.sum() == pytest.approx(1, rel=1e-12)
    assert 0 < r.customers.loc["Shop", "error"] < 1e-6
    assert not r.exact
    assert "quadrature" in r.method
    escaped = qc.root_causes(chain).table.set_index("handoff")["share"]
    assert escaped["Split -> Poor"] == 0


def test_handoffs_of_one_common_cause_divide_its_share_along_the_path() -> None:
    chain = known_chain(EXAMPLES["D5"])
    data = chain.to_dict()
    for fields in data["handoffs"]:
        if "per_unit" in fields:
            fields["common_cause"] = "case"
    shared = qc.Chain.from_dict(data)
    share = qc.root_causes(shared, method="path").table.set_index("handoff")["share"]
    escaped = qc.root_causes(shared).table.set_index("handoff")["share"]
    specs = [name for name in share.index if name.startswith("engineering")]
    assert specs == ["engineering -> design: spec", "engineering -> production: spec"]
    # a bad spec has spoilt the unit before it is used again
    assert escaped[specs[1]] == share[specs[1]] == 0
    assert share[specs[0]] > 0.5
    assert share.sum() == pytest.approx(1, rel=1e-10)


def test_a_path_through_a_chain_without_an_answer_is_refused_in_the_names_of_the_chain() -> None:
    """Conforming results are mostly rejected, so with fewer defects IT needs itself more than once per request."""
    chain = qc.Chain(
        "False alarms",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", defect_rate=0.1),
            qc.Handoff("IT", "D", per_unit=1, defect_rate=0.1),
            qc.Handoff(
                "IT",
                "IT",
                per_unit=0.5,
                affects="time",
                defect_rate=0.9,
                inspection=qc.Inspection(0, false_alarm=0.9),
            ),
        ],
    )
    assert qc.root_causes(chain).table["share"].sum() == pytest.approx(1)
    with pytest.raises(qc.AnalysisError, match=r"no shares along the path: with all defect rates at .* 'IT' need"):
        qc.root_causes(chain, method="path")


def test_a_rate_that_does_not_fall_to_none_on_the_path_has_no_shares_along_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """False alarms send IT back to itself until a defect slips through: with ever fewer defects still 44 % are bad."""
    chain = qc.Chain(
        "Stubborn",
        suppliers=[qc.Supplier("S")],
        departments=[qc.Department("D"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0.1),
            qc.Handoff("IT", "D", per_unit=1, defect_rate=0.1),
            qc.Handoff("IT", "IT", per_unit=0.5, defect_rate=0.9, inspection=qc.Inspection(0, false_alarm=0.9)),
        ],
    )
    monkeypatch.setattr(path_shares, "POINTS", (6, 10))
    r = qc.root_causes(chain, method="path")
    assert r.table["share"].isna().all()
    assert r.customers.loc["K", "error"] > 0.5
    assert "do not add up to its rate" in (r.reason_for("table", "K", "share") or "")
    assert "do not add up to its rate" in r.summary()
    assert qc.root_causes(chain).table["share"].sum() == pytest.approx(1, rel=1e-12)


def test_removal_effects_that_take_too_many_solutions_are_left_out_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SOLVED_AGAIN", 1)
    r = qc.root_causes(known_chain(EXAMPLES["D5"]))
    effects = r.table.set_index("handoff")["removal_effect"]
    left_out = [name for name in effects.index if math.isnan(effects[name])]
    assert left_out == ["engineering -> production: spec"]
    assert "takes a solution" in r.missing[Place("table", ("customer", left_out[0]), "removal_effect")]


def test_more_or_no_removal_effects_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SOLVED_AGAIN", 1)
    chain = known_chain(EXAMPLES["D5"])
    asked = qc.root_causes(chain, most=2)
    assert asked.table["removal_effect"].notna().all()
    assert not any(place.column == "removal_effect" for place in asked.missing)
    none = qc.root_causes(chain, most=0).table.set_index("handoff")["removal_effect"]
    assert none[[name for name in none.index if name.startswith("engineering")]].isna().all()
    for wrong in (-1, True, 2.5):
        with pytest.raises(ValueError, match="most must be a number of removal effects, 0 or more"):
            qc.root_causes(chain, most=wrong)  # type: ignore[arg-type]


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    qc.root_causes(known_chain(EXAMPLES["D5"]), progress=lambda done, every: seen.append((done, every)))
    assert seen == [(1, 2), (2, 2)]


def test_the_result_becomes_plain_data_and_a_picture() -> None:
    r = qc.root_causes(known_chain(EXAMPLES["D4"]))
    data = json.loads(json.dumps(r.to_dict()))
    assert data["result"] == "RootCauses"
    assert {row["customer"] for row in data["table"]} == {"A", "B"}
    why = {"reason": "NO_CYCLE_TIME", "words": "the chain gives no cycle time, lead time or inspection time"}
    assert {"table": "table", "row": "A", "column": "", **why} in data["lateness"]["missing"]
    ax = r.plot("B")
    assert next(text.get_text() for text in ax.get_yticklabels()) == "plant -> retail"
    assert ax.get_title() == "Root causes: B"
    ax.figure.clear()


def test_lateness_is_the_second_reading() -> None:
    chain = line(0.1, 0.2)
    r = qc.root_causes(qc.what_if(chain, {"Stock": {"rate": 0.5}}))
    steps = r.lateness.set_index(["place", "step"])
    assert steps["share"].sum() == pytest.approx(1)
    assert steps.loc[("D1", "work"), "mean"] == pytest.approx(0.5)
    assert np.isfinite(r.late.customers.loc["Shop", "sd"])
