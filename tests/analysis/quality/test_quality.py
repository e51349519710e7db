"""Quality against exact fractions, known answers, and invariants."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chains import known_chain, known_chains, line, quietly, reason_in
from support.exact import exact_quality
from support.random_chains import as_floats, chains, random_chain

import qualitychain as qc

KNOWN = [e for e in known_chains() if not e["name"].startswith("D7")]
CLOSE = {"rel": 1e-10, "abs": 1e-13}


def _answer(q: Any, key: str) -> float | None:
    match key.split("."):
        case ["customer", name, "good"]:
            return float(q.customers.loc[name, "conforming"])
        case ["customer", name, "bad"]:
            return float(q.customers.loc[name, "nonconforming"])
        case ["customer", name, column]:
            return float(q.customers.loc[name, column])
        case ["customer", name, "defect_rate", "common_cause"]:
            return float(q.dependence.table.loc[("shared", name), "accepted_defect_rate"])
        case ["load", name]:
            return float(q.departments.loc[name, "work"])
        case ["scrap_rate", "true"]:
            return float(q.scrap_rate_true)
        case ["scrap_rate", "false_alarm"]:
            return float(q.scrap_rate_false_alarm)
        case [("rolled_throughput_yield" | "first_pass_yield" | "final_yield" | "scrap_rate") as name]:
            return float(getattr(q, name))
        case ["hidden_factory", name, "extra_work_share"]:
            return float(q.departments.loc[name, "hidden_factory"])
        case ["dependence_bracket", "lower_yield"]:
            return 1 - float(q.dependence.table.loc["declared"]["accepted_defect_rate"].iloc[0])
        case ["dependence_bracket", "upper_yield"]:
            return 1 - float(q.dependence.table.loc["shared"]["accepted_defect_rate"].iloc[0])
    return None


@pytest.mark.parametrize("example", KNOWN, ids=lambda e: e["name"])
def test_quality_gives_the_known_exact_answers(example: dict[str, Any]) -> None:
    q = qc.quality(known_chain(example))
    compared = 0
    for key, expected in example["expected"].items():
        found = _answer(q, key)
        if found is not None:
            compared += 1
            assert found == pytest.approx(expected["value"], rel=1e-10, abs=1e-15), key
    assert compared >= 10


def _check(data: dict[str, Any]) -> None:
    exact = exact_quality(data)
    q = qc.quality(quietly(as_floats(data) | {"name": "random"}))

    def same(found: float, expected: Any, where: str) -> None:
        if expected is None:
            assert math.isnan(found), where
        else:
            assert found == pytest.approx(float(expected), **CLOSE), where

    for name, row in exact["customers"].items():
        for column in ("delivered", "conforming", "nonconforming", "defect_rate", "accepted_defect_rate"):
            same(q.customers.loc[name, column], row[column], f"{name} {column}")
    for name in (
        "rolled_throughput_yield",
        "first_pass_yield",
        "final_yield",
        "scrap_rate_true",
        "scrap_rate_false_alarm",
    ):
        same(getattr(q, name), exact[name], name)
    for entry, amount in exact["defect_balance"].items():
        same(q.defect_balance[entry], amount, entry)
    for name in q.departments.index:
        same(q.departments.loc[name, "work"], exact["work"].get(name, 0), f"work of {name}")
        if name in exact["hidden_factory"]:
            same(
                q.departments.loc[name, "hidden_factory"],
                exact["hidden_factory"][name],
                f"hidden factory of {name}",
            )
    for name, row in exact["handoffs"].items():
        for column in ("flow", "rejected", "presented_defect_rate", "accepted_defect_rate"):
            if column in row:
                same(q.handoffs.loc[name, column], row[column], f"{name} {column}")


@pytest.mark.parametrize("seed", range(40))
def test_random_chains_agree_with_exact_fractions(seed: int) -> None:
    _check(random_chain(random.Random(seed)))


@pytest.mark.parametrize("seed", [3, 7, 94, 112, 118, 130, 144, 149, 161, 196])
def test_random_chains_with_common_causes_agree_with_exact_fractions(seed: int) -> None:
    """Among them causes that pull other causes (112, 118), and causes that no case uses (161)."""
    _check(random_chain(random.Random(seed), common_causes=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_many_random_chains_agree_with_exact_fractions(seed: int) -> None:
    _check(random_chain(random.Random(seed), common_causes=bool(seed % 3 == 0)))


def _solved(data: dict[str, Any]) -> Any:
    return qc.quality(quietly(as_floats(data) | {"name": "random"}))


@given(chains())
@settings(max_examples=60, deadline=None)
def test_masses_yields_and_the_ledger_balance(data: dict[str, Any]) -> None:
    q = _solved(data)
    assert q.final_yield + q.scrap_rate == pytest.approx(1, abs=1e-12)
    assert q.scrap_rate == pytest.approx(q.scrap_rate_true + q.scrap_rate_false_alarm, abs=1e-14)
    assert q.defect_balance["made"] == pytest.approx(
        q.defect_balance[["cleared", "escaped", "scrapped"]].sum(), rel=1e-12, abs=1e-15
    )
    assert 0 <= q.first_pass_yield <= q.rolled_throughput_yield + 1e-15
    assert q.rolled_throughput_yield <= q.customers["conforming"].sum() + 1e-14
    rates = q.customers[["defect_rate", "accepted_defect_rate"]].to_numpy()
    assert np.nanmin(rates) >= 0
    assert np.nanmax(rates) <= 1


@given(chains(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_renaming_and_reordering_change_nothing(data: dict[str, Any], shuffler: random.Random) -> None:
    plain = as_floats(data)
    new = {n["name"]: f"node {i}" for i, n in enumerate(plain["suppliers"] + plain["departments"] + plain["customers"])}

    def renamed(record: dict[str, Any]) -> dict[str, Any]:
        result = {
            k: new.get(v, v) if k in ("name", "supplier", "customer", "rework_to") and isinstance(v, str) else v
            for k, v in record.items()
        }
        if isinstance(record.get("inspection"), dict):
            result["inspection"] = renamed(record["inspection"])
        return result

    other = {
        key: [renamed(r) for r in records] if isinstance(records, list) else records for key, records in plain.items()
    }
    for key in ("suppliers", "departments", "customers", "handoffs"):
        shuffler.shuffle(other[key])
    before, after = _solved(data), qc.quality(quietly(other | {"name": "renamed"}))
    for name, row in before.customers.iterrows():
        pd.testing.assert_series_equal(after.customers.loc[new[str(name)]], row, rtol=1e-9, check_names=False)
    for name, row in before.departments.iterrows():
        twin = after.departments.loc[new[str(name)]]
        assert twin["work"] == pytest.approx(row["work"], rel=1e-11, abs=1e-14)


def _with_inspections(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The same chain with an inspection of these fields on every handoff that is not a common cause."""
    plain = as_floats(data)
    for handoff in plain["handoffs"]:
        handoff.pop("inspection", None)
        if fields:
            handoff["inspection"] = dict(fields)
    return plain


