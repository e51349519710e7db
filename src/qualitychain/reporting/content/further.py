"""Sections of analyses that have none of their own: what is registered is in the report, told by its description."""

from __future__ import annotations

from dataclasses import dataclass

from qualitychain.analysis.base.result import Result
from qualitychain.analysis.base.study import Study
from qualitychain.errors import AnalysisError
from qualitychain.reporting.page.table import Table
from qualitychain.reporting.tables.described import described_table
from qualitychain.vocabulary.registry import analyses, found

HAND_LAID = frozenset(
    {
        "quality", "lead_times", "value_stream", "bottlenecks", "waiting", "quality_gains", "service", "remedies",
        "customer_effects", "root_causes", "lateness", "sensitivities", "key_to_customer", "cost_of_quality",
        "sla_adequacy", "improvement", "requirements",
    }
)  # fmt: skip
"""Analyses whose place in the report is laid out by hand: pictures, cards, tables with bars and shades."""


@dataclass(frozen=True)
class Further:
    """One analysis: its heading, its summary line by line, and its tables."""

    name: str
    title: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    result: Result | None = None


def further_sections(study: Study) -> list[Further]:
    """A section for each registered analysis that is not laid out by hand, in reading order."""
    made = []
    for analysis in analyses():
        if analysis.name in HAND_LAID:
            continue
        # without a table of its own nothing says that it is done without
        left = [found(analysis.left_out)(study, spec.name) for spec in analysis.tables if analysis.left_out]
        if left and all(left):
            made.append(Further(analysis.name, analysis.title, tuple(dict.fromkeys(left))))
            continue
        try:
            result: Result = study.ask(found(analysis.question))
            tables = [described_table(result, spec) for spec in analysis.tables]
        except AnalysisError as error:
            made.append(Further(analysis.name, analysis.title, (f"Not available: {error}.",)))
            continue
        lines = tuple(line.strip() for line in result.summary().splitlines() if line.strip())
        shown = tuple(table for table in tables if table is not None)
        made.append(Further(analysis.name, analysis.title, lines, shown, result))
    return made
