"""Random chains with small fractions, structurally valid by construction, as plain dictionaries.

Departments are numbered; the main stream runs to higher numbers (and back, with a small share), and
departments pull only from higher numbers, except in a pull cycle that was asked for. One choice function
drives everything, so the same construction serves seeded generators and Hypothesis (which then shrinks).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any

from hypothesis import strategies as st

Chain = dict[str, Any]
Pick = Callable[[Sequence[Any]], Any]

DEFECT_RATES = (F(0), F(1, 50), F(1, 20), F(1, 10), F(1, 5), F(2, 5))
SPLITS = {
    1: ((F(1),),),
    2: ((F(1, 2), F(1, 2)), (F(3, 10), F(7, 10)), (F(3, 4), F(1, 4))),
    3: ((F(1, 2), F(3, 10), F(1, 5)), (F(1, 4), F(1, 4), F(1, 2))),
    4: ((F(2, 5), F(3, 10), F(1, 5), F(1, 10)),),
}
AMOUNTS = (F(3, 10), F(1), F(3, 2), F(2), F(1, 2), F(0))
ITEMS = ("spec", "help", "parts")


@dataclass(frozen=True)
class Options:
    """What a random chain may contain; `cycles` is "none", "linear" or "branching"."""

    departments: tuple[int, int] = (1, 6)
    customers: tuple[int, int] = (1, 3)
    suppliers: tuple[int, int] = (1, 3)
    inspections: bool = True
    pulls: bool = True
    loops: bool = True
    cycles: str = "none"
    common_causes: bool = False
    sure_detection: bool = False


def random_chain(rng: random.Random, **options: Any) -> Chain:
    """Return a random valid chain; keyword arguments are the fields of `Options`."""
    return _Builder(rng.choice, Options(**options)).chain()


@st.composite
def chains(draw: st.DrawFn, /, **options: Any) -> Chain:
    """Draw a random valid chain; keyword arguments are the fields of `Options`."""
    return _Builder(lambda values: draw(st.sampled_from(values)), Options(**options)).chain()


def as_floats(chain: Chain) -> Chain:
    """Return the chain with every fraction as the nearest float (shares then sum to 1 within 1e-9)."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items()}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return float(value) if isinstance(value, F) else value

    floats: Chain = plain(chain)
    return floats


def changed(chain: Chain, change: Callable[[Chain], Chain]) -> Chain:
    """Return the chain with `change` applied to a copy of every handoff."""
    return {**chain, "handoffs": [change(dict(h)) for h in chain["handoffs"]]}


