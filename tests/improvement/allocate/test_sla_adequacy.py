from __future__ import annotations

import math

import pytest
from support.chains import line

import qualitychain as qc


def promising(*promises: float | None, required: float, **more: object) -> qc.Chain:
    """Three steps of 10 % with these promises of what the receiver meets, and a requirement of the customer."""
    base = line(0.1, 0.1, 0.1)
    slas = {
        h.full_name: {"sla": None if p is None else qc.Sla(defect_rate=p)}
        for h, p in zip(base.handoffs, promises, strict=True)
    }
    requirement = qc.Requirement(customer="Shop", measure="defect_rate", at_most=required)
    import dataclasses

    return dataclasses.replace(qc.what_if(base, slas), requirements=[requirement])


def test_a_promise_just_as_good_as_needed_is_enough() -> None:
    found = qc.sla_adequacy(promising(0.1, 0.19, 0.271, required=0.271))
    assert found.table["verdict"].tolist() == ["promises enough"] * 3
    assert len(found.weak) == 0


def test_a_weaker_promise_is_told_with_its_gap() -> None:
    found = qc.sla_adequacy(promising(0.1, 0.25, 0.2, required=0.271))
    assert found.weak["handoff"].tolist() == ["D1 -> D2"]
    assert found.weak["gap"].iloc[0] == pytest.approx(0.06, abs=1e-12)
    assert "D1 -> D2: promises defect rate 25 %, Shop needs 19 %" in found.summary()


def test_a_requirement_with_something_to_spare_lets_promises_be_weaker() -> None:
    found = qc.sla_adequacy(promising(0.2, 0.36, 0.488, required=0.488))
    assert found.table["needed"].to_numpy() == pytest.approx([0.2, 0.36, 0.488], abs=1e-12)
    assert len(found.weak) == 0


def test_a_handoff_without_a_promise_promises_nothing() -> None:
    found = qc.sla_adequacy(promising(None, 0.25, None, required=0.271))
    assert found.table["verdict"].tolist() == ["promises less", "promises nothing", "promises nothing"]
    assert math.isnan(found.table["gap"].iloc[1])
    assert found.reason_for("table", 1, "gap") == "the handoff has no such promise (sla)"


def test_a_chain_allocated_to_its_requirement_has_adequate_slas() -> None:
    chain = promising(None, None, None, required=0.1)
    better = qc.allocate(chain, {"Shop": {"defect_rate": 0.1}}, method="proportional").chain
    assert qc.sla_adequacy(better).table["verdict"].unique().tolist() == ["promises enough"]


def test_promised_times_are_held_against_a_required_lead_time() -> None:
    base = qc.Chain(
        "Queue",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0, sla=qc.Sla(lead_time=4)),
        ],
        requirements=[qc.Requirement(customer="K", measure="on_time", at_least=0.95)],
    )
    found = qc.sla_adequacy(base)
    row = found.table.set_index("handoff").loc["A -> K"]
    # the whole lead time is that of the one queue, so it needs the promise itself
    assert row["needed"] == pytest.approx(3, rel=2e-3)
    assert row["verdict"] == "promises less"
    kept = qc.sla_adequacy(qc.what_if(base, {"A -> K": {"sla": qc.Sla(lead_time=2.5)}}))
    assert kept.table.set_index("handoff").loc["A -> K", "verdict"] == "promises enough"


def test_a_requirement_that_cannot_be_split_has_a_reason() -> None:
    import dataclasses

    chain = dataclasses.replace(
        line(0.1, 0.1), requirements=[qc.Requirement(customer="Shop", measure="satisfied", at_least=0.9)]
    )
    found = qc.sla_adequacy(chain)
    assert "satisfied at least 90 %" in found.unsplit[0]
    assert len(found.table) == 0
    assert "No requirement" in found.summary()


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'proportional'"):
        qc.sla_adequacy(line(0.1), method="proportionl")  # type: ignore[arg-type]


def test_the_plot_shows_the_weakest_promise_first() -> None:
    ax = qc.sla_adequacy(promising(0.1, 0.25, 0.2, required=0.271)).plot()
    assert ax.get_yticklabels()[0].get_text() == "D1 -> D2"
    ax.figure.clear()


def both_measures(time: float, rate: float) -> qc.Chain:
    """One queue whose promises of time and of quality are held against requirements on both."""
    promise = qc.Sla(lead_time=time, defect_rate=rate)
    return qc.Chain(
        "Queue",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("A", cycle_time=0.5)],
        customers=[qc.Customer("K", promise=3)],
        handoffs=[
            qc.Handoff("S", "A", defect_rate=0.1),
            qc.Handoff("A", "K", defect_rate=0.1, sla=promise),
        ],
        requirements=[
            qc.Requirement(customer="K", measure="on_time", at_least=0.95),
            qc.Requirement(customer="K", measure="defect_rate", at_most=0.19),
        ],
    )


def test_a_weak_promise_of_time_is_drawn_first_beside_sound_promises_of_quality() -> None:
    found = qc.sla_adequacy(both_measures(6, 0.1))
    ax = found.plot()
    assert ax.get_yticklabels()[0].get_text() == "A -> K, lead time"
    needed, promised = (points.get_offsets()[:2, 0] for points in ax.collections[-2:])
    assert list(needed) == [1, 1]
    # multiples of what is needed share one axis
    assert list(promised) == pytest.approx([2, 0.1 / 0.19], rel=5e-3)
    ax.figure.clear()


def test_promises_far_apart_are_drawn_on_a_logarithmic_axis() -> None:
    assert qc.sla_adequacy(both_measures(100, 0.1)).plot().get_xscale() == "log"
    assert qc.sla_adequacy(both_measures(6, 0.1)).plot().get_xscale() == "linear"


def test_where_nothing_is_promised_the_plot_shows_what_is_needed() -> None:
    ax = qc.sla_adequacy(promising(None, None, None, required=0.271)).plot()
    assert len(ax.get_yticklabels()) == 3
    assert "defect rate" in ax.get_xlabel()
    ax.figure.clear()


def test_of_several_requirements_the_strictest_counts() -> None:
    import dataclasses

    chain = promising(0.1, 0.19, 0.271, required=0.271)
    stricter = qc.Requirement(customer="Shop", measure="accepted_defect_rate", at_most=1 - 0.95**3)
    found = qc.sla_adequacy(dataclasses.replace(chain, requirements=[*chain.requirements, stricter])).table
    assert found["requirement"].str.startswith("accepted defect rate").all()
    assert found.set_index("handoff")["needed"].to_dict() == pytest.approx(
        {"Stock -> D1": 0.05, "D1 -> D2": 1 - 0.95**2, "D2 -> Shop": 1 - 0.95**3}, abs=1e-12
    )
    assert (found["verdict"] == "promises less").all()
    # the promise that is weakest for what is needed comes first
    assert (found["gap"] / found["needed"]).is_monotonic_decreasing
