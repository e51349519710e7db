"""Means and variances against sums written out by hand, and against the rounds of a redo counted one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from support.chains import REFERENCE, quietly

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.analysis.time.timing import timing_of
from qualitychain.engine.moments.flow_moments import LeadTimeMoments, lead_time_moments
from qualitychain.engine.moments.moments import conditional, rounds, times
from qualitychain.engine.moments.time_moments import several_at_once
from qualitychain.engine.quality.scenario_by_scenario import Scenarios
from qualitychain.engine.queues.timing import Timing

KNOWN = {e["id"]: e for e in json.loads((REFERENCE / "lead_time_distribution.json").read_text())["entries"]}


def timed(chain: qc.Chain) -> tuple[Any, Timing]:
    compiled = compile_chain(chain)
    return compiled, timing_of(compiled, compiled.solve())


def moments_of(chain: qc.Chain, known: Sequence[Mapping[int, Any]] = ()) -> LeadTimeMoments:
    compiled, timing = timed(chain)
    return lead_time_moments(Scenarios(compiled.network), timing, known)


def mean_and_variance(raw_moments: Any) -> tuple[float, float]:
    mass, first, second = raw_moments
    return first / mass, second / mass - (first / mass) ** 2


def shop(*handoffs: qc.Handoff, departments: Sequence[str] = ("D",), customers: Sequence[str] = ("K",)) -> qc.Chain:
    """A chain whose departments take no time: only what the handoffs say takes any."""
    suppliers = [qc.Supplier("S", rate=1)]
    suppliers += [qc.Supplier(s) for s in sorted({h.supplier for h in handoffs} - {"S", *departments})]
    return qc.Chain(
        "Shop",
        suppliers=suppliers,
        departments=[qc.Department(d, cycle_time=0) for d in departments],
        customers=[qc.Customer(k) for k in customers],
        handoffs=handoffs,
    )


def test_a_loop_of_rework_has_the_mean_and_variance_of_a_random_sum() -> None:
    given, expected = KNOWN["rework_loop_iid_passes"]["inputs"], KNOWN["rework_loop_iid_passes"]["expected"]
    scv = (given["pass_sd"] / given["pass_mean"]) ** 2
    again = qc.Inspection(1.0, on_reject="rework")
    chain = shop(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff(
            "D", "K", defect_rate=given["return_probability"], inspection=again,
            lead_time=qc.Gamma(mean=given["pass_mean"], scv=scv),
        ),
    )  # fmt: skip
    mean, variance = mean_and_variance(moments_of(chain).delivered[0].sum(axis=0))
    assert mean == pytest.approx(expected["mean"], rel=1e-12)
    assert variance == pytest.approx(expected["variance"], rel=1e-12)


def test_independent_steps_add_their_means_and_variances() -> None:
    given = KNOWN["sum_of_independent_steps_normal_dev"]
    steps = zip(given["inputs"]["means"], given["inputs"]["sds"], strict=True)
    names = ["S", "A", "B", "K"]
    handoffs = [
        qc.Handoff(a, b, defect_rate=0.1, lead_time=qc.Gamma(mean=mean, scv=(sd / mean) ** 2))
        for a, b, (mean, sd) in zip(names, names[1:], steps, strict=False)
    ]
    mean, variance = mean_and_variance(moments_of(shop(*handoffs, departments=("A", "B"))).delivered[0].sum(axis=0))
    assert mean == pytest.approx(given["expected"]["mean"], rel=1e-12)
    assert math.sqrt(variance) == pytest.approx(given["expected"]["sd"], rel=1e-9)


def test_the_rework_loop_of_a_jackson_network_has_its_closed_form() -> None:
    chain = qc.Chain(
        "D2",
        suppliers=[qc.Supplier("S", rate=0.5)],
        departments=[qc.Department("Make", cycle_time=qc.Exponential(1)), qc.Department("Test", cycle_time=0)],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "Make", defect_rate=0),
            qc.Handoff("Make", "Test", defect_rate=0.2, inspection=qc.Inspection(0.75)),
            qc.Handoff("Test", "K", defect_rate=0),
        ],
    )
    found = moments_of(chain)
    mean, variance = mean_and_variance(found.delivered[0].sum(axis=0))
    assert mean == pytest.approx(20 / 7, rel=1e-13)
    # a geometric number of exponential times is exponential
    assert variance == pytest.approx((20 / 7) ** 2, rel=1e-12)
    assert found.rework_passes[0] == pytest.approx(3 / 17, rel=1e-13)
    assert found.turnaround[1] == pytest.approx(17 / 7, rel=1e-13)


def test_a_reject_of_the_giver_goes_back_without_transport_and_one_of_the_customer_after_it() -> None:
    for by, transports in (("supplier", 1.0), ("customer", 1.25)):
        check = qc.Inspection(1.0, by=by, time=0.5)
        chain = shop(
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0.2, lead_time=3, inspection=check),
        )
        found = moments_of(chain)
        mean, _ = mean_and_variance(found.delivered[0].sum(axis=0))
        assert mean == pytest.approx(3 * transports + 0.5 * 1.25, rel=1e-13)
        # the door is after transport, and after the giver's inspection but before the customer's
        assert found.turnaround[1] == pytest.approx(3.5 if by == "supplier" else 3.0, rel=1e-13)


def test_repair_and_concession_go_on_after_one_transport() -> None:
    for on_reject in ("repair", "concession"):
        check = qc.Inspection(1.0, on_reject=on_reject, by="supplier", time=0.5)
        chain = shop(
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0.2, lead_time=3, inspection=check),
        )
        mean, variance = mean_and_variance(moments_of(chain).delivered[0].sum(axis=0))
        assert (mean, variance) == pytest.approx((3.5, 0.0), abs=1e-12)


def counted_rounds(defect: float, detect: float, alarm: float, fix: float) -> tuple[float, float, float, float]:
    """P(good), E[rounds; good], E[rounds; bad], E[rounds^2] of a redone request, round by round."""
    fresh, stuck, good, good_rounds, bad_rounds, squares = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for n in range(1, 2000):
        spoilt = fresh * defect + stuck
        done_good, done_bad = fresh * (1 - defect) * (1 - alarm), spoilt * (1 - detect)
        good += done_good
        good_rounds, bad_rounds = good_rounds + n * done_good, bad_rounds + n * done_bad
        squares += n * n * (done_good + done_bad)
        fresh, stuck = fresh * (1 - defect) * alarm + spoilt * detect * fix, spoilt * detect * (1 - fix)
    return good, good_rounds, bad_rounds, squares


@pytest.mark.parametrize("fix", [1.0, 0.6, 0.0])
def test_a_request_takes_as_long_as_its_rounds(fix: float) -> None:
    defect, detect, alarm = 0.3, 0.8, 0.1
    good, good_rounds, bad_rounds, squares = counted_rounds(defect, detect, alarm, fix)
    check = qc.Inspection(detect, false_alarm=alarm, fix=fix)
    chain = shop(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0),
        qc.Handoff("P", "D", item="part", per_unit=1, defect_rate=defect, lead_time=2, inspection=check),
    )
    found = moments_of(chain)
    assert found.delivered[0, 0] == pytest.approx([good, 2 * good_rounds, found.delivered[0, 0, 2]], rel=1e-12)
    assert found.delivered[0, 1, 1] == pytest.approx(2 * bad_rounds, rel=1e-12)
    assert found.delivered[0, :, 2].sum() == pytest.approx(4 * squares, rel=1e-12)
    assert found.requests[0] == pytest.approx(2 * (good_rounds + bad_rounds), rel=1e-12)
    assert found.inputs.max() == pytest.approx(found.requests[0], rel=1e-12)


def test_a_slow_input_that_spoils_makes_bad_units_late() -> None:
    chain = shop(
        qc.Handoff("S", "D", defect_rate=0, lead_time=qc.Exponential(1)),
        qc.Handoff("D", "K", defect_rate=0.01),
        qc.Handoff("IT", "D", per_unit=0.3, defect_rate=0.2, lead_time=qc.Exponential(5)),
    )
    good, bad = moments_of(chain).delivered[0]
    fine = 0.99 * (0.7 * 1 + 0.24 * 6)
    assert good[:2] == pytest.approx([0.99 * 0.94, fine], rel=1e-12)
    assert bad[:2] == pytest.approx([1 - 0.99 * 0.94, 0.7 + 0.3 * 6 - fine], rel=1e-12)


def test_an_input_that_blinds_the_inspection_ties_its_time_to_what_escapes() -> None:
    check = qc.Inspection(1.0, by="supplier", on_reject="concession")
    scrap = qc.Inspection(1.0, by="supplier", on_reject="scrap")
    for inspection, escapes in ((check, [0.2, 0.2 * 4 * 0.5]), (scrap, [0.2 * 0.1, 0.2 * 0.1 * 4])):
        chain = shop(
            qc.Handoff("S", "D", defect_rate=0.2),
            qc.Handoff("D", "K", defect_rate=0, inspection=inspection),
            qc.Handoff("IT", "D", per_unit=0.5, defect_rate=0.2, affects="inspection", lead_time=4),
        )
        # only a unit that waited can have found its inspector blind
        assert moments_of(chain).delivered[0, 1, :2] == pytest.approx(escapes, rel=1e-12)


def test_departments_that_ask_each_other_wait_for_each_other() -> None:
    chain = qc.Chain(
        "Circle",
        suppliers=[qc.Supplier("S", rate=1e-9)],
        departments=[
            qc.Department("D", cycle_time=0),
            qc.Department("IT", cycle_time=qc.Fixed(2)),
            qc.Department("HR", cycle_time=qc.Fixed(1)),
        ],
        customers=[qc.Customer("K")],
        handoffs=[
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0),
            qc.Handoff("IT", "D", per_unit=1, defect_rate=0.1),
            qc.Handoff("HR", "IT", per_unit=0.5, defect_rate=0.1, affects="time"),
            qc.Handoff("IT", "HR", per_unit=0.4, defect_rate=0.1, affects="time"),
        ],
    )
    # E[IT] = 2 + .5 E[HR], E[HR] = 1 + .4 E[IT]; second moments: E[IT^2] = 4 + 4 (.5 E[HR]) + .5 E[HR^2], ...
    it, hr = np.linalg.solve([[1, -0.5], [-0.4, 1]], [2.0, 1.0])
    squares = np.linalg.solve([[1, -0.5], [-0.4, 1]], [4 + 4 * 0.5 * hr, 1 + 2 * 0.4 * it])
    first, second = moments_of(chain).delivered[0].sum(axis=0)[1:]
    # at a start rate of 1e-9 nobody queues, but for parts in a thousand million
    assert (first, second) == pytest.approx((it, squares[0]), rel=1e-7)


def test_a_common_cause_is_bad_at_every_step_but_waited_for_at_each() -> None:
    spec = {"item": "spec", "per_unit": 1, "defect_rate": 0.1, "lead_time": 3, "common_cause": "case"}
    chain = shop(
        qc.Handoff("S", "A", defect_rate=0),
        qc.Handoff("A", "B", defect_rate=0),
        qc.Handoff("B", "K", defect_rate=0),
        qc.Handoff("E", "A", **spec),
        qc.Handoff("E", "B", **spec),
        departments=("A", "B"),
    )
    good, bad = moments_of(chain).delivered[0]
    assert good == pytest.approx([0.9, 0.9 * 6, 0.9 * 36], rel=1e-12)
    assert bad == pytest.approx([0.1, 0.1 * 6, 0.1 * 36], rel=1e-12)


def two_parts() -> qc.Chain:
    """Two parts of random time are awaited at A, on the way to K1 only."""
    part = {"per_unit": 1, "defect_rate": 0.1, "lead_time": qc.Exponential(1)}
    return shop(
        qc.Handoff("S", "A", defect_rate=0, share=0.5, lead_time=2),
        qc.Handoff("S", "B", defect_rate=0, share=0.5, lead_time=3),
        qc.Handoff("A", "K1", defect_rate=0),
        qc.Handoff("B", "K2", defect_rate=0),
        qc.Handoff("P", "A", item="frame", **part),
        qc.Handoff("P", "A", item="board", **part),
        departments=("A", "B"),
        customers=("K1", "K2"),
    )


def test_parallel_inputs_need_their_distributions_and_say_so() -> None:
    compiled, timing = timed(two_parts())
    assert [compiled.nodes[i] for i in several_at_once(compiled.network, timing)] == ["A"]
    found = lead_time_moments(Scenarios(compiled.network), timing)
    assert np.isnan(found.delivered[0, :, 1:]).all()
    assert found.delivered[0, :, 0] == pytest.approx([0.405, 0.095])
    assert found.delivered[1, 0] == pytest.approx([0.5, 1.5, 4.5])


def test_given_moments_of_parallel_inputs_are_scaled_to_the_exact_masses() -> None:
    compiled, timing = timed(two_parts())
    node = compiled.nodes.index("A")
    moments = np.array([1.0, 1.5, 3.5])
    # a time grid that lost a part in a thousand of the mass
    known = 0.999 * np.array([0.81, 0.0, 0.19, 0.0])[:, None] * moments
    found = lead_time_moments(Scenarios(compiled.network), timing, [{node: known}])
    # the later of two unit exponentials: mean 1.5, second moment 3.5
    assert found.delivered[0].sum(axis=0) == pytest.approx([0.5, 0.5 * 3.5, 0.5 * (4 + 6 + 3.5)], rel=1e-12)


def test_inputs_that_take_no_time_do_not_stand_in_the_way_of_exact_moments() -> None:
    part = {"per_unit": 2.5, "defect_rate": 0.1}
    chain = shop(
        qc.Handoff("S", "D", defect_rate=0),
        qc.Handoff("D", "K", defect_rate=0),
        qc.Handoff("P", "D", item="screws", **part),
        qc.Handoff("P", "D", item="part", per_unit=1, defect_rate=0.2, lead_time=4),
    )
    compiled, timing = timed(chain)
    assert not len(several_at_once(compiled.network, timing))
    good = 0.8 * 0.9**2 * 0.95
    delivered = lead_time_moments(Scenarios(compiled.network), timing).delivered[0]
    assert delivered[:, :2] == pytest.approx(np.array([[good, 4 * good], [1 - good, 4 * (1 - good)]]), rel=1e-12)


def test_the_world_where_nothing_is_delivered_has_no_moments_but_masses() -> None:
    data = {
        "name": "all scrap",
        "suppliers": [{"name": "S", "rate": 1}],
        "departments": [{"name": "D", "cycle_time": 0}],
        "customers": [{"name": "K"}],
        "handoffs": [
            {"supplier": "S", "customer": "D", "defect_rate": 1},
            {"supplier": "D", "customer": "K", "defect_rate": 0, "inspection": {"detect": 1, "on_reject": "scrap"}},
        ],
    }
    found = moments_of(quietly(data))
    assert not found.delivered.any()
    assert np.isnan(found.rework_passes[0])


def test_jets_add_times_and_count_rounds() -> None:
    fixed = np.array([1.0, 2.0, 4.0])
    assert times(fixed, fixed).tolist() == [1.0, 4.0, 16.0]
    # a round of time 2 with probability 1/4, again and again: mean 2/3 of rounds over 1/(1 - 1/4)
    assert conditional(rounds(0.25 * fixed)).tolist() == pytest.approx([1.0, 2 / 3, 20 / 9])
    assert rounds(np.array([1.0, 3.0, 9.0])).tolist() == [0.0, 0.0, 0.0]
    assert conditional(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
