from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.values.durations import Clock

PARTS: dict[str, Any] = {
    "name": "C",
    "suppliers": [{"name": "S"}],
    "customers": [{"name": "K", "promise": "5 calendar days"}],
    "handoffs": [{"supplier": "S", "customer": "K", "defect_rate": 0.1}],
}


def chain(**fields: Any) -> qc.Chain:
    return qc.Chain.from_dict(PARTS | fields)


def refused(calendar: object) -> list[tuple[str, tuple[str | int, ...], str]]:
    with pytest.raises(qc.ChainError) as caught:
        chain(calendar=calendar)
    return [(f.code, f.path, f.message) for f in caught.value.faults]


def test_a_chain_without_a_calendar_works_around_the_clock() -> None:
    assert chain().clock == Clock("hour")
    assert chain().clock.said == "hours"
    assert chain(calendar=None) == chain()
    assert "calendar" not in chain().to_dict()


def test_a_chain_with_a_calendar_counts_working_time() -> None:
    office = chain(calendar={"hours_per_day": 8, "days_per_week": 5}, time_unit="day")
    assert office.clock == Clock("day", 8, 5)
    assert office.clock.said == "working days"
    assert office.clock.in_unit("1 w") == 5
    assert office.clock.in_unit("7 calendar days") == 5


def test_what_is_absent_is_all_hours_or_all_days() -> None:
    assert chain(calendar={"hours_per_day": 8}).clock == Clock("hour", 8, 7)
    assert chain(calendar={"days_per_week": 5}).clock == Clock("hour", 24, 5)


@pytest.mark.parametrize(
    "calendar", [{"hours_per_day": 8, "days_per_week": 5}, {"days_per_week": 5}, {"hours_per_day": 24}]
)
def test_a_calendar_is_written_whole_and_reads_back_equal(calendar: dict[str, float]) -> None:
    made = chain(calendar=calendar)
    data = made.to_dict()
    assert data["calendar"] == {"hours_per_day": 24.0, "days_per_week": 7.0} | calendar
    assert list(data)[:3] == ["schema_version", "name", "calendar"]
    assert qc.Chain.from_dict(data) == made
    assert qc.Chain.from_networkx(made.to_networkx()) == made


def test_a_calendar_may_be_given_as_a_record() -> None:
    record = qc.Calendar(hours_per_day=8, days_per_week=5)
    assert chain(calendar=record) == chain(calendar={"hours_per_day": 8, "days_per_week": 5})


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (
            {"hours_per_day": 25, "days_per_week": 0},
            [
                (
                    "QC012",
                    ("calendar", "hours_per_day"),
                    "calendar.hours_per_day must be greater than 0 and at most 24, got 25",
                ),
                (
                    "QC012",
                    ("calendar", "days_per_week"),
                    "calendar.days_per_week must be greater than 0 and at most 7, got 0",
                ),
            ],
        ),
        (
            {"hour_per_day": 8},
            [
                (
                    "QC015",
                    ("calendar", "hour_per_day"),
                    "calendar.hour_per_day is unknown; did you mean 'hours_per_day'?",
                )
            ],
        ),
        (
            {"hours_per_day": "8"},
            [
                (
                    "QC013",
                    ("calendar", "hours_per_day"),
                    "calendar.hours_per_day must be a number, got the text '8'; write 8 without quotes",
                )
            ],
        ),
        (
            {},
            [
                (
                    "QC025",
                    ("calendar",),
                    "calendar states nothing; give hours_per_day or days_per_week, or leave it out",
                )
            ],
        ),
        ([8, 5], [("QC010", ("calendar",), "calendar must be a mapping with the fields of Calendar, got a list")]),
        ("8x5", [("QC010", ("calendar",), "calendar must be a mapping with the fields of Calendar, got '8x5'")]),
        (
            {"hours_per_day": 1e-5, "days_per_week": 1},
            [
                (
                    "QC012",
                    ("calendar",),
                    "calendar leaves less than a second of work a week; check hours_per_day and days_per_week",
                )
            ],
        ),
    ],
)
def test_a_wrong_calendar_is_refused_with_place_and_remedy(calendar: object, expected: object) -> None:
    assert refused(calendar) == expected


@pytest.mark.parametrize("value", [-8, float("nan"), float("inf"), True, None])
def test_hours_that_are_no_hours_are_refused(value: object) -> None:
    [(code, path, _)] = refused({"hours_per_day": value, "days_per_week": 5})
    assert (code in {"QC010", "QC011", "QC012"}, path) == (True, ("calendar", "hours_per_day"))


def test_faults_of_the_calendar_and_of_the_rest_are_told_together() -> None:
    with pytest.raises(qc.ChainError) as caught:
        chain(calendar={"hours_per_day": 30}, customers=[{"name": "K", "promise": 2e6}])
    assert [(f.code, f.path) for f in caught.value.faults] == [
        ("QC012", ("calendar", "hours_per_day")),
        ("QC014", ("customers", 0, "promise")),  # over a hundred years under every calendar
    ]


def test_a_changed_chain_keeps_its_calendar() -> None:
    office = chain(calendar={"hours_per_day": 8, "days_per_week": 5})
    changed = qc.what_if(office, {"K": {"promise": "2 d"}}, name="New")
    assert changed.calendar == office.calendar
    assert changed.clock.in_unit("2 d") == 16
