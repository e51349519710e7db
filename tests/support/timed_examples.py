"""Hand-made chains whose lead times are hard in one way each: dependence, loops, atoms, circles, heavy tails."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from support.timed_needs import EMPTY, branching_circle, circle, nested_requests, timed_chain

import qualitychain as qc
from qualitychain import Customer, Department, Handoff, Inspection, Sla, Supplier


def slow_helper(rate: float = EMPTY) -> qc.Chain:
    """Help comes for 30 % of the units, takes long and often spoils them."""
    return timed_chain(
        "slow helper",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff("D", "K", defect_rate=0.01, sla=Sla(lead_time=2)),
            Handoff("IT", "D", per_unit=0.3, defect_rate=0.2, sla=Sla(lead_time=4)),
        ],
        [Department("D", cycle_time=1), Department("IT", cycle_time=5)],
        rate=rate,
        promise=3,
    )


def busy_helper() -> qc.Chain:
    """The same with queues at both."""
    return slow_helper(0.4)


def assembly() -> qc.Chain:
    """Two lognormal parts are awaited, help on 30 %, and what is found bad is assembled again."""
    return timed_chain(
        "assembly",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff(
                "D", "K", defect_rate=0.1, lead_time=0.5, sla=Sla(lead_time=5), inspection=Inspection(0.8, fix=0.9)
            ),
            Handoff(
                "P", "D", item="frame", per_unit=1, defect_rate=0.05, lead_time={"lognormal": {"mean": 2, "scv": 0.5}}
            ),
            Handoff(
                "P", "D", item="board", per_unit=1, defect_rate=0.1, lead_time={"lognormal": {"mean": 1.5, "scv": 2}}
            ),
            Handoff("IT", "D", item="help", per_unit=0.3, defect_rate=0.2),
        ],
        [Department("D", cycle_time=1), Department("IT", cycle_time=3)],
        rate=0.25,
        outside=["P"],
        promise=8,
    )


def blinded_inspector() -> qc.Chain:
    """Slow test programs are bad ones: the units that waited are the ones that nobody checked."""
    return timed_chain(
        "blinded inspector",
        [
            Handoff("S", "Make", defect_rate=0),
            Handoff("Make", "Test", defect_rate=0.3),
            Handoff(
                "Test",
                "K",
                defect_rate=0.02,
                lead_time=0.25,
                sla=Sla(lead_time=2),
                inspection=Inspection(
                    0.9,
                    false_alarm=0.05,
                    by="supplier",
                    rework_to="Make",
                    fix=0.8,
                    time={"uniform": {"low": 0, "high": 0.5}},
                ),
            ),
            Handoff(
                "Programs",
                "Test",
                item="program",
                share=0.5,
                per_unit=1,
                defect_rate=0.02,
                affects="inspection",
                lead_time=0.1,
            ),
            Handoff(
                "Night shift",
                "Test",
                item="program",
                share=0.5,
                per_unit=1,
                defect_rate=0.6,
                affects="inspection",
                lead_time={"exponential": 3},
            ),
        ],
        [
            Department("Make", cycle_time={"gamma": {"mean": 1, "scv": 0.3}}),
            Department("Test", cycle_time=0.5),
            Department("Programs", cycle_time=0.2),
        ],
        rate=0.3,
        outside=["Night shift"],
        promise=6,
    )


def atoms(rate: float = EMPTY) -> qc.Chain:
    """Only fixed and measured times: the lead time takes few values."""
    return timed_chain(
        "atoms",
        [
            Handoff("S", "D", defect_rate=0, lead_time=1),
            Handoff(
                "D",
                "K",
                defect_rate=0.2,
                lead_time={"empirical": {"values": [1, 3], "weights": [3, 1]}},
                sla=Sla(lead_time=3),
                inspection=Inspection(0.75, time=0.5),
            ),
            Handoff("IT", "D", per_unit=0.5, defect_rate=0.1, lead_time=1.5),
        ],
        [Department("D", cycle_time={"fixed": 1}), Department("IT", cycle_time={"empirical": [0.5, 2.5]})],
        rate=rate,
        promise=5,
    )


def atoms_in_a_queue() -> qc.Chain:
    """Fixed times behind a queue: atoms where nobody waited, smooth elsewhere."""
    return atoms(0.45)


def network() -> qc.Chain:
    """Several suppliers and customers, shares, a loop of the flow, and every fate of a reject."""
    return timed_chain(
        "network",
        [
            Handoff(
                "S1",
                "A",
                defect_rate=0.05,
                lead_time={"exponential": 1},
                inspection=Inspection(0.6, on_reject="repair", fix=0.7, time=0.1),
            ),
            Handoff("S2", "B", defect_rate=0.1, lead_time=2),
            Handoff(
                "A",
                "B",
                share=0.6,
                defect_rate=0.05,
                inspection=Inspection(0.7, false_alarm=0.05, on_reject="concession", time=0.3),
            ),
            Handoff(
                "A",
                "K1",
                share=0.4,
                defect_rate=0.1,
                lead_time={"uniform": {"low": 1, "high": 3}},
                sla=Sla(lead_time=4),
                inspection=Inspection(0.8, on_reject="scrap"),
            ),
            Handoff("B", "A", share=0.2, defect_rate=0.02, name="back"),
            Handoff("B", "C", share=0.8, defect_rate=0.1),
            Handoff(
                "C",
                "K1",
                share=0.3,
                defect_rate=0.02,
                inspection=Inspection(0.9, false_alarm=0.02, rework_to="S1", fix=0.5),
            ),
            Handoff(
                "C",
                "K2",
                share=0.7,
                defect_rate=0.15,
                sla=Sla(lead_time=1),
                inspection=Inspection(0.6, by="supplier", rework_to="A", time=0.2),
            ),
        ],
        [
            Department("A", cycle_time=0.5, servers=2),
            Department("B", cycle_time={"gamma": {"mean": 0.6, "scv": 0.4}}),
            Department("C", cycle_time={"weibull": {"mean": 0.4, "scv": 0.6}}),
        ],
        suppliers=[Supplier("S1", rate=0.5), Supplier("S2", rate=0.3)],
        customers=[Customer("K1", promise=6), Customer("K2", promise=7, tolerance=1)],
    )


def stops() -> qc.Chain:
    """Machines that break down, several in parallel, heavily loaded, and bursts of starts."""
    return timed_chain(
        "stops",
        [
            Handoff("S", "Mill", defect_rate=0),
            Handoff("Mill", "Finish", defect_rate=0.04, sla=Sla(lead_time=3)),
            Handoff(
                "Finish", "K", defect_rate=0.05, inspection=Inspection(0.9, rework_to="Mill", time={"exponential": 0.1})
            ),
        ],
        [
            Department(
                "Mill",
                cycle_time={"gamma": {"mean": 2, "scv": 0.3}},
                servers=3,
                availability=0.85,
                mttr=4,
                mttr_scv=0.5,
            ),
            Department("Finish", cycle_time={"lognormal": {"mean": 0.75, "scv": 0.5}}, availability=0.9),
        ],
        suppliers=[Supplier("S", rate=1.0, arrival_scv=2)],
        promise=12,
    )


def every_kind() -> qc.Chain:
    """A line with one time of each kind, at work and on the way."""
    kinds: list[Any] = [
        {"fixed": 0.5},
        {"gamma": {"mean": 1, "scv": 0.5}},
        {"weibull": {"shape": 2, "scale": 1}},
        {"triangular": {"low": 0.2, "mode": 0.4, "high": 1.5}},
        {"uniform": {"mean": 0.6, "scv": 0.2}},
        {"lognormal": {"mu": -0.5, "sigma": 0.6}},
        {"empirical": {"values": [0.2, 0.7, 1.4], "weights": [1, 2, 1]}},
        {"exponential": 0.3},
        {"triangular": {"mean": 1, "scv": 0.1}},
    ]
    names = ["S", *(f"D{i}" for i in range(len(kinds))), "K"]
    return timed_chain(
        "every kind",
        [
            Handoff(a, b, defect_rate=0.02, lead_time=kinds[(i + 3) % len(kinds)])
            for i, (a, b) in enumerate(pairwise(names))
        ],
        [Department(n, cycle_time=k) for n, k in zip(names[1:], kinds, strict=False)],
        rate=0.4,
        promise=20,
    )


def two_sources() -> qc.Chain:
    """One or two of an item from a quick careless source and a slow careful one, and a delay that spoils nothing."""
    return timed_chain(
        "two sources",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff("D", "K", defect_rate=0.05, inspection=Inspection(0.5, false_alarm=0.1, on_reject="scrap")),
            Handoff("Quick", "D", item="part", share=0.7, per_unit=1.5, defect_rate=0.3, lead_time=0.2),
            Handoff(
                "Slow",
                "D",
                item="part",
                share=0.3,
                per_unit=1.5,
                defect_rate=0.01,
                lead_time={"gamma": {"mean": 3, "scv": 0.1}},
                sla=Sla(lead_time=3),
            ),
            Handoff("Desk", "D", item="permit", per_unit=0.4, defect_rate=0.5, affects="time", lead_time={"fixed": 1}),
        ],
        [Department("D", cycle_time={"fixed": 0.5}), Department("Desk", cycle_time=0.5)],
        rate=0.5,
        outside=["Quick", "Slow"],
        promise=3,
    )


def heavy_tail() -> qc.Chain:
    """Transport with a heavy tail, sent again when the customer finds it bad."""
    return timed_chain(
        "heavy tail",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff(
                "D", "K", defect_rate=0.3, lead_time={"lognormal": {"mean": 5, "scv": 6}}, inspection=Inspection(0.5)
            ),
        ],
        [Department("D", cycle_time=1)],
        rate=0.4,
        promise=20,
    )


def own_loop() -> qc.Chain:
    """A department that hands a part of its units to itself, and reworks its own rejects."""
    return timed_chain(
        "own loop",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff("D", "D", share=0.3, defect_rate=0.05, lead_time=0.1),
            Handoff("D", "K", share=0.7, defect_rate=0.2, inspection=Inspection(0.9, by="supplier", fix=0.5)),
        ],
        [Department("D", cycle_time={"gamma": {"mean": 1, "scv": 0.4}})],
        rate=0.4,
        promise=5,
    )


def lamps() -> qc.Chain:
    """The example that the library ships."""
    return qc.read_chain(Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml")


EXAMPLES: tuple[Callable[[], qc.Chain], ...] = (
    slow_helper,
    busy_helper,
    assembly,
    blinded_inspector,
    nested_requests,
    atoms,
    atoms_in_a_queue,
    circle,
    branching_circle,
    network,
    stops,
    every_kind,
    two_sources,
    heavy_tail,
    own_loop,
    lamps,
)
