"""The transform method: lead time jointly with conformity, against closed forms, enumeration and its own bounds."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from support.timed import at, distributions_of, times_of

import qualitychain as qc
from qualitychain.analysis.base.compile import compile_chain
from qualitychain.engine.distributions.named import Atoms, Gamma, Lognormal, Uniform, Waiting
from qualitychain.engine.transforms.transform import own_times
from qualitychain.errors import AnalysisError


def chain_of(departments: list[str], handoffs: list[qc.Handoff], *, suppliers: tuple[str, ...] = ("S",)) -> qc.Chain:
    """A chain of one customer K whose units start at S."""
    return qc.Chain(
        "timed",
        suppliers=[qc.Supplier(s, rate=1 if s == "S" else None) for s in suppliers],
        departments=[qc.Department(d) for d in departments],
        customers=[qc.Customer("K")],
        handoffs=handoffs,
    )


def fixed(*values: float, masses: tuple[float, ...] | None = None) -> Atoms:
    """A time of these values, equally likely unless masses are given."""
    return Atoms(values, masses or tuple(1 / len(values) for _ in values))


def test_two_queues_in_a_row_give_the_sum_of_two_exponential_sojourns():
    """Sojourns in a tandem of M/M/1 queues are independent exponentials (Reich 1957)."""
    chain = chain_of(
        ["A", "B"],
        [qc.Handoff("S", "A", defect_rate=0), qc.Handoff("A", "B", defect_rate=0), qc.Handoff("B", "K", defect_rate=0)],
    )
    joint = distributions_of(
        chain,
        work={"A": Gamma(1 / 3, 1), "B": Gamma(1 / 4, 1)},
        wait={"A": Waiting(2 / 3, 1, 1), "B": Waiting(1 / 2, 1 / 2, 1)},
    )
    times = np.arange(joint.conforming.smooth.shape[1]) * joint.step
    exact = 1 - 2 * np.exp(-times) + np.exp(-2 * times)
    apart = np.abs(joint.conforming.total[0] - exact)
    assert apart[times > 0.1].max() < 1e-8
    assert apart.max() < joint.accuracy[0] < 1e-4


def test_units_that_use_a_slow_bad_input_are_late_and_bad_together():
    """Own Exp(1), help on 30 % of the units takes Exp(5) and is bad in 20 %."""
    chain = chain_of(
        ["D", "IT"],
        [
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0.01),
            qc.Handoff("IT", "D", item="help", per_unit=0.3, defect_rate=0.2),
        ],
    )
    joint = distributions_of(chain, work={"D": Gamma(1, 1), "IT": Gamma(5, 1)})
    own = 1 - math.exp(-3)
    both = 1 - (5 * math.exp(-3 / 5) - math.exp(-3)) / 4  # the sum of Exp(1) and Exp(5) by 3
    good, bad = at(joint, 3.0)
    assert good == pytest.approx(0.99 * (0.7 * own + 0.24 * both), abs=2e-5)
    assert bad == pytest.approx(0.06 * both + 0.01 * (0.7 * own + 0.24 * both), abs=2e-5)
    assert round(good, 3) == 0.736
    assert joint.last.tolist() == [0.3]


def enumerated(chain: qc.Chain, times: dict[str, Atoms], rounds: int) -> dict[tuple[float, str], float]:
    """P(T = t, quality) of the rework chain below by listing everything that can happen, pass by pass."""
    handoffs = {h.full_name: h for h in chain.handoffs}
    parts, own, check = handoffs["P -> B: part"], handoffs["B -> K"], handoffs["B -> K"].inspection
    assert check is not None
    distribution: dict[tuple[float, str], float] = defaultdict(float)
    mass = {(0.0, "C"): 1.0}
    for _ in range(rounds):
        after: dict[tuple[float, str], float] = defaultdict(float)
        for (t, q), p in mass.items():
            for (ra, pa), (rb, pb) in itertools.product(atoms(times["part"]), repeat=2):
                spoilt = 1 - (1 - parts.defect_rate) ** 2 if q == "C" else 1.0
                now = round(t + 1.5 + max(ra, rb) + 0.7, 9)
                bad = spoilt + (1 - spoilt) * own.defect_rate
                distribution[now, "C"] += p * pa * pb * (1 - bad)
                distribution[now, "N"] += p * pa * pb * bad * (1 - check.detect)
                back = p * pa * pb * bad * check.detect
                after[round(now + 0.3, 9), "C"] += back * check.fix
                after[round(now + 0.3, 9), "N"] += back * (1 - check.fix)
        mass = dict(after)
    return distribution


def atoms(distribution: Atoms) -> list[tuple[float, float]]:
    """Values and masses of a discrete distribution."""
    return list(zip(*(a.tolist() for a in distribution.atoms), strict=True))


def test_fixed_times_give_exact_jumps_through_rework_and_the_maximum_of_two_parts():
    """Every possible time of an all-deterministic chain and its probability, as listed by hand."""
    chain = chain_of(
        ["A", "B"],
        [
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "B", defect_rate=0),
            qc.Handoff("B", "K", defect_rate=0.2, inspection=qc.Inspection(0.9, fix=0.5, by="customer", rework_to="A")),
            qc.Handoff("P", "B", item="part", per_unit=2, defect_rate=0.1),
        ],
        suppliers=("S", "P"),
    )
    times = {"part": fixed(1.0, 3.0)}
    joint = distributions_of(
        chain,
        work={"A": fixed(1.5), "B": fixed(0.7)},
        transport={"P -> B: part": times["part"], "B -> K": fixed(0.0)},
        inspection={"B -> K": fixed(0.3)},
    )
    distribution: dict[tuple[float, str], float] = defaultdict(float)
    for (t, q), p in enumerated(chain, times, 12).items():
        distribution[round(t + 0.3, 9), q] += p  # the door's inspection is over before the unit is accepted
    assert joint.exact_points
    assert joint.accuracy[0] < 1e-9
    assert not joint.conforming.smooth.any()
    early = {key: p for key, p in distribution.items() if key[0] < 30}
    for quality, curves in (("C", joint.conforming), ("N", joint.nonconforming)):
        jumps = np.diff(curves.atoms[0], prepend=0.0)
        for (t, q), p in early.items():
            if q == quality:
                assert jumps[round(t / joint.step)] == pytest.approx(p, abs=1e-9)
        assert curves.atoms[0, int(29.9999 / joint.step)] == pytest.approx(
            sum(p for (_, q), p in early.items() if q == quality), abs=1e-9
        )


def test_rigorous_bounds_enclose_the_distribution_and_close_in():
    """Times rounded down and up enclose a distribution known in closed form; nothing lies outside."""
    chain = chain_of(["A"], [qc.Handoff("S", "A", defect_rate=0), qc.Handoff("A", "K", defect_rate=0.1)])
    joint = distributions_of(chain, work={"A": Gamma(2.0, 0.5)}, transport={"A -> K": Uniform(0.0, 1.0)}, rigorous=True)
    assert joint.lower is not None
    assert joint.upper is not None
    times = joint.bracket_step * np.arange(joint.lower.shape[2])
    # the integral of the gamma distribution function over the last unit of time
    distribution = Gamma(2.0, 0.5)
    exact = (times - distribution.limited(times)) - (
        np.maximum(times - 1, 0) - distribution.limited(np.maximum(times - 1, 0))
    )
    for quality, share in ((0, 0.9), (1, 0.1)):
        assert np.all(joint.lower[0, quality] <= share * exact + 1e-12)
        assert np.all(joint.upper[0, quality] >= share * exact - 1e-12)
    assert (joint.upper - joint.lower).max() < 1e-3


def test_rigorous_bounds_are_refused_in_a_circle_of_needs():
    """Two departments that need each other have no rigorous bound."""
    with pytest.raises(AnalysisError, match="circle"):
        distributions_of(circle(), work={"IT": Gamma(1, 1), "HR": Gamma(1, 1), "D": Gamma(1, 1)}, rigorous=True)


def circle() -> qc.Chain:
    """D needs IT, which needs HR in half of the cases, which needs IT in half of them."""
    return chain_of(
        ["D", "IT", "HR"],
        [
            qc.Handoff("S", "D", defect_rate=0),
            qc.Handoff("D", "K", defect_rate=0),
            qc.Handoff("IT", "D", item="help", per_unit=1, defect_rate=0),
            qc.Handoff("HR", "IT", item="hire", per_unit=0.5, defect_rate=0),
            qc.Handoff("IT", "HR", item="help", per_unit=0.5, defect_rate=0),
        ],
    )


def test_a_circle_of_needs_is_a_geometric_number_of_rounds():
    """A request to IT takes 1 + 1 + ... hours, each further department needed with one half: P(R > n) = 2^-n."""
    joint = distributions_of(circle(), work={"IT": fixed(1.0), "HR": fixed(1.0)})
    for rounds in range(1, 12):
        assert at(joint, rounds + 0.5)[0] == pytest.approx(1 - 0.5**rounds, abs=1e-8)


def test_blinded_inspections_let_late_bad_units_through():
    """Help that is slow and bad blinds the inspection: the units that slip through are the slow ones."""
    chain = chain_of(
        ["QC", "IT"],
        [
            qc.Handoff("S", "QC", defect_rate=0.5),
            qc.Handoff("QC", "K", defect_rate=0, inspection=qc.Inspection(1, by="supplier", on_reject="scrap")),
            qc.Handoff("IT", "QC", item="help", per_unit=1, defect_rate=0.2, affects="inspection"),
            qc.Handoff("IT", "QC", item="parts", per_unit=2, defect_rate=0, affects="time"),
        ],
    )
    joint = distributions_of(
        chain,
        work={"IT": fixed(0.0)},
        transport={"IT -> QC: help": fixed(1.0, 4.0), "IT -> QC: parts": fixed(2.0, 3.0)},
    )
    # the greatest of one help (1 or 4) and two parts (2 or 3)
    distribution = {2.0: 0.5 * 0.25, 3.0: 0.5 * 0.75, 4.0: 0.5}
    for t, p in distribution.items():
        before, after = at(joint, t - 0.5), at(joint, t)
        assert after[0] - before[0] == pytest.approx(0.5 * p, abs=1e-9)
        assert after[1] - before[1] == pytest.approx(0.5 * 0.2 * p, abs=1e-9)


def test_narrow_early_parts_of_a_distribution_are_not_missed_between_two_points():
    """Units that go the quick way take minutes, the others days: the grid must see both."""
    chain = chain_of(
        ["A", "B"],
        [
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0, share=0.5),
            qc.Handoff("A", "B", defect_rate=0, share=0.5),
            qc.Handoff("B", "K", defect_rate=0),
        ],
    )
    quick = Gamma(0.05, 0.1)
    joint = distributions_of(chain, work={"A": quick, "B": Gamma(10.0, 1.0)})
    for place in (2, 5, 10, 20):
        exact = float(quick.cdf(place * joint.step))
        assert joint.conforming.total[0, place] == pytest.approx(0.5 * exact, abs=1e-4)
    assert joint.accuracy[0] <= 1e-4


def test_a_common_cause_spoils_and_delays_together():
    """One draw per case: with the spec bad, both departments that use it spoil the unit, in a scenario of its own."""
    chain = chain_of(
        ["A", "Spec"],
        [
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0),
            qc.Handoff("Spec", "A", item="spec", per_unit=2, defect_rate=0.25, common_cause="case"),
        ],
    )
    joint = distributions_of(chain, transport={"Spec -> A: spec": fixed(1.0, 2.0)})
    assert joint.delivered.tolist() == [[0.75, 0.25]]
    # two independent times, whatever the result: the greater is 1 in one case of four
    assert at(joint, 1.5)[0] == pytest.approx(0.75 * 0.25, abs=1e-9)
    assert at(joint, 2.5)[1] == pytest.approx(0.25, abs=1e-9)


def test_requests_are_redone_until_they_pass_and_each_redo_takes_its_time():
    """A request that is rejected with 1/2 and repeated takes a geometric number of rounds, and is always good."""
    chain = chain_of(
        ["A", "IT"],
        [
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0),
            qc.Handoff("IT", "A", item="help", per_unit=1, defect_rate=0.5, inspection=qc.Inspection(1, by="supplier")),
        ],
    )
    times = {
        "work": {"IT": fixed(1.0)},
        "inspection": {"IT -> A: help": fixed(0.5)},
        "transport": {"IT -> A: help": fixed(2.0)},
    }
    joint = distributions_of(chain, **times)
    (own,) = own_times(compile_chain(chain).network, times_of(chain, **times), pulled=[(0, 20.0)])
    for rounds in range(1, 10):
        # the transport comes once, after the last inspection
        assert at(joint, 1.5 * rounds + 2.1)[0] == pytest.approx(1 - 0.5**rounds, abs=1e-9)
        place = round((1.5 * rounds + 2.0) / own.step)
        assert own.curves.total[0, place] == pytest.approx(1 - 0.5**rounds, abs=1e-9)


def test_the_turnaround_of_a_handoff_counts_only_what_comes_to_the_door():
    """Rejects of the giver's own inspection do not travel: its receiver waits for work, inspection and transport."""
    chain = chain_of(
        ["A"],
        [
            qc.Handoff("S", "A", defect_rate=0),
            qc.Handoff("A", "K", defect_rate=0.5, inspection=qc.Inspection(1, by="supplier")),
        ],
    )
    times = times_of(
        chain,
        work={"A": fixed(1.0, 3.0)},
        inspection={"A -> K": fixed(0.5)},
        transport={"A -> K": fixed(2.0)},
    )
    (own,) = own_times(compile_chain(chain).network, times, flow=[(1, 8.0)])
    assert own.curves.total[0, round(3.5 / own.step)] == pytest.approx(0.5, abs=1e-9)
    assert own.curves.total[0, -1] == pytest.approx(1.0, abs=1e-9)


