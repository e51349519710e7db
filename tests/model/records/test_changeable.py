from __future__ import annotations

from typing import Any

import pytest

import qualitychain as qc
from qualitychain.model.records.changeable import changed_record, name_of

HANDOFF = qc.Handoff("A", "B", item="part", defect_rate=0.1, inspection=qc.Inspection(0.5, fix=0.9))


def test_a_nested_record_keeps_the_fields_that_are_not_named() -> None:
    assert changed_record(HANDOFF, {"inspection": {"detect": qc.Scale(1.5)}}).inspection == qc.Inspection(0.75, fix=0.9)


def test_a_handoff_is_called_by_its_name_and_a_node_by_its_own() -> None:
    assert [name_of(HANDOFF), name_of(qc.Department("D"))] == ["A -> B: part", "D"]


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({"inspection": {"detekt": 1, "fix": qc.Scale(2)}, "shar": 1}, [("inspection", "detekt"), ("shar",)]),
        ({"defect_rate": 3, "lead_time": "x"}, [("defect_rate",), ("lead_time",)]),
        ({"inspection": {"detect": 3, "fix": "a"}}, [("inspection", "detect"), ("inspection", "fix")]),
        ({"share": qc.Scale(2), "note": qc.Scale(2)}, [("share",), ("note",)]),
        (5, [()]),
    ],
)
def test_every_fault_leads_to_its_value(fields: Any, paths: list[Any]) -> None:
    with pytest.raises(qc.ChainError) as caught:
        changed_record(HANDOFF, fields)
    assert [f.path for f in caught.value.faults] == paths


def test_scaling_a_defect_rate_of_what_is_no_handoff_is_refused_in_words() -> None:
    with pytest.raises(qc.ChainError, match="'defect_rate' is not a field of it"):
        changed_record(qc.Department("D"), {"defect_rate": qc.Scale(2)})
    with pytest.raises(qc.ChainError, match="sla: defect_rate is nothing"):
        changed_record(
            qc.Handoff("A", "B", defect_rate=0.1, sla=qc.Sla(lead_time=1)), {"sla": {"defect_rate": qc.Scale(2)}}
        )
