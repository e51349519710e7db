"""Measures of money: the cost of quality."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import At, Direction, Measure, Per, Unit, named, share

_LESS = Direction.LESS


def _money(name: str, words: str, per: Per = Per.NOTHING, low: float = 0.0) -> Measure:
    return Measure(name, Unit.MONEY, words, _LESS, per, low=low)


def _words(name: str, words: str) -> Measure:
    return Measure(name, Unit.WORDS, words)


MONEY = named(
    Measure(
        "cost_of_quality",
        Unit.MONEY,
        "prevention, appraisal, internal and external failure, and the capacity of the hidden factory",
        _LESS,
        Per.COST,
        low=-math.inf,
        at=(
            At("chain", "cost_of_quality", ""),
            At("department", "cost_of_quality", "departments"),
            At("handoff", "cost_of_quality", "handoffs"),
        ),
        objective=True,
    ),
    _words("category", "prevention, appraisal, internal or external failure, or capacity"),
    _money("per_time", "cost", Per.TIME),
    _money("per_period", "cost", Per.PERIOD),
    _money("per_delivered", "cost", Per.DELIVERED),
    share("share_of_cost", "share of the total cost", _LESS),
    Measure("count", Unit.COUNT, "how often it happens", _LESS, Per.STARTED, low=-math.inf),
    _money("price", "what it costs once"),
    _money("prevention", "what is spent on prevention", Per.COST),
    _money("appraisal", "inspections", Per.COST),
    _money("internal_failure", "rework, repair, scrap", Per.COST),
    _money("external_failure", "nonconforming and late deliveries", Per.COST),
    _money("capacity", "work beyond that of a faultless chain", Per.COST, low=-math.inf),
    _money("total", "sum of the costs", Per.COST, low=-math.inf),
    _words("stage", "handoff at which a defect is found"),
    _words("found", "how it is found"),
    Measure("steps", Unit.COUNT, "mean number of handoffs until there"),
    Measure("found_per_unit", Unit.COUNT, "defects found", per=Per.STARTED),
    _money("direct", "repair, scrap, external failure of one defect"),
    _money("consequences", "what follows of one defect: work, inspections, failures", low=-math.inf),
    _money("cost_of_defect", "cost of one defect", low=-math.inf),
    Measure("times_first", Unit.RATIO, "multiple of the cost at the first stage", _LESS, low=-math.inf),
    _money("cost_of_people", "cost that the user gives", Per.PERIOD),
    _words("source", "where the figure comes from"),
)
