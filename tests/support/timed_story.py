"""The story of a chain in time, acted out by many units at once with a random number generator: a second witness.

Every unit waits for what it pulls (all requests at once, the last to arrive counts), waits its turn, is worked on,
inspected, carried, reworked. A wait is drawn from the distribution it is given, afresh for each visit: this is the
semi-Markov story, whose distribution the library computes. Only the records of the model are shared with the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from support.timed_draws import NO_TIME, Draw, stay_draw, time_draw

import qualitychain as qc

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Wait:
    """A wait in front of a department: none with probability 1 - `probability`, else gamma with `mean` and `scv`."""

    probability: float = 0.0
    mean: float = 0.0
    scv: float = 1.0


@dataclass(frozen=True)
class Told:
    """What happened to each unit; `customer` is -1 for units that were scrapped."""

    customers: tuple[str, ...]
    departments: tuple[str, ...]
    customer: Whole
    conforming: Flags
    lead_time: Floats
    passes: Whole
    stay: Floats
    """(units, departments): own waiting and work, over all visits of the unit itself."""
    inputs: Floats
    """(units, departments): waiting for what was pulled, over all visits of the unit itself."""
    visits: Whole
    """(units, departments)."""
    turnarounds: Mapping[str, tuple[Whole, Floats]]
    """Flow handoff -> (unit, time from receipt by the giver to the door of the receiver), for each pass there."""

    def of(self, customer: str) -> Flags:
        """Which units this customer keeps."""
        kept: Flags = self.customer == self.customers.index(customer)
        return kept


@dataclass
class _Handoff:
    name: str
    giver: str
    receiver: str
    defect_rate: float
    transit: float
    transport: Draw
    inspected: bool
    detect: float
    false_alarm: float
    by_supplier: bool
    on_reject: str
    rework_to: str
    fix: float
    looking: Draw


@dataclass
class _Choice:
    handoffs: list[_Handoff]
    steps: Floats

    def pick(self, rng: np.random.Generator, count: int) -> list[tuple[_Handoff, Whole | slice]]:
        """Each handoff with the places that it falls to."""
        if len(self.handoffs) == 1:
            return [(self.handoffs[0], slice(None))]
        at = np.searchsorted(self.steps, rng.random(count) * self.steps[-1], side="right")
        return [(h, np.flatnonzero(at == i)) for i, h in enumerate(self.handoffs)]


@dataclass
class _Need:
    sources: _Choice
    whole: int
    part: float
    affects: str


@dataclass
class _Record:
    """Arrays of one batch."""

    customer: Whole
    bad: Flags
    time: Floats
    passes: Whole
    stay: Floats
    inputs: Floats
    visits: Whole
    detailed: bool
    turnarounds: dict[str, list[tuple[Whole, Floats]]] = field(default_factory=dict)


def tell_units(
    chain: qc.Chain, waits: Mapping[str, Wait], units: int, seed: int, *, batch: int = 65536, details: bool = True
) -> Told:
    """Follow `units` units from start to exit; without `details` the times by department are left out."""
    teller = _Teller(chain, waits, np.random.default_rng(seed))
    sizes = [min(batch, units - begin) for begin in range(0, units, batch)]
    records = [teller.batch(size, details=details) for size in sizes]
    offsets = np.cumsum([0, *sizes])
    turnarounds = {
        h.name: (
            np.concatenate([u + o for r, o in zip(records, offsets, strict=False) for u, _ in r.turnarounds[h.name]]),
            np.concatenate([t for r in records for _, t in r.turnarounds[h.name]]),
        )
        for choice in teller.flows.values()
        for h in choice.handoffs
        if any(r.turnarounds.get(h.name) for r in records)
    }
    return Told(
        customers=tuple(teller.customers),
        departments=tuple(teller.departments),
        customer=np.concatenate([r.customer for r in records]),
        conforming=~np.concatenate([r.bad for r in records]),
        lead_time=np.concatenate([r.time for r in records]),
        passes=np.concatenate([r.passes for r in records]),
        stay=np.concatenate([r.stay for r in records]),
        inputs=np.concatenate([r.inputs for r in records]),
        visits=np.concatenate([r.visits for r in records]),
        turnarounds=turnarounds,
    )


def tell_timed_requests(
    chain: qc.Chain, waits: Mapping[str, Wait], handoff: str, requests: int, seed: int
) -> tuple[Flags, Floats]:
    """(bad, time from asking to having) of `requests` separate requests through one pulled handoff."""
    teller = _Teller(chain, waits, np.random.default_rng(seed))
    [wanted] = [h for n in teller.needs.values() for g in n for h in g.sources.handoffs if h.name == handoff]
    return teller.request(wanted, requests)


class _Teller:
    def __init__(self, chain: qc.Chain, waits: Mapping[str, Wait], rng: np.random.Generator) -> None:
        self.rng = rng
        clock = getattr(chain, "clock", chain.time_unit)
        self.customers = {c.name: i for i, c in enumerate(chain.customers)}
        self.departments = {d.name: i for i, d in enumerate(chain.departments)}
        self.stays: dict[str, Draw] = {s.name: NO_TIME for s in chain.suppliers}
        for department in chain.departments:
            wait = waits.get(department.name, Wait())
            self.stays[department.name] = stay_draw(department, clock, wait.probability, wait.mean, wait.scv)
        flows: dict[str, list[tuple[float, _Handoff]]] = {}
        needs: dict[tuple[str, str], list[tuple[float, _Handoff]]] = {}
        terms: dict[tuple[str, str], tuple[float, str]] = {}
        for position, raw in enumerate(chain.handoffs):
            if raw.common_cause is not None:
                raise ValueError("common causes are not told in time")
            handoff = _read(raw, clock)
            weighed = (1.0 if raw.share is None else raw.share, handoff)
            if raw.per_unit is None:
                flows.setdefault(raw.supplier, []).append(weighed)
            else:
                need = (raw.customer, raw.item or f"#{position}")
                needs.setdefault(need, []).append(weighed)
                terms[need] = (raw.per_unit, raw.affects or "unit")
        self.flows = {node: _choice(out) for node, out in flows.items()}
        self.needs: dict[str, list[_Need]] = {}
        for need, sources in needs.items():
            amount, affects = terms[need]
            whole = int(amount)
            self.needs.setdefault(need[0], []).append(_Need(_choice(sources), whole, amount - whole, affects))
        started = [s for s in chain.suppliers if s.name in flows]
        rates = np.cumsum([s.rate or 0.0 for s in started])
        self.starts = [s.name for s in started]
        self.start_steps = rates if rates[-1] > 0 else np.ones(1)

    def batch(self, units: int, *, details: bool) -> _Record:
        """Tell the lives of a batch of units, department by department."""
        rng = self.rng
        shape = (units, len(self.departments) if details else 0)
        record = _Record(
            customer=np.full(units, -1),
            bad=np.zeros(units, dtype=bool),
            time=np.zeros(units),
            passes=np.zeros(units, dtype=np.int64),
            stay=np.zeros(shape),
            inputs=np.zeros(shape),
            visits=np.zeros(shape, dtype=np.int64),
            detailed=details,
        )
        at = np.searchsorted(self.start_steps, rng.random(units) * self.start_steps[-1], side="right")
        pending = {name: [np.flatnonzero(at == i)] for i, name in enumerate(self.starts)}
        while pending:
            node = max(pending, key=lambda name: sum(p.size for p in pending[name]))
            here = pending.pop(node)
            who = here[0] if len(here) == 1 else np.concatenate(here)
            for target, those in self.visit(node, who, record):
                if those.size and target in self.customers:
                    record.customer[those] = self.customers[target]
                elif those.size:
                    pending.setdefault(target, []).append(those)
        return record

    def visit(self, node: str, who: Whole, record: _Record) -> list[tuple[str, Whole]]:
        """One visit of the units `who` at `node`: where each goes next. Scrapped units go nowhere."""
        rng = self.rng
        struck, blinded, ready = self.inputs(node, who.size)
        stay = self.stays[node](rng, who.size)
        if record.detailed and node in self.departments:
            column = self.departments[node]
            record.stay[who, column] += stay
            record.inputs[who, column] += ready
            record.visits[who, column] += 1
        spent, bad = ready + stay, record.bad[who] | struck
        went: list[tuple[str, Whole]] = []
        for handoff, places in self.flows[node].pick(rng, who.size):
            those, time, spoilt = who[places], spent[places], bad[places]
            if not those.size:
                continue
            spoilt |= rng.random(those.size) < handoff.defect_rate
            if not handoff.by_supplier:
                spoilt |= rng.random(those.size) < handoff.transit
            rejected = self.rejected(handoff, spoilt, blinded if blinded is None else blinded[places])
            time, received, incoming = self.handed_over(handoff, time, rejected)
            if record.detailed:
                record.turnarounds.setdefault(handoff.name, []).append((those[incoming], received[incoming]))
            record.time[those] += time
            if handoff.on_reject in ("rework", "repair"):
                spoilt &= ~(rejected & (rng.random(those.size) < handoff.fix))
            if handoff.by_supplier:
                goes = ~rejected if handoff.on_reject in ("rework", "scrap") else np.ones(those.size, dtype=bool)
                spoilt |= goes & (rng.random(those.size) < handoff.transit)
            record.bad[those] = spoilt
            if handoff.on_reject in ("rework", "scrap"):
                again = those[rejected]
                if handoff.on_reject == "rework":
                    record.passes[again] += 1
                    went.append((handoff.rework_to, again))
                those = those[~rejected]
            went.append((handoff.receiver, those))
        return went

    def handed_over(self, handoff: _Handoff, time: Floats, rejected: Flags) -> tuple[Floats, Floats, Flags | slice]:
        """Time until accepted or rejected, time until the door, and which came to the door."""
        rng, count = self.rng, time.size
        if not handoff.inspected:
            time = time + handoff.transport(rng, count)
            return time, time, slice(None)
        if not handoff.by_supplier:
            received = time + handoff.transport(rng, count)
            return received + handoff.looking(rng, count), received, slice(None)
        time = time + handoff.looking(rng, count)
        carried = ~rejected if handoff.on_reject in ("rework", "scrap") else np.ones(count, dtype=bool)
        time[carried] += handoff.transport(rng, int(carried.sum()))
        return time, time, carried

    def rejected(self, handoff: _Handoff, bad: Flags, blinded: Flags | None) -> Flags:
        """Which are rejected by the inspection."""
        if not handoff.inspected:
            return np.zeros(bad.size, dtype=bool)
        found = np.where(bad, handoff.detect, handoff.false_alarm)
        if blinded is not None and handoff.by_supplier:
            found[blinded] = 0.0
        return self.rng.random(bad.size) < found

    def inputs(self, node: str, count: int) -> tuple[Flags, Flags | None, Floats]:
        """All that `count` pieces of work at `node` need: which are struck, which blinded, when the last is there."""
        rng = self.rng
        struck, ready = np.zeros(count, dtype=bool), np.zeros(count)
        blinded: Flags | None = None
        for need in self.needs.get(node, ()):
            uses = np.full(count, need.whole)
            if need.part:
                uses += rng.random(count) < need.part
            who = np.repeat(np.arange(count), uses)
            for handoff, places in need.sources.pick(rng, who.size):
                those = who[places]
                if not those.size:
                    continue
                bad, time = self.request(handoff, those.size)
                np.maximum.at(ready, those, time)
                if need.affects == "unit":
                    struck[those[bad]] = True
                elif need.affects == "inspection":
                    blinded = np.zeros(count, dtype=bool) if blinded is None else blinded
                    blinded[those[bad]] = True
        return struck, blinded, ready

    def request(self, handoff: _Handoff, count: int) -> tuple[Flags, Floats]:
        """Make `count` requests: which end bad, and how long each took with all redoing and replacing."""
        bad, time = np.zeros(count, dtype=bool), np.zeros(count)
        still = np.arange(count)
        while still.size:
            struck, blinded, ready = self.inputs(handoff.giver, still.size)
            spoilt = bad[still] | struck | (self.rng.random(still.size) < handoff.defect_rate)
            if not handoff.by_supplier:
                spoilt |= self.rng.random(still.size) < handoff.transit
            rejected = self.rejected(handoff, spoilt, blinded)
            spent = ready + self.stays[handoff.giver](self.rng, still.size)
            spent, _, _ = self.handed_over(handoff, spent, rejected)
            time[still] += spent
            if handoff.on_reject == "scrap":
                spoilt &= ~rejected
            elif handoff.on_reject in ("rework", "repair"):
                spoilt &= ~(rejected & (self.rng.random(still.size) < handoff.fix))
            if handoff.by_supplier:
                goes = ~rejected if handoff.on_reject in ("rework", "scrap") else np.ones(still.size, dtype=bool)
                spoilt |= goes & (self.rng.random(still.size) < handoff.transit)
            bad[still] = spoilt
            still = still[rejected] if handoff.on_reject in ("rework", "scrap") else still[:0]
        return bad, time


def _read(raw: qc.Handoff, clock: Any) -> _Handoff:
    look = raw.inspection
    if raw.defect_rate is not None:
        rate = raw.defect_rate
    elif raw.sample is not None:
        rate = raw.sample.defects / raw.sample.n
    elif raw.dpu is not None:
        rate = -float(np.expm1(-raw.dpu))
    else:
        rate = 1 - (1 - (raw.dpo or 0.0)) ** (raw.opportunities or 1)
    return _Handoff(
        name=raw.full_name,
        giver=raw.supplier,
        receiver=raw.customer,
        defect_rate=rate,
        transit=raw.transit_sample.defects / raw.transit_sample.n
        if raw.transit_sample
        else raw.transit_defect_rate or 0,
        transport=time_draw(raw.lead_time, clock),
        inspected=look is not None,
        detect=look.detect if look else 0.0,
        false_alarm=look.false_alarm if look else 0.0,
        by_supplier=look is not None and look.by == "supplier",
        on_reject=look.on_reject if look else "concession",
        rework_to=(look and look.rework_to) or raw.supplier,
        fix=look.fix if look else 1.0,
        looking=time_draw(look.time, clock) if look else NO_TIME,
    )


def _choice(weighed: list[tuple[float, _Handoff]]) -> _Choice:
    return _Choice([h for _, h in weighed], np.cumsum([w for w, _ in weighed]))
