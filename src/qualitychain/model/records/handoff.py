"""The handoff from its supplier to its customer: what it spoils, how it is inspected, what it promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from qualitychain.errors import ChainError, Fault
from qualitychain.metrics import defect_rate_from_dpo, defect_rate_from_dpu
from qualitychain.model.records.nodes import MaybeDuration, MaybeNonNegative, MaybeProbability, Money, Note
from qualitychain.model.values.fields import (
    Count,
    CountFromOne,
    Name,
    NonNegative,
    Positive,
    Probability,
    at_least,
    choice,
    name,
    optional,
    refuse,
)
from qualitychain.model.values.record import nested, record
from qualitychain.model.values.times import Time

MaybeName = Annotated[str | None, BeforeValidator(optional(name))]
RATE_FIELDS = ("defect_rate", "sample", "dpu", "dpo")
"""The ways to say how often the work of a handoff spoils a unit; without any of them the rate is unknown."""
TRANSIT_FIELDS = ("transit_defect_rate", "transit_sample")
"""The ways to say how often the way damages a unit; none says never."""


@record
class Sample:
    """What was counted: ``defects`` nonconforming units among ``n``.

    Examples
    --------
    >>> Sample(n=400, defects=10)
    Sample(n=400, defects=10)
    """

    n: CountFromOne
    """Units looked at."""
    defects: Count
    """Nonconforming units among them."""

    def __post_init__(self) -> None:
        if self.defects > self.n:
            raise refuse("QC012", f"defects must be at most n = {self.n}, got {self.defects}", ("defects",))


@record
class Sla:
    """What an internal customer was promised.

    Examples
    --------
    >>> Sla(defect_rate=0.02).defect_rate
    0.02
    """

    _: KW_ONLY
    lead_time: MaybeDuration = None
    """Promised time for the handoff; with a calendar in working time, unless it says calendar days."""
    defect_rate: MaybeProbability = None
    """Greatest defect rate presented."""

    def __post_init__(self) -> None:
        if self.lead_time is None and self.defect_rate is None:
            raise refuse("QC025", "promises nothing; give lead_time or defect_rate")


@record
class Inspection:
    """A check of what is handed over, and what happens to rejects.

    Examples
    --------
    >>> Inspection(0.9, by="supplier", rework_to="Production").on_reject
    'rework'
    """

    detect: Probability
    """Probability that a nonconforming unit is rejected."""
    _: KW_ONLY
    false_alarm: Probability = 0.0
    """Probability that a conforming unit is rejected."""
    by: Annotated[Literal["customer", "supplier"], BeforeValidator(choice("customer", "supplier"))] = "customer"
    """Who inspects: the customer of the handoff when it receives (incoming inspection), or its supplier before it ships (outgoing inspection)."""  # noqa: E501  a line break would stand in the file schema
    on_reject: Annotated[
        Literal["rework", "repair", "scrap", "concession"],
        BeforeValidator(choice("rework", "repair", "scrap", "concession")),
    ] = "rework"
    """rework (re-enters a node), repair (mended and handed on), scrap (leaves), concession (handed on as it is)."""
    rework_to: MaybeName = None
    """Node that rework re-enters; default the supplier of the handoff."""
    fix: Probability = 1.0
    """Probability that rework or repair clears the defect."""
    time: Time = 0.0
    """Time of the inspection; a bare number is fixed."""
    cost: Money = None
    """Cost per unit inspected."""
    repair_cost: Money = None
    """Cost per unit repaired or reworked here."""

    @property
    def rejects(self) -> bool:
        """Whether it ever rejects a unit."""
        return self.detect > 0 or self.false_alarm > 0

    @property
    def reworks(self) -> bool:
        """Whether rejected units re-enter a node."""
        return self.on_reject == "rework"

    @property
    def repairs(self) -> bool:
        """Whether rejected units are mended where they are inspected, and handed on."""
        return self.on_reject == "repair"

    @property
    def scraps(self) -> bool:
        """Whether rejected units leave; what is pulled is drawn again."""
        return self.on_reject == "scrap"

    @property
    def returns(self) -> bool:
        """Whether rejected units do not go on to the customer of the handoff."""
        return self.reworks or self.scraps

    @property
    def mends(self) -> bool:
        """Whether ``fix`` says how often a defect is cleared."""
        return self.reworks or self.repairs

    def __post_init__(self) -> None:
        if self.rework_to is not None and not self.reworks:
            raise refuse(
                "QC030", f"rework_to is read only with on_reject: rework, here it is {self.on_reject}", ("rework_to",)
            )


@record
class Handoff:
    """What ``supplier`` hands over to ``customer``: the next process is the customer.

    With ``per_unit`` it is *pulled*: its customer needs the item for each unit it works on. Without, units *flow*.

    Examples
    --------
    >>> handoff = Handoff("Production", "Quality control", defect_rate=0.1)
    >>> handoff.full_name
    'Production -> Quality control'
    >>> Handoff("IT", "Support", item="help", per_unit=0.3, defect_rate=1.2)
    Traceback (most recent call last):
    ...
    qualitychain.errors.ChainError: QC012 handoff 'IT -> Support: help': defect_rate must be between 0 and 1, got 1.2
    """

    _title: ClassVar[str] = "handoff"
    supplier: Name
    """Supplier of the handoff: the department or external supplier that hands over."""
    customer: Name
    """Customer of the handoff: the department or external customer that receives."""
    _: KW_ONLY
    item: MaybeName = None
    """What is handed over; sources of one pulled item share its name."""
    name: MaybeName = None
    """Own name; default "supplier -> customer", or "supplier -> customer: item"."""
    share: MaybeProbability = None
    """Flow: share of the supplier's units that go this way. Pulled: share of the customer's need met by this source. Default 1 when alone."""  # noqa: E501  a line break would stand in the file schema
    per_unit: MaybeNonNegative = None
    """How many of the item the customer needs for each unit of its work; giving it makes the handoff pulled."""
    affects: Annotated[
        Literal["unit", "inspection", "time"] | None, BeforeValidator(optional(choice("unit", "inspection", "time")))
    ] = None
    """Pulled: a bad use makes the unit nonconforming (unit, the default), blinds the outgoing inspection of the handoff's customer (inspection), or only delays (time)."""  # noqa: E501  as above
    common_cause: Annotated[Literal["case"] | None, BeforeValidator(optional(choice("case")))] = None
    """case: one draw per case serves every use of this item from this supplier."""
    defect_rate: MaybeProbability = None
    """Probability that the supplier's work on this handoff makes a conforming unit nonconforming; without it, sample, dpu and dpo it is unknown."""  # noqa: E501  as above
    sample: Annotated[Sample | None, BeforeValidator(nested(Sample))] = None
    """Counts behind the defect rate."""
    dpu: MaybeNonNegative = None
    """Defects per unit (Poisson); the defect rate is 1 - exp(-dpu)."""
    dpo: MaybeProbability = None
    """Defects per opportunity; the defect rate is 1 - (1 - dpo)^opportunities."""
    opportunities: Annotated[int | None, BeforeValidator(optional(at_least(1)))] = None
    """Opportunities per unit, with dpo."""
    transit_defect_rate: MaybeProbability = None
    """Probability that a conforming unit is damaged on the way: after an inspection by the supplier, before one by the customer; default 0."""  # noqa: E501  a line break would stand in the file schema
    transit_sample: Annotated[Sample | None, BeforeValidator(nested(Sample))] = None
    """Counts behind the transit defect rate: damaged units among those that left conforming."""
    lead_time: Time = 0.0
    """Transport and waiting outside departments; a bare number is fixed."""
    sla: Annotated[Sla | None, BeforeValidator(nested(Sla))] = None
    """What the customer of the handoff was promised."""
    inspection: Annotated[Inspection | None, BeforeValidator(nested(Inspection))] = None
    """How the handoff is inspected; absent: nothing is inspected."""
    scrap_cost: Money = None
    """Cost of one unit scrapped here."""
    external_failure_cost: Money = None
    """Cost of one nonconforming unit that this handoff delivers to an external customer."""
    improvement_weight: Positive = 1.0
    """Weight k of the cost -k ln(defect rate) of improving this handoff."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the numbers come from."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        given = [f for f in RATE_FIELDS if getattr(self, f) is not None]
        if len(given) > 1:
            got = " and ".join(given)
            faults.append(Fault("QC025", (), f"takes at most one of {', '.join(RATE_FIELDS)}, got {got}"))
        given = [f for f in TRANSIT_FIELDS if getattr(self, f) is not None]
        if len(given) > 1:
            faults.append(Fault("QC025", (), f"needs at most one of {', '.join(TRANSIT_FIELDS)}, got both"))
        if (self.dpo is None) != (self.opportunities is None):
            lacking = "dpo" if self.dpo is None else "opportunities"
            faults.append(Fault("QC025", (), f"dpo and opportunities go together; {lacking} is missing"))
        if self.per_unit is None:
            faults.extend(
                Fault("QC025", (field,), f"{field} is read only on pulled handoffs; give per_unit, or remove it")
                for field in ("affects", "common_cause")
                if getattr(self, field) is not None
            )
        if faults:
            raise ChainError(faults)

    @property
    def full_name(self) -> str:
        """The handoff's name: its own, or "supplier -> customer" with the item."""
        if self.name is not None:
            return self.name
        tail = "" if self.item is None else f": {self.item}"
        return f"{self.supplier} -> {self.customer}{tail}"

    @property
    def pulled(self) -> bool:
        """Whether the customer of the handoff pulls this item (it has ``per_unit``)."""
        return self.per_unit is not None

    @property
    def rate_unknown(self) -> bool:
        """Whether nothing is stated of its defects."""
        return all(getattr(self, field) is None for field in RATE_FIELDS)


