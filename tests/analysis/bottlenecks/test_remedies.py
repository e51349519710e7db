"""Remedies: sized to the target, evaluated on the chain that they make, ranked."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.remedy_sizes import Sizer, own_time, whole_servers
from qualitychain.vocabulary.reason import Place

KINDS = ["hire", "offload", "outsource", "speed up", "availability", "fix quality"]


def shop(**make: object) -> qc.Chain:
    """Make is tested by Test, which sends rejects back to it; IT helps Make. All times are exponential."""
    return qc.Chain(
        "Make and test",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[
            qc.Department("Make", **{"cycle_time": 0.74, "availability": 0.9, "cost_per_time": 30, **make}),  # type: ignore[arg-type]
            qc.Department("Test", cycle_time=0.2, cost_per_time=20),
            qc.Department("IT", cycle_time=0.5, cost_per_time=40),
        ],
        customers=[qc.Customer("Shop", promise=20)],
        handoffs=[
            qc.Handoff("Stock", "Make", defect_rate=0.02),
            qc.Handoff("Make", "Test", defect_rate=0.1),
            qc.Handoff("Test", "Shop", defect_rate=0.01,
                       inspection=qc.Inspection(0.9, by="supplier", rework_to="Make")),
            qc.Handoff("IT", "Make", item="help", per_unit=0.3, defect_rate=0.05),
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> qc.Bottlenecks:
    return qc.bottlenecks(shop(), outsource={"Make": {"defect_rate": 0.2, "lead_time": 3, "cost": 25}})


def one(b: qc.Bottlenecks, remedy: str) -> tuple[int, dict[str, object]]:
    row = b.remedies[b.remedies["remedy"] == remedy]
    return int(row.index[0]), row.iloc[0].to_dict()


def used(chain: qc.Chain, department: str = "Make") -> float:
    return float(qc.bottlenecks(chain).capacity.loc[department, "utilization"])


@pytest.mark.parametrize("remedy", ["offload", "outsource", "speed up", "availability", "fix quality"])
def test_what_can_be_sized_finely_reaches_the_target_exactly(found: qc.Bottlenecks, remedy: str) -> None:
    number, row = one(found, remedy)
    assert row["utilization"] == pytest.approx(0.85, abs=1e-9)
    assert used(found.remedy_chain(number)) == pytest.approx(0.85, abs=1e-9)


def test_hiring_rounds_up_to_whole_servers(found: qc.Bottlenecks) -> None:
    number, row = one(found, "hire")
    assert row["size"] == math.ceil(used(shop()) / 0.85) == 2
    assert used(found.remedy_chain(number)) == pytest.approx(used(shop()) / 2)
    assert row["cost_change"] == pytest.approx(30)


def test_rounding_alone_hires_nobody() -> None:
    assert whole_servers(3 * (1 + 1e-12)) == 3
    assert whole_servers(3.001) == 4


def test_sizes_are_those_of_the_formulas(found: qc.Bottlenecks) -> None:
    ratio = 0.85 / used(shop())
    assert one(found, "offload")[1]["size"] == pytest.approx(1 - ratio, abs=1e-9)
    assert one(found, "speed up")[1]["size"] == pytest.approx(0.74 * ratio)
    # the defects of a supplier's work come back to Make, so more of it must go
    assert one(found, "outsource")[1]["size"] > 1 - ratio  # type: ignore[operator]


def test_availability_above_one_cannot_be_had_and_says_so() -> None:
    number, row = one(qc.bottlenecks(shop(cycle_time=1)), "availability")
    assert not row["feasible"]
    assert "above 100 %" in str(row["reason"])
    with pytest.raises(ValueError, match="above 100 %"):
        qc.bottlenecks(shop(cycle_time=1)).remedy_chain(number)


def test_availability_that_can_be_had_is_raised_by_the_missing_share() -> None:
    chain = shop()
    row = one(qc.bottlenecks(chain), "availability")[1]
    assert row["size"] == pytest.approx(0.9 * used(chain) / 0.85)


def test_fixing_quality_cannot_help_where_demand_is_too_great() -> None:
    row = one(qc.bottlenecks(shop(cycle_time=1.2)), "fix quality")[1]
    assert not row["feasible"]
    assert "without any defect" in str(row["reason"])


def test_fixing_quality_scales_every_defect_that_leads_to_the_work(found: qc.Bottlenecks) -> None:
    number, row = one(found, "fix quality")
    before, after = ({h.full_name: h.defect_rate for h in c.handoffs} for c in (shop(), found.remedy_chain(number)))
    for name, rate in before.items():
        assert after[name] == pytest.approx(rate * row["size"])


def test_defects_after_the_department_that_never_come_back_are_left_alone() -> None:
    chain = qc.what_if(
        shop(),
        {"Test -> Shop": {"customer": "Pack"}},
        add=[qc.Department("Pack", cycle_time=0.1), qc.Handoff("Pack", "Shop", defect_rate=0.3)],
    )
    b = qc.bottlenecks(chain)
    changed = {h.full_name: h.defect_rate for h in b.remedy_chain(one(b, "fix quality")[0]).handoffs}
    assert changed["Pack -> Shop"] == 0.3
    assert changed["Make -> Test"] < 0.1


@pytest.mark.parametrize("remedy", KINDS)
def test_the_figures_are_those_of_the_changed_chain(found: qc.Bottlenecks, remedy: str) -> None:
    number, row = one(found, remedy)
    chain = found.remedy_chain(number)
    q, b, t = qc.quality(chain), qc.bottlenecks(chain), qc.lead_times(chain)
    assert row["defect_rate"] == pytest.approx(q.customers.loc["Shop", "defect_rate"])
    assert row["max_release_rate"] == pytest.approx(b.max_release_rate)
    assert row["next_bottleneck"] == ", ".join(b.tied)
    assert row["lead_time"] == pytest.approx(t.customers.loc["Shop", "lead_time"])
    assert row["on_time"] == pytest.approx(t.customers.loc["Shop", "on_time"])
    assert row["satisfied"] == pytest.approx(t.customers.loc["Shop", "satisfied"])


def test_a_second_team_of_the_same_kind_changes_no_defect_rate(found: qc.Bottlenecks) -> None:
    chain = found.remedy_chain(one(found, "offload")[0])
    before, after = qc.quality(shop()), qc.quality(chain)
    assert after.customers.loc["Shop", "defect_rate"] == pytest.approx(before.customers.loc["Shop", "defect_rate"])
    assert after.departments.loc["IT", "work"] == pytest.approx(before.departments.loc["IT", "work"])
    together = after.departments.loc[["Make", "Make: second team"], "work"].sum()
    assert together == pytest.approx(before.departments.loc["Make", "work"])
    assert used(chain, "Make: second team") <= 0.85 + 1e-9


def test_a_supplier_as_good_as_the_department_changes_no_defect_rate() -> None:
    b = qc.bottlenecks(shop())
    number, row = one(b, "outsource")
    chain = b.remedy_chain(number)
    assert "assumed" in str(row["change"])
    before, after = (qc.quality(c).customers.loc["Shop", "defect_rate"] for c in (shop(), chain))
    assert after == pytest.approx(before)
    assert math.isnan(row["cost"])  # type: ignore[arg-type]
    assert b.remedy_list.reason_for("table", number, "cost") == "no cost of outsourced work is given"
    assert qc.quality(chain).departments.loc["IT", "work"] < qc.quality(shop()).departments.loc["IT", "work"]


def test_the_terms_of_a_supplier_show_in_quality_time_and_cost() -> None:
    """A line without rework: the supplier does a share f of the work, spoils a fifth, takes 3, costs 25 a unit."""
    chain = qc.what_if(line(0.0, 0.0), {"D1": {"cycle_time": 0.9, "cost_per_time": 10}})
    terms = {"D1": {"defect_rate": 0.2, "lead_time": 3, "cost": 25}}
    b = qc.bottlenecks(chain, outsource=terms)
    number, row = one(b, "outsource")
    f = 1 - 0.85 / 0.9
    assert row["size"] == pytest.approx(f)
    assert row["defect_rate"] == pytest.approx(0.2 * f)
    assert row["cost"] == pytest.approx(10 + 25 * f)
    wait = b.remedy_list.chain(number)
    kept = qc.lead_times(wait).departments.loc["D1", "time_in_department"]
    assert kept == pytest.approx(0.9 / 0.15, rel=1e-6)
    assert row["lead_time"] == pytest.approx((1 - f) * kept + f * 3)


def test_own_time_of_outsourced_work_is_the_working_time_with_its_stops() -> None:
    assert own_time(qc.Department("D", cycle_time=3, availability=0.5)) == qc.Gamma(mean=6, scv=1)
    assert own_time(qc.Department("D", cycle_time=0)) == 0.0
    assert own_time(qc.Department("D", cycle_time=qc.Fixed(2))) == qc.Fixed(2)


def test_an_internal_service_is_relieved_by_its_sourcing_shares() -> None:
    chain = qc.what_if(shop(), {"IT": {"cycle_time": 2.6}, "Make": {"cycle_time": 0.3}})
    b = qc.bottlenecks(chain, outsource={"IT": {"lead_time": 1, "defect_rate": 0}})
    assert set(b.remedies["department"]) == {"IT"}
    for remedy in ("offload", "outsource"):
        number, row = one(b, remedy)
        assert used(b.remedy_chain(number), "IT") == pytest.approx(0.85, abs=1e-9)
        assert row["feasible"]


def test_every_feasible_remedy_of_random_chains_reaches_the_target() -> None:
    tried = 0
    for seed in (5, 9):
        data = as_floats(random_chain(random.Random(seed), departments=(2, 4), customers=(1, 1)))
        for department in data["departments"]:
            department |= {"cycle_time": 0.4, "availability": 0.9}
        chain = quietly(data | {"name": "random"})
        b = qc.bottlenecks(chain)
        busiest = str(b.capacity["utilization"].idxmax())
        target = min(0.85, 0.7 * float(b.capacity.loc[busiest, "utilization"]))
        rows = qc.bottlenecks(chain, target=target, remedies_for=busiest).remedies
        sized = rows[rows["feasible"] & (rows["remedy"] != "hire")]
        np.testing.assert_allclose(sized["utilization"], target, atol=1e-9)
        tried += len(sized)
    assert tried >= 6


@pytest.mark.parametrize("seed", [101, 103, 104, 110])
def test_work_done_elsewhere_in_the_same_way_changes_no_quality(seed: int) -> None:
    data = as_floats(random_chain(random.Random(seed)))
    for department in data["departments"]:
        department["cycle_time"] = 0.3
    chain = quietly(data | {"name": "random"})
    load = qc.bottlenecks(chain).capacity["utilization"]
    sizer = Sizer(Study(chain), 0.6 * float(load.max()))
    before = qc.quality(chain).customers
    for remedy in sizer.remedies(str(load.idxmax())):
        if remedy.kind in {"offload", "outsource"}:
            assert remedy.chain is not None
            after = qc.quality(remedy.chain).customers
            np.testing.assert_allclose(after["defect_rate"], before["defect_rate"], atol=1e-12)
            np.testing.assert_allclose(after["delivered"], before["delivered"], atol=1e-12)


def test_feasible_remedies_come_first_and_the_most_satisfying_of_them(found: qc.Bottlenecks) -> None:
    table = found.remedies
    assert table["feasible"].tolist() == sorted(table["feasible"], reverse=True)
    assert table.loc[table["feasible"], "satisfied"].round(4).is_monotonic_decreasing
    assert table.index.tolist() == list(range(1, len(table) + 1))
    assert any("Remedies are ranked" in a for a in found.remedy_list.assumptions)


def test_figures_by_customer_and_those_of_today_stand_beside(found: qc.Bottlenecks) -> None:
    r = found.remedy_list
    assert r.customers["number"].tolist() == list(r.table.index[r.table["feasible"]])
    assert r.before["utilization"] == pytest.approx(used(shop()))
    assert r.before["cost"] == pytest.approx(90)
    assert r.before["lead_time"] > r.table["lead_time"].max()


def test_departments_below_the_target_are_looked_at_only_when_named() -> None:
    assert set(qc.bottlenecks(shop()).remedies["department"]) == {"Make"}
    rows = qc.bottlenecks(shop(), remedies_for=["Test"]).remedies
    assert rows["department"].tolist() == ["Test"] * 6
    assert not rows["feasible"].any()
    assert "is not above the target" in rows["reason"].iloc[0]


def test_only_the_most_loaded_departments_are_looked_at_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.analysis.bottlenecks.remedies.MOST_DEPARTMENTS", 1)
    chain = qc.what_if(line(0.0, 0.0, 0.0), {"D1": {"cycle_time": 0.9}, "D2": {"cycle_time": 0.95}})
    r = qc.bottlenecks(chain).remedy_list
    assert set(r.table["department"]) == {"D2"}
    assert "left out" in r.missing[Place("table", "D1")]


def test_a_second_overloaded_department_leaves_lead_times_out_with_a_reason() -> None:
    chain = qc.what_if(line(0.0, 0.0, 0.0), {"D1": {"cycle_time": 1.2}, "D2": {"cycle_time": 1.5}})
    r = qc.bottlenecks(chain, remedies_for="D1").remedy_list
    number = int(r.table.index[r.table["remedy"] == "hire"][0])
    assert math.isnan(r.table.loc[number, "lead_time"])
    assert r.reason_for("table", number, "lead_time")
    assert r.table.loc[number, "next_bottleneck"] == "D2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"remedies_for": "Mak"}, "did you mean 'Make'"),
        ({"outsource": {"Mak": {}}}, "not a department"),
        ({"outsource": {"Make": {"defects": 0.1}}}, "'defects' is unknown"),
        ({"outsource": {"Make": {"defect_rate": 1.2}}}, "between 0 and 1"),
        ({"outsource": {"Make": {"cost": -1}}}, "0 or more"),
        ({"outsource": {"Make": {"lead_time": "soon"}}}, "soon"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _ = qc.bottlenecks(shop(), **options).remedies  # type: ignore[arg-type]


def test_no_remedy_is_needed_where_nobody_is_above_the_target() -> None:
    r = qc.bottlenecks(line(0.1, 0.1)).remedy_list
    assert r.table.empty
    assert "no remedy is needed" in r.summary()
    with pytest.raises(ValueError, match="there is no remedy 1"):
        r.chain(1)


def test_remedies_are_told_in_words(found: qc.Bottlenecks) -> None:
    said = found.remedy_list.summary()
    assert "Make:" in said
    assert "1 more server: 2 instead of 1" in said
