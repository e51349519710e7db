"""When a chain works: hours a day and days a week, which make its times working time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from qualitychain.model.values.durations import SECONDS, Clock
from qualitychain.model.values.fields import between, refuse
from qualitychain.model.values.record import nested, record

Hours = Annotated[
    float,
    BeforeValidator(between(0.0, 24.0, open_low=True)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 24}),
]
Days = Annotated[
    float,
    BeforeValidator(between(0.0, 7.0, open_low=True)),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 7}),
]


@record
class Calendar:
    """When the chain works. All its times are then working time: a day has so many hours, a week so many days.

    Examples
    --------
    >>> Calendar(hours_per_day=8, days_per_week=5).clock("hour").in_unit("1 w")
    40.0
    """

    _written_whole: ClassVar[bool] = True
    _: KW_ONLY
    hours_per_day: Hours = 24.0
    """Hours worked in a day."""
    days_per_week: Days = 7.0
    """Days worked in a week, on average."""

    def __post_init__(self) -> None:
        if self.hours_per_day * self.days_per_week * SECONDS["hour"] < 1:
            raise refuse("QC012", "leaves less than a second of work a week; check hours_per_day and days_per_week")

    def clock(self, time_unit: str) -> Clock:
        """The clock of a chain with this calendar."""
        return Clock(time_unit, self.hours_per_day, self.days_per_week)


def _calendar(value: object) -> Calendar | None:
    if isinstance(value, Mapping) and not value:
        raise refuse("QC025", "states nothing; give hours_per_day or days_per_week, or leave it out")
    made: Calendar | None = nested(Calendar)(value)
    return made


MaybeCalendar = Annotated[Calendar | None, BeforeValidator(_calendar)]

__all__ = ["Calendar", "MaybeCalendar"]
