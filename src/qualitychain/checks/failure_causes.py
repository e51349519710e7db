"""What is behind a requirement that is not met: who made the defects, where the time goes, what costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from qualitychain.analysis.base.questions import rates_of
from qualitychain.analysis.causes.cause_shares import cause_shares_of
from qualitychain.analysis.causes.lateness import Lateness, lateness_of
from qualitychain.analysis.causes.removal_effects import removal_effects
from qualitychain.analysis.causes.root_causes import WORTH_NAMING
from qualitychain.analysis.sensitivity.sensitivity_words import only_blind
from qualitychain.analysis.verdicts.requirement_figures import Figures
from qualitychain.analysis.verdicts.requirements import Verdict
from qualitychain.engine.network.network import Flags, Floats
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Reason, because

MOST = 3
"""Causes named, at most."""
MOST_REMOVED = 5
"""Handoffs without whose defects the chain is solved again, at most."""
_MORE_IS_BETTER = frozenset(
    {
        "sigma_level", "z_lt", "delivered", "on_time", "satisfied", "retention", "nps",
        "rolled_throughput_yield", "first_pass_yield", "final_yield",
    }
)  # fmt: skip
_OF_DEFECTS = ("defect_rate", "accepted_defect_rate", "dpmo", "sigma_level", "z_lt", "cost_of_bad")
_OF_TIME = ("lead_time", "on_time", "cost_of_late")
_STEPS = {
    "waiting": "waiting at",
    "work": "work at",
    "inputs": "waiting for inputs at",
    "inspection": "inspection of",
    "transport": "transport of",
}
_ADDED = {"breakdowns": "breakdowns", "rework": "rework", "slow_work": "slow work"}


class FailureCauses:
    """Says what is behind verdicts on one chain; what that takes is worked out once, when it is first needed."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def of(self, verdict: Verdict) -> str:
        """What is behind a requirement that is not met; nothing for others, and for bounds on the good side."""
        requirement = verdict.requirement
        measure, (kind, subject) = requirement.measure, requirement.subject
        if verdict.met is not False or (verdict.bound == "at_least") != (measure in _MORE_IS_BETTER):
            return ""
        if because(verdict.reason, Reason.OVERLOADED):
            return verdict.reason
        if kind == "customer":
            return self._of_customer(subject, measure)
        if measure == "cost_of_quality":
            return self._cost(kind, subject)
        if kind == "handoff":
            return self._handoff(subject)
        return self._load(subject) if kind == "department" else self._yield(measure)

    @cached_property
    def _shares(self) -> Floats:
        return self.figures.study.ask(cause_shares_of).shares

    @cached_property
    def _late(self) -> Lateness:
        return self.figures.study.ask(lateness_of)

    def _of_customer(self, customer: str, measure: str) -> str:
        if measure in _OF_DEFECTS:
            return self._defects(customer)
        if measure in _OF_TIME:
            return self._time(customer)
        if measure == "delivered":
            return self._scrapped()
        row: Any = self.figures.outcomes.customers.loc[customer]
        late = 0.0 if math.isnan(row["on_time"]) else 1.0 - row["on_time"]
        parts = [(row["accepted_defect_rate"], self._defects), (late, self._time)]
        parts.sort(key=lambda part: -part[0])
        return "; ".join(filter(None, (told(customer) for share, told in parts if share > 0)))

    def _defects(self, customer: str) -> str:
        """The handoffs that made most of the defects that a customer keeps, or else of all."""
        compiled = self.figures.compiled
        place = [c.name for c in compiled.chain.customers].index(customer)
        mine = np.nan_to_num(self._shares[:, place])
        if mine.any():
            said = _told("defects made at", zip(compiled.names, mine.tolist(), strict=True), percent)
            return said + self._unseen(place, mine)
        made = self.figures.quality.handoffs["made"].dropna()
        return _told("defects made at", zip(made.index, made / (made.sum() or 1.0), strict=True), percent)

    @cached_property
    def _blinding(self) -> Flags:
        """Pulled handoffs with defects that spoil no unit, but let those of others pass, (handoffs,)."""
        compiled = self.figures.compiled
        found = np.zeros(len(compiled.names), dtype=bool)
        found[compiled.pulled_rows] = only_blind(compiled.network) & (compiled.network.pulled.defect > 0)
        return found

    @cached_property
    def _effects(self) -> Floats:
        first = self._blinding.astype(float)
        return removal_effects(self.figures.study, most=MOST_REMOVED, first=first).effects

    def _unseen(self, place: int, shares: Floats) -> str:
        """Handoffs that made no defect of a customer's, without whose own defects it would get far fewer."""
        some = self._blinding & (shares == 0)
        if not some.any():
            return ""
        rate = float(self.figures.study.ask(rates_of, outcome="accepted_defect_rate")[place])
        fall = np.where(some, np.nan_to_num(self._effects[:, place]), 0.0)
        first = int(np.argmax(fall))
        if fall[first] <= WORTH_NAMING * rate:
            return ""
        without = percent(rate - float(fall[first]))
        name = self.figures.compiled.names[first]
        return f"; and '{name}', without whose defects the accepted rate would be {without}"

    def _time(self, customer: str) -> str:
        """The steps that take most of the time that a customer waits."""
        table = self._late.table
        mine = table[table["customer"] == customer]
        steps = (f"{_STEPS[step]} '{place}'" for step, place in zip(mine["step"], mine["place"], strict=True))
        return _told("time of", zip(steps, mine["share"], strict=True), percent, quoted=False)

    def _handoff(self, name: str) -> str:
        """A handoff's own defects, and whether more come to it."""
        row: Any = self.figures.quality.handoffs.loc[name]
        own, shown = float(row["defect_rate"]), float(row["presented_defect_rate"])
        more = "; the others were made before it" if shown > own * (1 + 1e-9) else ""
        return f"its own defect rate is {percent(own)}{more}"

    def _load(self, name: str) -> str:
        """What loads a department beside its deliveries."""
        row: Any = self.figures.bottlenecks.why.loc[name]
        if math.isnan(row["utilization"]):
            return ""
        added = {words: math.expm1(row[column]) for column, words in _ADDED.items() if row[column] > 0}
        base = f"deliveries alone use {percent(row['base'])} of its time"
        more = _told("", added.items(), lambda x: f"+{percent(x)}", quoted=False)
        return f"{base}; on top of that {more}" if more else base

    def _yield(self, measure: str) -> str:
        q = self.figures.quality
        if measure in ("scrap_rate", "final_yield"):
            return self._scrapped()
        if measure == "hidden_factory":
            used = self.figures.bottlenecks.capacity
            extra = (q.departments["hidden_factory"] * used["work"] * used["time_per_unit"]).dropna()
            whole = float(extra.sum())
            return _told("working time for nothing at", zip(extra.index, extra / (whole or 1.0), strict=True), percent)
        column = "throughput_yield" if measure == "rolled_throughput_yield" else "first_pass_yield"
        lost = (1.0 - q.worksheet[column]).dropna()
        return _told("lost at", lost.items(), percent)

    def _scrapped(self) -> str:
        """The inspections that scrap most."""
        checks = {h.full_name: h.inspection for h in self.figures.chain.handoffs if not h.pulled}
        scrapping = [name for name, check in checks.items() if check is not None and check.on_reject == "scrap"]
        rejected = self.figures.quality.handoffs["rejected"].loc[scrapping]
        whole = float(rejected.sum())
        return _told("scrapped at", zip(scrapping, rejected / (whole or 1.0), strict=True), percent)

    def _cost(self, kind: str, subject: str) -> str:
        """The lines of the cost breakdown that cost most."""
        cost = self.figures.cost
        column = "per_period" if cost.in_periods else "per_time"
        lines = cost.lines if kind == "chain" else cost.lines[cost.lines[kind] == subject]
        places = ("department", "handoff", "customer") if kind == "chain" else ("handoff", "department", "customer")
        amounts: dict[str, float] = {}
        for _, line in lines.iterrows():
            where = next((line[p] for p in places if line[p] != subject and not pd.isna(line[p])), None)
            of = line["kind"] if line["kind"] == line["category"] else f"{line['category']}: {line['kind']}"
            words = of.replace("_", " ") + (f" at '{where}'" if where is not None else "")
            amounts[words] = amounts.get(words, 0.0) + float(line[column])
        return _told("", amounts.items(), number, quoted=False)


def _told(
    first: str, parts: Iterable[tuple[object, float]], text: Callable[[float], str], *, quoted: bool = True
) -> str:
    """The largest parts in words: ``defects made at 'A -> B' (60 %), 'B -> C' (40 %)``."""
    # what rounding leaves of nothing is no cause
    some = [(str(name), float(value)) for name, value in parts if value > 1e-12]
    largest = sorted(some, key=lambda part: -part[1])[:MOST]
    said = ", ".join(f"'{name}' ({text(v)})" if quoted else f"{name} ({text(v)})" for name, v in largest)
    return f"{first} {said}".strip() if said else ""


__all__ = ["FailureCauses"]
