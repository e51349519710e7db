"""What the chain must achieve: a bound on a measure of a customer, a handoff or a department."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.handoff import MaybeName
from qualitychain.model.near import did_you_mean
from qualitychain.model.nodes import Note
from qualitychain.model.record import record
from qualitychain.model.values import Name, duration, echo, number, optional, refuse

MEASURES: dict[str, tuple[str, ...]] = {
    "customer": (
        "defect_rate",
        "accepted_defect_rate",
        "dpmo",
        "sigma_level",
        "z_lt",
        "delivered",
        "lead_time",
        "on_time",
        "satisfied",
    ),
    "handoff": ("presented_defect_rate", "accepted_defect_rate"),
    "department": ("utilization", "waiting_time"),
}
"""Measures that a requirement may bound, by what it is about."""

_NUMERAL = re.compile(r"[-+]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?\s*%?")

TIMES = frozenset({"lead_time", "waiting_time"})
"""Measures whose bound may be a duration text."""


def _bound(value: object) -> float | str:
    if not isinstance(value, str) or _NUMERAL.fullmatch(value.strip()):
        return number(value)
    return duration(value)


def _open_probability(value: object) -> float:
    result = number(value)
    if not 0 < result < 1:
        raise refuse("QC012", f"must be greater than 0 and less than 1, got {result:g}")
    return result


_BOUND = {"anyOf": [{"type": "number"}, {"type": "string", "description": "a duration such as '5 d'"}]}
Bound = Annotated[float | str | None, BeforeValidator(optional(_bound)), WithJsonSchema(_BOUND)]


@record
class Requirement:
    """A bound on a measure, for instance ``{customer: Retail, measure: sigma_level, at_least: 4}``.

    Examples
    --------
    >>> Requirement(customer="Retail", measure="sigma_level", at_least=4).subject
    ('customer', 'Retail')
    """

    _title: ClassVar[str] = "requirement"
    _: KW_ONLY
    customer: MaybeName = None
    """External customer that the bound is about."""
    handoff: MaybeName = None
    """Handoff that the bound is about, by its name."""
    department: MaybeName = None
    """Department that the bound is about."""
    measure: Name
    """What is bounded."""
    quantile: Annotated[float | None, BeforeValidator(optional(_open_probability))] = None
    """Which quantile of a time; absent: its mean."""
    at_least: Bound = None
    """Lower bound."""
    at_most: Bound = None
    """Upper bound."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the bound comes from."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        subjects = [s for s in MEASURES if getattr(self, s) is not None]
        if len(subjects) != 1:
            got = " and ".join(subjects) or "none"
            faults.append(Fault("QC033", (), f"needs exactly one of {', '.join(MEASURES)}, got {got}"))
        else:
            faults.extend(self._measure_faults(subjects[0]))
        if (self.at_least is None) == (self.at_most is None):
            got = "none" if self.at_least is None else "both"
            faults.append(Fault("QC033", (), f"needs exactly one of at_least, at_most, got {got}"))
        if faults:
            raise ChainError(faults)

    def _measure_faults(self, subject: str) -> Iterator[Fault]:
        known, measure = MEASURES[subject], self.measure
        if measure not in known:
            elsewhere = [s for s, measures in MEASURES.items() if measure in measures]
            hint = f"; it is a measure of a {elsewhere[0]}" if elsewhere else did_you_mean(measure, known)
            message = f"measure of a {subject} must be one of {', '.join(known)}, got {echo(measure)}{hint}"
            yield Fault("QC033", ("measure",), message)
        elif measure not in TIMES:
            for bound in ("at_least", "at_most"):
                if isinstance(getattr(self, bound), str):
                    message = f"{bound} of {measure} must be a number, got the duration {echo(getattr(self, bound))}"
                    yield Fault("QC033", (bound,), message)
            if self.quantile is not None:
                yield Fault(
                    "QC033", ("quantile",), f"quantile is read only for {' and '.join(sorted(TIMES))}; remove it"
                )

    @property
    def subject(self) -> tuple[str, str]:
        """What the bound is about: ``("customer", "Retail")``."""
        for kind in MEASURES:
            given: Any = getattr(self, kind)
            if given is not None:
                return kind, given
        raise AssertionError("validated: exactly one subject")  # pragma: no cover
