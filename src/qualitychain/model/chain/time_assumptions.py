"""What a chain with a calendar takes for granted about its times, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qualitychain.model.chain.chain import Chain, parts_of
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.duration_text import read
from qualitychain.model.values.durations import SECONDS, Clock

_PROMISES = (("promise",), ("tolerance",), ("sla", "lead_time"), ("at_least",), ("at_most",))


def texts(value: Any) -> Iterator[str]:
    """The duration texts in a time: itself, or the parameters of a distribution."""
    if isinstance(value, str):
        yield value
    elif not isinstance(value, float | int):
        for inner in vars(value).values():
            for item in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(item, str):
                    yield item


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
    clock = chain.clock
    if not clock.working:
        return ()
    found = parts_of(chain).times
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
