from __future__ import annotations

import random
from typing import Any, cast

import numpy as np
import pytest
from scipy.optimize import minimize
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain
from support.seeds import seeds

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.errors import AnalysisError

pytestmark = pytest.mark.filterwarnings("ignore::qualitychain.ChainWarning")


def accepted(chain: qc.Chain) -> dict[str, float]:
    rates = qc.quality(chain).customers["accepted_defect_rate"]
    return {str(name): float(rate) for name, rate in rates.items()}


def two_customers(**inspection: Any) -> qc.Chain:
    """Units go to one customer and, through a second step, to another; what is rejected is redone."""
    check = qc.Inspection(0.8, fix=0.9, **inspection)
    return qc.Chain(
        "Two",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A"), qc.Department("B"), qc.Department("IT")],
        customers=[qc.Customer("K"), qc.Customer("L")],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.1, improvement_weight=2),
            qc.Handoff("A", "K", share=0.5, defect_rate=0.08),
            qc.Handoff("A", "B", share=0.5, defect_rate=0.2, inspection=check),
            qc.Handoff("B", "L", defect_rate=0.05, improvement_weight=0.5),
            qc.Handoff("IT", "A", item="help", per_unit=0.4, defect_rate=0.3),
        ],
    )


def least_cost(chain: qc.Chain, targets: dict[str, float], weights: np.ndarray) -> float:
    """The least cost by sequential quadratic programming, on differences of plainly solved chains."""
    compiled = compile_chain(chain)
    flow, pulled = compiled.network.flow, compiled.network.pulled
    count = len(chain.handoffs)
    # the work of every handoff, and after them every way
    now, weights = np.empty(2 * count), np.concatenate((weights, weights))
    now[compiled.flow_rows], now[compiled.pulled_rows] = flow.defect, pulled.defect
    now[count + compiled.flow_rows], now[count + compiled.pulled_rows] = flow.transit, pulled.transit
    moving = np.flatnonzero(now > 0)
    numbers = [[c.name for c in chain.customers].index(name) for name in targets]
    goals = np.array(list(targets.values()))

    def slack(x: np.ndarray) -> np.ndarray:
        from dataclasses import replace

        rates = now.copy()
        rates[moving] = np.exp(x)
        network = replace(
            compiled.network,
            flow=replace(flow, defect=rates[compiled.flow_rows], transit=rates[count + compiled.flow_rows]),
            pulled=replace(pulled, defect=rates[compiled.pulled_rows], transit=rates[count + compiled.pulled_rows]),
        )
        kept = compiled.solve(network, work=False).absorbed[:-2].reshape(-1, 2)
        found = kept[:, 1] / kept.sum(axis=1)
        return np.asarray(np.log(goals / found[numbers]))

    k, top = weights[moving], np.log(now[moving])
    best, within = np.inf, cast(Any, {"type": "ineq", "fun": slack})
    for start in (top - 0.1, top - 1.5):
        found = minimize(
            lambda x: (-(k @ (x - top)), -k),
            start,
            jac=True,
            bounds=[(t - 40, t) for t in top],
            constraints=within,
            method="SLSQP",
            options={"maxiter": 400, "ftol": 1e-12},
        )
        if slack(found.x).min() > -1e-7:
            best = min(best, float(found.fun))
    return best


def test_an_equal_split_of_the_known_series_is_one_tenth_each() -> None:
    example = next(e for e in known_chains() if e["name"].startswith("D6"))
    found = qc.allocate(known_chain(example), {"customer": 271 / 1000}, method="equal")
    assert found.table["promised"].to_numpy() == pytest.approx([0.1, 0.1, 0.1], abs=1e-14)


def test_the_cheapest_split_of_the_known_series_is_k_over_17_plus_k() -> None:
    example = next(e for e in known_chains() if e["name"].startswith("D6"))
    chain = known_chain(example)
    weights = {h.full_name: k for h, k in zip(chain.handoffs, (1, 2, 3), strict=True)}
    found = qc.allocate(chain, {"customer": 1927 / 6840}, weights=weights)
    assert found.table["promised"].to_numpy() == pytest.approx([1 / 18, 2 / 19, 3 / 20], rel=1e-12)
    # the price 17 of -ln(1 - rate), per unit of the rate
    assert found.targets["price"].iloc[0] == pytest.approx(17 / (1 - 1927 / 6840), rel=1e-9)


