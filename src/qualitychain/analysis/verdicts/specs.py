"""The tables of chains side by side, described: a column for each chain, whose rows are of different measures."""

from __future__ import annotations

from qualitychain.vocabulary.table import Analysis, Column, TableSpec


def change_of(column: str, chains: int) -> str:
    """The column that says how far a chain is from the first."""
    return "change" if chains == 2 else f"change: {column}"


def of_comparison(names: tuple[str, ...]) -> tuple[TableSpec, ...]:
    """The tables of a comparison of chains, by the names of their columns."""
    changes = (change_of(name, len(names)) for name in names[1:])
    columns = tuple(Column(name, measure_in="measure", heading=name) for name in (*names, *changes))

    def table(of: str, title: str, words: str, *index: str) -> TableSpec:
        return TableSpec(f"{of}_compared", of, title, words, (*index, "measure"), columns)

    return (
        table("customers", "Customers side by side", "quality, time and money of every customer", "customer"),
        table("departments", "Departments side by side", "work and utilization of every department", "department"),
        table("chain", "Chains side by side", "yields, lead time and money of the whole chain"),
    )


COMPARISON = Analysis("compare", "Comparison", "", of_comparison(("before", "after")))

__all__ = ["COMPARISON", "change_of", "of_comparison"]
