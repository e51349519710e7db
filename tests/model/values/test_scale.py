from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.model.values.scale import read_scale


@pytest.mark.parametrize(
    ("text", "factor"), [("x0.55", 0.55), ("x 2", 2), (" x.5 ", 0.5), ("x1e-3", 0.001), ("x2.", 2)]
)
def test_x_and_a_number_is_a_scale(text: str, factor: float) -> None:
    assert read_scale(text) == qc.Scale(factor)


@pytest.mark.parametrize("text", ["2 h", "extra", "x", "xylophone", "0.5x", "", "PT2H", "x-ray"])
def test_other_texts_are_no_scales(text: str) -> None:
    assert read_scale(text) is None


@pytest.mark.parametrize(
    "text", ["x-0.5", "x0.5.5", "x1e999", "X0.5", "*2", "\u00d7 0.5", "x0,5", "x1_0", "x5 %", "x2e15", "x1\u0662"]
)
def test_a_text_that_is_nearly_a_scale_is_refused(text: str) -> None:
    with pytest.raises(qc.ChainError, match=r"must be x and a number of 0 or more, such as x0\.55"):
        read_scale(text)


@given(st.floats(0, 1e15))
def test_a_scale_is_written_so_that_it_reads_back(factor: float) -> None:
    scale = qc.Scale(factor)
    assert read_scale(scale.written) == scale
