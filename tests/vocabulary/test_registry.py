"""What is said of tables is true of the tables."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

import qualitychain as qc
from qualitychain.analysis.base.frames import frame_of, heading, texts
from qualitychain.analysis.base.result import Result, units_of
from qualitychain.analysis.base.study import Study
from qualitychain.vocabulary.measures.all import MEASURES
from qualitychain.vocabulary.registry import analyses, found, given, tables

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


def answers_that_are_given_more() -> dict[str, Result]:
    chain = study().chain
    check = qc.Inspection(0.9, cost=1)
    handoff, customer = chain.handoffs[0].full_name, chain.customers[0].name
    rate = float(qc.quality(chain).customers.loc[customer, "accepted_defect_rate"])
    asked = {customer: {"accepted_defect_rate": rate / 2, "lead_time": "90 h", "quantile": 0.9}}
    return {
        "compare": qc.compare(chain, qc.what_if(chain, {handoff: {"defect_rate": 0.0}}), times=False),
        "compare of three": qc.compare(chain, chain, chain, names=["a_1", "b", "c"], times=False),
        "improve": qc.improve(chain, budgets=[]),
        "where_to_inspect": qc.where_to_inspect(chain, {handoff: check}, budget=1000, budgets=[]),
        "allocate": qc.allocate(chain, asked),
        "allocate rates": qc.allocate(chain, {customer: rate / 2}, method="equal"),
    }


def test_answers_that_are_given_more_than_a_chain_have_the_tables_that_are_said_of_them() -> None:
    answers = answers_that_are_given_more()
    assert {a.name for a in given()} <= set(answers)
    for result in answers.values():
        for spec in result.described():
            frame = frame_of(result, spec)
            assert tuple(n for n in frame.index.names if n is not None) == spec.index
            assert tuple(frame.columns) == tuple(c.name for c in spec.columns)
            assert len(texts(frame, spec)) == len(frame)
            assert all(heading(column, result.units) for column in spec.columns)
            assert set(units_of(spec, result.units)) == {c.name for c in spec.columns if not c.measure_in}
    for analysis in given():
        attributes = {spec.attribute for spec in answers[analysis.name].described()}
        assert {spec.attribute for spec in analysis.tables} <= attributes


def test_every_measure_says_what_it_is() -> None:
    assert all(m.words and m.low < m.high for m in MEASURES.values())