@given(chains())
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize(
    "fields",
    [
        {"detect": 0.0},
        {"detect": 0.0, "false_alarm": 0.0, "on_reject": "scrap"},
        {"detect": 0.7, "on_reject": "concession"},
        {"detect": 0.7, "fix": 0.0, "on_reject": "repair"},
    ],
    ids=["detects nothing", "scraps nothing", "concedes all", "repairs nothing"],
)
def test_an_inspection_without_effect_changes_no_customer(fields: dict[str, Any], data: dict[str, Any]) -> None:
    without = qc.quality(quietly(_with_inspections(data) | {"name": "without"}))
    idle = qc.quality(quietly(_with_inspections(data, **fields) | {"name": "idle"}))
    np.testing.assert_allclose(
        idle.customers["accepted_defect_rate"], without.customers["accepted_defect_rate"], rtol=1e-10
    )


@given(chains())
@settings(max_examples=40, deadline=None)
def test_without_defects_and_false_alarms_nothing_is_lost_or_hidden(data: dict[str, Any]) -> None:
    plain = as_floats(data)
    for handoff in plain["handoffs"]:
        handoff["defect_rate"] = handoff["transit_defect_rate"] = 0.0
        if "inspection" in handoff:
            handoff["inspection"]["false_alarm"] = 0.0
    q = qc.quality(quietly(plain | {"name": "perfect"}))
    assert q.rolled_throughput_yield == pytest.approx(1)
    assert q.first_pass_yield == pytest.approx(1)
    assert (q.customers["nonconforming"] == 0).all()
    assert (q.departments["hidden_factory"].dropna().abs() < 1e-12).all()
    reached = q.customers["delivered"] > 0
    assert np.isposinf(q.customers.loc[reached, "sigma_level"]).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(deadline=None)
