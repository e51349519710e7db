"""``show``: the tables of a chain as text, JSON or CSV."""

from __future__ import annotations

import click

from qualitychain.cli.program import complain, emit, read, say, shift_option
from qualitychain.cli.progress import progress_bar
from qualitychain.cli.table_names import NAMES
from qualitychain.near import did_you_mean


def known(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """The name of a table; another is refused with the one that was meant, and where all are listed."""
    if name is not None and name not in NAMES:
        meant = did_you_mean(name, NAMES)
        raise click.BadParameter(f"there is no table '{name}'{meant} ('show --help' lists all)")
    return name


@click.command(
    epilog="\b\nTables:\n" + "\n".join(f"  {name:<17} {words}" for name, words in NAMES.items()),
)
@click.argument("file")
@click.option("--format", "format_", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--table", callback=known, metavar="NAME", help="Only this table, all of its rows.")
@click.option(
    "--escape-formulas/--no-escape-formulas",
    default=True,
    show_default=True,
    help="CSV: put ' before text that a spreadsheet would take for a formula.",
)
@shift_option
def show(file: str, format_: str, table: str | None, escape_formulas: bool, shift: float) -> None:
    """Show the tables of FILE."""
    chain = read(file)
    from qualitychain.cli import tables, writers
    from qualitychain.cli.answer_tables import TABLES
    from qualitychain.cli.answers import Answers
    from qualitychain.cli.left_out import left_out

    with progress_bar("analysis") as progress:
        asked = Answers(chain, shift, progress, unasked=table is None)
        if format_ == "json":
            text = writers.as_json(asked, table)
        elif format_ == "csv":
            missing = {} if table else left_out(asked)
            wanted = [table] if table else [n for n in NAMES if n not in missing]
            text = tables.as_csv({n: TABLES[n](asked) for n in wanted}, named=table is None, escape=escape_formulas)
        else:
            text = writers.as_text(asked, table)
    if format_ == "text" and table is None:
        say(text)
        return
    if format_ == "csv" and table is None:
        for sentence in dict.fromkeys(missing.values()):
            complain(f"{file}: {sentence}")
    for sentence in asked.shortfalls():
        complain(f"{file}: {sentence}")
    if format_ == "text":
        say(text)
    else:
        emit(text)
