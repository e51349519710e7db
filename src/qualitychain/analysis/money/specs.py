"""The tables of the cost of quality, described."""

from __future__ import annotations

from qualitychain.vocabulary.rows import first
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns

_BY_PLACE = ("appraisal", "internal_failure", "external_failure", "capacity", "total", "per_delivered")
CATEGORIES = TableSpec(
    "cost",
    "categories",
    "Cost of quality",
    "the cost of quality by category",
    index=("category",),
    columns=columns("per_time", "per_period", "per_delivered", Column("share", "share_of_cost")),
)
LINES = TableSpec(
    "cost_lines",
    "lines",
    "Cost breakdown",
    "the cost breakdown: a line for everything that costs",
    index=(),
    columns=columns(
        "category",
        "kind",
        "department",
        "handoff",
        "customer",
        "count",
        "price",
        "per_time",
        "per_period",
        "per_delivered",
    ),
)
BY_STAGE = TableSpec(
    "cost_by_stage",
    "by_stage",
    "What one defect costs by where it is found",
    "what one defect costs by where it is found",
    index=(),
    columns=columns(
        "stage",
        "found",
        "steps",
        "found_per_unit",
        "direct",
        "consequences",
        Column("cost", "cost_of_defect"),
        "times_first",
    ),
    shown=("stage", "found", "found_per_unit", "direct", "consequences", "cost", "times_first"),
    rows=first,
)
COST_PLACES = TableSpec(
    "cost_places",
    "places",
    "Cost of quality by place",
    "the cost of quality by department, handoff and customer",
    index=(),
    columns=columns("kind", "place", *_BY_PLACE),
)
COST_OF_QUALITY = Analysis(
    "cost_of_quality",
    "Cost of quality",
    "analysis.money.cost_of_quality:cost_of_quality_of",
    (CATEGORIES, LINES, BY_STAGE, COST_PLACES),
    left_out="reporting.compute.left_out:cost",
)
PLACES = tuple(
    TableSpec(
        f"cost_{kind}s",
        f"{kind}s",
        f"Cost of quality by {kind}",
        f"the cost of quality by {kind}",
        index=(kind,),
        columns=columns(*_BY_PLACE),
    )
    for kind in ("department", "handoff", "customer")
)
PEOPLE = TableSpec(
    "people",
    "people",
    "Figures about people, in no total",
    "the user's own figures about people",
    index=("name",),
    columns=columns(Column("cost", "cost_of_people"), "source"),
)