def test_in_a_line_the_yields_multiply(rates: list[float]) -> None:
    q = qc.quality(line(*rates))
    good = math.prod(1 - r for r in rates)
    assert q.rolled_throughput_yield == pytest.approx(good, rel=1e-12, abs=1e-300)
    assert q.customers.loc["Shop", "defect_rate"] == pytest.approx(
        -math.expm1(math.fsum(math.log1p(-r) for r in rates)) if max(rates) < 1 else 1.0, rel=1e-12
    )
    assert q.worksheet["rolled"].iloc[-1] == pytest.approx(good, rel=1e-12, abs=1e-300)


def test_a_thousand_tiny_defect_rates_keep_their_digits() -> None:
    q = qc.quality(line(*[1e-18] * 1000))
    assert q.customers.loc["Shop", "defect_rate"] == pytest.approx(1e-15, rel=1e-10)
    assert q.customers.loc["Shop", "dpmo"] == pytest.approx(1e-9, rel=1e-10)


def test_a_pulled_use_of_one_is_one_more_step_in_the_line() -> None:
    plain = line(0.1, 0.2)
    helped = qc.what_if(
        plain,
        add=[qc.Department("Help"), qc.Handoff("Help", "D1", item="advice", per_unit=1, defect_rate=0.05)],
    )
    assert qc.quality(helped).customers.loc["Shop", "defect_rate"] == pytest.approx(
        qc.quality(line(0.1, 0.05, 0.2)).customers.loc["Shop", "defect_rate"]
    )


def test_needing_nothing_of_an_item_is_not_needing_it() -> None:
    plain = line(0.1, 0.2)
    idle = qc.what_if(plain, add=[qc.Department("Help"), qc.Handoff("Help", "D1", per_unit=0, defect_rate=1.0)])
    assert (
        qc.quality(idle).customers.loc["Shop", "defect_rate"] == qc.quality(plain).customers.loc["Shop", "defect_rate"]
    )


def test_a_perfect_inspection_before_the_customer_lets_no_defect_escape() -> None:
    chain = line(0.1, 0.2, inspection=None)
    chain = qc.what_if(chain, {"D1 -> Shop": {"inspection": {"detect": 1.0, "rework_to": "D1"}}})
    q = qc.quality(chain)
    assert q.customers.loc["Shop", "accepted_defect_rate"] == 0
    # what the customer catches itself is still a defect it met
    assert q.customers.loc["Shop", "defect_rate"] > 0.2


def test_a_defect_rate_of_one_on_the_only_way_spoils_everything() -> None:
    q = qc.quality(line(0.1, 1.0))
    assert q.customers.loc["Shop", "defect_rate"] == 1
    assert q.customers.loc["Shop", "sigma_level"] == -math.inf
    assert "no sigma level" in q.summary()


def test_no_defects_read_as_a_bound_and_never_as_infinity_in_json() -> None:
    q = qc.quality(line(0.0, 0.0))
    assert q.customers.loc["Shop", "sigma_level"] == math.inf
    assert ">= 6.0+ (no defects in the model)" in q.summary()
    data = q.to_dict()
    assert data["customers"][0]["sigma_level"] is None
    assert reason_in(data, "customers", "Shop", "sigma_level").startswith(">= 6.0+")
    json.dumps(data, allow_nan=False)


def test_the_shift_is_an_argument_and_is_printed() -> None:
    chain = line(0.1, 0.2)
    with_shift, without = qc.quality(chain), qc.quality(chain, shift=0)
    assert with_shift.customers.loc["Shop", "sigma_level"] - without.customers.loc[
        "Shop", "sigma_level"
    ] == pytest.approx(1.5)
    assert "shift of 1.5" in with_shift.summary()
    assert any("shift of 0" in a for a in without.assumptions)


