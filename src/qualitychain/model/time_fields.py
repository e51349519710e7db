"""Where lengths of time stand in a chain, and what its calendar makes of them: rules and words.

Contract for the next author: a field that holds a time is entered in ``_FIELDS``, and is then within reach, in order
and told of in the assumptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from qualitychain.errors import Fault
from qualitychain.model.distributions import Triangular, Uniform, corners
from qualitychain.model.duration_text import read
from qualitychain.model.durations import SECONDS, Clock
from qualitychain.model.moments import in_units, moments
from qualitychain.model.requirement import TIMES

if TYPE_CHECKING:
    from qualitychain.model.chain import Chain
    from qualitychain.model.parts import Parts

_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "departments": (("cycle_time",), ("mttr",)),
    "customers": (("promise",), ("tolerance",)),
    "handoffs": (("lead_time",), ("sla", "lead_time"), ("inspection", "time")),
    "requirements": (("at_least",), ("at_most",)),
}
_PROMISES = (("promise",), ("tolerance",), ("sla", "lead_time"), ("at_least",), ("at_most",))
_ROUNDING = 1 + 1e-12


class Place(NamedTuple):
    """A length of time with its place: the record (by list and number), the field of it, and what is written there."""

    key: str
    number: int
    item: Any
    field: tuple[str, ...]
    value: Any

    @property
    def path(self) -> tuple[str | int, ...]:
        """The way to it in the chain's data."""
        return (self.key, self.number, *self.field)

    @property
    def named(self) -> str:
        """How a message names it: ``customer 'Retail': promise``."""
        return f"{_record(self.key, self.item)}: {'.'.join(self.field)}"


def places(parts: Parts) -> Iterator[Place]:
    """Every length of time above zero that a chain states, in the order of its records."""
    for key, fields in _FIELDS.items():
        for index, item in getattr(parts, key):
            if key == "requirements" and item.measure not in TIMES:
                continue
            for field in fields:
                value = getattr(item, field[0])
                if value is not None and len(field) > 1:
                    value = getattr(value, field[1])
                if value is not None and value != 0:
                    yield Place(key, index, item, field, value)


def _record(key: str, item: Any) -> str:
    if key == "requirements":
        kind, subject = item.subject
        return f"requirement on the {item.measure.replace('_', ' ')} of {kind} '{subject}'"
    return f"{key[:-1]} '{item.full_name if key == 'handoffs' else item.name}'"


def texts(value: Any) -> Iterator[str]:
    """The duration texts in a time: itself, or the parameters of a distribution."""
    if isinstance(value, str):
        yield value
    elif not isinstance(value, float | int):
        for inner in vars(value).values():
            for item in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(item, str):
                    yield item


def times_within_reach(parts: Parts) -> Iterator[Fault]:
    """No length of time is beyond a hundred years, also where that depends on the chain's time unit and calendar."""
    clock = parts.clock
    longest = clock.longest * _ROUNDING
    for place in parts.times:
        value = place.value
        # around the clock, texts were checked where they were read
        if (isinstance(value, str) and not clock.working) or (isinstance(value, float) and value <= longest):
            continue
        mean = moments(value, clock)[0]
        if mean > longest:
            settings = "time_unit and calendar" if clock.working else "time_unit"
            message = f"is {mean:g} {clock.said}, longer than 100 years; check it and the chain's {settings}"
            yield Fault("QC014", place.path, f"{place.named} {message}")


def times_in_order(parts: Parts) -> Iterator[Fault]:
    """Low, mode and high of a time are in order as the chain's calendar has them; a record cannot know that."""
    if not parts.clock_known:
        return
    for place in parts.times:
        if not isinstance(place.value, Uniform | Triangular):
            continue
        given = corners(place.value)
        lengths = [in_units(time, parts.clock) for time in given.values()]
        if any(a > b for a, b in pairwise(lengths)):
            kind = type(place.value).__name__.lower()
            told = ", ".join(
                f"'{time}' ({length:g} {parts.clock.said})" if isinstance(time, str) else f"{time:g}"
                for time, length in zip(given.values(), lengths, strict=True)
            )
            message = f"{place.named} needs {' <= '.join(given)}, got {told}"
            if parts.clock.working:
                message += f", with the chain's calendar of {parts.clock.described}"
            yield Fault("QC034", (*place.path, kind), message)


def time_assumptions(chain: Chain) -> tuple[str, ...]:
    """What a chain with a calendar takes for granted about its times, in sentences.

    Parameters
    ----------
    chain : Chain

    Returns
    -------
    tuple of str
        How times are counted, how durations in text were read, that calendar durations are averages, and which promises
        are in calendar time and which in working time. Empty for a chain around the clock.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K", promise="7 calendar days")],
    ...                  handoffs=[qc.Handoff("S", "K", defect_rate=0.1)],
    ...                  calendar=qc.Calendar(hours_per_day=8, days_per_week=5))
    >>> for sentence in time_assumptions(chain):
    ...     print(sentence)
    Times are working time, 8 hours a day and 5 days a week; numbers without a unit are working hours.
    Durations that say calendar are converted on average: 1 calendar day is 5.714 hours of work.
    In calendar time: customer 'K': promise ('7 calendar days', on average 40 working hours).
    """
    from qualitychain.model.parts import Parts

    clock = chain.clock
    if not clock.working:
        return ()
    found = Parts.of_chain(chain).times
    lengths = [read(text) for place in found for text in texts(place.value)]
    sentences = [
        f"Times are working time, {clock.described}; numbers without a unit are {clock.said}.",
    ]
    if any(not length.calendar and length.amounts.keys() & {"day", "week"} for length in lengths):
        day, week = clock.hours_per_day, clock.hours_per_day * clock.days_per_week
        sentences.append(f"In text, a day is {day:.4g} hours of work and a week {week:.4g}.")
    if any(length.calendar for length in lengths):
        sentences.append(
            "Durations that say calendar are converted on average: 1 calendar day is "
            f"{clock.seconds('1 calendar day') / SECONDS['hour']:.4g} hours of work."
        )
    promises = [place for place in found if place.field in _PROMISES]
    for how, chosen in (("calendar", True), ("working", False)):
        told = [f"{p.named} ({_promise(p.value, clock)})" for p in promises if _in_calendar_time(p.value) == chosen]
        if told:
            sentences.append(f"In {how} time: {', '.join(told)}.")
    return tuple(sentences)


def _in_calendar_time(value: float | str) -> bool:
    return isinstance(value, str) and read(value).calendar


def _promise(value: float | str, clock: Clock) -> str:
    length = _counted(in_units(value, clock), clock)
    if not isinstance(value, str):
        return length
    return f"'{value}', {'on average ' if _in_calendar_time(value) else ''}{length}"


def _counted(length: float, clock: Clock) -> str:
    return f"{f'{length:.4g}' if length < 1e4 else f'{length:,.0f}'} {clock.unit if length == 1 else clock.said}"


__all__ = ["Place", "places", "time_assumptions", "times_in_order", "times_within_reach"]
