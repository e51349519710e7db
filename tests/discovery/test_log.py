"""Every oddity of a log is counted, mended by a stated rule, or refused with a remedy."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from qualitychain.discovery import opening
from qualitychain.discovery.log import read_log
from qualitychain.discovery.records import LogColumns, LogFormat
from qualitychain.discovery.stamps import NO_STAMP, stamps
from qualitychain.errors import ChainWarning, LogError

COLUMNS = LogColumns("case", "team", "done")


def frame(*rows, columns=("case", "team", "done")):
    return pd.DataFrame(list(rows), columns=list(columns))


def counts(log):
    return log.quality["count"].to_dict()


def written(tmp_path, text, name="log.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_stamps_with_and_without_fractions_are_both_read():
    log = read_log(frame((1, "A", "2026-01-01T10:00:00"), (1, "B", "2026-01-01 10:00:00.900")), COLUMNS)
    assert np.diff(log.events["stamp"]).tolist() == [900_000]
    assert counts(log)["rows dropped"] == 0


def test_mixed_zones_are_brought_to_one_time_and_counted():
    rows = [
        (1, "B", "2026-01-01T10:00:00+01:00"),
        (1, "A", "2026-01-01T08:30:00Z"),
        (1, "C", "2026-01-01T12:00:00+01:00"),
    ]
    log = read_log(frame(*rows), COLUMNS)
    assert [log.departments[k] for k in log.events["department"]] == ["A", "B", "C"]
    assert counts(log)["stamps in another zone"] == 1
    assert counts(log)["out of order"] == 1


def test_rows_without_case_department_or_stamp_are_dropped_each_for_its_reason():
    rows = [
        (None, "A", "2026-01-01"),
        ("c", "  ", "2026-01-01"),
        ("c", "A", ""),
        ("c", "A", "NULL"),
        ("c", "A", "yesterday"),
        ("c", "A", "2026-01-02"),
        (None, None, None),
    ]
    found = counts(read_log(frame(*rows), COLUMNS))
    assert (found["case missing"], found["department missing"]) == (2, 2)
    assert (found["stamp missing"], found["stamp unreadable"]) == (3, 1)
    assert found["rows dropped"] == 6
    assert found["events kept"] == 1


def test_ties_are_broken_by_the_order_of_the_file():
    log = read_log(frame((1, "B", "2026-01-01"), (1, "A", "2026-01-01"), (1, "C", "2026-01-01")), COLUMNS)
    assert [log.departments[k] for k in log.events["department"]] == ["B", "A", "C"]
    assert counts(log)["ties"] == 2


def test_duplicate_rows_and_one_event_cases_are_counted_and_kept():
    log = read_log(frame((1, "A", "2026-01-01"), (1, "A", "2026-01-01"), (2, "A", "2026-01-01")), COLUMNS)
    assert counts(log)["duplicate rows"] == 1
    assert counts(log)["one-event cases"] == 1
    assert len(log.events) == 3


def test_an_end_before_its_start_keeps_the_event_and_loses_the_duration():
    rows = frame(
        (1, "A", "2026-01-02", "2026-01-03"), (1, "B", "2026-01-04", "2026-01-03"),
        columns=("case", "team", "done", "begun"),
    )  # fmt: skip
    log = read_log(rows, LogColumns("case", "team", "done", "begun"))
    assert counts(log)["end before start"] == 1
    assert log.events["timed"].tolist() == [False, True]
    assert log.events["begin"].tolist()[0] == log.events["stamp"].tolist()[0]


def test_case_ids_that_differ_by_space_or_case_only_are_warned_of_and_kept_apart():
    with pytest.warns(ChainWarning, match="'Case 1' and 'case  1'"):
        log = read_log(frame(("Case 1", "A", "2026-01-01"), ("case  1", "A", "2026-01-01")), COLUMNS)
    assert counts(log)["case ids differing by space or case only"] == 1
    assert counts(log)["cases"] == 2


def test_names_that_a_model_refuses_are_cleaned_and_counted():
    rows = [
        (1, "Caf\u0065\u0301", "2026-01-01"),
        (1, "Caf\u00e9", "2026-01-02"),
        (1, "x" * 300, "2026-01-03"),
        (1, "a\u202eb\n", "2026-01-04"),
    ]
    log = read_log(frame(*rows), COLUMNS)
    assert log.departments == ["Caf\u00e9", "x" * 200, "ab "]
    assert log.events["department"].tolist() == [0, 0, 1, 2]
    assert counts(log)["department names changed"] == 3


def test_a_zone_for_stamps_without_one_counts_the_hour_that_happens_twice():
    rows = [(1, "A", "2026-10-25 02:30:00"), (1, "B", "2026-10-25 05:00:00")]
    log = read_log(frame(*rows), COLUMNS, LogFormat(zone="Europe/Berlin"))
    assert counts(log)["ambiguous local times"] == 1
    # the first 02:30 is summer time, so two and a half hours and the extra one
    assert np.diff(log.events["stamp"]).tolist() == [3.5 * 3600e6]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("case;team;done;good\n1;A;2026-01-01;1,5\n", "semicolon"),
        ("case\tteam\tdone\tgood\n1\tA\t2026-01-01\t1.5\n", "tab"),
        ('\ufeffcase,team,done,good\r\n1,"A",2026-01-01,1.5', "comma"),
        ("case|team|done|good\n1|A|2026-01-01|1.5\n", "bar"),
    ],
)
def test_the_dialect_of_a_csv_file_is_found_and_named(tmp_path, text, dialect):
    log = read_log(written(tmp_path, text), LogColumns("case", "team", "done", completed="good"))
    assert log.events["completed"].tolist() == [1.5]
    assert dialect in log.quality.loc["rows read", "done"]


def test_a_decimal_comma_is_named(tmp_path):
    log = read_log(
        written(tmp_path, "case;team;done;good\n1;A;2026-01-01;1,5\n"),
        LogColumns("case", "team", "done", completed="good"),
    )
    assert "decimal comma" in log.quality.index


def test_quoted_line_breaks_stay_in_their_field(tmp_path):
    log = read_log(written(tmp_path, 'case,team,done\n1,"Quality\ncontrol",2026-01-01\n'), COLUMNS)
    assert log.departments == ["Quality control"]


def test_a_header_repeated_among_the_rows_is_dropped_and_counted(tmp_path):
    log = read_log(written(tmp_path, "case,team,done\n1,A,2026-01-01\ncase,team,done\n1,B,2026-01-02\n"), COLUMNS)
    assert counts(log)["header repeated"] == 1
    assert counts(log)["rows dropped"] == 0


def test_a_packed_csv_reads_like_a_plain_one(tmp_path):
    text = b"case,team,done\n1,A,2026-01-01\n"
    log = read_log(written(tmp_path, gzip.compress(text), "log.csv.gz"), COLUMNS)
    assert len(log.events) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the log is empty"),
        ("case,team,done\n", "the log is empty"),
        (
            "Case,teams,done\n1,A,2026-01-01\n",
            "no column 'case'; did you mean 'Case'.*no column 'team'; did you mean 'teams'",
        ),
        ("case,team,team,done\n1,A,B,2026-01-01\n", "'team' stands 2 times in the header"),
        ("case,team,done\n1,A,2026-01-01,extra,more\n", "not a table separated by comma"),
        ("case,team,done\n1,A,soon\n", "no time stamp can be read, for instance 'soon'"),
        ("case,team,done\n1,,2026-01-01\n", "no event is left of 1 rows"),
        (b"case,team,done\n1,M\xfcller,2026-01-01\n", r"not utf-8 \(byte 18\)"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(tmp_path, text, message):
    with pytest.raises(LogError, match=message):
        read_log(written(tmp_path, text), COLUMNS)


def test_another_encoding_is_read_when_named(tmp_path):
    path = written(tmp_path, "case,team,done\n1,Müller,2026-01-01\n".encode("latin-1"))
    assert read_log(path, COLUMNS, LogFormat(encoding="latin-1")).departments == ["Müller"]


def test_a_million_columns_are_refused(tmp_path):
    with pytest.raises(LogError, match="columns, at most 10,000 are read"):
        read_log(written(tmp_path, "case,team,done" + ",x" * 20_000 + "\n"), COLUMNS)
    with pytest.raises(LogError, match="the header is longer than"):
        read_log(written(tmp_path, "x," * 1_000_000), COLUMNS)


def test_a_csv_that_unpacks_too_large_is_refused(tmp_path):
    bomb = gzip.compress(b"case,team,done\n" + b"1,A,2026-01-01\n" * 300_000)
    with pytest.raises(LogError, match="more than 3,000,000 bytes"):
        read_log(written(tmp_path, bomb, "bomb.csv.gz"), COLUMNS, LogFormat(max_bytes=3_000_000))


@pytest.mark.parametrize("given", [7, None, [("a", 1)]])
def test_what_is_neither_path_nor_frame_is_refused(given):
    with pytest.raises(LogError, match="a path or a data frame"):
        read_log(given, COLUMNS)


def test_a_missing_file_is_named_without_its_folder(tmp_path):
    with pytest.raises(LogError, match=r"^none\.csv: cannot be read"):
        read_log(tmp_path / "none.csv", COLUMNS)


def test_numbers_are_not_taken_for_stamps():
    with pytest.raises(LogError, match="holds numbers, not time stamps"):
        read_log(frame((1, "A", 1700000000)), COLUMNS)


def test_stamps_of_another_form_are_read_when_it_is_given():
    log = read_log(frame((1, "A", "31.12.2026 23:59")), COLUMNS, LogFormat(timestamp_format="%d.%m.%Y %H:%M"))
    assert log.events["stamp"].tolist() == [pd.Timestamp("2026-12-31 23:59").value // 1000]


def test_stamps_in_a_frame_may_be_dates_with_or_without_a_zone():
    aware = pd.Series(pd.to_datetime(["2026-01-01T01:00+01:00", None]), name="t")
    naive = pd.Series(pd.to_datetime(["2026-01-01T00:00", None]), name="t")
    mixed = pd.Series([pd.Timestamp("2026-01-01T01:00+01:00"), pd.NaT], dtype=object, name="t")
    wanted = [pd.Timestamp("2026-01-01").value // 1000, NO_STAMP]
    for column in (aware, naive, mixed):
        found = stamps(column)
        assert found.micros.tolist() == wanted
        assert found.missing == 1


def test_flags_are_words_truth_values_or_counts_and_nothing_else():
    rows = frame(
        (1, "A", "2026-01-01", "Y"),
        (1, "B", "2026-01-02", "no"),
        (1, "C", "2026-01-03", "2"),
        columns=("case", "team", "done", "bad"),
    )
    columns = LogColumns("case", "team", "done", defect="bad")
    assert read_log(rows, columns).events["defect"].tolist() == [True, False, True]
    with pytest.raises(LogError, match="'perhaps' is neither yes nor no"):
        read_log(rows.replace("Y", "perhaps"), columns)


def test_quantities_that_are_negative_or_no_numbers_are_counted_and_read_as_none():
    rows = frame(
        (1, "A", "2026-01-01", "-1"),
        (1, "B", "2026-01-02", "x"),
        (1, "C", "2026-01-03", "4"),
        columns=("case", "team", "done", "good"),
    )
    log = read_log(rows, LogColumns("case", "team", "done", completed="good"))
    assert counts(log)["quantities unreadable or negative"] == 2
    assert log.events["completed"].tolist() == [0, 0, 4]


def test_a_filter_of_durations_that_fits_no_row_is_refused():
    rows = frame((1, "A", "2026-01-02", "2026-01-01", "guess"), columns=("case", "team", "done", "begun", "status"))
    with pytest.raises(LogError, match="no row has 'status' = 'exact'"):
        read_log(rows, LogColumns("case", "team", "done", "begun", durations_where={"status": "exact"}))


def test_whole_numbers_read_as_floats_are_case_ids_without_a_point():
    log = read_log(frame((1, "A", "2026-01-01"), (None, "A", "2026-01-01")), COLUMNS)
    assert log.cases.tolist() == ["1"]


def test_limits_stand_in_one_place():
    assert opening.LARGEST_LOG >= 2**30


def test_a_missing_reader_of_parquet_is_named_with_its_remedy(monkeypatch):
    def refused(path):
        raise ImportError("no reader")

    monkeypatch.setattr(pd, "read_parquet", refused)
    with pytest.raises(LogError, match="reading Parquet needs pyarrow; pip install pyarrow"):
        read_log("log.parquet", COLUMNS)