def defect_rate_of(handoff: Handoff) -> float:
    """The defect rate of a handoff, from whichever field states it (formulas: What a chain is); NaN where unknown.

    Examples
    --------
    >>> defect_rate_of(Handoff("A", "B", sample=Sample(n=400, defects=10)))
    0.025
    >>> round(defect_rate_of(Handoff("A", "B", dpu=0.1)), 6)
    0.095163
    """
    if handoff.defect_rate is not None:
        return handoff.defect_rate
    if handoff.sample is not None:
        return handoff.sample.defects / handoff.sample.n
    if handoff.dpu is not None:
        return defect_rate_from_dpu(handoff.dpu)
    if handoff.dpo is not None:
        return defect_rate_from_dpo(handoff.dpo, handoff.opportunities or 1)
    return math.nan


def transit_rate_of(handoff: Handoff) -> float:
    """The rate of damage on the way of a handoff, from whichever field states it; 0 where none does.

    Examples
    --------
    >>> transit_rate_of(Handoff("A", "B", defect_rate=0, transit_sample=Sample(n=400, defects=10)))
    0.025
    """
    if handoff.transit_sample is not None:
        return handoff.transit_sample.defects / handoff.transit_sample.n
    return handoff.transit_defect_rate or 0.0


@dataclass(frozen=True)
class Figure:
    """One rate of a handoff that may be stated in several ways."""

    ways: tuple[str, ...]
    stated_by: frozenset[str]
    """All fields that together state it."""
    sample: str
    of: Callable[[Handoff], float]


