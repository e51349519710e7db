"""Public event logs against counts that were derived independently (tests/reference/event_log_facts.json)."""

from __future__ import annotations

import json
import warnings
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from support import visits

from qualitychain.discovery import queries
from qualitychain.discovery.discover import discover
from qualitychain.discovery.log import read_log
from qualitychain.discovery.records import LogColumns
from qualitychain.discovery.xes import read_xes
from qualitychain.errors import ChainWarning

FILE = Path(__file__).parents[1] / "reference" / "event_log_facts.json"
FACTS = {entry["id"]: entry for entry in json.loads(FILE.read_text(encoding="utf-8"))["entries"]}
BY_ACTIVITY = [
    "running_example",
    "helpdesk_italian",
    "bpi2013_incidents_by_group",
    "purchasing_by_end_time",
    "receipt",
]


def facts(*names):
    """These facts as parameters; those of logs kept as Parquet need pyarrow."""
    without = pytest.mark.skipif(find_spec("pyarrow") is None, reason="reading Parquet needs pyarrow")
    parquet = [FACTS[name]["inputs"]["dataset"].endswith("parquet") for name in names]
    return [
        pytest.param(name, marks=[pytest.mark.oracle, without] if needed else [])
        for name, needed in zip(names, parquet, strict=True)
    ]


@lru_cache(maxsize=4)
def table(path):
    return read_xes(path)


def found(folder, fact, department, **more):
    inputs = FACTS[fact]["inputs"]
    path = folder / inputs["dataset"]
    with warnings.catch_warnings():
        # some of these logs do have departments that differ by spaces
        warnings.simplefilter("ignore", ChainWarning)
        return discover(
            table(path) if ".xes" in path.name else path,
            case=inputs.get("case", "case"),
            department=department,
            timestamp=inputs.get("timestamp", "time:timestamp"),
            **more,
        )


def pairs(table, most):
    rows = table.sort_values(["count", "from", "to"], ascending=[False, True, True]).head(most)
    return [list(row) for row in rows[["from", "to", "count"]].itertuples(index=False)]


@pytest.mark.parametrize("fact", facts(*BY_ACTIVITY))
def test_counts_of_activities_are_the_known_ones(data_folder, fact):
    expected = FACTS[fact]["expected"]
    discovery = found(data_folder, fact, FACTS[fact]["inputs"]["activity"])
    kept = discovery.totals["kept"]
    assert kept["cases"] == expected["cases"]
    assert kept["events"] == expected["events"]
    assert kept["departments"] == expected["activities"]
    assert kept["variants"] == expected["variants"]
    follows = discovery.directly_follows
    assert len(follows) == expected["directly_follows_pairs"]
    assert pairs(follows, 8) == expected["top_directly_follows"]
    starts, ends = discovery.departments["starts"], discovery.departments["ends"]
    known_ends = expected["end_activities"]
    assert starts[starts > 0].to_dict() == expected["start_activities"]
    assert {name: int(ends[name]) for name in known_ends} == known_ends
    hours = discovery.cases["duration"]
    known = expected["case_duration_hours"]
    assert hours.mean() == pytest.approx(known["mean"], rel=1e-6)
    assert hours.median() == pytest.approx(known["median"], rel=1e-6)
    assert hours.max() == pytest.approx(known["max"], rel=1e-6)


@pytest.mark.parametrize("fact", facts(*BY_ACTIVITY, "bpi2013_incidents_by_line"))
def test_handoffs_between_units_are_the_known_ones(data_folder, fact):
    expected = FACTS[fact]["expected"]["handoffs"]
    discovery = found(data_folder, fact, expected["column"])
    kept = discovery.totals["kept"]
    assert kept["departments"] == expected["units"]
    assert kept["same_department"] == expected["same_unit"]
    assert kept["different_department"] == expected["different_unit"] == discovery.handoffs["count"].sum()
    assert kept["handoff_pairs"] == expected["distinct_handoff_pairs"] == len(discovery.handoffs)
    assert kept["ping_pong"] == expected["ping_pong_A_B_A"]
    follows = discovery.directly_follows
    assert pairs(follows[follows["from"] != follows["to"]], 10) == expected["top"]


@pytest.mark.parametrize("fact", facts("running_example", "helpdesk_italian", "receipt"))
def test_the_chain_of_a_known_log_visits_its_departments_as_often_as_the_log(data_folder, fact):
    discovery = found(data_folder, fact, FACTS[fact]["inputs"]["activity"])
    per_case, delivered, _ = visits.expected(discovery.chain)
    observed = discovery.departments["visits"] / len(discovery.cases)
    assert delivered == pytest.approx(1, abs=1e-9)
    assert per_case == pytest.approx(observed[observed > 0].to_dict(), rel=1e-6)


