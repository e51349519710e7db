"""Hand-made chains whose lead times turn on requests: redone, replaced, nested, going in circles."""

from __future__ import annotations

from typing import Any

import qualitychain as qc
from qualitychain import Customer, Department, Handoff, Inspection, Sla, Supplier

EMPTY = 1e-7
"""A start rate at which no unit ever waits for another."""


def timed_chain(
    name: str, handoffs: list[Handoff], departments: list[Department], *, rate: float = EMPTY, **fields: Any
) -> qc.Chain:
    return qc.Chain(
        name,
        suppliers=[*fields.pop("suppliers", [Supplier("S", rate=rate)]), *map(Supplier, fields.pop("outside", ()))],
        departments=departments,
        customers=fields.pop("customers", [Customer("K", promise=fields.pop("promise", 4))]),
        handoffs=handoffs,
        **fields,
    )


def nested_requests() -> qc.Chain:
    """Requests that pull requests, with redoing, replacement, repair, and a blinded inspector among the helpers."""
    return timed_chain(
        "nested requests",
        [
            Handoff("S", "D", defect_rate=0.01),
            Handoff("D", "K", defect_rate=0.02),
            Handoff(
                "Spec",
                "D",
                item="spec",
                per_unit=1.5,
                defect_rate=0.2,
                lead_time={"gamma": {"mean": 0.4, "scv": 0.5}},
                sla=Sla(lead_time=4),
                inspection=Inspection(0.7, false_alarm=0.1, fix=0.6, time=0.2),
            ),
            Handoff(
                "HR",
                "Spec",
                item="people",
                per_unit=1,
                defect_rate=0.15,
                lead_time=0.3,
                sla=Sla(lead_time=2),
                inspection=Inspection(0.8, by="supplier", on_reject="scrap", time={"exponential": 0.2}),
            ),
            Handoff("IT", "HR", item="eyes", per_unit=0.8, defect_rate=0.3, affects="inspection"),
            Handoff(
                "IT",
                "Spec",
                item="tools",
                per_unit=0.5,
                defect_rate=0.25,
                inspection=Inspection(0.5, on_reject="repair"),
            ),
        ],
        [
            Department("D", cycle_time=1),
            Department("Spec", cycle_time={"gamma": {"mean": 0.5, "scv": 0.5}}, servers=2),
            Department("HR", cycle_time={"lognormal": {"mean": 0.6, "scv": 1.5}}),
            Department("IT", cycle_time=0.4),
        ],
        rate=0.25,
        promise=8,
    )


def _circle(back: Inspection | None, amount: float, other: float) -> qc.Chain:
    return timed_chain(
        "circle",
        [
            Handoff("S", "D", defect_rate=0),
            Handoff("D", "K", defect_rate=0.02),
            Handoff("HR", "D", item="people", per_unit=1, defect_rate=0.05, sla=Sla(lead_time=2)),
            Handoff("IT", "HR", item="tools", per_unit=amount, defect_rate=0.1, inspection=back, sla=Sla(lead_time=2)),
            Handoff("HR", "IT", item="people", per_unit=other, defect_rate=0.2, lead_time=0.25),
        ],
        [
            Department("D", cycle_time=1),
            Department("HR", cycle_time=0.5),
            Department("IT", cycle_time={"gamma": {"mean": 0.8, "scv": 0.5}}),
        ],
        rate=0.2,
    )


def circle() -> qc.Chain:
    """Two departments that need each other at times."""
    return _circle(None, 0.6, 0.5)


def branching_circle() -> qc.Chain:
    """The same with more than one need at once, and replacement."""
    return _circle(Inspection(0.9, false_alarm=0.05, on_reject="scrap"), 1.2, 0.25)
