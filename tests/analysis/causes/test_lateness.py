"""Lead times taken apart: against the lead times as a whole and against units told one by one in time."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain
from support.timed_agreement import waits_of
from support.timed_chains import with_times
from support.timed_story import tell_units

import qualitychain as qc
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.causes.lateness import Lateness, lateness_of
from qualitychain.errors import UnknownCustomerError
from qualitychain.vocabulary.reason import Place

mpl.use("Agg")


def taken_apart(chain: qc.Chain) -> Lateness:
    return Study(chain).ask(lateness_of)


def random_timed(seed: int, **options: Any) -> qc.Chain:
    rng = random.Random(seed)
    return quietly(with_times(as_floats(random_chain(rng, **options)), rng) | {"name": "chain"})


@pytest.mark.parametrize(
    ("seed", "options"), [(0, {}), (4, {}), (7, {}), (2, {"common_causes": True}), (6, {"cycles": "linear"})]
)
def test_shares_add_up_to_the_lead_time_and_its_variance(seed: int, options: dict[str, Any]) -> None:
    chain = random_timed(seed, **options)
    r, whole = taken_apart(chain), qc.lead_times(chain)
    assert whole.found
    for customer, distribution in whole.found.items():
        mine = r.table[r.table["customer"] == customer]
        assert r.customers.loc[customer, "lead_time"] == pytest.approx(distribution.mean, rel=1e-11)
        assert r.customers.loc[customer, "sd"] == pytest.approx(distribution.sd, rel=1e-9)
        assert abs(mine["share"].sum() - 1) <= 1e-12
        assert abs(mine["variance_share"].sum() - 1) <= 1e-12
        assert mine["mean"].is_monotonic_decreasing
        assert (mine["mean"] > 0).all()


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_steps_are_those_of_units_told_one_by_one(seed: int) -> None:
    chain = random_timed(seed)
    r, told = taken_apart(chain), tell_units(chain, waits_of(qc.lead_times(chain)), 60_000, seed)
    compared = 0
    for customer in r.customers.index:
        kept = told.of(str(customer))
        if kept.sum() < 2000:
            continue
        whole = told.lead_time[kept] - told.lead_time[kept].mean()
        mine = r.table[r.table["customer"] == customer].set_index(["place", "step"])
        for column, department in enumerate(told.departments):
            for times, steps in ((told.stay, ("waiting", "work")), (told.inputs, ("inputs",))):
                time = times[kept][:, column]
                rows = mine[[place == department and step in steps for place, step in mine.index]]
                product = (time - time.mean()) * whole
                root = math.sqrt(time.size)
                assert abs(time.mean() - rows["mean"].sum()) <= 4 * time.std() / root + 1e-9
                assert abs(product.mean() - rows["covariance"].sum()) <= 4 * product.std() / root + 1e-9
                compared += len(rows) > 0
    assert compared >= 2


def test_the_queue_of_the_rework_loop_is_what_makes_it_late() -> None:
    """Known: mean 20/7; of the variance 27/34 is the queue's."""
    r = taken_apart(known_chain(next(e for e in known_chains() if e["name"].startswith("D2"))))
    steps = r.table.set_index(["place", "step"])
    assert steps.loc[("make", "waiting"), "share"] == pytest.approx(10 / 17, rel=1e-12)
    assert steps.loc[("make", "waiting"), "variance_share"] == pytest.approx(27 / 34, rel=1e-12)
    assert steps.loc[("make", "work"), "variance_share"] == pytest.approx(7 / 34, rel=1e-12)
    assert "of the variance: 79.41 % waiting at make" in r.summary()


def test_fixed_times_have_a_share_of_the_mean_and_no_variance_to_share() -> None:
    chain = qc.Chain(
        "Fixed",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.5, lead_time=2.0, inspection=qc.Inspection(0, time=0.5))],
    )
    r = taken_apart(chain)
    assert r.table[["step", "share", "covariance"]].to_numpy().tolist() == [
        ["transport", 0.8, 0.0],
        ["inspection", 0.2, 0.0],
    ]
    assert r.table["variance_share"].isna().all()
    assert r.missing == {Place("table", "K", "variance_share"): "its lead time does not vary"}
    assert r.exact


