"""Pulled services: groups, sources, inspections of requests, and circles of needs."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qualitychain as qc
from qualitychain.analysis.base.compile import Compiled, compile_chain
from qualitychain.engine.network.network import spans
from qualitychain.engine.quality.cycles import solve_cycle
from qualitychain.engine.quality.pulls import Pulls, solve_pulls
from qualitychain.engine.quality.sweep import Sweep

PROBABILITY = st.floats(0, 1).map(lambda x: round(x, 6))


def pulling(*handoffs: qc.Handoff, departments: tuple[str, ...] = ("Help",)) -> Compiled:
    """Stock -> Work -> Shop, with further departments and pulled handoffs."""
    return compile_chain(
        qc.Chain(
            "Pulls",
            suppliers=[qc.Supplier("Stock", rate=1)],
            departments=[qc.Department("Work"), *(qc.Department(d) for d in departments)],
            customers=[qc.Customer("Shop")],
            handoffs=[
                qc.Handoff("Stock", "Work", defect_rate=0),
                qc.Handoff("Work", "Shop", defect_rate=0),
                *handoffs,
            ],
        )
    )


def solved(compiled: Compiled) -> tuple[Pulls, dict[str, int]]:
    return solve_pulls(compiled.network), {name: i for i, name in enumerate(compiled.nodes)}


@given(st.floats(0, 4).map(lambda x: round(x, 4)), PROBABILITY)
@settings(deadline=None)
def test_all_uses_of_an_item_must_be_good(per_unit: float, rate: float) -> None:
    pulls, node = solved(pulling(qc.Handoff("Help", "Work", per_unit=per_unit, defect_rate=rate)))
    whole = math.floor(per_unit)
    good = (1 - rate) ** whole * (1 - (per_unit - whole) * rate)
    assert pulls.spoilt[node["Work"]] == pytest.approx(1 - good, abs=1e-12)


def test_uses_are_continuous_where_per_unit_is_whole() -> None:
    at, above = (
        solved(pulling(qc.Handoff("Help", "Work", per_unit=n, defect_rate=0.3)))[0].spoilt.max()
        for n in (2.0, 2.0 + 1e-9)
    )
    assert above == pytest.approx(at, abs=1e-8)


def test_two_sources_of_equal_quality_are_one_source() -> None:
    one, node = solved(pulling(qc.Handoff("Help", "Work", item="advice", per_unit=1.3, defect_rate=0.2)))
    two, node_two = solved(
        pulling(
            qc.Handoff("Help", "Work", item="advice", per_unit=1.3, defect_rate=0.2, share=0.4),
            qc.Handoff("Other", "Work", item="advice", per_unit=1.3, defect_rate=0.2, share=0.6),
            departments=("Help", "Other"),
        )
    )
    assert two.spoilt[node_two["Work"]] == pytest.approx(one.spoilt[node["Work"]], rel=1e-14)


def _by_sequence(rate: float, detect: float, alarm: float, fix: float, how: str) -> tuple[float, float]:
    """P(the accepted result is bad) and expected draws, by following draw after draw until nothing is left."""
    good, bad = 1.0, 0.0  # probability that the next draw starts conforming, nonconforming
    accepted_bad = draws = 0.0
    for _ in range(5000):
        draws += good + bad
        spoilt = good * rate + bad
        fine = good * (1 - rate)
        accepted_bad += spoilt * (1 - detect)
        if how in ("rework", "scrap"):
            f = fix if how == "rework" else 1.0
            good, bad = spoilt * detect * f + fine * alarm, spoilt * detect * (1 - f)
        else:
            accepted_bad += spoilt * detect * (1 - (fix if how == "repair" else 0))
            break
    return accepted_bad, draws


@given(
    PROBABILITY.filter(lambda x: x <= 0.9),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.1, 1),
    st.sampled_from(["rework", "repair", "scrap", "concession"]),
)
@settings(deadline=None)
def test_a_request_is_inspected_draw_after_draw(rate: float, detect: float, alarm: float, fix: float, how: str) -> None:
    inspection = qc.Inspection(detect, false_alarm=alarm, fix=fix, on_reject=how)  # type: ignore[arg-type]
    pulls, _ = solved(pulling(qc.Handoff("Help", "Work", per_unit=1, defect_rate=rate, inspection=inspection)))
    bad, draws = _by_sequence(rate, detect, alarm, fix, how)
    assert pulls.bad[0] == pytest.approx(bad, rel=1e-9, abs=1e-12)
    assert pulls.draws[0] == pytest.approx(draws, rel=1e-9)


def test_a_bad_input_blinds_the_givers_inspection_of_its_requests() -> None:
    compiled = pulling(
        qc.Handoff(
            "Help",
            "Work",
            per_unit=1,
            defect_rate=0.2,
            inspection=qc.Inspection(1.0, by="supplier", on_reject="scrap"),
        ),
        qc.Handoff("Tools", "Help", per_unit=1, defect_rate=0.3, affects="inspection"),
        departments=("Help", "Tools"),
    )
    pulls, node = solved(compiled)
    # found unless blind: bad = p b / (1 - p (1 - b)), p = .2, b = .3
    assert pulls.bad[compiled.names.index("Help -> Work") - 2] == pytest.approx(0.06 / 0.86)
    assert pulls.blind[node["Help"]] == pytest.approx(0.3)
    assert pulls.spoilt[node["Help"]] == 0


def test_tiny_rates_keep_their_digits_through_nested_pulls() -> None:
    names = [f"H{i}" for i in range(50)]
    ends = [*names[1:], "Work"]
    handoffs = [qc.Handoff(a, b, per_unit=1, defect_rate=1e-18) for a, b in zip(names, ends, strict=True)]
    pulls, node = solved(pulling(*handoffs, departments=tuple(names)))
    assert pulls.spoilt[node["Work"]] == pytest.approx(50e-18, rel=1e-12)


def _circle(per_unit: float = 0.5, **fields: object) -> Compiled:
    return pulling(
        qc.Handoff("IT", "Work", per_unit=0.7, defect_rate=0.05),
        qc.Handoff("IT", "HR", per_unit=per_unit, defect_rate=0.1, **fields),  # type: ignore[arg-type]
        qc.Handoff("HR", "IT", per_unit=per_unit, defect_rate=0.2, **fields),  # type: ignore[arg-type]
        departments=("IT", "HR"),
    )


def test_a_linear_circle_of_needs_equals_the_direct_solution() -> None:
    """One child at most inside the circle and no redo: A = 1 - n + n A' (1 - d), a linear system."""
    pulls, node = solved(_circle())
    matrix = np.array([[1, -0.5 * 0.8], [-0.5 * 0.9, 1]])
    it, hr = np.linalg.solve(matrix, [0.5, 0.5])
    assert 1 - pulls.spoilt[node["IT"]] == pytest.approx(it, rel=1e-12)
    assert 1 - pulls.spoilt[node["HR"]] == pytest.approx(hr, rel=1e-12)
    assert 0 < pulls.gap < 1e-11


