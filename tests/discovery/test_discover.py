"""A log becomes a chain that visits, returns and spoils as the log did."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import visits

import qualitychain as qc
from qualitychain.discovery.discover import discover
from qualitychain.discovery.records import LogColumns, LogFormat
from qualitychain.errors import LogError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.values.times import moments

NAMES = {"case": "case", "department": "team", "timestamp": "done"}


def log(*cases, hours=1, **columns):
    """Cases as strings of one-letter departments, an event an hour; further columns row by row."""
    rows = [(number, letter) for number, case in enumerate(cases) for letter in case]
    table = pd.DataFrame(rows, columns=["case", "team"])
    table["done"] = pd.Timestamp("2026-01-01") + pd.to_timedelta([hours * k for k in range(len(table))], unit="h")
    for name, values in columns.items():
        table[name] = list(values)
    return table


def handoff(discovery, name):
    return {h.full_name: h for h in discovery.chain.handoffs}[name]


def test_consecutive_events_in_one_department_are_one_visit():
    found = discover(log("AAB"), **NAMES)
    assert found.totals.loc["visits", "kept"] == 2
    assert found.directly_follows[["from", "to", "count"]].to_numpy().tolist() == [
        ["A", "A", 1],
        ["A", "B", 1],
    ]
    assert found.handoffs["count"].to_dict() == {("A", "B"): 1}


def test_shares_are_the_frequencies_of_steps():
    found = discover(log("AB", "AB", "AC", "A"), **NAMES)
    shares = {h.full_name: h.share for h in found.chain.handoffs if h.supplier == "A"}
    assert shares == {"A -> B": 0.5, "A -> C": 0.25, "A -> Customer": 0.25}


def test_rejects_of_a_visit_count_against_the_handoff_that_brought_the_case():
    table = log("AB", "AB", good=[10, 8, 5, 5], bad=[0, 2, 0, 1])
    found = discover(table, columns=LogColumns(**NAMES, completed="good", rejected="bad"))
    brought = handoff(found, "A -> B").sample
    assert (brought.n, brought.defects) == (16, 3)
    first = handoff(found, "Start -> A").sample
    assert (first.n, first.defects) == (15, 0)
    assert handoff(found, "B -> Customer").defect_rate == 0


def test_a_return_without_a_mark_is_a_handoff_with_its_share():
    found = discover(log("ABAB"), **NAMES)
    assert found.handoffs.loc[("B", "A"), ["returns", "reworked"]].tolist() == [1, 0]
    assert handoff(found, "B -> A").share == 0.5
    assert all(h.inspection is None for h in found.chain.handoffs)


def test_a_return_after_a_reject_is_an_inspection_by_the_department_that_sends_back():
    found = discover(
        log("ABAB", good=[1] * 4, bad=[0, 1, 0, 0]), columns=LogColumns(**NAMES, completed="good", rejected="bad")
    )
    check = handoff(found, "B -> Customer").inspection
    assert (check.by, check.on_reject, check.rework_to) == ("supplier", "rework", "A")
    assert "B -> A" not in {h.full_name for h in found.chain.handoffs}
    assert found.handoffs.loc[("B", "A"), "reworked"] == 1


def test_a_return_to_a_visit_with_the_rework_flag_is_an_inspection_too():
    found = discover(log("ABAB", again=["", "", "Y", ""]), columns=LogColumns(**NAMES, rework="again"))
    assert handoff(found, "B -> Customer").inspection.rework_to == "A"


def test_a_detection_that_counts_tell_outright_is_the_counted_one():
    # B finds something in two of five visits and sends one back; and it sends back one where it found nothing
    table = log("ABAB", "ABAB", "AB", bad=[0, 1, 0, 0, 0, 0, 0, 0, 0, 1], again=[0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    found = discover(table, columns=LogColumns(**NAMES, defect="bad", rework="again"))
    check = handoff(found, "B -> Customer").inspection
    assert check.detect == pytest.approx(1 / 2)
    assert check.false_alarm == pytest.approx(1 / 3)


def test_rework_alone_is_taken_for_the_defect_it_answers():
    found = discover(log("ABAB", "AB", again=["", "", "Y", "", "", ""]), columns=LogColumns(**NAMES, rework="again"))
    sample = handoff(found, "A -> B").sample
    assert (sample.n, sample.defects) == (3, 1)
    check = handoff(found, "B -> Customer").inspection
    assert (check.detect, check.false_alarm) == pytest.approx((1, 0))


def test_rejects_sent_back_to_two_places_split_a_handoff_and_keep_its_shares():
    table = log("ABCACBC", "ABCBC", bad=[0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0])
    found = discover(table, **NAMES, defect="bad")
    leaving = [h for h in found.chain.handoffs if h.supplier == "C"]
    assert {h.inspection.rework_to for h in leaving} == {"A", "B"}
    assert sum(h.share for h in leaving) == pytest.approx(1, abs=1e-12)
    assert [h.customer for h in leaving] == ["Customer", "Customer"]
    per_case, _, _ = visits.expected(found.chain)
    assert per_case == pytest.approx({"A": 1.5, "B": 2.0, "C": 2.5})


def test_a_department_that_only_ever_sends_back_has_the_way_back_as_its_handoff():
    found = discover(log("AQA", bad=[0, 1, 0]), **NAMES, defect="bad")
    back = handoff(found, "Q -> A")
    assert (back.share, back.inspection.detect, back.inspection.rework_to) == (1.0, 1.0, "A")
    assert visits.expected(found.chain)[0] == pytest.approx({"A": 2, "Q": 1})


def test_a_flag_of_the_whole_case_counts_at_its_last_handoff():
    table = log("AB", "AB", bad=["Y", "Y", "", ""])
    found = discover(table, columns=LogColumns(**NAMES, defect="bad", defect_of="case"))
    assert handoff(found, "B -> Customer").sample.defects == 1
    assert handoff(found, "A -> B").defect_rate == 0


def times():
    table = log("AB", "AB", hours=10)
    table["begun"] = table["done"] - pd.to_timedelta([2, 4, 6, 4], unit="h")
    return table


def test_lead_time_runs_from_end_to_start_and_cycle_time_from_start_to_end():
    found = discover(times(), **NAMES, start="begun")
    assert moments(handoff(found, "A -> B").lead_time, "hour") == (6.0, 0.0)
    departments = {d.name: d for d in found.chain.departments}
    mean, scv = moments(departments["A"].cycle_time, "hour")
    assert (mean, scv) == (4.0, pytest.approx(0.5))
    assert moments(departments["B"].cycle_time, "hour") == (4.0, 0.0)


def test_lead_time_runs_from_stamp_to_stamp_where_there_is_one():
    found = discover(times(), **NAMES)
    assert moments(handoff(found, "A -> B").lead_time, "hour") == (10.0, 0.0)
    assert all(d.cycle_time is None for d in found.chain.departments)


def test_times_follow_the_time_unit():
    found = discover(times(), **NAMES, start="begun", time_unit="minute")
    assert handoff(found, "A -> B").lead_time == 360.0
    assert found.handoffs["lead_time_mean"].tolist() == [360.0]


def test_a_negative_wait_counts_as_none_and_is_said():
    table = times()
    table.loc[1, "begun"] = table.loc[0, "done"] - pd.Timedelta(hours=1)
    found = discover(table, **NAMES, start="begun")
    assert found.handoffs["negative_waits"].tolist() == [1]
    assert found.handoffs["lead_time_mean"].tolist() == [3.0]
    assert any("1 waits are negative" in sentence for sentence in found.assumptions)


def test_servers_are_the_most_at_work_at_once_and_an_end_frees_its_server_first():
    table = log("A", "A", "A", "A")
    table["begun"] = pd.to_datetime([f"2026-01-01 0{h}:00" for h in (0, 0, 1, 2)])
    table["done"] = pd.to_datetime([f"2026-01-01 0{h}:00" for h in (2, 1, 3, 3)])
    assert discover(table, **NAMES, start="begun").chain.departments[0].servers == 2


def test_the_release_rate_is_cases_over_the_time_between_first_and_last_start():
    table = log("A", "A", "A", hours=2)
    assert discover(table, **NAMES).chain.suppliers[0].rate == 0.75
    alone = discover(log("AB"), **NAMES)
    assert alone.chain.suppliers[0].rate is None
    assert any("no release rate" in sentence for sentence in alone.assumptions)


def test_a_department_called_like_the_supplier_keeps_its_name():
    table = log("AB").replace({"A": "Start", "B": "Customer"})
    chain = discover(table, **NAMES).chain
    assert [d.name for d in chain.departments] == ["Start", "Customer"]
    assert (chain.suppliers[0].name, chain.customers[0].name) == ("Start (supplier)", "Customer (customer)")


def test_names_that_make_one_handoff_name_get_their_own():
    table = log("AB", "CD").replace({"A": "x -> y", "B": "z", "C": "x", "D": "y -> z"})
    names = [h.full_name for h in discover(table, **NAMES).chain.handoffs]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time_unit": "hours"}, "time_unit must be one of.*did you mean 'hour'"),
        ({"supplier": "X", "customer": "X"}, "need different names"),
    ],
)
def test_options_that_contradict_are_refused(given, message):
    with pytest.raises(LogError, match=message):
        discover(log("AB"), **NAMES, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"defect_of": "row"}, "defect_of must be"),
        ({"rejected": "case", "defect": "case"}, "either rejected or defect"),
    ],
)
def test_columns_that_contradict_are_refused(given, message):
    with pytest.raises(LogError, match=message):
        LogColumns(**NAMES, **given)


def test_the_usual_columns_are_keywords_and_all_of_them_a_record():
    table = log("AB", "ABA", bad=[0, 1, 0, 0, 0], begun=["2026-01-01"] * 5)
    more = {"start": "begun", "defect": "bad"}
    assert discover(table, **NAMES, **more).chain == discover(table, columns=LogColumns(**NAMES, **more)).chain


def test_which_columns_are_meant_must_be_said_once():
    with pytest.raises(LogError, match=r"say which columns hold case, timestamp: case=\.\.\., or columns=LogColumns"):
        discover(log("AB"), department="team")
    with pytest.raises(LogError, match="give columns or case, start, not both"):
        discover(log("AB"), columns=LogColumns(**NAMES), case="case", start="begun")


def test_the_format_of_the_text_is_a_record(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("case;team;done\n1;Büro;31.12.2026 23:59\n".encode("latin-1"))
    written = LogFormat(sep=";", encoding="latin-1", timestamp_format="%d.%m.%Y %H:%M", zone="Europe/Berlin")
    found = discover(path, **NAMES, log_format=written)
    assert found.cases["end"].iloc[0] == pd.Timestamp("2026-12-31 22:59", tz="UTC")
    assert found.departments.index.tolist() == ["Büro"]


def test_the_result_speaks_and_is_plain_data():
    stages = []
    table = log("ABAB", "A<b>", again=[0, 0, 1, 0, 0, 0, 0, 0])
    table["team"] = table["team"].replace({"b": "<script>"})
    found = discover(table, columns=LogColumns(**NAMES, rework="again"), name="Two", progress=stages.append)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["chain"]["name"] == "Two"
    assert "1 of them rework" in found.summary()
    assert "<script>" not in found._repr_html_()
    assert stages == ["read", "count", "build", "tables"]
    assert repr(found).startswith("Discovery('Two': 8 events, 2 cases")


EVENT = st.tuples(
    st.integers(0, 3),
    st.sampled_from("ABCDE"),
    st.integers(0, 40),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
)


@settings(max_examples=20)
@given(
    st.lists(EVENT, min_size=1, max_size=40),
    st.sampled_from(["quantities", "rejects", "defect", "rework", "none"]),
)
def test_the_chain_of_any_log_is_valid_and_visits_as_the_log_did(events, evidence):
    table = pd.DataFrame(events, columns=["case", "team", "hour", "good", "bad", "again"])
    table["done"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(table["hour"], unit="h")
    table["begun"] = table["done"] - pd.to_timedelta(table["good"], unit="h")
    given = {
        "quantities": {"completed": "good", "rejected": "bad", "rework": "again"},
        "rejects": {"rejected": "bad", "rework": "again"},
        "defect": {"defect": "bad"},
        "rework": {"rework": "again"},
        "none": {},
    }[evidence]
    found = discover(table, columns=LogColumns(**NAMES, start="begun", **given))
    assert Chain.from_dict(found.chain.to_dict()) == found.chain
    per_case, delivered, nonconforming = visits.expected(found.chain)
    observed = found.departments["visits"] / len(found.cases)
    assert delivered == pytest.approx(1, abs=1e-8)
    assert per_case == pytest.approx(observed.to_dict(), abs=1e-8)
    assert -1e-9 <= nonconforming <= 1 + 1e-9
    inner = found.totals["kept"]
    assert found.handoffs["count"].sum() + len(found.cases) == inner["visits"]
    assert found.handoffs["returns"].sum() == inner["returns"] == found.cases["returns"].sum()


@settings(max_examples=12)
@given(st.lists(st.text("AB\u00e9\u0301\n\u202e >-", max_size=4), min_size=1, max_size=12))
@pytest.mark.filterwarnings("ignore::qualitychain.errors.ChainWarning")
def test_any_department_names_make_a_valid_chain(names):
    table = pd.DataFrame({"case": 1, "team": names, "done": pd.Timestamp("2026-01-01")})
    if not any(name.strip() for name in names):
        with pytest.raises(LogError, match="no event is left"):
            discover(table, **NAMES)
    else:
        chain = discover(table, **NAMES).chain
        assert Chain.from_dict(chain.to_dict()) == chain


def test_a_log_that_says_nothing_of_defects_gives_unknown_rates_not_perfect_ones():
    found = discover(log("AB", "AB"), **NAMES)
    assert all(h.rate_unknown for h in found.chain.handoffs)
    assert any("defect rates are not known" in sentence for sentence in found.assumptions)
    assert qc.quality(found.chain).customers["sigma_level"].isna().all()
