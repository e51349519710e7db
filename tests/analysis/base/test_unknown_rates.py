"""A figure that rests on an unknown defect rate does not exist; the others are as they were."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import networkx as nx
import numpy as np
import pytest

import qualitychain as qc
from qualitychain.model.chain.unknown import with_rates
from qualitychain.vocabulary.reason import Reason

REQUIRED = [qc.Requirement(customer=name, measure="defect_rate", at_most=0.1) for name in ("K", "L")]


def two_customers(**unknown: Any) -> qc.Chain:
    """A goes to K by B, whose defects are unknown, and to L by D, which inspects."""
    return qc.Chain(
        "Two customers",
        suppliers=[qc.Supplier("S", rate=0.5)],
        departments=[qc.Department(n, cycle_time=0.5) for n in "ABD"],
        customers=[
            qc.Customer(n, promise=4, volume=100, value=10, churn_if_dissatisfied=0.2, external_failure_cost=5)
            for n in "KL"
        ],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.01),
            qc.Handoff("A", "B", share=0.5, **unknown),
            qc.Handoff("A", "D", share=0.5, defect_rate=0.02, inspection=qc.Inspection(0.8)),
            qc.Handoff("B", "K", defect_rate=0.03),
            qc.Handoff("D", "L", defect_rate=0.01),
        ],
        requirements=REQUIRED,
    )


def test_what_rests_on_an_unknown_rate_does_not_exist_and_says_why_with_a_bound() -> None:
    q = qc.quality(two_customers())
    assert math.isnan(q.customers.loc["K", "defect_rate"])
    why = q.reason_for("customers", "K", "defect_rate")
    assert why is not None
    assert why.reason is Reason.UNKNOWN_RATE
    with_zero = qc.quality(two_customers(defect_rate=0)).customers
    assert str(why) == "the defect rate of 'A -> B' is not known; at least 3.958 %"
    assert with_zero.loc["K", "defect_rate"] == pytest.approx(0.03958, rel=1e-3)
    assert q.customers.loc["L"].tolist() == pytest.approx(with_zero.loc["L"].tolist(), rel=1e-12)
    assert "at least 3.958 %" in q.summary()


def test_a_requirement_on_what_is_unknown_cannot_be_judged() -> None:
    verdict = qc.check(two_customers())
    assert [one.code for one in verdict.found] == ["QC102", "QC100"]
    assert "cannot be judged, the defect rate of 'A -> B' is not known" in verdict.summary()
    assert not verdict.ok


def test_json_has_null_with_its_reason() -> None:
    data = json.loads(json.dumps(qc.quality(two_customers()).to_dict(), allow_nan=False))
    assert data["customers"][0]["defect_rate"] is None
    assert {"table": "customers", "row": "K", "column": "defect_rate"}.items() <= next(
        one for one in data["missing"] if one["column"] == "defect_rate"
    ).items()


def test_times_that_no_unknown_rate_can_change_stay_known() -> None:
    known = qc.lead_times(two_customers(defect_rate=0.1))
    t = qc.lead_times(two_customers())
    for column in ("lead_time", "on_time", "p95"):
        assert t.customers[column].tolist() == pytest.approx(known.customers[column].tolist(), rel=1e-6), column
    assert math.isnan(t.customers.loc["K", "satisfied"])
    assert t.customers.loc["L", "satisfied"] == pytest.approx(known.customers.loc["L", "satisfied"], rel=1e-6)


def test_a_lead_time_that_rework_of_unknown_defects_lengthens_does_not_exist() -> None:
    chain = two_customers()
    reworked = qc.what_if(chain, {"B -> K": {"inspection": qc.Inspection(0.9)}})
    t = qc.lead_times(reworked)
    assert math.isnan(t.customers.loc["K", "lead_time"])
    with pytest.raises(qc.AnalysisError, match="'A -> B' is not known; without the unknown"):
        t["K"]


@pytest.mark.parametrize(
    "question",
    [
        qc.root_causes,
        qc.bottlenecks,
        qc.sensitivities,
        qc.customer_effects,
        qc.key_to_customer,
        qc.cost_of_quality,
        qc.value_stream,
        qc.lead_times,
        qc.quality,
    ],
)
def test_every_result_can_be_read_shown_and_written(question: Any) -> None:
    result = question(two_customers())
    assert result.summary()
    assert json.dumps(result.to_dict(), allow_nan=False)
    assert result._repr_html_()


def test_choices_are_refused_with_the_handoffs_that_lack_a_rate() -> None:
    chain = two_customers()
    project = qc.Project("Audit", cost=1, changes={"S -> A": {"defect_rate": 0}})
    for choose in (
        lambda **more: qc.improve(chain, [project], budget=2, customer="K", **more),
        lambda **more: qc.allocate(chain, {"K": 0.05}, **more),
    ):
        with pytest.raises(qc.AnalysisError, match=r"the defect rate of 'A -> B' is not known.*unknown_as="):
            choose()
        assert choose(unknown_as=0.01)


def test_comparing_with_an_unknown_rate_leaves_out_what_rests_on_it() -> None:
    table = qc.compare(two_customers(), two_customers(defect_rate=0.01)).customers
    assert table.isna().any(axis=None)


def test_a_part_of_an_unknown_rate_is_unknown() -> None:
    half = qc.what_if(two_customers(), {"A -> B": {"defect_rate": qc.Scale(0.5)}})
    assert half.handoffs[1].rate_unknown


def random_chain(rng: np.random.Generator) -> qc.Chain:
    """Up to five departments in an order, handing on forward, with inspections and unknown rates here and there."""
    count = int(rng.integers(2, 6))
    names = [f"D{i}" for i in range(count)]
    handoffs = [qc.Handoff("S", "D0", **rate(rng))]
    for i, name in enumerate(names):
        ends = [*names[i + 1 : i + 3], *(["K"] if i >= count // 2 else []), *(["L"] if i == count - 1 else [])]
        for end in ends:
            check = None
            if rng.random() < 0.3:
                how = str(rng.choice(["rework", "repair", "scrap", "concession"]))
                by = str(rng.choice(["customer", "supplier"]))
                check = qc.Inspection(float(rng.uniform(0.3, 0.9)), on_reject=how, by=by)  # type: ignore[arg-type]
            handoffs.append(qc.Handoff(name, end, share=1 / len(ends), inspection=check, **rate(rng)))
    if rng.random() < 0.5:
        handoffs.append(qc.Handoff("IT", names[int(rng.integers(count))], per_unit=1, item="help", **rate(rng)))
    return qc.Chain(
        "Random",
        suppliers=[qc.Supplier("S"), *([qc.Supplier("IT")] if handoffs[-1].pulled else [])],
        departments=[qc.Department(n) for n in names],
        customers=[qc.Customer("K"), qc.Customer("L")],
        handoffs=handoffs,
    )


def rate(rng: np.random.Generator) -> dict[str, Any]:
    """A rate, unknown for a fifth of the handoffs."""
    return {} if rng.random() < 0.2 else {"defect_rate": float(rng.uniform(0, 0.2))}


def reached(chain: qc.Chain) -> set[str]:
    """Customers to whom units can come that an unknown rate can have spoilt, by the graph alone."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for h in chain.handoffs:
        graph.add_edge(h.supplier, h.customer)
        check = h.inspection
        if check is not None and check.on_reject == "rework":
            graph.add_edge(h.supplier, check.rework_to or h.supplier)
    starts = {h.customer for h in chain.handoffs if h.rate_unknown}
    return {c.name for c in chain.customers if any(c.name == s or nx.has_path(graph, s, c.name) for s in starts)}


