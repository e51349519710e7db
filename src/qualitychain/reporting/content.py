"""Everything the report says, as plain data for its template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from qualitychain.analysis.bottlenecks import Bottlenecks, bottlenecks
from qualitychain.analysis.customer_effects import CustomerEffects, customer_effects
from qualitychain.analysis.quality import Quality, quality
from qualitychain.analysis.requirements import Verdict, judge
from qualitychain.analysis.result import percent
from qualitychain.model.chain import Chain
from qualitychain.model.handoff import defect_rate_of
from qualitychain.plot.svg import chain_svg
from qualitychain.reporting import headline, load_tables, quality_tables
from qualitychain.reporting.chain_map import MOST_EDGES, main_edges, map_records
from qualitychain.reporting.inert import one_line
from qualitychain.reporting.tables import Column, Table, make_table
from qualitychain.reporting.words import listed, plural

Progress = Callable[[int, int], None]

MOST_NODES = 60
"""A map of more is not readable, and words stand in its place."""
MOST_WORK = 1_000_000
"""Removal effects solve the chain again for each pulled handoff that makes defects: most solutions times handoffs."""
FLOW_SHARE = 50
"""A flow handoff's removal effect costs about this part of a solution (measured on lines of 1,000 to 5,000)."""
WIDE, MEDIUM, NARROW = 1200.0, 600.0, 343.0
"""Room for the map in px on a screen, on a tablet or paper, and on a phone."""


@dataclass(frozen=True)
class Map:
    """The map at a width: ``media`` is the class that shows it there."""

    media: str
    svg: str


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
    maps: list[Map]
    map_words: str
    verdicts: tuple[Verdict, ...]
    tables: dict[str, Table | None]
    paretos: list[load_tables.Pareto]
    more_paretos: int
    effects_words: str
    bottleneck: str
    hidden_factory: str
    reading: str
    assumptions: list[str]
    methods: list[tuple[str, str]] = field(default_factory=list)


def content_of(chain: Chain, *, shift: float, progress: Progress | None = None) -> Content:
    """Compute all that the report says.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    """
    q = quality(chain, shift=shift)
    b = bottlenecks(chain)
    e = customer_effects(chain, progress=progress) if effects_affordable(chain) else None
    verdicts = judge(chain, shift=shift, quality_result=q, bottlenecks_result=b)
    period = chain.period or "period"
    maps, map_words = _maps(chain, q, b, e)
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
        cards=headline.cards(tuple(chain.customers), q, e, period),
        more_customers=max(0, len(chain.customers) - headline.MOST_CARDS),
        yields=headline.yields_sentence(q),
        overloaded=b.shortfalls(),
        maps=maps,
        map_words=map_words,
        verdicts=verdicts,
        tables={
            "requirements": quality_tables.requirement_table(verdicts) if verdicts else None,
            "customers": quality_tables.customer_table(q),
            "handoffs": quality_tables.handoff_table(q),
            "departments": quality_tables.department_table(q, chain.time_unit),
            "worksheet": quality_tables.worksheet_table(q),
            "ledger": quality_tables.ledger_table(q),
            "dependence": quality_tables.reading_table(q),
            "capacity": load_tables.capacity_table(b, chain.time_unit) if chain.departments else None,
            "sequence": load_tables.sequence_table(b, chain.time_unit) if len(b.sequence) else None,
            "effects": None if e is None else load_tables.effect_table(chain, e),
            "sources": _sources(chain),
        },
        paretos=[] if e is None else load_tables.paretos(chain, e),
        more_paretos=0 if e is None else max(0, len(chain.customers) - load_tables.MOST_PARETOS),
        effects_words=_effects_words(chain, e),
        bottleneck=headline.bottleneck_sentence(b, chain.time_unit),
        hidden_factory=hidden,
        reading=_reading(q),
        assumptions=list(dict.fromkeys([*q.assumptions, *b.assumptions, *(e.assumptions if e else ())])),
        methods=[("Quality", q.method), ("Bottleneck", b.method), *([("Effects", e.method)] if e else [])],
    )


def effects_affordable(chain: Chain) -> bool:
    """Whether the removal effects of a chain take seconds rather than hours."""
    causes = {(h.supplier, h.item) for h in chain.handoffs if h.common_cause}
    defective = [h for h in chain.handoffs if defect_rate_of(h) > 0]
    # flow handoffs share one factorisation, unless common causes make worlds of the chain
    again = len(defective) if causes else sum(h.pulled for h in defective)
    # each common cause doubles the worlds of every solution; a small chain costs as much as one of 200
    solutions = again * (1 << min(len(causes), 60)) * max(len(chain.handoffs), 200)
    return solutions + len(defective) * len(chain.handoffs) // FLOW_SHARE <= MOST_WORK


def _maps(chain: Chain, q: Quality, b: Bottlenecks, e: CustomerEffects | None) -> tuple[list[Map], str]:
    count = len(chain.suppliers) + len(chain.departments) + len(chain.customers)
    size = (
        f"{plural(len(chain.suppliers), 'supplier')}, {plural(len(chain.departments), 'department')}, "
        f"{plural(len(chain.customers), 'customer')} and {plural(len(chain.handoffs), 'handoff')}"
    )
    if count > MOST_NODES:
        reason = "too many for a picture that can be read. The tables below hold the figures."
        return [], f"The chain has {size}: {reason}"
    effects = None
    if e is not None:
        largest = e.handoffs.groupby("handoff")["removal_effect"].max()
        effects = {str(name): float(effect) for name, effect in largest.items()}
    nodes, every = map_records(chain, q, b, effects=effects)
    words, edges = f"{size}.", every
    if len(every) > MOST_EDGES:
        edges = main_edges(every, MOST_EDGES)
        words = (
            f"{size}. Shown are the {len(edges)} of {len(every):,} ways (handoffs and rework) that carry "
            "most, at least one into and out of each place; the tables hold all."
        )
    title = f"Chain map of {one_line(chain.name)}"

    def draw(width: float, direction: Literal["right", "down"]) -> str:
        return chain_svg(nodes, edges, title=title, description=words, direction=direction, width=width)

    wide, medium = draw(WIDE, "right"), draw(MEDIUM, "down")
    maps = [Map("narrow", draw(NARROW, "down"))]
    # a chain too long for the screen is drawn downwards there too
    if _width(wide) <= MEDIUM + 100:
        return [*maps, Map("from-medium", medium)], words
    return [*maps, Map("medium", medium), Map("wide", wide)], words


def _width(svg: str) -> float:
    return float(svg.split('width="', 1)[1].split('"', 1)[0])


def _effects_words(chain: Chain, e: CustomerEffects | None) -> str:
    if e is None:
        defective = sum(defect_rate_of(h) > 0 for h in chain.handoffs)
        return (
            f"Left out: {defective:,} handoffs make defects, and their effects together would take too long here. "
            "`qualitychain show --table effects` computes them all."
        )
    return (
        "How far the share of nonconforming units that a customer keeps would fall if one handoff made no "
        "defects and everything else stayed as it is. The effects overlap, so they do not add up to the "
        "whole."
    )


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