FIGURES = {
    "defect_rate": Figure(RATE_FIELDS, frozenset({*RATE_FIELDS, "opportunities"}), "sample", defect_rate_of),
    "transit_defect_rate": Figure(TRANSIT_FIELDS, frozenset(TRANSIT_FIELDS), "transit_sample", transit_rate_of),
}
"""The two rates, by the field that states each plainly."""


def quality_of_handoff(handoff: Handoff) -> tuple[float | None, float, Inspection | None]:
    """Its two rates and its inspection: what handoffs that share one draw must have in common."""
    own = None if handoff.rate_unknown else defect_rate_of(handoff)
    return own, transit_rate_of(handoff), handoff.inspection


def dpu_of(handoff: Handoff) -> float | None:
    """Defects per unit of a handoff where defects are what it states, None where it states nonconforming units.

    Examples
    --------
    >>> dpu_of(Handoff("A", "B", dpo=0.01, opportunities=20))
    0.2
    """
    return handoff.dpu if handoff.dpo is None else handoff.dpo * (handoff.opportunities or 1)


__all__ = [
    "FIGURES",
    "RATE_FIELDS",
    "TRANSIT_FIELDS",
    "Figure",
    "Handoff",
    "Inspection",
    "NonNegative",
    "Sample",
    "Sla",
    "defect_rate_of",
    "dpu_of",
    "quality_of_handoff",
    "transit_rate_of",
]
