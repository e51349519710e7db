"""What the chain must achieve: a bound on a measure of a customer, a handoff or a department."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.errors import ChainError, Fault
from qualitychain.model.records.handoff import MaybeName
from qualitychain.model.records.nodes import Note
from qualitychain.model.values.fields import Name, duration, echo, number, optional, refuse
from qualitychain.model.values.record import record
from qualitychain.near import did_you_mean

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
        "churn",
        "retention",
        "revenue_at_risk",
        "cost_of_late",
        "cost_of_bad",
        "nps",
    ),
    "handoff": ("presented_defect_rate", "accepted_defect_rate", "cost_of_quality"),
    "department": ("utilization", "waiting_time", "cost_of_quality"),
    "chain": (
        "cost_of_quality",
        "rolled_throughput_yield",
        "first_pass_yield",
        "final_yield",
        "scrap_rate",
        "hidden_factory",
    ),
}
"""Measures that a requirement may bound, by what it is about; "chain" is what it is about when it names nothing."""

CHAIN = "chain"
SUBJECTS = tuple(kind for kind in MEASURES if kind != CHAIN)
"""Fields of a requirement that name what it is about."""

_NUMERAL = re.compile(r"[-+]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?\s*%?")

TIMES = frozenset({"lead_time", "waiting_time"})
"""Measures whose bound may be a duration text."""

UNBOUNDED = frozenset({"sigma_level", "z_lt"})
"""Measures that may be any number."""

SHARES = frozenset(
    {
        "defect_rate", "accepted_defect_rate", "presented_defect_rate", "on_time", "satisfied", "churn", "retention",
        "rolled_throughput_yield", "first_pass_yield", "final_yield", "scrap_rate", "hidden_factory",
    }
)  # fmt: skip
"""Measures from 0 to 1."""

_RANGES = {"dpmo": (0.0, 1e6), "nps": (-100.0, 100.0)}


def range_of(measure: str) -> tuple[float, float]:
    """The least and the largest value that a measure can have.

    Examples
    --------
    >>> range_of("on_time"), range_of("utilization"), range_of("z_lt")
    ((0.0, 1.0), (0.0, inf), (-inf, inf))
    """
    if measure in UNBOUNDED:
        return -math.inf, math.inf
    return _RANGES.get(measure, (0.0, 1.0 if measure in SHARES else math.inf))


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
    """What is bounded. Of a customer: defect_rate, accepted_defect_rate, dpmo, sigma_level, z_lt, delivered, lead_time,
    on_time, satisfied, churn, retention, revenue_at_risk, cost_of_late, cost_of_bad, nps. Of a handoff:
    presented_defect_rate, accepted_defect_rate, cost_of_quality. Of a department: utilization, waiting_time,
    cost_of_quality. Of the whole chain, where none of them is named: cost_of_quality, rolled_throughput_yield,
    first_pass_yield, final_yield, scrap_rate, hidden_factory. Money is per period."""
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
        known, measure = MEASURES[subject], self.measure
        if measure not in known:
            yield Fault("QC033", ("measure",), _not_a_measure(subject, measure))
            return
        for bound in ("at_least", "at_most"):
            value = getattr(self, bound)
            if isinstance(value, str) and measure not in TIMES:
                message = f"{bound} of {measure} must be a number, got the duration {echo(value)}"
                yield Fault("QC033", (bound,), message)
            elif value is not None and not isinstance(value, str):
                yield from _out_of_range(bound, measure, value)
        if self.quantile is not None and measure not in TIMES:
            yield Fault("QC033", ("quantile",), f"quantile is read only for {' and '.join(sorted(TIMES))}; remove it")

    @property
    def subject(self) -> tuple[str, str]:
        """What the bound is about: ``("customer", "Retail")``; ``("chain", "")`` for the whole chain."""
        for kind in SUBJECTS:
            given: Any = getattr(self, kind)
            if given is not None:
                return kind, given
        return CHAIN, ""


def _not_a_measure(subject: str, measure: str) -> str:
    known = MEASURES[subject]
    elsewhere = [kind for kind, measures in MEASURES.items() if measure in measures]
    of = "the whole chain" if subject == CHAIN else f"a {subject}"
    hint = did_you_mean(measure, known if subject != CHAIN else {m for some in MEASURES.values() for m in some})
    if elsewhere == [CHAIN]:
        hint = f"; it is a measure of the whole chain: name no {subject}"
    elif elsewhere:
        naming = f": say which with {elsewhere[0]}" if subject == CHAIN else ""
        hint = f"; it is a measure of a {elsewhere[0]}{naming}"
    return f"measure of {of} must be one of {', '.join(known)}, got {echo(measure)}{hint}"


def _out_of_range(bound: str, measure: str, value: float) -> Iterator[Fault]:
    low, high = range_of(measure)
    if low <= value <= high:
        return
    within = f"{low:g} or more" if math.isinf(high) else f"between {low:g} and {high:,.0f}"
    remedy = f"; for {value:g} % write {value / 100:g}" if measure in SHARES and 1 < value <= 100 else ""
    yield Fault("QC012", (bound,), f"{bound} of {measure} must be {within}, got {value:g}{remedy}")