def test_a_branching_circle_with_rework_is_bracketed_where_newton_alone_fails() -> None:
    """The example of formulas: Pulled services: n = .85, d = .05, detect = .9 has A = .99512."""
    compiled = pulling(
        qc.Handoff("Help", "Work", per_unit=1, defect_rate=0.0),
        qc.Handoff("Help", "Help", per_unit=0.85, defect_rate=0.05, inspection=qc.Inspection(0.9)),
    )
    pulls, node = solved(compiled)
    good = 1 - pulls.spoilt[node["Help"]]
    assert good == pytest.approx(0.99512, abs=5e-6)
    # and it is a fixed point of the equations as the formulas write them
    p = 1 - good * 0.95
    accepted = (1 - p) / (1 - p * 0.9)
    assert good == pytest.approx(1 - 0.85 * (1 - accepted), abs=1e-12)


@given(
    st.lists(st.floats(0, 1), min_size=9, max_size=9),
    st.lists(st.floats(0, 0.5), min_size=9, max_size=9),
    st.lists(st.floats(0, 0.99), min_size=9, max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_sweeps_from_both_ends_enclose_the_solution_of_any_circle(
    needs: list[float], rates: list[float], detects: list[float]
) -> None:
    names = ("A", "B", "C")
    # at most .3 of a request leads to a further one, so the needs end even when each draw is redone a few times
    handoffs = [
        qc.Handoff(
            g,
            r,
            per_unit=0.1 * n,
            defect_rate=d,
            inspection=qc.Inspection(min(t, 0.6), on_reject="rework", fix=0.9),
        )
        for (g, r), n, d, t in zip(product(names, names), needs, rates, detects, strict=True)
    ]
    compiled = pulling(qc.Handoff("A", "Work", per_unit=1, defect_rate=0.0), *handoffs, departments=names)
    pulls, node = solved(compiled)
    network = compiled.network
    circle = np.array([node[n] for n in names])
    sweep = Sweep(network, circle, np.full(len(network.pulled), np.nan))
    low, high = np.zeros(network.nodes), np.zeros(network.nodes)
    high[circle] = 1.0
    blind = np.zeros(network.nodes)
    for _ in range(300):
        low[circle], high[circle] = sweep(low, blind)[0], sweep(high, blind)[0]
    inside = pulls.spoilt[circle]
    assert (low[circle] <= inside + 1e-13).all()
    assert (inside <= high[circle] + 1e-13).all()
    assert (high - low)[circle].max() < 1e-9


def test_redone_draws_can_make_needs_endless_and_the_circle_is_named() -> None:
    with pytest.raises(qc.AnalysisError, match=r"'IT' and 'HR' need each other"):
        _circle(0.95, inspection=qc.Inspection(0.9, false_alarm=0.5)).solve()


def test_a_nearly_endless_circle_is_still_bracketed() -> None:
    pulls, node = solved(_circle(0.999))
    matrix = np.array([[1, -0.999 * 0.8], [-0.999 * 0.9, 1]])
    it, _ = np.linalg.solve(matrix, [0.001, 0.001])
    assert 1 - pulls.spoilt[node["IT"]] == pytest.approx(it, rel=1e-9)


def test_the_bracket_is_the_one_that_the_map_confirms() -> None:
    compiled = _circle(0.6, inspection=qc.Inspection(0.5))
    network = compiled.network
    nodes = np.array([compiled.nodes.index("IT"), compiled.nodes.index("HR")])
    sweep = Sweep(network, np.sort(nodes), np.full(len(network.pulled), np.nan))
    spoilt, _, width = solve_cycle(sweep, np.zeros(network.nodes), np.zeros(network.nodes), network.uses)
    state = np.zeros(network.nodes)
    state[sweep.nodes] = spoilt
    image = sweep(state, np.zeros(network.nodes))[0]
    np.testing.assert_allclose(image, spoilt, rtol=1e-12)
    assert width <= 1e-11


def test_spans_of_nothing_are_nothing() -> None:
    assert spans(np.array([3, 4]), np.array([3, 4])).tolist() == []


def test_five_hundred_inputs_are_as_exact_as_their_product() -> None:
    rng = np.random.default_rng(5)
    rates = rng.uniform(0, 0.01, 500)
    names = [f"H{i}" for i in range(500)]
    handoffs = [qc.Handoff(n, "Work", per_unit=1, defect_rate=float(r)) for n, r in zip(names, rates, strict=True)]
    pulls, node = solved(pulling(*handoffs, departments=tuple(names)))
    assert pulls.spoilt[node["Work"]] == pytest.approx(-math.expm1(np.log1p(-rates).sum()), rel=1e-13)


def test_needs_that_end_at_one_draw_a_use_but_not_with_redraws_are_refused() -> None:
    """Half a request leads to a further one, but bad parts make almost every draw a reject that is drawn again."""
    compiled = pulling(
        qc.Handoff("Help", "Work", per_unit=1, defect_rate=0.0),
        qc.Handoff("Help", "Help", per_unit=0.5, defect_rate=0.2, inspection=qc.Inspection(0.9, on_reject="scrap")),
        qc.Handoff("Parts", "Help", item="screws", per_unit=1.5, defect_rate=0.1),
        qc.Handoff("Parts", "Help", item="nuts", per_unit=2, defect_rate=0.4),
        departments=("Help", "Parts"),
    )
    with pytest.raises(qc.AnalysisError, match="'Help' need each other"):
        compiled.solve()
