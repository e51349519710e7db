"""The reference of all tables, made from their descriptions when the documentation is built."""

from __future__ import annotations

from qualitychain.vocabulary.measures.all import measure_of
from qualitychain.vocabulary.registry import analyses, given
from qualitychain.vocabulary.table import Column, TableSpec


def tables_page() -> str:
    """A page in Markdown: every analysis, its tables, and what each column holds, in which unit, per what."""
    parts = [
        "# Tables",
        (
            "What `qualitychain show --table NAME` shows, what is in the CSV files and in `to_dict()`, and where a "
            "result holds it. Times are in the chain's time unit; a share is a number from 0 to 1, written in per cent."
        ),
    ]
    for analysis in analyses():
        parts.append(f"## {analysis.title}")
        parts += [_table(spec) for spec in analysis.tables]
    parts.append("# Tables of answers that are given more than a chain")
    parts.append("These are in notebooks and in `to_dict()`, with the same units; `show` does not ask for them.")
    for analysis in given():
        parts.append(f"## {analysis.title}")
        parts += [_table(spec) for spec in analysis.tables]
    return "\n\n".join(parts) + "\n"


def _table(spec: TableSpec) -> str:
    index = f" Index: {', '.join(f'`{name}`' for name in spec.index)}." if spec.index else ""
    lines = [
        f"### {spec.name}",
        "",
        f"{spec.title}: {spec.words}. Held as `.{spec.attribute}`.{index}",
        "",
        "| column | unit | per | what it is |",
        "|---|---|---|---|",
        *(_row(column) for column in spec.columns),
    ]
    return "\n".join(lines)


def _row(column: Column) -> str:
    if column.measure_in:
        return f"| `{column.name}` | | | the measure that the row names under `{column.measure_in}` |"
    measure = measure_of(column.measure or column.name)
    return f"| `{column.name}` | {measure.unit.value} | {measure.per.value} | {measure.words} |"
