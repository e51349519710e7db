"""A chain as a plain dictionary, read into fractions: the input side of the exact oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

ZERO, ONE = Fraction(0), Fraction(1)
Key = tuple[str, str]


@dataclass(frozen=True)
class Inspection:
    """What a receiver (or the giver, before release) looks for, and what becomes of the rejects."""

    detect: Fraction
    false_alarm: Fraction
    by: str
    on_reject: str
    rework_to: str
    fix: Fraction

    def verdicts(self, bad: bool, blinded: bool) -> Iterator[tuple[Fraction, bool, bool]]:
        """Yield (probability, rejected, bad afterwards) for one unit looked at."""
        catch = self.detect if bad else self.false_alarm
        if blinded and self.by == "supplier":
            catch = ZERO
        yield 1 - catch, False, bad
        if bad and self.on_reject in ("rework", "repair"):
            yield catch * self.fix, True, False
            yield catch * (1 - self.fix), True, True
        else:
            yield catch, True, bad


NOTHING_INSPECTED = Inspection(ZERO, ZERO, "customer", "concession", "", ONE)


@dataclass(frozen=True)
class Handoff:
    """One handoff; ``per_unit`` is None on the main stream, ``key`` is set for a common cause."""

    name: str
    giver: str
    receiver: str
    item: str | None
    share: Fraction
    per_unit: Fraction | None
    defect_rate: Fraction
    transit: Fraction
    inspection: Inspection
    affects: str
    key: Key | None


@dataclass(frozen=True)
class Story:
    """A chain read into fractions: who starts, who sends what to whom, who pulls what from whom."""

    starts: dict[str, Fraction]
    nodes: tuple[str, ...]
    customers: tuple[str, ...]
    flows: dict[str, tuple[Handoff, ...]]
    groups: dict[str, tuple[tuple[Handoff, ...], ...]]
    handoffs: tuple[Handoff, ...]


def to_fraction(value: Any) -> Any:
    """Return `value` as a Fraction; a float means the decimal number it prints as, 'a/b' a ratio."""
    if isinstance(value, float):
        return Fraction(repr(value))
    return Fraction(value) if isinstance(value, int | str | Fraction) else value


def read_story(chain: Mapping[str, Any]) -> Story:
    """Read the plain dictionary of a chain into fractions."""
    handoffs = tuple(_handoffs(chain))
    flows: dict[str, tuple[Handoff, ...]] = {}
    groups: dict[tuple[str, str], tuple[Handoff, ...]] = {}
    for handoff in handoffs:
        if handoff.per_unit is None:
            flows[handoff.giver] = (*flows.get(handoff.giver, ()), handoff)
        else:
            need = (handoff.receiver, f"item {handoff.item}" if handoff.item else f"own {handoff.name}")
            groups[need] = (*groups.get(need, ()), handoff)
    by_receiver: dict[str, tuple[tuple[Handoff, ...], ...]] = {}
    for (receiver, _), sources in groups.items():
        by_receiver[receiver] = (*by_receiver.get(receiver, ()), sources)
    rates = {s["name"]: to_fraction(s.get("rate") or 0) for s in chain["suppliers"] if s["name"] in flows}
    unstated = [s["name"] for s in chain["suppliers"] if s["name"] in flows and s.get("rate") is None]
    if len(rates) == 1 and unstated:
        rates = {unstated[0]: ONE}
    nodes = tuple(n["name"] for n in [*chain["suppliers"], *chain.get("departments", [])])
    customers = tuple(c["name"] for c in chain["customers"])
    return Story(rates, nodes, customers, flows, by_receiver, handoffs)


def _handoffs(chain: Mapping[str, Any]) -> Iterator[Handoff]:
    taken: set[str] = set()
    for raw in chain["handoffs"]:
        name = raw.get("name") or f"{raw['supplier']}->{raw['customer']}"
        while name in taken:
            name += "'"
        taken.add(name)
        look = raw.get("inspection")
        rate = raw.get("defect_rate")
        if rate is None:
            rate = Fraction(raw["sample"]["defects"], raw["sample"]["n"])
        yield Handoff(
            name=name,
            giver=raw["supplier"],
            receiver=raw["customer"],
            item=raw.get("item"),
            share=to_fraction(raw.get("share", 1)),
            per_unit=None if raw.get("per_unit") is None else to_fraction(raw["per_unit"]),
            defect_rate=to_fraction(rate),
            transit=to_fraction(raw.get("transit_defect_rate", 0)),
            inspection=_inspection(look, raw["supplier"]) if look else NOTHING_INSPECTED,
            affects=raw.get("affects") or "unit",
            key=(raw["supplier"], raw["item"]) if raw.get("common_cause") == "case" else None,
        )


def _inspection(raw: Mapping[str, Any], giver: str) -> Inspection:
    return Inspection(
        detect=to_fraction(raw["detect"]),
        false_alarm=to_fraction(raw.get("false_alarm", 0)),
        by=raw.get("by") or "customer",
        on_reject=raw.get("on_reject") or "rework",
        rework_to=raw.get("rework_to") or giver,
        fix=to_fraction(raw.get("fix", 1)),
    )


def without_defects(story: Story) -> Story:
    """Return the same chain in which no handoff spoils anything and no inspection cries wolf."""

    def perfect(h: Handoff) -> Handoff:
        return replace(h, defect_rate=ZERO, transit=ZERO, inspection=replace(h.inspection, false_alarm=ZERO))

    return Story(
        story.starts,
        story.nodes,
        story.customers,
        {node: tuple(map(perfect, out)) for node, out in story.flows.items()},
        {node: tuple(tuple(map(perfect, g)) for g in groups) for node, groups in story.groups.items()},
        tuple(map(perfect, story.handoffs)),
    )
