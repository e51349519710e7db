"""What to do first: projects chosen within the budget, what each would bring alone, and promises that are too weak."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qualitychain.improvement.allocate.sla_adequacy import ENOUGH, LESS, NOTHING, SlaAdequacy
from qualitychain.improvement.choose.choice.improvement import Improvement
from qualitychain.plot.svg.frontier import frontier_svg
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.page.words import listed, plural
from qualitychain.reporting.tables.cause_tables import points
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.vocabulary.figures import number, percent

WIDE, NARROW = 560.0, 300.0
MOST_PROMISES = 20
QUIET = Cell(NONE, tone="quiet")
NO_PROJECTS = (
    "The chain names no project to choose from. List what could be done under `projects:` in the model file, "
    "each with its `cost` and the `changes` it makes (for instance a defect rate of `x0.5`), and what may be spent "
    "under `budget:`."
)
OBJECTIVES = {
    "accepted_defect_rate": "Fewest defects kept by customers",
    "revenue_at_risk": "Least revenue at risk",
    "cost_of_quality": "Least cost of quality",
}


@dataclass(frozen=True)
class Choice:
    """The best projects for one objective."""

    title: str
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    table: Table


def choice_of(objective: str, found: Improvement, period: str) -> Choice:
    """What to choose for an objective, what it brings and how sure that is."""
    say = percent if "rate" in objective else number
    unit = "" if "rate" in objective else f" per {period}"
    names = listed(list(found.chosen), 12) if found.chosen else "none of the projects"
    sentences = [
        (
            f"Choose {names}: {number(found.cost)} of a budget of {number(found.budget)}. "
            f"{_named(objective)} goes from {say(found.before)} to {say(found.value)}{unit}."
        ),
        _proof(found, say),
    ]
    if not math.isnan(found.payback_periods):
        sentences.append(f"It has paid for itself after {number(found.payback_periods)} such periods.")
    worse = [str(n) for n in found.table.index[(found.table["gain_alone"] < 0) & ~found.table["chosen"].astype(bool)]]
    if worse:
        sentences.append(f"Alone, {listed(worse)} would make it worse.")
    return Choice(
        OBJECTIVES.get(objective, objective.replace("_", " ").capitalize()),
        tuple(sentences),
        _pictures(objective, found, unit, rate="rate" in objective),
        _table(objective, found, say),
    )


def _named(objective: str) -> str:
    if objective == "accepted_defect_rate":
        return "The nonconforming share of all that customers keep"
    return f"The {objective.replace('_', ' ')}"


def _proof(found: Improvement, say: Callable[[float], str]) -> str:
    if found.optimal:
        return "That is proven: no other choice within the budget is better."
    if not math.isfinite(found.bound):
        return "It is the best choice found; it is not proven that none is better, and no bound is known."
    return (
        f"It is the best choice found. No choice within the budget can go beyond {say(found.bound)}, so at most "
        f"{points(found.gap) + ' points' if say is percent else number(found.gap)} is missed."
    )


def _pictures(objective: str, found: Improvement, unit: str, *, rate: bool) -> tuple[Picture, ...]:
    """The frontier at two widths."""
    table = found.frontier
    if not len(table) or not table["value"].notna().any():
        return ()
    scale = 100.0 if rate else 1.0
    said = "; ".join(
        f"{number(b)}: {percent(v) if rate else number(v)}"
        for b, v in zip(table["budget"], table["value"], strict=True)
    )

    def draw(width: float) -> str:
        return frontier_svg(
            [float(b) for b in table["budget"]],
            [scale * float(v) for v in table["value"]],
            [scale * float(v) for v in table["bound"]],
            chosen=(found.cost, scale * found.value),
            title=f"Best outcome by budget: {objective.replace('_', ' ')}",
            description=f"Budget and outcome: {said}.",
            ylabel=objective.replace("_", " ") + (" in %" if rate else unit),
            width=width,
        )

    return Picture("narrow", draw(NARROW)), Picture("from-medium", draw(WIDE))


def _table(objective: str, found: Improvement, say: Callable[[float], str]) -> Table:
    rows = found.table
    gains = rows["gain_alone"].dropna()
    low = min([0.0, *gains])
    high = max([0.0, *gains])
    more = points if "rate" in objective else number

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        gain, chosen = float(r["gain_alone"]), bool(r["chosen"])
        reason = found.reason_for("table", name, "value_alone") or found.reason_for("table", name, "gain_alone")
        return [
            name,
            Cell("chosen", tone="good") if chosen else Cell("not chosen", tone="quiet"),
            number(r["cost"]),
            figure(r["value_alone"], say(r["value_alone"]), reason),
            QUIET if math.isnan(gain) else Cell(more(gain), bar(gain, low, high), "bad" if gain < 0 else ""),
        ]

    return make_table(
        f"Projects: {OBJECTIVES.get(objective, objective).lower()}",
        [
            Column("Project", figures=False),
            Column("Choice", figures=False),
            Column("Cost"),
            Column("Outcome with it alone"),
            Column("Gain alone" + (" (points)" if "rate" in objective else "")),
        ],
        (row(name, r) for name, r in records(rows)),
        total=len(rows),
        where="projects",
    )


def adequacy_words(p: SlaAdequacy) -> str:
    """How many promises inside are too weak for the requirements outside."""
    if not len(p.table):
        return "No requirement of a customer bears on a promise between departments, so none can be too weak for one."
    counts = {v: int((p.table["verdict"] == v).sum()) for v in (LESS, ENOUGH, NOTHING)}
    verb = "is" if counts[LESS] == 1 else "are"
    return (
        "Each requirement of a customer needs a share of it from every handoff behind it. "
        f"{plural(counts[LESS], 'promise')} {verb} weaker than what is needed, {counts[ENOUGH]:,} enough, "
        f"and {counts[NOTHING]:,} missing altogether."
    )


def adequacy_table(p: SlaAdequacy) -> Table | None:
    """What is promised inside against what is needed outside, the weakest promises first."""
    if not len(p.table):
        return None
    words = {
        LESS: Cell("too weak", tone="bad"),
        ENOUGH: Cell("enough", tone="good"),
        NOTHING: Cell("none", tone="quiet"),
    }

    def said(value: float, measure: str) -> str:
        return percent(value) if measure == "defect_rate" else f"{number(value)} {p.unit}"

    def row(r: Mapping[Any, Any]) -> list[Cell | str]:
        return [
            str(r["handoff"]),
            str(r["measure"]).replace("_", " "),
            words[str(r["verdict"])],
            figure(r["promised"], said(r["promised"], r["measure"])),
            said(r["needed"], r["measure"]),
            f"{r['customer']}: {r['requirement']}",
        ]

    return make_table(
        "Promises inside against requirements outside",
        [
            Column("Handoff", figures=False),
            Column("Promise on", figures=False),
            Column("Verdict", figures=False),
            Column("Promised at most"),
            Column("Needed at most"),
            Column("Because of", figures=False),
        ],
        (row(r) for r in p.table.head(MOST_PROMISES).to_dict("records")),
        total=len(p.table),
        most=MOST_PROMISES,
        where="sla_adequacy",
    )