class _Builder:
    def __init__(self, pick: Pick, options: Options) -> None:
        self.pick = pick
        self.options = options
        self.handoffs: list[Chain] = []
        count = self.between(*options.departments)
        if options.cycles != "none":
            count = max(count, 3)
        reserved = 2 if options.cycles != "none" else 0
        spare = count - reserved
        streaming = self.between(1, min(4, spare)) if options.pulls else count
        names = [f"D{i + 1}" for i in range(count)]
        self.stream, self.services = names[:streaming], names[streaming:]
        self.ring = names[-2:] if reserved else []
        self.starting = [f"S{i + 1}" for i in range(self.between(*options.suppliers))]
        self.customers = [f"K{i + 1}" for i in range(self.between(*options.customers))]
        self.outside = ["M1"] if options.pulls and self.chance(3) else []

    def between(self, low: int, high: int) -> int:
        return int(self.pick(range(low, high + 1)))

    def chance(self, tenths: int) -> bool:
        return bool(self.pick(range(10)) >= 10 - tenths)

    def chain(self) -> Chain:
        """Build the whole chain."""
        self.main_stream()
        if self.options.pulls:
            self.pulled_items()
        if self.ring:
            self.pull_cycle()
        if self.options.common_causes:
            self.declare_common_causes()
        single = len(self.starting) == 1 and self.chance(3)
        started = [{"name": s} if single else {"name": s, "rate": F(self.between(1, 4), 2)} for s in self.starting]
        return {
            "suppliers": [*started, *({"name": name} for name in self.outside)],
            "departments": [{"name": name} for name in [*self.stream, *self.services]],
            "customers": [{"name": name} for name in self.customers],
            "handoffs": self.handoffs,
        }

    def main_stream(self) -> None:
        targets: dict[str, list[str]] = {node: [] for node in [*self.starting, *self.stream]}
        for position, supplier in enumerate(self.starting):
            targets[supplier].append(self.stream[0] if position == 0 else self.pick(self.stream))
            if self.chance(1):
                targets[supplier].append(self.pick(self.customers))
        for here, after in zip(self.stream, self.stream[1:], strict=False):
            targets[here].append(after)
        for position, customer in enumerate(self.customers):
            targets[self.stream[-1] if position == 0 else self.pick(self.stream)].append(customer)
        for position, here in enumerate(self.stream):
            if self.chance(2) and len(targets[here]) < 4:
                targets[here].append(self.pick([*self.stream[position + 1 :], *self.customers]))
        for node, wanted in targets.items():
            ahead = F(1)
            if node in self.stream and self.options.loops and self.chance(3):
                ahead = F(9, 10)
                behind = self.pick(self.stream[: self.stream.index(node) + 1])
                self.add(node, behind, share=F(1, 10), inspection=self.inspection(node))
            parts = self.pick(SPLITS[len(wanted)]) if len(wanted) in SPLITS else [F(1, len(wanted))] * len(wanted)
            for target, share in zip(wanted, parts, strict=True):
                alone = len(wanted) == 1 and ahead == 1
                extra = {} if alone and self.chance(5) else {"share": share * ahead}
                self.add(node, target, **extra, inspection=self.inspection(node))

    def pulled_items(self) -> None:
        everyone = [*self.stream, *self.services]
        for position, receiver in enumerate(everyone):
            if receiver in self.ring and self.options.cycles == "branching":
                continue
            later = [] if receiver in self.ring else everyone[position + 1 :]
            givers = [*later, *self.outside, *self.starting[:1]]
            must = self.services[0] if self.services and position == 0 and receiver not in self.ring else None
            for number, item in enumerate(ITEMS[: self.between(1 if must else 0, 2)]):
                first = must if must and number == 0 else self.pick(givers)
                self.need(receiver, item, givers, first)
        for service in self.services[1:]:
            if not any(h["supplier"] == service for h in self.handoffs):
                free = [n for n in everyone[: everyone.index(service)] if n not in self.ring]
                self.need(self.pick(free), f"service {service}", [service], service)

    def need(self, receiver: str, item: str, givers: list[str], first: str) -> None:
        others = [giver for giver in givers if giver != first]
        sources = [first]
        while others and len(sources) < 3 and self.chance(3):
            sources.append(self.pick(others))
            others.remove(sources[-1])
        amount = self.pick(AMOUNTS)
        affects = self.pick(("unit", "unit", "inspection", "time"))
        for source, share in zip(sources, self.pick(SPLITS[len(sources)]), strict=True):
            extra: Chain = {} if len(sources) == 1 else {"share": share}
            if affects != "unit" or self.chance(2):
                extra["affects"] = affects
            self.add(source, receiver, item=item, per_unit=amount, **extra, inspection=self.inspection(None))

    def pull_cycle(self) -> None:
        one, two = self.ring
        alone = self.chance(3)
        kind = self.pick(("rework", "scrap", "many")) if self.options.cycles == "branching" else "single"
        look: Chain | None = None
        amounts = [self.pick((F(3, 10), F(1, 2), F(9, 10))), self.pick((F(3, 10), F(1, 2), F(9, 10)))]
        if kind in ("rework", "scrap"):
            amounts = [self.pick((F(3, 10), F(1, 2))), self.pick((F(3, 10), F(1, 2)))]
            look = {
                "detect": self.pick((F(1, 2), F(9, 10))),
                "false_alarm": self.pick((F(0), F(1, 10))),
                "on_reject": kind,
            }
        elif kind == "many" and not alone:
            amounts = [F(3, 2), self.pick((F(3, 10), F(1, 2)))]
        rates = (F(1, 20), F(1, 10), F(1, 5))
        self.add(two, one, item="ring", per_unit=amounts[0], inspection=look, rate=self.pick(rates))
        if alone:
            self.handoffs[-1]["supplier"] = one
            self.add(two, self.stream[0], item="ring help", per_unit=F(1), inspection=None)
        else:
            self.add(one, two, item="ring", per_unit=amounts[1], inspection=None, rate=self.pick(rates))
        self.add(one, self.stream[-1], item="ring service", per_unit=F(1), inspection=self.inspection(None))

    def declare_common_causes(self) -> None:
        shared: dict[tuple[str, str], list[Chain]] = {}
        for handoff in self.handoffs:
            if "per_unit" in handoff and handoff["item"] != "ring":
                shared.setdefault((handoff["supplier"], handoff["item"]), []).append(handoff)
        keyed = 0
        for uses in sorted(shared.values(), key=len, reverse=True):
            if keyed < 3 and (keyed == 0 or self.chance(6)):
                keyed += 1
                for handoff in uses:
                    handoff["common_cause"] = "case"
                    handoff["defect_rate"] = uses[0]["defect_rate"]
                    handoff.pop("transit_defect_rate", None)
                    if "transit_defect_rate" in uses[0]:
                        handoff["transit_defect_rate"] = uses[0]["transit_defect_rate"]
                    handoff.pop("inspection", None)
                    if "inspection" in uses[0]:
                        handoff["inspection"] = dict(uses[0]["inspection"])

    def inspection(self, giver: str | None) -> Chain | None:
        """Return an inspection or None; `giver` None means a pulled handoff, which has no rework_to."""
        if not self.options.inspections or not self.chance(5):
            return None
        sure = (F(1),) if self.options.sure_detection else ()
        look: Chain = {"detect": self.pick((F(1, 2), F(4, 5), F(9, 10), F(0), *sure))}
        if self.chance(5):
            look["false_alarm"] = self.pick((F(1, 20), F(1, 10), F(0)))
        if self.chance(4):
            look["by"] = self.pick(("supplier", "customer"))
        if self.chance(7):
            look["on_reject"] = self.pick(("rework", "repair", "scrap", "concession"))
        kind = look.get("on_reject", "rework")
        if kind in ("rework", "repair") and self.chance(4):
            least = (F(0),) if look["detect"] != 1 else ()
            look["fix"] = self.pick((F(1), F(1, 2), F(3, 4), *least))
        if giver is not None and kind == "rework" and self.chance(5):
            look["rework_to"] = self.pick([*self.stream, *self.starting])
        return look

    def add(self, giver: str, receiver: str, **fields: Any) -> None:
        rate = fields.pop("rate", None)
        inspection = fields.pop("inspection")
        handoff: Chain = {"name": f"h{len(self.handoffs) + 1}", "supplier": giver, "customer": receiver}
        handoff["defect_rate"] = self.pick(DEFECT_RATES) if rate is None else rate
        if self.chance(2):
            handoff["transit_defect_rate"] = self.pick(DEFECT_RATES)
        handoff.update(fields)
        if inspection is not None:
            handoff["inspection"] = dict(inspection)
        self.handoffs.append(handoff)