def test_a_proportional_split_of_a_series_is_the_closed_form() -> None:
    found = qc.allocate(line(0.1, 0.2, 0.25), {"Shop": 0.3}, method="proportional")
    exponent = np.log(0.7) / np.log(0.54)
    assert found.table["promised"].to_numpy() == pytest.approx(1 - np.array([0.9, 0.8, 0.75]) ** exponent, rel=1e-12)


def test_a_handoff_better_than_its_share_keeps_its_rate_at_least_cost() -> None:
    found = qc.allocate(line(0.001, 0.2, 0.25), {"Shop": 0.1})
    assert found.table["promised"].iloc[0] == 0.001
    assert found.table["unchanged"].tolist() == [True, False, False]
    assert accepted(found.chain)["Shop"] == pytest.approx(0.1, abs=1e-12)


def test_two_customers_with_rework_each_get_what_they_accept_at_the_least_cost() -> None:
    chain, targets = two_customers(), {"K": 0.05, "L": 0.04}
    found = qc.allocate(chain, targets)
    assert accepted(found.chain) == pytest.approx(targets, abs=1e-12)
    weights = np.array([h.improvement_weight for h in chain.handoffs])
    assert found.cost == pytest.approx(least_cost(chain, targets, weights), abs=2e-6)
    assert found.targets["binding"].all()
    assert (found.targets["price"] > 0).all()


def test_the_price_of_a_target_is_what_easing_it_saves() -> None:
    chain = two_customers()
    tight, eased = (qc.allocate(chain, {"K": 0.05 + step, "L": 0.04}) for step in (-1e-6, 1e-6))
    price = qc.allocate(chain, {"K": 0.05, "L": 0.04}).targets["price"].iloc[0]
    assert (tight.cost - eased.cost) / 2e-6 == pytest.approx(price, rel=1e-5)


@pytest.mark.parametrize("seed", seeds([0, 1, 2, 3, 7, 9]))
def test_random_graphs_agree_with_an_independent_optimiser(seed: int) -> None:
    rng = random.Random(seed)
    chain = quietly(as_floats(random_chain(rng, cycles="linear" if seed == 3 else "none")) | {"name": "R"})
    targets = {name: rate * rng.choice([0.5, 0.7, 0.9]) for name, rate in accepted(chain).items() if 0 < rate < 1}
    weights = {h.full_name: rng.choice([0.5, 1.0, 3.0]) for h in chain.handoffs}
    found = qc.allocate(chain, targets, weights=weights)
    assert found.cost == pytest.approx(least_cost(chain, targets, np.array(list(weights.values()))), abs=1e-5)
    reached = accepted(found.chain)
    assert all(reached[name] <= target + 1e-9 for name, target in targets.items())
    assert (found.table["promised"] <= found.table["defect_rate"]).all()


@pytest.mark.parametrize("seed", seeds(range(20, 26)))
def test_least_cost_is_never_above_a_proportional_split(seed: int) -> None:
    chain = quietly(as_floats(random_chain(random.Random(seed), common_causes=seed % 2 == 0)) | {"name": "R"})
    targets = {name: 0.6 * rate for name, rate in accepted(chain).items() if 0 < rate < 1}
    cheap, even = (qc.allocate(chain, targets, method=m) for m in ("min_cost", "proportional"))
    assert cheap.cost <= even.cost + 1e-9
    for found in (cheap, even):
        reached = accepted(found.chain)
        assert max(reached[name] - target for name, target in targets.items()) == pytest.approx(0, abs=1e-9)


def test_the_strictest_of_two_targets_decides_one_common_rate() -> None:
    chain = two_customers()
    alone = [qc.allocate(chain, {name: 0.06}, method="equal") for name in ("K", "L")]
    both = qc.allocate(chain, {"K": 0.06, "L": 0.06}, method="equal")
    assert max(accepted(both.chain).values()) == pytest.approx(0.06, abs=1e-12)
    moved = both.table.loc[both.table["effect"] == "raises", "promised"]
    assert moved.nunique() == 1
    assert moved.iloc[0] <= max(a.table.loc["S -> A", "promised"] for a in alone)


