"""The tables of choices, described: of one choice, and of the choices under every objective."""

from __future__ import annotations

from qualitychain.vocabulary.rows import worth_choosing
from qualitychain.vocabulary.table import Analysis, Column, TableSpec, columns


def _projects(measure: str, measure_in: str) -> tuple[Column, ...]:
    return (
        Column("cost", "price"),
        Column("chosen"),
        *(
            Column(name, measure, measure_in)
            for name in ("value_alone", "gain_alone", "gain_per_cost", "marginal_value")
        ),
    )


def _frontier(measure: str, measure_in: str) -> tuple[Column, ...]:
    figures = (Column(name, measure, measure_in) for name in ("value", "bound", "gap"))
    return (Column("budget"), Column("cost", "price"), *figures, Column("optimal"), Column("chosen"))


def of_choice(measure: str) -> tuple[TableSpec, ...]:
    """The tables of one choice, whose objective is this measure."""
    projects = _projects(measure, "")
    return (
        TableSpec("choice", "table", "Projects", "every project, alone and in the choice", ("project",), projects),
        TableSpec(
            "choice_frontier",
            "frontier",
            "Best outcome by budget",
            "the best for each budget",
            (),
            _frontier(measure, ""),
        ),
    )


PROJECTS = TableSpec(
    "projects",
    "projects",
    "Projects",
    "the projects of the chain, and which to choose",
    index=(),
    columns=(Column("objective"), Column("project"), *_projects("", "objective")),
    shown=("objective", "project", "cost", "chosen", "gain_alone", "gain_per_cost"),
    rows=worth_choosing,
)
FRONTIER = TableSpec(
    "frontier",
    "frontier",
    "Best outcome by budget",
    "the best outcome for each budget",
    index=(),
    columns=(Column("objective"), *_frontier("", "objective")),
    shown=("objective", "budget", "cost", "value", "bound", "chosen"),
)
CHOICES = Analysis(
    "improvement",
    "Projects",
    "reporting.compute.choices:projects_of",
    (PROJECTS, FRONTIER),
    left_out="reporting.compute.left_out:projects",
)
INSPECTIONS = TableSpec(
    "inspections",
    "inspections",
    "Inspections",
    "the chosen inspections, and what they cost",
    index=("handoff",),
    columns=columns(
        "project",
        "detect",
        "false_alarm",
        "on_reject",
        "by",
        Column("fixed_cost", "price"),
        "inspected",
        Column("cost", "spent"),
    ),
)
IMPROVEMENT = Analysis("improve", "Choice of projects", "", of_choice("number"))
PLACEMENT = Analysis(
    "where_to_inspect",
    "Where to inspect",
    "improvement.choose.choice.inspections:placement_of",
    (INSPECTIONS,),
)
