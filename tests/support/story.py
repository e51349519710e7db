"""The story of a chain, told unit by unit with a random number generator: an independent witness.

Every sentence of the story is acted out (inputs drawn, own work, inspection, rework, replacement), nothing
is averaged. It shares no code with the library, nor with the exact oracle it is held against.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Any

Count = tuple[str, ...]


@dataclass
class Counts:
    """Sums of per-unit counts over `units` units; keys are ("made",), ("conforming", customer), ..."""

    units: int
    sums: dict[Count, float] = field(default_factory=dict)
    squares: dict[Count, float] = field(default_factory=dict)

    def mean(self, *key: str) -> float:
        """Return the average count per unit."""
        return self.sums.get(key, 0.0) / self.units

    def standard_error(self, *key: str) -> float:
        """Return the standard error of that average, from the spread between units."""
        mean = self.mean(*key)
        spread = max(self.squares.get(key, 0.0) / self.units - mean * mean, 0.0)
        return math.sqrt(spread / self.units)


@dataclass(slots=True)
class _Handoff:
    name: str
    giver: str
    receiver: str
    defect_rate: float
    transit: float
    share: float
    detect: float
    false_alarm: float
    by_supplier: bool
    on_reject: str
    rework_to: str
    fix: float
    key: tuple[str, str] | None


@dataclass(slots=True)
class _Choice:
    """One of several handoffs, picked by share."""

    handoffs: list[_Handoff]
    steps: list[float]

    def pick(self, rng: random.Random) -> _Handoff:
        if len(self.handoffs) == 1:
            return self.handoffs[0]
        return self.handoffs[bisect(self.steps, rng.random() * self.steps[-1])]


@dataclass(slots=True)
class _Need:
    """One pulled item of one receiver."""

    sources: _Choice
    whole: int
    part: float
    affects: str


def tell_story(chain: Mapping[str, Any], units: int, seed: int) -> Counts:
    """Follow `units` units from start to exit and count what happens to each.

    Counts: conforming, nonconforming, presented, presented_bad (per customer); scrapped_true,
    scrapped_false, rolled (delivered, never nonconforming), first_pass (also never rejected), made, cleared;
    work (per node); sent, rejected, door, door_bad, kept, kept_bad (per flow handoff); blame (customer,
    handoff) for each nonconforming delivery.
    """
    teller = _Teller(chain, random.Random(seed))
    counts = Counts(units)
    for _ in range(units):
        for key, value in teller.unit().items():
            counts.sums[key] = counts.sums.get(key, 0.0) + value
            counts.squares[key] = counts.squares.get(key, 0.0) + value * value
    return counts


def tell_requests(chain: Mapping[str, Any], handoff: str, requests: int, seed: int) -> Counts:
    """Make `requests` separate first requests through one pulled handoff: counts bad and draws."""
    teller = _Teller(chain, random.Random(seed))
    wanted = teller.by_name[handoff]
    counts = Counts(requests)
    for _ in range(requests):
        teller.tally, teller.drawn = {}, {}
        blame, draws = teller.request(wanted)
        for key, value in ((("bad",), float(blame is not None)), (("draws",), float(draws))):
            counts.sums[key] = counts.sums.get(key, 0.0) + value
            counts.squares[key] = counts.squares.get(key, 0.0) + value * value
    return counts


def _number(value: Any) -> float:
    return float(Fraction(value)) if isinstance(value, str) else float(value)


class _Teller:
    def __init__(self, chain: Mapping[str, Any], rng: random.Random) -> None:
        self.rng = rng
        self.customers = {c["name"] for c in chain["customers"]}
        self.by_name: dict[str, _Handoff] = {}
        flows: dict[str, list[_Handoff]] = {}
        needs: dict[tuple[str, str], list[_Handoff]] = {}
        terms: dict[tuple[str, str], tuple[Any, str]] = {}
        for position, raw in enumerate(chain["handoffs"]):
            handoff = self._read(raw)
            self.by_name[handoff.name] = handoff
            if raw.get("per_unit") is None:
                flows.setdefault(handoff.giver, []).append(handoff)
            else:
                need = (handoff.receiver, raw.get("item") or f"#{position}")
                needs.setdefault(need, []).append(handoff)
                terms[need] = (raw["per_unit"], raw.get("affects") or "unit")
        self.flows = {node: self._choice(out) for node, out in flows.items()}
        self.needs: dict[str, list[_Need]] = {}
        for need, sources in needs.items():
            amount = Fraction(str(terms[need][0]))
            whole = math.floor(amount)
            told = _Need(self._choice(sources), whole, float(amount - whole), terms[need][1])
            self.needs.setdefault(need[0], []).append(told)
        started = [s for s in chain["suppliers"] if s["name"] in flows]
        rates = [_number(s.get("rate") or 0) for s in started]
        self.starts = [s["name"] for s in started]
        self.start_steps = list(accumulate(rates)) if any(rates) else [1.0]
        self.tally: dict[Count, float] = {}
        self.drawn: dict[tuple[str, str], str | None] = {}

    @staticmethod
    def _read(raw: Mapping[str, Any]) -> _Handoff:
        look = raw.get("inspection") or {"detect": 0, "on_reject": "concession"}
        return _Handoff(
            name=raw.get("name") or f"{raw['supplier']}->{raw['customer']}",
            giver=raw["supplier"],
            receiver=raw["customer"],
            defect_rate=_number(raw["defect_rate"]),
            transit=_number(raw.get("transit_defect_rate", 0)),
            share=_number(raw.get("share", 1)),
            detect=_number(look["detect"]),
            false_alarm=_number(look.get("false_alarm", 0)),
            by_supplier=look.get("by") == "supplier",
            on_reject=look.get("on_reject") or "rework",
            rework_to=look.get("rework_to") or raw["supplier"],
            fix=_number(look.get("fix", 1)),
            key=(raw["supplier"], raw["item"]) if raw.get("common_cause") == "case" else None,
        )

    @staticmethod
    def _choice(handoffs: list[_Handoff]) -> _Choice:
        return _Choice(handoffs, list(accumulate(h.share for h in handoffs)))

    def count(self, *key: str) -> None:
        self.tally[key] = self.tally.get(key, 0.0) + 1.0

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def unit(self) -> dict[Count, float]:
        """Tell the life of one unit."""
        self.tally, self.drawn = {}, {}
        node = self.starts[bisect(self.start_steps, self.rng.random() * self.start_steps[-1])]
        blame: str | None = None
        ever_bad = ever_rejected = False
        while True:
            self.count("work", node)
            struck, blinded = self.inputs(node)
            handoff = self.flows[node].pick(self.rng)
            if self.chance(handoff.defect_rate):
                struck.append(handoff.name)
            if struck and blame is None:
                blame = self.rng.choice(struck)
                ever_bad = True
                self.count("made")
            self.count("sent", handoff.name)
            if not handoff.by_supplier:
                blame = self.way(handoff, blame)
                ever_bad = ever_bad or blame is not None
                self.received(handoff, blame)
            rejected = self.chance(self.catch(handoff, blame is not None, blinded))
            if rejected:
                ever_rejected = True
                blame = self.reject(handoff, blame)
                if handoff.on_reject == "scrap":
                    return self.tally
                if handoff.on_reject == "rework":
                    node = handoff.rework_to
                    continue
            if handoff.by_supplier:
                blame = self.way(handoff, blame)
                ever_bad = ever_bad or blame is not None
                self.received(handoff, blame)
            self.count("kept", handoff.name)
            if blame:
                self.count("kept_bad", handoff.name)
            node = handoff.receiver
            if node in self.customers:
                self.deliver(node, blame, ever_bad, ever_rejected)
                return self.tally

    def reject(self, handoff: _Handoff, blame: str | None) -> str | None:
        """Count a rejected unit; return its blame after the repair or rework that may clear it."""
        self.count("rejected", handoff.name)
        if handoff.on_reject == "scrap":
            self.count("scrapped_true" if blame else "scrapped_false")
        elif handoff.on_reject != "concession" and blame and self.chance(handoff.fix):
            self.count("cleared")
            return None
        return blame

    def deliver(self, customer: str, blame: str | None, ever_bad: bool, ever_rejected: bool) -> None:
        """Count a unit that an external customer keeps."""
        self.count("nonconforming" if blame else "conforming", customer)
        if blame:
            self.count("blame", customer, blame)
        if not ever_bad:
            self.count("rolled")
            if not ever_rejected:
                self.count("first_pass")

    def way(self, handoff: _Handoff, blame: str | None) -> str | None:
        """Bring a unit to its receiver; return its blame after what may happen to it on the way."""
        damaged = self.damage(handoff, blame)
        if damaged != blame:
            self.count("made")
        return damaged

    def damage(self, handoff: _Handoff, blame: str | None) -> str | None:
        """What is bad after the way, and why."""
        return f"{handoff.name} (way)" if blame is None and self.chance(handoff.transit) else blame

    def received(self, handoff: _Handoff, blame: str | None) -> None:
        """Count a unit that arrives at the door of the receiver."""
        customer = handoff.receiver in self.customers
        self.count("incoming", handoff.name)
        if customer:
            self.count("presented", handoff.receiver)
        if blame:
            self.count("door_bad", handoff.name)
            if customer:
                self.count("presented_bad", handoff.receiver)

    def inputs(self, node: str) -> tuple[list[str], bool]:
        """Draw all that one piece of work at `node` needs: the blamed handoffs of bad uses, and blindness."""
        struck: list[str] = []
        blinded = False
        for need in self.needs.get(node, ()):
            uses = need.whole + (1 if need.part and self.chance(need.part) else 0)
            for _ in range(uses):
                blame = self.use(need.sources.pick(self.rng))
                if blame is not None and need.affects == "unit":
                    struck.append(blame)
                elif blame is not None and need.affects == "inspection":
                    blinded = True
        return struck, blinded

    def use(self, handoff: _Handoff) -> str | None:
        """Use an item once: the blamed handoff when it is bad, else None. A common cause is drawn once."""
        if handoff.key is None:
            return self.request(handoff)[0]
        if handoff.key not in self.drawn:
            blame, _ = self.request(handoff)
            own = {handoff.name: "own", f"{handoff.name} (way)": "way"}
            self.drawn[handoff.key] = own.get(blame or "", blame)
        kept = self.drawn[handoff.key]
        return {"own": handoff.name, "way": f"{handoff.name} (way)"}.get(kept or "", kept)

    def request(self, handoff: _Handoff) -> tuple[str | None, int]:
        """Make one request: the blamed handoff when the accepted result is bad, and the pieces of work."""
        blame: str | None = None
        draws = 0
        while True:
            draws += 1
            self.count("work", handoff.giver)
            struck, blinded = self.inputs(handoff.giver)
            if self.chance(handoff.defect_rate):
                struck.append(handoff.name)
            if struck and blame is None:
                blame = self.rng.choice(struck)
            if not handoff.by_supplier:
                blame = self.damage(handoff, blame)
            if not self.chance(self.catch(handoff, blame is not None, blinded)):
                return self.damage(handoff, blame) if handoff.by_supplier else blame, draws
            if handoff.on_reject == "scrap":
                blame = None
                continue
            if handoff.on_reject != "concession" and blame and self.chance(handoff.fix):
                blame = None
            if handoff.on_reject != "rework":
                return self.damage(handoff, blame) if handoff.by_supplier else blame, draws

    @staticmethod
    def catch(handoff: _Handoff, bad: bool, blinded: bool) -> float:
        if blinded and handoff.by_supplier:
            return 0.0
        return handoff.detect if bad else handoff.false_alarm
