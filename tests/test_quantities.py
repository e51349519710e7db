from __future__ import annotations

import inspect
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import qualitychain as qc
from qualitychain import metrics, queues
from qualitychain.quantities import checked, one_shift, plain, whole


@pytest.mark.parametrize(
    "value",
    [0.5, Fraction(1, 2), Decimal("0.5"), np.float32(0.5), np.array(0.5), np.array(Fraction(1, 2), dtype=object)],
)
def test_any_real_number_is_a_number_in_metrics_and_queues(value: Any) -> None:
    assert metrics.dpu(value, 4) == 0.125
    assert queues.ggc_wait(value, 1, 1) == queues.ggc_wait(0.5, 1, 1)
    assert queues.mmc(1, value, 1).waiting_time == 0.5
    assert queues.mmck(1, value, 1, 3) == queues.mmck(1, 0.5, 1, 3)


@pytest.mark.parametrize(
    "value", [[1, 2], (1, 2), np.array([1, 2]), [Fraction(1), 2], pd.Series([1, 2]), np.array([1, 2], dtype=np.uint8)]
)
def test_any_array_of_real_numbers_is_an_array(value: Any) -> None:
    assert metrics.dpu(value, 4).tolist() == [0.25, 0.5]
    assert queues.erlang_b(value, 1).tolist() == [0.5, 2 / 3]


@pytest.mark.parametrize(
    "value", [True, np.True_, [True, 0.5], [[0.5], [False]], np.array([True]), None, [None], "1", ["1"]]
)
def test_answers_and_texts_are_no_quantities(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^defects must be a number.*, got .*; give a count"):
        metrics.dpu(value, 4)
    with pytest.raises(ValueError, match=r"^load must be a number.*, got .*; give arrival rate times"):
        queues.erlang_b(value, 3)
    with pytest.raises(ValueError, match=r"^arrival_rate must be a number"):
        queues.mmc(value, 0.1, 1)


@pytest.mark.parametrize("value", [[[1], [1, 2]], 1j, {"a": 1}, [[1, 2], None], [np.array([1.0, 2.0]), 1.0]])
def test_what_is_no_array_of_numbers_is_refused_in_our_words(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^defects must be a number.*; give a count"):
        metrics.dpu(value, 4)


@pytest.mark.parametrize(
    ("limits", "value", "said"),
    [
        ({"low": 0}, -1, "must be at least 0, got -1.0"),
        ({"high": 1}, 2, "must be at most 1, got 2.0"),
        ({"low": 0, "high": 1}, [0.5, math.nan], "must be between 0 and 1, got nan at index 1"),
        ({"above": 0}, 0, "must be above 0, got 0.0"),
        ({"low": 0, "below": 1}, 1, "must be below 1, got 1.0"),
        ({"above": 0, "below": 1}, [[0.5, 1]], r"must be between 0 and 1, both excluded, got 1.0 at index \(0, 1\)"),
        ({}, math.inf, "must be finite, got inf"),
        ({}, math.nan, "must be a number, got nan"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range_and_place(limits: Any, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=rf"^x {said}; try another$"):
        checked("x", value, "try another", **limits)


def test_infinity_passes_where_it_has_a_meaning() -> None:
    assert checked("x", math.inf, "", low=0, finite=False) == math.inf


@pytest.mark.parametrize(
    ("value", "said"), [(1.5, "a whole number"), (0, "at least 1"), (2e15, "at most 1e"), (True, "a n")]
)
def test_counts_of_things_are_whole(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"^servers must be {said}"):
        whole("servers", value)


def test_a_number_comes_back_for_a_number_and_an_array_for_an_array() -> None:
    assert type(plain(np.asarray(-0.0))) is float
    assert math.copysign(1, plain(np.asarray(-0.0))) == 1
    assert plain(np.array([1])).dtype == np.float64


@pytest.mark.parametrize("wrong", [True, False, np.True_, -1, math.nan, math.inf, "1.5", None, [1.5]])
def test_a_shift_is_one_number_of_standard_deviations_everywhere(wrong: Any) -> None:
    chain = qc.Chain(
        "C",
        suppliers=[qc.Supplier("S")],
        customers=[qc.Customer("K")],
        handoffs=[qc.Handoff("S", "K", defect_rate=0.02)],
    )
    asks = {
        "quality": lambda: qc.quality(chain, shift=wrong),
        "compare": lambda: qc.compare(chain, chain, shift=wrong),
        "check": lambda: qc.check(chain, shift=wrong),
        "report": lambda: qc.report(chain, "never-written.html", shift=wrong),
        "report_html": lambda: qc.report_html(chain, shift=wrong),
        "allocate": lambda: qc.allocate(chain, {"K": 0.01}, shift=wrong),
        "sla_adequacy": lambda: qc.sla_adequacy(chain, shift=wrong),
    }
    taking = {
        n for n in qc.__all__ if inspect.isfunction(f := getattr(qc, n)) and "shift" in inspect.signature(f).parameters
    }
    assert taking <= set(asks)
    for ask in asks.values():
        with pytest.raises(
            ValueError, match=r"^shift must be .*; give 1.5 for the usual convention or 0 for no shift$"
        ):
            ask()


def test_a_shift_of_another_real_type_is_a_float_in_the_result() -> None:
    assert one_shift(Fraction(3, 2)) == 1.5
    assert type(one_shift(np.float64(1.5))) is float
