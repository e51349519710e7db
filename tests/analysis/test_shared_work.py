"""What analyses and choices of one chain have in common is worked out once, counted on the example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

import qualitychain as qc
from qualitychain.analysis.base import study as home
from qualitychain.analysis.base.compile import Compiled
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks_of
from qualitychain.analysis.bottlenecks.remedies import remedies_of
from qualitychain.analysis.bottlenecks.service_list import service_list_of
from qualitychain.analysis.bottlenecks.waiting_list import waiting_list_of
from qualitychain.analysis.verdicts.requirements import verdicts_of
from qualitychain.improvement.choose.choice.improve import improved

EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[Hashable]]:
    """How often each different chain was compiled, and each different network solved with its work."""
    found: dict[str, Counter[Hashable]] = {"compiled": Counter(), "solved": Counter()}
    compile_chain, solve = home.compile_chain, Compiled.solve

    def compiled(chain: qc.Chain) -> Compiled:
        found["compiled"][chain] += 1
        return compile_chain(chain)

    def solved(self: Compiled, network: Any = None, *, work: bool = True) -> Any:
        found["solved"][(network or self.network).content] += 1
        return solve(self, network, work=work)

    monkeypatch.setattr(home, "compile_chain", compiled)
    monkeypatch.setattr(Compiled, "solve", solved)
    return found


def test_each_chain_is_compiled_and_each_network_solved_once(counted: dict[str, Counter[Hashable]]) -> None:
    study = Study(qc.read_chain(EXAMPLE))
    for question in (verdicts_of, bottlenecks_of, waiting_list_of, service_list_of, remedies_of):
        study.ask(question)
    for name, seen in counted.items():
        assert seen, name
        assert set(seen.values()) == {1}, name


def test_objectives_share_the_choices_that_they_look_at(counted: dict[str, Counter[Hashable]]) -> None:
    study = Study(qc.read_chain(EXAMPLE))
    for objective in ("accepted_defect_rate", "conforming_deliveries", "sigma_level"):
        assert improved(study, objective=objective, customer="Consumers", budgets=[]).chosen
    for name, seen in counted.items():
        assert seen, name
        assert set(seen.values()) == {1}, name