def test_a_handoff_whose_defects_make_a_customer_look_better_keeps_its_rate() -> None:
    chain = qc.Chain(
        "Scrap",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A"), qc.Department("B"), qc.Department("C")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", share=0.5, defect_rate=0.0),
            qc.Handoff("S", "B", share=0.5, defect_rate=0.0),
            qc.Handoff("A", "C", defect_rate=0.02),
            qc.Handoff("B", "A", share=0.5, defect_rate=0.1, inspection=qc.Inspection(1.0, on_reject="scrap")),
            qc.Handoff("B", "K", share=0.5, defect_rate=0.01),
            qc.Handoff("C", "K", defect_rate=0.2),
        ],
    )
    target = 0.5 * accepted(chain)["K"]
    for method in ("min_cost", "equal", "proportional"):
        found = qc.allocate(chain, {"K": target}, method=method)
        assert found.gradients.loc["B -> A", "K"] < 0
        assert found.table.loc["B -> A", "effect"] == "lowers"
        assert found.table.loc["B -> A", "promised"] == 0.1
        assert accepted(found.chain)["K"] == pytest.approx(target, abs=1e-12)


def test_all_uses_of_a_common_cause_promise_one_rate() -> None:
    data: dict[str, Any] = {"item": "data", "per_unit": 1, "common_cause": "case", "defect_rate": 0.1}
    chain = qc.Chain(
        "Shared",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A"), qc.Department("B"), qc.Department("IT")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.05),
            qc.Handoff("A", "B", defect_rate=0.05),
            qc.Handoff("B", "K", defect_rate=0.05),
            qc.Handoff("IT", "A", **data),
            qc.Handoff("IT", "B", **data),
        ],
    )
    found = qc.allocate(chain, {"K": 0.1})
    promised = found.table["promised"].to_numpy()
    # 1 - rate = (1 - x)^4: three steps and one draw of the same weight
    assert promised == pytest.approx(np.where(promised == 0.05, 0.05, 1 - 0.9 / 0.95**3), abs=1e-12) or (
        promised == pytest.approx(np.full(5, 1 - 0.9**0.25), abs=1e-12)
    )
    assert promised[3] == promised[4]
    assert accepted(found.chain)["K"] == pytest.approx(0.1, abs=1e-12)


def test_only_the_handoffs_that_may_change_do() -> None:
    found = qc.allocate(line(0.1, 0.2, 0.25), {"Shop": 0.3}, handoffs=["D2 -> Shop"])
    assert found.table["promised"].to_numpy() == pytest.approx([0.1, 0.2, 1 - 0.7 / 0.72], abs=1e-14)
    assert [h.sla is not None for h in found.chain.handoffs] == [False, False, True]


def test_a_target_that_is_met_already_changes_nothing() -> None:
    for method in ("min_cost", "equal", "proportional"):
        found = qc.allocate(line(0.1, 0.2), {"Shop": 0.5}, method=method)
        assert found.table["promised"].tolist() == [0.1, 0.2]
        assert found.cost == 0
        assert "nothing needs to change" in found.summary()


def test_a_step_that_spoils_everything_does_not_hide_the_others() -> None:
    for method in ("min_cost", "equal"):
        found = qc.allocate(line(1.0, 1.0), {"Shop": 0.19}, method=method)
        assert found.table["promised"].to_numpy() == pytest.approx([0.1, 0.1], abs=1e-10)


@pytest.mark.parametrize(
    ("asked", "column", "value"),
    [
        ({"sigma_level": 4.5}, "sigma_level", 4.5),
        ({"dpmo": 1000}, "dpmo", 1000),
        ({"defect_rate": 0.02}, "defect_rate", 0.02),
        ({"accepted_defect_rate": 0.01}, "accepted_defect_rate", 0.01),
    ],
)
def test_a_target_may_be_any_measure_of_quality(asked: dict[str, float], column: str, value: float) -> None:
    base = line(0.1, 0.2)
    chain = qc.what_if(
        base,
        {"Shop": {"opportunities": 3}, "D1 -> Shop": {"inspection": qc.Inspection(0.7, false_alarm=0.02)}},
    )
    found = qc.allocate(chain, {"Shop": asked})
    assert qc.quality(found.chain).customers.loc["Shop", column] == pytest.approx(value, rel=1e-9)
    assert found.targets["reached"].iloc[0] == pytest.approx(value, rel=1e-9)