@pytest.mark.parametrize("seed", range(40))
def test_figures_exist_just_where_rates_at_random_leave_them_as_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    said = qc.quality(chain)
    one, other = (qc.quality(with_rates(chain, lambda _: float(rng.uniform(0.001, 0.9)))) for _ in range(2))
    for table in ("customers", "handoffs", "worksheet", "departments"):
        shown, a, b = (getattr(q, table).select_dtypes("number") for q in (said, one, other))
        shown = shown.astype(float)
        for row in shown.index:
            for column in shown.columns:
                x, y = float(a.loc[row, column]), float(b.loc[row, column])
                if math.isnan(x) and math.isnan(y):
                    continue
                moved = not math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-13)
                assert math.isnan(shown.loc[row, column]) == moved, (table, row, column, x, y)


@pytest.mark.parametrize("seed", range(40))
def test_a_customer_that_no_unknown_rate_can_reach_keeps_its_figures(seed: int) -> None:
    chain = random_chain(np.random.default_rng(seed))
    unknown = qc.quality(chain).customers["accepted_defect_rate"].isna()
    sorted_out = any(h.inspection is not None and h.inspection.on_reject == "scrap" for h in chain.handoffs)
    touched = reached(chain)
    for name in ("K", "L"):
        if name not in touched and not sorted_out:
            assert not unknown[name]


@pytest.mark.parametrize("seed", range(60))
def test_at_least_is_a_lower_bound_whatever_the_rates_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    said = qc.quality(chain)
    least = qc.quality(with_rates(chain, lambda _: 0.0))
    for _ in range(3):
        truth = qc.quality(with_rates(chain, lambda _: float(rng.uniform(0, 1))))
        for place, why in said.missing.items():
            if why.reason is not Reason.UNKNOWN_RATE or not place.table or " at " not in str(why):
                continue
            low = getattr(least, place.table).loc[place.row, place.column]
            true = getattr(truth, place.table).loc[place.row, place.column]
            sign = 1 if "at least" in why else -1
            assert sign * (true - low) >= -1e-12, (place, low, true)


def test_the_report_says_what_is_not_known_instead_of_a_figure_or_of_nothing() -> None:
    from qualitychain.reporting.content.content import content_of

    content = content_of(two_customers(), shift=1.5)
    assert content.cards[0].meaning == "the defect rate of 'A -> B' is not known; at least 3.958 %"
    assert content.yields.startswith("How many units are delivered without ever having been nonconforming is not known")
    assert content.cost.sentences[0].startswith("The cost of quality is not known: the defect rate of 'A -> B'")


def test_a_discovered_or_written_unknown_rate_comes_back_from_its_file() -> None:
    chain = two_customers()
    assert qc.Chain.from_dict(chain.to_dict()) == chain
    assert "defect_rate" not in chain.to_dict()["handoffs"][1]


def test_quantiles_of_a_customer_that_no_unknown_rate_delays_are_there_beside_one_that_it_does() -> None:
    chain = qc.what_if(two_customers(), {"B -> K": {"inspection": qc.Inspection(0.9)}, "A -> D": {"inspection": None}})
    t = qc.lead_times(chain)
    quantiles = t.customers[["median", "p90", "p95", "p99"]]
    assert quantiles.loc["K"].isna().all()
    assert quantiles.loc["L"].notna().all()
    asked = [qc.Requirement(customer=n, measure="lead_time", quantile=0.95, at_most=10) for n in ("K", "L")]
    assert [one.code for one in qc.check(dataclasses.replace(chain, requirements=asked)).found] == ["QC102", "QC100"]
