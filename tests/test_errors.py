from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import qualitychain as qc
from qualitychain.codes import CODES
from qualitychain.errors import Fault
from qualitychain.near import SHOWN

FAULT = Fault("QC012", ("handoffs", 3, "defect_rate"), "must be less", 14, 20)


@pytest.mark.parametrize("name", [n for n in qc.__all__ if n.endswith("Error")])
def test_every_error_is_a_quality_chain_error(name: str) -> None:
    assert issubclass(getattr(qc, name), qc.QualityChainError)


def test_the_kinds_of_error_are_what_a_caller_may_catch_them_as() -> None:
    assert issubclass(qc.ModelFileError, qc.ChainError)
    assert issubclass(qc.ChainError, ValueError)
    assert issubclass(qc.LogError, ValueError)
    assert issubclass(qc.UnstableQueueError, qc.AnalysisError)
    assert not issubclass(qc.AnalysisError, ValueError)
    assert issubclass(qc.OverloadedError, qc.UnstableQueueError)
    assert issubclass(qc.TargetError, ValueError)
    assert all(issubclass(qc.UnknownCustomerError, kind) for kind in (qc.AnalysisError, ValueError, KeyError))
    assert issubclass(qc.ChainWarning, UserWarning)


def test_every_error_of_the_library_is_public() -> None:
    hidden = [
        f"{path.name}: {name}"
        for path in Path(qc.__file__).parent.rglob("*.py")
        for name, base in re.findall(r"^class (\w+)\((\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if base in qc.__all__ and issubclass(getattr(qc, base), Exception) and name not in qc.__all__
    ]
    # the engine says which handoffs and nodes by their numbers; analyses put names to them
    assert [line for line in hidden if not re.search("Endless|TooMuchWork", line)] == []


def test_an_unknown_customer_is_named_with_those_there_are() -> None:
    error = qc.UnknownCustomerError("Retial", [*(f"Shop {i}" for i in range(9)), "Retail", "Last"])
    assert str(error).startswith("there is no customer 'Retial'; did you mean 'Retail'? (customers: Shop 0, ")
    assert str(error).endswith("Retail, ...)")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.asked, again.customers) == (str(error), error.asked, error.customers)


def test_a_fault_in_a_file_is_one_line_with_its_place() -> None:
    assert FAULT.at("orders.chain.yaml") == "orders.chain.yaml:14:20: QC012 must be less"
    assert Fault("QC001", (), "the file is empty").at("x") == "x:1:1: QC001 the file is empty"
    assert str(qc.ModelFileError([FAULT], "x")) == "x:14:20: QC012 must be less"
    assert str(qc.ChainError([FAULT])) == "QC012 must be less"


def test_a_hundred_faults_are_shown_and_the_rest_counted() -> None:
    error = qc.ChainError([FAULT] * (SHOWN + 7))
    lines = str(error).splitlines()
    assert len(error.faults) == SHOWN + 7
    assert len(lines) == SHOWN + 1
    assert lines[-1] == "... and 7 more"
    assert "more" not in str(qc.ChainError([FAULT] * SHOWN))


@pytest.mark.parametrize("error", [qc.ChainError([FAULT]), qc.ModelFileError([FAULT], "x"), qc.AnalysisError("no")])
def test_errors_survive_the_way_from_another_process(error: qc.QualityChainError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert getattr(again, "faults", None) == getattr(error, "faults", None)
    assert getattr(again, "file", None) == getattr(error, "file", None)


def test_every_code_has_a_meaning_and_a_form() -> None:
    assert all(re.fullmatch(r"QC\d{3}", code) and meaning for code, meaning in CODES.items())
    assert len(set(CODES.values())) == len(CODES)
