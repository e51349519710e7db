"""How long a duration is: the chain's clock, which knows its time unit and its calendar.

With a calendar, a chain counts working time: a day has its ``hours_per_day``, a week its ``days_per_week``. Durations
that say ``calendar`` are converted on average. Without a calendar every hour counts, and the two are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from qualitychain.model.values.duration_text import EXAMPLE, LONGEST_SECONDS, SECONDS, WORDS, read

if TYPE_CHECKING:
    import numpy as np

    Times = TypeVar("Times", float, np.typing.NDArray[np.float64])

__all__ = ["EXAMPLE", "LONGEST_SECONDS", "SECONDS", "WORDS", "Clock", "in_unit", "seconds"]

_HOURS_OF_A_WEEK = 168.0


@dataclass(frozen=True)
class Clock:
    """What the times of a chain mean: their unit, and how many hours a day and days a week are worked.

    Around the clock (24 hours, 7 days) working time and calendar time are the same.

    Parameters
    ----------
    time_unit : {"second", "minute", "hour", "day", "week"}
        Unit of every time given as a number; days and weeks are working days and working weeks.
    hours_per_day : float
        Hours worked in a day, above 0 and at most 24.
    days_per_week : float
        Days worked in a week, above 0 and at most 7.

    Examples
    --------
    >>> clock = Clock("hour", hours_per_day=8, days_per_week=5)
    >>> clock.in_unit("1 d"), clock.in_unit("1 w"), clock.said
    (8.0, 40.0, 'working hours')
    >>> clock.in_unit("7 calendar days"), clock.in_calendar_days(20.0)
    (40.0, 3.5)
    """

    time_unit: str = "hour"
    hours_per_day: float = 24.0
    days_per_week: float = 7.0

    def __post_init__(self) -> None:
        if self.time_unit not in SECONDS:
            raise ValueError(f"time_unit must be one of {', '.join(SECONDS)}, got {self.time_unit!r}")
        if not (0 < self.hours_per_day <= 24 and 0 < self.days_per_week <= 7):
            raise ValueError(
                "hours_per_day must be above 0 and at most 24, days_per_week above 0 and at most 7, "
                f"got {self.hours_per_day!r} and {self.days_per_week!r}"
            )

    @classmethod
    def of(cls, clock_or_unit: Clock | str) -> Clock:
        """The clock itself, or the one around the clock in a time unit."""
        return clock_or_unit if isinstance(clock_or_unit, Clock) else _AROUND[clock_or_unit]

    @property
    def working(self) -> bool:
        """Whether working time differs from calendar time."""
        return (self.hours_per_day, self.days_per_week) != (24.0, 7.0)

    @property
    def unit(self) -> str:
        """One unit of the results in words: ``"working hour"``, or ``"hour"`` around the clock."""
        return f"working {self.time_unit}" if self.working else self.time_unit

    @property
    def said(self) -> str:
        """What results are counted in: ``"working hours"``, or ``"hours"`` around the clock."""
        return f"{self.unit}s"

    @property
    def described(self) -> str:
        """The calendar in words: ``"8 hours a day and 5 days a week"``."""
        hours, days = self.hours_per_day, self.days_per_week
        return f"{hours:g} hour{'' if hours == 1 else 's'} a day and {days:g} day{'' if days == 1 else 's'} a week"

    @cached_property
    def unit_seconds(self) -> dict[str, float]:
        """Working seconds in each unit."""
        day = SECONDS["hour"] * self.hours_per_day
        return {**SECONDS, "day": day, "week": day * self.days_per_week}

    @property
    def working_share(self) -> float:
        """Share of calendar time that is worked."""
        return self.hours_per_day * self.days_per_week / _HOURS_OF_A_WEEK

    @property
    def longest(self) -> float:
        """The working time of a hundred years, in the time unit: no time of a chain may be longer."""
        return LONGEST_SECONDS * self.working_share / self.unit_seconds[self.time_unit]

    def seconds(self, text: str) -> float:
        """Working seconds of a duration text; of a calendar duration on average."""
        length = read(text)
        if length.calendar:
            # the whole product first: 7 calendar days are then a working week exactly
            product = length.around_the_clock * self.hours_per_day * self.days_per_week
            return product / _HOURS_OF_A_WEEK
        return sum(amount * self.unit_seconds[unit] for unit, amount in length.amounts.items())

    def in_unit(self, text: str) -> float:
        """Length of a duration text in the time unit."""
        return self.seconds(text) / self.unit_seconds[self.time_unit]

    def in_calendar_days(self, time: Times) -> Times:
        """Calendar days that pass, on average, while this much of the clock's time is worked.

        Parameters
        ----------
        time : float or array of floats
            In the time unit.

        Returns
        -------
        float or array of floats
            Calendar days. For a single piece of work the truth may differ by the longest time without work, which is
            a weekend (64 hours with 8 hours a day and 5 days a week).
        """
        return (
            time * self.unit_seconds[self.time_unit] * 7 / (SECONDS["hour"] * self.hours_per_day * self.days_per_week)
        )


_AROUND = {unit: Clock(unit) for unit in SECONDS}


def seconds(text: str) -> float:
    """Length of a duration text in seconds, around the clock.

    Parameters
    ----------
    text : str
        Numbers with units (s, min, h, d, w, or their names), an ISO 8601 duration of weeks, days and time, or calendar
        hours, days and weeks.

    Returns
    -------
    float
        Seconds, from 0 to a hundred years.

    Raises
    ------
    ValueError
        When the text is not a duration of fixed length; the message says how to write one.

    Examples
    --------
    >>> seconds("2 d 4 h") / 3600
    52.0
    >>> seconds("PT36H") == seconds("1.5 d") == seconds("1.5 calendar days")
    True
    """
    return read(text).around_the_clock


def in_unit(text: str, clock_or_unit: Clock | str) -> float:
    """Length of a duration text in the unit of a clock, or in a time unit around the clock.

    Examples
    --------
    >>> in_unit("2 d", "hour"), in_unit("2 d", Clock("hour", hours_per_day=8, days_per_week=5))
    (48.0, 16.0)
    """
    return Clock.of(clock_or_unit).in_unit(text)
