"""Analyses of one chain: each made once, and nothing raised that a report can say."""

from __future__ import annotations

from typing import Any

import pytest
from support.small_chains import two_steps

import qualitychain as qc
from qualitychain.reporting.analyses import CRUDE, Analyses


def test_each_analysis_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[qc.Chain] = []

    def counted(chain: qc.Chain, **options: Any) -> qc.LeadTimes:
        made.append(chain)
        return qc.lead_times(chain, **options)

    monkeypatch.setattr("qualitychain.reporting.analyses.lead_times", counted)
    a = Analyses(two_steps(requirements=[{"customer": "Shop", "measure": "lead_time", "at_most": 3}]))
    assert a.times is a.times
    assert a.verdicts[0].met
    assert a.no_lead_times == ""
    assert len(made) == 1


def test_what_is_overloaded_is_reported_and_not_raised() -> None:
    a = Analyses(two_steps(rate=1.5))
    assert a.above == ["Make"]
    assert a.times.remarks
    assert a.stream.takt > 0


def test_laws_that_nobody_will_see_are_not_refined() -> None:
    assert Analyses(two_steps(rate=1.5)).times.tolerance == CRUDE
    assert Analyses(two_steps()).times.tolerance < CRUDE
