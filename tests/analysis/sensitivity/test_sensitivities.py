"""Sensitivities against known answers, changes of the chain itself, and what their sentences say."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import pytest
from support.chains import known_chain, known_chains, line, quietly
from support.random_chains import as_floats, random_chain

import qualitychain as qc
from qualitychain.vocabulary.reason import Place, Reason

mpl.use("Agg")


def slope(s: Any, handoff: str, parameter: str = "defect_rate", customer: str | None = None) -> float:
    rows = s.table[(s.table["handoff"] == handoff) & (s.table["parameter"] == parameter)]
    if customer is not None:
        rows = rows[rows.iloc[:, 0] == customer]
    assert len(rows) == 1
    return float(rows["gradient"].iloc[0])


def sentence(s: Any, handoff: str, parameter: str = "defect_rate") -> str:
    rows = s.table[(s.table["handoff"] == handoff) & (s.table["parameter"] == parameter)]
    return str(rows["meaning"].iloc[0])


def chain_of(*handoffs: dict[str, Any], rates: dict[str, float] | None = None) -> qc.Chain:
    """A chain with the nodes that its handoffs name: S... are suppliers, K... customers."""
    names = dict.fromkeys(h[end] for h in handoffs for end in ("supplier", "customer"))
    rates = rates or {}
    return quietly(
        {
            "name": "test chain",
            "suppliers": [{"name": n} | ({"rate": rates[n]} if n in rates else {}) for n in names if n[0] == "S"],
            "departments": [{"name": n} for n in names if n[0] not in "SK"],
            "customers": [{"name": n} for n in names if n[0] == "K"],
            "handoffs": list(handoffs),
        }
    )


def move(giver: str, receiver: str, defect_rate: float = 0.0, **fields: Any) -> dict[str, Any]:
    return {"supplier": giver, "customer": receiver, "defect_rate": defect_rate, **fields}


@pytest.mark.parametrize("example", known_chains(), ids=lambda e: e["name"])
def test_the_table_holds_the_known_gradients(example: dict[str, Any]) -> None:
    chain = known_chain(example)
    s = qc.sensitivities(chain)
    pairs = {f"{h.supplier}->{h.customer}": h.full_name for h in chain.handoffs}
    for key, answer in example["expected"].items():
        if key.startswith("gradient."):
            _, customer, handoff, parameter = key.split(".")
            assert slope(s, pairs[handoff], parameter, customer) == pytest.approx(
                float(Fraction(answer["exact"])), rel=1e-10, abs=1e-15
            )


def _changed(chain: qc.Chain, name: str, parameter: str, value: float) -> qc.Chain:
    """The chain with a number of one handoff (or of all that must agree with it) set."""

    def with_it(h: qc.Handoff) -> qc.Handoff:
        if parameter in ("detect", "false_alarm", "fix"):
            assert h.inspection is not None
            return dataclasses.replace(h, inspection=dataclasses.replace(h.inspection, **{parameter: value}))
        return dataclasses.replace(h, **{parameter: value})

    return dataclasses.replace(chain, handoffs=tuple(with_it(h) if h.full_name == name else h for h in chain.handoffs))


@pytest.mark.parametrize(
    "outcome", ["accepted_defect_rate", "defect_rate", "sigma_level", "delivered", "nonconforming"]
)
@pytest.mark.parametrize("seed", [3, 8])
def test_gradients_are_what_changing_the_chain_a_little_does(seed: int, outcome: str) -> None:
    chain = quietly(as_floats(random_chain(random.Random(seed), departments=(3, 5))) | {"name": "random"})
    s = qc.sensitivities(chain, outcome=outcome)
    step, compared = 1e-6, 0
    for h in chain.handoffs:
        for parameter, now in (
            ("defect_rate", h.defect_rate),
            ("detect", h.inspection and h.inspection.detect),
            ("false_alarm", h.inspection and h.inspection.false_alarm),
        ):
            if now is None or not step < now < 1 - step:
                continue
            up, down = (
                qc.quality(_changed(chain, h.full_name, parameter, now + way * step)).customers[outcome]
                for way in (1, -1)
            )
            for customer in chain.customers:
                found = slope(s, h.full_name, parameter, customer.name)
                difference = (up[customer.name] - down[customer.name]) / (2 * step)
                if math.isfinite(difference):
                    assert found == pytest.approx(difference, rel=2e-6, abs=2e-7)
                    compared += 1
    assert compared >= 3


def test_the_values_are_those_of_quality() -> None:
    chain = quietly(as_floats(random_chain(random.Random(8), departments=(3, 5))) | {"name": "random"})
    q = qc.quality(chain, shift=0)
    for outcome in ("accepted_defect_rate", "defect_rate", "sigma_level", "delivered", "nonconforming"):
        values = qc.sensitivities(chain, outcome=outcome).values
        assert values.to_numpy() == pytest.approx(q.customers[outcome].to_numpy(), rel=1e-10)
    assert qc.sensitivities(chain, outcome="scrap_rate").values.iloc[0] == pytest.approx(q.scrap_rate, abs=1e-14)
    work = qc.sensitivities(chain, outcome="work").values
    assert work.to_numpy() == pytest.approx(q.departments.loc[work.index, "work"].to_numpy(), rel=1e-10)


def test_counts_of_a_sample_follow_by_the_chain_rule() -> None:
    chain = line(0.1, 0.2)
    counted = dataclasses.replace(
        chain,
        handoffs=(
            qc.Handoff("Stock", "D1", sample=qc.Sample(n=400, defects=40)),
            qc.Handoff("D1", "Shop", dpu=-math.log(0.8)),
        ),
    )
    s, plain = qc.sensitivities(counted), qc.sensitivities(chain)
    first, last = (slope(plain, name) for name in ("Stock -> D1", "D1 -> Shop"))
    assert slope(s, "Stock -> D1", "defects") == pytest.approx(first / 400)
    assert slope(s, "Stock -> D1", "n") == pytest.approx(-first * 40 / 400**2)
    assert slope(s, "D1 -> Shop", "dpu") == pytest.approx(last * 0.8)
    assert "one defect more in the sample of 'Stock -> D1' raises" in sentence(s, "Stock -> D1", "defects")


def test_defects_per_opportunity_follow_by_the_chain_rule() -> None:
    chain = chain_of(move("S", "D"), {"supplier": "D", "customer": "K", "dpo": 0.01, "opportunities": 20})
    assert slope(qc.sensitivities(chain), "D -> K", "dpo") == pytest.approx(20 * 0.99**19)


def _scrap_shifts_the_mix() -> qc.Chain:
    """K is served by a poor line, whose bad units are scrapped, and by a good line."""
    return chain_of(
        move("S1", "Poor"),
        move("S2", "Good"),
        move("Poor", "Pack", 0.1, inspection={"detect": 1.0, "on_reject": "scrap"}),
        move("Pack", "K", 0.5),
        move("Good", "K", 0.01),
        rates={"S1": 1, "S2": 1},
    )


def _rework_sends_to_a_better_line() -> qc.Chain:
    """What the poor line gets wrong is done again by a line that hardly errs."""
    return chain_of(
        move("S", "Poor"),
        move("Poor", "Pack", 0.3, inspection={"detect": 1.0, "rework_to": "Better"}),
        move("Pack", "K", 0.4),
        move("Better", "K", 0.01),
    )


def _rework_sends_to_another_customer() -> qc.Chain:
    """What the poor line gets wrong is done again by a line that serves somebody else."""
    return chain_of(
        move("S1", "Poor"),
        move("S2", "Good"),
        move("Poor", "Pack", 0.3, inspection={"detect": 1.0, "rework_to": "Outlet"}),
        move("Pack", "K", 0.4),
        move("Good", "K", 0.01),
        move("Outlet", "Kother", 0.1),
        rates={"S1": 1, "S2": 1},
    )


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        (_scrap_shifts_the_mix(), "scrap shifts the mix"),
        (_rework_sends_to_a_better_line(), "rework sends the bad units to a better line"),
        (_rework_sends_to_another_customer(), "other customers"),
    ],
    ids=["scrap", "rework", "elsewhere"],
)
def test_more_defects_that_look_better_are_explained(chain: qc.Chain, why: str) -> None:
    s = qc.sensitivities(chain, customer="K")
    assert slope(s, "Poor -> Pack") < 0
    said = sentence(s, "Poor -> Pack")
    assert "more defects here would look better at 'K', because inspection removes them" in said
    assert why in said
    # and it is so: the chain with more defects there has a lower rate
    worse = _changed(chain, "Poor -> Pack", "defect_rate", 0.35)
    rate = [qc.quality(c).customers.loc["K", "accepted_defect_rate"] for c in (chain, worse)]
    assert rate[1] < rate[0]
    level = qc.sensitivities(chain, outcome="sigma_level", customer="K")
    assert slope(level, "Poor -> Pack") > 0
    assert why in sentence(level, "Poor -> Pack")


def test_defects_that_only_harm_are_not_called_better() -> None:
    s = qc.sensitivities(_scrap_shifts_the_mix())
    assert slope(s, "Pack -> K") > 0
    assert "look better" not in sentence(s, "Pack -> K")
    # all that comes before the inspection does look better, and nothing behind it
    better = s.table.loc[s.table["meaning"].str.contains("look better"), "handoff"]
    assert set(better) == {"S1 -> Poor", "Poor -> Pack"}


def test_a_common_cause_is_one_draw_wherever_it_is_used() -> None:
    shared = {"item": "help", "per_unit": 1, "common_cause": "case"}
    chain = chain_of(
        move("S", "A"), move("A", "B"), move("B", "K"), move("H", "A", 0.1, **shared), move("H", "B", 0.1, **shared)
    )
    s = qc.sensitivities(chain)
    mine = s.table[(s.table["parameter"] == "defect_rate") & s.table["handoff"].str.startswith("H")]
    # every case has one draw, so the unit is bad with just its rate
    assert mine["gradient"].tolist() == pytest.approx([1.0, 1.0])
    assert mine["meaning"].str.contains("in all 2 handoffs").all()


def test_a_share_is_told_as_a_difference_and_stands_only_where_there_is_a_choice() -> None:
    chain = chain_of(move("S", "A", share=0.75), move("S", "B", share=0.25), move("A", "K", 0.1), move("B", "K", 0.3))
    s = qc.sensitivities(chain)
    assert set(s.table.loc[s.table["parameter"] == "share", "handoff"]) == {"S -> A", "S -> B"}
    # D = 0.1 a + 0.3 b, so moving units from A to B costs 0.2
    assert slope(s, "S -> B", "share") - slope(s, "S -> A", "share") == pytest.approx(0.2)
    assert "less the same figure of the share it is taken from" in sentence(s, "S -> B", "share")


def test_rates_of_suppliers_shift_the_mix_of_quality_and_make_work() -> None:
    chain = chain_of(move("S1", "D", 0.1), move("S2", "D", 0.3), move("D", "K"), rates={"S1": 3, "S2": 1})
    s = qc.sensitivities(chain)
    # D = (0.1 r1 + 0.3 r2) / (r1 + r2)
    assert slope(s, "S1", "rate") == pytest.approx((0.1 - 0.15) / 4)
    assert slope(s, "S2", "rate") == pytest.approx((0.3 - 0.15) / 4)
    work = qc.sensitivities(chain, outcome="work")
    assert slope(work, "S1", "rate") == pytest.approx(1.0)
    assert work.table.columns[0] == "department"


def test_work_counts_what_is_redone_for_a_request() -> None:
    look = {"detect": 1.0, "on_reject": "rework"}
    chain = chain_of(
        move("S", "D"), move("D", "K"), move("H", "D", 0.2, item="help", per_unit=2, inspection=look), rates={"S": 5}
    )
    s = qc.sensitivities(chain, outcome="work", department="H")
    # every use takes 1 / (1 - d) draws, and 5 units an hour use 2 each
    assert s.values["H"] == pytest.approx(10 / 0.8)
    assert slope(s, "H -> D: help") == pytest.approx(10 / 0.8**2)
    assert slope(s, "H -> D: help", "per_unit") == pytest.approx(5 / 0.8)


def test_the_cost_of_poor_quality_has_slopes_per_time_unit() -> None:
    look = {"detect": 0.5, "on_reject": "repair", "cost": 3, "repair_cost": 40}
    data = {
        "name": "costs",
        "suppliers": [{"name": "S", "rate": 2}],
        "departments": [{"name": "D"}],
        "customers": [{"name": "K", "external_failure_cost": 100}],
        "handoffs": [move("S", "D", 0.1, inspection=look), move("D", "K")],
    }
    s = qc.sensitivities(quietly(data), outcome="cost")
    # 2 units per hour: 3 each for looking, 40 for every second bad one, 100 for the others
    assert s.values.iloc[0] == pytest.approx(2 * (3 + 0.1 * 0.5 * 40 + 0.1 * 0.5 * 100))
    assert slope(s, "S -> D") == pytest.approx(2 * (0.5 * 40 + 0.5 * 100))
    assert slope(s, "S -> D", "detect") == pytest.approx(2 * 0.1 * (40 - 100))
    assert slope(s, "S", "rate") == pytest.approx(3 + 7)
    assert "the cost of poor quality per time unit by 1.4" in sentence(s, "S -> D")
    with pytest.raises(qc.AnalysisError, match="the chain gives no cost"):
        qc.sensitivities(line(0.1), outcome="cost")


def test_the_sensitivity_of_sigma_levels_has_no_number_where_there_is_no_level() -> None:
    s = qc.sensitivities(line(0.0, 0.0), outcome="sigma_level")
    assert s.table["gradient"].isna().all()
    assert "no defects" in s.missing[Place("table", "Shop")]
    assert s.missing[Place("values", "Shop")].reason is Reason.NO_DEFECTS
    assert s.table["meaning"].str.startswith("no derivative").all()
    assert qc.sensitivities(line(0.0, 0.0)).table["gradient"].max() == 1.0


def test_a_customer_that_gets_nothing_has_a_reason_instead_of_numbers() -> None:
    never = {"detect": 1.0, "on_reject": "scrap"}
    chain = chain_of(move("S", "D"), move("D", "K1", share=0.5), move("D", "K2", 1.0, share=0.5, inspection=never))
    s = qc.sensitivities(chain)
    assert s.reason_for("table", "K2", "gradient") == "no unit is delivered to this customer"
    assert s.table.loc[s.table["customer"] == "K2", "gradient"].isna().all()
    assert s.table.loc[s.table["customer"] == "K1", "gradient"].notna().all()


def test_a_change_that_would_trap_units_is_named() -> None:
    look = {"detect": 1.0, "on_reject": "rework", "fix": 0.0}
    s = qc.sensitivities(chain_of(move("S", "D"), move("D", "K", inspection=look)))
    place = Place("table", ("K", "D -> K", "defect_rate"), "gradient")
    assert "circulate for ever" in s.missing[place]
    assert math.isnan(slope(s, "D -> K"))
    assert slope(s, "D -> K", "false_alarm") == 0.0


def test_only_the_customers_asked_for_are_in_the_table() -> None:
    chain = known_chain(known_chains()[3])
    assert set(qc.sensitivities(chain, customer="B").table["customer"]) == {"B"}
    assert list(qc.sensitivities(chain, customer=["B", "A"]).values.index) == ["B", "A"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outcome": "defct_rate"}, "did you mean 'defect_rate'"),
        ({"customer": "Shpo"}, "no customer 'Shpo'; did you mean 'Shop'"),
        ({"department": "D1"}, "does not belong to a department"),
        ({"outcome": "work", "department": "D7"}, "'D7' is not a department or supplier"),
        ({"outcome": "scrap_rate", "customer": "Shop"}, "does not belong to a customer"),
    ],
)
def test_a_wrong_question_is_refused_with_a_near_miss(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        qc.sensitivities(line(0.1, 0.2), **wrong)


def test_too_many_common_causes_are_named() -> None:
    names = [f"H{i}" for i in range(13)]
    uses = [move(n, d, 0.1, item=f"x{n}", per_unit=1, common_cause="case") for n in names for d in ("A", "B")]
    with pytest.raises(qc.AnalysisError, match="'xH0' from 'H0'"):
        qc.sensitivities(chain_of(move("S", "A"), move("A", "B"), move("B", "K"), *uses))


def test_the_summary_names_the_largest_first() -> None:
    said = qc.sensitivities(line(0.1, 0.2)).summary().splitlines()
    assert said[0] == "Shop: accepted defect rate 28 %"
    assert "'D1 -> Shop'" in said[1]
    assert "'Stock -> D1'" in said[2]


def test_the_result_is_json_with_its_reasons() -> None:
    data = json.loads(json.dumps(qc.sensitivities(line(0.0, 0.0), outcome="sigma_level").to_dict(), allow_nan=False))
    assert data["table"][0]["gradient"] is None
    assert data["missing"]
    assert json.dumps(qc.sensitivities(line(0.1), outcome="scrap_rate").to_dict(), allow_nan=False)


def test_the_tornado_shows_the_largest_bar_first_and_both_directions() -> None:
    s = qc.sensitivities(known_chain(known_chains()[1]))
    ax = s.plot()
    widths = [bar.get_width() for bar in ax.patches]
    assert [abs(w) for w in widths] == sorted((abs(w) for w in widths), reverse=True)
    assert min(widths) < 0 < max(widths)
    assert ax.get_xlabel().endswith("in points for one point more")
    worse, better = (text.get_text() for text in ax.get_legend().get_texts())
    colours = {bar.get_width() > 0: bar.get_facecolor() for bar in ax.patches}
    assert (worse, better) == ("worse", "better")
    assert colours[True] != colours[False]
    stepped = s.plot(step={"defect_rate": 0.02})
    assert max(bar.get_width() for bar in stepped.patches) == pytest.approx(2 * max(widths))
    assert stepped.get_xlabel().endswith("for steps of 0.02 (defect_rate)")
    assert all(text.get_text().endswith("defect_rate") for text in stepped.get_yticklabels())
    stepped.figure.clear()
    with pytest.raises(ValueError, match="did you mean 'defect_rate'"):
        s.plot(step={"defect_rat": 1})
    with pytest.raises(qc.UnknownCustomerError, match="no customer 'nobody'"):
        s.plot("nobody")


def test_a_first_defect_that_would_nearly_never_leave_has_no_derivative_and_spoils_no_other() -> None:
    look = {"detect": 1.0 - 1e-13, "on_reject": "rework", "fix": 0.0, "rework_to": "D"}
    chain = chain_of(move("S", "D"), move("D", "E"), move("E", "F", inspection=look), move("F", "K"))
    s = qc.sensitivities(chain, outcome="work", department=["D", "E"])
    assert math.isnan(slope(s, "D -> E", customer="D"))
    assert slope(s, "F -> K", customer="D") == 0.0
    # a false alarm sends a unit back to D, which it visits once more
    assert slope(s, "E -> F", "false_alarm", customer="D") == pytest.approx(1.0)
    assert s.values.tolist() == [1.0, 1.0]


def test_a_notebook_shows_the_largest_first_and_nothing_too_small_to_matter() -> None:
    s = qc.sensitivities(line(0.1, 0.2))
    shown = s._worth_reading()
    assert shown["handoff"].tolist() == ["D1 -> Shop", "Stock -> D1"]
    assert len(s.table) == 3
    assert s._repr_html_().count("points</td>") == 2
    tiny = qc.what_if(line(0.1, 0.2), {"D1 -> Shop": {"inspection": qc.Inspection(1 - 1e-7, on_reject="repair")}})
    mine = qc.sensitivities(tiny)
    assert "defect_rate" in set(mine.table["parameter"])
    assert mine._worth_reading()["parameter"].tolist() == ["detect", "fix"]
