"""The queues of a chain, acted out by SimPy processes: each unit and each request lives its own life.

It tells the story of the manual word by word, in time: a unit arrives, asks at once and in parallel for all its
inputs, joins the queue when all are in hand, is worked on by one of the servers, is inspected and goes on. Nothing
is averaged, and no code is shared with the library.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import simpy
from support.queue_measures import Delivered, Replication, Seen
from support.queue_plan import Need, Place, Way, plan

Life = Generator[Any, Any, Any]
AT_ONCE = 1e-9
"""Waits shorter than this are rounding of the clock."""


def act_out(chain: Mapping[str, Any], seed: Any, warm_up: float, length: float) -> Replication:
    """One replication: from an empty chain, measured from `warm_up` for `length`."""
    return _Stage(chain, seed, warm_up, length).run()


class _Stage:
    def __init__(self, chain: Mapping[str, Any], seed: Any, warm_up: float, length: float) -> None:
        self.plan = plan(chain, seed)
        self.chance = self.plan.chance
        self.opens, self.closes = warm_up, warm_up + length
        self.clock = simpy.Environment()
        self.servers = {p.name: simpy.Resource(self.clock, p.servers) for p in self.plan.stations()}
        self.seen = {p.name: Seen() for p in self.plan.stations()}
        self.waiting = {p.name: (0, 0.0) for p in self.plan.stations()}
        self.delivered = {p.name: Delivered() for p in self.plan.places.values() if p.is_customer}

    def run(self) -> Replication:
        for supplier in self.plan.starts():
            self.clock.process(self.start_units(supplier))
        self.clock.run(self.closes)
        length = self.closes - self.opens
        for name in self.waiting:
            self.queue_changes(name, 0)
        stations = {p.name: self.seen[p.name].figures(p.servers, length) for p in self.plan.stations()}
        customers = {k: seen.figures(self.plan.places[k].promise) for k, seen in self.delivered.items()}
        return Replication(stations, customers)

    @property
    def measuring(self) -> bool:
        return self.clock.now >= self.opens

    def start_units(self, supplier: Place) -> Life:
        assert supplier.between is not None
        while True:
            yield self.clock.timeout(supplier.between())
            self.clock.process(self.unit(supplier))

    def unit(self, place: Place) -> Life:
        started, bad = self.clock.now, False
        while not place.is_customer:
            struck, blind = yield from self.visit(place)
            assert place.outgoing is not None
            way = place.outgoing.pick(self.chance)
            bad = bad or struck or self.chance() < way.defect_rate
            rejected = yield from self.hand_over(way, bad, blind)
            if rejected and way.on_reject == "scrap":
                return
            if rejected and way.on_reject in ("rework", "repair"):
                bad = bad and not self.chance() < way.fix
            place = way.rework_to if rejected and way.on_reject == "rework" else way.receiver
        if self.measuring:
            self.delivered[place.name].times.append(self.clock.now - started)
            self.delivered[place.name].good.append(not bad)

    def request(self, way: Way, need: Need) -> Life:
        """One use of an item, until it is in hand; its value says whether it is bad."""
        bad = False
        while True:
            struck, blind = yield from self.visit(way.giver)
            bad = bad or struck or self.chance() < way.defect_rate
            rejected = yield from self.hand_over(way, bad, blind)
            if rejected and way.on_reject == "scrap":
                bad = False
            elif rejected and way.on_reject in ("rework", "repair"):
                bad = bad and not self.chance() < way.fix
            if not rejected or way.on_reject in ("repair", "concession"):
                return need.affects, bad

    def visit(self, place: Place) -> Life:
        """Inputs, queue and work; returns whether a bad input spoils the piece of work, and whether one blinds."""
        asked = []
        for need in place.needs:
            uses = need.whole + (1 if need.part and self.chance() < need.part else 0)
            asked += [self.clock.process(self.request(need.sources.pick(self.chance), need)) for _ in range(uses)]
        struck = blind = False
        if asked:
            yield simpy.AllOf(self.clock, asked)
            struck = ("unit", True) in [use.value for use in asked]
            blind = ("inspection", True) in [use.value for use in asked]
        if place.work is not None:
            yield from self.queue_and_work(place)
        return struck, blind

    def queue_and_work(self, place: Place) -> Life:
        assert place.work is not None
        joined, seen = self.clock.now, self.seen[place.name]
        self.queue_changes(place.name, 1)
        with self.servers[place.name].request() as server:
            yield server
            begins = self.clock.now
            time = place.work()
            self.queue_changes(place.name, -1)
            if begins >= self.opens:
                seen.visits += 1
                seen.wait += begins - joined
                seen.waited += begins - joined > AT_ONCE
            seen.work += max(min(begins + time, self.closes) - max(begins, self.opens), 0.0)
            yield self.clock.timeout(time)

    def queue_changes(self, name: str, by: int) -> None:
        """Count the queue as it was since its last change."""
        number, since = self.waiting[name]
        self.seen[name].area += number * max(self.clock.now - max(since, self.opens), 0.0)
        self.waiting[name] = number + by, self.clock.now

    def hand_over(self, way: Way, bad: bool, blind: bool) -> Life:
        """Inspection and transport in their order; returns whether the inspection rejects."""
        catches = 0.0 if blind and way.by_supplier else way.detect if bad else way.false_alarm
        rejected = bool(catches) and self.chance() < catches
        if way.by_supplier:
            if way.looking is not None:
                yield self.clock.timeout(way.looking())
            if rejected and way.on_reject in ("rework", "scrap"):
                return True
        if way.transport is not None:
            yield self.clock.timeout(way.transport())
        if not way.by_supplier and way.looking is not None:
            yield self.clock.timeout(way.looking())
        return rejected
