"""Measures of time: lead times, promises, queues."""

from __future__ import annotations

from qualitychain.vocabulary.measure import At, Direction, Measure, Per, Unit, named, share

_LESS, _MORE = Direction.LESS, Direction.MORE
_CUSTOMER = At("customer", "lead_times", "customers")


def _time(name: str, words: str, per: Per = Per.NOTHING, *at: At, objective: bool = False, label: str = "") -> Measure:
    return Measure(name, Unit.TIME, words, _LESS, per, at=at, objective=objective, label=label)


TIME = named(
    _time("lead_time", "mean lead time of delivered units", Per.NOTHING, _CUSTOMER, objective=True),
    _time("sd", "standard deviation of the lead time"),
    _time("median", "lead time that half of the units keep"),
    *(_time(f"p{p}", f"lead time that {p} % of the units keep") for p in (90, 95, 99)),
    Measure("promise", Unit.TIME, "promised lead time"),
    Measure("promise_tolerance", Unit.TIME, "how much later still counts as on time"),
    share("on_time", "share within the promise and its tolerance", _MORE, at=(_CUSTOMER,)),
    share("conforming_share", "conforming among the outgoing units", _MORE),
    Measure("rework_passes", Unit.COUNT, "mean number of passes of rework", _LESS, Per.DELIVERED),
    Measure("arrival_rate", Unit.COUNT, "units of work that arrive", per=Per.TIME),
    _time("service_time", "mean working time of one unit, breakdowns included"),
    Measure(
        "service_scv", Unit.RATIO, "squared coefficient of variation of the service time", _LESS, label="service SCV"
    ),
    Measure(
        "arrival_scv",
        Unit.RATIO,
        "squared coefficient of variation of the time between arrivals",
        _LESS,
        label="arrival SCV",
    ),
    share("wait_probability", "share of the arrivals that wait", _LESS),
    _time("waiting_time", "mean wait in the queue", Per.VISIT, At("department", "lead_times", "departments")),
    _time("waiting_low", "lower end of the interval of the mean wait, where no more is known", Per.VISIT),
    _time("waiting_high", "upper end of the interval of the mean wait", Per.VISIT),
    Measure("queue_length", Unit.COUNT, "mean number of units that wait", _LESS),
    _time("time_in_department", "mean wait and work", Per.VISIT),
    _time("inputs_time", "mean wait for pulled inputs", Per.VISIT, label="wait for inputs"),
    Measure("accuracy", Unit.WORDS, "how accurate the wait is"),
    _time("transport", "mean time of transport"),
    _time("handoff_time", "mean time from receipt, or from asking, until it is handed over"),
    Measure("sla_lead_time", Unit.TIME, "lead time promised to the customer of the handoff", label="SLA lead time"),
    share("sla_attainment", "share that keeps the promised lead time", _MORE, label="SLA attainment"),
)