def test_opportunities_spread_the_defect_rate() -> None:
    chain = qc.what_if(line(0.0, 0.19), {"Shop": {"opportunities": 2}})
    assert qc.quality(chain).customers.loc["Shop", "dpmo"] == pytest.approx(1e5)


def test_a_sample_stands_beside_its_rate_with_an_interval() -> None:
    chain = qc.what_if(line(0.1, 0.2), {"Stock -> D1": {"sample": qc.Sample(n=50, defects=0)}})
    row = qc.quality(chain).handoffs.loc["Stock -> D1"]
    assert (row["n"], row["defects"], row["lower"]) == (50, 0, 0)
    # 0 in 50: 1 - 0.025^(1/50), Clopper and Pearson 1934
    assert row["upper"] == pytest.approx(1 - 0.025 ** (1 / 50), rel=1e-9)


def test_splitting_a_handoff_into_two_alike_changes_nothing() -> None:
    plain = line(0.1, 0.2)
    split = qc.what_if(
        plain,
        {"D1 -> Shop": {"share": 0.3}},
        add=[qc.Handoff("D1", "Shop", name="second way", share=0.7, defect_rate=0.2)],
    )
    assert qc.quality(split).customers.loc["Shop", "defect_rate"] == pytest.approx(
        qc.quality(plain).customers.loc["Shop", "defect_rate"], rel=1e-14
    )


def test_scaling_all_start_rates_scales_work_and_nothing_else() -> None:
    chain = known_chain(next(e for e in KNOWN if e["name"].startswith("D4")))
    twice = qc.what_if(chain, {s.name: {"rate": qc.Scale(2)} for s in chain.suppliers})
    one, two = qc.quality(chain), qc.quality(twice)
    np.testing.assert_allclose(two.departments["work"], 2 * one.departments["work"])
    pd.testing.assert_frame_equal(two.customers, one.customers)


def test_inside_a_rework_loop_the_shared_reading_can_be_the_worse_one() -> None:
    """A bad specification spoils every redo (formulas: Flow of units): no reading is a bound."""
    chain = qc.Chain(
        "Spec",
        suppliers=[qc.Supplier("Orders", rate=1)],
        departments=[qc.Department("Build"), qc.Department("Engineering")],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Orders", "Build", defect_rate=0),
            qc.Handoff("Engineering", "Build", item="spec", per_unit=1, defect_rate=0.2),
            qc.Handoff("Build", "Shop", defect_rate=0, inspection=qc.Inspection(0.9, by="supplier")),
        ],
    )
    table = qc.quality(chain).dependence.table["accepted_defect_rate"]
    # independent: q = 0.2*0.1 / (1 - 0.2*0.9); shared: the bad 20 % are never mended
    assert table["declared", "Shop"] == pytest.approx(0.02 / 0.82)
    assert table["shared", "Shop"] == pytest.approx(0.2)
    declared = qc.what_if(chain, {"Engineering -> Build: spec": {"common_cause": "case"}})
    q = qc.quality(declared)
    assert q.customers.loc["Shop", "accepted_defect_rate"] == pytest.approx(0.2)
    assert q.dependence.table["accepted_defect_rate"]["independent", "Shop"] == pytest.approx(0.02 / 0.82)
    # one draw per case is one piece of work, however often the unit is redone
    assert q.departments.loc["Engineering", "work"] == pytest.approx(1)


def test_a_persistent_cause_that_every_redo_meets_again_is_refused_by_name() -> None:
    """A bad shared specification and a perfect inspection: the unit is redone for ever (formulas: Flow of units)."""
    chain = qc.what_if(
        line(0.1, 0.2),
        {"D1 -> Shop": {"inspection": {"detect": 1.0, "by": "supplier"}}},
        add=[
            qc.Department("Engineering"),
            qc.Handoff("Engineering", "D1", item="spec", per_unit=1, defect_rate=0.1, common_cause="case"),
        ],
    )
    with pytest.raises(qc.AnalysisError, match="circulate for ever at 'D1' when a common cause is bad"):
        qc.quality(chain)


