"""What the chain must achieve: a bound on a measure of a customer, a handoff or a department."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import KW_ONLY
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.handoff import MaybeName
from qualitychain.model.records.nodes import Note
from qualitychain.model.values.fields import Name, duration, echo, number, optional, refuse
from qualitychain.model.values.record import record
from qualitychain.near import did_you_mean
from qualitychain.vocabulary.measure import Measure, Unit
from qualitychain.vocabulary.measures.all import measure_of, measures_of

CHAIN = "chain"
"""What a requirement is about when it names nothing."""

SUBJECTS = ("customer", "handoff", "department")
"""Fields of a requirement that name what it is about."""

_NUMERAL = re.compile(r"[-+]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?\s*%?")


@cache
def bounded(subject: str) -> dict[str, Measure]:
    """Measures that a requirement may bound of a subject, or of the chain, by name.

    Examples
    --------
    >>> list(bounded("handoff"))[:2]
    ['accepted_defect_rate', 'presented_defect_rate']
    """
    return {name: measure_of(name) for name in measures_of(subject)}


def is_time(measure: str) -> bool:
    """Whether a measure is a time, whose bound may be a duration and which has quantiles."""
    return measure_of(measure).unit is Unit.TIME


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

    It is about one customer, handoff or department, or else about the whole chain.

    Examples
    --------
    >>> Requirement(customer="Retail", measure="sigma_level", at_least=4).subject
    ('customer', 'Retail')
    >>> Requirement(measure="scrap_rate", at_most=0.02).subject
    ('chain', '')
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
    """What is bounded: a measure of what the requirement is about."""
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
        subjects = [s for s in SUBJECTS if getattr(self, s) is not None] or [CHAIN]
        if len(subjects) > 1:
            got = " and ".join(subjects)
            faults.append(Fault("QC033", (), f"needs at most one of {', '.join(SUBJECTS)}, got {got}"))
        else:
            faults.extend(self._measure_faults(subjects[0]))
        if (self.at_least is None) == (self.at_most is None):
            got = "none" if self.at_least is None else "both"
            faults.append(Fault("QC033", (), f"needs exactly one of at_least, at_most, got {got}"))
        if faults:
            raise ChainError(faults)

    def _measure_faults(self, subject: str) -> Iterator[Fault]:
        name = self.measure
        measure = bounded(subject).get(name)
        if measure is None:
            yield Fault("QC033", ("measure",), _not_a_measure(subject, name))
            return
        for bound in ("at_least", "at_most"):
            value = getattr(self, bound)
            if isinstance(value, str) and measure.unit is not Unit.TIME:
                message = f"{bound} of {name} must be a number, got the duration {echo(value)}"
                yield Fault("QC033", (bound,), message)
            elif value is not None and not isinstance(value, str):
                yield from _out_of_range(bound, measure, value)
        if self.quantile is not None and measure.unit is not Unit.TIME:
            times = sorted({m for kind in (*SUBJECTS, CHAIN) for m in bounded(kind) if is_time(m)})
            yield Fault("QC033", ("quantile",), f"quantile is read only for {' and '.join(times)}; remove it")

    @property
    def subject(self) -> tuple[str, str]:
        """What the bound is about: ``("customer", "Retail")``; ``("chain", "")`` for the whole chain."""
        for kind in SUBJECTS:
            given: Any = getattr(self, kind)
            if given is not None:
                return kind, given
        return CHAIN, ""


def _not_a_measure(subject: str, measure: str) -> str:
    of = "the whole chain" if subject == CHAIN else f"a {subject}"
    known = {kind: tuple(bounded(kind)) for kind in (*SUBJECTS, CHAIN)}
    elsewhere = [kind for kind, measures in known.items() if measure in measures]
    hint = did_you_mean(measure, known[subject] if subject != CHAIN else {m for some in known.values() for m in some})
    if elsewhere == [CHAIN]:
        hint = f"; it is a measure of the whole chain: name no {subject}"
    elif elsewhere:
        naming = f": say which with {elsewhere[0]}" if subject == CHAIN else ""
        hint = f"; it is a measure of a {elsewhere[0]}{naming}"
    return f"measure of {of} must be one of {', '.join(known[subject])}, got {echo(measure)}{hint}"


def _out_of_range(bound: str, measure: Measure, value: float) -> Iterator[Fault]:
    if measure.low <= value <= measure.high:
        return
    remedy = f"; for {value:g} % write {value / 100:g}" if measure.high == 1 and 1 < value <= 100 else ""
    yield Fault("QC012", (bound,), f"{bound} of {measure.name} must be {range_text(measure)}, got {value:g}{remedy}")


def range_text(measure: Measure) -> str:
    """The range of a measure in words.

    Examples
    --------
    >>> range_text(measure_of("dpmo")), range_text(measure_of("z_lt"))
    ('between 0 and 1,000,000', 'any number')
    """
    low, high = f"{measure.low:,.0f}", f"{measure.high:,.0f}"
    if math.isinf(measure.low):
        return "any number" if math.isinf(measure.high) else f"{high} or less"
    return f"{low} or more" if math.isinf(measure.high) else f"between {low} and {high}"
