"""What better handoffs bring each customer, against the changed chain solved on its own."""

from __future__ import annotations

import math
import random

import pytest
from support.chains import line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc


def random_model(seed: int, **options: object) -> qc.Chain:
    return quietly(as_floats(random_chain(random.Random(seed), **options)) | {"name": "random"})


def solved_again(chain: qc.Chain, handoff: str, factor: float) -> qc.Chain:
    """The chain with one defect rate scaled; handoffs of one common cause must stay equal."""
    mine = next(h for h in chain.handoffs if h.full_name == handoff.removesuffix(" (in transit)"))
    rate = "transit_defect_rate" if handoff.endswith(" (in transit)") else "defect_rate"
    together = [
        h.full_name
        for h in chain.handoffs
        if h is mine or (mine.common_cause and h.supplier == mine.supplier and h.item == mine.item)
    ]
    return quietly(qc.what_if(chain, {n: {rate: qc.Scale(factor)} for n in together}).to_dict())


@pytest.mark.filterwarnings("ignore::qualitychain.ChainWarning")
@pytest.mark.parametrize(
    ("seed", "options"),
    [
        (1, {}),
        (2, {}),
        (5, {}),
        (11, {"common_causes": True, "departments": (2, 3), "customers": (1, 2)}),
        (3, {"cycles": "branching", "departments": (2, 3), "customers": (1, 2)}),
    ],
)
def test_gains_are_those_of_the_chain_with_the_defects_halved_and_removed(
    seed: int, options: dict[str, object]
) -> None:
    chain = random_model(seed, **options)
    table = qc.bottlenecks(chain).quality
    before = qc.quality(chain).customers
    for row in table[table["defect_rate"] > 0].to_dict("records"):
        for word, factor in (("halved", 0.5), ("removed", 0.0)):
            after = qc.quality(solved_again(chain, row["handoff"], factor)).customers.loc[row["customer"]]
            now = before.loc[row["customer"]]
            fall = now["accepted_defect_rate"] - after["accepted_defect_rate"]
            assert row[f"conforming_gain_{word}"] == pytest.approx(fall, abs=1e-12, nan_ok=True)
            if math.isfinite(now["z_lt"]) and not (after["defect_rate"] == 0 and math.isinf(row["sigma_gain_removed"])):
                assert row[f"sigma_gain_{word}"] == pytest.approx(after["z_lt"] - now["z_lt"], abs=1e-9)


def test_gradients_are_the_slopes_of_the_accepted_defect_rate() -> None:
    step = 1e-5
    for seed in (1, 5):
        chain = random_model(seed)
        table = qc.bottlenecks(chain).quality.dropna(subset=["gradient"])
        for row in table[table["defect_rate"].between(0.01, 0.5)].to_dict("records"):
            up, down = (
                qc.quality(solved_again(chain, row["handoff"], 1 + sign * step / row["defect_rate"])).customers
                for sign in (1, -1)
            )
            column = up["accepted_defect_rate"] - down["accepted_defect_rate"]
            assert row["gradient"] == pytest.approx(float(column[row["customer"]]) / (2 * step), abs=1e-7)