def test_the_promises_in_the_chain_are_what_its_receivers_meet() -> None:
    found = qc.allocate(two_customers(), {"K": 0.05})
    kept = qc.quality(found.chain).handoffs
    known = kept["presented_defect_rate"].notna()
    assert (kept["presented_defect_rate"] <= kept["sla_defect_rate"] + 1e-15)[known].all()
    assert found.table["presented_defect_rate"][known].tolist() == kept["sla_defect_rate"][known].tolist()


def test_targets_out_of_reach_say_how_far_they_can_be_reached() -> None:
    with pytest.raises(AnalysisError, match=r"'Shop' gets to accepted_defect_rate 0\.28 at best \(asked: 0\.2\)"):
        qc.allocate(line(0.1, 0.2, 0.25), {"Shop": 0.2}, handoffs=["D2 -> Shop"])
    with pytest.raises(AnalysisError, match=r"'Shop' gets to accepted_defect_rate 0\.28 at best"):
        qc.allocate(line(0.1, 0.2, 0.25), {"Shop": 0.28}, handoffs=["D2 -> Shop"])


@pytest.mark.parametrize(
    ("targets", "options", "said"),
    [
        ({"Shp": 0.1}, {}, "there is no customer 'Shp'; did you mean 'Shop'"),
        ({"Shop": 0}, {}, "must be above 0 and below 1, got 0; a rate of 0"),
        ({"Shop": 1}, {}, "must be above 0 and below 1, got 1"),
        ({"Shop": 4.2}, {}, "got 4.2; for a sigma level give {'sigma_level': 4.2}, for 4.2 % write 0.042"),
        ({"Shop": {"defect_rate": 3000}}, {}, "got 3000; for defects per million opportunities give {'dpmo': 3000}"),
        ({"Shop": float("nan")}, {}, "must be a finite number, got nan"),
        ({"Shop": "5 %"}, {}, "write 0.05 without quotes"),
        ({"Shop": {"sigma": 4}}, {}, "got 'sigma'; did you mean 'sigma_level'"),
        ({"Shop": {}}, {}, "states nothing"),
        ({"Shop": {"sigma_level": 60}}, {}, "no defect rate has a sigma_level of 60"),
        ({"Shop": {"dpmo": 2e6}}, {}, "below 1,000,000"),
        ({}, {}, "targets must map customers"),
        ({"Shop": 0.1}, {"weights": {"Stock -> D1": 0}}, "weight of 'Stock -> D1' must be above 0"),
        ({"Shop": 0.1}, {"weights": {"Stock -> D1": -2}}, "weight of 'Stock -> D1' must be above 0"),
        ({"Shop": 0.1}, {"weights": {"Stock -> D": 1}}, "did you mean 'Stock -> D1'"),
        ({"Shop": 0.1}, {"handoffs": ["D1 -> Shp"]}, "did you mean 'D1 -> Shop'"),
        ({"Shop": 0.1}, {"handoffs": []}, "names none"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(targets: Any, options: Any, said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        qc.allocate(line(0.1, 0.2), targets, **options)


def test_an_unknown_method_or_shift_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'equal'"):
        qc.allocate(line(0.1), {"Shop": 0.05}, method="eqal")
    with pytest.raises(ValueError, match="shift"):
        qc.allocate(line(0.1), {"Shop": 0.05}, shift=-1)


def test_the_result_is_plain_data_and_tells_itself() -> None:
    found = qc.allocate(two_customers(), {"K": 0.05, "L": {"sigma_level": 3.4}})
    data = found.to_dict()
    assert [row["customer"] for row in data["targets"]] == ["K", "L"]
    assert "K: accepted defect rate" in found.summary()
    assert "S -&gt; A" in found._repr_html_()


def test_the_plot_has_a_row_for_each_handoff_that_changes() -> None:
    found = qc.allocate(line(0.1, 0.2, 0.001), {"Shop": 0.05})
    ax = found.plot()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["D1 -> D2", "Stock -> D1"]
    ax.figure.clear()


def spoiling(*rates: float) -> qc.Chain:
    """A service that is asked for with these defect rates, one request after the other, on the way to one customer."""
    names = [f"T{i}" for i in range(len(rates))]
    return qc.Chain(
        "Spoiling",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A"), *(qc.Department(name) for name in names)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.1),
            qc.Handoff("A", "K", defect_rate=0.1),
            *(
                qc.Handoff(giver, taker, item="help", per_unit=1, defect_rate=rate)
                for giver, taker, rate in zip(names, ["A", *names], rates, strict=False)
            ),
        ],
    )


def test_several_steps_that_spoil_everything_do_not_hide_the_others() -> None:
    chain = spoiling(1.0, 1.0, 0.1)
    even = qc.allocate(chain, {"K": 0.1}, method="equal")
    assert even.table["promised"].to_numpy() == pytest.approx(np.full(5, 1 - 0.9**0.2), rel=1e-9)
    assert set(even.table["effect"]) == {"raises"}
    # at the present rates nothing alone would help
    assert even.gradients["K"].tolist() == [0, 0, 0, 0, 0]
    cheap = qc.allocate(chain, {"K": 0.1})
    assert cheap.table["promised"].to_numpy() == pytest.approx(np.full(5, 1 - 0.9**0.2), rel=1e-6)


def test_a_rate_of_one_that_no_exponent_lowers_is_named_with_what_can() -> None:
    with pytest.raises(AnalysisError, match="by one common exponent: 'Shop' by another method could get to") as caught:
        qc.allocate(line(1.0, 0.5), {"Shop": 0.1}, method="proportional")
    assert "a rate of 1 ('Stock -> D1') stays 1 whatever the exponent" in str(caught.value)


def test_how_far_a_target_is_reached_counts_a_rate_of_one_that_must_stay() -> None:
    with pytest.raises(AnalysisError, match="gets to accepted_defect_rate 1 at best"):
        qc.allocate(line(1.0, 0.5), {"Shop": 0.1}, handoffs=["D1 -> Shop"])


def test_a_rate_of_one_is_lowered_where_that_costs_least() -> None:
    """Units of a rate of 1 are half of all; the other half are nearly good, and dear to better."""
    chain = qc.Chain(
        "Halves",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A"), qc.Department("B")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "A", share=0.5, defect_rate=0.0),
            qc.Handoff("S", "B", share=0.5, defect_rate=0.0),
            qc.Handoff("A", "K", defect_rate=1.0),
            qc.Handoff("B", "K", defect_rate=0.2, improvement_weight=5),
        ],
    )
    found = qc.allocate(chain, {"K": 0.55})
    assert found.table["promised"].to_numpy() == pytest.approx([0, 0, 0.9, 0.2], rel=1e-9)
    assert found.cost == pytest.approx(-np.log(0.9), rel=1e-9)
    # and stays where the others are much cheaper
    kept = qc.allocate(chain, {"K": 0.55}, weights={"A -> K": 1, "B -> K": 0.01})
    assert kept.table["promised"].to_numpy() == pytest.approx([0, 0, 1, 0.1], rel=1e-6)


def test_a_target_in_time_gives_the_way_of_a_handoff_the_time_of_the_handoff() -> None:
    chain = qc.Chain(
        "Ways",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("D", "K", defect_rate=0.05, transit_defect_rate=0.02, lead_time=0.1),
        ],
    )
    asked = {"lead_time": 0.8, "quantile": 0.9}
    a = qc.allocate(chain, {"K": asked})
    table = a.table[["lead_time", "sla_lead_time"]]
    assert table.loc["D -> K (in transit)"].equals(table.loc["D -> K"])
    assert (a.targets.loc[0, "measure"], a.targets.loc[0, "within"]) == ("share_within", 0.8)
    assert a.summary().startswith(f"K: share within 0.8 {a.unit}")
    held = qc.allocate(chain, {"K": asked}, handoffs=["D"])
    assert held.reason_for("table", "D -> K (in transit)", "sla_lead_time") is not None
