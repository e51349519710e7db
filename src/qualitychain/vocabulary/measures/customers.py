"""Measures of what customers get, of what may be lost of it, and of the customer impact matrix."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import At, Direction, Measure, Per, Unit, named, share

_LESS, _MORE = Direction.LESS, Direction.MORE
_AT = At("customer", "customer_outcomes", "customers")


def _units(name: str, words: str, direction: Direction = _LESS, low: float = 0.0) -> Measure:
    return Measure(name, Unit.COUNT, words, direction, Per.PERIOD, low=low)


def _money(name: str, words: str, *at: At, direction: Direction = _LESS, low: float = 0.0) -> Measure:
    return Measure(name, Unit.MONEY, words, direction, Per.PERIOD, low=low, at=at)


def _more(name: str, words: str) -> Measure:
    """More of what is bad, after a step; less where that is negative."""
    return _units(name, words, low=-math.inf)


def _more_money(name: str, words: str) -> Measure:
    return _money(name, words, low=-math.inf)


def _words(name: str, words: str) -> Measure:
    return Measure(name, Unit.WORDS, words)


CUSTOMERS = named(
    _words("segment", "segment of customers"),
    _units("volume", "deliveries", Direction.NEITHER),
    _units("defects_per_period", "nonconforming units that are kept"),
    _units("refused_per_period", "nonconforming units refused or put right when they come in"),
    _units("late_per_period", "late deliveries"),
    _words("judged_on", "what satisfied rests on"),
    _units("satisfied_per_period", "deliveries that satisfy", _MORE),
    _units("dissatisfied_per_period", "deliveries that do not satisfy"),
    share("churn", "share of its customers that leave in a period", _LESS, at=(_AT,)),
    share("retention", "share of its customers that stay in a period", _MORE, at=(_AT,)),
    _units("customers_lost", "customers that leave"),
    _money("revenue", "revenue", direction=_MORE),
    _money("cost_of_late", "cost of late deliveries", _AT),
    _money("cost_of_bad", "cost of nonconforming units met", _AT),
    Measure("nps", Unit.RATIO, "net promoter score", _MORE, low=-100.0, high=100.0, label="NPS", at=(_AT,)),
    Measure("customers", Unit.COUNT, "external customers"),
    share("defect_share", "nonconforming among the deliveries", _LESS),
    share("satisfied_share", "deliveries that satisfy", _MORE),
    share("revenue_at_risk_share", "revenue at risk among the revenue", _LESS),
    Measure(
        "defects_avoided_per_period", Unit.COUNT, "fewer nonconforming units kept", _MORE, Per.PERIOD, low=-math.inf
    ),
    share("share_by_defects", "deliveries that no longer satisfy after one step of defects", _LESS, low=-math.inf),
    _more("nonconforming_by_defects", "more nonconforming units kept after one step of defects"),
    _more("dissatisfied_by_defects", "more deliveries that do not satisfy after one step of defects"),
    _more_money("revenue_by_defects", "more revenue at risk after one step of defects"),
    _more_money("failure_by_defects", "more external failure cost after one step of defects"),
    _more_money("cost_of_defects", "revenue at risk and failure cost of one step of defects"),
    share("share_by_time", "deliveries that no longer satisfy after one delay", _LESS, low=-math.inf),
    _more("late_by_time", "more late deliveries after one delay"),
    _more("dissatisfied_by_time", "more deliveries that do not satisfy after one delay"),
    _more_money("revenue_by_time", "more revenue at risk after one delay"),
    _more_money("late_cost_by_time", "more cost of late deliveries after one delay"),
    _more_money("cost_of_time", "revenue at risk and cost of late deliveries of one delay"),
    _words("internal", "whether it is between departments"),
    _words("most_affected_customer", "external customer that it costs most"),
)
