from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.chain.chain import parts_of
from qualitychain.model.chain.time_assumptions import time_assumptions
from qualitychain.model.values.durations import LONGEST_SECONDS
from qualitychain.model.values.times import moments

OFFICE = {"hours_per_day": 8, "days_per_week": 5}


def data(*, calendar: object = None, time_unit: str = "hour", **fields: Any) -> dict[str, Any]:
    """A chain with these fields, where ``department`` and so on are those of its records."""
    return {
        "name": "C",
        "time_unit": time_unit,
        "calendar": calendar,
        "suppliers": [{"name": "S", "rate": 1}],
        "departments": [{"name": "D", **fields.get("department", {})}],
        "customers": [{"name": "K", **fields.get("customer", {})}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 0.1},
            {"supplier": "D", "customer": "K", "defect_rate": 0.1, **fields.get("handoff", {})},
        ],
        "requirements": fields.get("requirements", []),
    }


def faults(**fields: Any) -> list[tuple[str, tuple[str | int, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        qc.Chain.from_dict(data(**fields))
    return [(f.code, f.path, f.message) for f in caught.value.faults]


def test_every_place_of_a_time_is_known() -> None:
    chain = qc.Chain.from_dict(
        data(
            department={"cycle_time": 1, "mttr": 2},
            customer={"promise": 3, "tolerance": 4},
            handoff={"lead_time": 5, "sla": {"lead_time": 6}, "inspection": {"detect": 1, "time": 7}},
            requirements=[
                {"customer": "K", "measure": "lead_time", "at_most": 8},
                {"department": "D", "measure": "waiting_time", "at_least": 9},
                {"customer": "K", "measure": "dpmo", "at_most": 10},
            ],
        )
    )
    found = parts_of(chain).times
    assert sorted(p.value for p in found if p.value) == list(range(1, 10))
    assert ("handoffs", 1, "inspection", "time") in {p.path for p in found}


WIDE = {"cycle_time": {"uniform": {"low": "1 d", "high": "20 h"}}}
NARROW = {"cycle_time": {"uniform": {"low": "20 h", "high": "1 d"}}}


def test_what_is_in_order_depends_on_the_calendar() -> None:
    office = qc.Chain.from_dict(data(calendar=OFFICE, department=WIDE))
    assert moments(office.departments[0].cycle_time or 0, office.clock)[0] == 14
    assert qc.Chain.from_dict(data(department=NARROW))
    assert faults(department=WIDE) == [
        (
            "QC034",
            ("departments", 0, "cycle_time", "uniform"),
            "department 'D': cycle_time needs low <= high, got '1 d' (24 hours), '20 h' (20 hours)",
        )
    ]
    assert faults(department=NARROW, calendar=OFFICE) == [
        (
            "QC034",
            ("departments", 0, "cycle_time", "uniform"),
            (
                "department 'D': cycle_time needs low <= high, got '20 h' (20 working hours), '1 d' (8 working hours), "
                "with the chain's calendar of 8 hours a day and 5 days a week"
            ),
        )
    ]


def test_the_mode_and_the_times_of_handoffs_are_in_order_too() -> None:
    time = {"triangular": {"low": "6 calendar days", "mode": "1 w", "high": "41 h"}}
    assert qc.Chain.from_dict(data(calendar=OFFICE, handoff={"lead_time": time}))
    found = faults(handoff={"lead_time": time, "inspection": {"detect": 1, "time": time}})
    assert [path for _, path, _ in found] == [
        ("handoffs", 1, "lead_time", "triangular"),
        ("handoffs", 1, "inspection", "time", "triangular"),
    ]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("30 h", "1 d"),
        ("8 d", "1 w"),
        ("2 d", "1 d"),
        ("169 h", "7 calendar days"),
        ("2 calendar days", "1 calendar day"),
    ],
)
def test_what_no_calendar_puts_in_order_is_refused_in_the_record(low: str, high: str) -> None:
    with pytest.raises(qc.ChainError, match="needs low <= high"):
        qc.Uniform(low=low, high=high)


@pytest.mark.parametrize(("low", "high"), [("1 d", "20 h"), ("1 w", "41 h"), ("4 calendar days", "2 d 20 h")])
def test_what_some_calendar_puts_in_order_is_left_to_the_chain(low: str, high: str) -> None:
    assert qc.Uniform(low=low, high=high).low == low


@pytest.mark.parametrize(("unit", "per_hour"), [("minute", 60), ("hour", 1), ("day", 1 / 8), ("week", 1 / 40)])
def test_a_hundred_years_of_working_time_are_the_most(unit: str, per_hour: float) -> None:
    most = LONGEST_SECONDS / 3600 * 40 / 168 * per_hour
    good = data(calendar=OFFICE, time_unit=unit, customer={"promise": most, "tolerance": "36525 calendar days"})
    assert qc.Chain.from_dict(good)
    assert faults(calendar=OFFICE, time_unit=unit, customer={"promise": most * 1.001}) == [
        (
            "QC014",
            ("customers", 0, "promise"),
            (
                f"customer 'K': promise is {most * 1.001:g} working {unit}s, longer than 100 years; "
                "check it and the chain's time_unit and calendar"
            ),
        )
    ]


def test_a_text_may_be_too_long_under_the_calendar_alone() -> None:
    for fields in (
        {"customer": {"promise": "300000 h"}},
        {"handoff": {"sla": {"lead_time": "300000 h"}}},
        {"handoff": {"inspection": {"detect": 1, "time": "300000 h"}}},
        {"requirements": [{"customer": "K", "measure": "lead_time", "at_most": "300000 h"}]},
    ):
        assert qc.Chain.from_dict(data(**fields))
        [(code, _, message)] = faults(calendar=OFFICE, **fields)
        assert code == "QC014"
        assert "300000 working hours, longer than 100 years" in message


def test_times_under_an_unreadable_clock_are_judged_mildly() -> None:
    """What a readable time unit or calendar might set right is not held against the times."""
    many = faults(time_unit="minuets", calendar=OFFICE, department=NARROW, customer={"promise": 1e7})
    assert [code for code, _, _ in many] == ["QC010"]
    many = faults(time_unit="minute", calendar=[8, 5], department=NARROW, customer={"promise": 1e7})
    assert [path for _, path, _ in many] == [("calendar",)]


def test_a_chain_around_the_clock_takes_nothing_for_granted_about_its_times() -> None:
    assert time_assumptions(qc.Chain.from_dict(data(customer={"promise": "5 calendar days"}))) == ()


def test_assumptions_say_how_times_were_read_and_which_promises_are_in_calendar_time() -> None:
    chain = qc.Chain.from_dict(
        data(
            calendar=OFFICE,
            department={"cycle_time": {"gamma": {"mean": "1 d", "scv": 0.5}}},
            customer={"promise": "5 calendar days"},
            handoff={"sla": {"lead_time": 1}},
            requirements=[{"customer": "K", "measure": "lead_time", "at_most": "2 d"}],
        )
    )
    assert time_assumptions(chain) == (
        "Times are working time, 8 hours a day and 5 days a week; numbers without a unit are working hours.",
        "In text, a day is 8 hours of work and a week 40.",
        "Durations that say calendar are converted on average: 1 calendar day is 5.714 hours of work.",
        "In calendar time: customer 'K': promise ('5 calendar days', on average 28.57 working hours).",
        (
            "In working time: handoff 'D -> K': sla.lead_time (1 working hour), "
            "requirement on the lead time of customer 'K': at_most ('2 d', 16 working hours)."
        ),
    )


def test_assumptions_speak_only_of_what_is_there() -> None:
    chain = qc.Chain.from_dict(data(calendar=OFFICE, time_unit="day", department={"cycle_time": "3 h"}))
    assert time_assumptions(chain) == (
        "Times are working time, 8 hours a day and 5 days a week; numbers without a unit are working days.",
    )
