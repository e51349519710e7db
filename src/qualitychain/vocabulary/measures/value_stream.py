"""Measures of the value stream: where the time of a delivered unit goes, and whether the pace is kept."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import Direction, Measure, Per, Unit, named, share

_LESS, _MORE = Direction.LESS, Direction.MORE


def _time(name: str, words: str, label: str = "") -> Measure:
    return Measure(name, Unit.TIME, words, _LESS, Per.DELIVERED, label=label)


VALUE_STREAM = named(
    _time("cycle_time", "work on it, stops of the server included"),
    _time("queue_time", "wait in queues"),
    _time("wait_for_inputs", "wait until kitting is complete"),
    _time("transport_time", "transport"),
    _time("inspection_time", "inspection"),
    _time("working_time", "work on the unit itself, stops left out"),
    _time("cumulative_time", "time from the start to here"),
    Measure("wip", Unit.COUNT, "units inside on average", _LESS, label="WIP"),
    Measure("throughput", Unit.COUNT, "deliveries", _MORE, Per.TIME),
    share("flow_efficiency", "working time by lead time", _MORE),
    Measure("takt_ratio", Unit.RATIO, "time per unit by takt; above 1 it cannot keep takt", _LESS),
    Measure("work_of_demand", Unit.COUNT, "units of work for one unit of the demand", _LESS),
    Measure("time_of_demand", Unit.TIME, "what one unit of the demand takes of the servers together", _LESS),
    Measure("uses", Unit.COUNT, "uses", per=Per.VISIT),
    share("criticality", "visits that wait for it longest"),
    Measure("relative_gap", Unit.SHARE, "relative difference", low=-math.inf),
    Measure("why", Unit.WORDS, "why it is there"),
)
