"""Everything the report says, as plain data for its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from qualitychain.analysis.quality.quality import Quality
from qualitychain.analysis.quality.specs import CUSTOMERS, DEPARTMENTS, WORKSHEET
from qualitychain.analysis.verdicts.requirements import Verdict
from qualitychain.model.chain.chain import Chain
from qualitychain.reporting.cards import headline
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.compute.analyses import Analyses, Progress
from qualitychain.reporting.content import outcome_content, time_content
from qualitychain.reporting.content.further import Further, further_sections
from qualitychain.reporting.map.maps import maps_of
from qualitychain.reporting.page.table import Column, Table, make_table
from qualitychain.reporting.page.words import listed
from qualitychain.reporting.tables import load_tables, quality_tables
from qualitychain.reporting.tables.cost_tables import CostSection
from qualitychain.reporting.tables.customer_tables import InFull
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.figures import percent

Part = TypeVar("Part")
PARTS = 11
"""Parts that follow the effects, for the progress that is told."""


@dataclass(frozen=True)
class Content:
    """What the template lays out."""

    chain: Chain
    shift: float
    period: str
    cards: list[headline.Card]
    more_customers: int
    yields: str
    overloaded: list[str]
    maps: list[Picture]
    map_words: str
    verdicts: tuple[Verdict, ...]
    tables: dict[str, Table | None]
    customers: InFull
    causes: outcome_content.CauseSection
    slopes: outcome_content.SlopeSection
    key: outcome_content.KeySection
    cost: CostSection
    first: outcome_content.FirstSection
    bottleneck: str
    hidden_factory: str
    reading: str
    lead_time: time_content.LeadTimeSection
    stream: time_content.StreamSection
    waiting: time_content.Listed
    gains: time_content.Listed
    service: time_content.Listed
    remedies: time_content.Listed
    further: list[Further]
    assumptions: list[str]
    methods: list[tuple[str, str]] = field(default_factory=list)


def content_of(chain: Chain, *, shift: float, progress: Progress | None = None) -> Content:
    """Compute all that the report says.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    """
    told = _Told(progress)
    a = Analyses(chain, shift, told.effects, unasked=True)
    q, b = a.quality, a.bottlenecks
    e = a.effects if a.effects_affordable else None
    lead_time = told.after(time_content.lead_time_section(a))
    customers = outcome_content.customers_in_full(a)
    causes = told.after(outcome_content.cause_section(a))
    slopes = told.after(outcome_content.slope_section(a))
    key = told.after(outcome_content.key_section(a))
    cost = told.after(outcome_content.money_section(a))
    first = told.after(outcome_content.first_section(a))
    stream = told.after(time_content.stream_section(a))
    waiting = told.after(time_content.waiting_listed(a))
    gains = told.after(time_content.quality_listed(a))
    service = told.after(time_content.service_listed(a))
    remedies = told.after(time_content.remedies_listed(a))
    further = further_sections(a.study)
    verdicts = a.verdicts
    period = chain.period or "period"
    maps, map_words = maps_of(chain, q, b, e)
    others = [*outcome_content.results_of(a), *time_content.results_of(a)]
    others += [(one.title, one.result) for one in further if one.result is not None]
    t = a.times if lead_time.table is not None else None
    hidden = ""
    if q.hidden_factory == q.hidden_factory:
        hidden = (
            f"{percent(q.hidden_factory)} of all working time would vanish if nothing were ever rejected "
            "(the hidden factory)."
        )
    return Content(
        chain=chain,
        shift=shift,
        period=period,
        cards=headline.cards(tuple(chain.customers), q, e, t, period),
        more_customers=max(0, len(chain.customers) - headline.MOST_CARDS),
        yields=headline.yields_sentence(q),
        overloaded=b.shortfalls(),
        maps=maps,
        map_words=map_words,
        verdicts=verdicts,
        tables={
            "requirements": quality_tables.requirement_table(verdicts) if verdicts else None,
            "customers": described_table(q, CUSTOMERS),
            "handoffs": quality_tables.handoff_table(q),
            "departments": described_table(q, DEPARTMENTS),
            "worksheet": described_table(q, WORKSHEET),
            "defect_balance": quality_tables.defect_balance_table(q),
            "dependence": quality_tables.reading_table(q),
            "capacity": load_tables.capacity_table(b),
            "why": load_tables.why_table(b),
            "sequence": load_tables.sequence_table(b),
            "sources": _sources(chain),
        },
        customers=customers,
        causes=causes,
        slopes=slopes,
        key=key,
        cost=cost,
        first=first,
        bottleneck=headline.bottleneck_sentence(b, chain.clock.unit),
        hidden_factory=hidden,
        reading=_reading(q),
        lead_time=lead_time,
        stream=stream,
        waiting=waiting,
        gains=gains,
        service=service,
        remedies=remedies,
        further=further,
        assumptions=list(
            dict.fromkeys(sentence for result in (q, b, *(r for _, r in others)) for sentence in result.assumptions)
        ),
        methods=list(
            dict.fromkeys(
                [("Quality", q.method), ("Bottleneck", b.method), *((name, result.method) for name, result in others)]
            )
        ),
    )


class _Told:
    """Tells how far the work has come: the effects of handoffs one by one, then the other parts."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._effects, self._parts = progress, 0, 0
        self.effects: Progress | None = None if progress is None else self._advance

    def _advance(self, done: int, every: int) -> None:
        self._effects = every
        if self._progress is not None:
            self._progress(done, every + PARTS)

    def after(self, part: Part) -> Part:
        """The part itself, once it is there."""
        self._parts += 1
        if self._progress is not None:
            self._progress(self._effects + self._parts, self._effects + PARTS)
        return part


def _reading(q: Quality) -> str:
    other = q.dependence
    if other.left_out is not None:
        return f"{other.left_out[:1].upper()}{other.left_out[1:]}."
    named = listed([f"{item} from {giver}" for giver, item in other.shared])
    if q.compiled.keys:
        return (
            f"The chain declares that one draw per case serves every use of {named}. If every use were an "
            "independent draw instead, the figures would be these. Neither reading is a bound on the other."
        )
    return (
        f"One case can use {named} more than once. The chain declares every use an independent draw; if one "
        "draw per case served all its uses (a fault that lasts), the figures would be these. Neither reading "
        "is a bound on the other."
    )


def _sources(chain: Chain) -> Table | None:
    """What the file says about where its numbers come from."""
    rows = list(_remarks(chain))
    if not rows:
        return None
    head = [Column("Of", figures=False), Column("Source", figures=False), Column("Note", figures=False)]
    return make_table("Notes and sources in the model", head, rows, where="sources")


def _remarks(chain: Chain) -> Iterator[list[str]]:
    for group in (chain.suppliers, chain.departments, chain.customers):
        for node in group:
            if node.note or node.source:
                yield [node.name, node.source or "", node.note or ""]
    for handoff in chain.handoffs:
        if handoff.note or handoff.source:
            yield [handoff.full_name, handoff.source or "", handoff.note or ""]