def test_a_csv_and_an_xes_file_of_one_log_give_the_same_counts(data_folder):
    xes = discover(
        data_folder / "running-example.xes",
        case="case",
        department="org:resource",
        timestamp="time:timestamp",
    )
    csv = discover(
        data_folder / "running-example.csv",
        case="case:concept:name",
        department="org:resource",
        timestamp="time:timestamp",
    )
    pd.testing.assert_frame_equal(xes.handoffs, csv.handoffs)


@pytest.mark.parametrize("number", [1, 2])
def test_waits_between_activities_and_people_are_those_counted_by_hand(data_folder, number):
    entry = FACTS[f"handoff_manual_log_{number}"]
    columns = LogColumns("case_id", "Resource", "end_time", "start_time", activity="Activity")
    log = read_log(data_folder / entry["inputs"]["dataset"], columns)
    table = queries.directly_follows(log.events, ("activity", "department"))
    counted = {
        (log.activities[a], log.departments[b], log.activities[c], log.departments[d]): (count, wait)
        for a, b, c, d, count, wait in table.itertuples(index=False, name=None)
    }
    known = {
        (h["source_activity"], h["source"], h["target_activity"], h["target"]): (
            h["frequency"],
            h["waiting_total_seconds"],
        )
        for h in entry["expected"]["handoffs"]
    }
    assert counted == known


def shop(folder, **more):
    return discover(
        folder / "production_log.csv",
        columns=LogColumns(
            **{
                "case": "Case ID",
                "department": "Resource",
                "timestamp": "Complete Timestamp",
                "start": "Start Timestamp",
                "completed": "Qty Completed",
                "rejected": "Qty Rejected",
                "rework": "Rework",
                "durations_where": {"ts_status": "exact"},
                "activity": "Activity",
                **more,
            }
        ),
    )


def test_totals_of_the_machine_shop_are_the_known_ones(data_folder):
    expected = FACTS["production_totals"]["expected"]
    discovery = shop(data_folder)
    read = discovery.totals["read"]
    for name, total in {
        "events": "events",
        "cases": "cases",
        "activities": "activities",
        "departments": "resources",
        "completed": "qty_completed",
        "rejected": "qty_rejected",
        "rework_rows": "rework_rows",
        "rows_with_reject": "rows_with_reject",
        "cases_with_reject": "cases_with_reject",
    }.items():
        assert read[name] == expected[total], name
    activities = discovery.activities
    with_rejects = activities[activities["rejected"] > 0]
    assert with_rejects["rejected"].to_dict() == expected["rejects_by_activity"]
    assert with_rejects["completed"].to_dict() == expected["completed_by_those_activities"]
    share = read["rejected"] / (read["completed"] + read["rejected"])
    assert share == pytest.approx(expected["reject_share_overall"], rel=1e-12)
    quality = discovery.log_quality["count"]
    assert quality["stamp missing"] == expected["rows_without_complete"]
    assert quality["start stamp missing"] == expected["rows_without_start"]


@pytest.mark.parametrize(("column", "total"), [("Worker ID", "workers"), ("Part Desc.", "part_kinds")])
def test_other_columns_of_the_machine_shop_have_the_known_number_of_values(data_folder, column, total):
    discovery = shop(data_folder, department=column)
    assert discovery.totals["read"]["departments"] == FACTS["production_totals"]["expected"][total]


def test_parts_to_be_reviewed_in_the_machine_shop_add_up_to_the_known_total(data_folder):
    discovery = shop(data_folder, rejected="Qty for MRB")
    assert discovery.totals["read"]["rejected"] == FACTS["production_totals"]["expected"]["qty_mrb"]


def test_the_chain_of_the_machine_shop_visits_its_machines_as_often_as_the_log(data_folder):
    discovery = shop(data_folder)
    per_case, delivered, nonconforming = visits.expected(discovery.chain)
    observed = discovery.departments["visits"] / len(discovery.cases)
    assert delivered == pytest.approx(1, abs=1e-9)
    assert per_case == pytest.approx(observed[observed > 0].to_dict(), rel=1e-6)
    assert 0 < nonconforming < 0.2


def test_only_rows_with_true_durations_give_the_machine_shop_its_cycle_times(data_folder):
    exact, every = shop(data_folder), shop(data_folder, durations_where=None)
    table = pd.read_csv(data_folder / "production_log.csv")
    assert exact.departments["timed"].sum() == (table["ts_status"] == "exact").sum()
    assert every.departments["timed"].sum() == table["Complete Timestamp"].notna().sum()


def test_rejects_of_the_machine_shop_stand_on_the_handoffs_that_brought_them(data_folder):
    chain = shop(data_folder).chain
    samples = [h.sample for h in chain.handoffs if h.sample]
    assert sum(s.defects for s in samples) == 362  # of 364: two were found after rework that has no handoff
    assert {d.name for d in chain.departments} >= {"Quality Check 1", "Machine 7- Laser Marking"}
