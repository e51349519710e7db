"""A chain that differs little from one that is solved starts where that one ended, and comes to the same answer."""

from __future__ import annotations

import numpy as np
import pytest
from support.timed import distributions_of

import qualitychain as qc
from qualitychain.engine.distributions.named import Gamma, Lognormal
from qualitychain.engine.transforms.refine import Start
from qualitychain.engine.transforms.spectra import Spectra
from qualitychain.engine.transforms.transform import JointDistributions, Starts


@pytest.fixture
def grids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Points of every grid that anything is worked out on."""
    points: list[int] = []
    made = Spectra.__init__

    def noted(self: Spectra, grid: object, *args: object, **options: object) -> None:
        points.append(grid.points)  # type: ignore[attr-defined]
        made(self, grid, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Spectra, "__init__", noted)
    return points


def solved(work: float = 1.0, transport: float = 40.0, **asked: object) -> JointDistributions:
    """Two parts and a rework loop before a customer far away; the parts are awaited at once."""
    chain = qc.Chain(
        "timed",
        suppliers=[qc.Supplier("S", rate=1)],
        departments=[qc.Department("D"), qc.Department("P"), qc.Department("Q")],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0.1),
            qc.Handoff("P", "D", item="part", per_unit=1, defect_rate=0.05),
            qc.Handoff("Q", "D", item="plan", per_unit=1, defect_rate=0.05),
            qc.Handoff("D", "K", defect_rate=0.1, inspection=qc.Inspection(0.9, by="supplier", on_reject="rework")),
        ],
    )
    times = {"D": Gamma(work, 0.5), "P": Lognormal.of(2.0, 1.0), "Q": Gamma(3.0, 0.05)}
    return distributions_of(chain, work=times, transport={"D -> K": Gamma(transport, 0.001)}, **asked)


def test_a_solution_that_starts_where_a_similar_one_ended_agrees_within_the_tolerance(grids: list[int]) -> None:
    before = solved(work=1.02, transport=40.5)
    grids.clear()
    anew = solved()
    all_grids = grids.copy()
    grids.clear()
    started = solved(start=before.starts)
    assert len(grids) < len(all_grids)
    assert sum(grids) < sum(all_grids)
    assert started.accuracy[0] <= 1e-4
    assert started.horizon == pytest.approx(anew.horizon, rel=0.1)
    t = np.linspace(0.0, min(anew.horizon, started.horizon), 500)
    for kind in ("conforming", "nonconforming"):
        one, other = (
            np.interp(t, joint.step * np.arange(joint.conforming.smooth.shape[1]), getattr(joint, kind).total[0])
            for joint in (anew, started)
        )
        assert np.abs(one - other).max() <= 1e-4 * anew.delivered.sum()


def test_a_start_that_is_far_off_does_no_harm() -> None:
    anew = solved()
    for reach in (anew.horizon / 50, anew.horizon * 50):
        started = solved(start=Starts(Start(reach, 512), {1: Start(reach, 512)}))
        assert started.horizon == pytest.approx(anew.horizon, rel=0.1)
        assert started.accuracy[0] <= 1e-4


def test_a_solution_started_from_itself_ends_where_it_was() -> None:
    first = solved()
    again = solved(start=first.starts)
    assert again.conforming.smooth.shape == first.conforming.smooth.shape
    assert again.horizon == pytest.approx(first.horizon, rel=0.05)
