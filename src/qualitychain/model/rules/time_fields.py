"""Lengths of time under the chain's calendar: rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from qualitychain.errors import Fault
from qualitychain.model.rules.parts import Parts
from qualitychain.model.values.distribution_moments import in_units
from qualitychain.model.values.distributions import Triangular, Uniform, corners
from qualitychain.model.values.times import moments

_ROUNDING = 1 + 1e-12


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