def test_gains_are_ranked_for_each_customer() -> None:
    table = qc.bottlenecks(line(0.1, 0.3, 0.02)).quality
    assert table["handoff"].tolist() == ["D1 -> D2", "Stock -> D1", "D2 -> Shop"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["sigma_gain_halved"].is_monotonic_decreasing


def test_money_and_deliveries_are_those_of_the_customer() -> None:
    chain = qc.what_if(
        line(0.1, 0.3),
        {"Shop": {"volume": 500, "value": 20, "churn_if_dissatisfied": 0.2, "deliveries_per_customer": 3}},
    )
    row = qc.bottlenecks(chain).quality.iloc[0]
    before, after = 1 - 0.9 * 0.7, 1 - 0.9 * 0.85
    assert row["conforming_gain_halved"] == pytest.approx(before - after)
    assert row["deliveries_gain_halved"] == pytest.approx(500 * (before - after))
    churn = [1 - (1 - rate * 0.2) ** 3 for rate in (before, after)]
    assert row["revenue_gain_halved"] == pytest.approx(500 * 20 * (churn[0] - churn[1]))


def test_a_cost_of_halving_gives_the_gain_per_cost() -> None:
    table = qc.bottlenecks(line(0.1, 0.3), costs={"Stock -> D1": 40}).quality.set_index("handoff")
    row = table.loc["Stock -> D1"]
    assert row["sigma_gain_per_cost"] == pytest.approx(row["sigma_gain_halved"] / 40)
    assert math.isnan(table.loc["D1 -> Shop", "sigma_gain_per_cost"])


@pytest.mark.parametrize(
    ("costs", "message"), [({"Stock -> D2": 1.0}, "is not a handoff"), ({"Stock -> D1": 0.0}, "more than 0")]
)
def test_a_cost_that_cannot_be_is_refused(costs: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _ = qc.bottlenecks(line(0.1, 0.3), costs=costs).quality


def mixed_lines() -> qc.Chain:
    """A bad line and a good one into one customer; the bad line's final check scraps what it finds."""
    return qc.Chain(
        "Mixed lines",
        suppliers=[qc.Supplier("Stock", rate=1)],
        departments=[qc.Department(n, cycle_time=0.1) for n in ("Sort", "Old", "New")],
        customers=[qc.Customer("Shop")],
        handoffs=[
            qc.Handoff("Stock", "Sort", defect_rate=0),
            qc.Handoff("Sort", "Old", share=0.5, defect_rate=0.02, inspection=qc.Inspection(1.0, on_reject="scrap")),
            qc.Handoff("Sort", "New", share=0.5, defect_rate=0),
            qc.Handoff("Old", "Shop", defect_rate=0.4),
            qc.Handoff("New", "Shop", defect_rate=0.01),
        ],
    )


def test_defects_that_an_inspection_scraps_are_said_to_look_better() -> None:
    """Scrapping before the bad line shifts what the customer gets towards the good one."""
    q = qc.bottlenecks(mixed_lines()).quality_list
    row = q.handoffs.set_index("handoff").loc["Sort -> Old"]
    assert row["gradient"] < 0
    assert row["conforming_gain_removed"] < 0
    assert row["note"] == "more defects here would look better at customer 'Shop', because inspection removes them"
    assert row["note"] in q.summary()
    assert (q.handoffs.set_index("handoff").drop("Sort -> Old")["note"] == "").all()


def test_what_is_left_out_of_a_large_chain_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qualitychain.analysis.bottlenecks.quality_list.LEAST_SOLVED", 1)
    monkeypatch.setattr("qualitychain.analysis.bottlenecks.quality_list.BUDGET", 1)
    extra = [qc.Department("IT")]
    extra += [
        qc.Handoff("IT", "D1", item=item, per_unit=1, defect_rate=rate) for item, rate in (("a", 0.1), ("b", 0.2))
    ]
    q = qc.bottlenecks(qc.what_if(line(0.1, 0.3), add=extra)).quality_list
    table = q.handoffs.set_index("handoff")
    assert table.loc["IT -> D1: b", "sigma_gain_halved"] > 0
    assert math.isnan(table.loc["IT -> D1: a", "sigma_gain_halved"])
    assert "left out" in q.reason_for("handoffs", ("Shop", "IT -> D1: a"), "sigma_gain_halved")
    assert table.loc["Stock -> D1", "sigma_gain_halved"] > 0


def test_removing_the_only_defects_leaves_no_sigma_level_to_reach() -> None:
    row = qc.bottlenecks(line(0.0, 0.3)).quality.iloc[0]
    assert row["handoff"] == "D1 -> Shop"
    assert math.isinf(row["sigma_gain_removed"])
    assert row["sigma_gain_halved"] > 0


def test_without_defects_there_is_no_gain_to_rank_by_sigma() -> None:
    q = qc.bottlenecks(line(0.0, 0.0)).quality_list
    assert q.handoffs["sigma_gain_halved"].isna().all()
    assert q.reason_for("handoffs", ("Shop", "D1 -> Shop"), "sigma_gain_halved")
    assert q.handoffs["conforming_gain_halved"].tolist() == [0, 0]