def test_thirteen_common_causes_are_refused_by_name() -> None:
    departments = [qc.Department(f"Help {i}") for i in range(13)]
    chain = qc.what_if(
        line(0.1, 0.2),
        add=[
            *departments,
            *(
                qc.Handoff(d.name, "D1", item=f"advice of {d.name}", per_unit=1, common_cause="case", defect_rate=0.1)
                for d in departments
            ),
        ],
    )
    with pytest.raises(qc.AnalysisError, match=r"13 common causes.*'advice of Help 0' from 'Help 0'"):
        qc.quality(chain)


def test_a_result_is_frozen_pickles_and_leaves_the_chain_alone() -> None:
    chain = line(0.1, 0.2)
    before = chain.to_dict()
    q = qc.quality(chain)
    assert chain.to_dict() == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        q.shift = 0
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(q)).customers, q.customers)


def test_the_notebook_view_keeps_hostile_names_inert() -> None:
    chain = qc.what_if(line(0.1, 0.2), {"Shop": {"name": "<script>alert(1)</script>"}})
    html = qc.quality(chain)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_pareto_plot_takes_an_axes() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots()
    assert qc.quality(line(0.1, 0.2)).plot(ax=ax) is ax
    plt.close(figure)


def _with_help(*handoffs: qc.Handoff, departments: tuple[str, ...] = ("U",)) -> qc.Chain:
    return qc.what_if(line(0.0, 0.1), add=[*(qc.Department(d) for d in departments), *handoffs])


def test_a_request_that_a_bad_common_cause_makes_endless_is_refused_by_name() -> None:
    spec = qc.Handoff("T", "U", item="spec", per_unit=1, defect_rate=0.4, common_cause="case")
    part = qc.Handoff(
        "U", "D1", item="part", per_unit=1, defect_rate=0, inspection=qc.Inspection(1.0, on_reject="scrap")
    )
    with pytest.raises(qc.AnalysisError, match="'U -> D1: part' are redone for ever when a common cause is bad"):
        qc.quality(_with_help(spec, part, departments=("U", "T")))
    independent = _with_help(dataclasses.replace(spec, common_cause=None), part, departments=("U", "T"))
    q = qc.quality(independent)
    assert q.dependence.left_out is not None
    assert "redone for ever" in q.dependence.left_out


def test_a_request_that_nobody_makes_may_be_endless() -> None:
    idle = qc.Handoff("U", "D1", item="part", per_unit=0, defect_rate=0, inspection=qc.Inspection(0.5, false_alarm=1.0))
    q = qc.quality(_with_help(idle))
    assert q.handoffs.loc["U -> D1: part", "rejected"] == 0
    assert q.customers.loc["Shop", "defect_rate"] == pytest.approx(0.1)
    qc.bottlenecks(_with_help(idle))
    qc.customer_effects(_with_help(idle))


def _circle(*more: qc.Handoff) -> qc.Chain:
    return _with_help(
        qc.Handoff("IT", "D1", per_unit=1, defect_rate=0.0),
        qc.Handoff("IT", "HR", per_unit=0.3, defect_rate=0.1),
        qc.Handoff("HR", "IT", per_unit=0.3, defect_rate=0.1, inspection=qc.Inspection(1.0)),
        *more,
        departments=("IT", "HR", *(["X"] if more else [])),
    )


def test_a_circle_of_needs_is_not_disturbed_by_a_need_that_is_never_met() -> None:
    idle = qc.Handoff("X", "HR", item="x", per_unit=0, defect_rate=0, inspection=qc.Inspection(0.5, false_alarm=1.0))
    assert qc.quality(_circle(idle)).handoffs.loc["X -> HR: x", "flow"] == 0
    with_it, without = (qc.quality(c).customers.loc["Shop", "defect_rate"] for c in (_circle(idle), _circle()))
    assert with_it == pytest.approx(without, rel=1e-12)


def test_a_world_that_cannot_be_is_not_solved() -> None:
    sure = qc.Handoff("X", "HR", item="spec", per_unit=1, defect_rate=0.0, common_cause="case")
    with_it, without = (qc.quality(c).customers.loc["Shop", "defect_rate"] for c in (_circle(sure), _circle()))
    assert with_it == pytest.approx(without, rel=1e-12)
