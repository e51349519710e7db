"""One study, each answer once."""

from __future__ import annotations

import pytest
from support.chains import line

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import MOST_OTHERS, Study
from qualitychain.errors import AnalysisError


def test_a_question_is_answered_once_for_the_same_keywords() -> None:
    asked: list[float] = []

    def question(study: Study, factor: float = 1.0) -> float:
        asked.append(factor)
        return study.shift * factor

    study = Study(line(0.1, 0.1))
    assert [study.ask(question), study.ask(question), study.ask(question, factor=2.0)] == [1.5, 1.5, 3.0]
    assert study.ask(question, factor=1.0) == study.ask(question, 1.0) == 1.5
    assert asked == [1.0, 2.0]


def test_an_answer_that_cannot_be_had_is_refused_again_without_trying() -> None:
    tried: list[int] = []

    def question(study: Study) -> float:
        tried.append(len(study.chain.handoffs))
        raise AnalysisError("no")

    study = Study(line(0.1, 0.1))
    for _ in range(2):
        with pytest.raises(AnalysisError, match="no"):
            study.ask(question)
    assert len(tried) == 1


def test_equal_changed_chains_share_a_study_and_the_same_chain_is_the_study_itself() -> None:
    study = Study(line(0.1, 0.1), shift=1.0)
    better = study.of(line(0.0, 0.1))
    assert study.of(line(0.1, 0.1)) is study
    assert study.of(line(0.0, 0.1)) is better
    assert better.of(line(0.0, 0.1)) is better
    assert better.shift == 1.0


def test_only_so_many_changed_chains_are_remembered() -> None:
    study = Study(line(0.1, 0.1))
    first = study.of(line(0.5, 0.1))
    for i in range(MOST_OTHERS):
        study.of(line(0.5 * (i + 1) / (MOST_OTHERS + 1) + 0.0001, 0.1))
    assert study.of(line(0.5, 0.1)) is not first


@pytest.mark.parametrize("shift", [True, -0.1, float("inf"), float("nan"), "1.5", None])
def test_what_is_no_shift_is_refused(shift: object) -> None:
    with pytest.raises((ValueError, TypeError), match="shift must be"):
        Study(line(0.1, 0.1), shift=shift)  # type: ignore[arg-type]


def test_what_is_no_chain_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="expected a Chain"):
        Study({"name": "C"})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Chain"):
        qc.quality("C")  # type: ignore[arg-type]


def test_networks_that_changed_chains_have_in_common_are_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[object] = []
    solve = Compiled.solve
    monkeypatch.setattr(Compiled, "solve", lambda self, network: solved.append(network) or solve(self, network))
    study = Study(line(0.1, 0.1))
    faster = study.of(qc.what_if(study.chain, {"D1": {"servers": 3}}))
    better = study.of(qc.what_if(study.chain, {"D1 -> Shop": {"defect_rate": 0.05}}))
    assert faster.solution is study.solution
    assert faster.perfect is study.perfect is better.perfect
    assert better.solution is not study.solution
    assert len(solved) == 3