def test_the_total_mass_of_each_customer_and_quality_is_what_quality_delivers():
    """Masses, mean and variance agree with the equations, on a chain with everything in it."""
    chain = chain_of(
        ["A", "B", "IT"],
        [
            qc.Handoff("S", "A", defect_rate=0.1),
            qc.Handoff("A", "B", defect_rate=0.2, inspection=qc.Inspection(0.7, false_alarm=0.1, fix=0.6)),
            qc.Handoff(
                "B",
                "K",
                defect_rate=0.05,
                inspection=qc.Inspection(0.8, by="supplier", on_reject="rework", rework_to="A"),
            ),
            qc.Handoff("IT", "B", item="help", per_unit=1.5, defect_rate=0.2, affects="inspection"),
            qc.Handoff("IT", "A", item="help", per_unit=0.4, defect_rate=0.2),
        ],
    )
    joint = distributions_of(
        chain,
        work={"A": Gamma(1, 0.5), "B": Lognormal.of(2.0, 1.5), "IT": Gamma(1, 1)},
        wait={"B": Waiting(0.6, 2, 1.2)},
    )
    delivered = qc.quality(chain).customers.loc["K"]
    assert joint.conforming.total[0, -1] == pytest.approx(delivered["conforming"], abs=3e-6)
    assert joint.nonconforming.total[0, -1] == pytest.approx(delivered["nonconforming"], abs=3e-6)
    assert np.all(np.diff(joint.conforming.total[0]) >= 0)


def test_a_longer_transport_never_makes_anybody_earlier():
    """Longer transport makes lead times longer, with parallel inputs."""

    def joint(transport: float):
        chain = chain_of(
            ["A"],
            [
                qc.Handoff("S", "A", defect_rate=0),
                qc.Handoff("A", "K", defect_rate=0.1, inspection=qc.Inspection(0.5)),
                qc.Handoff("P", "A", item="a", per_unit=1, defect_rate=0.1),
                qc.Handoff("P", "A", item="b", per_unit=1, defect_rate=0.1),
            ],
            suppliers=("S", "P"),
        )
        distributions = {"P -> A: a": Gamma(1.0, 0.5), "P -> A: b": Gamma(transport, 0.5)}
        return distributions_of(chain, work={"A": Gamma(1, 0.2)}, transport=distributions, horizon=60.0)

    short, long = joint(1.0), joint(1.5)
    for t in np.linspace(0.5, 50, 40):
        assert all(b <= a + 1e-4 for a, b in zip(at(short, t), at(long, t), strict=True))
    # equal distributions are last equally often
    assert short.last.tolist() == pytest.approx([0.5, 0.5], abs=1e-4)
    assert long.last[1] > 0.6
