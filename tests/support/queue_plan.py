"""What the queue simulators need to know of a chain, read from the data of its file; nothing of the library is used.

Times are plain numbers in the chain's time unit, or one distribution by name (by mean and scv, or by its own
parameters).
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np

Draw = Callable[[], float]
Sample = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(slots=True, eq=False)
class Place:
    """A node: the draw of its working time (None: no time), and what it hands on and needs."""

    name: str
    servers: int = 1
    work: Draw | None = None
    between: Draw | None = None
    is_customer: bool = False
    promise: float = math.inf
    outgoing: Choice | None = None
    needs: list[Need] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Way:
    """A handoff."""

    name: str
    giver: Place
    receiver: Place
    defect_rate: float
    share: float
    detect: float
    false_alarm: float
    by_supplier: bool
    on_reject: str
    rework_to: Place
    fix: float
    transport: Draw | None
    looking: Draw | None


@dataclass(slots=True, eq=False)
class Choice:
    """One of several handoffs, picked by share."""

    ways: list[Way]
    steps: list[float]

    def pick(self, chance: Draw) -> Way:
        if len(self.ways) == 1:
            return self.ways[0]
        return self.ways[bisect(self.steps, chance() * self.steps[-1])]


@dataclass(slots=True, eq=False)
class Need:
    """One pulled item of one receiver: this many uses for certain, and one more with the probability `part`."""

    sources: Choice
    whole: int
    part: float
    affects: str


@dataclass(slots=True)
class Plan:
    places: dict[str, Place]
    chance: Draw

    def starts(self) -> list[Place]:
        return [place for place in self.places.values() if place.between is not None]

    def stations(self) -> list[Place]:
        return [place for place in self.places.values() if place.work is not None]


def in_blocks(sample: Sample, rng: np.random.Generator, size: int = 4096) -> Draw:
    """One number at a time from a sampler of many."""

    def numbers() -> Iterator[float]:
        while True:
            yield from sample(rng, size).tolist()

    return numbers().__next__


def plan(chain: Mapping[str, Any], seed: Any) -> Plan:
    """Read a chain; every source of chance gets a stream of its own from the seed."""
    streams = iter(np.random.default_rng(seed).spawn(4 * (len(chain["handoffs"]) + 10)))
    places: dict[str, Place] = {}
    for given in chain["suppliers"]:
        place = places[given["name"]] = Place(given["name"])
        if given.get("rate"):
            place.between = in_blocks(gaps(given), next(streams))
    for given in chain.get("departments", ()):
        place = places[given["name"]] = Place(given["name"], given.get("servers", 1))
        times = service_times(given)
        place.work = None if times is None else in_blocks(times, next(streams))
    for given in chain["customers"]:
        promise = given["promise"] + given.get("tolerance", 0) if "promise" in given else math.inf
        places[given["name"]] = Place(given["name"], is_customer=True, promise=promise)
    flows: dict[str, list[Way]] = {}
    needs: dict[tuple[str, str], list[Way]] = {}
    terms: dict[tuple[str, str], tuple[float, str]] = {}
    for position, given in enumerate(chain["handoffs"]):
        if given.get("common_cause"):
            raise NotImplementedError("common causes are not simulated here")
        way = _way(given, places, streams)
        if given.get("per_unit") is None:
            flows.setdefault(given["supplier"], []).append(way)
        else:
            key = (given["customer"], given.get("item") or f"#{position}")
            needs.setdefault(key, []).append(way)
            terms[key] = (given["per_unit"], given.get("affects") or "unit")
    for name, ways in flows.items():
        places[name].outgoing = _choice(ways)
    for key, ways in needs.items():
        amount, affects = terms[key]
        whole = math.floor(amount)
        places[key[0]].needs.append(Need(_choice(ways), whole, amount - whole, affects))
    return Plan(places, in_blocks(lambda rng, size: rng.random(size), next(streams)))


def _way(given: Mapping[str, Any], places: Mapping[str, Place], streams: Iterator[np.random.Generator]) -> Way:
    look = given.get("inspection") or {"detect": 0.0, "on_reject": "concession"}
    transport, looking = distribution(given.get("lead_time", 0.0), 0.0), distribution(look.get("time", 0.0), 0.0)
    return Way(
        name=given.get("name") or f"{given['supplier']} -> {given['customer']}",
        giver=places[given["supplier"]],
        receiver=places[given["customer"]],
        defect_rate=given.get("defect_rate", 0.0),
        share=given.get("share", 1.0),
        detect=look["detect"],
        false_alarm=look.get("false_alarm", 0.0),
        by_supplier=look.get("by") == "supplier",
        on_reject=look.get("on_reject") or "rework",
        rework_to=places[look.get("rework_to") or given["supplier"]],
        fix=look.get("fix", 1.0),
        transport=None if transport is None else in_blocks(transport, next(streams)),
        looking=None if looking is None else in_blocks(looking, next(streams)),
    )


def _choice(ways: list[Way]) -> Choice:
    return Choice(ways, list(accumulate(way.share for way in ways)))


def service_times(department: Mapping[str, Any]) -> Sample | None:
    """The time that a server is taken by one piece of work, with breakdowns folded in; None when there is none.

    Breakdowns come at random during work; each working time is lengthened to the effective time of Hopp and
    Spearman, drawn as a gamma time. Without breakdowns the working time is drawn as it is, longer by 1/availability.
    """
    given = department.get("cycle_time", 0.0)
    available, repair = department.get("availability", 1.0), department.get("mttr", 0.0)
    own = distribution(given, 1.0)
    if own is None or available == 1.0:
        return own
    if repair == 0.0:
        return lambda rng, size: own(rng, size) / available
    mean, scv = moments_of(given, 1.0)
    spread = (1 + department.get("mttr_scv", 1.0)) * available * (1 - available) * repair / mean
    return gamma_times(mean / available, scv + spread)


def gaps(supplier: Mapping[str, Any]) -> Sample:
    """The times between starts: gamma, or of two exponential phases where the data of a simulation say so."""
    mean, scv = 1 / supplier["rate"], supplier.get("arrival_scv", 1.0)
    return two_phase_times(mean, scv) if supplier.get("two_phases") else gamma_times(mean, scv)


def two_phase_times(mean: float, scv: float) -> Sample:
    """A mixture of a short and a long exponential time that have equal parts in the mean; scv at least 1."""
    short = (1 + math.sqrt((scv - 1) / (scv + 1))) / 2

    def sample(rng: np.random.Generator, size: int) -> np.ndarray:
        scale = np.where(rng.random(size) < short, mean / (2 * short), mean / (2 * (1 - short)))
        return rng.exponential(scale)

    return sample


def gamma_times(mean: float, scv: float) -> Sample:
    if scv == 0:
        return lambda rng, size: np.full(size, mean)
    return lambda rng, size: rng.gamma(1 / scv, mean * scv, size)


def moments_of(given: Any, bare_scv: float) -> tuple[float, float]:
    """Mean and scv of a time given by mean and scv, the only kind that breakdowns are simulated for."""
    if not isinstance(given, Mapping):
        return float(given), bare_scv
    if set(given) <= {"mean", "scv"}:
        return given["mean"], given.get("scv", bare_scv)
    ((kind, terms),) = given.items()
    if kind == "fixed":
        return (terms["value"] if isinstance(terms, Mapping) else terms), 0.0
    if kind == "exponential":
        return (terms["mean"] if isinstance(terms, Mapping) else terms), 1.0
    return terms["mean"], terms["scv"]


def distribution(given: Any, bare_scv: float) -> Sample | None:
    """A sampler of a time as a chain's file gives it; None for a time that is always zero."""
    if not isinstance(given, Mapping) or set(given) <= {"mean", "scv"}:
        mean, scv = moments_of(given, bare_scv)
        return gamma_times(mean, scv) if mean else None
    ((kind, terms),) = given.items()
    if kind in ("fixed", "exponential") or (kind == "gamma" and "mean" in terms):
        mean, scv = moments_of(given, bare_scv)
        return gamma_times(mean, scv) if mean else None
    if kind == "lognormal":
        sigma = terms["sigma"] if "sigma" in terms else math.sqrt(math.log1p(terms["scv"]))
        middle = terms["mu"] if "mu" in terms else math.log(terms["mean"]) - sigma**2 / 2
        return lambda rng, size: rng.lognormal(middle, sigma, size)
    if kind == "uniform" and "low" in terms:
        return lambda rng, size: rng.uniform(terms["low"], terms["high"], size)
    if kind == "triangular" and "low" in terms:
        return lambda rng, size: rng.triangular(terms["low"], terms["mode"], terms["high"], size)
    if kind == "weibull" and "shape" in terms:
        return lambda rng, size: terms["scale"] * rng.weibull(terms["shape"], size)
    raise NotImplementedError(f"times of kind {kind} with {sorted(terms)}")