def test_without_times_there_is_a_reason_and_no_table() -> None:
    chain = qc.Chain(
        "Timeless",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.5)],
    )
    r = taken_apart(chain)
    assert r.table.empty
    assert r.reason_for("table", "K") == "the chain gives no cycle time, lead time or inspection time"
    assert r.reason_for("customers", "K", "lead_time") == r.reason_for("table", "K")
    assert "no lead time" in r.summary()


def test_only_customers_behind_an_overloaded_department_are_left_out() -> None:
    chain = qc.Chain(
        "One side",
        suppliers=[qc.Supplier("S", rate=2.0)],
        departments=[qc.Department("Fast", cycle_time=0.1), qc.Department("Slow", cycle_time=5)],
        customers=[qc.Customer("Near"), qc.Customer("Far")],
        handoffs=[
            qc.Handoff("S", "Fast", defect_rate=0),
            qc.Handoff("Fast", "Near", share=0.5, defect_rate=0),
            qc.Handoff("Fast", "Slow", share=0.5, defect_rate=0),
            qc.Handoff("Slow", "Far", defect_rate=0),
        ],
    )
    r = taken_apart(chain)
    assert set(r.table["customer"]) == {"Near"}
    assert "'Slow' cannot keep up" in (r.reason_for("table", "Far") or "")
    assert math.isnan(r.customers.loc["Far", "lead_time"])


def test_a_department_without_a_cycle_time_is_named() -> None:
    chain = qc.what_if(line(0.1, 0.2), {"D1": {"cycle_time": None}, "D1 -> Shop": {"lead_time": 1.0}})
    assert taken_apart(chain).reason_for("table", "Shop") == "no cycle time is given for 'D1'"


def test_the_result_can_be_cut_to_some_customers_drawn_and_made_plain() -> None:
    chain = random_timed(3)
    r = taken_apart(chain)
    names = [str(name) for name in r.customers.index]
    one = r.of(names[1:2])
    assert set(one.table["customer"]) == {names[1]}
    assert list(one.customers.index) == names[1:2]
    ax = one.plot()
    assert ax.get_title() == f"Where the time goes: {names[1]}"
    ax.figure.clear()
    with pytest.raises(UnknownCustomerError):
        one.plot(names[0])
    data = json.loads(json.dumps(r.to_dict()))
    assert np.isfinite([row["share"] for row in data["table"]]).all()


def test_a_fixed_time_adds_exactly_nothing_to_the_variance() -> None:
    chain = quietly(
        {
            "name": "way",
            "suppliers": [{"name": "S", "rate": 0.7}],
            "departments": [{"name": "A", "cycle_time": 0.9}, {"name": "B", "cycle_time": 0.3}],
            "customers": [{"name": "K"}],
            "handoffs": [
                {"supplier": "S", "customer": "A", "defect_rate": 0.1, "lead_time": 24},
                {"supplier": "A", "customer": "B", "defect_rate": 0.1, "lead_time": 3.7},
                {"supplier": "B", "customer": "K", "defect_rate": 0.1, "lead_time": 0.1},
            ],
        }
    )
    table = taken_apart(chain).table
    fixed = table[table["step"] == "transport"]
    assert fixed["mean"].tolist() == pytest.approx([24, 3.7, 0.1])
    assert fixed["covariance"].tolist() == [0.0, 0.0, 0.0]
    assert table["variance_share"].sum() == pytest.approx(1, rel=1e-12)


def test_a_lead_time_that_is_not_known_is_told_with_its_reason() -> None:
    chain = qc.Chain(
        "Unknown",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.2)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D"),
            qc.Handoff("D", "K", defect_rate=0.1, inspection=qc.Inspection(0.9, by="supplier")),
        ],
    )
    assert "the defect rate of 'S -> D' is not known" in qc.root_causes(chain).late.summary()
