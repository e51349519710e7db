"""The same story as `queue_story`, as a list of events on a heap: several times faster, for the long runs.

Where the SimPy processes tell what a unit lives through, this tells what happens at each moment. The two are held
against each other and against exact answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from support.queue_measures import Delivered, Replication, Seen
from support.queue_plan import Place, Way, plan

START, DONE, LANDED = 0, 1, 2
AT_ONCE = 1e-9


class _Work:
    """A unit, or one request that a piece of work waits for."""

    __slots__ = ("affects", "bad", "blind", "joined", "missing", "parent", "place", "rejected", "started", "way")

    def __init__(self, started: float, parent: _Work | None, way: Way | None, affects: str) -> None:
        self.started, self.parent, self.way, self.affects = started, parent, way, affects
        self.bad = self.blind = self.rejected = False
        self.missing = 0
        self.joined = 0.0
        self.place: Place


class _Line:
    """The queue of one department."""

    __slots__ = ("changed", "free", "seen", "waiting", "work")

    def __init__(self, place: Place) -> None:
        self.free, self.work = place.servers, place.work
        self.waiting: deque[_Work] = deque()
        self.changed = 0.0
        self.seen = Seen()


def run_events(chain: Mapping[str, Any], seed: Any, warm_up: float, length: float) -> Replication:
    """One replication: from an empty chain, measured from `warm_up` for `length`."""
    return _Events(chain, seed, warm_up, length).run()


class _Events:
    def __init__(self, chain: Mapping[str, Any], seed: Any, warm_up: float, length: float) -> None:
        self.plan = plan(chain, seed)
        self.chance = self.plan.chance
        self.opens, self.closes = warm_up, warm_up + length
        self.heap: list[tuple[float, int, int, Any]] = []
        self.order = 0
        self.lines = {p.name: _Line(p) for p in self.plan.stations()}
        self.delivered = {p.name: Delivered() for p in self.plan.places.values() if p.is_customer}

    def later(self, when: float, what: int, whom: Any) -> None:
        self.order += 1
        heappush(self.heap, (when, self.order, what, whom))

    def run(self) -> Replication:
        for supplier in self.plan.starts():
            assert supplier.between is not None
            self.later(supplier.between(), START, supplier)
        heap, closes = self.heap, self.closes
        while True:
            now, _, what, whom = heappop(heap)
            if now >= closes:
                break
            if what == DONE:
                self.leave_server(whom, now)
                self.finished(whom, now)
            elif what == START:
                self.later(now + whom.between(), START, whom)
                self.arrive(_Work(now, None, None, ""), whom, now)
            else:
                self.landed(whom, now)
        length = closes - self.opens
        for line in self.lines.values():
            self.count_queue(line, closes)
        stations = {p.name: self.lines[p.name].seen.figures(p.servers, length) for p in self.plan.stations()}
        customers = {k: seen.figures(self.plan.places[k].promise) for k, seen in self.delivered.items()}
        return Replication(stations, customers)

    def arrive(self, work: _Work, place: Place, now: float) -> None:
        work.place, work.blind = place, False
        if not place.needs:
            self.join(work, now)
            return
        work.missing = 1  # holds the piece of work back until all its requests are made
        for need in place.needs:
            uses = need.whole + (1 if need.part and self.chance() < need.part else 0)
            for _ in range(uses):
                way = need.sources.pick(self.chance)
                work.missing += 1
                self.arrive(_Work(now, work, way, need.affects), way.giver, now)
        self.one_less(work, now)

    def one_less(self, work: _Work, now: float) -> None:
        work.missing -= 1
        if not work.missing:
            self.join(work, now)

    def join(self, work: _Work, now: float) -> None:
        if work.place.work is None:
            self.finished(work, now)
            return
        line = self.lines[work.place.name]
        work.joined = now
        if line.free:
            line.free -= 1
            self.begin(line, work, now)
        else:
            self.count_queue(line, now)
            line.waiting.append(work)

    def begin(self, line: _Line, work: _Work, now: float) -> None:
        assert line.work is not None
        time = line.work()
        seen = line.seen
        if now >= self.opens:
            seen.visits += 1
            wait = now - work.joined
            if wait > AT_ONCE:
                seen.waited += 1
                seen.wait += wait
            seen.work += time if now + time <= self.closes else self.closes - now
        elif now + time > self.opens:
            seen.work += min(now + time, self.closes) - self.opens
        self.later(now + time, DONE, work)

    def leave_server(self, work: _Work, now: float) -> None:
        line = self.lines[work.place.name]
        if line.waiting:
            self.count_queue(line, now)
            self.begin(line, line.waiting.popleft(), now)
        else:
            line.free += 1

    def count_queue(self, line: _Line, now: float) -> None:
        """Count the queue as it was since its last change."""
        if now > self.opens:
            line.seen.area += len(line.waiting) * (now - max(line.changed, self.opens))
        line.changed = now

    def finished(self, work: _Work, now: float) -> None:
        """Work at a place is done: own defect, inspection, and the times until the outcome is known."""
        way = work.way
        if work.parent is None:
            assert work.place.outgoing is not None
            way = work.way = work.place.outgoing.pick(self.chance)
        assert way is not None
        if not work.bad and way.defect_rate and self.chance() < way.defect_rate:
            work.bad = True
        catches = 0.0 if work.blind and way.by_supplier else way.detect if work.bad else way.false_alarm
        work.rejected = bool(catches) and self.chance() < catches
        stays = work.rejected and way.by_supplier and way.on_reject in ("rework", "scrap")
        when = now
        if way.looking is not None:
            when += way.looking()
        if way.transport is not None and not stays:
            when += way.transport()
        if when > now:
            self.later(when, LANDED, work)
        else:
            self.landed(work, now)

    def landed(self, work: _Work, now: float) -> None:
        way = work.way
        assert way is not None
        if work.rejected:
            if way.on_reject == "scrap":
                if work.parent is None:
                    return
                work.bad = False
                self.arrive(work, way.giver, now)
                return
            if way.on_reject != "concession" and work.bad and self.chance() < way.fix:
                work.bad = False
            if way.on_reject == "rework":
                self.arrive(work, way.rework_to if work.parent is None else way.giver, now)
                return
        if work.parent is not None:
            self.have(work, work.parent, now)
        elif way.receiver.is_customer:
            if now >= self.opens:
                delivered = self.delivered[way.receiver.name]
                delivered.times.append(now - work.started)
                delivered.good.append(not work.bad)
        else:
            self.arrive(work, way.receiver, now)

    def have(self, used: _Work, by: _Work, now: float) -> None:
        if used.bad and used.affects == "unit":
            by.bad = True
        elif used.bad and used.affects == "inspection":
            by.blind = True
        self.one_less(by, now)
