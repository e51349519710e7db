import math

import pytest

import qualitychain as qc


def chain_of(*rates):
    stops = ["S", *(f"D{i}" for i in range(len(rates) - 1)), "K"]
    return qc.Chain(
        "Line",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department(n) for n in stops[1:-1]],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff(a, b, defect_rate=d) for a, b, d in zip(stops, stops[1:], rates, strict=False)],
    )


def halving(handoff, cost, name, factor=0.5, **rules):
    return qc.Project(name, cost=cost, changes={handoff: {"defect_rate": qc.Scale(factor)}}, **rules)


def test_what_is_lost_without_a_project_goes_with_what_requires_it():
    chain = chain_of(0.1, 0.2)
    projects = [
        halving("S -> D0", 1, "Base"),
        halving("D0 -> K", 1, "Top", requires="Base"),
        halving("D0 -> K", 9, "Too dear"),
    ]
    best = qc.improve(chain, projects, budget=3, objective="defect_rate", budgets=[])
    assert best.chosen == ("Base", "Top")
    assert best.value == pytest.approx(1 - 0.95 * 0.9)
    lost = best.table["marginal_value"]
    # without Base there is no Top either: 0.28; without Top only the first rate is halved: 0.24
    assert lost["Base"] == pytest.approx(0.28 - 0.145)
    assert lost["Top"] == pytest.approx(0.24 - 0.145)
    assert math.isnan(lost["Too dear"])


def test_what_is_lost_is_above_0_also_where_more_is_better():
    best = qc.improve(
        chain_of(0.1), [halving("S -> K", 1, "P")], budget=1, objective="conforming_deliveries", budgets=[]
    )
    assert best.table.loc["P", "marginal_value"] == pytest.approx(0.05)
    assert best.table.loc["P", "gain_alone"] == pytest.approx(0.05)


def test_the_summary_names_chosen_projects_that_hardly_matter():
    projects = [halving("S -> D0", 1, "Big"), halving("D0 -> K", 1, "Small", factor=0.999)]
    said = qc.improve(chain_of(0.3, 0.2), projects, budget=2, objective="defect_rate", budgets=[]).summary()
    assert "of these, each adds less than 1 % of the gain: Small" in said


def perverse():
    """A stricter check alone turns away good units for nothing; behind a sound step it pays."""
    return qc.Chain(
        "Routes",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("Sort"), qc.Department("Fine"), qc.Department("Coarse")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Sort", defect_rate=0),
            qc.Handoff("Sort", "Fine", share=0.1, defect_rate=0),
            qc.Handoff("Sort", "Coarse", share=0.9, defect_rate=0),
            qc.Handoff("Fine", "K", name="fine goods", defect_rate=0.5),
            qc.Handoff("Coarse", "K", name="coarse goods", defect_rate=0.2),
        ],
    )


def test_a_chosen_project_that_harms_alone_is_said_to_help_with_the_others():
    shift = {"Sort -> Fine": {"share": 0.9}, "Sort -> Coarse": {"share": 0.1}}
    projects = [
        qc.Project("Shift", cost=1, changes=shift),
        qc.Project("Mend", cost=1, changes={"fine goods": {"defect_rate": 0.0}}),
        qc.Project("Spoil", cost=0, changes={"coarse goods": {"defect_rate": 0.4}}),
    ]
    best = qc.improve(perverse(), projects, budget=2, objective="defect_rate", budgets=[])
    assert best.chosen == ("Shift", "Mend")
    lines = best.summary().splitlines()
    assert "  alone it makes things worse, with the others it helps: Shift" in lines
    assert "  alone these make it worse: Spoil" in lines


def test_what_was_not_looked_at_for_lack_of_time_is_said(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    from qualitychain.improvement.choose.search.problem import Problem

    judge = Problem._judge

    def slow(self, chosen, *, dear):
        clock[0] += 1.0
        judge(self, chosen, dear=dear)

    monkeypatch.setattr(Problem, "_judge", slow)
    chain = qc.what_if(
        chain_of(0.1, 0.2, 0.1),
        {"D0": {"cycle_time": 0.4}, "D1": {"cycle_time": 0.3}, "K": {"promise": 3.0}},
    )
    names = [h.full_name for h in chain.handoffs]
    projects = [halving(names[i % 3], 1 + i % 4, f"P{i}", factor=0.4 + 0.05 * i) for i in range(9)]
    best = qc.improve(chain, projects, budget=8, objective="satisfied", time_limit=10)
    assert clock[0] <= 10 * 1.15 + 2
    unseen = best.table.index[best.table["value_alone"].isna()]
    assert all("time was up" in best.reason_for("table", p, "value_alone") for p in unseen)
    assert best.before < best.value <= best.bound
