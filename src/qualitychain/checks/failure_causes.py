"""What is behind a requirement that is not met: who made the defects, where the time goes, what costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from qualitychain.analysis.base.defect_causes import cause_names, causes_of, made_by_cause, rate_of
from qualitychain.analysis.base.study import Study
from qualitychain.analysis.load.overload import loads_of
from qualitychain.analysis.quality.quality_figures import quality_figures_of
from qualitychain.analysis.verdicts.requirement_figures import cost_of, outcomes_of
from qualitychain.analysis.verdicts.requirements import Verdict
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import defect_rate_of, transit_rate_of
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.measure import Direction
from qualitychain.vocabulary.reason import Reason, because

if TYPE_CHECKING:
    from qualitychain.engine.network.network import Flags, Floats

MOST = 3
"""Causes named, at most."""
MOST_REMOVED = 5
"""Handoffs without whose defects the chain is solved again, at most."""
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
    """Says what is behind verdicts on a study's chain."""

    study: Study
    chain: Chain

    def __init__(self, study: Study) -> None:
        self.study, self.chain = study, study.chain

    def of(self, verdict: Verdict) -> str:
        """What is behind a requirement that is not met; nothing for others, and for bounds on the good side.

        Nothing either where that cannot be worked out: the verdict does not depend on it.
        """
        try:
            return self._of(verdict)
        except AnalysisError:
            return ""

    def _of(self, verdict: Verdict) -> str:
        requirement, measure = verdict.requirement, verdict.requirement.measure
        kind, subject = requirement.subject
        more_is_better = verdict.measure.direction is Direction.MORE
        if verdict.met is not False or (verdict.bound == "at_least") != more_is_better:
            return ""
        if verdict.reason is not None and because(verdict.reason, Reason.OVERLOADED):
            return verdict.reason
        if kind == "customer":
            return self._of_customer(subject, measure)
        if measure == "cost_of_quality":
            return self._cost(kind, subject)
        if kind == "handoff":
            return self._handoff(subject)
        return self._load(subject) if kind == "department" else self._yield(measure)

    def _of_customer(self, customer: str, measure: str) -> str:
        if measure in _OF_DEFECTS:
            return self._defects(customer)
        if measure in _OF_TIME:
            return self._time(customer)
        if measure == "delivered":
            return self._scrapped()
        row: Any = outcomes_of(self.study).customers.loc[customer]
        late = 0.0 if math.isnan(row["on_time"]) else 1.0 - row["on_time"]
        parts = [(row["accepted_defect_rate"], self._defects), (late, self._time)]
        parts.sort(key=lambda part: -part[0])
        return "; ".join(filter(None, (told(customer) for share, told in parts if share > 0)))

    def _defects(self, customer: str) -> str:
        """The handoffs that made most of the defects that a customer keeps, or else of all."""
        from qualitychain.analysis.causes.cause_shares import cause_shares_of

        names, place = cause_names(self.study.compiled), [c.name for c in self.chain.customers].index(customer)
        mine = np.nan_to_num(self.study.ask(cause_shares_of).shares[:, place])
        if mine.any():
            said = _told("defects made at", zip(names, mine.tolist(), strict=True), percent)
            return said + self._unseen(place, mine)
        t = self.study.solution.tally
        made = made_by_cause(self.study.compiled, t.made, t.made_in_transit, self.study.solution.requests.uses)
        return _told("defects made at", zip(names, made / (made.sum() or 1.0), strict=True), percent)

    def _blinding(self) -> Flags:
        """Causes of defects that spoil no unit, but let those of others pass, shape (causes,)."""
        from qualitychain.analysis.sensitivity.sensitivity_words import only_blind

        compiled, network = self.study.compiled, self.study.compiled.network
        blind = only_blind(compiled.network)
        return np.array([c.kind == "pulled" and blind[c.row] and rate_of(network, c) > 0 for c in causes_of(compiled)])

    def _unseen(self, place: int, shares: Floats) -> str:
        """Handoffs that made no defect of a customer's, without whose own defects it would get far fewer."""
        from qualitychain.analysis.base.questions import rates_of
        from qualitychain.analysis.causes.removal_effects import removal_effects
        from qualitychain.analysis.causes.root_causes import WORTH_NAMING

        blinding = self._blinding()
        some = blinding & (shares == 0)
        if not some.any():
            return ""
        rate = float(self.study.ask(rates_of, outcome="accepted_defect_rate")[place])
        effects = removal_effects(self.study, most=MOST_REMOVED, first=blinding.astype(float)).effects
        fall = np.where(some, np.nan_to_num(effects[:, place]), 0.0)
        first = int(np.argmax(fall))
        if fall[first] <= WORTH_NAMING * rate:
            return ""
        without, name = percent(rate - float(fall[first])), cause_names(self.study.compiled)[first]
        return f"; and '{name}', without whose defects the accepted rate would be {without}"

    def _time(self, customer: str) -> str:
        """The steps that take most of the time that a customer waits."""
        from qualitychain.analysis.causes.lateness import lateness_of

        table = self.study.ask(lateness_of).table
        mine = table[table["customer"] == customer]
        steps = (f"{_STEPS[step]} '{place}'" for step, place in zip(mine["step"], mine["place"], strict=True))
        return _told("time of", zip(steps, mine["share"], strict=True), percent, quoted=False)

    def _handoff(self, name: str) -> str:
        """A handoff's own defects, and whether more come to it."""
        place = self.study.compiled.names.index(name)
        shown = float(self.study.ask(quality_figures_of).handoffs["presented_defect_rate"][place])
        handoff = self.chain.handoffs[place]
        own, way = defect_rate_of(handoff), transit_rate_of(handoff)
        own, damage = own + way - own * way, f", {percent(way)} damaged in transit" if way else ""
        more = "; the others were made before it" if shown > own * (1 + 1e-9) else ""
        return f"its own defect rate is {percent(own)}{damage}{more}"

    def _load(self, name: str) -> str:
        """What loads a department beside its deliveries."""
        from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks_of

        row: Any = self.study.ask(bottlenecks_of).why.loc[name]
        if math.isnan(row["utilization"]):
            return ""
        added = {words: math.expm1(row[column]) for column, words in _ADDED.items() if row[column] > 0}
        net = f"net utilization {percent(row['net_utilization'])}"
        more = _told("", added.items(), lambda x: f"+{percent(x)}", quoted=False)
        return f"{net}; on top of that {more}" if more else net

    def _yield(self, measure: str) -> str:
        if measure in ("scrap_rate", "final_yield"):
            return self._scrapped()
        if measure == "hidden_factory":
            return self._hidden()
        from qualitychain.analysis.quality.quality import quality_of

        column = "throughput_yield" if measure == "rolled_throughput_yield" else "first_pass_yield"
        lost = (1.0 - self.study.ask(quality_of).worksheet[column]).dropna()
        return _told("lost at", lost.items(), percent)

    def _hidden(self) -> str:
        """The departments that spend most working time on what would vanish if nothing were ever rejected."""
        of, suppliers = self.study.ask(loads_of), len(self.chain.suppliers)
        hidden = self.study.ask(quality_figures_of).hidden[suppliers:]
        extra = np.nan_to_num(hidden * of.work * of.effective_time)
        parts = zip(of.names, extra / (extra.sum() or 1.0), strict=True)
        return _told("working time for nothing at", parts, percent)

    def _scrapped(self) -> str:
        """The inspections that scrap most."""
        tally, rows = self.study.solution.tally, self.study.compiled.flow_rows
        checks = [self.chain.handoffs[i].inspection for i in rows]
        scraps = np.array([c is not None and c.scraps for c in checks], dtype=bool)
        rejected = np.where(scraps, tally.rejected_true + tally.rejected_false, 0.0)
        names = [self.study.compiled.names[i] for i in rows]
        return _told("scrapped at", zip(names, rejected / (rejected.sum() or 1.0), strict=True), percent)

    def _cost(self, kind: str, subject: str) -> str:
        """The lines of the cost breakdown that cost most."""
        cost = cost_of(self.study)
        column = "per_period" if cost.in_periods else "per_time"
        lines = cost.lines if kind == "chain" else cost.lines[cost.lines[kind] == subject]
        places = ("department", "handoff", "customer") if kind == "chain" else ("handoff", "department", "customer")
        amounts: dict[str, float] = {}
        for _, line in lines.iterrows():
            where = next((line[p] for p in places if line[p] != subject and isinstance(line[p], str)), None)
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
