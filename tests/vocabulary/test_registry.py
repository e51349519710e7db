"""What is said of tables is true of the tables."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

import qualitychain as qc
from qualitychain.analysis.base.frames import frame_of, heading, texts
from qualitychain.analysis.base.study import Study
from qualitychain.vocabulary.measures.all import MEASURES
from qualitychain.vocabulary.registry import analyses, found, tables

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"


@lru_cache(maxsize=1)
def study() -> Study:
    return Study(qc.read_chain(EXAMPLE))


def test_names_of_analyses_and_tables_are_unique() -> None:
    names = [a.name for a in analyses()]
    assert len(set(names)) == len(names)
    assert len(tables()) == sum(len(a.tables) for a in analyses())


@pytest.mark.parametrize("name", tables())
def test_a_table_has_the_index_and_columns_that_are_said_of_it(name: str) -> None:
    analysis, spec = tables()[name]
    frame = frame_of(study().ask(found(analysis.question)), spec)
    assert tuple(n for n in frame.index.names if n is not None) == spec.index
    assert tuple(frame.columns) == tuple(c.name for c in spec.columns)
    assert set(spec.shown) <= {*spec.index, *frame.columns}


@pytest.mark.parametrize("name", tables())
def test_every_figure_of_a_table_has_a_measure_and_is_written_by_it(name: str) -> None:
    analysis, spec = tables()[name]
    for column in spec.columns:
        assert column.measure_in or (column.measure or column.name) in MEASURES, column.name
        assert heading(column, study().units)
    frame = frame_of(study().ask(found(analysis.question)), spec)
    assert len(texts(frame, spec)) == len(frame)


def test_every_measure_says_what_it_is() -> None:
    assert all(m.words and m.low < m.high for m in MEASURES.values())
