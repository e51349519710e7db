"""The three kinds of node: external supplier, department, external customer."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.model.values.fields import (
    LARGEST,
    Availability,
    CountFromOne,
    Duration,
    Name,
    NonNegative,
    Positive,
    between,
    choice,
    duration,
    optional,
    text,
)
from qualitychain.model.values.record import nested, record
from qualitychain.model.values.times import TIME_SCHEMA, Time, distribution_or_time

SEGMENTS = ("b2c", "b2b", "reseller", "government", "nonprofit")
Segment = Literal["b2c", "b2b", "reseller", "government", "nonprofit"]

Note = Annotated[str | None, BeforeValidator(optional(text))]
Money = Annotated[float | None, BeforeValidator(optional(between(0.0, LARGEST)))]
MaybeNonNegative = Annotated[float | None, BeforeValidator(optional(between(0.0, LARGEST)))]
MaybeProbability = Annotated[float | None, BeforeValidator(optional(between(0.0, 1.0)))]
MaybeDuration = Annotated[float | str | None, BeforeValidator(optional(duration))]
MaybeTime = Annotated[
    Time | None,
    BeforeValidator(optional(distribution_or_time)),
    WithJsonSchema({"anyOf": [*TIME_SCHEMA["anyOf"], {"type": "null"}]}),
]


@record
class Supplier:
    """An external supplier: where units start, or where something is pulled from outside.

    Examples
    --------
    >>> Supplier("Steelworks", rate=10)
    Supplier(name='Steelworks', rate=10.0, arrival_scv=1.0, note=None, source=None)
    """

    _title: ClassVar[str] = "supplier"
    name: Name
    """Name, unique among all nodes."""
    _: KW_ONLY
    rate: MaybeNonNegative = None
    """Units started per time unit (with a calendar: of working time); 0 or absent for a supplier only pulled from."""
    arrival_scv: NonNegative = 1.0
    """Squared coefficient of variation of the time between starts; 1 is Poisson."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the numbers come from."""


@record
class Department:
    """A node inside the organisation: customer of those before it, supplier of those after it.

    Examples
    --------
    >>> Department("Production", servers=4, cycle_time="18 min", availability=0.92).servers
    4
    """

    _title: ClassVar[str] = "department"
    name: Name
    """Name, unique among all nodes."""
    _: KW_ONLY
    kind: Name = "department"
    """What it is: team, branch, person, management, internal_service, machine, ... (free text)."""
    servers: CountFromOne = 1
    """How many work in parallel: people, machines, counters."""
    cycle_time: MaybeTime = None
    """Working time on one unit; a bare number or {mean} has scv 1."""
    availability: Availability = 1.0
    """Share of the time that a server can work, in (0, 1]."""
    mttr: Duration = 0.0
    """Mean time to repair, or length of an absence."""
    mttr_scv: NonNegative = 1.0
    """Squared coefficient of variation of the repair time."""
    cost_per_time: Money = None
    """Cost of one server per time unit (with a calendar: of working time)."""
    work_cost: Money = None
    """Cost of one unit of work, besides the servers."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the numbers come from."""


_SCORE = {"type": "number", "minimum": -1, "maximum": 1}
Score = Annotated[float, BeforeValidator(between(-1.0, 1.0)), WithJsonSchema(_SCORE)]


@record
class Nps:
    """Net promoter contribution (promoters less detractors, as a share) of satisfied and of dissatisfied deliveries.

    Examples
    --------
    >>> Nps(satisfied=0.6, dissatisfied=-0.8).satisfied
    0.6
    """

    satisfied: Score
    """Promoters less detractors among satisfied deliveries, -1 to 1."""
    dissatisfied: Score
    """Promoters less detractors among dissatisfied deliveries, -1 to 1."""


@record
class Customer:
    """An external customer: where units end, and where quality is judged.

    Examples
    --------
    >>> Customer("Retail", segment="b2c", promise="5 d", volume=1500).segment
    'b2c'
    """

    _title: ClassVar[str] = "customer"
    name: Name
    """Name, unique among all nodes."""
    _: KW_ONLY
    segment: Annotated[Segment | None, BeforeValidator(optional(choice(*SEGMENTS)))] = None
    """b2c, b2b, reseller, government or nonprofit."""
    promise: MaybeDuration = None
    """Promised lead time; with a calendar in working time, unless it says calendar days."""
    tolerance: Duration = 0.0
    """Lateness that still counts as on time."""
    opportunities: CountFromOne = 1
    """Opportunities for a defect in one delivered unit, for DPMO and sigma."""
    volume: MaybeNonNegative = None
    """Deliveries per period."""
    value: Money = None
    """Revenue per delivery."""
    deliveries_per_customer: Positive = 1.0
    """Deliveries to one customer of this kind per period."""
    late_cost: Money = None
    """Cost of one late delivery."""
    external_failure_cost: Money = None
    """Cost of one nonconforming delivery."""
    churn_if_dissatisfied: MaybeProbability = None
    """Probability that one dissatisfying delivery makes the customer leave."""
    nps: Annotated[Nps | None, BeforeValidator(nested(Nps))] = None
    """User-calibrated net promoter contributions."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the numbers come from."""


__all__ = ["SEGMENTS", "Customer", "Department", "Nps", "Segment", "Supplier"]
