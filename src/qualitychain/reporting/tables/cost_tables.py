"""What it costs that not everything is right the first time: categories, places, and the curve by stage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qualitychain.analysis.money.cost_by_stage import INSIDE
from qualitychain.analysis.money.cost_of_quality import CostOfQuality
from qualitychain.plot.svg.bars import Panel, bars_svg
from qualitychain.reporting.cards.time_cards import Picture
from qualitychain.reporting.page.escaping import one_line
from qualitychain.reporting.page.table import Cell, Column, Table, bar, make_table, records
from qualitychain.reporting.tables.cause_tables import NARROW, WIDE
from qualitychain.reporting.tables.quality_tables import NONE, figure
from qualitychain.vocabulary.figures import number, percent
from qualitychain.vocabulary.reason import Reason, because

MOST_PLACES, MOST_STAGES, MOST_LACKING = 15, 15, 8
MEANINGS = {
    "prevention": "what is spent so that nothing goes wrong",
    "appraisal": "looking whether it is right",
    "internal_failure": "repair, rework and scrap before it reaches a customer",
    "external_failure": "what went wrong at customers",
    "capacity": "working time of the hidden factory",
}


@dataclass(frozen=True)
class CostSection:
    """The cost of quality: sentences, tables, the curve by stage, and what the total lacks."""

    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    curve_words: str = ""
    pictures: tuple[Picture, ...] = ()
    stages: Table | None = None
    lacking: tuple[str, ...] = ()


def cost_section(c: CostOfQuality) -> CostSection:
    """The section on the cost of quality."""
    lacking = tuple(dict.fromkeys(f"{why}." for why in c.lacking.values()))
    if len(lacking) > MOST_LACKING:
        more = f"And {len(lacking) - MOST_LACKING:,} more; `qualitychain show --table cost_lines` names them."
        lacking = (*lacking[:MOST_LACKING], more)
    unknown = c.reason_for("", None, "total")
    if because(unknown, Reason.UNKNOWN_RATE):
        return CostSection((f"The cost of quality is not known: {unknown}.",), lacking=lacking)
    if math.isnan(c.total):
        words = (
            "No figure of cost is given that would count, so there is no cost of quality. `cost_per_time` of "
            "departments, `cost` and `repair_cost` of inspections, and `external_failure_cost` of customers make one."
        )
        return CostSection((words,), lacking=lacking)
    column = "per_period" if c.in_periods else "per_time"
    return CostSection(
        tuple(_sentences(c, column)),
        tuple(t for t in (_categories(c, column), *_places(c)) if t is not None),
        *_curve(c),
        lacking=lacking,
    )


def _sentences(c: CostOfQuality, column: str) -> list[str]:
    unit = float(c.categories["per_delivered"].loc["total"])
    each = "" if math.isnan(unit) else f", {number(unit)} for each delivered unit"
    said = [f"The cost of quality is {number(c.total)} per {c.per}{each}."]
    parts = c.categories.drop(index="total")[column].dropna()
    if len(parts) and c.total > 0:
        first = str(parts.idxmax())
        share = percent(parts.max() / c.total)
        said[0] += f" The largest part, {share}, is {first.replace('_', ' ')}: {MEANINGS[first]}."
    if len(c.people):
        named = "; ".join(f"{n}: {number(r['cost'])} (source: {r['source']})" for n, r in c.people.iterrows())
        said.append(f"Not included: {named}.")
    return said


def _categories(c: CostOfQuality, column: str) -> Table:
    shown = c.categories.drop(index="total")
    top = max([0.0, *shown[column].dropna()]) or 1.0

    def row(name: str, r: Mapping[str, Any]) -> list[Cell | str]:
        cost = float(r[column])
        why = "no figure is given"
        return [
            name.replace("_", " "),
            Cell(number(cost), bar(cost, 0.0, top)) if not math.isnan(cost) else Cell(why, tone="quiet"),
            figure(r["share"], percent(r["share"])),
            figure(r["per_delivered"], number(r["per_delivered"])),
            MEANINGS[name],
        ]

    return make_table(
        "Cost of quality by category",
        [
            Column("Category", figures=False),
            Column(f"Per {c.per}"),
            Column("Of the total"),
            Column("Per delivered unit"),
            Column("Meaning", figures=False),
        ],
        (row(name, r) for name, r in records(shown)),
        where="cost",
    )


def _places(c: CostOfQuality) -> list[Table | None]:
    return [
        _place_table(f"Where it is spent, per {c.per}", "Department", c.departments),
        _place_table(f"At which handoff it arises, per {c.per}", "Handoff", c.handoffs),
        _place_table(f"Which customer it comes from, per {c.per}", "Customer", c.customers),
    ]


def _place_table(caption: str, head: str, table: pd.DataFrame) -> Table | None:
    dear = table[table["total"] > 0].sort_values("total", ascending=False, kind="stable")
    if dear.empty:
        return None
    kinds = [k for k in MEANINGS if k in dear.columns and (dear[k].fillna(0.0) != 0).any()]
    if len(kinds) == 1:
        caption, kinds = f"{caption}: {kinds[0].replace('_', ' ')}", []
    top = float(dear["total"].max())
    return make_table(
        caption,
        [
            Column(head, figures=False),
            Column("Total"),
            *(Column(k.replace("_", " ").capitalize()) for k in kinds),
        ],
        (
            [
                name,
                Cell(number(r["total"]), bar(r["total"], 0.0, top)),
                *(Cell(number(r[k])) if r[k] else Cell(NONE, tone="quiet") for k in kinds),
            ]
            for name, r in records(dear)
        ),
        total=len(dear),
        most=MOST_PLACES,
        where="cost_places",
    )


def _curve(c: CostOfQuality) -> tuple[str, tuple[Picture, ...], Table | None]:
    """One defect by the stage at which it is found: words, pictures and a table."""
    every = c.by_stage[c.by_stage["cost"].notna()]
    if every.empty:
        return "", (), None
    # of a long chain, those where most defects are found
    some = every.nlargest(MOST_STAGES, "found_per_unit", keep="all").head(MOST_STAGES)
    shown = some.sort_values("steps", kind="stable")
    words = (
        "What one defect costs by where it is found, from the first stage to the last: repair or failure there, and "
        "the work that follows from it. It is computed from this chain, not assumed."
    )
    if len(every) > len(shown):
        words += f" The {len(shown)} of {len(every):,} stages where most defects are found."
    return words, _pictures(shown), _stages(shown, len(every))


def _pictures(shown: pd.DataFrame) -> tuple[Picture, ...]:
    if len(shown) < 2:
        return ()
    labels = [_stage(s, f) for s, f in zip(shown["stage"], shown["found"], strict=True)]
    panels = (
        Panel("cost of one defect found there", tuple(shown["cost"]), tuple(number(v) for v in shown["cost"])),
        Panel(
            "found there per 100 started units",
            tuple(100 * shown["found_per_unit"]),
            tuple(number(100 * v) for v in shown["found_per_unit"]),
        ),
    )
    said = "; ".join(f"{label}: {words}" for label, words in zip(labels, panels[0].words, strict=True))
    return tuple(
        Picture(
            media,
            bars_svg(labels, panels, title="Cost of one defect by where it is found", description=said, width=width),
        )
        for media, width in (("narrow", NARROW), ("from-medium", WIDE))
    )


def _stage(stage: str, found: str) -> str:
    return one_line(stage) if found == INSIDE else f"{one_line(stage)} ({found})"


def _stages(shown: pd.DataFrame, every: int) -> Table:
    rows = shown.to_dict("records")
    made = make_table(
        "Cost of one defect by the stage at which it is found",
        [
            Column("Stage", figures=False),
            Column("Found", figures=False),
            Column("Handoffs until there"),
            Column("There"),
            Column("What follows"),
            Column("Together"),
            Column("Times the first"),
        ],
        (
            [
                str(r["stage"]),
                str(r["found"]),
                number(r["steps"]),
                number(r["direct"]),
                number(r["consequences"]),
                number(r["cost"]),
                figure(r["times_first"], number(r["times_first"])),
            ]
            for r in rows
        ),
        where="cost_by_stage",
    )
    more = "`qualitychain show --table cost_by_stage` lists every stage." if every > len(shown) else ""
    return Table(made.caption, made.columns, made.rows, more)
