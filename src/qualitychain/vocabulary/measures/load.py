"""Measures of load and of what would relieve it: capacity, waits, gains of better handoffs, remedies."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import At, Direction, Measure, Per, Unit, named, share

_LESS, _MORE = Direction.LESS, Direction.MORE


def _words(name: str, words: str) -> Measure:
    return Measure(name, Unit.WORDS, words)


def _log(name: str, words: str) -> Measure:
    return Measure(name, Unit.RATIO, f"ln of what {words} multiply the utilization by", low=-math.inf)


def _gain(name: str, unit: Unit, words: str, per: Per = Per.NOTHING) -> Measure:
    return Measure(name, unit, words, _MORE, per, low=-math.inf)


LOAD = named(
    Measure("servers", Unit.COUNT, "servers"),
    Measure("time_per_unit", Unit.TIME, "working time of one unit, stops included", _LESS),
    Measure(
        "utilization",
        Unit.SHARE,
        "work against capacity; from 1 on the queue grows for ever",
        _LESS,
        at=(At("department", "bottlenecks", "capacity"),),
    ),
    Measure("max_release_rate", Unit.COUNT, "release rate at which it is fully used", _MORE, Per.TIME),
    Measure("shadow_price", Unit.COUNT, "rise of the greatest release rate with one more server", per=Per.TIME),
    _words("cause", "why it is loaded above the target"),
    Measure(
        "net_utilization",
        Unit.SHARE,
        "utilization that the deliveries by themselves would take: no rework, no breakdowns",
        _LESS,
    ),
    _log("demand", "deliveries"),
    _log("breakdowns", "breakdowns and absence"),
    _log("rework", "rework and repeated requests"),
    _log("slow_work", "working times above the benchmark"),
    _words("departments", "departments"),
    Measure(
        "factor",
        Unit.RATIO,
        "multiple of the release rate until the next limit",
        _MORE,
        label="multiple until next limit",
    ),
    Measure("servers_added", Unit.COUNT, "servers added from now on, in fractions"),
    Measure("visits_of_delivered", Unit.COUNT, "visits of a delivered unit", per=Per.DELIVERED, label="visits"),
    Measure(
        "lead_time_price",
        Unit.TIME,
        "fall of the mean lead time with one more server",
        _MORE,
        low=-math.inf,
        label="saved by one more server",
    ),
    share(
        "satisfied",
        "share conforming and on time",
        _MORE,
        at=(At("customer", "customer_outcomes", "customers"),),
        objective=True,
    ),
    Measure(
        "revenue_at_risk",
        Unit.MONEY,
        "revenue that may leave with dissatisfied customers",
        _LESS,
        Per.PERIOD,
        at=(At("customer", "customer_outcomes", "customers"),),
        objective=True,
    ),
    Measure("request_time", Unit.TIME, "mean time from asking to having", _LESS),
    share("last", "visits that wait for this input last"),
    Measure("delay", Unit.TIME, "mean wait that this input causes", _LESS, Per.VISIT),
    _gain("sigma_gain_halved", Unit.RATIO, "rise of the sigma level if its defect rate were halved"),
    _gain("sigma_gain_removed", Unit.RATIO, "rise of the sigma level without its defects"),
    _gain("conforming_gain_halved", Unit.SHARE, "rise of the conforming share if its defect rate were halved"),
    _gain("conforming_gain_removed", Unit.SHARE, "rise of the conforming share without its defects"),
    _gain("deliveries_gain_halved", Unit.COUNT, "more conforming deliveries if it were halved", Per.PERIOD),
    _gain("deliveries_gain_removed", Unit.COUNT, "more conforming deliveries without its defects", Per.PERIOD),
    _gain("revenue_gain_halved", Unit.MONEY, "less revenue at risk if it were halved", Per.PERIOD),
    _gain("revenue_gain_removed", Unit.MONEY, "less revenue at risk without its defects", Per.PERIOD),
    Measure("cost_of_halving", Unit.MONEY, "what halving its defect rate costs", _LESS, label="cost"),
    _gain("sigma_gain_per_cost", Unit.RATIO, "rise of the sigma level for money of 1"),
    Measure("rank", Unit.COUNT, "rank, 1 the first"),
    _words("note", "what is odd about it"),
    _words("broken", "what of the promise is broken"),
    _words("change", "what would be changed"),
    _gain("satisfied_gain", Unit.SHARE, "rise of the share of deliveries conforming and on time"),
    _gain("on_time_gain", Unit.SHARE, "rise of the share on time"),
    _gain("conforming_gain", Unit.SHARE, "rise of the conforming share"),
    _gain("revenue_gain", Unit.MONEY, "less revenue at risk", Per.PERIOD),
    Measure("conforming_deliveries", Unit.COUNT, "conforming units delivered", _MORE, Per.TIME, objective=True),
    Measure("satisfied_deliveries", Unit.COUNT, "units delivered conforming and on time", _MORE, Per.PERIOD),
    _words("remedy", "kind of remedy"),
    Measure("size", Unit.RATIO, "how much of it: servers, fraction, time, availability or factor"),
    Measure("running_cost", Unit.MONEY, "servers and work", _LESS, Per.TIME),
    Measure("cost_change", Unit.MONEY, "change of the running cost", _LESS, Per.TIME, low=-math.inf),
    _words("next_bottleneck", "what limits the release rate then"),
    _words("feasible", "whether it reaches the target"),
    _words("reason", "why it does not"),
)
