"""Where the lead times that the library computes and the units of the story told in time disagree."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from support.timed_story import Flags, Floats, Told, Wait, tell_timed_requests, tell_units

import qualitychain as qc

ERRORS = 4.0
"""Standard errors that chance is allowed."""
RARE = 10.0
"""Units that chance is allowed besides, so that events of which a handful is expected are not judged."""
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def waits_of(times: Any) -> dict[str, Wait]:
    """The waits that the library expects; the scv of a wait that happens by the formula of formulas: Queues."""
    waits: dict[str, Wait] = {}
    for name, row in times.departments.iterrows():
        # what an arrival finds: the table's mean also counts the waits of requests behind those asked for with them
        distribution = times.timing.wait_distribution[times.compiled.nodes.index(str(name))]
        if distribution.mean > 0 and math.isfinite(float(row["waiting_time"])):
            scv = _scv_when_waiting(float(row["utilization"]), float(row["service_scv"]))
            waits[str(name)] = Wait(distribution.probability, distribution.delay.mean, scv)
    return waits


def _scv_when_waiting(load: float, scv: float) -> float:
    third = 3 * scv * (1 + scv) if scv >= 1 else (2 * scv + 1) * (scv + 1)
    return 2 * load - 1 + 4 * (1 - load) * third / (3 * (scv + 1) ** 2)


class Disagreements:
    """Collects what is further from the story than chance and the stated accuracy allow."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = self.accuracy = tolerance
        self.found: list[str] = []
        self.compared = 0

    def probability(self, what: str, given: float, happened: Flags, *, accuracy: float | None = None) -> None:
        """A probability against how often it happened."""
        count = happened.size
        if not count:
            return
        chance = ERRORS * math.sqrt(max(given * (1 - given), 0.0) / count) + RARE / count
        self._judge(what, given, float(happened.mean()), chance + (self.accuracy if accuracy is None else accuracy))

    def mean(self, what: str, given: float, values: Floats) -> None:
        """A mean against the average of many."""
        if values.size < 100:
            return
        chance = ERRORS * float(values.std()) / math.sqrt(values.size)
        self._judge(what, given, float(values.mean()), chance + 1e-6 * abs(given) + 1e-12)

    def deviation(self, what: str, given: float, values: Floats) -> None:
        """A standard deviation against that of many; chance by the fourth moment, which heavy tails leave unsure."""
        if values.size < 100:
            return
        squares = (values - values.mean()) ** 2
        found = math.sqrt(float(squares.mean()))
        chance = ERRORS * float(squares.std()) / math.sqrt(values.size) / (2 * found) if found else 0.0
        self._judge(what, given, found, chance + 1e-6 * abs(given) + 1e-12)

    def ratio(self, what: str, given: float, above: Floats, below: Floats) -> None:
        """A ratio of two sums over units, such as passes in time over passes."""
        if below.sum() < 100:
            return
        found = float(above.sum() / below.sum())
        chance = ERRORS * float((above - found * below).std()) / float(below.mean()) / math.sqrt(below.size)
        self._judge(what, given, found, chance + RARE / float(below.sum()) + self.accuracy)

    def _judge(self, what: str, given: float, found: float, allowed: float) -> None:
        self.compared += 1
        if not abs(given - found) <= allowed:
            self.found.append(f"{what}: given {given:.6g}, told {found:.6g}, allowed difference {allowed:.2g}")


def disagreements(chain: qc.Chain, units: int, seed: int, **options: Any) -> Disagreements:
    """Compare every figure that `lead_times` gives for a chain with `units` units of its story."""
    times = qc.lead_times(chain, **options)
    waits = waits_of(times)
    told = tell_units(chain, waits, units, seed)
    result = Disagreements(options.get("tolerance", 1e-4))
    for customer in chain.customers:
        if customer.name in times.found and told.of(customer.name).sum() >= 100:
            _of_customer(result, times, customer.name, told)
    _of_departments(result, times, told)
    _of_flow_handoffs(result, times, chain, told)
    requests = max(units // 5, 10_000)
    _of_requests(result, times, chain, lambda name: tell_timed_requests(chain, waits, name, requests, seed + 1))
    return result


def lasting_disagreements(chain: qc.Chain, units: int, seed: int, **options: Any) -> list[str]:
    """Disagreements that four times as many other units confirm; in thousands of comparisons chance finds some."""
    first = disagreements(chain, units, seed, **options).found
    if not first:
        return []
    named = {what.partition(": given")[0] for what in first}
    again = disagreements(chain, 4 * units, seed + 1_000_000, **options).found
    return [what for what in again if what.partition(": given")[0] in named]


def _of_customer(result: Disagreements, times: Any, name: str, told: Told) -> None:
    distribution, kept = times[name], told.of(name)
    # where the finest time grid does not reach the tolerance, the distribution says how far it came
    result.accuracy = max(result.tolerance, distribution.accuracy)
    time, good, passes = told.lead_time[kept], told.conforming[kept], told.passes[kept]
    result.probability(f"{name} conforming", distribution.conforming, good)
    result.mean(f"{name} mean", distribution.mean, time)
    result.deviation(f"{name} sd", distribution.sd, time)
    assert time.min() >= distribution.least - 1e-9 * max(distribution.least, 1.0)
    points = np.unique(
        [*np.quantile(time, PROBABILITIES), *np.linspace(distribution.least, np.quantile(time, 0.999), 7)]
    )
    share = float(distribution.conforming)
    for point in points.tolist():
        # a sampled sum of fixed times may fall on the other side of its exact value
        in_time = time <= point * (1 + 1e-9)
        result.probability(f"{name} P(T <= {point:.6g})", distribution.cdf(point), in_time)
        if good.any():
            joint = share * distribution.distribution(conforming=True).cdf(point)
            result.probability(f"{name} P(conforming, T <= {point:.6g})", joint, good & in_time)
        if not good.all():
            accuracy, of_bad = result.accuracy / (1 - share), distribution.distribution(conforming=False).cdf(point)
            result.probability(f"{name} P(T <= {point:.6g} | bad)", of_bad, in_time[~good], accuracy=accuracy)
    for p, quantile in zip(PROBABILITIES, distribution.quantile(np.array(PROBABILITIES)), strict=True):
        _quantile(result, f"{name} quantile {p}", p, float(quantile), time)
    if not math.isnan(distribution.promise):
        in_time = time <= distribution.promise_with_tolerance * (1 + 1e-9)
        result.probability(f"{name} on time", distribution.on_time, in_time)
        result.probability(f"{name} satisfied", distribution.satisfied, in_time & good)
    for count in range(4):
        given = float(distribution.passes.get(count, 0.0))
        result.probability(f"{name} {count} passes", given, passes == count)
    result.mean(f"{name} mean passes", float(times.customers.loc[name, "rework_passes"]), passes.astype(float))


def _quantile(result: Disagreements, what: str, p: float, quantile: float, time: Floats) -> None:
    """At least p is done by the quantile, at most p before it."""
    chance = ERRORS * math.sqrt(p * (1 - p) / time.size) + result.accuracy
    until, before = float((time <= quantile * (1 + 1e-9)).mean()), float((time < quantile * (1 - 1e-9)).mean())
    result.compared += 1
    if not before - chance <= p <= until + chance:
        result.found.append(f"{what}: given {quantile:.6g}, where told is {before:.6g} to {until:.6g}")


def _of_departments(result: Disagreements, times: Any, told: Told) -> None:
    for column, name in enumerate(told.departments):
        visits, row = told.visits[:, column].astype(float), times.departments.loc[name]
        if np.isfinite(row["time_in_department"]):
            # the story's requests wait as an arrival does; behind others asked for with them they wait longer
            alone = times.timing.wait_distribution[times.compiled.nodes.index(name)].mean
            stay = row["time_in_department"] - row["waiting_time"] + alone
            result.ratio(f"{name} time in department", stay, told.stay[:, column], visits)
        if np.isfinite(row["inputs_time"]):
            result.ratio(f"{name} inputs time", row["inputs_time"], told.inputs[:, column], visits)


def _of_flow_handoffs(result: Disagreements, times: Any, chain: qc.Chain, told: Told) -> None:
    units = told.customer.size
    for name in (h.full_name for h in chain.handoffs if h.full_name in told.turnarounds):
        if math.isnan(times.handoffs.loc[name, "lead_time"]):
            continue
        row, (unit, time) = times.handoffs.loc[name], told.turnarounds[name]
        passes = np.bincount(unit, minlength=units).astype(float)
        result.ratio(f"{name} lead time", float(row["lead_time"]), np.bincount(unit, time, units).astype(float), passes)
        promised = float(row["sla_lead_time"])
        if not math.isnan(promised):
            kept = (time <= promised * (1 + 1e-9)).astype(float)
            result.ratio(
                f"{name} promise kept",
                float(row["sla_attainment"]),
                np.bincount(unit, kept, units).astype(float),
                passes,
            )


def _of_requests(
    result: Disagreements, times: Any, chain: qc.Chain, tell: Callable[[str], tuple[Flags, Floats]]
) -> None:
    for name in (h.full_name for h in chain.handoffs if h.pulled):
        if math.isnan(times.handoffs.loc[name, "lead_time"]):
            continue
        row, (_, time) = times.handoffs.loc[name], tell(name)
        result.mean(f"{name} lead time", float(row["lead_time"]), time)
        promised = float(row["sla_lead_time"])
        if not math.isnan(promised):
            result.probability(f"{name} promise kept", float(row["sla_attainment"]), time <= promised * (1 + 1e-9))
